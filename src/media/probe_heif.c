/* AVIF and HEIC: boxes in boxes. The simple case, one size for all, is read here; the decoder tells the rest. */
#include "media/probe_source.h"

enum { BOXES = 256 };

typedef struct box {
    char type[4];
    uint64_t body, end;
} box;

/* The box at *at, which moves behind it; false at the end of its parent or where it does not fit. */
static bool next(lw_probe_source *source, uint64_t *at, uint64_t end, box *out)
{
    if (*at >= end || end - *at < 8)
        return false;
    const uint8_t *head = lw_probe_look(source, *at, 8);
    if (!head)
        return false;
    uint64_t size = lw_be32(head), head_size = 8;
    memcpy(out->type, head + 4, 4);
    if (size == 1) {
        head = lw_probe_look(source, *at, 16);
        if (!head)
            return false;
        size = (uint64_t)lw_be32(head + 8) << 32 | lw_be32(head + 12);
        head_size = 16;
    } else if (size == 0) {
        size = end - *at;
    }
    if (size < head_size || size > end - *at)
        return false;
    out->body = *at + head_size;
    out->end = *at += size;
    return true;
}

static bool find(lw_probe_source *source, uint64_t at, uint64_t end, const char *type, box *out)
{
    for (int i = 0; i < BOXES && next(source, &at, end, out); i++)
        if (memcmp(out->type, type, 4) == 0)
            return true;
    return false;
}

static bool read_type(lw_probe_source *source, const box *ftyp, lw_media_info *info)
{
    size_t n = 256;
    const uint8_t *brands = lw_probe_look_some(source, ftyp->body, ftyp->end, &n);
    bool is_heif = false, is_avif = false;
    for (size_t i = 0; brands && i + 4 <= n; i += i ? 4 : 8) {
        const char *brand = (const char *)brands + i;
        is_avif |= memcmp(brand, "avif", 4) == 0 || memcmp(brand, "avis", 4) == 0;
        is_heif |= memcmp(brand, "mif1", 4) == 0 || memcmp(brand, "msf1", 4) == 0 || memcmp(brand, "hei", 3) == 0 || memcmp(brand, "hev", 3) == 0;
        info->is_animated |= memcmp(brand, "avis", 4) == 0 || memcmp(brand, "msf1", 4) == 0 || memcmp(brand, "hevc", 4) == 0;
    }
    info->type = is_avif ? LW_MEDIA_AVIF : LW_MEDIA_HEIC;
    return is_avif || is_heif;
}

/* Properties stand in one list for all items (picture, alpha, thumbnail, tiles): only when they agree on the size is it the picture's. */
static void read_properties(lw_probe_source *source, const box *list, lw_media_info *info)
{
    uint64_t at = list->body;
    box property;
    int n_turns = 0;
    bool is_turned = false;
    for (int i = 0; i < BOXES && next(source, &at, list->end, &property); i++) {
        size_t n = 12;
        const uint8_t *body = lw_probe_look_some(source, property.body, property.end, &n);
        if (!body)
            continue;
        if (memcmp(property.type, "ispe", 4) == 0 && n >= 12) {
            uint32_t width = lw_be32(body + 4), height = lw_be32(body + 8);
            if (info->stored_width && (info->stored_width != width || info->stored_height != height))
                info->needs_worker = true;
            info->stored_width = width;
            info->stored_height = height;
        } else if (memcmp(property.type, "irot", 4) == 0) {
            n_turns++;
            is_turned = body[0] & 1; /* a quarter turn, or three */
        } else if (memcmp(property.type, "pixi", 4) == 0 && n >= 6 && !info->bit_depth) {
            info->n_channels = body[4];
            info->bit_depth = body[5];
        } else if (memcmp(property.type, "clap", 4) == 0 || memcmp(property.type, "imir", 4) == 0) {
            info->needs_worker = true;
        }
    }
    if (!info->stored_width || n_turns > 1)
        info->needs_worker = true;
    info->width = is_turned ? info->stored_height : info->stored_width;
    info->height = is_turned ? info->stored_width : info->stored_height;
}

lw_status lw_probe_heif(lw_ctx *cx, lw_probe_source *source, lw_media_info *info)
{
    uint64_t at = 0;
    box ftyp, part;
    if (!next(source, &at, source->size, &ftyp))
        return lw_probe_cut(cx, source, "HEIC or AVIF");
    if (!read_type(source, &ftyp, info))
        return lw_fail(cx, LW_INVALID, "not an image that can be read: it is a video (MP4 or QuickTime)");
    const char *word = lw_media_type_word(info->type);
    box meta = {.end = 0};
    int n_boxes = 0;
    while (n_boxes++ < BOXES && next(source, &at, source->size, &part))
        if (memcmp(part.type, "meta", 4) == 0 && !meta.end)
            meta = part;
    info->is_cut = at < source->size;
    if (!meta.end)
        return info->is_cut ? lw_probe_cut(cx, source, word) : lw_probe_broken(cx, word, "it has no item");
    box properties, list;
    if (find(source, meta.body + 4, meta.end, "iprp", &properties) && find(source, properties.body, properties.end, "ipco", &list))
        read_properties(source, &list, info);
    else
        info->needs_worker = true;
    return LW_OK;
}
