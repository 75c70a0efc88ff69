/* Tables of noise that drawing looks up: made once, then only read. */
#pragma once

#include <stdint.h>

#include "base/arena.h"

enum { LW_TEXTURE_SIDE = 256 };

/* Each repeats without a seam every LW_TEXTURE_SIDE texels. */
typedef struct lw_textures {
    float cloud[LW_TEXTURE_SIDE * LW_TEXTURE_SIDE]; /* about ±1, coarse and fine */
    float pores[LW_TEXTURE_SIDE * LW_TEXTURE_SIDE]; /* 0 to 1: pits a few texels wide */
    float grain[LW_TEXTURE_SIDE * LW_TEXTURE_SIDE]; /* about normal, mean 0, deviation 1, no two texels alike */
} lw_textures;

lw_textures *lw_textures_make(lw_arena *arena);

static inline float lw_texel(const float *texture, int x, int y)
{
    return texture[(unsigned)(y & (LW_TEXTURE_SIDE - 1)) * LW_TEXTURE_SIDE + (unsigned)(x & (LW_TEXTURE_SIDE - 1))];
}

/* The texel at a place: enough where a pixel spans about one, and several times faster than between texels. x, y > -1024. */
static inline float lw_texture_near(const float *texture, float x, float y) { return lw_texel(texture, (int)(x + 1024), (int)(y + 1024)); }

/* Between texels. */
static inline float lw_texture_at(const float *texture, float x, float y)
{
    int ix = (int)x - (x < 0), iy = (int)y - (y < 0);
    float fx = x - (float)ix, fy = y - (float)iy;
    float top = lw_texel(texture, ix, iy), bottom = lw_texel(texture, ix, iy + 1);
    top += (lw_texel(texture, ix + 1, iy) - top) * fx;
    bottom += (lw_texel(texture, ix + 1, iy + 1) - bottom) * fx;
    return top + (bottom - top) * fy;
}
