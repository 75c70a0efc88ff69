#include "media/batch.h"

static void put_little_endian(lw_buf *buf, uint64_t value, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        lw_buf_put_char(buf, (char)(value >> (8 * i)));
}

void lw_batch_put(lw_buf *buf, int64_t item_id, lw_text picture)
{
    LW_ASSERT(picture.size <= UINT32_MAX);
    put_little_endian(buf, (uint64_t)item_id, 8);
    put_little_endian(buf, picture.size, 4);
    lw_buf_put_text(buf, picture);
}
