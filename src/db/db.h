/* One narrow driver interface to a SQL database: statements by name, values by position, rows one at a time.
 * A back end is one lw_driver (sqlite.c; fault.c wraps another and fails the nth call). */
#pragma once

#include "base/text.h"

/* A statement of store/x.sql, made by tools/sql. Parameters are ?1, ?2, … in the text. */
typedef struct lw_sql {
    uint16_t index; /* its place among all statements: the key of each connection's cache */
    uint16_t n_params;
    const char *name;
    const char *text;
    bool writes;
} lw_sql;

typedef enum lw_value_type { LW_NULL, LW_INT, LW_REAL, LW_STRING, LW_BYTES } lw_value_type;

typedef struct lw_value {
    lw_value_type type;
    union {
        int64_t integer;
        double real;
        lw_text text; /* LW_STRING and LW_BYTES; of a row: valid until the next row */
    };
} lw_value;

static inline lw_value lw_null(void) { return (lw_value){0}; }
static inline lw_value lw_int(int64_t value) { return (lw_value){.type = LW_INT, .integer = value}; }
static inline lw_value lw_real(double value) { return (lw_value){.type = LW_REAL, .real = value}; }
static inline lw_value lw_string(lw_text text) { return (lw_value){.type = LW_STRING, .text = text}; }
static inline lw_value lw_bytes(lw_text text) { return (lw_value){.type = LW_BYTES, .text = text}; }
/* Null for 0, NAN or an empty text. */
static inline lw_value lw_int_or_null(int64_t value) { return value ? lw_int(value) : lw_null(); }
static inline lw_value lw_real_or_null(double value) { return value == value ? lw_real(value) : lw_null(); }
static inline lw_value lw_string_or_null(lw_text text) { return text.size ? lw_string(text) : lw_null(); }
static inline lw_value lw_bytes_or_null(lw_text text) { return text.size ? lw_bytes(text) : lw_null(); }

#define LW_PARAMS(...) (const lw_value[]){__VA_ARGS__}, (sizeof((const lw_value[]){__VA_ARGS__}) / sizeof(lw_value))
#define LW_NO_PARAMS NULL, 0

typedef struct lw_db lw_db; /* one connection; one thread at a time */

enum { LW_MAX_VALUES = 48 };

typedef struct lw_rows {
    lw_db *db;
    void *statement;
    int slot; /* of the connection's cache; -1: not cached */
} lw_rows;

/* Fills the parameters of row i of what lw_run_many was given; texts live until the next row. */
typedef void (*lw_bind_row)(const void *rows, size_t i, lw_value *params);

typedef enum lw_db_mode { LW_DB_READ, LW_DB_SWEEP, LW_DB_WRITE, LW_DB_CREATE } lw_db_mode;

typedef struct lw_driver {
    const char *name;
    lw_status (*open)(lw_ctx *cx, const char *where, lw_db_mode mode, size_t n_statements, lw_db **out);
    void (*close)(lw_db *db);
    lw_status (*script)(lw_ctx *cx, lw_db *db, const char *sql); /* several statements, in our words for types */
    lw_status (*begin)(lw_ctx *cx, lw_db *db);
    lw_status (*set_lazy)(lw_ctx *cx, lw_db *db, bool is_lazy); /* commits to come are durable only with the next that is not lazy */
    lw_status (*commit)(lw_ctx *cx, lw_db *db);                 /* durable when it returns LW_OK; rolled back otherwise */
    void (*rollback)(lw_db *db);
    lw_status (*query)(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params, lw_rows *out);
    lw_status (*run_many)(lw_ctx *cx, lw_db *db, const lw_sql *sql, const void *rows, size_t n, lw_bind_row bind);
    lw_status (*next)(lw_ctx *cx, lw_rows *rows, bool *has_row);
    lw_value (*value)(const lw_rows *rows, int column); /* of the present row */
    void (*end)(lw_rows *rows);
    lw_status (*backup)(lw_ctx *cx, lw_db *db, const char *to_path); /* a consistent copy while others write */
    /* Looks at every page and index; problem gets one sentence each. */
    lw_status (*check)(lw_ctx *cx, lw_db *db, lw_status (*problem)(lw_ctx *cx, void *state, const char *sentence), void *state);
    int64_t (*log_pages)(lw_db *db); /* of the write-ahead log, when this connection committed last */
    /* Moves what can be moved from the log into the database without anybody waiting; *n_left: the pages that stay. */
    lw_status (*sweep)(lw_ctx *cx, lw_db *db, int64_t *n_left);
    int64_t (*changes)(lw_db *db); /* rows the last statement changed */
    void (*interrupt)(lw_db *db);  /* from any thread: the running statement fails with LW_CANCELLED */
} lw_driver;

