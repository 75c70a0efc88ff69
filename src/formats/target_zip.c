#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "formats/source.h"
#include "formats/target_private.h"

/* APPNOTE.TXT 6.3: entries of known size and checksum carry both in front; a long text that is written in pieces has them behind
 * (a descriptor). ZIP64 fields stand where 32 bits do not suffice. Media are stored, text is deflated. */
enum { CHUNK_BYTES = 64 << 10, FLAG_DESCRIPTOR = 8, FLAG_UTF8 = 0x800, STORED = 0, DEFLATED = 8, DATE_1980 = 0x21 };
static const int64_t WIDE = 0xffffffff;

typedef struct zip_entry {
    int64_t offset, packed, unpacked;
    uint32_t crc, mode;
    uint16_t flags, method;
} zip_entry;

/* The deflated entry that is open, between begin and end. */
typedef struct zip_stream {
    z_stream z;
    zip_entry entry;
} zip_stream;

static void put_little(lw_buf *buf, uint64_t value, int n_bytes)
{
    for (; n_bytes > 0; n_bytes--, value >>= 8)
        lw_buf_put_char(buf, (char)(value & 0xff));
}

static uint64_t narrow(int64_t value) { return (uint64_t)(value < WIDE ? value : WIDE); }

static void put_common(lw_buf *buf, const zip_entry *entry, int64_t packed, int64_t unpacked, uint32_t crc, size_t name_size, int extra_size)
{
    put_little(buf, 45, 2);
    put_little(buf, entry->flags, 2);
    put_little(buf, entry->method, 2);
    put_little(buf, 0, 2);
    put_little(buf, DATE_1980, 2); /* the same export is the same bytes */
    put_little(buf, crc, 4);
    put_little(buf, narrow(packed), 4);
    put_little(buf, narrow(unpacked), 4);
    put_little(buf, name_size, 2);
    put_little(buf, (uint64_t)extra_size, 2);
}

static lw_status put_local(lw_ctx *cx, lw_target *target, zip_entry *entry, lw_text name)
{
    LW_AUTO(lw_buf) head = {0};
    entry->offset = target->written;
    entry->flags |= FLAG_UTF8;
    bool is_later = entry->flags & FLAG_DESCRIPTOR, is_wide = is_later || entry->packed >= WIDE || entry->unpacked >= WIDE;
    lw_buf_put_literal(&head, "PK\3\4");
    put_common(&head, entry, is_wide ? WIDE : entry->packed, is_wide ? WIDE : entry->unpacked, is_later ? 0 : entry->crc, name.size,
               is_wide ? 20 : 0);
    lw_buf_put_text(&head, name);
    if (is_wide) {
        put_little(&head, 1, 2);
        put_little(&head, 16, 2);
        put_little(&head, is_later ? 0 : (uint64_t)entry->unpacked, 8);
        put_little(&head, is_later ? 0 : (uint64_t)entry->packed, 8);
    }
    return lw_target_emit(cx, target, head.data, head.size);
}

static void add_to_table(lw_target *target, const zip_entry *entry, lw_text name)
{
    lw_buf *table = &target->table;
    const int64_t wide[] = {entry->unpacked, entry->packed, entry->offset};
    int n_wide = 0;
    for (size_t i = 0; i < LW_COUNT(wide); i++)
        n_wide += wide[i] >= WIDE;
    lw_buf_put_literal(table, "PK\1\2");
    put_little(table, 3 << 8 | 45, 2); /* made by Unix: the mode says what is a link */
    put_common(table, entry, entry->packed, entry->unpacked, entry->crc, name.size, n_wide ? 4 + 8 * n_wide : 0);
    put_little(table, 0, 2);
    put_little(table, 0, 2);
    put_little(table, 0, 2);
    put_little(table, (uint64_t)entry->mode << 16, 4);
    put_little(table, narrow(entry->offset), 4);
    lw_buf_put_text(table, name);
    if (n_wide) {
        put_little(table, 1, 2);
        put_little(table, 8 * (uint64_t)n_wide, 2);
        for (size_t i = 0; i < LW_COUNT(wide); i++)
            if (wide[i] >= WIDE)
                put_little(table, (uint64_t)wide[i], 8);
    }
    target->n_entries++;
}

