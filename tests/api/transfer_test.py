"""Imports and exports: hostile names, broken images, the same again, undo of a job, streams."""

import io
import json
import os
import zipfile

import pytest
from conftest import ONTOLOGY, add, apply, fails, get, lines
from pictures import png

HEAD = {"labelwright": 1, "project": "x", "seq": 1, "ontology": {"classes": [{"name": "car", "kinds": ["box"]}]}}
CARS = [{"class": "car", "box": [1, 1, 9, 9]}, {"class": "car", "box": [5, 5, 20, 10]}]


def jsonl(*items, ontology=None):
    head = HEAD | ({"ontology": ontology} if ontology else {})
    return "\n".join(json.dumps(line) for line in (head, *items)).encode() + b"\n"


def counts(api, project):
    found = get(api.owner, f"/v1/projects/{project}")
    return found["seq"], found["items"], found["labels"]


NAMES = ["with space.png", "quote'\".png", "back\\slash.png", "emoji 🍎🚗.png", "e\u0301.png", "\u00e9.png", "a%2Fb.png", "-rf.png", "$(id).png",
         "<b>.png", "n" * 251 + ".png", "deep/er/and/deeper.png", "semi;colon&and?.png", "CAPS.PNG", "caps.png", "a..b.png"]


@pytest.mark.quick
def test_hostile_names(api, project):
    job = api.upload(project, {name: png(i) for i, name in enumerate(NAMES)})
    assert job["state"] == "done", job.get("error")
    items = api.items(project)
    assert sorted(items) == sorted(NAMES)
    for i, name in enumerate(NAMES):
        assert api.ann.get(f"/v1/items/{items[name]}/media").content == png(i)
        assert [row["id"] for row in get(api.ann, f"/v1/projects/{project}/items", name=name)["rows"]] == [items[name]]
    archive = zipfile.ZipFile(io.BytesIO(api.ann.get(f"/v1/projects/{project}/export", params={"format": "jsonl", "media": "copy", "state": "all"}).content))
    assert archive.testzip() is None
    assert len([name for name in archive.namelist() if name.lower().endswith(".png")]) == len(NAMES)
    assert not [name for name in archive.namelist() if name.startswith("/") or ".." in name.split("/")]


def test_undo_of_a_large_import_in_pieces(api, project):
    """More labels than one inverse commit takes: all of it goes, or nothing when somebody has changed one of them since."""
    items = [{"item": f"{i}.png", "labels": [{"class": "car", "box": [k, 1, 9, 9]} for k in range(20)]} for i in range(600)]
    job = api.upload(project, {"labels.jsonl": jsonl(*items)})
    assert job["state"] == "done" and counts(api, project)[1:] == (600, 12000), job
    last = max(api.items(project).values())
    label = get(api.ann, f"/v1/projects/{project}/items/{last}/labels")["labels"][0]
    changed = apply(api.ann, project, {"op": "change", "id": label["id"], "box": [5, 5, 5, 5]})
    assert changed.status_code == 200, changed.text
    fails(api.owner.post(f"/v1/projects/{project}/undo", json={"job": job["id"]}), 409, "conflict")
    assert counts(api, project)[1:] == (600, 12000)
    seq = counts(api, project)[0]
    mine = [row["seq"] for row in get(api.owner, f"/v1/projects/{project}/log", limit=500)["rows"] if row["kind"] in ("import", "labels")]
    done = api.owner.post(f"/v1/projects/{project}/undo", json={"commits": mine})
    assert done.status_code == 200, done.text
    assert counts(api, project)[1:] == (0, 0) and done.json()["seq"] > seq + 1, done.text


def test_a_name_twice_in_one_source(api, project):
    """In an empty project too, where items go in without being looked for."""
    items = [{"item": f"{i}.png", "labels": CARS[:1]} for i in range(1500)]
    repeated = [{"item": f"{i}.png", "labels": CARS[1:]} for i in (0, 1499, 1499, 7)]
    job = api.upload(project, {"labels.jsonl": jsonl(*items, *repeated)})
    assert job["state"] == "done", job.get("error")
    report = job["report"]
    assert (report["items"]["added"], report["items"]["matched"]) == (1500, 4), report["items"]
    assert (report["labels"]["written"], report["labels"]["matched"]) == (1503, 1), report["labels"]
    assert counts(api, project)[1:] == (1500, 1503)


