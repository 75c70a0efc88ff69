#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"
#include "formats/coco.h"
#include "model/rle.h"

enum { MAX_PARTS = 100000 };

/* A value on its way into the label. */
typedef struct field {
    lw_ctx *cx;
    lw_coco_index *index;
    lw_coco_annotation *out;
    lw_text segmentation, keypoints, attributes; /* read when everything else is known */
    bool is_crowd;
    double crowd;
    lw_text category;
} field;

void lw_coco_report(lw_coco_index *index, const lw_coco_annotation *annotation, lw_severity severity, const char *code, const char *message)
{
    lw_text id = annotation->label.source_id, image = annotation->image;
    int64_t n = annotation->problem == code ? annotation->n_objects : 1; /* left out with all its segments */
    char at[32];
    snprintf(at, sizeof at, "at byte %" PRId64, annotation->offset);
    if (!id.size)
        id = lw_text_from(at);
    lw_report_count(index->options->report, severity, code, message, n, "%.*s: annotation %.*s%s%.*s", LW_FMT(annotation->file->entry->name),
                    LW_FMT(id), image.size ? ": " : "", LW_FMT(image));
}

static void leave_out(field *f, lw_severity severity, const char *code, const char *message)
{
    if (f->out->problem)
        return;
    f->out->problem = code;
    f->out->message = message;
    f->out->severity = severity;
}

static void broken(field *f, const char *message) { leave_out(f, LW_ERROR, "annotation-broken", message); }

/* Numbers of a list whose '[' was taken, behind those that are held; false when it is malformed. A list has no more numbers than
 * half its bytes. */
static bool read_numbers(lw_coco_index *index, lw_cursor *cursor, size_t *n)
{
    size_t room = *n + (size_t)(cursor->end - cursor->at) / 2 + 1;
    if (room > 2 * LW_LIMIT_POINTS + 16)
        room = 2 * LW_LIMIT_POINTS + 16;
    if (room > index->numbers_capacity) {
        index->numbers_capacity = 2 * room;
        index->numbers = lw_heap_resize(index->numbers, index->numbers_capacity * sizeof(double));
    }
    return lw_cursor_take(cursor, ']') || lw_cursor_numbers(cursor, index->numbers, room, n);
}

static bool read_list(lw_coco_index *index, lw_text list, size_t *n)
{
    lw_cursor cursor = {list.data, list.data + list.size};
    *n = 0;
    return lw_cursor_take(&cursor, '[') && read_numbers(index, &cursor, n);
}

/* A list that Python wrote with NaN or Infinity in it, or a number beyond a double's. */
static bool has_no_number(lw_text list)
{
    return memmem(list.data, list.size, "NaN", 3) || memmem(list.data, list.size, "nfinity", 7) || memchr(list.data, 'e', list.size) ||
           memchr(list.data, 'E', list.size);
}

static void broken_list(field *f, lw_text list, const char *message)
{
    if (list.data[0] == '[' && !memchr(list.data, '"', list.size) && has_no_number(list))
        leave_out(f, LW_WARNING, "not-finite", lw_shape_problem_message("not-finite"));
    else
        broken(f, message);
}

static void read_box(field *f, lw_text value)
{
    size_t n;
    if (lw_text_is(value, "null") || lw_text_is(value, "[]"))
        return;
    if (!read_list(f->index, value, &n) || n != 4) {
        broken_list(f, value, "an annotation's bbox is not [x, y, width, height]");
        return;
    }
    memcpy(f->out->box, f->index->numbers, sizeof f->out->box);
    f->out->has_box = true;
}

