#include "tap.h"

#include <time.h>

#include "base/limits.h"
#include "model/rle.h"
#include "model/shape.h"

static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static size_t below(size_t n) { return (size_t)(next() % n); }

/* Decimals of 0 to 3 digits, or any double (digits 4). */
static double coordinate(int digits)
{
    static const double powers[] = {1, 10, 100, 1000};
    double value = (double)(int64_t)(next() % 9000000) - 500000;
    return digits < 4 ? value / powers[digits] : value * 0.123456789;
}

static double *coordinates(lw_arena *arena, size_t n, int digits)
{
    double *made = lw_new_array(arena, double, n);
    for (size_t i = 0; i < n; i++)
        made[i] = coordinate(digits);
    return made;
}

static void random_polygon(lw_arena *arena, lw_shape *out, int digits)
{
    out->n_parts = 1 + (below(3) ? 0 : below(4));
    uint32_t *part_rings = lw_new_array(arena, uint32_t, out->n_parts);
    for (size_t i = 0; i < out->n_parts; i++)
        out->n_rings += part_rings[i] = (uint32_t)(1 + (below(3) ? 0 : below(3)));
    uint32_t *ring_points = lw_new_array(arena, uint32_t, out->n_rings);
    for (size_t i = 0; i < out->n_rings; i++)
        out->n_points += ring_points[i] = (uint32_t)(3 + below(40));
    out->part_rings = part_rings;
    out->ring_points = ring_points;
    double *xy = coordinates(arena, 2 * out->n_points, digits);
    if (below(4) == 0) { /* a ring that says its first point again keeps it */
        size_t last = out->ring_points[0] - 1;
        xy[2 * last] = xy[0], xy[2 * last + 1] = xy[1];
    }
    out->xy = xy;
}

static void random_mask(lw_arena *arena, lw_shape *out)
{
    uint32_t h = (uint32_t)(1 + below(40)), w = (uint32_t)(1 + below(40));
    uint8_t *pixels = lw_new_array(arena, uint8_t, (size_t)h * w);
    for (size_t i = 0, on = 0; i < (size_t)h * w; i++)
        pixels[i] = (uint8_t)(below(6) ? on : (on = !on));
    lw_rle rle = lw_rle_from_pixels(arena, h, w, pixels);
    LW_AUTO(lw_buf) buf = {0};
    lw_rle_write(&buf, &rle);
    out->mask_h = h, out->mask_w = w;
    out->counts = lw_text_copy(arena, lw_buf_text(&buf));
}

static void random_skeleton(lw_arena *arena, lw_shape *out, int digits)
{
    out->n_keypoints = 1 + below(17);
    double *points = coordinates(arena, 3 * out->n_keypoints, digits);
    for (size_t i = 0; i < out->n_keypoints; i++) {
        points[3 * i + 2] = (double)below(3);
        if (points[3 * i + 2] == 0)
            points[3 * i] = points[3 * i + 1] = 0;
    }
    out->skeleton = points;
}

static lw_shape random_shape(lw_arena *arena, lw_kind kind, int digits)
{
    lw_shape made = {.kind = kind};
    switch (kind) {
    case LW_BOX:
    case LW_ELLIPSE:
        made.x = made.cx = coordinate(digits), made.y = made.cy = coordinate(digits);
        made.w = made.rx = fabs(coordinate(digits)) + 1, made.h = made.ry = fabs(coordinate(digits)) + 1;
        made.angle = below(2) ? 0 : coordinate(digits);
        break;
    case LW_POLYGON: random_polygon(arena, &made, digits); break;
    case LW_CUBOID: made.n_points = 8, made.xy = coordinates(arena, 16, digits); break;
    case LW_POLYLINE:
    case LW_POINTS: made.n_points = 2 + below(30), made.xy = coordinates(arena, 2 * made.n_points, digits); break;
    case LW_MASK: random_mask(arena, &made); break;
    default: break;
    }
    if (kind == LW_SKELETON || ((kind == LW_BOX || kind == LW_POLYGON || kind == LW_MASK) && below(3) == 0))
        random_skeleton(arena, &made, digits);
    if (kind == LW_ELLIPSE)
        made.x = made.y = made.w = made.h = 0;
    lw_shape_measure(&made);
    return made;
}

