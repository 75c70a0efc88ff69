#include "demo/outline.h"

#include <math.h>
#include <string.h>

/* Marching squares over the signed distance: linear between samples, so a curve of radius 40 px is met within 0.02 px with samples
 * 2 px apart. Where outlines cross, the corner is cut by less than the samples' distance, so there they are 1 px apart. */
static const double SIMPLIFY_PX = 0.12, SMALLEST_RING_PX = 6;

typedef struct grid {
    int left, top, step; /* px */
    int columns, rows;   /* nodes; the outermost are outside */
    float *distance;     /* of what is seen, positive inside */
} grid;

static float least(float a, float b) { return a < b ? a : b; }
static float most(float a, float b) { return a > b ? a : b; }

/* Keeps in `line` what is inside the body (sign 1) or outside (sign -1). */
static void narrow(const grid *g, int row, const lw_body *body, float sign)
{
    lw_body_bounds bounds = lw_body_bounds_of(body);
    float y = (float)(g->top + row * g->step);
    float *line = g->distance + (size_t)row * (size_t)g->columns;
    if (sign < 0 && (y < bounds.top || y > bounds.bottom))
        return;
    lw_body_row scan;
    for (int from = 0; from < g->columns; from += LW_BODY_ROW) {
        int n = g->columns - from < LW_BODY_ROW ? g->columns - from : LW_BODY_ROW;
        float x = (float)(g->left + from * g->step);
        if (sign < 0 && (x > bounds.right || x + (float)(n * g->step) < bounds.left))
            continue;
        lw_body_scan(body, x, y, g->step, n, &scan);
        for (int i = 0; i < n; i++)
            line[from + i] = least(line[from + i], sign * scan.edge[i]);
    }
}

static void fill(lw_ctx *cx, const lw_body *body, const lw_body *const *above, size_t n_above, int width, int height, grid *g)
{
    lw_body_bounds bounds = lw_body_bounds_of(body);
    g->step = n_above ? 1 : 2;
    g->left = (int)floorf(most(bounds.left, 0)) - g->step;
    g->top = (int)floorf(most(bounds.top, 0)) - g->step;
    g->columns = ((int)ceilf(least(bounds.right, (float)width)) - g->left) / g->step + 3;
    g->rows = ((int)ceilf(least(bounds.bottom, (float)height)) - g->top) / g->step + 3;
    if (g->columns < 3 || g->rows < 3) {
        g->rows = g->columns = 0;
        return;
    }
    g->distance = lw_new_array(cx->arena, float, (size_t)g->columns *(size_t)g->rows);
    for (int row = 0; row < g->rows; row++) {
        float y = (float)(g->top + row * g->step), inside_y = least(y, (float)height - y);
        float *line = g->distance + (size_t)row * (size_t)g->columns;
        for (int i = 0; i < g->columns; i++) {
            float x = (float)(g->left + i * g->step);
            line[i] = least(inside_y, least(x, (float)width - x));
        }
        narrow(g, row, body, 1);
        for (size_t k = 0; k < n_above; k++)
            narrow(g, row, above[k], -1);
        line[0] = line[g->columns - 1] = -1;
    }
    for (int i = 0; i < g->columns; i++)
        g->distance[i] = g->distance[(size_t)(g->rows - 1) * (size_t)g->columns + (size_t)i] = -1;
}

/* An edge of the grid is 2 * node for the one that goes right from it, 2 * node + 1 for the one that goes down. */
static void edge_point(const grid *g, int edge, double out[2])
{
    int node = edge / 2, column = node % g->columns, row = node / g->columns, other = edge % 2 ? node + g->columns : node + 1;
    double a = (double)g->distance[node], b = (double)g->distance[other], at = a / (a - b) * g->step;
    out[0] = g->left + column * g->step + (edge % 2 ? 0 : at);
    out[1] = g->top + row * g->step + (edge % 2 ? at : 0);
}

/* next[edge]: where the line goes from there with the inside on its right (y down), or -1. */
static int *link_edges(lw_ctx *cx, const grid *g)
{
    size_t n_edges = 2 * (size_t)g->columns * (size_t)g->rows;
    int *next = lw_new_array(cx->arena, int, n_edges);
    memset(next, -1, n_edges * sizeof *next);
    for (int row = 0; row + 1 < g->rows; row++) {
        for (int column = 0; column + 1 < g->columns; column++) {
            int node = row * g->columns + column, below = node + g->columns;
            const float *d = g->distance;
            bool corner[4] = {d[node] > 0, d[node + 1] > 0, d[below + 1] > 0, d[below] > 0}; /* clockwise from the top left */
            int side[4] = {2 * node, 2 * (node + 1) + 1, 2 * below, 2 * node + 1};           /* side[k] joins corner k and k + 1 */
            bool middle = d[node] + d[node + 1] + d[below + 1] + d[below] > 0;
            bool saddle = corner[0] == corner[2] && corner[1] == corner[3] && corner[0] != corner[1];
            for (int k = 0; k < 4; k++) {
                if (corner[k] || !corner[(k + 1) % 4])
                    continue;
                /* Side k leads in, going round clockwise; the line comes to it from a side that leads out. A saddle has two of those:
                 * the next one cuts off the inside corner, the last one the outside corner. */
                int out = saddle && middle ? 3 : 1;
                while (!saddle && (!corner[(k + out) % 4] || corner[(k + out + 1) % 4]))
                    out++;
                next[side[(k + out) % 4]] = side[k];
            }
        }
    }
    return next;
}

