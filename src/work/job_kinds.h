/* What a job can be. */
#pragma once

#include "store/job.h"
#include "work/app.h"

typedef struct lw_job_kind {
    const char *name;
    bool reads;         /* changes nothing in the store */
    const char *answer; /* by which name a job answers what it came to: "report" of an import or export, else "result" */
    /* Writes the report, an object, also on failure. How far it is, lw_progress tells. */
    lw_status (*run)(lw_ctx *cx, lw_app *app, const lw_job *job, lw_buf *report);
} lw_job_kind;

/* Of those there are. */
const lw_job_kind *lw_job_kind_find(lw_text name);

/* Where uploads lie until they are imported: STORE/uploads/ID. */
char *lw_upload_folder(lw_arena *arena, const lw_app *app, lw_text id);
