#include "demo/canvas.h"

#include <string.h>

lw_status lw_scene_render(lw_ctx *cx, const lw_scene *scene, const lw_textures *textures, uint8_t *pixels, uint8_t *ids)
{
    if (scene->width < 1 || scene->height < 1 || scene->n_objects > LW_SCENE_OBJECTS)
        return lw_fail(cx, LW_INVALID, "a scene of %d x %d px with %zu objects cannot be drawn", scene->width, scene->height, scene->n_objects);
    size_t size = (size_t)scene->width * (size_t)scene->height;
    lw_canvas canvas = {.width = scene->width, .height = scene->height};
    for (int c = 0; c < 3; c++)
        canvas.plane[c] = lw_new_array(cx->arena, float, size);
    if (ids)
        memset(ids, 0, size);
    lw_belt_draw(cx, scene, textures, &canvas);
    for (size_t i = 0; i < scene->n_objects; i++)
        lw_fruit_draw(cx, scene, i, textures, &canvas, ids);
    lw_canvas_move(cx, scene, &canvas);
    lw_rails_draw(scene, textures, &canvas);
    lw_canvas_defocus(cx, scene, &canvas);
    lw_canvas_develop(scene, textures, &canvas, pixels);
    return LW_OK;
}
