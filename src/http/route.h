/* Routes as data: one visible table a resource, from which router, validation, OpenAPI and the clients' types come. */
#pragma once

#include "base/text.h"

struct lw_request;
struct lw_response;

typedef enum lw_method { LW_GET, LW_POST, LW_PUT, LW_PATCH, LW_DELETE, LW_N_METHODS } lw_method;

/* Who may call, in order: each may what those before it may. */
typedef enum lw_role { LW_PUBLIC, LW_ANNOTATOR, LW_OWNER } lw_role;

typedef enum lw_type {
    LW_TYPE_ANY,
    LW_TYPE_TEXT,
    LW_TYPE_INT,
    LW_TYPE_NUMBER,
    LW_TYPE_BOOL,
    LW_TYPE_OBJECT, /* of the field's schema; without one, any object */
    LW_TYPE_LIST,   /* of elements `of` */
    LW_TYPE_MAP,    /* any keys, values `of` */
} lw_type;

enum { LW_REQUIRED = 1, LW_NULLABLE = 2 }; /* flags of a field */

/* One key of a JSON object or one query parameter. In a query a list is given as `a,b,c` or by repeating its name. */
typedef struct lw_field {
    const char *name;
    lw_type type;
    unsigned flags;
    const char *description;
    double min, max;                /* value of a number, bytes of a text, length of a list; a max of 0 is none, min 0 and max 0 no bound */
    const char *options;            /* "waiting|started|done": the texts allowed, of a list its elements */
    lw_type of;                     /* elements of a list, values of a map */
    int levels;                     /* of a list: 3 for [[[1, 2], [3]]], whose numbers are `of`; 0 is 1 */
    const struct lw_schema *schema; /* of an object, a text with options, or anything; of those in a list or map; may lead back to itself */
} lw_field;

/* Of an object, by its fields; or else of what options, any_of or json say. */
typedef struct lw_schema {
    const char *name; /* "SnapshotNew": its name in OpenAPI and TypeScript */
    const char *description;
    const lw_field *fields;                /* ended by {0} */
    bool open;                             /* other keys are let through; otherwise they are refused */
    bool described;                        /* whoever reads it checks what is inside */
    const struct lw_schema *base;          /* an object whose fields come first */
    const char *options;                   /* "waiting|started|done": one of these texts */
    const struct lw_schema *const *any_of; /* ended by NULL; described, not checked */
    const char *json;                      /* members of a JSON Schema for what the rest cannot say; described, not checked */
} lw_schema;

#define LW_FIELDS(...) ((const lw_field[]){__VA_ARGS__, {0}})

/* Answers by filling res, or fails; whatever it returns but LW_OK becomes the error on the wire. */
typedef lw_status lw_handler(lw_ctx *cx, struct lw_request *req, struct lw_response *res);

/* flags of a route */
enum {
    LW_ROUTE_SLOW = 1,   /* may take over a millisecond: runs on a worker, never on a thread that serves connections */
    LW_ROUTE_RAW = 2,    /* the body is not JSON: req->raw holds its bytes */
    LW_ROUTE_UPLOAD = 4, /* the body, of any size up to the limit, lies in the unnamed file req->file; implies LW_ROUTE_SLOW */
};

/* A row reads: {LW_POST, "/v1/things/{thing}", create_thing, LW_OWNER, &body, &response, "Make a thing"}, the rest by name. */
typedef struct lw_route {
    lw_method method;
    const char *path; /* {name} stands for one step; a literal step wins over it */
    lw_handler *handler;
    lw_role role;
    const lw_schema *body;     /* NULL: no JSON body; of a RAW body: a line, described, not checked */
    const lw_schema *response; /* for OpenAPI, of NDJSON a line; NULL: no content, or what response_type says */
    const char *summary;       /* one line: "List snapshots" */
    const lw_schema *query;    /* NULL: no parameters */
    unsigned flags;
    size_t body_limit_bytes;   /* 0: LW_LIMIT_BODY_BYTES */
    int status;                /* HTTP, of a success; 0: 200, or 204 when there is no body */
    const char *body_type;     /* content type of a RAW or UPLOAD body; NULL: application/octet-stream */
    const char *response_type; /* content type of an answer that is not JSON */
} lw_route;
