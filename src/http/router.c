#include "http/router.h"

#include <pthread.h>

#include "base/limits.h"
#include "http/schema.h"

/* One path of a table against the request's: params are taken along. *rank holds a byte for each of the first eight steps:
 * of two routes that match, the one that is more literal, from the left, is the greater. */
static bool matches(const char *pattern, lw_text path, lw_pair *params, size_t *n_params, uint64_t *rank)
{
    for (size_t i = 0; pattern[i] && pattern[i] != '{'; i++) /* most end here */
        if (i >= path.size || path.data[i] != pattern[i])
            return false;
    lw_text want = lw_text_slice(lw_text_from(pattern), 1, SIZE_MAX), have = lw_text_slice(path, 1, path.size);
    *n_params = 0;
    *rank = 0;
    for (unsigned shift = 56;; shift = shift ? shift - 8 : 0) {
        lw_text want_step = want, have_step = have;
        bool want_more = lw_text_split(want, '/', &want_step, &want), have_more = lw_text_split(have, '/', &have_step, &have);
        if (lw_text_starts(want_step, "{")) {
            const char *open = want_step.data, *close = memchr(open, '}', want_step.size);
            size_t tail_size = (size_t)(want_step.data + want_step.size - close - 1);
            if (have_step.size <= tail_size || memcmp(have_step.data + have_step.size - tail_size, close + 1, tail_size) != 0)
                return false;
            LW_ASSERT(*n_params < LW_MAX_PARAMS);
            params[(*n_params)++] = (lw_pair){open, lw_text_slice(have_step, 0, have_step.size - tail_size)};
            *rank |= (uint64_t)(tail_size < 254 ? tail_size : 254) << shift;
        } else if (lw_text_equal(want_step, have_step)) {
            *rank |= (uint64_t)255 << shift;
        } else {
            return false;
        }
        if (want_more != have_more)
            return false;
        if (!want_more)
            return true;
    }
}

/* "{name}…" as a string of its own, and the value percent-decoded. */
static lw_status decode_params(lw_request *req)
{
    for (size_t i = 0; i < req->n_params; i++) {
        lw_pair *param = &req->params[i];
        const char *name = param->name + 1;
        param->name = lw_copy(req->cx->arena, name, (size_t)(strchr(name, '}') - name));
        LW_TRY(lw_url_decode(req->cx, param->value, false, &param->value));
    }
    return LW_OK;
}

/* The methods, of the wanted ones, that routes of this path take; the best route of the request's own is put into it. */
static unsigned find_routes(lw_request *req, const lw_route *const *tables, unsigned wanted)
{
    unsigned methods = 0;
    uint64_t best = 0;
    for (; *tables; tables++)
        for (const lw_route *route = *tables; route->path; route++) {
            lw_pair params[LW_MAX_PARAMS];
            size_t n_params;
            uint64_t rank;
            if (!(wanted >> route->method & 1) || !matches(route->path, req->path, params, &n_params, &rank))
                continue;
            methods |= 1U << route->method;
            if (route->method != req->method || (req->route && rank <= best))
                continue;
            best = rank;
            req->route = route;
            req->n_params = n_params;
            memcpy(req->params, params, n_params * sizeof *params);
        }
    return methods;
}

lw_status lw_route_find(lw_request *req, const lw_route *const *tables, unsigned *allowed)
{
    req->route = NULL;
    if (find_routes(req, tables, 1U << req->method))
        return decode_params(req);
    unsigned methods = find_routes(req, tables, ~0U);
    if (methods) {
        *allowed = methods;
        return lw_fail(req->cx, LW_METHOD, "this address does not take that method");
    }
    lw_text shown = lw_text_to_utf8(req->cx->arena, lw_text_slice(req->path, 0, 200));
    return lw_fail(req->cx, LW_NOT_FOUND, "there is nothing at %.*s", LW_FMT(shown));
}

size_t lw_route_limit(const lw_route *route) { return route->body_limit_bytes ? route->body_limit_bytes : LW_LIMIT_BODY_BYTES; }

static void add_allow(lw_request *req, lw_response *res, unsigned methods)
{
    const char *list = "OPTIONS";
    for (int i = 0; i < LW_N_METHODS; i++)
        if (methods & (1U << i))
            list = lw_print(req->cx->arena, "%s, %s", list, lw_method_name((lw_method)i));
    lw_response_add_header(req, res, "Allow", "%s%s", list, methods & (1U << LW_GET) ? ", HEAD" : "");
}

static lw_status check_role(lw_ctx *cx, const lw_request *req)
{
    if (req->caller.role >= req->route->role)
        return LW_OK;
    if (req->caller.role == LW_PUBLIC)
        return lw_fail(cx, LW_SIGNED_OUT, "sign in first, or send a token as `Authorization: Bearer TOKEN`");
    return lw_fail(cx, LW_DENIED, "this is not yours to do; ask an owner");
}

