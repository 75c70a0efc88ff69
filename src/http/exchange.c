#include "http/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "http/negotiate.h"

enum {
    DRAIN_MOST_BYTES = 1 << 20, /* of a refused body that are read, so that the client comes to read why */
    SPOOL_BYTES = 256 << 10,    /* of an upload between two writes */
};

static lw_exchange *of_task(lw_task *task) { return (lw_exchange *)((char *)task - offsetof(lw_exchange, task)); }

void lw_exchange_resume(lw_exchange *ex)
{
    if (!ex->is_suspended)
        return;
    ex->is_suspended = false;
    MHD_resume_connection(ex->connection);
}

/* Called on the connection's thread, with ex->mutex held, so that no resume is missed. */
static void suspend(lw_exchange *ex)
{
    ex->is_suspended = true;
    MHD_suspend_connection(ex->connection);
}

static void set_phase(lw_exchange *ex, lw_exchange_phase phase)
{
    pthread_mutex_lock(&ex->mutex);
    ex->phase = phase;
    lw_exchange_resume(ex);
    pthread_mutex_unlock(&ex->mutex);
}

static void count_body(lw_exchange *ex, int64_t bytes) { ex->server->body_bytes += bytes; }

void lw_exchange_release(lw_exchange *ex)
{
    if (--ex->references > 0)
        return;
    lw_response_cleanup(&ex->res);
    lw_buf_cleanup(&ex->body);
    lw_buf_cleanup(&ex->pending);
    lw_buf_cleanup(&ex->filling);
    lw_buf_cleanup(&ex->sending);
    lw_fd_cleanup(&ex->spool);
    lw_arena_free(ex->pull_arena);
    lw_arena_free(ex->cx.arena);
    pthread_mutex_destroy(&ex->mutex);
    lw_heap_free(ex);
}

void *lw_exchange_begin(void *cls, const char *target, struct MHD_Connection *connection)
{
    lw_server *server = cls;
    lw_exchange *ex = lw_heap_new(sizeof *ex);
    ex->server = server;
    ex->connection = connection;
    ex->peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    ex->references = 1;
    ex->spool = -1;
    ex->cx.arena = lw_arena_new();
    ex->target = lw_copy(ex->cx.arena, target, strlen(target)); /* its own is cut up next */
    ex->begun_us = lw_monotonic_us();
    pthread_mutex_init(&ex->mutex, NULL);
    pthread_mutex_lock(&server->mutex);
    ex->next = server->exchanges;
    if (ex->next)
        ex->next->previous = ex;
    server->exchanges = ex;
    pthread_mutex_unlock(&server->mutex);
    return ex;
}

static void write_log(lw_exchange *ex)
{
    lw_server *server = ex->server;
    pthread_mutex_lock(&ex->mutex);
    lw_exchange_phase phase = ex->phase;
    pthread_mutex_unlock(&ex->mutex);
    if (!server->config.log || phase == LW_PHASE_HEAD)
        return;
    bool abandoned = phase == LW_PHASE_ABANDONED;
    lw_access access = {
        .method = ex->method,
        .path = abandoned ? LW_TEXT("") : ex->req.path,
        .peer = lw_text_from(ex->peer->peer),
        .status = abandoned                ? 503
                  : phase == LW_PHASE_SENT ? ex->res.status
                                           : lw_status_http(LW_CANCELLED),
        .bytes = ex->sent_bytes,
        .micros = lw_monotonic_us() - ex->begun_us,
        .user_id = abandoned ? 0 : ex->req.caller.user_id,
        .request_id = ex->req.id,
        .error = ex->broken,
    };
    server->config.log(server->router->app, &access);
}

