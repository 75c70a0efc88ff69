#include "base/limits.h"
#include "http/exchange.h"

/* A stream's worker fills up to FULL and rests; the connection calls for more below LOW. */
enum { STREAM_FULL_BYTES = 256 << 10, STREAM_LOW_BYTES = 128 << 10, STREAM_BLOCK_BYTES = 16 << 10, EVENTS_MOST_BYTES = 64 << 10 };

/* Appends what a stream made to what the connection may take; ex->mutex is held. */
static void hand_over(lw_exchange *ex, bool end)
{
    if (ex->pending.size == 0) {
        lw_buf empty = ex->pending;
        ex->pending = ex->filling;
        ex->filling = empty;
    } else {
        lw_buf_put_text(&ex->pending, lw_buf_text(&ex->filling));
    }
    lw_buf_reset(&ex->filling);
    ex->is_ended = ex->is_ended || end;
}

static lw_status pull(lw_exchange *ex, lw_ctx *cx, bool *end)
{
    if (!ex->pull_arena)
        ex->pull_arena = lw_arena_new();
    lw_arena_reset(ex->pull_arena);
    *cx = (lw_ctx){.arena = ex->pull_arena};
    return ex->res.stream.next(cx, ex->res.stream.state, &ex->filling, end);
}

lw_status lw_reply_prime(lw_exchange *ex)
{
    lw_ctx cx;
    bool end = false;
    while (!end && ex->filling.size == 0) {
        lw_status status = pull(ex, &cx, &end);
        if (status != LW_OK)
            return lw_fail(&ex->cx, status, "%s", cx.message);
    }
    pthread_mutex_lock(&ex->mutex);
    hand_over(ex, end);
    pthread_mutex_unlock(&ex->mutex);
    return LW_OK;
}

/* Fills the stream's buffer; on a worker, once at a time. */
static void pull_task(lw_task *task)
{
    lw_exchange *ex = (lw_exchange *)((char *)task - offsetof(lw_exchange, task));
    lw_ctx cx;
    for (bool more = true; more;) {
        bool end = false;
        lw_status status = pull(ex, &cx, &end);
        pthread_mutex_lock(&ex->mutex);
        if (status != LW_OK) {
            ex->is_failed = true;
            ex->broken = lw_print(ex->cx.arena, "%s", cx.message);
        } else {
            hand_over(ex, end);
        }
        more = !ex->is_ended && !ex->is_failed && !ex->is_gone && ex->pending.size < STREAM_FULL_BYTES;
        ex->is_pulling = more;
        lw_exchange_resume(ex);
        pthread_mutex_unlock(&ex->mutex);
    }
    lw_exchange_release(ex);
}

/* Takes the next bytes for the connection; ex->mutex is held. */
static ssize_t take(lw_exchange *ex, char *to, size_t most)
{
    if (ex->sending_at == ex->sending.size) {
        lw_buf empty = ex->sending;
        ex->sending = ex->pending;
        ex->pending = empty;
        lw_buf_reset(&ex->pending);
        ex->sending_at = 0;
    }
    size_t left = ex->sending.size - ex->sending_at, n = left < most ? left : most;
    if (n)
        memcpy(to, ex->sending.data + ex->sending_at, n);
    ex->sending_at += n;
    ex->sent_bytes += (int64_t)n;
    return (ssize_t)n;
}

static void add_trailer(lw_exchange *ex)
{
    const lw_stream *stream = &ex->res.stream;
    const char *value = ex->res.kind == LW_BODY_STREAM && stream->trailer ? stream->trailing(stream->state) : NULL;
    if (value)
        MHD_add_response_footer(ex->reply, stream->trailer, value);
}

static ssize_t read_stream(void *cls, uint64_t at, char *to, size_t most)
{
    lw_exchange *ex = cls;
    pthread_mutex_lock(&ex->mutex);
    ssize_t n = take(ex, to, most);
    bool starves = ex->res.kind == LW_BODY_STREAM && !ex->is_ended && !ex->is_failed && !ex->is_pulling && ex->pending.size < STREAM_LOW_BYTES;
    if (n == 0 && ex->is_failed) {
        n = MHD_CONTENT_READER_END_WITH_ERROR;
    } else if (n == 0 && ex->is_ended) {
        add_trailer(ex);
        n = MHD_CONTENT_READER_END_OF_STREAM;
    } else if (n == 0) {
        ex->is_suspended = true;
        MHD_suspend_connection(ex->connection);
    }
    if (starves) {
        ex->is_pulling = true;
        ex->references++;
        ex->task.run = pull_task;
        lw_workers_add(ex->server->workers, &ex->task);
    }
    pthread_mutex_unlock(&ex->mutex);
    return n;
}

