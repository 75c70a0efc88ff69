#include "store/commit.h"

#include "base/clock.h"
#include "statements.h"
#include "store/user.h"

lw_status lw_commit_begin(lw_ctx *cx, lw_store *store, lw_db *db, int64_t project_id, const lw_author *author, lw_commit *out)
{
    lw_commit commit = {.store = store, .db = db, .author = *author};
    lw_project project;
    LW_TRY(lw_project_get(cx, db, project_id, &project));
    if (project.removed_us)
        return lw_fail(cx, LW_CONFLICT, "the project '%.*s' is in the bin; restore it first", LW_FMT(project.name));
    LW_TRY(lw_names_load(cx, store, db, &project, &commit.names));
    for (size_t i = 0; i < commit.names.n_layers; i++)
        if (lw_text_is(commit.names.layers[i].name, LW_TRUTH))
            commit.truth_id = commit.names.layers[i].id;
    *out = commit;
    return LW_OK;
}

void lw_commit_cleanup(lw_commit *commit)
{
    if (commit->store)
        lw_names_cleanup(&commit->names);
}

lw_status lw_commit_reload(lw_ctx *cx, lw_commit *commit)
{
    lw_names_cleanup(&commit->names);
    lw_project project;
    LW_TRY(lw_project_get(cx, commit->db, commit->names.project.id, &project));
    return lw_names_load(cx, commit->store, commit->db, &project, &commit->names);
}

static lw_status take_seq(lw_ctx *cx, lw_commit *commit)
{
    if (commit->seq)
        return LW_OK;
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, commit->db, &lw_sql_project_next_seq, LW_PARAMS(lw_int(commit->names.project.id)), &rows));
    commit->seq = lw_rows_int(&rows, 0);
    lw_status status;
    while (lw_rows_next(cx, &rows, &status))
        continue;
    return status;
}

static lw_status flush(lw_ctx *cx, lw_commit *commit)
{
    return lw_inserts_flush(cx, commit->db, commit->names.project.id, commit->seq, &commit->inserts);
}

lw_status lw_commit_settle(lw_ctx *cx, lw_commit *commit, int64_t item_id)
{
    return lw_inserts_has(&commit->inserts, item_id) ? flush(cx, commit) : LW_OK;
}

/* --- the item at hand */

static void count_task(lw_ctx *cx, lw_commit *commit, const lw_task *task, int64_t n)
{
    lw_counts_add(cx->arena, &commit->counts, LW_TASKS_BY_STATE, task->state, 0, n);
    lw_counts_add(cx->arena, &commit->counts, LW_TASKS_BY_SPLIT, task->split_id, task->state, n);
}

static lw_status leave_item(lw_ctx *cx, lw_commit *commit)
{
    lw_commit_item *at = &commit->at;
    if (!at->item_id || !at->is_touched)
        return LW_OK;
    lw_inserts_touched(cx->arena, &commit->inserts, at->item_id);
    const lw_task *was = &at->before, *is = &at->task;
    bool has_moved = was->state != is->state || was->split_id != is->split_id;
    if (has_moved) {
        if (!at->is_joining && was->seq_from != commit->seq)
            LW_TRY(lw_task_keep(cx, commit->db, is->id, commit->seq));
        at->task.seq_from = commit->seq;
        count_task(cx, commit, was, -1);
        count_task(cx, commit, is, 1);
    }
    if (at->is_joining) {
        lw_inserts_task(cx->arena, &commit->inserts, is);
    } else if (has_moved || was->n_labels != is->n_labels || was->lease_user_id != is->lease_user_id) {
        LW_TRY(lw_commit_settle(cx, commit, at->item_id));
        LW_TRY(lw_task_update(cx, commit->db, is));
    }
    at->before = at->task;
    at->is_touched = at->is_joining = false;
    return lw_inserts_is_full(&commit->inserts) ? flush(cx, commit) : LW_OK;
}

