#include "demo/body.h"

#include "demo/random.h"

/* r² and half its derivative at t, where the body is 2 long and about 2 wide. */
static void profile_round(int n, lw_body_row *row)
{
    for (int i = 0; i < n; i++) {
        float t = row->t[i];
        row->slope[i] = -t;
        row->lift[i] = 1 - t * t;
    }
}

/* The neck is at t > 0: the radius of a ball, narrowed by a smooth step. */
static void profile_pear(int n, lw_body_row *row)
{
    for (int i = 0; i < n; i++) {
        float t = row->t[i], ball = 1 - t * t;
        float x = lw_clamp((t + 0.25f) / 0.95f, 0, 1), girth = 1.04f - 0.5f * x * x * (3 - 2 * x), narrowing = -0.5f * 6 * x * (1 - x) / 0.95f;
        row->slope[i] = -t * girth * girth + ball * girth * narrowing;
        row->lift[i] = ball * girth * girth;
    }
}

/* An ellipsoid that ends at |t| = 0.88, joined smoothly with a thin one that ends at 1: the nipples. */
static void profile_lemon(int n, lw_body_row *row)
{
    const float end = 0.88f * 0.88f;
    for (int i = 0; i < n; i++) {
        float t = row->t[i], q = 1 - t * t / end, root = sqrtf(q * q + 0.006f);
        row->slope[i] = -0.5f * t / end * (1 + q / root) - 0.06f * t;
        row->lift[i] = 0.5f * (q + root) + 0.06f * (1 - t * t) - 0.005f;
    }
}

void lw_body_scan(const lw_body *body, float x, float y, float step, int n, lw_body_row *out)
{
    float ax = body->axis_x, ay = body->axis_y, dy = y - body->y, x0 = x - body->x;
    const float *lumps = body->lumps;
    float per_along = 1 / body->along, per_across = 1 / body->across;
    for (int i = 0; i < n; i++) {
        float dx = x0 + step * (float)i;
        float a = dx * ax + dy * ay, c = dy * ax - dx * ay;
        float per = 1 / sqrtf(a * a + c * c + 1e-6f);
        float c1 = a * per, s1 = c * per, c2 = c1 * c1 - s1 * s1, s2 = 2 * c1 * s1;
        float c3 = c1 * c2 - s1 * s2, s3 = s1 * c2 + c1 * s2, c5 = c2 * c3 - s2 * s3, s5 = s2 * c3 + c2 * s3;
        float shrink = 1 / (1 + lumps[0] * c2 + lumps[1] * s2 + lumps[2] * c3 + lumps[3] * s3 + lumps[4] * c5 + lumps[5] * s5);
        out->t[i] = a * shrink * per_along;
        out->w[i] = c * shrink * per_across;
    }
    switch (body->profile) {
    case LW_PROFILE_ROUND: profile_round(n, out); break;
    case LW_PROFILE_PEAR: profile_pear(n, out); break;
    case LW_PROFILE_LEMON: profile_lemon(n, out); break;
    }
    for (int i = 0; i < n; i++) {
        float w = out->w[i], gt = 2 * out->slope[i] * per_along, gw = 2 * w * per_across;
        out->lift[i] -= w * w;
        out->edge[i] = out->lift[i] / sqrtf(gt * gt + gw * gw + 1e-6f);
    }
}

bool lw_body_covers(const lw_body *body, float x, float y)
{
    lw_body_row row;
    lw_body_scan(body, x, y, 0, 1, &row);
    return row.lift[0] > 0;
}

lw_body_bounds lw_body_bounds_of(const lw_body *body)
{
    float lump = 1;
    for (int i = 0; i < 6; i += 2)
        lump += sqrtf(body->lumps[i] * body->lumps[i] + body->lumps[i + 1] * body->lumps[i + 1]);
    float along = body->along * lump, across = body->across * 1.08f * lump; /* a profile may bulge a little past 1 */
    float ax = body->axis_x * along, cx = body->axis_y * across, ay = body->axis_y * along, cy = body->axis_x * across;
    float half_x = sqrtf(ax * ax + cx * cx) + 2, half_y = sqrtf(ay * ay + cy * cy) + 2;
    return (lw_body_bounds){body->x - half_x, body->y - half_y, body->x + half_x, body->y + half_y};
}