typedef struct lw_before_write {
    lw_status (*run)(lw_ctx *cx, lw_db *db, void *arg);
    void *arg;
} lw_before_write;

struct lw_db {
    const lw_driver *driver;
    lw_before_write *before_write; /* run once, before the next statement that writes; NULL: none */
};

extern const lw_driver lw_sqlite;
/* Wraps lw_sqlite. While armed, the nth call (1, 2, …) that reaches the database fails as a full disk does. */
extern const lw_driver lw_fault;
void lw_fault_arm(int64_t nth); /* 0: never */
int64_t lw_fault_calls(void);   /* since it was armed */

/* Runs a statement to its end; rows are ignored. */
LW_MUST_USE lw_status lw_run(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params);
/* The same insert for n rows (none is no failure): far quicker than one by one. When it fails some of them may be there: the transaction, or
 * a savepoint, must be undone. */
LW_MUST_USE lw_status lw_run_many(lw_ctx *cx, lw_db *db, const lw_sql *sql, const void *rows, size_t n, lw_bind_row bind);
/* Rows: LW_AUTO(lw_rows) rows = {0}; LW_TRY(lw_query(…, &rows)); while (lw_rows_next(cx, &rows, &status)) { … }  LW_TRY(status); */
LW_MUST_USE lw_status lw_query(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params, lw_rows *out);
bool lw_rows_next(lw_ctx *cx, lw_rows *rows, lw_status *status);
void lw_rows_cleanup(lw_rows *rows);
/* The first row, which must be there: LW_NOT_FOUND otherwise, without a message of its own: the caller says what is missing. */
LW_MUST_USE lw_status lw_query_one(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params, lw_rows *out);

/* A consistent copy while others write, in place of whatever is there. */
LW_MUST_USE lw_status lw_db_copy(lw_ctx *cx, lw_db *db, const char *path);

int64_t lw_rows_int(const lw_rows *rows, int column);  /* 0 for null */
double lw_rows_real(const lw_rows *rows, int column);  /* NAN for null */
lw_text lw_rows_text(const lw_rows *rows, int column); /* empty for null; valid until the next row */
bool lw_rows_is_null(const lw_rows *rows, int column);

/* A transaction for LW_AUTO(lw_tx): rolls back unless committed. Readers use it for one view over several statements. */
typedef struct lw_tx {
    lw_db *db; /* NULL: none open */
} lw_tx;
LW_MUST_USE lw_status lw_tx_begin(lw_ctx *cx, lw_db *db, lw_tx *out);
LW_MUST_USE lw_status lw_tx_commit(lw_ctx *cx, lw_tx *tx);
void lw_tx_cleanup(lw_tx *tx);

/* Numbered migrations, forward only. */
typedef struct lw_migration {
    int version;
    const char *name;
    const char *text;
} lw_migration;
/* For those who only read: LW_REFUSED unless the schema is this program's. */
LW_MUST_USE lw_status lw_migrate_check(lw_ctx *cx, lw_db *db, const lw_migration *migrations, size_t n_migrations);
/* Brings the schema to the newest version in one transaction a migration. LW_REFUSED when the store is newer than this program.
 * *from_version is what was found (0: empty). before is called once before the first change of a store that is not empty. */
LW_MUST_USE lw_status lw_migrate(lw_ctx *cx, lw_db *db, const lw_migration *migrations, size_t n_migrations,
                                 lw_status (*before)(lw_ctx *cx, void *state, int from_version), void *state, int *from_version);