static lw_status go_to_item(lw_ctx *cx, lw_commit *commit, int64_t item_id)
{
    if (commit->at.item_id == item_id)
        return LW_OK;
    LW_TRY(leave_item(cx, commit));
    LW_TRY(lw_commit_settle(cx, commit, item_id));
    lw_commit_item next = {.item_id = item_id};
    LW_TRY(lw_task_find(cx, commit->db, commit->names.project.id, item_id, &next.task));
    next.before = next.task;
    commit->at = next;
    return LW_OK;
}

/* Everything that changes the item passes here: it needs the number of the commit. */
static lw_status touch(lw_ctx *cx, lw_commit *commit, int64_t item_id)
{
    LW_TRY(go_to_item(cx, commit, item_id));
    commit->at.is_touched = true;
    return take_seq(cx, commit);
}

lw_status lw_commit_task(lw_ctx *cx, lw_commit *commit, int64_t item_id, lw_task *out)
{
    LW_TRY(go_to_item(cx, commit, item_id));
    *out = commit->at.task;
    return LW_OK;
}

lw_status lw_commit_finish(lw_ctx *cx, lw_commit *commit, int64_t *seq)
{
    *seq = commit->seq;
    if (!commit->seq)
        return LW_OK;
    LW_TRY(leave_item(cx, commit));
    LW_TRY(flush(cx, commit));
    int64_t project_id = commit->names.project.id;
    LW_TRY(lw_counts_write(cx, commit->db, project_id, &commit->counts));
    const lw_author *a = &commit->author;
    return lw_run(cx, commit->db, &lw_sql_commit_insert,
                  LW_PARAMS(lw_int(project_id), lw_int(commit->seq), lw_int(a->user_id), lw_int(lw_now_us()), lw_string(lw_text_from(a->kind)),
                            lw_string_or_null(a->reason), lw_int_or_null(a->job_id), lw_int(commit->n_added), lw_int(commit->n_changed),
                            lw_int(commit->n_removed)));
}

/* --- labels */

static void count_label(lw_ctx *cx, lw_commit *commit, const lw_label_row *row, int64_t n)
{
    lw_counts *counts = &commit->counts;
    lw_counts_add(cx->arena, counts, LW_LABELS_BY_CLASS, row->layer_id, row->class_id, n);
    lw_counts_add(cx->arena, counts, LW_LABELS_BY_KIND, row->layer_id, row->kind, n);
    lw_counts_add(cx->arena, counts, LW_LABELS_BY_USER, row->user_id, 0, n);
    for (uint32_t trait = 1; row->traits >> trait; trait++)
        if (row->traits >> trait & 1)
            lw_counts_add(cx->arena, counts, LW_LABELS_BY_TRAIT, row->layer_id, trait, n);
    if (row->layer_id != commit->truth_id)
        return;
    commit->at.task.n_labels += n;
    if (n > 0 && commit->at.task.state == LW_WAITING)
        commit->at.task.state = LW_STARTED;
}

lw_status lw_commit_layer(lw_ctx *cx, lw_commit *commit, lw_text name, int64_t *id)
{
    if (!name.size)
        name = LW_TEXT(LW_TRUTH);
    if (!lw_text_equal(name, commit->layer_name)) {
        LW_TRY(lw_layer_ensure(cx, commit->db, commit->names.project.id, name, &commit->layer_id));
        commit->layer_name = lw_text_copy(cx->arena, name);
    }
    *id = commit->layer_id;
    return LW_OK;
}

/* What of a row read from the store only its shape tells. */
static lw_status find_traits(lw_ctx *cx, lw_label_row *row)
{
    lw_shape shape = {.kind = (lw_kind)row->kind, .x = row->x, .y = row->y, .w = row->w, .h = row->h};
    LW_TRY(lw_shape_decode(cx, row->geometry, row->skeleton, &shape));
    row->traits = lw_label_traits(row, &shape);
    return LW_OK;
}

