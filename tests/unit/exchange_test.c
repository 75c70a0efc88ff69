/* Answers that take their time, on a real server: later ones, slow ones, streams, events; and stopping in the midst of them. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "client.h"
#include "http/events.h"
#include "http/server.h"

enum { STREAM_PIECE_BYTES = 100 << 10 };

static lw_events *events;
static atomic_int n_cleaned, n_pulled, n_finished;
static lw_request *held; /* a request whose answer the test gives itself */
static pthread_mutex_t held_mutex = PTHREAD_MUTEX_INITIALIZER;

static lw_status small(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_buf_put_literal(&res->body, "{}");
    return LW_OK;
}

static lw_status echo(lw_ctx *cx, lw_request *req, lw_response *res)
{
    res->content_type = "text/plain";
    lw_buf_put_text(&res->body, req->raw);
    return LW_OK;
}

static void *finish_after(void *argument)
{
    usleep(20000);
    lw_request *req = argument;
    req->state = lw_print(req->cx->arena, "later");
    n_finished++;
    lw_response_finish(req, LW_OK);
    return NULL;
}

static lw_status say_later(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_buf_print(&res->body, "\"%s\"", (char *)req->state);
    return LW_OK;
}

static lw_status later(lw_ctx *cx, lw_request *req, lw_response *res)
{
    pthread_t thread;
    lw_response_later(res, say_later);
    if (pthread_create(&thread, NULL, finish_after, req) != 0)
        return lw_fail(cx, LW_FAILED, "no thread");
    pthread_detach(thread);
    return LW_OK;
}

/* The answer is there before the handler has returned, and then once more for what it led to. */
static lw_status at_once(lw_ctx *cx, lw_request *req, lw_response *res)
{
    req->state = lw_print(cx->arena, "at once");
    lw_response_later(res, later);
    lw_response_finish(req, LW_OK);
    return LW_OK;
}

static lw_status hold(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_response_later(res, say_later);
    pthread_mutex_lock(&held_mutex);
    held = req;
    pthread_mutex_unlock(&held_mutex);
    return LW_OK;
}

static lw_request *take_held(void)
{
    for (;;) {
        pthread_mutex_lock(&held_mutex);
        lw_request *req = held;
        held = NULL;
        pthread_mutex_unlock(&held_mutex);
        if (req)
            return req;
        usleep(1000);
    }
}

static lw_status slow(lw_ctx *cx, lw_request *req, lw_response *res)
{
    usleep(150000);
    lw_buf_put_literal(&res->body, "\"slow\"");
    return LW_OK;
}

typedef struct pieces {
    int64_t n, most, fails_at;
} pieces;

static lw_status next_piece(lw_ctx *cx, void *state, lw_buf *out, bool *end)
{
    pieces *at = state;
    n_pulled++;
    if (at->n == at->fails_at)
        return lw_fail(cx, LW_DAMAGED, "piece %" PRId64 " cannot be read", at->n);
    char *bytes = lw_alloc(cx->arena, STREAM_PIECE_BYTES);
    memset(bytes, 'a' + (int)(at->n % 26), STREAM_PIECE_BYTES);
    lw_buf_put(out, bytes, STREAM_PIECE_BYTES);
    *end = ++at->n == at->most;
    return LW_OK;
}

static void clean_pieces(void *state) { n_cleaned++; }

static lw_status stream(lw_ctx *cx, lw_request *req, lw_response *res)
{
    pieces *state = lw_new(cx->arena, pieces);
    *state = (pieces){.most = lw_json_get_int(req->query, "pieces", 20), .fails_at = lw_json_get_int(req->query, "fails", -1)};
    lw_response_set_stream(res, "text/plain", (lw_stream){next_piece, clean_pieces, state});
    return LW_OK;
}

static lw_status listen_events(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_response_set_events(res, events, 7);
    return LW_OK;
}

static const lw_schema stream_query = {"Stream", NULL, LW_FIELDS({"pieces", LW_TYPE_INT, 0, "How many"}, {"fails", LW_TYPE_INT, 0, "At which"})};

