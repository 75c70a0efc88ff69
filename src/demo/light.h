/* Where light falls: shadows that fruit cast on the belt and on each other, and the darkness in the gaps between them. */
#pragma once

#include "demo/scene.h"

/* Both 0 to 1: what arrives from the lamp, and from everywhere else. */
typedef struct lw_shade {
    float direct, ambient;
} lw_shade;

enum { LW_SHADE_STEP = 4 };

/* A fruit that can darken a place, as the ellipsoid it nearly is, with the lamp's direction in its own frame, where it is the unit ball. */
typedef struct lw_shade_caster {
    float x, y, z, axis_x, axis_y, per_along, per_across, per_high;
    float lamp[3], lamp2, lamp_length;
} lw_shade_caster;

typedef struct lw_shade_casters {
    lw_shade_caster casters[LW_SCENE_OBJECTS];
    size_t n;
} lw_shade_casters;

/* Those that can darken this rectangle, all but `self`. */
void lw_shade_gather(const lw_scene *scene, lw_body_bounds area, const lw_body *self, lw_shade_casters *out);
/* At a point with this normal. */
lw_shade lw_shade_at(const lw_scene_light *light, const lw_shade_casters *casters, const float point[3], const float normal[3]);

/* The strength of the lamp's pool along a row: n values from x on. */
void lw_light_pool(const lw_scene_light *light, float x, float y, int n, float *out);
