/* From shapes that lie over each other to the polygons of what can be seen, exact to a tenth of a pixel. */
#pragma once

#include "base/status.h"
#include "demo/body.h"

/* A closed line, last point not repeated: x, y, x, y, … in px, rounded to 0.01. */
typedef struct lw_outline_ring {
    const double *xy;
    size_t n_points;
    bool is_hole;
    size_t part; /* the ring that a hole lies in; its own place otherwise */
} lw_outline_ring;

typedef struct lw_outline {
    const lw_outline_ring *rings;
    size_t n_rings;
    double box[4]; /* x, y, w, h */
    double area_px;
} lw_outline;

/* What can be seen of `body` in an image of this size under `above[0..n_above)`; no ring when nothing can. */
LW_MUST_USE lw_status lw_outline_trace(lw_ctx *cx, const lw_body *body, const lw_body *const *above, size_t n_above, int width, int height,
                                       lw_outline *out);
