/* Any region as one ring of points, for formats that know nothing else: holes and further parts are joined to it by bridges of no
 * width (there and back on the same line), so that the region stays what it was. */
#pragma once

#include "model/shape.h"

typedef struct lw_ring {
    double *xy;
    size_t n_points;
    size_t n_bridges;
} lw_ring;

/* The corners of a box in the order of its upper edge, clockwise; a turned box's by its angle. */
void lw_box_corners(const lw_shape *box, double out[8]);
/* Box: its four corners. Polygon: its rings, joined. Mask: its pixels' edges, joined. Ellipse: 64 points on it, which is not the same region.
 * LW_INVALID when a mask's counts are malformed or a shape has no area by nature. */
LW_MUST_USE lw_status lw_outline(lw_ctx *cx, const lw_shape *shape, lw_ring *out);
/* What of the ring lies within 0..w, 0..h; the very ring when all of it does. Fewer than three points: nothing does. */
lw_ring lw_ring_clip(lw_arena *arena, lw_ring ring, double w, double h);
double lw_ring_area(const lw_ring *ring);
