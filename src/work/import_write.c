/* The writing side of an import: one chunk, one commit. Runs on the writer thread. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "statements.h"
#include "store/user.h"
#include "work/import_private.h"

typedef struct writing {
    lw_import_chunk *chunk;
    const lw_import *import;
    lw_importing *importing;
    lw_commit commit;
    int64_t next_item_id, next_task_id, next_position;
    lw_text by_name; /* the latest */
    int64_t by_id;
    lw_text split_name;
    int64_t split_id;
} writing;

static void writing_cleanup(writing *w) { lw_commit_cleanup(&w->commit); }

static void issue(writing *w, lw_severity severity, const char *code, const char *message, lw_text example)
{
    lw_report_add(&w->chunk->issues, severity, code, message, "%.*s", LW_FMT(example));
}

/* --- the item */

/* Two names are two items, also of equal bytes: that is said, and nothing guessed from it. Linked files have no hash yet. */
static lw_status note_same_bytes(lw_ctx *cx, writing *w, const lw_item_row *row)
{
    if (!row->sha256.size)
        return LW_OK;
    lw_item_row other;
    const lw_item_row *waiting = lw_batch_find_hash(&w->commit.rows, row->sha256);
    lw_status found = waiting ? LW_OK : lw_item_find_hash(cx, w->commit.db, row->sha256, row->dataset_id, &other);
    if (found == LW_NOT_FOUND) {
        lw_ctx_clear(cx);
        return LW_OK;
    }
    if (found == LW_OK)
        lw_report_add(&w->chunk->issues, LW_INFO, "same-bytes", "image has the bytes of another item; both are kept", "%.*s: %.*s", LW_FMT(row->name),
                      LW_FMT(waiting ? waiting->name : other.name));
    return found;
}

static lw_status bring_item(lw_ctx *cx, writing *w, lw_import_item *item)
{
    lw_item_row row = item->row;
    LW_TRY(note_same_bytes(cx, w, &row));
    row.id = item->id = w->next_item_id++;
    row.added_us = lw_now_us();
    return lw_commit_bring(cx, &w->commit, &row, w->next_task_id++, w->next_position++);
}

static bool is_same_media(const lw_item_row *a, const lw_item_row *b)
{
    if (a->location == LW_BLOB && b->location == LW_BLOB)
        return lw_text_equal(a->sha256, b->sha256);
    return a->location == b->location && a->bytes == b->bytes && a->mtime_us == b->mtime_us;
}

/* New bytes for an item that is there: the first ones fill it in, others are a new revision. */
static lw_status update_media(lw_ctx *cx, writing *w, const lw_item_row *there, const lw_item_row *brought)
{
    if (brought->location == LW_NO_MEDIA || (is_same_media(there, brought) && !there->is_missing))
        return LW_OK;
    lw_item_row row = *brought;
    row.id = there->id;
    row.revision = there->revision;
    bool is_revision = there->location != LW_NO_MEDIA && !is_same_media(there, brought);
    if (is_revision)
        issue(w, LW_WARNING, "image-changed", "image has other bytes than before: a new revision; look at its labels again", brought->name);
    else if (there->location == LW_NO_MEDIA)
        issue(w, LW_INFO, "image-filled-in", "image of an item that had none", brought->name);
    return lw_item_set_media(cx, w->commit.db, &row, is_revision);
}

static lw_status find_item(lw_ctx *cx, writing *w, const lw_import_item *item, lw_item_row *there)
{
    if (item->row.id)
        return lw_item_get(cx, w->commit.db, item->row.id, there);
    int64_t waiting = lw_batch_find_item(&w->commit.rows, item->row.name);
    if (waiting)
        LW_TRY(lw_commit_settle(cx, &w->commit, waiting));
    return lw_item_find(cx, w->commit.db, w->importing->dataset_id, item->row.name, there);
}

static lw_status ensure_item(lw_ctx *cx, writing *w, lw_import_item *item, bool *is_new)
{
    lw_item_row there;
    lw_status found = w->chunk->is_fresh && !item->row.id ? LW_NOT_FOUND : find_item(cx, w, item, &there);
    *is_new = found == LW_NOT_FOUND;
    if (*is_new)
        return bring_item(cx, w, item);
    LW_TRY(found);
    LW_TRY(update_media(cx, w, &there, &item->row));
    if (there.location == LW_NO_MEDIA && item->row.location != LW_NO_MEDIA && !lw_text_equal(there.name, item->row.name))
        LW_TRY(lw_item_set_name(cx, w->commit.db, there.id, item->row.name));
    lw_text source_id = there.source_id.size ? (lw_text){0} : item->row.source_id; /* the first one stays */
    if (item->row.metadata.size || source_id.size)
        LW_TRY(lw_item_set_details(cx, w->commit.db, there.id, item->row.metadata, source_id));
    item->id = there.id;
    lw_task task;
    lw_status joined = lw_commit_task(cx, &w->commit, there.id, &task);
    if (joined == LW_NOT_FOUND)
        return lw_commit_join(cx, &w->commit, there.id, w->next_task_id++, w->next_position++);
    return joined;
}

