#include "formats/yolo_put.h"

#include <math.h>

#include "formats/outline.h"

void lw_yolo_note(lw_yolo_rows *row, lw_severity severity, const char *code, const char *message)
{
    lw_report_add(row->report, severity, code, message, "%.*s", LW_FMT(row->item->name));
}

/* What this task cannot say: refused, unless that was agreed to. */
lw_status lw_yolo_lose(lw_yolo_rows *row, lw_ctx *cx, const char *code, const char *message)
{
    if (row->lossy) {
        lw_yolo_note(row, LW_WARNING, code, message);
        return LW_OK;
    }
    return lw_fail(cx, LW_REFUSED, "%.*s: %s. Agree with --lossy, or choose another of --format yolo-detect, yolo-segment, yolo-pose, yolo-obb",
                   LW_FMT(row->item->name), message);
}

/* The numbers of a row, each with a blank before it: x, y, x, y … */
static void put_shares(lw_yolo_rows *row, const double *xy, size_t n)
{
    char *start = lw_buf_reserve(row->out, n * (LW_DECIMAL_SIZE + 1)), *at = start;
    for (size_t i = 0; start && i < n; i++) {
        *at++ = ' ';
        at += lw_share_print(xy[i], i % 2 ? &row->height : &row->width, at);
    }
    row->out->size += (size_t)(at - start);
}

static bool put_box(lw_yolo_rows *row, int64_t number, double x, double y, double w, double h)
{
    double left = fmax(x, 0), top = fmax(y, 0), right = fmin(x + w, row->width.size), bottom = fmin(y + h, row->height.size);
    bool is_clipped = x < 0 || y < 0 || x + w > row->width.size + 1e-6 || y + h > row->height.size + 1e-6;
    if (is_clipped) {
        if (right <= left || bottom <= top) {
            lw_yolo_note(row, LW_WARNING, "outside-image-left-out", "shape lies outside of its image; left out");
            return false;
        }
        lw_yolo_note(row, LW_WARNING, "clipped", "shape leaves its image; clipped to it");
        x = left, y = top, w = right - left, h = bottom - top;
    }
    lw_buf_put_int(row->out, number);
    put_shares(row, (const double[]){x + w / 2, y + h / 2, w, h}, 4);
    return true;
}

static void put_points(lw_yolo_rows *row, int64_t number, const double *xy, size_t n_points)
{
    lw_buf_put_int(row->out, number);
    put_shares(row, xy, 2 * n_points);
}

static bool put_region(lw_yolo_rows *row, int64_t number, const lw_shape *shape)
{
    lw_ring ring, kept;
    if (lw_outline(&row->cx, shape, &ring) != LW_OK) {
        lw_yolo_note(row, LW_WARNING, "mask-malformed", "mask cannot be read; left out");
        return false;
    }
    if (shape->kind == LW_BOX)
        lw_yolo_note(row, LW_INFO, "box-as-polygon", "box among polygons; written as its four corners");
    if (shape->kind == LW_MASK)
        lw_yolo_note(row, LW_INFO, "mask-as-polygon", "mask is written as the outline of its pixels");
    if (ring.n_bridges)
        lw_yolo_note(row, LW_INFO, "parts-joined", "parts or holes of one object; joined by bridges of no width");
    kept = lw_ring_clip(row->cx.arena, ring, row->width.size, row->height.size);
    if (kept.n_points < 3 || (kept.xy != ring.xy && lw_ring_area(&kept) <= 0)) {
        lw_yolo_note(row, LW_WARNING, "outside-image-left-out", "shape lies outside of its image; left out");
        return false;
    }
    if (kept.xy != ring.xy)
        lw_yolo_note(row, LW_WARNING, "clipped", "shape leaves its image; clipped to it");
    put_points(row, number, kept.xy, kept.n_points);
    return true;
}

