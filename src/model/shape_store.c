#include <math.h>

#include "base/limits.h"
#include "model/rle.h"
#include "model/shape.h"

/* Numbers of OGC geometry types, in TWKB and WKB alike; WKB's first byte is 1, which as TWKB would be a point: never written here. */
enum { LINE = 2, POLYGON = 3, MULTI_POINT = 4, MULTI_POLYGON = 6, WKB_LITTLE_ENDIAN = 1, WKB_POINT = 1, WKB_M = 2000 };
enum { MOST_DIGITS = 3, VARINT_BYTES = 10, EXTENDED = 8, EXTENDED_M = 2 };

static const double powers[MOST_DIGITS + 1] = {1, 10, 100, 1000};
static const double largest_integer = 1125899906842624.0; /* 2^50: the rounding of a product and the differences stay exact */

/* Points as they are encoded: one geometry of ours, whatever kind it is. */
typedef struct geometry {
    int type;
    size_t stride; /* numbers a point: 2, or 3 with M */
    const double *numbers;
    size_t n_points;
    const uint32_t *ring_points, *part_rings;
    size_t n_rings, n_parts;
} geometry;

static inline int64_t nearest(double value) { return (int64_t)(value < 0 ? value - .5 : value + .5); }

static inline bool is_decimal(double value, int digits)
{
    double scaled = value * powers[digits];
    return fabs(scaled) < largest_integer && (double)nearest(scaled) / powers[digits] == value;
}

/* The least number of digits that gives every coordinate back, or -1. More digits than one coordinate needs do it no harm:
 * n / 10 and 10n / 100 are the same number, so their nearest double is the same. */
static int digits_needed(const geometry *g)
{
    int digits = 0;
    for (size_t i = 0; i < g->n_points * g->stride; i++) {
        if (g->stride == 3 && i % 3 == 2) {
            if (!is_decimal(g->numbers[i], 0))
                return -1;
            continue;
        }
        while (!is_decimal(g->numbers[i], digits))
            if (++digits > MOST_DIGITS)
                return -1;
    }
    for (size_t i = 0; digits && i < g->n_points * g->stride; i++)
        if (!(fabs(g->numbers[i] * powers[digits]) < largest_integer))
            return -1;
    return digits;
}

static inline char *put_varint(char *to, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *to++ = (char)(value | 0x80);
    *to++ = (char)value;
    return to;
}

static inline char *put_zigzag(char *to, int64_t value) { return put_varint(to, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63)); }

static void put_twkb_points(lw_buf *buf, const double *numbers, size_t n, size_t stride, double scale, int64_t last[3])
{
    char *begin = lw_buf_reserve(buf, (1 + n * stride) * VARINT_BYTES);
    if (!begin)
        return;
    char *to = put_varint(begin, n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < stride; k++) {
            int64_t value = nearest(numbers[i * stride + k] * (k == 2 ? 1 : scale));
            to = put_zigzag(to, value - last[k]);
            last[k] = value;
        }
    buf->size += (size_t)(to - begin);
}

static void put_twkb(lw_buf *buf, const geometry *g, int digits)
{
    int64_t last[3] = {0};
    const double *numbers = g->numbers;
    lw_buf_put_char(buf, (char)(g->type | digits * 2 << 4)); /* zigzag of the precision */
    lw_buf_put_char(buf, g->stride == 3 ? EXTENDED : 0);
    if (g->stride == 3)
        lw_buf_put_char(buf, EXTENDED_M);
    if (g->type == LINE || g->type == MULTI_POINT) {
        put_twkb_points(buf, numbers, g->n_points, g->stride, powers[digits], last);
        return;
    }
    if (g->type == MULTI_POLYGON)
        lw_buf_put_varint(buf, g->n_parts);
    for (size_t part = 0, ring = 0; part < g->n_parts; part++) {
        lw_buf_put_varint(buf, g->part_rings[part]);
        for (size_t i = 0; i < g->part_rings[part]; i++, ring++) {
            put_twkb_points(buf, numbers, g->ring_points[ring], 2, powers[digits], last);
            numbers += 2 * (size_t)g->ring_points[ring];
        }
    }
}

