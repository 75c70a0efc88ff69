"""SQL is written once for two back ends: the schema and every statement of src/store/*.sql are prepared on SQLite and on PostgreSQL."""

import importlib.machinery
import importlib.util
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
loader = importlib.machinery.SourceFileLoader("sql_tool", str(TOP / "tools" / "sql"))
tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("sql_tool", loader))
loader.exec_module(tool)

STATEMENTS = [statement for path in sorted((TOP / "src" / "store").glob("*.sql")) for statement in tool.statements(path)]
SCHEMA = "\n".join(path.read_text() for path in sorted((TOP / "sql").glob("*.sql")))
TYPES = {
    "sqlite": {"int": "integer", "real": "real", "text": "text", "blob": "blob", "table": "strict", "clustered": "strict, without rowid", ", id": ""},
    "postgres": {"int": "bigint", "real": "double precision", "text": "text", "blob": "bytea", "table": "", "clustered": "", ", id": ", id"},
}
NEVER_PREPARED = ("savepoint", "release", "rollback")  # run as they are


def spelled(sql, back_end):
    return re.sub(r"<(\w+|, id)>", lambda match: TYPES[back_end][match[1]], sql)


def test_there_are_statements():
    assert len(STATEMENTS) > 10 and "create table" in SCHEMA


@pytest.mark.parametrize("name, n_params, text", STATEMENTS, ids=[s[0] for s in STATEMENTS])
def test_sqlite(sqlite, name, n_params, text):
    if not text.startswith(NEVER_PREPARED):
        sqlite.execute("explain " + text, [None] * n_params)


LARGE = "label|label_past|task|task_past|item|commit_log|commit_item|score|track|job"
# Walk a table by intent: checks of everything, what runs once in a while, and tokens, which are few.
WALKS = ("verify_", "job_requeue", "replay_purge", "token_list")


@pytest.mark.parametrize("name, n_params, text", STATEMENTS, ids=[s[0] for s in STATEMENTS])
def test_cost_stays_flat(sqlite, name, n_params, text):
    """No request's cost may grow with the project: nothing scans a large table, or narrows one item's labels by the project alone."""
    if text.startswith(NEVER_PREPARED) or name.startswith(WALKS):
        return
    plan = [row[3] for row in sqlite.execute("explain query plan " + text, [None] * n_params)]
    for step in plan:
        assert not re.match(rf"SCAN (\w+ AS )?({LARGE}|[tli])\b", step), plan
        assert not (re.search(r"SEARCH (label|l)\b.*label_class \(class_id=\?\)", step)), plan


@pytest.mark.parametrize("name, n_params, text", [s for s in STATEMENTS if s[0].startswith("task_page")], ids=lambda value: value if str(value).startswith("task_") else "")
def test_pages_look_at_no_more_than_they_give(sqlite, name, n_params, text):
    """One index holds all that a page of tasks is narrowed by, and its order."""
    first, *rest = [row[3] for row in sqlite.execute("explain query plan " + text, [None] * n_params)]
    narrowed_by = re.findall(r"\bt\.(\w+) ([=<>]) \?", text)
    assert len(narrowed_by) >= 2 and all(f"{column}{sign}?" in first for column, sign in narrowed_by), first
    assert not any("TEMP B-TREE" in step for step in rest), rest


@pytest.fixture(scope="module")
def sqlite():
    database = sqlite3.connect(":memory:")
    database.executescript(spelled(SCHEMA, "sqlite"))
    return database


@pytest.fixture(scope="module")
def postgres_errors(tmp_path_factory):
    """What PostgreSQL says to each statement, by name; a server is started once, and one session prepares all."""
    script = ["\\set ON_ERROR_STOP on", "begin;", spelled(SCHEMA, "postgres"), "commit;", "\\set ON_ERROR_STOP off"]
    for name, _, text in STATEMENTS:
        script.append(f"\\echo == {name}")
        if not text.startswith(NEVER_PREPARED):
            script.append(f"prepare {name} as " + re.sub(r"[?](\d+)", r"$\1", text) + ";")
    file = tmp_path_factory.mktemp("sql") / "prepare.sql"
    file.write_text("\n".join(script))
    done = subprocess.run(
        [TOP / "tools" / "with-postgres", "sh", "-c", f'psql "$LW_POSTGRES" -qXf {file} 2>&1'],
        capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert "== " in done.stdout, f"the schema is refused: {done.stdout}{done.stderr}"
    return {part.split("\n")[0]: "\n".join(part.split("\n")[1:]).strip() for part in done.stdout.split("== ")[1:]}


@pytest.mark.parametrize("name", [s[0] for s in STATEMENTS])
def test_postgres(postgres_errors, name):
    assert postgres_errors[name] == ""