/* Corners may leave the image a little (they would be no rectangle otherwise); Ultralytics wants their centre in it. */
static bool put_corners(lw_yolo_rows *row, int64_t number, const double corners[8])
{
    double xy[8], low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    const double size[2] = {row->width.size, row->height.size};
    bool is_fine = true;
    for (int i = 0; i < 8; i++) {
        low[i % 2] = fmin(low[i % 2], corners[i]);
        high[i % 2] = fmax(high[i % 2], corners[i]);
    }
    for (int i = 0; i < 2; i++) {
        double centre = (low[i] + high[i]) / 2;
        is_fine &= centre >= 0 && centre <= size[i] && high[i] - low[i] <= size[i];
    }
    for (int i = 0; i < 8; i++)
        xy[i] = is_fine ? corners[i] : fmin(fmax(corners[i], 0), size[i % 2]);
    lw_ring ring = {xy, 4, 0};
    if (lw_ring_area(&ring) <= 0) {
        lw_yolo_note(row, LW_WARNING, "outside-image-left-out", "shape lies outside of its image; left out");
        return false;
    }
    if (!is_fine)
        lw_yolo_note(row, LW_WARNING, "clipped", "shape leaves its image; clipped to it");
    put_points(row, number, xy, 4);
    return true;
}

static void put_keypoints(lw_yolo_rows *row, const lw_shape *shape)
{
    bool is_clipped = false;
    LW_ASSERT(shape->skeleton || shape->n_keypoints == 0);
    for (uint32_t i = 0; i < row->n_keypoints; i++) {
        const double *at = i < shape->n_keypoints ? shape->skeleton + 3 * i : (const double[]){0, 0, 0};
        double x = fmin(fmax(at[0], 0), row->width.size), y = fmin(fmax(at[1], 0), row->height.size);
        is_clipped |= x != at[0] || y != at[1];
        put_shares(row, (const double[]){x, y}, 2);
        lw_buf_print(row->out, " %d", (int)at[2]);
    }
    if (is_clipped)
        lw_yolo_note(row, LW_WARNING, "keypoint-clipped", "keypoint lies outside of its image; moved to its border");
}

/* The box around the keypoints that are labelled. */
static bool skeleton_box(const lw_shape *shape, double box[4])
{
    double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    LW_ASSERT(shape->skeleton || shape->n_keypoints == 0);
    for (size_t i = 0; i < shape->n_keypoints; i++) {
        const double *at = shape->skeleton + 3 * i;
        if (at[2] == 0)
            continue;
        left = fmin(left, at[0]), right = fmax(right, at[0]), top = fmin(top, at[1]), bottom = fmax(bottom, at[1]);
    }
    box[0] = left, box[1] = top, box[2] = right - left, box[3] = bottom - top;
    return right > left && bottom > top;
}

static bool put_pose(lw_yolo_rows *row, int64_t number, const lw_shape *shape)
{
    double box[4] = {shape->x, shape->y, shape->w, shape->h};
    if (shape->kind == LW_SKELETON) {
        if (!skeleton_box(shape, box)) {
            lw_yolo_note(row, LW_WARNING, "skeleton-without-area", "skeleton has no box around it; left out");
            return false;
        }
        lw_yolo_note(row, LW_INFO, "box-from-keypoints", "skeleton without a box; its box is the one around its keypoints");
    }
    if (!put_box(row, number, box[0], box[1], box[2], box[3]))
        return false;
    put_keypoints(row, shape);
    return true;
}

static bool is_quad(const lw_shape *shape) { return shape->kind == LW_POLYGON && shape->n_rings == 1 && shape->n_points == 4; }

