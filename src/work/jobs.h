/* Runs jobs: imports so far. One at a time on a thread of its own, or at once by whoever waits for it. */
#pragma once

#include "store/job.h"
#include "work/app.h"

struct lw_jobs;

/* A job of kind "import"; its options are the params' JSON object:
 * project, source, images, format, layer, dataset, split, map [], columns [], add_classes, replace, waiting, dry_run, copy, upload. */
LW_MUST_USE lw_status lw_job_add(lw_ctx *cx, lw_app *app, const lw_job *job, int64_t *id);
/* Runs a waiting job to its end on this thread. LW_OK also when the job fails: its row says how. */
LW_MUST_USE lw_status lw_job_run(lw_ctx *cx, lw_app *app, int64_t id);
/* A waiting job will not run; a running one ends soon. */
LW_MUST_USE lw_status lw_job_cancel(lw_ctx *cx, lw_app *app, int64_t id);

/* The thread that runs what waits; until lw_jobs_stop, which lets a running job stop and wait to be continued. */
void lw_jobs_start(lw_app *app);
void lw_jobs_stop(lw_app *app);
/* Where uploads lie until they are imported: STORE/uploads/ID. */
char *lw_upload_folder(lw_arena *arena, const lw_app *app, lw_text id);
