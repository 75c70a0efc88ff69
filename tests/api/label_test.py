"""Operations on labels: conflicts, keys, all or nothing, undo."""

import json

import pytest
from conftest import add, apply, fails, get, lines
from pictures import png

CAR = {"op": "add", "class": "car", "box": [1, 2, 10, 8]}


@pytest.fixture
def one(api, project):
    """A project with one item: (project, item)."""
    job = api.upload(project, {"a.png": png(1)})
    assert job["state"] == "done", job.get("error") or job
    return project, api.items(project)["a.png"]


@pytest.mark.quick
def test_add_change_remove(api, one):
    project, item = one
    made = add(api.ann, project, item, attributes={"colour": "red"})
    [label] = api.labels(project, item)
    assert (label["id"], label["seq"], label["by"], label["layer"]) == (made["id"], made["seq"], "Ann", "truth")
    assert label["class"] == "car" and label["box"] == [1, 2, 10, 8] and label["attributes"] == {"colour": "red"}
    changed = lines(apply(api.bo, project, {"op": "change", "id": made["id"], "was": made["seq"], "box": [3, 3, 5, 5]}))[0]
    [label] = api.labels(project, item)
    assert label["box"] == [3, 3, 5, 5] and label["attributes"] == {"colour": "red"} and label["seq"] == changed["seq"] > made["seq"]
    assert apply(api.ann, project, {"op": "remove", "id": made["id"], "was": changed["seq"]}).status_code == 200
    assert api.labels(project, item) == []


@pytest.mark.quick
def test_two_change_one_label(api, one):
    project, item = one
    made = add(api.ann, project, item)
    assert apply(api.bo, project, {"op": "change", "id": made["id"], "was": made["seq"], "class": "dog"}).status_code == 200
    error = fails(apply(api.ann, project, {"op": "change", "id": made["id"], "was": made["seq"], "class": "cat"}), 409, "conflict")
    assert error["label"] == api.labels(project, item)[0] and error["label"]["class"] == "dog" and error["label"]["by"] == "Bo"


def test_change_of_a_removed_label(api, one):
    project, item = one
    made = add(api.ann, project, item)
    assert apply(api.bo, project, {"op": "remove", "id": made["id"], "was": made["seq"]}).status_code == 200
    for operation in ({"op": "change", "class": "dog"}, {"op": "remove"}):
        fails(apply(api.ann, project, operation | {"id": made["id"], "was": made["seq"]}), 409, "conflict")
    assert api.labels(project, item) == []


def test_a_key_repeats_its_answer(api, one):
    project, item = one
    first = apply(api.ann, project, CAR | {"item": item}, key="one")
    assert first.status_code == 200
    made = lines(first)[0]
    assert apply(api.bo, project, {"op": "change", "id": made["id"], "class": "dog"}).status_code == 200
    stale = {"op": "change", "id": made["id"], "was": made["seq"], "class": "cat"}
    for _ in range(2):
        fails(apply(api.ann, project, stale, key="two"), 409, "conflict")
    again = apply(api.ann, project, CAR | {"item": item}, key="one")
    assert (again.status_code, again.text) == (200, first.text)
    assert [label["class"] for label in api.labels(project, item)] == ["dog"]
    assert apply(api.bo, project, CAR | {"item": item}, key="one").text != first.text  # keys are each caller's own
    assert len(api.labels(project, item)) == 2


def test_a_key_is_its_callers_own(api, one):
    project, item = one
    operation = {"op": "add", "item": item, "class": "dog", "box": [1, 1, 5, 5]}
    second = api.owner.post("/v1/tokens", json={"name": "second"}).json()["token"]
    other = api.server.client(headers={"Authorization": f"Bearer {second}"})
    answers = [apply(client, project, operation, key="the same").text for client in (api.ann, api.token, other, api.ann, api.token)]
    assert len(set(answers)) == 3 and answers[0] == answers[3] and answers[1] == answers[4]
    assert len(api.labels(project, item)) == 3


def test_key_too_long(api, one):
    fails(apply(api.ann, one[0], CAR | {"item": one[1]}, key="k" * 256), 400, "invalid")


@pytest.mark.quick
def test_all_or_nothing(api, one):
    project, item = one
    bad = CAR | {"item": item, "class": "no such"}
    before = get(api.owner, f"/v1/projects/{project}")["seq"]
    error = fails(apply(api.ann, project, CAR | {"item": item}, bad), 400, "invalid")
    assert error["index"] == 1
    assert api.labels(project, item) == [] and get(api.owner, f"/v1/projects/{project}")["seq"] == before