/* Parts of fewer than three points are left out; the others are one object. */
static void read_polygon(field *f, lw_text value)
{
    lw_coco_index *index = f->index;
    lw_cursor cursor = {value.data, value.data + value.size};
    uint32_t few[16], *points = few;
    size_t n = 0, n_parts = 0, capacity = LW_COUNT(few);
    bool is_flat = false, is_good = lw_cursor_take(&cursor, '[');
    while (is_good && !is_flat && !lw_cursor_take(&cursor, ']')) {
        size_t from = n;
        is_flat = !lw_cursor_take(&cursor, '['); /* the numbers of one part without a list around it */
        is_good = read_numbers(index, &cursor, &n) && n_parts < MAX_PARTS;
        if (!is_good)
            break;
        if (n - from < 6 || (n - from) % 2) {
            if (n > from)
                lw_coco_report(index, f->out, LW_WARNING, "part-left-out",
                               "a part of a polygon has fewer than three points or half a point; left out");
            n = from;
        } else {
            if (n_parts == capacity) {
                uint32_t *more = lw_alloc_array(f->cx->arena, capacity *= 4, sizeof *more);
                points = memcpy(more, points, n_parts * sizeof *points);
            }
            points[n_parts++] = (uint32_t)((n - from) / 2);
        }
        if (!is_flat && !lw_cursor_take(&cursor, ',')) {
            is_good = lw_cursor_take(&cursor, ']');
            break;
        }
    }
    if (!is_good) {
        broken_list(f, value, "an annotation's segmentation is no list of lists of numbers");
        return;
    }
    if (n_parts == 0)
        return;
    lw_shape *shape = &f->out->label.shape;
    uint32_t *rings = lw_alloc_array(f->cx->arena, n_parts, sizeof *rings);
    for (size_t i = 0; i < n_parts; i++)
        rings[i] = 1;
    *shape = (lw_shape){.kind = LW_POLYGON,
                        .xy = (const double *)lw_copy(f->cx->arena, index->numbers, n * sizeof(double)),
                        .n_points = n / 2,
                        .ring_points = (const uint32_t *)lw_copy(f->cx->arena, points, n_parts * sizeof *points),
                        .part_rings = rings,
                        .n_rings = n_parts,
                        .n_parts = n_parts};
}

/* "b'…'" is what Python's str() makes of bytes. */
static lw_text without_bytes_mark(lw_arena *arena, lw_text counts)
{
    if (counts.size < 3 || counts.data[0] != 'b' || (counts.data[1] != '\'' && counts.data[1] != '"') ||
        counts.data[counts.size - 1] != counts.data[1])
        return counts;
    char *to = lw_alloc(arena, counts.size);
    size_t n = 0;
    for (size_t i = 2; i + 1 < counts.size; i++) {
        if (counts.data[i] == '\\' && i + 2 < counts.size)
            i++;
        to[n++] = counts.data[i];
    }
    return (lw_text){to, n};
}

static bool compress(field *f, lw_text list, lw_shape *shape)
{
    size_t n;
    if (!read_list(f->index, list, &n))
        return false;
    uint32_t *counts = lw_alloc_array(f->cx->arena, n, sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        double count = f->index->numbers[i];
        if (!(count >= 0 && count <= UINT32_MAX && count == floor(count)))
            return false;
        counts[i] = (uint32_t)count;
    }
    lw_rle rle = {shape->mask_h, shape->mask_w, counts, n};
    bool is_good = lw_rle_check(f->cx, &rle) == LW_OK;
    lw_ctx_clear(f->cx);
    if (!is_good)
        return false;
    LW_AUTO(lw_buf) buf = {0};
    lw_rle_write(&buf, &rle);
    shape->counts = lw_text_copy(f->cx->arena, lw_buf_text(&buf));
    return true;
}

