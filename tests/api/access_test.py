"""Who may do what: every route by role, people and tokens, other sites, limits, headers, and what the log never holds."""

import json
import subprocess

import httpx
import pytest
from conftest import LW, Api, Server, fails, get

PUBLIC = {("GET", "/healthz"), ("GET", "/metrics"), ("GET", "/v1/openapi.json"), ("GET", "/v1/formats"), ("POST", "/v1/session"), ("DELETE", "/v1/session")}
OWNER = {
    ("GET", "/v1/users"), ("POST", "/v1/users"), ("POST", "/v1/users/{user}/link"), ("PATCH", "/v1/users/{user}"), ("DELETE", "/v1/users/{user}"),
    ("POST", "/v1/projects"), ("PATCH", "/v1/projects/{project}"), ("DELETE", "/v1/projects/{project}"), ("POST", "/v1/projects/{project}/restore"),
    ("PUT", "/v1/projects/{project}/ontology"), ("POST", "/v1/projects/{project}/undo"), ("POST", "/v1/uploads"),
    ("PUT", "/v1/uploads/{upload}/files"), ("POST", "/v1/projects/{project}/imports"), ("POST", "/v1/projects/{project}/exports"),
    ("POST", "/v1/jobs/{job}/cancel"), ("POST", "/v1/backup"), ("POST", "/v1/verify"), ("POST", "/v1/demo"),
}


def routes(api):
    """Every (method, path) that the server describes."""
    described = get(api.anonymous, "/v1/openapi.json")["paths"]
    found = {(method.upper(), path) for path, methods in described.items() for method in methods if method != "parameters"}
    assert len(found) > 40
    return sorted(found)


def call(client, method, path, **more):
    for name in ("project", "item", "task", "user", "token", "job", "upload", "level", "column", "row"):
        path = path.replace("{%s}" % name, "999999999")
    assert "{" not in path
    return client.request(method, path, **more)


@pytest.mark.quick
def test_nobody_gets_in(api):
    for method, path in routes(api):
        answer = call(api.anonymous, method, path)
        if (method, path) in PUBLIC:
            assert answer.status_code in (200, 204, 400), (method, path)
        else:
            fails(answer, 401, "signed-out")


@pytest.mark.quick
def test_annotators_and_owners(api):
    assert OWNER <= set(routes(api)), OWNER - set(routes(api))
    for method, path in routes(api):
        if (method, path) in {("DELETE", "/v1/session"), ("POST", "/v1/session")}:
            continue
        answer = call(api.ann, method, path)
        assert (answer.status_code == 403) == ((method, path) in OWNER), (method, path, answer.text)
        if (method, path) == ("POST", "/v1/uploads"):
            continue
        for client in (api.owner, api.token, api.socket):
            assert call(client, method, path).status_code in (200, 201, 202, 400, 404), (method, path)


@pytest.mark.quick
def test_paths_of_the_servers_files(api):
    """Are for whoever owns those files and comes by the socket: no owner's token names one."""
    api.project("no-paths")
    for path, body in [("/v1/backup", {"target": "/tmp/x"}), ("/v1/projects/no-paths/exports", {"target": "/tmp/x", "format": "jsonl"}),
                       ("/v1/projects/no-paths/imports", {"source": "/etc"})]:
        for client in (api.owner, api.token):
            fails(client.post(path, json=body), 403, "not-allowed")