@pytest.mark.parametrize("has_item_labels", (False, True))
def test_what_follows_a_name_that_came_twice_stays_in_order(api, project, has_item_labels):
    """The items that were refused for the name are written again: before those that were read meanwhile, and whole."""
    ontology = {**HEAD["ontology"], "item": [{"name": "n", "type": "integer"}]}
    labels = CARS[:1] + [{"class": "item", "tag": True, "attributes": {"n": 1}}] * has_item_labels
    names = [f"{i}.png" for i in range(8000)]
    names[1600] = "3.png"
    job = api.upload(project, {"labels.jsonl": jsonl(*({"item": name, "labels": labels} for name in names), ontology=ontology)}, add_classes=True)
    assert job["state"] == "done" and not job["report"]["labels"]["skipped"], job
    items = api.items(project)
    assert sorted(items, key=items.get) == [name for i, name in enumerate(names) if i != 1600]
    assert counts(api, project)[1:] == (7999, 7999 * len(labels))


def test_names_that_are_not_utf8(api, project):
    folder = os.fsencode(api.root / "bytes")
    os.mkdir(folder)
    for i, name in enumerate([b"caf\xe9.png", b"\xff\xfe.png", b"good.png"]):
        with open(folder + b"/" + name, "wb") as file:
            file.write(png(i))
    job = api.imported(project, source=str(api.root / "bytes"))
    assert job["state"] == "done", job.get("error")
    items = api.items(project)
    assert "good.png" in items and len(items) == 3 and "name-not-utf8" in [issue["code"] for issue in job["report"]["issues"]]
    pictures = [api.ann.get(f"/v1/items/{item}/media").content for item in items.values()]
    assert sorted(pictures) == sorted(png(i) for i in range(3))
    before = counts(api, project)
    job = api.imported(project, source=str(api.root / "bytes"))
    assert job["report"]["items"]["matched"] == 3 and counts(api, project) == before, job["report"]


@pytest.mark.parametrize("path", ["../x.png", "a/../../x.png", "/etc/x.png", "a//b.png", "./x.png", "..", ".", "", "a/", "a\0.png", "x" * 256, "y/" * 600,
                                  "a/./b.png"], ids=lambda path: repr(path[:20]))
def test_paths_that_leave_the_upload(api, path):
    upload = api.owner.post("/v1/uploads").json()["id"]
    answer = api.owner.put(f"/v1/uploads/{upload}/files", params={"path": path}, content=b"x")
    assert answer.status_code in (400, 413), answer.text


def test_uploads_that_are_not_there(api):
    for upload in ("0" * 16, "..", "../../etc", "x", "A" * 16):
        fails(api.owner.post("/v1/projects/nowhere/imports", json={"upload": upload}), 404, "not-found")
    fails(api.owner.put(f"/v1/uploads/{'0' * 16}/files", params={"path": "a.png"}, content=b"x"), 404, "not-found")
    fails(api.owner.post("/v1/projects/nowhere/imports", json={}), 400, "invalid")
    fails(api.owner.get("/v1/projects/nowhere"), 404, "not-found")


@pytest.mark.quick
def test_broken_images_among_good_ones(api, project):
    good = {f"good{i}.png": png(i) for i in range(4)}
    broken = {"empty.png": b"", "text.jpg": b"this is not a picture", "cut.png": png(9)[:20]}
    job = api.upload(project, good | broken)
    assert job["state"] == "done", job.get("error")
    report = job["report"]
    assert set(api.items(project)) >= set(good)
    errors = [issue for issue in report["issues"] if issue["severity"] == "error"]
    assert sum(issue["count"] for issue in errors) == len(broken), report["issues"]
    told = json.dumps(report["issues"])
    assert all(name in told for name in broken), report["issues"]