static double ring_area(const double *xy, size_t n)
{
    double sum = 0;
    for (size_t i = 0, j = n - 1; i < n; j = i++)
        sum += xy[2 * j] * xy[2 * i + 1] - xy[2 * i] * xy[2 * j + 1];
    return sum / 2;
}

/* Douglas and Peucker (1973) between two kept points. */
static void simplify(const double *xy, size_t from, size_t to, bool *kept)
{
    double dx = xy[2 * to] - xy[2 * from], dy = xy[2 * to + 1] - xy[2 * from + 1], length = sqrt(dx * dx + dy * dy), farthest = SIMPLIFY_PX;
    size_t split = 0;
    for (size_t i = from + 1; i < to; i++) {
        double px = xy[2 * i] - xy[2 * from], py = xy[2 * i + 1] - xy[2 * from + 1];
        double away = length > 1e-9 ? fabs(px * dy - py * dx) / length : sqrt(px * px + py * py);
        if (away > farthest) {
            farthest = away;
            split = i;
        }
    }
    if (!split)
        return;
    kept[split] = true;
    simplify(xy, from, split, kept);
    simplify(xy, split, to, kept);
}

/* Follows one line from `start`, clears it from `next`, and keeps the points that matter, rounded. */
static size_t follow(lw_ctx *cx, const grid *g, int *next, int start, double **out)
{
    size_t n = 0, n_kept = 0;
    for (int edge = start; n == 0 || edge != start; edge = next[edge])
        n++;
    double *xy = lw_new_array(cx->arena, double, 2 * (n + 1)), *kept_xy = lw_new_array(cx->arena, double, 2 * n);
    bool *kept = lw_new_array(cx->arena, bool, n + 1);
    int edge = start;
    for (size_t i = 0; i < n; i++) {
        edge_point(g, edge, xy + 2 * i);
        int after = next[edge];
        next[edge] = -1;
        edge = after;
    }
    memcpy(xy + 2 * n, xy, 2 * sizeof *xy);
    kept[0] = kept[n / 2] = true;
    simplify(xy, 0, n / 2, kept);
    simplify(xy, n / 2, n, kept);
    for (size_t i = 0; i < n; i++) {
        double x = round(xy[2 * i] * 100) / 100, y = round(xy[2 * i + 1] * 100) / 100;
        if (!kept[i] || (n_kept && kept_xy[2 * n_kept - 2] == x && kept_xy[2 * n_kept - 1] == y))
            continue;
        kept_xy[2 * n_kept] = x;
        kept_xy[2 * n_kept++ + 1] = y;
    }
    *out = kept_xy;
    return n_kept;
}

static bool ring_covers(const lw_outline_ring *ring, double x, double y)
{
    bool inside = false;
    for (size_t i = 0, j = ring->n_points - 1; i < ring->n_points; j = i++) {
        const double *a = ring->xy + 2 * i, *b = ring->xy + 2 * j;
        if ((a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0])
            inside = !inside;
    }
    return inside;
}

static void measure(lw_outline *outline)
{
    double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (size_t r = 0; r < outline->n_rings; r++)
        for (size_t i = 0; i < outline->rings[r].n_points; i++) {
            double x = outline->rings[r].xy[2 * i], y = outline->rings[r].xy[2 * i + 1];
            left = fmin(left, x), right = fmax(right, x), top = fmin(top, y), bottom = fmax(bottom, y);
        }
    if (outline->n_rings) {
        outline->box[0] = left, outline->box[1] = top;
        outline->box[2] = round((right - left) * 100) / 100, outline->box[3] = round((bottom - top) * 100) / 100;
    }
}

lw_status lw_outline_trace(lw_ctx *cx, const lw_body *body, const lw_body *const *above, size_t n_above, int width, int height, lw_outline *out)
{
    if (width < 1 || height < 1)
        return lw_fail(cx, LW_INVALID, "an image of %d x %d px has no room for an outline", width, height);
    grid g = {0};
    fill(cx, body, above, n_above, width, height, &g);
    lw_outline made = {0};
    if (g.rows == 0) {
        *out = made;
        return LW_OK;
    }
    int *next = link_edges(cx, &g);
    int n_edges = 2 * g.columns * g.rows;
    enum { MOST_RINGS = 64 };
    lw_outline_ring *rings = lw_new_array(cx->arena, lw_outline_ring, MOST_RINGS);
    for (int edge = 0; edge < n_edges && made.n_rings < MOST_RINGS; edge++) {
        if (next[edge] < 0)
            continue;
        double *xy;
        size_t n = follow(cx, &g, next, edge, &xy);
        double area = n >= 3 ? ring_area(xy, n) : 0;
        if (fabs(area) < SMALLEST_RING_PX)
            continue;
        rings[made.n_rings] = (lw_outline_ring){.xy = xy, .n_points = n, .is_hole = area < 0, .part = made.n_rings};
        made.n_rings++;
        made.area_px += area;
    }
    for (size_t h = 0; h < made.n_rings; h++)
        for (size_t k = 0; rings[h].is_hole && k < made.n_rings; k++)
            if (!rings[k].is_hole && ring_covers(&rings[k], rings[h].xy[0], rings[h].xy[1]))
                rings[h].part = k;
    made.rings = rings;
    measure(&made);
    *out = made;
    return LW_OK;
}
