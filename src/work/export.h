/* Export: a project's items and labels, one item at a time, into a format's writer. Steps, so that a response can pull it. */
#pragma once

#include "formats/format.h"
#include "work/app.h"

enum { LW_EXPORT_FINISHED = -1, LW_EXPORT_ALL = -2 }; /* done, and started with a count; every state */

typedef struct lw_export {
    lw_text project, format;
    lw_text layer;      /* empty: truth (jsonl: all layers) */
    lw_text class_name; /* empty: all; else that class's labels, and the items that have one */
    lw_text split;      /* empty: all; "none": those without */
    int state;          /* a lw_task_state, LW_EXPORT_FINISHED or LW_EXPORT_ALL */
    lw_media_mode media;
    bool lossy;
} lw_export;

typedef struct lw_exporting lw_exporting;

/* Opens one view of the store, judges the loss from counters (LW_REFUSED without lossy) and begins. The report lives as long. */
LW_MUST_USE lw_status lw_export_open(lw_ctx *cx, lw_app *app, const lw_export *what, lw_target *target, lw_report *report, lw_exporting **out);
/* Writes some items; the last step ends the writer and commits the target. */
LW_MUST_USE lw_status lw_export_step(lw_ctx *cx, lw_exporting *exporting, bool *end);
void lw_export_done(lw_exporting *exporting, int64_t *done, int64_t *total);
int64_t lw_export_seq(const lw_exporting *exporting);
void lw_export_close(lw_exporting *exporting);
typedef lw_exporting *lw_exporting_auto;
void lw_exporting_auto_cleanup(lw_exporting_auto *exporting);

/* Its members by the names of the fields above, `class` and state and media by their words; LW_INVALID for another word. */
LW_MUST_USE lw_status lw_export_from_json(lw_ctx *cx, lw_text project, lw_json *from, lw_export *out);
/* Only what would be lost: fills the report; LW_REFUSED as above. */
LW_MUST_USE lw_status lw_export_check(lw_ctx *cx, lw_app *app, const lw_export *what, lw_report *report);
/* Everything at once. */
LW_MUST_USE lw_status lw_export_run(lw_ctx *cx, lw_app *app, const lw_export *what, const char *target, lw_report *report);
