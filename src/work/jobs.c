#include "work/jobs.h"

#include <pthread.h>

#include "base/clock.h"
#include "store/replay.h"
#include "work/hashing.h"
#include "work/job_kinds.h"

/* What writes waits its turn; what only reads does not wait for it. */
typedef enum lane { WRITING, READING, N_LANES } lane;
enum { PROGRESS_US = 300000, TIDY_US = 60000000 };

struct lw_jobs {
    lw_app *app;
    pthread_t threads[N_LANES];
    pthread_mutex_t mutex;
    pthread_cond_t added;
    bool is_stopping;
    uint64_t n_added;         /* so that what is added between looking and waiting is not overslept */
    int64_t running[N_LANES]; /* ids, 0: none */
    bool is_cancelled[N_LANES];
};

/* --- rows */

typedef struct job_write {
    const lw_job *job;
    int64_t id, done, total;
    lw_job_state state;
    lw_text report, error;
} job_write;

static lw_status write_new(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    job_write *w = arg;
    return lw_job_create(cx, db, w->job, &w->id);
}

static lw_status write_start(lw_ctx *cx, lw_store *store, lw_db *db, void *arg) { return lw_job_start(cx, db, ((job_write *)arg)->id); }

static lw_status write_progress(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    job_write *w = arg;
    return lw_job_set_progress(cx, db, w->id, w->done, w->total, (lw_text){0});
}

static lw_status write_end(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    job_write *w = arg;
    return lw_job_end(cx, db, w->id, w->state, w->report, w->error);
}

static lw_status add(lw_ctx *cx, lw_app *app, lw_job *job)
{
    job_write w = {.job = job};
    LW_TRY(lw_write_now(cx, app->store, write_new, &w));
    job->id = w.id;
    return LW_OK;
}

/* --- cancelling */

static lw_status write_cancel(lw_ctx *cx, lw_store *store, lw_db *db, void *arg) { return lw_job_cancel_waiting(cx, db, ((job_write *)arg)->id); }

lw_status lw_job_cancel(lw_ctx *cx, lw_app *app, int64_t id)
{
    lw_job job;
    job_write w = {.id = id};
    if (lw_write_now(cx, app->store, write_cancel, &w) == LW_OK)
        return LW_OK;
    {
        LW_AUTO(lw_reader) reader = {0};
        LW_TRY(lw_reader_begin(cx, app->store, &reader));
        LW_TRY(lw_job_get(cx, reader.db, id, &job));
    }
    if (job.state != LW_JOB_RUNNING)
        return lw_fail(cx, LW_CONFLICT, "job %" PRId64 " has ended already", id);
    struct lw_jobs *jobs = app->jobs;
    if (!jobs)
        return lw_fail(cx, LW_CONFLICT, "job %" PRId64 " is run by a command: end that", id);
    pthread_mutex_lock(&jobs->mutex);
    for (lane l = 0; l < N_LANES; l++)
        jobs->is_cancelled[l] = jobs->is_cancelled[l] || jobs->running[l] == id;
    pthread_mutex_unlock(&jobs->mutex);
    return LW_OK;
}

/* --- running */

typedef struct running {
    lw_app *app;
    lw_ctx *caller; /* who may look on, too */
    const lw_job *job;
    int64_t told_us;
    bool was_stopped;
} running;

static lw_status check_ended(lw_ctx *cx, running *r)
{
    struct lw_jobs *jobs = r->app->jobs;
    bool is_cancelled = false;
    if (!jobs)
        return LW_OK;
    pthread_mutex_lock(&jobs->mutex);
    for (lane l = 0; l < N_LANES; l++)
        is_cancelled |= jobs->running[l] == r->job->id && jobs->is_cancelled[l];
    r->was_stopped = jobs->is_stopping;
    pthread_mutex_unlock(&jobs->mutex);
    if (is_cancelled) {
        r->was_stopped = false;
        return lw_fail(cx, LW_CANCELLED, "cancelled");
    }
    return r->was_stopped ? lw_fail(cx, LW_UNAVAILABLE, "the server stops; the job goes on when it is back") : LW_OK;
}

