/* Data in and out: uploads, imports, exports, and what each format can carry. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/common.h"
#include "base/limits.h"
#include "work/export.h"
#include "work/job_kinds.h"

/* --- uploads */

static lw_status create_upload(lw_ctx *cx, lw_request *req, lw_response *res)
{
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return lw_fail(cx, LW_FAILED, "no random numbers");
    lw_text id = lw_text_print(cx->arena, "%016" PRIx64, random);
    LW_TRY(lw_folder_make(cx, lw_upload_folder(cx->arena, lw_api_app(req), id)));
    lw_buf_put_char(&res->body, '{');
    lw_put_text(&res->body, "id", id);
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

/* Sixteen hex digits, as create_upload gives them: never a path. */
static lw_status check_upload(lw_ctx *cx, const lw_app *app, lw_text id)
{
    bool is_id = id.size == 16;
    for (size_t i = 0; i < id.size && is_id; i++)
        is_id = strchr("0123456789abcdef", id.data[i]) != NULL && id.data[i];
    if (!is_id || access(lw_upload_folder(cx->arena, app, id), F_OK) != 0)
        return lw_fail(cx, LW_NOT_FOUND, "no upload '%.*s'", LW_FMT(id));
    return LW_OK;
}

static lw_status put_file(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_app *app = lw_api_app(req);
    lw_text id = lw_request_param(req, "upload"), path = lw_api_text(req->query, "path"), parent, name;
    LW_TRY(check_upload(cx, app, id));
    LW_TRY(lw_path_check(cx, path));
    char *folder = lw_upload_folder(cx->arena, app, id), *target = lw_path_join(cx->arena, folder, path);
    if (lw_text_split_last(path, '/', &parent, &name))
        LW_TRY(lw_folder_make(cx, lw_path_join(cx->arena, folder, parent)));
    LW_AUTO(lw_fd) out = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out < 0)
        return lw_fail_errno(cx, errno, "cannot keep %.*s", LW_FMT(path));
    for (off_t left = req->file_bytes; left > 0;) {
        ssize_t copied = copy_file_range(req->file, NULL, out, NULL, (size_t)left, 0);
        if (copied <= 0) {
            lw_fail_errno(cx, copied < 0 ? errno : EIO, "cannot keep %.*s", LW_FMT(path));
            unlink(target); /* never half a file that an import would take for whole */
            return cx->status;
        }
        left -= copied;
    }
    lw_buf_print(&res->body, "{\"bytes\": %" PRId64 "}", req->file_bytes);
    return LW_OK;
}

/* --- imports */

/* Over HTTP a path of this machine must lie under a --root; the owner of the files may name any. */
static lw_status check_path(lw_ctx *cx, const lw_request *req, lw_text path)
{
    lw_app *app = lw_api_app(req);
    if (req->is_local || !path.size)
        return LW_OK;
    char *real = realpath(lw_text_string(cx->arena, path), NULL);
    bool is_allowed = false;
    for (size_t i = 0; real && app->roots && app->roots[i]; i++) {
        size_t size = strlen(app->roots[i]);
        is_allowed = is_allowed || (strncmp(real, app->roots[i], size) == 0 && (real[size] == '/' || real[size] == 0));
    }
    lw_heap_free(real);
    return is_allowed ? LW_OK : lw_fail(cx, LW_DENIED, "%.*s is under no --root of the server", LW_FMT(path));
}

/* The project may be one that the import makes. */
static lw_status start_import(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_app *app = lw_api_app(req);
    lw_text upload = lw_api_text(req->body, "upload"), images = lw_api_text(req->body, "images_upload"), name = lw_request_param(req, "project");
    LW_TRY(check_path(cx, req, lw_api_text(req->body, "source")));
    LW_TRY(check_path(cx, req, lw_api_text(req->body, "images")));
    if (images.size)
        LW_TRY(check_upload(cx, app, images));
    if (upload.size)
        LW_TRY(check_upload(cx, app, upload));
    else if (!lw_api_text(req->body, "source").size)
        return lw_fail(cx, LW_INVALID, "name what to import: 'upload' or 'source'");
    lw_project project = {0};
    {
        LW_AUTO(lw_reader) reader = {0};
        LW_TRY(lw_reader_begin(cx, app->store, &reader));
        lw_status found = lw_project_find(cx, reader.db, name, &project);
        if (found == LW_OK)
            name = project.name;
        else if (found != LW_NOT_FOUND)
            return found;
        else
            LW_TRY(lw_name_check(cx, "project", name));
    }
    project.name = name;
    return lw_api_do_job(cx, req, res, "import", &project);
}

