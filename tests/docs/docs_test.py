"""What the documents say is there is there: links, files, names in C, routes, keys; and the README's first use runs as it stands."""

import contextlib
import json
import os
import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
LW = Path(os.environ.get("LW_BIN", TOP / "build" / "lw"))
DOCUMENTS = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md")])
IDS = [str(path.relative_to(TOP)) for path in DOCUMENTS]
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)


def anchors(text):
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.M)}


def broken_links(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        file = document.parent / path if path else document
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            yield target


def missing_files(text):
    folders = "|".join(path.name for path in TOP.iterdir() if path.is_dir() and not path.name.startswith((".", "build")))
    for name in re.findall(rf"`((?:{folders})/[\w./-]+)`", text):
        if not re.match(r"(web/dist|sql/0002_|web/src/pages/things|src/store/(review|x\.)|.*/dots(_|\.))", name) and not (TOP / name).exists():
            yield name


def code():
    return "\n".join(path.read_text() for pattern in ("src/**/*.[ch]", "src/**/*.sql", "tools/*", "tests/e2e/*.mjs") for path in TOP.glob(pattern) if path.is_file())


def missing_names(text, source):
    for name in sorted(set(re.findall(r"`(lw_[a-z_]+|LW_[A-Z_]+)\b", text))):
        if not name.startswith(("LW_STORE", "LW_TOKEN")) and not re.search(rf"\b{name}\b", source):
            yield name


def routes():
    source = "\n".join(path.read_text() for pattern in ("src/api/*.c", "bench/*.c") for path in TOP.glob(pattern))
    return set(re.findall(r'\{LW_\w+,\s*"(/[^"]*)"', source))


def missing_routes(text, known):
    shapes = [re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))) for path in known]
    for path in re.findall(r"/v1/[\w/{}.-]*[\w}]", re.sub(r"\$(?!URL)\w+", "x", text)):
        if not any(shape.fullmatch(path) for shape in shapes):
            yield path


def web_keys():
    """The keys of every command of the labelling page, as the guide writes them."""
    named = {"ArrowUp": "arrows", "Escape": "`Esc`", "Delete": "Del", "PageUp": "Page Up"}
    named |= {"PageDown": "Page Down", "Tab": "Tab", "Backspace": "Backspace", "Space": "Space", "Shift+Tab": "Shift Tab", "`": "`` ` ``", "=": ""}
    text = (TOP / "web" / "src" / "label" / "key-map.ts").read_text()
    for keys in re.findall(r"keys: \[([^\]]*)\]", text):
        for key in re.findall(r"'((?:[^'\\]|\\.)+)'", keys):
            key = key.replace("\\\\", "\\")
            if "Arrow" in key:
                key = "ArrowUp"
            parts = re.split(r"\+(?=.)", key)
            yield named.get(key, f"`{' '.join(part.upper() if len(part) == 1 else part for part in parts)}`")


@each_document
def test_links_lead_somewhere(document):
    assert not list(broken_links(document))


@each_document
def test_files_are_there(document):
    assert not list(missing_files(document.read_text()))


@each_document
def test_names_are_in_the_code(document):
    assert not list(missing_names(document.read_text(), code()))


@each_document
def test_routes_are_in_the_tables(document):
    known = routes()
    if not known:
        pytest.skip("src/api has no routes yet")
    assert not list(missing_routes(document.read_text(), known))


def verbs(text):
    """Those of `lw VERB` in running text and at the start of a line of an example."""
    return set(re.findall(r"`lw ([a-z]+)", text)) | set(re.findall(r"^lw ([a-z]+)", text, re.M))


def lw_with_commands():
    if not LW.exists():
        pytest.skip("build/lw is not built")
    return LW


@each_document
def test_verbs_are_those_of_the_command_line(document):
    named = verbs(document.read_text())
    if named:
        known = set(re.findall(r"^  lw ([a-z]+)", subprocess.run([lw_with_commands(), "--help"], capture_output=True, text=True, check=True).stdout, re.M))
        assert "import" in known and not named - known


def test_the_guide_names_every_key():
    keys = list(web_keys())
    guide = (TOP / "docs" / "user-guide" / "labelling.md").read_text()
    assert len(keys) > 30
    assert not [key for key in keys if key not in guide]


def test_the_guide_has_a_page_for_each_page():
    titles = re.search(r"nav: \{(.*?)\}", (TOP / "web" / "src" / "texts.ts").read_text())[1]
    pages = set(re.findall(r"'(\w+)'", titles)) - {"Main"}
    headings = " ".join(path.read_text().split("\n", 1)[0] for path in (TOP / "docs" / "user-guide").glob("*.md"))
    assert len(pages) > 8 and not [page for page in pages if page not in headings]


