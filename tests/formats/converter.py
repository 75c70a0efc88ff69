"""Runs `lw convert`, and reads what it wrote."""

import json
import os
import subprocess
from pathlib import Path

import pytest

LW = os.environ.get("LW_BIN", Path(__file__).parents[2] / "build" / "lw")
SHARED = Path(os.environ.get("LW_SHARED", Path(__file__).parents[2].parent / "shared"))


def sample(name):
    folder = SHARED / "samples" / name
    if not folder.exists():
        pytest.skip(f"needs {folder}")
    return folder


def manifest(*formats):
    """(folder, images, annotations) of each sample of these formats; nothing where there are no samples."""
    table = SHARED / "samples" / "manifest.tsv"
    rows = [line.split("\t") for line in table.read_text().splitlines()[1:]] if table.exists() else []
    return [(row[1], int(row[5]), int(row[6])) for row in rows if row[0] in formats and row[6].isdigit()]


def convert(source, target, *options, code=0):
    done = subprocess.run([LW, "convert", source, target, "--json", *options], capture_output=True, text=True)
    assert done.returncode in (code if isinstance(code, tuple) else (code,)), done.stdout + done.stderr
    return json.loads(done.stdout)


def items_of(path):
    """A jsonl file's items by name, with what is not of the labels left away."""
    lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
    assert lines[0]["labelwright"] == 1
    return {line["item"]: line for line in lines[1:]}


def issues_of(report):
    return {issue["code"]: issue["count"] for issue in report["issues"]}