/* How far a job is, on its way to its row: the job does not wait for it. */
typedef struct telling {
    lw_write write;
    lw_ctx cx;
    job_write job;
} telling;

static void told(lw_write *write)
{
    telling *t = (telling *)write;
    lw_arena_free(t->cx.arena);
    lw_heap_free(t);
}

static void tell(lw_app *app, job_write job)
{
    telling *t = lw_heap_new(sizeof *t);
    *t = (telling){.write = {.cx = &t->cx, .run = write_progress, .arg = &t->job, .done = told, .is_bulk = true, .is_lazy = true},
                   .cx = {.arena = lw_arena_new()},
                   .job = job};
    lw_write_later(app->store, &t->write);
}

static lw_status progress(lw_ctx *cx, void *state, int64_t done, int64_t total)
{
    running *r = state;
    lw_status looked = lw_progress(r->caller, done, total);
    if (looked != LW_OK)
        return lw_fail(cx, looked, "%s", r->caller->message);
    LW_TRY(check_ended(cx, r));
    int64_t now = lw_monotonic_us();
    if (!r->job->id || now - r->told_us < PROGRESS_US)
        return LW_OK;
    r->told_us = now;
    tell(r->app, (job_write){.id = r->job->id, .done = done, .total = total});
    return LW_OK;
}

/* Fills what the job came to. */
static lw_status work(lw_ctx *cx, lw_app *app, lw_job *job, bool *was_stopped)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    LW_AUTO(lw_buf) report = {0};
    running r = {.app = app, .caller = cx, .job = job};
    lw_ctx own = {.arena = arena, .progress = progress, .progress_state = &r};
    lw_status status = lw_job_kind_find(job->kind)->run(&own, app, job, &report);
    *was_stopped = r.was_stopped && status != LW_OK;
    if (status != LW_OK) {
        LW_AUTO(lw_buf) error = {0};
        lw_buf_put_literal(&error, "{\"code\": ");
        lw_buf_put_json_text(&error, lw_text_from(lw_status_slug(status)));
        lw_buf_put_literal(&error, ", \"message\": ");
        lw_buf_put_json_text(&error, lw_text_from(own.message));
        lw_buf_put_char(&error, '}');
        job->error = lw_text_copy(cx->arena, lw_buf_text(&error));
    }
    job->state = status == LW_OK ? LW_JOB_DONE : status == LW_CANCELLED ? LW_JOB_CANCELLED : LW_JOB_FAILED;
    job->report = lw_text_copy(cx->arena, lw_buf_text(&report));
    return LW_OK;
}

static lw_status run_kept(lw_ctx *cx, lw_app *app, lw_job *job)
{
    bool was_stopped;
    job_write w = {.id = job->id};
    LW_TRY(lw_write_now(cx, app->store, write_start, &w));
    LW_TRY(work(cx, app, job, &was_stopped));
    if (was_stopped)
        return LW_OK; /* stays running in its row, and is queued again at the next start */
    w.state = job->state, w.report = job->report, w.error = job->error;
    lw_hashing_wake(app);
    return lw_write_now(cx, app->store, write_end, &w);
}

lw_status lw_job_do(lw_ctx *cx, lw_app *app, lw_job *job)
{
    struct lw_jobs *jobs = app->jobs;
    bool was_stopped;
    job->created_us = lw_now_us();
    if (!jobs && lw_job_kind_find(job->kind)->reads) { /* the store may be one that only can be read */
        job->started_us = job->created_us;
        LW_TRY(work(cx, app, job, &was_stopped));
        job->ended_us = lw_now_us();
        return LW_OK;
    }
    LW_TRY(add(cx, app, job));
    if (!jobs) {
        LW_TRY(run_kept(cx, app, job));
    } else {
        pthread_mutex_lock(&jobs->mutex);
        jobs->n_added++;
        pthread_cond_broadcast(&jobs->added);
        pthread_mutex_unlock(&jobs->mutex);
    }
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, app->store, &reader));
    return lw_job_get(cx, reader.db, job->id, job);
}

