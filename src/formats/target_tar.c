#include <stdio.h>
#include <sys/stat.h>
#include <zlib.h>

#include "formats/target_private.h"

/* POSIX ustar with pax records where a name, link or size does not fit. */
enum { BLOCK_BYTES = 512, CHUNK_BYTES = 64 << 10, NAME_BYTES = 100 };
static const int64_t OCTAL_LIMIT = 1LL << 33;

static lw_status put_padding(lw_ctx *cx, lw_target *target, int64_t size)
{
    static const char zeros[BLOCK_BYTES];
    size_t n = (size_t)(-size & (BLOCK_BYTES - 1));
    return lw_target_emit(cx, target, zeros, n);
}

static lw_status put_header(lw_ctx *cx, lw_target *target, char type, lw_text name, lw_text link, int64_t size)
{
    char block[BLOCK_BYTES] = {0};
    memcpy(block, name.data, name.size < NAME_BYTES ? name.size : NAME_BYTES);
    if (link.size)
        memcpy(block + 157, link.data, link.size < NAME_BYTES ? link.size : NAME_BYTES);
    snprintf(block + 100, 8, "%07o", type == '2' ? 0777 : 0644);
    snprintf(block + 108, 8, "%07o", 0);
    snprintf(block + 116, 8, "%07o", 0);
    snprintf(block + 124, 12, "%011llo", (unsigned long long)(size < OCTAL_LIMIT ? size : 0));
    snprintf(block + 136, 12, "%011o", 0); /* the same export is the same bytes */
    block[156] = type;
    memcpy(block + 257, "ustar\00000", 8);
    memset(block + 148, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < BLOCK_BYTES; i++)
        sum += (unsigned char)block[i];
    snprintf(block + 148, 8, "%06o", sum);
    return lw_target_emit(cx, target, block, BLOCK_BYTES);
}

/* "27 path=photos/a.jpg\n": the number counts its own digits. */
static void put_record(lw_buf *records, const char *key, lw_text value)
{
    size_t rest = strlen(key) + value.size + 3, size = rest + 1;
    for (size_t digits = 1, bound = 10; size >= bound; digits++, bound *= 10)
        size = rest + digits + 1;
    lw_buf_print(records, "%zu %s=%.*s\n", size, key, LW_FMT(value));
}

static lw_status put_entry(lw_ctx *cx, lw_target *target, char type, lw_text name, lw_text link, int64_t size)
{
    LW_AUTO(lw_buf) records = {0};
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, size);
    if (name.size > NAME_BYTES)
        put_record(&records, "path", name);
    if (link.size > NAME_BYTES)
        put_record(&records, "linkpath", link);
    if (size >= OCTAL_LIMIT)
        put_record(&records, "size", lw_text_from(digits));
    if (records.size) {
        LW_TRY(put_header(cx, target, 'x', LW_TEXT("pax"), (lw_text){0}, (int64_t)records.size));
        LW_TRY(lw_target_emit(cx, target, records.data, records.size));
        LW_TRY(put_padding(cx, target, (int64_t)records.size));
    }
    return put_header(cx, target, type, name, link, size);
}

static lw_status put_file(lw_ctx *cx, lw_target *target, lw_text name, lw_text content)
{
    LW_TRY(put_entry(cx, target, '0', name, (lw_text){0}, (int64_t)content.size));
    LW_TRY(lw_target_emit(cx, target, content.data, content.size));
    return put_padding(cx, target, (int64_t)content.size);
}

static lw_status copy_file(lw_ctx *cx, lw_target *target, lw_text name, int fd, int64_t size)
{
    char chunk[CHUNK_BYTES];
    LW_TRY(put_entry(cx, target, '0', name, (lw_text){0}, size));
    for (int64_t at = 0; at < size;) {
        size_t n = size - at < CHUNK_BYTES ? (size_t)(size - at) : CHUNK_BYTES;
        LW_TRY(lw_fd_read_at(cx, fd, at, chunk, n));
        LW_TRY(lw_target_emit(cx, target, chunk, n));
        at += (int64_t)n;
    }
    return put_padding(cx, target, size);
}

static lw_status put_link(lw_ctx *cx, lw_target *target, lw_text name, const char *path)
{
    return put_entry(cx, target, '2', name, lw_text_from(path), 0);
}

static lw_status finish(lw_ctx *cx, lw_target *target)
{
    static const char zeros[2 * BLOCK_BYTES];
    LW_TRY(lw_target_emit(cx, target, zeros, sizeof zeros));
    return target->gzip ? lw_target_gzip(cx, target, NULL, 0, true) : LW_OK;
}

const target_kind lw_target_tar = {put_file, copy_file, put_link, NULL, NULL, NULL, finish};

void lw_target_start_gzip(lw_target *target)
{
    target->gzip = lw_heap_new(sizeof(z_stream));
    LW_ASSERT(deflateInit2(target->gzip, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
}

lw_status lw_target_gzip(lw_ctx *cx, lw_target *target, const void *data, size_t size, bool is_end)
{
    unsigned char out[CHUNK_BYTES];
    z_stream *z = target->gzip;
    z->next_in = (Bytef *)data;
    z->avail_in = (uInt)size;
    do {
        z->next_out = out;
        z->avail_out = sizeof out;
        deflate(z, is_end ? Z_FINISH : Z_NO_FLUSH);
        LW_TRY(lw_target_emit_plain(cx, target, out, sizeof out - z->avail_out));
    } while (z->avail_out == 0);
    return LW_OK;
}

void lw_target_stop_gzip(lw_target *target)
{
    if (target->gzip)
        deflateEnd(target->gzip);
    lw_heap_free(target->gzip);
    target->gzip = NULL;
}
