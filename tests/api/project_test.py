"""Projects and their ontology."""

import pytest
from conftest import ONTOLOGY, add, fails, get


@pytest.mark.quick
def test_project_life(api):
    made = api.owner.post("/v1/projects", json={"name": "life", "ontology": ONTOLOGY})
    assert made.status_code == 201
    number = made.json()["id"]
    assert get(api.ann, f"/v1/projects/{number}")["name"] == "life" and get(api.ann, "/v1/projects/life")["id"] == number
    fails(api.owner.post("/v1/projects", json={"name": "life"}), 409, "conflict")
    assert api.owner.patch("/v1/projects/life", json={"name": "death", "archived": True}).json()["archived"] is True
    fails(api.ann.get("/v1/projects/life"), 404, "not-found")
    assert api.owner.delete("/v1/projects/death").status_code in (200, 204)
    fails(api.ann.get("/v1/projects/death"), 404, "not-found")
    assert number in [row["id"] for row in get(api.owner, "/v1/projects", removed="true")["rows"]]
    assert number not in [row["id"] for row in get(api.owner, "/v1/projects")["rows"]]
    assert api.owner.post(f"/v1/projects/{number}/restore").status_code == 200
    assert get(api.ann, "/v1/projects/death")["id"] == number


@pytest.mark.parametrize("name", ["", "n" * 256, "a\nb", "a\0b", 5, None, ["x"]], ids=repr)
def test_bad_names(api, name):
    fails(api.owner.post("/v1/projects", json={"name": name}), 400, "invalid")


@pytest.mark.parametrize("name", ["with spaces", "quote'\"`", "emoji 🍎", "ünïcode", "%41", "a+b&c=d", "é" * 127, "'; drop table project; --"])
def test_names_that_need_care(api, name):
    from urllib.parse import quote

    assert api.owner.post("/v1/projects", json={"name": name}).status_code == 201
    assert get(api.ann, f"/v1/projects/{quote(name, safe='')}")["name"] == name


def test_pages_of_projects(api):
    for i in range(5):
        api.project(f"page {i}")
    found, after = [], None
    while True:
        page = get(api.ann, "/v1/projects", limit=2, **({"after": after} if after else {}))
        found += [row["id"] for row in page["rows"]]
        after = page["next"]
        if not after:
            break
    assert found == [row["id"] for row in get(api.ann, "/v1/projects", limit=1000)["rows"]] and len(set(found)) == len(found) >= 5


@pytest.mark.quick
def test_ontology_version_conflict(api, project):
    path = f"/v1/projects/{project}/ontology"
    seen = get(api.owner, path)
    first = {**seen, "classes": seen["classes"] + [{"name": "bird", "kinds": ["box"]}]}
    second = {**seen, "classes": seen["classes"] + [{"name": "fish", "kinds": ["box"]}]}
    assert api.owner.put(path, params={"dry_run": "true"}, json=first).status_code == 200
    assert get(api.owner, path) == seen
    assert api.owner.put(path, json=first).json()["version"] > seen["version"]
    fails(api.socket.put(path, json=second), 409, "conflict")
    assert [row["name"] for row in get(api.ann, path)["classes"]] == ["car", "dog", "cat", "bird"]
    fails(api.ann.put(path, json=first), 403, "not-allowed")


def without_ids(value):
    if isinstance(value, dict):
        return {key: without_ids(each) for key, each in value.items() if key not in ("id", "version")}
    return [without_ids(each) for each in value] if isinstance(value, list) else value


def test_class_in_use_stays(api):
    [item] = api.project("in use", ["a.png"]).values()
    for _ in range(3):
        add(api.ann, "in use", item, attributes={"colour": "red"})
    path = "/v1/projects/in use/ontology"
    seen = get(api.owner, path)
    without = {**seen, "classes": seen["classes"][1:]}
    for query in ({}, {"dry_run": "true"}):
        assert "3" in fails(api.owner.put(path, params=query, json=without), 428, "refused")["message"]
    car = seen["classes"][0]
    attribute = car["attributes"][0]
    fewer = {**car, "attributes": [{**attribute, "options": [o for o in attribute["options"] if (o if isinstance(o, str) else o["name"]) != "red"]}]}
    assert "3" in fails(api.owner.put(path, json={**seen, "classes": [fewer] + seen["classes"][1:]}), 428, "refused")["message"]
    assert get(api.owner, path) == seen and len(api.labels("in use", item)) == 3
    more = without_ids({**seen, "classes": seen["classes"] + [{"name": "bird"}]})  # as a script has it, by names: nothing goes
    saved = api.owner.put(path, json=more)
    assert saved.status_code == 200, saved.text
    assert saved.json()["classes"][0] == car
    seen = saved.json()
    renamed = {**seen, "classes": [{**car, "name": "auto"}] + seen["classes"][1:2]}  # a rename, and "cat", which nobody used, goes
    assert api.owner.put(path, json=renamed).status_code == 200
    assert {label["class"] for label in api.labels("in use", item)} == {"auto"}


BAD = [{"classes": [{}]}, {"classes": [{"name": ""}]}, {"classes": [{"name": "a"}, {"name": "a"}]}, {"classes": "car"}, {"classes": [5]}, {"kinds": []},
       {"classes": [{"name": "a", "kinds": ["sphere"]}]}, {"classes": [{"name": "a", "parent": "a"}]}, {"classes": [{"name": "a", "parent": "b"}]},
       {"classes": [{"name": "a", "attributes": [{"name": "x", "type": "colour"}]}]}, {"classes": [{"name": "item"}]},
       {"classes": [{"name": "a", "index": 1}, {"name": "b", "index": 1}]}, {"classes": [{"name": "n" * 256}]}]


@pytest.mark.parametrize("ontology", BAD, ids=lambda o: str(o)[:60])
def test_bad_ontologies(api, ontology):
    fails(api.owner.post("/v1/projects", json={"name": "never", "ontology": ontology}), 400, "invalid")
    fails(api.owner.get("/v1/projects/never"), 404, "not-found")
