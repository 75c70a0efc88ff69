/* A stored geometry: any bytes are decoded or found damaged, and what was decoded is measured, encoded and read back the same.
 * Input: kind, size of the skeleton, skeleton, geometry. */
#include "model/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static lw_status decode(lw_ctx *cx, const lw_shape *row, lw_text bytes, lw_text skeleton, lw_shape *out)
{
    *out = (lw_shape){.kind = row->kind, .x = row->x, .y = row->y, .w = row->w, .h = row->h};
    return lw_shape_decode(cx, bytes, skeleton, out);
}

static void check_json(lw_ctx *cx, const lw_shape *shape)
{
    LW_AUTO(lw_buf) buf = {0};
    lw_json *object;
    lw_shape again;
    lw_buf_put_char(&buf, '{');
    lw_shape_write_json(&buf, shape);
    lw_buf_put_char(&buf, '}');
    LW_ASSERT(lw_json_parse(cx, lw_buf_text(&buf), &object) == LW_OK);
    if (lw_shape_problem(shape) || shape->n_keypoints)
        return; /* a v that is none of 0, 1, 2 is kept by the store and refused in JSON */
    LW_ASSERT(lw_shape_from_json(cx, object, &again) == LW_OK);
    LW_ASSERT(lw_shape_equal(shape, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_text rest = {(const char *)data + 2, size - 2}, skeleton = lw_text_slice(rest, 0, data[1]), bytes = lw_text_slice(rest, data[1], rest.size);
    const lw_shape row = {.kind = (lw_kind)data[0], .x = 1, .y = 2, .w = 3, .h = 4};
    lw_shape shape, again;
    lw_status status = decode(&cx, &row, bytes, skeleton, &shape);
    LW_ASSERT(status == LW_OK || (status == LW_DAMAGED && cx.message[0]));
    LW_ASSERT(lw_arena_used(arena) < 64 * size + 4096);
    if (status != LW_OK)
        return 0;
    LW_AUTO(lw_buf) first = {0};
    LW_AUTO(lw_buf) points = {0};
    lw_shape_encode(&first, &shape);
    if (shape.n_keypoints)
        lw_skeleton_encode(&points, shape.skeleton, shape.n_keypoints);
    LW_ASSERT(decode(&cx, &row, lw_buf_text(&first), lw_buf_text(&points), &again) == LW_OK);
    LW_ASSERT(lw_shape_equal(&shape, &again));
    double x, y, w, h;
    lw_shape_measure(&shape);
    lw_shape_bounds(&shape, &x, &y, &w, &h);
    (void)lw_shape_area(&shape);
    LW_ASSERT(lw_shape_points(&shape) <= size);
    check_json(&cx, &shape);
    return 0;
}