def test_every_body_is_checked(api):
    """An unknown key, a list, a word, NaN, depth, bytes that are no text: 400 or 404, never 500 or 200."""
    api.project("bodies")
    bodies = [b'{"no such key": 1}', b"[]", b"nonsense", b'"x"', b"7", b'{"name": NaN}', b'{"a":' * 3000, b"[" * 3000, b"\xff\xff", b'{"name": "\xff"}',
              b'{"name": 5, "role": 5, "secret": 5, "commits": 5, "after": [], "reason": 5, "split": 5, "upload": 5, "target": 5}', b"{} {}"]
    for method, path in routes(api):
        if method not in ("POST", "PUT", "PATCH") or path in ("/v1/me/settings", "/v1/uploads/{upload}/files"):
            continue
        for body in bodies:
            answer = call(api.owner, method, path.replace("{project}", "bodies"), content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code in (400, 404), (method, path, body[:60], answer.status_code, answer.text[:200])
            assert answer.json()["error"]["code"] in ("invalid", "not-found")
    assert get(api.owner, "/v1/projects/bodies")["name"] == "bodies"


def test_body_over_the_limit(api):
    big = b'{"name": "' + b"x" * (70 << 10) + b'"}'
    for path in ("/v1/session", "/v1/users", "/v1/tokens"):
        fails(api.owner.post(path, content=big), 413, "too-large")
    fails(api.owner.post("/v1/projects", content=b" " * ((4 << 20) + 1)), 413, "too-large")
    fails(api.owner.put("/v1/me/settings", json={"x": "y" * (70 << 10)}), 413, "too-large")
    assert api.owner.get("/v1/me").status_code == 200


def test_unknown_addresses_and_methods(api):
    fails(api.owner.get("/v1/nothing"), 404, "not-found")
    fails(api.owner.get("/v1/projects/none/items"), 404, "not-found")
    answer = api.owner.put("/v1/projects", json={})
    fails(answer, 405, "method")
    assert "GET" in answer.headers["allow"] and "POST" in answer.headers["allow"]
    fails(api.owner.get("/v1/projects", params={"colour": "red"}), 400, "invalid")
    fails(api.owner.get("/v1/projects?limit=%zz"), 400, "invalid")
    assert api.owner.get("/v1/projects/%ff%00").status_code in (400, 404)
    fails(api.owner.post("/v1/projects", content=b"name=x", headers={"Content-Type": "application/x-www-form-urlencoded"}), 400, "invalid")


@pytest.mark.quick
def test_other_sites(api):
    for host in ("evil.example", "evil.example:8085", "127.0.0.1.evil.example", ""):
        answer = api.owner.get("/v1/me", headers={"Host": host})
        if host:
            assert "--base-url" in fails(answer, 403, "not-allowed")["message"]
    for host in ("localhost", "localhost:1234", "127.0.0.1:9"):
        assert api.owner.get("/v1/me", headers={"Host": host}).status_code == 200
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        fails(api.owner.put("/v1/me/settings", json={}, headers=headers), 403, "not-allowed")
        fails(api.owner.post("/v1/projects", json={"name": "forged"}, headers=headers), 403, "not-allowed")
    assert api.owner.put("/v1/me/settings", json={}, headers={"Origin": api.server.url}).status_code == 200
    fails(api.owner.get("/v1/projects/forged"), 404, "not-found")


@pytest.mark.quick
def test_after_is_what_next_said(api):
    api.project("pages")
    for path in ("/v1/users", "/v1/tokens", "/v1/projects", "/v1/jobs", "/v1/projects/pages/log", "/v1/projects/pages/items"):
        for after in ("x", "1.5", "-1", "1 or 1=1", "99999999999999999999"):
            fails(api.owner.get(path, params={"after": after}), 400, "invalid")
        assert api.owner.get(path, params={"after": ""}).status_code == 200


def test_tokens_page(api):
    made = [api.bo.post("/v1/tokens", json={"name": f"t{i}"}).json()["id"] for i in range(5)]
    found, after = [], None
    while True:
        page = get(api.bo, "/v1/tokens", limit=2, **({"after": after} if after else {}))
        assert len(page["rows"]) <= 2
        found += [row["id"] for row in page["rows"]]
        after = page["next"]
        if not after:
            break
    assert found == made


def test_security_headers(api):
    for answer in (api.owner.get("/v1/me"), api.anonymous.get("/v1/me"), api.anonymous.get("/nothing"), api.anonymous.get("/healthz")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] in ("no-referrer", "same-origin")
        assert "content-security-policy" in answer.headers or "x-frame-options" in answer.headers
        assert "access-control-allow-origin" not in answer.headers
    fresh = api.owner.post("/v1/users/Bo/link").json()["secret"]
    cookie = api.anonymous.post("/v1/session", json={"secret": fresh}).headers["set-cookie"]
    api.anonymous.cookies.clear()
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie


def test_sessions_outlast_restarts(tmp_path):
    """The cookie's name holds the store's id, so that two stores on one machine do not sign each other out."""
    server = Server(tmp_path)
    signed_in = server.sign_in(server.secret)
    me = get(signed_in, "/v1/me")
    [(name, value)] = signed_in.cookies.items()
    assert name == f"lw_{me['store']}"
    server.stop()
    server.start()
    again = server.client(cookies={name: value})
    assert get(again, "/v1/me")["id"] == me["id"]
    assert value not in server.log()
    database = b"".join(path.read_bytes() for path in server.store.glob("labelwright.db*"))
    assert value.encode() not in database and server.secret.encode() not in database  # hashes alone
    fails(server.client(cookies={f"lw_{'0' * 16}": value}).get("/v1/me"), 401, "signed-out")
    server.stop()


def test_cookies_of_https(tmp_path):
    command = [LW, "serve", "--store", tmp_path / "store", "--listen", "127.0.0.1:0", "--no-demo", "--json", "--base-url", "https://labels.example/label/"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    link = json.loads(process.stdout.readline())["link"]
    assert link.startswith("https://labels.example/label/#secret=")
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(tmp_path / "store" / "lw.sock"))) as client:
        cookie = client.post("http://localhost/v1/session", json={"secret": link.partition("=")[2]}).headers["set-cookie"]
    assert cookie.endswith("; Secure") and "Path=/;" in cookie
    process.terminate()
    assert process.wait(30) == 0