/* clang-format off */
static const lw_route routes[] = {
    {LW_GET,  "/v1/small",   small,         LW_PUBLIC, NULL, NULL, "Small"},
    {LW_POST, "/v1/echo",    echo,          LW_PUBLIC, NULL, NULL, "Echo", .flags = LW_ROUTE_RAW},
    {LW_GET,  "/v1/later",   later,         LW_PUBLIC, NULL, NULL, "Later"},
    {LW_GET,  "/v1/at-once", at_once,       LW_PUBLIC, NULL, NULL, "At once"},
    {LW_GET,  "/v1/slater",  later,         LW_PUBLIC, NULL, NULL, "Slow and later", .flags = LW_ROUTE_SLOW},
    {LW_GET,  "/v1/hold",    hold,          LW_PUBLIC, NULL, NULL, "Hold"},
    {LW_GET,  "/v1/slow",    slow,          LW_PUBLIC, NULL, NULL, "Slow", .flags = LW_ROUTE_SLOW},
    {LW_GET,  "/v1/stream",  stream,        LW_PUBLIC, NULL, NULL, "Stream", &stream_query, .response_type = "text/plain"},
    {LW_GET,  "/v1/events",  listen_events, LW_PUBLIC, NULL, NULL, "Events", .response_type = "text/event-stream"},
    {0},
};
/* clang-format on */
static const lw_route *const tables[] = {routes, NULL};
static lw_guard guard;
static const lw_router router = {.tables = tables, .guard = &guard};

static lw_server *start(lw_ctx *cx, lw_server_config config)
{
    lw_server *server = NULL;
    config.listen = config.listen ? config.listen : "127.0.0.1:0";
    CHECK_OK(cx, lw_server_start(cx, &router, &config, &server));
    return server;
}

