/* SQLite, but the nth call fails as a full disk does: proves that nothing is half-written. */
#include <stdatomic.h>

#include "db/db.h"

static _Atomic int64_t armed, calls;

void lw_fault_arm(int64_t nth)
{
    atomic_store(&armed, nth);
    atomic_store(&calls, 0);
}

int64_t lw_fault_calls(void) { return atomic_load(&calls); }

static lw_status count(lw_ctx *cx)
{
    int64_t call = atomic_fetch_add(&calls, 1) + 1;
    return atomic_load(&armed) == call ? lw_fail(cx, LW_FULL, "the disk is full: nothing was written (call %" PRId64 " was made to fail)", call)
                                       : LW_OK;
}

static lw_status fault_open(lw_ctx *cx, const char *where, lw_db_mode mode, size_t n_statements, lw_db **out)
{
    LW_TRY(lw_sqlite.open(cx, where, mode, n_statements, out));
    (*out)->driver = &lw_fault;
    return LW_OK;
}

static void fault_close(lw_db *db) { lw_sqlite.close(db); }
static void fault_rollback(lw_db *db) { lw_sqlite.rollback(db); }
static lw_value fault_value(const lw_rows *rows, int column) { return lw_sqlite.value(rows, column); }
static void fault_end(lw_rows *rows) { lw_sqlite.end(rows); }
static int64_t fault_changes(lw_db *db) { return lw_sqlite.changes(db); }
static void fault_interrupt(lw_db *db) { lw_sqlite.interrupt(db); }

static int64_t fault_log_pages(lw_db *db) { return lw_sqlite.log_pages(db); }
static lw_status fault_sweep(lw_ctx *cx, lw_db *db, int64_t *n_left) { return lw_sqlite.sweep(cx, db, n_left); }

static lw_status fault_script(lw_ctx *cx, lw_db *db, const char *sql)
{
    LW_TRY(count(cx));
    return lw_sqlite.script(cx, db, sql);
}

static lw_status fault_begin(lw_ctx *cx, lw_db *db)
{
    LW_TRY(count(cx));
    return lw_sqlite.begin(cx, db);
}

static lw_status fault_set_lazy(lw_ctx *cx, lw_db *db, bool is_lazy)
{
    LW_TRY(count(cx));
    return lw_sqlite.set_lazy(cx, db, is_lazy);
}

static lw_status fault_commit(lw_ctx *cx, lw_db *db)
{
    lw_status status = count(cx);
    if (status == LW_OK)
        return lw_sqlite.commit(cx, db);
    lw_sqlite.rollback(db);
    return status;
}

static lw_status fault_query(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params, lw_rows *out)
{
    LW_TRY(count(cx));
    return lw_sqlite.query(cx, db, sql, params, n_params, out);
}

static lw_status fault_run_many(lw_ctx *cx, lw_db *db, const lw_sql *sql, const void *rows, size_t n, lw_bind_row bind)
{
    LW_TRY(count(cx));
    return lw_sqlite.run_many(cx, db, sql, rows, n, bind);
}

static lw_status fault_next(lw_ctx *cx, lw_rows *rows, bool *has_row)
{
    LW_TRY(count(cx));
    return lw_sqlite.next(cx, rows, has_row);
}

static lw_status fault_backup(lw_ctx *cx, lw_db *db, const char *to_path)
{
    LW_TRY(count(cx));
    return lw_sqlite.backup(cx, db, to_path);
}

static lw_status fault_check(lw_ctx *cx, lw_db *db, lw_status (*problem)(lw_ctx *cx, void *state, const char *sentence), void *state)
{
    LW_TRY(count(cx));
    return lw_sqlite.check(cx, db, problem, state);
}

const lw_driver lw_fault = {
    .name = "fault",
    .open = fault_open,
    .close = fault_close,
    .script = fault_script,
    .begin = fault_begin,
    .set_lazy = fault_set_lazy,
    .commit = fault_commit,
    .rollback = fault_rollback,
    .query = fault_query,
    .run_many = fault_run_many,
    .next = fault_next,
    .value = fault_value,
    .end = fault_end,
    .backup = fault_backup,
    .check = fault_check,
    .log_pages = fault_log_pages,
    .sweep = fault_sweep,
    .changes = fault_changes,
    .interrupt = fault_interrupt,
};
