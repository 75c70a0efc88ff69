#!/usr/bin/env python3
"""What a label costs in each shape of its row that docs/decisions/0001-label-row.md weighs: bytes on disk, and microseconds to read an item.

usage: bench/label_row.py [ITEMS]    20 polygons of 29 points an item; on two fifths of the items they come in four rounds, as a team at work adds them.
The schema is that of sql/, changed as each line says. The database lies in a temporary folder; nothing else is touched.
"""

import math
import random
import re
import sqlite3
import struct
import sys
import tempfile
import time
from pathlib import Path

SCHEMA = "".join(path.read_text() for path in sorted((Path(__file__).parents[1] / "sql").glob("*.sql")))
TYPES = {"int": "integer", "real": "real", "text": "text", "blob": "blob", "table": "strict", "clustered": "strict, without rowid", ", id": ""}
LABELS, POINTS, ROUNDS, READS = 20, 29, 4, 2000
COLUMNS = "id, project_id, layer_id, class_id, kind, seq_from, user_id, x, y, w, h, area, n_points, geometry"


def outline(rng):
    x, y, r = rng.uniform(100, 1800), rng.uniform(100, 900), rng.uniform(10, 90)
    turns = [2 * math.pi * i / POINTS for i in range(POINTS)]
    return [(round(x + r * rng.uniform(0.8, 1.2) * math.cos(t), 2), round(y + r * rng.uniform(0.8, 1.2) * math.sin(t), 2)) for t in turns]


def wkb(points):
    ring = points + points[:1]
    return struct.pack("<BIII", 1, 3, 1, len(ring)) + b"".join(struct.pack("<dd", *p) for p in ring)


def varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out) + bytes([n])


def twkb(points):
    out, last = bytearray([3 | 4 << 4, 0]) + varint(1) + varint(len(points)), [0, 0]
    for point in points:
        for axis, value in enumerate(point):
            n = round(value * 100)
            d, last[axis] = n - last[axis], n
            out += varint(d << 1 if d >= 0 else -d * 2 - 1)
    return bytes(out)


def rows(n_items, geometries, is_packed):
    """Three fifths of the items in bulk, item by item; then the rest, in rounds over all of them."""
    rng = random.Random(1)
    bulk = n_items * 3 // 5
    order = [item for item in range(1, bulk + 1) for _ in range(LABELS)]
    order += [item for _ in range(ROUNDS) for item in range(bulk + 1, n_items + 1) for _ in range(LABELS // ROUNDS)]
    serial = [0] * (n_items + 1)
    for i, item in enumerate(order):
        serial[item] += 1
        geometry, (x, y, w, h) = rng.choice(geometries)
        yield (item << 25 | serial[item] if is_packed else i + 1, 1, 1, rng.randrange(1, 81), 3, 1 + i // 20, 3, x, y, w, h, w * h * 0.8, POINTS, geometry, item, i // 20)


def measure(folder, n_items, geometries, is_packed=True, extra="", logs_items=True):
    db = sqlite3.connect(Path(folder) / f"{time.monotonic_ns()}.db")
    db.executescript("pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16384;")
    db.executescript(re.sub(r"<(\w+|, id)>", lambda m: TYPES[m[1]], SCHEMA))
    item_column = "" if is_packed else ", item_id"
    if not is_packed:
        db.executescript("alter table label add column item_id integer not null default 0;")
    db.executescript(extra)
    made = list(rows(n_items, geometries, is_packed))
    n_values = 14 + (not is_packed)
    started = time.process_time()
    for at in range(0, len(made), 5000):
        part = made[at : at + 5000]
        db.executemany(f"insert into label ({COLUMNS}{item_column}) values ({', '.join('?' * n_values)})", [row[:n_values] for row in part])
        if logs_items:
            db.executemany("insert or ignore into commit_item values (1, ?, ?)", [(row[5], row[14]) for row in part])
        db.commit()
    written = (time.process_time() - started) / len(made)
    db.execute("pragma wal_checkpoint(truncate)")
    used = db.execute("pragma page_count").fetchone()[0] * db.execute("pragma page_size").fetchone()[0] / len(made)
    db.close()
    return used, written * 1e6, db_reads(folder, n_items, is_packed)


def db_reads(folder, n_items, is_packed):
    """The median over items that were labelled in rounds: cold for SQLite's cache of 4 MB, warm for the system's."""
    db = sqlite3.connect(max(Path(folder).glob("*.db"), key=lambda path: int(path.stem)))
    db.executescript("pragma cache_size = -4096; pragma query_only = 1;")
    where = "id between ? and ?" if is_packed else "item_id = ?"
    rng, times = random.Random(2), []
    for _ in range(READS):
        item = rng.randrange(n_items * 3 // 5 + 1, n_items + 1)
        params = (item << 25, (item + 1 << 25) - 1) if is_packed else (item,)
        started = time.perf_counter()
        found = db.execute(f"select * from label where {where} order by id", params).fetchall()
        times.append(time.perf_counter() - started)
        assert len(found) == LABELS
    return sorted(times)[READS // 2] * 1e6


def main():
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    rng = random.Random(0)
    outlines = [outline(rng) for _ in range(500)]
    bounds = [(min(x for x, _ in p), min(y for _, y in p), max(x for x, _ in p) - min(x for x, _ in p), max(y for _, y in p) - min(y for _, y in p)) for p in outlines]
    small = list(zip(map(twkb, outlines), bounds))
    large = list(zip(map(wkb, outlines), bounds))
    print(f"{n_items} items, {LABELS} polygons of {POINTS} points each; TWKB {sum(len(g) for g, _ in small) / len(small):.0f} bytes a polygon, WKB {len(large[0][0])}")
    by_seq = "create index label_seq on label (project_id, seq_from);"
    by_item = "create index label_item on label (item_id, id);"
    shapes = {
        "as it is": dict(geometries=small),
        "geometry as WKB": dict(geometries=large),
        "index on seq_from, no commit_item": dict(geometries=small, extra=by_seq, logs_items=False),
        "serial id, index on item_id": dict(geometries=small, is_packed=False, extra=by_item),
        "index on project, layer, class": dict(geometries=small, extra="drop index label_class; create index label_class on label (project_id, layer_id, class_id);"),
        "without the class index": dict(geometries=small, extra="drop index label_class;"),
    }
    print(f"{'':36}{'bytes a label':>14}{'write, µs CPU':>15}{'read item, µs':>15}")
    for name, shape in shapes.items():
        with tempfile.TemporaryDirectory() as folder:
            used, written, read = measure(folder, n_items, **shape)
        print(f"{name:36}{used:14.0f}{written:15.1f}{read:15.1f}", flush=True)


if __name__ == "__main__":
    main()
