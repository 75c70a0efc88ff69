/* An item: one piece of data, as file formats and the API name it. */
#pragma once

#include "model/label.h"

typedef enum lw_task_state { LW_WAITING = 0, LW_STARTED = 1, LW_DONE = 2, LW_SKIPPED = 3, LW_N_TASK_STATES = 4 } lw_task_state;

const char *lw_task_state_name(lw_task_state state);
bool lw_task_state_from_name(lw_text name, lw_task_state *out);

typedef struct lw_item {
    int64_t id;
    lw_text name;      /* path relative to its source's root, unique in its dataset */
    lw_text dataset;   /* name; empty: as the import says */
    int width, height; /* px as displayed, after EXIF rotation; 0: not known */
    lw_text sha256;    /* 64 hex digits, or empty */
    lw_text layer;     /* of results: where their labels stand; empty: the source tells the truth, or each label says */
    lw_text split;     /* "train", "val", "test", …; empty: none */
    lw_task_state state;
    bool has_state;    /* the source gives one; else an item that a source of truth names is done */
    lw_text metadata;  /* a JSON object's text, or empty */
    lw_text source_id; /* the id the source gave it */
    const lw_track *tracks;
    size_t n_tracks;
} lw_item;
