/* Many thumbnails in one answer (thumbnails?ids=…): records one after the other, each
 *
 *     item id     8 bytes, unsigned, little-endian
 *     size        4 bytes, unsigned, little-endian; 0: there is no picture of this item
 *     picture     `size` bytes, a JPEG
 *
 * in the order asked for, until the body ends. With within=MS, those that would be late are not among them. */
#pragma once

#include "base/buf.h"

#define LW_BATCH_MIME "application/vnd.labelwright.thumbnails"

/* Appends one record; `picture` may be empty. */
void lw_batch_put(lw_buf *buf, int64_t item_id, lw_text picture);
