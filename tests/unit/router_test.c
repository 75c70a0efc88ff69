/* The way of a request without a socket: matching, roles, hosts and origins, schemas, errors, later answers, OpenAPI. */
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/negotiate.h"
#include "http/openapi.h"
#include "http/router.h"
#include "http/schema.h"
#include "tap.h"

static lw_status say_route(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_buf_put_string(&res->body, req->route->path);
    for (size_t i = 0; i < req->n_params; i++)
        lw_buf_print(&res->body, " %s=%.*s", req->params[i].name, LW_FMT(req->params[i].value));
    return LW_OK;
}

static lw_status say_query(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_json_write(&res->body, req->query);
    return LW_OK;
}

static lw_status say_body(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_json_write(&res->body, req->body);
    return LW_OK;
}

static lw_status say_conflict(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_buf_put_literal(&res->body, "half an answer");
    lw_fail(cx, LW_CONFLICT, "label 7 was changed since");
    cx->details = "{\"label\": {\"id\": 7}}";
    return LW_CONFLICT;
}

static lw_status say_id(lw_ctx *cx, lw_request *req, lw_response *res)
{
    int64_t id;
    LW_TRY(lw_request_id(cx, req, "item", &id));
    lw_buf_put_int(&res->body, id);
    return LW_OK;
}

static void *finish_soon(void *req)
{
    lw_response_finish(req, LW_OK);
    return NULL;
}

static lw_status say_later(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_buf_print(&res->body, "later %s", (char *)req->state);
    return LW_OK;
}

static lw_status answer_later(lw_ctx *cx, lw_request *req, lw_response *res)
{
    pthread_t thread;
    req->state = (void *)"and well";
    lw_response_later(res, say_later);
    if (pthread_create(&thread, NULL, finish_soon, req) != 0)
        return lw_fail(cx, LW_FAILED, "no thread");
    pthread_detach(thread);
    return LW_OK;
}

static lw_status fail_at_once(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_response_later(res, say_later);
    lw_response_finish(req, lw_fail(cx, LW_FULL, "the disk is full"));
    return LW_OK;
}

typedef struct counter {
    int n, cleaned;
} counter;

static lw_status next_line(lw_ctx *cx, void *state, lw_buf *out, bool *end)
{
    counter *at = state;
    char *line = lw_print(cx->arena, "line %d\n", at->n++);
    lw_buf_put_string(out, line);
    *end = at->n == 3;
    return LW_OK;
}

static void clean_counter(void *state) { ((counter *)state)->cleaned++; }

static counter lines;

static lw_status stream_lines(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lines = (counter){0};
    lw_response_set_stream(res, "text/plain", (lw_stream){next_line, clean_counter, &lines});
    return LW_OK;
}

static lw_status send_file(lw_ctx *cx, lw_request *req, lw_response *res)
{
    FILE *file = tmpfile();
    if (!file)
        return lw_fail(cx, LW_FAILED, "no temporary file");
    fputs("0123456789", file);
    fflush(file);
    lw_response_set_file(res, "text/plain", dup(fileno(file)), 10);
    fclose(file);
    res->etag = "\"ten\"";
    return LW_OK;
}

static const lw_schema part = {"Part", "A part", LW_FIELDS({"n", LW_TYPE_INT, LW_REQUIRED, "How many", .min = 1, .max = 9})};
static const lw_schema thing = {
    "Thing", "A thing",
    LW_FIELDS({"name", LW_TYPE_TEXT, LW_REQUIRED, "Its name", .min = 1, .max = 8},
              {"state", LW_TYPE_TEXT, 0, "Where it stands", .options = "waiting|done"}, {"size", LW_TYPE_NUMBER, LW_NULLABLE, "In pixels", .min = -1},
              {"on", LW_TYPE_BOOL, 0, "Whether"}, {"parts", LW_TYPE_LIST, 0, "Its parts", .max = 3, .of = LW_TYPE_OBJECT, .schema = &part},
              {"tags", LW_TYPE_LIST, 0, "Words", .of = LW_TYPE_TEXT, .options = "a|b"}, {"one", LW_TYPE_OBJECT, 0, "One part", .schema = &part},
              {"by", LW_TYPE_MAP, 0, "Counts", .of = LW_TYPE_INT}, {"any", LW_TYPE_ANY, 0, "Anything"})};
