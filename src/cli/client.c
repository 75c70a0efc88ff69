#include "cli/client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"

struct lw_client {
    lw_app app; /* in process */
    lw_router router;
    CURL *curl; /* else */
    const char *base;
    bool is_remote;
    lw_text error, report;
};

char *lw_url_encode(lw_arena *arena, lw_text text)
{
    char *out = lw_alloc(arena, text.size * 3 + 1), *at = out;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || memchr("-._~", c, 4))
            *at++ = (char)c;
        else
            at += snprintf(at, 4, "%%%02X", c);
    }
    return out;
}

lw_app *lw_client_app(lw_client *client) { return client->app.store ? &client->app : NULL; }
bool lw_client_is_remote(const lw_client *client) { return client->is_remote; }
lw_text lw_client_error(const lw_client *client) { return client->error; }
lw_text lw_client_report(const lw_client *client) { return client->report; }

/* --- what an error's answer says */

static lw_status fail_from(lw_ctx *cx, lw_client *client, int http, lw_text body)
{
    lw_json *document, *error = NULL;
    if (lw_json_parse(cx, body, &document) == LW_OK)
        error = lw_json_get(document, "error");
    lw_text message = lw_json_get_text(error, "message");
    if (!message.size)
        return lw_fail(cx, LW_FAILED, "the server answered %d without saying why", http);
    client->error = body;
    lw_ctx_clear(cx);
    lw_status status = lw_status_from_slug(lw_text_string(cx->arena, lw_json_get_text(error, "code")));
    const char *token = getenv("LW_TOKEN");
    if (status == LW_SIGNED_OUT && client->is_remote && !(token && *token)) /* the server speaks to programs of all kinds */
        (void)lw_fail(cx, status,
                      "the server wants a token: put one into LW_TOKEN (`lw token create` on its machine makes one, or People in the browser)");
    else
        (void)lw_fail(cx, status, "%.*s", LW_FMT(message));
    size_t i, n;
    yyjson_val *key, *value, *fields = lw_json_get(error, "fields");
    if (fields)
        yyjson_obj_foreach(fields, i, n, key, value)
            lw_fail_field(cx, lw_text_string(cx->arena, lw_json_text(key)), "%.*s", LW_FMT(lw_json_text(value)));
    return status;
}

/* --- in process */

static lw_status call_here(lw_ctx *cx, lw_client *client, const lw_call *call, lw_text *out)
{
    LW_AUTO(lw_response) res = {0};
    LW_AUTO(lw_buf) body = {0};
    lw_request req;
    lw_pair headers[] = {{"Content-Type", lw_text_from(call->type ? call->type : "application/json")}, {"Idempotency-Key", lw_text_from(call->key)}};
    lw_request_init(&req, cx, call->method, call->target);
    req.is_local = true;
    req.raw = call->body;
    req.headers = headers;
    req.n_headers = call->key ? 2 : 1;
    if (call->file > 0) {
        req.file = call->file;
        req.file_bytes = call->file_bytes;
    }
    (void)lw_dispatch(&client->router, &req, &res); /* res tells a failure too */
    if (res.status >= 400) {
        LW_TRY(lw_response_collect(cx, &res, &body));
        return fail_from(cx, client, res.status, lw_text_copy(cx->arena, lw_buf_text(&body)));
    }
    if (call->into > 0) {
        LW_TRY(lw_response_write(cx, &res, call->into));
        if (res.kind == LW_BODY_STREAM && res.stream.trailer)
            client->report = lw_text_copy(cx->arena, lw_text_from(res.stream.trailing(res.stream.state)));
        return LW_OK;
    }
    LW_TRY(lw_response_collect(cx, &res, &body));
    *out = lw_text_copy(cx->arena, lw_buf_text(&body));
    return LW_OK;
}

/* --- over HTTP */

typedef struct receiving {
    lw_ctx *cx;
    lw_client *client;
    CURL *curl;
    int into;
    const lw_call *call;
    lw_buf body;
    lw_status status;
} receiving;

/* Ctrl-C ends a request, too. */
static int look(void *state, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
    receiving *r = state;
    (void)down_total, (void)down, (void)up_total;
    if (r->call->file > 0 && r->call->sent_total)
        r->status = lw_progress(r->cx, r->call->sent_before + up, r->call->sent_total);
    else if (r->call->into > 0)
        r->status = lw_progress(r->cx, 0, 0);
    return r->status != LW_OK;
}

static size_t receive(char *data, size_t one, size_t size, void *state)
{
    receiving *r = state;
    long http = 0;
    (void)one;
    curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &http);
    if (r->into > 0 && http < 400)
        r->status = lw_fd_write(r->cx, r->into, data, size);
    else
        lw_buf_put(&r->body, data, size);
    return r->status == LW_OK ? size : 0;
}

static size_t receive_header(char *data, size_t one, size_t size, void *state)
{
    receiving *r = state;
    lw_text name, value;
    if (lw_text_split((lw_text){data, size}, ':', &name, &value) && lw_text_equal_nocase(name, LW_TEXT(LW_REPORT_TRAILER)))
        r->client->report = lw_text_copy(r->cx->arena, lw_text_trim(value));
    return one * size;
}

