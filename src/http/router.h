/* From a request to its response: match, authenticate, role, origin, query, body, handler. Knows of no socket. */
#pragma once

#include "http/asset.h"
#include "http/guard.h"
#include "http/response.h"

/* Plain data, set up once and only read afterwards. */
typedef struct lw_router {
    const lw_route *const *tables; /* ended by NULL; each table by {0} */
    const lw_asset *assets;        /* the web app, ended by {0}; or NULL */
    lw_handler *authenticate;      /* fills req->caller (and res's headers, such as a renewed cookie); nobody is no failure */
    const lw_guard *guard;         /* hosts that may be asked for; NULL in process */
    void *app;
} lw_router;

/* The whole way, waiting for an answer that comes later. LW_OK or the failure that res then holds as an error. */
lw_status lw_dispatch(const lw_router *router, lw_request *req, lw_response *res);

/* The same in the steps of a server. Before the body is read: everything but body and handler; a failure stands in res.
 * When `*answered` the response is complete (a file of the web app, OPTIONS). */
LW_MUST_USE lw_status lw_dispatch_begin(const lw_router *router, lw_request *req, lw_response *res, bool *answered);
/* With raw or file set: checks the body and calls the handler. */
LW_MUST_USE lw_status lw_dispatch_run(lw_request *req, lw_response *res);
/* After lw_response_finish. */
LW_MUST_USE lw_status lw_dispatch_resume(lw_request *req, lw_response *res);

/* The route of a path, its params decoded into req; LW_NOT_FOUND, or LW_METHOD with the methods there are in *allowed. */
LW_MUST_USE lw_status lw_route_find(lw_request *req, const lw_route *const *tables, unsigned *allowed);
/* Bytes that a route's body may have. */
size_t lw_route_limit(const lw_route *route);