void lw_exchange_completed(void *cls, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
    lw_server *server = cls;
    lw_exchange *ex = *state;
    if (!ex)
        return;
    *state = NULL;
    if (ex->listens)
        lw_events_leave(ex->res.events, &ex->listener);
    ex->peer->since_us = lw_monotonic_us();
    ex->peer->phase = LW_AWAITS_HEAD;
    count_body(ex, -(int64_t)ex->body.capacity); /* here, since the server may be gone at the release */
    write_log(ex);
    pthread_mutex_lock(&ex->mutex);
    ex->is_gone = true;
    pthread_mutex_unlock(&ex->mutex);

    pthread_mutex_lock(&server->mutex);
    if (ex->previous)
        ex->previous->next = ex->next;
    else
        server->exchanges = ex->next;
    if (ex->next)
        ex->next->previous = ex->previous;
    if (ex->is_counted)
        server->n_running--;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->mutex);
    lw_exchange_release(ex);
}

/* The log gets an error's words when the fault is ours. */
static void note_fault(lw_exchange *ex, lw_status status)
{
    if (lw_status_http(status) >= 500)
        ex->broken = lw_print(ex->cx.arena, "%s", ex->cx.message);
}

static void fail(lw_exchange *ex, lw_status status)
{
    note_fault(ex, status);
    lw_response_fail(&ex->req, &ex->res, status);
}

static bool settle(lw_exchange *ex, lw_status status, bool on_worker);

/* On a worker: the handler, or what it left for later, has returned. */
static void settle_task(lw_exchange *ex, lw_status status)
{
    if (settle(ex, status, true))
        set_phase(ex, LW_PHASE_READY);
    lw_exchange_release(ex);
}

static void then_task(lw_task *task)
{
    lw_exchange *ex = of_task(task);
    settle_task(ex, lw_dispatch_resume(&ex->req, &ex->res));
}

/* ex->mutex held or the exchange private; the task's own reference. */
static void add_task(lw_exchange *ex, void (*run)(lw_task *task))
{
    ex->references++;
    ex->task.run = run;
    lw_workers_add(ex->server->workers, &ex->task);
}

/* lw_response_finish, on any thread. */
static void wake(lw_request *req)
{
    lw_exchange *ex = req->waker;
    pthread_mutex_lock(&ex->mutex);
    ex->is_woken = true;
    bool was_waiting = ex->is_waiting && ex->phase != LW_PHASE_ABANDONED, is_to_resume = false;
    if (was_waiting) {
        ex->is_waiting = ex->is_woken = false;
        if (req->route->flags & (LW_ROUTE_SLOW | LW_ROUTE_UPLOAD)) {
            add_task(ex, then_task);
        } else {
            ex->phase = LW_PHASE_CONTINUE;
            is_to_resume = ex->is_suspended;
            ex->is_suspended = false;
        }
    }
    bool owed = was_waiting || ex->phase == LW_PHASE_ABANDONED;
    pthread_mutex_unlock(&ex->mutex);
    if (is_to_resume)
        MHD_resume_connection(ex->connection); /* now: its thread, which wakes at once, would wait for the mutex */
    if (owed)
        lw_exchange_release(ex); /* what wait_for_finish took */
}

/* True when the handler's answer is there already; otherwise the exchange waits for wake. */
static bool is_finished(lw_exchange *ex, bool on_worker)
{
    pthread_mutex_lock(&ex->mutex);
    bool finished = ex->is_woken;
    ex->is_woken = false;
    if (!finished) {
        ex->is_waiting = true;
        ex->references++;
        if (!on_worker)
            suspend(ex);
    }
    pthread_mutex_unlock(&ex->mutex);
    return finished;
}

static void prime_task(lw_task *task)
{
    lw_exchange *ex = of_task(task);
    lw_status status = lw_reply_prime(ex);
    if (status != LW_OK)
        fail(ex, status);
    set_phase(ex, LW_PHASE_READY);
    lw_exchange_release(ex);
}

/* The handler has returned. True when res is complete; otherwise the connection is suspended and will be resumed. */
static bool settle(lw_exchange *ex, lw_status status, bool on_worker)
{
    while (status == LW_OK && ex->res.then) {
        if (!is_finished(ex, on_worker))
            return false;
        status = lw_dispatch_resume(&ex->req, &ex->res);
    }
    if (status != LW_OK)
        fail(ex, status);
    lw_response_negotiate(&ex->req, &ex->res);
    lw_response_compress(&ex->req, &ex->res);
    if (ex->res.kind == LW_BODY_STREAM && !ex->req.is_head) {
        pthread_mutex_lock(&ex->mutex);
        if (!on_worker)
            suspend(ex);
        add_task(ex, prime_task);
        pthread_mutex_unlock(&ex->mutex);
        return false;
    }
    return true;
}

