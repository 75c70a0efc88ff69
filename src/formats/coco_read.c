#include "formats/coco_read.h"

#include <math.h>

#include "base/json.h"
#include "base/limits.h"
#include "formats/coco_gather.h"
#include "formats/picture.h"

/* The second pass: annotations image by image, each read where the first pass found it. */

enum { PROGRESS_EVERY = 256 };

typedef struct reader_state {
    lw_coco_index *index;
    const lw_sink *sink;
    lw_coco_window images;
    lw_coco_gather annotations;
    int64_t n_done; /* bytes */
} reader_state;

static bool is_same_box(const double a[4], const double b[4]) { return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3]; }

/* One object in two task files: the keypoints of a person join the box or outline that stands already. */
static bool join_label(lw_coco_annotation *known, size_t n, const lw_coco_annotation *fresh)
{
    for (size_t i = 0; i < n; i++) {
        lw_coco_annotation *old = &known[i];
        if (old->file == fresh->file || !old->has_box || !fresh->has_box || !lw_text_equal(old->label.source_id, fresh->label.source_id) ||
            !fresh->label.source_id.size || !lw_text_equal(old->label.class_name, fresh->label.class_name) || !is_same_box(old->box, fresh->box))
            continue;
        if (fresh->label.shape.skeleton && !old->label.shape.skeleton) {
            old->label.shape.skeleton = fresh->label.shape.skeleton;
            old->label.shape.n_keypoints = fresh->label.shape.n_keypoints;
        }
        if (old->label.shape.kind == LW_BOX && (fresh->label.shape.kind == LW_POLYGON || fresh->label.shape.kind == LW_MASK)) {
            const lw_shape box = old->label.shape;
            old->label.shape = fresh->label.shape;
            if (!old->label.shape.skeleton)
                old->label.shape.skeleton = box.skeleton, old->label.shape.n_keypoints = box.n_keypoints;
        }
        if (fresh->label.n_attributes > old->label.n_attributes) {
            old->label.attributes = fresh->label.attributes;
            old->label.n_attributes = fresh->label.n_attributes;
        }
        return true;
    }
    return false;
}

/* image_id: what results say instead of a name. */
static lw_status read_labels(lw_ctx *cx, reader_state *state, size_t item, lw_label *labels, size_t *n_labels, lw_text *image_id)
{
    lw_coco_index *index = state->index;
    lw_report *report = index->options->report;
    size_t first = index->starts[item], n_refs = index->starts[item + 1] - first, n = 0;
    lw_coco_annotation *read = lw_new_array(cx->arena, lw_coco_annotation, n_refs);
    for (size_t i = 0; i < n_refs; i++) {
        lw_coco_ref ref;
        lw_text object;
        LW_TRY(lw_coco_gather_read(cx, &state->annotations, first + i, &ref, &object));
        state->n_done += (int64_t)object.size;
        lw_coco_annotation *fresh = &read[n];
        const lw_coco_file *file = &index->files[lw_coco_ref_file(&ref)];
        *fresh = (lw_coco_annotation){.file = file, .offset = lw_coco_ref_offset(&ref), .image = index->items[item].name};
        lw_coco_annotation_read(cx, index, object, fresh);
        lw_ctx_clear(cx);
        if (fresh->image_id.size)
            *image_id = fresh->image_id;
        report->labels_read += fresh->n_objects;
        if (fresh->problem) {
            report->labels_skipped += fresh->n_objects;
            lw_coco_report(index, fresh, fresh->severity, fresh->problem, fresh->message);
        } else if (index->n_files > 1 && join_label(read, n, fresh)) {
            report->labels_matched++;
            lw_coco_report(index, fresh, LW_INFO, "annotation-in-two-files", "an annotation stands in several task files; it is one label");
        } else {
            n++;
        }
    }
    for (size_t i = 0; i < n; i++)
        labels[i] = read[i].label;
    *n_labels = n;
    return LW_OK;
}