/* What a row of the store has: bounds, two columns of bytes. */
static lw_status store_and_load(lw_ctx *cx, const lw_shape *shape, lw_buf *bytes, lw_buf *skeleton, lw_shape *out)
{
    lw_buf_reset(bytes);
    lw_buf_reset(skeleton);
    lw_shape_encode(bytes, shape);
    if (shape->n_keypoints)
        lw_skeleton_encode(skeleton, shape->skeleton, shape->n_keypoints);
    *out = (lw_shape){.kind = shape->kind};
    lw_shape_bounds(shape, &out->x, &out->y, &out->w, &out->h);
    return lw_shape_decode(cx, lw_buf_text(bytes), lw_buf_text(skeleton), out);
}

static bool same_with_measure(const lw_shape *a, const lw_shape *b)
{
    return lw_shape_equal(a, b) && lw_shape_equal(b, a) && a->x == b->x && a->y == b->y && a->w == b->w && a->h == b->h;
}

static bool comes_back_from_store(lw_ctx *cx, const lw_shape *shape, lw_buf *bytes, lw_buf *skeleton)
{
    lw_shape again;
    return store_and_load(cx, shape, bytes, skeleton, &again) == LW_OK && same_with_measure(shape, &again);
}

static bool comes_back_from_json(lw_ctx *cx, const lw_shape *shape, lw_buf *buf)
{
    lw_json *object;
    lw_shape again;
    lw_buf_reset(buf);
    lw_buf_put_char(buf, '{');
    lw_shape_write_json(buf, shape);
    lw_buf_put_char(buf, '}');
    return lw_json_parse(cx, lw_buf_text(buf), &object) == LW_OK && lw_shape_from_json(cx, object, &again) == LW_OK &&
           same_with_measure(shape, &again);
}

static void test_every_shape_comes_back(lw_ctx *cx)
{
    LW_AUTO(lw_buf) bytes = {0}, skeleton = {0}, json = {0};
    for (int kind = LW_BOX; kind < LW_N_KINDS; kind++) {
        bool stored = true, written = true;
        for (int round = 0; round < 3000 && stored && written; round++) {
            lw_shape shape = random_shape(cx->arena, (lw_kind)kind, round % 5);
            stored = comes_back_from_store(cx, &shape, &bytes, &skeleton);
            written = comes_back_from_json(cx, &shape, &json);
            lw_arena_reset(cx->arena);
        }
        if (!CHECK(stored && written))
            printf("# %s, stored %d, written %d: %.*s %s\n", lw_kind_name((lw_kind)kind), stored, written, LW_FMT(lw_buf_text(&json)), cx->message);
    }
}

static void check_bytes(const lw_shape *shape, const char *hex)
{
    LW_AUTO(lw_buf) bytes = {0}, text = {0};
    lw_shape_encode(&bytes, shape);
    for (size_t i = 0; i < bytes.size; i++)
        lw_buf_print(&text, "%02x", (unsigned char)bytes.data[i]);
    CHECK_TEXT(lw_buf_text(&text), hex);
}

