/* Rows that wait to be put into the tables together, each table's by one statement: those of one commit, and those of all the small
 * commits of one transaction. */
#pragma once

#include "store/label.h"
#include "store/replay.h"
#include "store/task.h"

#define LW_LIST(type)   \
    struct {            \
        type *rows;     \
        size_t n, room; \
    }
#define LW_LIST_ADD(arena, list, row) \
    ((list)->rows = lw_array_room(arena, (list)->rows, (list)->n, &(list)->room, sizeof *(list)->rows), (list)->rows[(list)->n++] = (row))

typedef struct lw_task_change {
    lw_task task;    /* as it is now */
    bool is_version; /* state or split: the version before is kept */
    bool is_count;   /* nothing but the number of labels */
} lw_task_change;

typedef struct lw_touch {
    int64_t project_id, seq, item_id;
} lw_touch;

typedef struct lw_commit_row {
    int64_t project_id, seq, user_id, at_us;
    lw_text kind, reason;
    int64_t job_id, n_added, n_changed, n_removed;
} lw_commit_row;

typedef struct lw_batch {
    lw_arena *arena; /* of the lists; the texts in their rows must live as long */
    LW_LIST(lw_item_row) items;
    LW_LIST(lw_task) tasks;
    LW_LIST(lw_task_change) changes;
    LW_LIST(lw_label_row) labels;
    LW_LIST(lw_touch) touched;
    LW_LIST(lw_commit_row) commits; /* the last of a project has its seq */
    LW_LIST(lw_replay) replays;
    LW_LIST(lw_names) known; /* projects as the tables have them, without ontologies: read once for many commits */
    lw_counts counts;
    bool is_broken; /* some rows went in and some did not */
} lw_batch;

/* Room for so many at once, where they are known beforehand. */
void lw_batch_expect(lw_batch *batch, size_t n_items, size_t n_labels);
/* Whether something that waits is about the item. */
bool lw_batch_has(const lw_batch *batch, int64_t item_id);
/* The id of an item of this name that waits; 0: none. */
int64_t lw_batch_find_item(const lw_batch *batch, lw_text name);
/* One of these bytes that waits, or NULL. */
const lw_item_row *lw_batch_find_hash(const lw_batch *batch, lw_text sha256);
const lw_replay *lw_batch_find_replay(const lw_batch *batch, lw_text caller, lw_text key);
/* The number of the project's latest commit that waits; 0: none. */
int64_t lw_batch_seq(const lw_batch *batch, int64_t project_id);
bool lw_batch_is_full(const lw_batch *batch);
/* Few enough to wait for others. */
bool lw_batch_is_small(const lw_batch *batch);

/* Puts everything into the tables; the batch is empty afterwards. LW_CONFLICT: an item's name, or another key, is taken. */
LW_MUST_USE lw_status lw_batch_write(lw_ctx *cx, lw_db *db, lw_batch *batch);
/* The same of what other writes left, while one is at work that has not written yet: it may fail, they must not. */
LW_MUST_USE lw_status lw_batch_write_apart(lw_ctx *cx, lw_db *db, lw_batch *batch);
/* Adds the rows of a finished commit. */
void lw_batch_join(lw_batch *batch, const lw_batch *part);
