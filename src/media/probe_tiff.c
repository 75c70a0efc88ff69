#include "media/probe_source.h"

enum { SHORT = 3, LONG = 4, ASCII = 2, ENTRIES = 512 };
enum {
    WIDTH = 256,
    HEIGHT = 257,
    BITS = 258,
    STRIP_OFFSETS = 273,
    CHANNELS = 277,
    STRIP_BYTES = 279,
    TILE_OFFSETS = 324,
    TILE_BYTES = 325,
    MODEL = 0x110,
    ORIENTATION = 0x112,
    CHANGED = 0x132,
    EXIF_IFD = 0x8769,
    TAKEN = 0x9003
};

static const uint8_t *look(const lw_tiff *tiff, uint64_t at, size_t n)
{
    return at <= tiff->size && n <= tiff->size - at ? lw_probe_look(tiff->source, tiff->at + at, n) : NULL;
}

static uint16_t get16(const lw_tiff *tiff, const uint8_t *p) { return tiff->is_little ? lw_le16(p) : lw_be16(p); }
static uint32_t get32(const lw_tiff *tiff, const uint8_t *p) { return tiff->is_little ? lw_le32(p) : lw_be32(p); }

bool lw_tiff_open(lw_tiff *tiff, lw_probe_source *source, uint64_t at, uint64_t size)
{
    *tiff = (lw_tiff){.source = source, .at = at, .size = size};
    const uint8_t *head = look(tiff, 0, 8);
    if (!head || (memcmp(head, "II", 2) != 0 && memcmp(head, "MM", 2) != 0))
        return false;
    tiff->is_little = head[0] == 'I';
    uint16_t version = get16(tiff, head + 2);
    tiff->is_big_tiff = version == 43;
    tiff->first_ifd = get32(tiff, head + 4);
    return version == 42 || version == 43;
}

typedef struct entry {
    uint16_t type;
    uint32_t n;
    uint32_t at; /* of its entry, or of what it points to */
} entry;

static bool find(const lw_tiff *tiff, uint32_t ifd, uint16_t tag, entry *out)
{
    const uint8_t *head = look(tiff, ifd, 2);
    uint32_t n = head ? get16(tiff, head) : 0;
    for (uint32_t i = 0; i < n && i < ENTRIES; i++) {
        uint64_t at = (uint64_t)ifd + 2 + 12 * (uint64_t)i;
        const uint8_t *field = look(tiff, at, 12);
        if (!field)
            return false;
        if (get16(tiff, field) != tag)
            continue;
        *out = (entry){.type = get16(tiff, field + 2), .n = get32(tiff, field + 4)};
        uint64_t size = (uint64_t)out->n * (out->type == SHORT ? 2 : out->type == LONG ? 4 : 1);
        out->at = size <= 4 ? (uint32_t)at + 8 : get32(tiff, field + 8);
        return out->n > 0;
    }
    return false;
}

bool lw_tiff_int(const lw_tiff *tiff, uint32_t ifd, uint16_t tag, int64_t nth, uint32_t *out, uint64_t *out_at)
{
    entry found;
    if (!find(tiff, ifd, tag, &found) || (found.type != SHORT && found.type != LONG))
        return false;
    uint64_t index = nth == LW_TIFF_LAST ? found.n - 1 : (uint64_t)nth;
    if (index >= found.n)
        return false;
    size_t size = found.type == SHORT ? 2 : 4;
    uint64_t at = found.at + index * size;
    const uint8_t *value = look(tiff, at, size);
    if (!value)
        return false;
    *out = size == 2 ? get16(tiff, value) : get32(tiff, value);
    if (out_at)
        *out_at = tiff->at + at;
    return true;
}

