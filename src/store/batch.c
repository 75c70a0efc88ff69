#include "store/batch.h"

#include "statements.h"

enum { FULL = 8192, SMALL_LABELS = 256, SMALL_ITEMS = 64 };

void lw_batch_expect(lw_batch *batch, size_t n_items, size_t n_labels)
{
    batch->items.rows = lw_new_array(batch->arena, lw_item_row, batch->items.room = n_items);
    batch->tasks.rows = lw_new_array(batch->arena, lw_task, batch->tasks.room = n_items);
    batch->labels.rows = lw_new_array(batch->arena, lw_label_row, batch->labels.room = n_labels);
}

bool lw_batch_has(const lw_batch *batch, int64_t item_id)
{
    for (size_t i = batch->labels.n; i-- > 0;)
        if (lw_label_item(batch->labels.rows[i].id) == item_id)
            return true;
    for (size_t i = batch->touched.n; i-- > 0;)
        if (batch->touched.rows[i].item_id == item_id)
            return true;
    for (size_t i = batch->items.n; i-- > 0;)
        if (batch->items.rows[i].id == item_id)
            return true;
    return false;
}

int64_t lw_batch_find_item(const lw_batch *batch, lw_text name)
{
    for (size_t i = batch->items.n; i-- > 0;)
        if (lw_text_equal(batch->items.rows[i].name, name))
            return batch->items.rows[i].id;
    return 0;
}

const lw_item_row *lw_batch_find_hash(const lw_batch *batch, lw_text sha256)
{
    for (size_t i = 0; i < batch->items.n; i++)
        if (lw_text_equal(batch->items.rows[i].sha256, sha256))
            return &batch->items.rows[i];
    return NULL;
}

const lw_replay *lw_batch_find_replay(const lw_batch *batch, lw_text caller, lw_text key)
{
    for (size_t i = 0; i < batch->replays.n; i++)
        if (lw_text_equal(batch->replays.rows[i].key, key) && lw_text_equal(batch->replays.rows[i].caller, caller))
            return &batch->replays.rows[i];
    return NULL;
}

int64_t lw_batch_seq(const lw_batch *batch, int64_t project_id)
{
    for (size_t i = batch->commits.n; i-- > 0;)
        if (batch->commits.rows[i].project_id == project_id)
            return batch->commits.rows[i].seq;
    return 0;
}

bool lw_batch_is_full(const lw_batch *batch) { return batch->labels.n >= FULL || batch->tasks.n >= FULL || batch->touched.n >= FULL; }
bool lw_batch_is_small(const lw_batch *batch) { return batch->labels.n <= SMALL_LABELS && batch->touched.n <= SMALL_ITEMS; }

static void bind_touch(const void *rows, size_t i, lw_value *params)
{
    const lw_touch *touch = (const lw_touch *)rows + i;
    params[0] = lw_int(touch->project_id);
    params[1] = lw_int(touch->seq);
    params[2] = lw_int(touch->item_id);
}

static void bind_commit(const void *rows, size_t i, lw_value *params)
{
    const lw_commit_row *row = (const lw_commit_row *)rows + i;
    params[0] = lw_int(row->project_id);
    params[1] = lw_int(row->seq);
    params[2] = lw_int(row->user_id);
    params[3] = lw_int(row->at_us);
    params[4] = lw_string(row->kind);
    params[5] = lw_string_or_null(row->reason);
    params[6] = lw_int_or_null(row->job_id);
    params[7] = lw_int(row->n_added);
    params[8] = lw_int(row->n_changed);
    params[9] = lw_int(row->n_removed);
}

static lw_status write_changes(lw_ctx *cx, lw_db *db, const lw_task_change *changes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const lw_task *task = &changes[i].task;
        if (changes[i].is_version)
            LW_TRY(lw_task_keep(cx, db, task->id, task->seq_from));
        if (changes[i].is_count)
            LW_TRY(lw_run(cx, db, &lw_sql_task_count, LW_PARAMS(lw_int(task->id), lw_int(task->n_labels))));
        else
            LW_TRY(lw_task_update(cx, db, task));
    }
    return LW_OK;
}

/* Where each project has got to. */
static lw_status write_seqs(lw_ctx *cx, lw_db *db, const lw_batch *batch)
{
    for (size_t i = 0; i < batch->commits.n; i++) {
        const lw_commit_row *row = &batch->commits.rows[i];
        if (lw_batch_seq(batch, row->project_id) == row->seq)
            LW_TRY(lw_run(cx, db, &lw_sql_project_set_seq, LW_PARAMS(lw_int(row->project_id), lw_int(row->seq))));
    }
    return LW_OK;
}

static lw_status write_all(lw_ctx *cx, lw_db *db, lw_batch *b)
{
    LW_TRY(lw_item_insert_many(cx, db, b->items.rows, b->items.n));
    LW_TRY(lw_task_insert_many(cx, db, b->tasks.rows, b->tasks.n));
    LW_TRY(write_changes(cx, db, b->changes.rows, b->changes.n));
    LW_TRY(lw_label_insert_many(cx, db, b->labels.rows, b->labels.n));
    LW_TRY(lw_run_many(cx, db, &lw_sql_commit_item_insert, b->touched.rows, b->touched.n, bind_touch));
    LW_TRY(lw_counts_write(cx, db, &b->counts));
    LW_TRY(write_seqs(cx, db, b));
    LW_TRY(lw_run_many(cx, db, &lw_sql_commit_insert, b->commits.rows, b->commits.n, bind_commit));
    return lw_replay_insert_many(cx, db, b->replays.rows, b->replays.n);
}

lw_status lw_batch_write(lw_ctx *cx, lw_db *db, lw_batch *batch)
{
    batch->known.n = 0;
    lw_status status = write_all(cx, db, batch);
    batch->items.n = batch->tasks.n = batch->changes.n = batch->labels.n = batch->touched.n = batch->commits.n = batch->replays.n = 0;
    batch->counts = (lw_counts){0};
    batch->is_broken |= status != LW_OK;
    return status;
}

lw_status lw_batch_write_apart(lw_ctx *cx, lw_db *db, lw_batch *batch)
{
    lw_before_write *hook = db->before_write;
    db->before_write = NULL;
    lw_status status = lw_batch_write(cx, db, batch);
    db->before_write = hook;
    return status;
}

void lw_batch_join(lw_batch *batch, const lw_batch *part)
{
#define LW_JOIN(list)                         \
    for (size_t i = 0; i < part->list.n; i++) \
    LW_LIST_ADD(batch->arena, &batch->list, part->list.rows[i])
    LW_JOIN(items);
    LW_JOIN(tasks);
    LW_JOIN(changes);
    LW_JOIN(labels);
    LW_JOIN(touched);
    LW_JOIN(commits);
#undef LW_JOIN
    lw_counts_join(batch->arena, &batch->counts, &part->counts);
}