static const lw_schema query = {"Query", NULL,
                                LW_FIELDS({"where", LW_TYPE_TEXT, 0, "A condition"}, {"limit", LW_TYPE_INT, 0, "Rows", .min = 1, .max = 1000},
                                          {"ids", LW_TYPE_LIST, 0, "Ids", .of = LW_TYPE_INT, .max = 4}, {"all", LW_TYPE_BOOL, 0, "All of them"},
                                          {"size", LW_TYPE_NUMBER, 0, "Size"})};

/* clang-format off */
static const lw_route routes[] = {
    {LW_GET,    "/v1/things",                          say_query,    LW_PUBLIC,    NULL,   &thing, "List things", &query},
    {LW_POST,   "/v1/things",                          say_body,     LW_PUBLIC,    &thing, &thing, "Make a thing"},
    {LW_GET,    "/v1/things/{thing}",                  say_route,    LW_PUBLIC,    NULL,   &thing, "Show a thing"},
    {LW_GET,    "/v1/things/all",                      say_route,    LW_PUBLIC,    NULL,   &thing, "Show all"},
    {LW_DELETE, "/v1/things/{thing}",                  say_route,    LW_OWNER,     NULL,   NULL,   "Remove a thing"},
    {LW_GET,    "/v1/things/{thing}/items/{item}",     say_route,    LW_ANNOTATOR, NULL,   &thing, "Show an item"},
    {LW_GET,    "/v1/items/{item}",                    say_id,       LW_PUBLIC,    NULL,   &thing, "Show one's id"},
    {LW_GET,    "/x/{thing}.json",                     say_route,    LW_PUBLIC,    NULL,   NULL,   "Export as JSON", .response_type = "application/json"},
    {LW_GET,    "/x/{thing}.coco.json",                say_route,    LW_PUBLIC,    NULL,   NULL,   "Export as COCO", .response_type = "application/json"},
    {LW_POST,   "/v1/conflict",                        say_conflict, LW_PUBLIC,    NULL,   NULL,   "Conflict"},
    {0},
};
static const lw_route more_routes[] = {
    {LW_POST,   "/v1/later",                           answer_later, LW_PUBLIC,    NULL,   NULL,   "Answer later"},
    {LW_POST,   "/v1/failed",                          fail_at_once, LW_PUBLIC,    NULL,   NULL,   "Fail at once"},
    {LW_GET,    "/v1/lines",                           stream_lines, LW_PUBLIC,    NULL,   NULL,   "Stream lines", .response_type = "text/plain"},
    {LW_GET,    "/v1/file",                            send_file,    LW_PUBLIC,    NULL,   NULL,   "Send a file", .response_type = "text/plain"},
    {LW_POST,   "/v1/raw",                             say_route,    LW_PUBLIC,    NULL,   NULL,   "Take bytes", .flags = LW_ROUTE_RAW, .body_limit_bytes = 4},
    {0},
};
/* clang-format on */
static const lw_route *const tables[] = {routes, more_routes, NULL};

static const lw_asset assets[] = {
    {"/index.html", "text/html; charset=utf-8", "a1", false, {"<base href=\"/\">page", 19}, {0}, {0}},
    {"/app-123.js", "text/javascript", "b2", true, {"plain script", 12}, {"gz", 2}, {"b", 1}},
    {0},
};

