#!/usr/bin/env python3
"""The same work asked of Labelwright and of Label Studio, each as it comes, by the same clients in Python: bench/label_studio.py LW LABEL-STUDIO FOLDER

10,000 images without files, ten boxes on each: all of them in, a page of a hundred, one box saved by 1, 8 and 64 people at once, all of it out.
LW and LABEL-STUDIO are the two programs; FOLDER takes what they store. Prints rows of a table.
"""
import contextlib
import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

N_ITEMS, N_BOXES, SECONDS = 10_000, 10, 10
TOKEN = "0123456789abcdef0123456789abcdef01234567"  # of a Label Studio that lives for a minute
CONFIG = '<View><Image name="image" value="$image"/><RectangleLabels name="label" toName="image"><Label value="car"/></RectangleLabels></View>'


class Client:
    """One keep-alive connection that speaks JSON, as somebody."""

    def __init__(self, port, authorization):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.headers = {"Authorization": authorization, "Content-Type": "application/json"}

    def ask(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise ConnectionError(f"{method} {path}: {answer.status} {data[:200]!r}")
        return data


class Labelwright:
    def __init__(self, lw, folder):
        self.store = folder / "store"
        command = [lw, "serve", "--store", self.store, "--listen", "127.0.0.1:0", "--no-demo"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = next(int(found[0]) for line in self.process.stdout if (found := re.findall(r":(\d+)/#secret", line)))
        said = subprocess.run([lw, "token", "create", "bench", "--store", self.store, "--json"], capture_output=True, check=True).stdout
        self.authorization = "Bearer " + json.loads(said)["token"]
        self.lw, self.folder = lw, folder

    def bring_in(self):
        box = {"class": "car", "box": [64, 48, 128, 96]}
        with (self.folder / "cars.jsonl").open("w") as out:
            print(json.dumps({"labelwright": 1, "project": "cars", "seq": 0, "ontology": {"classes": [{"name": "car"}]}}), file=out)
            for i in range(N_ITEMS):
                print(json.dumps({"item": f"{i}.jpg", "width": 640, "height": 480, "labels": [box] * N_BOXES}), file=out)
        subprocess.run([self.lw, "import", "cars", self.folder / "cars.jsonl", "--store", self.store, "--json"], stdout=subprocess.DEVNULL, check=True)
        rows = json.loads(Client(self.port, self.authorization).ask("GET", "/v1/projects/cars/items?limit=100"))["rows"]
        self.items = [row["id"] for row in rows]

    def save(self, client, i):
        client.ask("POST", "/v1/projects/cars/labels", [{"op": "add", "item": self.items[i % 100], "class": "car", "box": [1, 2, 30, 40]}])

    page, export = "/v1/projects/cars/items?limit=100", "/v1/projects/cars/export?format=jsonl"


class LabelStudio:
    def __init__(self, program, folder):
        with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as found:
            self.port = found.getsockname()[1]
        environment = {**os.environ, "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true", "COLLECT_ANALYTICS": "false"}
        command = [program, "start", "--no-browser", "--port", str(self.port), "--data-dir", folder / "label-studio", "--log-level", "ERROR"]
        command += ["--username", "a@b.co", "--password", "only-for-a-minute-1", "--user-token", TOKEN]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.authorization = "Token " + TOKEN
        for _ in range(600):
            with contextlib.suppress(OSError):
                Client(self.port, self.authorization).ask("GET", "/health")
                return
            time.sleep(0.5)
        sys.exit("Label Studio does not answer")

    def bring_in(self):
        ask = Client(self.port, self.authorization).ask
        self.project = json.loads(ask("POST", "/api/projects", {"title": "cars", "label_config": CONFIG}))["id"]
        self.page, self.export = f"/api/tasks?project={self.project}&page_size=100", f"/api/projects/{self.project}/export?exportType=JSON"
        value = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": ["car"]}
        box = {"from_name": "label", "to_name": "image", "type": "rectanglelabels", "value": value}
        tasks = [{"data": {"image": f"/{i}.jpg"}, "annotations": [{"result": [box] * N_BOXES}]} for i in range(N_ITEMS)]
        ask("POST", f"/api/projects/{self.project}/import", tasks)
        self.items = [task["id"] for task in json.loads(ask("GET", self.page))["tasks"]]
        self.box = box

    def save(self, client, i):
        client.ask("POST", f"/api/tasks/{self.items[i % 100]}/annotations/", {"result": [self.box]})


def timed(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def saves(server, n_clients):
    """What n people get who each send a box, wait for the answer, and send the next; each failure is counted."""
    taken, failed, until = [], [], time.perf_counter() + SECONDS

    def one(number):
        client = Client(server.port, server.authorization)
        while time.perf_counter() < until:
            try:
                taken.append(timed(lambda: server.save(client, number)))
            except (OSError, http.client.HTTPException) as error:
                failed.append(error)
                client = Client(server.port, server.authorization)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(n_clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ranked = sorted(taken) or [float("nan")]
    said = f"{len(taken) / max(SECONDS, max(ranked)):.0f}/s, p50 {ranked[len(ranked) // 2] * 1e3:.0f} ms, p99 {ranked[len(ranked) * 99 // 100] * 1e3:.0f} ms"
    return said + (f", {len(failed)} failed" if failed else "")


def memory(server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return f"{int(status.split('VmRSS:')[1].split()[0]) / 1024:.0f} MB"


def measure(kind, program, folder):
    figures = {}
    started = time.perf_counter()
    server = kind(program, folder)
    figures["first start, until it answers"] = f"{time.perf_counter() - started:.2f} s"
    try:
        figures["memory when idle"] = memory(server)
        figures[f"{N_ITEMS:,} images with {N_BOXES} boxes each in"] = f"{timed(server.bring_in):.2f} s"
        client = Client(server.port, server.authorization)
        figures["a page of 100"] = f"{statistics.median(timed(lambda: client.ask('GET', server.page)) for _ in range(20)) * 1e3:.1f} ms"
        for n in (1, 8, 64):
            figures[f"one box saved, {n} at once"] = saves(server, n)
        figures["all of it out as JSON"] = f"{timed(lambda: client.ask('GET', server.export)):.2f} s"
    finally:
        server.process.terminate()
        server.process.wait(60)
    return figures


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    lw, label_studio, folder = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    ours, theirs = measure(Labelwright, lw, folder), measure(LabelStudio, label_studio, folder)
    for what, figure in ours.items():
        print(f"| {what} | {figure} | Label Studio: {theirs[what]} | |")


if __name__ == "__main__":
    main()
