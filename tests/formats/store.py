"""A store of its own for a test, driven by `lw`; and small data sets to put into it."""

import json
import os
import struct
import subprocess
import zlib

from converter import LW


class Store:
    def __init__(self, folder):
        self.folder = folder
        self.environment = {**os.environ, "LW_STORE": str(folder / "store")}
        self.environment.pop("LW_TOKEN", None)

    def run(self, *words, code=0, stdin=None, text=True):
        done = subprocess.run([LW, *map(str, words)], input=stdin, capture_output=True, text=text, timeout=120, env=self.environment, cwd=self.folder)
        assert done.returncode in (code if isinstance(code, tuple) else (code,)), f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *words, **more):
        return json.loads(self.run(*words, "--json", **more).stdout)

    def items(self, project="p"):
        """What is in the project, by name, as the own format tells it."""
        lines = map(json.loads, self.run("export", project, "-", "--format", "jsonl").stdout.splitlines()[1:])
        return {line["item"]: line for line in lines}

    def boxes(self, project="p"):
        return {name: [(label["layer"], label["class"], label["box"]) for label in item["labels"]] for name, item in self.items(project).items()}

    def file(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode() if isinstance(content, str) else json.dumps(content).encode())
        return path


def png(seed=0, width=48, height=32):
    """Each seed another picture."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((seed * 7 + x * 5) % 256 for x in range(width)) for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"tEXt", b"Comment\0" + str(seed).encode()) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def coco(images, boxes, classes=("car",)):
    """images: id to name; boxes: (image's id, number of the class from 1, box)."""
    return {
        "images": [{"id": key, "file_name": name, "width": 48, "height": 32} for key, name in images.items()],
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(classes)],
        "annotations": [{"id": i + 1, "image_id": image, "category_id": number, "bbox": box, "iscrowd": 0} for i, (image, number, box) in enumerate(boxes)],
    }
