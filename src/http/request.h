/* A request as handlers see it: plain data, the same from a socket and in process. */
#pragma once

#include "base/json.h"
#include "http/route.h"

enum { LW_MAX_PARAMS = 4, LW_MAX_HEADERS = 64 };

typedef struct lw_pair {
    const char *name;
    lw_text value;
} lw_pair;

/* Who asks; filled in by the router's authenticate hook. */
typedef struct lw_caller {
    int64_t user_id; /* 0: nobody */
    lw_role role;
    lw_text name;
    int64_t session_id; /* signed in by cookie: unsafe methods are checked for their origin */
    int64_t token_id;   /* by a token */
    int64_t project_id; /* the one project that the token reaches; 0: all */
} lw_caller;

typedef struct lw_request {
    lw_ctx *cx; /* its arena lives until the response is sent */
    void *app;  /* the router's */
    const lw_route *route;
    lw_method method; /* LW_N_METHODS for OPTIONS */
    bool is_head;
    bool is_local;       /* came through the store's socket or in process: from the owner of the files */
    lw_text path;        /* as sent, without query and base path */
    lw_text query_text;  /* as sent */
    lw_text peer;        /* address of the client; nothing when local */
    lw_text own_address; /* the address it connected to */
    const lw_pair *headers;
    size_t n_headers;
    lw_pair params[LW_MAX_PARAMS]; /* of the path, decoded */
    size_t n_params;
    lw_json *query; /* object of the parameters, decoded, checked and typed by the route's schema; never NULL in a handler */
    lw_json *body;  /* checked by the route's schema; NULL when the route takes none */
    lw_text raw;    /* the body's bytes */
    int file;       /* LW_ROUTE_UPLOAD: an unnamed file open for reading at its start, closed for the handler; else -1 */
    int64_t file_bytes;
    lw_caller caller;
    char id[17]; /* in the log, in X-Request-Id and in errors */
    void *state; /* the handler's own, between it and what lw_response_later named */

    void (*wake)(struct lw_request *req); /* set, with waker, by whoever dispatches, for lw_response_finish */
    void *waker;
    lw_status finished;
} lw_request;

/* A request made in process; target is path and query, "/v1/projects?limit=3". Set raw, headers or file afterwards. */
void lw_request_init(lw_request *req, lw_ctx *cx, lw_method method, const char *target);

const char *lw_method_name(lw_method method);
/* False for a method we know nothing of; HEAD counts as GET. */
bool lw_method_parse(const char *name, lw_method *out);

/* A header's value, nothing when it was not sent. */
lw_text lw_request_header(const lw_request *req, const char *name);
lw_text lw_request_cookie(const lw_request *req, const char *name);
/* The token of `Authorization: Bearer TOKEN`, nothing without one. */
lw_text lw_request_bearer(const lw_request *req);
/* True when the client listed this type in Accept by name (not by a wildcard). */
bool lw_request_accepts(const lw_request *req, const char *content_type);
/* A {name} of the route's path. */
lw_text lw_request_param(const lw_request *req, const char *name);
/* The same as a positive id; LW_NOT_FOUND says "no item 'abc'" for anything else. */
LW_MUST_USE lw_status lw_request_id(lw_ctx *cx, const lw_request *req, const char *name, int64_t *out);
