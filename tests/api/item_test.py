"""Lists of items, their pictures, and tasks: what is next and what becomes of it."""

import os
import sqlite3
import struct
import threading
import time

import pytest
from conftest import add, apply, fails, get
from pictures import png

N = 60
NAMES = [f"{'street' if i % 3 else 'park'}/{i:03}.png" for i in range(N)]


@pytest.fixture(scope="module")
def sixty(api):
    """60 items; labels, states and splits on some: (project, ids in order of position, names in that order)."""
    items = api.project("sixty", NAMES)
    ids = list(items.values())
    assert len(ids) == N
    for i in ids[:7]:
        add(api.ann, "sixty", i)
    for i in ids[5:10]:
        add(api.ann, "sixty", i, **{"class": "dog", "layer": "guess", "confidence": 0.5})
    tasks = {row["id"]: row["task"] for row in get(api.owner, "/v1/projects/sixty/items", limit=1000)["rows"]}
    for i in ids[:4]:
        assert api.ann.post(f"/v1/tasks/{tasks[i]}/submit").status_code == 200
    assert api.ann.post(f"/v1/tasks/{tasks[ids[20]]}/skip", json={"reason": "blurred"}).status_code == 200
    for i in ids[10:13]:
        assert api.ann.patch(f"/v1/tasks/{tasks[i]}", json={"split": "val"}).status_code == 200
    return "sixty", ids, list(items)


def rows(api, project, **query):
    return get(api.bo, f"/v1/projects/{project}/items", **query)["rows"]


def ids_of(api, project, **query):
    return [row["id"] for row in rows(api, project, limit=1000, **query)]


@pytest.mark.quick
def test_filters(api, sixty):
    project, ids, names = sixty
    assert ids_of(api, project) == ids
    assert ids_of(api, project, **{"class": "car"}) == ids[:7]
    assert ids_of(api, project, **{"class": "dog"}) == []
    assert ids_of(api, project, layer="guess") == ids[5:10]
    assert ids_of(api, project, layer="guess", **{"class": "dog"}) == ids[5:10]
    assert ids_of(api, project, state="done") == ids[:4]
    assert ids_of(api, project, state="done", **{"class": "car"}) == ids[:4]
    assert ids_of(api, project, state="skipped") == [ids[20]]
    assert ids_of(api, project, split="val") == ids[10:13]
    assert ids_of(api, project, split="none") == [i for i in ids if i not in ids[10:13]]
    assert ids_of(api, project, split="val", state="waiting") == ids[10:13] and ids_of(api, project, split="val", state="done") == []
    assert ids_of(api, project, split="val", state="waiting", direction="back") == ids[10:13][::-1]
    assert ids_of(api, project, split="none", state="skipped") == [ids[20]]
    # Few tasks of a state among many labels of a class, and many among few.
    assert ids_of(api, project, state="done", direction="back", **{"class": "car"}) == ids[:4][::-1]
    assert ids_of(api, project, state="waiting", layer="guess", **{"class": "dog"}) == ids[7:10]
    assert ids_of(api, project, state="done", layer="guess", **{"class": "dog"}) == []
    assert ids_of(api, project, state="done", text=names[2].upper(), **{"class": "car"}) == [ids[2]]
    assert ids_of(api, project, text="park") == [i for i, name in zip(ids, names) if "park" in name]
    assert ids_of(api, project, text="%") == ids_of(api, project, text="_") == []
    assert ids_of(api, project, name=names[7]) == [ids[7]]
    assert ids_of(api, project, name="nowhere.png") == []
    [row] = rows(api, project, name=names[20])
    assert row["state"] == "skipped" and row["reason"] == "blurred" and (row["width"], row["height"]) == (48, 32) and row["media"] is True


def test_pages(api, sixty):
    project, ids, _ = sixty
    assert list(api.items(project).values()) == ids  # by 25
    assert [i for i in ids if i in set(api.items(project, text="park").values())] == list(api.items(project, text="park").values())
    page = get(api.bo, f"/v1/projects/{project}/items", position=31, limit=5)
    assert [row["id"] for row in page["rows"]] == ids[30:35] and [row["position"] for row in page["rows"]] == list(range(31, 36))
    assert [row["id"] for row in rows(api, project, after=ids[30], limit=3)] == ids[31:34]
    back = [row["id"] for row in rows(api, project, after=ids[30], limit=3, direction="back")]
    assert sorted(back) == ids[27:30]
    whole, after = [], None
    while True:
        page = get(api.bo, f"/v1/projects/{project}/items", direction="back", limit=25, **({"after": after} if after else {}))
        whole += [row["id"] for row in page["rows"]]
        after = page["next"]
        if not after:
            break
    assert sorted(whole) == ids and len(whole) == N
    assert rows(api, project, position=N + 1) == []


