#include "model/rle.h"

#include <math.h>
#include <stdlib.h>

#include "base/limits.h"

enum { VALUE_CHARS = 7, OUTLINE_STEPS = 1 << 28 };

static bool is_size(uint32_t h, uint32_t w) { return h && w && h <= LW_LIMIT_IMAGE_SIDE_PX && w <= LW_LIMIT_IMAGE_SIDE_PX; }

/* Reads one run after another. From the fourth on, the string holds the difference to the run two before. */
typedef struct reader {
    lw_text text;
    size_t at, n;
    int64_t last, before_last;
    uint64_t left; /* pixels that no run has taken yet */
} reader;

static reader reader_new(uint32_t h, uint32_t w, lw_text text) { return (reader){.text = text, .left = (uint64_t)h * w}; }

static bool next_run(reader *r, uint32_t *out)
{
    uint64_t bits = 0;
    for (int i = 0; i < VALUE_CHARS && r->at < r->text.size; i++) {
        unsigned char c = (unsigned char)r->text.data[r->at++];
        if (c < 48 || c > 111)
            return false;
        c = (unsigned char)(c - 48);
        bits |= (uint64_t)(c & 0x1f) << (5 * i);
        if (c & 0x20)
            continue;
        int64_t value = (int64_t)(c & 0x10 ? bits | (UINT64_MAX << (5 * (i + 1))) : bits);
        if (r->n > 2)
            value += r->before_last;
        if (value < 0 || (uint64_t)value > r->left)
            return false;
        r->before_last = r->last;
        r->last = value;
        r->left -= (uint64_t)value;
        r->n++;
        *out = (uint32_t)value;
        return true;
    }
    return false;
}

bool lw_rle_summarize(uint32_t h, uint32_t w, lw_text text, lw_rle_summary *out)
{
    if (!is_size(h, w))
        return false;
    reader r = reader_new(h, w, text);
    lw_rle_summary sum = {0};
    uint32_t left = w, top = h, right = 0, bottom = 0, run;
    uint64_t at = 0;
    while (r.at < text.size) {
        if (!next_run(&r, &run))
            return false;
        if (r.n % 2 == 0 && run) {
            uint64_t end = at + run - 1;
            uint32_t x = (uint32_t)(at / h), last_x = (uint32_t)(end / h), y = (uint32_t)(at % h), last_y = (uint32_t)(end % h);
            if (x < last_x)
                y = 0, last_y = h - 1; /* it wraps from the foot of one column to the head of the next */
            left = x < left ? x : left;
            right = last_x > right ? last_x : right;
            top = y < top ? y : top;
            bottom = last_y > bottom ? last_y : bottom;
            sum.area += run;
        }
        at += run;
    }
    if (r.left)
        return false;
    if (sum.area)
        sum.x = left, sum.y = top, sum.w = right - left + 1, sum.h = bottom - top + 1;
    sum.n_counts = r.n;
    *out = sum;
    return true;
}

static lw_status check_size(lw_ctx *cx, uint32_t h, uint32_t w)
{
    if (is_size(h, w))
        return LW_OK;
    return lw_fail(cx, LW_INVALID, "a mask of %" PRIu32 " x %" PRIu32 " px; each side has 1 to %d", w, h, LW_LIMIT_IMAGE_SIDE_PX);
}

lw_status lw_rle_parse(lw_ctx *cx, uint32_t h, uint32_t w, lw_text text, lw_rle *out)
{
    LW_TRY(check_size(cx, h, w));
    lw_rle_summary sum;
    if (!lw_rle_summarize(h, w, text, &sum))
        return lw_fail(cx, LW_INVALID, "the mask's counts are not runs of %" PRIu32 " x %" PRIu32 " pixels in COCO's compressed form", w, h);
    uint32_t *counts = lw_new_array(cx->arena, uint32_t, sum.n_counts);
    reader r = reader_new(h, w, text);
    for (size_t i = 0; i < sum.n_counts; i++)
        LW_ASSERT(next_run(&r, &counts[i]));
    *out = (lw_rle){h, w, counts, sum.n_counts};
    return LW_OK;
}