/* The bytes are a promise to stores that exist, and to other readers: TWKB 0.23 and ISO WKB, worked out by hand. */
static void test_bytes(void)
{
    static const uint32_t three[] = {3, 3}, one[] = {1, 1}, two[] = {2};
    static const double xy[] = {1, 2, 3, 2, 3, 4, 10, 10, 11, 10, 11, 11}, fine[] = {0.1, -0.2, 1.25, 1000, 0.001, 3}, real[] = {1.0 / 3, 2, 3, 4};
    check_bytes(&(lw_shape){.kind = LW_BOX, .x = 1, .y = 2, .w = 3, .h = 4}, "");
    check_bytes(&(lw_shape){.kind = LW_TAG}, "");
    check_bytes(&(lw_shape){.kind = LW_BOX, .x = 1, .y = 2, .w = 3, .h = 4, .angle = 90}, "0200"
                                                                                          "03"
                                                                                          "0204"
                                                                                          "0404"
                                                                                          "ae0107");
    check_bytes(&(lw_shape){.kind = LW_ELLIPSE, .cx = 1, .cy = 2, .rx = 3, .ry = 4}, "0200"
                                                                                     "02"
                                                                                     "0204"
                                                                                     "0404");
    check_bytes(&(lw_shape){.kind = LW_POLYGON, .xy = xy, .n_points = 3, .ring_points = three, .n_rings = 1, .part_rings = one, .n_parts = 1},
                "0300"
                "01"
                "03"
                "0204"
                "0400"
                "0004");
    check_bytes(&(lw_shape){.kind = LW_POLYGON, .xy = xy, .n_points = 6, .ring_points = three, .n_rings = 2, .part_rings = two, .n_parts = 1},
                "0300"
                "02"
                "03"
                "0204"
                "0400"
                "0004"
                "03"
                "0e0c"
                "0200"
                "0002");
    check_bytes(&(lw_shape){.kind = LW_POLYGON, .xy = xy, .n_points = 6, .ring_points = three, .n_rings = 2, .part_rings = one, .n_parts = 2},
                "0600"
                "02"
                "01"
                "03"
                "0204"
                "0400"
                "0004"
                "01"
                "03"
                "0e0c"
                "0200"
                "0002");
    check_bytes(&(lw_shape){.kind = LW_POLYLINE, .xy = fine, .n_points = 1}, "2200"
                                                                             "01"
                                                                             "0203");
    check_bytes(&(lw_shape){.kind = LW_POINTS, .xy = fine + 2, .n_points = 1}, "4400"
                                                                               "01"
                                                                               "fa01"
                                                                               "c09a0c");
    check_bytes(&(lw_shape){.kind = LW_POINTS, .xy = fine + 4, .n_points = 1}, "6400"
                                                                               "01"
                                                                               "02"
                                                                               "f02e");
    check_bytes(&(lw_shape){.kind = LW_POLYLINE, .xy = real, .n_points = 2}, "01"
                                                                             "02000000"
                                                                             "02000000"
                                                                             "555555555555d53f"
                                                                             "0000000000000040"
                                                                             "0000000000000840"
                                                                             "0000000000001040");
    check_bytes(&(lw_shape){.kind = LW_MASK, .mask_w = 300, .mask_h = 2, .counts = LW_TEXT("hb0")}, "ac02"
                                                                                                    "02"
                                                                                                    "686230");
    LW_AUTO(lw_buf) bytes = {0};
    lw_skeleton_encode(&bytes, (const double[]){1.5, 2, 2}, 1);
    CHECK(bytes.size == 7 && memcmp(bytes.data, "\x24\x08\x02\x01\x1e\x28\x04", 7) == 0);
}

