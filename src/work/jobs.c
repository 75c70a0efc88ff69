#include "work/jobs.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "store/project.h"
#include "work/hashing.h"
#include "work/import.h"

enum { MAX_RUNNING = 32, PROGRESS_US = 300000 };

struct lw_jobs {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t added;
    bool is_stopping;
    uint64_t n_added;               /* so that what is added between looking and waiting is not overslept */
    int64_t cancelled[MAX_RUNNING]; /* ids of running jobs that shall end */
};

char *lw_upload_folder(lw_arena *arena, const lw_app *app, lw_text id)
{
    return lw_print(arena, "%s/uploads/%.*s", lw_store_folder(app->store), LW_FMT(id));
}

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

lw_status lw_job_add(lw_ctx *cx, lw_app *app, const lw_job *job, int64_t *id)
{
    job_write w = {.job = job};
    LW_TRY(lw_write_now(cx, app->store, write_new, &w));
    *id = w.id;
    if (app->jobs) {
        pthread_mutex_lock(&app->jobs->mutex);
        app->jobs->n_added++;
        pthread_cond_signal(&app->jobs->added);
        pthread_mutex_unlock(&app->jobs->mutex);
    }
    return LW_OK;
}

/* --- cancelling */

static bool is_cancelled(lw_app *app, int64_t id, bool *is_stopping)
{
    bool found = false;
    *is_stopping = false;
    if (!app->jobs)
        return false;
    pthread_mutex_lock(&app->jobs->mutex);
    for (int i = 0; i < MAX_RUNNING; i++)
        found = found || app->jobs->cancelled[i] == id;
    *is_stopping = app->jobs->is_stopping;
    pthread_mutex_unlock(&app->jobs->mutex);
    return found;
}

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
    if (!app->jobs)
        return lw_fail(cx, LW_CONFLICT, "job %" PRId64 " is run by a command: end that", id);
    pthread_mutex_lock(&app->jobs->mutex);
    for (int i = 0; i < MAX_RUNNING; i++) {
        if (!app->jobs->cancelled[i]) {
            app->jobs->cancelled[i] = id;
            break;
        }
    }
    pthread_mutex_unlock(&app->jobs->mutex);
    return LW_OK;
}

/* The place is free for the next. */
static void forget_cancelled(lw_app *app, int64_t id)
{
    if (!app->jobs)
        return;
    pthread_mutex_lock(&app->jobs->mutex);
    for (int i = 0; i < MAX_RUNNING; i++)
        app->jobs->cancelled[i] = app->jobs->cancelled[i] == id ? 0 : app->jobs->cancelled[i];
    pthread_mutex_unlock(&app->jobs->mutex);
}

/* --- running */

typedef struct running {
    lw_app *app;
    int64_t id, told_us;
    bool was_stopped;
} running;

static lw_status progress(lw_ctx *cx, void *state, int64_t done, int64_t total)
{
    running *r = state;
    bool is_stopping;
    if (is_cancelled(r->app, r->id, &is_stopping))
        return lw_fail(cx, LW_CANCELLED, "cancelled");
    if (is_stopping) {
        r->was_stopped = true;
        return lw_fail(cx, LW_CANCELLED, "the server stops; the job goes on when it is back");
    }
    int64_t now = lw_monotonic_us();
    if (now - r->told_us < PROGRESS_US)
        return LW_OK;
    r->told_us = now;
    job_write w = {.id = r->id, .done = done, .total = total};
    return lw_write_now(cx, r->app->store, write_progress, &w);
}

static const char *string_of(lw_ctx *cx, lw_json *params, const char *key)
{
    lw_text text = lw_json_text(lw_json_get(params, key));
    return text.size ? lw_text_string(cx->arena, text) : NULL;
}

static const char *const *strings_of(lw_ctx *cx, lw_json *params, const char *key)
{
    lw_json *list = lw_json_get(params, key);
    const char **strings = lw_new_array(cx->arena, const char *, yyjson_arr_size(list) + 1);
    size_t i, n;
    yyjson_val *value;
    yyjson_arr_foreach(list, i, n, value) strings[i] = lw_text_string(cx->arena, lw_json_text(value));
    return strings;
}

static bool flag_of(lw_json *params, const char *key) { return yyjson_get_bool(lw_json_get(params, key)); }

/* An upload of one file is that file: an archive, or labels alone. */
static const char *upload_source(lw_ctx *cx, const char *folder)
{
    DIR *entries = opendir(folder);
    const char *only = folder;
    int n = 0;
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (entry->d_name[0] == '.')
            continue;
        struct stat at;
        const char *path = lw_print(cx->arena, "%s/%s", folder, entry->d_name);
        bool is_file = stat(path, &at) == 0 && S_ISREG(at.st_mode);
        only = ++n == 1 && is_file && !lw_name_is_image(lw_text_from(entry->d_name)) ? path : folder;
    }
    if (entries)
        closedir(entries);
    return only;
}

