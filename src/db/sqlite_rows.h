/* A table of SQLite's whose rows are ours: what lw_run_many inserts is selected from it, so that one statement takes all rows. */
#pragma once

#include <sqlite3.h>

#include "base/buf.h"
#include "db/db.h"

typedef struct lw_sqlite_rows {
    const void *rows;
    size_t n;
    lw_bind_row bind;
    lw_value values[LW_MAX_VALUES]; /* of the present row */
} lw_sqlite_rows;

/* Makes the table known to a connection; rows is filled before each statement. SQLite's code. */
int lw_sqlite_rows_register(sqlite3 *handle, lw_sqlite_rows *rows);
/* `insert into t (…) values (?1, 0, …) …` as an insert of all rows; false when the statement has no such shape. */
bool lw_sqlite_rows_spell(lw_buf *out, const char *text);
