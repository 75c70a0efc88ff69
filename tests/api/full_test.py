"""A disk that is full from the nth change on, for every n: one clear error, nothing half-written under its name, a sound store, and the same
command succeeds when there is room. tests/unit/full_disk.c is the disk."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import LW, PATIENCE
from pictures import png

pytestmark = pytest.mark.plain

DISK = Path(LW).parent / "tests" / "unit" / "full-disk.so"
SAMPLES = 10  # of places beyond the first ones, for each command


def lw(*words, under=None, at=0, count=None, cwd=None):
    environment = {**os.environ}
    if under:
        environment |= {"LD_PRELOAD": str(DISK), "LW_FULL_UNDER": str(under), "LW_FULL_AT": str(at), "LW_FULL_COUNT": str(count), "TMPDIR": str(under)}
    return subprocess.run([LW, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment, cwd=cwd)


def well(*words):
    done = lw(*words)
    assert done.returncode == 0, f"{words}: {done.returncode} {done.stdout} {done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Pictures with labels, a store that holds some of them, and its backup."""
    folder = tmp_path_factory.mktemp("full")
    names = [f"{i}.png" for i in range(6)]
    (folder / "source" / "images").mkdir(parents=True)
    for i, name in enumerate(names):
        (folder / "source" / "images" / name).write_bytes(png(i))
    labels = {"images": [{"id": i, "file_name": name, "width": 64, "height": 48} for i, name in enumerate(names)],
              "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "bus"}],
              "annotations": [{"id": i, "image_id": i % 6, "category_id": 1 + i % 2, "bbox": [i % 9, 1, 5, 1 + i % 7], "iscrowd": 0} for i in range(60)]}
    (folder / "source" / "labels.json").write_text(json.dumps(labels))
    well("import", "there", folder / "source", "--copy", "--store", folder / "store")
    well("backup", folder / "backup", "--store", folder / "store")
    return folder


# Command: its words, what it makes, and whether that is a store.
COMMANDS = {
    "import": (["import", "new", "{source}", "--copy", "--store", "{disk}/store"], None),
    "export-folder": (["export", "there", "{disk}/out", "--format", "yolo", "--store", "{disk}/store"], "out"),
    "export-file": (["export", "there", "{disk}/out.jsonl", "--format", "jsonl", "--store", "{disk}/store"], "out.jsonl"),
    "export-zip": (["export", "there", "{disk}/out.zip", "--format", "voc", "--lossy", "--store", "{disk}/store"], "out.zip"),
    "convert-folder": (["convert", "{source}", "{disk}/out", "--to", "coco"], "out"),
    "convert-many": (["convert", "{source}", "{disk}/out", "--to", "yolo"], "out"),
    "convert-file": (["convert", "{source}", "{disk}/out.csv"], "out.csv"),
    "backup": (["backup", "{disk}/copy", "--store", "{disk}/store"], "copy/labelwright.db"),
    "restore": (["restore", "{backup}", "--store", "{disk}/copy"], "copy/labelwright.db"),
    "user": (["user", "add", "bo", "--store", "{disk}/store"], None),
    "undo": (["undo", "there", "2", "--store", "{disk}/store"], None),
}


def contents(path):
    if path.is_dir():
        return {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()}
    return path.read_bytes() if path.exists() else None


def fresh(prepared, disk):
    shutil.rmtree(disk, ignore_errors=True)
    disk.mkdir()
    shutil.copytree(prepared / "store", disk / "store")


def places(n_changes):
    """Each of the first and the last ones, and some between."""
    step = max(1, n_changes // SAMPLES)
    return sorted({*range(1, min(n_changes, 10) + 1), *range(10, n_changes, step), *range(max(1, n_changes - 3), n_changes + 1)})


@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_fills_at_any_change(prepared, tmp_path, name):
    disk, count = tmp_path / "disk", tmp_path / "count"
    words, made = COMMANDS[name]
    words = [word.format(source=prepared / "source", backup=prepared / "backup", disk=disk) for word in words]
    fresh(prepared, disk)
    done = lw(*words, under=disk, count=count)
    assert done.returncode == 0, done.stderr
    whole = contents(disk / made) if made else None
    n_changes = int(count.read_text())
    assert n_changes > 3
    shown = well("project", "list", "--json", "--store", disk / "store")
    n_failed = 0
    for at in places(n_changes):
        fresh(prepared, disk)
        done = lw(*words, under=disk, at=at, count=count)
        where = f"full at change {at} of {n_changes}: {done.stdout} {done.stderr}"
        assert done.returncode in (0, 1), where
        if done.returncode:
            n_failed += 1
            assert len(done.stderr.splitlines()) == 1 and ("full" in done.stderr or "No space left" in done.stderr), where
        if done.returncode and name in ("backup", "restore") and (disk / made).exists():  # its folder could not be synced: all of it is there
            shutil.copytree(disk / "copy", tmp_path / f"all-{at}")
            well("verify", "--store", tmp_path / f"all-{at}")
            continue
        if made and done.returncode:
            assert not (disk / made).exists(), where
            assert not [path.name for path in disk.iterdir() if path.name.startswith(".")], where
        well("verify", "--store", disk / "store")
        assert not list((disk / "store" / "blobs").glob("incoming/*")), where
        done = lw(*words)
        if name == "undo" and done.returncode == 4 or name == "user" and done.returncode == 4:
            continue  # it was done after all
        assert done.returncode == 0, where + done.stderr
        if made and made.endswith(("jsonl", "csv")):
            assert contents(disk / made) == whole, where
        assert well("project", "list", "--json", "--store", disk / "store").count('"name"') == shown.count('"name"'), where
        well("verify", "--store", disk / "store")
        if made and made.startswith("copy"):
            well("verify", "--store", disk / "copy") if name == "restore" else well("restore", disk / "copy", "--store", tmp_path / f"restored-{at}")
    assert n_failed >= 3