static void run_task(lw_task *task)
{
    lw_exchange *ex = of_task(task);
    settle_task(ex, lw_dispatch_run(&ex->req, &ex->res));
}

static enum MHD_Result queue_reply(lw_exchange *ex)
{
    pthread_mutex_lock(&ex->mutex);
    ex->phase = LW_PHASE_SENT;
    if (ex->res.kind == LW_BODY_EVENTS && ex->server->is_stopping)
        ex->is_ended = true;
    pthread_mutex_unlock(&ex->mutex);
    if (ex->res.kind == LW_BODY_EVENTS && !ex->req.is_head)
        lw_reply_listen(ex);
    ex->peer->phase = LW_IS_SERVED;
    return lw_reply_queue(ex);
}

/* Writes what is left of an upload, then runs its handler. */
static void upload_task(lw_task *task)
{
    lw_exchange *ex = of_task(task);
    lw_status status = lw_fd_write(&ex->cx, ex->spool, ex->body.data, ex->body.size);
    ex->req.file_bytes += (int64_t)ex->body.size;
    if (status == LW_OK && lseek(ex->spool, 0, SEEK_SET) != 0)
        status = lw_fail_errno(&ex->cx, errno, "cannot read the upload");
    ex->req.file = ex->spool;
    ex->req.raw = (lw_text){0};
    settle_task(ex, status == LW_OK ? lw_dispatch_run(&ex->req, &ex->res) : status);
}

/* From the connection's thread to a worker. */
static enum MHD_Result run_on_worker(lw_exchange *ex, void (*task)(lw_task *task))
{
    pthread_mutex_lock(&ex->mutex);
    suspend(ex);
    add_task(ex, task);
    pthread_mutex_unlock(&ex->mutex);
    return MHD_YES;
}

static enum MHD_Result run(lw_exchange *ex)
{
    lw_server *server = ex->server;
    ex->peer->phase = LW_IS_SERVED;
    set_phase(ex, LW_PHASE_RUN);
    ex->req.raw = lw_buf_text(&ex->body);
    if (ex->spool >= 0)
        return run_on_worker(ex, upload_task);
    if (!(ex->req.route->flags & LW_ROUTE_SLOW))
        return settle(ex, lw_dispatch_run(&ex->req, &ex->res), false) ? queue_reply(ex) : MHD_YES;
    if (lw_workers_queued(server->workers) < server->config.queue_limit)
        return run_on_worker(ex, run_task);
    fail(ex, lw_fail(&ex->cx, LW_BUSY, "the server has more to do than it can keep up with; try again in a moment"));
    return queue_reply(ex);
}

typedef struct header_list {
    lw_pair all[LW_MAX_HEADERS];
    size_t n, bytes;
    bool too_many;
} header_list;

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    header_list *list = cls;
    if (list->n == LW_MAX_HEADERS)
        list->too_many = true;
    else
        list->all[list->n++] = (lw_pair){name, lw_text_from(value ? value : "")};
    list->bytes += strlen(name) + (value ? strlen(value) : 0);
    return MHD_YES;
}

static lw_status open_spool(lw_exchange *ex)
{
    const char *folder = ex->server->config.spool;
    ex->spool = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (ex->spool >= 0)
        return LW_OK;
    if (errno != EOPNOTSUPP && errno != EISDIR)
        return lw_fail_errno(&ex->cx, errno, "cannot take the upload in");
    char *name = lw_print(ex->cx.arena, "%s/upload-XXXXXX", folder);
    ex->spool = mkostemp(name, O_CLOEXEC);
    if (ex->spool < 0)
        return lw_fail_errno(&ex->cx, errno, "cannot take the upload in");
    unlink(name);
    return LW_OK;
}

