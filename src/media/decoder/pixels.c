#include "media/decoder/decode.h"

void lw_fit_size(uint32_t width, uint32_t height, uint32_t size_px, uint32_t *out_width, uint32_t *out_height)
{
    uint32_t longer = width > height ? width : height;
    *out_width = width;
    *out_height = height;
    if (longer <= size_px)
        return;
    uint64_t half = longer / 2;
    *out_width = (uint32_t)(((uint64_t)width * size_px + half) / longer);
    *out_height = (uint32_t)(((uint64_t)height * size_px + half) / longer);
    if (*out_width == 0)
        *out_width = 1;
    if (*out_height == 0)
        *out_height = 1;
}

/* Along one axis, output i covers the inputs from first[i] on: the first with weight head[i], those between whole (ONE), the last with
 * tail[i]; their sum is the same for all i but for rounding. */
enum { ONE = 1 << 8, SCALE_BITS = 44 };

typedef struct cover {
    uint32_t first, last;
    uint32_t head, tail, total;
    uint64_t per_total; /* SCALE / total: a division a sample would take longer than the JPEG */
} cover;

static cover *covers(lw_ctx *cx, uint32_t from, uint32_t to)
{
    cover *list = lw_new_array(cx->arena, cover, to);
    for (uint32_t i = 0; i < to; i++) {
        uint64_t start = (uint64_t)i * from * ONE / to, end = ((uint64_t)i + 1) * from * ONE / to;
        cover *at = &list[i];
        at->first = (uint32_t)(start / ONE);
        at->last = (uint32_t)((end - 1) / ONE);
        at->total = (uint32_t)(end - start);
        at->head = at->first == at->last ? at->total : (uint32_t)(ONE - start % ONE);
        at->tail = at->first == at->last ? 0 : (uint32_t)(end - (uint64_t)at->last * ONE);
        at->per_total = (1ULL << SCALE_BITS) / at->total;
    }
    return list;
}

static void shrink_row(const uint8_t *row, const cover *columns, uint32_t width, uint32_t n_channels, uint16_t *out)
{
    const uint64_t half = 1ULL << (SCALE_BITS - 9);
    for (uint32_t x = 0; x < width; x++) {
        const cover *at = &columns[x];
        for (uint32_t c = 0; c < n_channels; c++) {
            const uint8_t *sample = row + (size_t)at->first * n_channels + c;
            uint32_t sum = *sample * at->head, whole = 0;
            for (uint32_t i = at->first + 1; i < at->last; i++)
                whole += *(sample += n_channels);
            if (at->tail)
                sum += *(sample += n_channels) * at->tail;
            out[(size_t)x * n_channels + c] = (uint16_t)((((uint64_t)sum + (uint64_t)whole * ONE) * at->per_total + half) >> (SCALE_BITS - 8));
        }
    }
}

void lw_pixels_shrink(lw_ctx *cx, const lw_pixels *from, uint32_t width, uint32_t height, lw_pixels *out)
{
    LW_ASSERT(width && height && width <= from->width && height <= from->height);
    if (width == from->width && height == from->height) {
        *out = *from;
        return;
    }
    size_t n = (size_t)width * from->n_channels;
    const cover *columns = covers(cx, from->width, width), *rows = covers(cx, from->height, height);
    lw_pixels made = {.data = lw_alloc_array(cx->arena, height, n), .width = width, .height = height, .n_channels = from->n_channels};
    uint16_t *row = lw_new_array(cx->arena, uint16_t, n); /* samples times ONE */
    uint64_t *sums = lw_new_array(cx->arena, uint64_t, n);
    uint32_t in_row = UINT32_MAX;
    for (uint32_t y = 0; y < height; y++) {
        const cover *at = &rows[y];
        memset(sums, 0, n * sizeof *sums);
        for (uint32_t i = at->first; i <= at->last; i++) {
            uint32_t weight = i == at->first ? at->head : i == at->last ? at->tail : ONE;
            if (i != in_row)
                shrink_row(from->data + (size_t)i * from->width * from->n_channels, columns, width, from->n_channels, row);
            in_row = i;
            for (size_t x = 0; x < n; x++)
                sums[x] += (uint64_t)row[x] * weight;
        }
        for (size_t x = 0; x < n; x++)
            made.data[y * n + x] = (uint8_t)((sums[x] * (at->per_total >> 8) + (1ULL << (SCALE_BITS - 1))) >> SCALE_BITS);
    }
    *out = made;
}

void lw_pixels_turn(lw_ctx *cx, const lw_pixels *from, int orientation, lw_pixels *out)
{
    if (orientation <= 1 || orientation > 8) {
        *out = *from;
        return;
    }
    bool is_turned = orientation >= 5;
    lw_pixels made = {
        .width = is_turned ? from->height : from->width, .height = is_turned ? from->width : from->height, .n_channels = from->n_channels};
    made.data = lw_alloc_array(cx->arena, made.height, (size_t)made.width * made.n_channels);
    bool flips_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool flips_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    uint8_t *to = made.data;
    for (uint32_t y = 0; y < made.height; y++) {
        for (uint32_t x = 0; x < made.width; x++, to += made.n_channels) {
            uint32_t column = is_turned ? y : x, line = is_turned ? x : y;
            if (flips_x)
                column = from->width - 1 - column;
            if (flips_y)
                line = from->height - 1 - line;
            memcpy(to, from->data + ((size_t)line * from->width + column) * from->n_channels, from->n_channels);
        }
    }
    *out = made;
}
