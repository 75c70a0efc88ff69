#include "store/sweeper.h"

#include <pthread.h>
#include <stdatomic.h>

/* In pages. A round leaves what was written meanwhile; few enough are left to the writer. */
enum { SWEEP_AFTER = 4000, SMALL_REST = 500, MAX_ROUNDS = 8 };

enum { RESTING, WOKEN, SWEPT, STOPPING };

struct lw_sweeper {
    lw_db *db;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t woken;
    _Atomic int state;
    int64_t grown_to; /* pages of the log when it was swept last: the writer's */
};

/* That a log cannot be moved now, for a reader who still needs it or a disk that is full, is tried again when it has grown. */
static int64_t sweep(lw_db *db)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_ctx quiet = {.arena = scratch};
    int64_t n_left = 0;
    return db->driver->sweep(&quiet, db, &n_left) == LW_OK ? n_left : 0;
}

static void *run(void *arg)
{
    lw_sweeper *sweeper = arg;
    for (;;) {
        pthread_mutex_lock(&sweeper->mutex);
        while (sweeper->state != WOKEN && sweeper->state != STOPPING)
            pthread_cond_wait(&sweeper->woken, &sweeper->mutex);
        pthread_mutex_unlock(&sweeper->mutex);
        for (int round = 0; round < MAX_ROUNDS && sweeper->state == WOKEN; round++)
            if (sweep(sweeper->db) <= SMALL_REST)
                break;
        int woken = WOKEN;
        if (!atomic_compare_exchange_strong(&sweeper->state, &woken, SWEPT))
            return NULL;
    }
}

static void set_state(lw_sweeper *sweeper, int state)
{
    pthread_mutex_lock(&sweeper->mutex);
    sweeper->state = state;
    pthread_cond_signal(&sweeper->woken);
    pthread_mutex_unlock(&sweeper->mutex);
}

void lw_sweeper_tend(lw_sweeper *sweeper, lw_db *writer_db)
{
    int64_t n_pages = writer_db->driver->log_pages(writer_db);
    if (sweeper->state == SWEPT) {
        sweep(writer_db);
        sweeper->grown_to = n_pages;
        sweeper->state = RESTING;
    } else if (sweeper->state == RESTING) {
        if (n_pages < sweeper->grown_to)
            sweeper->grown_to = 0; /* it began anew */
        if (n_pages >= sweeper->grown_to + SWEEP_AFTER)
            set_state(sweeper, WOKEN);
    }
}

lw_sweeper *lw_sweeper_start(lw_db *db)
{
    lw_sweeper *sweeper = lw_heap_new(sizeof *sweeper);
    sweeper->db = db;
    pthread_mutex_init(&sweeper->mutex, NULL);
    pthread_cond_init(&sweeper->woken, NULL);
    LW_ASSERT(pthread_create(&sweeper->thread, NULL, run, sweeper) == 0);
    return sweeper;
}

void lw_sweeper_stop(lw_sweeper *sweeper)
{
    set_state(sweeper, STOPPING);
    pthread_join(sweeper->thread, NULL);
    sweeper->db->driver->close(sweeper->db);
    pthread_cond_destroy(&sweeper->woken);
    pthread_mutex_destroy(&sweeper->mutex);
    lw_heap_free(sweeper);
}
