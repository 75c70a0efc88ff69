#include "formats/outline.h"

#include <math.h>

#include "base/limits.h"
#include "model/rle.h"

enum { ELLIPSE_POINTS = 64, NEAREST_PAIRS = 1 << 18 };

typedef struct rings {
    double **xy;
    size_t *n_points;
    size_t n, capacity;
} rings;

void lw_box_corners(const lw_shape *box, double out[8])
{
    double cx = box->x + box->w / 2, cy = box->y + box->h / 2;
    double turn = box->angle * (M_PI / 180), c = cos(turn), s = sin(turn);
    const double sides[4][2] = {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}};
    for (int i = 0; i < 4; i++) {
        double dx = sides[i][0] * box->w / 2, dy = sides[i][1] * box->h / 2;
        if (box->angle == 0) {
            out[2 * i] = sides[i][0] < 0 ? box->x : box->x + box->w;
            out[2 * i + 1] = sides[i][1] < 0 ? box->y : box->y + box->h;
        } else {
            out[2 * i] = cx + dx * c - dy * s;
            out[2 * i + 1] = cy + dx * s + dy * c;
        }
    }
}

static void add_ring(lw_arena *arena, rings *all, double *xy, size_t n_points)
{
    if (all->n == all->capacity) {
        size_t grown = all->capacity ? all->capacity * 2 : 8;
        double **longer = lw_new_array(arena, double *, grown);
        size_t *counts = lw_new_array(arena, size_t, grown);
        if (all->n) {
            memcpy(longer, all->xy, all->n * sizeof *longer);
            memcpy(counts, all->n_points, all->n * sizeof *counts);
        }
        *all = (rings){longer, counts, all->n, grown};
    }
    all->xy[all->n] = xy;
    all->n_points[all->n++] = n_points;
}

/* The vertices of two rings that lie nearest; of very long ones only some are tried. */
static void find_nearest(const double *a, size_t n_a, const double *b, size_t n_b, size_t *out_a, size_t *out_b)
{
    size_t step = 1;
    while ((n_a / step) * (n_b / step) > NEAREST_PAIRS)
        step *= 2;
    double best = INFINITY;
    for (size_t i = 0; i < n_a; i += step)
        for (size_t j = 0; j < n_b; j += step) {
            double dx = a[2 * i] - b[2 * j], dy = a[2 * i + 1] - b[2 * j + 1], distance = dx * dx + dy * dy;
            if (distance < best)
                best = distance, *out_a = i, *out_b = j;
        }
}

static void copy_points(lw_ring *to, const double *xy, size_t n_points, size_t from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = (from + i) % n_points;
        to->xy[2 * to->n_points] = xy[2 * at];
        to->xy[2 * to->n_points + 1] = xy[2 * at + 1];
        to->n_points++;
    }
}

/* Goes along each ring to where the next one is nearest, all round the last, and back along the rest of each. */
static lw_ring join(lw_arena *arena, const rings *all)
{
    if (all->n == 0)
        return (lw_ring){0};
    if (all->n == 1)
        return (lw_ring){all->xy[0], all->n_points[0], 0};
    size_t last = all->n - 1, total = 0;
    size_t *enter = lw_new_array(arena, size_t, all->n), *leave = lw_new_array(arena, size_t, all->n);
    for (size_t i = 0; i < last; i++)
        find_nearest(all->xy[i], all->n_points[i], all->xy[i + 1], all->n_points[i + 1], &leave[i], &enter[i + 1]);
    for (size_t i = 0; i < all->n; i++)
        total += all->n_points[i] + 2;
    lw_ring joined = {.xy = lw_new_array(arena, double, total * 2), .n_bridges = last};
    for (size_t i = 0; i < last; i++) {
        size_t n = all->n_points[i];
        copy_points(&joined, all->xy[i], n, enter[i], (leave[i] + n - enter[i]) % n + 1);
    }
    copy_points(&joined, all->xy[last], all->n_points[last], enter[last], all->n_points[last] + 1);
    for (size_t i = last; i-- > 0;) {
        size_t n = all->n_points[i], there = (leave[i] + n - enter[i]) % n;
        copy_points(&joined, all->xy[i], n, leave[i], n - there + (i > 0));
    }
    return joined;
}

static void polygon_rings(lw_arena *arena, const lw_shape *polygon, rings *out)
{
    size_t at = 0;
    for (size_t i = 0; i < polygon->n_rings; i++) {
        size_t n = polygon->ring_points[i];
        if (n > 0)
            add_ring(arena, out, (double *)lw_copy(arena, polygon->xy + at * 2, n * 2 * sizeof *polygon->xy), n);
        at += n;
    }
}

