"""YOLO against real files of other tools, and our exports against readers that know nothing of us."""

import json
from pathlib import Path

import pytest
from converter import SHARED, convert, issues_of, items_of, manifest, sample


def boxes_of(items):
    """Stem to (class, left, top, width, height), rounded to 0.01 px, of the boxes around all labels."""
    found = {}
    for name, item in items.items():
        rows = []
        for label in item["labels"]:
            points = [n for part in label.get("polygon", []) for ring in part for n in ring]
            x, y, w, h = label.get("box") or (min(points[::2]), min(points[1::2]), max(points[::2]) - min(points[::2]), max(points[1::2]) - min(points[1::2]))
            rows.append((label["class"], *(round(n, 2) for n in (x, y, w, h))))
        found[Path(name).stem] = sorted(rows)
    return found


def read_as_ultralytics(folder, sizes):
    """What its loader makes of the folder: data.yaml, images, the last /images/ becomes /labels/, no mixed rows, nothing outside."""
    yaml = (folder / "data.yaml").read_text()
    assert "path:" not in yaml  # then the folder of data.yaml is meant, wherever it lies
    names = [json.loads(line.split(": ", 1)[1]) for line in yaml.split("names:\n")[1].splitlines()]
    assert f"nc: {len(names)}\n" in yaml
    found = {}
    for split in ("train", "val", "test"):
        place = next((json.loads(line.split(": ", 1)[1]) for line in yaml.splitlines() if line.startswith(split + ":")), None)
        assert place or split == "test"
        for image in sorted((folder / place).rglob("*.*")) if place else []:
            head, tail = str(image).rsplit("/images/", 1)
            path = Path(head + "/labels/" + tail).with_suffix(".txt")
            rows = [[float(n) for n in line.split()] for line in path.read_text().splitlines()] if path.exists() else []
            assert len({len(row) > 5 for row in rows}) <= 1
            width, height = sizes[image.stem]
            boxes = []
            for number, *values in rows:
                assert all(0 <= n <= 1 for n in values)
                xs, ys = [n * width for n in values[::2]], [n * height for n in values[1::2]]
                if len(values) == 4:
                    boxes.append((names[int(number)], xs[0] - xs[1] / 2, ys[0] - ys[1] / 2, xs[1], ys[1]))
                else:
                    boxes.append((names[int(number)], min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)))
            found[image.stem] = sorted((name, *(round(n, 2) for n in box)) for name, *box in boxes)
    return found


@pytest.mark.parametrize("name,n_images,n_objects", manifest("yolo-ultralytics", "yolo-darknet"))
def test_counts_of_samples(tmp_path, name, n_images, n_objects):
    options = ("--from", "yolo-classify") if "classification" in name else ()
    report = convert(sample(name), tmp_path / "out.jsonl", *options)
    assert (report["items"]["read"], report["labels"]["read"], report["labels"]["written"]) == (n_images, n_objects, n_objects)


