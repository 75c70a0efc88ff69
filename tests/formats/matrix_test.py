"""What holds for every format: each sample is claimed by its own, and from A to B to A only what was declared is lost."""

import json
import os
import subprocess
from itertools import permutations

import pytest
from converter import LW, SHARED, convert, issues_of, items_of, manifest, sample
from pairs import HEIGHT, LABELS, WIDTH, carried, is_refused, seen
from store import Store, png

# Samples of formats that are read, and what claims them.
OWN = {"coco": "coco", "coco-results": "coco-results", "coco-panoptic": "coco", "yolo-darknet": "yolo-darknet", "yolo-ultralytics": "yolo", "voc": "voc"}
OWN |= {"classification-folder": "folders", "csv-detection": "csv"}


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


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A folder of the own format with each kind of label on an image of its own, in two splits, and an image without labels."""
    folder = tmp_path_factory.mktemp("everything")
    classes, lines = [], []
    for i, (name, label) in enumerate(LABELS.items()):
        (folder / f"{name}.png").write_bytes(png(i, WIDTH, HEIGHT))
        skeleton = {"skeleton": {"points": ["a", "b", "c"], "edges": [[0, 1], [1, 2]]}} if "skeleton" in label else {}
        classes.append({"name": name, **skeleton})
        lines.append({"item": f"{name}.png", "width": WIDTH, "height": HEIGHT, "split": ("train", "val")[i % 2], "state": "done", "labels": [{"class": name, "layer": "truth", **label}]})
    (folder / "nothing.png").write_bytes(png(99, WIDTH, HEIGHT))
    lines.append({"item": "nothing.png", "width": WIDTH, "height": HEIGHT, "split": "val", "state": "done", "labels": []})
    head = {"labelwright": 1, "project": "p", "seq": 1, "ontology": {"classes": classes}}
    (folder / "labels.jsonl").write_text("".join(json.dumps(line) + "\n" for line in (head, *lines)))
    return folder


def look(path):
    """Stem to (split, size, class and what is seen of its one label)."""
    found = {}
    for item in items_of(path).values():
        assert len(item["labels"]) <= 1
        name = item["item"].rsplit("/", 1)[-1].removesuffix(".png")
        assert name not in found
        label = item["labels"][0] if item["labels"] else None
        found[name] = (item.get("split"), item["width"], item["height"], label and label["class"], label and seen(label))
    return found


def from_first(ring):
    """A ring may begin at any of its points."""
    points = list(zip(ring[::2], ring[1::2]))
    at = min(range(len(points)), key=lambda i: (round(points[i][0], 2), round(points[i][1], 2)))
    return [n for point in points[at:] + points[:at] for n in point]


def compare(name, got, wanted):
    assert (got is None) == (wanted is None), name
    if wanted is None:
        return
    assert (got.kind, got.attributes, got.confidence) == (wanted.kind, wanted.attributes, wanted.confidence), name
    assert got.skeleton == pytest.approx(wanted.skeleton, abs=1e-3), name
    assert got.bounds == pytest.approx(wanted.bounds, abs=0.1 if wanted.kind == "polygon" and wanted.shape is None else 2e-3), name
    assert got.area == pytest.approx(wanted.area, rel=2e-3), name  # an ellipse becomes a polygon of 64 points
    if wanted.shape is not None and wanted.kind in ("box", "ellipse"):
        assert got.shape == pytest.approx(wanted.shape, abs=2e-3), name
    elif wanted.shape is not None and wanted.kind == "polygon":
        assert [[pytest.approx(from_first(ring), abs=2e-3) for ring in part] for part in wanted.shape] == [list(map(from_first, part)) for part in got.shape], name
    elif wanted.shape is not None:
        assert got.shape == wanted.shape, name


ALL = ["jsonl", "coco", "voc", "csv", "yolo-detect", "yolo-segment", "yolo-pose", "yolo-obb", "yolo-darknet", "yolo-classify", "folders"]
OF_TAGS = ("yolo-classify", "folders")


@pytest.fixture(scope="module")
def through(everything, tmp_path_factory):
    """Each format's own telling of everything, and what it is seen as."""
    folder = tmp_path_factory.mktemp("through")
    for form in ALL:
        convert(everything, folder / form, "--to", form, "--lossy")
        convert(folder / form, folder / f"{form}.jsonl", "--from", form)
    return folder


