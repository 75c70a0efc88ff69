/* The shape of a fruit: a body of revolution with a few lumps, seen from above.
 * One function says where it is; drawing and truth both ask it. Coordinates are pixels of the image, z is height above the belt. */
#pragma once

#include <stdbool.h>

typedef enum lw_profile { LW_PROFILE_ROUND, LW_PROFILE_PEAR, LW_PROFILE_LEMON } lw_profile;

typedef struct lw_body {
    lw_profile profile;
    float x, y, z;             /* centre */
    float along, across, high; /* half its size along the axis as seen, across it, and towards the camera */
    float axis_x, axis_y;      /* the axis as seen; unit */
    float pole_along, pole_up; /* the stem's end in the body's own frame: cosine and sine of the axis' tilt towards the camera */
    float lumps[6];            /* cosine and sine parts of 2, 3 and 5 waves around the outline, as shares of the radius */
} lw_body;

enum { LW_BODY_ROW = 64 };

/* n points of one row. (t, w): place along and across, the body's half size = 1; lift: squared height over the centre in units of
 * `high`, negative outside; slope: half the derivative of the squared radius by t, for the normal; edge: signed distance to the outline in px,
 * positive inside, exact near it. */
typedef struct lw_body_row {
    float t[LW_BODY_ROW], w[LW_BODY_ROW], lift[LW_BODY_ROW], slope[LW_BODY_ROW], edge[LW_BODY_ROW];
} lw_body_row;

/* Points (x + i * step, y), i < n <= LW_BODY_ROW. */
void lw_body_scan(const lw_body *body, float x, float y, float step, int n, lw_body_row *out);
bool lw_body_covers(const lw_body *body, float x, float y);

/* A rectangle around it: left, top, right, bottom. */
typedef struct lw_body_bounds {
    float left, top, right, bottom;
} lw_body_bounds;
lw_body_bounds lw_body_bounds_of(const lw_body *body);
static inline bool lw_body_bounds_meet(lw_body_bounds a, lw_body_bounds b)
{
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