static void read_string(const lw_tiff *tiff, uint32_t ifd, uint16_t tag, char *out, size_t size)
{
    entry found;
    if (!find(tiff, ifd, tag, &found) || found.type != ASCII)
        return;
    size_t n = found.n < size - 1 ? found.n : size - 1;
    const uint8_t *value = look(tiff, found.at, n);
    size_t length = 0;
    for (size_t i = 0; value && i < n && value[i]; i++)
        out[length++] = value[i] >= 0x20 && value[i] < 0x7f ? (char)value[i] : '?';
    while (length && out[length - 1] == ' ')
        length--;
    out[length] = 0;
}

/* EXIF's "2026:01:31 12:00:00" in ISO 8601; "" when it is no time. */
static void read_time(const lw_tiff *tiff, uint32_t ifd, uint16_t tag, char out[20])
{
    char text[20] = "";
    read_string(tiff, ifd, tag, text, sizeof text);
    for (size_t i = 0; i < 19; i++) {
        static const char form[] = "0000:00:00 00:00:00";
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return;
    }
    text[4] = text[7] = '-';
    text[10] = 'T';
    if (memcmp(text, "0000", 4) != 0)
        memcpy(out, text, sizeof text);
}

void lw_exif_read(const lw_tiff *tiff, lw_media_info *info)
{
    uint32_t value, exif_ifd;
    entry found;
    if (tiff->is_big_tiff)
        return;
    if (find(tiff, tiff->first_ifd, ORIENTATION, &found) && found.type == SHORT &&
        lw_tiff_int(tiff, tiff->first_ifd, ORIENTATION, 0, &value, &info->orientation_at) && value >= 1 && value <= 8)
        info->orientation = (uint8_t)value;
    read_string(tiff, tiff->first_ifd, MODEL, info->camera, sizeof info->camera);
    if (lw_tiff_int(tiff, tiff->first_ifd, EXIF_IFD, 0, &exif_ifd, NULL))
        read_time(tiff, exif_ifd, TAKEN, info->taken);
    if (!info->taken[0])
        read_time(tiff, tiff->first_ifd, CHANGED, info->taken);
}

/* Whether the last strip or tile ends beyond the file. */
static bool is_cut(const lw_tiff *tiff, uint16_t offsets, uint16_t sizes)
{
    uint32_t at, size;
    return lw_tiff_int(tiff, tiff->first_ifd, offsets, LW_TIFF_LAST, &at, NULL) &&
           (!lw_tiff_int(tiff, tiff->first_ifd, sizes, LW_TIFF_LAST, &size, NULL) || (uint64_t)at + size > tiff->size);
}

lw_status lw_probe_tiff(lw_ctx *cx, lw_probe_source *source, lw_media_info *info)
{
    lw_tiff tiff;
    if (!lw_tiff_open(&tiff, source, 0, source->size))
        return lw_probe_cut(cx, source, "TIFF");
    if (tiff.is_big_tiff) {
        info->needs_worker = true;
        return LW_OK;
    }
    if (!look(&tiff, tiff.first_ifd, 2))
        return lw_probe_cut(cx, source, "TIFF");
    if (!lw_tiff_int(&tiff, tiff.first_ifd, WIDTH, 0, &info->stored_width, NULL) ||
        !lw_tiff_int(&tiff, tiff.first_ifd, HEIGHT, 0, &info->stored_height, NULL))
        return lw_probe_broken(cx, "TIFF", "it gives no size");
    uint32_t value;
    if (lw_tiff_int(&tiff, tiff.first_ifd, BITS, 0, &value, NULL) && value <= 64)
        info->bit_depth = (uint8_t)value;
    if (lw_tiff_int(&tiff, tiff.first_ifd, CHANNELS, 0, &value, NULL) && value <= 255)
        info->n_channels = (uint8_t)value;
    lw_exif_read(&tiff, info);
    info->is_cut = is_cut(&tiff, STRIP_OFFSETS, STRIP_BYTES) || is_cut(&tiff, TILE_OFFSETS, TILE_BYTES);
    return LW_OK;
}
