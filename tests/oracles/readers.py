"""What other people's readers find in our exports, against the own format: boxes and classes of every image, masks' areas.

    python tests/oracles/readers.py build/lw SET...     in an environment with some of: ultralytics supervision torchvision datumaro pycocotools

By hand, since these packages are large. Each SET is whatever `lw convert` reads; packages that are not there are passed over, and said so."""

import contextlib
import importlib
import io
import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

TOLERANCE_PX = 0.02  # float32 of shares of an image's size


def own(path):
    """Stem to its sorted (class, x0, y0, x1, y1), from the own format."""
    found = {}
    for line in path.read_text().splitlines()[1:]:
        item = json.loads(line)
        rows = []
        for label in item["labels"]:
            if "box" in label and not label.get("angle"):
                x, y, w, h = label["box"]
                rows.append((label["class"], x, y, x + w, y + h))
            elif "polygon" in label:
                numbers = [n for part in label["polygon"] for ring in part for n in ring]
                rows.append((label["class"], min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])))
        found[Path(item["item"]).stem] = sorted(rows)
    return found


def by_ultralytics(folder):
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    logging.disable(logging.CRITICAL)
    data = check_det_dataset(str(folder / "data.yaml"))
    task = "segment" if "task: segment" in (folder / "data.yaml").read_text() else "detect"
    found = {}
    for split in ("train", "val", "test"):
        if not data.get(split):
            continue
        for label in YOLODataset(img_path=data[split], data=data, task=task, augment=False).get_labels():
            height, width = label["shape"]
            rows = []
            for number, (x, y, w, h) in zip(label["cls"][:, 0], label["bboxes"]):
                rows.append((data["names"][int(number)], (x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height))
            found[Path(label["im_file"]).stem] = sorted((name, *map(float, box)) for name, *box in rows)
    return found


def by_supervision(dataset):
    found = {}
    for path, _, seen in dataset:
        found[Path(path).stem] = sorted((dataset.classes[number], *map(float, box)) for number, box in zip(seen.class_id, seen.xyxy))
    return found


def by_supervision_yolo(folder):
    import supervision

    found = {}
    for split in ("train", "val", "test"):
        if (folder / "images" / split).exists():
            found |= by_supervision(supervision.DetectionDataset.from_yolo(folder / "images" / split, folder / "labels" / split, folder / "data.yaml"))
    return found


def by_supervision_coco(folder):
    import supervision

    found = {}
    for path in (folder / "annotations").glob("instances*.json"):
        found |= by_supervision(supervision.DetectionDataset.from_coco(str(folder / "images"), str(path)))
    return found


def by_supervision_voc(folder):
    import supervision

    found = by_supervision(supervision.DetectionDataset.from_pascal_voc(str(folder / "JPEGImages"), str(folder / "Annotations")))
    # It takes every VOC file for one that counts from 1; files of today's tools, and so ours, count from 0.
    return {stem: [(name, x0 + 1, y0 + 1, x1, y1) for name, x0, y0, x1, y1 in rows] for stem, rows in found.items()}


def by_torchvision_coco(folder):
    from torchvision.datasets import CocoDetection

    found = {}
    for path in (folder / "annotations").glob("instances*.json"):
        with contextlib.redirect_stdout(io.StringIO()):
            dataset = CocoDetection(folder / "images", path)
        for i in range(len(dataset)):
            image, rows = dataset[i]
            about = dataset.coco.imgs[dataset.ids[i]]
            assert image.size == (about["width"], about["height"])
            boxes = [(dataset.coco.cats[row["category_id"]]["name"], *row["bbox"]) for row in rows]
            found[Path(about["file_name"]).stem] = sorted((name, x, y, x + w, y + h) for name, x, y, w, h in boxes)
    return found


def by_torchvision_voc(folder):
    from torchvision.datasets import VOCDetection

    place = folder.parent / "VOCdevkit" / "VOC2012"  # where it looks
    place.parent.mkdir()
    place.symlink_to(folder)
    found = {}
    for path in (folder / "ImageSets" / "Main").glob("*.txt"):
        if path.stem not in ("train", "val", "trainval"):
            continue
        dataset = VOCDetection(folder.parent, year="2012", image_set=path.stem)
        for i in range(len(dataset)):
            rows = dataset[i][1]["annotation"].get("object", [])
            boxes = [(row["name"], *(float(row["bndbox"][key]) for key in ("xmin", "ymin", "xmax", "ymax"))) for row in rows]
            found[Path(dataset.images[i]).stem] = sorted(boxes)
    return found


def by_datumaro(folder, form):
    import datumaro

    if (folder / "annotations" / "instances.json").exists():  # it knows a file by the split in its name
        (folder / "annotations" / "instances.json").rename(folder / "annotations" / "instances_default.json")
    dataset = datumaro.Dataset.import_from(str(folder), form)
    names = [label.name for label in dataset.categories()[datumaro.AnnotationType.label]]
    found = {}
    for item in dataset:
        rows = []
        polygons = {one.group for one in item.annotations if one.type == datumaro.AnnotationType.polygon}  # their boxes come beside them
        for one in item.annotations:
            is_box = one.type == datumaro.AnnotationType.bbox and one.group not in polygons
            if is_box or one.type == datumaro.AnnotationType.polygon:
                x, y, w, h = one.get_bbox()
                rows.append((names[one.label], float(x), float(y), float(x + w), float(y + h)))
        found[Path(item.id).name] = rows  # train and trainval both have it
    return found


READERS = {
    "yolo": {"ultralytics": by_ultralytics, "supervision": by_supervision_yolo},
    "coco": {"torchvision": by_torchvision_coco, "supervision": by_supervision_coco, "datumaro": lambda folder: by_datumaro(folder, "coco")},
    "voc": {"torchvision": by_torchvision_voc, "supervision": by_supervision_voc, "datumaro": lambda folder: by_datumaro(folder, "voc")},
}


def differences(ours, theirs, only_some):
    for stem in sorted(ours.keys() | theirs.keys()):
        if stem not in theirs and only_some:
            continue
        a, b = ours.get(stem), theirs.get(stem)
        if a is None or b is None or len(a) != len(b):
            yield f"{stem}: {a and len(a)} boxes, they {b and len(b)}"
            continue
        left = list(b)
        for one in a:
            other = min(left, key=lambda row: (row[0] != one[0], max(abs(m - n) for m, n in zip(one[1:], row[1:]))))
            left.remove(other)
            if one[0] != other[0] or max(abs(m - n) for m, n in zip(one[1:], other[1:])) > TOLERANCE_PX:
                yield f"{stem}: {one}, they {other}"


def main(lw, sources):
    worst = 0
    for source in sources:
        for form, readers in READERS.items():
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary)
                subprocess.run([lw, "convert", source, folder / "out", "--to", form, "--lossy"], check=True, capture_output=True)
                subprocess.run([lw, "convert", folder / "out", folder / "own.jsonl", "--from", form], check=True, capture_output=True)
                ours = own(folder / "own.jsonl")
                for name, read in readers.items():
                    try:
                        importlib.import_module(name)
                    except ImportError:
                        print(f"{source}: {form}: {name} is not installed")
                        continue
                    theirs = read(folder / "out")
                    found = list(differences(ours, theirs, name == "torchvision" and form == "voc"))
                    worst = max(worst, len(found))
                    n = sum(map(len, theirs.values()))
                    print(f"{source}: {form}: {name}: {len(theirs)} images, {n} boxes, {len(found)} differ", *found[:3], sep="\n    ")
    return worst > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
