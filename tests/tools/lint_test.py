"""tools/lint: each rule fires on a small bad example and leaves the good ones beside it alone."""

import subprocess
import sys
from pathlib import Path

import pytest

LINT = Path(__file__).parents[2] / "tools" / "lint"

BAD = {
    "upwards include": ("src/base/a.c", '#include "store/item.h"\n', "1: [layers] base must not include store"),
    "sideways include": ("src/formats/a.c", '\n#include "store/item.h"\n', "2: [layers] formats must not include store"),
    "include not from src": ("src/base/a.c", '#include "a.h"\n', "1: [layers] \"a.h\""),
    "unknown folder": ("src/attic/a.c", "", "1: [layers] this folder"),
    "library elsewhere": ("src/api/a.c", "#include <sqlite3.h>\n", "1: [layers] <sqlite3.h> is for db alone"),
    "decoder's library in the client": ("src/media/a.c", "#include <vips/vips.h>\n", "1: [layers]"),
    "malloc": ("src/model/a.c", "static int f(void)\n{\n    return malloc(3) != 0;\n}\n", "3: [banned] malloc"),
    "free": ("src/model/a.c", "static void f(void *p) { free(p); }\n", "1: [banned] free"),
    "strcpy": ("src/base/a.c", "static void f(char *p) { strcpy(p, \"x\"); }\n", "1: [banned] strcpy"),
    "sprintf": ("src/base/a.c", "static void f(char *p) { sprintf (p, \"x\"); }\n", "1: [banned] sprintf"),
    "rand": ("src/api/a.c", "static int f(void) { return rand(); }\n", "1: [banned] rand"),
    "system": ("src/cli/a.c", "static int f(void) { return system(\"ls\"); }\n", "1: [banned] system"),
    "setjmp": ("src/base/a.c", "static int f(void) { return setjmp(x); }\n", "1: [banned] setjmp"),
    "atoi": ("src/cli/a.c", "static int f(char *s) { return atoi(s); }\n", "1: [banned] atoi"),
    "attribute": ("src/base/a.c", "__attribute__((constructor)) static void f(void) {}\n", "1: [banned] attribute constructor"),
    "select": ("src/store/a.c", 'static const char *q = "select id from item where name = \'%s\'";\n', "1: [sql]"),
    "select over two lines": ("src/api/a.c", 'static const char *q =\n    "  SELECT "\n    "id from item";\n', "2: [sql]"),
    "select pieced together": ("src/store/a.c", 'static void f(void) { lw_print(arena, "select %s", x); }\n', "1: [sql]"),
    "update": ("src/store/a.c", 'static const char *q = "update item set name = ?";\n', "1: [sql]"),
    "insert": ("src/work/a.c", 'static const char *q = "insert into item values (1)";\n', "1: [sql]"),
    "delete": ("src/work/a.c", 'static const char *q = "delete from item";\n', "1: [sql]"),
    "built where": ("src/store/a.c", 'static void f(void) { lw_print(arena, " where id = %d", 3); }\n', "1: [sql]"),
    "created table": ("src/store/a.c", 'static const char *q = "create table t (id)";\n', "1: [sql]"),
    "global without prefix": ("src/base/a.c", "int answer(void)\n{\n    return 42;\n}\n", "1: [names] answer"),
    "global with a long head": ("src/base/a.c", "const struct thing *find_thing(int a,\n    int b)\n{\n    return 0;\n}\n", "1: [names] find_thing"),
    "header function without prefix": ("src/base/a.h", "/* A thing. */\n#pragma once\nint answer(void);\n", "3: [names] answer"),
    "static inline in a header": ("src/base/a.h", "/* A thing. */\n#pragma once\nstatic inline int answer(void) { return 1; }\n", "3: [names] answer"),
    "static with prefix": ("src/base/a.c", "static int lw_answer(void) { return 42; }\n", "1: [names] lw_answer is static"),
    "_t": ("src/base/a.c", "typedef struct thing {\n    int a;\n} thing_t;\n", "3: [names] thing_t"),
    "no pragma": ("src/base/a.h", "/* A thing. */\nstruct lw_a;\n", "1: [header] #pragma once is missing"),
    "no word on what it is for": ("src/base/a.h", "#pragma once\n", "1: [header] the first line says"),
    "header leans on its includer": ("src/base/a.h", "/* A thing. */\n#pragma once\nsize_t lw_a(void);\n", "1: [header] does not compile alone"),
    "too long": ("src/base/a.c", "/* line */\n" * 601, "600: [length] 601 lines"),
    "too long a page": ("web/src/pages/a.tsx", "// line\n" * 601, "600: [length] 601 lines"),
    "too long a test": ("tests/unit/a_test.c", "/* line */\n" * 1001, "1000: [length] 1001 lines"),
    "unfinished": ("docs/a.md", "One\n" + "TO" + "DO: two\n", "2: [unfinished]"),
    "unfinished code": ("src/base/a.c", "/* FIX" + "ME */\n", "1: [unfinished]"),
    "machine path": ("tests/api/a.py", 'DATA = "' + "/wo" + 'rk/shared"\n', "1: [foreign]"),
    "registry": ("web/package-lock.json", '{"resolved": "https://registry.npm' + 'js.org/x"}\n', "1: [foreign]"),
}

