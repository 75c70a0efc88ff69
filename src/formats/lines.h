/* The one text file of a format that writes a line an item or label. Lines go straight into the target where that is one file or takes no media;
 * else they wait in a temporary file, since a target takes one file at a time. */
#pragma once

#include "formats/format.h"

typedef struct lw_lines {
    lw_target *target;
    lw_text name; /* outlives this */
    lw_fd spool;  /* -1: straight into the target */
    lw_buf text;  /* what is put here goes on with the next lw_lines_flush */
} lw_lines;

LW_MUST_USE lw_status lw_lines_begin(lw_ctx *cx, const lw_write_options *options, lw_text name, lw_lines *out);
/* Whether media go into the target beside the lines. */
static inline bool lw_lines_take_media(const lw_lines *lines) { return lines->spool >= 0; }
/* Hands on what `text` holds, once that is a chunk. */
LW_MUST_USE lw_status lw_lines_flush(lw_ctx *cx, lw_lines *lines);
/* Hands on the rest, and ends the file. */
LW_MUST_USE lw_status lw_lines_end(lw_ctx *cx, lw_lines *lines);
void lw_lines_cleanup(lw_lines *lines);
