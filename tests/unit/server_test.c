/* A real server with toy routes, asked over raw sockets: heads, bodies, hosts, files, and what clients do badly. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "client.h"
#include "http/server.h"
#include "http/socket.h"

enum { UPLOAD_BYTES = 3 << 20 };

static atomic_llong n_logged;

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

static const lw_schema named = {"Named", NULL, LW_FIELDS({"name", LW_TYPE_TEXT, LW_REQUIRED, "A name", .max = 20})};

/* clang-format off */
static const lw_route routes[] = {
    {LW_GET,  "/v1/small",   small,         LW_PUBLIC, NULL,   &named, "Small"},
    {LW_GET,  "/v1/large",   large,         LW_PUBLIC, NULL,   &named, "Large"},
    {LW_GET,  "/v1/mine",    small,         LW_OWNER,  NULL,   &named, "Mine"},
    {LW_POST, "/v1/echo",    echo,          LW_PUBLIC, NULL,   NULL,   "Echo", .flags = LW_ROUTE_RAW, .body_limit_bytes = 100000},
    {LW_POST, "/v1/named",   echo,          LW_PUBLIC, &named, NULL,   "Named"},
    {LW_POST, "/v1/upload",  upload,        LW_PUBLIC, NULL,   &named, "Upload", .flags = LW_ROUTE_UPLOAD, .body_limit_bytes = 4 << 20},
    {LW_GET,  "/v1/file",    send_file,     LW_PUBLIC, NULL,   NULL,   "File", .response_type = "text/plain"},
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

static void test_keep_alive(int port)
{
    LW_AUTO(lw_buf) in = {0};
    int fd = connect_to(port);
    for (int i = 0; i < 3; i++) { /* kept alive */
        send_text(fd, "GET /v1/small HTTP/1.1\r\nHost: localhost\r\n\r\n");
        LW_AUTO(reply) got = receive_more(fd, &in, true);
        CHECK_INT(got.status, 200);
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
    lw_server *server = start(cx, (lw_server_config){.socket_path = path, .spool = folder});
    int port = lw_server_port(server);
    test_basics(port);
    test_host(port);
    test_keep_alive(port);
    test_bodies(port);
    test_upload(server, port);
    test_heads(port);
    test_files(port);
    test_gzip(port);
    test_local(path);
    test_port_in_use(port);
    CHECK(n_logged > 30);
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

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    lw_ctx cx = {.arena = lw_arena_new()};
    char folder[] = "/tmp/lw-server-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    CHECK_OK(&cx, lw_guard_init(&cx, &guard, NULL));
    test_main_server(&cx, folder);
    test_slow_loris(&cx);
    CHECK_OK(&cx, lw_path_remove(&cx, folder));
    lw_arena_free(cx.arena);
    return tap_end();
}
