#include "demo/canvas.h"

#include "demo/light.h"
#include "demo/random.h"
#include "demo/skin.h"

/* Shade at every LW_SHADE_STEP px of a body's rectangle, read between the nodes. */
typedef struct shade_grid {
    int left, top, columns;
    lw_shade *nodes;
} shade_grid;

typedef struct brush {
    const lw_scene *scene;
    const lw_body *body;
    lw_skin skin;
    shade_grid grid;
    float half[3], across[3], along[3]; /* half way between lamp and camera, and two directions at right angles: the lamp's image is drawn there */
    float lamp_wide, lamp_long, lamp_edge, lamp_power;
} brush;

/* The point of the body's surface over (x, y), or on its rim when that is beside it, with its normal, in the image's directions. */
static void surface(const lw_body *body, const lw_body_row *scan, int i, float x, float y, float point[3], float normal[3])
{
    float up = sqrtf(lw_clamp(scan->lift[i], 0, 1));
    float a = -scan->slope[i] / body->along, c = scan->w[i] / body->across, h = up / body->high;
    float per = 1 / sqrtf(a * a + c * c + h * h + 1e-9f);
    normal[0] = (a * body->axis_x - c * body->axis_y) * per;
    normal[1] = (a * body->axis_y + c * body->axis_x) * per;
    normal[2] = h * per;
    point[0] = x, point[1] = y, point[2] = body->z + up * body->high;
}

static shade_grid shade_body(lw_ctx *cx, const lw_scene *scene, const lw_body *body, lw_body_bounds bounds)
{
    lw_shade_casters casters;
    lw_shade_gather(scene, bounds, body, &casters);
    shade_grid grid = {.left = (int)bounds.left - LW_SHADE_STEP, .top = (int)bounds.top - LW_SHADE_STEP};
    grid.columns = (int)(bounds.right - bounds.left) / LW_SHADE_STEP + 5;
    int rows = (int)(bounds.bottom - bounds.top) / LW_SHADE_STEP + 5;
    grid.nodes = lw_new_array(cx->arena, lw_shade, (size_t)(grid.columns * rows));
    for (int row = 0; row < rows; row++)
        for (int from = 0; from < grid.columns; from += LW_BODY_ROW) {
            lw_body_row scan;
            int n = grid.columns - from < LW_BODY_ROW ? grid.columns - from : LW_BODY_ROW;
            float x = (float)(grid.left + from * LW_SHADE_STEP), y = (float)(grid.top + row * LW_SHADE_STEP);
            lw_body_scan(body, x, y, LW_SHADE_STEP, n, &scan);
            for (int i = 0; i < n; i++) {
                float point[3], normal[3];
                surface(body, &scan, i, x + (float)(i * LW_SHADE_STEP), y, point, normal);
                lw_shade shade = lw_shade_at(&scene->light, &casters, point, normal);
                /* The belt below takes light from what is near it. */
                shade.ambient *= lw_mix(0.45f, 1, lw_clamp(point[2] / (body->high * 1.6f), 0, 1));
                grid.nodes[row * grid.columns + from + i] = shade;
            }
        }
    return grid;
}

static void read_shade(const shade_grid *grid, int x, int y, int n, float *direct, float *ambient)
{
    int dy = y - grid->top, row = dy / LW_SHADE_STEP;
    float fy = (float)(dy % LW_SHADE_STEP) / LW_SHADE_STEP;
    for (int i = 0; i < n; i++) {
        int dx = x + i - grid->left, column = dx / LW_SHADE_STEP;
        float fx = (float)(dx % LW_SHADE_STEP) / LW_SHADE_STEP;
        const lw_shade *a = grid->nodes + row * grid->columns + column, *b = a + grid->columns;
        direct[i] = lw_mix(lw_mix(a[0].direct, a[1].direct, fx), lw_mix(b[0].direct, b[1].direct, fx), fy);
        ambient[i] = lw_mix(lw_mix(a[0].ambient, a[1].ambient, fx), lw_mix(b[0].ambient, b[1].ambient, fx), fy);
    }
}

