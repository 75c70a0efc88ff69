"""A disk that is full, read-only or not ours: refused with a clear error, nothing half-written, and all is well again when there is room."""

import json
import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from conftest import LW, PATIENCE, Api, Server, add, apply, fails, get
from pictures import png

ROOM = 24 << 20


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.getuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder], capture_output=True, check=False).returncode:
        pytest.skip("a small file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)  # also when a failed test left its server in it


def fill(folder):
    """To the last byte. Answers the file to remove."""
    path = folder / "filler"
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 16, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                pass
    return path


def lw(*words, code=0):
    done = subprocess.run([LW, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == code, f"{words}: {done.returncode} {done.stdout} {done.stderr}"
    return done


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def mirror(folder, at):
    """Mounts folder at another place through FUSE: the process that does it."""
    try:
        process = subprocess.Popen(["bindfs", "-f", folder, at], stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        return None
    while process.poll() is None and not os.path.ismount(at):
        time.sleep(0.02)
    return process if process.poll() is None else None


@pytest.fixture
def mirrored(tmp_path):
    """Two names of one folder: on the disk, and through FUSE."""
    disk, fuse = tmp_path / "disk", tmp_path / "fuse"
    disk.mkdir(), fuse.mkdir()
    process = mirror(disk, fuse)
    if not process:
        pytest.skip("a FUSE file system cannot be mounted here")
    yield disk, fuse, process
    subprocess.run(["umount", "--lazy", fuse], check=True, capture_output=True)
    process.wait()


@pytest.mark.quick
def test_full_disk(small_disk, tmp_path):
    server = Server(small_disk, "--root", tmp_path)
    api = Api(server)
    items = list(api.project("full", [f"{i}.png" for i in range(4)]).values())
    first = add(api.ann, "full", items[0])
    blobs = files(server.store / "blobs")
    filler = fill(small_disk)
    refused = None
    for _ in range(3000):  # the log has some room left
        answer = apply(api.ann, "full", {"op": "add", "item": items[1], "class": "car", "box": [1, 2, 3, 4]})
        if answer.status_code != 200:
            refused = answer
            break
    assert "disk is full" in fails(refused, 507, "disk-full")["message"]
    there = get(api.ann, "/v1/projects/full")["labels"]
    fails(apply(api.ann, "full", {"op": "change", "id": first["id"], "was": first["seq"], "box": [9, 9, 9, 9]}), 507, "disk-full")
    fails(apply(api.ann, "full", {"op": "remove", "id": first["id"], "was": first["seq"]}), 507, "disk-full")
    fails(api.owner.post("/v1/projects", json={"name": "another"}), 507, "disk-full")

    # What reads goes on, also what would like to cache.
    assert len(api.labels("full", items[0])) == 1 and get(api.ann, "/v1/projects/full")["labels"] == there
    assert api.ann.get(f"/v1/items/{items[0]}/media").content == png(0)
    assert api.ann.get(f"/v1/items/{items[2]}/thumbnail").status_code == 200
    assert api.ann.get("/v1/projects/full/export", params={"format": "yolo", "state": "all", "lossy": "true"}).status_code == 200

    # What writes files leaves nothing behind.
    upload = api.owner.post("/v1/uploads").json().get("id", "0" * 16)
    answer = api.owner.put(f"/v1/uploads/{upload}/files", params={"path": "big.png"}, content=png(7) + b"\0" * 300000)
    assert answer.status_code in (404, 507), answer.text
    fails(api.socket.post("/v1/backup", json={"target": str(small_disk / "backup")}), 507, "disk-full")
    fails(api.socket.post("/v1/projects/full/exports", json={"target": str(small_disk / "out"), "format": "yolo", "state": "all", "lossy": True}), 507, "disk-full")
    assert not (small_disk / "out").exists() and not [path for path in files(server.store / "uploads") if "big" in path]
    assert files(server.store / "blobs") == blobs

    filler.unlink()
    add(api.ann, "full", items[1])
    assert get(api.ann, "/v1/projects/full")["labels"] == there + 1
    assert api.job(api.socket.post("/v1/backup", json={"target": str(small_disk / "backup")}).json()["id"])["state"] == "done"
    assert api.upload("full", {"new.png": png(8)})["state"] == "done"
    api.verify()
    server.stop()
    lw("verify", "--store", server.store)
    lw("restore", small_disk / "backup", "--store", tmp_path / "restored")
    lw("verify", "--store", tmp_path / "restored")


def test_a_disk_that_fills_during_an_import(small_disk, tmp_path):
    server = Server(small_disk, "--root", tmp_path)
    api = Api(server)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(60):
        (folder / f"{i:02}.png").write_bytes(png(i) + os.urandom(1 << 20))
    api.project("filling", ontology={"classes": []})  # one that the import made would go with it
    job = api.imported("filling", source=str(folder), copy=True)
    assert job["state"] == "failed" and job["error"]["code"] == "disk-full", job
    assert not files(server.store / "blobs" / "incoming")
    assert len(files(server.store / "blobs")) == len(api.items("filling")) < 60, "what no item came to name is taken out again"
    api.verify()
    for path in sorted(folder.iterdir())[10:]:
        path.unlink()
    job = api.imported("filling", source=str(folder), copy=True)
    assert job["state"] == "done" and len(api.items("filling")) == 10, job
    api.verify()
    server.stop()


def test_commands_on_a_full_disk(small_disk, tmp_path):
    store = small_disk / "store"
    lw("demo", "--items", 2, "--store", store)
    filler = fill(small_disk)
    for words in (["serve", "--listen", "127.0.0.1:0"], ["project", "list"], ["demo", "--items", 3, "--seed", 2], ["import", "x", store / "demo-1", "--copy"]):
        done = lw(*words, "--store", store, code=1)
        assert "is full" in done.stderr or "No space left" in done.stderr, (words, done)
    lw("restore", store, "--store", small_disk / "other", code=1)
    assert not (small_disk / "other" / "labelwright.db").exists()
    filler.unlink()
    lw("verify", "--store", store)
    lw("demo", "--items", 3, "--seed", 2, "--project", "other", "--store", store)
    lw("verify", "--store", store)


def as_nobody(*words):
    """The program as somebody without rights; root may write anywhere."""
    nobody = pwd.getpwnam("nobody")
    return subprocess.run([LW, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE, check=False, user=nobody.pw_uid, group=nobody.pw_gid,
                          extra_groups=[], env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"})


def test_folders_that_may_not_be_written(tmp_path):
    if os.getuid():
        pytest.skip("only root can run a program as somebody else")
    for folder in [folder for folder in (tmp_path, *tmp_path.parents) if folder.owner() == "root" and folder != Path("/")][:3]:
        os.chmod(folder, os.stat(folder).st_mode | 0o055)  # pytest's own, closed to others
    lw("demo", "--items", 1, "--store", tmp_path / "store")
    for words in (["project", "list", "--store", tmp_path / "store"], ["verify", "--store", tmp_path / "store"],
                  ["project", "create", "x", "--store", tmp_path / "new"], ["serve", "--no-demo", "--listen", "127.0.0.1:0", "--store", tmp_path / "new"]):
        done = as_nobody(*words)
        assert done.returncode in (3, 6) and done.stdout == "", (words, done)
        assert str(tmp_path) in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    assert not (tmp_path / "new").exists()


WARNING = "network or FUSE file system"


def test_a_file_system_that_goes_away(mirrored):
    """Warned of when a server starts and when a command writes; when it is gone requests fail, the server lives, and nothing answered is lost."""
    disk, fuse, process = mirrored
    made = lw("demo", "--items", 2, "--store", fuse / "store", "--json")
    assert WARNING in made.stderr and json.loads(made.stdout)
    assert WARNING not in lw("project", "list", "--store", fuse / "store").stderr
    server = Server(fuse)
    assert WARNING in server.log()
    api = Api(server)
    items = list(api.project("far", ["0.png", "1.png"]).values())
    labels = [add(api.ann, "far", item) for item in items for _ in range(3)]
    assert api.ann.get(f"/v1/items/{items[0]}/thumbnail").status_code == 200
    process.kill()
    process.wait()
    for _ in range(3):
        assert apply(api.ann, "far", {"op": "add", "item": items[0], "class": "car", "box": [1, 2, 3, 4]}).status_code >= 500
    assert api.anonymous.get("/healthz").status_code == 200
    server.process.terminate()
    assert server.process.wait(PATIENCE) == 0
    lw("verify", "--store", disk / "store")
    kept = [json.loads(line) for line in lw("export", "far", "-", "--format", "jsonl", "--store", disk / "store").stdout.splitlines()]
    assert sum(len(row.get("labels", [])) for row in kept) == len(labels)


def test_a_disk_that_is_read_only(small_disk):
    store = small_disk / "store"
    lw("demo", "--items", 1, "--store", store)
    before = files(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for words in (["project", "list"], ["verify"], ["demo"], ["serve", "--listen", "127.0.0.1:0"]):
        done = lw(*words, "--store", store, code=6)
        assert done.stdout == "" and len(done.stderr.splitlines()) == 1
        assert str(store) in done.stderr and "Copy the folder to where it can be written" in done.stderr
    assert files(small_disk) == before
