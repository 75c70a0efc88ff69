"""The server as a process: how it begins, how it ends, and what its surroundings may do to it."""

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import time

import httpx
import pytest
from conftest import LW, PATIENCE, Api, Server, add, apply, get, lines
from pictures import png

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statfs.h>
#include <time.h>

/* The wall clock is off by the seconds in the file $TEST_CLOCK; every file system is NFS when $TEST_NFS is set. */
int clock_gettime(clockid_t clock, struct timespec *out)
{
    int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, out);
    FILE *file = clock == CLOCK_REALTIME && getenv("TEST_CLOCK") ? fopen(getenv("TEST_CLOCK"), "r") : NULL;
    long offset = 0;
    if (file && fscanf(file, "%ld", &offset) == 1)
        out->tv_sec += offset;
    if (file)
        fclose(file);
    return result;
}

int statfs64(const char *path, struct statfs64 *out)
{
    int (*real)(const char *, struct statfs64 *) = (int (*)(const char *, struct statfs64 *))dlsym(RTLD_NEXT, "statfs64");
    int result = real(path, out);
    if (getenv("TEST_NFS"))
        out->f_type = 0x6969;
    return result;
}
"""


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler or b"libasan" in subprocess.run(["ldd", LW], capture_output=True, check=False).stdout or "san" in os.path.basename(os.path.dirname(LW)):
        pytest.skip("needs a compiler, and a program without sanitizers")
    folder = tmp_path_factory.mktemp("shim")
    (folder / "shim.c").write_text(SHIM)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", folder / "shim.so", folder / "shim.c", "-ldl"], check=True)
    return folder / "shim.so"


def lw(*words, code=0, **more):
    done = subprocess.run([LW, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE, check=False, **more)
    assert done.returncode == code, f"{words}: {done.returncode} {done.stdout} {done.stderr}"
    return done


# --- how it begins


@pytest.mark.quick
def test_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = lw("serve", "--store", tmp_path / "store", "--listen", address, code=1)
    assert re.fullmatch(f"lw: {address} is in use by another program; .*--listen\n", done.stderr.splitlines(True)[-1]) and "#secret" not in done.stdout
    assert "demo" not in done.stdout and "demo" not in lw("project", "list", "--store", tmp_path / "store").stdout, "nothing is drawn for a server that cannot begin"


@pytest.mark.parametrize("address", ["8085", "127.0.0.1:", "127.0.0.1:70000", "no such host.invalid:80", "127.0.0.1:x", "", "[::1"])
def test_addresses_that_are_none(tmp_path, address):
    done = lw("serve", "--no-demo", "--store", tmp_path / "store", f"--listen={address}", code=2)
    assert address in done.stderr


def test_a_second_server_on_one_store(tmp_path):
    server = Server(tmp_path)
    done = lw("serve", "--no-demo", "--store", server.store, "--listen", "127.0.0.1:0")  # it is not one: the link is the first one's
    assert f"{server.url}/#secret=" in done.stdout
    secret = done.stdout.split("#secret=")[1].split()[0]
    assert server.sign_in(secret).get("/v1/me").status_code == 200
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = lw("serve", "--store", server.store, tmp_path / "photos", code=8)  # a picture that cannot be read keeps nobody out
    assert "cut.png" in done.stdout and f"{server.url}/#secret=" in done.stdout
    (server.store / "lw.sock").rename(server.store / "away")  # a process that has the store and no socket, as a long import
    done = lw("project", "list", "--store", server.store, code=1)
    assert "another process has the store" in done.stderr and str(server.store) in done.stderr
    (server.store / "away").rename(server.store / "lw.sock")
    server.stop()


def test_a_store_of_a_newer_version(tmp_path):
    store = tmp_path / "store"
    lw("project", "create", "road", "--store", store)
    before = (store / "labelwright.db").read_bytes()
    db = sqlite3.connect(store / "labelwright.db")
    db.execute("insert into schema_version values (9999)")
    db.commit()
    db.close()
    newer = (store / "labelwright.db").read_bytes()
    assert newer != before
    for words in (["serve", "--listen", "127.0.0.1:0"], ["project", "create", "x"], ["project", "list"], ["verify"], ["backup", tmp_path / "backup"]):
        done = lw(*words, "--store", store, code=5)
        assert "newer" in done.stderr and len(done.stderr.splitlines()) == 1, (words, done)
    assert (store / "labelwright.db").read_bytes() == newer


@pytest.mark.quick
def test_a_relative_store(tmp_path):
    lw("demo", "--items", 1, "--store", "here", cwd=tmp_path)
    process = subprocess.Popen([LW, "serve", "--store", "here", "--listen", "127.0.0.1:0"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    while "#secret=" not in (line := process.stdout.readline()):
        assert line
    (tmp_path / "deep").mkdir()
    assert "demo" in lw("project", "list", "--store", "../here", cwd=tmp_path / "deep").stdout
    lw("backup", "copy", "--store", "../here", cwd=tmp_path / "deep")  # what the command calls "copy", whatever folder the server began in
    assert (tmp_path / "deep" / "copy" / "labelwright.db").exists()
    lw("export", "demo", "out.jsonl", "--format", "jsonl", "--store", "../here", cwd=tmp_path / "deep")
    assert (tmp_path / "deep" / "out.jsonl").exists()
    process.terminate()
    assert process.wait(PATIENCE) == 0


def test_a_network_file_system_is_warned_of(tmp_path, shim):
    process = subprocess.Popen([LW, "serve", "--no-demo", "--store", tmp_path / "store", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=os.environ | {"LD_PRELOAD": str(shim), "TEST_NFS": "1"})
    while "#secret=" not in (line := process.stdout.readline()):
        assert line, process.stderr.read()
    process.terminate()
    assert process.wait(PATIENCE) == 0
    assert "move it to a local disk" in process.stderr.read()


# --- how it ends


def test_what_was_accepted_is_finished(tmp_path):
    """SIGTERM while many save: each label that was answered is there, and no other but what was under way."""
    server = Server(tmp_path)
    api = Api(server)
    items = list(api.project("ending", [f"{i}.png" for i in range(8)]).values())
    made, sent = set(), []

    def write(item):
        with httpx.Client(base_url=server.url, timeout=PATIENCE, headers=dict(api.token.headers)) as client:
            try:
                while True:
                    sent.append(item)
                    answer = apply(client, "ending", {"op": "add", "item": item, "class": "car", "box": [1, 2, 3, 4]})
                    if answer.status_code != 200:
                        return
                    made.add(lines(answer)[0]["id"])
            except httpx.TransportError:
                pass

    threads = [threading.Thread(target=write, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    while len(made) < 200:
        time.sleep(0.01)
    server.stop()  # which must be 0
    for thread in threads:
        thread.join()
    server.clients = []
    server.start()
    socket_client = server.local()
    found = {label["id"] for row in get(socket_client, "/v1/projects/ending/labels", items=",".join(map(str, items)))["rows"] for label in row["labels"]}
    assert made <= found and len(found) <= len(sent) and len(found - made) <= len(items)
    server.stop()
    lw("verify", "--store", server.store)


@pytest.mark.parametrize("number", [2, 15])
def test_it_ends_whenever_it_is_asked(tmp_path, number):
    """Before it serves as well as after; never later than a moment after it could."""
    for i in range(12):
        process = subprocess.Popen([LW, "serve", "--store", tmp_path / "store", "--listen", "127.0.0.1:0", "--no-demo"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        time.sleep(i * 0.005)
        process.send_signal(number)
        assert process.wait(PATIENCE) in (0, -number)
        process.stdout.close()
    lw("project", "create", "after", "--store", tmp_path / "store")
    lw("verify", "--store", tmp_path / "store")


# --- what it lives in


def test_few_descriptors(tmp_path):
    """Connections above what the system allows are turned away; those that are there are served, and new ones when others leave."""
    shell = ["sh", "-c", 'ulimit -n 48; exec "$0" "$@"', LW, "serve", "--no-demo", "--store", str(tmp_path / "store"), "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(shell, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    while "#secret=" not in (line := process.stdout.readline()):
        assert line
    port = int(re.search(r":(\d+)/", line)[1])
    first = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)
    assert first.get("/healthz").status_code == 200
    many = [socket.create_connection(("127.0.0.1", port)) for _ in range(150)]
    for connection in many:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
    assert first.get("/healthz").status_code in (200, 500, 503)
    for connection in many:
        connection.close()
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200:
                break
        except httpx.HTTPError:
            pass
        assert time.monotonic() < end
    first.close()
    process.terminate()
    assert process.wait(PATIENCE) == 0


def test_a_clock_that_goes_backwards(tmp_path, shim):
    clock = tmp_path / "clock"
    clock.write_text("0")
    environment = dict(os.environ)
    os.environ.update(LD_PRELOAD=str(shim), TEST_CLOCK=str(clock))
    try:
        server = Server(tmp_path)
    finally:
        os.environ.clear()
        os.environ.update(environment)
    api = Api(server)
    [item] = api.project("past", ["a.png"]).values()
    first = add(api.ann, "past", item)
    for seconds in (-86400, 3600, -10 * 365 * 86400, 0):
        clock.write_text(str(seconds))
        label = add(api.ann, "past", item)
        assert label["seq"] > first["seq"] and label["id"] > first["id"]
        answer = apply(api.ann, "past", {"op": "change", "id": label["id"], "was": label["seq"], "box": [5, 5, 5, 5]}, key=f"k{seconds}")
        assert answer.status_code == 200 and apply(api.ann, "past", {"op": "change", "id": label["id"], "was": label["seq"], "box": [5, 5, 5, 5]},
                                                   key=f"k{seconds}").text == answer.text
        assert api.upload("past", {f"{seconds}.png": png(abs(seconds) % 99)})["state"] == "done"
        assert api.ann.get("/v1/projects/past/next").status_code in (200, 204, 404, 405)
        first = label
    log = get(api.owner, "/v1/projects/past/log", limit=1000)["rows"]
    assert [row["seq"] for row in log] == list(range(len(log), 0, -1))
    server.stop()
    lw("verify", "--store", server.store)
