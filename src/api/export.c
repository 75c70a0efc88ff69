/* Exports: as a stream, to a path of the server, or only what they would lose. */
#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>

#include "api/common.h"
#include "base/limits.h"
#include "work/export.h"

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

/* The project's name as every system takes it for a file: "road signs 2" becomes "road-signs-2". */
static const char *file_name(lw_ctx *cx, lw_text name)
{
    LW_AUTO(lw_buf) out = {0};
    for (size_t i = 0; i < name.size && out.size < 60; i++) {
        char c = name.data[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (is_plain || (out.size && out.data[out.size - 1] != '-'))
            lw_buf_put_char(&out, is_plain ? c : '-');
    }
    while (out.size && out.data[out.size - 1] == '-')
        out.size--;
    return out.size ? lw_text_string(cx->arena, lw_buf_text(&out)) : "labels";
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
    bool is_one_file =
        format->can.one_file && !lw_text_is(lw_json_get_text(req->query, "media"), "copy") && !lw_json_get_bool(req->query, "archive", false);
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
    lw_response_add_header(req, res, "Content-Disposition", "attachment; filename=\"%s-%s.%s\"", file_name(cx, view.project.name), format->name,
                           ending);
    lw_response_add_header(req, res, "Trailer", "%s", LW_REPORT_TRAILER);
    res->etag = lw_print(cx->arena, "\"%s-%" PRId64 "-%" PRId64 "-%016" PRIx64 "\"", lw_store_id(lw_api_app(req)->store), view.project.id,
                         lw_export_seq(s->exporting),
                         lw_text_hash(lw_text_print(cx->arena, "%s %.*s %.*s", LW_VERSION, LW_FMT(view.project.name), LW_FMT(req->query_text))));
    lw_response_add_header(req, res, "X-Labelwright-Seq", "%" PRId64, lw_export_seq(s->exporting));
    lw_response_set_stream(res, is_one_file ? "application/octet-stream" : "application/zip",
                           (lw_stream){next_bytes, streaming_free, s, LW_REPORT_TRAILER, report_of});
    return LW_OK;
}

#define EXPORT_FIELDS                                                                                                                              \
    {"format", LW_TYPE_TEXT, .max = 40}, {"layer", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES}, {"class", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES}, \
        {"state", LW_TYPE_TEXT, .max = 20}, {"split", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES}, {"media", LW_TYPE_TEXT, .max = 10},               \
    {                                                                                                                                              \
        "lossy", LW_TYPE_BOOL                                                                                                                      \
    }

static const lw_schema check_query = {"CheckQuery", "What to export", LW_FIELDS(EXPORT_FIELDS)};
static const lw_schema export_query = {
    "ExportQuery", "What to export", LW_FIELDS({"archive", LW_TYPE_BOOL, .description = "a zip, also where one file would hold it"}, EXPORT_FIELDS)};
static const lw_schema export_body = {"Export", "What to export, and where to",
                                      LW_FIELDS({"target", LW_TYPE_TEXT, LW_REQUIRED, .max = 4096}, EXPORT_FIELDS)};

/* clang-format off */
const lw_route lw_export_routes[] = {
    {LW_POST, "/v1/projects/{project}/exports",      export_to_path, LW_OWNER,     &export_body, &lw_job_schema, "Export to a path of this machine; answers a job", .flags = LW_ROUTE_SLOW, .status = 202},
    {LW_GET,  "/v1/projects/{project}/export",       export_stream,  LW_ANNOTATOR, NULL,         NULL,           "Export as a stream", .query = &export_query, .flags = LW_ROUTE_SLOW, .response_type = "application/octet-stream"},
    {LW_GET,  "/v1/projects/{project}/export/check", check_export,   LW_ANNOTATOR, NULL,         &lw_export_check_schema, "What an export would lose", .query = &check_query},
    {0},
};
/* clang-format on */