static lw_status authenticate(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_text token = lw_request_bearer(req), cookie = lw_request_cookie(req, "session");
    if (lw_text_is(token, "owner") || lw_text_is(cookie, "owner"))
        req->caller = (lw_caller){.user_id = 1, .role = LW_OWNER, .token_id = token.size ? 1 : 0, .session_id = cookie.size ? 1 : 0};
    else if (lw_text_is(token, "bo"))
        req->caller = (lw_caller){.user_id = 2, .role = LW_ANNOTATOR, .token_id = 2};
    return LW_OK;
}

static lw_router router = {.tables = tables, .authenticate = authenticate};

/* One request: status and body stand in the arena. */
typedef struct answer {
    int status;
    lw_status code;
    lw_text body;
    lw_response_header *headers;
} answer;

static lw_arena *arena;

static answer ask_with(lw_method method, const char *target, const char *body, const lw_pair *headers, size_t n_headers)
{
    lw_ctx *cx = lw_new(arena, lw_ctx);
    cx->arena = arena;
    lw_request req;
    LW_AUTO(lw_response) res = {0};
    LW_AUTO(lw_buf) out = {0};
    lw_request_init(&req, cx, method, target);
    req.raw = lw_text_from(body ? body : "");
    req.headers = headers;
    req.n_headers = n_headers;
    req.own_address = LW_TEXT("192.168.0.7");
    lw_status code = lw_dispatch(&router, &req, &res);
    lw_response_negotiate(&req, &res);
    if (lw_response_collect(cx, &res, &out) != LW_OK)
        return (answer){.code = cx->status};
    return (answer){res.status, code, lw_text_copy(arena, lw_buf_text(&out)), res.headers};
}

static answer ask(lw_method method, const char *target, const char *body) { return ask_with(method, target, body, NULL, 0); }

static const char *header_of(answer got, const char *name)
{
    for (; got.headers; got.headers = got.headers->next)
        if (strcmp(got.headers->name, name) == 0)
            return got.headers->value;
    return "";
}

static bool contains(lw_text text, const char *words) { return memmem(text.data, text.size, words, strlen(words)) != NULL; }

static void test_matching(void)
{
    CHECK_TEXT(ask(LW_GET, "/v1/things/7", NULL).body, "/v1/things/{thing} thing=7");
    CHECK_TEXT(ask(LW_GET, "/v1/things/all", NULL).body, "/v1/things/all");
    CHECK_TEXT(ask(LW_GET, "/v1/things/a%2Fb%20c", NULL).body, "/v1/things/{thing} thing=a/b c");
    CHECK_TEXT(ask(LW_GET, "/x/road.coco.json", NULL).body, "/x/{thing}.coco.json thing=road");
    CHECK_TEXT(ask(LW_GET, "/x/road.json", NULL).body, "/x/{thing}.json thing=road");
    CHECK_TEXT(ask(LW_GET, "/v1/items/12", NULL).body, "12");
    answer none = ask(LW_GET, "/v1/items/abc", NULL);
    CHECK_INT(none.status, 404);
    CHECK(contains(none.body, "no item 'abc'"));
    CHECK_INT(ask(LW_GET, "/v1/items/-3", NULL).status, 404);
    CHECK_INT(ask(LW_GET, "/v1/things/7/", NULL).status, 404);
    CHECK_INT(ask(LW_GET, "/v1/things//items/1", NULL).status, 404);
    CHECK_INT(ask(LW_GET, "/v1/thing", NULL).status, 404);
    CHECK_INT(ask(LW_GET, "", NULL).status, 404);
    CHECK_INT(ask(LW_GET, "/v1/things/%zz", NULL).status, 400);
    CHECK_INT(ask(LW_GET, "/v1/things/%00", NULL).status, 400);
    CHECK_INT(ask(LW_GET, "/v1/things/%ff", NULL).status, 400);
    answer wrong = ask(LW_PUT, "/v1/things/7", NULL);
    CHECK_INT(wrong.status, 405);
    CHECK(strcmp(header_of(wrong, "Allow"), "OPTIONS, GET, DELETE, HEAD") == 0);
    answer options = ask(LW_N_METHODS, "/v1/things", NULL);
    CHECK_INT(options.status, 204);
    CHECK(strcmp(header_of(options, "Allow"), "OPTIONS, GET, POST, HEAD") == 0);
    CHECK_INT(options.body.size, 0);
}

