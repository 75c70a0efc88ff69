/* Where the tiles of an image lie that is too large for a browser to hold. Level 0 is the upright image in all its pixels, each further
 * level half as wide and high (rounded up), down to the first whose preview would show as much. A tile is a square of LW_TILE_PX from the top
 * left; those at the right and at the bottom are what is left. The web app has the same in web/src/editor/media/tiles.ts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

enum {
    LW_TILE_PX = 512,
    LW_TILED_PREVIEW_PX = 4096, /* of an image with tiles; others are previewed as large as they are */
    LW_MAX_TILE_LEVELS = 5,     /* LW_LIMIT_IMAGE_SIDE_PX halved until it fits into a preview */
};

static inline bool lw_has_tiles(uint32_t width, uint32_t height) { return width > LW_LIMIT_PREVIEW_PX || height > LW_LIMIT_PREVIEW_PX; }

/* Of a side of `px`, at a level. */
static inline uint32_t lw_tile_side(uint32_t px, uint32_t level) { return (px + (1U << level) - 1) >> level; }

/* 0: it has none. */
static inline uint32_t lw_tile_levels(uint32_t width, uint32_t height)
{
    uint32_t longer = width > height ? width : height, n = 0;
    while (lw_has_tiles(width, height) && lw_tile_side(longer, n) > LW_TILED_PREVIEW_PX)
        n++;
    return n;
}

static inline uint32_t lw_tile_count(uint32_t px, uint32_t level) { return (lw_tile_side(px, level) + LW_TILE_PX - 1) / LW_TILE_PX; }
