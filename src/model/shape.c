#include "model/shape.h"

#include <math.h>

#include "base/limits.h"
#include "model/rle.h"

static const char *const kind_names[LW_N_KINDS] = {
    [LW_BOX] = "box",   [LW_POLYGON] = "polygon", [LW_POLYLINE] = "polyline", [LW_POINTS] = "points", [LW_SKELETON] = "skeleton",
    [LW_MASK] = "mask", [LW_ELLIPSE] = "ellipse", [LW_CUBOID] = "cuboid",     [LW_TAG] = "tag",
};

static const struct {
    const char *code, *message;
} problems[] = {
    {"box-without-area", "the box has no area"},
    {"polygon-without-area", "the polygon has no area"},
    {"ellipse-without-area", "the ellipse has no area"},
    {"mask-without-area", "the mask has no pixels"},
    {"mask-malformed", "the mask's counts are not runs that fill its size"},
    {"too-few-points", "there are too few points: a polygon's ring has 3 at least, a polyline 2, points 1, a cuboid 8, a skeleton one labelled"},
    {"too-many-points", "there are more than 1,000,000 points"},
    {"not-finite", "a coordinate is not a finite number"},
    {"out-of-range", "a coordinate is more than 1,000,000,000 px away"},
};

static const double pi = 3.14159265358979323846;
static const double farthest_px = 1e9;

const char *lw_kind_name(lw_kind kind) { return (unsigned)kind < LW_N_KINDS ? kind_names[kind] : NULL; }

lw_kind lw_kind_from_name(lw_text name)
{
    for (int kind = LW_BOX; kind < LW_N_KINDS; kind++)
        if (lw_text_is(name, kind_names[kind]))
            return (lw_kind)kind;
    return (lw_kind)0;
}

const char *lw_shape_problem_message(const char *code)
{
    for (size_t i = 0; i < LW_COUNT(problems); i++)
        if (strcmp(problems[i].code, code) == 0)
            return problems[i].message;
    return code;
}

static double max2(double a, double b) { return a > b ? a : b; }

static const char *numbers_problem(const double *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(numbers[i]) <= farthest_px))
            return isfinite(numbers[i]) ? "out-of-range" : "not-finite";
    return NULL;
}

static const char *polygon_problem(const lw_shape *shape)
{
    if (shape->n_parts == 0)
        return "too-few-points";
    for (size_t i = 0; i < shape->n_parts; i++)
        if (shape->part_rings[i] == 0)
            return "too-few-points";
    for (size_t i = 0; i < shape->n_rings; i++)
        if (shape->ring_points[i] < 3)
            return "too-few-points";
    return lw_shape_area(shape) > 0 ? NULL : "polygon-without-area";
}

static size_t labelled_keypoints(const lw_shape *shape)
{
    size_t n = 0;
    for (size_t i = 0; i < shape->n_keypoints; i++)
        n += shape->skeleton[3 * i + 2] > 0;
    return n;
}

static const char *kind_problem(const lw_shape *shape)
{
    lw_rle_summary mask;
    switch (shape->kind) {
    case LW_BOX: return shape->w > 0 && shape->h > 0 ? NULL : "box-without-area";
    case LW_POLYGON: return polygon_problem(shape);
    case LW_POLYLINE: return shape->n_points >= 2 ? NULL : "too-few-points";
    case LW_POINTS: return shape->n_points >= 1 ? NULL : "too-few-points";
    case LW_SKELETON: return labelled_keypoints(shape) ? NULL : "too-few-points";
    case LW_MASK:
        if (!lw_rle_summarize(shape->mask_h, shape->mask_w, shape->counts, &mask))
            return "mask-malformed";
        return mask.area ? NULL : "mask-without-area";
    case LW_ELLIPSE: return shape->rx > 0 && shape->ry > 0 ? NULL : "ellipse-without-area";
    case LW_CUBOID: return shape->n_points == 8 ? NULL : "too-few-points";
    default: return NULL;
    }
}

const char *lw_shape_problem(const lw_shape *shape)
{
    if (shape->n_points > LW_LIMIT_POINTS || shape->n_keypoints > LW_LIMIT_POINTS)
        return "too-many-points";
    const double own[] = {shape->x, shape->y, shape->w, shape->h, shape->angle, shape->cx, shape->cy, shape->rx, shape->ry};
    const char *found = numbers_problem(own, LW_COUNT(own));
    if (!found)
        found = numbers_problem(shape->xy, 2 * shape->n_points);
    if (!found)
        found = numbers_problem(shape->skeleton, 3 * shape->n_keypoints);
    return found ? found : kind_problem(shape);
}

