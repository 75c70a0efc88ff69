#include "http/response.h"

#include <errno.h>
#include <unistd.h>

#include "base/file.h"

enum { COPY_BYTES = 256 << 10 };

/* The response keeps its headers; the body's resources are let go. */
static void drop_body(lw_response *res)
{
    lw_buf_cleanup(&res->body);
    if (res->kind == LW_BODY_FILE && res->file >= 0)
        close(res->file);
    if (res->kind == LW_BODY_STREAM && res->stream.cleanup)
        res->stream.cleanup(res->stream.state);
    res->kind = LW_BODY_BUFFER;
    res->file = -1;
    res->file_offset = res->file_bytes = 0;
    res->text = (lw_text){0};
    res->stream = (lw_stream){0};
    res->events = NULL;
}

void lw_response_cleanup(lw_response *res)
{
    drop_body(res);
    *res = (lw_response){0};
}

void lw_response_add_header(lw_request *req, lw_response *res, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *value = lw_vprint(req->cx->arena, format, args);
    va_end(args);
    for (char *at = value; *at; at++) /* a line break would begin a header of somebody else's */
        if ((unsigned char)*at < ' ')
            *at = ' ';
    lw_response_header *header = lw_new(req->cx->arena, lw_response_header);
    *header = (lw_response_header){res->headers, name, value};
    res->headers = header;
}

void lw_response_set_text(lw_response *res, const char *content_type, lw_text text)
{
    drop_body(res);
    res->kind = LW_BODY_TEXT;
    res->content_type = content_type;
    res->text = text;
}

void lw_response_set_file(lw_response *res, const char *content_type, int file, int64_t size_bytes)
{
    drop_body(res);
    res->kind = LW_BODY_FILE;
    res->content_type = content_type;
    res->file = file;
    res->file_bytes = size_bytes;
}

void lw_response_set_stream(lw_response *res, const char *content_type, lw_stream stream)
{
    drop_body(res);
    res->kind = LW_BODY_STREAM;
    res->content_type = content_type;
    res->stream = stream;
}

void lw_response_set_events(lw_response *res, struct lw_events *events, int64_t topic)
{
    drop_body(res);
    res->kind = LW_BODY_EVENTS;
    res->content_type = "text/event-stream";
    res->events = events;
    res->topic = topic;
}

void lw_response_later(lw_response *res, lw_handler *then) { res->then = then; }

void lw_response_finish(lw_request *req, lw_status status)
{
    req->finished = status;
    req->wake(req);
}

/* The newest comes first in the list, and only one error of a field is shown: its first. */
static void put_fields(lw_buf *out, const lw_field_error *field)
{
    for (const lw_field_error *older = field->next; older; older = older->next)
        if (strcmp(older->path, field->path) == 0) {
            put_fields(out, field->next);
            return;
        }
    if (field->next)
        put_fields(out, field->next);
    lw_buf_put_key(out, field->path);
    lw_buf_put_json_text(out, lw_text_from(field->message));
}

/* `{"label": {…}}` joined to the object that is open. */
static void put_details(lw_buf *out, const char *details)
{
    lw_text inner = lw_text_trim(lw_text_from(details));
    if (inner.size < 2 || inner.data[0] != '{')
        return;
    inner = lw_text_trim(lw_text_slice(inner, 1, inner.size - 2));
    if (inner.size == 0)
        return;
    lw_buf_put_comma(out);
    lw_buf_put_text(out, inner);
}

void lw_response_fail(lw_request *req, lw_response *res, lw_status status)
{
    const lw_ctx *cx = req->cx;
    drop_body(res);
    res->then = NULL;
    res->status = lw_status_http(status);
    res->content_type = res->etag = res->cache = res->policy = NULL;
    res->headers = NULL;
    lw_buf *out = &res->body;
    lw_buf_put_literal(out, "{\"error\": {\"code\": ");
    lw_buf_put_json_text(out, lw_text_from(lw_status_slug(status)));
    lw_buf_put_key(out, "message");
    lw_buf_put_json_text(out, lw_text_from(cx->status == status ? cx->message : "something failed"));
    if (cx->fields) {
        lw_buf_put_key(out, "fields");
        lw_buf_put_char(out, '{');
        put_fields(out, cx->fields);
        lw_buf_put_char(out, '}');
    }
    lw_buf_put_key(out, "request");
    lw_buf_put_json_text(out, lw_text_from(req->id));
    if (cx->details)
        put_details(out, cx->details);
    lw_buf_put_literal(out, "}}\n");
    if (status == LW_BUSY || status == LW_UNAVAILABLE)
        lw_response_add_header(req, res, "Retry-After", "1");
    if (status == LW_SIGNED_OUT)
        lw_response_add_header(req, res, "WWW-Authenticate", "Bearer");
}

typedef struct sink {
    lw_buf *buf; /* or */
    int fd;
} sink;

static lw_status sink_put(lw_ctx *cx, sink to, lw_text text)
{
    if (!to.buf)
        return lw_fd_write(cx, to.fd, text.data, text.size);
    lw_buf_put_text(to.buf, text);
    return to.buf->failed ? lw_fail(cx, LW_TOO_LARGE, "the answer is larger than %zu bytes", to.buf->limit) : LW_OK;
}

static lw_status put_file(lw_ctx *cx, const lw_response *res, sink to)
{
    LW_AUTO(lw_buf) piece = {0};
    char *data = lw_buf_reserve(&piece, COPY_BYTES);
    for (int64_t at = 0; at < res->file_bytes;) {
        int64_t left = res->file_bytes - at;
        ssize_t n = pread(res->file, data, left < COPY_BYTES ? (size_t)left : COPY_BYTES, res->file_offset + at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return lw_fail_errno(cx, errno, "cannot read the file that was asked for");
        if (n == 0)
            return lw_fail(cx, LW_FAILED, "the file that was asked for became shorter");
        LW_TRY(sink_put(cx, to, (lw_text){data, (size_t)n}));
        at += n;
    }
    return LW_OK;
}

static lw_status put_stream(lw_ctx *cx, lw_response *res, sink to)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    LW_AUTO(lw_buf) piece = {0};
    lw_ctx pull = {.arena = arena};
    for (bool end = false; !end;) {
        lw_buf_reset(&piece);
        lw_arena_reset(arena);
        lw_status status = res->stream.next(&pull, res->stream.state, &piece, &end);
        if (status != LW_OK)
            return lw_fail(cx, status, "%s", pull.message);
        LW_TRY(sink_put(cx, to, lw_buf_text(&piece)));
    }
    return LW_OK;
}

static lw_status put_body(lw_ctx *cx, lw_response *res, sink to)
{
    switch (res->kind) {
    case LW_BODY_BUFFER: return sink_put(cx, to, lw_buf_text(&res->body));
    case LW_BODY_TEXT: return sink_put(cx, to, res->text);
    case LW_BODY_FILE: return put_file(cx, res, to);
    case LW_BODY_STREAM: return put_stream(cx, res, to);
    default: return lw_fail(cx, LW_USAGE, "an event stream needs a running server");
    }
}

lw_status lw_response_collect(lw_ctx *cx, lw_response *res, lw_buf *out) { return put_body(cx, res, (sink){.buf = out}); }

lw_status lw_response_write(lw_ctx *cx, lw_response *res, int fd) { return put_body(cx, res, (sink){.fd = fd}); }
