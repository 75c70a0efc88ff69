"""What holds for every format: each sample is claimed by its own, and from A to B to A only what was declared is lost."""

import json
import os
import subprocess
from itertools import permutations

import pytest
from converter import LW, SHARED, convert, issues_of, items_of, manifest, sample

# Samples of formats that are read, and what claims them.
OWN = {"coco": "coco", "coco-results": "coco-results", "coco-panoptic": "coco", "yolo-darknet": "yolo-darknet", "yolo-ultralytics": "yolo", "voc": "voc"}
OWN |= {"classification-folder": "folders", "csv-detection": "csv"}
FORMATS = ["jsonl", "coco", "yolo", "voc", "csv"]


def samples_of_others():
    table = SHARED / "samples" / "manifest.tsv"
    rows = [line.split("\t") for line in table.read_text().splitlines()[1:]] if table.exists() else []
    return [row[1] for row in rows if row[0] not in OWN]


def claimed_by(folder, tmp_path):
    env = os.environ | {"LW_STORE": str(tmp_path / "store")}
    done = subprocess.run([LW, "import", "probe", folder, "--dry-run", "--json"], capture_output=True, text=True, env=env)
    report = json.loads(done.stdout)
    return report["format"], report["labels"]["read"], issues_of(report)


@pytest.mark.parametrize("name", [row[0] for row in manifest(*OWN)])
def test_each_sample_is_claimed_by_its_own(tmp_path, name):
    wanted = "folders" if name.endswith("cvat-classification") else OWN[name.split("/")[0]]
    assert claimed_by(sample(name), tmp_path)[0] == wanted


@pytest.mark.parametrize("name", samples_of_others())
def test_others_are_not_taken_for_something_else(tmp_path, name):
    """Refused, or their images come in alone: never labels that were not meant."""
    _, n_labels, _ = claimed_by(sample(name), tmp_path)
    assert n_labels == 0


def boxes(n_images=12):
    """Boxes of whole pixels: what every format of detection carries."""
    images, annotations = [], []
    for i in range(n_images):
        images.append({"id": i + 1, "file_name": f"photo {i}.jpg", "width": 640, "height": 480})
        for k in range(i % 4):
            box = [10 * k + i, 7 * i, 30 + k, 20 + i]
            annotations.append({"id": len(annotations) + 1, "image_id": i + 1, "category_id": 1 + (i + k) % 3, "bbox": box, "iscrowd": 0})
    return {"images": images, "annotations": annotations, "categories": [{"id": i + 1, "name": name} for i, name in enumerate(["car", "red bus", "dog"])]}


def meaning(path):
    found = {}
    for item in items_of(path).values():
        name = item["item"].rsplit("/", 1)[-1].rsplit(".", 1)[0]
        assert name not in found
        found[name] = sorted((label["class"], *label["box"]) for label in item["labels"])
    return found


def photos(folder):
    """A real, small image for each: formats with normalised coordinates learn sizes from them."""
    from struct import pack
    from zlib import compress, crc32

    def chunk(kind, data):
        return pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))

    rows = b"".join(b"\0" + bytes(640) for _ in range(480))
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", pack(">IIBBBBB", 640, 480, 8, 0, 0, 0, 0)) + chunk(b"IDAT", compress(rows)) + chunk(b"IEND", b"")
    folder.mkdir()
    for i in range(12):
        (folder / f"photo {i}.jpg").write_bytes(png)
    return folder


@pytest.mark.parametrize("a,b", permutations(FORMATS, 2))
def test_there_and_back(tmp_path, a, b):
    (tmp_path / "in.json").write_text(json.dumps(boxes()))
    convert(tmp_path / "in.json", tmp_path / "start", "--to", "coco", "--images", photos(tmp_path / "photos"))
    convert(tmp_path / "start", tmp_path / "a", "--to", a)
    convert(tmp_path / "a", tmp_path / "b", "--to", b)
    convert(tmp_path / "b", tmp_path / "again", "--to", a)
    convert(tmp_path / "start", tmp_path / "start.jsonl")
    convert(tmp_path / "again", tmp_path / "again.jsonl")
    assert meaning(tmp_path / "again.jsonl") == meaning(tmp_path / "start.jsonl")
    assert sum(len(labels) for labels in meaning(tmp_path / "again.jsonl").values()) == len(boxes()["annotations"])
