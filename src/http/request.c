#include "http/request.h"

#include <stdio.h>

#include "base/clock.h"

static const char *const method_names[LW_N_METHODS] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

const char *lw_method_name(lw_method method) { return method_names[method]; }

bool lw_method_parse(const char *name, lw_method *out)
{
    if (strcmp(name, "HEAD") == 0) {
        *out = LW_GET;
        return true;
    }
    for (int i = 0; i < LW_N_METHODS; i++)
        if (strcmp(name, method_names[i]) == 0) {
            *out = (lw_method)i;
            return true;
        }
    return false;
}

void lw_request_init(lw_request *req, lw_ctx *cx, lw_method method, const char *target)
{
    *req = (lw_request){.cx = cx, .method = method, .file = -1, .path = lw_text_from(target)};
    lw_text_split(req->path, '?', &req->path, &req->query_text);
    lw_json *none = lw_new(cx->arena, lw_json);
    none->tag = YYJSON_TYPE_OBJ;
    req->query = none;
    int64_t seed[2] = {lw_monotonic_us(), (int64_t)(intptr_t)req};
    uint64_t hash = lw_text_hash((lw_text){(const char *)seed, sizeof seed});
    snprintf(req->id, sizeof req->id, "%08x", (unsigned)(hash ^ hash >> 32));
}

lw_text lw_request_header(const lw_request *req, const char *name)
{
    lw_text wanted = lw_text_from(name);
    for (size_t i = 0; i < req->n_headers; i++)
        if (lw_text_equal_nocase(lw_text_from(req->headers[i].name), wanted))
            return req->headers[i].value;
    return (lw_text){0};
}

lw_text lw_request_cookie(const lw_request *req, const char *name)
{
    lw_text left = lw_request_header(req, "Cookie");
    while (left.size) {
        lw_text one = left, key, value;
        if (!lw_text_split(left, ';', &one, &left))
            left = (lw_text){0};
        if (lw_text_split(lw_text_trim(one), '=', &key, &value) && lw_text_is(key, name))
            return value;
    }
    return (lw_text){0};
}

lw_text lw_request_bearer(const lw_request *req)
{
    lw_text scheme, token;
    if (!lw_text_split(lw_text_trim(lw_request_header(req, "Authorization")), ' ', &scheme, &token) ||
        !lw_text_equal_nocase(scheme, LW_TEXT("Bearer")))
        return (lw_text){0};
    return lw_text_trim(token);
}

bool lw_request_accepts(const lw_request *req, const char *content_type)
{
    lw_text left = lw_request_header(req, "Accept");
    while (left.size) {
        lw_text one = left;
        if (!lw_text_split(left, ',', &one, &left))
            left = (lw_text){0};
        lw_text parameters;
        lw_text_split(one, ';', &one, &parameters);
        if (lw_text_equal_nocase(lw_text_trim(one), lw_text_from(content_type)))
            return true;
    }
    return false;
}

lw_text lw_request_param(const lw_request *req, const char *name)
{
    for (size_t i = 0; i < req->n_params; i++)
        if (strcmp(req->params[i].name, name) == 0)
            return req->params[i].value;
    return (lw_text){0};
}

lw_status lw_request_id(lw_ctx *cx, const lw_request *req, const char *name, int64_t *out)
{
    lw_text text = lw_request_param(req, name);
    int64_t id;
    if (!lw_text_to_int(text, &id) || id <= 0)
        return lw_fail(cx, LW_NOT_FOUND, "no %s '%.*s'", name, LW_FMT(text));
    *out = id;
    return LW_OK;
}
