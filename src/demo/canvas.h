/* Linear light on its way from the scene to the sensor, and what lens and camera make of it. */
#pragma once

#include "demo/scene.h"

/* Three planes of width * height. */
typedef struct lw_canvas {
    int width, height;
    float *plane[3];
} lw_canvas;

/* Draws what lies on the belt, or stands beside it. */
void lw_belt_draw(lw_ctx *cx, const lw_scene *scene, const lw_textures *textures, lw_canvas *canvas);
void lw_rails_draw(const lw_scene *scene, const lw_textures *textures, lw_canvas *canvas);
void lw_fruit_draw(lw_ctx *cx, const lw_scene *scene, size_t object, const lw_textures *textures, lw_canvas *canvas, uint8_t *ids);

/* Motion along the belt, then the lens. */
void lw_canvas_move(lw_ctx *cx, const lw_scene *scene, lw_canvas *canvas);
void lw_canvas_defocus(lw_ctx *cx, const lw_scene *scene, lw_canvas *canvas);
/* Exposure, noise, tone curve: RGB8. */
void lw_canvas_develop(const lw_scene *scene, const lw_textures *textures, const lw_canvas *canvas, uint8_t *pixels);
