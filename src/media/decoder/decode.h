/* The decoder's parts: one function a task, over one file in memory. Private to lw-media, the only user of libvips and turbojpeg. */
#pragma once

#include "media/probe.h"

/* A file to decode, mapped, and what its header says. */
typedef struct lw_decode_file {
    lw_text bytes;
    lw_media_info info; /* its sizes are known */
} lw_decode_file;

typedef struct lw_decoded {
    lw_text bytes; /* in the arena of cx */
    lw_media_type type;
    uint32_t width, height;
    uint32_t upright_width;
    bool is_lossless;
} lw_decoded;

/* Rows of 8-bit samples, without gaps. */
typedef struct lw_pixels {
    uint8_t *data; /* in the arena of cx */
    uint32_t width, height;
    uint32_t n_channels;
} lw_pixels;

typedef struct lw_fit {
    uint32_t size_px; /* at most, wide and high */
    int quality;
    bool keeps_alpha; /* as PNG; else on white */
} lw_fit;

/* Who takes an upright image row by row, from the top: `begin` once, with 1 (grey) or 3 samples (sRGB) of 8 bits a pixel, then `put` for each
 * row, on any thread; false: enough. */
typedef struct lw_rows {
    void *to;
    lw_status (*begin)(lw_ctx *cx, void *to, uint32_t width, uint32_t height, uint32_t n_channels);
    bool (*put)(void *to, const uint8_t *row);
} lw_rows;

/* Where the tiles of an image go; false: nobody wants more. */
typedef bool lw_tile_sink(uint32_t level, uint32_t column, uint32_t row, const lw_decoded *tile);
/* All tiles of all levels (media/tiles.h), in one pass over the file. */
lw_status lw_decode_tiles(lw_ctx *cx, const lw_decode_file *file, lw_tile_sink *put);

/* turbojpeg: shrinks while it decodes. LW_REFUSED: not for this file (CMYK, a colour profile, …), lw_vips_fit can. */
lw_status lw_jpeg_fit(lw_ctx *cx, const lw_decode_file *file, const lw_fit *fit, lw_decoded *out);
lw_status lw_jpeg_upright(lw_ctx *cx, const lw_decode_file *file, lw_decoded *out);
/* `stride`: bytes from row to row. */
lw_status lw_jpeg_encode(lw_ctx *cx, const lw_pixels *pixels, size_t stride, int quality, lw_text *out);

/* libvips, for everything else. */
lw_status lw_vips_start(lw_ctx *cx);
lw_status lw_vips_probe(lw_ctx *cx, lw_text bytes, lw_media_info *info);
lw_status lw_vips_fit(lw_ctx *cx, const lw_decode_file *file, const lw_fit *fit, lw_decoded *out);
/* Transparent parts become white. */
lw_status lw_vips_rows(lw_ctx *cx, const lw_decode_file *file, const lw_rows *rows);
lw_status lw_vips_upright(lw_ctx *cx, const lw_decode_file *file, lw_decoded *out);

/* BMP without compression; rows from the top, 3 or 4 channels. */
lw_status lw_bmp_read(lw_ctx *cx, const lw_decode_file *file, lw_pixels *out);
/* Area averages: each pixel of `out` is the mean of what it covers. Only shrinks; at most 4096 times. */
void lw_pixels_shrink(lw_ctx *cx, const lw_pixels *from, uint32_t width, uint32_t height, lw_pixels *out);
/* The rows as EXIF's orientation (1 to 8) wants them shown. */
void lw_pixels_turn(lw_ctx *cx, const lw_pixels *from, int orientation, lw_pixels *out);
/* The largest size of this shape that fits, never larger than it is. */
void lw_fit_size(uint32_t width, uint32_t height, uint32_t size_px, uint32_t *out_width, uint32_t *out_height);
