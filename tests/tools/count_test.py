"""tools/count: what each runner's log says, and that a bad end never passes."""

import subprocess
from pathlib import Path

import pytest

COUNT = Path(__file__).parents[2] / "tools" / "count"

TAP = "ok 1 - a\nnot ok 2 - b\n# not ok\nok 3 - c # SKIP no database\n1..3\n"
CASES = [
    ("tap", 0, "ok 1 - a\nok 2 - not ok at all\n1..2\n", "2 0 0"),
    ("tap", 1, TAP, "1 1 1"),
    ("tap", 139, "ok 1 - a\n", "1 1 0"),  # crashed half way
    ("pytest", 0, "..\n===== 2 passed, 1 skipped, 1 xfailed in 0.31s =====\n", "3 0 1"),
    ("pytest", 1, "2 failed, 120 passed, 3 deselected, 1 error in 75.10s (0:01:15)\n", "120 3 0"),
    ("pytest", 2, "E  ImportError: 3 passed\n", "0 1 0"),
    ("pytest", 5, "7 deselected in 0.10s\n", "0 0 0"),
    ("pytest", 5, "no tests ran in 0.10s\n", "0 1 0"),
    ("pytest", 124, "....", "0 1 0"),  # over its time
    ("node", 1, "ok 1 - file\n# tests 4\n# pass 2\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0\n", "2 1 1"),
    ("node", 0, "ℹ tests 2\nℹ pass 2\nℹ fail 0\n", "2 0 0"),
    ("one", 0, "", "1 0 0"),
    ("one", 1, "", "0 1 0"),
    ("build", 0, "", "0 0 0"),
    ("build", 1, "", "0 1 0"),
]


@pytest.mark.parametrize("kind, code, log, counts", CASES)
def test_counts(kind, code, log, counts):
    answer = subprocess.run([COUNT, kind, str(code)], input=log, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == counts
