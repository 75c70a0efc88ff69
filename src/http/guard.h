/* Which hosts and origins are answered, so that a web page elsewhere cannot reach a local server. */
#pragma once

#include "http/request.h"

typedef struct lw_guard {
    char host_name[256]; /* this machine's */
    lw_text base_host;   /* of --base-url, without port; nothing without one */
    lw_text base_origin; /* "https://labels.example.org" */
    lw_text base_path;   /* "/prefix" or nothing */
} lw_guard;

/* base_url is NULL, or http(s)://host[:port][/path] and outlives the guard; LW_USAGE otherwise. */
LW_MUST_USE lw_status lw_guard_init(lw_ctx *cx, lw_guard *guard, const char *base_url);
/* The Host header names us: localhost on any port, the address connected to, this machine's name, the base URL's host. */
LW_MUST_USE lw_status lw_guard_check_host(lw_ctx *cx, const lw_guard *guard, const lw_request *req);
/* An unsafe method that carries no token must come from our own pages (Sec-Fetch-Site, Origin). */
LW_MUST_USE lw_status lw_guard_check_origin(lw_ctx *cx, const lw_guard *guard, const lw_request *req);
/* The path without the base path, which a proxy may or may not have taken off. */
lw_text lw_guard_strip(const lw_guard *guard, lw_text path);