/* Bytes nobody wrote: refused, whatever is cut off, changed or claimed. */
static void test_damage(lw_ctx *cx)
{
    LW_AUTO(lw_buf) bytes = {0}, skeleton = {0};
    bool refused = true, calm = true;
    for (int round = 0; round < 2000; round++) {
        lw_kind kind = (lw_kind)(1 + below(LW_N_KINDS - 1));
        lw_shape shape = random_shape(cx->arena, kind, round % 5), again;
        bool good = store_and_load(cx, &shape, &bytes, &skeleton, &again) == LW_OK;
        bool has_bytes = bytes.size && kind != LW_MASK;
        for (size_t cut = bytes.size > 40 ? bytes.size - 40 : 1; good && has_bytes && cut < bytes.size; cut++)
            refused = refused && lw_shape_decode(cx, (lw_text){bytes.data, cut}, (lw_text){0}, &again) == LW_DAMAGED;
        if (bytes.size)
            bytes.data[below(bytes.size)] ^= (char)(1 << below(8));
        lw_status status = lw_shape_decode(cx, lw_buf_text(&bytes), lw_buf_text(&skeleton), &again);
        calm = calm && good && (status == LW_OK || status == LW_DAMAGED);
        lw_arena_reset(cx->arena);
    }
    CHECK(refused);
    CHECK(calm);
    const struct {
        lw_kind kind;
        lw_text bytes;
    } cases[] = {
        {LW_POLYGON, LW_TEXT("")},
        {LW_POLYGON, LW_TEXT("\x03")},
        {LW_POLYGON, LW_TEXT("\x03\x00")},
        {LW_POLYGON, LW_TEXT("\x03\x00\xff\xff\xff\xff\x0f")},             /* four billion rings */
        {LW_POLYGON, LW_TEXT("\x03\x00\x01\xff\xff\xff\xff\x0f\x00\x00")}, /* as many points */
        {LW_POLYGON, LW_TEXT("\x06\x00\xff\xff\xff\xff\x0f\x00\x00")},     /* parts */
        {LW_POLYGON, LW_TEXT("\x03\x00\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00")},
        {LW_POLYGON, LW_TEXT("\x03\x01\x01\x01\x00\x00")},     /* a bounding box is never written */
        {LW_POLYGON, LW_TEXT("\x13\x00\x01\x01\x00\x00")},     /* nor a negative precision */
        {LW_POLYGON, LW_TEXT("\x03\x00\x01\x01\x00\x00\x00")}, /* something behind it */
        {LW_POLYGON, LW_TEXT("\x01\x03\x00\x00\x00\xff\xff\xff\xff")},
        {LW_POLYGON, LW_TEXT("\x01\x06\x00\x00\x00\xff\xff\xff\xff")},
        {LW_POLYLINE, LW_TEXT("\x01\x02\x00\x00\x00\xff\xff\xff\xff")},
        {LW_POLYLINE, LW_TEXT("\x01\x02\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\xf8\x7f\x00\x00\x00\x00\x00\x00\x00\x00")}, /* NaN */
        {LW_POLYLINE, LW_TEXT("\x04\x00\x01\x02\x02")},                                                                                 /* points */
        {LW_BOX, LW_TEXT("\x02\x00\x01\x02\x02")},
        {LW_ELLIPSE, LW_TEXT("")},
        {LW_CUBOID, LW_TEXT("\x04\x00\x01\x02\x02")},
        {LW_MASK, LW_TEXT("\x02\x02")},
        {LW_MASK, LW_TEXT("\xff\xff\xff\xff\x0f\x02"
                          "4")},
        {LW_TAG, LW_TEXT("x")},
        {LW_SKELETON, LW_TEXT("x")},
        {(lw_kind)0, LW_TEXT("")},
        {(lw_kind)77, LW_TEXT("")},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        lw_shape shape = {.kind = cases[i].kind, .w = 99};
        CHECK_FAILS(cx, lw_shape_decode(cx, cases[i].bytes, (lw_text){0}, &shape), LW_DAMAGED, "a stored geometry of");
        CHECK(shape.w == 99 && !shape.xy); /* untouched */
        CHECK(lw_arena_used(cx->arena) < 1 << 20);
    }
    lw_shape shape = {.kind = LW_BOX};
    CHECK_FAILS(cx, lw_shape_decode(cx, (lw_text){0}, LW_TEXT("\x04\x00\x01\x02\x02"), &shape), LW_DAMAGED, "skeleton");
}

static bool near(double a, double b) { return fabs(a - b) < 1e-9; }

static bool bounds_are(const lw_shape *shape, double x, double y, double w, double h)
{
    double bx, by, bw, bh;
    lw_shape_bounds(shape, &bx, &by, &bw, &bh);
    return near(bx, x) && near(by, y) && near(bw, w) && near(bh, h);
}

