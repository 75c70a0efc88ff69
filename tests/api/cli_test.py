"""The command line against the real binary: exit codes, --json, and what it does to a store; in process and through a server's socket."""

import json
import os
import re
import signal
import struct
import subprocess
import time
import zlib
from pathlib import Path

import httpx
import pytest
from conftest import LW, PATIENCE

pytestmark = pytest.mark.skipif(not os.access(LW, os.X_OK), reason="no lw is built")

OK, FAILED, USAGE, NOT_FOUND, CONFLICT, REFUSED, PARTIAL = 0, 1, 2, 3, 4, 5, 8


def png(path, width, height, grey):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    path.parent.mkdir(parents=True, exist_ok=True)
    rows = (b"\0" + bytes([grey]) * width) * height
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
                     chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Lw:
    """Runs lw on one store."""

    def __init__(self, store):
        self.store = store
        self.environment = {**os.environ, "LW_STORE": str(store)}
        self.environment.pop("LW_TOKEN", None)

    def run(self, *words, stdin="", code=OK):
        done = subprocess.run([LW, *map(str, words)], input=stdin, capture_output=True, text=True, timeout=PATIENCE, env=self.environment, check=False)
        assert done.returncode == code, f"lw {words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        if code not in (OK, PARTIAL):
            assert done.stderr.startswith("lw: ")
        return done

    def json(self, *words, **more):
        """The one document on stdout: json.loads refuses anything before or behind it."""
        return json.loads(self.run(*words, "--json", **more).stdout)


@pytest.fixture
def lw(tmp_path):
    return Lw(tmp_path / "store")


@pytest.fixture
def yolo(tmp_path):
    """Three images; the last has no objects."""
    folder = tmp_path / "road"
    for i in range(3):
        png(folder / f"images/train/{i}.png", 64, 48, 40 * i)
        label = folder / f"labels/train/{i}.txt"
        label.parent.mkdir(parents=True, exist_ok=True)
        label.write_text("0 0.5 0.5 0.25 0.25\n" * (i < 2))
    (folder / "data.yaml").write_text("path: .\ntrain: images/train\nval: images/train\nnames: [car]\n")
    return folder


