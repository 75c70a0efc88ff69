#include "work/export.h"

#include "base/clock.h"
#include "base/limits.h"
#include "store/commit.h"
#include "work/item_media.h"

enum { PAGE_ITEMS = 256 };

struct lw_exporting {
    lw_app *app;
    lw_export what;
    const lw_format *format;
    lw_arena *arena, *page_arena, *item_arena;
    lw_ctx cx; /* of what lasts as long as the export */
    lw_reader reader;
    lw_names names;
    lw_layer *splits;
    size_t n_splits;
    lw_text *split_names;
    lw_task_filter filter;
    int64_t layer_id; /* 0: all */
    lw_write_options options;
    lw_writer *writer;
    lw_target *target;
    lw_report *report;
    int64_t n_done, n_total;
    bool has_ended;
};

static lw_status find_layer(lw_exporting *e)
{
    lw_text layer = e->what.layer;
    if (!layer.size && e->format->can.layers)
        return LW_OK;
    if (!layer.size)
        layer = LW_TEXT(LW_TRUTH);
    for (size_t i = 0; i < e->names.n_layers; i++)
        if (lw_text_equal(e->names.layers[i].name, layer))
            e->layer_id = e->names.layers[i].id;
    return e->layer_id ? LW_OK : lw_fail(&e->cx, LW_NOT_FOUND, "no layer named '%.*s'", LW_FMT(layer));
}

static lw_status set_filter(lw_exporting *e)
{
    const lw_export *what = &e->what;
    e->filter = (lw_task_filter){.state = what->state >= 0 ? what->state : -1, .limit = PAGE_ITEMS};
    if (e->format == &lw_format_jsonl && what->state == LW_EXPORT_FINISHED)
        e->what.state = LW_EXPORT_ALL; /* lossless: everything */
    if (lw_text_is(what->split, "none"))
        e->filter.split_id = -1;
    else if (what->split.size)
        LW_TRY(lw_split_find(&e->cx, e->reader.db, what->split, &e->filter.split_id));
    if (!what->class_name.size)
        return LW_OK;
    const lw_class *class = lw_class_find(e->names.ontology.ontology, what->class_name);
    if (!class)
        return lw_fail(&e->cx, LW_NOT_FOUND, "no class named '%.*s'", LW_FMT(what->class_name));
    e->filter.class_id = class->id;
    e->filter.layer_id = e->layer_id;
    if (!e->layer_id)
        for (size_t i = 0; i < e->names.n_layers; i++)
            if (lw_text_is(e->names.layers[i].name, LW_TRUTH))
                e->filter.layer_id = e->names.layers[i].id;
    return LW_OK;
}

static bool takes_state(const lw_exporting *e, int64_t state)
{
    return e->what.state == LW_EXPORT_ALL || e->what.state == state ||
           (e->what.state == LW_EXPORT_FINISHED && (state == LW_DONE || state == LW_STARTED));
}

