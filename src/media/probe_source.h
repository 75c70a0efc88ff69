/* What the header parsers of probe share: short looks into a file, and EXIF, which is a TIFF within. Private to media/. */
#pragma once

#include "media/probe.h"

enum { LW_PROBE_FIRST_BYTES = 32 << 10, LW_PROBE_NEXT_BYTES = 4 << 10, LW_PROBE_READS = 2048 };

typedef struct lw_probe_source {
    int fd; /* or -1, and `whole` */
    lw_text whole;
    uint64_t size; /* of the file */
    int n_reads;   /* at most LW_PROBE_READS */
    uint64_t window_at;
    size_t window_size;
    uint8_t window[LW_PROBE_FIRST_BYTES];
} lw_probe_source;

/* n bytes (at most LW_PROBE_NEXT_BYTES) at this place, valid until the next look; NULL when the file does not have them all. */
const uint8_t *lw_probe_look(lw_probe_source *source, uint64_t at, size_t n);
/* The same, with as many of the n bytes as there are before `end`; *n says how many. */
const uint8_t *lw_probe_look_some(lw_probe_source *source, uint64_t at, uint64_t end, size_t *n);
/* Whether the pattern stands in the last n bytes (at most LW_PROBE_NEXT_BYTES) of the file, behind `from`. */
bool lw_probe_ends_with(lw_probe_source *source, uint64_t from, const char *pattern, size_t pattern_size);
/* An ICC profile that does not call itself sRGB. */
bool lw_probe_is_foreign_profile(lw_probe_source *source, uint64_t at, uint64_t end);

/* Fails: "the header of this JPEG is cut off", or that it is longer than we look. */
lw_status lw_probe_cut(lw_ctx *cx, const lw_probe_source *source, const char *word);
lw_status lw_probe_broken(lw_ctx *cx, const char *word, const char *what);

static inline uint16_t lw_be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static inline uint16_t lw_le16(const uint8_t *p) { return (uint16_t)(p[1] << 8 | p[0]); }
static inline uint32_t lw_le24(const uint8_t *p) { return (uint32_t)p[2] << 16 | lw_le16(p); }
static inline uint32_t lw_be32(const uint8_t *p) { return (uint32_t)lw_be16(p) << 16 | lw_be16(p + 2); }
static inline uint32_t lw_le32(const uint8_t *p) { return (uint32_t)lw_le16(p + 2) << 16 | lw_le16(p); }

/* A TIFF structure between `at` and `at + size` of the file: a TIFF file, or the EXIF part of another. */
typedef struct lw_tiff {
    lw_probe_source *source;
    uint64_t at, size;
    bool is_little, is_big_tiff;
    uint32_t first_ifd;
} lw_tiff;

bool lw_tiff_open(lw_tiff *tiff, lw_probe_source *source, uint64_t at, uint64_t size);
/* The nth value (or the last, with LW_TIFF_LAST) of an integer tag; false when it is not there. out_at: its place in the file, or NULL. */
enum { LW_TIFF_LAST = -1 };
bool lw_tiff_int(const lw_tiff *tiff, uint32_t ifd, uint16_t tag, int64_t nth, uint32_t *out, uint64_t *out_at);
/* Orientation, camera and time of capture into info, where they are told. */
void lw_exif_read(const lw_tiff *tiff, lw_media_info *info);

/* One parser a format: fills stored_width, stored_height and what else its header says. */
lw_status lw_probe_jpeg(lw_ctx *cx, lw_probe_source *source, lw_media_info *info);
lw_status lw_probe_png(lw_ctx *cx, lw_probe_source *source, lw_media_info *info);
lw_status lw_probe_gif(lw_ctx *cx, lw_probe_source *source, lw_media_info *info);
lw_status lw_probe_webp(lw_ctx *cx, lw_probe_source *source, lw_media_info *info);
lw_status lw_probe_tiff(lw_ctx *cx, lw_probe_source *source, lw_media_info *info);
lw_status lw_probe_bmp(lw_ctx *cx, lw_probe_source *source, lw_media_info *info);
lw_status lw_probe_heif(lw_ctx *cx, lw_probe_source *source, lw_media_info *info);
