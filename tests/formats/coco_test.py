"""COCO against real files of other tools, and against pycocotools, which everybody evaluates with."""

import json
import random
import zipfile

import numpy
import pytest
from converter import convert, issues_of, items_of, manifest, sample
from pycocotools import mask as masks
from pycocotools.coco import COCO


@pytest.mark.parametrize("name,n_images,n_objects", manifest("coco", "coco-results"))
def test_counts_of_samples(tmp_path, name, n_images, n_objects):
    report = convert(sample(name), tmp_path / "out.jsonl", code=(0, 8))
    labels = report["labels"]
    assert (report["items"]["read"], labels["read"]) == (n_images, n_objects)
    assert labels["written"] + labels["matched"] + labels["skipped"] == n_objects
    assert sum(labels["kinds"].values()) == labels["written"]
    if "invalid" in name:
        assert {"image-id-twice", "annotation-without-image", "category-not-listed"} <= issues_of(report).keys()


@pytest.mark.parametrize("name", ["coco/roboflow-layout", "coco/sharks-real", "coco/labelbox-instances", "coco/datumaro-all-tasks"])
def test_out_and_in_again_is_the_same(tmp_path, name):
    convert(sample(name), tmp_path / "first.jsonl")
    convert(sample(name), tmp_path / "coco", "--to", "coco")
    convert(tmp_path / "coco", tmp_path / "second.jsonl")
    first, second = items_of(tmp_path / "first.jsonl"), items_of(tmp_path / "second.jsonl")

    def meaning(items):
        found = {}
        for item in items.values():
            labels = [{key: label[key] for key in label.keys() - {"id", "source_id"}} for label in item["labels"]]
            name = item["item"].removeprefix("images/")
            source_id = None if from_zero else item["source_id"]
            found[name] = (item["width"], item["height"], item.get("split"), source_id, sorted(json.dumps(x, sort_keys=True) for x in labels))
        return found

    from_zero = any(item["source_id"] == "0" for item in first.values())  # these go out from 1

    assert meaning(first) == meaning(second)
    n_media = sum(path.suffix == ".jpg" for path in sample(name).rglob("*"))
    assert sum(path.suffix == ".jpg" for path in (tmp_path / "coco" / "images").rglob("*")) == n_media


