#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "statements.h"
#include "store/memo.h"
#include "store/ontology.h"
#include "store/user.h"
#include "store/writer.h"

enum { MAX_IDLE_READERS = 4, LOCK_WAIT_US = 10 * 1000 * 1000 };

struct lw_store {
    char *folder, *database, *warning;
    char id[17];
    const lw_driver *driver;
    lw_fd lock;
    lw_writer_thread *writer; /* NULL when only reading */
    pthread_mutex_t mutex;    /* of the idle readers */
    lw_db *idle[MAX_IDLE_READERS];
    size_t n_idle;
    struct lw_ontology_cache *ontologies;
    struct lw_user_cache *users;
    lw_memo *memo;
};

const char *lw_store_folder(const lw_store *store) { return store->folder; }
const char *lw_store_id(const lw_store *store) { return store->id; }
const char *lw_store_warning(const lw_store *store) { return store->warning; }
char *lw_store_socket(lw_arena *arena, const char *folder) { return lw_print(arena, "%s/lw.sock", folder); }
struct lw_ontology_cache *lw_store_ontologies(lw_store *store) { return store->ontologies; }
struct lw_user_cache *lw_store_users(lw_store *store) { return store->users; }
struct lw_memo *lw_store_memo(lw_store *store) { return store->memo; }
struct lw_batch *lw_store_joint(lw_store *store) { return store->writer ? lw_writer_joint(store->writer) : NULL; }

static char *heap_text(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(lw_heap_new(size), text, size);
}

/* A reader needs the lock and SQLite's index beside the database, too. */
static lw_status fail_lock(lw_ctx *cx, const lw_store *store)
{
    const char *advice = errno == EROFS                      ? " Copy the folder to where it can be written."
                         : errno == EACCES || errno == EPERM ? " Be its owner, or ask the owner's server (--server)."
                                                             : "";
    return lw_fail_errno(cx, errno, "cannot lock the store %s.%s The system says", store->folder, advice);
}

static lw_status take_lock(lw_ctx *cx, lw_store *store, lw_store_mode mode)
{
    char *path = lw_print(cx->arena, "%s/lock", store->folder);
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock < 0)
        return fail_lock(cx, store);
    int64_t deadline = lw_monotonic_us() + LOCK_WAIT_US;
    while (flock(store->lock, (mode == LW_STORE_READ ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return fail_lock(cx, store);
        if (access(lw_store_socket(cx->arena, store->folder), F_OK) == 0 || lw_monotonic_us() > deadline)
            return lw_fail(cx, LW_UNAVAILABLE, "another process has the store %s open", store->folder);
        usleep(20000);
    }
    return LW_OK;
}

static void warn_of_network(lw_store *store)
{
    struct statfs at;
    if (statfs(store->folder, &at) != 0)
        return;
    switch ((unsigned long)at.f_type) {
    case 0x6969:     /* NFS */
    case 0xff534d42: /* CIFS */
    case 0xfe534d42: /* SMB2 */
    case 0x65735546: /* FUSE */
    case 0x01021997: /* 9P */
        store->warning =
            heap_text("The store lies on a network or FUSE file system, whose locks and syncs cannot be trusted; move it to a local disk.");
    }
}

static lw_status keep_copy(lw_ctx *cx, void *state, int from_version)
{
    lw_store *store = state;
    lw_db *db;
    LW_TRY(store->driver->open(cx, store->database, LW_DB_READ, LW_N_STATEMENTS, &db));
    char *copy = lw_print(cx->arena, "%s/before-schema-%d.db", store->folder, from_version + 1);
    char *beside = lw_print(cx->arena, "%s.new", copy);
    bool is_there = access(copy, F_OK) == 0;
    lw_status status = is_there ? LW_OK : lw_db_copy(cx, db, beside);
    store->driver->close(db);
    return status != LW_OK || is_there ? status : lw_file_settle(cx, beside, copy);
}

static lw_status name_store(lw_ctx *cx, lw_store *store, lw_db *db)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status = lw_query_one(cx, db, &lw_sql_meta_get, LW_PARAMS(lw_string(LW_TEXT("store_id"))), &rows);
    if (status == LW_OK) {
        snprintf(store->id, sizeof store->id, "%.*s", LW_FMT(lw_rows_text(&rows, 0)));
        return LW_OK;
    }
    if (status != LW_NOT_FOUND)
        return status;
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return lw_fail_errno(cx, errno, "no random numbers");
    snprintf(store->id, sizeof store->id, "%016" PRIx64, random);
    return lw_run(cx, db, &lw_sql_meta_put, LW_PARAMS(lw_string(LW_TEXT("store_id")), lw_string(lw_text_from(store->id))));
}

static lw_status open_database(lw_ctx *cx, lw_store *store, lw_store_mode mode)
{
    lw_db *db;
    if (mode == LW_STORE_READ) {
        LW_TRY(store->driver->open(cx, store->database, LW_DB_READ, LW_N_STATEMENTS, &db));
        lw_status status = lw_migrate_check(cx, db, lw_migrations, LW_N_MIGRATIONS);
        if (status == LW_OK)
            status = name_store(cx, store, db);
        store->driver->close(db);
        return status;
    }
    LW_TRY(store->driver->open(cx, store->database, mode == LW_STORE_CREATE ? LW_DB_CREATE : LW_DB_WRITE, LW_N_STATEMENTS, &db));
    int from_version;
    lw_status status = lw_migrate(cx, db, lw_migrations, LW_N_MIGRATIONS, keep_copy, store, &from_version);
    if (status == LW_OK)
        status = name_store(cx, store, db);
    lw_db *sweeper_db;
    if (status == LW_OK)
        status = store->driver->open(cx, store->database, LW_DB_SWEEP, LW_N_STATEMENTS, &sweeper_db);
    if (status != LW_OK) {
        store->driver->close(db);
        return status;
    }
    store->writer = lw_writer_start(store, db, sweeper_db);
    return LW_OK;
}