static void read_mask(field *f, lw_text value)
{
    lw_json_keys keys;
    lw_shape shape = {.kind = LW_MASK};
    lw_text counts = {0}, found;
    bool has_size = false;
    lw_json_find_keys(value, &keys);
    for (size_t i = 0; i < keys.n; i++) {
        size_t n;
        if (!lw_json_value(&keys, i, &found))
            continue;
        if (lw_text_is(keys.keys[i].name, "counts"))
            counts = found;
        if (!lw_text_is(keys.keys[i].name, "size") || !read_list(f->index, found, &n) || n != 2)
            continue;
        const double *size = f->index->numbers;
        has_size = size[0] >= 1 && size[1] >= 1 && size[0] <= LW_LIMIT_IMAGE_SIDE_PX && size[1] <= LW_LIMIT_IMAGE_SIDE_PX;
        if (has_size)
            shape.mask_h = (uint32_t)size[0], shape.mask_w = (uint32_t)size[1];
    }
    lw_rle_summary summary;
    bool is_good = has_size && counts.size;
    if (is_good && counts.data[0] == '[') {
        is_good = compress(f, counts, &shape);
    } else if (is_good && counts.data[0] == '"') {
        shape.counts = without_bytes_mark(f->cx->arena, lw_json_unescape(f->cx->arena, lw_text_slice(counts, 1, counts.size - 2)));
        is_good = lw_rle_summarize(shape.mask_h, shape.mask_w, shape.counts, &summary);
    }
    if (is_good && shape.counts.data)
        f->out->label.shape = shape;
    else
        broken(f, "an annotation's mask has no counts that fill its size [height, width]");
}

static void read_keypoints(field *f)
{
    size_t n;
    if (!f->keypoints.size || lw_text_is(f->keypoints, "null"))
        return;
    if (!read_list(f->index, f->keypoints, &n) || n % 3) {
        broken(f, "an annotation's keypoints are no list of x, y, visibility");
        return;
    }
    bool is_labelled = false, is_odd = false;
    for (size_t i = 2; i < n; i += 3) {
        double v = f->index->numbers[i];
        if (v != 0 && v != 1 && v != 2)
            f->index->numbers[i] = v > 0 ? 2 : 0, is_odd = true;
        is_labelled |= v > 0;
    }
    if (is_odd)
        lw_coco_report(f->index, f->out, LW_WARNING, "keypoint-visibility",
                       "a keypoint's visibility is not 0, 1 or 2; what is above 0 is read as visible");
    if (!is_labelled)
        return; /* none of them stands anywhere */
    f->out->label.shape.skeleton = (const double *)lw_copy(f->cx->arena, f->index->numbers, n * sizeof(double));
    f->out->label.shape.n_keypoints = n / 3;
}

/* The box of a skeleton that has nothing but its points is their bounds: then it says nothing of its own. */
static bool is_bounds(const lw_shape *skeleton, const double box[4])
{
    lw_shape alone = {.kind = LW_SKELETON, .skeleton = skeleton->skeleton, .n_keypoints = skeleton->n_keypoints};
    lw_shape_measure(&alone);
    return alone.x == box[0] && alone.y == box[1] && alone.w == box[2] && alone.h == box[3];
}

static void choose_shape(field *f, bool has_segmentation_key)
{
    lw_coco_annotation *out = f->out;
    lw_shape *shape = &out->label.shape;
    if (f->segmentation.size && f->segmentation.data[0] == '{')
        read_mask(f, f->segmentation);
    else if (f->segmentation.size && f->segmentation.data[0] == '[')
        read_polygon(f, f->segmentation);
    else if (f->segmentation.size && !lw_text_is(f->segmentation, "null"))
        broken(f, "an annotation's segmentation is neither polygons nor a mask");
    read_keypoints(f);
    if (shape->kind == LW_POLYGON || shape->kind == LW_MASK) {
        lw_shape_measure(shape);
    } else if (shape->skeleton && (!out->has_box || (!has_segmentation_key && is_bounds(shape, out->box)))) {
        shape->kind = LW_SKELETON;
        lw_shape_measure(shape);
    } else if (out->has_box) {
        shape->kind = LW_BOX;
        shape->x = out->box[0], shape->y = out->box[1], shape->w = out->box[2], shape->h = out->box[3];
    } else if (f->segmentation.size && f->segmentation.data[0] == '[') {
        leave_out(f, LW_WARNING, "too-few-points", lw_shape_problem_message("too-few-points"));
    } else {
        shape->kind = LW_TAG; /* of the image as a whole */
    }
    if (out->has_box && (shape->kind == LW_POLYGON || shape->kind == LW_MASK) &&
        (fabs(shape->x - out->box[0]) > 1.5 || fabs(shape->y - out->box[1]) > 1.5 || fabs(shape->w - out->box[2]) > 1.5 ||
         fabs(shape->h - out->box[3]) > 1.5))
        lw_coco_report(f->index, out, LW_INFO, "bbox-not-of-shape", "a bbox is not the one of its polygon or mask; the shape decides");
}

