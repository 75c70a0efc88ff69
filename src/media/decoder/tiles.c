#include "media/tiles.h"

#include "media/decoder/decode.h"

enum { QUALITY = 88 };

/* Rows of a level that wait until a row of tiles is full. */
typedef struct level {
    uint32_t width, height;
    size_t stride;
    uint8_t *rows;   /* LW_TILE_PX of them */
    uint32_t n_rows; /* that wait */
    uint32_t y;      /* that came */
} level;

typedef struct tiler {
    lw_ctx *cx; /* its arena is emptied after each tile */
    lw_arena *kept;
    lw_tile_sink *put;
    uint32_t n_channels, n_levels;
    level levels[LW_MAX_TILE_LEVELS];
} tiler;

static lw_status begin(lw_ctx *cx, void *to, uint32_t width, uint32_t height, uint32_t n_channels)
{
    tiler *t = to;
    t->n_channels = n_channels;
    t->n_levels = lw_tile_levels(width, height);
    if (!t->n_levels || (n_channels != 1 && n_channels != 3))
        return lw_fail(cx, LW_INVALID, "an image of %" PRIu32 " x %" PRIu32 " px has no tiles", width, height);
    for (uint32_t i = 0; i < t->n_levels; i++) {
        level *at = &t->levels[i];
        *at = (level){.width = lw_tile_side(width, i), .height = lw_tile_side(height, i)};
        at->stride = (size_t)at->width * n_channels;
        at->rows = lw_alloc_array(t->kept, LW_TILE_PX, at->stride);
    }
    return LW_OK;
}

/* Each sample the mean of four; at an odd edge, of two or one. */
static void halve(const uint8_t *above, const uint8_t *below, uint32_t width, uint32_t n_channels, uint8_t *out)
{
    for (uint32_t x = 0; x < width / 2; x++)
        for (uint32_t c = 0; c < n_channels; c++) {
            size_t at = (size_t)2 * x * n_channels + c;
            *out++ = (uint8_t)((above[at] + above[at + n_channels] + below[at] + below[at + n_channels] + 2) / 4);
        }
    for (size_t at = (size_t)(width - 1) * n_channels; width % 2 && at < (size_t)width * n_channels; at++)
        *out++ = (uint8_t)((above[at] + below[at] + 1) / 2);
}

static bool put_tiles(tiler *t, const level *at)
{
    for (uint32_t x = 0; x < at->width; x += LW_TILE_PX) {
        lw_pixels pixels = {.data = at->rows + (size_t)x * t->n_channels,
                            .width = at->width - x < LW_TILE_PX ? at->width - x : LW_TILE_PX,
                            .height = at->n_rows,
                            .n_channels = t->n_channels};
        lw_decoded tile = {.type = LW_MEDIA_JPEG, .width = pixels.width, .height = pixels.height, .upright_width = t->levels[0].width};
        bool is_put = lw_jpeg_encode(t->cx, &pixels, at->stride, QUALITY, &tile.bytes) == LW_OK &&
                      t->put((uint32_t)(at - t->levels), x / LW_TILE_PX, (at->y - 1) / LW_TILE_PX, &tile);
        lw_arena_reset(t->cx->arena);
        if (!is_put)
            return false;
    }
    return true;
}

/* The row that was written behind those that wait; two of them are one of the next level. */
static bool take_row(tiler *t, level *at)
{
    uint8_t *row = at->rows + at->n_rows++ * at->stride;
    bool is_last = ++at->y == at->height;
    level *next = at + 1;
    if (next < t->levels + t->n_levels && (at->y % 2 == 0 || is_last)) {
        halve(at->y % 2 ? row : row - at->stride, row, at->width, t->n_channels, next->rows + next->n_rows * next->stride);
        if (!take_row(t, next))
            return false;
    }
    if (at->n_rows < LW_TILE_PX && !is_last)
        return true;
    bool is_put = put_tiles(t, at);
    at->n_rows = 0;
    return is_put;
}

static bool put_row(void *to, const uint8_t *row)
{
    tiler *t = to;
    level *at = &t->levels[0];
    memcpy(at->rows + at->n_rows * at->stride, row, at->stride);
    return take_row(t, at);
}

lw_status lw_decode_tiles(lw_ctx *cx, const lw_decode_file *file, lw_tile_sink *put)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_ctx own = {.arena = scratch};
    tiler t = {.cx = &own, .kept = cx->arena, .put = put};
    return lw_vips_rows(cx, file, &(lw_rows){.to = &t, .begin = begin, .put = put_row});
}
