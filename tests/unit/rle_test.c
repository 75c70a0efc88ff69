#include "tap.h"

#include "base/limits.h"
#include "model/rle.h"
#include "model/shape.h"

static uint64_t seed = 88172645463325252;

static size_t below(size_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)(seed % n);
}

static uint8_t *random_pixels(lw_arena *arena, uint32_t h, uint32_t w)
{
    uint8_t *pixels = lw_new_array(arena, uint8_t, (size_t)h * w);
    size_t changes = 1 + below(20);
    for (size_t i = 0, on = below(2); i < (size_t)h * w; i++)
        pixels[i] = (uint8_t)(below(changes) ? on : (on = !on));
    return pixels;
}

static lw_text written(lw_arena *arena, const lw_rle *rle)
{
    LW_AUTO(lw_buf) buf = {0};
    lw_rle_write(&buf, rle);
    return lw_text_copy(arena, lw_buf_text(&buf));
}

static lw_rle_summary summary_of_pixels(const uint8_t *pixels, uint32_t h, uint32_t w)
{
    lw_rle_summary sum = {.x = w, .y = h};
    uint32_t right = 0, bottom = 0;
    for (uint32_t x = 0; x < w; x++)
        for (uint32_t y = 0; y < h; y++)
            if (pixels[(size_t)x * h + y]) {
                sum.area++;
                sum.x = x < sum.x ? x : sum.x, sum.y = y < sum.y ? y : sum.y;
                right = x > right ? x : right, bottom = y > bottom ? y : bottom;
            }
    if (!sum.area)
        return (lw_rle_summary){0};
    sum.w = right - sum.x + 1, sum.h = bottom - sum.y + 1;
    return sum;
}

static void test_round_trip(lw_ctx *cx)
{
    bool pixels_back = true, runs_back = true, measured = true;
    for (int i = 0; i < 3000; i++) {
        uint32_t h = (uint32_t)(1 + below(60)), w = (uint32_t)(1 + below(60));
        uint8_t *pixels = random_pixels(cx->arena, h, w), *again = lw_new_array(cx->arena, uint8_t, (size_t)h * w);
        lw_rle rle = lw_rle_from_pixels(cx->arena, h, w, pixels), read = {0};
        lw_text text = written(cx->arena, &rle);
        runs_back = runs_back && lw_rle_check(cx, &rle) == LW_OK && lw_rle_parse(cx, h, w, text, &read) == LW_OK && read.n_counts == rle.n_counts &&
                    memcmp(read.counts, rle.counts, rle.n_counts * sizeof *rle.counts) == 0;
        lw_rle_to_pixels(&rle, again);
        pixels_back = pixels_back && memcmp(pixels, again, (size_t)h * w) == 0;
        lw_rle_summary sum, expected = summary_of_pixels(pixels, h, w);
        measured = measured && lw_rle_summarize(h, w, text, &sum) && sum.area == expected.area && sum.x == expected.x && sum.y == expected.y &&
                   sum.w == expected.w && sum.h == expected.h && sum.n_counts == rle.n_counts;
        lw_arena_reset(cx->arena);
    }
    CHECK(pixels_back);
    CHECK(runs_back);
    CHECK(measured);
}

/* The largest mask, of four billion pixels in two runs. */
static void test_large(lw_ctx *cx)
{
    const uint32_t side = LW_LIMIT_IMAGE_SIDE_PX, total = side * side, counts[] = {total - 1, 1}, full[] = {0, total};
    lw_rle rle = {side, side, counts, 2}, read;
    lw_rle_summary sum;
    CHECK_OK(cx, lw_rle_check(cx, &rle));
    CHECK_OK(cx, lw_rle_parse(cx, side, side, written(cx->arena, &rle), &read));
    CHECK(read.n_counts == 2 && read.counts[0] == total - 1 && read.counts[1] == 1);
    CHECK(lw_rle_summarize(side, side, written(cx->arena, &rle), &sum) && sum.x == side - 1 && sum.y == side - 1 && sum.w == 1 && sum.h == 1);
    rle.counts = full;
    CHECK(lw_rle_summarize(side, side, written(cx->arena, &rle), &sum) && sum.area == total && sum.w == side && sum.h == side);
}

static void test_malformed(lw_ctx *cx)
{
    const lw_text cases[] = {
        LW_TEXT(""),
        LW_TEXT("c0"),
        LW_TEXT("e0"),   /* 19 and 21 of 20 pixels */
        LW_TEXT("P"),    /* cut off */
        LW_TEXT("d0d0"), /* too many */
        LW_TEXT("O"),    /* -1 */
        LW_TEXT("d0 "),
        LW_TEXT("\xff\xff"),
        LW_TEXT("d0\0"),                      /* not its characters */
        LW_TEXT("oooooooooooooooooooooooo0"), /* longer than any number */
        LW_TEXT("PPPPPP4"),                   /* past 32 bits */
        LW_TEXT("5555K"),                     /* less than nothing */
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        lw_rle rle = {.n_counts = 99};
        CHECK_FAILS(cx, lw_rle_parse(cx, 4, 5, cases[i], &rle), LW_INVALID, "not runs of 5 x 4 pixels");
        CHECK_INT(rle.n_counts, 99);
    }
    lw_rle rle;
    CHECK_FAILS(cx, lw_rle_parse(cx, 0, 5, LW_TEXT(""), &rle), LW_INVALID, "each side has 1 to 65535");
    CHECK_FAILS(cx, lw_rle_parse(cx, 5, 70000, LW_TEXT(""), &rle), LW_INVALID, "each side has 1 to 65535");
    const uint32_t counts[] = {5, 4294967295, 4294967295}, few[] = {5, 5};
    CHECK_FAILS(cx, lw_rle_check(cx, &(lw_rle){4, 5, counts, 3}), LW_INVALID, "do not add up to its 20 pixels");
    CHECK_FAILS(cx, lw_rle_check(cx, &(lw_rle){4, 5, few, 2}), LW_INVALID, "do not add up to its 20 pixels");
    CHECK_FAILS(cx, lw_rle_check(cx, &(lw_rle){4, 5, NULL, 0}), LW_INVALID, "do not add up to its 20 pixels");
}

