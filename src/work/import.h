/* Import: a source's items and labels into a project, as many short commits of one job (interfaces.md, "Rulings"). */
#pragma once

#include "formats/format.h"
#include "work/app.h"

typedef struct lw_import {
    lw_text project;    /* made when missing */
    const char *source; /* path; "-" is stdin */
    const char *images; /* --images; NULL: the source itself */
    lw_text format;     /* empty: detected */
    lw_text layer;      /* empty: truth, or the source's name for labels with a confidence */
    lw_text dataset;    /* empty: of the project's name */
    lw_text split;
    const char *const *map;     /* "theirs=ours", ended by NULL; may be NULL */
    const char *const *columns; /* of CSV; may be NULL */
    bool add_classes, replace, waiting, dry_run;
    bool copy; /* takes the bytes in even when they could be linked */
    int64_t user_id, job_id;
} lw_import;

/* Fills the report whatever happens. LW_REFUSED: classes that the ontology lacks. A source of which parts could not be read is LW_OK
 * with report->is_partial. */
LW_MUST_USE lw_status lw_import_run(lw_ctx *cx, lw_app *app, const lw_import *import, lw_report *report);
