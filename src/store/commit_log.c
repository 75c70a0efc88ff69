/* Reading the log, and undoing what it tells. */
#include <stdlib.h>

#include "base/clock.h"
#include "statements.h"
#include "store/commit.h"

static lw_status list_commits(lw_ctx *cx, lw_db *db, const lw_sql *sql, int64_t project_id, int64_t bound, int64_t limit, lw_commit_row **out,
                              size_t *n_out)
{
    lw_commit_row *list = lw_new_array(cx->arena, lw_commit_row, (size_t)limit);
    size_t n = 0;
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, sql, LW_PARAMS(lw_int(project_id), lw_int(bound), lw_int(limit)), &rows));
    lw_status status;
    while (lw_rows_next(cx, &rows, &status))
        list[n++] = (lw_commit_row){.project_id = project_id,
                                    .seq = lw_rows_int(&rows, 0),
                                    .user_id = lw_rows_int(&rows, 1),
                                    .at_us = lw_rows_int(&rows, 2),
                                    .kind = lw_text_copy(cx->arena, lw_rows_text(&rows, 3)),
                                    .reason = lw_text_copy(cx->arena, lw_rows_text(&rows, 4)),
                                    .job_id = lw_rows_int(&rows, 5),
                                    .n_added = lw_rows_int(&rows, 6),
                                    .n_changed = lw_rows_int(&rows, 7),
                                    .n_removed = lw_rows_int(&rows, 8)};
    LW_TRY(status);
    *out = list;
    *n_out = n;
    return LW_OK;
}

lw_status lw_commit_list(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t before, int64_t limit, lw_commit_row **out, size_t *n_out)
{
    return list_commits(cx, db, &lw_sql_commit_list, project_id, before, limit, out, n_out);
}

lw_status lw_commit_feed(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t after, int64_t limit, lw_commit_row **out, size_t *n_out)
{
    return list_commits(cx, db, &lw_sql_commit_feed, project_id, after, limit, out, n_out);
}

static lw_status list_ids(lw_ctx *cx, lw_db *db, const lw_sql *sql, int64_t a, int64_t b, int64_t **out, size_t *n_out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, sql, LW_PARAMS(lw_int(a), lw_int(b)), &rows));
    int64_t *list = NULL;
    size_t n = 0, room = 0;
    lw_status status;
    while (lw_rows_next(cx, &rows, &status)) {
        list = lw_array_room(cx->arena, list, n, &room, sizeof *list);
        list[n++] = lw_rows_int(&rows, 0);
    }
    LW_TRY(status);
    *out = list;
    *n_out = n;
    return LW_OK;
}

lw_status lw_commit_items(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t seq, int64_t **out, size_t *n_out)
{
    return list_ids(cx, db, &lw_sql_commit_items, project_id, seq, out, n_out);
}

lw_status lw_commit_of_job(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t job_id, int64_t **out, size_t *n_out)
{
    return list_ids(cx, db, &lw_sql_commit_of_job, project_id, job_id, out, n_out);
}

/* --- undo: newest first, what a commit made is ended and what it ended is put back */

typedef struct undoing {
    lw_commit commit;
    const lw_undo *undo;
} undoing;

static void undoing_cleanup(undoing *u) { lw_commit_cleanup(&u->commit); }

/* A version made by one of the commits being undone, or by the undo itself, may be replaced; any other has been changed since. */
static bool is_ours(const undoing *u, int64_t seq)
{
    if (seq == u->commit.seq)
        return true;
    for (size_t i = 0; i < u->undo->n_ours; i++)
        if (u->undo->ours[i] == seq)
            return true;
    return false;
}

static lw_status refuse(lw_ctx *cx, int64_t label_id, int64_t seq)
{
    return lw_fail(cx, LW_CONFLICT, "label %" PRId64 " was changed again in commit %" PRId64 ": undo that one first", label_id, seq);
}

static const lw_label_row *find_row(const lw_label_row *rows, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].id == id)
            return &rows[i];
    return NULL;
}