static void test_errors(void)
{
    answer got = ask(LW_POST, "/v1/conflict", NULL);
    CHECK_INT(got.status, 409);
    CHECK_INT(got.code, LW_CONFLICT);
    lw_ctx cx = {.arena = arena};
    lw_json *body = NULL;
    CHECK_OK(&cx, lw_json_parse(&cx, got.body, &body));
    lw_json *error = lw_json_get(body, "error");
    CHECK_TEXT(lw_json_get_text(error, "code"), "conflict");
    CHECK_TEXT(lw_json_get_text(error, "message"), "label 7 was changed since");
    CHECK_INT(lw_json_get_text(error, "request").size, 8);
    CHECK_INT(lw_json_get_int(lw_json_get(error, "label"), "id", 0), 7);
    CHECK(!contains(got.body, "half an answer"));
}

static void test_roles(void)
{
    lw_pair owner = {"authorization", LW_TEXT("Bearer owner")}, bo = {"Authorization", LW_TEXT("bearer bo")};
    CHECK_INT(ask(LW_DELETE, "/v1/things/7", NULL).status, 401);
    CHECK(strcmp(header_of(ask(LW_DELETE, "/v1/things/7", NULL), "WWW-Authenticate"), "Bearer") == 0);
    CHECK_INT(ask_with(LW_DELETE, "/v1/things/7", NULL, &bo, 1).status, 403);
    CHECK_TEXT(ask_with(LW_DELETE, "/v1/things/7", NULL, &owner, 1).body, "/v1/things/{thing} thing=7");
    CHECK_TEXT(ask_with(LW_GET, "/v1/things/7/items/8", NULL, &bo, 1).body, "/v1/things/{thing}/items/{item} thing=7 item=8");
    CHECK_INT(ask(LW_GET, "/v1/things/7/items/8", NULL).status, 401);
}

/* The status of a POST whose page is of this origin, with the owner's cookie. */
static int post_from(const char *host, const char *origin, const char *site)
{
    lw_pair headers[] = {
        {"Host", lw_text_from(host)},
        {"Cookie", LW_TEXT("a=1; session=owner")},
        {"Origin", lw_text_from(origin)},
        {"Sec-Fetch-Site", lw_text_from(site)},
    };
    return ask_with(LW_POST, "/v1/raw", "x", headers, 4).status;
}

static int get_host(const char *host)
{
    lw_pair header = {"Host", lw_text_from(host)};
    return ask_with(LW_GET, "/v1/things/7", NULL, &header, 1).status;
}

