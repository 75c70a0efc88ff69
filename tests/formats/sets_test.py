"""Sets of data through a store and back in every format: what went in stands in the project, goes out, and comes in again the same."""

import shutil

import pytest
from converter import SHARED, sample
from store import Store

SETS = {
    "bccd": lambda: SHARED / "data" / "bccd",
    "raccoon": lambda: SHARED / "data" / "raccoon",
    "sharks": lambda: sample("coco/sharks-real"),
    "sharks-mixed": lambda: sample("yolo-ultralytics/sharks-real-mixed"),
    "all-tasks": lambda: sample("coco/datumaro-all-tasks"),
    "labelbox": lambda: sample("coco/labelbox-instances"),
    "turned": lambda: sample("yolo-ultralytics/cvat-oriented_boxes"),
    "pose": lambda: sample("yolo-ultralytics/cvat-pose"),
    "voc": lambda: sample("voc/datumaro-1"),
    "darknet": lambda: sample("yolo-darknet/datumaro-strict"),
    "tfod": lambda: sample("csv-detection/panlabel-tfod"),
    "corrosion": lambda: sample("classification-folder/corrosion-real"),
}
# What a set's own format gives back unchanged, and what carries it as well.
CARRIED = {
    "bccd": ["voc", "coco", "csv", "jsonl", "yolo", "yolo-darknet"],
    "raccoon": ["voc", "coco", "csv", "jsonl", "yolo", "yolo-darknet"],
    "sharks": ["coco", "csv", "jsonl", "voc"],
    "sharks-mixed": ["coco", "csv", "jsonl", "voc"],
    "all-tasks": ["coco", "csv", "jsonl"],
    "labelbox": ["coco", "csv", "jsonl"],
    "turned": ["yolo", "csv", "jsonl"],
    "pose": ["yolo", "coco", "csv", "jsonl"],
    "voc": ["voc", "csv", "jsonl"],
    "darknet": ["yolo-darknet", "yolo", "voc", "coco", "csv", "jsonl"],
    "tfod": ["csv", "jsonl", "coco", "voc"],
    "corrosion": ["folders", "yolo-classify", "jsonl"],
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A store with each set as a project of its name."""
    store = Store(tmp_path_factory.mktemp("sets"))
    done = {}

    def load(name):
        if not SETS[name]().exists():
            pytest.skip(f"needs {SETS[name]()}")
        if name not in done:
            done[name] = store.json("import", name, SETS[name]())
        return store

    return load


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return round(value, 2) if isinstance(value, float) else value


def meaning(store, project, attributes):
    """By stem: the split, and each label with its class, geometry and attributes. Sizes where they are known."""
    found = {}
    for name, item in store.items(project).items():
        if item["state"] == "waiting":
            continue  # nobody looked at it: no export has it
        stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        assert stem not in found
        keys = ("class", "box", "angle", "polygon", "mask", "skeleton", "tag", *(["attributes"] if attributes else []))
        labels = sorted((str(rounded({key: label[key] for key in keys if label.get(key)})) for label in item["labels"]))
        found[stem] = (item.get("split"), item.get("width"), item.get("height"), labels)
    return found


@pytest.mark.parametrize("name,form", [(name, form) for name, forms in CARRIED.items() for form in forms])
def test_out_and_in_again(loaded, name, form):
    store = loaded(name)
    out = store.folder / f"{name}-{form}"
    report = store.json("export", name, out, "--format", form)
    assert report["labels"]["read"] == report["labels"]["written"] and report["items"]["skipped"] == 0
    back = store.json("import", f"{name}-{form}", out)
    assert back["labels"]["written"] == report["labels"]["written"]
    assert {issue["severity"] for issue in back["issues"]} <= {"info"} or form == "coco", back["issues"]
    keeps = form in ("jsonl", "csv", "coco", "voc")
    start, again = meaning(store, name, keeps), meaning(store, f"{name}-{form}", keeps)
    if form.startswith("yolo"):  # an export without splits is given train and val
        again = {stem: (start[stem][0] and split, *rest) for stem, (split, *rest) in again.items()}
    assert again.keys() == start.keys()
    for stem, wanted in start.items():
        assert again[stem] == wanted
    shutil.rmtree(out)


@pytest.mark.parametrize("name", [name for name in SETS if name != "turned"])
def test_classes_keep_their_numbers(loaded, name):
    store = loaded(name)
    store.json("export", name, "numbers", "--format", "coco", "--media", "none")
    store.json("import", f"{name}-numbers", "numbers")
    before, after = ({row["name"]: row.get("index") for row in store.json("ontology", "show", project)["classes"]} for project in (name, f"{name}-numbers"))
    assert after == before
    shutil.rmtree(store.folder / "numbers")