def test_one_mask_both_ways(tmp_path):
    folder = sample("coco-rle/scalabel-pair")
    both = [json.loads((folder / name).read_text()) for name in ("coco_rle.json", "scalabel_rle.json")]
    annotations = [
        {"id": i + 1, "image_id": 1, "category_id": 1, "segmentation": {"size": [483, 640], "counts": one["counts"]}} for i, one in enumerate(both)
    ]
    data = {"images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 483}], "categories": [{"id": 1, "name": "x"}], "annotations": annotations}
    (tmp_path / "in.json").write_text(json.dumps(data))
    convert(tmp_path / "in.json", tmp_path / "out.json")
    written = json.loads((tmp_path / "out.json").read_text())["annotations"]
    assert written[0]["segmentation"] == written[1]["segmentation"]
    assert [one["area"] for one in written] == [19830, 19830]


def random_data(seed, n_images=20):
    """Every shape that COCO has, with numbers of all lengths."""
    draw = random.Random(seed)
    images = [{"id": 100 + i * 3, "file_name": f"im {i}.jpg", "width": 90 + i, "height": 70} for i in range(n_images)]
    annotations = []
    for i in range(200):
        image = draw.choice(images)
        x, y = draw.uniform(0, 50), draw.uniform(0, 40)
        digits = draw.choice([0, 1, 2, 3, 8, 15])
        one = {"id": i + 1, "image_id": image["id"], "category_id": draw.choice([1, 7, 90]), "iscrowd": 0}
        if i % 3 == 0:
            one["bbox"] = [round(v, digits) + (k > 1) for k, v in enumerate([x, y, draw.uniform(1, 30), draw.uniform(1, 30)])]
        elif i % 3 == 1:
            one["segmentation"] = [[round(v, digits) for v in (x, y, x + 20, y + draw.uniform(0, 9), x + 9, y + 25)] for _ in range(draw.randint(1, 3))]
        else:
            pixels = numpy.asfortranarray(numpy.random.default_rng(i).random((70, image["width"])) < 0.3, dtype=numpy.uint8)
            mask = masks.encode(pixels)
            one |= {"segmentation": {"size": mask["size"], "counts": mask["counts"].decode()}, "iscrowd": 1}
        annotations.append(one)
    return {"images": images, "annotations": annotations, "categories": [{"id": i, "name": f"class {i}"} for i in (90, 1, 7)]}


def test_pycocotools_reads_what_is_written(tmp_path):
    data = random_data(3)
    (tmp_path / "in.json").write_text(json.dumps(data))
    convert(tmp_path / "in.json", tmp_path / "out.json")
    coco = COCO(tmp_path / "out.json")
    assert {category["id"] for category in coco.cats.values()} == {1, 7, 90}
    assert coco.imgs.keys() == {image["id"] for image in data["images"]}
    assert coco.anns.keys() == {annotation["id"] for annotation in data["annotations"]}
    for old in data["annotations"]:
        new = coco.anns[old["id"]]
        assert (new["image_id"], new["category_id"], new["iscrowd"]) == (old["image_id"], old["category_id"], old["iscrowd"])
        if "segmentation" not in old:
            assert new["bbox"] == old["bbox"] and new["area"] == pytest.approx(old["bbox"][2] * old["bbox"][3], rel=1e-12)
            continue
        assert new["segmentation"] == old["segmentation"]
        if old["iscrowd"]:
            counts = {"size": old["segmentation"]["size"], "counts": old["segmentation"]["counts"].encode()}
            assert new["area"] == masks.area(counts) and new["bbox"] == list(masks.toBbox(counts))
        else:
            xs, ys = [x for part in old["segmentation"] for x in part[::2]], [y for part in old["segmentation"] for y in part[1::2]]
            assert new["bbox"] == pytest.approx([min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)], rel=1e-12)
        assert coco.annToMask(new).sum() > 0


@pytest.mark.parametrize("target", ["out.json", "out", "out.zip", "out.tar.gz"])
def test_every_target_holds_the_same(tmp_path, target):
    (tmp_path / "in.json").write_text(json.dumps(random_data(4)))
    convert(tmp_path / "in.json", tmp_path / target, "--to", "coco")
    convert(tmp_path / target, tmp_path / "again.json")
    convert(tmp_path / "in.json", tmp_path / "straight.json")
    straight, again = (json.loads((tmp_path / name).read_text()) for name in ("straight.json", "again.json"))
    assert straight["annotations"] == again["annotations"] and straight["categories"] == again["categories"]


def test_annotations_first_in_a_zip(tmp_path):
    data = random_data(5)
    turned = {key: data[key] for key in ("annotations", "categories", "images")}
    with zipfile.ZipFile(tmp_path / "in.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/annotations/instances_train2017.json", json.dumps(turned))
        archive.writestr("data/train2017/im 0.jpg", b"no image")
        archive.writestr("__MACOSX/._x", b"x")
    report = convert(tmp_path / "in.zip", tmp_path / "out.jsonl", code=(0, 8))
    assert report["labels"]["written"] == 200
    items = items_of(tmp_path / "out.jsonl")
    assert items["data/train2017/im 0.jpg"]["split"] == "train"


def test_same_export_is_same_bytes(tmp_path):
    (tmp_path / "in.json").write_text(json.dumps(random_data(6)))
    for name in ("a.zip", "b.zip"):
        convert(tmp_path / "in.json", tmp_path / name, "--to", "coco")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_refused_leaves_no_trace(tmp_path):
    (tmp_path / "in.json").write_text('{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"id": 1')
    report = convert(tmp_path / "in.json", tmp_path / "out", "--to", "jsonl", code=1)
    assert report["error"]["code"] == "invalid" and "in.json: the object at byte 62 does not end" in report["error"]["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["in.json"]
