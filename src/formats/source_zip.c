#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/limits.h"
#include "formats/source_private.h"

/* APPNOTE.TXT 6.3: the central directory at the end is the table; entries are inflated one by one, in any order. */
enum {
    END_BYTES = 22,
    LOCATOR_BYTES = 20,
    END64_BYTES = 56,
    CENTRAL_BYTES = 46,
    LOCAL_BYTES = 30,
    COMMENT_BYTES = 65535,
    FLAG_ENCRYPTED = 1,
    MADE_BY_UNIX = 3,
    CHUNK_BYTES = 64 << 10,
};

static uint32_t u16(const unsigned char *at) { return (uint32_t)at[0] | (uint32_t)at[1] << 8; }
static uint32_t u32(const unsigned char *at) { return u16(at) | u16(at + 2) << 16; }
static uint64_t u64(const unsigned char *at) { return u32(at) | (uint64_t)u32(at + 4) << 32; }

typedef struct table {
    uint64_t offset, size, n_entries;
} table;

/* The end record is the last one whose comment reaches to the file's end. */
static lw_status find_table(lw_ctx *cx, const lw_source *source, table *out)
{
    size_t size = source->size < END_BYTES + COMMENT_BYTES ? (size_t)source->size : END_BYTES + COMMENT_BYTES;
    unsigned char *tail = lw_alloc(cx->arena, size + 1);
    LW_TRY(lw_fd_read_at(cx, source->fd, source->size - (int64_t)size, tail, size));
    size_t at = size < END_BYTES ? 0 : size - END_BYTES + 1;
    while (at-- > 0)
        if (memcmp(tail + at, "PK\5\6", 4) == 0 && at + END_BYTES + u16(tail + at + 20) <= size)
            break;
    if (at == SIZE_MAX)
        return lw_fail(cx, LW_INVALID, "%.*s: this zip has no table at its end: it is cut off", LW_FMT(source->name));
    *out = (table){u32(tail + at + 16), u32(tail + at + 12), u16(tail + at + 10)};
    int64_t end = source->size - (int64_t)size + (int64_t)at;
    unsigned char locator[LOCATOR_BYTES], end64[END64_BYTES];
    if (end >= LOCATOR_BYTES) {
        LW_TRY(lw_fd_read_at(cx, source->fd, end - LOCATOR_BYTES, locator, sizeof locator));
        if (memcmp(locator, "PK\6\7", 4) == 0 && u64(locator + 8) <= (uint64_t)end) {
            LW_TRY(lw_fd_read_at(cx, source->fd, (int64_t)u64(locator + 8), end64, sizeof end64));
            if (memcmp(end64, "PK\6\6", 4) == 0)
                *out = (table){u64(end64 + 48), u64(end64 + 40), u64(end64 + 32)};
        }
    }
    if (out->offset > (uint64_t)source->size || out->size > (uint64_t)source->size - out->offset)
        return lw_fail(cx, LW_INVALID, "%.*s: this zip's table lies outside the file: it is cut off or damaged", LW_FMT(source->name));
    return out->size <= LW_LIMIT_ARCHIVE_TABLE_BYTES ? LW_OK : lw_fail(cx, LW_TOO_LARGE, "%.*s: this zip's table is too large", LW_FMT(source->name));
}

/* Sizes of 4 GB and more stand in an extra field, only those that did not fit. */
static void read_zip64(const unsigned char *extra, size_t size, uint64_t *unpacked, uint64_t *packed, uint64_t *offset)
{
    while (size >= 4) {
        size_t field = u16(extra + 2);
        if (field > size - 4)
            return;
        if (u16(extra) == 1) {
            const unsigned char *at = extra + 4, *end = at + field;
            uint64_t *const wide[] = {unpacked, packed, offset};
            for (size_t i = 0; i < LW_COUNT(wide); i++) {
                if (*wide[i] != UINT32_MAX || end - at < 8)
                    continue;
                *wide[i] = u64(at);
                at += 8;
            }
            return;
        }
        extra += 4 + field;
        size -= 4 + field;
    }
}