static void put_u32(lw_buf *buf, uint32_t value)
{
    const char bytes[4] = {(char)value, (char)(value >> 8), (char)(value >> 16), (char)(value >> 24)};
    lw_buf_put(buf, bytes, sizeof bytes);
}

static void put_doubles(lw_buf *buf, const double *numbers, size_t n)
{
    char *to = lw_buf_reserve(buf, n * 8);
    for (size_t i = 0; to && i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &numbers[i], 8);
        for (int k = 0; k < 8; k++)
            to[i * 8 + (size_t)k] = (char)(bits >> (8 * k));
    }
    if (to)
        buf->size += n * 8;
}

static void put_wkb_head(lw_buf *buf, int type)
{
    lw_buf_put_char(buf, WKB_LITTLE_ENDIAN);
    put_u32(buf, (uint32_t)type);
}

/* A ring of WKB ends where it began. */
static void put_wkb_polygon(lw_buf *buf, const double *numbers, const uint32_t *ring_points, uint32_t n_rings)
{
    put_wkb_head(buf, POLYGON);
    put_u32(buf, n_rings);
    for (uint32_t i = 0; i < n_rings; i++) {
        uint32_t n = ring_points[i];
        put_u32(buf, n ? n + 1 : 0);
        put_doubles(buf, numbers, 2 * (size_t)n);
        put_doubles(buf, numbers, n ? 2 : 0);
        numbers += 2 * (size_t)n;
    }
}

static void put_wkb(lw_buf *buf, const geometry *g)
{
    int m = g->stride == 3 ? WKB_M : 0;
    if (g->type != POLYGON)
        put_wkb_head(buf, g->type + m);
    switch (g->type) {
    case LINE:
        put_u32(buf, (uint32_t)g->n_points);
        put_doubles(buf, g->numbers, g->n_points * g->stride);
        break;
    case MULTI_POINT:
        put_u32(buf, (uint32_t)g->n_points);
        for (size_t i = 0; i < g->n_points; i++) {
            put_wkb_head(buf, WKB_POINT + m);
            put_doubles(buf, g->numbers + i * g->stride, g->stride);
        }
        break;
    case POLYGON: put_wkb_polygon(buf, g->numbers, g->ring_points, (uint32_t)g->n_rings); break;
    default:
        put_u32(buf, (uint32_t)g->n_parts);
        for (size_t part = 0, ring = 0, at = 0; part < g->n_parts; part++) {
            put_wkb_polygon(buf, g->numbers + at, g->ring_points + ring, g->part_rings[part]);
            for (size_t end = ring + g->part_rings[part]; ring < end; ring++)
                at += 2 * (size_t)g->ring_points[ring];
        }
    }
}

static void put_geometry(lw_buf *buf, const geometry *g)
{
    int digits = digits_needed(g);
    lw_buf_reserve(buf, 16 + g->n_points * g->stride * VARINT_BYTES); /* at once: most are of a few hundred bytes */
    if (digits < 0)
        put_wkb(buf, g);
    else
        put_twkb(buf, g, digits);
}

void lw_shape_encode(lw_buf *buf, const lw_shape *shape)
{
    geometry g = {LINE, 2, shape->xy, shape->n_points, shape->ring_points, shape->part_rings, shape->n_rings, shape->n_parts};
    const double turned[] = {shape->x, shape->y, shape->w, shape->h, shape->angle, 0};
    const double ellipse[] = {shape->cx, shape->cy, shape->rx, shape->ry, shape->angle, 0};
    switch (shape->kind) {
    case LW_BOX:
        if (shape->angle == 0)
            return;
        g.numbers = turned, g.n_points = 3;
        break;
    case LW_ELLIPSE: g.numbers = ellipse, g.n_points = shape->angle == 0 ? 2 : 3; break;
    case LW_POLYLINE: break;
    case LW_POINTS:
    case LW_CUBOID: g.type = MULTI_POINT; break;
    case LW_POLYGON: g.type = shape->n_parts == 1 ? POLYGON : MULTI_POLYGON; break;
    case LW_MASK:
        lw_buf_put_varint(buf, shape->mask_w);
        lw_buf_put_varint(buf, shape->mask_h);
        lw_buf_put_text(buf, shape->counts);
        return;
    default: return;
    }
    put_geometry(buf, &g);
}

