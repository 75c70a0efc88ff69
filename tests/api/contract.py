"""The description of the API as a contract: every answer that a test client gets is held against it."""

import json
import re
from urllib.parse import unquote

from jsonschema import Draft202012Validator

JSON, LINES = "application/json", "application/x-ndjson"


class Contract:
    def __init__(self, document):
        self.document = document
        self.seen = set()  # (method, path) of the answers that were checked, successes alone
        self.validators = {}
        self.paths = []
        for path in sorted(document["paths"], key=lambda path: path.count("{")):  # literal steps win
            self.paths.append((re.compile("/".join("[^/]+" if step.startswith("{") else re.escape(step) for step in path.split("/"))), path))

    def operation(self, method, path):
        """The described path and operation, or None for what the API does not have."""
        for pattern, name in self.paths:
            if pattern.fullmatch(path):
                return name, self.document["paths"][name].get("get" if method == "HEAD" else method.lower())
        return None, None

    def validator(self, schema):
        key = json.dumps(schema)
        if key not in self.validators:
            self.validators[key] = Draft202012Validator(schema | {"components": self.document["components"]})
        return self.validators[key]

    def check(self, answer):
        """An httpx response, its body read."""
        request = answer.request
        path, operation = self.operation(request.method, unquote(request.url.raw_path.decode().partition("?")[0], errors="replace"))
        type_, _, _ = answer.headers.get("content-type", "").partition(";")
        if answer.status_code >= 400:
            if request.method != "HEAD" and type_ == JSON:
                self.hold({"$ref": "#/components/schemas/Error"}, answer.json(), answer)
            return
        if operation is None or request.method == "HEAD" or answer.status_code in (206, 304):
            return
        assert str(answer.status_code) in operation["responses"], f"{request.method} {path} answers {answer.status_code}, described {list(operation['responses'])}"
        content = operation["responses"][str(answer.status_code)].get("content")
        self.seen.add((request.method, path))
        if content is None:
            assert not answer.content, f"{request.method} {path} answers a body that is not described"
            return
        assert type_ in content or "application/octet-stream" in content or type_.startswith("image/"), f"{request.method} {path}: {type_}, described {list(content)}"
        if type_ == JSON:
            self.hold(content[JSON]["schema"], answer.json(), answer)
        elif type_ == LINES:
            for line in answer.text.splitlines():
                self.hold(content[LINES]["schema"], json.loads(line), answer)

    def hold(self, schema, value, answer):
        error = next(iter(self.validator(schema).iter_errors(value)), None)
        assert error is None, f"{answer.request.method} {answer.request.url}: {error.json_path}: {error.message[:500]}"

    def hook(self, answer):
        """For httpx's event_hooks. What streams without end is left alone."""
        type_, _, _ = answer.headers.get("content-type", "").partition(";")
        if type_ in ("", JSON, LINES):
            answer.read()
        if type_ != "text/event-stream":
            self.check(answer)
