"""`lw convert` begins to write with what the first items tell: what only the last one tells must be told as well as if it were the first."""

import itertools
import json
import subprocess
import zipfile

import pytest
from converter import LW, convert, issues_of, items_of
from fault_test import full_at

N_ITEMS = 8000  # of a kilobyte in memory: twice what is looked at before the first is written


def many(last, first=()):
    """Items with a box each; the first and the last with labels of their own."""
    ontology = {"classes": [{"name": "car", "index": 0}, {"name": "bus", "index": 1, "attributes": [{"name": "red", "type": "yesno"}]}]}
    yield json.dumps({"labelwright": 1, "project": "many", "seq": 0, "ontology": ontology})
    for i in range(N_ITEMS):
        labels = last if i == N_ITEMS - 1 else first if i == 0 and first else [{"class": "car", "box": [1, 2, 10, i % 7 + 1]}]
        split = "val" if i == N_ITEMS - 1 and last and last[0].get("split") else "train"
        yield json.dumps({"item": f"{i:04}.jpg", "width": 48, "height": 32, "split": split, "metadata": {"note": "x" * 600},
                          "labels": [{key: value for key, value in label.items() if key != "split"} for label in labels]})


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


POLYGON = {"class": "bus", "polygon": [[[1, 1, 9, 1, 9, 9]]]}


@pytest.fixture(scope="module")
def late(tmp_path_factory):
    path = tmp_path_factory.mktemp("late") / "late.jsonl"
    path.write_text("\n".join(many([POLYGON])) + "\n")
    return path


def test_a_shape_that_comes_last_decides_the_task(late, tmp_path):
    report = convert(late, tmp_path / "out.zip", "--to", "yolo", "--media", "none")
    files = contents(tmp_path / "out.zip")
    assert "task: segment" in files["data.yaml"]
    assert report["items"] == {"read": N_ITEMS, "added": N_ITEMS, "matched": 0, "skipped": 0}
    assert report["labels"]["read"] == report["labels"]["written"] == N_ITEMS and report["labels"]["kinds"]["polygon"] == 1
    assert issues_of(report)["box-as-polygon"] == N_ITEMS - 1, "counted once, in whichever pass"
    assert issues_of(report)["task-chosen"] == 1
    assert len(files) == N_ITEMS + 1 and len(files["labels/train/0000.txt"].split()) == 9
    assert files["labels/train/7999.txt"].split()[0] == "1" and len(files["labels/train/7999.txt"].split()) == 7


def test_what_comes_last_is_refused_as_a_whole(late, tmp_path):
    report = convert(late, tmp_path / "out.zip", "--to", "yolo-detect", "--media", "none", code=5)
    assert "--lossy" in report["error"]["message"] and not any(tmp_path.iterdir())
    report = convert(late, tmp_path / "out.zip", "--to", "yolo-detect", "--media", "none", "--lossy")
    assert issues_of(report)["shapes-not-carried"] == 1 and report["labels"]["written"] == N_ITEMS


def test_a_refusal_names_all_that_would_be_lost(tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(many([{"class": "car", "ellipse": [9, 9, 3, 4]}], first=[{"class": "car", "points": [5, 5]}])) + "\n")
    message = convert(source, tmp_path / "out", "--to", "coco", "--media", "none", code=5)["error"]["message"]
    assert "points" in message and "ellipse" in message


def test_splits_that_come_last(tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(many([{"class": "car", "box": [1, 1, 2, 2], "split": "val"}])) + "\n")
    convert(source, tmp_path / "out", "--to", "coco", "--media", "none")
    counts = {path.name: len(json.loads(path.read_text())["images"]) for path in (tmp_path / "out/annotations").iterdir()}
    assert counts == {"instances_train.json": N_ITEMS - 1, "instances_val.json": 1}


def test_classes_that_come_last(tmp_path):
    """A CSV names them row by row; a stream cannot be begun anew."""
    rows = (f"{i:04}.jpg,48,32,{'rare' if i == N_ITEMS - 1 else 'car'},1,2,3,4" for i in range(N_ITEMS))
    (tmp_path / "in.csv").write_text("\n".join(itertools.chain(["item,width,height,class,x,y,w,h"], rows)) + "\n")
    convert(tmp_path / "in.csv", tmp_path / "out.jsonl")
    done = subprocess.run([LW, "convert", tmp_path / "in.csv", "-", "--to", "jsonl"], capture_output=True, check=True)
    assert done.stdout == (tmp_path / "out.jsonl").read_bytes()
    assert b'"rare"' in done.stdout.split(b"\n", 1)[0] and len(items_of(tmp_path / "out.jsonl")) == N_ITEMS


def test_a_failure_of_the_writer_ends_the_reading(late, tmp_path):
    done = subprocess.run([LW, "convert", late, tmp_path / "out.jsonl", "--json"], capture_output=True, text=True, preexec_fn=full_at(1 << 20))
    report = json.loads(done.stdout)
    assert done.returncode == 1 and report["error"]["message"] and not any(tmp_path.iterdir())
    assert report["items"]["added"] < report["items"]["read"] < N_ITEMS, "nothing is read for a writer that has failed"


@pytest.mark.parametrize("to", ["coco", "yolo", "yolo-darknet", "voc", "csv", "jsonl"])
def test_more_splits_than_a_format_is_written_with(tmp_path, to):
    """Refused, not put into another split or none."""
    lines = [json.dumps({"labelwright": 1, "project": "p", "seq": 1, "ontology": {"classes": [{"name": "car"}]}})]
    lines += [json.dumps({"item": f"{i}.png", "width": 48, "height": 32, "split": f"s{i}", "labels": [{"class": "car", "box": [1, 2, 3, 4]}]}) for i in range(65)]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    report = convert(tmp_path / "in.jsonl", tmp_path / "out", "--to", to, code=0 if to in ("csv", "jsonl") else 1)
    if to in ("csv", "jsonl"):
        convert(tmp_path / "out", tmp_path / "back.jsonl")
        assert {item["item"]: item["split"] for item in items_of(tmp_path / "back.jsonl").values()} == {f"{i}.png": f"s{i}" for i in range(65)}
    else:
        assert report["error"]["code"] == "too-large" and "'s64'" in report["error"]["message"] and not (tmp_path / "out").exists()
