"""Small PNGs, each seed another picture."""

import struct
import zlib


def png(seed, width=48, height=32, depth=8):
    """RGB of 8 bits; or, with depth=1, black and white, however large quick to write."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = bytes((seed * 7 + x * 5 + c * 80) % 256 for x in range(width) for c in range(3)) if depth == 8 else bytes([seed % 256]) * ((width + 7) // 8)
    raw = b"".join(b"\0" + row for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, depth, 2 if depth == 8 else 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"tEXt", b"Comment\0" + str(seed).encode())
            + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))
