/* SQLite: WAL, synchronous=FULL, prepared statements kept by number. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "db/sqlite_rows.h"

typedef struct connection {
    lw_db db;
    sqlite3 *handle;
    sqlite3_stmt **cache; /* by lw_sql.index; the last slot is `begin` … */
    const lw_sql **cached_sql;
    bool *busy;
    sqlite3_stmt **many; /* of lw_run_many, by lw_sql.index; made when first needed */
    size_t n_cache;
    lw_sqlite_rows rows;
    int64_t log_pages;
    sqlite3_stmt *begin, *commit, *rollback;
} connection;

static connection *of(lw_db *db) { return (connection *)db; }

/* A log that cannot be made is tried again without making it, so that errno tells of nothing but its absence: where its folder may be
 * written, what lacked is room. */
static bool lacks_room(sqlite3 *handle, int code)
{
    int error = sqlite3_system_errno(handle);
    const char *path = sqlite3_db_filename(handle, "main");
    if (code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_FSYNC) /* shared memory needs room too, if only to read */
        return true;
    if ((code & 0xff) != SQLITE_IOERR && (code & 0xff) != SQLITE_CANTOPEN)
        return false;
    if (error == ENOSPC || error == EDQUOT)
        return true;
    if (!path)
        return false;
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/'); /* SQLite makes paths absolute */
    if (slash)
        *slash = 0;
    return error == ENOENT && slash && access(path, W_OK) == 0 && access(folder, W_OK) == 0;
}

static lw_status fail(lw_ctx *cx, sqlite3 *handle, const char *doing)
{
    int code = sqlite3_extended_errcode(handle);
    const char *text = sqlite3_errmsg(handle);
    if (lacks_room(handle, code))
        return lw_fail(cx, LW_FULL, "the disk is full or failing: nothing was written (%s)", doing);
    switch (code & 0xff) {
    case SQLITE_FULL: return lw_fail(cx, LW_FULL, "the disk is full: nothing was written (%s)", doing);
    case SQLITE_CONSTRAINT: return lw_fail(cx, LW_CONFLICT, "%s: %s", doing, text);
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return lw_fail(cx, LW_UNAVAILABLE, "the store is busy (%s)", doing);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN: return lw_fail(cx, LW_DENIED, "cannot write the store: %s (%s)", text, doing);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return lw_fail(cx, LW_DAMAGED, "the store is damaged: %s (%s); restore a backup", text, doing);
    case SQLITE_INTERRUPT: return lw_fail(cx, LW_CANCELLED, "cancelled");
    case SQLITE_IOERR: return lw_fail(cx, LW_FAILED, "cannot read or write the store: %s (%s)", text, doing);
    default: return lw_fail(cx, LW_FAILED, "%s: %s", doing, text);
    }
}

static lw_status prepare(lw_ctx *cx, sqlite3 *handle, const char *text, const char *name, sqlite3_stmt **out)
{
    return sqlite3_prepare_v3(handle, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) == SQLITE_OK ? LW_OK : fail(cx, handle, name);
}

static void sqlite_close(lw_db *db)
{
    connection *c = of(db);
    for (size_t i = 0; i < c->n_cache; i++) {
        sqlite3_finalize(c->cache[i]);
        if (c->many)
            sqlite3_finalize(c->many[i]);
    }
    sqlite3_finalize(c->begin);
    sqlite3_finalize(c->commit);
    sqlite3_finalize(c->rollback);
    sqlite3_close_v2(c->handle);
    lw_heap_free(c->cache);
    lw_heap_free(c->cached_sql);
    lw_heap_free(c->busy);
    lw_heap_free(c->many);
    lw_heap_free(c);
}

/* The store has a thread that moves the log into the database: SQLite would do it within somebody's commit. */
static int note_log(void *arg, sqlite3 *handle, const char *name, int n_pages)
{
    ((connection *)arg)->log_pages = n_pages;
    return SQLITE_OK;
}