@pytest.mark.parametrize("query", [{"state": "lost"}, {"limit": "x"}, {"limit": "1.5"}, {"position": 0}, {"position": "a"}, {"direction": "up"},
                                   {"after": "x"}, {"unknown": 1}, {"text": "t" * 256}, {"after": "p"}], ids=str)
def test_bad_queries(api, sixty, query):
    fails(api.bo.get("/v1/projects/sixty/items", params=query), 400, "invalid")


@pytest.mark.parametrize("query", [{"class": "unicorn"}, {"layer": "none such"}, {"split": "none such"}, {"after": 10**9}], ids=str)
def test_queries_that_find_nothing_to_ask_for(api, sixty, query):
    fails(api.bo.get("/v1/projects/sixty/items", params=query), 404, "not-found")


@pytest.mark.quick
def test_stats(api, sixty):
    stats = get(api.bo, "/v1/projects/sixty/stats")
    project = get(api.bo, "/v1/projects/sixty")
    assert stats["tasks"] == project["tasks"] and sum(stats["tasks"].values()) == project["items"] == N
    assert (stats["tasks"]["done"], stats["tasks"]["skipped"]) == (4, 1)
    counted = {(row["class"], row["layer"]): row["labels"] for row in stats["classes"] if row["labels"]}
    assert counted == {("car", "truth"): 7, ("dog", "guess"): 5} and project["labels"] == 7
    assert {row["split"]: row["items"] for row in stats["splits"] if row["items"]} == {None: N - 3, "val": 3}
    assert {row["name"]: row["labels"] for row in stats["people"] if row["labels"]}["Ann"] == 12
    assert project["cover"] == sixty[1][:4]


def test_item(api, sixty):
    project, ids, names = sixty
    item = get(api.ann, f"/v1/items/{ids[0]}")
    data = png(NAMES.index(names[0]))
    assert (item["name"], item["dataset"], item["bytes"], item["media_type"], item["linked"]) == (names[0], "sixty", len(data), "image/png", False)
    for path in ("/v1/items/999999999", f"/v1/projects/{project}/items/999999999/labels"):
        fails(api.ann.get(path), 404, "not-found")
    for bad in ("x", "0", "-1", "1e3", "9" * 30, "%00"):
        answer = api.ann.get(f"/v1/items/{bad}")
        assert answer.status_code in (400, 404), answer.text


@pytest.mark.quick
def test_media(api, sixty):
    _, ids, names = sixty
    data, path = png(NAMES.index(names[3])), f"/v1/items/{ids[3]}/media"
    whole = api.ann.get(path)
    assert whole.content == data and whole.headers["content-type"] == "image/png"
    tag = whole.headers["etag"]
    same = api.ann.get(path, headers={"If-None-Match": tag})
    assert same.status_code == 304 and same.content == b"" and same.headers["etag"] == tag
    for span, want in (("bytes=0-9", data[:10]), ("bytes=5-", data[5:]), ("bytes=-7", data[-7:]), (f"bytes=3-{10**9}", data[3:])):
        part = api.ann.get(path, headers={"Range": span})
        assert part.status_code == 206 and part.content == want, span
        first = data.index(want)
        assert part.headers["content-range"] == f"bytes {first}-{first + len(want) - 1}/{len(data)}"
    late = api.ann.get(path, headers={"Range": f"bytes={len(data)}-"})
    assert late.status_code == 416 and late.headers["content-range"] == f"bytes */{len(data)}"
    other = api.ann.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert other.status_code == 200 and other.content == data
    head = api.ann.head(path)
    assert head.status_code == 200 and head.content == b"" and int(head.headers["content-length"]) == len(data)


def thumbnails(api, ids, **query):
    """What one answer holds: (id, picture), in its order."""
    batch = api.ann.get("/v1/thumbnails", params={"ids": ",".join(map(str, ids)), **query})
    assert batch.status_code == 200
    found, at = [], 0
    while at < len(batch.content):
        number, size = struct.unpack_from("<QI", batch.content, at)
        found.append((number, batch.content[at + 12:at + 12 + size]))
        at += 12 + size
    return found