lw_status lw_rle_check(lw_ctx *cx, const lw_rle *rle)
{
    LW_TRY(check_size(cx, rle->h, rle->w));
    uint64_t total = (uint64_t)rle->h * rle->w, sum = 0;
    for (size_t i = 0; i < rle->n_counts && sum <= total; i++)
        sum += rle->counts[i];
    if (sum != total)
        return lw_fail(cx, LW_INVALID, "the mask's runs do not add up to its %" PRIu64 " pixels", total);
    return LW_OK;
}

void lw_rle_write(lw_buf *buf, const lw_rle *rle)
{
    for (size_t i = 0; i < rle->n_counts; i++) {
        int64_t value = (int64_t)rle->counts[i] - (i > 2 ? (int64_t)rle->counts[i - 2] : 0);
        char chars[VALUE_CHARS];
        size_t n = 0;
        for (bool more = true; more;) {
            int low = (int)(value & 0x1f);
            value >>= 5;
            more = low & 0x10 ? value != -1 : value != 0;
            chars[n++] = (char)(48 + (more ? low | 0x20 : low));
        }
        lw_buf_put(buf, chars, n);
    }
}

lw_rle lw_rle_from_pixels(lw_arena *arena, uint32_t h, uint32_t w, const uint8_t *pixels)
{
    size_t n_pixels = (size_t)h * w, n = 1;
    bool in = false;
    for (size_t i = 0; i < n_pixels; i++)
        if ((pixels[i] != 0) != in)
            in = !in, n++;
    uint32_t *counts = lw_new_array(arena, uint32_t, n);
    in = false;
    for (size_t i = 0, at = 0; i < n_pixels; i++) {
        if ((pixels[i] != 0) != in)
            in = !in, at++;
        counts[at]++;
    }
    return (lw_rle){h, w, counts, n};
}

void lw_rle_to_pixels(const lw_rle *rle, uint8_t *pixels)
{
    for (size_t i = 0; i < rle->n_counts; i++) {
        memset(pixels, i % 2, rle->counts[i]);
        pixels += rle->counts[i];
    }
}

/* Where the runs of a mask change, for walking two masks at once. */
typedef struct cursor {
    const lw_rle *rle;
    size_t at;
    uint64_t left;
} cursor;

static void cursor_skip(cursor *c, uint64_t n)
{
    c->left -= n;
    while (c->left == 0 && c->at + 1 < c->rle->n_counts)
        c->left = c->rle->counts[++c->at];
}

static cursor cursor_new(const lw_rle *rle)
{
    cursor c = {rle, 0, rle->n_counts ? rle->counts[0] : 0};
    cursor_skip(&c, 0);
    return c;
}

lw_rle lw_rle_combine(lw_arena *arena, const lw_rle *a, const lw_rle *b, lw_rle_operation operation)
{
    LW_ASSERT(a->h == b->h && a->w == b->w);
    uint32_t *counts = lw_new_array(arena, uint32_t, a->n_counts + b->n_counts + 1);
    size_t at = 0;
    cursor ca = cursor_new(a), cb = cursor_new(b);
    while (ca.left && cb.left) {
        bool in_a = ca.at % 2, in_b = cb.at % 2;
        bool in = operation == LW_RLE_UNION ? in_a || in_b : operation == LW_RLE_INTERSECTION ? in_a && in_b : in_a && !in_b;
        uint64_t step = ca.left < cb.left ? ca.left : cb.left;
        if (in != (bool)(at % 2))
            at++;
        counts[at] += (uint32_t)step;
        cursor_skip(&ca, step);
        cursor_skip(&cb, step);
    }
    return (lw_rle){a->h, a->w, counts, at + 1};
}

/* Places where an outline crosses from one column of pixels to the next, found while walking it. */
typedef struct outline {
    uint32_t h, w;
    bool begun;
    int last_u, last_v; /* in fifths of a pixel */
    uint32_t *crossings;
    size_t n;
} outline;