static lw_status start_deflate(lw_ctx *cx, z_stream *z)
{
    *z = (z_stream){0};
    return deflateInit2(z, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK ? LW_OK : lw_fail(cx, LW_FAILED, "zlib cannot start");
}

static lw_status put_stored(lw_ctx *cx, lw_target *target, lw_text name, lw_text content, uint32_t mode)
{
    zip_entry entry = {.packed = (int64_t)content.size,
                       .unpacked = (int64_t)content.size,
                       .crc = (uint32_t)crc32_z(0, (const Bytef *)content.data, content.size),
                       .mode = mode};
    LW_TRY(put_local(cx, target, &entry, name));
    LW_TRY(lw_target_emit(cx, target, content.data, content.size));
    add_to_table(target, &entry, name);
    return LW_OK;
}

static lw_status put_file(lw_ctx *cx, lw_target *target, lw_text name, lw_text content)
{
    if (content.size < 64 || lw_name_is_image(name))
        return put_stored(cx, target, name, content, S_IFREG | 0644);
    z_stream z;
    LW_TRY(start_deflate(cx, &z));
    size_t room = deflateBound(&z, content.size);
    unsigned char *packed = lw_heap_new(room);
    z.next_in = (Bytef *)content.data;
    z.avail_in = (uInt)content.size;
    z.next_out = packed;
    z.avail_out = (uInt)room;
    bool is_done = content.size < UINT32_MAX && deflate(&z, Z_FINISH) == Z_STREAM_END;
    zip_entry entry = {.packed = (int64_t)z.total_out,
                       .unpacked = (int64_t)content.size,
                       .crc = (uint32_t)crc32_z(0, (const Bytef *)content.data, content.size),
                       .mode = S_IFREG | 0644,
                       .method = DEFLATED};
    deflateEnd(&z);
    lw_status status = is_done ? put_local(cx, target, &entry, name) : lw_fail(cx, LW_FAILED, "cannot deflate %.*s", LW_FMT(name));
    if (status == LW_OK)
        status = lw_target_emit(cx, target, packed, (size_t)entry.packed);
    lw_heap_free(packed);
    LW_TRY(status);
    add_to_table(target, &entry, name);
    return LW_OK;
}

static lw_status begin(lw_ctx *cx, lw_target *target, lw_text name)
{
    target->zip = lw_heap_new(sizeof(zip_stream));
    LW_TRY(start_deflate(cx, &target->zip->z));
    target->zip->entry = (zip_entry){.mode = S_IFREG | 0644, .method = DEFLATED, .flags = FLAG_DESCRIPTOR};
    return put_local(cx, target, &target->zip->entry, name);
}

static lw_status deflate_more(lw_ctx *cx, lw_target *target, const void *data, size_t size, int flush)
{
    zip_stream *stream = target->zip;
    unsigned char out[CHUNK_BYTES];
    stream->z.next_in = (Bytef *)data;
    stream->z.avail_in = (uInt)size;
    do {
        stream->z.next_out = out;
        stream->z.avail_out = sizeof out;
        deflate(&stream->z, flush);
        size_t got = sizeof out - stream->z.avail_out;
        stream->entry.packed += (int64_t)got;
        LW_TRY(lw_target_emit(cx, target, out, got));
    } while (stream->z.avail_out == 0);
    return LW_OK;
}

static lw_status put(lw_ctx *cx, lw_target *target, const void *data, size_t size)
{
    zip_entry *entry = &target->zip->entry;
    entry->crc = (uint32_t)crc32_z(entry->crc, data, size);
    entry->unpacked += (int64_t)size;
    for (size_t at = 0; at < size; at += 1 << 30)
        LW_TRY(deflate_more(cx, target, (const char *)data + at, size - at < 1 << 30 ? size - at : 1 << 30, Z_NO_FLUSH));
    return LW_OK;
}

static void free_stream(lw_target *target)
{
    if (target->zip)
        deflateEnd(&target->zip->z);
    lw_heap_free(target->zip);
    target->zip = NULL;
}

static lw_status end(lw_ctx *cx, lw_target *target)
{
    LW_TRY(deflate_more(cx, target, "", 0, Z_FINISH));
    zip_entry entry = target->zip->entry;
    free_stream(target);
    LW_AUTO(lw_buf) behind = {0};
    lw_buf_put_literal(&behind, "PK\7\10");
    put_little(&behind, entry.crc, 4);
    put_little(&behind, (uint64_t)entry.packed, 8);
    put_little(&behind, (uint64_t)entry.unpacked, 8);
    LW_TRY(lw_target_emit(cx, target, behind.data, behind.size));
    add_to_table(target, &entry, target->name);
    return LW_OK;
}

/* Read twice: the checksum stands in front, so that readers of streams know where a stored entry ends. */
static lw_status copy_file(lw_ctx *cx, lw_target *target, lw_text name, int fd, int64_t size)
{
    unsigned char chunk[CHUNK_BYTES];
    zip_entry entry = {.packed = size, .unpacked = size, .mode = S_IFREG | 0644};
    uint32_t crc = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1) {
            entry.crc = crc;
            LW_TRY(put_local(cx, target, &entry, name));
        }
        crc = 0;
        for (int64_t at = 0; at < size;) {
            size_t n = size - at < CHUNK_BYTES ? (size_t)(size - at) : CHUNK_BYTES;
            LW_TRY(lw_fd_read_at(cx, fd, at, chunk, n));
            crc = (uint32_t)crc32_z(crc, chunk, n);
            if (pass == 1)
                LW_TRY(lw_target_emit(cx, target, chunk, n));
            at += (int64_t)n;
        }
    }
    if (crc != entry.crc)
        return lw_fail(cx, LW_CONFLICT, "%.*s changed while it was copied", LW_FMT(name));
    add_to_table(target, &entry, name);
    return LW_OK;
}

