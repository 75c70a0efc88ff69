#include <math.h>

#include "formats/coco_write.h"
#include "formats/outline.h"
#include "model/rle.h"

/* One label as an annotation. */

static void put_numbers(lw_buf *buf, const double *numbers, size_t n) { lw_buf_put_doubles(buf, numbers, n, ","); }

static void put_polygon(lw_buf *buf, const lw_shape *shape)
{
    const double *xy = shape->xy;
    lw_buf_put_char(buf, '[');
    for (size_t ring = 0; ring < shape->n_rings; ring++) {
        if (ring)
            lw_buf_put_char(buf, ',');
        put_numbers(buf, xy, 2 * (size_t)shape->ring_points[ring]);
        xy += 2 * (size_t)shape->ring_points[ring];
    }
    lw_buf_put_char(buf, ']');
}

static void put_mask(lw_buf *buf, uint32_t h, uint32_t w, lw_text counts)
{
    lw_buf_print(buf, "{\"size\":[%u,%u],\"counts\":", h, w);
    lw_buf_put_json_text(buf, counts);
    lw_buf_put_char(buf, '}');
}

/* Rings of one part, holes cut out; then the parts together. */
static lw_status fill_polygon(lw_ctx *cx, const lw_coco_out *out, const lw_shape *shape, lw_rle *rle)
{
    const double *xy = shape->xy;
    size_t ring = 0;
    lw_rle all = {0};
    for (size_t part = 0; part < shape->n_parts; part++) {
        lw_rle filled = {0};
        for (uint32_t i = 0; i < shape->part_rings[part]; i++, ring++) {
            lw_rle one;
            LW_TRY(lw_rle_from_ring(cx, xy, shape->ring_points[ring], (uint32_t)out->height, (uint32_t)out->width, &one));
            xy += 2 * (size_t)shape->ring_points[ring];
            filled = i == 0 ? one : lw_rle_combine(cx->arena, &filled, &one, LW_RLE_DIFFERENCE);
        }
        all = part == 0 ? filled : lw_rle_combine(cx->arena, &all, &filled, LW_RLE_UNION);
    }
    *rle = all;
    return LW_OK;
}

static bool has_holes(const lw_shape *shape) { return shape->kind == LW_POLYGON && shape->n_rings > shape->n_parts; }

/* What COCO has no word for, as the nearest shape that it has. */
static lw_status put_changed(lw_ctx *cx, lw_buf *buf, const lw_coco_out *out, const lw_label *label, lw_shape *measured, bool *left_out)
{
    const lw_shape *shape = &label->shape;
    if (has_holes(shape)) {
        lw_rle rle;
        LW_AUTO(lw_buf) counts = {0};
        if (out->width <= 0 || out->height <= 0 || fill_polygon(cx, out, shape, &rle) != LW_OK) {
            lw_ctx_clear(cx);
            *left_out = true;
            return LW_OK;
        }
        lw_rle_write(&counts, &rle);
        put_mask(buf, (uint32_t)out->height, (uint32_t)out->width, lw_buf_text(&counts));
        return LW_OK;
    }
    lw_ring ring = {0};
    if (lw_outline(cx, shape, &ring) != LW_OK || ring.n_points < 3) {
        lw_ctx_clear(cx);
        *left_out = true;
        return LW_OK;
    }
    lw_buf_put_char(buf, '[');
    put_numbers(buf, ring.xy, 2 * ring.n_points);
    lw_buf_put_char(buf, ']');
    lw_shape bounds = {.kind = LW_POLYLINE, .xy = ring.xy, .n_points = ring.n_points};
    lw_shape_measure(&bounds);
    measured->x = bounds.x, measured->y = bounds.y, measured->w = bounds.w, measured->h = bounds.h;
    return LW_OK;
}

static const char *change_of(const lw_shape *shape)
{
    switch (shape->kind) {
    case LW_BOX: return shape->angle != 0 ? "turned-box-as-polygon" : NULL;
    case LW_POLYGON: return has_holes(shape) ? "holes-as-mask" : NULL;
    case LW_ELLIPSE: return "ellipse-as-polygon";
    case LW_POLYLINE:
    case LW_POINTS:
    case LW_CUBOID: return "shape-left-out";
    default: return NULL;
    }
}

