/* PNG, GIF, WebP and BMP: a fixed header, then at most a walk over chunks. */
#include "media/probe_source.h"

enum { CHUNKS = 64 };

lw_status lw_probe_png(lw_ctx *cx, lw_probe_source *source, lw_media_info *info)
{
    static const uint8_t channels[7] = {1, 0, 3, 3, 2, 0, 4};
    const uint8_t *head = lw_probe_look(source, 8, 25);
    if (!head)
        return lw_probe_cut(cx, source, "PNG");
    if (lw_be32(head) != 13 || memcmp(head + 4, "IHDR", 4) != 0 || head[17] > 6 || !channels[head[17]])
        return lw_probe_broken(cx, "PNG", "its first chunk is no IHDR");
    info->stored_width = lw_be32(head + 8);
    info->stored_height = lw_be32(head + 12);
    info->bit_depth = head[17] == 3 ? 8 : head[16];
    info->n_channels = channels[head[17]];
    uint64_t at = 33;
    for (int i = 0; i < CHUNKS; i++) {
        const uint8_t *chunk = lw_probe_look(source, at, 8);
        if (!chunk || memcmp(chunk + 4, "IDAT", 4) == 0)
            break;
        uint64_t body = at + 8, size = lw_be32(chunk);
        lw_tiff exif;
        if (memcmp(chunk + 4, "eXIf", 4) == 0) {
            if (lw_tiff_open(&exif, source, body, size))
                lw_exif_read(&exif, info);
        } else if (memcmp(chunk + 4, "acTL", 4) == 0) {
            info->is_animated = true;
        } else if (memcmp(chunk + 4, "iCCP", 4) == 0) {
            const uint8_t *name = lw_probe_look(source, body, 4); /* the profile itself is compressed */
            info->has_profile = name && memcmp(name, "sRGB", 4) != 0;
        }
        at = body + size + 4;
    }
    info->is_cut = !lw_probe_ends_with(source, 33, "IEND\xae\x42\x60\x82", 8);
    return LW_OK;
}

lw_status lw_probe_gif(lw_ctx *cx, lw_probe_source *source, lw_media_info *info)
{
    const uint8_t *head = lw_probe_look(source, 0, 13);
    if (!head)
        return lw_probe_cut(cx, source, "GIF");
    info->stored_width = lw_le16(head + 6);
    info->stored_height = lw_le16(head + 8);
    info->bit_depth = 8;
    info->n_channels = 3;
    size_t n = 1024;
    const uint8_t *start = lw_probe_look_some(source, 0, source->size, &n);
    info->is_animated = start && memmem(start, n, "NETSCAPE2.0", 11);
    size_t tail_size = 512;
    uint64_t tail_at = source->size > tail_size ? source->size - tail_size : 0;
    const uint8_t *tail = lw_probe_look_some(source, tail_at, source->size, &tail_size);
    while (tail && tail_size && tail[tail_size - 1] == 0)
        tail_size--;
    info->is_cut = !tail || tail_size == 0 || tail[tail_size - 1] != ';' || tail_at + tail_size <= 13;
    return LW_OK;
}

/* The extended form says which chunks follow; EXIF stands behind the pixels. */
static void walk_webp(lw_probe_source *source, uint64_t at, bool has_exif, bool has_profile, lw_media_info *info)
{
    for (int i = 0; i < CHUNKS && (has_exif || has_profile); i++) {
        const uint8_t *chunk = lw_probe_look(source, at, 8);
        if (!chunk)
            return;
        uint64_t body = at + 8, size = lw_le32(chunk + 4);
        if (memcmp(chunk, "ICCP", 4) == 0) {
            info->has_profile = lw_probe_is_foreign_profile(source, body, body + size);
            has_profile = false;
        } else if (memcmp(chunk, "EXIF", 4) == 0) {
            lw_tiff exif;
            const uint8_t *prefix = lw_probe_look(source, body, 6); /* some writers put JPEG's prefix before it */
            uint64_t skip = prefix && size >= 6 && memcmp(prefix, "Exif\0", 6) == 0 ? 6 : 0;
            if (lw_tiff_open(&exif, source, body + skip, size - skip))
                lw_exif_read(&exif, info);
            return;
        }
        at = body + size + (size & 1);
    }
}

