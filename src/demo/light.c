#include "demo/light.h"

#include "demo/random.h"

static const float REACH = 2.4f; /* half sizes of a body, from its centre, within which it dims what comes from everywhere */

static lw_shade_caster caster_of(const lw_body *body, const float l[3])
{
    lw_shade_caster c = {body->x, body->y, body->z, body->axis_x, body->axis_y, 1 / body->along, 1 / body->across, 1 / body->high};
    c.lamp[0] = (l[0] * body->axis_x + l[1] * body->axis_y) * c.per_along;
    c.lamp[1] = (l[1] * body->axis_x - l[0] * body->axis_y) * c.per_across;
    c.lamp[2] = l[2] * c.per_high;
    c.lamp2 = c.lamp[0] * c.lamp[0] + c.lamp[1] * c.lamp[1] + c.lamp[2] * c.lamp[2];
    c.lamp_length = sqrtf(c.lamp2);
    return c;
}

void lw_shade_gather(const lw_scene *scene, lw_body_bounds area, const lw_body *self, lw_shade_casters *out)
{
    out->n = 0;
    float lean_x = scene->light.direction[0] / scene->light.direction[2], lean_y = scene->light.direction[1] / scene->light.direction[2];
    for (size_t i = 0; i < scene->n_objects; i++) {
        const lw_body *body = &scene->objects[i].body;
        if (body == self)
            continue;
        /* Its bounds, widened to where it stops darkening its surroundings, and those of its shadow on the belt. */
        lw_body_bounds b = lw_body_bounds_of(body);
        float height = body->z + body->high, grow_x = (b.right - b.left) * (REACH - 1) / 2, grow_y = (b.bottom - b.top) * (REACH - 1) / 2;
        b.left -= grow_x + lw_clamp(lean_x * height, 0, 1e4f), b.right += grow_x - lw_clamp(lean_x * height, -1e4f, 0);
        b.top -= grow_y + lw_clamp(lean_y * height, 0, 1e4f), b.bottom += grow_y - lw_clamp(lean_y * height, -1e4f, 0);
        if (lw_body_bounds_meet(area, b))
            out->casters[out->n++] = caster_of(body, scene->light.direction);
    }
}

lw_shade lw_shade_at(const lw_scene_light *light, const lw_shade_casters *casters, const float point[3], const float normal[3])
{
    lw_shade shade = {1, 1};
    for (size_t i = 0; i < casters->n; i++) {
        const lw_shade_caster *c = &casters->casters[i];
        float dx = c->x - point[0], dy = c->y - point[1], dz = c->z - point[2];
        float qa = (dx * c->axis_x + dy * c->axis_y) * c->per_along, qc = (dy * c->axis_x - dx * c->axis_y) * c->per_across, qh = dz * c->per_high;
        float away2 = qa * qa + qc * qc + qh * qh, ahead = qa * c->lamp[0] + qc * c->lamp[1] + qh * c->lamp[2];
        float miss2 = away2 - ahead * ahead / c->lamp2;
        if (ahead > 0 && miss2 < 4) {
            /* The penumbra widens with the way the shadow has come. */
            float blur = 0.55f * light->softness * lw_clamp(ahead / c->lamp_length - 0.3f, 0.08f, 1.6f);
            float from = lw_clamp(1 - blur, 0.2f, 1), to = 1 + blur;
            shade.direct *= lw_smooth(from * from, to * to, miss2);
        }
        if (away2 < REACH * REACH) {
            float facing = (dx * normal[0] + dy * normal[1] + dz * normal[2]) / sqrtf(dx * dx + dy * dy + dz * dz + 1e-6f);
            float solid = 1 / (away2 < 1 ? 1 : away2) - 1 / (REACH * REACH);
            shade.ambient *= 1 - lw_clamp((facing + 0.25f) * solid * 0.88f, 0, 0.92f);
        }
    }
    return shade;
}

void lw_light_pool(const lw_scene_light *light, float x, float y, int n, float *out)
{
    float per = light->pool > 0 ? 1 / light->pool : 0, dy = (y - light->pool_y) * per;
    for (int i = 0; i < n; i++) {
        float dx = (x + (float)i - light->pool_x) * per, d2 = dx * dx + dy * dy;
        out[i] = 0.22f + 1.05f / ((1 + d2) * (1 + 0.5f * d2)); /* walls give some back */
    }
    if (light->pool <= 0)
        for (int i = 0; i < n; i++)
            out[i] = 1;
}