/* An event from any thread. A whole event is kept or dropped, and whoever lost one is told. */
static void push_event(lw_listener *listener, lw_text event)
{
    lw_exchange *ex = (lw_exchange *)((char *)listener - offsetof(lw_exchange, listener));
    pthread_mutex_lock(&ex->mutex);
    if (ex->pending.size + event.size > EVENTS_MOST_BYTES) {
        lw_buf_reset(&ex->pending);
        event = LW_TEXT("event: resync\ndata:\n\n");
    }
    lw_buf_put_text(&ex->pending, event);
    lw_exchange_resume(ex);
    pthread_mutex_unlock(&ex->mutex);
}

void lw_reply_listen(lw_exchange *ex)
{
    lw_buf_put_literal(&ex->pending, ": open\n\n");
    ex->listener = (lw_listener){.topic = ex->res.topic, .push = push_event};
    ex->listens = true;
    lw_events_join(ex->res.events, &ex->listener);
}

void lw_exchange_beat(lw_exchange *ex)
{
    pthread_mutex_lock(&ex->mutex);
    if (ex->phase == LW_PHASE_SENT && ex->res.kind == LW_BODY_EVENTS && ex->pending.size == 0) {
        lw_buf_put_literal(&ex->pending, ":\n\n");
        lw_exchange_resume(ex);
    }
    pthread_mutex_unlock(&ex->mutex);
}

static struct MHD_Response *make_body(lw_exchange *ex)
{
    lw_response *res = &ex->res;
    if (res->kind == LW_BODY_STREAM || res->kind == LW_BODY_EVENTS)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, read_stream, ex, NULL);
    if (res->kind == LW_BODY_FILE) {
        struct MHD_Response *made = MHD_create_response_from_fd_at_offset64((uint64_t)res->file_bytes, res->file, (uint64_t)res->file_offset);
        ex->sent_bytes = res->file_bytes;
        if (made)
            res->file = -1; /* libmicrohttpd closes it */
        return made;
    }
    lw_text text = res->kind == LW_BODY_TEXT ? res->text : lw_buf_text(&res->body);
    ex->sent_bytes = (int64_t)text.size;
    return MHD_create_response_from_buffer(text.size, (void *)text.data, MHD_RESPMEM_PERSISTENT);
}

static bool is_empty(const lw_response *res) { return res->kind == LW_BODY_BUFFER && res->body.size == 0; }

static void add_headers(struct MHD_Response *reply, const lw_exchange *ex)
{
    const lw_response *res = &ex->res;
    if (!is_empty(res))
        MHD_add_response_header(reply, "Content-Type", res->content_type ? res->content_type : "application/json");
    if (res->etag)
        MHD_add_response_header(reply, "ETag", res->etag);
    MHD_add_response_header(reply, "Cache-Control", res->cache ? res->cache : res->etag ? "private, no-cache" : "no-store");
    MHD_add_response_header(reply, "Content-Security-Policy", res->policy ? res->policy : "default-src 'none'; frame-ancestors 'none'; sandbox");
    MHD_add_response_header(reply, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(reply, "Referrer-Policy", "same-origin");
    MHD_add_response_header(reply, "Cross-Origin-Resource-Policy", "same-origin");
    MHD_add_response_header(reply, "X-Request-Id", ex->req.id);
    for (const lw_response_header *header = res->headers; header; header = header->next)
        MHD_add_response_header(reply, header->name, header->value);
    if (ex->server->is_stopping)
        MHD_add_response_header(reply, "Connection", "close");
}

enum MHD_Result lw_reply_queue(lw_exchange *ex)
{
    struct MHD_Response *reply = make_body(ex);
    if (!reply)
        return MHD_NO;
    if (ex->res.status == 0)
        ex->res.status = is_empty(&ex->res) ? 204 : 200;
    add_headers(reply, ex);
    ex->reply = reply; /* the connection holds it as long as it reads the stream */
    enum MHD_Result queued = MHD_queue_response(ex->connection, (unsigned)ex->res.status, reply);
    MHD_destroy_response(reply);
    return queued;
}

enum MHD_Result lw_reply_unavailable(lw_exchange *ex)
{
    static const char text[] = "{\"error\": {\"code\": \"unavailable\", \"message\": \"the server was stopped before this was answered\"}}\n";
    struct MHD_Response *reply = MHD_create_response_from_buffer(sizeof text - 1, (void *)text, MHD_RESPMEM_PERSISTENT);
    if (!reply)
        return MHD_NO;
    MHD_add_response_header(reply, "Content-Type", "application/json");
    MHD_add_response_header(reply, "Connection", "close");
    enum MHD_Result queued = MHD_queue_response(ex->connection, 503, reply);
    MHD_destroy_response(reply);
    return queued;
}