/* --- its labels */

static lw_status resolve_user(lw_ctx *cx, writing *w, lw_text name, int64_t *id)
{
    if (!name.size) {
        *id = w->import->user_id;
        return LW_OK;
    }
    if (!lw_text_equal(name, w->by_name)) {
        LW_TRY(lw_user_ensure(cx, w->commit.store, w->commit.db, name, &w->by_id));
        w->by_name = lw_text_copy(cx->arena, name);
    }
    *id = w->by_id;
    return LW_OK;
}

static lw_status add_label(lw_ctx *cx, writing *w, lw_import_item *item, lw_import_label *label)
{
    lw_status status = lw_commit_add_row(cx, &w->commit, item->id, &label->row);
    if ((status == LW_CONFLICT || status == LW_TOO_LARGE) && !w->commit.rows.is_broken) { /* the label alone */
        issue(w, LW_WARNING, "label-refused", cx->message, item->row.name);
        w->chunk->labels_skipped++;
        return LW_OK;
    }
    LW_TRY(status);
    w->chunk->labels_written++;
    w->chunk->kinds[label->row.kind]++;
    return LW_OK;
}

/* Rows by what they say, so that an item of many labels is matched in one go. */
typedef struct row_index {
    const lw_label_row *rows;
    size_t mask;
    int32_t *first, *next; /* -1: none */
} row_index;

static row_index index_rows(lw_arena *arena, const lw_label_row *rows, size_t n)
{
    size_t n_slots = 1;
    while (n_slots < n)
        n_slots *= 2;
    row_index index = {rows, n_slots - 1, lw_new_array(arena, int32_t, n_slots), lw_new_array(arena, int32_t, n)};
    memset(index.first, -1, n_slots * sizeof *index.first);
    for (size_t i = n; i-- > 0;) {
        int32_t *first = &index.first[lw_label_row_hash(&rows[i]) & index.mask];
        index.next[i] = *first;
        *first = (int32_t)i;
    }
    return index;
}

/* Equal ones within one source stay as they are: each that is there is matched once, the first one first. */
static const lw_label_row *take_match(row_index *index, const lw_label_row *wanted)
{
    for (int32_t *at = &index->first[lw_label_row_hash(wanted) & index->mask]; *at >= 0; at = &index->next[*at]) {
        const lw_label_row *row = &index->rows[*at];
        if (!lw_label_row_same(row, wanted))
            continue;
        *at = index->next[*at];
        return row;
    }
    return NULL;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t left = ((const lw_label_row *)a)->id, right = ((const lw_label_row *)b)->id;
    return (left > right) - (left < right);
}

/* Against what somebody has changed or removed since: an import never brings back what a person corrected. */
static lw_status match_corrected(lw_ctx *cx, writing *w, const lw_import_item *item, const lw_label_row *present, size_t n_present, bool *is_matched)
{
    lw_label_row *past;
    size_t n_past;
    LW_TRY(lw_label_corrected_rows(cx, w->commit.db, w->commit.names.project.id, item->id, &past, &n_past));
    row_index of_past = index_rows(cx->arena, past, n_past);
    for (size_t i = 0; i < item->n_labels; i++) {
        const lw_label_row *match = is_matched[i] ? NULL : take_match(&of_past, &item->labels[i].row);
        if (!match)
            continue;
        is_matched[i] = true;
        bool is_changed = n_present && bsearch(match, present, n_present, sizeof *present, compare_ids);
        issue(w, LW_INFO, is_changed ? "changed-since" : "removed-since",
              is_changed ? "label was changed here since; the change stands"
                         : "label was removed here since; it stays removed, unless --replace brings it back",
              item->row.name);
    }
    return LW_OK;
}

