#include "db/db.h"

#include <math.h>

#include "base/file.h"

static lw_status run_before(lw_ctx *cx, lw_db *db, const lw_sql *sql)
{
    lw_before_write *hook = db->before_write;
    if (!hook || !sql->writes)
        return LW_OK;
    db->before_write = NULL;
    return hook->run(cx, db, hook->arg);
}

lw_status lw_query(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params, lw_rows *out)
{
    LW_ASSERT(n_params == sql->n_params);
    LW_TRY(run_before(cx, db, sql));
    return db->driver->query(cx, db, sql, params, n_params, out);
}

bool lw_rows_next(lw_ctx *cx, lw_rows *rows, lw_status *status)
{
    bool has_row = false;
    *status = rows->db->driver->next(cx, rows, &has_row);
    return *status == LW_OK && has_row;
}

void lw_rows_cleanup(lw_rows *rows)
{
    if (rows->statement)
        rows->db->driver->end(rows);
    rows->statement = NULL;
}

lw_status lw_run(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, sql, params, n_params, &rows));
    lw_status status;
    while (lw_rows_next(cx, &rows, &status))
        continue;
    return status;
}

lw_status lw_run_many(lw_ctx *cx, lw_db *db, const lw_sql *sql, const void *rows, size_t n, lw_bind_row bind)
{
    lw_value params[LW_MAX_VALUES];
    LW_ASSERT(sql->n_params <= LW_MAX_VALUES);
    if (n == 0)
        return LW_OK;
    if (n == 1) {
        bind(rows, 0, params);
        return lw_run(cx, db, sql, params, sql->n_params);
    }
    LW_TRY(run_before(cx, db, sql));
    return db->driver->run_many(cx, db, sql, rows, n, bind);
}

lw_status lw_query_one(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params, lw_rows *out)
{
    LW_TRY(lw_query(cx, db, sql, params, n_params, out));
    lw_status status;
    if (lw_rows_next(cx, out, &status))
        return LW_OK;
    return status != LW_OK ? status : lw_fail(cx, LW_NOT_FOUND, "nothing found");
}

static lw_value value_of(const lw_rows *rows, int column) { return rows->db->driver->value(rows, column); }

int64_t lw_rows_int(const lw_rows *rows, int column)
{
    lw_value value = value_of(rows, column);
    return value.type == LW_INT ? value.integer : value.type == LW_REAL ? (int64_t)value.real : 0;
}

double lw_rows_real(const lw_rows *rows, int column)
{
    lw_value value = value_of(rows, column);
    return value.type == LW_REAL ? value.real : value.type == LW_INT ? (double)value.integer : NAN;
}

lw_text lw_rows_text(const lw_rows *rows, int column)
{
    lw_value value = value_of(rows, column);
    return value.type == LW_STRING || value.type == LW_BYTES ? value.text : (lw_text){0};
}

bool lw_rows_is_null(const lw_rows *rows, int column) { return value_of(rows, column).type == LW_NULL; }

lw_status lw_db_copy(lw_ctx *cx, lw_db *db, const char *path)
{
    LW_TRY(lw_path_remove(cx, path));
    LW_TRY(lw_path_remove(cx, lw_print(cx->arena, "%s-journal", path))); /* of a copy that was killed: it would be played into this one */
    return db->driver->backup(cx, db, path);
}

lw_status lw_tx_begin(lw_ctx *cx, lw_db *db, lw_tx *out)
{
    LW_TRY(db->driver->begin(cx, db));
    out->db = db;
    return LW_OK;
}

lw_status lw_tx_commit(lw_ctx *cx, lw_tx *tx)
{
    lw_db *db = tx->db;
    tx->db = NULL;
    return db->driver->commit(cx, db);
}

void lw_tx_cleanup(lw_tx *tx)
{
    if (tx->db)
        tx->db->driver->rollback(tx->db);
    tx->db = NULL;
}
