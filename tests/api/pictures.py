"""Small PNGs, each seed another picture."""

import struct
import zlib


def png(seed, width=48, height=32):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = bytes((seed * 7 + x * 5 + c * 80) % 256 for x in range(width) for c in range(3))
    raw = b"".join(b"\0" + row for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"tEXt", b"Comment\0" + str(seed).encode())
            + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))
