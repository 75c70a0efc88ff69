/* Numbered migrations: forward only, each whole or not at all, a copy first, never on a store of a newer version. */
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "db/db.h"

static const lw_migration migrations[] = {
    {1, "start", "create table fruit (id <int> not null primary key, name <text> not null) <table>; insert into fruit values (1, 'apple');"},
    {2, "colour", "alter table fruit add column colour <text>; update fruit set colour = 'green'; insert into fruit values (2, 'plum', 'blue');"},
    {3, "weight", "create table weight (fruit_id <int> not null, grams <real>) <table>; insert into weight select id, 100 from fruit;"},
};
static const lw_sql sum = {3, 0, "sum", "select count(*), sum(grams) from fruit join weight on fruit.id = weight.fruit_id where colour is not null"};
static const lw_sql tables = {4, 0, "tables", "select count(*) from sqlite_master where name = 'weight'"};

typedef struct copying {
    int n_calls, from_version;
    lw_status answer;
} copying;

static lw_status before(lw_ctx *cx, void *state, int from_version)
{
    copying *c = state;
    c->n_calls++;
    c->from_version = from_version;
    return c->answer == LW_OK ? LW_OK : lw_fail(cx, c->answer, "no room for the copy");
}

static lw_db *open_database(lw_ctx *cx, const char *path, lw_db_mode mode)
{
    lw_db *db = NULL;
    CHECK_OK(cx, lw_fault.open(cx, path, mode, 8, &db));
    return db;
}

static int64_t number(lw_ctx *cx, lw_db *db, const lw_sql *sql, int column)
{
    LW_AUTO(lw_rows) rows = {0};
    return lw_query_one(cx, db, sql, LW_NO_PARAMS, &rows) == LW_OK ? lw_rows_int(&rows, column) : -1;
}

static void check_newest(lw_ctx *cx, lw_db *db)
{
    CHECK_INT(number(cx, db, &sum, 0), 2);
    CHECK_INT(number(cx, db, &sum, 1), 200);
}

static void test_order(lw_ctx *cx, const char *path)
{
    copying c = {0};
    int from = -1;
    lw_db *db = open_database(cx, path, LW_DB_CREATE);
    CHECK_FAILS(cx, lw_migrate_check(cx, db, migrations, 1), LW_REFUSED, "older version");
    CHECK_OK(cx, lw_migrate(cx, db, migrations, 1, before, &c, &from));
    CHECK(from == 0 && c.n_calls == 0); /* nothing there that a copy could save */
    CHECK_OK(cx, lw_migrate(cx, db, migrations, 1, before, &c, &from));
    CHECK(from == 1 && c.n_calls == 0);
    CHECK_FAILS(cx, lw_migrate_check(cx, db, migrations, 3), LW_REFUSED, "older version");
    c.answer = LW_FULL;
    CHECK_FAILS(cx, lw_migrate(cx, db, migrations, 3, before, &c, &from), LW_FULL, "no room");
    CHECK_INT(number(cx, db, &tables, 0), 0); /* without a copy nothing changes */
    c = (copying){0};
    CHECK_OK(cx, lw_migrate(cx, db, migrations, 3, before, &c, &from));
    CHECK(from == 1 && c.n_calls == 1 && c.from_version == 1);
    check_newest(cx, db);
    CHECK_FAILS(cx, lw_migrate(cx, db, migrations, 2, before, &c, &from), LW_REFUSED, "schema 3; this one knows 2");
    CHECK_FAILS(cx, lw_migrate_check(cx, db, migrations, 2), LW_REFUSED, "schema 3; this one knows 2");
    CHECK_OK(cx, lw_migrate_check(cx, db, migrations, 3));
    check_newest(cx, db);
    lw_fault.close(db);
}

/* From each earlier version, with the nth call failing: what is there then is one version or the other, and the next try ends well. */
static void test_faults(lw_ctx *cx, const char *path)
{
    for (size_t start = 1; start < LW_COUNT(migrations); start++) {
        bool is_sound = true;
        int n_failed = 0, from;
        for (int64_t nth = 1; nth < 100; nth++) {
            lw_db *db = NULL;
            is_sound = is_sound && lw_path_remove(cx, path) == LW_OK && lw_fault.open(cx, path, LW_DB_CREATE, 8, &db) == LW_OK &&
                       lw_migrate(cx, db, migrations, start, NULL, NULL, &from) == LW_OK;
            lw_fault_arm(nth);
            lw_status status = lw_migrate(cx, db, migrations, LW_COUNT(migrations), NULL, NULL, &from);
            lw_fault_arm(0);
            n_failed += status != LW_OK;
            lw_fault.close(db); /* as if it had died there */
            is_sound = is_sound && lw_fault.open(cx, path, LW_DB_WRITE, 8, &db) == LW_OK &&
                       lw_migrate(cx, db, migrations, LW_COUNT(migrations), NULL, NULL, &from) == LW_OK && number(cx, db, &sum, 1) == 200;
            lw_fault.close(db);
            if (status == LW_OK)
                break;
        }
        CHECK(n_failed > 5 && n_failed < 99);
        CHECK(is_sound);
    }
}

/* A copy beside which a killed one left its journal, which would be played into it. */
static void test_copy(lw_ctx *cx, const char *path)
{
    char *copy = lw_print(cx->arena, "%s.copy", path);
    int from;
    CHECK_OK(cx, lw_file_replace(cx, copy, LW_TEXT("half a copy")));
    CHECK_OK(cx, lw_file_replace(cx, lw_print(cx->arena, "%s-journal", copy), LW_TEXT("and its journal")));
    lw_db *db = open_database(cx, path, LW_DB_WRITE);
    CHECK_OK(cx, lw_db_copy(cx, db, copy));
    CHECK(access(lw_print(cx->arena, "%s-journal", copy), F_OK) != 0);
    lw_fault.close(db);
    db = open_database(cx, copy, LW_DB_WRITE);
    CHECK_OK(cx, lw_migrate(cx, db, migrations, 3, NULL, NULL, &from));
    CHECK_INT(from, 3);
    check_newest(cx, db);
    lw_fault.close(db);
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    char folder[] = "/tmp/lw-migrate-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    char *path = lw_print(arena, "%s/a.db", folder);
    test_order(&cx, path);
    test_faults(&cx, path);
    test_copy(&cx, path);
    CHECK_OK(&cx, lw_path_remove(&cx, folder));
    return tap_end();
}