@pytest.mark.quick
def test_a_link_works_once(api):
    fails(api.anonymous.post("/v1/session", json={"secret": api.server.secret}), 401, "signed-out")
    for secret in ("", "x", "0" * 100):
        answer = api.anonymous.post("/v1/session", json={"secret": secret})
        assert answer.status_code in (400, 401), answer.text
    fails(api.anonymous.post("/v1/session", json={}), 400, "invalid")


def test_sign_out(api):
    client = api.server.sign_in(api.owner.post("/v1/users/Bo/link").json()["secret"])
    cookies = dict(client.cookies)
    assert get(client, "/v1/me")["name"] == "Bo"
    assert client.delete("/v1/session").status_code in (200, 204)
    fails(api.server.client(cookies=cookies).get("/v1/me"), 401, "signed-out")  # the session is over, not the cookie alone
    assert get(api.bo, "/v1/me")["role"] == "annotator"


def test_settings(api):
    settings = {"theme": "dark", "nested": {"a": [1, 2.5, None, True, "é\u2028\\\""]}}
    assert api.ann.put("/v1/me/settings", json=settings).json()["settings"] == settings
    assert get(api.ann, "/v1/me")["settings"] == settings and get(api.bo, "/v1/me")["settings"] == {}
    fails(api.ann.put("/v1/me/settings", content=b"[1]"), 400, "invalid")


def test_people(api):
    made = api.owner.post("/v1/users", json={"name": "Cy"})
    assert made.status_code == 201 and made.json()["role"] == "annotator"
    cy = api.server.sign_in(made.json()["secret"])
    assert {row["name"] for row in get(api.owner, "/v1/users")["rows"]} >= {"Ann", "Bo", "Cy"}
    fails(api.owner.post("/v1/users", json={"name": "Cy"}), 409, "conflict")
    for bad in ({"name": ""}, {"name": "n" * 256}, {"name": "x", "role": "king"}, {"name": "a\nb"}, {"name": "x\0y"}, {"role": "owner"}):
        fails(api.owner.post("/v1/users", json=bad), 400, "invalid")
    fails(cy.get("/v1/users"), 403, "not-allowed")
    assert api.owner.patch("/v1/users/Cy", json={"role": "owner"}).json()["role"] == "owner"
    assert cy.get("/v1/users").status_code == 200
    token = cy.post("/v1/tokens", json={"name": "mine"}).json()["token"]
    by_token = api.server.client(headers={"Authorization": f"Bearer {token}"})
    assert get(by_token, "/v1/me")["name"] == "Cy"
    assert api.owner.delete(f"/v1/users/{made.json()['id']}").status_code in (200, 204)
    fails(cy.get("/v1/me"), 401, "signed-out")
    fails(by_token.get("/v1/me"), 401, "signed-out")
    fails(api.owner.post("/v1/users/nobody/link"), 404, "not-found")