static const lw_coco_use *use_of(const lw_coco_file *file, int64_t category)
{
    uint32_t place;
    return lw_id_table_find(&file->use_ids, category, &place) ? &file->uses[place] : NULL;
}

static void read_attributes(field *f, int64_t category)
{
    lw_label *label = &f->out->label;
    const lw_attribute *read = NULL;
    lw_json *root;
    size_t n = 0;
    if (f->attributes.size && !lw_text_is(f->attributes, "null") && !lw_text_is(f->attributes, "{}") &&
        (lw_json_parse(f->cx, f->attributes, &root) != LW_OK || lw_attributes_from_json(f->cx, root, &read, &n) != LW_OK)) {
        lw_ctx_clear(f->cx);
        n = 0;
        lw_coco_report(f->index, f->out, LW_WARNING, "attributes-left-out",
                       "an annotation's attributes are no flat map of names and values; left out");
    }
    if (n == 0 && !f->is_crowd)
        return;
    lw_attribute *all = lw_new_array(f->cx->arena, lw_attribute, n + 1);
    for (size_t i = 0; i < n; i++)
        if (!f->is_crowd || !lw_text_is(read[i].name, "iscrowd"))
            all[label->n_attributes++] = read[i];
    lw_coco_fit_attributes(f->cx->arena, use_of(f->out->file, category), all, label->n_attributes);
    if (f->is_crowd)
        all[label->n_attributes++] = (lw_attribute){.name = LW_TEXT("iscrowd"), .type = LW_YESNO, .yes = true};
    label->attributes = all;
}

static void read_score(field *f, lw_text value)
{
    lw_cursor cursor = {value.data, value.data + value.size};
    double score;
    if (lw_text_is(value, "null"))
        return;
    if (lw_cursor_number(&cursor, &score) && score >= 0 && score <= 1)
        f->out->label.confidence = score;
    else
        lw_coco_report(f->index, f->out, LW_WARNING, "score-left-out", "a score is not a number from 0 to 1; left out");
}

static void read_crowd(field *f, lw_text value)
{
    f->is_crowd = lw_text_is(value, "1") || lw_text_is(value, "true") || lw_text_is(value, "1.0") || lw_text_is(value, "\"1\"");
}

static int64_t count_segments(lw_text list)
{
    int64_t n = 0;
    lw_cursor cursor = {list.data, list.data + list.size};
    lw_text segment;
    if (!lw_cursor_take(&cursor, '[') || lw_cursor_take(&cursor, ']'))
        return 0;
    do
        n += lw_cursor_value(&cursor, &segment);
    while (lw_cursor_take(&cursor, ','));
    return n;
}

static bool is_known(lw_text key)
{
    return lw_text_is(key, "id") || lw_text_is(key, "area") || lw_text_is(key, "num_keypoints") || lw_text_is(key, "license") ||
           lw_text_is(key, "file_name");
}

static void read_key(field *f, lw_text key, lw_text value)
{
    if (lw_text_is(key, "segmentation"))
        f->segmentation = value;
    else if (lw_text_is(key, "bbox"))
        read_box(f, value);
    else if (lw_text_is(key, "category_id"))
        f->category = value;
    else if (lw_text_is(key, "image_id"))
        f->out->image_id = f->out->file->is_results && value.size <= LW_LIMIT_NAME_BYTES ? lw_id_text(f->cx->arena, value) : (lw_text){0};
    else if (lw_text_is(key, "iscrowd"))
        read_crowd(f, value);
    else if (lw_text_is(key, "keypoints"))
        f->keypoints = value;
    else if (lw_text_is(key, "attributes"))
        f->attributes = value;
    else if (lw_text_is(key, "score"))
        read_score(f, value);
    else if (lw_text_is(key, "caption"))
        leave_out(f, LW_WARNING, "caption-left-out", "captions have no place yet; left out");
    else if (lw_text_is(key, "segments_info"))
        f->out->n_objects = count_segments(value),
        leave_out(f, LW_WARNING, "panoptic-left-out", "panoptic segments are in PNG files, which are not read yet; left out");
    else if (!is_known(key) && !f->out->problem)
        lw_report_add(f->index->options->report, LW_WARNING, "keys-left-out", "keys of annotations that are not known are left out", "%.*s: %.*s",
                      LW_FMT(f->out->file->entry->name), LW_FMT(lw_text_to_utf8(f->cx->arena, key)));
}

