"""A server on a free port over a fresh store, and clients of every kind. The binary is $LW_BIN, else build/lw."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from contract import Contract
from pictures import png

LW = os.environ.get("LW_BIN") or str(Path(__file__).parents[2] / "build" / "lw")
PATIENCE = 120.0  # seconds: a busy machine, a sanitizer's build

ONTOLOGY = {
    "classes": [
        {"name": "car", "kinds": ["box", "polygon"], "attributes": [{"name": "colour", "type": "one", "options": ["red", "blue"]}]},
        {"name": "dog", "kinds": ["box"]},
        {"name": "cat", "kinds": ["box"]},
    ],
    "item": [{"name": "weather", "type": "one", "options": ["sun", "rain"]}],
}


class Server:
    """One store and the process that serves it."""

    described = None  # the contract that every answer is held against

    def __init__(self, folder, *options):
        self.store = Path(folder) / "store"
        self.log_path = Path(folder) / "log"
        self.options = options
        self.clients = []
        self.secret = None
        self.process = None
        self.start()

    def contract(self):
        if not Server.described:
            Server.described = Contract(httpx.get(f"{self.url}/v1/openapi.json", timeout=PATIENCE).json())
        return Server.described

    def start(self):
        command = [LW, "serve", "--store", str(self.store), "--listen", "127.0.0.1:0", "--no-demo", *map(str, self.options)]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        printed = b""
        while not (link := re.search(rb"(http://127\.0\.0\.1:\d+)/#secret=(\S+)", printed)):
            line = self.process.stdout.readline()
            assert line, f"lw serve ended with {self.process.wait()}: {printed!r} {self.log()[-2000:]}"
            printed += line
        self.url, self.secret = link[1].decode(), link[2].decode()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def stop(self):
        for client in self.clients:
            client.close()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        assert code == 0, self.log()[-4000:]

    def kill(self):
        for client in self.clients:
            client.close()
        self.clients = []
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def client(self, **more):
        made = httpx.Client(base_url=self.url, timeout=PATIENCE, event_hooks={"response": [self.contract().hook]}, **more)
        self.clients.append(made)
        return made

    def local(self):
        """The unix socket: who may open it is the owner."""
        made = httpx.Client(base_url="http://localhost", timeout=PATIENCE, transport=httpx.HTTPTransport(uds=str(self.store / "lw.sock")),
                            event_hooks={"response": [self.contract().hook]})
        self.clients.append(made)
        return made

    def sign_in(self, secret):
        made = self.client()
        answer = made.post("/v1/session", json={"secret": secret})
        assert answer.status_code == 200, answer.text
        return made


class Api:
    """A server with one client of each kind."""

    def __init__(self, server):
        self.server = server
        self.owner = server.sign_in(server.secret)
        self.socket = server.local()
        self.anonymous = server.client()
        self.ann, self.bo = self.annotator("Ann"), self.annotator("Bo")
        token = self.owner.post("/v1/tokens", json={"name": "tests"})
        assert token.status_code == 201, token.text
        self.secret_token = token.json()["token"]
        self.token = server.client(headers={"Authorization": f"Bearer {self.secret_token}"})

    def annotator(self, name):
        made = self.owner.post("/v1/users", json={"name": name, "role": "annotator"})
        assert made.status_code == 201, made.text
        return self.server.sign_in(made.json()["secret"])

    def project(self, name, files=(), ontology=ONTOLOGY):
        """A project with pictures; answers their ids by name, in order."""
        made = self.owner.post("/v1/projects", json={"name": name, "ontology": ontology})
        assert made.status_code == 201, made.text
        if files:
            job = self.upload(name, {file: png(i) for i, file in enumerate(files)})
            assert job["state"] == "done", job.get("error") or job
        return self.items(name)

    def items(self, project, **query):
        """All pages."""
        found, after = {}, None
        while True:
            page = get(self.owner, f"/v1/projects/{project}/items", limit=25, **query, **({"after": after} if after else {}))
            found.update({row["name"]: row["id"] for row in page["rows"]})
            after = page["next"]
            if not after:
                return found

    def upload(self, project, files, **options):
        upload = self.owner.post("/v1/uploads").json()["id"]
        for path, data in files.items():
            answer = self.owner.put(f"/v1/uploads/{upload}/files", params={"path": path}, content=data)
            assert answer.status_code == 200, answer.text
        return self.imported(project, upload=upload, **options)

    def imported(self, project, client=None, **options):
        answer = (client or self.owner).post(f"/v1/projects/{project}/imports", json=options)
        assert answer.status_code in (200, 201, 202), answer.text
        return self.job(answer.json()["id"])

    def job(self, number, client=None):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            job = get(client or self.owner, f"/v1/jobs/{number}")
            if job["state"] not in ("waiting", "running"):
                return job
            time.sleep(0.02)
        raise AssertionError(f"job {number} does not end: {job}")

    def verify(self):
        """What lw verify would find: nothing."""
        socket = self.server.local()
        job = self.job(socket.post("/v1/verify").json()["id"], socket)
        assert job["state"] == "done" and job["result"]["problems"] == [], job

    def labels(self, project, item):
        return get(self.owner, f"/v1/projects/{project}/items/{item}/labels")["labels"]


def get(client, path, **query):
    answer = client.get(path, params=query)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
    return answer.json()


def fails(answer, status, code):
    """The error of an answer that must fail like this."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    error = answer.json()["error"]
    assert error["code"] == code and error["message"], error
    return error


def apply(client, project, *operations, key=None, partial=False):
    return client.post(f"/v1/projects/{project}/labels", json=list(operations), params={"partial": "true"} if partial else {},
                       headers={"Idempotency-Key": key} if key else {})


def lines(answer):
    import json

    return [json.loads(line) for line in answer.text.splitlines()]


def add(client, project, item, **label):
    """Adds one label (a box of a car, if nothing is said) and answers it as {"id", "seq"}."""
    answer = apply(client, project, {"op": "add", "item": item, "class": "car", "box": [1, 2, 10, 8]} | label)
    assert answer.status_code == 200, answer.text
    return lines(answer)[0]


@pytest.fixture(scope="session")
def api(tmp_path_factory):
    """One server for all tests that end nothing: each makes a project of its own."""
    root = tmp_path_factory.mktemp("root")
    server = Server(tmp_path_factory.mktemp("served"), "--root", root)
    made = Api(server)
    made.root = root
    yield made
    server.stop()


@pytest.fixture
def project(request, api):
    """The name of a fresh project without items."""
    name = re.sub(r"\W+", "-", request.node.name).strip("-")[:100]
    api.project(name)
    return name