def test_pictures(api, sixty):
    _, ids, _ = sixty
    small = api.ann.get(f"/v1/items/{ids[0]}/thumbnail", params={"size": 32})
    assert small.status_code == 200 and small.content[:2] == b"\xff\xd8" and small.headers["content-type"] == "image/jpeg"
    assert api.ann.get(f"/v1/items/{ids[0]}/thumbnail", params={"size": 32}, headers={"If-None-Match": small.headers["etag"]}).status_code == 304
    assert api.ann.get(f"/v1/items/{ids[0]}/preview").status_code == 200
    found = thumbnails(api, [ids[5], 999999999, ids[2], ids[5]], size=32)
    assert [number for number, _ in found] == [ids[5], 999999999, ids[2], ids[5]]
    assert found[1][1] == b"" and all(data[:2] == b"\xff\xd8" for number, data in found if number != 999999999) and found[0] == found[3]
    for bad in ({}, {"ids": ""}, {"ids": "x"}, {"ids": ",".join(["1"] * 401)}, {"ids": "1", "size": "big"}, {"ids": "1", "within": "0"}):
        fails(api.ann.get("/v1/thumbnails", params=bad), 400, "invalid")


def test_tiles(api):
    api.project("wide")
    assert api.upload("wide", {"wide.png": png(3, 9000, 600), "small.png": png(4)})["state"] == "done"
    items = api.items("wide")
    wide = f"/v1/items/{items['wide.png']}/tiles"
    some = [f"{wide}/{level}/{column}/{row}" for level, columns, rows in ((0, 18, 2), (1, 9, 1)) for column in range(columns) for row in range(rows)]
    answers = []

    def ask(path):
        for _ in range(300):
            answers.append(api.ann.get(path))
            if answers[-1].status_code == 200:
                return
            assert answers[-1].status_code == 429 and answers[-1].headers["retry-after"], answers[-1].text
            time.sleep(0.1)

    threads = [threading.Thread(target=ask, args=(path,)) for path in some[::5]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for path in some:
        ask(path)
    tiles = [answer for answer in answers if answer.status_code == 200]
    assert len(tiles) == len(threads) + len(some)
    assert all(answer.headers["content-type"] == "image/jpeg" and answer.content[:2] == b"\xff\xd8" for answer in tiles)
    assert len({answer.headers["etag"] for answer in tiles}) == len(some)
    assert api.ann.get(some[0], headers={"If-None-Match": api.ann.get(some[0]).headers["etag"]}).status_code == 304
    for none in (f"{wide}/2/0/0", f"{wide}/0/18/0", f"{wide}/0/0/2", f"{wide}/-1/0/0", f"{wide}/0/x/0", f"{wide}/0/0/99999999999999999999",
                 f"/v1/items/{items['small.png']}/tiles/0/0/0"):
        fails(api.ann.get(none), 404, "not-found")


def test_a_slow_picture_holds_no_other_up(api, sixty):
    api.project("slow")
    api.upload("slow", {f"{i}.png": png(i, 8192, 5120, depth=1) for i in range(2)})
    slow, quick = list(api.items("slow").values()), sixty[1][30:33]
    found = thumbnails(api, slow[:1] + quick + slow[1:], size=48, within=60000)
    assert [number for number, data in found] == quick and all(data for _, data in found)
    # Asked for again they come, one a time; afterwards they are as quick as others.
    for left in (slow, slow[1:]):
        found = thumbnails(api, left, size=48, within=60000)
        assert [number for number, data in found if data] == left[:1]
    assert [number for number, data in thumbnails(api, slow + quick, size=48, within=60000) if data] == slow + quick
    # Who sets no time waits for all.
    assert [number for number, data in thumbnails(api, slow + quick, size=40) if data] == slow + quick


def test_linked_file_changed_or_gone(api):
    folder = api.root / "linked"
    folder.mkdir()
    for i, name in enumerate(("kept.png", "changed.png", "gone.png")):
        (folder / name).write_bytes(png(i))
    api.project("linked")
    job = api.imported("linked", source=str(folder))
    assert job["state"] == "done", job.get("error")
    items = api.items("linked")
    assert get(api.ann, f"/v1/items/{items['kept.png']}")["linked"] is True
    made = add(api.ann, "linked", items["gone.png"])
    (folder / "changed.png").write_bytes(png(9, 64, 64))
    (folder / "gone.png").unlink()
    assert api.ann.get(f"/v1/items/{items['kept.png']}/media").content == png(0)
    for name in ("changed.png", "gone.png"):
        answer = api.ann.get(f"/v1/items/{items[name]}/media")
        assert answer.status_code in (404, 409, 503), answer.text
        assert name in answer.json()["error"]["message"]
    job = api.imported("linked", source=str(folder))
    assert job["state"] == "done" and any(issue["severity"] == "warning" for issue in job["report"]["issues"]), job
    assert api.ann.get(f"/v1/items/{items['changed.png']}/media").content == png(9, 64, 64)
    assert get(api.ann, f"/v1/items/{items['changed.png']}")["revision"] == 2
    assert get(api.ann, f"/v1/items/{items['gone.png']}")["media"] is False
    assert [label["id"] for label in api.labels("linked", items["gone.png"])] == [made["id"]]


def test_paths_of_the_server(api, tmp_path):
    (tmp_path / "a.png").write_bytes(png(1))
    link = api.root / "out"
    os.symlink(tmp_path, link)
    for path in (str(tmp_path), str(link), f"{api.root}/../{tmp_path.name}", "/etc", str(api.root) + "x", "relative"):
        fails(api.owner.post("/v1/projects/paths/imports", json={"source": path}), 403, "not-allowed")
    fails(api.ann.post("/v1/projects/paths/imports", json={"source": str(api.root)}), 403, "not-allowed")
    fails(api.owner.post("/v1/projects/sixty/exports", json={"target": str(tmp_path / "x"), "format": "jsonl"}), 403, "not-allowed")
    job = api.imported("paths", client=api.socket, source=str(tmp_path))  # who may open the socket may read the files
    assert job["state"] == "done" and list(api.items("paths")) == ["a.png"]


# --- tasks


def test_next_is_never_given_twice(api, project):
    api.upload(project, {f"{i:02}.png": png(i) for i in range(24)})
    taken, mutex = [], threading.Lock()

    def take(client, who):
        while True:
            work = client.post(f"/v1/projects/{project}/next", json={})
            assert work.status_code == 200, work.text
            work = work.json()
            if not work["item"]:
                return
            assert work["task"]["assignee"] == who
            with mutex:
                taken.append(work["item"]["id"])
            done = client.post(f"/v1/tasks/{work['task']['id']}/submit")
            assert done.status_code == 200 and done.json()["state"] == "done", done.text

    crowd = [(api.ann, "Ann"), (api.bo, "Bo"), *((api.annotator(f"{project}-{i}"), f"{project}-{i}") for i in range(10))]
    threads = [threading.Thread(target=take, args=args) for args in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(api.items(project).values())


@pytest.mark.quick
def test_lease(api, project):
    api.upload(project, {f"{i}.png": png(i) for i in range(2)})
    first, second = api.items(project).values()
    path = f"/v1/projects/{project}/next"
    assert api.ann.post(path, params={"peek": "true"}, json={}).json()["item"]["id"] == first
    assert api.ann.post(path, json={}).json()["item"]["id"] == first
    assert api.ann.post(path, json={}).json()["item"]["id"] == first  # one's own again
    assert api.bo.post(path, params={"peek": "true"}, json={}).json()["item"]["id"] == second
    assert api.bo.post(path, json={}).json()["item"]["id"] == second
    assert api.token.post(path, json={}).json() == {"item": None}
    assert [row["assignee"] for row in rows(api, project)] == ["Ann", "Bo"]
    for bad in ({"after": "x"}, {"after": 1.5}, {"before": 1}, []):
        fails(api.ann.post(path, json=bad), 400, "invalid")
    fails(api.ann.post(path, json={"after": 10**9}), 404, "not-found")


def test_what_somebody_has_in_hand(api, project):
    """Nobody else finishes it; who has it gives it back, or an owner takes it from them."""
    api.upload(project, {"a.png": png(1)})
    work = api.ann.post(f"/v1/projects/{project}/next", json={}).json()
    task = f"/v1/tasks/{work['task']['id']}"
    for client in (api.bo, api.owner):
        for step in ("submit", "skip"):
            error = fails(client.post(f"{task}/{step}", **({"json": {}} if step == "skip" else {})), 409, "conflict")
            assert error["assignee"] == "Ann" and "Ann" in error["message"]
    fails(api.bo.post(f"{task}/return"), 409, "conflict")
    assert rows(api, project)[0]["state"] == "waiting"
    assert api.ann.post(f"{task}/return").json()["assignee"] is None
    assert api.bo.post(f"/v1/projects/{project}/next", json={}).json()["task"]["assignee"] == "Bo"
    assert api.owner.post(f"{task}/return").json()["assignee"] is None
    assert api.ann.post(f"{task}/submit").json()["state"] == "done"


def test_many_tasks_in_one_commit(api, project):
    api.upload(project, {"a.png": png(1), "b.png": png(2), "c.png": png(3)})
    a, b, c = ids = [row["id"] for row in rows(api, project)]
    path = f"/v1/projects/{project}/tasks"
    before = get(api.owner, f"/v1/projects/{project}")["seq"]
    answer = api.ann.patch(path, json={"items": [a, b], "state": "skipped", "reason": "dark", "split": "val"})
    assert answer.json() == {"seq": before + 1}, answer.text
    assert [(row["state"], row["split"], row["reason"]) for row in rows(api, project)] == [("skipped", "val", "dark"), ("skipped", "val", "dark"), ("waiting", None, None)]
    assert api.ann.patch(path, json={"items": ids, "split": None}).status_code == 200
    assert [(row["state"], row["split"]) for row in rows(api, project)] == [("skipped", None), ("skipped", None), ("waiting", None)]
    log = get(api.owner, f"/v1/projects/{project}/log")["rows"]
    assert [(row["kind"], row["reason"]) for row in log[:2]] == [("task", "split: none"), ("task", "skipped: dark, split: val")]
    assert api.owner.post(f"/v1/projects/{project}/undo", json={"commits": [before + 2, before + 1]}).status_code == 200
    assert [(row["state"], row["split"]) for row in rows(api, project)] == [("waiting", None)] * 3

    # All or none: an item that somebody has in hand, one of another project, or of none.
    assert api.bo.post(f"/v1/projects/{project}/next", json={}).json()["item"]["id"] == a
    assert fails(api.ann.patch(path, json={"items": [b, a], "state": "done"}), 409, "conflict")["assignee"] == "Bo"
    assert api.ann.patch(path, json={"items": [a], "split": None}).status_code == 200
    [other] = api.project(f"{project}-other", ["d.png"]).values()
    for wrong in (other, 10**9):
        fails(api.ann.patch(path, json={"items": [b, wrong], "state": "done"}), 404, "not-found")
    for body in ({"items": [a]}, {"items": [], "state": "done"}, {"state": "done"}, {"items": [a], "state": "ready"}, {"items": ["a"], "state": "done"},
                 {"items": [a] * 1001, "state": "done"}, {"items": [a], "state": "done", "x": 1}):
        fails(api.ann.patch(path, json=body), 400, "invalid")
    assert [row["state"] for row in rows(api, project)] == ["waiting"] * 3


def test_a_lease_runs_out(api, project):
    api.upload(project, {"a.png": png(1)})
    path = f"/v1/projects/{project}/next"
    work = api.ann.post(path, json={}).json()
    assert api.bo.post(path, json={}).json() == {"item": None}
    database = sqlite3.connect(api.server.store / "labelwright.db", timeout=30)
    with database:
        database.execute("update task set lease_until_us = lease_until_us - 1801000000 where id = ?", [work["task"]["id"]])
    database.close()
    assert rows(api, project)[0]["assignee"] is None
    assert api.bo.post(path, json={}).json()["task"]["assignee"] == "Bo"
    fails(api.ann.post(f"/v1/tasks/{work['task']['id']}/submit"), 409, "conflict")


def test_submit_skip_return(api, project):
    api.upload(project, {"a.png": png(1)})
    [row] = rows(api, project)
    task = f"/v1/tasks/{row['task']}"
    assert row["state"] == "waiting"
    add(api.ann, project, row["id"])
    assert rows(api, project)[0]["state"] == "started" and rows(api, project)[0]["labels"] == 1
    assert api.ann.post(f"{task}/submit").json()["state"] == "done"
    assert api.bo.post(f"{task}/return").json()["state"] == "started"
    skipped = api.ann.post(f"{task}/skip", json={"reason": "too dark “é”"}).json()
    assert (skipped["state"], skipped["reason"]) == ("skipped", "too dark “é”")
    assert api.ann.patch(task, json={"split": "test"}).json()["split"] == "test"
    assert api.ann.patch(task, json={"split": None}).json()["split"] is None
    fails(api.ann.post("/v1/tasks/999999999/submit"), 404, "not-found")
    for call in (lambda: api.ann.post(f"{task}/skip", json={"reason": 5}), lambda: api.ann.post(f"{task}/skip", json={"why": ""}),
                 lambda: api.ann.post(f"{task}/skip", json={"reason": "r" * 40000}), lambda: api.ann.patch(task, json={"split": "s" * 256}),
                 lambda: api.ann.patch(task, json={"state": "done"}), lambda: api.ann.post(f"{task}/submit", json={"x": 1})):
        fails(call(), 400, "invalid")
