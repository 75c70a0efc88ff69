"""kill -9 under load: every label that was acknowledged is there once after a plain start, and the counts are those of the labels.

Three rounds with eight writers; LW_CRASH_ROUNDS and LW_CRASH_WRITERS ask for more."""

import os
import subprocess
import threading
import time

import httpx
from conftest import LW, PATIENCE, Api, Server, apply, get, lines

ROUNDS, WRITERS = int(os.environ.get("LW_CRASH_ROUNDS", "3")), int(os.environ.get("LW_CRASH_WRITERS", "8"))


class Writer:
    """Adds boxes and removes every fifth. A box's x is a number that no other has, so a lost or doubled one shows."""

    def __init__(self, number, item):
        self.number, self.item, self.n = number, item, 0
        self.there, self.removed = {}, set()  # id: x
        self.pending = None  # what was sent and not acknowledged, with its key
        self.error = None

    def send(self, client):
        operation, key = self.pending
        answer = apply(client, "load", operation, key=key)
        if answer.status_code != 200:
            raise AssertionError(answer.text)
        made = lines(answer)[0]
        if operation["op"] == "add":
            self.there[made["id"]] = operation["box"][0]
        else:
            del self.there[operation["id"]]
            self.removed.add(operation["id"])
        self.pending = None
        return made

    def begin(self, operation):
        self.n += 1
        self.pending = operation, f"{self.number}-{self.n}"

    def run(self, url, headers):
        try:
            with httpx.Client(base_url=url, timeout=PATIENCE, headers=headers) as client:
                while True:
                    self.begin({"op": "add", "item": self.item, "class": "car", "box": [self.n * WRITERS + self.number, 2, 3, 4]})
                    made = self.send(client)
                    if self.n % 5 == 4:
                        self.begin({"op": "remove", "id": made["id"], "was": made["seq"]})
                        self.send(client)
        except httpx.TransportError:
            pass
        except AssertionError as error:
            self.error = error


def counted(api, items):
    rows = get(api.socket, "/v1/projects/load/labels", items=",".join(map(str, items)))["rows"]
    return {label["id"]: label["box"][0] for row in rows for label in row["labels"]}


def check_counts(api, n_labels):
    stats = get(api.socket, "/v1/projects/load/stats")
    for part in ("classes", "layers", "people"):
        assert sum(row["labels"] for row in stats[part]) == n_labels, part
    assert get(api.socket, "/v1/projects/load")["labels"] == n_labels
    assert sum(row["labels"] for row in get(api.socket, "/v1/projects/load/items", limit=1000)["rows"]) == n_labels
    api.verify()


def kill_under_load(server, api, writers):
    threads = [threading.Thread(target=writer.run, args=(server.url, dict(api.token.headers))) for writer in writers]
    before = sum(writer.n for writer in writers)
    for thread in threads:
        thread.start()
    while sum(writer.n for writer in writers) < before + 150 and any(thread.is_alive() for thread in threads):
        time.sleep(0.01)
    server.kill()
    for thread in threads:
        thread.join()
    assert not [writer.error for writer in writers if writer.error]


def test_kill_nine(tmp_path):
    server = Server(tmp_path)
    api = Api(server)
    items = list(api.project("load", [f"{i}.png" for i in range(WRITERS)]).values())
    writers = [Writer(number, item) for number, item in enumerate(items)]
    for _ in range(ROUNDS):
        kill_under_load(server, api, writers)
        server.start()
        api.socket = server.local()
        found = counted(api, items)
        for writer in writers:
            assert all(found.get(number) == x for number, x in writer.there.items() if writer.pending is None or number != writer.pending[0].get("id")), "lost"
            assert not writer.removed & set(found), "removed, and back"
        with httpx.Client(base_url=server.url, timeout=PATIENCE, headers=dict(api.token.headers)) as client:
            for writer in writers:  # what was not acknowledged is sent again, as the browser's journal does
                if writer.pending:
                    writer.send(client)
        found = counted(api, items)
        assert found == {number: x for writer in writers for number, x in writer.there.items()}, "lost or doubled"
        check_counts(api, len(found))
    log = get(api.socket, "/v1/projects/load/log", limit=1000)["rows"]
    assert [row["seq"] for row in log] == list(range(log[0]["seq"], log[-1]["seq"] - 1, -1))  # without gaps
    server.stop()
    assert subprocess.run([LW, "verify", "--store", server.store], capture_output=True, check=False).returncode == 0
