/* What a fruit's surface looks like at each point: colour by ripeness, pores, streaks, stem, bruises. */
#pragma once

#include "demo/scene.h"

/* Points of one row on one body, in the body's own frame (along, across, up), and what the skin is there. */
typedef struct lw_skin_row {
    float t[LW_BODY_ROW], w[LW_BODY_ROW], up[LW_BODY_ROW];                /* place; the body's half size = 1 */
    float normal[3][LW_BODY_ROW];                                         /* unit; in and out: bumps tilt it */
    float color[3][LW_BODY_ROW], gloss[LW_BODY_ROW], cavity[LW_BODY_ROW]; /* cavity: share of the light that reaches into it */
} lw_skin_row;

/* What does not change from row to row of one object. */
typedef struct lw_skin {
    const lw_scene_object *object;
    const lw_textures *textures;
    float ramp[3][65];                /* colour by maturity */
    float maturity;                   /* 0 to 1 */
    float place[2];                   /* in the textures */
    float pole[3], east[3], north[3]; /* the stem's direction and two at right angles */
    float wound[3], wound_size;
    float gloss, fuzz;
} lw_skin;

void lw_skin_prepare(const lw_scene_object *object, const lw_textures *textures, lw_skin *out);
void lw_skin_paint(const lw_skin *skin, int n, lw_skin_row *row);