/* Labels that began with the commit, were changed or removed by a later one of ours, and stand again since that was undone. */
static lw_status remove_revived(lw_ctx *cx, undoing *u, int64_t item_id, int64_t seq, const lw_label_row *present, size_t n_present,
                                const lw_label_row *ended, size_t n_ended)
{
    LW_AUTO(lw_rows) rows = {0};
    int64_t low = item_id << LW_ITEM_ID_SHIFT, high = ((item_id + 1) << LW_ITEM_ID_SHIFT) - 1;
    LW_TRY(lw_query(cx, u->commit.db, &lw_sql_label_made_and_ended,
                    LW_PARAMS(lw_int(u->commit.names.project.id), lw_int(low), lw_int(high), lw_int(seq)), &rows));
    lw_status status;
    while (lw_rows_next(cx, &rows, &status)) {
        int64_t id = lw_rows_int(&rows, 0);
        const lw_label_row *row = find_row(present, n_present, id);
        if (!row || row->seq_from == seq || find_row(ended, n_ended, id))
            continue;
        if (!is_ours(u, row->seq_from))
            return refuse(cx, id, row->seq_from);
        LW_TRY(lw_commit_remove(cx, &u->commit, id, 0));
    }
    return status;
}

static lw_status undo_labels(lw_ctx *cx, undoing *u, int64_t item_id, int64_t seq)
{
    lw_commit *commit = &u->commit;
    int64_t project_id = commit->names.project.id;
    lw_label_row *present, *ended;
    size_t n_present, n_ended;
    LW_TRY(lw_commit_settle(cx, commit, item_id));
    LW_TRY(lw_label_rows(cx, commit->db, project_id, item_id, &present, &n_present));
    LW_TRY(lw_label_ended_by(cx, commit->db, project_id, item_id, seq, &ended, &n_ended));
    LW_TRY(lw_commit_remove_made(cx, commit, item_id, seq, present, n_present));
    LW_TRY(remove_revived(cx, u, item_id, seq, present, n_present, ended, n_ended));
    for (size_t i = 0; i < n_ended; i++) {
        for (size_t p = 0; p < n_present; p++) {
            if (present[p].id != ended[i].id || present[p].seq_from == seq)
                continue;
            if (!is_ours(u, present[p].seq_from))
                return refuse(cx, ended[i].id, present[p].seq_from);
            LW_TRY(lw_commit_remove(cx, commit, present[p].id, 0));
        }
        LW_TRY(lw_commit_revive(cx, commit, &ended[i]));
    }
    return LW_OK;
}

/* What the commit made and somebody has changed since lies in the past now, ended by a commit that is not being undone. */
static lw_status check_not_changed_since(lw_ctx *cx, undoing *u, int64_t item_id, int64_t seq)
{
    LW_AUTO(lw_rows) rows = {0};
    int64_t low = item_id << LW_ITEM_ID_SHIFT, high = ((item_id + 1) << LW_ITEM_ID_SHIFT) - 1;
    LW_TRY(lw_query(cx, u->commit.db, &lw_sql_label_made_and_ended,
                    LW_PARAMS(lw_int(u->commit.names.project.id), lw_int(low), lw_int(high), lw_int(seq)), &rows));
    lw_status status;
    while (lw_rows_next(cx, &rows, &status))
        if (!is_ours(u, lw_rows_int(&rows, 1)))
            return refuse(cx, lw_rows_int(&rows, 0), lw_rows_int(&rows, 1));
    return status;
}

/* Whether the commit brought the item in, nobody has used it since, and nobody but us has moved its task. */
static lw_status came_with(lw_ctx *cx, undoing *u, const lw_task *task, int64_t seq, bool *out)
{
    *out = task->n_labels == 0 && task->seq_from == seq;
    if (*out || task->n_labels || !is_ours(u, task->seq_from))
        return LW_OK;
    return lw_task_has_version(cx, u->commit.db, task->id, seq, out);
}

static lw_status undo_task(lw_ctx *cx, undoing *u, int64_t item_id, int64_t seq)
{
    lw_task task, past;
    LW_TRY(lw_commit_task(cx, &u->commit, item_id, &task));
    lw_status status = lw_task_past(cx, u->commit.db, task.id, seq, &past);
    if (status == LW_NOT_FOUND) { /* the task did not move, or the commit brought it in */
        bool has_come;
        LW_TRY(came_with(cx, u, &task, seq, &has_come));
        return has_come ? lw_commit_leave(cx, &u->commit, item_id) : LW_OK;
    }
    LW_TRY(status);
    if (!is_ours(u, task.seq_from) && task.seq_from != seq)
        return LW_OK; /* somebody has moved the task on: their word stands */
    return lw_commit_set_task(cx, &u->commit, item_id, past.state, past.split_id, past.reason);
}

