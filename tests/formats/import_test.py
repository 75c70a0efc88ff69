"""What an import does to a project when nothing is said: the rulings, on the real binary and a real store."""

import json

import pytest
from converter import issues_of
from store import coco, png

RESULTS = [{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.5}]


def test_equal_ids_of_two_files_are_no_reason_to_join(store):
    """Each batch of a tool counts its images from 1."""
    store.json("import", "p", store.file("one.json", coco({1: "a.jpg", 2: "b.jpg"}, [(1, 1, [1, 1, 5, 5]), (2, 1, [2, 2, 5, 5])])))
    report = store.json("import", "p", store.file("two.json", coco({1: "c.jpg", 2: "d.jpg"}, [(1, 1, [3, 3, 5, 5]), (2, 1, [4, 4, 5, 5])])))
    assert report["items"]["added"] == 2
    assert store.boxes() == {name: [("truth", "car", [i, i, 5, 5])] for i, name in enumerate(("a.jpg", "b.jpg", "c.jpg", "d.jpg"), 1)}
    report = store.json("import", "p", store.file("res.json", [RESULTS[0] | {"category_id": 1}]), code=8)
    assert issues_of(report) == {"item-ambiguous": 1} and report["labels"]["skipped"] == 1  # the id 1 was two images: never guessed


def test_another_folder_is_another_image(store):
    store.json("import", "p", store.file("one.json", coco({1: "train/1.jpg"}, [(1, 1, [1, 1, 5, 5])])))
    store.json("import", "p", store.file("two.json", coco({2: "val/1.jpg", 3: "other/1.jpg"}, [(2, 1, [3, 3, 5, 5])])))
    assert set(store.items()) == {"train/1.jpg", "val/1.jpg", "other/1.jpg"}


def test_labels_find_an_image_by_path_then_name_then_stem(store):
    for i, name in enumerate(("train/1.png", "val/1.png", "deep/er/2.png", "deep/3.png")):
        store.file(f"photos/{name}", png(i))
    store.json("import", "p", store.folder / "photos")
    named = {1: "photos/train/1.png", 2: "2.png", 3: "elsewhere/3.jpg", 4: "4.png"}
    report = store.json("import", "p", store.file("labels.json", coco(named, [(i, 1, [i, 1, 5, 5]) for i in named])))
    assert issues_of(report) == {"image-not-there": 4, "item-by-name": 3}
    assert [issue["example"] for issue in report["issues"] if issue["code"] == "item-by-name"] == ["photos/train/1.png: train/1.png"]
    assert {name: boxes[0][2][0] for name, boxes in store.boxes().items() if boxes} == {"train/1.png": 1, "deep/er/2.png": 2, "deep/3.png": 3, "4.png": 4}
    report = store.json("import", "p", store.file("more.json", coco({1: "1.png"}, [(1, 1, [1, 1, 5, 5])])), code=8)
    assert issues_of(report)["item-ambiguous"] == 1 and report["labels"]["written"] == 0


@pytest.mark.parametrize("images_first", [True, False])
def test_another_case_or_unicode_form_is_a_second_try(store, images_first):
    """An accent is a character of its own on a Mac; the exact name goes first."""
    for i, name in enumerate(("cafe\u0301.png", "B.PNG", "c.png", "C.png")):
        store.file(f"photos/{name}", png(i))
    labels = store.file("labels.json", coco({1: "caf\u00e9.png", 2: "b.png", 3: "C.png"}, [(i, 1, [i, 1, 5, 5]) for i in (1, 2, 3)]))
    for source in (store.folder / "photos", labels) if images_first else (labels, store.folder / "photos"):
        store.json("import", "p", source, "--copy")
    assert len(store.items()) == 4 and all(item["sha256"] for item in store.items().values())
    boxes = {name: boxes[0][2][0] for name, boxes in store.boxes().items() if boxes}
    assert boxes == {"cafe\u0301.png": 1, "B.PNG": 2, "C.png": 3}


