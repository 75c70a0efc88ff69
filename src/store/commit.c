#include "store/commit.h"

#include "base/clock.h"
#include "statements.h"
#include "store/user.h"

static const lw_names *find_known(const lw_commit *commit, int64_t project_id)
{
    for (size_t i = 0; commit->joint && i < commit->joint->known.n; i++)
        if (commit->joint->known.rows[i].project.id == project_id)
            return &commit->joint->known.rows[i];
    return NULL;
}

/* Joint writes of a transaction share what was read, unless one of them writes by itself. */
static lw_status load_names(lw_ctx *cx, lw_commit *commit, int64_t project_id)
{
    const lw_names *known = find_known(commit, project_id);
    lw_project project;
    if (known)
        project = known->project;
    else
        LW_TRY(lw_project_get(cx, commit->db, project_id, &project));
    if (project.removed_us)
        return lw_fail(cx, LW_CONFLICT, "the project '%.*s' is in the bin; restore it first", LW_FMT(project.name));
    if (known) {
        commit->names = *known;
        return lw_ontology_get(cx, commit->store, commit->db, project.ontology_id, project.ontology_version, &commit->names.ontology);
    }
    LW_TRY(lw_names_load(cx, commit->store, commit->db, &project, &commit->names));
    if (!commit->joint)
        return LW_OK;
    lw_names made = commit->names;
    made.ontology = (lw_ontology_ref){0}; /* this commit's */
    LW_LIST_ADD(commit->joint->arena, &commit->joint->known, made);
    return LW_OK;
}

lw_status lw_commit_begin(lw_ctx *cx, lw_store *store, lw_db *db, int64_t project_id, const lw_author *author, lw_commit *out)
{
    lw_commit commit = {.store = store, .db = db, .author = *author, .rows = {.arena = cx->arena}, .joint = lw_store_joint(store)};
    LW_TRY(load_names(cx, &commit, project_id));
    for (size_t i = 0; i < commit.names.n_layers; i++)
        if (lw_text_is(commit.names.layers[i].name, LW_TRUTH))
            commit.truth_id = commit.names.layers[i].id;
    int64_t waiting = commit.joint ? lw_batch_seq(commit.joint, project_id) : 0;
    if (waiting > commit.names.project.seq)
        commit.names.project.seq = waiting;
    *out = commit;
    return LW_OK;
}

void lw_commit_cleanup(lw_commit *commit)
{
    if (commit->store)
        lw_names_cleanup(&commit->names);
}

static void take_seq(lw_commit *commit) { commit->seq = commit->names.project.seq + 1; }

static lw_status flush(lw_ctx *cx, lw_commit *commit) { return lw_batch_write(cx, commit->db, &commit->rows); }

lw_status lw_commit_settle(lw_ctx *cx, lw_commit *commit, int64_t item_id)
{
    if (commit->joint && lw_batch_has(commit->joint, item_id))
        LW_TRY(lw_batch_write_apart(cx, commit->db, commit->joint));
    return lw_batch_has(&commit->rows, item_id) ? flush(cx, commit) : LW_OK;
}

/* --- the item at hand */

static void count(lw_commit *commit, lw_counter what, int64_t a, int64_t b, int64_t n)
{
    lw_counts_add(commit->rows.arena, &commit->rows.counts, commit->names.project.id, what, a, b, n);
}

static void count_task(lw_commit *commit, const lw_task *task, int64_t n)
{
    count(commit, LW_TASKS_BY_STATE, task->state, 0, n);
    count(commit, LW_TASKS_BY_SPLIT, task->split_id, task->state, n);
}