/* --- the threads, one a lane */

static void set_running(struct lw_jobs *jobs, lane l, int64_t id)
{
    pthread_mutex_lock(&jobs->mutex);
    jobs->running[l] = id;
    jobs->is_cancelled[l] = false;
    pthread_mutex_unlock(&jobs->mutex);
}

/* LW_NOT_FOUND when nothing waits. */
static lw_status run_next(lw_ctx *cx, struct lw_jobs *jobs, lane l)
{
    lw_job job;
    {
        LW_AUTO(lw_reader) reader = {0};
        LW_TRY(lw_reader_begin(cx, jobs->app->store, &reader));
        LW_TRY(lw_job_next(cx, reader.db, l == READING, &job));
    }
    set_running(jobs, l, job.id);
    lw_status status = run_kept(cx, jobs->app, &job);
    set_running(jobs, l, 0);
    return status;
}

static lw_status purge(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    (void)store, (void)arg;
    return lw_replay_purge(cx, db);
}

/* What nobody needs any more goes while the server runs, too. */
static void tidy(lw_ctx *cx, struct lw_jobs *jobs, int64_t *tidied_us)
{
    int64_t now_us = lw_monotonic_us();
    lw_media_tidy(jobs->app->media);
    if (now_us - *tidied_us < TIDY_US)
        return;
    *tidied_us = now_us;
    if (lw_write_now(cx, jobs->app->store, purge, NULL) != LW_OK)
        lw_ctx_clear(cx); /* on a full disk say: another time */
}

static void run_lane(struct lw_jobs *jobs, lane l)
{
    int64_t tidied_us = lw_monotonic_us(); /* lw_app_open has done it */
    lw_arena *arena = lw_arena_new();
    for (;;) {
        lw_arena_reset(arena);
        lw_ctx cx = {.arena = arena};
        pthread_mutex_lock(&jobs->mutex);
        bool is_stopping = jobs->is_stopping;
        uint64_t n_added = jobs->n_added;
        pthread_mutex_unlock(&jobs->mutex);
        if (is_stopping)
            break;
        if (l == WRITING)
            tidy(&cx, jobs, &tidied_us);
        if (run_next(&cx, jobs, l) == LW_OK)
            continue;
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until); /* whoever sets the clock back does not make jobs wait */
        until.tv_sec += 1;
        pthread_mutex_lock(&jobs->mutex);
        if (!jobs->is_stopping && jobs->n_added == n_added)
            pthread_cond_timedwait(&jobs->added, &jobs->mutex, &until);
        pthread_mutex_unlock(&jobs->mutex);
    }
    lw_arena_free(arena);
}

static void *run_writing(void *jobs)
{
    run_lane(jobs, WRITING);
    return NULL;
}

static void *run_reading(void *jobs)
{
    run_lane(jobs, READING);
    return NULL;
}

void lw_jobs_start(lw_app *app)
{
    struct lw_jobs *jobs = lw_heap_new(sizeof *jobs);
    pthread_mutex_init(&jobs->mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&jobs->added, &monotonic);
    pthread_condattr_destroy(&monotonic);
    jobs->app = app;
    app->jobs = jobs;
    LW_ASSERT(pthread_create(&jobs->threads[WRITING], NULL, run_writing, jobs) == 0);
    LW_ASSERT(pthread_create(&jobs->threads[READING], NULL, run_reading, jobs) == 0);
}

void lw_jobs_stop(lw_app *app)
{
    struct lw_jobs *jobs = app->jobs;
    if (!jobs)
        return;
    pthread_mutex_lock(&jobs->mutex);
    jobs->is_stopping = true;
    pthread_cond_broadcast(&jobs->added);
    pthread_mutex_unlock(&jobs->mutex);
    for (lane l = 0; l < N_LANES; l++)
        pthread_join(jobs->threads[l], NULL);
    app->jobs = NULL;
    pthread_cond_destroy(&jobs->added);
    pthread_mutex_destroy(&jobs->mutex);
    lw_heap_free(jobs);
}
