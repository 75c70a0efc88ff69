/* The HTTP server: libmicrohttpd on a TCP address and on a socket in the store's folder. */
#pragma once

#include "http/router.h"

typedef struct lw_server lw_server;

/* One answered request, for the log; path without its query, so without secrets. */
typedef struct lw_access {
    const char *method;
    lw_text path, peer;
    int status;
    int64_t bytes, micros, user_id;
    const char *request_id;
    const char *error; /* the message when status is 500 or above or the answer broke off, else NULL */
} lw_access;

typedef struct lw_server_config {
    const char *listen;                              /* "127.0.0.1:8085", "[::]:8085"; port 0 picks a free one; NULL: no TCP */
    const char *socket_path;                         /* made with mode 0600; requests there are local; NULL: none */
    const char *spool;                               /* folder for uploads while they come in; NULL: /tmp */
    void (*log)(void *app, const lw_access *access); /* from any thread; or NULL */
    unsigned n_threads, n_workers;                   /* 0: 2 and 4 */
    unsigned queue_limit;                            /* slow requests waiting for a worker; 0: 256 */
    unsigned timeout_s;                              /* of idle connections, of a request's head, of a stalled answer; 0: 60 */
    unsigned connection_limit, address_limit;        /* in all and per address; 0: LW_LIMIT_CONNECTIONS(_OF_ADDRESS) */
    unsigned heartbeat_s;                            /* of event streams; 0: 20 */
} lw_server_config;

typedef struct lw_server_stats {
    int64_t n_connections, n_requests, n_running, n_queued, body_bytes;
} lw_server_stats;

/* The router (with its guard) and the config's strings outlive the server. A port in use, or a socket that another
 * server answers, is LW_UNAVAILABLE. */
LW_MUST_USE lw_status lw_server_start(lw_ctx *cx, const lw_router *router, const lw_server_config *config, lw_server **out);
int lw_server_port(const lw_server *server);
void lw_server_stats_read(lw_server *server, lw_server_stats *out);
/* Accepts nothing more, finishes what was accepted, then ends what still runs after deadline_ms and frees the server.
 * Who owes a lw_response_finish may still call it afterwards. A slow handler is always waited for. */
void lw_server_stop(lw_server *server, unsigned deadline_ms);