static void test_measures(lw_ctx *cx)
{
    static const uint32_t rings[] = {4, 4, 3}, parts[] = {2, 1};
    static const double xy[] = {0, 0, 10, 0, 10, 10, 0, 10, 2, 2, 2, 4, 4, 4, 4, 2, 20, 20, 24, 20, 20, 23};
    lw_shape polygon = {.kind = LW_POLYGON, .xy = xy, .n_points = 11, .ring_points = rings, .n_rings = 3, .part_rings = parts, .n_parts = 2};
    lw_shape_measure(&polygon);
    CHECK(bounds_are(&polygon, 0, 0, 24, 23));
    CHECK(lw_shape_area(&polygon) == 100 - 4 + 6);
    CHECK_INT(lw_shape_points(&polygon), 11);
    lw_shape box = {.kind = LW_BOX, .x = 10, .y = 20, .w = 40, .h = 20};
    CHECK(bounds_are(&box, 10, 20, 40, 20));
    box.angle = 90;
    double x, y, w, h;
    lw_shape_bounds(&box, &x, &y, &w, &h);
    CHECK(x == 20 && y == 10 && w == 20 && h == 40); /* exactly */
    box.angle = -45;
    double side = 60 * sqrt(.5);
    CHECK(bounds_are(&box, 30 - side / 2, 30 - side / 2, side, side));
    CHECK(lw_shape_area(&box) == 800 && lw_shape_points(&box) == 0);
    lw_shape ellipse = {.kind = LW_ELLIPSE, .cx = 50, .cy = 50, .rx = 20, .ry = 10};
    lw_shape_measure(&ellipse);
    CHECK(bounds_are(&ellipse, 30, 40, 40, 20) && near(lw_shape_area(&ellipse), 628.3185307179587));
    ellipse.angle = 45;
    lw_shape_measure(&ellipse);
    CHECK(bounds_are(&ellipse, 50 - sqrt(250), 50 - sqrt(250), 2 * sqrt(250), 2 * sqrt(250)));
    lw_shape skeleton = {.kind = LW_SKELETON, .skeleton = (const double[]){5, 6, 2, 0, 0, 0, 8, 4, 1}, .n_keypoints = 3};
    lw_shape_measure(&skeleton);
    CHECK(bounds_are(&skeleton, 5, 4, 3, 2) && lw_shape_points(&skeleton) == 2);
    lw_shape mask = {.kind = LW_MASK, .mask_h = 4, .mask_w = 5, .counts = LW_TEXT("53<")};
    lw_shape_measure(&mask);
    CHECK(bounds_are(&mask, 1, 1, 1, 3) && lw_shape_area(&mask) == 3);
    mask.counts = LW_TEXT("oh");
    lw_shape_measure(&mask);
    CHECK(bounds_are(&mask, 0, 0, 0, 0) && lw_shape_area(&mask) == 0);
    (void)cx;
}

static void test_problems(void)
{
    static const uint32_t three[] = {3}, two[] = {2}, one[] = {1}, none[] = {0};
    static const double xy[] = {0, 0, 1, 0, 1, 1}, line[] = {0, 0, 1, 1, 3, 3}, nan_xy[] = {0, 0, NAN, 0, 1, 1}, far[] = {0, 0, 1e10, 0, 1, 1};
    static const double hidden[] = {0, 0, 0};
    const struct {
        lw_shape shape;
        const char *code;
    } cases[] = {
        {{.kind = LW_BOX, .w = 1, .h = 1}, NULL},
        {{.kind = LW_BOX, .x = -5, .w = 1, .h = 1}, NULL},
        {{.kind = LW_BOX, .w = 0, .h = 1}, "box-without-area"},
        {{.kind = LW_BOX, .w = 1, .h = -1}, "box-without-area"},
        {{.kind = LW_BOX, .w = INFINITY, .h = 1}, "not-finite"},
        {{.kind = LW_BOX, .w = 1, .h = 1, .angle = NAN}, "not-finite"},
        {{.kind = LW_POLYGON, .xy = xy, .n_points = 3, .ring_points = three, .n_rings = 1, .part_rings = one, .n_parts = 1}, NULL},
        {{.kind = LW_POLYGON, .xy = xy, .n_points = 2, .ring_points = two, .n_rings = 1, .part_rings = one, .n_parts = 1}, "too-few-points"},
        {{.kind = LW_POLYGON, .part_rings = none, .n_parts = 1}, "too-few-points"},
        {{.kind = LW_POLYGON}, "too-few-points"},
        {{.kind = LW_POLYGON, .xy = line, .n_points = 3, .ring_points = three, .n_rings = 1, .part_rings = one, .n_parts = 1},
         "polygon-without-area"},
        {{.kind = LW_POLYGON, .xy = nan_xy, .n_points = 3, .ring_points = three, .n_rings = 1, .part_rings = one, .n_parts = 1}, "not-finite"},
        {{.kind = LW_POLYGON, .xy = far, .n_points = 3, .ring_points = three, .n_rings = 1, .part_rings = one, .n_parts = 1}, "out-of-range"},
        {{.kind = LW_POLYLINE, .xy = xy, .n_points = 2}, NULL},
        {{.kind = LW_POLYLINE, .xy = xy, .n_points = 1}, "too-few-points"},
        {{.kind = LW_POINTS, .xy = xy, .n_points = 1}, NULL},
        {{.kind = LW_POINTS}, "too-few-points"},
        {{.kind = LW_CUBOID, .xy = xy, .n_points = 3}, "too-few-points"},
        {{.kind = LW_SKELETON, .skeleton = hidden, .n_keypoints = 1}, "too-few-points"},
        {{.kind = LW_BOX, .w = 1, .h = 1, .skeleton = hidden, .n_keypoints = 1}, NULL},
        {{.kind = LW_ELLIPSE, .rx = 1, .ry = 0}, "ellipse-without-area"},
        {{.kind = LW_MASK, .mask_h = 4, .mask_w = 5, .counts = LW_TEXT("53<")}, NULL},
        {{.kind = LW_MASK, .mask_h = 4, .mask_w = 5, .counts = LW_TEXT("d0")}, "mask-without-area"},
        {{.kind = LW_MASK, .mask_h = 4, .mask_w = 5, .counts = LW_TEXT("53=")}, "mask-malformed"},
        {{.kind = LW_POINTS, .xy = xy, .n_points = LW_LIMIT_POINTS + 1}, "too-many-points"},
        {{.kind = LW_TAG}, NULL},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        const char *code = lw_shape_problem(&cases[i].shape);
        if (!CHECK(code == cases[i].code || (code && cases[i].code && strcmp(code, cases[i].code) == 0)))
            printf("# case %zu: is %s, expected %s\n", i, code, cases[i].code);
        CHECK(!code || strcmp(lw_shape_problem_message(code), code) != 0);
    }
}

