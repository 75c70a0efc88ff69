/* Masks as COCO keeps them: run lengths down the columns, the first of background, written as a compressed string.
 * The same strings, areas, boxes and polygon fill as pycocotools. Nothing here trusts its input. */
#pragma once

#include "base/buf.h"

typedef struct lw_rle {
    uint32_t h, w;          /* px, 1 to LW_LIMIT_IMAGE_SIDE_PX */
    const uint32_t *counts; /* background, mask, background, …; together h * w */
    size_t n_counts;
} lw_rle;

typedef struct lw_rle_summary {
    uint64_t area;       /* px */
    uint32_t x, y, w, h; /* bounding box of the mask; all 0 without area */
    size_t n_counts;
} lw_rle_summary;

/* Reads a compressed string without unpacking it; false when it is malformed or its runs are not h * w together. */
bool lw_rle_summarize(uint32_t h, uint32_t w, lw_text text, lw_rle_summary *out);
/* Unpacks a compressed string into the arena of cx; LW_INVALID says what is wrong with it. */
LW_MUST_USE lw_status lw_rle_parse(lw_ctx *cx, uint32_t h, uint32_t w, lw_text text, lw_rle *out);
/* Checks run counts that came otherwise (COCO's uncompressed list). */
LW_MUST_USE lw_status lw_rle_check(lw_ctx *cx, const lw_rle *rle);
/* The compressed string. */
void lw_rle_write(lw_buf *buf, const lw_rle *rle);

/* Pixels are bytes, 0 or not, column by column: pixel (x, y) is pixels[x * h + y]. */
lw_rle lw_rle_from_pixels(lw_arena *arena, uint32_t h, uint32_t w, const uint8_t *pixels);
void lw_rle_to_pixels(const lw_rle *rle, uint8_t *pixels);

typedef enum lw_rle_operation { LW_RLE_UNION, LW_RLE_INTERSECTION, LW_RLE_DIFFERENCE } lw_rle_operation;
/* Both of one size. */
lw_rle lw_rle_combine(lw_arena *arena, const lw_rle *a, const lw_rle *b, lw_rle_operation operation);

/* One ring filled as pycocotools' frPyObjects fills it (5 steps a pixel along the outline, then whole columns). LW_INVALID for
 * less than three points, a size out of range, or coordinates so far outside that the outline has no end. */
LW_MUST_USE lw_status lw_rle_from_ring(lw_ctx *cx, const double *xy, size_t n_points, uint32_t h, uint32_t w, lw_rle *out);
