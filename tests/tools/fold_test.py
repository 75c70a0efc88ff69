"""base/fold_table.h against Python's own Unicode data: what letters with accents are made of, and which are capitals."""

import re
import unicodedata
from pathlib import Path

TABLE = (Path(__file__).parents[2] / "src" / "base" / "fold_table.h").read_text()


def rows(n_numbers):
    return [tuple(int(number, 0) for number in row) for row in re.findall(r"\{" + ",".join([r"\s*(-?\w+)"] * n_numbers) + r"\}", TABLE)]


def test_parts():
    wanted = []
    for code in range(0x80, 0x10000):
        parts = unicodedata.decomposition(chr(code)).split()
        if parts and not parts[0].startswith("<") and not 0xF900 <= code <= 0xFAFF:
            wanted.append((code, int(parts[0], 16), int(parts[1], 16) if len(parts) > 1 else 0))
    assert rows(3) == wanted and len(wanted) > 1000


def test_capitals():
    found = {code: code + small for first, last, small, step in rows(4) for code in range(first, last + 1, step)}
    for code in range(0x80, 0x10000):
        small = chr(code).lower()
        if not unicodedata.decomposition(chr(code)):
            assert chr(found.pop(code, code)) == (small if len(small) == 1 and unicodedata.category(chr(code)) != "Cn" else chr(code)), hex(code)
    assert not found
