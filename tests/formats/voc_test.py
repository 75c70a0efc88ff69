"""Pascal VOC against real files of other tools, and our exports against a plain XML reader."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from converter import SHARED, convert, issues_of, items_of, manifest, sample


def data(name):
    folder = SHARED / "data" / name
    if not folder.exists():
        pytest.skip(f"needs {folder}")
    return folder


@pytest.mark.parametrize("name,n_images,n_objects", manifest("voc"))
def test_counts_of_samples(tmp_path, name, n_images, n_objects):
    report = convert(sample(name), tmp_path / "out.jsonl")
    there = sum(path.suffix == ".xml" for path in sample(name).rglob("*"))
    assert there == n_images
    assert (report["labels"]["read"], report["labels"]["written"]) == (n_objects, n_objects)


def test_real_sets(tmp_path):
    report = convert(data("bccd"), tmp_path / "bccd.jsonl")
    assert (report["items"]["read"], report["labels"]["read"], report["labels"]["written"]) == (364, 4888, 4886)
    assert issues_of(report) == {"box-without-area": 2}
    assert report["labels"]["kinds"]["box"] == 4886
    report = convert(data("raccoon"), tmp_path / "raccoon.jsonl")
    assert (report["items"]["read"], report["labels"]["read"], report["issues"]) == (200, 217, [])


@pytest.mark.parametrize("source", [lambda: data("bccd"), lambda: data("raccoon"), lambda: sample("voc/datumaro-1")])
def test_out_and_in_again_is_the_same(tmp_path, source):
    convert(source(), tmp_path / "first.jsonl")
    convert(source(), tmp_path / "out", "--to", "voc")
    convert(tmp_path / "out", tmp_path / "second.jsonl")
    first, second = ({Path(name).stem: item for name, item in items_of(tmp_path / f"{which}.jsonl").items()} for which in ("first", "second"))
    assert first.keys() == second.keys()
    for stem, item in first.items():
        assert [item.get(key) for key in ("split", "labels", "metadata")] == [second[stem].get(key) for key in ("split", "labels", "metadata")]


def test_a_plain_reader_finds_the_same(tmp_path):
    source = data("bccd")
    convert(source, tmp_path / "out", "--to", "voc")

    def objects(path):
        for at in ET.parse(path).getroot().iter("object"):
            box = [float(at.find("bndbox").find(key).text) for key in ("xmin", "ymin", "xmax", "ymax")]
            if box[0] < box[2] and box[1] < box[3]:
                yield at.find("name").text, *box, at.find("difficult").text, at.find("truncated").text

    for path in source.glob("Annotations/*.xml"):
        written = tmp_path / "out" / "Annotations" / path.name
        assert list(objects(path)) == list(objects(written))
        assert ET.parse(written).getroot().find("filename").text == path.stem + ".jpg"
    for split in ("train", "val", "test", "trainval"):
        lists = [sorted((folder / "ImageSets" / "Main" / f"{split}.txt").read_text().split()) for folder in (source, tmp_path / "out")]
        assert lists[0] == lists[1]