static void test_guard(void)
{
    lw_ctx cx = {.arena = arena};
    lw_guard guard;
    CHECK_FAILS(&cx, lw_guard_init(&cx, &guard, "labels.example.org"), LW_USAGE, "--base-url");
    CHECK_FAILS(&cx, lw_guard_init(&cx, &guard, "ftp://labels.example.org"), LW_USAGE, "--base-url");
    CHECK_FAILS(&cx, lw_guard_init(&cx, &guard, "http:///x"), LW_USAGE, "no host");
    CHECK_OK(&cx, lw_guard_init(&cx, &guard, "https://Labels.example.org:444/team/"));
    CHECK_TEXT(guard.base_path, "/team");
    CHECK_TEXT(guard.base_host, "Labels.example.org");
    CHECK_TEXT(guard.base_origin, "https://Labels.example.org:444");
    router.guard = &guard;

    CHECK_INT(get_host("localhost"), 0);
    CHECK_INT(get_host("localhost:9999"), 0);
    CHECK_INT(get_host("127.0.0.1:8085"), 0);
    CHECK_INT(get_host("[::1]:8085"), 0);
    CHECK_INT(get_host("192.168.0.7:8085"), 0);
    CHECK_INT(get_host("labels.example.org"), 0);
    CHECK_INT(get_host(guard.host_name), 0);
    CHECK_INT(get_host("evil.example"), 403);
    CHECK_INT(get_host("192.168.0.8"), 403);
    CHECK_INT(get_host("localhost.evil.example"), 403);
    CHECK_INT(get_host("[::1"), 403);
    lw_pair evil = {"Host", LW_TEXT("evil.example:80")};
    CHECK(contains(ask_with(LW_GET, "/v1/things/7", NULL, &evil, 1).body, "--base-url http://evil.example:80"));

    CHECK_INT(post_from("localhost:8085", "http://localhost:8085", ""), 0);
    CHECK_INT(post_from("localhost:8085", "https://labels.example.org:444", ""), 0);
    CHECK_INT(post_from("localhost:8085", "", ""), 0); /* no browser */
    CHECK_INT(post_from("localhost:8085", "http://evil.example", ""), 403);
    CHECK_INT(post_from("localhost:8085", "http://localhost:8086", ""), 403);
    CHECK_INT(post_from("localhost:8085", "null", ""), 403);
    CHECK_INT(post_from("localhost:8085", "", "cross-site"), 403);
    CHECK_INT(post_from("localhost:8085", "", "same-site"), 403);
    CHECK_INT(post_from("localhost:8085", "http://anything", "same-origin"), 0);
    lw_pair token[] = {{"Authorization", LW_TEXT("Bearer owner")}, {"Origin", LW_TEXT("http://evil.example")}};
    CHECK_INT(ask_with(LW_POST, "/v1/raw", "x", token, 2).status, 0);

    CHECK_TEXT(ask(LW_GET, "/team/v1/things/7", NULL).body, "/v1/things/{thing} thing=7");
    CHECK_TEXT(ask(LW_GET, "/v1/things/7", NULL).body, "/v1/things/{thing} thing=7");
    CHECK_INT(ask(LW_GET, "/teams/v1/things/7", NULL).status, 404);
    router.assets = assets;
    CHECK_TEXT(ask(LW_GET, "/team", NULL).body, "<base href=\"/team/\">page");
    router.assets = NULL;
    router.guard = NULL;
}

static void test_assets(void)
{
    router.assets = assets;
    CHECK_TEXT(ask(LW_GET, "/", NULL).body, "<base href=\"/\">page");
    CHECK_TEXT(ask(LW_GET, "/projects/road", NULL).body, "<base href=\"/\">page");
    CHECK_INT(ask(LW_GET, "/missing.js", NULL).status, 404);
    CHECK_INT(ask(LW_GET, "/v1/missing", NULL).status, 404);
    CHECK_INT(ask(LW_POST, "/projects/road", NULL).status, 404);
    lw_pair page = {"Accept", LW_TEXT("text/html,*/*;q=0.8")};
    CHECK_TEXT(ask_with(LW_GET, "/projects/road.v2", NULL, &page, 1).body, "<base href=\"/\">page");
    CHECK_TEXT(ask(LW_GET, "/app-123.js", NULL).body, "plain script");
    lw_pair both = {"Accept-Encoding", LW_TEXT("gzip, deflate, br")}, gzip = {"Accept-Encoding", LW_TEXT("br;q=0, gzip")};
    CHECK_TEXT(ask_with(LW_GET, "/app-123.js", NULL, &both, 1).body, "b");
    answer packed = ask_with(LW_GET, "/app-123.js", NULL, &gzip, 1);
    CHECK_TEXT(packed.body, "gz");
    CHECK(strcmp(header_of(packed, "Content-Encoding"), "gzip") == 0);
    CHECK(strcmp(header_of(packed, "Vary"), "Accept-Encoding") == 0);
    lw_pair known[] = {gzip, {"If-None-Match", LW_TEXT("\"x\", \"b2-gz\"")}};
    answer same = ask_with(LW_GET, "/app-123.js", NULL, known, 2);
    CHECK_INT(same.status, 304);
    CHECK_INT(same.body.size, 0);
    router.assets = NULL;
}