@pytest.mark.quick
def test_the_same_again_changes_nothing(api):
    files = {"a.png": png(1), "b.png": png(2), "labels.jsonl": jsonl({"item": "a.png", "labels": CARS}, {"item": "b.png", "labels": CARS[:1]})}
    api.project("again")
    for name in ("pictures", "labels"):
        part = {path: data for path, data in files.items() if path.endswith("jsonl") == (name == "labels")}
        job = api.upload("again", part)
        assert job["state"] == "done", job.get("error")
    before, log = counts(api, "again"), get(api.owner, "/v1/projects/again/log")
    assert before[1:] == (2, 3)
    assert job["report"]["labels"] | {"kinds": 0} == {"read": 3, "written": 3, "matched": 0, "skipped": 0, "kinds": 0}
    for name in ("pictures", "labels"):
        part = {path: data for path, data in files.items() if path.endswith("jsonl") == (name == "labels")}
        job = api.upload("again", part)
        assert job["state"] == "done" and job["report"]["items"]["added"] == job["report"]["labels"]["written"] == 0
    assert job["report"]["labels"]["matched"] == 3
    assert counts(api, "again") == before and get(api.owner, "/v1/projects/again/log") == log


def test_tracks_again_and_out(api, project):
    """A label's track stays with it: the same again matches both, and an export names both."""
    track = {"id": 5, "class": "car", "attributes": {"colour": "red"}}
    boxes = [{"class": "car", "track": 5, "frame": frame, "box": [frame, 1, 5, 5]} for frame in (0, 10)]
    files = {"labels.jsonl": jsonl({"item": "a.png", "width": 48, "height": 32, "tracks": [track, track | {"id": 6}], "labels": boxes})}
    assert api.upload(project, files)["state"] == "done"
    before = counts(api, project)
    job = api.upload(project, files)
    assert job["report"]["labels"]["matched"] == 2 and job["report"]["labels"]["written"] == 0, job["report"]
    assert counts(api, project) == before
    _, item = lines(api.owner.get(f"/v1/projects/{project}/export", params={"format": "jsonl"}))
    assert [(row["class"], row["attributes"]) for row in item["tracks"]] == [("car", {"colour": "red"})] * 2
    assert [(row["track"], row["frame"]) for row in item["labels"]] == [(item["tracks"][0]["id"], 0), (item["tracks"][0]["id"], 10)]


def test_what_a_person_removed_stays_away(api):
    files = {"labels.jsonl": jsonl({"item": "a.png", "width": 48, "height": 32, "labels": CARS})}
    api.project("removed")
    assert api.upload("removed", files)["state"] == "done"
    item = api.items("removed")["a.png"]
    first, second = api.labels("removed", item)
    assert apply(api.ann, "removed", {"op": "remove", "id": first["id"]}, {"op": "change", "id": second["id"], "box": [7, 7, 7, 7]}).status_code == 200
    job = api.upload("removed", files)
    assert job["state"] == "done" and job["report"]["labels"]["matched"] == 2 and job["report"]["labels"]["written"] == 0, job
    assert [label["box"] for label in api.labels("removed", item)] == [[7, 7, 7, 7]]


def test_equal_labels_are_matched_one_by_one(api):
    """As often as they are there: a third one of the same is new, in whatever order they come, and -0 is 0."""
    box, polygon = {"class": "car", "box": [0, 2, 10, 12]}, {"class": "car", "polygon": [[[0, 0, 9, 0, 9, 9]]]}

    def upload(*labels):
        report = api.upload("equal", {"labels.jsonl": jsonl({"item": "a.png", "width": 48, "height": 32, "labels": labels})})["report"]
        return report["labels"]["written"], report["labels"]["matched"]

    api.project("equal")
    assert upload(box, box, polygon) == (3, 0)
    assert upload(polygon, box, box | {"box": [-0.0, 2, 10, 12]}) == (0, 3)
    assert upload(box, polygon, box, box, polygon | {"polygon": [[[0, 0, 9, 0, 9, 8]]]}) == (2, 3)
    assert len(api.labels("equal", api.items("equal")["a.png"])) == 5


