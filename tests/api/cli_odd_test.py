"""The command line in odd hands: options in odd places, streams that are closed, words that are none, commands that must leave nothing behind."""

import json
import os
import subprocess

import pytest
from cli_test import FAILED, NOT_FOUND, OK, USAGE, Lw, lw, yolo  # noqa: F401 (fixtures)
from conftest import LW

pytestmark = pytest.mark.skipif(not os.access(LW, os.X_OK), reason="no lw is built")


@pytest.mark.parametrize("words", [("frobnicate",), ("improt", "p", "x"), ("help", "frobnicate"), ("project",), ("project", "lst"), ("import",), ("formats", "more"),
                                   ("log", "p", "--limit", "many"), ("serve", "--listen", "nonsense"), ("serve", "--base-url", "nonsense")])
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
