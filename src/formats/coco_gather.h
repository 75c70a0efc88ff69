/* Reading again what the first pass over COCO's files found: image objects one after the other, annotations image by image. */
#pragma once

#include "formats/coco.h"

/* A piece of one file. What follows soon comes out of the same read; what lies apart is read alone. */
typedef struct lw_coco_window {
    char *data;
    size_t capacity, filled;
    uint32_t file;
    int64_t offset;
} lw_coco_window;

/* The text of an object, until the next call. LW_CONFLICT when the file has become shorter. */
LW_MUST_USE lw_status lw_coco_window_read(lw_ctx *cx, const lw_coco_index *index, lw_coco_window *window, uint32_t file, int64_t offset, size_t size,
                                          lw_text *out);

/* The annotations of an image lie anywhere in the files. So those of many images are fetched at once, in the order of the files, into
 * a buffer where they stand image by image. */
typedef struct lw_coco_gather {
    lw_coco_index *index;
    size_t batch_bytes; /* of text at once; a longer annotation stands alone */
    lw_coco_window window;
    char *text;
    size_t text_capacity;
    lw_coco_ref *refs; /* copies of those whose text is held */
    size_t refs_capacity;
    size_t first, end; /* their places in index->order */
    uint64_t *wanted;  /* a bit for each of index->refs */
} lw_coco_gather;

/* Begins with what follows lw_coco_index_read. */
void lw_coco_gather_init(lw_coco_gather *gather, lw_coco_index *index);
void lw_coco_gather_cleanup(lw_coco_gather *gather);
/* refs[order[place]] and its text, until the next call: places are asked for in turn. */
LW_MUST_USE lw_status lw_coco_gather_read(lw_ctx *cx, lw_coco_gather *gather, size_t place, lw_coco_ref *ref, lw_text *out);
