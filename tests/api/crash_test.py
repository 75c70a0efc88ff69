"""kill -9 under load: every label that was acknowledged is there after a plain start, and the counts are those of the labels."""

import threading
import time

import httpx
from conftest import Api, Server, apply, get, lines

WRITERS, ROUNDS = 8, 3


def counted(api, items):
    rows = get(api.socket, "/v1/projects/load/labels", items=",".join(map(str, items)))["rows"]
    return {label["id"]: label for row in rows for label in row["labels"]}


def test_kill_nine(tmp_path):
    server = Server(tmp_path)
    api = Api(server)
    items = list(api.project("load", [f"{i}.png" for i in range(WRITERS)]).values())
    acknowledged, removed = {}, set()
    for _ in range(ROUNDS):
        broken = []

        def write(number):
            client = httpx.Client(base_url=server.url, timeout=60, headers=dict(api.token.headers))
            n = 0
            try:
                while True:
                    answer = apply(client, "load", {"op": "add", "item": items[number], "class": "car", "box": [1, 2, 3 + n % 40, 4]})
                    if answer.status_code != 200:
                        return broken.append(answer.text)
                    made = lines(answer)[0]
                    acknowledged[made["id"]] = 3 + n % 40
                    n += 1
                    if n % 5 == 0 and apply(client, "load", {"op": "remove", "id": made["id"], "was": made["seq"]}).status_code == 200:
                        removed.add(made["id"])
                        del acknowledged[made["id"]]
            except httpx.TransportError:
                pass
            finally:
                if n % 5 == 0:  # a removal may or may not have come through
                    acknowledged.pop(made["id"] if n else 0, None)
                client.close()

        threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
        before = len(acknowledged)
        for thread in threads:
            thread.start()
        while len(acknowledged) < before + 150 and any(thread.is_alive() for thread in threads):
            time.sleep(0.01)
        server.kill()
        for thread in threads:
            thread.join()
        assert not broken, broken[:2]
        assert len(acknowledged) >= before + 100
        server.start()
        api.socket = server.local()
        found = counted(api, items)
        assert not set(acknowledged) - set(found), "acknowledged, and lost"
        assert not removed & set(found), "removed, and back"
        assert all(found[number]["box"][2] == width for number, width in acknowledged.items())
        stats = get(api.socket, "/v1/projects/load/stats")
        assert sum(row["labels"] for row in stats["classes"]) == sum(row["labels"] for row in stats["layers"]) == len(found)
        assert sum(row["labels"] for row in stats["people"]) == len(found)
        assert get(api.socket, "/v1/projects/load")["labels"] == len(found)
        rows = get(api.socket, "/v1/projects/load/items", limit=1000)["rows"]
        assert sum(row["labels"] for row in rows) == len(found)
    log = get(api.socket, "/v1/projects/load/log", limit=1000)["rows"]
    assert [row["seq"] for row in log] == list(range(log[0]["seq"], log[-1]["seq"] - 1, -1))  # without gaps
    for client in server.clients:
        client.close()
    server.clients = []
    server.stop()