static lw_status put_segmentation(lw_ctx *cx, lw_buf *buf, const lw_coco_out *out, const lw_label *label, bool is_changed, lw_shape *measured,
                                  bool *left_out)
{
    const lw_shape *shape = &label->shape;
    if (shape->kind == LW_SKELETON || shape->kind == LW_TAG)
        return LW_OK;
    lw_buf_put_literal(buf, ",\"segmentation\":");
    if (is_changed)
        return put_changed(cx, buf, out, label, measured, left_out);
    if (shape->kind == LW_POLYGON)
        put_polygon(buf, shape);
    else if (shape->kind == LW_MASK)
        put_mask(buf, shape->mask_h, shape->mask_w, shape->counts);
    else
        lw_buf_put_literal(buf, "[]");
    return LW_OK;
}

static void put_keypoints(lw_buf *buf, const lw_shape *shape)
{
    if (!shape->skeleton)
        return;
    int n = 0;
    for (size_t i = 0; i < shape->n_keypoints; i++)
        n += shape->skeleton[3 * i + 2] > 0;
    lw_buf_put_literal(buf, ",\"keypoints\":");
    put_numbers(buf, shape->skeleton, 3 * shape->n_keypoints);
    lw_buf_put_literal(buf, ",\"num_keypoints\":");
    lw_buf_put_int(buf, n);
}

static bool is_crowd(const lw_attribute *attribute) { return lw_text_is(attribute->name, "iscrowd") && attribute->type == LW_YESNO; }

static void put_attributes(lw_buf *buf, const lw_label *label)
{
    size_t n = 0;
    for (size_t i = 0; i < label->n_attributes; i++) {
        if (is_crowd(&label->attributes[i]))
            continue;
        lw_buf_put_string(buf, n++ ? "," : ",\"attributes\":{");
        lw_attribute_write_json(buf, &label->attributes[i]);
    }
    if (n)
        lw_buf_put_char(buf, '}');
}

lw_status lw_coco_put_annotation(lw_ctx *cx, lw_buf *buf, const lw_coco_out *out, const lw_label *label, const char **changed, bool *left_out)
{
    const lw_shape *shape = &label->shape;
    lw_shape measured = *shape;
    size_t before = buf->size;
    bool crowd = false;
    *changed = change_of(shape);
    *left_out = shape->kind == LW_POLYLINE || shape->kind == LW_POINTS || shape->kind == LW_CUBOID;
    if (*changed && !out->lossy)
        return lw_fail(cx, LW_REFUSED, "COCO cannot carry a %s as it is (%s); agree to the loss with --lossy", lw_kind_name(shape->kind), *changed);
    if (*left_out)
        return LW_OK;
    for (size_t i = 0; i < label->n_attributes; i++)
        crowd |= is_crowd(&label->attributes[i]) && label->attributes[i].yes;
    lw_buf_put_literal(buf, "{\"id\":");
    lw_buf_put_int(buf, out->id);
    lw_buf_put_literal(buf, ",\"image_id\":");
    lw_buf_put_int(buf, out->image_id);
    lw_buf_put_literal(buf, ",\"category_id\":");
    lw_buf_put_int(buf, out->category_id);
    LW_TRY(put_segmentation(cx, buf, out, label, *changed != NULL, &measured, left_out));
    if (*left_out) {
        buf->size = before;
        *changed = "shape-left-out";
        return LW_OK;
    }
    if (shape->kind != LW_TAG) {
        lw_buf_put_literal(buf, ",\"bbox\":");
        put_numbers(buf, (double[]){measured.x, measured.y, measured.w, measured.h}, 4);
        double area = shape->kind == LW_SKELETON ? measured.w * measured.h : lw_shape_area(shape);
        lw_buf_put_literal(buf, ",\"area\":");
        lw_buf_put_double(buf, area);
        lw_buf_put_string(buf, crowd ? ",\"iscrowd\":1" : ",\"iscrowd\":0");
    }
    put_keypoints(buf, shape);
    put_attributes(buf, label);
    if (!isnan(label->confidence)) {
        lw_buf_put_literal(buf, ",\"score\":");
        lw_buf_put_double(buf, label->confidence);
    }
    lw_buf_put_char(buf, '}');
    return LW_OK;
}