@pytest.mark.quick
def test_undo_of_an_import(api):
    [item] = api.project("regret", ["a.png"]).values()
    mine = add(api.ann, "regret", item)
    job = api.upload("regret", {"labels.jsonl": jsonl({"item": "a.png", "labels": CARS})})
    assert job["state"] == "done" and len(api.labels("regret", item)) == 3, job.get("error")
    answer = api.owner.post("/v1/projects/regret/undo", json={"job": job["id"]})
    assert answer.status_code == 200, answer.text
    assert [label["id"] for label in api.labels("regret", item)] == [mine["id"]]
    assert get(api.owner, "/v1/projects/regret")["labels"] == 1


@pytest.mark.quick
def test_an_import_that_was_undone_can_be_given_again(api):
    api.owner.post("/v1/projects", json={"name": "second thoughts"})
    files = {"labels.jsonl": jsonl({"item": "a.png", "width": 48, "height": 32, "state": "done", "labels": CARS})}
    job = api.upload("second thoughts", files)
    api.owner.post("/v1/projects/second thoughts/undo", json={"job": job["id"]}).raise_for_status()
    assert get(api.owner, "/v1/projects/second thoughts")["items"] == 0
    again = api.upload("second thoughts", files)
    assert again["report"]["labels"] == job["report"]["labels"], again
    [item] = api.items("second thoughts").values()
    first, second = api.labels("second thoughts", item)
    # What a person takes out stays out, also when the import was undone once.
    assert apply(api.ann, "second thoughts", {"op": "remove", "id": first["id"]}).status_code == 200
    third = api.upload("second thoughts", files)
    assert third["report"]["labels"]["matched"] == 2 and [label["id"] for label in api.labels("second thoughts", item)] == [second["id"]]


def test_undo_of_the_undo_of_an_import(api, project):
    """Items that went with their import come back as they were: place, state, split and labels; and once more each way."""
    def state_of():
        rows = get(api.owner, f"/v1/projects/{project}/items")["rows"]
        return [{key: row[key] for key in ("id", "task", "position", "state", "split", "labels")} for row in rows], counts(api, project)[1:]

    def undo(*commits):
        return api.owner.post(f"/v1/projects/{project}/undo", json={"commits": commits})

    first = api.upload(project, {"labels.jsonl": jsonl({"item": "before.png", "labels": CARS})})
    items = [{"item": f"{i}.png", "state": state, "split": "train", "labels": CARS} for i, state in enumerate(("done", "started", "skipped"))]
    job = api.upload(project, {"labels.jsonl": jsonl({"item": "before.png", "labels": CARS[:1]}, {"item": "bare.png", "labels": []}, *items)})
    assert first["state"] == job["state"] == "done", job.get("error")
    before = state_of()
    assert len(before[0]) == 5 and before[1][0] == 5, before
    [seq] = [row["seq"] for row in get(api.owner, f"/v1/projects/{project}/log")["rows"] if row["job"] == job["id"]]
    gone = undo(seq).json()["seq"]
    without = state_of()
    assert len(without[0]) == 1, without
    fails(undo(seq), 409, "conflict")
    back = undo(gone).json()["seq"]
    assert state_of() == before
    again = undo(back).json()["seq"]
    assert state_of() == without
    assert undo(again).status_code == 200 and state_of() == before
    latest = counts(api, project)[0]
    assert undo(latest, again, back, gone, seq).status_code == 200 and state_of() == without, "all of it at once"
    assert undo(latest + 1).status_code == 200 and state_of() == before
    assert undo(latest + 2, latest + 1).status_code == 200 and state_of() == before, "gone and back within one commit"
    assert undo(latest + 3).status_code == 200 and state_of() == before, "which changed nothing"