/* What there is, from the counters. */
static lw_status judge(lw_exporting *e)
{
    lw_write_options *o = &e->options;
    lw_count *counts;
    size_t n;
    int64_t project_id = e->names.project.id, n_started = 0, n_left = 0;
    LW_TRY(lw_counts_list(&e->cx, e->reader.db, project_id, LW_LABELS_BY_KIND, &counts, &n));
    int64_t n_tags = 0; /* those of the class `item` are the attributes of items, no objects */
    for (size_t i = 0; i < n; i++) {
        if (e->layer_id && counts[i].a != e->layer_id)
            continue;
        o->kinds |= counts[i].b == LW_TAG ? 0 : 1u << counts[i].b;
        n_tags += counts[i].b == LW_TAG ? counts[i].n : 0;
    }
    LW_TRY(lw_counts_list(&e->cx, e->reader.db, project_id, LW_LABELS_BY_CLASS, &counts, &n));
    for (size_t i = 0; i < n; i++) {
        bool is_item = counts[i].b == e->names.ontology.ontology->item_class_id && (!e->layer_id || counts[i].a == e->layer_id);
        o->has_item_attributes |= is_item && counts[i].n > 0;
        n_tags -= is_item ? counts[i].n : 0;
    }
    if (n_tags > 0)
        o->kinds |= 1u << LW_TAG;
    LW_TRY(lw_counts_list(&e->cx, e->reader.db, project_id, LW_LABELS_BY_TRAIT, &counts, &n));
    for (size_t i = 0; i < n; i++) {
        if (e->layer_id && counts[i].a != e->layer_id)
            continue;
        o->has_attributes |= counts[i].b == LW_TRAIT_ATTRIBUTES;
        o->has_confidence |= counts[i].b == LW_TRAIT_CONFIDENCE;
        o->has_tracks |= counts[i].b == LW_TRAIT_TRACK;
        o->has_groups |= counts[i].b == LW_TRAIT_GROUP;
        o->has_holes |= counts[i].b == LW_TRAIT_HOLES;
        o->has_parts |= counts[i].b == LW_TRAIT_PARTS;
        o->has_angles |= counts[i].b == LW_TRAIT_ANGLE;
    }
    LW_TRY(lw_counts_list(&e->cx, e->reader.db, project_id, LW_TASKS_BY_SPLIT, &counts, &n));
    e->split_names = lw_new_array(e->arena, lw_text, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (e->filter.split_id && counts[i].a != (e->filter.split_id < 0 ? 0 : e->filter.split_id))
            continue;
        if (!takes_state(e, counts[i].b)) {
            n_left += counts[i].n;
            continue;
        }
        e->n_total += counts[i].n;
        if (counts[i].b == LW_STARTED && e->what.state == LW_EXPORT_FINISHED)
            n_started += counts[i].n;
        lw_text name = lw_layer_name(e->splits, e->n_splits, counts[i].a);
        bool is_known = false;
        for (size_t s = 0; s < o->n_splits; s++)
            is_known = is_known || lw_text_equal(e->split_names[s], name);
        if (!is_known)
            e->split_names[o->n_splits++] = name.data ? name : LW_TEXT("");
    }
    o->splits = e->split_names;
    if (n_started)
        lw_report_count(e->report, LW_INFO, "started", "items are started and not submitted yet; they are taken too", n_started, NULL);
    if (!e->n_total && n_left) /* what nobody looked at is never taken, but nobody wants an empty export */
        lw_report_count(e->report, LW_WARNING, "nothing-done", "items are there, but none in this state; --state all takes them", n_left, NULL);
    return LW_OK;
}

static lw_status prepare(lw_exporting *e)
{
    lw_ctx *cx = &e->cx;
    lw_project project;
    LW_TRY(lw_format_find(cx, e->what.format, &e->format));
    if (!e->format->begin)
        return lw_fail(cx, LW_INVALID, "%s can be read, but not written", e->format->name);
    snprintf(e->report->format, sizeof e->report->format, "%s", e->format->name);
    LW_TRY(lw_reader_begin(cx, e->app->store, &e->reader));
    LW_TRY(lw_project_find(cx, e->reader.db, e->what.project, &project));
    LW_TRY(lw_names_load(cx, e->app->store, e->reader.db, &project, &e->names));
    LW_TRY(lw_split_names(cx, e->reader.db, &e->splits, &e->n_splits));
    LW_TRY(find_layer(e));
    LW_TRY(set_filter(e));
    e->report->seq = project.seq;
    e->report->classes_read = (int64_t)e->names.ontology.ontology->n_classes;
    e->options = (lw_write_options){.target = e->target,
                                    .ontology = e->names.ontology.ontology,
                                    .project = project.name,
                                    .seq = project.seq,
                                    .media = e->what.media,
                                    .lossy = e->what.lossy,
                                    .report = e->report};
    LW_TRY(judge(e));
    return lw_format_check_loss(cx, e->format, &e->options);
}

static lw_exporting *exporting_new(lw_app *app, const lw_export *what, lw_target *target, lw_report *report)
{
    lw_exporting *e = lw_heap_new(sizeof *e);
    *e = (lw_exporting){
        .app = app, .target = target, .report = report, .arena = lw_arena_new(), .page_arena = lw_arena_new(), .item_arena = lw_arena_new()};
    e->cx.arena = e->arena;
    e->what = *what;
    e->what.project = lw_text_copy(e->arena, what->project);
    e->what.format = lw_text_copy(e->arena, what->format);
    e->what.layer = lw_text_copy(e->arena, what->layer);
    e->what.class_name = lw_text_copy(e->arena, what->class_name);
    e->what.split = lw_text_copy(e->arena, what->split);
    report->started_us = lw_monotonic_us();
    return e;
}