static lw_status run_import(lw_ctx *cx, lw_app *app, const lw_job *job, running *r, lw_report *report)
{
    lw_json *params;
    LW_TRY(lw_json_parse(cx, job->params, &params));
    const char *upload = string_of(cx, params, "upload");
    char *folder = upload ? lw_upload_folder(cx->arena, app, lw_text_from(upload)) : NULL;
    lw_import import = {.project = lw_json_text(lw_json_get(params, "project")),
                        .source = folder ? upload_source(cx, folder) : string_of(cx, params, "source"),
                        .images = string_of(cx, params, "images"),
                        .format = lw_json_text(lw_json_get(params, "format")),
                        .layer = lw_json_text(lw_json_get(params, "layer")),
                        .dataset = lw_json_text(lw_json_get(params, "dataset")),
                        .split = lw_json_text(lw_json_get(params, "split")),
                        .map = strings_of(cx, params, "map"),
                        .columns = strings_of(cx, params, "columns"),
                        .add_classes = flag_of(params, "add_classes"),
                        .replace = flag_of(params, "replace"),
                        .waiting = flag_of(params, "waiting"),
                        .dry_run = flag_of(params, "dry_run"),
                        .copy = folder || flag_of(params, "copy"),
                        .user_id = job->user_id,
                        .job_id = job->id,
                        .progress = progress,
                        .progress_state = r};
    if (!import.source)
        return lw_fail(cx, LW_INVALID, "an import needs a source");
    lw_status status = lw_import_run(cx, app, &import, report);
    if (folder && !r->was_stopped && !import.dry_run && status != LW_REFUSED) { /* refused: the answer may be the same upload with --map */
        LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
        lw_ctx quiet = {.arena = scratch};
        lw_status removed = lw_path_remove(&quiet, folder);
        (void)removed; /* a left-over upload harms nobody */
    }
    return status;
}

static lw_status tell_published(lw_ctx *cx, lw_app *app, const lw_job *job, int64_t seq)
{
    if (!app->published || !seq)
        return LW_OK;
    LW_AUTO(lw_reader) reader = {0};
    lw_project project;
    lw_json *params;
    LW_TRY(lw_json_parse(cx, job->params, &params));
    LW_TRY(lw_reader_begin(cx, app->store, &reader));
    LW_TRY(lw_project_find(cx, reader.db, lw_json_text(lw_json_get(params, "project")), &project));
    app->published(app, project.id, seq);
    return LW_OK;
}

lw_status lw_job_run(lw_ctx *cx, lw_app *app, int64_t id)
{
    lw_job job;
    job_write w = {.id = id};
    LW_TRY(lw_write_now(cx, app->store, write_start, &w));
    {
        LW_AUTO(lw_reader) reader = {0};
        LW_TRY(lw_reader_begin(cx, app->store, &reader));
        LW_TRY(lw_job_get(cx, reader.db, id, &job));
    }
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx own = {.arena = arena};
    running r = {.app = app, .id = id};
    lw_report report = {.arena = arena};
    lw_status status = run_import(&own, app, &job, &r, &report);
    forget_cancelled(app, id);
    if (r.was_stopped)
        return LW_OK; /* stays running in its row, and is queued again at the next start */
    LW_AUTO(lw_buf) text = {0};
    LW_AUTO(lw_buf) error = {0};
    lw_report_write_json(&text, &report, status == LW_OK ? NULL : &own);
    if (status != LW_OK) {
        lw_buf_put_literal(&error, "{\"code\": ");
        lw_buf_put_json_text(&error, lw_text_from(lw_status_slug(status)));
        lw_buf_put_literal(&error, ", \"message\": ");
        lw_buf_put_json_text(&error, lw_text_from(own.message));
        lw_buf_put_char(&error, '}');
    }
    w.state = status == LW_OK ? LW_JOB_DONE : status == LW_CANCELLED ? LW_JOB_CANCELLED : LW_JOB_FAILED;
    w.report = lw_buf_text(&text);
    w.error = lw_buf_text(&error);
    lw_hashing_wake(app);
    LW_TRY(lw_write_now(cx, app->store, write_end, &w));
    return tell_published(cx, app, &job, report.seq);
}

/* --- the thread */

static void *run_jobs(void *arg)
{
    lw_app *app = arg;
    struct lw_jobs *jobs = app->jobs;
    lw_arena *arena = lw_arena_new();
    for (;;) {
        lw_arena_reset(arena);
        lw_ctx cx = {.arena = arena};
        lw_job job;
        lw_status found;
        pthread_mutex_lock(&jobs->mutex);
        bool is_stopping = jobs->is_stopping;
        uint64_t n_added = jobs->n_added;
        pthread_mutex_unlock(&jobs->mutex);
        if (is_stopping)
            break;
        lw_media_tidy(app->media);
        {
            LW_AUTO(lw_reader) reader = {0};
            found = lw_reader_begin(&cx, app->store, &reader);
            if (found == LW_OK)
                found = lw_job_next(&cx, reader.db, &job);
        }
        if (found == LW_OK && lw_job_run(&cx, app, job.id) == LW_OK)
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
    app->jobs = jobs;
    LW_ASSERT(pthread_create(&jobs->thread, NULL, run_jobs, app) == 0);
}

void lw_jobs_stop(lw_app *app)
{
    struct lw_jobs *jobs = app->jobs;
    if (!jobs)
        return;
    pthread_mutex_lock(&jobs->mutex);
    jobs->is_stopping = true;
    pthread_cond_signal(&jobs->added);
    pthread_mutex_unlock(&jobs->mutex);
    pthread_join(jobs->thread, NULL);
    app->jobs = NULL;
    pthread_cond_destroy(&jobs->added);
    pthread_mutex_destroy(&jobs->mutex);
    lw_heap_free(jobs);
}