static lw_status begin(const lw_router *router, lw_request *req, lw_response *res, unsigned *allowed, bool *answered)
{
    lw_ctx *cx = req->cx;
    req->app = router->app;
    if (router->guard) {
        LW_TRY(lw_guard_check_host(cx, router->guard, req));
        req->path = lw_guard_strip(router->guard, req->path);
    }
    lw_status found = lw_route_find(req, router->tables, allowed);
    if (found == LW_NOT_FOUND && router->assets && req->method == LW_GET && lw_asset_respond(req, res, router->assets, router->guard)) {
        *answered = true;
        return LW_OK;
    }
    LW_TRY(found);
    if (router->authenticate)
        LW_TRY(router->authenticate(cx, req, res));
    LW_TRY(check_role(cx, req));
    if (router->guard)
        LW_TRY(lw_guard_check_origin(cx, router->guard, req));
    return lw_query_parse(cx, req->route->query, req->query_text, &req->query);
}

lw_status lw_dispatch_begin(const lw_router *router, lw_request *req, lw_response *res, bool *answered)
{
    unsigned allowed = 0;
    lw_status status = begin(router, req, res, &allowed, answered);
    if (status == LW_OK)
        return LW_OK;
    lw_response_fail(req, res, status);
    if (!allowed)
        return status;
    add_allow(req, res, allowed);
    if (req->method != LW_N_METHODS)
        return status;
    lw_buf_cleanup(&res->body);
    res->status = 204;
    *answered = true;
    return LW_OK;
}

static const lw_schema nothing = {"Nothing", "", LW_FIELDS({0})};

static lw_status check_body(lw_ctx *cx, lw_request *req)
{
    const lw_route *route = req->route;
    if (route->flags & (LW_ROUTE_RAW | LW_ROUTE_UPLOAD))
        return LW_OK;
    if (!route->body && lw_text_trim(req->raw).size == 0)
        return LW_OK;
    lw_text type = lw_request_header(req, "Content-Type"), parameters;
    lw_text_split(type, ';', &type, &parameters);
    if (type.size && !lw_text_equal_nocase(lw_text_trim(type), LW_TEXT("application/json")))
        return lw_fail(cx, LW_INVALID, "send JSON, with Content-Type: application/json");
    lw_json *body;
    LW_TRY(lw_json_parse(cx, req->raw, &body));
    LW_TRY(lw_schema_check(cx, route->body ? route->body : &nothing, body));
    if (route->body)
        req->body = body;
    return LW_OK;
}

lw_status lw_dispatch_run(lw_request *req, lw_response *res)
{
    if (req->raw.size > lw_route_limit(req->route))
        return lw_fail(req->cx, LW_TOO_LARGE, "the body has %zu bytes; at most %zu are taken here", req->raw.size, lw_route_limit(req->route));
    LW_TRY(check_body(req->cx, req));
    res->status = req->route->status;
    return req->route->handler(req->cx, req, res);
}

lw_status lw_dispatch_resume(lw_request *req, lw_response *res)
{
    lw_handler *then = res->then;
    res->then = NULL;
    LW_TRY(req->finished);
    return then(req->cx, req, res);
}

/* Waits in process for an answer that comes later. */
typedef struct waiter {
    pthread_mutex_t mutex;
    pthread_cond_t woken;
    bool is_woken;
} waiter;

static void wake_waiter(lw_request *req)
{
    waiter *at = req->waker;
    pthread_mutex_lock(&at->mutex);
    at->is_woken = true;
    pthread_cond_signal(&at->woken);
    pthread_mutex_unlock(&at->mutex);
}

static void wait_for(waiter *at)
{
    pthread_mutex_lock(&at->mutex);
    while (!at->is_woken)
        pthread_cond_wait(&at->woken, &at->mutex);
    at->is_woken = false;
    pthread_mutex_unlock(&at->mutex);
}

lw_status lw_dispatch(const lw_router *router, lw_request *req, lw_response *res)
{
    bool answered = false;
    LW_TRY(lw_dispatch_begin(router, req, res, &answered));
    if (answered)
        return LW_OK;
    waiter at = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    req->wake = wake_waiter;
    req->waker = &at; /* cppcheck-suppress autoVariables ; nobody wakes a request that has been answered */
    lw_status status = lw_dispatch_run(req, res);
    while (status == LW_OK && res->then) {
        wait_for(&at);
        status = lw_dispatch_resume(req, res);
    }
    pthread_cond_destroy(&at.woken);
    pthread_mutex_destroy(&at.mutex);
    if (status != LW_OK)
        lw_response_fail(req, res, status);
    return status;
}
