"""Hostile requests made from the description of the API: every field of every body and query, every step of every path, gets what does not
belong there. Whatever comes: an answer of the one error shape or a success that is described, never a failure of the server."""

import json
import random
from urllib.parse import quote

import pytest
from conftest import Api, Server, fails, get

DEEP = {"x": {"x": {"x": [[[[[[]]]]]]}}}
VALUES = [None, True, 0, -1, 1.5, 1e308, 2**53, 2**63, -(2**63), 10**30, "", "x", "\0", "\ud800", "a" * 70000, "é" * 300, "'; drop table label; --", "../../etc/passwd",
          [], [None], [[]], ["x"] * 2000, {}, {"": ""}, DEEP]
STEPS = ["..", ".", "%00", "0", "-1", "1e9", "9" * 40, "'", "a" * 2000, "\N{GRINNING FACE}", "%ff%fe", "x/y", "null", "{project}", " ", "<script>"]
WORDS = ["", " ", "%00", "-1", "0", "1e999", "9" * 40, "null", "true,false", ",,,,", "'", "%ff", "a" * 5000, "{}", "[]", "\u202e"]


class Requests:
    """What to send, in an order that chance picks, the same each time."""

    def __init__(self, document, names):
        self.document, self.names, self.random = document, names, random.Random(1)

    def resolve(self, schema):
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def sample(self, schema, depth=0):
        """A value that the schema allows, small and harmless."""
        schema = self.resolve(schema)
        if "anyOf" in schema:
            return self.sample(schema["anyOf"][0], depth)
        if "const" in schema or "enum" in schema:
            return schema.get("const", (schema.get("enum") or [None])[0])
        kind = schema.get("type", "string")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            return {key: self.sample(value, depth + 1) for key, value in schema.get("properties", {}).items() if depth < 3 and key in schema.get("required", [])}
        if kind == "array":
            return [self.sample(schema["items"], depth + 1)] * max(1, schema.get("minItems", 1))
        return {"string": "x", "integer": max(1, int(schema.get("minimum", 1))), "number": 1, "boolean": False}.get(kind)

    def bodies(self, schema):
        schema = self.resolve(schema)
        for one in schema.get("anyOf", [schema]):
            one = self.resolve(one)
            good = self.sample(one)
            yield from ({**good, "unheard of": 1}, [], "x", None, 5, [good] * 3)
            for key, field in one.get("properties", {}).items():
                limits = self.resolve(field)
                more = [value for name, value in (("maxLength", "x" * int(limits.get("maxLength", 0) + 1)), ("maxItems", [1] * int(limits.get("maxItems", 0) + 1)),
                                                  ("maximum", limits.get("maximum", 0) + 1), ("minimum", limits.get("minimum", 0) - 1)) if name in limits]
                for value in self.random.sample(VALUES, 12) + more:
                    yield {**good, key: value}
                yield {other: value for other, value in good.items() if other != key}

    def paths(self, path):
        """With what is there, then each step replaced by what cannot be."""
        yield path.format_map(self.names)
        for name in [name for name in self.names if "{%s}" % name in path]:
            for step in STEPS:
                yield path.format_map({**self.names, name: quote(step, safe="%")})

    def queries(self, operation):
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                for word in WORDS:
                    yield f"{parameter['name']}={quote(word, safe='%')}"
        yield from ("unheard=of", "&&&=", "%", "=" * 3000)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("hostile"))
    made = Api(server)
    made.document = get(made.anonymous, "/v1/openapi.json")
    yield made
    server.stop()


def names_of(api):
    items = api.project("hostile", ["a.png", "b.png"])
    row = get(api.owner, "/v1/projects/hostile/items")["rows"][0]
    return {"project": "hostile", "item": items["a.png"], "task": row["task"], "user": "Ann", "token": 999999, "job": 1, "level": 0, "column": 0, "row": 0,
            "upload": api.owner.post("/v1/uploads").json()["id"]}


def check(api, method, target, **more):
    answer = api.token.request(method, target, **more)  # the contract is held by the client's hook
    assert answer.status_code < 500, f"{method} {target[:200]} {str(more)[:200]}: {answer.status_code} {answer.text[:300]}"
    return answer


def test_nothing_breaks(hostile):
    api, n = hostile, 0
    requests = Requests(api.document, names_of(api))
    ends = {("DELETE", "/v1/projects/{project}"), ("DELETE", "/v1/users/{user}"), ("PATCH", "/v1/projects/{project}")}  # of what the others need
    for path, methods in api.document["paths"].items():
        for method, operation in methods.items():
            method = method.upper()
            targets = list(requests.paths(path))[(method, path) in ends:]
            for target in targets:
                check(api, method, target)
                n += 1
            if (method, path) in ends:
                continue
            for query in requests.queries(operation):
                check(api, method, f"{targets[0]}?{query}")
                n += 1
            for type_, media in operation.get("requestBody", {}).get("content", {}).items():
                if "json" not in type_:
                    continue
                for body in requests.bodies(media["schema"]):
                    check(api, method, targets[0], content=json.dumps(body).encode(errors="surrogatepass"), headers={"Content-Type": type_})
                    n += 1
    assert n > 2500, n
    assert get(api.token, "/healthz")["status"] == "ok"
    assert get(api.token, "/v1/projects/hostile")["name"] == "hostile"
    api.verify()


def test_what_no_json_is(hostile):
    for method, path in [("POST", "/v1/projects"), ("PUT", "/v1/projects/hostile/ontology"), ("POST", "/v1/projects/hostile/labels"), ("PATCH", "/v1/projects/hostile")]:
        for body in (b"", b"{", b"\xff\xfe{}", b"{" * 5000, b"[" * 5000, b'{"a": 1' + b"0" * 5000 + b"}", b'{"a":1}{"a":1}', b"NaN", b"\xef\xbb\xbf{}", b'{"name": "x", "name": "y"',
                     b"\0" * 100, b'"\\u0000"', b"-", b"1e99999"):
            answer = check(hostile, method, path, content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 400, (method, path, body[:40], answer.text)


def test_headers_that_lie(hostile):
    fails(hostile.token.get("/v1/me", headers={"Authorization": "Bearer " + "x" * 4000}), 401, "signed-out")
    assert hostile.anonymous.get("/v1/me", headers={"Cookie": "; ".join(["a=b"] * 500)}).status_code == 401
    for size in range(1000, 16000, 500):  # of any size a browser sends on localhost, where all programs share their cookies
        assert hostile.anonymous.get("/v1/me", headers={"Cookie": "a=" + "b" * size}).status_code == 401
    fails(hostile.anonymous.get("/v1/me", headers={"Cookie": "a=" + "b" * 17000}), 413, "too-large")
    for more in ({"Range": "bytes=-1-2"}, {"Range": "bytes=" + "0-1," * 500}, {"If-None-Match": '"' * 3000}, {"Accept": "*/*;q=" + "9" * 3000}):
        answer = hostile.token.get("/v1/projects/hostile", headers=more)
        assert answer.status_code < 500, more
