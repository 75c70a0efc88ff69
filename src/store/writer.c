#include "store/writer.h"

#include <pthread.h>

#include "base/clock.h"
#include "statements.h"
#include "store/memo.h"
#include "store/ontology.h"
#include "store/sweeper.h"

/* A transaction takes no more work after this long, so that nobody waits for a long queue behind one sync. */
enum { BATCH_US = 10000, BATCH_WRITES = 1000 };

typedef struct queue {
    lw_write *head, **tail;
} queue;

struct lw_writer_thread {
    lw_store *store;
    lw_db *db;
    bool is_lazy;
    lw_sweeper *sweeper;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t some;
    lw_batch joint;               /* of the transaction at hand */
    bool is_joint, has_savepoint; /* the write at hand */
    queue saves, bulk;
    bool is_bulk_next; /* they take turns when both wait */
    bool is_stopping;
};

static void push(queue *q, lw_write *write)
{
    write->next = NULL;
    *q->tail = write;
    q->tail = &write->next;
}

static lw_write *pop(queue *q)
{
    lw_write *write = q->head;
    if (write) {
        q->head = write->next;
        if (!q->head)
            q->tail = &q->head;
    }
    return write;
}

void lw_writer_queue(lw_writer_thread *writer, lw_write *write)
{
    pthread_mutex_lock(&writer->mutex);
    push(write->is_bulk ? &writer->bulk : &writer->saves, write);
    pthread_cond_signal(&writer->some);
    pthread_mutex_unlock(&writer->mutex);
}

lw_batch *lw_writer_joint(lw_writer_thread *writer) { return writer->is_joint ? &writer->joint : NULL; }

/* The write at hand begins to write by itself: what others left goes in before, to be undone with none of it. */
static lw_status open_savepoint(lw_ctx *cx, lw_db *db, void *arg)
{
    lw_writer_thread *writer = arg;
    LW_TRY(lw_batch_write(cx, db, &writer->joint));
    lw_status status = lw_run(cx, db, &lw_sql_savepoint, LW_NO_PARAMS);
    writer->has_savepoint = status == LW_OK;
    writer->joint.is_broken = status != LW_OK;
    return status;
}

/* One write, undone alone when it fails. False poisons the batch: a savepoint that cannot be undone, or rows of others that did not go in. */
static bool run_one(lw_writer_thread *writer, lw_write *write)
{
    lw_ctx *cx = write->cx;
    lw_db *db = writer->db;
    lw_before_write hook = {open_savepoint, writer};
    write->status = write->is_joint ? LW_OK : lw_batch_write(cx, db, &writer->joint); /* it reads the tables */
    if (write->status != LW_OK)
        return false;
    writer->has_savepoint = false;
    writer->is_joint = write->is_joint;
    db->before_write = write->is_bulk ? NULL : &hook;
    write->status = write->run(cx, writer->store, db, write->arg);
    db->before_write = NULL;
    if (write->is_bulk) /* alone in its transaction, and undone with it */
        return write->status == LW_OK;
    if (writer->joint.is_broken || !writer->has_savepoint)
        return !writer->joint.is_broken;
    if (write->status == LW_OK) {
        write->status = lw_run(cx, db, &lw_sql_savepoint_release, LW_NO_PARAMS);
        return write->status == LW_OK;
    }
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_ctx quiet = {.arena = scratch}; /* keeps the write's own message */
    return lw_run(&quiet, db, &lw_sql_savepoint_rollback, LW_NO_PARAMS) == LW_OK &&
           lw_run(&quiet, db, &lw_sql_savepoint_release, LW_NO_PARAMS) == LW_OK;
}

/* Waits for one; NULL when the store closes and nothing waits any more. */
static lw_write *first_write(lw_writer_thread *writer)
{
    pthread_mutex_lock(&writer->mutex);
    while (!writer->saves.head && !writer->bulk.head && !writer->is_stopping)
        pthread_cond_wait(&writer->some, &writer->mutex);
    lw_write *write = pop(writer->is_bulk_next ? &writer->bulk : &writer->saves);
    if (!write)
        write = pop(writer->is_bulk_next ? &writer->saves : &writer->bulk);
    writer->is_bulk_next = write && !write->is_bulk;
    pthread_mutex_unlock(&writer->mutex);
    return write;
}

