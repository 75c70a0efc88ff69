"""GET /v1/openapi.json: it is valid, describes every route, and every route answers what it describes."""

import httpx
import pytest
from conftest import Server, add, apply, get
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pictures import png


@pytest.fixture(scope="module")
def document(api):
    return get(api.anonymous, "/v1/openapi.json")


def operations(document):
    return [(method.upper(), path, operation) for path, methods in document["paths"].items() for method, operation in methods.items()]


def test_it_is_valid(document):
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_route_says_what_it_takes_and_answers(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids)) > 45
    for method, path, operation in operations(document):
        assert operation["summary"] and operation["x-role"] in ("public", "annotator", "owner"), path
        [success] = [code for code in operation["responses"] if code != "default"]
        content = operation["responses"][success].get("content", {})
        assert (success == "204") == (not content), (method, path)
        for type_, media in content.items():
            if "json" in type_ and path != "/v1/openapi.json":
                name = media["schema"]["$ref"].rpartition("/")[2]
                assert name != "Object" and document["components"]["schemas"][name]["description"], (method, path)


@pytest.mark.quick
def test_answers_that_differ_are_caught(api):
    """The check of this suite itself: a key too many, one too few, another type, another status."""
    contract = Server.described
    request = httpx.Request("GET", "http://x/healthz")
    good = {"status": "ok", "version": "1"}
    contract.check(httpx.Response(200, json=good, request=request))
    for code, bad in [(200, good | {"more": 1}), (200, {"status": "ok"}), (200, good | {"version": 1}), (200, good | {"status": "bad"}), (201, good),
                      (500, {"error": "text"}), (404, {"error": {"code": "unheard-of", "message": "x"}})]:
        with pytest.raises(AssertionError):
            contract.check(httpx.Response(code, json=bad, request=request))


def test_every_route_answers_as_described(api, document, tmp_path):
    contract, owner, socket = Server.described, api.owner, api.socket
    contract.seen.clear()
    items = api.project("contract", ["a.png", "b.png"])
    assert api.upload("contract", {"wide.png": png(1, 9000, 8)})["state"] == "done"
    first, wide = items["a.png"], api.items("contract")["wide.png"]
    project = "/v1/projects/contract"
    task = get(owner, f"{project}/items")["rows"][0]["task"]

    def ok(answer):
        assert answer.status_code < 300, f"{answer.request.method} {answer.request.url} {answer.text}"
        return answer.json() if answer.headers.get("content-type") == "application/json" else answer

    for path in ["/healthz", "/metrics", "/v1/openapi.json", "/v1/formats", "/v1/me", "/v1/users", "/v1/tokens", "/v1/projects", project, f"{project}/ontology",
                 f"{project}/stats", f"{project}/items", f"{project}/items/{first}/labels", f"{project}/labels?items={first}", f"/v1/items/{first}",
                 f"/v1/items/{first}/media", f"/v1/items/{first}/preview", f"/v1/items/{first}/thumbnail", f"/v1/items/{wide}/tiles/0/0/0",
                 f"/v1/thumbnails?ids={first}", f"{project}/log", f"{project}/changes", f"{project}/export?format=jsonl", f"{project}/export/check?format=jsonl", "/v1/jobs"]:
        ok(owner.get(path))
    seq = add(owner, "contract", first)["seq"]
    label = get(owner, f"{project}/items/{first}/labels")["labels"][0]
    ok(apply(owner, "contract", {"op": "change", "id": label["id"], "was": label["seq"], "attributes": {"colour": "red"}}))
    stale = apply(owner, "contract", {"op": "remove", "id": label["id"], "was": seq})
    assert stale.status_code == 409 and stale.json()["error"]["label"]["attributes"] == {"colour": "red"}
    ok(owner.post(f"{project}/undo", json={"commits": [seq + 1]}))
    ok(owner.post(f"{project}/next", json={}))
    for step, body in [("submit", None), ("return", None), ("skip", {"reason": "blurred"})]:
        ok(owner.post(f"/v1/tasks/{task}/{step}", json=body) if body else owner.post(f"/v1/tasks/{task}/{step}"))
    ok(owner.patch(f"/v1/tasks/{task}", json={"split": "train"}))
    ok(owner.patch(f"{project}/tasks", json={"items": [first], "state": "done"}))
    ok(owner.put(f"{project}/ontology", json=get(owner, f"{project}/ontology")))
    ok(owner.put("/v1/me/settings", json={"x": 1}))
    assert ok(owner.patch(project, json={"archived": False}))["name"] == "contract"

    user = ok(owner.post("/v1/users", json={"name": "contract-user"}))
    ok(owner.post("/v1/users/contract-user/link"))
    ok(owner.patch("/v1/users/contract-user", json={"role": "owner"}))
    api.server.sign_in(user["secret"]).delete("/v1/session")
    ok(owner.delete("/v1/users/contract-user"))
    token = ok(owner.post("/v1/tokens", json={"name": "t"}))
    ok(owner.delete(f"/v1/tokens/{token['id']}"))

    upload = ok(owner.post("/v1/uploads"))
    ok(owner.put(f"/v1/uploads/{upload['id']}/files", params={"path": "c.png"}, content=b"no picture"))
    job = api.imported("contract", upload=upload["id"])
    owner.post(f"/v1/jobs/{job['id']}/cancel")
    for path, body in [(f"{project}/exports", {"format": "jsonl", "target": str(tmp_path / "out.jsonl")}),
                       ("/v1/backup", {"target": str(tmp_path / "backup")}), ("/v1/verify", None), ("/v1/demo", {"project": "contract-demo", "items": 1})]:
        assert api.job(ok(socket.post(path, json=body))["id"])["state"] == "done", path
    ok(owner.delete(project))
    ok(owner.post(f"/v1/projects/{get(owner, '/v1/projects', removed='true')['rows'][-1]['id']}/restore"))

    described = {(method, path) for method, path, _ in operations(document)}
    assert described - contract.seen == {("POST", "/v1/jobs/{job}/cancel")} - contract.seen