static lw_status leave_item(lw_ctx *cx, lw_commit *commit)
{
    lw_commit_item *at = &commit->at;
    lw_batch *rows = &commit->rows;
    if (!at->item_id || !at->is_touched)
        return LW_OK;
    lw_touch touch = {commit->names.project.id, commit->seq, at->item_id};
    LW_LIST_ADD(rows->arena, &rows->touched, touch);
    const lw_task *was = &at->before, *is = &at->task;
    bool has_moved = was->state != is->state || was->split_id != is->split_id, has_lease_changed = was->lease_user_id != is->lease_user_id;
    if (has_moved) {
        at->task.seq_from = commit->seq;
        count_task(commit, was, -1);
        count_task(commit, is, 1);
    }
    if (at->is_joining) {
        LW_LIST_ADD(rows->arena, &rows->tasks, *is);
    } else if (has_moved || has_lease_changed || was->n_labels != is->n_labels) {
        lw_task_change change = {.task = *is, .is_version = has_moved && was->seq_from != commit->seq, .is_count = !has_moved && !has_lease_changed};
        LW_LIST_ADD(rows->arena, &rows->changes, change);
    }
    at->before = at->task;
    at->is_touched = at->is_joining = false;
    return lw_batch_is_full(rows) ? flush(cx, commit) : LW_OK;
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
    take_seq(commit);
    return LW_OK;
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
    const lw_author *a = &commit->author;
    lw_commit_row row = {.project_id = commit->names.project.id,
                         .seq = commit->seq,
                         .user_id = a->user_id,
                         .at_us = lw_now_us(),
                         .kind = lw_text_from(a->kind),
                         .reason = a->reason,
                         .job_id = a->job_id,
                         .n_added = commit->n_added,
                         .n_changed = commit->n_changed,
                         .n_removed = commit->n_removed};
    LW_LIST_ADD(commit->rows.arena, &commit->rows.commits, row);
    if (!commit->joint || !lw_batch_is_small(&commit->rows))
        return flush(cx, commit);
    lw_batch_join(commit->joint, &commit->rows);
    return LW_OK;
}

/* --- labels */

static void count_label(lw_commit *commit, const lw_label_row *row, int64_t n)
{
    count(commit, LW_LABELS_BY_CLASS, row->layer_id, row->class_id, n);
    count(commit, LW_LABELS_BY_KIND, row->layer_id, row->kind, n);
    count(commit, LW_LABELS_BY_USER, row->user_id, 0, n);
    for (uint32_t trait = 1; row->traits >> trait; trait++)
        if (row->traits >> trait & 1)
            count(commit, LW_LABELS_BY_TRAIT, row->layer_id, trait, n);
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
    LW_LIST_ADD(commit->rows.arena, &commit->rows.labels, *row);
    count_label(commit, row, 1);
    return lw_batch_is_full(&commit->rows) ? flush(cx, commit) : LW_OK;
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
    count_label(commit, row, -1);
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
        count_label(commit, &rows[i], -1);
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
    take_seq(commit);
    lw_task task = {.id = task_id, .project_id = commit->names.project.id, .item_id = item_id, .position = position, .seq_from = commit->seq};
    count_task(commit, &task, 1);
    commit->at = (lw_commit_item){.item_id = item_id, .before = task, .task = task, .is_touched = true, .is_joining = true};
    return LW_OK;
}

lw_status lw_commit_bring(lw_ctx *cx, lw_commit *commit, const lw_item_row *item, int64_t task_id, int64_t position)
{
    LW_TRY(lw_commit_join(cx, commit, item->id, task_id, position));
    LW_LIST_ADD(commit->rows.arena, &commit->rows.items, *item);
    commit->at.next_label_id = commit->at.next_track_id = (item->id << LW_ITEM_ID_SHIFT) + 1;
    return LW_OK;
}

lw_status lw_commit_leave(lw_ctx *cx, lw_commit *commit, int64_t item_id)
{
    LW_TRY(touch(cx, commit, item_id));
    LW_TRY(leave_item(cx, commit));
    LW_TRY(lw_commit_settle(cx, commit, item_id));
    lw_commit_item *at = &commit->at;
    count_task(commit, &at->before, -1);
    LW_TRY(lw_task_leave(cx, commit->db, &at->task, commit->seq));
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
