"""The command line in odd hands: options in odd places, streams that are closed, words that are none, commands that must leave nothing behind."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
from cli_test import FAILED, NOT_FOUND, OK, REFUSED, USAGE, lw, png, yolo  # noqa: F401 (fixtures)
from conftest import LW

pytestmark = pytest.mark.skipif(not os.access(LW, os.X_OK), reason="no lw is built")


@pytest.mark.parametrize("words", [("frobnicate",), ("improt", "p", "x"), ("help", "frobnicate"), ("project",), ("project", "lst"), ("import",), ("formats", "more"),
                                   ("log", "p", "--limit", "many"), ("export", "p", "x", "--format", "csv", "--media", "some"),
                                   ("export", "p", "x", "--format", "csv", "--state", "odd"), ("convert", "x", "y", "--media", "some"), ("job", "list", "--state", "odd"), ("user", "add", "bo", "--role", "king"), ("serve", "--listen", "nonsense"), ("serve", "--base-url", "nonsense")])
def test_a_wrong_line_is_one_document_and_makes_no_store(lw, words):
    error = lw.json(*words, code=USAGE)["error"]
    assert error["code"] == "usage" and error["message"]
    assert not lw.store.exists()


def test_options_stand_anywhere(lw, yolo):
    store = str(lw.store)
    del lw.environment["LW_STORE"]
    lw.run("--store", store, "import", "--split", "train", "road", "--copy", yolo)
    rows = [json.loads(lw.run(*words).stdout)["rows"] for words in (
        ("--store", store, "project", "list", "--json"), ("project", "--store", store, "--json", "list"), ("--json", "project", f"--store={store}", "list"))]
    assert [row["name"] for row in rows[0]] == ["road"] and rows[0] == rows[1] == rows[2]
    lw.run("--store", store, "project", "rename", "road", "--", "--odd")
    assert json.loads(lw.run("--json", "project", "--store", store, "show", "--", "--odd").stdout)["name"] == "--odd"


def test_what_is_not_there_makes_no_store(lw, yolo, tmp_path):
    lw.run("import", "road", tmp_path / "nowhere", code=NOT_FOUND)
    assert not lw.store.exists()
    lw.run("import", "road", yolo, tmp_path / "nowhere", code=NOT_FOUND)
    assert not lw.store.exists(), "the first of two sources was taken before the second was looked for"


@pytest.mark.parametrize("words", [("export", "road", "-", "--format", "jsonl"), ("export", "road", "-", "--format", "yolo"), ("project", "list"), ("log", "road", "--json"),
                                   ("formats",), ("help",), ("convert", "SOURCE", "-", "--to", "csv")])
def test_a_stdout_that_takes_nothing_is_a_failure(lw, yolo, words):
    """A closed one too: the next file that is opened would otherwise get what is printed, and that may be the store."""
    lw.run("import", "road", yolo)
    words = [str(yolo) if word == "SOURCE" else word for word in words]
    before = {path: path.read_bytes() for path in lw.store.rglob("*") if path.is_file()}
    for closed in ('"$@" >&-', '"$@" >/dev/full', '"$@" <&- >&-'):
        done = subprocess.run(["bash", "-c", closed, "lw", LW, *words], env=lw.environment, capture_output=True, text=True, check=False)
        assert done.returncode == FAILED and "write" in done.stderr, (closed, done.returncode, done.stderr)
    assert all(path.read_bytes() == bytes for path, bytes in before.items() if path.exists() and not path.name.startswith("labelwright.db-"))
    assert lw.json("verify")["count"] == 0


def test_closed_streams_are_no_files(lw, yolo):
    done = subprocess.run(["bash", "-c", '"$@" <&- >&- 2>&-', "lw", LW, "import", "road", str(yolo)], env=lw.environment, check=False)
    assert done.returncode in (OK, FAILED)
    assert lw.json("verify")["count"] == 0
    done = subprocess.run(["bash", "-c", '"$@" <&-', "lw", LW, "import", "road", "-"], env=lw.environment, capture_output=True, text=True, check=False)
    assert done.returncode == FAILED and "stdin" in done.stderr, done.stderr


def voc(folder, *names):
    """A file an object, so that each brings its class."""
    folder.mkdir(exist_ok=True)
    for name in names:
        box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
        (folder / f"{name}.xml").write_text(f"<annotation><filename>{name}.png</filename><object><name>{name}</name>{box}</object></annotation>")
    return folder


@pytest.mark.parametrize("state, code", [("done", REFUSED), ("running", OK), ("cancelled", OK), ("failed", OK)])
def test_an_import_that_was_cut_short_goes_on(lw, tmp_path, state, code):
    """Its classes came one after the other: those that are still to come are no surprise. Of a project that was whole they are."""
    lw.run("import", "road", voc(tmp_path / "set", "bus", "car"))
    with sqlite3.connect(lw.store / "labelwright.db") as db:
        db.execute("update job set state = ?", [["waiting", "running", "done", "failed", "cancelled"].index(state)])
    db.close()
    report = lw.json("import", "road", voc(tmp_path / "set", "van"), code=code)
    assert report["labels"]["written"] == (code == OK) and (code or report["labels"]["matched"] == 2)
    if code == OK:  # and now it is whole
        lw.run("import", "road", voc(tmp_path / "set", "zebra"), code=REFUSED)


def test_an_import_of_nothing_makes_no_project(lw, tmp_path):
    (tmp_path / "cut.json").write_text('{"images": [{"id": 1, "file_name": "a.png"')
    lw.run("project", "create", "other")
    report = lw.json("import", "road", tmp_path / "cut.json", "--format", "coco", "--dataset", "new", code=FAILED)
    assert report["error"]["code"] == "invalid" and [row["name"] for row in lw.json("project", "list")["rows"]] == ["other"]
    assert lw.json("verify")["count"] == 0 and lw.json("job", "list")["rows"][0]["project"] == "road"
    with sqlite3.connect(lw.store / "labelwright.db") as db:
        left = [db.execute(f"select count(*) from {table}").fetchone()[0] for table in ("project", "ontology", "ontology_version", "dataset", "layer", "project_dataset")]
    db.close()
    assert left == [1] * 6, "what is of `other` alone is there"
    lw.run("import", "other", tmp_path / "cut.json", "--format", "coco", code=FAILED)
    assert [row["name"] for row in lw.json("project", "list")["rows"]] == ["other"], "a project that was there stays"


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_export_that_is_ended_leaves_nothing(lw, tmp_path, by):
    out = tmp_path / "out"
    out.mkdir()
    for i in range(4000):
        png(tmp_path / f"many/{i}.png", 8, 8, 0)
    lw.run("import", "many", tmp_path / "many")
    command = [LW, "export", "many", str(out / "set"), "--format", "coco", "--state", "all", "--json"]
    for _ in range(10):
        process = subprocess.Popen(command, env=lw.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while process.poll() is None and not [path for path in out.iterdir() if path.name.startswith(".")]:
            time.sleep(0.001)
        process.send_signal(by)
        process.communicate()
        if process.returncode:
            break
        shutil.rmtree(out / "set")  # it was quicker: once more
    assert process.returncode == FAILED and not list(out.iterdir())


def test_a_served_folder_is_an_import_like_any_other(lw, yolo):
    process = subprocess.Popen([LW, "serve", str(yolo), "--listen", "127.0.0.1:0"], env=lw.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    while "#secret=" not in process.stdout.readline():
        assert process.poll() is None
    [job] = lw.json("job", "list")["rows"]
    assert (job["kind"], job["state"], job["project"], job["report"]["items"]["added"]) == ("import", "done", "road", 3)
    lw.run("undo", "road", "--job", job["id"])
    assert lw.json("project", "show", "road")["items"] == 0
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    process.stdout.close()
