#include "store/inserts.h"

#include "statements.h"

enum { FULL = 8192 };

void lw_inserts_item(lw_arena *arena, lw_inserts *inserts, const lw_item_row *item)
{
    inserts->items = lw_array_room(arena, inserts->items, inserts->n_items, &inserts->items_room, sizeof *item);
    inserts->items[inserts->n_items++] = *item;
}

void lw_inserts_task(lw_arena *arena, lw_inserts *inserts, const lw_task *task)
{
    inserts->tasks = lw_array_room(arena, inserts->tasks, inserts->n_tasks, &inserts->tasks_room, sizeof *task);
    inserts->tasks[inserts->n_tasks++] = *task;
}

void lw_inserts_label(lw_arena *arena, lw_inserts *inserts, const lw_label_row *label)
{
    inserts->labels = lw_array_room(arena, inserts->labels, inserts->n_labels, &inserts->labels_room, sizeof *label);
    inserts->labels[inserts->n_labels++] = *label;
}

void lw_inserts_touched(lw_arena *arena, lw_inserts *inserts, int64_t item_id)
{
    inserts->touched = lw_array_room(arena, inserts->touched, inserts->n_touched, &inserts->touched_room, sizeof item_id);
    inserts->touched[inserts->n_touched++] = item_id;
}

bool lw_inserts_has(const lw_inserts *inserts, int64_t item_id)
{
    for (size_t i = inserts->n_labels; i-- > 0;)
        if (lw_label_item(inserts->labels[i].id) == item_id)
            return true;
    for (size_t i = inserts->n_tasks; i-- > 0;)
        if (inserts->tasks[i].item_id == item_id)
            return true;
    for (size_t i = inserts->n_items; i-- > 0;)
        if (inserts->items[i].id == item_id)
            return true;
    return false;
}

int64_t lw_inserts_find_item(const lw_inserts *inserts, lw_text name)
{
    for (size_t i = inserts->n_items; i-- > 0;)
        if (lw_text_equal(inserts->items[i].name, name))
            return inserts->items[i].id;
    return 0;
}

const lw_item_row *lw_inserts_find_hash(const lw_inserts *inserts, lw_text sha256)
{
    for (size_t i = 0; i < inserts->n_items; i++)
        if (lw_text_equal(inserts->items[i].sha256, sha256))
            return &inserts->items[i];
    return NULL;
}

bool lw_inserts_is_full(const lw_inserts *inserts) { return inserts->n_labels >= FULL || inserts->n_tasks >= FULL || inserts->n_touched >= FULL; }

typedef struct touched_rows {
    int64_t project_id, seq;
    const int64_t *item_ids;
} touched_rows;

static void bind_touched(const void *rows, size_t i, lw_value *params)
{
    const touched_rows *touched = rows;
    params[0] = lw_int(touched->project_id);
    params[1] = lw_int(touched->seq);
    params[2] = lw_int(touched->item_ids[i]);
}

lw_status lw_inserts_flush(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t seq, lw_inserts *inserts)
{
    lw_inserts now = *inserts;
    touched_rows touched = {project_id, seq, now.touched};
    inserts->n_items = inserts->n_tasks = inserts->n_labels = inserts->n_touched = 0;
    LW_TRY(lw_item_insert_many(cx, db, now.items, now.n_items));
    LW_TRY(lw_task_insert_many(cx, db, now.tasks, now.n_tasks));
    LW_TRY(lw_label_insert_many(cx, db, now.labels, now.n_labels));
    return lw_run_many(cx, db, &lw_sql_commit_item_insert, &touched, now.n_touched, bind_touched);
}