@pytest.fixture
def server(lw):
    process = subprocess.Popen([LW, "serve", "--no-demo", "--listen", "127.0.0.1:0"], env=lw.environment, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    lines = iter(process.stdout.readline, "")
    lw.link = next(line.strip() for line in lines if "#secret=" in line)
    deadline = time.monotonic() + PATIENCE
    while not (lw.store / "lw.sock").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    yield lw
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


# --- words and options


@pytest.mark.quick
def test_help_names_every_verb_and_each_verb_has_help(lw):
    text = lw.run("help").stdout
    for verb in "serve demo import export formats apply project ontology log undo user token job backup restore verify version".split():
        assert f"  lw {verb}" in text
        told = lw.run("help", verb).stdout
        assert told.startswith(f"lw {verb}")
        for example in re.findall(r"^    lw (.*)$", told.partition("For example:")[2], re.M):  # of options that there are
            assert example.split()[0] == verb and all(f"      {word} " in told for word in example.split() if word.startswith("--")), example
        assert "For example:" in told or verb in ("formats", "verify", "version")
        assert lw.run(verb, "--help").stdout == lw.run("help", verb).stdout
    assert "CVAT" in text and "Label Studio" in text
    assert lw.run("--help").stdout == text
    assert lw.run("--json", "version").stdout == lw.run("version", "--json").stdout
    assert "no option --sort" in lw.run("--store", "a", "--json", "project", "list", "--sort", "x", code=USAGE).stderr
    assert not re.search(r"^  lw (query|watch|snapshot|diff|train) ", text, re.M)  # not before they work
    assert not lw.store.exists()


@pytest.mark.quick
@pytest.mark.parametrize(("words", "names"), [
    (["frobnicate"], "frobnicate"),
    (["impotr", "a", "b"], "did you mean import?"),
    (["exprot"], "did you mean export?"),
    (["project", "lst"], "did you mean list?"),
    (["import", "road", "x", "--add-clases"], "did you mean --add-classes?"),
    (["import", "road", "x", "--jsn"], "did you mean --json?"),
    (["help", "frobnicate"], "frobnicate"),
    (["import", "road", "x", "--frobnicate"], "--frobnicate"),
    (["import", "road"], "SOURCE"),
    (["import", "road", "x", "--format"], "--format"),
    (["import", "road", "x", "--copy=yes"], "--copy"),
    (["import", "road", "x", "--link", "--copy"], "--copy"),
    (["export", "road", "x"], "--format"),
    (["project"], "list"),
    (["project", "frobnicate"], "frobnicate"),
    (["project", "show"], "PROJECT"),
    (["project", "show", "a", "b"], "'b'"),
    (["log", "road", "--limit", "many"], "--limit"),
    (["log", "road", "--limit", "0"], "--limit"),
    (["undo", "road"], "--job"),
    (["undo", "road", "one"], "'one'"),
    (["project", "list", "--store", "a", "--server", "http://b"], "--server"),
])
def test_usage_errors_name_what_is_wrong(lw, words, names):
    done = lw.run(*words, code=USAGE)
    assert names in done.stderr
    assert done.stdout == ""
    assert not lw.store.exists()


@pytest.mark.quick
def test_without_words_help_goes_to_stderr(lw):
    done = subprocess.run([LW], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == USAGE
    assert done.stdout == "" and "lw import" in done.stderr


@pytest.mark.quick
def test_usage_error_as_json(lw):
    error = lw.json("import", "road", "x", "--frobnicate", code=USAGE)["error"]
    assert error["code"] == "usage" and "--frobnicate" in error["message"]


def test_version_and_formats_need_no_store(lw):
    version = lw.json("version")["version"]
    assert lw.run("version").stdout == f"labelwright {version}\n" == lw.run("--version").stdout
    rows = lw.json("formats")["rows"]
    assert {"jsonl", "yolo"} <= {row["name"] for row in rows}
    assert not lw.store.exists()


@pytest.mark.quick
@pytest.mark.parametrize("words", [
    ["project", "list"], ["project", "show", "road"], ["project", "rename", "road", "street"], ["ontology", "show", "road"], ["log", "road"],
    ["user", "list"], ["token", "list"], ["job", "list"], ["undo", "road", "1"], ["export", "road", "out", "--format", "yolo"],
])
def test_a_missing_store_is_not_made(lw, words):
    assert lw.json(*words, code=NOT_FOUND)["error"]["code"] == "not-found"
    assert not lw.store.exists()


def test_where_the_store_is(tmp_path):
    lw = Lw("")
    del lw.environment["LW_STORE"]
    lw.environment["XDG_DATA_HOME"] = str(tmp_path / "data")
    lw.run("project", "create", "road")
    assert (tmp_path / "data/labelwright").is_dir()
    lw.environment["LW_STORE"] = str(tmp_path / "variable")
    lw.run("project", "create", "road")
    assert (tmp_path / "variable").is_dir()
    lw.run("project", "create", "road", f"--store={tmp_path / 'option'}")
    assert (tmp_path / "option").is_dir()


# --- resources


@pytest.mark.quick
def test_project_from_birth_to_bin(lw):
    made = lw.json("project", "create", "road")
    assert made["name"] == "road" and made["items"] == 0
    assert lw.json("project", "create", "road", code=CONFLICT)["error"]["code"] == "conflict"
    lw.run("project", "rename", "road", "Straße / Süd")
    assert [row["name"] for row in lw.json("project", "list")["rows"]] == ["Straße / Süd"]
    assert lw.json("project", "show", "Straße / Süd")["id"] == made["id"]
    lw.run("project", "show", "road", code=NOT_FOUND)
    assert lw.json("project", "archive", "Straße / Süd")["archived"] is True
    assert lw.json("project", "archive", "Straße / Süd", "--back")["archived"] is False
    assert lw.json("project", "remove", "Straße / Süd") == {"id": made["id"]}
    assert lw.json("project", "list")["rows"] == []
    assert [row["id"] for row in lw.json("project", "list", "--removed")["rows"]] == [made["id"]]
    assert lw.json("project", "restore", made["id"])["removed"] is False
    lw.run("project", "remove", made["id"])
    assert lw.json("project", "restore", "Straße / Süd")["removed"] is False
    assert "Straße / Süd" in lw.run("project", "list").stdout


def test_ontology_round_trip(lw, tmp_path):
    file = tmp_path / "ontology.json"
    file.write_text(json.dumps({"classes": [{"name": "car", "kinds": ["box"]}]}))
    lw.run("project", "create", "road", "--ontology", file)
    shown = lw.json("ontology", "show", "road")
    assert [c["name"] for c in shown["classes"]] == ["car"]
    lw.run("ontology", "show", "road", file)
    wanted = json.loads(file.read_text())
    assert wanted == shown
    wanted["classes"].append({"name": "bus"})
    file.write_text(json.dumps(wanted))
    lw.run("ontology", "check", "road", file)
    assert lw.json("ontology", "show", "road") == shown
    assert lw.json("ontology", "set", "road", file)["version"] == shown["version"] + 1
    assert lw.json("ontology", "set", "road", file, code=CONFLICT)["error"]["code"] == "conflict"
    del wanted["version"]
    wanted["classes"].append({"name": "van"})
    saved = lw.json("ontology", "set", "road", stdin=json.dumps(wanted))
    assert [c["name"] for c in saved["classes"]] == ["car", "bus", "van"]
    lw.run("ontology", "set", "road", stdin="[1, 2", code=FAILED)
    lw.run("ontology", "set", "road", stdin='"car"', code=FAILED)


def test_people_and_tokens(lw):
    added = lw.json("user", "add", "Bo")
    assert added["role"] == "annotator" and added["link"] == f"http://127.0.0.1:8085/#secret={added['secret']}"
    assert lw.json("user", "role", "Bo", "owner")["role"] == "owner"
    lw.run("user", "role", "Bo", "king", code=FAILED)
    assert "https://labels.example.org/a/#secret=" in lw.run("user", "link", "Bo", "--base-url", "https://labels.example.org/a/").stdout
    assert lw.json("user", "link")["link"] != added["link"]
    assert {"Bo"} < {row["name"] for row in lw.json("user", "list")["rows"]}
    lw.run("user", "remove", "Bo")
    assert "Bo" not in {row["name"] for row in lw.json("user", "list")["rows"]}
    lw.run("user", "remove", "Bo", code=NOT_FOUND)
    token = lw.json("token", "create", "trainer", "--expires", "2999-01-01")
    assert set(token) == {"id", "token"} and len(token["token"]) > 20
    rows = lw.json("token", "list")["rows"]
    assert [row["name"] for row in rows] == ["trainer"] and token["token"] not in json.dumps(rows)
    lw.run("token", "revoke", token["id"])
    assert lw.json("token", "list")["rows"] == []


# --- data in and out


@pytest.mark.quick
def test_what_fails_before_anything_is_read_has_no_report_for_a_person(lw, yolo, tmp_path):
    lw.run("import", "road", yolo)
    for words in (["import", "road", yolo, "--format", "cocoo"], ["export", "road", tmp_path / "out", "--format", "cocoo"]):
        done = lw.run(*words, code=NOT_FOUND)
        assert done.stdout == "" and "'cocoo'" in done.stderr
        assert lw.json(*words, code=NOT_FOUND)["items"]["read"] == 0


@pytest.mark.quick
def test_a_text_that_holds_no_labels_is_of_no_format(lw, tmp_path):
    (tmp_path / "notes.txt").write_text("hello\n")
    assert "notes.txt holds no labels" in lw.run("import", "notes", tmp_path / "notes.txt", code=FAILED).stderr
    assert lw.json("project", "list")["rows"] == [], "nothing was read, so no project was made"
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.25 0.25\n")
    assert "yolo: 1 item read" in lw.run("import", "labels", tmp_path / "a.txt", code=PARTIAL).stdout


def test_import_export_again(lw, yolo, tmp_path):
    report = lw.json("import", "road", yolo)
    assert report["format"] == "yolo"
    assert report["items"] == {"read": 3, "added": 3, "matched": 0, "skipped": 0}
    assert report["labels"]["written"] == 2 and report["labels"]["kinds"]["box"] == 2
    again = lw.json("import", "road", yolo)
    assert again["items"]["matched"] == 3 and again["labels"]["matched"] == 2 and again["labels"]["written"] == 0
    assert "3 items read" in lw.run("import", "road", yolo).stdout
    assert "roda is a new project" in lw.run("import", "roda", yolo, "--dataset", "d").stdout
    assert "new project" not in lw.run("import", "roda", yolo, "--dataset", "d").stdout
    lw.run("project", "remove", "roda")
    assert lw.json("project", "show", "road")["labels"] == 2

    written = lw.json("export", "road", tmp_path / "out", "--format", "yolo")
    assert written["items"]["read"] == 3 and written["labels"]["written"] == 2
    boxes = (tmp_path / "out/labels/train/0.txt").read_text().split()
    assert [float(word) for word in boxes] == [0, 0.5, 0.5, 0.25, 0.25]
    assert (tmp_path / "out/images/train/0.png").read_bytes() == (yolo / "images/train/0.png").read_bytes()

    done = lw.run("export", "road", "-", "--format", "jsonl")
    head, *items = map(json.loads, done.stdout.splitlines())
    assert head["project"] == "road" and [len(item.get("labels", [])) for item in items] == [1, 1, 0]
    copy = tmp_path / "copy.jsonl"
    assert lw.json("export", "road", copy, "--format", "jsonl", "--state", "all")["items"]["read"] == 3
    lw.run("import", "copy", "-", stdin=copy.read_text())
    assert lw.json("project", "show", "copy")["labels"] == 2


def test_relative_paths_and_what_is_not_there(lw, yolo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert lw.json("import", "road", "road")["items"]["added"] == 3
    lw.run("export", "road", "out", "--format", "yolo")
    assert (tmp_path / "out/data.yaml").exists()
    error = lw.json("import", "road", "nowhere", code=NOT_FOUND)["error"]
    assert str(tmp_path / "nowhere") in error["message"]
    assert lw.json("export", "road", "out", "--format", "nonsense", code=NOT_FOUND)["error"]["code"] == "not-found"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("do not touch")
    lw.run("export", "road", "mine", "--format", "yolo", code=REFUSED)
    assert os.listdir(tmp_path / "mine") == ["thesis.txt"]


def test_a_refused_import_prints_its_report(lw, yolo):
    lw.run("project", "create", "road", "--ontology", "-", stdin='{"classes": [{"name": "bus"}]}')
    report = lw.json("import", "road", yolo, code=REFUSED)
    assert report["error"]["code"] == "refused" and "--add-classes" in report["error"]["message"]
    assert report["items"]["added"] == 0
    assert lw.json("project", "show", "road")["items"] == 0
    assert lw.json("import", "road", yolo, "--map", "car=bus")["labels"]["written"] == 2
    assert [c["name"] for c in lw.json("ontology", "show", "road")["classes"]] == ["bus"]


def test_a_broken_part_is_exit_8(lw, yolo):
    (yolo / "images/train/0.png").write_bytes(b"no picture") # and so no size for its normalised boxes
    report = lw.json("import", "road", yolo, code=PARTIAL)
    assert [issue["severity"] for issue in report["issues"]].count("error") >= 1
    assert "error" not in report


def test_apply(lw, yolo):
    lw.run("import", "road", yolo)
    add = {"op": "add", "item": "images/train/2.png", "class": "car", "box": [1, 2, 10, 10], "ref": "a"}
    answers = [json.loads(line) for line in lw.run("apply", "road", "-", stdin=json.dumps(add), code=OK).stdout.splitlines()]
    assert len(answers) == 1 and set(answers[0]) == {"id", "seq"}
    label = answers[0]
    change = {"op": "change", "id": label["id"], "was": label["seq"], "box": [1, 2, 20, 20]}
    changed = lw.json("apply", "road", "-", stdin=json.dumps(change))
    assert changed[0]["id"] == label["id"] and changed[0]["seq"] > label["seq"]

    stale = lw.json("apply", "road", "-", stdin=json.dumps(change), code=CONFLICT)["error"]
    assert stale["code"] == "conflict" and stale["label"]["box"] == [1, 2, 20, 20]
    both = json.dumps(change) + "\n" + json.dumps(add) + "\n"
    lw.run("apply", "road", "-", stdin=both, code=CONFLICT)
    assert lw.json("project", "show", "road")["labels"] == 3
    partial = lw.json("apply", "road", "-", "--partial", stdin=both, code=PARTIAL)
    assert partial[0]["error"]["code"] == "conflict" and "id" in partial[1]
    assert lw.json("project", "show", "road")["labels"] == 4

    first = lw.json("apply", "road", "-", "--key", "k1", stdin=json.dumps(add))
    assert lw.json("apply", "road", "-", "--key", "k1", stdin=json.dumps(add)) == first
    assert lw.json("project", "show", "road")["labels"] == 5
    lw.run("apply", "road", "-", stdin="{not json", code=FAILED)


def test_log_undo_and_jobs(lw, yolo):
    lw.run("import", "road", yolo)
    rows = lw.json("log", "road")["rows"]
    assert [row["seq"] for row in rows] == list(range(len(rows), 0, -1))
    page = lw.json("log", "road", "--limit", 1)
    assert page["rows"] == rows[:1] and page["next"]
    jobs = lw.json("job", "list")["rows"]
    assert [(job["kind"], job["state"]) for job in jobs] == [("import", "done")]
    assert lw.json("job", "show", jobs[0]["id"])["report"]["labels"]["written"] == 2
    assert lw.json("job", "list", "--state", "failed")["rows"] == []
    undone = lw.json("undo", "road", "--job", jobs[0]["id"])
    assert undone["seq"] == len(rows) + 1
    assert lw.json("project", "show", "road")["labels"] == 0
    lw.run("undo", "road", 9999, code=NOT_FOUND)


# --- the store as a whole


def test_demo_backup_restore_verify(lw, tmp_path):
    report = lw.json("demo", "--items", 2, "--seed", 7)
    assert report["items"]["added"] == 2 and report["labels"]["written"] > 0
    labels = lw.json("project", "show", "demo")["labels"]
    assert labels > 0
    assert lw.json("verify")["problems"] == []
    lw.run("backup", tmp_path / "backup")
    other = Lw(tmp_path / "other")
    other.run("restore", tmp_path / "backup")
    assert other.json("project", "show", "demo")["labels"] == labels
    assert "all is well" in other.run("verify").stdout
    lw.run("demo", "--items", "0", code=USAGE)
    other.run("restore", tmp_path / "nowhere", "--store", tmp_path / "third", code=NOT_FOUND)
    other.run("verify", "--store", tmp_path / "fourth", code=NOT_FOUND)
    assert not (tmp_path / "fourth").exists()


# --- a server that has the store


def test_serve_for_scripts(lw, yolo):
    """--json: one document with the address; a folder's name is its own, however it was written, also when a server runs already."""
    process = subprocess.Popen([LW, "serve", f"{yolo}/", "--listen", "127.0.0.1:0", "--json"], env=lw.environment, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    told = json.loads(process.stdout.readline())
    assert told["link"].startswith(told["url"] + "/#secret=")
    assert httpx.get(told["url"] + "/healthz").json()["status"] == "ok"
    other = yolo.parent / "second"
    yolo.rename(other)
    lw.run("serve", f"{other}/./")
    again = lw.json("serve")
    assert again["url"] == told["url"] and again["link"].startswith(told["url"] + "/#secret=") and again["link"] != told["link"]
    done = lw.run("serve", other, "--json")
    assert json.loads(done.stdout)["link"].startswith(told["url"] + "/#secret=") and "items read" in done.stderr, "what the folder brought is told beside it"
    assert [row["name"] for row in lw.json("project", "list")["rows"]] == ["road", "second"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0 and process.stdout.read() == ""


def interrupt(command, environment, is_under_way, by=signal.SIGINT):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    end = time.monotonic() + PATIENCE
    while not is_under_way():
        assert time.monotonic() < end and process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(by)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_control_c_cancels_the_job(lw, by):
    """By itself: the job says so, and nothing of it goes on when the store is opened again. So do a kill, and a terminal that is closed."""
    code, out, err = interrupt([LW, "demo", "--items", "50000", "--json"], lw.environment, lambda: any(lw.store.glob("demo-1/*/*.jpg")), by)
    assert code == FAILED and "cancelled" in err and json.loads(out)["error"]["code"] == "cancelled"
    [job] = lw.json("job", "list")["rows"]
    assert job["state"] == "cancelled" and job["total"] in (0, 50000) and lw.json("project", "list")["rows"] == []


def test_control_c_cancels_the_job_of_a_server(server):
    lw = server
    code, _, err = interrupt([LW, "demo", "--items", "50000"], lw.environment, lambda: any(lw.store.glob("demo-1/*/*.jpg")))
    assert code == FAILED and "cancelled" in err
    assert lw.json("job", "list")["rows"][0]["state"] == "cancelled"
    assert lw.json("demo", "--items", "2", "--project", "small")["items"]["added"] == 2  # the next one runs


def test_progress_on_a_terminal_alone(lw, tmp_path):
    import pty

    def stderr_of(*words):
        outer, inner = pty.openpty()
        process = subprocess.Popen([LW, *words], stdout=subprocess.DEVNULL, stderr=inner, env=lw.environment)
        os.close(inner)
        text = b""
        while True:
            try:
                part = os.read(outer, 4096)
            except OSError:
                part = b""
            if not part:
                break
            text += part
        os.close(outer)
        assert process.wait(60) == OK
        return text

    drawn = stderr_of("demo", "--items", "40")
    assert b"demo [" in drawn and b" %" in drawn and drawn.endswith(b"\r\x1b[K")  # and is wiped away
    assert lw.run("demo", "--items", "5", "--seed", "2", "--project", "other").stderr == ""
    assert stderr_of("demo", "--items", "5", "--seed", "3", "--project", "third", "--json") == b""


def test_through_the_servers_socket(server, yolo, tmp_path):
    lw = server
    assert lw.json("import", "road", yolo)["items"]["added"] == 3
    assert lw.json("project", "show", "road")["labels"] == 2
    assert lw.json("project", "show", "lane", code=NOT_FOUND)["error"]["code"] == "not-found"
    lw.run("export", "road", tmp_path / "out", "--format", "yolo")
    assert (tmp_path / "out/data.yaml").exists()
    done = lw.run("export", "road", "-", "--format", "jsonl", "--json")
    assert len(done.stdout.splitlines()) == 4 and json.loads(done.stderr)["labels"]["written"] == 2
    lw.run("import", "copy", "-", stdin=lw.run("export", "road", "-", "--format", "jsonl").stdout)
    assert lw.json("project", "show", "copy")["labels"] == 2
    add = {"op": "add", "item": "images/train/2.png", "class": "car", "box": [1, 2, 10, 10]}
    assert "id" in lw.json("apply", "road", "-", stdin=json.dumps(add))[0]
    address = lw.link.split("/#")[0]
    again = lw.run("serve", yolo)  # whatever port the server has
    assert f"{address}/#secret=" in again.stdout and lw.link not in again.stdout
    assert f"{address}/#secret=" in lw.run("user", "add", "Bo").stdout


def test_a_server_elsewhere_by_token(server, yolo, tmp_path):
    lw = server
    address = lw.link.split("/#")[0]
    token = lw.json("token", "create")["token"]
    far = Lw(tmp_path / "unused")
    signed_out = far.json("project", "list", "--server", address, code=6)["error"]
    assert signed_out["code"] == "signed-out" and "LW_TOKEN" in far.run("project", "list", "--server", address, code=6).stderr
    far.environment["LW_TOKEN"] = token
    report = far.json("import", "road", yolo, "--server", address)
    assert report["items"]["added"] == 3 and report["labels"]["written"] == 2
    assert [row["name"] for row in far.json("project", "list", "--server", address + "/")["rows"]] == ["road"]
    done = far.run("export", "road", "-", "--format", "jsonl", "--server", address, "--json")
    assert len(done.stdout.splitlines()) == 4 and json.loads(done.stderr)["labels"]["written"] == 2

    # What a server streams lies where the same export of a store of this machine would.
    def tree(folder):
        return sorted((str(path.relative_to(folder)), path.read_bytes()) for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))

    for words in (["--format", "yolo"], ["--format", "coco", "--media", "none"]):
        here, there = tmp_path / f"here-{words[1]}", tmp_path / f"there-{words[1]}"
        reports = [lw.json("export", "road", here, *words, "--lossy"), far.json("export", "road", there, *words, "--lossy", "--server", address)]
        assert reports[0] | {"seconds": 0} == reports[1] | {"seconds": 0}
        assert tree(here) == tree(there) and len(tree(here)) > (0 if "none" in words else 3)
        far.run("export", "road", there, *words, "--lossy", "--server", address)  # over itself
    for name, magic in (("out.zip", b"PK"), ("out.json", b"{"), ("out.tar", b"")):
        far.run("export", "road", tmp_path / name, "--format", "coco", "--server", address)
        assert (tmp_path / name).read_bytes().startswith(magic)
    for name, *words in (("no.json", "--format", "voc"), ("no.csv", "--format", "csv", "--media", "copy")):
        far.run("export", "road", tmp_path / name, *words, "--server", address, code=USAGE)
        assert not (tmp_path / name).exists(), "an archive under the name of a file"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("years of work")
    far.run("export", "road", tmp_path / "full", "--format", "yolo", "--lossy", "--server", address, code=REFUSED)
    far.run("export", "nothing", tmp_path / "no", "--format", "yolo", "--server", address, code=NOT_FOUND)
    assert not list(tmp_path.glob("*.part*")) and not (tmp_path / "no").exists()

    # Labels and images that lie apart.
    report = far.json("import", "apart", yolo / "labels", "--images", yolo / "images", "--format", "yolo", "--add-classes", "--server", address)
    assert report["items"]["added"] == 3 and report["labels"]["written"] == 2
    items = httpx.get(f"{address}/v1/projects/apart/items", headers={"Authorization": f"Bearer {token}"}).json()["rows"]
    assert all(row["media"] for row in items) and len(items) == 3
    assert not [path for path in (lw.store / "uploads").iterdir()]
    assert len(far.run("export", "road", "-", "--format", "jsonl", "--server", address).stdout.splitlines()) == 4
    assert not far.store.exists()
    far.run("project", "list", "--server", "http://127.0.0.1:1", code=FAILED)


def test_results_sent_to_a_server_are_named_after_their_run(server, yolo, tmp_path):
    address = server.link.split("/#")[0]
    far = Lw(tmp_path / "unused")
    far.environment["LW_TOKEN"] = server.json("token", "create")["token"]
    server.run("import", "road", yolo)
    results = tmp_path / "run 9/labels/0.txt"
    results.parent.mkdir(parents=True)
    results.write_text("0 0.5 0.5 0.25 0.25 0.9\n")
    far.json("import", "road", tmp_path / "run 9", "--server", address)
    assert [row["layer"] for row in server.json("project", "show", "road")["layers"]] == ["truth", "run 9"]