/* What else an image's object says is the item's metadata. */
static lw_status read_metadata(lw_ctx *cx, reader_state *state, const lw_coco_item *from, lw_item *item)
{
    lw_text object, value;
    lw_json_keys keys;
    if (from->size == 0)
        return LW_OK;
    LW_TRY(lw_coco_window_read(cx, state->index, &state->images, from->file, from->offset, from->size, &object));
    if (lw_json_find_keys(object, &keys) != LW_JSON_WHOLE)
        return lw_fail(cx, LW_CONFLICT, "%.*s changed while it was read", LW_FMT(state->index->files[from->file].entry->name));
    LW_AUTO(lw_buf) buf = {0};
    for (size_t i = 0; i < keys.n; i++) {
        lw_text key = keys.keys[i].name;
        bool is_known = lw_text_is(key, "id") || lw_text_is(key, "file_name") || lw_text_is(key, "width") || lw_text_is(key, "height");
        if (lw_text_is(key, "id") && lw_json_value(&keys, i, &value) && value.size <= LW_LIMIT_NAME_BYTES)
            item->source_id = lw_text_copy(cx->arena, lw_id_text(cx->arena, value));
        if (is_known || !lw_json_value(&keys, i, &value) || lw_text_is(value, "\"\"") || lw_text_is(value, "null"))
            continue;
        lw_buf_put_string(&buf, buf.size ? ", " : "{");
        lw_buf_put_json_text(&buf, lw_json_unescape(cx->arena, key));
        lw_buf_put_literal(&buf, ": ");
        lw_buf_put_text(&buf, value);
    }
    if (buf.size == 0)
        return LW_OK;
    lw_buf_put_char(&buf, '}');
    lw_json *root;
    bool is_good = buf.size <= LW_LIMIT_METADATA_BYTES && lw_json_parse(cx, lw_buf_text(&buf), &root) == LW_OK;
    lw_ctx_clear(cx);
    if (is_good)
        item->metadata = lw_text_copy(cx->arena, lw_buf_text(&buf));
    else
        lw_report_add(state->index->options->report, LW_WARNING, "metadata-left-out", "what stands beside an image is not JSON or too much; left out",
                      "%.*s: %.*s", LW_FMT(state->index->files[from->file].entry->name), LW_FMT(from->name));
    return LW_OK;
}

static lw_status push_item(lw_ctx *cx, reader_state *state, size_t i)
{
    lw_coco_index *index = state->index;
    const lw_coco_item *from = &index->items[i];
    lw_item item = {.name = from->name, .split = from->split, .width = from->width, .height = from->height};
    size_t n_labels;
    lw_text image_id = {0};
    lw_label *labels = lw_new_array(cx->arena, lw_label, index->starts[i + 1] - index->starts[i]);
    index->options->report->items_read++;
    LW_TRY(read_metadata(cx, state, from, &item));
    LW_TRY(read_labels(cx, state, i, labels, &n_labels, &image_id));
    if (from->size == 0)
        item.source_id = image_id.size ? image_id : lw_text_print(cx->arena, "%" PRId64, from->id);
    LW_TRY(lw_picture_fit(cx, index->options, from->image, &item, labels, n_labels));
    lw_picture_note_outside(index->options->report, item.name, &item, labels, n_labels);
    return state->sink->item(cx, state->sink->state, &item, from->image, labels, n_labels);
}

static lw_status push_items(lw_ctx *cx, reader_state *state)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_ctx inner = {.arena = scratch};
    int64_t total = 0;
    for (size_t i = 0; i < state->index->n_files; i++)
        total += state->index->files[i].entry->size;
    for (size_t i = 0; i < state->index->n_items; i++) {
        if (push_item(&inner, state, i) != LW_OK)
            return lw_fail(cx, inner.status, "%s", inner.message);
        lw_arena_reset(scratch);
        if (state->sink->progress && i % PROGRESS_EVERY == 0)
            LW_TRY(state->sink->progress(cx, state->sink->state, (total + state->n_done) / 2, total));
    }
    return LW_OK;
}

lw_status lw_coco_read(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink, bool is_results)
{
    lw_coco_index index = {.options = options, .arena = lw_arena_new()};
    reader_state state = {.index = &index, .sink = sink};
    lw_status status = lw_coco_index_read(cx, &index, is_results, sink);
    if (status == LW_OK && index.declared.n_classes)
        status = sink->ontology(cx, sink->state, &index.declared);
    lw_coco_gather_init(&state.annotations, &index);
    if (status == LW_OK)
        status = push_items(cx, &state);
    lw_heap_free(state.images.data);
    lw_coco_gather_cleanup(&state.annotations);
    lw_coco_index_cleanup(&index);
    return status;
}
