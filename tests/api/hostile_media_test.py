"""Images that lie, break off or swell, through the folder import and the API: each gets a clear word, and the server goes on."""

import struct
import zlib

import pytest
from conftest import Api, Server, get
from pictures import png


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(image, kind, data):
    return image[:33] + chunk(kind, data) + image[33:]


def claims(width, height, colour=2):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def tiff(width, height, offset=8, strips=0xFFFFFFF0):
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, strips), (277, 3, 1), (278, 4, height), (279, 4, strips)]
    return (b"II*\0" + struct.pack("<IH", offset, len(tags)) + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags) + bytes(4))


def gif(n_frames):
    frame = b"!\xf9\4\0\1\0\0\0,\0\0\0\0\4\0\4\0\0\2\4\x84\x8f\x09\5\0"
    return b"GIF89a\4\0\4\0\x80\0\0\0\0\0\xff\xff\xff!\xff\x0bNETSCAPE2.0\3\1\0\0\0" + frame * n_frames + b";"


BOMB = zlib.compress(bytes(32 << 20), 9)
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>'
# Name: (bytes, a word of what the import says of it; None: it is taken in).
FILES = {
    "png-cut.png": (png(1)[:20], "cut off"),
    "png-huge.png": (claims(70000, 70000), "the limit is"),
    "png-wide.png": (claims(65000, 65000), None),
    "png-flat.png": (claims(0, 5), "no size"),
    "png-text.png": (with_chunk(with_chunk(png(2), b"zTXt", b"Comment\0\0" + BOMB), b"iTXt", b"Comment\0\1\0\0\0" + BOMB), None),
    "png-profile.png": (with_chunk(png(3), b"iCCP", b"icc\0\0" + BOMB), None),
    "tiff-cut.tif": (tiff(8, 8)[:16], "TIFF"),
    "tiff-far.tif": (tiff(8, 8, offset=0xFFFFFF00), "TIFF"),
    "tiff-strips.tif": (tiff(64, 48), None),
    "tiff-huge.tif": (tiff(4_000_000_000, 3), "the limit is"),
    "gif-many.gif": (gif(100_000), None),
    "gif-cut.gif": (gif(3)[:9], "cut off"),
    "webp-lies.webp": (b"RIFF\xff\xff\xff\x7fWEBPVP8X\x0a\0\0\0\x38\0\0\0\xff\xff\xff\xff\xff\xff", "the limit is"),
    "webp-cut.webp": (b"RIFF\x40\0\0\0WEBP", "cut off"),
    "avif-empty.avif": (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "broken"),
    "heic-box.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\1meta\xff\xff\xff\xff\xff\xff\xff\xff", "HEIC"),
    "svg.png": (ENTITIES, "SVG"),
    "text.jpg": (b"this is no photo\n", "text"),
    "nothing.jpg": (b"", "empty"),
    "really-a-png.jpg": (png(4), None),
}


@pytest.mark.parametrize("copy", [False, True])
def test_each_is_told_and_none_hurts(tmp_path, copy):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, (data, _) in FILES.items():
        (folder / name).write_bytes(data)
    server = Server(tmp_path, "--root", tmp_path)
    api = Api(server)
    job = api.imported("hostile", source=str(folder), copy=copy)
    assert job["state"] == "done", job
    told = {example.split(":")[0]: example for issue in job["report"]["issues"] if issue["severity"] == "error" for example in issue["examples"]}
    taken = api.items("hostile")
    for name, (_, word) in FILES.items():
        if word:
            assert name in told and word in told[name], (name, told.get(name))
            assert len(told[name]) < 300 and told[name].isprintable(), told[name]
        else:
            assert name in taken and name not in told, (name, told.get(name))
    assert len(taken) + len(told) == len(FILES) == job["report"]["items"]["read"]
    for name, item in taken.items():
        for form in ("thumbnail", "preview"):
            answer = api.owner.get(f"/v1/items/{item}/{form}")
            assert answer.status_code in (200, 400, 413), (name, form, answer.status_code, answer.text)
            if answer.status_code != 200:
                message = answer.json()["error"]["message"]
                assert ("cannot decode" in message or "65000 x 65000" in message) and "signal" not in message, (name, message)
    assert api.owner.get(f"/v1/items/{taken['really-a-png.jpg']}/thumbnail").headers["content-type"] == "image/jpeg"
    assert get(api.owner, "/v1/projects/hostile")["items"] == len(taken)
    resident = int((open(f"/proc/{server.process.pid}/statm").read()).split()[1]) * 4096
    assert resident < 300 << 20, "the decoders swell, not the server"
    api.verify()
    server.stop()
