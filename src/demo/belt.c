#include "demo/canvas.h"

#include <string.h>

#include "demo/light.h"
#include "demo/random.h"

/* Linear colours; weave: strength and period in px of the pattern pressed into the belt. */
static const struct {
    float color[3], weave;
    int period;
    float stain[3], shine;
} belts[LW_N_BELTS] = {
    [LW_BELT_GREEN] = {{0.036f, 0.115f, 0.072f}, 0.10f, 6, {0.10f, 0.085f, 0.05f}, 0.035f},
    [LW_BELT_BLUE] = {{0.038f, 0.095f, 0.205f}, 0.05f, 4, {0.11f, 0.10f, 0.08f}, 0.045f},
    [LW_BELT_WHITE] = {{0.50f, 0.50f, 0.47f}, 0.045f, 5, {0.20f, 0.13f, 0.06f}, 0.03f},
    [LW_BELT_BLACK] = {{0.040f, 0.041f, 0.044f}, 0.22f, 10, {0.09f, 0.08f, 0.065f}, 0.05f},
};

/* Shade on the belt at nodes LW_SHADE_STEP apart, drawn out to full rows as they are needed. */
typedef struct belt_shade {
    int columns;
    float *direct, *ambient;
} belt_shade;

static belt_shade shade_belt(lw_ctx *cx, const lw_scene *scene)
{
    enum { BLOCK = 16 }; /* nodes that share one list of casters */
    int columns = scene->width / LW_SHADE_STEP + 2, rows = scene->height / LW_SHADE_STEP + 2;
    belt_shade made = {columns, lw_new_array(cx->arena, float, (size_t)(columns * rows)), lw_new_array(cx->arena, float, (size_t)(columns * rows))};
    const float up[3] = {0, 0, 1};
    for (int top = 0; top < rows; top += BLOCK)
        for (int left = 0; left < columns; left += BLOCK) {
            lw_shade_casters casters;
            lw_body_bounds area = {(float)(left * LW_SHADE_STEP), (float)(top * LW_SHADE_STEP), (float)((left + BLOCK) * LW_SHADE_STEP),
                                   (float)((top + BLOCK) * LW_SHADE_STEP)};
            lw_shade_gather(scene, area, NULL, &casters);
            for (int row = top; row < rows && row < top + BLOCK; row++)
                for (int column = left; column < columns && column < left + BLOCK; column++) {
                    float point[3] = {(float)(column * LW_SHADE_STEP), (float)(row * LW_SHADE_STEP), 0};
                    lw_shade shade = lw_shade_at(&scene->light, &casters, point, up);
                    made.direct[row * columns + column] = shade.direct;
                    made.ambient[row * columns + column] = shade.ambient;
                }
        }
    return made;
}

/* Writes up to LW_SHADE_STEP - 1 values past the width. */
static void draw_out(const float *nodes, int columns, int y, int width, float *out)
{
    const float *a = nodes + y / LW_SHADE_STEP * columns, *b = a + columns;
    float fy = (float)(y % LW_SHADE_STEP) / LW_SHADE_STEP;
    for (int column = 0; column * LW_SHADE_STEP < width; column++) {
        float left = lw_mix(a[column], b[column], fy), step = (lw_mix(a[column + 1], b[column + 1], fy) - left) / LW_SHADE_STEP;
        for (int i = 0; i < LW_SHADE_STEP; i++)
            out[column * LW_SHADE_STEP + i] = left + step * (float)i;
    }
}

/* Darkens the belt's seam in the line `across`: two edges of a slanted joint. */
static void press_seam(const lw_scene *scene, int across, int length, float *tone)
{
    float start = scene->seam + 0.22f * (float)across - 60;
    for (int i = (int)start - 3 < 0 ? 0 : (int)start - 3; i < length && (float)i < start + 30; i++) {
        float d = (float)i - start, a = d < 0 ? -d : d, b = d - 26 < 0 ? 26 - d : d - 26;
        tone[i] *= 1 - 0.5f * lw_smooth(2.2f, 0.4f, a) - 0.35f * lw_smooth(2, 0.4f, b) - 0.10f * (d > 0 && d < 26);
    }
}

