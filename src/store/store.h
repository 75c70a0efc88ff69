/* The store: a folder with the database, the blobs and the caches; one writer, many readers, one owner process. */
#pragma once

#include "db/db.h"

typedef struct lw_store lw_store;

typedef enum lw_store_mode {
    LW_STORE_READ,   /* must exist; several commands may read at once */
    LW_STORE_WRITE,  /* must exist; this process owns it */
    LW_STORE_CREATE, /* made when missing; owned */
} lw_store_mode;

/* Takes the folder's lock (waits up to 10 s for a command that is ending), migrates (a copy of the database is kept first),
 * starts the writer. LW_NOT_FOUND: no store there. LW_UNAVAILABLE: another process has it; lw_store_socket tells where it listens. */
LW_MUST_USE lw_status lw_store_open(lw_ctx *cx, const char *folder, lw_store_mode mode, const lw_driver *driver, lw_store **out);
/* Finishes what was queued. */
void lw_store_close(lw_store *store);

const char *lw_store_folder(const lw_store *store);
const char *lw_store_id(const lw_store *store); /* 16 hex digits, made with the store */
/* Path of the socket at which a server of this store listens. */
char *lw_store_socket(lw_arena *arena, const char *folder);
/* Plain sentences a person should read when the store is opened: a network file system, …; NULL when there are none. */
const char *lw_store_warning(const lw_store *store);

/* --- reading: a connection from the pool, given back by its cleanup. One thread at a time. */
typedef struct lw_reader {
    lw_store *store; /* NULL: none */
    lw_db *db;
} lw_reader;
LW_MUST_USE lw_status lw_reader_begin(lw_ctx *cx, lw_store *store, lw_reader *out); /* opens one view of the store */
void lw_reader_cleanup(lw_reader *reader);

/* --- writing: functions run on the one writer thread, many in one durable transaction, each undone alone when it fails. */
typedef lw_status (*lw_write_run)(lw_ctx *cx, lw_store *store, lw_db *db, void *arg);

typedef struct lw_write {
    struct lw_write *next;
    lw_ctx *cx; /* its arena is used on the writer thread while the write runs */
    lw_write_run run;
    void *arg;
    /* Called on the writer thread once the outcome is durable (or nothing was written). May free the write. */
    void (*done)(struct lw_write *write);
    lw_status status;
    bool is_bulk;  /* takes turns with people's saves, in a transaction of its own */
    bool is_joint; /* what its commit leaves is written with that of others (store/batch.h): nothing of it may fail after lw_commit_finish */
    bool is_lazy;  /* bulk that is durable only with the next write that is not lazy: for parts of what is done again if it is lost */
} lw_write;

/* Queues a write; done is always called, also at shutdown. */
void lw_write_later(lw_store *store, lw_write *write);
/* Queues and waits. */
LW_MUST_USE lw_status lw_write_now(lw_ctx *cx, lw_store *store, lw_write_run run, void *arg);
LW_MUST_USE lw_status lw_write_bulk(lw_ctx *cx, lw_store *store, lw_write_run run, void *arg);

/* Makes what lazy writes wrote durable. */
LW_MUST_USE lw_status lw_store_sync(lw_ctx *cx, lw_store *store);

/* A fresh id (the first of n) of one of the counters "item", "task", "node", …; inside a write. */
LW_MUST_USE lw_status lw_id_take(lw_ctx *cx, lw_db *db, const char *name, int64_t n, int64_t *first);

/* Used within store/: what hangs on the store. */
struct lw_ontology_cache *lw_store_ontologies(lw_store *store);
struct lw_user_cache *lw_store_users(lw_store *store);
struct lw_memo *lw_store_memo(lw_store *store);
/* Where the write at hand leaves its rows, when it is joint; NULL: it writes them. */
struct lw_batch *lw_store_joint(lw_store *store);
