"""lw verify finds damage of every kind: exit 7 and a list that names it."""

import json
import shutil
import sqlite3
import subprocess

import pytest
from conftest import LW, Api, Server, add, apply
from pictures import png

pytestmark = pytest.mark.plain

ORPHAN = 7 * 2**25 + 1  # a label on an item that is not there


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A store with labels of all lifetimes, attributes, confidence, layers and splits."""
    folder = tmp_path_factory.mktemp("sound")
    server = Server(folder)
    api = Api(server)
    first, second, third = api.project("road", ["a.png", "b.png", "c.png"]).values()
    made = add(api.ann, "road", first, attributes={"colour": "red"})
    add(api.bo, "road", first, layer="guess", confidence=0.5)
    add(api.bo, "road", second, **{"class": "dog"})
    for width in (5, 6, 7):
        answer = apply(api.ann, "road", {"op": "change", "id": made["id"], "box": [1, 2, width, 4]})
        assert answer.status_code == 200, answer.text
    job = api.upload("road", {"d.png": png(9), "labels.jsonl": (json.dumps(
        {"labelwright": 1, "project": "x", "seq": 1, "ontology": {"classes": [{"name": "car"}]}}) + "\n" + json.dumps(
        {"item": "d.png", "split": "val", "tracks": [{"id": 1, "class": "car"}], "labels": [{"track": 1, "class": "car", "frame": 0, "box": [1, 1, 2, 2]}]}) + "\n").encode()})
    assert job["state"] == "done", job
    server.stop()
    return server.store


def verify(store, code):
    done = subprocess.run([LW, "verify", "--json", "--store", store], capture_output=True, text=True, check=False)
    assert done.returncode == code, done
    return json.loads(done.stdout)


def change(store, *statements):
    with sqlite3.connect(store / "labelwright.db") as db:
        changed = sum(db.execute(statement).rowcount for statement in statements)
    db.close()
    assert changed > 0, "the damage was not planted"


def test_a_sound_store(sound):
    assert verify(sound, 0) == {"problems": [], "count": 0, "images": 4}


@pytest.mark.parametrize(("statement", "words"), [
    ("delete from task where item_id = (select min(item_id) from task)", "does not have"),
    ("update label set class_id = 999 where id = (select min(id) from label)", "no ontology has"),
    ("update label set layer_id = 999 where id = (select min(id) from label)", "layer"),
    ("update label set user_id = 999 where id = (select min(id) from label)", "who is not there"),
    ("delete from track", "belongs to track"),
    ("update label set seq_from = 999 where id = (select min(id) from label)", "has not happened"),
    ("update label_past set seq_to = seq_from", "ends before it begins"),
    ("update label_past set seq_to = seq_to + 5 where seq_from = (select max(seq_from) from label_past)", "overlaps its present"),
    ("update label_past set seq_to = seq_to + 1 where seq_from = (select min(seq_from) from label_past)", "overlaps the next"),
    ("update item set dataset_id = 999 where id = 1", "belongs to dataset"),
    ("update id_counter set next = 2 where name = 'item'", "the next number"),
    ("update id_counter set next = 2 where name = 'task'", "the next number"),
    ("delete from item where id = 3", "which is not there"),
    ("delete from commit_log where seq = 2", "without gaps"),
    ("update project set seq = seq + 1", "without gaps"),
    ("update task set n_labels = n_labels + 1 where id = 1", "which is not so"),
    ("update counter set n = n + 1 where what = 1", "by class"),
    ("insert into counter values (1, 1, 9, 9, 5)", "add up"),
    ("update counter set n = n + 1 where what = 2", "by kind"),
    ("update counter set n = n + 1 where what = 3", "by user"),
    ("update counter set n = n + 1 where what = 4", "by state"),
    ("update counter set n = n + 1 where what = 5", "by split"),
    ("update counter set n = 1 - n where what = 5", "by split"),
    ("update counter set n = n + 1 where what = 6", "by trait"),
    ("delete from counter where what = 6 and b = 1", "by trait"),
    ("insert into counter values (1, 6, 9, 2, 5)", "traits"),
    ("insert into counter values (1, 4, 9, 0, 5)", "tasks, which is not so"),
    ("delete from label where id = (select min(id) from label)", "which is not so"),
], ids=lambda value: value.replace("update ", "").replace("delete from ", "")[:40] if " " in value else value)
def test_rows(sound, tmp_path, statement, words):
    store = tmp_path / "store"
    shutil.copytree(sound, store)
    change(store, statement)
    found = verify(store, 7)
    assert found["count"] == len(found["problems"]) and any(words in problem for problem in found["problems"]), found
    told = subprocess.run([LW, "verify", "--store", store], capture_output=True, text=True, check=False)
    assert told.returncode == 7 and words in told.stdout and "wrong in this store" in told.stderr


def blobs(store):
    return sorted(path for path in (store / "blobs").rglob("*") if path.is_file())


def test_blobs(sound, tmp_path):
    store = tmp_path / "store"
    shutil.copytree(sound, store)
    gone, turned, cut, _ = blobs(store)
    gone.unlink()
    data = bytearray(turned.read_bytes())
    data[len(data) // 2] ^= 1
    turned.chmod(0o600)
    turned.write_bytes(data)
    cut.chmod(0o600)
    cut.write_bytes(cut.read_bytes()[:-1])
    problems = verify(store, 7)["problems"]
    assert len(problems) == 3 and sum("is gone" in problem for problem in problems) == 1 and sum("other bytes" in problem for problem in problems) == 2


def test_pages(sound, tmp_path):
    whole = (sound / "labelwright.db").read_bytes()
    for place, junk in ((8 * 4096, b"\xff" * 4096), (len(whole) - 4096, b"\0" * 4096), (20 * 4096, b"\x55" * 4096)):
        store = tmp_path / str(place)
        shutil.copytree(sound, store)
        (store / "labelwright.db").write_bytes(whole[:place] + junk + whole[place + len(junk):])
        done = subprocess.run([LW, "verify", "--store", store], capture_output=True, text=True, check=False)
        assert done.returncode == 7 and "damaged" in done.stdout + done.stderr, (place, done)
    store = tmp_path / "head"
    shutil.copytree(sound, store)
    (store / "labelwright.db").write_bytes(b"no database at all, not even a bit of one" * 1000)
    for words in (["verify"], ["project", "list"], ["serve", "--listen", "127.0.0.1:0"]):
        done = subprocess.run([LW, *words, "--store", store], capture_output=True, text=True, check=False)
        assert done.returncode == 7 and "restore a backup" in done.stderr and done.stdout == "", done


def test_an_index_that_misses_a_row(sound, tmp_path):
    store = tmp_path / "store"
    shutil.copytree(sound, store)
    db = sqlite3.connect(store / "labelwright.db")
    db.execute("pragma writable_schema = on")
    db.execute("update sqlite_master set sql = replace(sql, 'class_id, layer_id', 'class_id, kind') where name = 'label_class'")
    db.commit()
    db.close()
    assert any("label_class" in problem for problem in verify(store, 7)["problems"])