@pytest.mark.parametrize("one, other", [("x1", "x1"), (1.0, 1), ("1", 1), (2**63, 2**63)])
def test_results_find_images_whatever_their_ids_are(store, one, other):
    store.json("import", "p", store.file("truth.json", coco({one: "a.jpg"}, [(one, 1, [1, 1, 5, 5])])))
    report = store.json("import", "p", store.file("model.json", [RESULTS[0] | {"image_id": other, "category_id": 1.0}]))
    assert (report["items"]["matched"], report["labels"]["written"]) == (1, 1), report
    lost = store.json("import", "p", store.file("model.json", [RESULTS[0] | {"image_id": "x9", "category_id": 1}]))
    assert [issue["example"] for issue in lost["issues"]] == ["x9"]


def test_classes_that_differ_by_case_or_unicode_form_are_pointed_out(store):
    report = store.json("import", "p", store.file("a.json", coco({1: "a.jpg"}, [(1, i, [i, 1, 5, 5]) for i in (1, 2, 3, 4)], ("Car", "car", "\u00e9", "e\u0301"))))
    assert issues_of(report)["similar-classes"] == 2 and report["classes"]["added"] == 4


@pytest.mark.parametrize("files, code, n_left", [
    ({"labels/a.txt": "0 0.5 0.5 0.2 0.2\n0 0.5 x 0.2 0.2\n"}, 8, 1), ({"labels/a.txt": "0 0.5 0.5 0.2 0.2\n0 0.5 nan 0.2 0.2\n0 0.5 0.5 0 0.2\n"}, 0, 2),
    ({"a.csv": "filename,class,xmin,ymin,xmax,ymax\na.png,car,1,2,x,8\n"}, 8, 1), ({"a.csv": "filename,class,xmin,ymin,xmax,ymax\na.png,car,1,2,inf,8\n"}, 0, 1),
    ({"a.xml": "<annotation><object><name>car</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>x</xmax><ymax>8</ymax></bndbox></object></annotation>"}, 8, 1),
    ({"a.xml": "<annotation><object><name>car</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>1</xmax><ymax>8</ymax></bndbox></object></annotation>"}, 0, 1)])
def test_what_cannot_be_read_is_an_error_and_what_the_rules_leave_out_a_warning(store, files, code, n_left):
    """In each format: exit 8 is for what could not be read."""
    store.file("set/images/a.png", png())
    for name, content in files.items():
        store.file(f"set/{name}", content)
    report = store.json("import", "p", store.folder / "set", code=code)
    assert report["labels"]["skipped"] == n_left
    assert {issue["severity"] for issue in report["issues"] if issue["severity"] != "info"} >= {"error" if code else "warning"}


