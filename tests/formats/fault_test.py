"""Disks that fill, processes that are killed, sources that are cut off: what was there stays, what came half is not there, and given again it goes on."""

import json
import random
import resource
import signal
import subprocess
import time
import zipfile

import pytest
from converter import LW, issues_of, items_of
from store import coco, png

FORMATS = {"out.json": "coco", "out.jsonl": "jsonl", "out.csv": "csv", "out.zip": "yolo", "out.tar.gz": "voc", "out": "coco", "folder": "yolo"}


def full_at(n_bytes):
    """A disk that takes so many bytes of a file, and says then that it is full."""

    def set_limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, resource.RLIM_INFINITY))

    return set_limit


def data(n_images, n_boxes):
    draw = random.Random(n_images)
    images = {i + 1: f"deep/{i % 7}/{i}.png" for i in range(n_images)}
    return coco(images, [(draw.randint(1, n_images), draw.randint(1, 3), [draw.randint(0, 20), draw.randint(0, 9), draw.randint(1, 9), 3]) for _ in range(n_boxes)],
                ("car", "bus", "dog"))


def contents(path):
    return {entry.relative_to(path).as_posix(): entry.read_bytes() for entry in path.rglob("*") if entry.is_file()} if path.is_dir() else path.read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_a_disk_that_fills_leaves_no_half_export(tmp_path, name):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "labels.json").write_text(json.dumps(data(40, 300)))
    for i in range(5):
        (tmp_path / "in" / "deep" / str(i)).mkdir(parents=True)
        (tmp_path / "in" / "deep" / str(i) / f"{i}.png").write_bytes(png(i))
    place = tmp_path / "place"
    place.mkdir()
    command = [LW, "convert", tmp_path / "in", place / name, "--to", FORMATS[name], "--lossy", "--json"]
    assert subprocess.run(command, capture_output=True).returncode == 0
    whole = contents(place / name)
    size = max(map(len, whole.values())) if isinstance(whole, dict) else len(whole)
    outcomes = set()
    for limit in sorted({0, 1, 100, 511, 512, 513, 4095, 4096, 4097, size // 3, size // 2, size - 1, size, *range(1000, size, max(size // 12, 1000))}):
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=full_at(limit))
        outcomes.add(done.returncode)
        assert done.returncode in (0, 1), done.stderr
        assert [path.name for path in place.iterdir()] == [name], "something is left beside it"
        assert contents(place / name) == whole, f"full at byte {limit}: what was there before is whole"
        if done.returncode:
            assert json.loads(done.stdout)["error"]["message"]
    assert 1 in outcomes


def labels_of(store):
    """Those that are in the project, in a store without faults; one that was only being made has none yet (exit 5) or is not there (3)."""
    verified = store.json("verify", code=(0, 3, 5))
    assert not verified.get("problems")
    return store.json("project", "show", "p", code=(0, 3, 5)).get("labels", 0)


def test_a_disk_that_fills_under_the_store(store):
    labels = store.file("labels.json", data(2000, 30000))
    written = []
    for limit in (0, 20_000, 150_000, 400_000, 800_000, 1_500_000):
        done = subprocess.run([LW, "import", "p", labels, "--json"], capture_output=True, text=True, env=store.environment, preexec_fn=full_at(limit))
        assert done.returncode == 1 and json.loads(done.stdout)["error"]["message"], (limit, done.stdout, done.stderr)
        written.append(labels_of(store))
    assert written == sorted(written) and 0 < written[-1] < 30000
    report = store.json("import", "p", labels)
    assert report["labels"]["written"] + report["labels"]["matched"] == 30000 and report["labels"]["matched"] == written[-1]
    shown = store.json("project", "show", "p")
    assert (shown["items"], shown["labels"]) == (2000, 30000) and store.json("verify")["problems"] == []


def killed(command, environment, when):
    """Kills the command as soon as `when` says so; whether it was still running."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while process.poll() is None and not when() and time.monotonic() < deadline:
        time.sleep(0.001)
    process.kill()
    return process.wait() == -signal.SIGKILL


def size_of(path):
    """Files come and go meanwhile."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def test_a_killed_import_goes_on_when_given_again(store):
    labels = store.file("labels.json", data(4000, 60000))
    database = store.folder / "store"
    n_killed, before = 0, 0
    for grown in (200_000, 1_000_000, 2_500_000):

        def is_grown(limit=grown):
            return size_of(database / "labelwright.db") + size_of(database / "labelwright.db-wal") > limit

        n_killed += killed([LW, "import", "p", labels], store.environment, is_grown)
        there = labels_of(store)
        assert there >= before
        before = there
    assert n_killed and before < 60000
    report = store.json("import", "p", labels)
    assert report["labels"] | {"kinds": 0} == {"read": 60000, "written": 60000 - before, "matched": before, "skipped": 0, "kinds": 0}
    shown = store.json("project", "show", "p")
    assert (shown["items"], shown["labels"]) == (4000, 60000) and store.json("verify")["problems"] == []
    again = store.json("import", "p", labels)
    assert (again["labels"]["written"], again["seq"]) == (0, report["seq"])


@pytest.mark.parametrize("name", ["out.json", "out.zip", "out"])
def test_a_killed_export_leaves_nothing_under_its_name(store, name):
    store.json("import", "p", store.file("labels.json", data(4000, 60000)))
    place = store.folder / "place"
    place.mkdir()
    n_killed = 0
    for grown in (1, 100_000, 1_000_000):

        def is_grown(limit=grown):
            return sum(size_of(path) for path in place.rglob("*") if path.is_file()) >= limit

        if killed([LW, "export", "p", place / name, "--format", "coco"], store.environment, is_grown):
            n_killed += 1
            assert not (place / name).exists()
        else:  # it was quicker
            subprocess.run(["rm", "-r", place / name], check=True)
    assert n_killed
    report = store.json("export", "p", place / name, "--format", "coco")
    assert report["labels"]["written"] == 60000
    assert [path.name for path in place.iterdir()] == [name], "what a killed one left is taken away by the next"


@pytest.mark.parametrize("form", ["json", "csv", "jsonl", "zip", "yolo", "voc"])
def test_sources_cut_off_at_every_kilobyte(tmp_path, form):
    """Refused, or read with an error for what is missing: never taken for whole."""
    (tmp_path / "in.json").write_text(json.dumps(data(60, 400)))
    whole = tmp_path / f"whole.{form}"
    target = {"json": "coco", "csv": "csv", "jsonl": "jsonl", "zip": "coco", "yolo": "yolo-darknet", "voc": "voc"}[form]
    subprocess.run([LW, "convert", tmp_path / "in.json", whole, "--to", target], capture_output=True, check=True)
    if form in ("yolo", "voc"):  # the longest file of the folder
        file = max((path for path in whole.rglob("*.txt" if form == "yolo" else "*.xml")), key=lambda path: path.stat().st_size)
        bytes_ = file.read_bytes()
        cuts = range(1, len(bytes_) - 1, 64)
    else:
        file, bytes_ = whole, whole.read_bytes()
        cuts = range(1, len(bytes_) - 1, 1024)
    n_refused = 0
    for cut in cuts:
        file.write_bytes(bytes_[:cut])
        done = subprocess.run([LW, "convert", whole, tmp_path / "out.jsonl", "--json", "--from", target], capture_output=True, text=True)
        assert done.returncode in (0, 1, 8), (cut, done.stderr)
        report = json.loads(done.stdout)
        labels = report["labels"]
        assert labels["read"] == labels["written"] + labels["matched"] + labels["skipped"] or done.returncode == 1
        n_refused += done.returncode != 0
        if form in ("json", "zip", "voc"):
            assert done.returncode in (1, 8), cut
        if form == "jsonl" and bytes_[cut - 1 : cut] != b"\n" and bytes_[cut : cut + 1] != b"\n":
            assert done.returncode in (1, 8), cut
    assert n_refused or form in ("csv", "yolo")


def test_archives_that_mean_harm(tmp_path, store):
    inner = store.file("inner.zip", b"")
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.png", png(1))
    with zipfile.ZipFile(store.folder / "nested.zip", "w") as archive:
        archive.write(inner, "inner.zip")
        archive.writestr("b.png", png(2))
    report = store.json("import", "p", "nested.zip")
    assert report["items"]["added"] == 1 and "other-file" in issues_of(report)  # named, not silently passed over
    with zipfile.ZipFile(store.folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("instances.json", b" " * (300 << 20))
    assert "error" in store.json("import", "q", "bomb.zip", code=1)
    with zipfile.ZipFile(store.folder / "out.zip", "w") as archive:
        archive.writestr("../../escape.png", png(3))
        archive.writestr("/etc/x.png", png(4))
        archive.writestr("ok.png", png(5))
    report = store.json("import", "r", "out.zip", code=8)
    assert list(store.items("r")) == ["ok.png"] and not (store.folder.parent / "escape.png").exists()
    assert sum(issue["count"] for issue in report["issues"] if issue["severity"] == "error") == 2


def test_three_of_many_are_broken(store):
    for i in range(300):
        store.file(f"photos/{i:03}.png", png(i) if i % 100 else b"\x89PNG no")
    report = store.json("import", "p", "photos", code=8)
    assert report["items"] == {"read": 300, "added": 297, "matched": 0, "skipped": 3}
    [issue] = report["issues"]
    assert (issue["severity"], issue["count"], len(issue["examples"])) == ("error", 3, 3) and len(store.items()) == 297


def test_a_target_that_holds_something_else(store):
    store.json("import", "p", store.file("labels.json", data(3, 5)))
    store.file("mine/thesis.txt", "do not touch")
    assert "something else" in store.json("export", "p", "mine", "--format", "coco", code=5)["error"]["message"]
    assert [path.name for path in (store.folder / "mine").iterdir()] == ["thesis.txt"]
    store.json("export", "p", "out", "--format", "coco")
    store.json("export", "p", "out", "--format", "voc")
    assert not (store.folder / "out" / "annotations").exists(), "nothing stale of the last one"
    store.file("out/note.txt", "mine")
    assert store.json("export", "p", "out", "--format", "coco", code=5)["error"]["code"] == "refused"
    assert (store.folder / "out" / "Annotations").exists() and (store.folder / "out" / "note.txt").read_text() == "mine"
    store.file("out.json", "something")
    store.json("export", "p", "out.json", "--format", "coco")
    assert items_of(store.run("convert", "out.json", "again.jsonl") and store.folder / "again.jsonl").keys() == store.items().keys()