/* The lamp's image on a wet or waxed skin: a rounded bar around the half-way direction, and a wide sheen. */
static void shine(const brush *b, int n, const lw_skin_row *row, const float *direct, const float *ambient, float *out)
{
    float steep = 1 / b->lamp_edge;
    for (int i = 0; i < n; i++) {
        const float nx = row->normal[0][i], ny = row->normal[1][i], nz = row->normal[2][i];
        float facing = nx * b->half[0] + ny * b->half[1] + nz * b->half[2];
        float u = nx * b->across[0] + ny * b->across[1] + nz * b->across[2], v = nx * b->along[0] + ny * b->along[1] + nz * b->along[2];
        float du = (u < 0 ? -u : u) - b->lamp_wide, dv = (v < 0 ? -v : v) - b->lamp_long;
        du = du < 0 ? 0 : du, dv = dv < 0 ? 0 : dv;
        float bar = lw_clamp(1 - sqrtf(du * du + dv * dv) * steep, 0, 1);
        facing = facing < 0 ? 0 : facing;
        float f2 = facing * facing, f4 = f2 * f2, f8 = f4 * f4, f16 = f8 * f8;
        float rim = 1 - nz, fresnel = rim * rim * rim;
        float gloss = row->gloss[i];
        out[i] = direct[i] * (gloss * gloss * b->lamp_power * bar * bar * (facing > 0) + gloss * (0.10f * f16 + 0.035f * f4)) +
                 gloss * 0.09f * fresnel * ambient[i];
    }
}

/* Light through and off the skin: the lamp wraps around it, red furthest, since it comes back out of the flesh. */
static void light_row(const brush *b, int x, int y, int n, lw_skin_row *row)
{
    float direct[LW_BODY_ROW], ambient[LW_BODY_ROW], shining[LW_BODY_ROW], pool[LW_BODY_ROW], facing[LW_BODY_ROW];
    const lw_scene_light *light = &b->scene->light;
    read_shade(&b->grid, x, y, n, direct, ambient);
    lw_light_pool(light, (float)x, (float)y, n, pool);
    for (int i = 0; i < n; i++) {
        float nx = row->normal[0][i], ny = row->normal[1][i], nz = row->normal[2][i], per = 1 / sqrtf(nx * nx + ny * ny + nz * nz + 1e-9f);
        row->normal[0][i] = nx *= per, row->normal[1][i] = ny *= per, row->normal[2][i] = nz *= per;
        facing[i] = nx * light->direction[0] + ny * light->direction[1] + nz * light->direction[2];
    }
    shine(b, n, row, direct, ambient, shining);
    const float wraps[3] = {0.26f, 0.14f, 0.09f};
    float bounce = b->scene->belt == LW_BELT_WHITE ? 0.5f : 0.14f;
    for (int c = 0; c < 3; c++) {
        float wrap = wraps[c], per = 1 / (1 + wrap), lamp = light->direct[c], around = light->ambient[c];
        for (int i = 0; i < n; i++) {
            float lit = lw_clamp((facing[i] + wrap) * per, 0, 1), sky = 0.36f + 0.64f * row->normal[2][i], rim = 1 - row->normal[2][i];
            float ground = (1 - sky) * bounce * 2;
            float shadow = direct[i] + (1 - direct[i]) * 0.06f; /* some light goes through */
            float arriving = lamp * lit * shadow + around * (sky + ground) * ambient[i];
            float fuzz = b->skin.fuzz * rim * rim * (lamp * (0.5f + 0.5f * facing[i]) * direct[i] + around * ambient[i]);
            row->color[c][i] = (row->color[c][i] * arriving * row->cavity[i] + fuzz + shining[i] * (0.75f * lamp + 0.5f * around)) * pool[i];
        }
    }
}