void lw_export_close(lw_exporting *e)
{
    if (!e)
        return;
    if (e->writer && e->format->close)
        e->format->close(e->writer);
    lw_names_cleanup(&e->names);
    lw_reader_cleanup(&e->reader);
    lw_arena_free(e->arena);
    lw_arena_free(e->page_arena);
    lw_arena_free(e->item_arena);
    lw_heap_free(e);
}

void lw_exporting_auto_cleanup(lw_exporting_auto *exporting) { lw_export_close(*exporting); }

lw_status lw_export_open(lw_ctx *cx, lw_app *app, const lw_export *what, lw_target *target, lw_report *report, lw_exporting **out)
{
    LW_AUTO(lw_exporting_auto) e = exporting_new(app, what, target, report);
    lw_status status = prepare(e);
    if (status == LW_OK)
        status = e->format->begin(&e->cx, &e->options, &e->writer);
    if (status != LW_OK)
        return lw_fail(cx, status, "%s", e->cx.message);
    *out = e;
    e = NULL;
    return LW_OK;
}

lw_status lw_export_check(lw_ctx *cx, lw_app *app, const lw_export *what, lw_report *report)
{
    LW_AUTO(lw_exporting_auto) e = exporting_new(app, what, NULL, report);
    lw_status status = prepare(e);
    return status == LW_OK ? LW_OK : lw_fail(cx, status, "%s", e->cx.message);
}

/* --- one item */

typedef struct opening {
    lw_exporting *e;
    const lw_item_row *row;
} opening;

static lw_status open_media(lw_ctx *cx, void *state, lw_fd *out)
{
    opening *o = state;
    return lw_item_open_upright(cx, o->e->app, o->e->reader.db, o->row, out);
}

static bool is_wanted(const lw_exporting *e, const lw_label *label)
{
    if (e->layer_id && !lw_text_equal(label->layer, lw_layer_name(e->names.layers, e->names.n_layers, e->layer_id)))
        return false;
    return !e->what.class_name.size || lw_text_equal(label->class_name, e->what.class_name) || lw_text_is(label->class_name, LW_ITEM_CLASS);
}

static lw_status write_item(lw_ctx *cx, lw_exporting *e, const lw_task_item *row)
{
    lw_item_row full;
    lw_label *labels;
    size_t n_labels, n = 0;
    LW_TRY(lw_item_get(cx, e->reader.db, row->item.id, &full));
    LW_TRY(lw_label_list(cx, &e->names, full.id, &labels, &n_labels));
    for (size_t i = 0; i < n_labels; i++)
        if (is_wanted(e, &labels[i]))
            labels[n++] = labels[i];
    lw_track *tracks = NULL;
    size_t n_tracks = 0;
    if (e->options.has_tracks)
        LW_TRY(lw_track_list(cx, &e->names, full.id, &tracks, &n_tracks));
    lw_dataset dataset;
    LW_TRY(lw_dataset_get(cx, e->reader.db, full.dataset_id, &dataset));
    lw_item item = {.id = full.id,
                    .name = full.name,
                    .dataset = dataset.name,
                    .width = full.width,
                    .height = full.height,
                    .sha256 = full.sha256.size ? lw_hash_hex(cx->arena, full.sha256) : (lw_text){0},
                    .split = lw_layer_name(e->splits, e->n_splits, row->task.split_id),
                    .state = row->task.state,
                    .has_state = true,
                    .metadata = full.metadata,
                    .source_id = full.source_id,
                    .tracks = tracks,
                    .n_tracks = n_tracks};
    opening state = {e, &full};
    lw_media_ref media = {.open = open_media, .state = &state};
    bool has_media = full.location != LW_NO_MEDIA && !full.is_missing && e->what.media != LW_MEDIA_NONE;
    if (has_media && e->what.media == LW_MEDIA_LINK)
        media.path = lw_item_path(cx, e->app, e->reader.db, &full);
    if (full.orientation > 1 && e->what.media != LW_MEDIA_COPY)
        lw_report_add(e->report, LW_INFO, "turned-by-exif", "images are turned by EXIF, which many trainers ignore; --media copy writes them upright",
                      "%.*s", LW_FMT(full.name));
    e->report->items_read++;
    e->report->labels_read += (int64_t)n;
    int64_t n_skipped = e->report->items_skipped;
    lw_status status = e->format->item(cx, e->writer, &item, labels, n, has_media ? &media : NULL);
    if (status == LW_NOT_FOUND || status == LW_CONFLICT) { /* the image alone: its labels are still worth having */
        lw_report_add(e->report, LW_ERROR, "image-unreadable", "image could not be written; its labels are", "%s", cx->message);
        lw_ctx_clear(cx);
        status = e->format->item(cx, e->writer, &item, labels, n, NULL);
    }
    e->report->items_added += e->report->items_skipped == n_skipped;
    return status;
}