static void test_pipelining(int port)
{
    LW_AUTO(lw_buf) in = {0};
    int fd = connect_to(port);
    /* Pipelined, each kind behind the other; answers come in order. */
    send_text(fd, "GET /v1/later HTTP/1.1\r\nHost: localhost\r\n\r\nPOST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
                  "GET /v1/none HTTP/1.1\r\nHost: localhost\r\n\r\nGET /v1/slow HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  "GET /v1/stream?pieces=2 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /v1/small HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const char *bodies[] = {"\"later\"", "abc", NULL, "\"slow\"", NULL, NULL};
    int statuses[] = {200, 200, 404, 200, 200, 200};
    for (size_t i = 0; i < LW_COUNT(statuses); i++) {
        LW_AUTO(reply) got = receive_more(fd, &in, true);
        CHECK_INT(got.status, statuses[i]);
        if (bodies[i])
            CHECK_TEXT(body_of(&got), bodies[i]);
        if (i == 4)
            CHECK_INT(got.body.size, 2 * STREAM_PIECE_BYTES);
    }
    close(fd);
}

static void test_later(int port)
{
    enum { N = 20 };
    int fds[N], before = n_finished;
    for (int i = 0; i < N; i++) {
        fds[i] = connect_to(port);
        send_text(fds[i], i % 3 == 0   ? "GET /v1/later HTTP/1.1\r\nHost: localhost\r\n\r\n"
                          : i % 3 == 1 ? "GET /v1/slater HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                       : "GET /v1/at-once HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    for (int i = 0; i < N; i++) {
        LW_AUTO(reply) got = receive(fds[i]);
        CHECK_TEXT(body_of(&got), "\"later\"");
        close(fds[i]);
    }
    CHECK_INT(n_finished - before, N);

    /* The client leaves before the answer is there: nobody is the worse for it. */
    int fd = connect_to(port);
    send_text(fd, "GET /v1/hold HTTP/1.1\r\nHost: localhost\r\n\r\n");
    lw_request *req = take_held();
    close(fd);
    req->state = lw_print(req->cx->arena, "too late");
    lw_response_finish(req, LW_OK);
    fd = connect_to(port);
    send_text(fd, "GET /v1/hold HTTP/1.1\r\nHost: localhost\r\n\r\n");
    req = take_held();
    lw_response_finish(req, lw_fail(req->cx, LW_FULL, "the disk is full"));
    LW_AUTO(reply) failed = receive(fd);
    CHECK_INT(failed.status, 507);
    CHECK(has(body_of(&failed), "the disk is full"));
    close(fd);
}

static void wait_for_cleanups(int n)
{
    for (int i = 0; i < 5000 && n_cleaned < n; i++)
        usleep(1000);
}

static void test_streams(int port)
{
    n_cleaned = 0;
    LW_AUTO(reply) got = ask(port, "GET /v1/stream?pieces=30", "", NULL);
    CHECK_INT(got.status, 200);
    CHECK_INT(got.body.size, 30 * STREAM_PIECE_BYTES);
    bool right = true;
    for (size_t i = 0; i < got.body.size; i++)
        right = right && got.body.data[i] == (char)('a' + (int)(i / STREAM_PIECE_BYTES) % 26);
    CHECK(right);
    wait_for_cleanups(1);
    CHECK_INT(n_cleaned, 1);

    LW_AUTO(reply) early = ask(port, "GET /v1/stream?fails=0", "", NULL);
    CHECK_INT(early.status, 500);
    CHECK(has(body_of(&early), "piece 0 cannot be read"));
    LW_AUTO(reply) broken = ask(port, "GET /v1/stream?pieces=9&fails=5", "", NULL);
    CHECK_INT(broken.status, 200);
    CHECK(!broken.whole && broken.body.size <= 5 * STREAM_PIECE_BYTES);
    LW_AUTO(reply) head = ask(port, "HEAD /v1/stream", "", NULL);
    CHECK_INT(head.status, 200);
    wait_for_cleanups(4);
    CHECK_INT(n_cleaned, 4);

    /* A client that takes nothing stops the making of more; one that leaves ends it. */
    n_pulled = 0;
    int fd = connect_to(port);
    send_text(fd, "GET /v1/stream?pieces=1000000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    usleep(300000);
    int pulled = n_pulled;
    usleep(200000);
    CHECK(pulled > 0 && n_pulled == pulled);
    close(fd);
    wait_for_cleanups(5);
    usleep(50000);
    CHECK_INT(n_cleaned, 5);
}

static void test_events(int port)
{
    LW_AUTO(lw_buf) first = {0}, second = {0};
    int a = connect_to(port), b = connect_to(port);
    send_text(a, "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    send_text(b, "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(read_until(a, &first, ": open"));
    CHECK(read_until(b, &second, ": open"));
    CHECK(has(lw_buf_text(&first), "Content-Type: text/event-stream"));
    lw_events_publish(events, 8, 1, LW_TEXT("not for them"));
    lw_events_publish(events, 7, 12, LW_TEXT("{\"seq\": 12}"));
    CHECK(read_until(a, &first, "id: 12\ndata: {\"seq\": 12}\n\n"));
    CHECK(read_until(b, &second, "id: 12\ndata: {\"seq\": 12}\n\n"));
    CHECK(!has(lw_buf_text(&first), "not for them"));
    CHECK(read_until(a, &first, "\n:\n\n")); /* the heartbeat */
    close(b);
    /* Far more than a connection holds, while nobody reads: told so at the end. */
    LW_AUTO(lw_buf) large_event = {0};
    for (int i = 0; i < 10000; i++)
        lw_buf_put_char(&large_event, 'e');
    for (int i = 0; i < 3000; i++)
        lw_events_publish(events, 7, 100 + i, lw_buf_text(&large_event));
    CHECK(read_until(a, &first, "event: resync"));
    close(a);
}

static void test_limits(lw_ctx *cx)
{
    lw_server *server = start(cx, (lw_server_config){.n_workers = 1, .queue_limit = 2, .address_limit = 12});
    int port = lw_server_port(server), fds[6], busy = 0, done = 0;
    for (int i = 0; i < 6; i++) {
        fds[i] = connect_to(port);
        send_text(fds[i], "GET /v1/slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
        usleep(10000);
    }
    for (int i = 0; i < 6; i++) {
        LW_AUTO(reply) got = receive(fds[i]);
        busy += got.status == 429 && strcmp(header(&got, "Retry-After"), "1") == 0;
        done += got.status == 200;
    }
    CHECK_INT(done, 3); /* one runs, two wait */
    CHECK_INT(busy, 3);
    int more[20], refused = 0;
    for (int i = 0; i < 20; i++) {
        more[i] = connect_to(port);
        send_text(more[i], "GET /v1/small HTTP/1.1\r\nHost: localhost\r\n\r\n");
        LW_AUTO(reply) got = receive(more[i]);
        refused += got.status != 200;
    }
    CHECK_INT(refused, 14); /* six were open already */
    for (int i = 0; i < 20; i++)
        close(more[i]);
    for (int i = 0; i < 6; i++)
        close(fds[i]);
    lw_server_stop(server, 1000);
}

static void *finish_held(void *req)
{
    usleep(100000);
    ((lw_request *)req)->state = lw_print(((lw_request *)req)->cx->arena, "kept");
    lw_response_finish(req, LW_OK);
    return NULL;
}

typedef struct reading {
    int fd;
    reply *to;
} reading;

static void *read_streamed(void *argument)
{
    reading *from = argument;
    *from->to = receive(from->fd);
    return NULL;
}

/* What was accepted is finished, whatever it waits for. */
static void test_graceful_stop(lw_ctx *cx)
{
    lw_server *server = start(cx, (lw_server_config){0});
    int port = lw_server_port(server), slow_one = connect_to(port), held_one = connect_to(port), streamed = connect_to(port);
    int idle = connect_to(port), listening = connect_to(port);
    LW_AUTO(lw_buf) seen = {0};
    pthread_t thread;
    send_text(slow_one, "GET /v1/slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    send_text(streamed, "GET /v1/stream?pieces=50 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    send_text(held_one, "GET /v1/hold HTTP/1.1\r\nHost: localhost\r\n\r\n");
    send_text(listening, "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(read_until(listening, &seen, ": open"));
    CHECK(pthread_create(&thread, NULL, finish_held, take_held()) == 0);
    int64_t begun_us = lw_monotonic_us();
    pthread_t reader;
    reply streamed_reply;
    reading of_stream = {streamed, &streamed_reply};
    CHECK(pthread_create(&reader, NULL, read_streamed, &of_stream) == 0);
    lw_server_stop(server, 5000);
    CHECK(lw_monotonic_us() - begun_us < 4000000);
    pthread_join(thread, NULL);
    pthread_join(reader, NULL);
    LW_AUTO(reply) a = receive(slow_one);
    CHECK_TEXT(body_of(&a), "\"slow\"");
    LW_AUTO(reply) b = receive(held_one);
    CHECK_TEXT(body_of(&b), "\"kept\"");
    CHECK(strcmp(header(&b, "Connection"), "close") == 0);
    CHECK(streamed_reply.whole && streamed_reply.body.size == 50 * STREAM_PIECE_BYTES);
    reply_cleanup(&streamed_reply);
    CHECK(read_until(listening, &seen, "\r\n0\r\n\r\n")); /* the event stream was ended, not cut */
    close(slow_one), close(held_one), close(streamed), close(idle), close(listening);
}

/* What does not end by itself is ended: nobody waits for ever, and who answers too late does no harm. */
static void test_forced_stop(lw_ctx *cx)
{
    lw_server *server = start(cx, (lw_server_config){0});
    int port = lw_server_port(server), held_one = connect_to(port), endless = connect_to(port), half = connect_to(port);
    n_cleaned = 0;
    send_text(half, "POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nab");
    send_text(endless, "GET /v1/stream?pieces=1000000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    send_text(held_one, "GET /v1/hold HTTP/1.1\r\nHost: localhost\r\n\r\n");
    lw_request *req = take_held();
    usleep(50000);
    int64_t begun_us = lw_monotonic_us();
    lw_server_stop(server, 100);
    CHECK(lw_monotonic_us() - begun_us < 3000000);
    CHECK_INT(n_cleaned, 1);
    LW_AUTO(reply) got = receive(held_one);
    CHECK_INT(got.status, 503);
    req->state = NULL;
    lw_response_finish(req, LW_OK);
    close(held_one), close(endless), close(half);
}

static void test_one_server(lw_ctx *cx)
{
    lw_server *server = start(cx, (lw_server_config){.heartbeat_s = 1});
    int port = lw_server_port(server);
    test_pipelining(port);
    test_later(port);
    test_streams(port);
    test_events(port);
    lw_server_stop(server, 1000);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    lw_ctx cx = {.arena = lw_arena_new()};
    CHECK_OK(&cx, lw_guard_init(&cx, &guard, NULL));
    events = lw_events_new();
    test_one_server(&cx);
    test_limits(&cx);
    test_graceful_stop(&cx);
    test_forced_stop(&cx);
    lw_events_free(events);
    lw_arena_free(cx.arena);
    return tap_end();
}