def test_classes_that_are_not_there(api, project):
    files = {"labels.jsonl": jsonl({"item": "a.png", "width": 48, "height": 32, "labels": [{"class": "Car", "box": [1, 1, 5, 5]}]},
                                   ontology={"classes": [{"name": "Car", "kinds": ["box"]}]})}
    job = api.upload(project, files)
    assert job["state"] == "failed" and job["error"]["code"] == "refused" and "Car" in job["error"]["message"], job
    missing = [issue for issue in job["report"]["issues"] if issue["code"] == "not-in-ontology"]
    assert [issue["example"] for issue in missing] == ["class 'Car'"], job
    assert job["params"]["upload"], "what was refused can be given again"
    assert get(api.owner, f"/v1/projects/{project}")["items"] == 0
    job = api.upload(project, files, dry_run=True, map={"Car": "car"})
    assert job["state"] == "done" and get(api.owner, f"/v1/projects/{project}")["items"] == 0, job.get("error")
    job = api.upload(project, files, map={"Car": "car"})
    assert job["state"] == "done", job.get("error")
    assert [label["class"] for label in api.labels(project, api.items(project)["a.png"])] == ["car"]
    job = api.upload(project, files, add_classes=True)
    assert job["state"] == "done" and "Car" in [row["name"] for row in get(api.owner, f"/v1/projects/{project}/ontology")["classes"]]


def test_attributes_that_are_not_there_are_named_with_their_class(api, project):
    attributes = [{"name": "fast", "type": "yesno"}]
    ontology = {"classes": [{"name": name, "kinds": ["box"], "attributes": attributes} for name in ("car", "bus")], "item": attributes}
    api.upload(project, {"labels.jsonl": jsonl(ontology={"classes": [{"name": "car"}, {"name": "bus"}]})}, add_classes=True)
    job = api.upload(project, {"labels.jsonl": jsonl(ontology=ontology)})
    missing = [issue for issue in job["report"]["issues"] if issue["code"] == "not-in-ontology"]
    assert sorted(missing[0]["examples"]) == ["attribute 'fast'", "attribute 'fast' of bus", "attribute 'fast' of car"], job


def test_sources_that_cannot_be_read(api, project):
    for files in ({"x.jsonl": b"{"}, {"x.zip": b"PK\3\4 no zip"}, {"x.bin": b"\0" * 100}, {}):
        job = api.upload(project, files)
        assert job["state"] == "failed" and job["error"]["message"], job
    assert counts(api, project)[1:] == (0, 0)


def test_jobs(api, project):
    job = api.upload(project, {"a.png": png(1)})
    assert job["kind"] == "import" and job["project"] == project and job["created"] <= job["ended"]
    assert get(api.ann, "/v1/jobs", project=project)["rows"] == [job]
    assert job["id"] in [row["id"] for row in get(api.ann, "/v1/jobs", state="done", limit=1000)["rows"]]
    assert get(api.ann, "/v1/jobs", limit=1)["next"]
    fails(api.ann.get("/v1/jobs", params={"state": "lost"}), 400, "invalid")
    fails(api.owner.post(f"/v1/jobs/{job['id']}/cancel"), 409, "conflict")
    fails(api.owner.get("/v1/jobs/999999999"), 404, "not-found")


@pytest.mark.quick
def task_told(api, project):
    checked = get(api.ann, f"/v1/projects/{project}/export/check", format="yolo")
    return checked["refused"], *(issue["message"] for issue in checked["issues"] if issue["code"] == "task-chosen")


def test_the_yolo_task_is_told_before(api):
    """One polygon makes all of it segment: said at once, with what becomes of the boxes; what no task carries is refused at once too."""
    items = api.project("tasks", ["a.png", "b.png"], {"classes": [{"name": "car", "kinds": ["box", "polygon", "tag"]}]})
    a, b = items.values()
    assert task_told(api, "tasks") == (False, "the YOLO task that is written is detect, since there are no labels")
    add(api.ann, "tasks", a)
    apply(api.ann, "tasks", {"op": "add", "item": b, "class": "car", "polygon": [[[1, 1, 9, 1, 9, 9]]]}).raise_for_status()
    segment = "the YOLO task that is written is segment, since there are polygons; a box becomes its four corners"
    assert task_told(api, "tasks") == (False, segment)
    apply(api.ann, "tasks", {"op": "add", "item": a, "class": "car", "tag": True}).raise_for_status()
    refused = get(api.ann, "/v1/projects/tasks/export/check", format="yolo")
    assert refused["refused"] and "no one YOLO task carries all of: box, polygon, tag" in refused["message"]
    last = refused["issues"][-1]
    assert (last["code"], last["severity"], last["example"]) == ("no-task-for-all", "warning", "box, polygon, tag")