static lw_status next_label_id(lw_ctx *cx, lw_commit *commit, int64_t *id)
{
    lw_commit_item *at = &commit->at;
    if (!at->next_label_id)
        LW_TRY(lw_commit_settle(cx, commit, at->item_id));
    if (!at->next_label_id)
        LW_TRY(lw_label_next_id(cx, commit->db, at->item_id, &at->next_label_id));
    *id = at->next_label_id++;
    return LW_OK;
}

/* The one label that holds the item's attributes may not be there twice. */
static lw_status check_single_item_label(lw_ctx *cx, lw_commit *commit, const lw_label_row *row)
{
    if (row->class_id != commit->names.ontology.ontology->item_class_id)
        return LW_OK;
    lw_label_row *rows;
    size_t n;
    LW_TRY(lw_commit_settle(cx, commit, commit->at.item_id));
    LW_TRY(lw_label_rows(cx, commit->db, row->project_id, commit->at.item_id, &rows, &n));
    for (size_t i = 0; i < n; i++)
        if (rows[i].class_id == row->class_id && rows[i].layer_id == row->layer_id && rows[i].frame == row->frame)
            return lw_fail(cx, LW_CONFLICT, "the item's attributes stand on label %" PRId64 " already: change that one", rows[i].id);
    return LW_OK;
}

static lw_status put_row(lw_ctx *cx, lw_commit *commit, const lw_label_row *row)
{
    lw_inserts_label(cx->arena, &commit->inserts, row);
    count_label(cx, commit, row, 1);
    return lw_inserts_is_full(&commit->inserts) ? flush(cx, commit) : LW_OK;
}

lw_status lw_commit_add_row(lw_ctx *cx, lw_commit *commit, int64_t item_id, lw_label_row *row)
{
    LW_TRY(touch(cx, commit, item_id));
    row->project_id = commit->names.project.id;
    LW_TRY(check_single_item_label(cx, commit, row));
    LW_TRY(next_label_id(cx, commit, &row->id));
    row->seq_from = commit->seq;
    LW_TRY(put_row(cx, commit, row));
    commit->n_added++;
    return LW_OK;
}

lw_status lw_commit_add(lw_ctx *cx, lw_commit *commit, int64_t item_id, const lw_label *label, int64_t by, int64_t *id)
{
    lw_label_row row;
    LW_TRY(lw_label_to_row(cx, commit->names.ontology.ontology, label, &row));
    LW_TRY(lw_commit_layer(cx, commit, label->layer, &row.layer_id));
    row.user_id = by ? by : commit->author.user_id;
    LW_TRY(lw_commit_add_row(cx, commit, item_id, &row));
    *id = row.id;
    return LW_OK;
}

static lw_status conflict_with(lw_ctx *cx, lw_commit *commit, const lw_label_row *row)
{
    lw_label present;
    LW_TRY(lw_label_from_row(cx, &commit->names, row, &present));
    LW_AUTO(lw_buf) buf = {0};
    lw_buf_put_literal(&buf, "{\"label\": ");
    lw_label_write_json(&buf, &present);
    lw_buf_put_char(&buf, '}');
    lw_status status =
        lw_fail(cx, LW_CONFLICT, "label %" PRId64 " was changed by %.*s in commit %" PRId64, row->id, LW_FMT(present.by), row->seq_from);
    cx->details = lw_text_string(cx->arena, lw_buf_text(&buf));
    return status;
}

lw_status lw_commit_present(lw_ctx *cx, lw_commit *commit, int64_t id, int64_t was, lw_label_row *out)
{
    lw_label_row row;
    LW_TRY(lw_commit_settle(cx, commit, lw_label_item(id)));
    lw_status status = lw_label_get(cx, commit->db, id, &row);
    if (status == LW_NOT_FOUND) {
        lw_label_row *past;
        size_t n;
        LW_TRY(lw_label_past_rows(cx, commit->db, commit->names.project.id, lw_label_item(id), &past, &n));
        for (size_t i = 0; i < n; i++)
            if (past[i].id == id) {
                status = lw_fail(cx, LW_CONFLICT, "label %" PRId64 " was removed meanwhile", id);
                cx->details = "{\"label\": null}";
                return status;
            }
        return lw_fail(cx, LW_NOT_FOUND, "no label %" PRId64, id);
    }
    LW_TRY(status);
    if (row.project_id != commit->names.project.id)
        return lw_fail(cx, LW_NOT_FOUND, "no label %" PRId64 " in this project", id);
    if (was && row.seq_from != was)
        return conflict_with(cx, commit, &row);
    *out = row;
    return LW_OK;
}