/* Against what is there. The past, which may be long, is read only for what is not. */
static lw_status match_labels(lw_ctx *cx, writing *w, lw_import_item *item)
{
    lw_label_row *present;
    size_t n_present, n_matched = 0;
    LW_TRY(lw_commit_settle(cx, &w->commit, item->id));
    LW_TRY(lw_label_rows(cx, w->commit.db, w->commit.names.project.id, item->id, &present, &n_present));
    row_index of_present = index_rows(cx->arena, present, n_present);
    bool *is_kept = lw_new_array(cx->arena, bool, n_present), *is_matched = lw_new_array(cx->arena, bool, item->n_labels);
    for (size_t i = 0; i < item->n_labels; i++) {
        const lw_label_row *match = take_match(&of_present, &item->labels[i].row);
        is_matched[i] = match;
        n_matched += match != NULL;
        if (match)
            is_kept[match - present] = true;
    }
    if (!w->import->replace && n_matched < item->n_labels)
        LW_TRY(match_corrected(cx, w, item, present, n_present, is_matched));
    if (w->import->replace) {
        int64_t listed_id = 0;
        if (item->n_labels == 0 && n_present)
            LW_TRY(lw_commit_layer(cx, &w->commit, item->layer, &listed_id));
        for (size_t p = 0; p < n_present; p++) {
            bool is_layer_listed = present[p].layer_id == listed_id;
            for (size_t i = 0; i < item->n_labels && !is_layer_listed; i++)
                is_layer_listed = item->labels[i].row.layer_id == present[p].layer_id;
            if (is_layer_listed && !is_kept[p])
                LW_TRY(lw_commit_remove(cx, &w->commit, present[p].id, 0));
        }
    }
    for (size_t i = 0; i < item->n_labels; i++) {
        if (is_matched[i])
            w->chunk->labels_matched++;
        else
            LW_TRY(add_label(cx, w, item, &item->labels[i]));
    }
    return LW_OK;
}

static lw_status is_same_track(lw_ctx *cx, const writing *w, const lw_track *a, const lw_track *b, bool *is_same)
{
    lw_text attributes[2];
    *is_same = lw_text_equal(a->class_name, b->class_name) && lw_text_equal(a->layer.size ? a->layer : LW_TEXT(LW_TRUTH), b->layer);
    if (!*is_same)
        return LW_OK;
    for (int i = 0; i < 2; i++) {
        const lw_track *track = i ? b : a;
        LW_TRY(
            lw_attributes_to_ids(cx, w->commit.names.ontology.ontology, track->class_name, track->attributes, track->n_attributes, &attributes[i]));
    }
    *is_same = lw_text_equal(attributes[0], attributes[1]);
    return LW_OK;
}

/* The ids of the source's tracks here: each that is there is matched once, the others are added. */
static lw_status write_tracks(lw_ctx *cx, writing *w, lw_import_item *item, bool is_new, int64_t *ids)
{
    lw_track *there = NULL;
    size_t n = 0;
    if (!is_new && item->n_tracks)
        LW_TRY(lw_track_list(cx, &w->commit.names, item->id, &there, &n));
    bool *is_taken = lw_new_array(cx->arena, bool, n);
    for (size_t i = 0; i < item->n_tracks; i++) {
        int64_t by;
        bool is_same = false;
        for (size_t t = 0; t < n && !is_same; t++) {
            if (!is_taken[t])
                LW_TRY(is_same_track(cx, w, &item->tracks[i], &there[t], &is_same));
            is_taken[t] = is_taken[t] || is_same;
            ids[i] = there[t].id;
        }
        if (is_same)
            continue;
        LW_TRY(resolve_user(cx, w, item->tracks[i].by, &by));
        LW_TRY(lw_commit_add_track(cx, &w->commit, item->id, &item->tracks[i], by, &ids[i]));
    }
    return LW_OK;
}

static lw_status write_labels(lw_ctx *cx, writing *w, lw_import_item *item, bool is_new)
{
    int64_t *tracks = lw_new_array(cx->arena, int64_t, item->n_tracks);
    LW_TRY(write_tracks(cx, w, item, is_new, tracks));
    for (size_t i = 0; i < item->n_labels; i++) {
        lw_import_label *label = &item->labels[i];
        LW_TRY(lw_commit_layer(cx, &w->commit, label->layer, &label->row.layer_id));
        LW_TRY(resolve_user(cx, w, label->by, &label->row.user_id));
        label->row.project_id = w->commit.names.project.id;
        label->row.track_id = label->track ? tracks[label->track - 1] : 0;
        label->row.traits |= label->track ? 1u << LW_TRAIT_TRACK : 0;
    }
    if (!is_new)
        return match_labels(cx, w, item);
    for (size_t i = 0; i < item->n_labels; i++)
        LW_TRY(add_label(cx, w, item, &item->labels[i]));
    return LW_OK;
}