static const char *refusal(uint32_t flags, uint32_t method, uint64_t unpacked, uint64_t packed)
{
    if (flags & FLAG_ENCRYPTED)
        return "it is encrypted";
    if (method != 0 && method != 8)
        return "its way of compression is not known (stored and deflated are)";
    if (unpacked > (uint64_t)LW_LIMIT_MEDIA_BYTES)
        return "it is too large";
    if (unpacked > LW_LIMIT_ARCHIVE_FREE_BYTES && unpacked / LW_LIMIT_ARCHIVE_RATIO > packed)
        return "it would unpack to more than 200 times its size";
    return NULL;
}

static lw_status add_entry(lw_ctx *cx, lw_source *source, const unsigned char *at, size_t n_name, size_t n_extra, uint64_t *packed_sum)
{
    uint64_t unpacked = u32(at + 24), packed = u32(at + 20), offset = u32(at + 42);
    read_zip64(at + CENTRAL_BYTES + n_name, n_extra, &unpacked, &packed, &offset);
    lw_text name = {lw_copy(cx->arena, at + CENTRAL_BYTES, n_name), n_name};
    for (size_t i = 0; i < n_name; i++)
        if (name.data[i] == '\\')
            ((char *)name.data)[i] = '/';
    if (lw_text_ends(name, "/"))
        return LW_OK;
    *packed_sum += packed < (uint64_t)source->size ? packed : (uint64_t)source->size;
    lw_text shown = lw_text_to_utf8(source->arena, name);
    if (u16(at + 4) >> 8 == MADE_BY_UNIX && S_ISLNK(u32(at + 38) >> 16)) {
        lw_report_add(source->report, LW_WARNING, "link-in-archive", "links in an archive are not followed", "%.*s", LW_FMT(shown));
        return LW_OK;
    }
    const char *why = offset > (uint64_t)source->size ? "the table is damaged" : refusal(u16(at + 8), u16(at + 10), unpacked, packed);
    if (why) {
        lw_report_add(source->report, LW_ERROR, "entry-refused", "a file in the archive cannot be read", "%.*s: %s", LW_FMT(shown), why);
        return LW_OK;
    }
    bool taken;
    place where = {(int64_t)offset, (int64_t)packed, u32(at + 16), (uint16_t)u16(at + 10)};
    return lw_source_add(cx, source, name, (int64_t)unpacked, 0, &where, &taken);
}

static lw_status read_table(lw_ctx *cx, lw_source *source, const unsigned char *at, size_t size)
{
    uint64_t packed_sum = 0;
    while (size >= CENTRAL_BYTES && memcmp(at, "PK\1\2", 4) == 0) {
        size_t n_name = u16(at + 28), n_extra = u16(at + 30), n = CENTRAL_BYTES + n_name + n_extra + u16(at + 32);
        if (n > size)
            return lw_fail(cx, LW_INVALID, "%.*s: this zip's table is damaged", LW_FMT(source->name));
        LW_TRY(add_entry(cx, source, at, n_name, n_extra, &packed_sum));
        at += n;
        size -= n;
    }
    /* Entries that share their bytes are how a small file unpacks to petabytes. */
    if (packed_sum > (uint64_t)source->size)
        return lw_fail(cx, LW_INVALID, "%.*s: entries of this zip overlap; it is made to swell", LW_FMT(source->name));
    return LW_OK;
}

static lw_status damaged(lw_ctx *cx, const lw_entry *entry) { return lw_fail(cx, LW_INVALID, "%.*s is damaged in the archive", LW_FMT(entry->name)); }

/* Gives the entry's bytes piece by piece; checks size and checksum. */
typedef lw_status (*take_bytes)(lw_ctx *cx, void *state, const void *data, size_t size);