def test_partial(api, one):
    project, item = one
    answer = apply(api.ann, project, CAR | {"item": item}, CAR | {"item": item, "class": "no such"}, CAR | {"item": 10**9}, CAR | {"item": item},
                   partial=True)
    assert answer.status_code == 200
    first, second, third, fourth = lines(answer)
    assert second["error"]["code"] == "invalid" and third["error"]["code"] == "not-found" and first["seq"] == fourth["seq"]
    assert {label["id"] for label in api.labels(project, item)} == {first["id"], fourth["id"]}
    fails(apply(api.ann, project, CAR | {"item": item, "class": "no such"}, partial=True), 400, "invalid")


def test_lines_and_item_by_path(api, one):
    project, item = one
    body = "\n".join(["", json.dumps(CAR | {"item": "a.png"}), "", json.dumps(CAR | {"item": item, "class": "dog"}), ""])
    answer = api.token.post(f"/v1/projects/{project}/labels", content=body)
    assert answer.status_code == 200 and len(lines(answer)) == 2
    assert sorted(label["class"] for label in api.labels(project, item)) == ["car", "dog"]


HUGE = "9" * 400
BAD = [
    b"", b"[]", b"not json", b"[{]", b"null", b"7", b'"text"', b"{}", b'{"op": "fly"}', b'{"op": 7}', b"[" * 5000, b'{"a":' * 5000, b"\xff\xfe", b"\0",
    b'{"op": "add"}', b'{"op": "add", "item": null}', b'{"op": "change"}', b'{"op": "remove", "id": "x"}', b'{"op": "remove", "id": -1}',
    b'{"op": "remove", "id": 1.5}', b'{"op": "remove", "id": true}',
    *(('{"op": "add", "item": "a.png", "class": "car", %s}' % rest).encode() for rest in (
        '"box": [1, 2, NaN, 4]', '"box": [1, 2, 1e999, 4]', '"box": [1, 2, Infinity, 4]', '"box": [1, 2, -3, 4]', '"box": [1, 2, 3]', '"box": "all"',
        '"box": [1, 2, "3", 4]', '"box": {}', '"box": null', '"box": [1,2,3,4], "polygon": [[[0,0, 9,0, 9,9]]]', '"polygon": [[[0,0]]]',
        '"polygon": []', '"box": [1,2,3,4], "unknown": 1', '"box": [1,2,3,4], "confidence": 2', '"box": [1,2,3,4], "confidence": "high"',
        '"box": [1,2,3,4], "attributes": {"colour": "green"}', '"box": [1,2,3,4], "attributes": {"size": 1}', '"box": [1,2,3,4], "attributes": [1]',
        '"box": [1,2,3,4], "layer": 5', '"box": [1,2,3,4], "layer": "' + "l" * 300 + '"', '"box": [1,2,3,4], "frame": -2',
        '"box": [1,2,3,4], "attributes": {"colour": ["red"]}', '"tag": true', '"box": [%s,2,3,4]' % HUGE, '"mask": {"size": [1,1], "counts": "!!"}')),
    b'{"op": "add", "item": "a.png", "class": 5, "box": [1,2,3,4]}', b'{"op": "add", "item": "a.png", "box": [1,2,3,4]}',
    b'{"op": "add", "item": "a.png", "class": "car", "class": "dog", "box": [1,2,3,4], "x": {}}',
]


@pytest.mark.parametrize("body", BAD, ids=lambda body: body[-40:].decode("latin-1") or "empty")
def test_bad_operations(api, malformed, body):
    answer = api.ann.post(f"/v1/projects/{malformed}/labels", content=body)
    assert answer.status_code in (400, 404, 413), answer.text
    assert answer.json()["error"]["message"]
    assert api.labels(malformed, api.items(malformed)["a.png"]) == []


@pytest.fixture(scope="session")
def malformed(api):
    api.project("malformed", ["a.png"])
    return "malformed"


def test_label_of_another_project_is_not_there(api, one):
    project, item = one
    made = add(api.ann, project, item)
    api.project("stranger")
    fails(apply(api.ann, "stranger", {"op": "remove", "id": made["id"]}), 404, "not-found")
    fails(apply(api.ann, "stranger", CAR | {"item": item}), 404, "not-found")
    fails(api.ann.get(f"/v1/projects/stranger/items/{item}/labels"), 404, "not-found")
    listed = api.ann.get("/v1/projects/stranger/labels", params={"items": item})
    assert listed.status_code == 404 or listed.json()["rows"][0]["labels"] == []
    assert len(api.labels(project, item)) == 1