/* --- exports */

static lw_status check_export(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_export what;
    lw_report report = {.arena = cx->arena};
    LW_AUTO(lw_view) view = {0};
    LW_TRY(lw_view_open(cx, req, &view));
    LW_TRY(lw_export_from_json(cx, view.project.name, req->query, &what));
    lw_status status = lw_export_check(cx, lw_api_app(req), &what, &report);
    if (status != LW_OK && status != LW_REFUSED)
        return status;
    LW_AUTO(lw_buf) json = {0};
    lw_report_write_json(&json, &report, NULL);
    lw_buf_put_char(&res->body, '{');
    lw_put_bool(&res->body, "refused", status == LW_REFUSED);
    lw_put_text_or_null(&res->body, "message", status == LW_REFUSED ? lw_text_from(cx->message) : (lw_text){0});
    lw_buf_put_literal(&res->body, ", ");
    lw_buf_put(&res->body, json.data + 1, json.size - 1);
    lw_ctx_clear(cx);
    return LW_OK;
}

/* To a path of this machine; local callers alone. */
static lw_status export_to_path(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_export what;
    lw_project project;
    LW_TRY(lw_api_check_local(cx, req));
    LW_TRY(lw_api_project(cx, req, &project));
    LW_TRY(lw_export_from_json(cx, project.name, req->body, &what)); /* told at once, not by the job */
    return lw_api_do_job(cx, req, res, "export", &project);
}

/* The export runs on a thread of its own and is held back by the socket between: memory stays flat however much a writer has to say. */
typedef struct streaming {
    lw_arena *arena;
    lw_ctx cx; /* of the thread, once it runs */
    lw_report report;
    lw_target *target;
    lw_exporting *exporting;
    lw_buf head; /* what was written before the thread ran */
    lw_fd from, to;
    pthread_t thread;
    bool is_running;
    lw_status status; /* of the thread, once it has ended */
} streaming;

static void join(streaming *s)
{
    if (s->is_running)
        pthread_join(s->thread, NULL);
    s->is_running = false;
}

static void streaming_free(void *state)
{
    streaming *s = state;
    lw_fd_cleanup(&s->from); /* the client left: the thread's next write fails, and it ends */
    join(s);
    lw_fd_cleanup(&s->to);
    lw_export_close(s->exporting);
    if (s->target)
        lw_target_close(s->target);
    lw_buf_cleanup(&s->head);
    lw_arena_free(s->arena);
    lw_heap_free(s);
}

