/* Threads for what takes longer than a connection's thread may be held. */
#pragma once

#include "base/status.h"

typedef struct lw_workers lw_workers;

/* Lies inside what it works on, so that adding never fails or allocates; in one queue at a time. */
typedef struct lw_task {
    struct lw_task *next;
    void (*run)(struct lw_task *task);
} lw_task;

LW_MUST_USE lw_status lw_workers_new(lw_ctx *cx, unsigned n_threads, lw_workers **out);
void lw_workers_add(lw_workers *workers, lw_task *task);
/* Tasks that no thread has begun. */
unsigned lw_workers_queued(lw_workers *workers);
/* Runs what is queued, then joins the threads. */
void lw_workers_free(lw_workers *workers);