static lw_status unpack(lw_ctx *cx, lw_source *source, const lw_entry *entry, take_bytes take, void *state)
{
    const place *where = &source->places[source->added[entry->index]];
    unsigned char local[LOCAL_BYTES], in[CHUNK_BYTES], out[CHUNK_BYTES];
    LW_TRY(lw_fd_read_at(cx, source->fd, where->offset, local, sizeof local));
    int64_t offset = where->offset + LOCAL_BYTES + u16(local + 26) + u16(local + 28), left = where->packed, size = 0;
    if (memcmp(local, "PK\3\4", 4) != 0 || offset > source->size || left > source->size - offset)
        return damaged(cx, entry);
    z_stream stream = {0};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return lw_fail(cx, LW_FAILED, "zlib cannot start");
    uLong crc = crc32(0, NULL, 0);
    lw_status status = LW_OK;
    int state_of = Z_OK;
    while (status == LW_OK && left > 0 && state_of == Z_OK) {
        size_t n = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
        status = lw_fd_read_at(cx, source->fd, offset, in, n);
        offset += (int64_t)n;
        left -= (int64_t)n;
        stream.next_in = in;
        stream.avail_in = (uInt)n;
        while (status == LW_OK && state_of == Z_OK && stream.avail_in) {
            unsigned char *data = out;
            size_t got = n;
            if (where->method == 0) {
                data = in;
                stream.avail_in = 0;
            } else {
                stream.next_out = out;
                stream.avail_out = sizeof out;
                state_of = inflate(&stream, Z_NO_FLUSH);
                got = sizeof out - stream.avail_out;
                if (state_of != Z_OK && state_of != Z_STREAM_END)
                    break;
            }
            size += (int64_t)got;
            crc = crc32(crc, data, (uInt)got);
            status = size > entry->size ? damaged(cx, entry) : take(cx, state, data, got);
        }
    }
    inflateEnd(&stream);
    LW_TRY(status);
    return size == entry->size && (uint32_t)crc == where->crc ? LW_OK : damaged(cx, entry);
}

static lw_status put_fd(lw_ctx *cx, void *state, const void *data, size_t size) { return lw_fd_write(cx, *(int *)state, data, size); }

static lw_status put_text(lw_ctx *cx, void *state, const void *data, size_t size)
{
    lw_text *text = state;
    memcpy((char *)text->data + text->size, data, size);
    text->size += size;
    return LW_OK;
}

static lw_status open_entry(lw_ctx *cx, lw_source *source, const lw_entry *entry, lw_fd *out)
{
    LW_AUTO(lw_fd) fd = -1;
    LW_TRY(lw_source_spool(cx, entry->size, &fd));
    LW_TRY(unpack(cx, source, entry, put_fd, &fd));
    if (lseek(fd, 0, SEEK_SET) != 0)
        return lw_fail_errno(cx, errno, "cannot unpack %.*s", LW_FMT(entry->name));
    *out = fd;
    fd = -1;
    return LW_OK;
}

static lw_status read_entry(lw_ctx *cx, lw_source *source, const lw_entry *entry, size_t limit_bytes, lw_text *out)
{
    if ((uint64_t)entry->size > limit_bytes)
        return lw_fail(cx, LW_TOO_LARGE, "%.*s has more than %zu bytes", LW_FMT(entry->name), limit_bytes);
    lw_text text = {lw_alloc(cx->arena, (size_t)entry->size + 1), 0};
    LW_TRY(unpack(cx, source, entry, put_text, &text));
    *out = text;
    return LW_OK;
}

static const source_kind zip_kind = {open_entry, read_entry};

lw_status lw_source_open_zip(lw_ctx *cx, lw_source *source)
{
    source->kind = &zip_kind;
    table found = {0};
    LW_TRY(find_table(cx, source, &found));
    unsigned char *bytes = lw_heap_new(found.size + 1);
    lw_status status = lw_fd_read_at(cx, source->fd, (int64_t)found.offset, bytes, found.size);
    if (status == LW_OK)
        status = read_table(cx, source, bytes, found.size);
    lw_heap_free(bytes);
    return status;
}
