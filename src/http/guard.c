#include "http/guard.h"

#include <unistd.h>

/* "host:8085", "[::1]:8085": without the port, the brackets and a dot at the end. */
static lw_text host_of(lw_text authority)
{
    lw_text host = authority, rest;
    if (lw_text_starts(authority, "[")) {
        if (!lw_text_split(lw_text_slice(authority, 1, authority.size), ']', &host, &rest))
            return (lw_text){0};
    } else {
        lw_text_split(authority, ':', &host, &rest);
    }
    if (lw_text_ends(host, "."))
        host.size--;
    return host;
}

lw_status lw_guard_init(lw_ctx *cx, lw_guard *guard, const char *base_url)
{
    lw_guard made = {0};
    if (gethostname(made.host_name, sizeof made.host_name - 1) != 0)
        made.host_name[0] = 0;
    if (base_url) {
        lw_text url = lw_text_from(base_url), scheme, rest;
        if (!lw_text_split(url, ':', &scheme, &rest) || !lw_text_starts(rest, "//") ||
            (!lw_text_is(scheme, "http") && !lw_text_is(scheme, "https")) || strpbrk(base_url, "?# "))
            return lw_fail(cx, LW_USAGE, "--base-url '%s' is not like https://labels.example.org/path", base_url);
        lw_text authority = lw_text_slice(rest, 2, rest.size), path;
        if (lw_text_split(authority, '/', &authority, &path))
            made.base_path = (lw_text){path.data - 1, path.size + 1};
        while (lw_text_ends(made.base_path, "/"))
            made.base_path.size--;
        made.base_host = host_of(authority);
        made.base_origin = (lw_text){url.data, (size_t)(authority.data + authority.size - url.data)};
        if (made.base_host.size == 0)
            return lw_fail(cx, LW_USAGE, "--base-url '%s' names no host", base_url);
    }
    *guard = made;
    return LW_OK;
}

/* The machine's name, short or in full, also under .local, as its neighbours find it. */
static bool is_this_machine(const lw_guard *guard, lw_text host)
{
    lw_text name = lw_text_from(guard->host_name), own_short = name, host_short = host, rest;
    if (name.size == 0)
        return false;
    lw_text_split(name, '.', &own_short, &rest);
    bool is_local = lw_text_split(host, '.', &host_short, &rest) && lw_text_equal_nocase(rest, LW_TEXT("local"));
    return lw_text_equal_nocase(host, name) || lw_text_equal_nocase(host, own_short) || (is_local && lw_text_equal_nocase(host_short, own_short));
}

lw_status lw_guard_check_host(lw_ctx *cx, const lw_guard *guard, const lw_request *req)
{
    lw_text sent = lw_text_trim(lw_request_header(req, "Host")), host = host_of(sent);
    if (req->is_local || sent.size == 0) /* without it, it was no browser */
        return LW_OK;
    if (lw_text_equal_nocase(host, LW_TEXT("localhost")) || lw_text_ends_nocase(host, ".localhost") || lw_text_is(host, "127.0.0.1") ||
        lw_text_is(host, "::1"))
        return LW_OK;
    if (host.size && (lw_text_equal_nocase(host, req->own_address) || lw_text_equal_nocase(host, guard->base_host) || is_this_machine(guard, host)))
        return LW_OK;
    lw_text shown = lw_text_to_utf8(cx->arena, lw_text_slice(sent, 0, 100));
    return lw_fail(cx, LW_DENIED, "this server does not answer for the host '%.*s'; if it should, start it with --base-url http://%.*s",
                   LW_FMT(shown), LW_FMT(shown));
}

static bool is_own_origin(const lw_guard *guard, const lw_request *req, lw_text origin)
{
    lw_text scheme, authority;
    if (guard->base_origin.size && lw_text_equal_nocase(origin, guard->base_origin))
        return true;
    return lw_text_split(origin, ':', &scheme, &authority) && lw_text_starts(authority, "//") &&
           lw_text_equal_nocase(lw_text_slice(authority, 2, authority.size), lw_text_trim(lw_request_header(req, "Host")));
}

lw_status lw_guard_check_origin(lw_ctx *cx, const lw_guard *guard, const lw_request *req)
{
    /* No page can add an Authorization header to a request of another site without being asked first (CORS), and we never agree. */
    if (req->method == LW_GET || req->is_local || lw_request_bearer(req).size)
        return LW_OK;
    lw_text site = lw_request_header(req, "Sec-Fetch-Site"), origin = lw_request_header(req, "Origin");
    if (site.size ? lw_text_is(site, "same-origin") || lw_text_is(site, "none") : origin.size == 0 || is_own_origin(guard, req, origin))
        return LW_OK;
    return lw_fail(cx, LW_DENIED, "this request comes from a page of another site (%.*s); only our own pages may change things here",
                   LW_FMT(lw_text_to_utf8(cx->arena, lw_text_slice(origin, 0, 100))));
}

lw_text lw_guard_strip(const lw_guard *guard, lw_text path)
{
    lw_text base = guard->base_path;
    if (base.size == 0 || path.size < base.size || memcmp(path.data, base.data, base.size) != 0)
        return path;
    if (path.size == base.size)
        return LW_TEXT("/");
    return path.data[base.size] == '/' ? lw_text_slice(path, base.size, path.size) : path;
}
