/* One lw-media process seen from the client: start it, ask it, end it. Private to media/. */
#pragma once

#include <sys/types.h>

#include "base/text.h"
#include "media/protocol.h"

typedef struct lw_worker {
    pid_t pid; /* 0: not running */
    int socket;
    int n_done; /* requests answered */
    int64_t used_us;
} lw_worker;

/* Waits until it is ready. LW_FAILED says why it does not run. */
lw_status lw_worker_start(lw_ctx *cx, lw_worker *worker, const char *program);
/* Kills it when it runs, and reaps it. */
void lw_worker_stop(lw_worker *worker);
/* Stops it when it has left by itself. */
void lw_worker_reap(lw_worker *worker);

typedef enum lw_worker_outcome { LW_WORKER_ANSWERED, LW_WORKER_GONE, LW_WORKER_LATE } lw_worker_outcome;
/* bytes: what followed the answer, in the arena of cx. Unless it answered, stop the worker. */
lw_worker_outcome lw_worker_ask(lw_ctx *cx, lw_worker *worker, const lw_decode_request *request, int fd, lw_decode_answer *answer, lw_text *bytes);
/* One answer more to the same request. */
lw_worker_outcome lw_worker_next(lw_ctx *cx, lw_worker *worker, int64_t deadline_us, lw_decode_answer *answer, lw_text *bytes);
/* "the decoder crashed (Segmentation fault)": for a worker that is gone; ends and reaps it. */
const char *lw_worker_last_words(lw_ctx *cx, lw_worker *worker);