static void outline_step(outline *o, int u, int v)
{
    if (o->begun && u != o->last_u) {
        double x = ((u < o->last_u ? u : u - 1) + .5) / 5 - .5;
        if (floor(x) == x && x >= 0 && x <= (double)o->w - 1) {
            double y = ((v < o->last_v ? v : o->last_v) + .5) / 5 - .5;
            y = ceil(y < 0 ? 0 : y > o->h ? o->h : y);
            o->crossings[o->n++] = (uint32_t)x * o->h + (uint32_t)y;
        }
    }
    o->begun = true;
    o->last_u = u;
    o->last_v = v;
}

/* Every step along the longer axis, from (x, y) to (to_x, to_y). Rounding goes from the smaller end, whichever way the edge runs;
 * and toward zero, as the reference has it. */
static void outline_edge(outline *o, int x, int y, int to_x, int to_y)
{
    int dx = abs(to_x - x), dy = abs(to_y - y), n = dx >= dy ? dx : dy;
    bool flip = dx >= dy ? x > to_x : y > to_y;
    int x0 = flip ? to_x : x, y0 = flip ? to_y : y, x1 = flip ? x : to_x, y1 = flip ? y : to_y;
    double slope = n == 0 ? 0 : dx >= dy ? (double)(y1 - y0) / dx : (double)(x1 - x0) / dy;
    for (int i = 0; i <= n; i++) {
        int t = flip ? n - i : i;
        if (dx >= dy)
            outline_step(o, x0 + t, (int)(y0 + slope * t + .5));
        else
            outline_step(o, (int)(x0 + slope * t + .5), y0 + t);
    }
}

static int compare_counts(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Sorted crossings become runs; two at one place cancel each other. */
static lw_rle runs_from_crossings(outline *o)
{
    uint32_t *counts = o->crossings, before = 0;
    counts[o->n] = o->h * o->w;
    size_t n = o->n + 1, at = 0;
    qsort(counts, n, sizeof *counts, compare_counts);
    for (size_t i = 0; i < n; i++) {
        uint32_t place = counts[i];
        counts[i] = place - before;
        before = place;
    }
    for (size_t i = 1; i < n; i++) {
        if (counts[i])
            counts[++at] = counts[i];
        else if (++i < n)
            counts[at] += counts[i];
    }
    return (lw_rle){o->h, o->w, counts, at + 1};
}

lw_status lw_rle_from_ring(lw_ctx *cx, const double *xy, size_t n_points, uint32_t h, uint32_t w, lw_rle *out)
{
    LW_TRY(check_size(cx, h, w));
    if (n_points < 3 || n_points > LW_LIMIT_POINTS)
        return lw_fail(cx, LW_INVALID, "a ring of %zu points cannot be filled; it needs 3 to %d", n_points, LW_LIMIT_POINTS);
    int *fifths = lw_new_array(cx->arena, int, 2 * n_points);
    for (size_t i = 0; i < 2 * n_points; i++) {
        if (!(fabs(xy[i]) < OUTLINE_STEPS / 8))
            return lw_fail(cx, LW_INVALID, "a polygon reaches too far outside of its image to be filled");
        fifths[i] = (int)(5 * xy[i] + .5);
    }
    uint64_t n_steps = 0, n_crossings = 1;
    for (size_t i = 0; i < n_points; i++) {
        size_t j = i + 1 < n_points ? i + 1 : 0;
        uint64_t dx = (uint64_t)llabs((long long)fifths[2 * i] - fifths[2 * j]),
                 dy = (uint64_t)llabs((long long)fifths[2 * i + 1] - fifths[2 * j + 1]);
        n_steps += (dx > dy ? dx : dy) + 1;
        n_crossings += (dx / 5 < w ? dx / 5 : w) + 3;
    }
    if (n_steps > OUTLINE_STEPS)
        return lw_fail(cx, LW_INVALID, "a polygon reaches too far outside of its image to be filled");
    outline o = {.h = h, .w = w, .crossings = lw_new_array(cx->arena, uint32_t, n_crossings)};
    for (size_t i = 0; i < n_points; i++) {
        size_t j = i + 1 < n_points ? i + 1 : 0;
        outline_edge(&o, fifths[2 * i], fifths[2 * i + 1], fifths[2 * j], fifths[2 * j + 1]);
    }
    *out = runs_from_crossings(&o);
    return LW_OK;
}