@pytest.fixture(scope="module")
def out_of_a_store(everything, tmp_path_factory):
    """The same by way of a project, taken in and exported."""
    store = Store(tmp_path_factory.mktemp("stored"))
    report = store.json("import", "p", everything)
    assert report["labels"]["written"] == len(LABELS) and not [issue for issue in report["issues"] if issue["severity"] != "info"]
    for form in ALL:
        report = store.json("export", "p", form, "--format", form, "--lossy", "--layer", "truth")
        assert report["labels"]["read"] == report["labels"]["written"] + report["labels"]["skipped"]
        convert(store.folder / form, store.folder / f"{form}.jsonl", "--from", form)
    assert store.json("verify")["problems"] == []
    return store.folder


@pytest.mark.parametrize("form", ALL)
@pytest.mark.parametrize("way", ["through", "out_of_a_store"])
def test_what_a_format_keeps_is_what_was_declared(everything, request, way, form):
    start, found = look(everything / "labels.jsonl"), look(request.getfixturevalue(way) / f"{form}.jsonl")
    for name, (split, width, height, _, one) in start.items():
        wanted = carried(form, one)
        if form in OF_TAGS and wanted is None:
            assert name not in found  # no class, no folder
            continue
        assert found[name][:3] == (split, width, height)
        assert found[name][3] == (name if wanted else None)
        compare(name, found[name][4], wanted)


@pytest.mark.parametrize("form", ALL)
def test_what_is_lost_is_refused_first_and_then_told(everything, tmp_path, form):
    """One label after the other: refused when it would be left out or change its shape, and with --lossy told."""
    for name, (_, _, _, _, one) in look(everything / "labels.jsonl").items():
        if one is None or (form == "yolo-pose" and not one.skeleton):
            continue
        lines = (everything / "labels.jsonl").read_text().splitlines()
        source = tmp_path / name
        source.mkdir()
        (source / f"{name}.png").write_bytes((everything / f"{name}.png").read_bytes())
        (source / "labels.jsonl").write_text("\n".join([lines[0], *(line for line in lines[1:] if json.loads(line)["item"] == f"{name}.png")]) + "\n")
        report = convert(source, tmp_path / "out", "--to", form, code=(0, 5))
        assert ("error" in report) == is_refused(form, one), (form, name, report)
        report = convert(source, tmp_path / "out", "--to", form, "--lossy")
        labels, after = report["labels"], carried(form, one)
        assert (labels["read"], labels["written"], labels["skipped"]) == (1, int(after is not None), int(after is None))
        told = {issue["severity"] for issue in report["issues"]}
        if is_refused(form, one) or (after and (after.attributes, after.confidence) != (one.attributes, one.confidence)):
            assert "warning" in told, (form, name)
        elif after.kind != one.kind:
            assert told, (form, name)


def has_no_keypoints(labels):
    return not any(label and label.skeleton for label in labels)


@pytest.mark.parametrize("a,b", permutations(ALL, 2))
def test_from_a_to_b_to_a(through, tmp_path, a, b):
    source = look(through / f"{a}.jsonl")
    there = {name: carried(b, seen_[4]) for name, seen_ in source.items()}
    for step, (before, after, labels) in enumerate(((a, b, [one[4] for one in source.values()]), (b, a, there.values()))):
        folder = (through / a, tmp_path / b)[step]
        report = convert(folder, tmp_path / after, "--from", before, "--to", after, "--lossy", code=(0, 1))
        if after == "yolo-pose" and has_no_keypoints(labels):
            assert "keypoints" in report["error"]["message"]
            return
        assert "error" not in report, report
        if not list((tmp_path / after).rglob("*.png")):
            assert after in OF_TAGS and not any(label and label.kind == "tag" for label in labels)  # an image without a class has no folder
            return
    convert(tmp_path / a, tmp_path / "again.jsonl", "--from", a)
    again = look(tmp_path / "again.jsonl")
    for name, (split, width, height, named, _) in source.items():
        after = carried(a, there[name])
        if name not in again:
            assert after is None and (a in OF_TAGS or b in OF_TAGS)
            continue
        assert again[name][:4] == (split, width, height, named if after else None)
        compare(name, again[name][4], after)
