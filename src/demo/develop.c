#include "demo/canvas.h"

#include <string.h>

#include "demo/random.h"

/* A box with fractional ends, so that the blur grows smoothly. Lines are rows of the plane, or the plane's columns taken together:
 * `taps[k]` points at line or pixel k - reach - 1 of each output. */
static void add_taps(const float *const *taps, int n_taps, float end, float per, int n, float *out)
{
    for (int i = 0; i < n; i++)
        out[i] = end * (taps[0][i] + taps[n_taps - 1][i]);
    for (int k = 1; k + 1 < n_taps; k++)
        for (int i = 0; i < n; i++)
            out[i] += taps[k][i];
    for (int i = 0; i < n; i++)
        out[i] *= per;
}

enum { MOST_REACH = 12 };

static void blur_along(const float *from, int width, int height, float length, bool down, float *line, float *to)
{
    int reach = (int)((length - 1) / 2), n_taps = 2 * reach + 3;
    float end = (length - (float)(2 * reach + 1)) / 2, per = 1 / length;
    const float *taps[2 * MOST_REACH + 3];
    LW_ASSERT(reach >= 0 && reach <= MOST_REACH);
    for (int y = 0; y < height; y++) {
        const float *row = from + (size_t)y * (size_t)width;
        for (int k = 0; k < n_taps; k++) {
            int other = y + k - reach - 1;
            taps[k] = down ? from + (size_t)(other < 0 ? 0 : other >= height ? height - 1 : other) * (size_t)width : line + k;
        }
        for (int i = 0; i <= reach && !down; i++) {
            line[i] = row[0];
            line[width + reach + 1 + i] = row[width - 1];
        }
        if (!down)
            memcpy(line + reach + 1, row, (size_t)width * sizeof *row);
        add_taps(taps, n_taps, end, per, width, to + (size_t)y * (size_t)width);
    }
}

void lw_canvas_move(lw_ctx *cx, const lw_scene *scene, lw_canvas *canvas)
{
    float length = scene->camera.motion_px;
    if (length <= 1)
        return;
    size_t width = (size_t)canvas->width, size = width * (size_t)canvas->height;
    float *moved = lw_new_array(cx->arena, float, size), *line = lw_new_array(cx->arena, float, width + 2 * MOST_REACH + 4);
    for (int c = 0; c < 3; c++) {
        blur_along(canvas->plane[c], canvas->width, canvas->height, length, scene->camera.upright, line, moved);
        float *free = canvas->plane[c];
        canvas->plane[c] = moved;
        moved = free;
    }
}

/* 1 2 1 both ways. */
static void soften(float *plane, int width, int height, float *rows)
{
    size_t w = (size_t)width;
    float *above = rows, *here = rows + w;
    memcpy(above, plane, w * sizeof *plane);
    for (int y = 0; y < height; y++) {
        float *line = plane + (size_t)y * w;
        const float *below = y + 1 < height ? line + w : line;
        memcpy(here, line, w * sizeof *plane);
        for (size_t x = 0; x < w; x++)
            line[x] = 0.25f * (above[x] + below[x]) + 0.5f * here[x];
        float *swap = above;
        above = here, here = swap;
        float *mixed = rows + 2 * w;
        memcpy(mixed, line, w * sizeof *plane);
        for (size_t x = 1; x + 1 < w; x++)
            line[x] = 0.25f * (mixed[x - 1] + mixed[x + 1]) + 0.5f * mixed[x];
    }
}

void lw_canvas_defocus(lw_ctx *cx, const lw_scene *scene, lw_canvas *canvas)
{
    float *rows = lw_new_array(cx->arena, float, 3 * (size_t)canvas->width);
    for (int pass = 0; pass < scene->camera.defocus; pass++)
        for (int c = 0; c < 3; c++)
            soften(canvas->plane[c], canvas->width, canvas->height, rows);
}

enum { SPAN = 64, TONES = 8192 };
static const float BRIGHTEST = 1.6f; /* light at the end of the tone table; the curve reaches white before */