/* Ends the present version. One that this very commit made leaves no trace in the past: its lifetime is empty. */
static lw_status close_version(lw_ctx *cx, lw_commit *commit, lw_label_row *row)
{
    LW_TRY(touch(cx, commit, lw_label_item(row->id)));
    LW_TRY(find_traits(cx, row));
    LW_TRY(lw_commit_settle(cx, commit, lw_label_item(row->id)));
    count_label(cx, commit, row, -1);
    if (row->seq_from == commit->seq)
        return lw_run(cx, commit->db, &lw_sql_label_delete, LW_PARAMS(lw_int(row->id)));
    return lw_label_close(cx, commit->db, row->id, commit->seq);
}

lw_status lw_commit_change(lw_ctx *cx, lw_commit *commit, int64_t id, int64_t was, const lw_label *label)
{
    lw_label_row before, row;
    LW_TRY(lw_commit_present(cx, commit, id, was, &before));
    LW_TRY(lw_label_to_row(cx, commit->names.ontology.ontology, label, &row));
    row.layer_id = before.layer_id;
    if (label->layer.size)
        LW_TRY(lw_commit_layer(cx, commit, label->layer, &row.layer_id));
    LW_TRY(close_version(cx, commit, &before));
    row.id = id;
    row.project_id = before.project_id;
    row.seq_from = commit->seq;
    row.user_id = commit->author.user_id;
    LW_TRY(put_row(cx, commit, &row));
    commit->n_changed++;
    return LW_OK;
}

lw_status lw_commit_remove(lw_ctx *cx, lw_commit *commit, int64_t id, int64_t was)
{
    lw_label_row row;
    LW_TRY(lw_commit_present(cx, commit, id, was, &row));
    LW_TRY(close_version(cx, commit, &row));
    commit->n_removed++;
    return LW_OK;
}

lw_status lw_commit_remove_made(lw_ctx *cx, lw_commit *commit, int64_t item_id, int64_t seq, lw_label_row *rows, size_t n)
{
    int64_t n_before = commit->n_removed;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].seq_from != seq)
            continue;
        LW_TRY(touch(cx, commit, item_id));
        LW_TRY(find_traits(cx, &rows[i]));
        count_label(cx, commit, &rows[i], -1);
        commit->n_removed++;
    }
    return commit->n_removed == n_before ? LW_OK : lw_label_close_made(cx, commit->db, commit->names.project.id, item_id, seq, commit->seq);
}

lw_status lw_commit_revive(lw_ctx *cx, lw_commit *commit, const lw_label_row *past)
{
    lw_label_row row = *past;
    LW_TRY(touch(cx, commit, lw_label_item(row.id)));
    LW_TRY(find_traits(cx, &row));
    row.seq_from = commit->seq;
    LW_TRY(put_row(cx, commit, &row));
    commit->n_added++;
    return LW_OK;
}

/* --- tracks */