GOOD = {
    "downward includes": ("src/cli/a.c", '#include "base/text.h"\n#include "store/item.h"\n#include "http/server.h"\n'),
    "the media client in formats": ("src/formats/a.c", '#include "media/probe.h"\n'),
    "libraries at home": ("src/db/sqlite.c", "#include <sqlite3.h>\n"),
    "malloc in base": ("src/base/a.c", "static void *f(void) { return malloc(3); }\n"),
    "a member named free": ("src/model/a.c", "static void f(struct x *p) { p->free(p), p->v.free(p), arena_free(p); }\n"),
    "banned words in comments and strings": ("src/model/a.c", '/* malloc(3) */\nstatic const char *s = "free(it) // system()"; // rand()\n'),
    "SQL in the driver": ("src/db/a.c", 'static const char *q = "select 1 from x";\n'),
    "English that begins like SQL": ("src/cli/a.c", 'static const char *q = "select an item, or update the list", *r = "delete what?", *s = "where it lies";\n'),
    "names": (
        "src/base/a.c",
        "lw_status lw_do(lw_ctx *cx)\n{\n    return LW_OK;\n}\nstatic bool is_it(int a)\n{\n    return run(a);\n}\n"
        "static void lw_thing_cleanup(lw_thing *t) {}\nint main(void)\n{\n    return 0;\n}\nLW_TABLE(x)\nstruct a b = {f(1)};\n",
    ),
    "a header": ("src/base/a.h", "/* A thing. */\n#pragma once\n\n#include <stddef.h>\n\nsize_t lw_a(void);\nstatic inline int lw_b(void) { return 1; }\n"),
    "a folder named work": ("docs/a.md", "see src" + "/wo" + "rk/import.h\n"),
    "600 lines": ("src/base/a.c", "/* line */\n" * 600),
}


def run(tmp_path, path, content):
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return subprocess.run([sys.executable, LINT, tmp_path], capture_output=True, text=True)


@pytest.mark.parametrize("path, content, problem", BAD.values(), ids=BAD)
def test_fires(tmp_path, path, content, problem):
    done = run(tmp_path, path, content)
    assert done.returncode == 1, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith(f"{path}:{problem}")], done.stdout
    assert len(done.stdout.splitlines()) == 1, "and nothing else"


@pytest.mark.parametrize("path, content", GOOD.values(), ids=GOOD)
def test_stays_quiet(tmp_path, path, content):
    done = run(tmp_path, path, content)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_unchanged_headers_are_not_compiled_again(tmp_path):
    (tmp_path / "build").mkdir()
    header = ("src/base/a.h", "/* A thing. */\n#pragma once\n#include \"base/b.h\"\nlw_b lw_a(void);\n")
    run(tmp_path, "src/base/b.h", "/* A base. */\n#pragma once\ntypedef int lw_b;\n")
    assert run(tmp_path, *header).returncode == 0
    changed = run(tmp_path, "src/base/b.h", "/* A base. */\n#pragma once\ntypedef int lw_c;\n")
    assert "src/base/a.h:1: [header] does not compile alone" in changed.stdout
    assert run(tmp_path, *header).returncode == 1, "a failure is not remembered as good"