/* The mask's bounding box of pixels with an empty border: 1 where it is set, 2 where its left edge was walked. */
typedef struct crop {
    uint8_t *pixels;
    size_t w, h;
    double x, y; /* of pixel (1, 1) in the image */
} crop;

static lw_status crop_mask(lw_ctx *cx, const lw_shape *mask, crop *out)
{
    lw_rle rle;
    lw_rle_summary summary;
    if (!lw_rle_summarize(mask->mask_h, mask->mask_w, mask->counts, &summary))
        return lw_fail(cx, LW_INVALID, "the mask's counts are malformed");
    LW_TRY(lw_rle_parse(cx, mask->mask_h, mask->mask_w, mask->counts, &rle));
    crop made = {.w = summary.w + 2, .h = summary.h + 2, .x = summary.x, .y = summary.y};
    made.pixels = lw_alloc(cx->arena, made.w * made.h + 8); /* may_begin reads eight */
    uint64_t at = 0;
    for (size_t i = 0; i < rle.n_counts; i++) {
        uint64_t end = at + rle.counts[i];
        while (i % 2 == 1 && at < end) {
            uint64_t x = at / rle.h, y = at % rle.h, run = rle.h - y < end - at ? rle.h - y : end - at;
            memset(made.pixels + (x - summary.x + 1) * made.h + (y - summary.y + 1), 1, run);
            at += run;
        }
        at = end;
    }
    *out = made;
    return LW_OK;
}

static bool is_set(const crop *mask, int64_t x, int64_t y) { return mask->pixels[(size_t)x * mask->h + (size_t)y] & 1; }

/* Walks along the pixels' edges with the mask on the right hand, from the left edge of pixel (x, y) upward. Pixels that touch at a
 * corner alone stay apart. */
static void trace(lw_arena *arena, crop *mask, size_t from_x, size_t from_y, rings *out)
{
    static const int step[4][2] = {{0, -1}, {1, 0}, {0, 1}, {-1, 0}};    /* up, right, down, left */
    static const int right[4][2] = {{0, -1}, {0, 0}, {-1, 0}, {-1, -1}}; /* pixel ahead of a corner, on the right; from the corner */
    static const int left[4][2] = {{-1, -1}, {0, -1}, {0, 0}, {-1, 0}};
    int64_t x = (int64_t)from_x, y = (int64_t)from_y + 1;
    int direction = 0;
    size_t n = 0, capacity = 16;
    double *xy = lw_new_array(arena, double, capacity * 2);
    do {
        if (direction == 0)
            mask->pixels[(size_t)x * mask->h + (size_t)(y - 1)] |= 2;
        x += step[direction][0], y += step[direction][1];
        bool has_right = is_set(mask, x + right[direction][0], y + right[direction][1]);
        bool has_left = is_set(mask, x + left[direction][0], y + left[direction][1]);
        int next = !has_right ? (direction + 1) % 4 : has_left ? (direction + 3) % 4 : direction;
        if (next != direction) {
            if (n == capacity) {
                double *longer = lw_new_array(arena, double, capacity * 4);
                memcpy(longer, xy, n * 2 * sizeof *xy);
                xy = longer, capacity *= 2;
            }
            xy[2 * n] = mask->x + (double)(x - 1);
            xy[2 * n + 1] = mask->y + (double)(y - 1);
            n++;
        }
        direction = next;
    } while (x != (int64_t)from_x || y != (int64_t)from_y + 1 || direction != 0);
    add_ring(arena, out, xy, n);
}

/* Whether one of the eight pixels from here down is set and its left neighbour is not. */
static bool may_begin(const crop *mask, size_t x, size_t y)
{
    uint64_t here, left;
    const uint8_t *at = mask->pixels + x * mask->h + y;
    memcpy(&here, at, 8);
    memcpy(&left, at - mask->h, 8);
    return here & ~left & 0x0101010101010101;
}

static lw_status mask_rings(lw_ctx *cx, const lw_shape *mask, rings *out)
{
    crop pixels = {0};
    LW_TRY(crop_mask(cx, mask, &pixels));
    for (size_t x = 1; x + 1 < pixels.w; x++)
        for (size_t y = 1; y + 1 < pixels.h; y++)
            if (y % 8 == 1 && !may_begin(&pixels, x, y))
                y += 7;
            else if (pixels.pixels[x * pixels.h + y] == 1 && !is_set(&pixels, (int64_t)x - 1, (int64_t)y))
                trace(cx->arena, &pixels, x, y, out);
    return LW_OK;
}