def test_what_is_not_there_is_found(tmp_path):
    document = tmp_path / "a.md"
    document.write_text("# One\n[a](a.md#one) [b](b.md) [c](a.md#two) `src/no/such.c` `lw_no_such` `LW_TRY` /v1/no/{such}/route /v1/me\n")
    text = document.read_text()
    assert list(broken_links(document)) == ["b.md", "a.md#two"]
    assert list(missing_files(text)) == ["src/no/such.c"]
    assert list(missing_names(text, code())) == ["lw_no_such"]
    assert list(missing_routes(text, {"/v1/me"})) == ["/v1/no/{such}/route"]
    assert verbs("`lw nosuch` and\nlw import a b\n") == {"nosuch", "import"}


FORMATS = TOP / "docs" / "formats"


def table_of_formats():
    rows = json.loads(subprocess.run([lw_with_commands(), "formats", "--json"], capture_output=True, text=True, check=True).stdout)["rows"]
    lines = {label: [row[key] for row in rows] for label, key in {"read": "read", "written": "write", "one file": "one_file"}.items()}
    for kind in "box polygon polyline points skeleton mask ellipse cuboid tag".split():
        lines[kind] = [kind in row["can"]["kinds"] for row in rows]
    lines |= {key.replace("_", " "): [row["can"][key] for row in rows] for key in rows[0]["can"] if key != "kinds"}
    yield "| | " + " | ".join(f"`{row['name']}`" for row in rows) + " |"
    yield "| --- " * (len(rows) + 1) + "|"
    for label, cells in lines.items():
        yield f"| {label} | " + " | ".join("x" if cell else "" for cell in cells) + " |"


def test_the_table_of_formats_is_what_they_declare():
    table = "\n".join(table_of_formats())
    assert table in (FORMATS / "README.md").read_text(), f"docs/formats/README.md needs this table:\n\n{table}"


@pytest.mark.parametrize("page", sorted(FORMATS.glob("[a-z]*.md")), ids=lambda page: page.stem)
def test_each_format_has_its_page(page):
    headings = re.findall(r"^## (.*)$", page.read_text(), re.M)
    assert {"What is read", "What is written", "What is lost", "Traps"} <= set(headings)


def test_issues_that_pages_name_are_reported_somewhere():
    source = "\n".join(path.read_text() for folder in ("formats", "work", "model") for path in (TOP / "src" / folder).glob("*.c"))
    for page in FORMATS.glob("*.md"):
        for code_ in re.findall(r"\(`([a-z]+(?:-[a-z0-9]+)+)`", page.read_text()):
            assert f'"{code_}"' in source or code_.startswith(("yolo-", "coco-")), f"{page.name} names {code_}"


def blocks_to_run(document):
    return re.findall(r"<!-- tested -->\n```sh\n(.*?)```", document.read_text(), re.S)


def png(width, height, grey):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([grey]) * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_the_readme_has_a_tested_example():
    assert blocks_to_run(TOP / "README.md")


@contextlib.contextmanager
def running_server(environment):
    """Adds the URL and TOKEN that examples of the API ask for."""
    if not shutil.which("curl") or not shutil.which("jq"):
        pytest.skip("curl or jq is not installed")
    command = [lw_with_commands(), "serve", "--no-demo", "--listen", "127.0.0.1:0"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        environment["URL"] = next(re.findall(r"http://[\d.:]+", line)[0] for line in server.stdout if "#secret=" in line)
        made = subprocess.run([lw_with_commands(), "token", "create", "--json"], env=environment, capture_output=True, text=True, check=True)
        environment["TOKEN"] = json.loads(made.stdout)["token"]
        yield
    finally:
        server.terminate()
        assert server.wait(20) == 0


@each_document
def test_examples_run(document, tmp_path):
    blocks = blocks_to_run(document)
    if not blocks:
        return
    path = f"{lw_with_commands().parent}:{os.environ['PATH']}"
    for folder in ("photos", "more"):
        (tmp_path / folder).mkdir()
        for i in range(3):
            (tmp_path / folder / f"{folder}-{i}.png").write_bytes(png(40, 30, 20 * i + len(folder)))
    environment = {"HOME": str(tmp_path), "LW_STORE": str(tmp_path / "store"), "PATH": path}
    script = "\n".join(blocks)
    with running_server(environment) if "$URL" in script else contextlib.nullcontext():
        ran = subprocess.run(["sh", "-euxc", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
        assert ran.returncode == 0, ran.stdout + ran.stderr