/* sRGB's curve by square roots (error below half a step), between a shoulder that keeps lamps from clipping hard and a little contrast. */
static float tone(float x)
{
    x = x * (1 + x * 0.32f) / (1 + 0.80f * x);
    float a = sqrtf(x), b = sqrtf(a), c = sqrtf(b);
    float y = 0.585122381f * a + 0.783140355f * b - 0.368262736f * c;
    y = lw_clamp(y, 0, 1);
    return lw_mix(y, y * y * (3 - 2 * y), 0.45f);
}

/* Noise of one pixel, and of its neighbourhood as the colour filter leaves it. Both are runs of the table, begun at chance. */
static void draw_noise(const lw_textures *textures, int x, int y, int c, uint64_t chance, float out[SPAN])
{
    const float *fine = textures->grain + (chance >> (16 * c) & 0xff) * LW_TEXTURE_SIDE + (chance >> (16 * c + 8) & 0xbf);
    const float *wide = textures->grain + (uint64_t)((y / 2 * 37 + x / SPAN * 101 + c * 71) & 0xff) * LW_TEXTURE_SIDE + (y / 2 * 5 & 0x7f);
    for (int i = 0; i < SPAN; i++)
        out[i] = 0.55f * fine[i] + 0.7f * wide[i / 2];
}

static void expose(const lw_scene *scene, const lw_textures *textures, int x, int y, float rgb[3][SPAN], uint64_t chance)
{
    const lw_scene_camera *camera = &scene->camera;
    float half = (float)scene->width / 2, dy = ((float)y - (float)scene->height / 2) / half, light[SPAN], gray[SPAN], noise[SPAN];
    for (int i = 0; i < SPAN; i++) {
        float dx = ((float)(x + i) - half) / half, d2 = dx * dx + dy * dy;
        light[i] = camera->exposure * 1.75f / (1 + camera->vignette * d2 * (1 + 0.4f * d2));
        gray[i] = 0.30f * rgb[0][i] + 0.59f * rgb[1][i] + 0.11f * rgb[2][i];
    }
    float read = camera->read_noise * camera->read_noise, shot = camera->shot_noise;
    for (int c = 0; c < 3; c++) {
        float cast = scene->light.cast[c] * 1.1f, *plane = rgb[c], collapse = scene->light.collapse, saturation = camera->saturation;
        draw_noise(textures, x, y, c, chance, noise);
        for (int i = 0; i < SPAN; i++) {
            float value = lw_mix(gray[i], plane[i], saturation);
            value = lw_mix(value, gray[i] * cast, collapse);
            value = (value < 0 ? 0 : value) * light[i];
            plane[i] = value + sqrtf(read + shot * value) * noise[i];
        }
    }
}

void lw_canvas_develop(const lw_scene *scene, const lw_textures *textures, const lw_canvas *canvas, uint8_t *pixels)
{
    lw_random random = lw_random_for(scene->seed, scene->index, 5);
    float rgb[3][SPAN] = {0};
    int places[3][SPAN];
    uint8_t bytes[TONES];
    for (int i = 0; i < TONES; i++)
        bytes[i] = (uint8_t)(tone((float)i * (BRIGHTEST / TONES)) * 255 + 0.5f);
    for (int y = 0; y < canvas->height; y++)
        for (int x = 0; x < canvas->width; x += SPAN) {
            int n = canvas->width - x < SPAN ? canvas->width - x : SPAN;
            size_t at = (size_t)y * (size_t)canvas->width + (size_t)x;
            for (int c = 0; c < 3; c++)
                memcpy(rgb[c], canvas->plane[c] + at, (size_t)n * sizeof(float));
            expose(scene, textures, x, y, rgb, lw_random_next(&random));
            for (int c = 0; c < 3; c++)
                for (int i = 0; i < SPAN; i++)
                    places[c][i] = (int)lw_clamp(rgb[c][i] * (TONES / BRIGHTEST) + 0.5f, 0, TONES - 1);
            for (int i = 0; i < n; i++)
                for (int c = 0; c < 3; c++)
                    pixels[3 * (at + (size_t)i) + (size_t)c] = bytes[places[c][i]];
        }
}