void lw_skeleton_encode(lw_buf *buf, const double *skeleton, size_t n_keypoints)
{
    put_geometry(buf, &(geometry){MULTI_POINT, 3, skeleton, n_keypoints, NULL, NULL, 0, 0});
}

/* Bytes that somebody may have tampered with: every count is held against what is left before anything is made of it. */
typedef struct input {
    lw_arena *arena;
    const unsigned char *at, *end;
} input;

static input input_new(lw_arena *arena, lw_text bytes)
{
    const unsigned char *at = (const unsigned char *)(bytes.size ? bytes.data : "");
    return (input){arena, at, at + bytes.size};
}

static size_t left(const input *in) { return (size_t)(in->end - in->at); }

static inline bool read_varint(input *in, uint64_t *out)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && in->at < in->end; shift += 7) {
        unsigned char byte = *in->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

/* A count of things that take so many bytes each at least. */
static bool read_count(input *in, size_t least_bytes, uint64_t *out)
{
    return read_varint(in, out) && *out <= left(in) / least_bytes && *out <= LW_LIMIT_POINTS;
}

static bool read_u32(input *in, uint32_t *out)
{
    if (left(in) < 4)
        return false;
    *out = (uint32_t)in->at[0] | (uint32_t)in->at[1] << 8 | (uint32_t)in->at[2] << 16 | (uint32_t)in->at[3] << 24;
    in->at += 4;
    return true;
}

static bool read_u32_count(input *in, size_t least_bytes, uint32_t *out)
{
    return read_u32(in, out) && *out <= left(in) / least_bytes && *out <= LW_LIMIT_POINTS + 1;
}

static bool read_doubles(input *in, double *out, size_t n)
{
    if (left(in) / 8 < n)
        return false;
    for (size_t i = 0; i < n; i++, in->at += 8) {
        uint64_t bits = 0;
        for (int k = 0; k < 8; k++)
            bits |= (uint64_t)in->at[k] << (8 * k);
        memcpy(&out[i], &bits, 8);
        if (!isfinite(out[i]))
            return false;
    }
    return true;
}

static bool read_twkb_points(input *in, double *out, size_t n, size_t stride, double scale, int64_t last[3])
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < stride; k++) {
            uint64_t zigzag;
            if (!read_varint(in, &zigzag))
                return false;
            last[k] = (int64_t)((uint64_t)last[k] + ((zigzag >> 1) ^ (0 - (zigzag & 1))));
            out[i * stride + k] = (double)last[k] / (k == 2 ? 1 : scale);
        }
    return true;
}

/* Room for rings and points, by the most that the bytes left can hold; filled as they are read. */
typedef struct polygon {
    double *xy;
    uint32_t *ring_points, *part_rings;
    size_t n_points, n_rings, n_parts;
    size_t most_points, most_rings;
} polygon;

static size_t at_most(size_t n) { return n < LW_LIMIT_POINTS ? n : LW_LIMIT_POINTS; }

static bool begin_ring(polygon *p, size_t n)
{
    if (p->n_rings == p->most_rings || n > p->most_points - p->n_points)
        return false;
    p->ring_points[p->n_rings++] = (uint32_t)n;
    return true;
}

static polygon polygon_new(input *in, size_t n_parts, size_t n_rings, size_t most_points)
{
    return (polygon){lw_new_array(in->arena, double, 2 * most_points),
                     lw_new_array(in->arena, uint32_t, n_rings),
                     lw_new_array(in->arena, uint32_t, n_parts),
                     0,
                     0,
                     n_parts,
                     most_points,
                     n_rings};
}