static lw_status step(lw_exporting *e, bool *end)
{
    lw_ctx page = {.arena = e->page_arena}, *cx = &e->cx;
    lw_task_item *rows;
    size_t n;
    int64_t next;
    lw_arena_reset(e->page_arena);
    if (lw_task_list(&page, e->reader.db, e->names.project.id, &e->filter, &rows, &n, &next) != LW_OK)
        return lw_fail(cx, page.status, "%s", page.message);
    for (size_t i = 0; i < n; i++) {
        if (!takes_state(e, rows[i].task.state))
            continue;
        lw_arena_reset(e->item_arena);
        lw_ctx item = {.arena = e->item_arena};
        lw_status status = write_item(&item, e, &rows[i]);
        if (status != LW_OK)
            return lw_fail(cx, status, "%.*s: %s", LW_FMT(rows[i].item.name), item.message);
        e->n_done++;
    }
    e->filter.after = next;
    *end = next == 0;
    if (!*end)
        return LW_OK;
    LW_TRY(e->format->end(cx, e->writer));
    return lw_target_commit(cx, e->target);
}

lw_status lw_export_step(lw_ctx *cx, lw_exporting *e, bool *end)
{
    lw_status status = step(e, end);
    return status == LW_OK ? LW_OK : lw_fail(cx, status, "%s", e->cx.message);
}

void lw_export_done(lw_exporting *e, int64_t *done, int64_t *total)
{
    *done = e->n_done;
    *total = e->n_total;
}

int64_t lw_export_seq(const lw_exporting *e) { return e->names.project.seq; }

lw_status lw_export_run(lw_ctx *cx, lw_app *app, const lw_export *what, const char *path, lw_report *report)
{
    LW_AUTO(lw_target_auto) target = NULL;
    LW_AUTO(lw_exporting_auto) e = NULL;
    LW_TRY(lw_target_open(cx, path, &target));
    LW_TRY(lw_export_open(cx, app, what, target, report, &e));
    for (bool end = false; !end;) {
        LW_TRY(lw_progress(cx, e->n_done, e->n_total)); /* before: what is whole is not cancelled any more */
        LW_TRY(lw_export_step(cx, e, &end));
    }
    return LW_OK;
}

/* --- as people say it */

lw_status lw_export_from_json(lw_ctx *cx, lw_text project, lw_json *from, lw_export *out)
{
    lw_text state = lw_json_get_text(from, "state"), media = lw_json_get_text(from, "media");
    lw_task_state wanted;
    lw_export what = {.project = project,
                      .format = lw_json_get_text(from, "format"),
                      .layer = lw_json_get_text(from, "layer"),
                      .class_name = lw_json_get_text(from, "class"),
                      .split = lw_json_get_text(from, "split"),
                      .state = LW_EXPORT_FINISHED,
                      .lossy = yyjson_get_bool(lw_json_get(from, "lossy"))};
    if (!what.format.size)
        return lw_fail(cx, LW_INVALID, "name a format: see GET /v1/formats");
    if (lw_text_is(state, "all"))
        what.state = LW_EXPORT_ALL;
    else if (state.size && !lw_task_state_from_name(state, &wanted))
        return lw_fail(cx, LW_INVALID, "a state is waiting, started, done, skipped or all, not '%.*s'", LW_FMT(state));
    else if (state.size)
        what.state = (int)wanted;
    if (lw_text_is(media, "link"))
        what.media = LW_MEDIA_LINK;
    else if (lw_text_is(media, "none"))
        what.media = LW_MEDIA_NONE;
    else if (media.size && !lw_text_is(media, "copy"))
        return lw_fail(cx, LW_INVALID, "media is copy, link or none, not '%.*s'", LW_FMT(media));
    *out = what;
    return LW_OK;
}
