/* What an image file is, from its headers: type by content, size, orientation. Decodes nothing, trusts nothing, runs in any process. */
#pragma once

#include "base/text.h"

/* name, word, MIME type, extension */
#define LW_MEDIA_TABLE(X)                                             \
    X(LW_MEDIA_UNKNOWN, "unknown", "application/octet-stream", "bin") \
    X(LW_MEDIA_JPEG, "JPEG", "image/jpeg", "jpg")                     \
    X(LW_MEDIA_PNG, "PNG", "image/png", "png")                        \
    X(LW_MEDIA_GIF, "GIF", "image/gif", "gif")                        \
    X(LW_MEDIA_WEBP, "WebP", "image/webp", "webp")                    \
    X(LW_MEDIA_TIFF, "TIFF", "image/tiff", "tif")                     \
    X(LW_MEDIA_BMP, "BMP", "image/bmp", "bmp")                        \
    X(LW_MEDIA_AVIF, "AVIF", "image/avif", "avif")                    \
    X(LW_MEDIA_HEIC, "HEIC", "image/heic", "heic")

#define LW_MEDIA_ENUM(name, word, mime, extension) name,
typedef enum lw_media_type { LW_MEDIA_TABLE(LW_MEDIA_ENUM) LW_N_MEDIA_TYPES } lw_media_type;
#undef LW_MEDIA_ENUM

const char *lw_media_type_word(lw_media_type type);
const char *lw_media_type_mime(lw_media_type type);
const char *lw_media_type_extension(lw_media_type type);

typedef struct lw_media_info {
    lw_media_type type;
    uint32_t width, height;               /* as displayed, after the rotation that EXIF asks for */
    uint32_t stored_width, stored_height; /* as the file's rows stand */
    uint8_t orientation;                  /* EXIF's, 1 (upright) to 8 */
    uint64_t orientation_at;              /* the place in the file of its two bytes in EXIF; 0: none */
    uint8_t bit_depth;                    /* of one channel; 0: the header does not say */
    uint8_t n_channels;                   /* 0: the header does not say */
    bool is_cut;                          /* the end that its format asks for is missing: probably half a file */
    bool is_animated;                     /* more frames than one may follow; the first counts */
    bool has_profile;                     /* an ICC profile other than sRGB */
    bool needs_worker;                    /* the sizes are 0: lw_media_probe_deep can tell them */
    char camera[64];                      /* EXIF's model, printable ASCII; "" when not told */
    char taken[20];                       /* EXIF's time of capture, "2026-01-31T12:00:00" on the camera's clock; or "" */
} lw_media_info;

/* Reads one or two short pieces of the file (never at the descriptor's own offset). LW_INVALID: it is empty, not an image (the
 * message says what it looks like), or its header is cut off or contradicts itself. */
LW_MUST_USE lw_status lw_media_probe(lw_ctx *cx, int fd, lw_media_info *out);
/* The same over a whole file in memory. */
LW_MUST_USE lw_status lw_media_probe_memory(lw_ctx *cx, lw_text file, lw_media_info *out);

/* Browsers cannot show the file itself well (type, 16 bits, CMYK, size): show lw_media_preview's picture instead. */
bool lw_media_needs_preview(const lw_media_info *info);