static lw_status read_head(lw_exchange *ex, const char *method)
{
    lw_request *req = &ex->req;
    header_list list = {.n = 0};
    MHD_get_connection_values(ex->connection, MHD_HEADER_KIND, add_header, &list);
    lw_request_init(req, &ex->cx, LW_GET, ex->target);
    req->headers = (lw_pair *)lw_copy(ex->cx.arena, list.all, list.n * sizeof list.all[0]);
    req->n_headers = list.n;
    req->is_local = ex->peer->is_local;
    req->peer = lw_text_from(ex->peer->peer);
    req->own_address = lw_text_from(ex->peer->own_address);
    req->is_head = strcmp(method, "HEAD") == 0;
    req->wake = wake;
    req->waker = ex;
    ex->method = req->is_head ? "HEAD" : "?";
    if (list.too_many)
        return lw_fail(&ex->cx, LW_TOO_LARGE, "more than %d headers", LW_MAX_HEADERS);
    if (list.bytes > LW_LIMIT_HEAD_BYTES)
        return lw_fail(&ex->cx, LW_TOO_LARGE, "the headers have %zu bytes; at most %d are taken", list.bytes, LW_LIMIT_HEAD_BYTES);
    if (strcmp(method, "OPTIONS") == 0)
        req->method = LW_N_METHODS, ex->method = "OPTIONS";
    else if (!lw_method_parse(method, &req->method))
        return lw_fail(&ex->cx, LW_METHOD, "no address takes that method");
    else if (!req->is_head)
        ex->method = lw_method_name(req->method);
    return LW_OK;
}

/* What is announced is checked before any of it is read. */
static lw_status expect_body(lw_exchange *ex)
{
    const lw_route *route = ex->req.route;
    int64_t length;
    if (lw_text_to_int(lw_request_header(&ex->req, "Content-Length"), &length) && (uint64_t)length > lw_route_limit(route))
        return lw_fail(&ex->cx, LW_TOO_LARGE, "the body has %" PRId64 " bytes; at most %zu are taken here", length, lw_route_limit(route));
    return route->flags & LW_ROUTE_UPLOAD ? open_spool(ex) : LW_OK;
}

/* True when nothing more is needed: res is complete. */
static bool is_answered_by_head(lw_exchange *ex, const char *method)
{
    bool answered = false;
    lw_status status = read_head(ex, method);
    if (status == LW_OK) {
        status = lw_dispatch_begin(ex->server->router, &ex->req, &ex->res, &answered);
        if (status != LW_OK) {
            note_fault(ex, status); /* res holds the error */
            return true;
        }
        status = answered ? LW_OK : expect_body(ex);
    }
    if (status != LW_OK)
        fail(ex, status);
    return answered || status != LW_OK;
}

/* A refused body is read to its end where it is short: a client that still sends would not see the answer.
 * An answer before the end of the body, if only an empty one, costs the connection. */
static bool is_to_be_drained(const lw_exchange *ex)
{
    int64_t length = 0;
    bool is_long = lw_text_to_int(lw_request_header(&ex->req, "Content-Length"), &length) && length > DRAIN_MOST_BYTES;
    return !is_long && lw_request_header(&ex->req, "Expect").size == 0;
}

static enum MHD_Result start(lw_exchange *ex, const char *method)
{
    lw_server *server = ex->server;
    server->n_requests++;
    server->n_running++; /* before the flag is looked at: lw_server_stop sets it and then looks at the number */
    ex->is_counted = true;
    if (server->is_closing)
        return MHD_NO;
    bool answered = is_answered_by_head(ex, method);
    ex->peer->body_bytes = 0;
    ex->peer->since_us = lw_monotonic_us();
    ex->peer->phase = LW_READS_BODY;
    set_phase(ex, LW_PHASE_BODY);
    if (!answered)
        return MHD_YES;
    lw_response_negotiate(&ex->req, &ex->res);
    set_phase(ex, LW_PHASE_DRAIN);
    return is_to_be_drained(ex) ? MHD_YES : queue_reply(ex);
}

static void refuse_body(lw_exchange *ex, lw_status status)
{
    fail(ex, status);
    set_phase(ex, LW_PHASE_DRAIN);
}