/* A stretch of one row. Skin is painted in the body's own directions, lit in the image's. */
static void draw_span(const brush *b, int x, int y, int n, lw_canvas *canvas, uint8_t *ids, uint8_t id)
{
    lw_body_row scan;
    lw_skin_row row;
    const lw_body *body = b->body;
    lw_body_scan(body, (float)x + 0.5f, (float)y + 0.5f, 1, n, &scan);
    int first = 0;
    while (first < n && scan.edge[first] <= -0.5f)
        first++;
    while (n > first && scan.edge[n - 1] <= -0.5f)
        n--;
    if (first >= n)
        return;
    float per_along = 1 / body->along, per_across = 1 / body->across, per_high = 1 / body->high;
    for (int i = first; i < n; i++) {
        int to = i - first;
        float up = sqrtf(lw_clamp(scan.lift[i], 0, 1)), c = scan.w[i] * per_across, a = -scan.slope[i] * per_along, h = up * per_high;
        float per = 1 / sqrtf(a * a + c * c + h * h + 1e-9f);
        row.t[to] = scan.t[i], row.w[to] = scan.w[i], row.up[to] = up;
        row.normal[0][to] = a * per, row.normal[1][to] = c * per, row.normal[2][to] = h * per;
    }
    lw_skin_paint(&b->skin, n - first, &row);
    for (int i = 0; i < n - first; i++) {
        float a = row.normal[0][i], c = row.normal[1][i];
        row.normal[0][i] = a * body->axis_x - c * body->axis_y;
        row.normal[1][i] = a * body->axis_y + c * body->axis_x;
        row.normal[2][i] = row.normal[2][i] < 0 ? 0 : row.normal[2][i];
    }
    light_row(b, x + first, y, n - first, &row);
    size_t at = (size_t)y * (size_t)canvas->width + (size_t)(x + first);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < n - first; i++) {
            float *to = canvas->plane[c] + at + i;
            *to = lw_mix(*to, row.color[c][i], lw_clamp(scan.edge[first + i] + 0.5f, 0, 1));
        }
    for (int i = 0; ids && i < n - first; i++)
        if (scan.edge[first + i] > 0)
            ids[at + (size_t)i] = id;
}

static void set_lamp(brush *b)
{
    const float *l = b->scene->light.direction;
    float per = 1 / sqrtf(l[0] * l[0] + l[1] * l[1] + (l[2] + 1) * (l[2] + 1));
    float h[3] = {l[0] * per, l[1] * per, (l[2] + 1) * per};
    /* Along the belt, made square to h. */
    float ux = b->scene->camera.upright ? 0 : 1, uy = 1 - ux, dot = ux * h[0] + uy * h[1];
    float a[3] = {ux - dot * h[0], uy - dot * h[1], -dot * h[2]}, length = 1 / sqrtf(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
    for (int i = 0; i < 3; i++)
        b->half[i] = h[i], b->along[i] = a[i] * length;
    b->across[0] = h[1] * b->along[2] - h[2] * b->along[1];
    b->across[1] = h[2] * b->along[0] - h[0] * b->along[2];
    b->across[2] = h[0] * b->along[1] - h[1] * b->along[0];
    bool bar = b->scene->brightness == LW_INDOOR;
    b->lamp_wide = bar ? 0.035f : 0.03f;
    b->lamp_long = bar ? 0.20f : 0.045f;
    b->lamp_edge = bar ? 0.09f : 0.14f;
    b->lamp_power = bar ? 0.75f : 0.95f;
}

void lw_fruit_draw(lw_ctx *cx, const lw_scene *scene, size_t object, const lw_textures *textures, lw_canvas *canvas, uint8_t *ids)
{
    const lw_body *body = &scene->objects[object].body;
    lw_body_bounds bounds = lw_body_bounds_of(body);
    bounds.left = lw_clamp(bounds.left, 0, (float)canvas->width), bounds.right = lw_clamp(bounds.right, 0, (float)canvas->width);
    bounds.top = lw_clamp(bounds.top, 0, (float)canvas->height), bounds.bottom = lw_clamp(bounds.bottom, 0, (float)canvas->height);
    brush b = {.scene = scene, .body = body};
    lw_skin_prepare(&scene->objects[object], textures, &b.skin);
    b.grid = shade_body(cx, scene, body, bounds);
    set_lamp(&b);
    int left = (int)bounds.left, right = (int)bounds.right, bottom = (int)bounds.bottom;
    for (int y = (int)bounds.top; y < bottom; y++)
        for (int x = left; x < right; x += LW_BODY_ROW)
            draw_span(&b, x, y, right - x < LW_BODY_ROW ? right - x : LW_BODY_ROW, canvas, ids, (uint8_t)(object + 1));
}