static bool combined(uint8_t a, uint8_t b, lw_rle_operation operation)
{
    return operation == LW_RLE_UNION ? a || b : operation == LW_RLE_INTERSECTION ? a && b : a && !b;
}

static void test_combine(lw_ctx *cx)
{
    bool same = true, canonical = true;
    for (int i = 0; i < 3000; i++) {
        uint32_t h = (uint32_t)(1 + below(20)), w = (uint32_t)(1 + below(20));
        uint8_t *a = random_pixels(cx->arena, h, w), *b = random_pixels(cx->arena, h, w), *c = lw_new_array(cx->arena, uint8_t, (size_t)h * w);
        lw_rle ra = lw_rle_from_pixels(cx->arena, h, w, a), rb = lw_rle_from_pixels(cx->arena, h, w, b);
        lw_rle made = lw_rle_combine(cx->arena, &ra, &rb, (lw_rle_operation)(i % 3));
        same = same && lw_rle_check(cx, &made) == LW_OK;
        lw_rle_to_pixels(&made, c);
        for (size_t k = 0; k < (size_t)h * w; k++)
            same = same && (c[k] != 0) == combined(a[k], b[k], (lw_rle_operation)(i % 3));
        for (size_t k = 1; k < made.n_counts; k++)
            canonical = canonical && made.counts[k];
        lw_arena_reset(cx->arena);
    }
    CHECK(same);
    CHECK(canonical);
}

static void test_ring(lw_ctx *cx)
{
    static const double square[] = {1, 1, 4, 1, 4, 3, 1, 3}, outside[] = {-100, -100, -50, -100, -50, -50},
                        around[] = {-100, -100, 200, -100, 200, 200, -100, 200};
    static const double endless[] = {0, 0, 1e300, 0, 1, 1}, unknown[] = {0, 0, NAN, 0, 1, 1};
    lw_rle rle;
    lw_rle_summary sum;
    CHECK_OK(cx, lw_rle_from_ring(cx, square, 4, 5, 6, &rle));
    CHECK(lw_rle_summarize(5, 6, written(cx->arena, &rle), &sum) && sum.area == 6 && sum.x == 1 && sum.y == 1 && sum.w == 3 && sum.h == 2);
    CHECK_OK(cx, lw_rle_from_ring(cx, outside, 3, 5, 6, &rle));
    CHECK(lw_rle_check(cx, &rle) == LW_OK && lw_rle_summarize(5, 6, written(cx->arena, &rle), &sum) && sum.area == 0);
    CHECK_OK(cx, lw_rle_from_ring(cx, around, 4, 5, 6, &rle));
    CHECK(lw_rle_check(cx, &rle) == LW_OK && lw_rle_summarize(5, 6, written(cx->arena, &rle), &sum) && sum.area == 30);
    CHECK_FAILS(cx, lw_rle_from_ring(cx, endless, 3, 5, 6, &rle), LW_INVALID, "too far outside");
    CHECK_FAILS(cx, lw_rle_from_ring(cx, unknown, 3, 5, 6, &rle), LW_INVALID, "too far outside");
    CHECK_FAILS(cx, lw_rle_from_ring(cx, square, 2, 5, 6, &rle), LW_INVALID, "2 points cannot be filled");
}

static void test_fill(lw_ctx *cx)
{
    static const double xy[] = {0, 0, 10, 0, 10, 10, 0, 10, 2, 2, 5, 2, 5, 4, 2, 4, 4, 0, 12, 0, 12, 2, 4, 2};
    static const uint32_t rings[] = {4, 4, 4}, parts[] = {2, 1}, none[] = {0};
    lw_shape polygon = {.kind = LW_POLYGON, .xy = xy, .n_points = 12, .ring_points = rings, .n_rings = 3, .part_rings = parts, .n_parts = 2};
    lw_rle rle;
    lw_rle_summary sum;
    CHECK_OK(cx, lw_shape_fill(cx, &polygon, 20, 20, &rle));
    CHECK(lw_rle_summarize(20, 20, written(cx->arena, &rle), &sum) && sum.area == 100 - 6 + 4 && sum.w == 12 && sum.h == 10);
    polygon.part_rings = none, polygon.n_parts = 1;
    CHECK_FAILS(cx, lw_shape_fill(cx, &polygon, 20, 20, &rle), LW_INVALID, "without rings");
    CHECK_FAILS(cx, lw_shape_fill(cx, &(lw_shape){.kind = LW_BOX, .w = 1, .h = 1}, 20, 20, &rle), LW_INVALID, "only a polygon");
}

int main(void)
{
    lw_ctx cx = {.arena = lw_arena_new()};
    test_round_trip(&cx);
    test_large(&cx);
    test_malformed(&cx);
    test_combine(&cx);
    test_ring(&cx);
    test_fill(&cx);
    lw_arena_free(cx.arena);
    return tap_end();
}