static void spool_task(lw_task *task)
{
    lw_exchange *ex = of_task(task);
    lw_status written = lw_fd_write(&ex->cx, ex->spool, ex->body.data, ex->body.size);
    ex->req.file_bytes += (int64_t)ex->body.size;
    lw_buf_reset(&ex->body);
    if (written != LW_OK)
        refuse_body(ex, written);
    pthread_mutex_lock(&ex->mutex);
    lw_exchange_resume(ex);
    pthread_mutex_unlock(&ex->mutex);
    lw_exchange_release(ex);
}

/* Part of the body has come; takes all of it but what does not fit between two writes of an upload. False: it is refused. */
static bool take_body(lw_exchange *ex, const char *data, size_t *size)
{
    lw_server *server = ex->server;
    bool is_upload = ex->spool >= 0;
    size_t before = ex->body.capacity, limit = lw_route_limit(ex->req.route), n = *size;
    size_t have = is_upload ? (size_t)ex->req.file_bytes + ex->body.size : ex->body.size;
    if (n > limit - have) {
        refuse_body(ex, lw_fail(&ex->cx, LW_TOO_LARGE, "the body has more than the %zu bytes that are taken here", limit));
        return false;
    }
    if (is_upload && n > SPOOL_BYTES - ex->body.size)
        n = SPOOL_BYTES - ex->body.size;
    lw_buf_put(&ex->body, data, n);
    *size -= n;
    count_body(ex, (int64_t)(ex->body.capacity - before));
    if (server->body_bytes > LW_LIMIT_BUFFERED_BYTES) {
        refuse_body(ex, lw_fail(&ex->cx, LW_BUSY, "the server takes in too many requests at once; try again in a moment"));
        return false;
    }
    if (is_upload && ex->body.size == SPOOL_BYTES) {
        pthread_mutex_lock(&ex->mutex);
        suspend(ex);
        add_task(ex, spool_task); /* from here on the phase is the task's to change */
        pthread_mutex_unlock(&ex->mutex);
    }
    return true;
}

static enum MHD_Result read_on(lw_exchange *ex, bool is_draining, const char *data, size_t *size)
{
    ex->peer->body_bytes += (long long)*size;
    if (*size == 0)
        return is_draining ? queue_reply(ex) : run(ex);
    if (!is_draining && take_body(ex, data, size))
        return MHD_YES;
    ex->drained_bytes += (int64_t)*size;
    *size = 0;
    return ex->drained_bytes > DRAIN_MOST_BYTES ? MHD_NO : MHD_YES;
}

enum MHD_Result lw_exchange_step(void *cls, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                                 const char *data, size_t *size, void **state)
{
    lw_exchange *ex = *state;
    pthread_mutex_lock(&ex->mutex);
    lw_exchange_phase phase = ex->phase;
    pthread_mutex_unlock(&ex->mutex);
    switch (phase) {
    case LW_PHASE_HEAD: return start(ex, method);
    case LW_PHASE_BODY:
    case LW_PHASE_DRAIN: return read_on(ex, phase == LW_PHASE_DRAIN, data, size);
    case LW_PHASE_CONTINUE: set_phase(ex, LW_PHASE_RUN); return settle(ex, lw_dispatch_resume(&ex->req, &ex->res), false) ? queue_reply(ex) : MHD_YES;
    case LW_PHASE_READY: return queue_reply(ex);
    case LW_PHASE_ABANDONED: return lw_reply_unavailable(ex);
    default: return MHD_YES;
    }
}

void lw_exchange_end(lw_exchange *ex, bool all)
{
    pthread_mutex_lock(&ex->mutex);
    if (ex->phase == LW_PHASE_SENT && ex->res.kind == LW_BODY_EVENTS)
        ex->is_ended = true;
    else if (ex->phase == LW_PHASE_SENT && all)
        ex->is_failed = true;
    else if (ex->is_waiting && all)
        ex->phase = LW_PHASE_ABANDONED;
    else
        all = false;
    if (ex->is_ended || all)
        lw_exchange_resume(ex);
    pthread_mutex_unlock(&ex->mutex);
}
