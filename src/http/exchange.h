/* One request and its response on a connection: the state that server.c, exchange.c and reply.c share. Only for them. */
#pragma once

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http/events.h"
#include "http/server.h"
#include "http/workers.h"

/* What a connection is at, for the check on those that dribble. */
typedef enum lw_connection_phase { LW_AWAITS_HEAD, LW_READS_BODY, LW_IS_SERVED } lw_connection_phase;

typedef struct lw_connection {
    struct lw_connection *next, *previous;
    int fd;
    bool is_local;
    bool is_quiet; /* the ticker's: its client has hung up, and nothing is left to read */
    char peer[64], own_address[64];
    atomic_int phase;
    atomic_llong since_us, body_bytes;
} lw_connection;

typedef enum lw_exchange_phase {
    LW_PHASE_HEAD,      /* its head is being read */
    LW_PHASE_BODY,      /* its body is */
    LW_PHASE_DRAIN,     /* the rest of a body is thrown away, res is complete */
    LW_PHASE_RUN,       /* the handler runs or is waited for, here or on a worker */
    LW_PHASE_CONTINUE,  /* lw_response_finish was called: `then` is to run on the connection's thread */
    LW_PHASE_READY,     /* res is complete, to be queued on the connection's thread */
    LW_PHASE_ABANDONED, /* the server stops and no longer waits; req and res belong to whoever will finish */
    LW_PHASE_SENT,      /* queued */
} lw_exchange_phase;

typedef struct lw_exchange {
    struct lw_exchange *next, *previous; /* in server->exchanges */
    lw_server *server;
    lw_connection *peer;
    struct MHD_Connection *connection;
    struct MHD_Response *reply; /* a stream's, while it is sent */
    atomic_int references;      /* the connection, a task, who owes a lw_response_finish */
    lw_task task;

    lw_ctx cx;
    lw_request req;
    lw_response res;
    char *target;
    lw_buf body; /* as it comes in */
    int64_t drained_bytes;
    int spool;       /* the file of an upload, else -1 */
    bool is_counted; /* in server->n_running */
    int64_t begun_us, sent_bytes;
    const char *method;
    const char *broken; /* why the answer broke off */

    pthread_mutex_t mutex; /* guards what follows */
    lw_exchange_phase phase;
    bool is_suspended, is_waiting, is_woken, is_gone; /* waiting: for lw_response_finish */
    bool is_pulling, is_ended, is_failed;             /* the stream */
    lw_buf pending;                                   /* made, not yet taken by the connection */
    lw_buf filling;                                   /* the worker's, between its calls of next */
    lw_buf sending;                                   /* the connection's */
    size_t sending_at;
    lw_arena *pull_arena;
    lw_listener listener; /* of an event stream */
    bool listens;
} lw_exchange;

struct lw_server {
    const lw_router *router;
    lw_server_config config;
    lw_workers *workers;
    struct MHD_Daemon *tcp, *local;
    int port;
    pthread_t ticker;
    bool has_ticker;
    atomic_llong n_requests, n_running, n_connections, body_bytes;
    atomic_bool is_stopping; /* answers say that the connection closes */
    atomic_bool is_closing;  /* no request begins any more */

    pthread_mutex_t mutex;  /* guards the lists; taken before an exchange's */
    pthread_cond_t changed; /* an exchange ended */
    pthread_cond_t tick;    /* the ticker is to stop */
    lw_exchange *exchanges;
    lw_connection *connections;
};

/* Callbacks for libmicrohttpd; cls is the server. */
void *lw_exchange_begin(void *cls, const char *target, struct MHD_Connection *connection);
enum MHD_Result lw_exchange_step(void *cls, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                                 const char *data, size_t *size, void **state);
void lw_exchange_completed(void *cls, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why);

/* For lw_server_stop: ends event streams; with `all`, whatever else can be ended. */
void lw_exchange_end(lw_exchange *ex, bool all);
/* A sign of life on an event stream. */
void lw_exchange_beat(lw_exchange *ex);
/* Makes the connection go on; with ex->mutex held. */
void lw_exchange_resume(lw_exchange *ex);
void lw_exchange_release(lw_exchange *ex);

/* reply.c: queues ex->res on the connection. */
enum MHD_Result lw_reply_queue(lw_exchange *ex);
enum MHD_Result lw_reply_unavailable(lw_exchange *ex);
/* Makes a stream's first piece before anything is sent; on a worker. Fails as the stream does. */
LW_MUST_USE lw_status lw_reply_prime(lw_exchange *ex);
void lw_reply_listen(lw_exchange *ex);
