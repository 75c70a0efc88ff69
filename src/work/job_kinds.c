#include "work/job_kinds.h"

#include <dirent.h>
#include <sys/stat.h>

#include "store/project.h"
#include "work/backup.h"
#include "work/demo.h"
#include "work/export.h"

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

char *lw_upload_folder(lw_arena *arena, const lw_app *app, lw_text id)
{
    return lw_print(arena, "%s/uploads/%.*s", lw_store_folder(app->store), LW_FMT(id));
}

static lw_status tell_published(lw_ctx *cx, lw_app *app, lw_text name, int64_t seq)
{
    if (!app->published || !seq)
        return LW_OK;
    LW_AUTO(lw_reader) reader = {0};
    lw_project project;
    LW_TRY(lw_reader_begin(cx, app->store, &reader));
    LW_TRY(lw_project_find(cx, reader.db, name, &project));
    app->published(app, project.id, seq);
    return LW_OK;
}

/* What an import of any kind came to. */
static lw_status end_import(lw_ctx *cx, lw_app *app, lw_text project, lw_status status, lw_report *report, lw_buf *out)
{
    lw_report_write_json(out, report, status == LW_OK ? NULL : cx);
    lw_ctx quiet = {.arena = cx->arena}; /* nobody follows a project that is not there */
    lw_status told = tell_published(&quiet, app, project, report->seq);
    (void)told;
    return status;
}

/* An upload that has been imported. What is left over harms nobody. */
static void drop_upload(const char *folder)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_ctx quiet = {.arena = scratch};
    lw_status removed = folder ? lw_path_remove(&quiet, folder) : LW_OK;
    (void)removed;
}

static char *upload_of(lw_ctx *cx, const lw_app *app, lw_json *params, const char *key)
{
    lw_text id = lw_json_get_text(params, key);
    return id.size ? lw_upload_folder(cx->arena, app, id) : NULL;
}

static lw_status run_import(lw_ctx *cx, lw_app *app, const lw_job *job, lw_buf *out)
{
    lw_json *params;
    LW_TRY(lw_json_parse(cx, job->params, &params));
    char *folder = upload_of(cx, app, params, "upload"), *images = upload_of(cx, app, params, "images_upload");
    lw_text within = lw_json_get_text(params, "folder");
    const char *source = !folder       ? string_of(cx, params, "source")
                         : within.size ? lw_path_join(cx->arena, folder, within)
                                       : upload_source(cx, folder);
    lw_import import = {.project = lw_json_get_text(params, "project"),
                        .source = source,
                        .images = images ? upload_source(cx, images) : string_of(cx, params, "images"),
                        .format = lw_json_get_text(params, "format"),
                        .layer = lw_json_get_text(params, "layer"),
                        .dataset = lw_json_get_text(params, "dataset"),
                        .split = lw_json_get_text(params, "split"),
                        .map = strings_of(cx, params, "map"),
                        .columns = strings_of(cx, params, "columns"),
                        .add_classes = flag_of(params, "add_classes"),
                        .replace = flag_of(params, "replace"),
                        .waiting = flag_of(params, "waiting"),
                        .dry_run = flag_of(params, "dry_run"),
                        .copy = folder || images || flag_of(params, "copy"),
                        .user_id = job->user_id,
                        .job_id = job->id};
    lw_report report = {.arena = cx->arena};
    if (!import.source)
        return lw_fail(cx, LW_INVALID, "an import needs a source");
    lw_status status = lw_import_run(cx, app, &import, &report);
    if (!import.dry_run && status != LW_REFUSED && status != LW_UNAVAILABLE) { /* else once more with --map, or when the server is back */
        drop_upload(folder);
        drop_upload(images);
    }
    return end_import(cx, app, import.project, status, &report, out);
}

static lw_status run_demo(lw_ctx *cx, lw_app *app, const lw_job *job, lw_buf *out)
{
    lw_json *params;
    lw_report report = {.arena = cx->arena};
    LW_TRY(lw_json_parse(cx, job->params, &params));
    lw_demo demo = {.project = lw_json_get_text(params, "project"),
                    .n_items = lw_json_get_int(params, "items", LW_DEMO_ITEMS),
                    .seed = (uint64_t)lw_json_get_int(params, "seed", 1),
                    .user_id = job->user_id,
                    .job_id = job->id};
    return end_import(cx, app, demo.project, lw_demo_make(cx, app, &demo, &report), &report, out);
}

static lw_status run_export(lw_ctx *cx, lw_app *app, const lw_job *job, lw_buf *out)
{
    lw_json *params;
    lw_export export;
    lw_report report = {.arena = cx->arena};
    LW_TRY(lw_json_parse(cx, job->params, &params));
    LW_TRY(lw_export_from_json(cx, lw_json_get_text(params, "project"), params, &export));
    lw_status status = lw_export_run(cx, app, &export, string_of(cx, params, "target"), &report);
    lw_report_write_json(out, &report, status == LW_OK ? NULL : cx);
    return status;
}

static lw_status run_backup(lw_ctx *cx, lw_app *app, const lw_job *job, lw_buf *out)
{
    lw_json *params;
    int64_t n_blobs;
    LW_TRY(lw_json_parse(cx, job->params, &params));
    LW_TRY(lw_backup_make(cx, app, string_of(cx, params, "target"), &n_blobs));
    lw_buf_print(out, "{\"images\": %" PRId64 "}", n_blobs);
    return LW_OK;
}

typedef struct problems {
    lw_buf *buf;
    int64_t n;
} problems;

enum { MAX_PROBLEMS = 1000 };

static lw_status put_problem(lw_ctx *cx, void *state, const char *problem)
{
    problems *p = state;
    (void)cx;
    if (p->n++ < MAX_PROBLEMS) {
        lw_buf_put_comma(p->buf);
        lw_buf_put_json_text(p->buf, lw_text_from(problem));
    }
    return LW_OK;
}

static lw_status run_verify(lw_ctx *cx, lw_app *app, const lw_job *job, lw_buf *out)
{
    LW_AUTO(lw_buf) list = {0};
    problems p = {.buf = &list};
    int64_t n_blobs;
    lw_buf_put_literal(&list, "{\"problems\": [");
    LW_TRY(lw_verify_run(cx, app, put_problem, &p, &n_blobs));
    lw_buf_put_text(out, lw_buf_text(&list));
    lw_buf_print(out, "], \"count\": %" PRId64 ", \"images\": %" PRId64 "}", p.n, n_blobs);
    return LW_OK;
}

static lw_status run_unknown(lw_ctx *cx, lw_app *app, const lw_job *job, lw_buf *out)
{
    return lw_fail(cx, LW_INVALID, "nobody knows how to do a job of kind '%.*s'", LW_FMT(job->kind));
}

static const lw_job_kind kinds[] = {
    {"import", false, "report", run_import}, {"demo", false, "report", run_demo},    {"export", true, "report", run_export},
    {"backup", true, "result", run_backup},  {"verify", true, "result", run_verify}, {NULL, true, "result", run_unknown},
};

const lw_job_kind *lw_job_kind_find(lw_text name)
{
    const lw_job_kind *kind = kinds;
    while (kind->name && !lw_text_is(name, kind->name))
        kind++;
    return kind;
}