/* The box around any shape that has an extent; what it was is lost. */
static lw_status put_bounds(lw_yolo_rows *row, lw_ctx *cx, int64_t number, const lw_shape *shape, bool *is_written)
{
    double x, y, w, h, corners[8];
    lw_shape_bounds(shape, &x, &y, &w, &h);
    if (shape->kind == LW_TAG || !(w > 0) || !(h > 0))
        return lw_yolo_lose(row, cx, "left-out", "shape that this YOLO task has no place for; left out");
    LW_TRY(lw_yolo_lose(row, cx, "box-around", "shape that this YOLO task has no place for; the box around it is written"));
    lw_shape box = {.kind = LW_BOX, .x = x, .y = y, .w = w, .h = h, .skeleton = shape->skeleton, .n_keypoints = shape->n_keypoints};
    if (row->task == LW_YOLO_OBB) {
        lw_box_corners(&box, corners);
        *is_written = put_corners(row, number, corners);
    } else if (row->task == LW_YOLO_POSE) {
        *is_written = put_pose(row, number, &box);
    } else {
        *is_written = put_box(row, number, x, y, w, h);
    }
    return LW_OK;
}

static lw_status put_shape(lw_yolo_rows *row, lw_ctx *cx, int64_t number, const lw_shape *shape, bool *is_written)
{
    lw_yolo_task task = row->task;
    double corners[8];
    bool is_box = shape->kind == LW_BOX;
    if (shape->skeleton && shape->kind != LW_SKELETON && task != LW_YOLO_POSE) {
        if (row->is_chosen)
            LW_TRY(lw_yolo_lose(row, cx, "skeleton-left-out", "keypoints beside a shape; left out"));
        else
            lw_yolo_note(row, LW_WARNING, "skeleton-left-out", "keypoints beside a shape; left out");
    }
    if (task == LW_YOLO_SEGMENT && (is_box || shape->kind == LW_POLYGON || shape->kind == LW_MASK)) {
        *is_written = put_region(row, number, shape);
    } else if (task == LW_YOLO_SEGMENT && shape->kind == LW_ELLIPSE) {
        LW_TRY(lw_yolo_lose(row, cx, "ellipse-as-polygon", "ellipse; written as a polygon of 64 points"));
        *is_written = put_region(row, number, shape);
    } else if (task == LW_YOLO_SEGMENT) {
        LW_TRY(lw_yolo_lose(row, cx, "left-out", "shape that this YOLO task has no place for; left out"));
    } else if (task == LW_YOLO_OBB && (is_box || is_quad(shape))) {
        if (is_box)
            lw_box_corners(shape, corners);
        *is_written = put_corners(row, number, is_box ? corners : shape->xy);
    } else if (task == LW_YOLO_POSE && ((is_box && shape->angle == 0) || shape->kind == LW_SKELETON)) {
        *is_written = put_pose(row, number, shape);
    } else if (is_box && shape->angle == 0) {
        *is_written = put_box(row, number, shape->x, shape->y, shape->w, shape->h);
    } else {
        LW_TRY(put_bounds(row, cx, number, shape, is_written));
    }
    return LW_OK;
}

bool lw_yolo_is_item_attributes(const lw_label *label) { return label->shape.kind == LW_TAG && lw_text_is(label->class_name, LW_ITEM_CLASS); }

lw_status lw_yolo_put_rows(lw_yolo_rows *row, lw_ctx *cx, const lw_label *labels, size_t n_labels)
{
    const lw_ontology *ontology = row->ontology;
    lw_report *report = row->report;
    for (size_t i = 0; i < n_labels; i++) {
        const lw_label *label = &labels[i];
        const lw_class *class = lw_class_find(ontology, label->class_name);
        size_t before = row->out->size;
        bool is_written = false;
        if (lw_yolo_is_item_attributes(label))
            lw_yolo_note(row, LW_WARNING, "item-attributes-left-out", "the format has no place for attributes of items");
        else if (!class)
            return lw_fail(cx, LW_INVALID, "%.*s: class '%.*s' is not in the ontology", LW_FMT(row->item->name), LW_FMT(label->class_name));
        else
            LW_TRY(put_shape(row, cx, row->numbers[class - ontology->classes], &label->shape, &is_written));
        if (is_written) {
            lw_buf_put_char(row->out, '\n');
            report->labels_written++;
            report->kinds[label->shape.kind]++;
        } else {
            row->out->size = before;
            report->labels_skipped++;
        }
    }
    return LW_OK;
}
