/* Tasks: one item in one project, with its state and split, a lease while somebody works on it, and its place in the project. */
#pragma once

#include "model/item.h"
#include "store/item.h"
#include "store/project.h"

enum { LW_LEASE_SECONDS = 30 * 60 };

typedef struct lw_task {
    int64_t id, project_id, item_id;
    int64_t position; /* 1, 2, 3 … in the order in which items joined the project */
    lw_task_state state;
    int64_t split_id; /* 0: none */
    lw_text reason;   /* of a skip */
    int64_t n_labels; /* on the layer truth */
    int64_t lease_user_id, lease_until_us;
    int64_t seq_from;
} lw_task;

LW_MUST_USE lw_status lw_task_get(lw_ctx *cx, lw_db *db, int64_t id, lw_task *out);
/* LW_NOT_FOUND says that the item is not in the project. */
LW_MUST_USE lw_status lw_task_find(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, lw_task *out);

/* A row of a project's list of items. */
typedef struct lw_task_item {
    lw_task task;
    lw_item_row item;
} lw_task_item;

typedef struct lw_task_filter {
    int64_t class_id, layer_id, split_id; /* 0: any; split -1: none; layer alone: has a label on it */
    int state;                            /* -1: any */
    lw_text text;                         /* part of the name, letter case ignored; empty: any */
    int64_t after;                        /* position; forwards from 0 */
    bool is_backwards;                    /* positions below `after`, nearest first */
    int64_t limit;
} lw_task_filter;

/* Items that match, in order of position. Looks at a bounded number of tasks, so a page may be short or empty while *next is not 0:
 * the position to go on after. */
LW_MUST_USE lw_status lw_task_list(lw_ctx *cx, lw_db *db, int64_t project_id, const lw_task_filter *filter, lw_task_item **out, size_t *n_out,
                                   int64_t *next);

/* Inside a write. */
LW_MUST_USE lw_status lw_task_insert_many(lw_ctx *cx, lw_db *db, const lw_task *tasks, size_t n);
LW_MUST_USE lw_status lw_task_take_positions(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t n, int64_t *first);
LW_MUST_USE lw_status lw_task_update(lw_ctx *cx, lw_db *db, const lw_task *task);
/* Keeps the version that ends at seq. */
LW_MUST_USE lw_status lw_task_keep(lw_ctx *cx, lw_db *db, int64_t task_id, int64_t seq);
LW_MUST_USE lw_status lw_task_has_version(lw_ctx *cx, lw_db *db, int64_t task_id, int64_t seq_from, bool *out);
/* Removes the task, whose labels must be gone; what it was is kept with the version that ends at seq. */
LW_MUST_USE lw_status lw_task_leave(lw_ctx *cx, lw_db *db, const lw_task *task, int64_t seq);
/* Id and position of the task that left with this commit; LW_NOT_FOUND. */
LW_MUST_USE lw_status lw_task_left(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, int64_t seq_to, int64_t *task_id, int64_t *position);
LW_MUST_USE lw_status lw_task_past(lw_ctx *cx, lw_db *db, int64_t task_id, int64_t seq_to, lw_task *out); /* LW_NOT_FOUND */

/* The next task for this person: their own started or leased one, then the first that waits and nobody has, then one whose lease ran
 * out; beyond `after` (a position) first, then from the start. LW_NOT_FOUND when nothing is left. */
LW_MUST_USE lw_status lw_task_next(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t user_id, int64_t after, lw_task *out);
/* Inside a write: nobody else is given the task for LW_LEASE_SECONDS; user 0 ends a lease. */
LW_MUST_USE lw_status lw_task_lease(lw_ctx *cx, lw_db *db, int64_t task_id, int64_t user_id);
/* LW_CONFLICT, with who has it and until when, while somebody else's lease runs. */
LW_MUST_USE lw_status lw_task_check_free(lw_ctx *cx, lw_store *store, lw_db *db, const lw_task *task, int64_t user_id);
