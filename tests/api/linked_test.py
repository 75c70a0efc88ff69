"""Linked files: hashed in the background, and never read out of their folder."""

import hashlib
import os
import time

import pytest
from conftest import PATIENCE, Api, Server, fails, get
from pictures import png


def hashes(api, project, wanted):
    """Of all items by name, once this many have one."""
    end = time.monotonic() + PATIENCE
    while True:
        found = {name: get(api.owner, f"/v1/items/{item}")["sha256"] for name, item in api.items(project).items()}
        if sum(value is not None for value in found.values()) >= wanted:
            return found
        assert time.monotonic() < end, f"{wanted} hashes wanted: {found}"
        time.sleep(0.02)


@pytest.mark.quick
def test_hashes_come_in_the_background(api):
    folder = api.root / "hashed"
    folder.mkdir()
    files = {"a.png": png(1), "b.png": png(2), "same as a.png": png(1), "deep/c.png": png(3)}
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    api.project("hashed")
    assert api.imported("hashed", source=str(folder))["state"] == "done"
    assert hashes(api, "hashed", len(files)) == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    (folder / "b.png").write_bytes(png(4))
    assert api.imported("hashed", source=str(folder))["state"] == "done"
    assert hashes(api, "hashed", len(files))["b.png"] == hashlib.sha256(png(4)).hexdigest()
    exported = api.owner.get("/v1/projects/hashed/export", params={"format": "jsonl"}).text
    assert hashlib.sha256(png(4)).hexdigest() in exported and hashlib.sha256(png(2)).hexdigest() not in exported


def test_hashing_stops_with_the_server_and_goes_on_with_it(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "huge.png").write_bytes(png(1))
    os.truncate(folder / "huge.png", 1 << 40)  # its size on disk stays small; to read it takes many minutes
    server = Server(tmp_path, "--root", tmp_path)
    api = Api(server)
    api.project("late")
    assert api.imported("late", source=str(folder))["state"] == "done"
    (folder / "gone.png").write_bytes(png(2))
    (folder / "small.png").write_bytes(png(3))
    assert api.imported("late", source=str(folder))["state"] == "done"  # while the huge one is read
    server.stop()  # in the middle of it
    (folder / "gone.png").unlink()
    os.truncate(folder / "huge.png", 1 << 20)  # other bytes than were imported: no hash for it
    server.clients = []
    server.start()
    api.owner = server.sign_in(server.secret)
    found = hashes(api, "late", 1)
    assert found == {"huge.png": None, "gone.png": None, "small.png": hashlib.sha256(png(3)).hexdigest()}
    server.stop()


def test_a_linked_file_that_becomes_something_else(api, tmp_path):
    folder = api.root / "replaced"
    folder.mkdir()
    names = ["link-out.png", "link-in.png", "folder.png", "pipe.png", "unreadable.png", "deep/a.png"]
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(png(1))
    (tmp_path / "secret.png").write_bytes(png(1))
    times = {path: (folder / "link-out.png").stat().st_mtime_ns for path in [tmp_path / "secret.png"]}
    for path, mtime in times.items():  # even with the same size and time
        os.utime(path, ns=(mtime, mtime))
    api.project("replaced")
    assert api.imported("replaced", source=str(folder))["state"] == "done"
    items = api.items("replaced")
    for name in names[:5]:
        (folder / name).unlink()
    (folder / "link-out.png").symlink_to(tmp_path / "secret.png")
    (folder / "link-in.png").symlink_to("deep/../../../../../../../../etc/passwd")
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "pipe.png")  # which would wait for ever for a writer
    (folder / "unreadable.png").symlink_to("unreadable.png")
    (folder / "deep").rename(folder / "deep2")
    (folder / "deep").symlink_to(tmp_path)
    (tmp_path / "a.png").write_bytes(png(1))
    for name in names:
        for what in ("media", "thumbnail", "preview"):
            answer = api.ann.get(f"/v1/items/{items[name]}/{what}")
            assert answer.status_code in (400, 403, 404, 500), (name, what, answer.status_code)
            assert name in answer.json()["error"]["message"], answer.text
    fails(api.ann.get(f"/v1/items/{items['link-out.png']}/media"), 403, "not-allowed")
    fails(api.ann.get(f"/v1/items/{items['deep/a.png']}/media"), 403, "not-allowed")
    job = api.imported("replaced", source=str(folder))
    told = {issue["code"] for issue in job["report"]["issues"]}
    assert job["state"] == "done" and {"link-out", "image-gone"} <= told, job["report"]


def test_equal_bytes_are_reported_and_kept_once(api, project):
    job = api.upload(project, {"a.png": png(1), "copy.png": png(1), "b.png": png(2)})
    [issue] = [issue for issue in job["report"]["issues"] if issue["code"] == "same-bytes"]
    assert issue["severity"] == "info" and issue["count"] == 1 and "a.png" in str(issue) and "copy.png" in str(issue), issue
    assert len(api.items(project)) == 3
    blobs = [path for path in (api.server.store / "blobs").rglob(hashlib.sha256(png(1)).hexdigest()[2:])]
    assert len(blobs) == 1
