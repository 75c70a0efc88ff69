/* Runs a reader into memory and a writer out of it, for tests of formats. */
#pragma once

#include "folder.h"
#include "formats/format.h"

typedef struct run_item {
    lw_item item;
    const char *image; /* name of its entry; NULL: none */
    lw_label *labels;
    size_t n_labels;
} run_item;

typedef struct format_run {
    lw_ctx *cx;
    lw_report report;
    lw_ontology ontology;
    run_item items[4000];
    size_t n_items, n_labels;
} format_run;

static inline lw_text run_text(format_run *run, lw_text text) { return text.size ? lw_text_copy(run->cx->arena, text) : (lw_text){0}; }

static inline lw_status run_ontology(lw_ctx *cx, void *state, const lw_ontology *declared)
{
    format_run *run = state;
    LW_AUTO(lw_buf) buf = {0};
    lw_ontology_write_json(&buf, declared);
    lw_json *root;
    LW_ASSERT(lw_json_parse(run->cx, lw_text_copy(run->cx->arena, lw_buf_text(&buf)), &root) == LW_OK);
    if (!CHECK_OK(run->cx, lw_ontology_from_json(run->cx, root, &run->ontology)))
        printf("# %.*s\n", LW_FMT(lw_buf_text(&buf)));
    return LW_OK;
}

/* Through JSON, as a store would keep it: what a label or item holds that JSON does not is lost here. */
static inline lw_label run_label(format_run *run, const lw_label *label)
{
    LW_AUTO(lw_buf) buf = {0};
    lw_label_write_json(&buf, label);
    lw_json *root;
    lw_label copy = LW_LABEL_NONE;
    LW_ASSERT(lw_json_parse(run->cx, lw_text_copy(run->cx->arena, lw_buf_text(&buf)), &root) == LW_OK);
    if (!CHECK_OK(run->cx, lw_label_from_json(run->cx, root, NULL, &copy)))
        printf("# %.*s\n", LW_FMT(lw_buf_text(&buf)));
    return copy;
}

static inline lw_status run_take(lw_ctx *cx, void *state, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    format_run *run = state;
    LW_ASSERT(run->n_items < LW_COUNT(run->items));
    run_item *kept = &run->items[run->n_items++];
    kept->item = *item;
    lw_text *texts[] = {&kept->item.name, &kept->item.dataset, &kept->item.sha256, &kept->item.split, &kept->item.metadata, &kept->item.source_id};
    for (size_t i = 0; i < LW_COUNT(texts); i++)
        *texts[i] = run_text(run, *texts[i]);
    kept->image = image ? lw_text_string(run->cx->arena, image->name) : NULL;
    kept->labels = lw_new_array(run->cx->arena, lw_label, n_labels);
    for (size_t i = 0; i < n_labels; i++) {
        CHECK(!lw_shape_problem(&labels[i].shape));
        kept->labels[kept->n_labels++] = run_label(run, &labels[i]);
    }
    lw_track *tracks = lw_new_array(run->cx->arena, lw_track, item->n_tracks);
    for (size_t i = 0; i < item->n_tracks; i++) {
        tracks[i] = item->tracks[i];
        tracks[i].class_name = run_text(run, tracks[i].class_name);
        tracks[i].layer = run_text(run, tracks[i].layer);
        tracks[i].by = run_text(run, tracks[i].by);
        tracks[i].attributes = NULL;
        tracks[i].n_attributes = 0;
    }
    kept->item.tracks = tracks;
    run->n_labels += n_labels;
    return LW_OK;
}

/* Reads path as this format into out; out is large: keep it static. */
static inline lw_status run_read(lw_ctx *cx, const lw_format *format, const char *path, format_run *out)
{
    *out = (format_run){.cx = cx, .report = {.arena = cx->arena}};
    LW_AUTO(lw_source_auto) source = NULL;
    LW_TRY(lw_source_open(cx, path, NULL, &out->report, &source));
    lw_sink sink = {out, run_ontology, run_take, NULL};
    lw_read_options options = {.source = source, .report = &out->report};
    return format->read(cx, &options, &sink);
}

static inline lw_status run_write_items(lw_ctx *cx, const lw_format *format, format_run *from, lw_writer *writer)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    for (size_t i = 0; i < from->n_items; i++) {
        lw_ctx inner = {.arena = scratch};
        if (format->item(&inner, writer, &from->items[i].item, from->items[i].labels, from->items[i].n_labels, NULL) != LW_OK)
            return lw_fail(cx, inner.status, "%s", inner.message);
        lw_arena_reset(scratch);
    }
    return format->end(cx, writer);
}

static inline lw_status run_write(lw_ctx *cx, const lw_format *format, const char *path, format_run *from, bool lossy)
{
    LW_AUTO(lw_target_auto) target = NULL;
    LW_TRY(lw_target_open(cx, path, &target));
    lw_text splits[16];
    lw_write_options options = {.target = target,
                                .ontology = &from->ontology,
                                .project = LW_TEXT("test"),
                                .media = LW_MEDIA_NONE,
                                .lossy = lossy,
                                .splits = splits,
                                .report = &from->report};
    for (size_t i = 0; i < from->n_items; i++) {
        size_t at = 0;
        while (at < options.n_splits && !lw_text_equal(splits[at], from->items[i].item.split))
            at++;
        if (at == options.n_splits)
            splits[options.n_splits++] = from->items[i].item.split;
        for (size_t k = 0; k < from->items[i].n_labels; k++)
            options.kinds |= 1u << from->items[i].labels[k].shape.kind;
    }
    lw_writer *writer = NULL;
    LW_TRY(format->begin(cx, &options, &writer));
    lw_status status = run_write_items(cx, format, from, writer);
    if (format->close)
        format->close(writer);
    LW_TRY(status);
    return lw_target_commit(cx, target);
}

static inline int64_t run_count(const format_run *run, const char *code)
{
    for (const lw_issue *issue = run->report.issues; issue; issue = issue->next)
        if (strcmp(issue->code, code) == 0)
            return issue->count;
    return 0;
}

static inline lw_text run_example(const format_run *run, const char *code)
{
    for (const lw_issue *issue = run->report.issues; issue; issue = issue->next)
        if (strcmp(issue->code, code) == 0 && issue->n_examples)
            return lw_text_from(issue->examples[0]);
    return (lw_text){0};
}

/* The same items with the same labels in the same order. */
static inline void run_check_same(const format_run *a, const format_run *b)
{
    if (!CHECK_INT(a->n_items, b->n_items))
        return;
    for (size_t i = 0; i < a->n_items; i++) {
        const run_item *left = &a->items[i], *right = &b->items[i];
        bool same = lw_text_equal(left->item.name, right->item.name) && left->item.width == right->item.width &&
                    left->item.height == right->item.height && lw_text_equal(left->item.split, right->item.split) &&
                    lw_text_equal(left->item.source_id, right->item.source_id) && lw_text_equal(left->item.metadata, right->item.metadata) &&
                    left->item.n_tracks == right->item.n_tracks && left->n_labels == right->n_labels;
        for (size_t k = 0; same && k < left->n_labels; k++)
            same = lw_label_same(&left->labels[k], &right->labels[k]) && lw_text_equal(left->labels[k].source_id, right->labels[k].source_id);
        if (!CHECK(same))
            printf("# item %zu, %.*s\n", i, LW_FMT(left->item.name));
    }
}