lw_status lw_store_open(lw_ctx *cx, const char *folder, lw_store_mode mode, const lw_driver *driver, lw_store **out)
{
    char *database = lw_print(cx->arena, "%s/labelwright.db", folder);
    if (mode == LW_STORE_CREATE)
        LW_TRY(lw_folder_make(cx, folder));
    else if (access(database, F_OK) != 0)
        return lw_fail(cx, LW_NOT_FOUND, "there is no store in %s; import something, or name another folder with --store", folder);
    lw_store *store = lw_heap_new(sizeof *store);
    *store = (lw_store){.folder = heap_text(folder), .database = heap_text(database), .driver = driver, .lock = -1};
    pthread_mutex_init(&store->mutex, NULL);
    store->ontologies = lw_ontology_cache_new();
    store->users = lw_user_cache_new();
    store->memo = lw_memo_new();
    lw_status status = take_lock(cx, store, mode);
    if (status == LW_OK)
        status = open_database(cx, store, mode);
    if (status != LW_OK) {
        lw_store_close(store);
        return status;
    }
    warn_of_network(store);
    *out = store;
    return LW_OK;
}

void lw_store_close(lw_store *store)
{
    if (!store)
        return;
    if (store->writer)
        lw_writer_stop(store->writer);
    for (size_t i = 0; i < store->n_idle; i++)
        store->driver->close(store->idle[i]);
    lw_ontology_cache_free(store->ontologies);
    lw_user_cache_free(store->users);
    lw_memo_free(store->memo);
    lw_fd_cleanup(&store->lock);
    pthread_mutex_destroy(&store->mutex);
    lw_heap_free(store->folder);
    lw_heap_free(store->database);
    lw_heap_free(store->warning);
    lw_heap_free(store);
}

lw_status lw_reader_begin(lw_ctx *cx, lw_store *store, lw_reader *out)
{
    lw_db *db = NULL;
    pthread_mutex_lock(&store->mutex);
    if (store->n_idle)
        db = store->idle[--store->n_idle];
    pthread_mutex_unlock(&store->mutex);
    if (!db)
        LW_TRY(store->driver->open(cx, store->database, LW_DB_READ, LW_N_STATEMENTS, &db));
    lw_status status = db->driver->begin(cx, db);
    if (status != LW_OK) {
        db->driver->close(db);
        return status;
    }
    *out = (lw_reader){store, db};
    return LW_OK;
}

void lw_reader_cleanup(lw_reader *reader)
{
    if (!reader->store)
        return;
    lw_store *store = reader->store;
    reader->db->driver->rollback(reader->db);
    pthread_mutex_lock(&store->mutex);
    bool is_kept = store->n_idle < MAX_IDLE_READERS;
    if (is_kept)
        store->idle[store->n_idle++] = reader->db;
    pthread_mutex_unlock(&store->mutex);
    if (!is_kept)
        reader->db->driver->close(reader->db);
    *reader = (lw_reader){0};
}

lw_status lw_id_take(lw_ctx *cx, lw_db *db, const char *name, int64_t n, int64_t *first)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, &lw_sql_id_take, LW_PARAMS(lw_string(lw_text_from(name)), lw_int(n)), &rows));
    *first = lw_rows_int(&rows, 0);
    lw_status status;
    while (lw_rows_next(cx, &rows, &status))
        continue;
    return status;
}

void lw_write_later(lw_store *store, lw_write *write)
{
    LW_ASSERT(store->writer != NULL);
    lw_writer_queue(store->writer, write);
}

typedef struct waiting {
    lw_write write;
    pthread_mutex_t mutex;
    pthread_cond_t finished;
    bool is_done;
} waiting;

static void wake(lw_write *write)
{
    waiting *w = (waiting *)write;
    pthread_mutex_lock(&w->mutex);
    w->is_done = true;
    pthread_cond_signal(&w->finished);
    pthread_mutex_unlock(&w->mutex);
}

static lw_status write_and_wait(lw_ctx *cx, lw_store *store, lw_write_run run, void *arg, bool is_bulk)
{
    if (!store->writer)
        return lw_fail(cx, LW_DENIED, "the store was opened for reading only");
    waiting w = {.write = {.cx = cx, .run = run, .arg = arg, .done = wake, .is_bulk = is_bulk}};
    pthread_mutex_init(&w.mutex, NULL);
    pthread_cond_init(&w.finished, NULL);
    lw_writer_queue(store->writer, &w.write);
    pthread_mutex_lock(&w.mutex);
    while (!w.is_done)
        pthread_cond_wait(&w.finished, &w.mutex);
    pthread_mutex_unlock(&w.mutex);
    pthread_cond_destroy(&w.finished);
    pthread_mutex_destroy(&w.mutex);
    return w.write.status;
}

lw_status lw_write_now(lw_ctx *cx, lw_store *store, lw_write_run run, void *arg) { return write_and_wait(cx, store, run, arg, false); }
lw_status lw_write_bulk(lw_ctx *cx, lw_store *store, lw_write_run run, void *arg) { return write_and_wait(cx, store, run, arg, true); }

/* A commit that changed nothing would not be synced. */
static lw_status touch(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    int64_t first;
    return lw_id_take(cx, db, "item", 0, &first);
}

lw_status lw_store_sync(lw_ctx *cx, lw_store *store) { return lw_write_now(cx, store, touch, NULL); }