/* A bulk write is a transaction of its own: nobody's save waits for what joins it. */
static lw_write *next_write(lw_writer_thread *writer, const lw_write *before)
{
    if (before->is_bulk)
        return NULL;
    pthread_mutex_lock(&writer->mutex);
    lw_write *write = pop(&writer->saves);
    pthread_mutex_unlock(&writer->mutex);
    return write;
}

/* Failures that the transaction as a whole met are those of every write in it. */
static void fail_all(lw_write *batch, const lw_ctx *reason)
{
    for (lw_write *write = batch; write; write = write->next)
        if (write->status == LW_OK)
            write->status = lw_fail(write->cx, reason->status, "%s", reason->message);
}

static lw_status set_lazy(lw_ctx *cx, lw_writer_thread *writer, bool is_lazy)
{
    if (writer->is_lazy == is_lazy)
        return LW_OK;
    LW_TRY(writer->db->driver->set_lazy(cx, writer->db, is_lazy));
    writer->is_lazy = is_lazy;
    return LW_OK;
}

static void run_batch(lw_writer_thread *writer, lw_write *first, lw_arena *arena)
{
    lw_ctx cx = {.arena = arena};
    queue batch = {.tail = &batch.head};
    int64_t deadline = lw_monotonic_us() + BATCH_US;
    LW_AUTO(lw_tx) tx = {0};
    lw_status status = set_lazy(&cx, writer, first->is_lazy);
    if (status == LW_OK)
        status = lw_tx_begin(&cx, writer->db, &tx);
    bool is_sound = status == LW_OK;
    writer->joint = (lw_batch){.arena = arena};
    bool is_all_joint = true;
    int n = 0;
    for (lw_write *write = first; write; n++) {
        push(&batch, write);
        is_all_joint &= write->is_joint;
        if (is_sound && !run_one(writer, write)) {
            is_sound = false;
            cx.status = write->status;
            status = write->status != LW_OK ? lw_fail(&cx, write->status, "%s", write->cx->message)
                                            : lw_fail(&cx, LW_FAILED, "a write could not be undone");
        }
        write = is_sound && n < BATCH_WRITES && lw_monotonic_us() < deadline ? next_write(writer, write) : NULL;
    }
    if (is_sound)
        status = lw_batch_write(&cx, writer->db, &writer->joint);
    if (is_sound && status == LW_OK)
        status = lw_tx_commit(&cx, &tx);
    else
        lw_tx_cleanup(&tx);
    if (status != LW_OK) {
        fail_all(batch.head, &cx);
        lw_ontology_cache_clear(lw_store_ontologies(writer->store));
    }
    if (!is_all_joint)
        lw_memo_forget(lw_store_memo(writer->store));
    for (lw_write *write = batch.head, *next; write; write = next) {
        next = write->next;
        write->done(write);
    }
}

static void *run(void *arg)
{
    lw_writer_thread *writer = arg;
    lw_arena *arena = lw_arena_new();
    for (lw_write *write; (write = first_write(writer));) {
        run_batch(writer, write, arena);
        lw_sweeper_tend(writer->sweeper, writer->db);
        lw_arena_reset(arena);
    }
    lw_arena_free(arena);
    return NULL;
}

lw_writer_thread *lw_writer_start(lw_store *store, lw_db *db, lw_db *sweeper_db)
{
    lw_writer_thread *writer = lw_heap_new(sizeof *writer);
    writer->store = store;
    writer->db = db;
    writer->sweeper = lw_sweeper_start(sweeper_db);
    writer->saves.tail = &writer->saves.head;
    writer->bulk.tail = &writer->bulk.head;
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_cond_init(&writer->some, NULL);
    LW_ASSERT(pthread_create(&writer->thread, NULL, run, writer) == 0);
    return writer;
}

void lw_writer_stop(lw_writer_thread *writer)
{
    pthread_mutex_lock(&writer->mutex);
    writer->is_stopping = true;
    pthread_cond_signal(&writer->some);
    pthread_mutex_unlock(&writer->mutex);
    pthread_join(writer->thread, NULL);
    lw_sweeper_stop(writer->sweeper);
    writer->db->driver->close(writer->db);
    pthread_cond_destroy(&writer->some);
    pthread_mutex_destroy(&writer->mutex);
    lw_heap_free(writer);
}
