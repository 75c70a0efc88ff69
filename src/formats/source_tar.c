#include <errno.h>
#include <unistd.h>
#include <zlib.h>

#include "base/limits.h"
#include "formats/source_private.h"

enum { BLOCK_BYTES = 512, CHUNK_BYTES = 64 << 10, LONG_NAME_BYTES = 64 << 10 };

/* What stands before an entry and holds for it: pax's path and size, GNU's long name. */
typedef struct ahead {
    lw_text name;
    int64_t size; /* -1: as the header says */
} ahead;

static bool read_number(const char *field, size_t size, int64_t *out)
{
    if ((unsigned char)field[0] == 0x80) { /* base 256, big-endian */
        uint64_t value = 0;
        for (size_t i = 1; i < size; i++) {
            if (value >> 54)
                return false;
            value = value << 8 | (unsigned char)field[i];
        }
        *out = (int64_t)value;
        return true;
    }
    int64_t value = 0;
    size_t i = 0;
    while (i < size && field[i] == ' ')
        i++;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
        value = value * 8 + (field[i] - '0');
    *out = value;
    return i == size || field[i] == 0 || field[i] == ' ';
}

static bool checksum_fits(const char *block)
{
    int64_t expected, sum = 0;
    for (size_t i = 0; i < BLOCK_BYTES; i++)
        sum += i >= 148 && i < 156 ? ' ' : (unsigned char)block[i];
    return read_number(block + 148, 8, &expected) && sum == expected;
}

static lw_text field_text(const char *field, size_t size) { return (lw_text){field, strnlen(field, size)}; }

static lw_text header_name(lw_arena *arena, const char *block)
{
    lw_text name = field_text(block, 100), prefix = field_text(block + 345, 155);
    if (memcmp(block + 257, "ustar\0", 6) != 0 || prefix.size == 0)
        return lw_text_copy(arena, name);
    return lw_text_print(arena, "%.*s/%.*s", LW_FMT(prefix), LW_FMT(name));
}

/* Records "27 path=photos/a.jpg\n". */
static void read_pax(lw_text records, ahead *out)
{
    while (records.size) {
        size_t n = 0, digits = 0;
        while (digits < records.size && digits < 8 && records.data[digits] >= '0' && records.data[digits] <= '9')
            n = n * 10 + (size_t)(records.data[digits++] - '0');
        if (n <= digits + 1 || n > records.size || records.data[digits] != ' ')
            return;
        lw_text record = {records.data + digits + 1, n - digits - 2}, key, value;
        if (lw_text_split(record, '=', &key, &value)) {
            if (lw_text_is(key, "path"))
                out->name = value;
            else if (lw_text_is(key, "size") && (!lw_text_to_int(value, &out->size) || out->size < 0))
                out->size = -1;
        }
        records = lw_text_slice(records, n, records.size);
    }
}

static lw_status add_entry(lw_ctx *cx, lw_source *source, char type, lw_text name, int64_t offset, int64_t size)
{
    if (type == '5' || lw_text_ends(name, "/"))
        return LW_OK;
    while (lw_text_starts(name, "./")) /* as `tar c .` writes them */
        name = lw_text_slice(name, 2, name.size);
    lw_text shown = lw_text_to_utf8(source->arena, name);
    if (type == '1' || type == '2') {
        lw_report_add(source->report, LW_WARNING, "link-in-archive", "links in an archive are not followed", "%.*s", LW_FMT(shown));
        return LW_OK;
    }
    if (type != '0' && type != 0 && type != '7') {
        lw_report_add(source->report, LW_WARNING, "not-a-file", "neither a file nor a folder; left out", "%.*s", LW_FMT(shown));
        return LW_OK;
    }
    bool taken;
    place where = {offset, size, 0, 0};
    return lw_source_add(cx, source, name, size, 0, &where, &taken);
}

static lw_status cut_off(lw_ctx *cx, lw_source *source, int64_t offset)
{
    if (source->n_entries == 0)
        return lw_fail(cx, LW_INVALID, "%.*s: this tar is cut off or damaged at byte %" PRId64, LW_FMT(source->name), offset);
    lw_report_add(source->report, LW_ERROR, "archive-cut-off", "the archive is cut off or damaged; what stands before is read", "byte %" PRId64,
                  offset);
    return LW_OK;
}