lw_status lw_commit_add_track(lw_ctx *cx, lw_commit *commit, int64_t item_id, const lw_track *track, int64_t by, int64_t *id)
{
    const lw_ontology *ontology = commit->names.ontology.ontology;
    const lw_class *class = lw_class_find(ontology, track->class_name);
    if (!class)
        return lw_fail(cx, LW_INVALID, "no class named '%.*s'", LW_FMT(track->class_name));
    LW_TRY(touch(cx, commit, item_id));
    lw_track_row row = {
        .project_id = commit->names.project.id, .class_id = class->id, .seq_from = commit->seq, .user_id = by ? by : commit->author.user_id};
    LW_TRY(lw_commit_layer(cx, commit, track->layer, &row.layer_id));
    LW_TRY(lw_attributes_to_ids(cx, ontology, track->class_name, track->attributes, track->n_attributes, &row.attributes));
    lw_commit_item *at = &commit->at;
    if (!at->next_track_id)
        LW_TRY(lw_track_next_id(cx, commit->db, item_id, &at->next_track_id));
    row.id = at->next_track_id++;
    LW_TRY(lw_track_insert(cx, commit->db, &row));
    commit->n_added++;
    *id = row.id;
    return LW_OK;
}

lw_status lw_commit_remove_track(lw_ctx *cx, lw_commit *commit, int64_t id, int64_t was)
{
    lw_track_row row;
    LW_TRY(lw_track_get(cx, commit->db, id, &row));
    if (row.project_id != commit->names.project.id)
        return lw_fail(cx, LW_NOT_FOUND, "no track %" PRId64 " in this project", id);
    if (was && row.seq_from != was)
        return lw_fail(cx, LW_CONFLICT, "track %" PRId64 " was changed in commit %" PRId64, id, row.seq_from);
    LW_TRY(touch(cx, commit, lw_label_item(id)));
    commit->n_removed++;
    if (row.seq_from == commit->seq)
        return lw_run(cx, commit->db, &lw_sql_track_delete, LW_PARAMS(lw_int(id)));
    return lw_track_close(cx, commit->db, id, commit->seq);
}

/* --- tasks */

lw_status lw_commit_join(lw_ctx *cx, lw_commit *commit, int64_t item_id, int64_t task_id, int64_t position)
{
    LW_TRY(leave_item(cx, commit));
    LW_TRY(take_seq(cx, commit));
    lw_task task = {.id = task_id, .project_id = commit->names.project.id, .item_id = item_id, .position = position, .seq_from = commit->seq};
    count_task(cx, commit, &task, 1);
    commit->at = (lw_commit_item){.item_id = item_id, .before = task, .task = task, .is_touched = true, .is_joining = true};
    return LW_OK;
}

lw_status lw_commit_bring(lw_ctx *cx, lw_commit *commit, const lw_item_row *item, int64_t task_id, int64_t position)
{
    LW_TRY(lw_commit_join(cx, commit, item->id, task_id, position));
    lw_inserts_item(cx->arena, &commit->inserts, item);
    commit->at.next_label_id = commit->at.next_track_id = (item->id << LW_ITEM_ID_SHIFT) + 1;
    return LW_OK;
}

lw_status lw_commit_leave(lw_ctx *cx, lw_commit *commit, int64_t item_id)
{
    LW_TRY(touch(cx, commit, item_id));
    LW_TRY(leave_item(cx, commit));
    LW_TRY(lw_commit_settle(cx, commit, item_id));
    lw_commit_item *at = &commit->at;
    count_task(cx, commit, &at->before, -1);
    LW_TRY(lw_run(cx, commit->db, &lw_sql_task_delete, LW_PARAMS(lw_int(at->task.id))));
    *at = (lw_commit_item){0};
    return LW_OK;
}

lw_status lw_commit_set_task(lw_ctx *cx, lw_commit *commit, int64_t item_id, lw_task_state state, int64_t split_id, lw_text reason)
{
    LW_TRY(go_to_item(cx, commit, item_id));
    lw_task *task = &commit->at.task;
    if (task->state == state && (split_id < 0 || task->split_id == split_id))
        return LW_OK;
    LW_TRY(touch(cx, commit, item_id));
    task->state = state;
    task->reason = state == LW_SKIPPED ? lw_text_copy(cx->arena, reason) : (lw_text){0};
    if (split_id >= 0)
        task->split_id = split_id;
    if (state == LW_DONE || state == LW_SKIPPED)
        task->lease_user_id = task->lease_until_us = 0;
    return LW_OK;
}