/* An item whose task left with the commit comes back to its place; *is_there is false when it had come with the same commit. */
static lw_status bring_back(lw_ctx *cx, undoing *u, int64_t item_id, int64_t seq, bool *is_there)
{
    lw_db *db = u->commit.db;
    int64_t project_id = u->commit.names.project.id, task_id, position;
    lw_task task;
    LW_TRY(lw_commit_settle(cx, &u->commit, item_id));
    lw_status status = lw_commit_task(cx, &u->commit, item_id, &task);
    *is_there = true;
    if (status != LW_NOT_FOUND)
        return status;
    status = lw_task_left(cx, db, project_id, item_id, seq, &task_id, &position);
    if (status == LW_NOT_FOUND)
        return lw_fail(cx, LW_CONFLICT, "item %" PRId64 " has left the project since: undo that first", item_id);
    LW_TRY(status);
    status = lw_task_past(cx, db, task_id, seq, &task);
    *is_there = status == LW_OK;
    if (status != LW_OK)
        return status == LW_NOT_FOUND ? LW_OK : status;
    return lw_commit_join(cx, &u->commit, item_id, task_id, position);
}

static lw_status items_of(lw_ctx *cx, const undoing *u, int64_t seq, int64_t **items, size_t *n)
{
    int64_t project_id = u->commit.names.project.id;
    lw_commit_row *row;
    size_t n_rows;
    LW_TRY(lw_commit_feed(cx, u->commit.db, project_id, seq - 1, 1, &row, &n_rows));
    if (!n_rows || row->seq != seq)
        return lw_fail(cx, LW_NOT_FOUND, "this project has no commit %" PRId64, seq);
    if (lw_text_is(row->kind, "ontology"))
        return lw_fail(cx, LW_INVALID, "commit %" PRId64 " changed the ontology: set the earlier version again instead", seq);
    if (!u->undo->items)
        return lw_commit_items(cx, u->commit.db, project_id, seq, items, n);
    *items = (int64_t *)lw_copy(cx->arena, u->undo->items, u->undo->n_items * sizeof *u->undo->items);
    *n = u->undo->n_items;
    return LW_OK;
}

static lw_status undo_one(lw_ctx *cx, undoing *u, int64_t seq)
{
    int64_t *items;
    size_t n;
    bool is_there;
    LW_TRY(items_of(cx, u, seq, &items, &n));
    for (size_t i = 0; i < n; i++) {
        LW_TRY(check_not_changed_since(cx, u, items[i], seq));
        LW_TRY(bring_back(cx, u, items[i], seq, &is_there));
        if (!is_there)
            continue;
        LW_TRY(undo_labels(cx, u, items[i], seq));
        LW_TRY(undo_task(cx, u, items[i], seq));
    }
    return LW_OK;
}

lw_status lw_commit_undo(lw_ctx *cx, lw_store *store, lw_db *db, const lw_undo *undo, int64_t *seq)
{
    LW_AUTO(undoing) u = {.undo = undo};
    LW_TRY(lw_commit_begin(cx, store, db, undo->project_id, &undo->author, &u.commit));
    for (size_t i = 0; i < undo->n; i++)
        LW_TRY(undo_one(cx, &u, undo->seqs[i]));
    return lw_commit_finish(cx, &u.commit, seq);
}

lw_status lw_commit_check_undo(lw_ctx *cx, lw_db *db, const lw_undo *undo, int64_t seq)
{
    undoing u = {.undo = undo, .commit = {.db = db, .names.project.id = undo->project_id}};
    int64_t *items;
    size_t n, n_present, n_ended;
    lw_label_row *present, *ended;
    LW_TRY(items_of(cx, &u, seq, &items, &n));
    for (size_t i = 0; i < n; i++) {
        LW_TRY(check_not_changed_since(cx, &u, items[i], seq));
        LW_TRY(lw_label_ended_by(cx, db, undo->project_id, items[i], seq, &ended, &n_ended));
        if (!n_ended)
            continue;
        LW_TRY(lw_label_rows(cx, db, undo->project_id, items[i], &present, &n_present));
        for (size_t e = 0; e < n_ended; e++)
            for (size_t p = 0; p < n_present; p++)
                if (present[p].id == ended[e].id && !is_ours(&u, present[p].seq_from))
                    return refuse(cx, ended[e].id, present[p].seq_from);
    }
    return LW_OK;
}
