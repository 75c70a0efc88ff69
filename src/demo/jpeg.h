/* Encodes a picture as JPEG: the only part of the demo that calls a library. */
#pragma once

#include "base/buf.h"

/* RGB8 without padding; quality 1 to 100. */
LW_MUST_USE lw_status lw_jpeg_write(lw_ctx *cx, const uint8_t *pixels, int width, int height, int quality, lw_buf *out);