lw_status lw_probe_webp(lw_ctx *cx, lw_probe_source *source, lw_media_info *info)
{
    const uint8_t *head = lw_probe_look(source, 0, 30);
    if (!head)
        return lw_probe_cut(cx, source, "WebP");
    info->is_cut = (uint64_t)lw_le32(head + 4) + 8 > source->size;
    info->bit_depth = 8;
    info->n_channels = 3;
    if (memcmp(head + 12, "VP8 ", 4) == 0) {
        if (memcmp(head + 23, "\x9d\x01\x2a", 3) != 0)
            return lw_probe_broken(cx, "WebP", "its first frame does not begin as one");
        info->stored_width = lw_le16(head + 26) & 0x3fff;
        info->stored_height = lw_le16(head + 28) & 0x3fff;
    } else if (memcmp(head + 12, "VP8L", 4) == 0) {
        uint32_t bits = lw_le32(head + 21);
        if (head[20] != 0x2f)
            return lw_probe_broken(cx, "WebP", "its first frame does not begin as one");
        info->stored_width = (bits & 0x3fff) + 1;
        info->stored_height = (bits >> 14 & 0x3fff) + 1;
        info->n_channels = bits >> 28 & 1 ? 4 : 3;
    } else if (memcmp(head + 12, "VP8X", 4) == 0) {
        uint8_t flags = head[20];
        info->stored_width = lw_le24(head + 24) + 1;
        info->stored_height = lw_le24(head + 27) + 1;
        info->n_channels = flags & 0x10 ? 4 : 3;
        info->is_animated = flags & 0x02;
        walk_webp(source, 20 + (uint64_t)lw_le32(head + 16), flags & 0x08, flags & 0x20, info);
    } else {
        return lw_probe_broken(cx, "WebP", "its first chunk is no frame");
    }
    return LW_OK;
}

lw_status lw_probe_bmp(lw_ctx *cx, lw_probe_source *source, lw_media_info *info)
{
    const uint8_t *head = lw_probe_look(source, 0, 26);
    if (!head)
        return lw_probe_cut(cx, source, "BMP");
    uint64_t pixels_at = lw_le32(head + 10);
    uint32_t header_size = lw_le32(head + 14), bits, compression = 0;
    if (header_size == 12) {
        info->stored_width = lw_le16(head + 18);
        info->stored_height = lw_le16(head + 20);
        bits = lw_le16(head + 24);
    } else if (header_size >= 40 && header_size <= 124) {
        head = lw_probe_look(source, 0, 54);
        if (!head)
            return lw_probe_cut(cx, source, "BMP");
        int32_t height = (int32_t)lw_le32(head + 22);
        info->stored_width = lw_le32(head + 18);
        info->stored_height = height < 0 ? 0 - (uint32_t)height : (uint32_t)height; /* negative: rows from the top */
        bits = lw_le16(head + 28);
        compression = lw_le32(head + 30);
    } else {
        return lw_fail(cx, LW_INVALID, "not an image: it begins with BM, but has no header of a BMP");
    }
    if (bits == 0 || bits > 32)
        return lw_probe_broken(cx, "BMP", "impossible bits per pixel");
    info->bit_depth = 8;
    info->n_channels = bits == 32 ? 4 : 3;
    uint64_t stride = ((uint64_t)info->stored_width * bits + 31) / 32 * 4;
    bool is_plain = compression == 0 || compression == 3 || compression == 6;
    info->is_cut = pixels_at > source->size || (is_plain && stride * info->stored_height > source->size - pixels_at);
    return LW_OK;
}