def test_exports(api):
    items = api.project("out", ["a.png", "b.png"])
    for item in items.values():
        add(api.ann, "out", item, attributes={"colour": "blue"})
    answer = api.ann.get("/v1/projects/out/export", params={"format": "jsonl"})
    assert answer.headers["content-disposition"] == 'attachment; filename="out-jsonl.jsonl"'
    assert answer.status_code == 200 and int(answer.headers["x-labelwright-seq"]) == get(api.ann, "/v1/projects/out")["seq"]
    tag = answer.headers["etag"]
    known = api.ann.get("/v1/projects/out/export", params={"format": "jsonl"}, headers={"If-None-Match": tag})
    assert known.status_code == 304 and not known.content
    assert api.ann.get("/v1/projects/out/export", params={"format": "csv"}, headers={"If-None-Match": tag}).headers["etag"] != tag
    head, *rows = lines(answer)
    assert head["labelwright"] == 1 and [row["item"] for row in rows] == ["a.png", "b.png"]
    assert all(row["labels"][0]["attributes"] == {"colour": "blue"} for row in rows)
    api.project("back", ontology={"classes": []})
    job = api.upload("back", {"x.jsonl": answer.content})
    assert job["state"] == "done", job.get("error")
    assert get(api.ann, "/v1/projects/back")["labels"] == 2
    checked = get(api.ann, "/v1/projects/out/export/check", format="yolo-detect")
    assert "refused" in checked and isinstance(checked["issues"], list)
    assert task_told(api, "out") == (False, "the YOLO task that is written is detect, since all labels are boxes")
    answer = api.ann.get("/v1/projects/out/export", params={"format": "yolo-detect", "lossy": "true"})
    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    names = archive.namelist()
    assert archive.testzip() is None and "data.yaml" in names, names
    texts = [archive.read(name).decode() for name in names if name.endswith(".txt") and "labels/" in name]
    assert [len(text.splitlines()) for text in texts] == [1, 1]
    assert {archive.read(name) for name in names if name.endswith(".png")} == {png(0), png(1)}
    for query in ({}, {"format": "nonsense"}, {"format": "jsonl", "media": "link"}, {"format": "jsonl", "state": "lost"}, {"form": "jsonl"},
                  {"format": "jsonl", "lossy": "perhaps"}, {"format": "jsonl", "class": "unicorn"}, {"format": "jsonl", "layer": "none"}):
        answer = api.ann.get("/v1/projects/out/export", params=query)
        assert answer.status_code in (400, 404), (query, answer.text[:200])


def test_a_folder_of_an_upload_is_the_source(api):
    """As on the command line: names begin beneath it, and what carries a confidence is called after it."""
    upload = api.owner.post("/v1/uploads").json()["id"]
    files = {"run 7/data.yaml": b"names: [car]\n", "run 7/images/a.png": png(7), "run 7/labels/a.txt": b"0 0.5 0.5 0.25 0.25 0.9\n"}
    for path, data in files.items():
        api.owner.put(f"/v1/uploads/{upload}/files", params={"path": path}, content=data).raise_for_status()
    imports = "/v1/projects/dropped/imports"
    for folder in ("run 8", "../x", "/etc", "run 7/../../x"):
        fails(api.owner.post(imports, json={"upload": upload, "folder": folder}), 400, "invalid")
    fails(api.owner.post(imports, json={"folder": "x"}), 400, "invalid")
    job = api.imported("dropped", upload=upload, folder="run 7")
    assert job["state"] == "done", job
    [(name, item)] = api.items("dropped").items()
    assert name == "images/a.png"
    assert [label["layer"] for label in api.labels("dropped", item)] == ["run 7"]
