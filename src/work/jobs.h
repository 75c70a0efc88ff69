/* Runs jobs, whose kinds are in work/job_kinds.c: on the server's threads, one at a time of those that write and beside them one of those
 * that only read; or, where no server runs, at once. */
#pragma once

#include "store/job.h"
#include "work/app.h"

/* Takes kind, params, project_id and user_id. With the server's threads the job waits its turn; else it has ended when this returns, and
 * what only reads is then kept nowhere (its id is 0). LW_OK also when the job fails: it says how. */
LW_MUST_USE lw_status lw_job_do(lw_ctx *cx, lw_app *app, lw_job *job);
/* A waiting job will not run; a running one ends soon. */
LW_MUST_USE lw_status lw_job_cancel(lw_ctx *cx, lw_app *app, int64_t id);

/* The threads that run what waits; until lw_jobs_stop, which lets a running job stop and wait to be continued. */
void lw_jobs_start(lw_app *app);
void lw_jobs_stop(lw_app *app);