static lw_status give_bytes(lw_ctx *cx, void *state, const void *data, size_t size)
{
    streaming *s = state;
    if (!s->is_running) {
        lw_buf_put(&s->head, data, size);
        return LW_OK;
    }
    for (const char *at = data; size;) {
        ssize_t sent = send(s->to, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return lw_fail(cx, LW_CANCELLED, "nobody takes the export any more");
        at += sent;
        size -= (size_t)sent;
    }
    return LW_OK;
}

static void *run_export(void *state)
{
    streaming *s = state;
    lw_arena *scratch = lw_arena_new();
    for (bool end = false; !end && s->status == LW_OK;) {
        lw_ctx step = {.arena = scratch};
        s->status = lw_export_step(&step, s->exporting, &end);
        if (s->status != LW_OK)
            (void)lw_fail(&s->cx, s->status, "%s", step.message);
        lw_arena_reset(scratch);
    }
    lw_arena_free(scratch);
    lw_fd_cleanup(&s->to);
    return NULL;
}

static lw_status next_bytes(lw_ctx *cx, void *state, lw_buf *out, bool *end)
{
    enum { PIECE_BYTES = 256 << 10 };
    streaming *s = state;
    lw_buf_put_text(out, lw_buf_text(&s->head));
    lw_buf_reset(&s->head);
    char *room = lw_buf_reserve(out, PIECE_BYTES);
    ssize_t got;
    do
        got = recv(s->from, room, PIECE_BYTES, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return lw_fail_errno(cx, errno, "the export broke off");
    out->size += (size_t)got;
    *end = got == 0;
    if (!*end)
        return LW_OK;
    join(s);
    return s->status == LW_OK ? LW_OK : lw_fail(cx, s->status, "%s", s->cx.message);
}

/* What was written, once it is. */
static const char *report_of(void *state)
{
    streaming *s = state;
    LW_AUTO(lw_buf) line = {0};
    return lw_report_write_line(&line, &s->report) ? lw_text_string(s->arena, lw_buf_text(&line)) : NULL;
}

static lw_status start_streaming(lw_ctx *cx, streaming *s)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return lw_fail_errno(cx, errno, "cannot begin the export");
    s->from = pair[0];
    s->to = pair[1];
    return LW_OK;
}

/* One file where the format is one and no images are asked for, else a zip. */
static lw_status export_stream(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_export what;
    const lw_format *format;
    LW_AUTO(lw_view) view = {0};
    LW_TRY(lw_view_open(cx, req, &view));
    LW_TRY(lw_export_from_json(cx, view.project.name, req->query, &what));
    LW_TRY(lw_format_find(cx, what.format, &format));
    bool is_one_file = format->can.one_file && !lw_text_is(lw_api_text(req->query, "media"), "copy") && !lw_api_bool(req->query, "archive");
    if (what.media == LW_MEDIA_LINK)
        return lw_fail(cx, LW_INVALID, "a stream cannot hold links: media is copy or none");
    if (is_one_file)
        what.media = LW_MEDIA_NONE;
    streaming *s = lw_heap_new(sizeof *s);
    s->arena = lw_arena_new();
    s->cx.arena = s->report.arena = s->arena;
    s->from = s->to = -1;
    lw_status status = start_streaming(&s->cx, s);
    if (status == LW_OK)
        status = lw_target_stream(&s->cx, is_one_file ? "" : "zip", give_bytes, s, &s->target);
    if (status == LW_OK)
        status = lw_export_open(&s->cx, lw_api_app(req), &what, s->target, &s->report, &s->exporting);
    if (status != LW_OK) {
        status = lw_fail(cx, status, "%s", s->cx.message);
        streaming_free(s);
        return status;
    }
    s->is_running = true;
    LW_ASSERT(pthread_create(&s->thread, NULL, run_export, s) == 0);
    const char *ending = !is_one_file ? "zip" : lw_text_is(what.format, "csv") ? "csv" : lw_text_is(what.format, "jsonl") ? "jsonl" : "json";
    lw_response_add_header(req, res, "Content-Disposition", "attachment; filename=\"%s-%s.%s\"", "labels", format->name, ending);
    lw_response_add_header(req, res, "Trailer", "%s", LW_REPORT_TRAILER);
    res->etag = lw_print(cx->arena, "\"%s-%" PRId64 "-%" PRId64 "-%016" PRIx64 "\"", lw_store_id(lw_api_app(req)->store), view.project.id,
                         lw_export_seq(s->exporting),
                         lw_text_hash(lw_text_print(cx->arena, "%s %.*s %.*s", LW_VERSION, LW_FMT(view.project.name), LW_FMT(req->query_text))));
    lw_response_add_header(req, res, "X-Labelwright-Seq", "%" PRId64, lw_export_seq(s->exporting));
    lw_response_set_stream(res, is_one_file ? "application/octet-stream" : "application/zip",
                           (lw_stream){next_bytes, streaming_free, s, LW_REPORT_TRAILER, report_of});
    return LW_OK;
}

/* --- formats */

static void put_capabilities(lw_buf *buf, const lw_capabilities *can)
{
    lw_buf_put_literal(buf, "{\"kinds\": [");
    for (int kind = 1; kind < LW_N_KINDS; kind++) {
        if (!(can->kinds >> kind & 1))
            continue;
        lw_buf_put_comma(buf);
        lw_buf_put_json_text(buf, lw_text_from(lw_kind_name((lw_kind)kind)));
    }
    lw_buf_put_char(buf, ']');
    lw_put_bool(buf, "holes", can->holes);
    lw_put_bool(buf, "parts", can->parts);
    lw_put_bool(buf, "angle", can->angle);
    lw_put_bool(buf, "attributes", can->attributes);
    lw_put_bool(buf, "splits", can->splits);
    lw_put_bool(buf, "tracks", can->tracks);
    lw_put_bool(buf, "confidence", can->confidence);
    lw_put_bool(buf, "layers", can->layers);
    lw_put_bool(buf, "item_attributes", can->item_attributes);
    lw_put_bool(buf, "groups", can->groups);
    lw_put_bool(buf, "states", can->states);
    lw_put_bool(buf, "metadata", can->metadata);
    lw_put_bool(buf, "empty_items", can->empty_items);
    lw_buf_put_char(buf, '}');
}

static lw_status list_formats(lw_ctx *cx, lw_request *req, lw_response *res)
{
    (void)cx, (void)req;
    lw_buf_put_literal(&res->body, "{\"rows\": [");
    for (size_t i = 0; lw_formats[i]; i++) {
        const lw_format *format = lw_formats[i];
        lw_buf_put_comma(&res->body);
        lw_buf_put_char(&res->body, '{');
        lw_put_text(&res->body, "name", lw_text_from(format->name));
        lw_put_text(&res->body, "title", lw_text_from(format->title));
        lw_put_bool(&res->body, "read", format->read != NULL);
        lw_put_bool(&res->body, "write", format->begin != NULL);
        lw_put_bool(&res->body, "one_file", format->can.one_file);
        lw_buf_put_key(&res->body, "can");
        put_capabilities(&res->body, &format->can);
        lw_buf_put_char(&res->body, '}');
    }
    lw_buf_put_literal(&res->body, "], \"next\": null}");
    return LW_OK;
}

#define EXPORT_FIELDS                                                                                                                              \
    {"format", LW_TYPE_TEXT, .max = 40}, {"layer", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES}, {"class", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES}, \
        {"state", LW_TYPE_TEXT, .max = 20}, {"split", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES}, {"media", LW_TYPE_TEXT, .max = 10},               \
    {                                                                                                                                              \
        "lossy", LW_TYPE_BOOL                                                                                                                      \
    }

static const lw_schema path_query = {"PathQuery", "Where in the upload", LW_FIELDS({"path", LW_TYPE_TEXT, LW_REQUIRED, .max = LW_LIMIT_PATH_BYTES})};
static const lw_schema import_body = {
    "Import", "What to import, and how",
    LW_FIELDS(
        {"upload", LW_TYPE_TEXT, .max = 40}, {"images_upload", LW_TYPE_TEXT, .max = 40, .description = "the images, when apart from the labels"},
        {"source", LW_TYPE_TEXT, .max = 4096}, {"images", LW_TYPE_TEXT, .max = 4096}, {"format", LW_TYPE_TEXT, .max = 40},
        {"layer", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES}, {"dataset", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES},
        {"split", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES}, {"map", LW_TYPE_ANY}, {"columns", LW_TYPE_LIST, .of = LW_TYPE_TEXT},
        {"add_classes", LW_TYPE_BOOL}, {"replace", LW_TYPE_BOOL}, {"waiting", LW_TYPE_BOOL}, {"dry_run", LW_TYPE_BOOL}, {"copy", LW_TYPE_BOOL})};
static const lw_schema check_query = {"CheckQuery", "What to export", LW_FIELDS(EXPORT_FIELDS)};
static const lw_schema export_query = {
    "ExportQuery", "What to export", LW_FIELDS({"archive", LW_TYPE_BOOL, .description = "a zip, also where one file would hold it"}, EXPORT_FIELDS)};
static const lw_schema export_body = {"Export", "What to export, and where to",
                                      LW_FIELDS({"target", LW_TYPE_TEXT, LW_REQUIRED, .max = 4096}, EXPORT_FIELDS)};
/* clang-format off */
const lw_route lw_transfer_routes[] = {
    {LW_POST, "/v1/uploads",                         create_upload,  LW_OWNER,     NULL,         &lw_upload_schema, "Begin an upload", .flags = LW_ROUTE_SLOW, .status = 201},
    {LW_PUT,  "/v1/uploads/{upload}/files",          put_file,       LW_OWNER,     NULL,         &lw_upload_file_schema, "Put a file into an upload", .query = &path_query, .flags = LW_ROUTE_UPLOAD, .body_limit_bytes = LW_LIMIT_MEDIA_BYTES},
    {LW_POST, "/v1/projects/{project}/imports",      start_import,   LW_OWNER,     &import_body, &lw_job_schema, "Import an upload or a path; answers a job", .flags = LW_ROUTE_SLOW, .status = 202},
    {LW_POST, "/v1/projects/{project}/exports",      export_to_path, LW_OWNER,     &export_body, &lw_job_schema, "Export to a path of this machine; answers a job", .flags = LW_ROUTE_SLOW, .status = 202},
    {LW_GET,  "/v1/projects/{project}/export",       export_stream,  LW_ANNOTATOR, NULL,         NULL,           "Export as a stream", .query = &export_query, .flags = LW_ROUTE_SLOW, .response_type = "application/octet-stream"},
    {LW_GET,  "/v1/projects/{project}/export/check", check_export,   LW_ANNOTATOR, NULL,         &lw_export_check_schema, "What an export would lose", .query = &check_query},
    {LW_GET,  "/v1/formats",                         list_formats,   LW_PUBLIC,    NULL,         &lw_format_page, "What each format reads, writes and can carry"},
    {0},
};
/* clang-format on */
