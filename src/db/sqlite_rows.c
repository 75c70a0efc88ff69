#include "db/sqlite_rows.h"

/* One column a parameter: p1, p2, … */
typedef struct table {
    sqlite3_vtab base;
    lw_sqlite_rows *rows;
} table;

typedef struct cursor {
    sqlite3_vtab_cursor base;
    size_t at;
} cursor;

static int connect(sqlite3 *handle, void *rows, int argc, const char *const *argv, sqlite3_vtab **out, char **error)
{
    LW_AUTO(lw_buf) text = {0};
    lw_buf_put_literal(&text, "create table rows (");
    for (int i = 1; i <= LW_MAX_VALUES; i++)
        lw_buf_print(&text, "%sp%d", i > 1 ? ", " : "", i);
    lw_buf_put(&text, ")", 2); /* with its 0 byte */
    int code = sqlite3_declare_vtab(handle, text.data);
    if (code != SQLITE_OK)
        return code;
    table *made = lw_heap_new(sizeof *made);
    made->rows = rows;
    *out = &made->base;
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *at)
{
    lw_heap_free(at);
    return SQLITE_OK;
}

static int best_index(sqlite3_vtab *at, sqlite3_index_info *info)
{
    info->estimatedCost = 1;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *at, sqlite3_vtab_cursor **out)
{
    cursor *made = lw_heap_new(sizeof *made);
    *out = &made->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *at)
{
    lw_heap_free(at);
    return SQLITE_OK;
}

static void bind_present(cursor *at)
{
    lw_sqlite_rows *rows = ((table *)at->base.pVtab)->rows;
    if (at->at < rows->n)
        rows->bind(rows->rows, at->at, rows->values);
}

static int filter(sqlite3_vtab_cursor *base, int number, const char *name, int argc, sqlite3_value **argv)
{
    cursor *at = (cursor *)base;
    at->at = 0;
    bind_present(at);
    return SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *base)
{
    cursor *at = (cursor *)base;
    at->at++;
    bind_present(at);
    return SQLITE_OK;
}

static int is_end(sqlite3_vtab_cursor *base)
{
    const cursor *at = (cursor *)base;
    return at->at >= ((table *)at->base.pVtab)->rows->n;
}

/* Values are handed over without a copy: the row is whole until the next. */
static int column(sqlite3_vtab_cursor *base, sqlite3_context *out, int i)
{
    const lw_value *value = &((table *)base->pVtab)->rows->values[i];
    switch (value->type) {
    case LW_INT: sqlite3_result_int64(out, value->integer); break;
    case LW_REAL: sqlite3_result_double(out, value->real); break;
    case LW_STRING: sqlite3_result_text64(out, value->text.data ? value->text.data : "", value->text.size, SQLITE_STATIC, SQLITE_UTF8); break;
    case LW_BYTES: sqlite3_result_blob64(out, value->text.data ? value->text.data : "", value->text.size, SQLITE_STATIC); break;
    default: sqlite3_result_null(out);
    }
    return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)((cursor *)base)->at;
    return SQLITE_OK;
}

static const sqlite3_module module = {.xConnect = connect,
                                      .xBestIndex = best_index,
                                      .xDisconnect = disconnect,
                                      .xOpen = open_cursor,
                                      .xClose = close_cursor,
                                      .xFilter = filter,
                                      .xNext = next,
                                      .xEof = is_end,
                                      .xColumn = column,
                                      .xRowid = row_id};

int lw_sqlite_rows_register(sqlite3 *handle, lw_sqlite_rows *rows) { return sqlite3_create_module(handle, "lw_rows", &module, rows); }

/* `or fail`: SQLite need not keep how each page was before the statement, as whoever gave the rows undoes more than that. */
bool lw_sqlite_rows_spell(lw_buf *out, const char *text)
{
    static const char insert[] = "insert ", values[] = " values (";
    const char *at = strstr(text, values);
    if (!at || strncmp(text, insert, sizeof insert - 1) != 0)
        return false;
    lw_buf_put_literal(out, "insert or fail ");
    lw_buf_put(out, text + sizeof insert - 1, (size_t)(at - text) - sizeof insert + 1);
    lw_buf_put_literal(out, " select ");
    int depth = 1;
    for (at += sizeof values - 1; *at; at++) {
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
        if (depth == 0)
            break;
        lw_buf_put_char(out, *at == '?' ? 'p' : *at);
    }
    if (!*at)
        return false;
    lw_buf_put_literal(out, " from lw_rows where true"); /* SQLite needs a where before `on conflict` */
    lw_buf_put_string(out, at + 1);
    lw_buf_put_char(out, 0);
    return true;
}
