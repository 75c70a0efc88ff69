/* Pictures out of untrusted files, made by worker processes (lw-media): what crashes, hangs or swells there costs one request.
 * All functions may be called from any thread; each waits for a free worker, then for its answer. Files are given as descriptors of
 * regular files; their offset does not matter. LW_INVALID "cannot decode …": the file is at fault. LW_BUSY: no worker came free in
 * time. LW_FAILED: lw-media itself cannot be run. */
#pragma once

#include "media/probe.h"

typedef struct lw_media lw_media;

/* Starts nothing: up to n_workers processes start when they are needed and leave after a minute without work.
 * lw-media is looked for beside the running program, or where the environment's LW_MEDIA says. */
LW_MUST_USE lw_status lw_media_open(lw_ctx *cx, int n_workers, lw_media **out);
/* No call may be under way. */
void lw_media_close(lw_media *media);
/* Lets go of workers that have left: until then each stays in the system's list of processes. To be called now and then. */
void lw_media_tidy(lw_media *media);
/* How long one request may take before its worker is killed; 30 s at first. Tiles may take four times as long. */
void lw_media_set_deadline(lw_media *media, int64_t us);

typedef lw_media *lw_media_auto; /* for LW_AUTO */
static inline void lw_media_auto_cleanup(lw_media_auto *media)
{
    if (*media)
        lw_media_close(*media);
}

/* As lw_media_probe, for the files of which it says needs_worker. */
LW_MUST_USE lw_status lw_media_probe_deep(lw_ctx *cx, lw_media *media, int fd, lw_media_info *out);

/* A picture in the arena of cx: upright, sRGB, 8 bits, without metadata. */
typedef struct lw_picture {
    lw_text bytes;
    lw_media_type type; /* JPEG, or PNG where transparency is kept */
    uint32_t width, height;
    double scale; /* its width / the width of the upright image; at most 1 */
} lw_picture;

/* A JPEG that fits into size_px x size_px (1 to LW_LIMIT_THUMBNAIL_PX), never enlarged; transparent parts become white. */
LW_MUST_USE lw_status lw_media_thumbnail(lw_ctx *cx, lw_media *media, int fd, uint32_t size_px, lw_picture *out);
/* A picture that browsers can show, at most limit_px (up to LW_LIMIT_PREVIEW_PX) wide and high.
 * Grey values of more than 8 bits are stretched from their darkest to their brightest. */
LW_MUST_USE lw_status lw_media_preview(lw_ctx *cx, lw_media *media, int fd, uint32_t limit_px, lw_picture *out);

/* One tile of an image (media/tiles.h). */
typedef struct lw_tile {
    uint32_t level, column, row;
    lw_text bytes; /* a JPEG, while the call lasts */
} lw_tile;
typedef void lw_tile_sink(void *to, const lw_tile *tile);
/* All tiles of an image above LW_LIMIT_PREVIEW_PX, each as soon as it is made; in the same colours as its preview, on white. */
LW_MUST_USE lw_status lw_media_tiles(lw_ctx *cx, lw_media *media, int fd, lw_tile_sink *put, void *to);

/* The same image with its rows upright and EXIF's orientation set to 1; other metadata stays. JPEG: without loss where its size
 * allows, else encoded anew (quality 95). PNG, TIFF, WebP: encoded anew. An image that is upright already is LW_INVALID: copy the file.
 * `was_lossless` may be NULL. */
LW_MUST_USE lw_status lw_media_upright(lw_ctx *cx, lw_media *media, int fd, lw_text *out_bytes, bool *was_lossless);
