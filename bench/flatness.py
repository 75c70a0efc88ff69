#!/usr/bin/env python3
"""Whether requests cost the same in a small and in a large store.

bench/flatness.py make ITEMS > big.jsonl       a data set of about 10 boxes an item, for `lw import big big.jsonl`
bench/flatness.py ask PORT PROJECT PID [TIMES]   asks the server of that process (token in LW_TOKEN), one request after the other:
                                               p50 and p99 by the clock, and the server's own CPU time, in ms a request
"""
import http.client
import json
import os
import pathlib
import random
import sys
import time

STATES = ["done"] * 6 + ["waiting"] * 3 + ["skipped"]
SPLITS = ["train"] * 8 + ["val", "test"]


def box(i, k):
    return {"class": f"class {(i * 7 + k * k) % 80}", "box": [(i * 13 + k * 31) % 600 + 0.5, (i * 3 + k * 17) % 400, 40, 20.25 + k]}


def make(n_items):
    classes = [{"name": f"class {i}"} for i in range(80)] + [{"name": "rare"}]
    print(json.dumps({"labelwright": 1, "project": "big", "seq": 1, "ontology": {"classes": classes}}))
    for i in range(n_items):
        state = STATES[i // 3 % 10]
        labels = [box(i, k) for k in range(12)] if state != "waiting" or i % 2 else []
        if i % 50000 == 7:
            labels.append({"class": "rare", "box": [1, 2, 3, 4]})
        print(json.dumps({"item": f"batch{i // 10000:03}/img_{i:07}.jpg", "width": 640, "height": 480, "split": SPLITS[i % 10], "state": state, "labels": labels}))


def cpu_ms(pid):
    """What all threads of a process have used, in nanoseconds of the scheduler."""
    return sum(int(file.read_text().split()[0]) for file in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e6


def ask(port, project, pid, times):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    top, chance = f"/v1/projects/{project}", random.Random(1)

    def request(method, path, body=None, kind="application/json"):
        started = time.perf_counter()
        connection.request(method, path, body, {"Authorization": "Bearer " + os.environ["LW_TOKEN"], **({"Content-Type": kind} if body else {})})
        answer = connection.getresponse()
        data = answer.read()
        assert answer.status == 200, f"{path}: {answer.status} {data[:300]}"
        return (time.perf_counter() - started) * 1e3, data

    first = json.loads(request("GET", top + "/items?limit=1")[1])["rows"][0]["id"]
    n_items = json.loads(request("GET", top)[1])["items"]

    def item():
        return first + chance.randrange(n_items)

    def page(query=""):
        return "GET", f"{top}/items?limit=100&{query}"

    def later(query=""):
        return page(f"after={chance.randrange(n_items)}&{query}")

    def save():
        return "POST", top + "/labels", json.dumps({"op": "add", "item": item(), "class": "class 3", "box": [1, 2, 3, 4]}) + "\n", "application/x-ndjson"

    cases = {
        "list, first page": page,
        "list, later": later,
        "of a state, later": lambda: later("state=waiting"),
        "of a split, later": lambda: later("split=test"),
        "of a class, first": lambda: page("class=class%207"),
        "of a class, later": lambda: later("class=class%207"),
        "of a rare class": lambda: page("class=rare"),
        "of class and state": lambda: page("class=class%207&state=skipped"),
        "of split and state": lambda: page("split=test&state=waiting"),
        "a text in names": lambda: page("text=batch000"),
        "a text in no name": lambda: page("text=zzz"),
        "an item's labels": lambda: ("GET", f"{top}/items/{item()}/labels"),
        "project": lambda: ("GET", top),
        "counts": lambda: ("GET", top + "/stats"),
        "log": lambda: ("GET", top + "/log?limit=50"),
        "next task": lambda: ("POST", top + "/next", "{}"),
        "one save": save,
    }
    for name, case in cases.items():
        before = cpu_ms(pid)
        taken = sorted(request(*case())[0] for _ in range(times))
        used = (cpu_ms(pid) - before) / times
        print(f"{name:20} p50 {taken[times // 2]:7.2f}  p99 {taken[max(0, times * 99 // 100 - 1)]:7.2f}  CPU {used:6.2f} ms")


def main():
    match sys.argv[1:]:
        case ["make", n_items]:
            make(int(n_items))
        case ["ask", port, project, pid, *times]:
            ask(int(port), project, int(pid), int(times[0]) if times else 100)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