static size_t send_file(char *data, size_t one, size_t size, void *state)
{
    ssize_t n = read(*(const int *)state, data, one * size);
    return n < 0 ? CURL_READFUNC_ABORT : (size_t)n;
}

static struct curl_slist *put_headers(const lw_call *call, const char *token, lw_arena *arena)
{
    struct curl_slist *list = curl_slist_append(NULL, lw_print(arena, "Content-Type: %s", call->type ? call->type : "application/json"));
    list = curl_slist_append(list, "Expect:");
    if (call->key)
        list = curl_slist_append(list, lw_print(arena, "Idempotency-Key: %s", call->key));
    if (token)
        list = curl_slist_append(list, lw_print(arena, "Authorization: Bearer %s", token));
    return list;
}

static lw_status call_there(lw_ctx *cx, lw_client *client, const lw_call *call, lw_text *out)
{
    CURL *curl = client->curl;
    receiving r = {.cx = cx, .client = client, .curl = curl, .into = call->into, .call = call};
    struct curl_slist *headers = put_headers(call, client->is_remote ? getenv("LW_TOKEN") : NULL, cx->arena);
    char why[CURL_ERROR_SIZE] = "";
    int file = call->file;
    curl_easy_setopt(curl, CURLOPT_URL, lw_print(cx->arena, "%s%s", client->base, call->target));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &r);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &r);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &r);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L); /* forgets the body of the call before */
    if (file > 0) {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, send_file);
        curl_easy_setopt(curl, CURLOPT_READDATA, &file);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)call->file_bytes);
    } else if (call->body.size || call->method != LW_GET) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.size);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body.size ? call->body.data : "");
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, lw_method_name(call->method));
    CURLcode code = curl_easy_perform(curl);
    long http = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    curl_slist_free_all(headers);
    lw_text body = lw_text_copy(cx->arena, lw_buf_text(&r.body));
    lw_buf_cleanup(&r.body);
    LW_TRY(r.status);
    if (code != CURLE_OK)
        return lw_fail(cx, LW_UNAVAILABLE, "cannot reach %s: %s", client->base, why[0] ? why : curl_easy_strerror(code));
    if (http >= 400)
        return fail_from(cx, client, (int)http, body);
    *out = body;
    return LW_OK;
}

lw_status lw_client_call(lw_ctx *cx, lw_client *client, const lw_call *call, lw_text *out)
{
    client->error = client->report = (lw_text){0};
    return client->curl ? call_there(cx, client, call, out) : call_here(cx, client, call, out);
}

/* --- opening */

static lw_status open_http(lw_ctx *cx, lw_client *client, const char *base, const char *socket)
{
    size_t size = strlen(base);
    client->base = lw_copy(cx->arena, base, size - (size && base[size - 1] == '/'));
    client->is_remote = !socket;
    client->curl = curl_easy_init();
    if (!client->curl)
        return lw_fail(cx, LW_FAILED, "cannot set up HTTP");
    curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(client->curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(client->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    if (socket)
        curl_easy_setopt(client->curl, CURLOPT_UNIX_SOCKET_PATH, socket);
    return LW_OK;
}

static bool answers(lw_ctx *cx, lw_client *client)
{
    lw_text health;
    return lw_client_call(cx, client, &(lw_call){.method = LW_GET, .target = "/healthz"}, &health) == LW_OK;
}

static lw_status open_store(lw_ctx *cx, lw_client *client, const char *store, lw_client_mode mode)
{
    static const lw_store_mode modes[] = {[LW_CLIENT_READ] = LW_STORE_READ, [LW_CLIENT_WRITE] = LW_STORE_WRITE, [LW_CLIENT_CREATE] = LW_STORE_CREATE};
    const char *socket = lw_store_socket(cx->arena, store);
    client->router = (lw_router){.tables = lw_api_tables, .authenticate = mode == LW_CLIENT_BARE ? NULL : lw_api_authenticate, .app = &client->app};
    if (mode == LW_CLIENT_BARE)
        return LW_OK;
    lw_status status = lw_app_open(cx, store, modes[mode], &client->app);
    if (status == LW_UNAVAILABLE && access(socket, F_OK) == 0) {
        char taken[sizeof cx->message];
        memcpy(taken, cx->message, sizeof taken);
        LW_TRY(open_http(cx, client, "http://localhost", socket));
        return answers(cx, client) ? LW_OK : lw_fail(cx, LW_UNAVAILABLE, "%s, and does not answer", taken);
    }
    return status;
}

lw_status lw_client_open(lw_ctx *cx, const char *store, const char *server, lw_client_mode mode, lw_client **out)
{
    lw_client *client = lw_new(cx->arena, lw_client);
    lw_status status = server ? open_http(cx, client, server, NULL) : open_store(cx, client, store, mode);
    if (status == LW_OK)
        *out = client;
    else
        lw_client_close(client);
    return status;
}

void lw_client_close(lw_client *client)
{
    if (client->curl)
        curl_easy_cleanup(client->curl);
    if (client->app.store)
        lw_app_close(&client->app);
}