static void test_query(void)
{
    CHECK_TEXT(ask(LW_GET, "/v1/things", NULL).body, "{}");
    CHECK_TEXT(ask(LW_GET, "/v1/things?where=class+%3D+'car'&limit=10&all&size=1.5", NULL).body,
               "{\"where\": \"class = 'car'\", \"limit\": 10, \"all\": true, \"size\": 1.5}");
    CHECK_TEXT(ask(LW_GET, "/v1/things?ids=1,2&ids=3", NULL).body, "{\"ids\": [1, 2, 3]}");
    CHECK_TEXT(ask(LW_GET, "/v1/things?ids=&where=", NULL).body, "{\"where\": \"\", \"ids\": []}");
    const char *bad[] = {"limit=0", "limit=1001",    "limit=x",   "limit=1.5", "limit=",    "limit=1&limit=2", "nothing=1",
                         "ids=1,x", "ids=1,2,3,4,5", "all=maybe", "where=%",   "where=%ff", "size=nan",        "limit=99999999999999999999"};
    for (size_t i = 0; i < LW_COUNT(bad); i++) {
        answer got = ask(LW_GET, lw_print(arena, "/v1/things?%s", bad[i]), NULL);
        if (!CHECK(got.status == 400 && got.code == LW_INVALID))
            printf("# %s\n", bad[i]);
    }
    CHECK(contains(ask(LW_GET, "/v1/things?limit=0", NULL).body, "\"/limit\": \"must be at least 1\""));
    CHECK_INT(ask(LW_GET, "/v1/things/7?limit=1", NULL).status, 400); /* takes no parameters */
}

static void test_body(void)
{
    const char *good = "{\"name\": \"a\", \"state\": \"done\", \"size\": null, \"on\": false, \"parts\": [{\"n\": 1}, {\"n\": 9.0}], "
                       "\"tags\": [\"a\", \"b\"], \"one\": {\"n\": 2}, \"by\": {\"x\": 3}, \"any\": [1, {}]}";
    CHECK_INT(ask(LW_POST, "/v1/things", good).code, LW_OK);
    static const struct {
        const char *body, *words;
    } bad[] = {
        {"", "expected JSON"},
        {"{", "not JSON"},
        {"[]", "\"\": \"must be an object, not a list\""},
        {"{}", "\"/name\": \"is missing\""},
        {"{\"name\": \"\"}", "\"/name\": \"must not be empty\""},
        {"{\"name\": 7}", "\"/name\": \"must be text, not a number\""},
        {"{\"name\": null}", "\"/name\": \"must be text, not null\""},
        {"{\"name\": \"123456789\"}", "\"/name\": \"must be at most 8 bytes, is 9\""},
        {"{\"name\": \"a\", \"naem\": 1}", "\"/naem\": \"is not known here\""},
        {"{\"name\": \"a\", \"a/b~\": 1}", "\"/a~1b~0\": \"is not known here\""},
        {"{\"name\": \"a\", \"state\": \"gone\"}", "must be one of waiting|done, not 'gone'"},
        {"{\"name\": \"a\", \"size\": -2}", "\"/size\": \"must be at least -1\""},
        {"{\"name\": \"a\", \"on\": 1}", "\"/on\": \"must be true or false, not a number\""},
        {"{\"name\": \"a\", \"parts\": [{\"n\": 1}, {\"n\": 10}]}", "\"/parts/1/n\": \"must be at most 9\""},
        {"{\"name\": \"a\", \"parts\": [{\"n\": 1.5}]}", "\"/parts/0/n\": \"must be a whole number"},
        {"{\"name\": \"a\", \"parts\": [1, 2, 3, 4]}", "\"/parts\": \"must be at most 3 entries\""},
        {"{\"name\": \"a\", \"parts\": {}}", "\"/parts\": \"must be a list, not an object\""},
        {"{\"name\": \"a\", \"tags\": [\"a\", \"c\"]}", "\"/tags/1\": \"must be one of a|b, not 'c'\""},
        {"{\"name\": \"a\", \"one\": {}}", "\"/one/n\": \"is missing\""},
        {"{\"name\": \"a\", \"by\": {\"x\": \"y\"}}", "\"/by/x\": \"must be a whole number, not text\""},
    };
    for (size_t i = 0; i < LW_COUNT(bad); i++) {
        answer got = ask(LW_POST, "/v1/things", bad[i].body);
        if (!CHECK(got.status == 400 && contains(got.body, bad[i].words)))
            printf("# %s gave %.*s\n", bad[i].body, LW_FMT(got.body));
    }
    answer two = ask(LW_POST, "/v1/things", "{\"on\": 1}");
    CHECK(contains(two.body, "\"/on\"") && contains(two.body, "\"/name\""));
    LW_AUTO(lw_buf) many = {0};
    lw_buf_put_literal(&many, "{\"name\": \"a\", \"tags\": [1");
    for (int i = 0; i < 2000; i++)
        lw_buf_put_literal(&many, ", 1");
    lw_buf_put_literal(&many, "]}");
    lw_buf_put_char(&many, 0);
    CHECK(ask(LW_POST, "/v1/things", many.data).body.size < 3000);
    lw_pair form = {"Content-Type", LW_TEXT("application/x-www-form-urlencoded")};
    CHECK_INT(ask_with(LW_POST, "/v1/things", good, &form, 1).status, 400);
    CHECK_INT(ask(LW_POST, "/v1/later", "{\"x\": 1}").status, 400); /* no data is dropped in silence */
    CHECK_INT(ask(LW_POST, "/v1/raw", "four").code, LW_OK);
    CHECK_INT(ask(LW_POST, "/v1/raw", "5five").status, 413);
}