/* One value every LINE_STEP px along the belt, drawn out between. */
enum { LINE_STEP = 8 };
static void draw_line(const float *nodes, int length, float *out)
{
    for (int node = 0; node * LINE_STEP < length; node++) {
        float step = (nodes[node + 1] - nodes[node]) / LINE_STEP;
        for (int i = 0; i < LINE_STEP; i++)
            out[node * LINE_STEP + i] = nodes[node] + step * (float)i;
    }
}

/* How light or dark the belt is around 1, and how stained, along one line of it. `knit` is the weave along. */
static void paint_line(const lw_scene *scene, const lw_textures *textures, int across, int length, const float *knit, float *tone, float *stain)
{
    enum { MOST_NODES = 2048 / LINE_STEP };
    float tones[MOST_NODES], stains[MOST_NODES], v = (float)across, wear = scene->belt_wear;
    int offset = (int)scene->belt_offset, period = belts[scene->belt].period;
    LW_ASSERT(length / LINE_STEP + 2 <= MOST_NODES);
    for (int node = 0; node * LINE_STEP < length + LINE_STEP; node++) {
        float u = (float)(node * LINE_STEP + offset), large = lw_texture_at(textures->cloud, u * 0.21f, v * 0.27f + 40);
        /* Scratches run with the belt. */
        float scratch = lw_texture_at(textures->grain, u * 0.004f + v * 0.37f, v) * 0.6f + lw_texture_at(textures->cloud, u * 0.06f, v * 1.9f);
        tones[node] = 1 + 0.12f * large + wear * 0.075f * scratch;
        stains[node] = wear * 0.5f * lw_smooth(0.35f, 1.25f, large + 0.4f * lw_texture_at(textures->cloud, u * 0.9f + 70, v * 0.9f));
    }
    draw_line(tones, length, tone);
    draw_line(stains, length, stain);
    float cell = (float)(across % period) / (float)period - 0.5f,
          knot = scene->belt == LW_BELT_BLACK ? 0 : belts[scene->belt].weave * (cell * cell * 4 - 0.33f);
    const float *fine = textures->grain + (across & (LW_TEXTURE_SIDE - 1)) * LW_TEXTURE_SIDE;
    for (int from = 0; from < length; from += LW_TEXTURE_SIDE) {
        int n = length - from < LW_TEXTURE_SIDE ? length - from : LW_TEXTURE_SIDE;
        for (int i = 0; i < n; i++)
            tone[from + i] += 0.05f * fine[i] - knit[from + i] - knot;
    }
    if (scene->seam >= 0)
        press_seam(scene, across, length, tone);
}

/* Into the first two planes, which hold no light yet: tone and stain. */
static void paint_belt(lw_ctx *cx, const lw_scene *scene, const lw_textures *textures, lw_canvas *canvas)
{
    bool upright = scene->camera.upright;
    int length = upright ? scene->height : scene->width, breadth = upright ? scene->width : scene->height, period = belts[scene->belt].period;
    size_t room = (size_t)length + LINE_STEP, width = (size_t)scene->width;
    float *knit = lw_new_array(cx->arena, float, room), *tone = lw_new_array(cx->arena, float, room), *stain = lw_new_array(cx->arena, float, room);
    for (int i = 0; i < length; i++) {
        float cell = (float)((i + (int)scene->belt_offset) % period) / (float)period - 0.5f;
        knit[i] = belts[scene->belt].weave * (cell * cell * 4 - 0.33f);
    }
    for (int across = 0; across < breadth; across++) {
        paint_line(scene, textures, across, length, knit, tone, stain);
        size_t at = upright ? (size_t)across : (size_t)across * width, step = upright ? width : 1;
        for (size_t i = 0; i < (size_t)length; i++) {
            canvas->plane[0][at + i * step] = tone[i];
            canvas->plane[1][at + i * step] = stain[i];
        }
    }
}

/* What one row of the belt needs; each array is as wide as the image. */
typedef struct belt_row {
    float *tone, *stain, *pool, *direct, *ambient;
} belt_row;

static void light_row(const lw_scene *scene, const belt_row *row, int c, float *restrict out)
{
    const float *restrict tone = row->tone, *restrict stain = row->stain, *restrict pool = row->pool;
    const float *restrict direct = row->direct, *restrict ambient = row->ambient;
    const lw_scene_light *light = &scene->light;
    float color = belts[scene->belt].color[c], more = belts[scene->belt].stain[c] - color, around = light->ambient[c];
    float lamp = light->direct[c] * light->direction[2], shine = belts[scene->belt].shine * light->direct[c] * 0.3f;
    int width = scene->width;
    for (int x = 0; x < width; x++) {
        float skin = color + more * stain[x];
        out[x] = (skin * (lamp * direct[x] + around * ambient[x]) + shine * direct[x]) * tone[x] * pool[x];
    }
}