static lw_status set_up(lw_ctx *cx, connection *c, lw_db_mode mode)
{
    static const char reader[] = "pragma cache_size = -4096; pragma query_only = 1;" /* what a check sorts goes to a file: it is the whole store */;
    static const char sweeper[] = "pragma synchronous = full; pragma cache_size = -256;";
    static const char writer[] = "pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16384;"
                                 "pragma temp_store = memory; pragma journal_size_limit = 67108864;";
    sqlite3_busy_timeout(c->handle, 10000);
    sqlite3_limit(c->handle, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (sqlite3_exec(c->handle, mode == LW_DB_READ ? reader : mode == LW_DB_SWEEP ? sweeper : writer, NULL, NULL, NULL) != SQLITE_OK)
        return fail(cx, c->handle, "opening");
    sqlite3_wal_hook(c->handle, note_log, c); /* in place of its own, which would sweep */
    LW_TRY(prepare(cx, c->handle, mode == LW_DB_READ ? "begin" : "begin immediate", "begin", &c->begin));
    LW_TRY(prepare(cx, c->handle, "commit", "commit", &c->commit));
    return prepare(cx, c->handle, "rollback", "rollback", &c->rollback);
}

/* SQLite itself does not tell why it could not. */
static lw_status make_file(lw_ctx *cx, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot make %s", path);
    close(fd);
    return LW_OK;
}

/* SQLite's count of its memory costs a lock at each allocation, and nobody asks for it. */
static void set_up_library(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

static lw_status sqlite_open(lw_ctx *cx, const char *where, lw_db_mode mode, size_t n_statements, lw_db **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_library);
    connection *c = lw_heap_new(sizeof *c);
    c->db.driver = &lw_sqlite;
    c->n_cache = n_statements;
    c->cache = lw_heap_new(n_statements * sizeof *c->cache);
    c->cached_sql = lw_heap_new(n_statements * sizeof *c->cached_sql);
    c->busy = lw_heap_new(n_statements * sizeof *c->busy);
    /* Readers open for writing too: WAL's shared memory needs it; query_only keeps them from it. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (mode == LW_DB_CREATE ? SQLITE_OPEN_CREATE : 0);
    lw_status status = LW_OK;
    if (sqlite3_open_v2(where, &c->handle, flags, NULL) != SQLITE_OK)
        status = fail(cx, c->handle, where);
    if (status == LW_OK)
        status = set_up(cx, c, mode);
    if (status != LW_OK) {
        sqlite_close(&c->db);
        return status;
    }
    *out = &c->db;
    return LW_OK;
}

/* Our words for types and tables, in SQLite's spelling. */
static const char *const words[][2] = {{"<int>", "integer"}, {"<real>", "real"},    {"<text>", "text"},
                                       {"<blob>", "blob"},   {"<table>", "strict"}, {"<clustered>", "strict, without rowid"},
                                       {"<, id>", ""}};

static lw_status sqlite_script(lw_ctx *cx, lw_db *db, const char *sql)
{
    LW_AUTO(lw_buf) text = {0};
    while (*sql) {
        size_t skipped = 1;
        for (size_t i = 0; *sql == '<' && i < LW_COUNT(words); i++) {
            size_t size = strlen(words[i][0]);
            if (strncmp(sql, words[i][0], size) == 0) {
                lw_buf_put_string(&text, words[i][1]);
                skipped = size;
                break;
            }
        }
        if (skipped == 1)
            lw_buf_put_char(&text, *sql);
        sql += skipped;
    }
    lw_buf_put_char(&text, 0);
    return sqlite3_exec(of(db)->handle, text.data, NULL, NULL, NULL) == SQLITE_OK ? LW_OK : fail(cx, of(db)->handle, "changing the schema");
}

static lw_status step_plain(lw_ctx *cx, connection *c, sqlite3_stmt *statement, const char *name)
{
    int code = sqlite3_step(statement);
    lw_status status = code == SQLITE_DONE ? LW_OK : fail(cx, c->handle, name);
    sqlite3_reset(statement);
    return status;
}

static void sqlite_rollback(lw_db *db)
{
    connection *c = of(db);
    if (sqlite3_get_autocommit(c->handle)) /* SQLite rolls back by itself on a full disk */
        return;
    sqlite3_step(c->rollback);
    sqlite3_reset(c->rollback);
}

static lw_status sqlite_begin(lw_ctx *cx, lw_db *db) { return step_plain(cx, of(db), of(db)->begin, "begin"); }

/* In WAL's order a crash loses the last lazy commits, never one before a commit that was synced. */
static lw_status sqlite_set_lazy(lw_ctx *cx, lw_db *db, bool is_lazy)
{
    const char *pragma = is_lazy ? "pragma synchronous = normal" : "pragma synchronous = full";
    return sqlite3_exec(of(db)->handle, pragma, NULL, NULL, NULL) == SQLITE_OK ? LW_OK : fail(cx, of(db)->handle, pragma);
}

static lw_status sqlite_commit(lw_ctx *cx, lw_db *db)
{
    if (sqlite3_get_autocommit(of(db)->handle))
        return lw_fail(cx, LW_FULL, "the disk is full or failing: nothing was written");
    lw_status status = step_plain(cx, of(db), of(db)->commit, "commit");
    if (status != LW_OK)
        sqlite_rollback(db);
    return status;
}

static int bind(sqlite3_stmt *statement, int at, const lw_value *value)
{
    switch (value->type) {
    case LW_INT: return sqlite3_bind_int64(statement, at, value->integer);
    case LW_REAL: return sqlite3_bind_double(statement, at, value->real);
    case LW_STRING: return sqlite3_bind_text64(statement, at, value->text.data ? value->text.data : "", value->text.size, SQLITE_STATIC, SQLITE_UTF8);
    case LW_BYTES: return sqlite3_bind_blob64(statement, at, value->text.data ? value->text.data : "", value->text.size, SQLITE_STATIC);
    default: return sqlite3_bind_null(statement, at);
    }
}

/* Values are bound without a copy: whoever gives them keeps them until the rows end, as every caller does. */
static lw_status sqlite_query(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params, lw_rows *out)
{
    connection *c = of(db);
    sqlite3_stmt *statement = NULL;
    bool is_cached = sql->index < c->n_cache && !c->busy[sql->index];
    if (is_cached && c->cached_sql[sql->index] == sql) {
        statement = c->cache[sql->index];
    } else {
        LW_TRY(prepare(cx, c->handle, sql->text, sql->name, &statement));
        if (is_cached) {
            sqlite3_finalize(c->cache[sql->index]);
            c->cache[sql->index] = statement;
            c->cached_sql[sql->index] = sql;
        }
    }
    out->db = db;
    out->statement = statement;
    out->slot = is_cached ? sql->index : -1;
    if (is_cached)
        c->busy[sql->index] = true;
    for (size_t i = 0; i < n_params; i++)
        if (bind(statement, (int)i + 1, &params[i]) != SQLITE_OK)
            return fail(cx, c->handle, sql->name);
    return LW_OK;
}

static lw_status prepare_many(lw_ctx *cx, connection *c, const lw_sql *sql, sqlite3_stmt **out)
{
    LW_ASSERT(sql->index < c->n_cache);
    if (!c->many) {
        if (lw_sqlite_rows_register(c->handle, &c->rows) != SQLITE_OK)
            return fail(cx, c->handle, sql->name);
        c->many = lw_heap_new(c->n_cache * sizeof *c->many);
    }
    if (!c->many[sql->index]) {
        LW_AUTO(lw_buf) text = {0};
        LW_ASSERT(lw_sqlite_rows_spell(&text, sql->text));
        LW_TRY(prepare(cx, c->handle, text.data, sql->name, &c->many[sql->index]));
    }
    *out = c->many[sql->index];
    return LW_OK;
}

static lw_status sqlite_run_many(lw_ctx *cx, lw_db *db, const lw_sql *sql, const void *rows, size_t n, lw_bind_row bind_row)
{
    connection *c = of(db);
    sqlite3_stmt *statement = NULL;
    LW_TRY(prepare_many(cx, c, sql, &statement));
    c->rows.rows = rows, c->rows.n = n, c->rows.bind = bind_row;
    return step_plain(cx, c, statement, sql->name);
}

static lw_status sqlite_next(lw_ctx *cx, lw_rows *rows, bool *has_row)
{
    int code = sqlite3_step(rows->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return fail(cx, of(rows->db)->handle, "statement");
    *has_row = code == SQLITE_ROW;
    return LW_OK;
}

/* Only what is asked for is read: lists that filter look at two columns of most rows. */
static lw_value sqlite_value(const lw_rows *rows, int column)
{
    sqlite3_stmt *statement = rows->statement;
    lw_value value = {0};
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return lw_int(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT: return lw_real(sqlite3_column_double(statement, column));
    case SQLITE_TEXT:
        value.type = LW_STRING;
        value.text.data = (const char *)sqlite3_column_text(statement, column);
        break;
    case SQLITE_BLOB:
        value.type = LW_BYTES;
        value.text.data = sqlite3_column_blob(statement, column);
        break;
    default: return value;
    }
    value.text.size = (size_t)sqlite3_column_bytes(statement, column);
    return value;
}

static void sqlite_end(lw_rows *rows)
{
    connection *c = of(rows->db);
    sqlite3_stmt *statement = rows->statement;
    if (rows->slot < 0) {
        sqlite3_finalize(statement);
        return;
    }
    sqlite3_reset(statement);
    c->busy[rows->slot] = false;
}

static lw_status sqlite_backup(lw_ctx *cx, lw_db *db, const char *to_path)
{
    sqlite3 *target = NULL;
    lw_status status = LW_OK;
    LW_TRY(make_file(cx, to_path));
    if (sqlite3_open_v2(to_path, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK)
        status = fail(cx, target, to_path);
    sqlite3_backup *backup = status == LW_OK ? sqlite3_backup_init(target, "main", of(db)->handle, "main") : NULL;
    if (status == LW_OK && !backup)
        status = fail(cx, target, to_path);
    if (backup) {
        sqlite3_backup_step(backup, -1); /* one read transaction: WAL lets writers go on meanwhile */
        if (sqlite3_backup_finish(backup) != SQLITE_OK)
            status = fail(cx, target, "backup");
    }
    if (status == LW_OK && sqlite3_exec(target, "pragma journal_mode = delete", NULL, NULL, NULL) != SQLITE_OK)
        status = fail(cx, target, "backup");
    sqlite3_close_v2(target);
    return status;
}

static lw_status sqlite_check(lw_ctx *cx, lw_db *db, lw_status (*problem)(lw_ctx *cx, void *state, const char *sentence), void *state)
{
    sqlite3_stmt *statement;
    LW_TRY(prepare(cx, of(db)->handle, "pragma integrity_check(100)", "checking", &statement));
    lw_status status = LW_OK;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && status == LW_OK) {
        const char *sentence = (const char *)sqlite3_column_text(statement, 0);
        if (sentence && strcmp(sentence, "ok") != 0)
            status = problem(cx, state, sentence);
    }
    if (status == LW_OK && code != SQLITE_DONE)
        status = (code & 0xff) == SQLITE_CORRUPT ? problem(cx, state, sqlite3_errmsg(of(db)->handle)) : fail(cx, of(db)->handle, "checking");
    sqlite3_finalize(statement);
    return status;
}

static int64_t sqlite_log_pages(lw_db *db) { return of(db)->log_pages; }

static lw_status sqlite_sweep(lw_ctx *cx, lw_db *db, int64_t *n_left)
{
    int n_pages = 0, n_moved = 0;
    if (sqlite3_wal_checkpoint_v2(of(db)->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &n_pages, &n_moved) != SQLITE_OK)
        return fail(cx, of(db)->handle, "sweeping");
    *n_left = n_pages - n_moved;
    return LW_OK;
}

static int64_t sqlite_changes(lw_db *db) { return sqlite3_changes64(of(db)->handle); }
static void sqlite_interrupt(lw_db *db) { sqlite3_interrupt(of(db)->handle); }

const lw_driver lw_sqlite = {
    .name = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .script = sqlite_script,
    .begin = sqlite_begin,
    .set_lazy = sqlite_set_lazy,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .query = sqlite_query,
    .run_many = sqlite_run_many,
    .next = sqlite_next,
    .value = sqlite_value,
    .end = sqlite_end,
    .backup = sqlite_backup,
    .check = sqlite_check,
    .log_pages = sqlite_log_pages,
    .sweep = sqlite_sweep,
    .changes = sqlite_changes,
    .interrupt = sqlite_interrupt,
};