static lw_status copy_entry(lw_ctx *cx, lw_source *source, const lw_entry *entry, lw_fd *out)
{
    const place *where = &source->places[source->added[entry->index]];
    LW_AUTO(lw_fd) fd = -1;
    LW_TRY(lw_source_spool(cx, entry->size, &fd));
    char chunk[CHUNK_BYTES];
    for (int64_t at = 0; at < entry->size;) {
        size_t n = entry->size - at < CHUNK_BYTES ? (size_t)(entry->size - at) : CHUNK_BYTES;
        LW_TRY(lw_fd_read_at(cx, source->fd, where->offset + at, chunk, n));
        LW_TRY(lw_fd_write(cx, fd, chunk, n));
        at += (int64_t)n;
    }
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
    char *data = lw_alloc(cx->arena, (size_t)entry->size + 1);
    LW_TRY(lw_fd_read_at(cx, source->fd, source->places[source->added[entry->index]].offset, data, (size_t)entry->size));
    *out = (lw_text){data, (size_t)entry->size};
    return LW_OK;
}

static const source_kind tar_kind = {copy_entry, read_entry};

lw_status lw_source_open_tar(lw_ctx *cx, lw_source *source)
{
    source->kind = &tar_kind;
    char block[BLOCK_BYTES];
    ahead next = {.size = -1};
    for (int64_t at = 0; at < source->size;) {
        int64_t size;
        if (source->size - at < BLOCK_BYTES)
            return cut_off(cx, source, at);
        LW_TRY(lw_fd_read_at(cx, source->fd, at, block, BLOCK_BYTES));
        if (block[0] == 0)
            break; /* the end: blocks of zeros */
        if (!checksum_fits(block) || !read_number(block + 124, 12, &size))
            return cut_off(cx, source, at);
        char type = block[156];
        bool is_ahead = type == 'x' || type == 'L' || type == 'g' || type == 'K';
        if (!is_ahead && next.size >= 0)
            size = next.size;
        int64_t offset = at + BLOCK_BYTES;
        if (size > source->size - offset)
            return cut_off(cx, source, at);
        if (type == 'x' || type == 'L') {
            if (size > LONG_NAME_BYTES)
                return cut_off(cx, source, at);
            char *data = lw_alloc(cx->arena, (size_t)size + 1);
            LW_TRY(lw_fd_read_at(cx, source->fd, offset, data, (size_t)size));
            if (type == 'L')
                next.name = field_text(data, (size_t)size);
            else
                read_pax((lw_text){data, (size_t)size}, &next);
        } else if (!is_ahead) {
            LW_TRY(add_entry(cx, source, type, next.name.size ? next.name : header_name(cx->arena, block), offset, size));
            next = (ahead){.size = -1};
        }
        at = offset + (size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    }
    return LW_OK;
}

lw_status lw_source_gunzip(lw_ctx *cx, lw_source *source)
{
    LW_AUTO(lw_fd) to = -1;
    LW_TRY(lw_fd_temporary(cx, &to));
    unsigned char in[CHUNK_BYTES], out[CHUNK_BYTES];
    z_stream stream = {0};
    if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK)
        return lw_fail(cx, LW_FAILED, "zlib cannot start");
    lw_status status = LW_OK;
    int state = Z_OK;
    int64_t read = 0, size = 0;
    while (status == LW_OK && read < source->size) {
        size_t n = source->size - read < CHUNK_BYTES ? (size_t)(source->size - read) : CHUNK_BYTES;
        status = lw_fd_read_at(cx, source->fd, read, in, n);
        read += (int64_t)n;
        stream.next_in = in;
        stream.avail_in = (uInt)n;
        while (status == LW_OK && stream.avail_in) {
            if (state == Z_STREAM_END && inflateReset(&stream) != Z_OK) /* members may follow each other */
                break;
            stream.next_out = out;
            stream.avail_out = sizeof out;
            state = inflate(&stream, Z_NO_FLUSH);
            if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) {
                status = lw_fail(cx, LW_INVALID, "%.*s: this gzip file is damaged near byte %" PRId64, LW_FMT(source->name), read);
                break;
            }
            size_t got = sizeof out - stream.avail_out;
            size += (int64_t)got;
            if (size > LW_LIMIT_ARCHIVE_FREE_BYTES && size / LW_LIMIT_ARCHIVE_RATIO > read)
                status = lw_fail(cx, LW_TOO_LARGE, "%.*s would unpack to more than %d times its size", LW_FMT(source->name), LW_LIMIT_ARCHIVE_RATIO);
            else
                status = lw_fd_write(cx, to, out, got);
        }
    }
    inflateEnd(&stream);
    LW_TRY(status);
    if (state != Z_STREAM_END)
        lw_report_add(source->report, LW_ERROR, "archive-cut-off", "the archive is cut off or damaged; what stands before is read", "%.*s",
                      LW_FMT(source->name));
    lw_fd_cleanup(&source->fd);
    source->fd = to;
    source->size = size;
    to = -1;
    return LW_OK;
}
