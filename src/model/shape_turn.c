/* Shapes turned as EXIF's orientation turns their image. */
#include <math.h>

#include "model/rle.h"
#include "model/shape.h"

typedef struct turn {
    int orientation;
    double w, h; /* of the image before */
} turn;

static void turn_point(const turn *t, double x, double y, double *out)
{
    bool swaps = t->orientation >= 5, from_right = t->orientation == 2 || t->orientation == 3 || t->orientation == 7 || t->orientation == 8;
    bool from_bottom = t->orientation == 3 || t->orientation == 4 || t->orientation == 6 || t->orientation == 7;
    double a = from_right ? t->w - x : x, b = from_bottom ? t->h - y : y;
    out[0] = swaps ? b : a;
    out[1] = swaps ? a : b;
}

static const double *turn_points(lw_ctx *cx, const turn *t, const double *xy, size_t n)
{
    double *turned = lw_new_array(cx->arena, double, n * 2);
    for (size_t i = 0; i < n; i++)
        turn_point(t, xy[i * 2], xy[i * 2 + 1], turned + i * 2);
    return turned;
}

static lw_status turn_mask(lw_ctx *cx, const turn *t, const lw_shape *shape, lw_shape *out)
{
    uint32_t w = shape->mask_w, h = shape->mask_h;
    bool swaps = t->orientation >= 5;
    out->mask_w = swaps ? h : w;
    out->mask_h = swaps ? w : h;
    lw_rle rle;
    LW_TRY(lw_rle_parse(cx, h, w, shape->counts, &rle));
    uint8_t *before = lw_new_array(cx->arena, uint8_t, (size_t)w * h), *after = lw_new_array(cx->arena, uint8_t, (size_t)w * h);
    lw_rle_to_pixels(&rle, before); /* column by column */
    for (uint32_t x = 0; x < w; x++)
        for (uint32_t y = 0; y < h; y++) {
            double to[2];
            turn_point(&(turn){t->orientation, w, h}, x + 0.5, y + 0.5, to);
            after[(size_t)to[0] * out->mask_h + (size_t)to[1]] = before[(size_t)x * h + y];
        }
    lw_rle turned = lw_rle_from_pixels(cx->arena, out->mask_h, out->mask_w, after);
    LW_AUTO(lw_buf) counts = {0};
    lw_rle_write(&counts, &turned);
    out->counts = lw_text_copy(cx->arena, lw_buf_text(&counts));
    return LW_OK;
}

lw_status lw_shape_turn(lw_ctx *cx, const lw_shape *shape, int orientation, double w, double h, lw_shape *out)
{
    turn t = {orientation, w, h};
    lw_shape turned = *shape;
    bool mirrors = orientation == 2 || orientation == 4 || orientation == 5 || orientation == 7;
    if (shape->kind == LW_BOX) {
        double a[2], b[2];
        if (shape->angle != 0) { /* its centre moves, its sides stay: only the angle tells them apart */
            static const double quarter[] = {0, 0, 0, 180, 180, 90, 90, -90, -90};
            turn_point(&t, shape->x + shape->w / 2, shape->y + shape->h / 2, a);
            turned.x = a[0] - shape->w / 2, turned.y = a[1] - shape->h / 2;
            turned.angle = (mirrors ? -shape->angle : shape->angle) + quarter[orientation];
        } else {
            turn_point(&t, shape->x, shape->y, a);
            turn_point(&t, shape->x + shape->w, shape->y + shape->h, b);
            turned.x = fmin(a[0], b[0]), turned.y = fmin(a[1], b[1]);
            turned.w = fabs(a[0] - b[0]), turned.h = fabs(a[1] - b[1]);
        }
    }
    if (shape->kind == LW_ELLIPSE) {
        double centre[2];
        turn_point(&t, shape->cx, shape->cy, centre);
        turned.cx = centre[0], turned.cy = centre[1];
        if (shape->angle == 0 && orientation >= 5)
            turned.rx = shape->ry, turned.ry = shape->rx;
        else
            turned.angle = (mirrors ? -shape->angle : shape->angle) + (shape->angle != 0 && orientation >= 5 ? 90 : 0);
    }
    if (shape->n_points)
        turned.xy = turn_points(cx, &t, shape->xy, shape->n_points);
    if (shape->kind == LW_MASK)
        LW_TRY(turn_mask(cx, &t, shape, &turned));
    if (shape->n_keypoints) {
        double *xyv = lw_new_array(cx->arena, double, shape->n_keypoints * 3);
        for (size_t i = 0; i < shape->n_keypoints; i++) {
            const double *from = shape->skeleton + i * 3;
            bool is_absent = from[0] == 0 && from[1] == 0 && from[2] == 0; /* stands for no point, and stays that */
            if (!is_absent)
                turn_point(&t, from[0], from[1], xyv + i * 3);
            xyv[i * 3 + 2] = from[2];
        }
        turned.skeleton = xyv;
    }
    lw_shape_measure(&turned);
    *out = turned;
    return LW_OK;
}
