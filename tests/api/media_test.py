"""The image decoder as a process beside the server: what happens to it is nobody else's trouble."""

import os
import signal
import threading
import time
from pathlib import Path

from conftest import PATIENCE, Api, Server, get
from pictures import png


def workers(server):
    """Processes whose parent is the server: {pid: state}."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue  # ended meanwhile
        if int(parent) == server.process.pid:
            found[int(stat.parent.name)] = state
    return found


def test_a_decoder_that_left_leaves_no_zombie(tmp_path):
    server = Server(tmp_path)
    api = Api(server)
    [item] = api.project("tidy", ["a.png"]).values()
    assert api.ann.get(f"/v1/items/{item}/thumbnail", params={"size": 40}).status_code == 200
    [worker] = workers(server)
    os.kill(worker, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while workers(server):
        assert time.monotonic() < end, workers(server)
        time.sleep(0.05)
    assert api.ann.get(f"/v1/items/{item}/thumbnail", params={"size": 41}).status_code == 200
    server.stop()


def test_decoders_killed_in_the_middle_of_requests(tmp_path):
    server = Server(tmp_path)
    api = Api(server)
    items = list(api.project("killed", [f"{i}.png" for i in range(20)]).values())
    answers, stop = [], threading.Event()

    def kill():
        while not stop.is_set():
            for worker in workers(server):
                try:
                    os.kill(worker, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    for size in range(100, 104):
        answers += [api.ann.get(f"/v1/items/{item}/thumbnail", params={"size": size}) for item in items]
    stop.set()
    killer.join()
    failed = [answer for answer in answers if answer.status_code != 200]
    assert all(answer.status_code in (400, 500) and "decode" in answer.text for answer in failed), failed[0].text
    assert get(api.ann, "/healthz")["status"] == "ok"
    assert all(api.ann.get(f"/v1/items/{item}/thumbnail", params={"size": 99}).content[:2] == b"\xff\xd8" for item in items)
    server.stop()