/* Quarter turns are exact, so that a box turned by 90 degrees has whole numbers for bounds. */
static void sine_cosine(double degrees, double *sine, double *cosine)
{
    double rest = fmod(degrees, 360);
    if (fmod(rest, 90) == 0) {
        static const double sines[] = {0, 1, 0, -1};
        int quarter = ((int)(rest / 90) + 4) % 4;
        *sine = sines[quarter];
        *cosine = sines[(quarter + 1) % 4];
        return;
    }
    *sine = sin(rest * pi / 180);
    *cosine = cos(rest * pi / 180);
}

static void measure_points(lw_shape *shape, const double *numbers, size_t n, size_t stride)
{
    shape->x = shape->y = shape->w = shape->h = 0;
    if (n == 0)
        return;
    double left = numbers[0], right = left, top = numbers[1], bottom = top;
    for (size_t i = 1; i < n; i++) {
        double x = numbers[i * stride], y = numbers[i * stride + 1];
        left = x < left ? x : left;
        right = x > right ? x : right;
        top = y < top ? y : top;
        bottom = y > bottom ? y : bottom;
    }
    shape->x = left, shape->y = top, shape->w = right - left, shape->h = bottom - top;
}

/* Of the keypoints that are labelled; the others stand at (0, 0). */
static void measure_skeleton(lw_shape *shape)
{
    double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (size_t i = 0; i < shape->n_keypoints; i++) {
        const double *point = shape->skeleton + 3 * i;
        if (!(point[2] > 0))
            continue;
        left = point[0] < left ? point[0] : left;
        right = max2(right, point[0]);
        top = point[1] < top ? point[1] : top;
        bottom = max2(bottom, point[1]);
    }
    bool any = left <= right;
    shape->x = any ? left : 0, shape->y = any ? top : 0, shape->w = any ? right - left : 0, shape->h = any ? bottom - top : 0;
}

static void measure_ellipse(lw_shape *shape)
{
    double sine, cosine;
    sine_cosine(shape->angle, &sine, &cosine);
    double half_w = hypot(shape->rx * cosine, shape->ry * sine), half_h = hypot(shape->rx * sine, shape->ry * cosine);
    shape->x = shape->cx - half_w, shape->y = shape->cy - half_h, shape->w = 2 * half_w, shape->h = 2 * half_h;
}

static void measure_mask(lw_shape *shape)
{
    lw_rle_summary mask = {0};
    (void)lw_rle_summarize(shape->mask_h, shape->mask_w, shape->counts, &mask); /* malformed: all 0 */
    shape->x = mask.x, shape->y = mask.y, shape->w = mask.w, shape->h = mask.h;
}

void lw_shape_measure(lw_shape *shape)
{
    switch (shape->kind) {
    case LW_POLYGON:
    case LW_POLYLINE:
    case LW_POINTS:
    case LW_CUBOID: measure_points(shape, shape->xy, shape->n_points, 2); break;
    case LW_SKELETON: measure_skeleton(shape); break;
    case LW_MASK: measure_mask(shape); break;
    case LW_ELLIPSE: measure_ellipse(shape); break;
    case LW_TAG: shape->x = shape->y = shape->w = shape->h = 0; break;
    default: break; /* a box is its own measure */
    }
}

void lw_shape_bounds(const lw_shape *shape, double *x, double *y, double *w, double *h)
{
    *x = shape->x, *y = shape->y, *w = shape->w, *h = shape->h;
    if (shape->kind != LW_BOX || shape->angle == 0)
        return;
    double sine, cosine;
    sine_cosine(shape->angle, &sine, &cosine);
    *w = fabs(shape->w * cosine) + fabs(shape->h * sine);
    *h = fabs(shape->w * sine) + fabs(shape->h * cosine);
    *x = shape->x + (shape->w - *w) / 2;
    *y = shape->y + (shape->h - *h) / 2;
}

/* The shoelace formula from the first point, which keeps the products small. */
static double ring_area(const double *xy, size_t n)
{
    double sum = 0;
    for (size_t i = 1; i + 1 < n; i++) {
        const double *a = xy + 2 * i, *b = a + 2;
        sum += (a[0] - xy[0]) * (b[1] - xy[1]) - (b[0] - xy[0]) * (a[1] - xy[1]);
    }
    return fabs(sum) / 2;
}

static double polygon_area(const lw_shape *shape)
{
    double area = 0;
    const double *xy = shape->xy;
    for (size_t part = 0, ring = 0; part < shape->n_parts; part++)
        for (size_t i = 0; i < shape->part_rings[part]; i++, ring++) {
            double one = ring_area(xy, shape->ring_points[ring]);
            area += i == 0 ? one : -one;
            xy += 2 * (size_t)shape->ring_points[ring];
        }
    return area;
}