def test_results_go_onto_a_layer_and_find_images_by_id(store):
    store.json("import", "p", store.file("truth.json", coco({1: "a.jpg", 2: "b.jpg"}, [(1, 1, [1, 1, 5, 5])], ("car", "dog"))), "--waiting")
    results = [*RESULTS, {"image_id": 1, "category_id": 99, "bbox": [1, 2, 3, 4], "score": 0.5}, {"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}]
    report = store.json("import", "p", store.file("model.json", results))
    assert report["format"] == "coco-results" and report["labels"] | {"kinds": 0} == {"read": 3, "written": 1, "matched": 0, "skipped": 2, "kinds": 0}
    assert issues_of(report) == {"class-not-there": 1, "image-not-in-project": 1}
    items = store.items()
    assert [(label["layer"], label["class"], label["confidence"]) for label in items["a.jpg"]["labels"]] == [("truth", "car", None), ("model", "dog", 0.5)]
    assert {item["state"] for item in items.values()} == {"waiting"}  # results say nothing about what is done
    again = store.json("import", "p", store.folder / "model.json")
    assert (again["labels"]["written"], again["labels"]["matched"], again["seq"]) == (0, 1, report["seq"])
    store.json("import", "p", store.folder / "model.json", "--layer", "other")
    assert {row["layer"]: row["labels"] for row in store.json("project", "show", "p")["layers"]} == {"truth": 1, "model": 1, "other": 1}
    store.json("export", "p", "out.json", "--format", "coco", "--layer", "model", "--state", "all")
    assert '"score":0.5' in (store.folder / "out.json").read_text()


@pytest.mark.parametrize("confidence", ["", " 0.25"])
@pytest.mark.parametrize("run", ["runs/detect/predict", "runs/predict", "predict2", "runs/detect/night"])
def test_a_run_of_ultralytics_goes_onto_its_layer(store, run, confidence):
    for name in "abc":
        store.file(f"set/images/train/{name}.png", png(ord(name)))
    store.file("set/labels/train/a.txt", "0 0.5 0.5 0.5 0.5\n")
    store.file("set/data.yaml", "train: images/train\nval: images/train\nnames: [car, dog]\n")
    store.json("import", "p", store.folder / "set")
    store.file(f"{run}/labels/a.txt", f"1 0.5 0.5 0.25 0.25{confidence}\n")
    store.file(f"{run}/labels/b.txt", f"0 0.5 0.5 0.25 0.25{confidence}\n7 0.5 0.5 0.25 0.25{confidence}\n")
    store.file(f"{run}/labels/z.txt", f"0 0.5 0.5 0.25 0.25{confidence}\n")
    report = store.json("import", "p", store.folder / run / "labels")
    assert (report["labels"]["read"], report["labels"]["written"], report["labels"]["skipped"]) == (4, 2, 2)
    assert {issue["severity"] for issue in report["issues"]} <= {"info", "warning"}
    boxes, layer = store.boxes(), run.rsplit("/", 1)[-1]
    assert boxes["images/train/a.png"] == [("truth", "car", [12, 8, 24, 16]), (layer, "dog", [18, 12, 12, 8])]
    assert boxes["images/train/b.png"] == [(layer, "car", [18, 12, 12, 8])] and len(boxes) == 3
    assert {name: item["state"] for name, item in store.items().items()} == {f"images/train/{name}.png": state for name, state in zip("abc", ("done", "waiting", "waiting"))}


def test_replace_touches_the_layer_it_was_given_alone(store):
    store.json("import", "p", store.file("truth.json", coco({1: "a.jpg", 2: "b.jpg", 3: "c.jpg"}, [(i, 1, [i, 1, 5, 5]) for i in (1, 2, 3)])))
    store.json("import", "p", store.file("old.json", coco({1: "a.jpg", 2: "b.jpg"}, [(1, 1, [9, 9, 5, 5])])), "--layer", "model")
    store.json("import", "p", store.file("new.json", coco({1: "a.jpg", 2: "b.jpg"}, [(2, 1, [9, 9, 5, 5])])), "--layer", "model", "--replace")
    assert store.boxes() == {"a.jpg": [("truth", "car", [1, 1, 5, 5])], "b.jpg": [("truth", "car", [2, 1, 5, 5]), ("model", "car", [9, 9, 5, 5])],
                             "c.jpg": [("truth", "car", [3, 1, 5, 5])]}
    store.json("import", "p", store.file("less.json", coco({1: "a.jpg"}, [])), "--replace")
    assert {name: len(boxes) for name, boxes in store.boxes().items()} == {"a.jpg": 0, "b.jpg": 2, "c.jpg": 1}
    assert store.json("verify")["problems"] == []


def test_folders_of_classes_by_name_alone(store):
    for name in ("cat/1.png", "dog/2.png"):
        store.file(f"album/{name}", png(len(name)))
    assert store.json("import", "album", store.folder / "album")["labels"]["read"] == 0
    assert store.json("import", "p", store.folder / "album", "--format", "folders")["labels"]["kinds"]["tag"] == 2


def test_a_dry_run_of_copies_says_what_the_run_will(store):
    store.file("photos/1.png", png(1))
    store.json("import", "p", "photos", "--copy")
    for options in (["--dry-run"], []):
        report = store.json("import", "p", "photos", "--copy", *options)
        assert (report["items"]["matched"], report["issues"]) == (1, [])
    store.file("photos/1.png", png(2))
    for options in (["--dry-run"], []):
        assert issues_of(store.json("import", "p", "photos", "--copy", *options)) == {"image-changed": 1}


def test_every_issue_has_every_key(store):
    store.file("set/images/a.png", png(1))
    store.file("set/images/b.png", png(2))
    store.file("set/labels/a.txt", "0 0.5 0.5 0.5 0.5\n")
    for report in (store.json("import", "p", "set"), store.json("export", "p", "out", "--format", "yolo"), store.json("export", "p", "out.json", "--format", "coco")):
        assert report["issues"]
        for issue in report["issues"]:
            assert set(issue) >= {"code", "severity", "count", "message", "example"} and issue["example"], issue


def test_equal_bytes_under_two_names_are_two_items(store):
    store.json("import", "p", store.file("one/1.png", png(1)).parent, "--copy")
    report = store.json("import", "p", store.file("two/2.png", png(1)).parent, "--copy")
    assert report["items"]["added"] == 1 and [issue["example"] for issue in report["issues"]] == ["2.png: 1.png"]
    assert issues_of(report) == {"same-bytes": 1}


def test_a_mapping_that_meets_nothing_is_said(store):
    labels = store.file("labels.json", coco({1: "a.jpg"}, [(1, 1, [1, 1, 5, 5])]))
    assert store.json("import", "p", labels, "--map", "Car", code=2)["error"]["code"] == "usage"
    report = store.json("import", "p", labels, "--map", "Car=van", "--map", "car=lorry")
    assert [issue["example"] for issue in report["issues"] if issue["code"] == "map-not-used"] == ["Car=van"]
    assert store.boxes()["a.jpg"] == [("truth", "lorry", [1, 1, 5, 5])]


@pytest.mark.parametrize("form,wanted", [("jsonl", 3), ("coco", 2), ("csv", 2), ("yolo", 2)])
def test_an_export_to_stdout_tells_what_it_wrote(store, form, wanted):
    boxes = [(1, 1, [1, 1, 5, 5]), (1, 1, [2, 2, 5, 5]), (2, 1, [3, 3, 5, 5])]
    store.json("import", "p", store.file("labels.json", coco({1: "a.jpg", 2: "b.jpg"}, boxes)))
    store.json("import", "p", store.file("photos/c.png", png(1)).parent)
    for words in ((), ("--json",)):
        done = store.run("export", "p", "-", "--format", form, *words, text=False)
        assert done.stdout and b"3 written" in done.stderr or words
    report = json.loads(done.stderr)
    assert (report["format"], report["items"]["read"]) == (form, wanted)
    assert report["labels"]["kinds"]["box"] == report["labels"]["read"] == report["labels"]["written"] == 3


@pytest.mark.parametrize("options", [[], ["--copy"]])
def test_images_fill_in_items_that_came_without(store, options):
    """By path, else by name and stem; and the labels that named them find them again."""
    named = {1: "a.png", 2: "deep/b.png", 3: "c.jpg", 4: "d.png", 5: "twice.png"}
    labels = store.file("labels.json", coco(named, [(i, 1, [i, 1, 5, 5]) for i in named]))
    store.json("import", "p", labels)
    for name in ("a.png", "images/deep/b.png", "images/c.png", "one/twice.png", "two/twice.png", "images/new.png"):
        store.file(f"set/{name}", png(len(name)))
    report = store.json("import", "p", "set", *options)
    assert report["items"] == {"read": 6, "added": 3, "matched": 3, "skipped": 0}
    assert issues_of(report)["image-filled-in"] == 3
    boxes = store.boxes()
    assert {name: box[0][2][0] for name, box in boxes.items() if box} == {"a.png": 1, "images/deep/b.png": 2, "images/c.png": 3, "d.png": 4, "twice.png": 5}
    again = store.json("import", "p", labels)
    assert (again["items"]["added"], again["labels"]["written"]) == (0, 0)
    assert store.json("import", "p", "set", *options)["items"]["matched"] == 6 and store.json("verify")["problems"] == []


def test_results_that_count_from_zero(store):
    classes = ("car", "dog", "bus")
    data = coco({0: "a.jpg"}, [(0, 1, [1, 1, 5, 5])], classes)
    for category in data["categories"]:
        category["id"] -= 1
    data["annotations"][0]["category_id"] = 0
    store.json("import", "p", store.file("truth.json", data))
    results = [{"image_id": 0, "category_id": i, "bbox": [i + 1, 2, 3, 4], "score": 0.5} for i in range(3)]
    report = store.json("import", "p", store.file("model.json", results))
    assert issues_of(report)["category-from-zero"] == 1 and report["labels"]["written"] == 3
    assert [box[1] for box in store.boxes()["a.jpg"] if box[0] == "model"] == list(classes)


@pytest.mark.parametrize("form", ["coco", "voc", "yolo-detect", "folders", "csv", "jsonl"])
def test_attributes_of_items_out_of_a_store(store, form):
    """They stand on a label of the class `item`, which is in no list of classes."""
    ontology = {"classes": [{"name": "car"}, {"name": "cat"}], "item": [{"name": "weather", "type": "one", "options": ["sun", "rain"]}]}
    labels = [{"class": "item", "tag": True, "attributes": {"weather": "sun"}}, {"class": "cat", "tag": True} if form == "folders" else {"class": "car", "box": [1, 1, 5, 5]}]
    lines = [{"labelwright": 1, "project": "p", "seq": 1, "ontology": ontology}, {"item": "a.png", "width": 48, "height": 32, "state": "done", "labels": labels}]
    store.file("set/labels.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    store.file("set/a.png", png(1))
    store.json("import", "p", "set")
    report = store.json("export", "p", "out", "--format", form)
    carries = form in ("csv", "jsonl")
    assert (report["labels"]["read"], report["labels"]["written"], report["labels"]["skipped"]) == (2, 1 + carries, 1 - carries)
    assert issues_of(report).get("item-attributes-left-out", 0) == 1 - carries
    store.json("import", "back", "out", "--format", form)
    [item] = store.items("back").values()
    assert [label["class"] for label in item["labels"]] == [label["class"] for label in labels][1 - carries :]


def test_the_own_format_written_by_hand(store):
    """A header need not list what the labels say; in a project with an ontology of its own that is refused as ever."""
    lines = [{"labelwright": 1, "project": "p", "seq": 1, "ontology": {"classes": ["car"]}},
             {"item": "a.jpg", "width": 48, "height": 32, "labels": [{"class": "car", "box": [1, 1, 5, 5], "attributes": {"colour": "red", "parked": True}},
                                                                     {"class": "bus", "polygon": [[1, 1, 9, 1, 9, 9]]}]}]
    source = store.file("labels.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    report = store.json("import", "p", source)
    assert report["labels"]["written"] == 2 and report["classes"] == {"read": 2, "added": 2}
    assert store.items()["a.jpg"]["labels"][0]["attributes"] == {"colour": "red", "parked": True}
    store.run("project", "create", "q", "--ontology", "-", stdin='{"classes": ["car"]}')
    error = store.json("import", "q", source, code=5)["error"]
    assert all(name in error["message"] for name in ("colour", "parked", "bus"))
    assert store.json("project", "show", "q")["items"] == 0


@pytest.mark.parametrize("form", ["voc", "csv"])
def test_classes_that_turn_up_late_refuse_the_whole(store, form):
    """Also when the first is in the last of many files: nothing is written, and all of them are listed."""
    images = {i: f"{i:04}.jpg" for i in range(1, 1301)}
    boxes = [(i, 1, [1, 1, 5, 5]) for i in images] + [(1299, 2, [2, 2, 5, 5]), (1300, 3, [2, 2, 5, 5])]
    store.run("convert", store.file("all.json", coco(images, boxes, ("car", "bus", "van"))), "all" if form == "voc" else "all.csv", "--to", form)
    (store.folder / "all" / "labelmap.txt").unlink(missing_ok=True)
    source = store.folder / ("all" if form == "voc" else "all.csv")
    store.run("project", "create", "p", "--ontology", "-", stdin='{"classes": ["car"]}')
    report = store.json("import", "p", source, code=5)
    assert "'bus'" in report["error"]["message"] and "'van'" in report["error"]["message"]
    assert store.json("project", "show", "p")["items"] == 0
    report = store.json("import", "p", source, "--map", "bus=car", "--map", "van=car")
    assert (report["items"]["added"], report["labels"]["written"], report["labels"]["read"]) == (1300, 1302, 1302)


def test_an_ontology_of_jsonl_comes_in_with_its_conditions(store):
    """Also of attributes whose class has another name here, and never on an attribute that is of another type here."""
    attributes = [
        {"name": "damage", "type": "one", "options": ["rot", "bruise"], "when": {"damaged": True}},
        {"name": "damaged", "type": "yesno", "required": True},
        {"name": "depth", "type": "number", "when": {"damage": "rot", "damaged": True}},
    ]
    item = [{"name": "light", "type": "one", "options": ["day", "night"]}, {"name": "lamp", "type": "yesno", "when": {"light": "night"}}]
    line = {"labelwright": 1, "project": "p", "seq": 1, "ontology": {"classes": [{"name": "apple", "attributes": attributes}], "item": item}}
    source = store.file("p.jsonl", json.dumps(line) + "\n" + json.dumps({"item": "a.jpg", "width": 9, "height": 9, "labels": []}))

    def conditions(project):
        ontology = store.json("ontology", "show", project)
        lists = {**{c["name"]: c.get("attributes", []) for c in ontology["classes"]}, "item": ontology["item"]}
        return {(name, a["name"]): a.get("when") for name, attributes in lists.items() for a in attributes}

    wanted = {"damage": {"damaged": True}, "damaged": None, "depth": {"damage": "rot", "damaged": True}}
    store.json("import", "p", source)
    assert conditions("p") == {**{("apple", name): when for name, when in wanted.items()}, ("item", "light"): None, ("item", "lamp"): {"light": "night"}}
    store.json("import", "q", source, "--map", "apple=fruit")
    assert {name: when for (of, name), when in conditions("q").items() if of == "fruit"} == wanted
    store.json("project", "create", "r")
    store.json("ontology", "set", "r", store.file("r.json", {"classes": [{"name": "apple", "attributes": [{"name": "damaged", "type": "text"}]}]}))
    store.json("import", "r", source, "--add-classes")
    assert {name: when for (of, name), when in conditions("r").items() if of == "apple"} == {"damaged": None, "damage": None, "depth": {"damage": "rot"}}


def test_a_dry_run_says_what_the_run_will(store):
    """Also of other folders under a dataset's name, other datasets, files that are gone, and a project in the bin."""

    def compared(*words, code):
        reports = [store.json("import", *words, *more, code=code) for more in (["--dry-run"], [])]
        for report in reports:
            del report["seconds"], report["seq"]
            if "error" in report:
                report["error"].pop("request", None)
        assert reports[0] == reports[1]
        return reports[0]

    for i, name in enumerate(("one/set/a.png", "one/set/b.png", "two/set/a.png")):
        store.file(name, png(i))
    one, two = store.folder / "one/set", store.folder / "two/set"
    compared("p", one, code=0)
    assert compared("p", two, code=4)["error"]["code"] == "conflict"
    assert compared("p", two, "--dataset", "d", code=0)["items"]["added"] == 1
    assert compared("p", two, "--dataset", "d", code=0)["items"]["matched"] == 1
    assert compared("other", two, "--dataset", "d", code=0)["items"]["matched"] == 1
    compared("d", one, code=4)  # a new project shares the dataset of its name
    (one / "a.png").unlink()
    assert store.json("import", "p", one, "--dry-run")["issues"] == store.json("import", "p", one, "--dry-run")["issues"]
    assert issues_of(compared("p", one, code=0)) == {"image-gone": 1}
    assert issues_of(compared("p", one, code=0)) == {}