/* What people did since stands: only a task that waits, or just came, takes the source's word. */
static lw_status set_task(lw_ctx *cx, writing *w, lw_import_item *item, bool is_new, lw_task_state before)
{
    lw_task task;
    LW_TRY(lw_commit_task(cx, &w->commit, item->id, &task));
    lw_task_state state = task.state;
    if (before == LW_WAITING || is_new)
        state = w->import->waiting ? LW_WAITING : item->has_state ? item->state : item->is_annotated ? LW_DONE : before;
    if (item->has_state && item->state == LW_WAITING && !is_new && before != LW_WAITING)
        state = task.state;
    if (item->split.size && !lw_text_equal(item->split, w->split_name)) {
        LW_TRY(lw_split_ensure(cx, w->commit.db, item->split, &w->split_id));
        w->split_name = lw_text_copy(cx->arena, item->split);
    }
    int64_t split = item->split.size && (is_new || !task.split_id) ? w->split_id : -1;
    return lw_commit_set_task(cx, &w->commit, item->id, state, split, (lw_text){0});
}

static lw_status write_item(lw_ctx *cx, writing *w, lw_import_item *item)
{
    bool is_new;
    LW_TRY(ensure_item(cx, w, item, &is_new));
    lw_task task;
    LW_TRY(lw_commit_task(cx, &w->commit, item->id, &task));
    LW_TRY(write_labels(cx, w, item, is_new));
    LW_TRY(set_task(cx, w, item, is_new, task.state));
    *(is_new ? &w->chunk->items_added : &w->chunk->items_matched) += 1;
    return LW_OK;
}

/* A write may be tried again. */
static void forget_outcome(lw_import_chunk *chunk)
{
    chunk->items_added = chunk->items_matched = chunk->labels_written = chunk->labels_matched = chunk->labels_skipped = chunk->seq = 0;
    memset(chunk->kinds, 0, sizeof chunk->kinds);
    chunk->issues = (lw_report){.arena = chunk->arena};
}

/* The ontology may have moved on since the rows were made: their classes must still be there. */
static lw_status check_classes(lw_ctx *cx, const writing *w)
{
    const lw_ontology *present = w->commit.names.ontology.ontology;
    if (w->import->dry_run || present->version == w->importing->ontology.version)
        return LW_OK;
    for (size_t i = 0; i < w->chunk->n_items; i++)
        for (size_t l = 0; l < w->chunk->items[i].n_labels; l++) {
            int64_t class_id = w->chunk->items[i].labels[l].row.class_id;
            if (class_id != present->item_class_id && !lw_class_by_id(present, class_id))
                return lw_fail(cx, LW_CONFLICT, "a class was removed from the ontology during the import; give it again");
        }
    return LW_OK;
}

lw_status lw_import_write(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    lw_import_chunk *chunk = arg;
    const lw_import *import = chunk->importing->import;
    int64_t begin_us = lw_monotonic_us();
    forget_outcome(chunk);
    if (chunk->importing->has_failed)
        return lw_fail(cx, LW_CANCELLED, "what came before was not written");
    LW_AUTO(writing) w = {.chunk = chunk, .import = import, .importing = chunk->importing};
    lw_author author = {.user_id = import->user_id, .job_id = import->job_id, .kind = "import"};
    LW_TRY(lw_commit_begin(cx, store, db, chunk->importing->project.id, &author, &w.commit));
    lw_batch_expect(&w.commit.rows, chunk->n_items, chunk->n_labels);
    LW_TRY(check_classes(cx, &w));
    LW_TRY(lw_id_take(cx, db, "item", (int64_t)chunk->n_items, &w.next_item_id));
    if (w.next_item_id + (int64_t)chunk->n_items >= LW_LIMIT_ITEMS)
        return lw_fail(cx, LW_TOO_LARGE, "a store holds %lld items at most", LW_LIMIT_ITEMS);
    LW_TRY(lw_id_take(cx, db, "task", (int64_t)chunk->n_items, &w.next_task_id));
    LW_TRY(lw_task_take_positions(cx, db, w.commit.names.project.id, (int64_t)chunk->n_items, &w.next_position));
    int64_t first_item = w.next_item_id, first_position = w.next_position;
    for (size_t i = 0; i < chunk->n_items; i++)
        LW_TRY(write_item(cx, &w, &chunk->items[i]));
    int64_t unused_items = first_item + (int64_t)chunk->n_items - w.next_item_id, next;
    int64_t unused_positions = first_position + (int64_t)chunk->n_items - w.next_position;
    LW_TRY(lw_id_take(cx, db, "item", -unused_items, &next)); /* what was taken too much goes back: positions have no gaps */
    LW_TRY(lw_task_take_positions(cx, db, w.commit.names.project.id, -unused_positions, &next));
    LW_TRY(lw_commit_finish(cx, &w.commit, &chunk->seq));
    chunk->took_us = lw_monotonic_us() - begin_us;
    return import->dry_run ? lw_fail(cx, LW_CANCELLED, "dry run") : LW_OK;
}