double lw_shape_area(const lw_shape *shape)
{
    lw_rle_summary mask = {0};
    switch (shape->kind) {
    case LW_BOX: return shape->w * shape->h;
    case LW_POLYGON: return polygon_area(shape);
    case LW_ELLIPSE: return pi * shape->rx * shape->ry;
    case LW_MASK: return lw_rle_summarize(shape->mask_h, shape->mask_w, shape->counts, &mask) ? (double)mask.area : 0;
    default: return 0;
    }
}

size_t lw_shape_points(const lw_shape *shape) { return shape->n_points + labelled_keypoints(shape); }

static bool numbers_equal(const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

static bool sizes_equal(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
    return n_a == n_b && (n_a == 0 || memcmp(a, b, n_a * sizeof *a) == 0);
}

bool lw_shape_equal(const lw_shape *a, const lw_shape *b)
{
    if (a->kind != b->kind || a->n_keypoints != b->n_keypoints || !numbers_equal(a->skeleton, b->skeleton, 3 * a->n_keypoints))
        return false;
    switch (a->kind) {
    case LW_BOX: return a->x == b->x && a->y == b->y && a->w == b->w && a->h == b->h && a->angle == b->angle;
    case LW_ELLIPSE: return a->cx == b->cx && a->cy == b->cy && a->rx == b->rx && a->ry == b->ry && a->angle == b->angle;
    case LW_MASK: return a->mask_w == b->mask_w && a->mask_h == b->mask_h && lw_text_equal(a->counts, b->counts);
    case LW_POLYGON:
        if (!sizes_equal(a->ring_points, a->n_rings, b->ring_points, b->n_rings) ||
            !sizes_equal(a->part_rings, a->n_parts, b->part_rings, b->n_parts))
            return false;
        break;
    default: break;
    }
    return a->n_points == b->n_points && numbers_equal(a->xy, b->xy, 2 * a->n_points);
}

static const double *numbers_scaled(lw_arena *arena, const double *numbers, size_t n, size_t stride, const double by[4])
{
    double *made = lw_new_array(arena, double, n *stride);
    for (size_t i = 0; i < n * stride; i++)
        made[i] = i % stride == 0 ? numbers[i] * by[0] + by[2] : i % stride == 1 ? numbers[i] * by[1] + by[3] : numbers[i];
    return made;
}

/* Keypoints that are not labelled stay at (0, 0). */
static const double *skeleton_scaled(lw_arena *arena, const lw_shape *shape, const double by[4])
{
    double *made = (double *)numbers_scaled(arena, shape->skeleton, shape->n_keypoints, 3, by);
    for (size_t i = 0; i < shape->n_keypoints; i++) {
        const double *point = shape->skeleton + 3 * i;
        if (point[0] == 0 && point[1] == 0 && point[2] == 0)
            made[3 * i] = made[3 * i + 1] = 0;
    }
    return made;
}

/* Turned ones: each axis is stretched by itself and the angle follows the first; exact where both scales are one. */
static void scale_axes(double *angle, double *along, double *across, double sx, double sy)
{
    double sine, cosine;
    sine_cosine(*angle, &sine, &cosine);
    if (fabs(sx) == fabs(sy)) {
        *along *= fabs(sx), *across *= fabs(sx);
        *angle = (sx < 0) == (sy < 0) ? *angle : -*angle;
        return;
    }
    *along *= hypot(sx * cosine, sy * sine);
    *across *= hypot(sx * sine, sy * cosine);
    if (*angle != 0)
        *angle = atan2(sy * sine, sx * cosine) * 180 / pi;
}

static void scale_box(lw_shape *box, double sx, double sy, double dx, double dy)
{
    if (box->angle == 0) {
        box->x = (sx < 0 ? box->x + box->w : box->x) * sx + dx, box->w *= fabs(sx);
        box->y = (sy < 0 ? box->y + box->h : box->y) * sy + dy, box->h *= fabs(sy);
        return;
    }
    double center_x = (box->x + box->w / 2) * sx + dx, center_y = (box->y + box->h / 2) * sy + dy;
    scale_axes(&box->angle, &box->w, &box->h, sx, sy);
    box->x = center_x - box->w / 2;
    box->y = center_y - box->h / 2;
}

lw_shape lw_shape_scaled(lw_arena *arena, const lw_shape *shape, double sx, double sy, double dx, double dy)
{
    const double by[4] = {sx, sy, dx, dy};
    lw_shape made = *shape;
    if (shape->n_points)
        made.xy = numbers_scaled(arena, shape->xy, shape->n_points, 2, by);
    if (shape->n_keypoints)
        made.skeleton = skeleton_scaled(arena, shape, by);
    if (shape->kind == LW_BOX)
        scale_box(&made, sx, sy, dx, dy);
    if (shape->kind == LW_ELLIPSE) {
        made.cx = shape->cx * sx + dx, made.cy = shape->cy * sy + dy;
        scale_axes(&made.angle, &made.rx, &made.ry, sx, sy);
    }
    lw_shape_measure(&made);
    return made;
}