@pytest.mark.parametrize("name", ["cvat-detection", "cvat-detection_with_list_of_names", "cvat-segmentation", "cvat-oriented_boxes", "cvat-pose", "sharks-real-mixed"])
def test_out_and_in_again_is_the_same(tmp_path, name):
    source = sample(f"yolo-ultralytics/{name}")
    convert(source, tmp_path / "first.jsonl")
    convert(source, tmp_path / "out", "--to", "yolo")
    convert(tmp_path / "out", tmp_path / "second.jsonl")
    convert(tmp_path / "out", tmp_path / "again", "--to", "yolo")
    first, second = items_of(tmp_path / "first.jsonl"), items_of(tmp_path / "second.jsonl")
    assert boxes_of(first) == boxes_of(second)
    assert sorted(item["split"] for item in first.values()) == sorted(item["split"] for item in second.values())
    if name != "sharks-real-mixed":  # there, boxes among polygons became their corners
        assert [item["labels"] for item in first.values()] == [item["labels"] for item in second.values()]
    files = [path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert files and all((tmp_path / "out" / path).read_bytes() == (tmp_path / "again" / path).read_bytes() for path in files)


def test_mixed_rows_go_out_unmixed(tmp_path):
    source = sample("yolo-ultralytics/sharks-real-mixed")
    report = convert(source, tmp_path / "out", "--to", "yolo")
    assert issues_of(report)["box-as-polygon"] == 43
    told = [issue["message"] for issue in report["issues"] if issue["code"] == "task-chosen"]
    assert told == ["the YOLO task that is written is segment, since there are polygons; a box becomes its four corners"]
    convert(source, tmp_path / "first.jsonl")
    first = items_of(tmp_path / "first.jsonl")
    sizes = {Path(name).stem: (item["width"], item["height"]) for name, item in first.items()}
    assert_same(read_as_ultralytics(tmp_path / "out", sizes), boxes_of(first))


@pytest.mark.parametrize("name", ["bccd", "raccoon"])
def test_real_sets_as_a_trainer_reads_them(tmp_path, name):
    source = SHARED / "data" / name
    if not source.exists():
        pytest.skip(f"needs {source}")
    convert(source, tmp_path / "first.jsonl")
    convert(source, tmp_path / "out", "--to", "yolo")
    first = items_of(tmp_path / "first.jsonl")
    sizes = {Path(item).stem: (line["width"], line["height"]) for item, line in first.items()}
    assert_same(read_as_ultralytics(tmp_path / "out", sizes), boxes_of(first))


def assert_same(read, boxes):
    assert read.keys() == boxes.keys()
    for stem, rows in boxes.items():
        assert [row[0] for row in read[stem]] == [row[0] for row in rows]
        for ours, theirs in zip(rows, read[stem], strict=True):
            assert theirs[1:] == pytest.approx(ours[1:], abs=0.011)  # both were rounded to 0.01 px


def make_folder(tmp_path, files):
    for name, content in files.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path / "in"


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x64\0\0\0\xc8\x08\x02\0\0\0\0\0\0\0"


def test_lists_and_several_folders(tmp_path):
    files = {"data.yaml": "path: /somewhere/else\ntrain: [one/images, two/images]\nval: lists/val.txt\nnames: [cat]\n", "lists/val.txt": "./three/images/c.png\n"}
    for folder, stem in (("one", "a"), ("two", "b"), ("three", "c")):
        files[f"{folder}/images/{stem}.png"] = PNG
        files[f"{folder}/labels/{stem}.txt"] = "0 0.5 0.5 0.2 0.1\n"
    convert(make_folder(tmp_path, files), tmp_path / "out.jsonl")
    items = items_of(tmp_path / "out.jsonl")
    assert {name: item["split"] for name, item in items.items()} == {"one/images/a.png": "train", "two/images/b.png": "train", "three/images/c.png": "val"}


def test_labels_apart_from_images(tmp_path):
    folder = make_folder(tmp_path, {"labels/train/a.txt": "0 0.5 0.5 0.2 0.1\n", "labels/classes.txt": "cat\n", "photos/train/a.png": PNG, "photos/train/b.png": PNG})
    report = convert(folder / "labels", tmp_path / "out.jsonl", "--images", folder / "photos")
    items = items_of(tmp_path / "out.jsonl")
    assert items["train/a.png"]["labels"][0]["box"] == [40, 90, 20, 20]
    assert items["train/a.png"]["split"] == "train" and items["train/b.png"]["state"] == "waiting"
    report = convert(folder / "labels", tmp_path / "none.jsonl", code=8)
    assert issues_of(report)["size-unknown"] == 1 and report["labels"]["skipped"] == 1


def test_nothing_is_written_when_refused(tmp_path):
    folder = make_folder(tmp_path, {"labels.csv": 'item,width,height,class,kind,geometry\na.jpg,10,10,cat,polyline,"{""polyline"": [1, 1, 5, 5]}"\n'})
    report = convert(folder, tmp_path / "out", "--to", "yolo", code=5)
    assert "--lossy" in report["error"]["message"] and not (tmp_path / "out").exists()