def test_labels_of_several_items(api, project):
    items = api.upload(project, {f"{i}.png": png(i) for i in range(3)}) and api.items(project)
    made = add(api.ann, project, items["1.png"])
    rows = get(api.bo, f"/v1/projects/{project}/labels", items=",".join(str(i) for i in items.values()))["rows"]
    assert [row["item"] for row in rows] == list(items.values())
    assert [[label["id"] for label in row["labels"]] for row in rows] == [[], [made["id"]], []]
    for items in ("", "1,x", ",".join(["1"] * 401)):
        fails(api.ann.get(f"/v1/projects/{project}/labels", params={"items": items}), 400, "invalid")


@pytest.mark.quick
def test_labels_of_items_elsewhere(api, project):
    elsewhere = api.project(f"{project}-other", ["z.png"])["z.png"]
    for items in (str(elsewhere), "999999999"):
        fails(api.ann.get(f"/v1/projects/{project}/labels", params={"items": items}), 404, "not-found")


def test_undo_of_a_commit(api, one):
    project, item = one
    kept, gone = add(api.ann, project, item), add(api.ann, project, item, **{"class": "dog"})
    fails(api.ann.post(f"/v1/projects/{project}/undo", json={"commits": [gone["seq"]]}), 403, "not-allowed")
    answer = api.owner.post(f"/v1/projects/{project}/undo", json={"commits": [gone["seq"]]})
    assert answer.status_code == 200, answer.text
    assert [label["id"] for label in api.labels(project, item)] == [kept["id"]]
    log = get(api.ann, f"/v1/projects/{project}/log")["rows"]
    assert log[0]["seq"] == answer.json()["seq"] and log[0]["kind"] == "undo" and log[0]["removed"] == 1


def test_undo_of_what_was_changed_since(api, one):
    project, item = one
    first, second = add(api.ann, project, item), add(api.ann, project, item)
    assert apply(api.bo, project, {"op": "change", "id": first["id"], "class": "dog"}).status_code == 200
    before = api.labels(project, item)
    fails(api.owner.post(f"/v1/projects/{project}/undo", json={"commits": [second["seq"], first["seq"]]}), 409, "conflict")
    assert api.labels(project, item) == before
    for bad in ({}, {"commits": []}, {"job": 10**9}, {"commits": [10**9]}):
        assert api.owner.post(f"/v1/projects/{project}/undo", json=bad).status_code in (400, 404)
    for bad in ({"commits": "all"}, {"commits": ["1"]}, {"job": 0}, {"jobs": 1}, [], {"commits": [None]}):
        fails(api.owner.post(f"/v1/projects/{project}/undo", json=bad), 400, "invalid")


def test_log_and_feed(api, one):
    project, item = one
    for _ in range(5):
        add(api.ann, project, item)
    seqs, after = [], None
    while True:
        page = get(api.bo, f"/v1/projects/{project}/log", limit=2, **({"after": after} if after else {}))
        seqs += [row["seq"] for row in page["rows"]]
        after = page["next"]
        if not after:
            break
    assert seqs == list(range(get(api.owner, f"/v1/projects/{project}")["seq"], 0, -1))  # without gaps
    feed = lines(api.bo.get(f"/v1/projects/{project}/changes", params={"after": seqs[1]}))
    assert [(row["seq"], row["by"], row["added"], row["items"]) for row in feed] == [(seqs[0], "Ann", 1, [item])]
    fails(api.bo.get(f"/v1/projects/{project}/log", params={"after": "x"}), 400, "invalid")
    fails(api.bo.get(f"/v1/projects/{project}/log", params={"limit": 0}), 400, "invalid")


def test_events(api, one):
    project, item = one
    with api.bo.stream("GET", f"/v1/projects/{project}/changes", headers={"Accept": "text/event-stream"}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        rows = stream.iter_lines()
        made = add(api.ann, project, item)
        for row in rows:
            if row.startswith("data:") and "seq" in row:
                assert json.loads(row[5:])["seq"] == made["seq"]
                break


def test_too_many_bytes(api, one):
    answer = api.ann.post(f"/v1/projects/{one[0]}/labels", content=b" " * ((64 << 20) + 1))
    fails(answer, 413, "too-large")
    fails(api.ann.post(f"/v1/projects/{one[0]}/labels", content=b"{}\n" * 100001), 413, "too-large")
