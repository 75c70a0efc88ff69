"""Commands killed in their middle: the store is sound, and the same command again ends where an undisturbed one would."""

import json
import os
import subprocess
import time

import pytest
from conftest import LW, PATIENCE, Api, Server, add, get
from pictures import png

pytestmark = pytest.mark.plain

PARTS = (0.15, 0.4, 0.65, 0.9)


def lw(*words):
    done = subprocess.run([LW, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, f"{words}: {done.returncode} {done.stdout} {done.stderr}"
    return done.stdout


def killed(seconds, *words):
    """Whether it was killed after so many seconds, not done before."""
    process = subprocess.Popen([LW, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait() != 0


def timed(*words):
    begin = time.monotonic()
    lw(*words)
    return time.monotonic() - begin


def content(store, project):
    """Items and labels, without what another run numbers otherwise."""
    _, *items = map(json.loads, lw("export", project, "-", "--format", "jsonl", "--store", store).splitlines())
    return sorted((item["item"], item["state"], item.get("sha256"), sorted(json.dumps([label["class"], label.get("box")]) for label in item.get("labels", [])))
                  for item in items)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """400 pictures with 2,000 boxes, as YOLO."""
    folder = tmp_path_factory.mktemp("source")
    for part in ("images", "labels"):
        (folder / part / "train").mkdir(parents=True)
    for i in range(400):
        (folder / f"images/train/{i:03}.png").write_bytes(png(i))
        (folder / f"labels/train/{i:03}.txt").write_text("".join(f"0 0.5 0.5 0.{k + 1} 0.{i % 9 + 1}\n" for k in range(5)))
    (folder / "data.yaml").write_text("path: .\ntrain: images/train\nval: images/train\nnames: [car]\n")
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory, source):
    """A store with all of it: (folder, seconds the import took)."""
    store = tmp_path_factory.mktemp("whole") / "store"
    return store, timed("import", "road", source, "--copy", "--store", store)


def test_import(source, whole, tmp_path):
    reference, seconds = whole
    for part in PARTS:
        store = tmp_path / str(part)
        killed(seconds * part, "import", "road", source, "--copy", "--store", store)
        if (store / "labelwright.db").exists():
            assert "all is well" in lw("project", "create", "other", "--store", store) + lw("verify", "--store", store)
        lw("import", "road", source, "--copy", "--store", store)
        assert "all is well" in lw("verify", "--store", store)
        assert content(store, "road") == content(reference, "road")
        assert not (store / "blobs" / "incoming").exists() or not os.listdir(store / "blobs" / "incoming")


@pytest.mark.parametrize("target", ["out", "out.zip", "out.tar"])
def test_export(whole, tmp_path, target):
    store, _ = whole
    words = ["export", "road", tmp_path / target, "--format", "yolo", "--store", store]
    seconds = timed(*words)
    one = tmp_path / target

    def files():
        return {str(path.relative_to(tmp_path)): path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()}

    wanted = files()
    for part in PARTS:  # over what is there: it stays until the new one is whole
        killed(seconds * part, *words)
        assert {name: size for name, size in files().items() if name.startswith(target)} == wanted
    lw(*words)
    assert files() == wanted and one.exists()


def test_backup_and_restore(whole, tmp_path):
    store, _ = whole
    seconds = timed("backup", tmp_path / "whole", "--store", store)
    for part in PARTS:
        target = tmp_path / str(part)
        if killed(seconds * part, "backup", target, "--store", store) and not (target / "labelwright.db").exists():
            assert subprocess.run([LW, "restore", target, "--store", tmp_path / "none"], capture_output=True, check=False).returncode == 3
        lw("backup", target, "--store", store)
        other = tmp_path / f"restored {part}"
        killed(seconds * part, "restore", target, "--store", other)
        if not (other / "labelwright.db").exists():
            lw("restore", target, "--store", other)
        assert "all is well, with 400" in lw("verify", "--store", other)
        assert content(other, "road") == content(store, "road")


def test_a_backup_goes_nowhere_else(whole, tmp_path):
    store, _ = whole
    lw("demo", "--items", 1, "--store", tmp_path / "other")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "a.txt").write_text("mine")
    (tmp_path / "empty").mkdir()
    for target in (tmp_path / "other", tmp_path / "thesis", store):
        done = subprocess.run([LW, "backup", target, "--store", store], capture_output=True, text=True, check=False)
        assert done.returncode == 5 and "name a new folder" in done.stderr, done
    lw("backup", tmp_path / "empty", "--store", store)
    lw("backup", tmp_path / "empty", "--store", store)
    assert subprocess.run([LW, "restore", tmp_path / "empty", "--store", store], capture_output=True, check=False).returncode == 5


def test_demo(tmp_path):
    seconds = timed("demo", "--items", 12, "--store", tmp_path / "whole")
    for part in PARTS:
        store = tmp_path / str(part)
        killed(seconds * part, "demo", "--items", 12, "--store", store)
        lw("demo", "--items", 12, "--store", store)
        assert "all is well" in lw("verify", "--store", store)
        assert content(store, "demo") == content(tmp_path / "whole", "demo")


def test_upload_and_job(tmp_path):
    """The server dies while a file comes in, and while an import runs: the job goes on with the next start."""
    server = Server(tmp_path, "--root", tmp_path)
    api = Api(server)
    [item] = api.project("here", ["a.png"]).values()
    add(api.ann, "here", item)
    upload = api.owner.post("/v1/uploads").json()["id"]
    api.owner.put(f"/v1/uploads/{upload}/files", params={"path": "whole.png"}, content=png(1))

    def slowly():
        yield png(2)
        server.kill()
        yield b"\0" * (1 << 20)

    client = server.client(headers=dict(api.token.headers))
    server.clients.remove(client)
    with pytest.raises(Exception):
        client.put(f"/v1/uploads/{upload}/files", params={"path": "half.png"}, content=slowly())
    client.close()
    server.start()
    socket = server.local()
    assert [path.name for path in (server.store / "uploads").rglob("*.png")] == ["whole.png"]

    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(3000):
        (folder / f"{i}.png").write_bytes(png(i))
    job = socket.post("/v1/projects/big/imports", json={"source": str(folder), "copy": True}).json()["id"]
    while get(socket, f"/v1/jobs/{job}")["state"] == "waiting":
        time.sleep(0.01)
    server.kill()
    server.start()
    api.owner = server.local()
    assert api.job(job)["state"] == "done"
    assert get(api.owner, "/v1/projects/big")["items"] == 3000
    api.verify()
    server.stop()
