/* Counts that screens show, kept in the transaction that changes them: never count(*) over a project. */
#pragma once

#include "db/db.h"

typedef enum lw_counter {
    LW_LABELS_BY_CLASS = 1, /* a: layer, b: class */
    LW_LABELS_BY_KIND = 2,  /* a: layer, b: kind */
    LW_LABELS_BY_USER = 3,  /* a: user */
    LW_TASKS_BY_STATE = 4,  /* a: state */
    LW_TASKS_BY_SPLIT = 5,  /* a: split (0: none), b: state */
    LW_LABELS_BY_TRAIT = 6, /* a: layer, b: trait */
} lw_counter;

/* What a format may have no place for. */
typedef enum lw_trait {
    LW_TRAIT_ATTRIBUTES = 1,
    LW_TRAIT_CONFIDENCE = 2,
    LW_TRAIT_ANGLE = 3,
    LW_TRAIT_TRACK = 4,
    LW_TRAIT_GROUP = 5,
    LW_TRAIT_HOLES = 6,
    LW_TRAIT_PARTS = 7
} lw_trait;

typedef struct lw_count {
    int64_t project_id;
    lw_counter what;
    int64_t a, b, n;
} lw_count;

/* Changes gathered by commits: added up in memory, written once. */
typedef struct lw_counts {
    lw_count *rows; /* open addressing; n == 0 and what == 0: free */
    size_t n_rows, room;
} lw_counts;

void lw_counts_add(lw_arena *arena, lw_counts *counts, int64_t project_id, lw_counter what, int64_t a, int64_t b, int64_t n);
void lw_counts_join(lw_arena *arena, lw_counts *counts, const lw_counts *others);
LW_MUST_USE lw_status lw_counts_write(lw_ctx *cx, lw_db *db, const lw_counts *counts);
LW_MUST_USE lw_status lw_counts_get(lw_ctx *cx, lw_db *db, int64_t project_id, lw_counter what, int64_t a, int64_t b, int64_t *out);
/* Every counter of one kind that is not 0. */
LW_MUST_USE lw_status lw_counts_list(lw_ctx *cx, lw_db *db, int64_t project_id, lw_counter what, lw_count **out, size_t *n_out);