static void test_equal(void)
{
    static const uint32_t six[] = {6}, three[] = {3, 3}, one[] = {1, 1}, two[] = {2};
    static const double xy[] = {0, 0, 9, 0, 9, 9, 2, 1, 3, 1, 3, 2};
    lw_shape ring = {.kind = LW_POLYGON, .xy = xy, .n_points = 6, .ring_points = six, .n_rings = 1, .part_rings = one, .n_parts = 1};
    lw_shape hole = {.kind = LW_POLYGON, .xy = xy, .n_points = 6, .ring_points = three, .n_rings = 2, .part_rings = two, .n_parts = 1};
    lw_shape parts = {.kind = LW_POLYGON, .xy = xy, .n_points = 6, .ring_points = three, .n_rings = 2, .part_rings = one, .n_parts = 2};
    CHECK(lw_shape_equal(&ring, &ring) && lw_shape_equal(&hole, &hole));
    CHECK(!lw_shape_equal(&ring, &hole) && !lw_shape_equal(&hole, &parts) && !lw_shape_equal(&ring, &parts));
    lw_shape line = {.kind = LW_POLYLINE, .xy = xy, .n_points = 6}, points = {.kind = LW_POINTS, .xy = xy, .n_points = 6}, shorter = line;
    shorter.n_points = 5;
    CHECK(!lw_shape_equal(&line, &points) && !lw_shape_equal(&line, &shorter));
}

static void test_scaled(lw_ctx *cx)
{
    lw_shape box = {.kind = LW_BOX, .x = 10, .y = 20, .w = 30, .h = 40}, made = lw_shape_scaled(cx->arena, &box, 2, 3, 1, -1);
    CHECK(made.x == 21 && made.y == 59 && made.w == 60 && made.h == 120);
    made = lw_shape_scaled(cx->arena, &box, -1, 1, 100, 0); /* mirrored */
    CHECK(made.x == 60 && made.y == 20 && made.w == 30 && made.h == 40);
    box.angle = 30;
    made = lw_shape_scaled(cx->arena, &box, 2, 2, 0, 0);
    CHECK(made.x == 20 && made.y == 40 && made.w == 60 && made.h == 80 && made.angle == 30);
    made = lw_shape_scaled(cx->arena, &box, -1, 1, 100, 0);
    CHECK(made.angle == -30 && near(made.x, 60) && near(made.w, 30));
    box.angle = 90;
    made = lw_shape_scaled(cx->arena, &box, 2, 3, 0, 0); /* its width runs along y */
    CHECK(near(made.w, 90) && near(made.h, 80) && near(made.angle, 90));
    lw_shape skeleton = {.kind = LW_SKELETON, .skeleton = (const double[]){5, 6, 2, 0, 0, 0}, .n_keypoints = 2};
    made = lw_shape_scaled(cx->arena, &skeleton, 2, 2, 1, 1);
    CHECK(made.skeleton[0] == 11 && made.skeleton[1] == 13 && made.skeleton[2] == 2 && made.skeleton[3] == 0 && made.skeleton[4] == 0);
    CHECK(made.x == 11 && made.y == 13 && skeleton.skeleton[0] == 5);
}