static lw_status put_link(lw_ctx *cx, lw_target *target, lw_text name, const char *path)
{
    return put_stored(cx, target, name, lw_text_from(path), S_IFLNK | 0777);
}

static lw_status finish(lw_ctx *cx, lw_target *target)
{
    int64_t offset = target->written, n = target->n_entries, size = (int64_t)target->table.size;
    LW_TRY(lw_target_emit(cx, target, target->table.data, target->table.size));
    LW_AUTO(lw_buf) tail = {0};
    if (n >= 0xffff || offset >= WIDE || size >= WIDE) {
        int64_t end64 = target->written;
        lw_buf_put_literal(&tail, "PK\6\6");
        put_little(&tail, 44, 8);
        put_little(&tail, 3 << 8 | 45, 2);
        put_little(&tail, 45, 2);
        put_little(&tail, 0, 8); /* disks */
        put_little(&tail, (uint64_t)n, 8);
        put_little(&tail, (uint64_t)n, 8);
        put_little(&tail, (uint64_t)size, 8);
        put_little(&tail, (uint64_t)offset, 8);
        lw_buf_put_literal(&tail, "PK\6\7");
        put_little(&tail, 0, 4);
        put_little(&tail, (uint64_t)end64, 8);
        put_little(&tail, 1, 4);
    }
    lw_buf_put_literal(&tail, "PK\5\6");
    put_little(&tail, 0, 4);
    put_little(&tail, n < 0xffff ? (uint64_t)n : 0xffff, 2);
    put_little(&tail, n < 0xffff ? (uint64_t)n : 0xffff, 2);
    put_little(&tail, narrow(size), 4);
    put_little(&tail, narrow(offset), 4);
    put_little(&tail, 0, 2);
    return lw_target_emit(cx, target, tail.data, tail.size);
}

static void close_zip(lw_target *target)
{
    free_stream(target);
    if (target->beside)
        unlink(target->beside);
}

const target_kind lw_target_zip = {put_file, copy_file, put_link, begin, put, end, finish, NULL, close_zip};
