/* A real server with toy routes, asked over raw sockets: what clients do well, badly and at the wrong moment. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "http/events.h"
#include "http/server.h"
#include "http/socket.h"
#include "tap.h"

enum { STREAM_PIECE_BYTES = 100 << 10, UPLOAD_BYTES = 3 << 20 };

static lw_events *events;
static atomic_int n_cleaned, n_pulled, n_finished, n_slow;
static atomic_llong logged_status, n_logged;
static lw_request *held; /* a request whose answer the test gives itself */
static pthread_mutex_t held_mutex = PTHREAD_MUTEX_INITIALIZER;

static lw_status small(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_buf_print(&res->body, "{\"local\": %s, \"peer\": \"%.*s\"}", req->is_local ? "true" : "false", LW_FMT(req->peer));
    res->etag = "\"s1\"";
    return LW_OK;
}

static lw_status large(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_buf_put_char(&res->body, '[');
    for (int i = 0; i < 2000; i++)
        lw_buf_print(&res->body, "%s%d", i ? ", " : "", i);
    lw_buf_put_char(&res->body, ']');
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
    n_slow++;
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

static lw_status send_file(lw_ctx *cx, lw_request *req, lw_response *res)
{
    FILE *file = tmpfile();
    if (!file)
        return lw_fail(cx, LW_FAILED, "no temporary file");
    for (int i = 0; i < 100000; i++)
        fprintf(file, "%07d\n", i);
    fflush(file);
    lw_response_set_file(res, "text/plain", dup(fileno(file)), 800000);
    fclose(file);
    res->etag = "\"f1\"";
    return LW_OK;
}

static lw_status upload(lw_ctx *cx, lw_request *req, lw_response *res)
{
    unsigned long sum = 0;
    int64_t total = 0;
    char bytes[4096];
    for (ssize_t n; (n = read(req->file, bytes, sizeof bytes)) > 0; total += n)
        sum = adler32(sum, (Bytef *)bytes, (uInt)n);
    lw_buf_print(&res->body, "{\"bytes\": %" PRId64 ", \"told\": %" PRId64 ", \"sum\": %lu}", total, req->file_bytes, sum);
    return LW_OK;
}

static lw_status listen_events(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_response_set_events(res, events, 7);
    return LW_OK;
}

static const lw_schema stream_query = {"Stream", NULL, LW_FIELDS({"pieces", LW_TYPE_INT, 0, "How many"}, {"fails", LW_TYPE_INT, 0, "At which"})};
static const lw_schema named = {"Named", NULL, LW_FIELDS({"name", LW_TYPE_TEXT, LW_REQUIRED, "A name", .max = 20})};

/* clang-format off */
static const lw_route routes[] = {
    {LW_GET,  "/v1/small",   small,         LW_PUBLIC, NULL,   &named, "Small"},
    {LW_GET,  "/v1/large",   large,         LW_PUBLIC, NULL,   &named, "Large"},
    {LW_GET,  "/v1/mine",    small,         LW_OWNER,  NULL,   &named, "Mine"},
    {LW_POST, "/v1/echo",    echo,          LW_PUBLIC, NULL,   NULL,   "Echo", .flags = LW_ROUTE_RAW, .body_limit_bytes = 100000},
    {LW_POST, "/v1/named",   echo,          LW_PUBLIC, &named, NULL,   "Named"},
    {LW_POST, "/v1/upload",  upload,        LW_PUBLIC, NULL,   &named, "Upload", .flags = LW_ROUTE_UPLOAD, .body_limit_bytes = 4 << 20},
    {LW_GET,  "/v1/later",   later,         LW_PUBLIC, NULL,   &named, "Later"},
    {LW_GET,  "/v1/at-once", at_once,       LW_PUBLIC, NULL,   &named, "At once"},
    {LW_GET,  "/v1/slater",  later,         LW_PUBLIC, NULL,   &named, "Slow and later", .flags = LW_ROUTE_SLOW},
    {LW_GET,  "/v1/hold",    hold,          LW_PUBLIC, NULL,   &named, "Hold"},
    {LW_GET,  "/v1/slow",    slow,          LW_PUBLIC, NULL,   &named, "Slow", .flags = LW_ROUTE_SLOW},
    {LW_GET,  "/v1/stream",  stream,        LW_PUBLIC, NULL,   NULL,   "Stream", &stream_query, .response_type = "text/plain"},
    {LW_GET,  "/v1/file",    send_file,     LW_PUBLIC, NULL,   NULL,   "File", .response_type = "text/plain"},
    {LW_GET,  "/v1/events",  listen_events, LW_PUBLIC, NULL,   NULL,   "Events", .response_type = "text/event-stream"},
    {0},
};
/* clang-format on */
static const lw_route *const tables[] = {routes, NULL};
static const lw_asset assets[] = {
    {"/index.html", "text/html; charset=utf-8", "p1", false, {"<p>page", 7}, {0}, {0}},
    {"/app-1.js", "text/javascript", "j1", true, {"script", 6}, {"GZ", 2}, {"B", 1}},
    {0},
};

static lw_status authenticate(lw_ctx *cx, lw_request *req, lw_response *res)
{
    if (req->is_local)
        req->caller = (lw_caller){.user_id = 1, .role = LW_OWNER};
    return LW_OK;
}

static void note_access(void *app, const lw_access *access)
{
    logged_status = access->status;
    n_logged++;
    if (memchr(access->path.data, '?', access->path.size))
        abort(); /* a query may hold a token */
}

static lw_guard guard;
static const lw_router router = {.tables = tables, .assets = assets, .authenticate = authenticate, .guard = &guard};

static lw_server *start(lw_ctx *cx, lw_server_config config)
{
    lw_server *server = NULL;
    config.listen = config.listen ? config.listen : "127.0.0.1:0";
    config.log = note_access;
    CHECK_OK(cx, lw_server_start(cx, &router, &config, &server));
    return server;
}

static int connect_to(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

static void send_all(int fd, const void *data, size_t size)
{
    for (const char *at = data; size;) {
        ssize_t n = send(fd, at, size, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        at += n, size -= (size_t)n;
    }
}

static void send_text(int fd, const char *text) { send_all(fd, text, strlen(text)); }

/* What one answer held; everything is in `all`. */
typedef struct reply {
    int status;
    lw_buf all;
    char *head;
    lw_buf body;
    bool whole; /* the end of the body was seen */
} reply;

static void reply_cleanup(reply *got)
{
    lw_buf_cleanup(&got->all);
    lw_buf_cleanup(&got->body);
    free(got->head);
}

static bool fill(int fd, lw_buf *in)
{
    char *to = lw_buf_reserve(in, 65536);
    ssize_t n = recv(fd, to, 65536, 0);
    if (n <= 0)
        return false;
    in->size += (size_t)n;
    return true;
}

static const char *header(const reply *got, const char *name)
{
    static char value[512];
    size_t size = strlen(name);
    for (const char *line = got->head; line; line = strstr(line, "\r\n")) {
        line += line == got->head ? 0 : 2;
        if (strncasecmp(line, name, size) == 0 && line[size] == ':') {
            snprintf(value, sizeof value, "%.*s", (int)strcspn(line + size + 2, "\r"), line + size + 2);
            return value;
        }
    }
    return "";
}

/* Bytes before `at` are taken out of the buffer. */
static void consume(lw_buf *buf, size_t at)
{
    memmove(buf->data, buf->data + at, buf->size - at);
    buf->size -= at;
}

static bool read_chunk(int fd, lw_buf *in, reply *out)
{
    char *end;
    while (!in->size || !(end = memmem(in->data, in->size, "\r\n", 2)))
        if (!fill(fd, in))
            return false;
    size_t size = strtoul(in->data, NULL, 16), from = (size_t)(end - in->data) + 2;
    while (in->size < from + size + 2)
        if (!fill(fd, in))
            return false;
    lw_buf_put(&out->body, in->data + from, size);
    consume(in, from + size + 2);
    out->whole = size == 0;
    return true;
}

/* The next answer on the connection; `in` keeps what came beyond it. */
static reply receive_more(int fd, lw_buf *in, bool has_body)
{
    reply got = {0};
    char *end = NULL;
    while (!in->size || !(end = memmem(in->data, in->size, "\r\n\r\n", 4)))
        if (!fill(fd, in))
            return got;
    size_t head = (size_t)(end - in->data) + 4;
    got.head = strndup(in->data, head);
    got.status = atoi(got.head + 9);
    consume(in, head);
    if (!has_body || got.status == 304 || got.status == 204) {
        got.whole = true;
    } else if (strstr(header(&got, "Transfer-Encoding"), "chunked")) {
        while (!got.whole && read_chunk(fd, in, &got))
            ;
    } else {
        size_t size = strtoul(header(&got, "Content-Length"), NULL, 10);
        while (in->size < size && fill(fd, in))
            ;
        got.whole = in->size >= size;
        size = got.whole ? size : in->size;
        lw_buf_put(&got.body, in->data, size);
        consume(in, size);
    }
    return got;
}

static reply receive(int fd)
{
    LW_AUTO(lw_buf) in = {0};
    return receive_more(fd, &in, true);
}

/* One request on a connection of its own; extra headers end in \r\n each. */
static reply ask(int port, const char *line, const char *headers, const char *body)
{
    char head[4096];
    LW_AUTO(lw_buf) in = {0};
    int fd = connect_to(port);
    size_t size = body ? strlen(body) : 0;
    int n = snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: localhost:%d\r\n%s", line, port, headers);
    n +=
        body ? snprintf(head + n, sizeof head - (size_t)n, "Content-Length: %zu\r\n\r\n", size) : snprintf(head + n, sizeof head - (size_t)n, "\r\n");
    send_all(fd, head, (size_t)n);
    send_all(fd, body, size);
    reply got = receive_more(fd, &in, strncmp(line, "HEAD", 4) != 0);
    close(fd);
    return got;
}

static lw_text body_of(const reply *got) { return lw_buf_text(&got->body); }
static bool has(lw_text text, const char *words) { return text.size && memmem(text.data, text.size, words, strlen(words)) != NULL; }

static void test_basics(int port)
{
    LW_AUTO(reply) got = ask(port, "GET /v1/small", "", NULL);
    CHECK_INT(got.status, 200);
    CHECK_TEXT(body_of(&got), "{\"local\": false, \"peer\": \"127.0.0.1\"}");
    CHECK(strcmp(header(&got, "Content-Type"), "application/json") == 0);
    CHECK(strcmp(header(&got, "ETag"), "\"s1\"") == 0);
    CHECK(strcmp(header(&got, "Cache-Control"), "private, no-cache") == 0);
    CHECK(strcmp(header(&got, "X-Content-Type-Options"), "nosniff") == 0);
    CHECK(strstr(header(&got, "Content-Security-Policy"), "default-src 'none'") != NULL);
    CHECK(strlen(header(&got, "X-Request-Id")) == 8);
    CHECK(strlen(header(&got, "Server")) == 0);

    LW_AUTO(reply) head = ask(port, "HEAD /v1/small", "", NULL);
    CHECK_INT(head.status, 200);
    CHECK(strcmp(header(&head, "Content-Length"), "37") == 0);
    LW_AUTO(reply) same = ask(port, "GET /v1/small", "If-None-Match: \"s1\"\r\n", NULL);
    CHECK_INT(same.status, 304);
    CHECK(strcmp(header(&same, "ETag"), "\"s1\"") == 0);
    LW_AUTO(reply) none = ask(port, "GET /v1/none", "", NULL);
    CHECK_INT(none.status, 404);
    CHECK(has(body_of(&none), "\"code\": \"not-found\""));
    LW_AUTO(reply) method = ask(port, "DELETE /v1/small", "", NULL);
    CHECK_INT(method.status, 405);
    CHECK(strcmp(header(&method, "Allow"), "OPTIONS, GET, HEAD") == 0);
    LW_AUTO(reply) trace = ask(port, "TRACE /v1/small", "", NULL);
    CHECK_INT(trace.status, 405);
    LW_AUTO(reply) options = ask(port, "OPTIONS /v1/small", "", NULL);
    CHECK_INT(options.status, 204);
    LW_AUTO(reply) mine = ask(port, "GET /v1/mine", "", NULL);
    CHECK_INT(mine.status, 401);
    LW_AUTO(reply) page = ask(port, "GET /projects/road", "", NULL);
    CHECK_TEXT(body_of(&page), "<p>page");
    CHECK(strstr(header(&page, "Content-Security-Policy"), "default-src 'self'") != NULL);
    CHECK(strcmp(header(&page, "Cross-Origin-Opener-Policy"), "same-origin") == 0);
    LW_AUTO(reply) script = ask(port, "GET /app-1.js", "Accept-Encoding: gzip, br\r\n", NULL);
    CHECK_TEXT(body_of(&script), "B");
    CHECK(strcmp(header(&script, "Content-Encoding"), "br") == 0);
    CHECK(strstr(header(&script, "Cache-Control"), "immutable") != NULL);
}

static void test_host(int port)
{
    int fd = connect_to(port);
    send_text(fd, "GET /v1/small HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    LW_AUTO(reply) evil = receive(fd);
    CHECK_INT(evil.status, 403);
    CHECK(has(body_of(&evil), "--base-url http://evil.example"));
    send_text(fd, "GET /v1/small HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"); /* the refusal left the connection open */
    LW_AUTO(reply) own = receive(fd);
    CHECK_INT(own.status, 200);
    close(fd);
    LW_AUTO(reply) page = ask(port, "POST /v1/echo", "Origin: http://evil.example\r\n", "x");
    CHECK_INT(page.status, 403);
    LW_AUTO(reply) site = ask(port, "POST /v1/echo", "Sec-Fetch-Site: cross-site\r\n", "x");
    CHECK_INT(site.status, 403);
}

static void test_connections(int port)
{
    LW_AUTO(lw_buf) in = {0};
    int fd = connect_to(port);
    for (int i = 0; i < 3; i++) { /* kept alive */
        send_text(fd, "GET /v1/small HTTP/1.1\r\nHost: localhost\r\n\r\n");
        LW_AUTO(reply) got = receive_more(fd, &in, true);
        CHECK_INT(got.status, 200);
    }
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

    fd = connect_to(port); /* byte by byte */
    const char *slowly = "POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for (const char *c = slowly; *c; c++) {
        send_all(fd, c, 1);
        usleep(500);
    }
    LW_AUTO(reply) got = receive(fd);
    CHECK_TEXT(body_of(&got), "abcde");
    close(fd);
}

static void test_bodies(int port)
{
    LW_AUTO(reply) named_well = ask(port, "POST /v1/named", "Content-Type: application/json\r\n", "{\"name\": \"a\"}");
    CHECK_INT(named_well.status, 200);
    LW_AUTO(reply) wrong = ask(port, "POST /v1/named", "", "{\"name\": 1}");
    CHECK_INT(wrong.status, 400);
    CHECK(has(body_of(&wrong), "\"fields\": {\"/name\": \"must be text, not a number\"}"));

    char *bytes = malloc(200001);
    memset(bytes, 'x', 200000);
    bytes[200000] = 0;
    LW_AUTO(reply) too_large = ask(port, "POST /v1/echo", "", bytes);
    CHECK_INT(too_large.status, 413);
    CHECK(has(body_of(&too_large), "200000 bytes; at most 100000"));
    bytes[100000] = 0;
    LW_AUTO(reply) just_right = ask(port, "POST /v1/echo", "", bytes);
    CHECK_INT(just_right.body.size, 100000);

    /* Refused before anything was sent. */
    int fd = connect_to(port);
    send_text(fd, "POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\nExpect: 100-continue\r\n\r\n");
    LW_AUTO(reply) unsent = receive(fd);
    CHECK_INT(unsent.status, 413);
    close(fd);
    /* No length is given, and there is more than is taken. */
    fd = connect_to(port);
    send_text(fd, "POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    bytes[100000] = 'x';
    for (int i = 0; i < 2; i++) {
        send_text(fd, "30d40\r\n");
        send_all(fd, bytes, 200000);
        send_text(fd, "\r\n");
    }
    send_text(fd, "0\r\n\r\n");
    LW_AUTO(reply) chunked = receive(fd);
    CHECK_INT(chunked.status, 413);
    close(fd);
    fd = connect_to(port);
    send_text(fd, "POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    LW_AUTO(lw_buf) in = {0};
    LW_AUTO(reply) go_on = receive_more(fd, &in, false);
    CHECK_INT(go_on.status, 100);
    send_text(fd, "abc");
    LW_AUTO(reply) done = receive_more(fd, &in, true);
    CHECK_TEXT(body_of(&done), "abc");
    close(fd);
    free(bytes);
}

static void test_upload(lw_server *server, int port)
{
    char *bytes = malloc(UPLOAD_BYTES + 1), expected[100];
    for (int i = 0; i < UPLOAD_BYTES; i++)
        bytes[i] = (char)('a' + i % 7919 % 26);
    bytes[UPLOAD_BYTES] = 0;
    snprintf(expected, sizeof expected, "{\"bytes\": %d, \"told\": %d, \"sum\": %lu}", UPLOAD_BYTES, UPLOAD_BYTES,
             adler32(0, (Bytef *)bytes, UPLOAD_BYTES));
    LW_AUTO(reply) got = ask(port, "POST /v1/upload", "", bytes);
    CHECK_TEXT(body_of(&got), expected);
    bytes[5] = 0;
    LW_AUTO(reply) few = ask(port, "POST /v1/upload", "", bytes);
    CHECK(has(body_of(&few), "\"bytes\": 5, \"told\": 5"));
    LW_AUTO(reply) nothing = ask(port, "POST /v1/upload", "", "");
    CHECK(has(body_of(&nothing), "\"bytes\": 0"));
    LW_AUTO(reply) too_large = ask(port, "POST /v1/upload", "Expect: 100-continue\r\nContent-Length: 5000000\r\n", NULL);
    CHECK_INT(too_large.status, 413);
    int fd = connect_to(port); /* hangs up in the middle of it */
    send_text(fd, "POST /v1/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n");
    send_all(fd, bytes, 1000000);
    close(fd);
    lw_server_stats stats;
    for (int i = 0; i < 5000; i++) {
        lw_server_stats_read(server, &stats);
        if (stats.n_running == 0)
            break;
        usleep(1000);
    }
    CHECK_INT(stats.n_running, 0);
    CHECK_INT(stats.body_bytes, 0);
    free(bytes);
}

static void test_heads(int port)
{
    char *bytes = malloc(40001);
    memset(bytes, 'x', 40000);
    bytes[40000] = 0;
    int fd = connect_to(port);
    send_text(fd, "GET /v1/small HTTP/1.1\r\nHost: localhost\r\nX-Long: ");
    send_text(fd, bytes);
    send_text(fd, "\r\n\r\n");
    LW_AUTO(reply) long_header = receive(fd);
    CHECK(long_header.status >= 400 && long_header.status < 500);
    close(fd);
    fd = connect_to(port);
    send_text(fd, "GET /v1/small HTTP/1.1\r\nHost: localhost\r\n");
    for (int i = 0; i < 70; i++)
        send_text(fd, "X-A: b\r\n");
    send_text(fd, "\r\n");
    LW_AUTO(reply) many = receive(fd);
    CHECK_INT(many.status, 413);
    close(fd);
    fd = connect_to(port);
    send_text(fd, "this is no HTTP\r\n\r\n");
    LW_AUTO(reply) garbage = receive(fd);
    CHECK(garbage.status == 0 || garbage.status >= 400);
    close(fd);
    LW_AUTO(reply) absolute = ask(port, "GET http://evil.example/v1/small", "", NULL);
    CHECK(absolute.status >= 400);
    free(bytes);
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

static void test_files(int port)
{
    LW_AUTO(reply) all = ask(port, "GET /v1/file", "", NULL);
    CHECK_INT(all.body.size, 800000);
    CHECK(memcmp(all.body.data + 799992, "0099999\n", 8) == 0);
    LW_AUTO(reply) part = ask(port, "GET /v1/file", "Range: bytes=8-15\r\n", NULL);
    CHECK_INT(part.status, 206);
    CHECK_TEXT(body_of(&part), "0000001\n");
    CHECK(strcmp(header(&part, "Content-Range"), "bytes 8-15/800000") == 0);
    LW_AUTO(reply) beyond = ask(port, "GET /v1/file", "Range: bytes=800000-\r\n", NULL);
    CHECK_INT(beyond.status, 416);
    LW_AUTO(reply) same = ask(port, "GET /v1/file", "If-None-Match: \"f1\"\r\nRange: bytes=8-15\r\n", NULL);
    CHECK_INT(same.status, 304);
    LW_AUTO(reply) head = ask(port, "HEAD /v1/file", "", NULL);
    CHECK(strcmp(header(&head, "Content-Length"), "800000") == 0);
}

static void test_gzip(int port)
{
    LW_AUTO(reply) plain = ask(port, "GET /v1/large", "", NULL);
    LW_AUTO(reply) packed = ask(port, "GET /v1/large", "Accept-Encoding: gzip\r\n", NULL);
    CHECK(strcmp(header(&packed, "Content-Encoding"), "gzip") == 0);
    CHECK(packed.body.size < plain.body.size / 2);
    char *bytes = malloc(plain.body.size);
    z_stream z = {
        .next_in = (Bytef *)packed.body.data, .avail_in = (uInt)packed.body.size, .next_out = (Bytef *)bytes, .avail_out = (uInt)plain.body.size};
    CHECK(inflateInit2(&z, 15 + 16) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END);
    CHECK(z.total_out == plain.body.size && memcmp(bytes, plain.body.data, plain.body.size) == 0);
    inflateEnd(&z);
    free(bytes);
}

/* Reads until the words have come. */
static bool read_until(int fd, lw_buf *in, const char *words)
{
    while (!has(lw_buf_text(in), words))
        if (!fill(fd, in))
            return false;
    return true;
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

static void test_local(const char *path)
{
    lw_ctx cx = {.arena = lw_arena_new()};
    struct stat there;
    CHECK(stat(path, &there) == 0 && (there.st_mode & 0777) == 0600);
    int fd = -1;
    CHECK_OK(&cx, lw_socket_connect_path(&cx, path, &fd));
    send_text(fd, "GET /v1/mine HTTP/1.1\r\nHost: anything\r\n\r\n");
    LW_AUTO(reply) got = receive(fd);
    CHECK_TEXT(body_of(&got), "{\"local\": true, \"peer\": \"\"}");
    close(fd);
    lw_server *other = NULL;
    CHECK_FAILS(&cx, lw_server_start(&cx, &router, &(lw_server_config){.socket_path = path}, &other), LW_UNAVAILABLE, "another server");
    lw_arena_free(cx.arena);
}

static void test_port_in_use(int port)
{
    lw_ctx cx = {.arena = lw_arena_new()};
    lw_server *other = NULL;
    lw_server_config config = {.listen = lw_print(cx.arena, "127.0.0.1:%d", port)};
    CHECK_FAILS(&cx, lw_server_start(&cx, &router, &config, &other), LW_UNAVAILABLE, "in use");
    config.listen = "127.0.0.1";
    CHECK_FAILS(&cx, lw_server_start(&cx, &router, &config, &other), LW_USAGE, "127.0.0.1:8085");
    lw_arena_free(cx.arena);
}

static void test_main_server(lw_ctx *cx, const char *folder)
{
    const char *deep = lw_print(cx->arena, "%s/%0120d", folder, 1); /* longer than a socket's address holds */
    const char *path = lw_path_join(cx->arena, deep, LW_TEXT("socket"));
    CHECK_OK(cx, lw_folder_make(cx, deep));
    lw_server *server = start(cx, (lw_server_config){.socket_path = path, .heartbeat_s = 1, .spool = folder});
    int port = lw_server_port(server);
    test_basics(port);
    test_host(port);
    test_connections(port);
    test_bodies(port);
    test_upload(server, port);
    test_heads(port);
    test_later(port);
    test_streams(port);
    test_files(port);
    test_gzip(port);
    test_events(port);
    test_local(path);
    test_port_in_use(port);
    CHECK(n_logged > 50);
    lw_server_stop(server, 1000);
    CHECK(access(path, F_OK) != 0);
}

/* Silence and dribbling are both cut after the timeout. */
static void test_slow_loris(lw_ctx *cx)
{
    lw_server *server = start(cx, (lw_server_config){.timeout_s = 1});
    int silent = connect_to(lw_server_port(server)), dribble = connect_to(lw_server_port(server)), body = connect_to(lw_server_port(server));
    char byte;
    send_text(silent, "GET /v1/small HTTP/1.1\r\nHost:");
    send_text(dribble, "GET /v1/small HTTP/1.1\r\nHost: localhost\r\nX-A: ");
    send_text(body, "POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n");
    int64_t begun_us = lw_monotonic_us();
    bool cut = false, body_cut = false;
    while (!(cut && body_cut) && lw_monotonic_us() - begun_us < 10000000) {
        usleep(200000);
        cut = cut || send(dribble, "a", 1, MSG_NOSIGNAL) < 0;
        body_cut = body_cut || send(body, "a", 1, MSG_NOSIGNAL) < 0;
    }
    CHECK(cut);
    CHECK(body_cut);
    while (recv(silent, &byte, 1, 0) > 0) /* an answer that it took too long, or none */
        ;
    CHECK(lw_monotonic_us() - begun_us < 10000000);
    close(silent), close(dribble), close(body);
    lw_server_stop(server, 100);
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

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    lw_ctx cx = {.arena = lw_arena_new()};
    char folder[] = "/tmp/lw-server-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    CHECK_OK(&cx, lw_guard_init(&cx, &guard, NULL));
    events = lw_events_new();
    test_main_server(&cx, folder);
    test_slow_loris(&cx);
    test_limits(&cx);
    test_graceful_stop(&cx);
    test_forced_stop(&cx);
    lw_events_free(events);
    CHECK_OK(&cx, lw_path_remove(&cx, folder));
    lw_arena_free(cx.arena);
    return tap_end();
}