def test_the_last_owner_stays(tmp_path):
    server = Server(tmp_path)
    api = Api(server)
    me = get(api.owner, "/v1/me")["id"]
    for answer in (api.owner.delete(f"/v1/users/{me}"), api.owner.patch(f"/v1/users/{me}", json={"role": "annotator"})):
        assert answer.status_code in (400, 409, 428), answer.text
    assert api.owner.get("/v1/users").status_code == 200
    server.stop()


def test_tokens(api):
    made = api.ann.post("/v1/tokens", json={"name": "script", "expires": "2099-01-31"}).json()
    client = api.server.client(headers={"Authorization": f"Bearer {made['token']}"})
    assert get(client, "/v1/me")["name"] == "Ann"
    fails(client.get("/v1/users"), 403, "not-allowed")
    listed = get(api.ann, "/v1/tokens")["rows"]
    assert made["id"] in [row["id"] for row in listed] and {row["user"] for row in listed} == {"Ann"} and "token" not in listed[0]
    fails(api.bo.delete(f"/v1/tokens/{made['id']}"), 404, "not-found")
    assert api.ann.delete(f"/v1/tokens/{made['id']}").status_code in (200, 204)
    fails(client.get("/v1/me"), 401, "signed-out")
    for bad in ({"name": "x", "expires": "yesterday"}, {"name": "x", "expires": "2001-01-01"}, {"name": ""}, {"expires": "2099-01-31"}):
        fails(api.ann.post("/v1/tokens", json=bad), 400, "invalid")
    for header in ("Bearer", "Bearer x", "Basic eDp5", "Bearer " + "a" * 4000):
        fails(api.anonymous.get("/v1/me", headers={"Authorization": header}), 401, "signed-out")


@pytest.mark.quick
def test_metrics(api):
    """What Prometheus reads: each line a comment or a number; requests are counted; nobody's name is in it."""
    import re

    def read():
        answer = api.anonymous.get("/metrics")
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return answer.text

    before = read()
    fails(api.anonymous.get("/v1/me"), 401, "signed-out")
    after = read()
    for line in after.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) \w+ .+|[a-z_]+(\{[a-z]+=\"[^\"]+\"\})? [0-9.e+-]+", line), line
    count = [int(re.search(r'requests_total\{status="4xx"\} (\d+)', text)[1]) for text in (before, after)]
    assert count[1] >= count[0] + 1
    assert int(re.search(r"database_bytes (\d+)", after)[1]) >= 4096


def test_health_and_description(api):
    assert api.anonymous.get("/healthz").status_code == 200
    assert get(api.anonymous, "/v1/openapi.json")["openapi"].startswith("3.")
    formats = {row["name"]: row for row in get(api.anonymous, "/v1/formats")["rows"]}
    assert formats["jsonl"]["read"] and formats["jsonl"]["write"] and "yolo" in formats


def test_no_secret_in_the_log(api):
    secrets = [api.server.secret, api.secret_token, *[value for client in (api.owner, api.ann, api.bo) for value in client.cookies.values()]]
    api.anonymous.get("/v1/projects", params={"token": api.secret_token})
    api.anonymous.post("/v1/session", json={"secret": api.secret_token})
    log = api.server.log()
    assert "/v1/" in log and all(len(secret) > 20 and secret not in log for secret in secrets)
