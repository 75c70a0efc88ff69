/* Jobs: long work with progress, report and cancel. Rows here; who runs them is work/jobs. */
#pragma once

#include "store/store.h"

typedef enum lw_job_state { LW_JOB_WAITING = 0, LW_JOB_RUNNING = 1, LW_JOB_DONE = 2, LW_JOB_FAILED = 3, LW_JOB_CANCELLED = 4 } lw_job_state;

const char *lw_job_state_name(lw_job_state state);
bool lw_job_state_from_name(lw_text name, lw_job_state *out);

typedef struct lw_job {
    int64_t id, project_id; /* 0: none */
    lw_text kind;           /* see work/job_kinds.h */
    lw_job_state state;
    lw_text params; /* a JSON object's text */
    int64_t done, total;
    lw_text message;
    lw_text report, error; /* JSON objects' text, or empty */
    int64_t user_id, created_us, started_us, ended_us;
} lw_job;

/* Inside a write. */
LW_MUST_USE lw_status lw_job_create(lw_ctx *cx, lw_db *db, const lw_job *job, int64_t *id);
LW_MUST_USE lw_status lw_job_start(lw_ctx *cx, lw_db *db, int64_t id);
LW_MUST_USE lw_status lw_job_set_progress(lw_ctx *cx, lw_db *db, int64_t id, int64_t done, int64_t total, lw_text message);
LW_MUST_USE lw_status lw_job_end(lw_ctx *cx, lw_db *db, int64_t id, lw_job_state state, lw_text report, lw_text error);
/* Of one that waits; LW_CONFLICT when it does not. */
LW_MUST_USE lw_status lw_job_cancel_waiting(lw_ctx *cx, lw_db *db, int64_t id);
/* Jobs that ran when the process ended go back to waiting (imports and the like continue where they were). */
LW_MUST_USE lw_status lw_job_requeue(lw_ctx *cx, lw_db *db);

LW_MUST_USE lw_status lw_job_get(lw_ctx *cx, lw_db *db, int64_t id, lw_job *out);
/* Newest first, below this id (0: from the top); project 0 and state -1: any. */
LW_MUST_USE lw_status lw_job_list(lw_ctx *cx, lw_db *db, int64_t project_id, int state, int64_t before, int64_t limit, lw_job **out, size_t *n_out);
/* The oldest that waits, of kinds that only read the store or of the others; LW_NOT_FOUND when none does. */
LW_MUST_USE lw_status lw_job_next(lw_ctx *cx, lw_db *db, bool reads, lw_job *out);
