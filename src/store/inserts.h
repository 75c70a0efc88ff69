/* Rows of a commit that wait to be inserted together, each table's by one statement. */
#pragma once

#include "store/label.h"
#include "store/task.h"

typedef struct lw_inserts {
    lw_item_row *items;
    lw_task *tasks;
    lw_label_row *labels;
    int64_t *touched; /* items, for commit_item */
    size_t n_items, items_room, n_tasks, tasks_room, n_labels, labels_room, n_touched, touched_room;
} lw_inserts;

/* Copies of the rows; the texts in them must outlive the flush. */
void lw_inserts_item(lw_arena *arena, lw_inserts *inserts, const lw_item_row *item);
void lw_inserts_task(lw_arena *arena, lw_inserts *inserts, const lw_task *task);
void lw_inserts_label(lw_arena *arena, lw_inserts *inserts, const lw_label_row *label);
void lw_inserts_touched(lw_arena *arena, lw_inserts *inserts, int64_t item_id);

/* Whether something that waits is about the item. */
bool lw_inserts_has(const lw_inserts *inserts, int64_t item_id);
/* The id of an item of this name that waits; 0: none. */
int64_t lw_inserts_find_item(const lw_inserts *inserts, lw_text name);
/* One of these bytes that waits, or NULL. */
const lw_item_row *lw_inserts_find_hash(const lw_inserts *inserts, lw_text sha256);
bool lw_inserts_is_full(const lw_inserts *inserts);

/* Puts everything into the tables. LW_CONFLICT: an item's name, or another key, is taken. */
LW_MUST_USE lw_status lw_inserts_flush(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t seq, lw_inserts *inserts);
