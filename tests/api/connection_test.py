"""Connections lost at every step, and clients that do not do their part: nothing half-done, nobody else disturbed."""

import json
import os
import socket
import time

import pytest
from conftest import PATIENCE, Api, Server, add, apply, fails, get, lines
from pictures import png


def connect(server):
    port = int(server.url.rsplit(":", 1)[1])
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def raw_save(api, project, item, key):
    """A whole request that adds one label."""
    body = json.dumps([{"op": "add", "item": item, "class": "car", "box": [1, 2, 3, 4]}]).encode()
    head = (f"POST /v1/projects/{project}/labels HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api.secret_token}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    return head, body


@pytest.mark.quick
def test_a_save_cut_anywhere(api):
    [item] = api.project("cut", ["a.png"]).values()
    head, body = raw_save(api, "cut", item, "whole")
    whole = head + body
    for at in sorted({*range(0, len(whole), 17), len(head) - 1, len(head), len(head) + 1, len(whole) - 1}):
        connection = connect(api.server)
        connection.sendall(whole[:at])
        if at % 2:
            connection.shutdown(socket.SHUT_WR)
        connection.close()
    assert get(api.owner, "/v1/projects/cut")["labels"] == 0
    # The whole of it, and gone before the answer: it counts, and the same again is the same.
    connection = connect(api.server)
    connection.sendall(whole)
    connection.close()
    until(lambda: get(api.owner, "/v1/projects/cut")["labels"] == 1, "what was sent whole is done")
    connection = connect(api.server)
    connection.sendall(whole)
    assert b"200 OK" in connection.recv(65536)
    connection.close()
    assert get(api.owner, "/v1/projects/cut")["labels"] == 1


def test_an_upload_cut_anywhere(api):
    upload = api.owner.post("/v1/uploads").json()["id"]
    folder = api.server.store / "uploads" / upload
    spooled = set(os.listdir(api.server.store))
    data = png(1) + b"\0" * 200000
    for at in (0, 1, 70000, len(data) - 1):
        connection = connect(api.server)
        connection.sendall((f"PUT /v1/uploads/{upload}/files?path={at}.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api.secret_token}\r\n"
                            f"Content-Length: {len(data)}\r\n\r\n").encode() + data[:at])
        connection.close()
    # More than was said is the next request, and none.
    connection = connect(api.server)
    connection.sendall((f"PUT /v1/uploads/{upload}/files?path=more.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api.secret_token}\r\n"
                        f"Content-Length: 10\r\n\r\n").encode() + data)
    assert b" 200 " in connection.recv(65536).splitlines()[0]
    connection.close()
    assert os.listdir(folder) == ["more.png"] and (folder / "more.png").read_bytes() == data[:10]
    assert set(os.listdir(api.server.store)) == spooled


def threads(server):
    return len(os.listdir(f"/proc/{server.process.pid}/task"))


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def test_an_export_that_nobody_reads(tmp_path):
    """Others are served meanwhile; it ends with its client, and does not keep the server from ending."""
    server = Server(tmp_path)
    api = Api(server)
    classes = {"classes": [{"name": "note", "attributes": [{"name": "text", "type": "text"}]}]}
    items = list(api.project("big", [f"{i}.png" for i in range(30)], classes).values())
    note = {"op": "add", "class": "note", "box": [1, 2, 3, 4], "attributes": {"text": "x" * 60000}}
    for item in items:  # 30 MB, more than sockets hold
        assert apply(api.ann, "big", *[note | {"item": item}] * 17).status_code == 200
    before = threads(server), descriptors(server)
    stuck = []
    for _ in range(6):
        connection = connect(server)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(f"GET /v1/projects/big/export?format=jsonl&state=all HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api.secret_token}\r\n\r\n".encode())
        assert b" 200 " in connection.recv(100)
        stuck.append(connection)
    add(api.bo, "big", items[0], **{"class": "note"})
    assert threads(server) >= before[0] + 6  # one each, held back by its client
    assert len(lines(api.ann.get("/v1/projects/big/export", params={"format": "jsonl", "state": "all"}))) == 31
    for connection in stuck[:3]:
        connection.close()
    for connection in stuck[3:]:  # hung up without a word: what it gets is a reset
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    until(lambda: threads(server) <= before[0] and descriptors(server) <= before[1] + 12, (before, threads(server), descriptors(server)))
    last = connect(server)
    last.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    last.sendall(f"GET /v1/projects/big/export?format=jsonl&state=all HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api.secret_token}\r\n\r\n".encode())
    last.recv(100)
    server.stop()
    last.close()


def test_listeners_that_leave(tmp_path):
    server = Server(tmp_path)
    api = Api(server)
    [item] = api.project("heard", ["a.png"]).values()
    before = descriptors(server)
    connections = []
    for _ in range(20):
        connection = connect(server)
        connection.sendall(f"GET /v1/projects/heard/changes HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nAuthorization: Bearer {api.secret_token}\r\n\r\n".encode())
        assert b" 200 " in connection.recv(65536)
        connections.append(connection)
    for connection in connections[::2]:
        connection.close()
    for _ in range(3):  # whoever has left is noticed by what cannot be sent
        seq = add(api.ann, "heard", item)["seq"]
        time.sleep(0.1)
    for connection in connections[1::2]:
        heard = b""
        while f'"seq": {seq}'.encode() not in heard:
            piece = connection.recv(65536)
            assert piece, heard
            heard += piece
    until(lambda: descriptors(server) <= before + 12, "the descriptors of those who left are given back")
    for connection in connections[1::2]:
        connection.close()
    server.stop()


@pytest.mark.parametrize("request_", [
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
    b"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    b"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
    b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    b"\0" * 1000,
    b"\r\n" * 1000,
], ids=range(11))
def test_requests_that_are_none(api, request_):
    connection = connect(api.server)
    answer = b""
    try:
        connection.sendall(request_)
        connection.shutdown(socket.SHUT_WR)
        while piece := connection.recv(65536):
            answer += piece
    except OSError:
        pass
    connection.close()
    assert not answer or answer.split()[1][:1] == b"4" or answer.split()[1] in (b"505", b"501"), answer[:200]
    assert get(api.owner, "/healthz")["status"] == "ok"


def test_bodies_over_the_limit(api, project):
    for path, limit in (("/v1/users", 64 << 10), (f"/v1/projects/{project}/labels", 64 << 20), (f"/v1/projects/{project}/ontology", 4 << 20)):
        method = api.owner.put if path.endswith("ontology") else api.owner.post
        message = fails(method(path, content=b" " * (limit + 1), headers={"Content-Type": "application/json"}), 413, "too-large")["message"]
        assert any(digit.isdigit() for digit in message), message
        connection = connect(api.server)  # said beforehand, and refused before it is sent
        verb = "PUT" if path.endswith("ontology") else "POST"
        connection.sendall(f"{verb} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api.secret_token}\r\nContent-Type: application/json\r\n"
                           f"Content-Length: {1 << 50}\r\n\r\n".encode())
        assert b" 413 " in connection.recv(65536)
        connection.close()
