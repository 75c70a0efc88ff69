/* libvips reads BMP through ImageMagick alone, which is nothing for untrusted files. */
#include "base/limits.h"
#include "media/decoder/decode.h"
#include "media/probe_source.h"

enum { MAX_BYTES = 1 << 30, RGB = 0, BITFIELDS = 3, ALPHABITFIELDS = 6 };

typedef struct bmp {
    const uint8_t *rows;
    size_t stride;
    uint32_t width, height, bits;
    bool is_top_down;
    uint32_t masks[4]; /* red, green, blue, alpha: of 16 and 32 bits */
    const uint8_t *palette;
    uint32_t n_colours, colour_bytes;
} bmp;

static uint8_t channel(uint32_t value, uint32_t mask)
{
    if (!mask)
        return 0;
    int shift = __builtin_ctz(mask);
    uint64_t top = mask >> shift;
    return (uint8_t)(((value & mask) >> shift) * 255ULL / top);
}

static void read_pixel(const bmp *image, const uint8_t *row, uint32_t x, uint8_t *out)
{
    if (image->bits <= 8) {
        uint32_t per_byte = 8 / image->bits, shift = 8 - image->bits * (x % per_byte + 1);
        uint32_t index = row[x / per_byte] >> shift & ((1U << image->bits) - 1);
        if (index >= image->n_colours)
            return;
        const uint8_t *colour = image->palette + (size_t)index * image->colour_bytes;
        out[0] = colour[2], out[1] = colour[1], out[2] = colour[0];
    } else if (image->bits == 24) {
        out[0] = row[3 * x + 2], out[1] = row[3 * x + 1], out[2] = row[3 * x];
    } else {
        uint32_t value = image->bits == 16 ? lw_le16(row + 2 * (size_t)x) : lw_le32(row + 4 * (size_t)x);
        for (int c = 0; c < (image->masks[3] ? 4 : 3); c++)
            out[c] = channel(value, image->masks[c]);
    }
}

static lw_status read_header(lw_ctx *cx, const lw_decode_file *file, bmp *out)
{
    const uint8_t *data = (const uint8_t *)file->bytes.data;
    size_t size = file->bytes.size;
    bmp head = {.width = file->info.stored_width, .height = file->info.stored_height};
    uint32_t pixels_at = lw_le32(data + 10), header_size = lw_le32(data + 14), compression = RGB, masks_at = 54;
    bool is_old = header_size == 12;
    head.bits = lw_le16(data + (is_old ? 24 : 28));
    head.colour_bytes = is_old ? 3 : 4;
    if (!is_old) {
        head.is_top_down = (int32_t)lw_le32(data + 22) < 0;
        compression = lw_le32(data + 30);
    }
    bool has_masks = compression == BITFIELDS || compression == ALPHABITFIELDS;
    if ((compression != RGB && !has_masks) || (has_masks && head.bits != 16 && head.bits != 32))
        return lw_fail(cx, LW_INVALID, "cannot decode the BMP file: it is compressed (method %" PRIu32 ")", compression);
    if (head.bits != 1 && head.bits != 4 && head.bits != 8 && head.bits != 16 && head.bits != 24 && head.bits != 32)
        return lw_fail(cx, LW_INVALID, "cannot decode the BMP file: %" PRIu32 " bits a pixel", head.bits);
    if (head.bits == 16)
        memcpy(head.masks, (uint32_t[4]){0x7c00, 0x3e0, 0x1f, 0}, sizeof head.masks);
    else
        memcpy(head.masks, (uint32_t[4]){0xff0000, 0xff00, 0xff, 0}, sizeof head.masks);
    size_t n_masks = header_size >= 56 || compression == ALPHABITFIELDS ? 4 : 3;
    for (size_t i = 0; has_masks && i < n_masks && masks_at + 4 * i + 4 <= size; i++)
        head.masks[i] = lw_le32(data + masks_at + 4 * i);
    uint64_t palette_at = 14 + (uint64_t)header_size;
    if (head.bits <= 8 && palette_at < size) {
        head.palette = data + palette_at;
        uint64_t room = (size - palette_at) / head.colour_bytes;
        head.n_colours = room < 1U << head.bits ? (uint32_t)room : 1U << head.bits;
    }
    head.stride = ((size_t)head.width * head.bits + 31) / 32 * 4;
    if (pixels_at >= size)
        return lw_fail(cx, LW_INVALID, "cannot decode the BMP file: it ends before its pixels");
    head.rows = data + pixels_at;
    *out = head;
    return LW_OK;
}

lw_status lw_bmp_read(lw_ctx *cx, const lw_decode_file *file, lw_pixels *out)
{
    if (file->bytes.size < 54)
        return lw_fail(cx, LW_INVALID, "cannot decode the BMP file: it ends before its pixels");
    bmp image = {0};
    LW_TRY(read_header(cx, file, &image));
    lw_pixels made = {.width = image.width, .height = image.height, .n_channels = image.bits > 8 && image.masks[3] ? 4 : 3};
    if ((uint64_t)made.width * made.height > MAX_BYTES / made.n_channels)
        return lw_fail(cx, LW_TOO_LARGE, "cannot decode the BMP file: %" PRIu32 " x %" PRIu32 " px are too many", made.width, made.height);
    made.data = lw_alloc_array(cx->arena, made.height, (size_t)made.width * made.n_channels);
    size_t n_whole = (size_t)((const uint8_t *)file->bytes.data + file->bytes.size - image.rows) / image.stride;
    for (uint32_t y = 0; y < image.height && y < n_whole; y++) { /* of a cut file, the rows there are */
        const uint8_t *row = image.rows + y * image.stride;
        uint32_t to = image.is_top_down ? y : image.height - 1 - y;
        for (uint32_t x = 0; x < image.width; x++)
            read_pixel(&image, row, x, made.data + ((size_t)to * made.width + x) * made.n_channels);
    }
    *out = made;
    return LW_OK;
}