void lw_belt_draw(lw_ctx *cx, const lw_scene *scene, const lw_textures *textures, lw_canvas *canvas)
{
    paint_belt(cx, scene, textures, canvas);
    belt_shade shade = shade_belt(cx, scene);
    size_t width = (size_t)scene->width;
    size_t room = width + LW_SHADE_STEP;
    belt_row row = {lw_new_array(cx->arena, float, room), lw_new_array(cx->arena, float, room), lw_new_array(cx->arena, float, room),
                    lw_new_array(cx->arena, float, room), lw_new_array(cx->arena, float, room)};
    for (int y = 0; y < scene->height; y++) {
        memcpy(row.tone, canvas->plane[0] + (size_t)y * width, width * sizeof(float));
        memcpy(row.stain, canvas->plane[1] + (size_t)y * width, width * sizeof(float));
        lw_light_pool(&scene->light, 0, (float)y, scene->width, row.pool);
        draw_out(shade.direct, shade.columns, y, scene->width, row.direct);
        draw_out(shade.ambient, shade.columns, y, scene->width, row.ambient);
        for (int c = 0; c < 3; c++)
            light_row(scene, &row, c, canvas->plane[c] + (size_t)y * width);
    }
}

/* Brushed steel beside the belt, `in` px from the image's border: a lip that catches the lamp, bolts, a dark edge. */
static float steel_at(const lw_scene *scene, const lw_textures *textures, float in, int along)
{
    float wide = scene->rail_px, x = in / wide;
    float brushed = 0.30f + 0.05f * lw_texture_at(textures->grain, (float)along * 0.012f, in * 0.9f) +
                    0.03f * lw_texture_near(textures->cloud, (float)along * 0.11f, in * 3);
    float profile = x > 0.86f ? 0.16f : x > 0.74f ? 1.75f - 5.5f * (0.86f - x) : x > 0.22f ? 0.92f + 0.25f * x : 0.38f + 1.2f * x;
    float bolt_u = (float)(along % 230) - 115, bolt_v = in - wide * 0.47f, d2 = (bolt_u * bolt_u + bolt_v * bolt_v) / (wide * wide * 0.028f);
    float bolt = d2 < 1 ? 0.75f + 0.35f * (-bolt_v / (wide * 0.17f)) : d2 < 1.7f ? 0.45f : 1;
    return brushed * profile * bolt;
}

void lw_rails_draw(const lw_scene *scene, const lw_textures *textures, lw_canvas *canvas)
{
    enum { GAP_PX = 26 }; /* how far the rail darkens the belt */
    bool upright = scene->camera.upright;
    int length = upright ? scene->height : scene->width, breadth = upright ? scene->width : scene->height;
    const lw_scene_light *light = &scene->light;
    for (int line = 0; line < 2 * ((int)scene->rail_px + GAP_PX); line++) {
        int in = line / 2, across = line % 2 ? breadth - 1 - in : in;
        float gap = (float)in - scene->rail_px, part = lw_smooth(scene->rail_px + 0.7f, scene->rail_px - 0.7f, (float)in + 0.5f);
        float shade = gap > 0 ? 1 - 0.5f * (1 - gap / GAP_PX) * (1 - gap / GAP_PX) : 1;
        for (int along = 0; along < length; along++) {
            int x = upright ? across : along, y = upright ? along : across;
            size_t at = (size_t)y * (size_t)canvas->width + (size_t)x;
            float pool = 1, steel = part > 0 ? steel_at(scene, textures, (float)in + 0.5f, along + line % 2 * 90) : 0;
            if (part > 0 && light->pool > 0)
                lw_light_pool(light, (float)x, (float)y, 1, &pool);
            for (int c = 0; c < 3; c++) {
                float lit = steel * (light->direct[c] * 0.8f + light->ambient[c]) * pool;
                canvas->plane[c][at] = lw_mix(canvas->plane[c][at] * shade, lit, part);
            }
        }
    }
}
