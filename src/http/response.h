/* A response as handlers fill it: JSON text in a buffer unless they say otherwise. */
#pragma once

#include "base/buf.h"
#include "http/request.h"

struct lw_events;

typedef enum lw_body_kind {
    LW_BODY_BUFFER, /* `body` */
    LW_BODY_TEXT,   /* `text` */
    LW_BODY_FILE,   /* `file` */
    LW_BODY_STREAM, /* `stream` */
    LW_BODY_EVENTS, /* `events` */
} lw_body_kind;

/* Output made piece by piece while it is sent, memory flat. Each next appends some tens or hundreds of KB to out
 * and sets *end with the last. It runs on a worker, on any thread but one at a time; the arena of its cx is emptied
 * before each call, so what must last lives in state. A failure before the first byte is an error response, later
 * ones break the connection, so that nobody takes half for all. cleanup is called once, also when the client left. */
typedef struct lw_stream {
    lw_status (*next)(lw_ctx *cx, void *state, lw_buf *out, bool *end);
    void (*cleanup)(void *state); /* or NULL */
    void *state;
    const char *trailer;                  /* a header that comes behind the body; NULL: none */
    const char *(*trailing)(void *state); /* its value, one line, once the end has come; or NULL */
} lw_stream;

typedef struct lw_response_header {
    struct lw_response_header *next;
    const char *name, *value;
} lw_response_header;

/* All zero is an empty 204. */
typedef struct lw_response {
    int status; /* HTTP; 0 is 200, or 204 when there is no body */
    lw_body_kind kind;
    const char *content_type; /* NULL: application/json */
    const char *etag;         /* with its quotes; If-None-Match is then answered for the handler */
    const char *cache;        /* Cache-Control; NULL: "private, no-cache" with an etag, else "no-store" */
    const char *policy;       /* Content-Security-Policy; NULL: nothing is allowed */
    lw_response_header *headers;
    lw_buf body;
    lw_text text;
    int file;
    int64_t file_offset, file_bytes;
    lw_stream stream;
    struct lw_events *events;
    int64_t topic;
    lw_handler *then; /* see lw_response_later */
} lw_response;

void lw_response_cleanup(lw_response *res); /* for LW_AUTO(lw_response) */

void lw_response_add_header(lw_request *req, lw_response *res, const char *name, const char *format, ...) LW_FORMAT(4, 5);
/* Text that lives as long as the request's arena or longer. */
void lw_response_set_text(lw_response *res, const char *content_type, lw_text text);
/* Takes over the descriptor; size_bytes from its start are sent, or the range that the client asks for. */
void lw_response_set_file(lw_response *res, const char *content_type, int file, int64_t size_bytes);
void lw_response_set_stream(lw_response *res, const char *content_type, lw_stream stream);
/* An event stream of everything published on this topic from now on (http/events.h). */
void lw_response_set_events(lw_response *res, struct lw_events *events, int64_t topic);

/* The answer comes later: the handler hands req to whoever will know it, calls this and returns LW_OK, and the connection
 * waits without a thread. Any thread then calls lw_response_finish once (it may be before the handler has returned), and
 * `then` runs as a handler of its own: on success it fills res, on failure what stands in req->cx is the error.
 * From handing over until lw_response_finish, req, its cx and res belong to the other side. */
void lw_response_later(lw_response *res, lw_handler *then);
void lw_response_finish(lw_request *req, lw_status status);

/* The failure that stands in req->cx as the one error shape, replacing whatever res held:
 * {"error": {"code", "message", "fields", "request", …details}}. */
void lw_response_fail(lw_request *req, lw_response *res, lw_status status);

/* In process: the whole body to a buffer, whatever its kind; pulls a stream to its end. */
LW_MUST_USE lw_status lw_response_collect(lw_ctx *cx, lw_response *res, lw_buf *out);
/* The same into a descriptor, memory flat. */
LW_MUST_USE lw_status lw_response_write(lw_ctx *cx, lw_response *res, int fd);
