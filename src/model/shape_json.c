#include <math.h>

#include "base/decimal.h"
#include "base/limits.h"
#include "model/rle.h"
#include "model/shape.h"

static const char *const expected[LW_N_KINDS] = {
    [LW_BOX] = "[x, y, w, h]",
    [LW_POLYGON] = "[[[x,y, x,y, …], hole, …], part, …]",
    [LW_POLYLINE] = "[x,y, x,y, …]",
    [LW_POINTS] = "[x,y, x,y, …]",
    [LW_SKELETON] = "[x,y,v, …] with v 0, 1 or 2",
    [LW_MASK] = "{\"size\": [h, w], \"counts\": \"…\"} in COCO's compressed form",
    [LW_ELLIPSE] = "[cx, cy, rx, ry]",
    [LW_CUBOID] = "[x,y, …] of 8 corners",
    [LW_TAG] = "true",
};

static lw_status malformed(lw_ctx *cx, lw_kind kind)
{
    return lw_fail_at(cx, lw_print(cx->arena, "/%s", lw_kind_name(kind)), "'%s' must be %s", lw_kind_name(kind), expected[kind]);
}

static lw_status too_many(lw_ctx *cx, lw_kind kind)
{
    return lw_fail_at(cx, lw_print(cx->arena, "/%s", lw_kind_name(kind)), "'%s' has more than %d points", lw_kind_name(kind), LW_LIMIT_POINTS);
}

/* False when it is no list of finite numbers alone. */
static bool read_numbers(lw_json *list, double *out)
{
    size_t i, n;
    lw_json *item;
    yyjson_arr_foreach(list, i, n, item)
    {
        if (!lw_json_to_double(item, &out[i]))
            return false;
    }
    return true;
}

static lw_status read_list(lw_ctx *cx, lw_kind kind, lw_json *list, size_t stride, const double **out, size_t *n_out)
{
    size_t n = yyjson_arr_size(list);
    if (!yyjson_is_arr(list) || n % stride)
        return malformed(cx, kind);
    if (n / stride > LW_LIMIT_POINTS)
        return too_many(cx, kind);
    double *numbers = lw_new_array(cx->arena, double, n);
    if (!read_numbers(list, numbers))
        return malformed(cx, kind);
    *out = numbers;
    *n_out = n / stride;
    return LW_OK;
}

/* A part is a list of rings, or in COCO's form its one ring. */
static bool is_ring(lw_json *part) { return yyjson_is_num(yyjson_arr_get_first(part)); }

static lw_status count_polygon(lw_ctx *cx, lw_json *parts, size_t *n_rings, size_t *n_points)
{
    size_t i, j, n, m;
    lw_json *part, *ring;
    yyjson_arr_foreach(parts, i, n, part)
    {
        if (!yyjson_is_arr(part))
            return malformed(cx, LW_POLYGON);
        if (is_ring(part)) {
            *n_rings += 1;
            *n_points += yyjson_arr_size(part) / 2;
            continue;
        }
        yyjson_arr_foreach(part, j, m, ring)
        {
            if (!yyjson_is_arr(ring))
                return malformed(cx, LW_POLYGON);
            *n_rings += 1;
            *n_points += yyjson_arr_size(ring) / 2;
        }
    }
    return *n_points > LW_LIMIT_POINTS || *n_rings > LW_LIMIT_POINTS ? too_many(cx, LW_POLYGON) : LW_OK;
}

static lw_status read_polygon(lw_ctx *cx, lw_json *parts, lw_shape *out)
{
    if (!yyjson_is_arr(parts))
        return malformed(cx, LW_POLYGON);
    size_t n_rings = 0, n_points = 0, n_parts = yyjson_arr_size(parts);
    LW_TRY(count_polygon(cx, parts, &n_rings, &n_points));
    if (n_parts > LW_LIMIT_POINTS)
        return too_many(cx, LW_POLYGON);
    double *xy = lw_new_array(cx->arena, double, 2 * n_points), *at = xy;
    uint32_t *ring_points = lw_new_array(cx->arena, uint32_t, n_rings), *next_ring = ring_points;
    uint32_t *part_rings = lw_new_array(cx->arena, uint32_t, n_parts);
    size_t i, n;
    lw_json *part;
    yyjson_arr_foreach(parts, i, n, part)
    {
        bool one = is_ring(part);
        part_rings[i] = one ? 1 : (uint32_t)yyjson_arr_size(part);
        lw_json *ring = one ? part : yyjson_arr_get_first(part);
        for (uint32_t k = 0; k < part_rings[i]; k++, ring = unsafe_yyjson_get_next(ring)) {
            size_t n_numbers = yyjson_arr_size(ring);
            if (n_numbers % 2 || !read_numbers(ring, at))
                return malformed(cx, LW_POLYGON);
            at += n_numbers;
            *next_ring++ = (uint32_t)(n_numbers / 2);
        }
    }
    out->xy = xy, out->n_points = n_points;
    out->ring_points = ring_points, out->n_rings = n_rings;
    out->part_rings = part_rings, out->n_parts = n_parts;
    return LW_OK;
}

