"""CSV against files of other tools, and our exports against Python's own reader."""

import csv
import json

import pytest
from converter import SHARED, convert, issues_of, items_of, manifest, sample


@pytest.mark.parametrize("name,n_images,n_objects", manifest("csv-detection"))
def test_counts_of_samples(tmp_path, name, n_images, n_objects):
    report = convert(sample(name), tmp_path / "out.jsonl")
    assert (report["items"]["read"], report["labels"]["read"], report["labels"]["written"]) == (n_images, n_objects, n_objects)


def test_the_same_set_as_voc_and_as_csv(tmp_path):
    folder = sample("voc/raccoon-real-200")
    convert(folder, tmp_path / "voc.jsonl")
    convert(folder / "data" / "raccoon_labels.csv", tmp_path / "csv.jsonl", "--images", folder / "images")

    def boxes(path):
        return {name.rpartition("/")[2]: sorted(label["box"] for label in item["labels"]) for name, item in items_of(path).items()}

    voc, table = boxes(tmp_path / "voc.jsonl"), boxes(tmp_path / "csv.jsonl")
    assert {name: voc[name] for name in table} == table and len(table) == 200


def test_out_and_in_again_is_the_same(tmp_path):
    source = SHARED / "data" / "bccd"
    if not source.exists():
        pytest.skip(f"needs {source}")
    convert(source, tmp_path / "first.jsonl")
    convert(source, tmp_path / "out.csv")
    convert(tmp_path / "out.csv", tmp_path / "second.jsonl")
    first, second = items_of(tmp_path / "first.jsonl"), items_of(tmp_path / "second.jsonl")
    assert first.keys() == second.keys()
    for name, item in first.items():
        assert (item["labels"], item.get("split")) == (second[name]["labels"], second[name].get("split"))


def test_pythons_reader_finds_the_same(tmp_path):
    lines = [{"labelwright": 1, "project": "p", "seq": 1, "ontology": {"classes": ["+cat", 'a "b", c']}},
             {"item": "=1+1.jpg", "width": 10, "height": 20, "labels": [{"class": "+cat", "box": [1, 2, 3, 4]}, {"class": 'a "b", c', "polygon": [[[0, 0, 5, 0, 5, 5]]]}]},
             {"item": "empty.jpg", "width": 10, "height": 20, "labels": []}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    convert(tmp_path / "in.jsonl", tmp_path / "out.csv")
    with open(tmp_path / "out.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert ",".join(table[0]) == "item,width,height,split,id,class,kind,x,y,w,h,angle,confidence,layer,by,seq,attributes,geometry"
    assert [row["item"] for row in table] == ["'=1+1.jpg", "'=1+1.jpg", "empty.jpg"]
    assert [row["class"] for row in table] == ["'+cat", 'a "b", c', ""]
    assert [float(table[0][key]) for key in "xywh"] == [1, 2, 3, 4]
    assert json.loads(table[1]["geometry"])["polygon"] == [[[0, 0, 5, 0, 5, 5]]]
    convert(tmp_path / "out.csv", tmp_path / "back.jsonl")
    back = items_of(tmp_path / "back.jsonl")
    assert back.keys() == {"=1+1.jpg", "empty.jpg"} and back["=1+1.jpg"]["labels"][0]["class"] == "+cat"


@pytest.mark.parametrize("encoding,delimiter,end", [("utf-8-sig", ",", "\r\n"), ("latin-1", ";", "\n"), ("utf-8", "\t", "\r")])
def test_dialects(tmp_path, encoding, delimiter, end):
    rows = ["filename width height class xmin ymin xmax ymax".split(), "ä.jpg 100 200 Tür 1 2 11 22".split(), "b.jpg 100 200 Tür 1 2 11 22".split()]
    (tmp_path / "in.csv").write_bytes("".join(delimiter.join(row) + end for row in rows).encode(encoding))
    report = convert(tmp_path / "in.csv", tmp_path / "out.jsonl")
    items = items_of(tmp_path / "out.jsonl")
    assert items.keys() == {"ä.jpg", "b.jpg"} and items["ä.jpg"]["labels"][0] | {"class": "Tür", "box": [1, 2, 10, 20]} == items["ä.jpg"]["labels"][0]
    assert ("not-utf8" in issues_of(report)) == (encoding == "latin-1")


def test_columns_that_are_named(tmp_path):
    (tmp_path / "in.csv").write_text("pic;kind of thing;left;top;right;bottom\na.jpg;car;1,5;2;10;12\n")
    told = ["pic=item", "kind of thing=class", "left=xmin", "top=ymin", "right=xmax", "bottom=ymax"]
    convert(tmp_path / "in.csv", tmp_path / "out.jsonl", *(word for one in told for word in ("--column", one)))
    [label] = items_of(tmp_path / "out.jsonl")["a.jpg"]["labels"]
    assert (label["class"], label["box"]) == ("car", [1.5, 2, 8.5, 10])
    assert "no column" in convert(tmp_path / "in.csv", tmp_path / "none.jsonl", "--column", "pics=item", code=1)["error"]["message"]