static void ellipse_ring(lw_arena *arena, const lw_shape *ellipse, rings *out)
{
    double *xy = lw_new_array(arena, double, ELLIPSE_POINTS * 2);
    double turn = ellipse->angle * (M_PI / 180);
    for (int i = 0; i < ELLIPSE_POINTS; i++) {
        double at = 2 * M_PI * i / ELLIPSE_POINTS, dx = ellipse->rx * cos(at), dy = ellipse->ry * sin(at);
        xy[2 * i] = ellipse->cx + dx * cos(turn) - dy * sin(turn);
        xy[2 * i + 1] = ellipse->cy + dx * sin(turn) + dy * cos(turn);
    }
    add_ring(arena, out, xy, ELLIPSE_POINTS);
}

lw_status lw_outline(lw_ctx *cx, const lw_shape *shape, lw_ring *out)
{
    rings all = {0};
    if (shape->kind == LW_BOX) {
        double *corners = lw_new_array(cx->arena, double, 8);
        lw_box_corners(shape, corners);
        add_ring(cx->arena, &all, corners, 4);
    } else if (shape->kind == LW_POLYGON) {
        polygon_rings(cx->arena, shape, &all);
    } else if (shape->kind == LW_MASK) {
        LW_TRY(mask_rings(cx, shape, &all));
    } else if (shape->kind == LW_ELLIPSE) {
        ellipse_ring(cx->arena, shape, &all);
    } else {
        return lw_fail(cx, LW_INVALID, "a %s has no outline", lw_kind_name(shape->kind));
    }
    *out = join(cx->arena, &all);
    return LW_OK;
}

/* Keeps the side of one straight edge where sign * (coordinate - at) >= 0; axis 0 is x, 1 is y. */
static lw_ring clip_side(lw_arena *arena, lw_ring ring, int axis, double at, double sign)
{
    lw_ring kept = {.xy = lw_new_array(arena, double, ring.n_points * 4 + 1), .n_bridges = ring.n_bridges};
    for (size_t i = 0; i < ring.n_points; i++) {
        const double *from = ring.xy + 2 * i, *to = ring.xy + 2 * ((i + 1) % ring.n_points);
        double a = sign * (from[axis] - at), b = sign * (to[axis] - at);
        if (a >= 0) {
            memcpy(kept.xy + 2 * kept.n_points, from, 2 * sizeof *from);
            kept.n_points++;
        }
        if ((a > 0 && b < 0) || (a < 0 && b > 0)) {
            double share = a / (a - b);
            kept.xy[2 * kept.n_points + axis] = at;
            kept.xy[2 * kept.n_points + 1 - axis] = from[1 - axis] + share * (to[1 - axis] - from[1 - axis]);
            kept.n_points++;
        }
    }
    return kept;
}

/* What rounding left a hair outside stands on the border. */
static double snapped(double value, double most)
{
    enum { HAIRS = 1000000 };
    return value < 0 && value > -1.0 / HAIRS ? 0 : value > most && value < most + 1.0 / HAIRS ? most : value;
}

lw_ring lw_ring_clip(lw_arena *arena, lw_ring ring, double w, double h)
{
    bool is_inside = true;
    for (size_t i = 0; i < ring.n_points; i++)
        ring.xy[2 * i] = snapped(ring.xy[2 * i], w), ring.xy[2 * i + 1] = snapped(ring.xy[2 * i + 1], h);
    for (size_t i = 0; i < ring.n_points && is_inside; i++)
        is_inside = ring.xy[2 * i] >= 0 && ring.xy[2 * i] <= w && ring.xy[2 * i + 1] >= 0 && ring.xy[2 * i + 1] <= h;
    if (is_inside)
        return ring;
    ring = clip_side(arena, ring, 0, 0, 1);
    ring = clip_side(arena, ring, 0, w, -1);
    ring = clip_side(arena, ring, 1, 0, 1);
    return clip_side(arena, ring, 1, h, -1);
}

double lw_ring_area(const lw_ring *ring)
{
    double twice = 0;
    for (size_t i = 0; i < ring->n_points; i++) {
        const double *a = ring->xy + 2 * i, *b = ring->xy + 2 * ((i + 1) % ring->n_points);
        twice += a[0] * b[1] - b[0] * a[1];
    }
    return fabs(twice) / 2;
}