static bool read_twkb_polygon(input *in, int type, double scale, polygon *out)
{
    uint64_t n_parts = 1, n_rings, n_points;
    int64_t last[3] = {0};
    if (type == MULTI_POLYGON && !read_count(in, 1, &n_parts))
        return false;
    /* one part is by far the most frequent: its first counts say how much room there must be */
    input peek = *in;
    bool simple = type == POLYGON && read_count(&peek, 1, &n_rings) && n_rings == 1 && read_count(&peek, 2, &n_points);
    polygon p = polygon_new(in, n_parts, simple ? 1 : at_most(left(in)), simple ? n_points : at_most(left(in) / 2));
    for (size_t part = 0; part < n_parts; part++) {
        if (!read_count(in, 1, &n_rings))
            return false;
        p.part_rings[part] = (uint32_t)n_rings;
        for (size_t i = 0; i < n_rings; i++) {
            if (!read_count(in, 2, &n_points) || !begin_ring(&p, n_points) || !read_twkb_points(in, p.xy + 2 * p.n_points, n_points, 2, scale, last))
                return false;
            p.n_points += n_points;
        }
    }
    *out = p;
    return true;
}

static bool read_wkb_head(input *in, int type)
{
    uint32_t found;
    return left(in) && *in->at++ == WKB_LITTLE_ENDIAN && read_u32(in, &found) && found == (uint32_t)type;
}

static bool read_wkb_rings(input *in, polygon *p, size_t part)
{
    uint32_t n_rings, n_points;
    if (!read_u32_count(in, 4, &n_rings))
        return false;
    p->part_rings[part] = n_rings;
    for (uint32_t i = 0; i < n_rings; i++) {
        double closing[2];
        if (!read_u32_count(in, 16, &n_points))
            return false;
        n_points -= n_points > 0;
        double *xy = p->xy + 2 * p->n_points;
        if (!begin_ring(p, n_points) || !read_doubles(in, xy, 2 * (size_t)n_points))
            return false;
        if (n_points && (!read_doubles(in, closing, 2) || closing[0] != xy[0] || closing[1] != xy[1]))
            return false;
        p->n_points += n_points;
    }
    return true;
}

static bool read_wkb_polygon(input *in, int type, polygon *out)
{
    uint32_t n_parts = 1;
    if (!read_wkb_head(in, type) || (type == MULTI_POLYGON && !read_u32_count(in, 9, &n_parts)))
        return false;
    polygon p = polygon_new(in, n_parts, at_most(left(in) / 4), at_most(left(in) / 16));
    for (uint32_t part = 0; part < n_parts; part++)
        if ((type == MULTI_POLYGON && !read_wkb_head(in, POLYGON)) || !read_wkb_rings(in, &p, part))
            return false;
    *out = p;
    return true;
}

static bool read_wkb_points(input *in, int type, size_t stride, const double **out, size_t *n_out)
{
    uint32_t n;
    int m = stride == 3 ? WKB_M : 0;
    if (!read_wkb_head(in, type + m) || !read_u32_count(in, 8 * stride, &n) || n > LW_LIMIT_POINTS)
        return false;
    double *numbers = lw_new_array(in->arena, double, n *stride);
    if (type == LINE ? !read_doubles(in, numbers, n * stride) : false)
        return false;
    for (uint32_t i = 0; type == MULTI_POINT && i < n; i++)
        if (!read_wkb_head(in, WKB_POINT + m) || !read_doubles(in, numbers + i * stride, stride))
            return false;
    *out = numbers;
    *n_out = n;
    return true;
}

/* The head of a TWKB geometry of that type; false when it is another, or has what is never written. */
static bool read_twkb_head(input *in, int type, size_t stride, double *scale)
{
    if (left(in) < (stride == 3 ? 3 : 2) || (in->at[0] & 0xf) != type || in->at[0] >> 4 > 2 * MOST_DIGITS || in->at[0] >> 4 & 1)
        return false;
    if (in->at[1] != (stride == 3 ? EXTENDED : 0) || (stride == 3 && in->at[2] != EXTENDED_M))
        return false;
    *scale = powers[in->at[0] >> 5];
    in->at += stride == 3 ? 3 : 2;
    return true;
}

static bool is_wkb(const input *in) { return left(in) && *in->at == WKB_LITTLE_ENDIAN; }