static const lw_class *class_of_results(const lw_coco_index *index, int64_t category)
{
    const lw_ontology *ontology = index->options->ontology;
    for (size_t i = 0; ontology && i < ontology->n_classes; i++)
        if (ontology->classes[i].index == category - (index->is_from_zero ? 0 : 1))
            return &ontology->classes[i];
    return NULL;
}

static void choose_class(field *f)
{
    int64_t id;
    bool is_number;
    uint32_t place;
    if (!lw_id_parse(f->category, &id, &is_number)) {
        broken(f, "an annotation has no category_id");
        return;
    }
    lw_label *label = &f->out->label;
    if (lw_id_table_find(&f->out->file->category_ids, id, &place) && f->out->file->categories[place].class_place >= 0) {
        const lw_coco_category *category = &f->out->file->categories[place];
        label->class_name = f->index->declared.classes[category->class_place].name;
        if (label->shape.skeleton && category->n_keypoints && label->shape.n_keypoints != category->n_keypoints)
            lw_coco_report(f->index, f->out, LW_WARNING, "keypoints-not-of-class",
                           "an annotation has not as many keypoints as its category; kept as they are");
    } else if (f->out->file->is_results) {
        const lw_class *of = class_of_results(f->index, id);
        if (of)
            label->class_name = of->name;
        else if (f->index->options->ontology)
            leave_out(f, LW_WARNING, "class-not-there", "results name a category that the project has no class for; left out");
        else
            label->class_name = lw_text_print(f->cx->arena, "category %" PRId64, id);
    } else {
        leave_out(f, LW_ERROR, "category-not-listed", "annotations name a category that is not listed; left out");
    }
    read_attributes(f, id);
}

/* The id first: everything that is reported names it. */
static void read_id(field *f, const lw_json_keys *keys)
{
    lw_text value;
    for (size_t i = 0; i < keys->n; i++) {
        if (!lw_text_is(keys->keys[i].name, "id") || !lw_json_value(keys, i, &value))
            continue;
        if (value.size <= LW_LIMIT_NAME_BYTES)
            f->out->label.source_id = lw_id_text(f->cx->arena, value);
    }
}

void lw_coco_annotation_read(lw_ctx *cx, lw_coco_index *index, lw_text object, lw_coco_annotation *in_out)
{
    lw_json_keys keys;
    field f = {.cx = cx, .index = index, .out = in_out};
    in_out->label = LW_LABEL_NONE;
    in_out->n_objects = 1;
    bool has_segmentation_key = false;
    if (lw_json_find_keys(object, &keys) != LW_JSON_WHOLE || keys.is_full) {
        broken(&f, "an annotation is no object, or has too many keys");
        return;
    }
    read_id(&f, &keys);
    for (size_t i = 0; i < keys.n; i++) {
        lw_text value;
        if (!lw_json_value(&keys, i, &value)) {
            broken(&f, "an annotation is not JSON");
            return;
        }
        has_segmentation_key |= lw_text_is(keys.keys[i].name, "segmentation");
        read_key(&f, keys.keys[i].name, value);
    }
    if (!in_out->problem)
        choose_shape(&f, has_segmentation_key);
    if (!in_out->problem)
        choose_class(&f);
    const char *problem = in_out->problem ? NULL : lw_shape_problem(&in_out->label.shape);
    if (problem)
        leave_out(&f, LW_WARNING, problem, lw_shape_problem_message(problem));
}