static lw_status read_mask(lw_ctx *cx, lw_json *mask, lw_shape *out)
{
    lw_json *size = lw_json_get(mask, "size"), *counts = lw_json_get(mask, "counts");
    int64_t h, w;
    if (yyjson_obj_size(mask) != 2 || yyjson_arr_size(size) != 2 || !yyjson_is_str(counts) || !lw_json_to_int(yyjson_arr_get(size, 0), &h) ||
        !lw_json_to_int(yyjson_arr_get(size, 1), &w))
        return malformed(cx, LW_MASK);
    if (h < 1 || w < 1 || h > LW_LIMIT_IMAGE_SIDE_PX || w > LW_LIMIT_IMAGE_SIDE_PX)
        return lw_fail_at(cx, "/mask/size", "a mask's sides have 1 to %d px", LW_LIMIT_IMAGE_SIDE_PX);
    out->mask_h = (uint32_t)h;
    out->mask_w = (uint32_t)w;
    out->counts = lw_json_text(counts);
    lw_rle_summary summary;
    if (!lw_rle_summarize(out->mask_h, out->mask_w, out->counts, &summary))
        return lw_fail_at(cx, "/mask/counts", "the mask's counts are not runs of %" PRId64 " x %" PRId64 " pixels in COCO's compressed form", w, h);
    return LW_OK;
}

static lw_status read_four(lw_ctx *cx, lw_kind kind, lw_json *list, double out[4])
{
    if (yyjson_arr_size(list) != 4 || !read_numbers(list, out))
        return malformed(cx, kind);
    return LW_OK;
}

static lw_status read_kind(lw_ctx *cx, lw_kind kind, lw_json *value, lw_shape *out)
{
    double four[4];
    switch (kind) {
    case LW_BOX:
        LW_TRY(read_four(cx, kind, value, four));
        out->x = four[0], out->y = four[1], out->w = four[2], out->h = four[3];
        return LW_OK;
    case LW_ELLIPSE:
        LW_TRY(read_four(cx, kind, value, four));
        out->cx = four[0], out->cy = four[1], out->rx = four[2], out->ry = four[3];
        return LW_OK;
    case LW_POLYGON: return read_polygon(cx, value, out);
    case LW_MASK: return read_mask(cx, value, out);
    case LW_POLYLINE:
    case LW_POINTS: return read_list(cx, kind, value, 2, &out->xy, &out->n_points);
    case LW_CUBOID: return yyjson_arr_size(value) == 16 ? read_list(cx, kind, value, 2, &out->xy, &out->n_points) : malformed(cx, kind);
    case LW_TAG: return yyjson_is_true(value) ? LW_OK : malformed(cx, kind);
    default: return LW_OK; /* a skeleton is read beside */
    }
}

static lw_status read_skeleton(lw_ctx *cx, lw_json *value, lw_shape *out)
{
    LW_TRY(read_list(cx, LW_SKELETON, value, 3, &out->skeleton, &out->n_keypoints));
    for (size_t i = 0; i < out->n_keypoints; i++) {
        double v = out->skeleton[3 * i + 2];
        if (v != 0 && v != 1 && v != 2)
            return malformed(cx, LW_SKELETON);
    }
    return LW_OK;
}

/* The one geometry key; 0 when there is none. A skeleton counts when it stands alone. */
static lw_status find_kind(lw_ctx *cx, lw_json *object, lw_kind *out)
{
    lw_kind found = (lw_kind)0;
    for (int kind = LW_BOX; kind < LW_N_KINDS; kind++) {
        if (kind == LW_SKELETON || lw_json_is_missing(lw_json_get(object, lw_kind_name((lw_kind)kind))))
            continue;
        if (found)
            return lw_fail_at(cx, lw_print(cx->arena, "/%s", lw_kind_name((lw_kind)kind)), "a label has one geometry; this one has '%s' and '%s'",
                              lw_kind_name(found), lw_kind_name((lw_kind)kind));
        found = (lw_kind)kind;
    }
    *out = found;
    return LW_OK;
}

static bool may_have_skeleton(lw_kind kind) { return kind == LW_BOX || kind == LW_POLYGON || kind == LW_MASK || kind == LW_SKELETON; }