static void test_kinds(void)
{
    CHECK_TEXT(ask(LW_POST, "/v1/later", NULL).body, "later and well");
    answer full = ask(LW_POST, "/v1/failed", NULL);
    CHECK_INT(full.status, 507);
    CHECK(contains(full.body, "the disk is full"));
    CHECK_TEXT(ask(LW_GET, "/v1/lines", NULL).body, "line 0\nline 1\nline 2\n");
    CHECK_INT(lines.cleaned, 1);
    lw_pair same = {"If-None-Match", LW_TEXT("W/\"ten\"")};
    CHECK_INT(ask_with(LW_GET, "/v1/file", NULL, &same, 1).status, 304);
    static const struct {
        const char *range, *condition;
        int status;
        const char *body;
    } ranges[] = {
        {"bytes=2-4", "", 206, "234"},
        {"bytes=7-", "", 206, "789"},
        {"bytes=-2", "", 206, "89"},
        {"bytes=-99", "", 206, "0123456789"},
        {"bytes=8-99", "", 206, "89"},
        {"bytes=0-0", "", 206, "0"},
        {"bytes=4-2", "", 0, "0123456789"},
        {"bytes=1-2,4-5", "", 0, "0123456789"},
        {"lines=1-2", "", 0, "0123456789"},
        {"bytes=2-4", "\"ten\"", 206, "234"},
        {"bytes=2-4", "\"other\"", 0, "0123456789"},
        {"bytes=--2", "", 0, "0123456789"},
    };
    for (size_t i = 0; i < LW_COUNT(ranges); i++) {
        lw_pair headers[] = {{"Range", lw_text_from(ranges[i].range)}, {"If-Range", lw_text_from(ranges[i].condition)}};
        answer got = ask_with(LW_GET, "/v1/file", NULL, headers, 2);
        CHECK_INT(got.status, ranges[i].status);
        CHECK_TEXT(got.body, ranges[i].body);
    }
    lw_pair range = {"Range", LW_TEXT("bytes=3-4")}, beyond = {"Range", LW_TEXT("bytes=10-")}, nothing = {"Range", LW_TEXT("bytes=-0")};
    CHECK(strcmp(header_of(ask_with(LW_GET, "/v1/file", NULL, &range, 1), "Content-Range"), "bytes 3-4/10") == 0);
    answer outside = ask_with(LW_GET, "/v1/file", NULL, &beyond, 1);
    CHECK_INT(outside.status, 416);
    CHECK(strcmp(header_of(outside, "Content-Range"), "bytes */10") == 0);
    CHECK_INT(ask_with(LW_GET, "/v1/file", NULL, &nothing, 1).status, 416);
}