static bool read_points(input *in, int type, size_t stride, const double **out, size_t *n_out)
{
    if (is_wkb(in))
        return read_wkb_points(in, type, stride, out, n_out);
    double scale;
    uint64_t n;
    int64_t last[3] = {0};
    if (!read_twkb_head(in, type, stride, &scale) || !read_count(in, stride, &n))
        return false;
    double *numbers = lw_new_array(in->arena, double, n *stride);
    if (!read_twkb_points(in, numbers, n, stride, scale, last))
        return false;
    *out = numbers;
    *n_out = n;
    return true;
}

static bool decode_polygon(input *in, lw_shape *out)
{
    polygon p;
    double scale;
    bool wkb = is_wkb(in);
    int type = left(in) < 2 ? 0 : (wkb ? in->at[1] : in->at[0]) & 0xf;
    if (type != POLYGON && type != MULTI_POLYGON)
        return false;
    if (wkb ? !read_wkb_polygon(in, type, &p) : !read_twkb_head(in, type, 2, &scale) || !read_twkb_polygon(in, type, scale, &p))
        return false;
    out->xy = p.xy, out->n_points = p.n_points;
    out->ring_points = p.ring_points, out->n_rings = p.n_rings;
    out->part_rings = p.part_rings, out->n_parts = p.n_parts;
    return true;
}

static bool decode_mask(input *in, lw_shape *out)
{
    uint64_t w, h;
    lw_rle_summary summary;
    if (!read_varint(in, &w) || !read_varint(in, &h) || w > LW_LIMIT_IMAGE_SIDE_PX || h > LW_LIMIT_IMAGE_SIDE_PX)
        return false;
    out->mask_w = (uint32_t)w, out->mask_h = (uint32_t)h;
    out->counts = (lw_text){(const char *)in->at, left(in)};
    in->at = in->end;
    return lw_rle_summarize(out->mask_h, out->mask_w, out->counts, &summary);
}

static bool is_turn(const double *pair) { return pair[0] != 0 && pair[1] == 0; }

static bool decode_kind(input *in, lw_shape *out)
{
    const double *numbers;
    size_t n;
    switch (out->kind) {
    case LW_BOX:
        if (left(in) == 0)
            return true;
        if (!read_points(in, LINE, 2, &numbers, &n) || n != 3 || !is_turn(numbers + 4))
            return false;
        out->x = numbers[0], out->y = numbers[1], out->w = numbers[2], out->h = numbers[3], out->angle = numbers[4];
        return true;
    case LW_ELLIPSE:
        if (!read_points(in, LINE, 2, &numbers, &n) || n < 2 || n > 3 || (n == 3 && !is_turn(numbers + 4)))
            return false;
        out->cx = numbers[0], out->cy = numbers[1], out->rx = numbers[2], out->ry = numbers[3], out->angle = n == 3 ? numbers[4] : 0;
        return true;
    case LW_POLYGON: return decode_polygon(in, out);
    case LW_POLYLINE: return read_points(in, LINE, 2, &out->xy, &out->n_points);
    case LW_POINTS: return read_points(in, MULTI_POINT, 2, &out->xy, &out->n_points);
    case LW_CUBOID: return read_points(in, MULTI_POINT, 2, &out->xy, &out->n_points) && out->n_points == 8;
    case LW_MASK: return decode_mask(in, out);
    case LW_SKELETON:
    case LW_TAG: return true;
    default: return false;
    }
}

lw_status lw_shape_decode(lw_ctx *cx, lw_text bytes, lw_text skeleton, lw_shape *in_out)
{
    lw_shape made = {.kind = in_out->kind, .x = in_out->x, .y = in_out->y, .w = in_out->w, .h = in_out->h};
    input in = input_new(cx->arena, bytes);
    if (!decode_kind(&in, &made) || in.at != in.end) {
        const char *kind = lw_kind_name(made.kind);
        return lw_fail(cx, LW_DAMAGED, "a stored geometry of %zu bytes is no %s", bytes.size, kind ? kind : "shape");
    }
    input points = input_new(cx->arena, skeleton);
    if (skeleton.size && (!read_points(&points, MULTI_POINT, 3, &made.skeleton, &made.n_keypoints) || points.at != points.end))
        return lw_fail(cx, LW_DAMAGED, "a stored skeleton of %zu bytes is damaged", skeleton.size);
    *in_out = made;
    return LW_OK;
}
