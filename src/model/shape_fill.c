/* The pixels that a polygon covers, for formats that have masks alone where a polygon has holes or parts. */
#include "model/rle.h"
#include "model/shape.h"

/* One by one, a union of n masks would walk its result n times; in pairs, log n times. */
static lw_rle unite(lw_arena *arena, lw_rle *masks, size_t n)
{
    for (; n > 1; n = (n + 1) / 2)
        for (size_t i = 0; i < n; i += 2)
            masks[i / 2] = i + 1 < n ? lw_rle_combine(arena, &masks[i], &masks[i + 1], LW_RLE_UNION) : masks[i];
    return masks[0];
}

lw_status lw_shape_fill(lw_ctx *cx, const lw_shape *polygon, uint32_t h, uint32_t w, lw_rle *out)
{
    lw_rle *parts = lw_new_array(cx->arena, lw_rle, polygon->n_parts), *rings = lw_new_array(cx->arena, lw_rle, polygon->n_rings);
    const double *xy = polygon->xy;
    if (polygon->kind != LW_POLYGON || polygon->n_parts == 0)
        return lw_fail(cx, LW_INVALID, "only a polygon can be filled");
    for (size_t part = 0, ring = 0; part < polygon->n_parts; part++) {
        size_t first = ring, end = ring + polygon->part_rings[part];
        if (first == end)
            return lw_fail(cx, LW_INVALID, "a part of a polygon without rings cannot be filled");
        for (; ring < end; ring++) {
            LW_TRY(lw_rle_from_ring(cx, xy, polygon->ring_points[ring], h, w, &rings[ring]));
            xy += 2 * (size_t)polygon->ring_points[ring];
        }
        parts[part] = rings[first];
        if (first + 1 < end) {
            lw_rle holes = unite(cx->arena, rings + first + 1, end - first - 1);
            parts[part] = lw_rle_combine(cx->arena, &rings[first], &holes, LW_RLE_DIFFERENCE);
        }
    }
    *out = unite(cx->arena, parts, polygon->n_parts);
    return LW_OK;
}