static void test_headers(void)
{
    lw_ctx cx = {.arena = arena};
    lw_request req;
    LW_AUTO(lw_response) res = {0};
    lw_request_init(&req, &cx, LW_GET, "/v1/things");
    lw_response_add_header(&req, &res, "X-Name", "%s", "a\r\nSet-Cookie: b");
    CHECK(strcmp(res.headers->value, "a  Set-Cookie: b") == 0);
    lw_pair accept = {"Accept", LW_TEXT("application/json, text/event-stream;q=0.9")};
    req.headers = &accept, req.n_headers = 1;
    CHECK(lw_request_accepts(&req, "text/event-stream"));
    CHECK(!lw_request_accepts(&req, "text/html"));
}

static void test_openapi(void)
{
    lw_ctx cx = {.arena = arena};
    LW_AUTO(lw_buf) out = {0};
    lw_openapi_write(&out, "Toys", "1.0", tables, &part);
    lw_json *doc = NULL;
    CHECK_OK(&cx, lw_json_parse(&cx, lw_buf_text(&out), &doc));
    CHECK_TEXT(lw_json_get_text(doc, "openapi"), "3.1.0");
    lw_json *paths = lw_json_get(doc, "paths"), *things = lw_json_get(paths, "/v1/things");
    CHECK_INT(yyjson_obj_size(paths), 13);
    CHECK_INT(yyjson_obj_size(things), 2);
    CHECK_TEXT(lw_json_get_text(lw_json_get(things, "get"), "operationId"), "listThings");
    CHECK_TEXT(lw_json_get_text(lw_json_get(lw_json_get(paths, "/v1/items/{item}"), "get"), "operationId"), "showOnesId");
    CHECK_INT(yyjson_arr_size(lw_json_get(lw_json_get(things, "get"), "parameters")), 5);
    lw_json *item = lw_json_get(lw_json_get(paths, "/v1/things/{thing}/items/{item}"), "get");
    CHECK_INT(yyjson_arr_size(lw_json_get(item, "parameters")), 2);
    CHECK_TEXT(lw_json_get_text(item, "x-role"), "annotator");
    lw_json *schemas = lw_json_get(lw_json_get(doc, "components"), "schemas");
    CHECK_INT(yyjson_obj_size(schemas), 2); /* Thing, and Part, which is the error too */
    lw_json *properties = lw_json_get(lw_json_get(schemas, "Thing"), "properties");
    CHECK_TEXT(lw_json_get_text(lw_json_get(properties, "name"), "type"), "string");
    CHECK_INT(lw_json_get_int(lw_json_get(properties, "name"), "maxLength", 0), 8);
    CHECK_TEXT(lw_json_get_text(lw_json_get(lw_json_get(properties, "parts"), "items"), "$ref"), "#/components/schemas/Part");
    CHECK(yyjson_get_bool(lw_json_get(lw_json_get(schemas, "Part"), "additionalProperties")) == false);
    CHECK(contains(lw_buf_text(&out), "[\"number\", \"null\"]"));
}

int main(void)
{
    arena = lw_arena_new();
    test_matching();
    test_errors();
    test_roles();
    test_guard();
    test_assets();
    test_query();
    test_body();
    test_kinds();
    test_headers();
    test_openapi();
    lw_arena_free(arena);
    return tap_end();
}