static int64_t cpu_us(void) { return (int64_t)((double)clock() * 1e6 / CLOCKS_PER_SEC); }

/* Not a pass or fail: `test-shape --speed` prints what one label costs. */
static int speed(void)
{
    lw_ctx cx = {.arena = lw_arena_new()};
    LW_AUTO(lw_buf) buf = {0}, json = {0};
    static const char *const names[] = {"whole numbers", "2 decimals", "any doubles"};
    static const int digits[] = {0, 2, 4};
    for (size_t d = 0; d < LW_COUNT(digits); d++) {
        enum { N = 200000, POINTS = 29 };
        uint32_t rings[] = {POINTS}, parts[] = {1};
        double xy[2 * POINTS];
        for (size_t i = 0; i < 2 * POINTS; i++)
            xy[i] = digits[d] == 4 ? (double)below(2000000) / 3000 : (double)below(500) + (digits[d] ? (double)below(100) / 100 : 0);
        lw_shape shape = {.kind = LW_POLYGON, .xy = xy, .n_points = POINTS, .ring_points = rings, .n_rings = 1, .part_rings = parts, .n_parts = 1};
        int64_t times[6] = {cpu_us()};
        for (int i = 0; i < N; i++)
            lw_shape_measure(&shape), xy[0] += lw_shape_area(&shape) < 0;
        times[1] = cpu_us();
        for (int i = 0; i < N; i++)
            lw_buf_reset(&buf), lw_shape_encode(&buf, &shape);
        times[2] = cpu_us();
        for (int i = 0; i < N; i++) {
            lw_shape again = {.kind = LW_POLYGON};
            LW_ASSERT(lw_shape_decode(&cx, lw_buf_text(&buf), (lw_text){0}, &again) == LW_OK);
            if (i % 100 == 0)
                lw_arena_reset(cx.arena);
        }
        times[3] = cpu_us();
        for (int i = 0; i < N / 10; i++)
            lw_buf_reset(&json), lw_shape_write_json(&json, &shape);
        times[4] = cpu_us();
        lw_buf_reset(&json);
        lw_buf_put_char(&json, '{');
        lw_shape_write_json(&json, &shape);
        lw_buf_put_char(&json, '}');
        for (int i = 0; i < N / 10; i++) {
            lw_json *object;
            lw_shape again;
            LW_ASSERT(lw_json_parse(&cx, lw_buf_text(&json), &object) == LW_OK && lw_shape_from_json(&cx, object, &again) == LW_OK);
            lw_arena_reset(cx.arena);
        }
        times[5] = cpu_us();
        double each[5];
        for (int i = 0; i < 5; i++)
            each[i] = (double)(times[i + 1] - times[i]) / (i < 3 ? N : N / 10);
        printf("29 points, %s: measure and area %.3f us, encode %.3f us (%zu bytes), decode %.3f us, JSON out %.3f us, in %.3f us\n", names[d],
               each[0], each[1], buf.size, each[2], each[3], each[4]);
    }
    lw_arena_free(cx.arena);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--speed") == 0)
        return speed();
    lw_ctx cx = {.arena = lw_arena_new()};
    test_every_shape_comes_back(&cx);
    test_bytes();
    test_damage(&cx);
    test_measures(&cx);
    test_problems();
    test_equal();
    test_scaled(&cx);
    lw_arena_free(cx.arena);
    return tap_end();
}
