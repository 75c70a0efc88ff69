/* The demo project: fruit on a conveyor belt, drawn into a folder of the store and imported from there. */
#pragma once

#include "work/import.h"

enum { LW_DEMO_ITEMS = 200 }; /* when nothing is said */

typedef struct lw_demo {
    lw_text project;
    int64_t n_items;
    uint64_t seed;
    int64_t user_id, job_id;
} lw_demo;

/* n_items pictures from the seed; the same again draws nothing anew. Fills the import's report. */
LW_MUST_USE lw_status lw_demo_make(lw_ctx *cx, lw_app *app, const lw_demo *demo, lw_report *report);