lw_status lw_shape_change_from_json(lw_ctx *cx, lw_json *object, lw_shape *in_out)
{
    lw_kind kind = (lw_kind)0;
    LW_TRY(find_kind(cx, object, &kind));
    lw_json *skeleton = lw_json_get(object, "skeleton"), *angle = lw_json_get(object, "angle");
    lw_shape made = *in_out;
    if (kind) {
        made = (lw_shape){.kind = kind};
        LW_TRY(read_kind(cx, kind, lw_json_get(object, lw_kind_name(kind)), &made));
        if (kind == in_out->kind)
            made.angle = in_out->angle;
        if (may_have_skeleton(kind))
            made.skeleton = in_out->skeleton, made.n_keypoints = in_out->n_keypoints;
    } else if (!made.kind && !lw_json_is_missing(skeleton)) {
        made.kind = LW_SKELETON;
    }
    if (skeleton) {
        made.skeleton = NULL, made.n_keypoints = 0;
        if (!yyjson_is_null(skeleton))
            LW_TRY(read_skeleton(cx, skeleton, &made));
        if (made.kind && !may_have_skeleton(made.kind) && !yyjson_is_null(skeleton))
            return lw_fail_at(cx, "/skeleton", "a skeleton stands alone or beside a box, polygon or mask, not beside '%s'", lw_kind_name(made.kind));
    }
    if (angle) {
        made.angle = 0;
        if (!yyjson_is_null(angle) && !lw_json_to_double(angle, &made.angle))
            return lw_fail_at(cx, "/angle", "'angle' must be a number of degrees");
        if (made.kind != LW_BOX && made.kind != LW_ELLIPSE && !yyjson_is_null(angle))
            return lw_fail_at(cx, "/angle", "'angle' goes with a box or an ellipse");
    }
    lw_shape_measure(&made);
    *in_out = made;
    return LW_OK;
}

lw_status lw_shape_from_json(lw_ctx *cx, lw_json *object, lw_shape *out)
{
    lw_shape made = {0};
    LW_TRY(lw_shape_change_from_json(cx, object, &made));
    if (!made.kind)
        return lw_fail(cx, LW_INVALID, "a label needs a geometry: one of box, polygon, polyline, points, skeleton, mask, ellipse, cuboid, tag");
    *out = made;
    return LW_OK;
}

static void put_numbers(lw_buf *buf, const double *numbers, size_t n) { lw_buf_put_doubles(buf, numbers, n, ", "); }

static void put_polygon(lw_buf *buf, const lw_shape *shape)
{
    const double *xy = shape->xy;
    lw_buf_put_literal(buf, "\"polygon\": [");
    for (size_t part = 0, ring = 0; part < shape->n_parts; part++) {
        lw_buf_put_string(buf, part ? ", [" : "[");
        for (size_t i = 0; i < shape->part_rings[part]; i++, ring++) {
            if (i)
                lw_buf_put_literal(buf, ", ");
            put_numbers(buf, xy, 2 * (size_t)shape->ring_points[ring]);
            xy += 2 * (size_t)shape->ring_points[ring];
        }
        lw_buf_put_char(buf, ']');
    }
    lw_buf_put_char(buf, ']');
}

static void put_angle(lw_buf *buf, double angle)
{
    lw_buf_put_literal(buf, ", \"angle\": ");
    lw_buf_put_double(buf, angle);
}

void lw_shape_write_json(lw_buf *buf, const lw_shape *shape)
{
    lw_buf_put_comma(buf);
    switch (shape->kind) {
    case LW_BOX:
        lw_buf_put_literal(buf, "\"box\": ");
        put_numbers(buf, (const double[]){shape->x, shape->y, shape->w, shape->h}, 4);
        put_angle(buf, shape->angle);
        break;
    case LW_ELLIPSE:
        lw_buf_put_literal(buf, "\"ellipse\": ");
        put_numbers(buf, (const double[]){shape->cx, shape->cy, shape->rx, shape->ry}, 4);
        put_angle(buf, shape->angle);
        break;
    case LW_POLYGON: put_polygon(buf, shape); break;
    case LW_MASK:
        lw_buf_print(buf, "\"mask\": {\"size\": [%" PRIu32 ", %" PRIu32 "], \"counts\": ", shape->mask_h, shape->mask_w);
        lw_buf_put_json_text(buf, shape->counts);
        lw_buf_put_char(buf, '}');
        break;
    case LW_POLYLINE:
    case LW_POINTS:
    case LW_CUBOID:
        lw_buf_print(buf, "\"%s\": ", lw_kind_name(shape->kind));
        put_numbers(buf, shape->xy, 2 * shape->n_points);
        break;
    case LW_TAG: lw_buf_put_literal(buf, "\"tag\": true"); break;
    default: break;
    }
    if (shape->n_keypoints || shape->kind == LW_SKELETON) {
        lw_buf_put_string(buf, shape->kind == LW_SKELETON ? "\"skeleton\": " : ", \"skeleton\": ");
        put_numbers(buf, shape->skeleton, 3 * shape->n_keypoints);
    }
}
