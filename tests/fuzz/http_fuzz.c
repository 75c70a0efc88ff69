/* The request side: "METHOD TARGET", header lines, an empty line, the body. Whatever comes is answered or refused with the one error shape. */
#include "http/negotiate.h"
#include "http/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static lw_status say(lw_ctx *cx, lw_request *req, lw_response *res)
{
    for (size_t i = 0; i < req->n_params; i++)
        LW_ASSERT(lw_text_is_utf8(req->params[i].value) && !memchr(req->params[i].value.data, 0, req->params[i].value.size));
    lw_json_write(&res->body, req->query);
    if (req->body)
        lw_json_write(&res->body, req->body);
    lw_response_add_header(req, res, "X-Accept", "%.*s", LW_FMT(lw_request_header(req, "Accept")));
    res->etag = "\"e\"";
    return LW_OK;
}

static lw_status say_file(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_response_set_file(res, "text/plain", -1, 1000);
    return LW_OK;
}

static const lw_schema part;
static const lw_field part_fields[] = {
    {"n", LW_TYPE_INT, LW_REQUIRED, "A number", .min = 1, .max = 9}, {"part", LW_TYPE_OBJECT, 0, "In it", .schema = &part}, {0}};
static const lw_schema part = {"Part", "A part", part_fields};
static const lw_schema thing = {"Thing", "A thing",
                                LW_FIELDS({"name", LW_TYPE_TEXT, LW_REQUIRED, "Its name", .min = 1, .max = 8},
                                          {"state", LW_TYPE_TEXT, LW_NULLABLE, "", .options = "a|b"}, {"size", LW_TYPE_NUMBER, 0, ""},
                                          {"parts", LW_TYPE_LIST, 0, "", .of = LW_TYPE_OBJECT, .schema = &part},
                                          {"by", LW_TYPE_MAP, 0, "", .of = LW_TYPE_TEXT}, {"any", LW_TYPE_ANY, 0, ""})};
static const lw_schema query = {"Query", NULL,
                                LW_FIELDS({"where", LW_TYPE_TEXT, 0, ""}, {"limit", LW_TYPE_INT, 0, "", .min = 1, .max = 1000},
                                          {"ids", LW_TYPE_LIST, 0, "", .of = LW_TYPE_INT}, {"all", LW_TYPE_BOOL, 0, ""})};
/* clang-format off */
static const lw_route routes[] = {
    {LW_GET,  "/v1/things",                 say,      LW_PUBLIC, NULL,   NULL, "List", &query},
    {LW_POST, "/v1/things",                 say,      LW_PUBLIC, &thing, NULL, "Make"},
    {LW_GET,  "/v1/things/{thing}",         say,      LW_PUBLIC, NULL,   NULL, "Show"},
    {LW_GET,  "/v1/{a}/all/{b}",            say,      LW_PUBLIC, NULL,   NULL, "Show all"},
    {LW_GET,  "/x/{thing}.coco.json",       say_file, LW_PUBLIC, NULL,   NULL, "Export"},
    {LW_POST, "/v1/raw",                    say,      LW_PUBLIC, NULL,   NULL, "Raw", .flags = LW_ROUTE_RAW},
    {0},
};
/* clang-format on */
static const lw_route *const tables[] = {routes, NULL};
static const lw_asset assets[] = {{"/index.html", "text/html", "a", false, {"<base href=\"/\">", 15}, {0}, {0}}, {0}};

static lw_text next_line(lw_text *left)
{
    lw_text line = *left;
    if (!lw_text_split(*left, '\n', &line, left))
        *left = (lw_text){0};
    return line;
}

static size_t read_headers(lw_ctx *cx, lw_text *left, lw_pair *out)
{
    size_t n = 0;
    while (n < LW_MAX_HEADERS) {
        lw_text name, value, line = next_line(left);
        if (!lw_text_split(line, ':', &name, &value))
            break;
        out[n++] = (lw_pair){lw_text_string(cx->arena, name), lw_text_trim(value)};
    }
    return n;
}

static void check_error(lw_ctx *cx, const lw_request *req, const lw_response *res, lw_status status)
{
    lw_json *body = NULL, *error;
    lw_ctx again = {.arena = cx->arena};
    LW_ASSERT(lw_json_parse(&again, lw_buf_text(&res->body), &body) == LW_OK);
    error = lw_json_get(body, "error");
    LW_ASSERT(lw_text_is(lw_json_get_text(error, "code"), lw_status_slug(status)));
    LW_ASSERT(lw_json_get_text(error, "message").size > 0 && lw_text_is(lw_json_get_text(error, "request"), req->id));
    LW_ASSERT(res->status == lw_status_http(status) && status != LW_FAILED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_text left = {(const char *)data, size}, line = next_line(&left), method = line, target = LW_TEXT("/");
    lw_text_split(line, ' ', &method, &target);
    lw_request req;
    LW_AUTO(lw_response) res = {0};
    lw_method parsed = LW_N_METHODS;
    lw_method_parse(lw_text_string(arena, method), &parsed);
    lw_request_init(&req, &cx, parsed, lw_text_string(arena, target));
    lw_pair headers[LW_MAX_HEADERS];
    req.n_headers = read_headers(&cx, &left, headers);
    req.headers = headers;
    req.raw = left;
    req.own_address = LW_TEXT("10.0.0.1");

    lw_guard guard;
    LW_ASSERT(lw_guard_init(&cx, &guard, "https://labels.example.org/team") == LW_OK);
    lw_router router = {.tables = tables, .assets = assets, .guard = &guard};
    lw_status status = lw_dispatch(&router, &req, &res);
    if (status != LW_OK)
        check_error(&cx, &req, &res, status);
    lw_response_negotiate(&req, &res);
    if (res.kind == LW_BODY_FILE)
        LW_ASSERT(res.file_bytes >= 0 && res.file_offset >= 0 && res.file_offset + res.file_bytes <= 1000);
    lw_response_compress(&req, &res);
    return 0;
}
