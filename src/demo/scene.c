#include "demo/scene.h"

#include "base/clock.h"
#include "base/text.h"
#include "demo/random.h"

const char *const lw_fruit_names[LW_N_FRUITS] = {"tomato", "orange", "apple", "lemon", "pear", "peach", "plum", "kiwi"};
const char *const lw_ripeness_names[LW_N_RIPENESS] = {"unripe", "ripe", "overripe"};
const char *const lw_damage_names[LW_N_DAMAGES] = {NULL, "bruise", "rot"};
const char *const lw_brightness_names[LW_N_BRIGHTNESS] = {"bright", "indoor", "dim", "dark"};
const char *const lw_belt_names[LW_N_BELTS] = {"green", "blue", "white", "black"};

/* Sizes at a scale of 1: half width in px; length by width; lumps of 2, 3 and 5 waves. */
static const struct {
    lw_profile profile;
    float least_px, most_px, length, lumps[3];
    float weight; /* how often it is met */
} shapes[LW_N_FRUITS] = {
    [LW_TOMATO] = {LW_PROFILE_ROUND, 40, 54, 0.84f, {0.015f, 0.012f, 0.008f}, 1.6f},
    [LW_ORANGE] = {LW_PROFILE_ROUND, 45, 58, 0.96f, {0.012f, 0.006f, 0.002f}, 1.5f},
    [LW_APPLE] = {LW_PROFILE_ROUND, 44, 57, 0.90f, {0.018f, 0.012f, 0.008f}, 1.2f},
    [LW_LEMON] = {LW_PROFILE_LEMON, 33, 40, 1.48f, {0.012f, 0.008f, 0.003f}, 0.9f},
    [LW_PEAR] = {LW_PROFILE_PEAR, 40, 49, 1.38f, {0.012f, 0.010f, 0.004f}, 0.8f},
    [LW_PEACH] = {LW_PROFILE_ROUND, 43, 54, 0.95f, {0.018f, 0.006f, 0.003f}, 0.8f},
    [LW_PLUM] = {LW_PROFILE_ROUND, 27, 35, 1.22f, {0.012f, 0.006f, 0.002f}, 0.7f},
    [LW_KIWI] = {LW_PROFILE_ROUND, 30, 36, 1.34f, {0.018f, 0.010f, 0.004f}, 0.5f},
};

static const struct {
    const char *name;
    int width, height;
    float scale;
    bool upright;
} cameras[] = {{"line-1", 1024, 640, 1, false}, {"line-2", 960, 720, 1.22f, false}, {"line-3", 720, 960, 0.92f, true}};

/* By brightness: range of lux, first and last hour, colour of the light, how much of it the white balance takes out. */
static const struct {
    float least_lux, most_lux;
    int first_hour, last_hour;
    float chance, color[3], balance, softness, ambient, collapse, saturation;
} lights[LW_N_BRIGHTNESS] = {
    [LW_BRIGHT] = {5000, 20000, 10, 14, 0.36f, {1.0f, 0.97f, 0.90f}, 0.95f, 0.14f, 0.34f, 0, 1.06f},
    [LW_INDOOR] = {220, 900, 7, 17, 0.30f, {1.0f, 0.93f, 0.78f}, 0.80f, 0.60f, 0.62f, 0.02f, 1.0f},
    [LW_DIM] = {18, 80, 17, 20, 0.21f, {1.0f, 0.72f, 0.40f}, 0.62f, 0.45f, 0.34f, 0.40f, 0.95f},
    [LW_DARK] = {4, 13, 20, 23, 0.13f, {1.0f, 0.66f, 0.27f}, 0.50f, 0.40f, 0.30f, 0.72f, 0.9f},
};

static void make_time(const lw_scene *scene, lw_random *random, char out[24])
{
    const int64_t start_s = 1777852800; /* 2026-05-04, a Monday */
    int first = lights[scene->brightness].first_hour, last = lights[scene->brightness].last_hour;
    int64_t day = (int64_t)(scene->index / 24 % 3650), second = first * 3600 + lw_random_below(random, (last - first) * 3600);
    char whole[LW_TIME_SIZE];
    lw_time_print((start_s + day * 86400 + second) * 1000000, whole);
    const size_t n = sizeof "2026-05-04T12:00:00" - 1; /* without the fraction */
    memcpy(out, whole, n);
    memcpy(out + n, "Z", 2);
}

static void make_light(lw_scene *scene, lw_random *random)
{
    lw_scene_light *light = &scene->light;
    lw_scene_camera *camera = &scene->camera;
    float pick = lw_random_unit(random);
    while (scene->brightness + 1 < LW_N_BRIGHTNESS && (pick -= lights[scene->brightness].chance) >= 0)
        scene->brightness++;
    lw_brightness level = scene->brightness;
    double octaves = 0; /* log2 of the range, found by halving: libm's logarithm may differ in the last bit */
    for (double ratio = (double)(lights[level].most_lux / lights[level].least_lux); ratio > 1; ratio /= 1.0905077326652577)
        octaves += 0.125;
    double lux = (double)lights[level].least_lux * lw_power_of_two(octaves * (double)lw_random_unit(random));
    lux = lux > (double)lights[level].most_lux ? (double)lights[level].most_lux : lux;
    scene->lux = lux < 100 ? floor(lux * 10 + 0.5) / 10 : floor(lux + 0.5);

    float turn = lw_random_unit(random),
          lean = level == LW_INDOOR ? lw_random_between(random, 0.06f, 0.12f) : lw_random_between(random, 0.09f, 0.15f);
    light->direction[0] = (float)(lw_cosine(turn) * lw_sine(lean));
    light->direction[1] = (float)(lw_sine(turn) * lw_sine(lean));
    light->direction[2] = (float)lw_cosine(lean);
    light->softness = lights[level].softness * lw_random_between(random, 0.8f, 1.25f);
    light->collapse = lights[level].collapse * lw_random_between(random, 0.7f, 1.2f);
    float ambient = lights[level].ambient * lw_random_between(random, 0.85f, 1.15f),
          drift = lw_random_between(random, -1, 1) * (0.03f + 0.035f * (float)level);
    for (int c = 0; c < 3; c++) {
        float color = lights[level].color[c], balance = lw_mix(1, 0.9f / color, lights[level].balance);
        light->cast[c] = color * balance * (1 + drift * (float)(1 - c));
        /* Shade outdoors is bluer than the sun. */
        light->direct[c] = light->cast[c] * (1 - ambient) * 1.25f;
        light->ambient[c] = light->cast[c] * ambient * (level == LW_BRIGHT ? 0.92f + 0.09f * (float)c : 1);
    }
    if (level >= LW_DIM) {
        light->pool_x = (float)scene->width * lw_random_between(random, 0.2f, 0.8f);
        light->pool_y = (float)scene->height * lw_random_between(random, 0.2f, 0.8f);
        light->pool = (float)scene->width * lw_random_between(random, 0.42f, 0.7f);
    }

    /* What an automatic camera does: a longer shutter, then gain, then it fails. */
    float wanted = 900 / (float)scene->lux, shutter = lw_clamp(wanted, 0.12f, 1.5f), gain = lw_clamp(wanted / shutter, 1, 24);
    float belt = scene->belt == LW_BELT_WHITE ? 0.72f : scene->belt == LW_BELT_BLACK ? 1.12f : 1;
    camera->exposure = lw_clamp(gain * shutter / wanted, 0.36f, 1) * belt * lw_random_between(random, 0.88f, 1.12f);
    camera->read_noise = 0.00042f * gain + 0.0012f;
    camera->shot_noise = 0.000018f * gain + 0.00005f;
    camera->motion_px = 1 + 3.2f * shutter * lw_random_between(random, 0.5f, 1.3f) * (float)lw_random_is(random, 0.8f);
    camera->defocus = (level >= LW_DIM) + lw_random_below(random, 2) + (lw_random_is(random, 0.1f) ? 3 : 0);
    camera->saturation = lights[level].saturation;
    camera->vignette = lw_random_between(random, 0.12f, 0.34f);
}

static lw_fruit pick_fruit(const float weights[LW_N_FRUITS], lw_random *random)
{
    float sum = 0;
    for (int i = 0; i < LW_N_FRUITS; i++)
        sum += weights[i];
    float at = lw_random_unit(random) * sum;
    int fruit = 0;
    while (fruit + 1 < LW_N_FRUITS && (at -= weights[fruit]) >= 0)
        fruit++;
    return (lw_fruit)fruit;
}

static lw_body make_body(lw_fruit fruit, float scale, lw_random *random)
{
    float radius = scale * lw_random_between(random, shapes[fruit].least_px, shapes[fruit].most_px);
    float length = shapes[fruit].length * lw_random_between(random, 0.95f, 1.05f), turn = lw_random_unit(random);
    bool lies = shapes[fruit].profile != LW_PROFILE_ROUND || length > 1.1f;
    float tilt = lies ? lw_random_between(random, -0.02f, 0.02f) : lw_random_between(random, -0.25f, 0.25f);
    float cosine = (float)lw_cosine(tilt), sine = (float)lw_sine(tilt), l2 = length * length;
    lw_body body = {
        .profile = shapes[fruit].profile,
        .along = radius * sqrtf(l2 * cosine * cosine + sine * sine),
        .across = radius,
        .high = radius * sqrtf(l2 * sine * sine + cosine * cosine),
        .axis_x = (float)lw_cosine(turn),
        .axis_y = (float)lw_sine(turn),
        .pole_along = cosine,
        .pole_up = sine,
    };
    for (int i = 0; i < 6; i++)
        body.lumps[i] = shapes[fruit].lumps[i / 2] * lw_clamp(lw_random_bell(random), -2, 2);
    return body;
}

/* Lets the body down at its place, on the belt or on what is there, as balls of like size; false where it would roll off. */
static bool let_down(const lw_scene *scene, lw_body *body)
{
    float own = sqrtf(body->along * body->across), nearest = 1;
    int n_touching = 0;
    body->z = body->high;
    for (int again = 0; again < 2; again++) /* the second round counts what it rests on */
        for (size_t i = 0; i < scene->n_objects; i++) {
            const lw_body *below = &scene->objects[i].body;
            float dx = body->x - below->x, dy = body->y - below->y, dz = body->z - below->z, d2 = dx * dx + dy * dy;
            float reach = 0.97f * (own + sqrtf(below->along * below->across));
            if (!again && d2 + dz * dz < reach * reach)
                body->z = below->z + sqrtf(reach * reach - d2);
            if (again && below->z < body->z && d2 + dz * dz < reach * reach * 1.2f) {
                n_touching++;
                nearest = lw_clamp(sqrtf(d2) / reach, 0, nearest);
            }
        }
    return body->z == body->high || nearest < 0.4f || (nearest < 0.75f && n_touching > 1);
}

/* Clears what `over` hides of a row of samples. */
static void hide(const lw_body *over, float x, float y, float step, int n, bool *seen)
{
    lw_body_row row;
    lw_body_scan(over, x, y, step, n, &row);
    for (int i = 0; i < n; i++)
        seen[i] = seen[i] && row.lift[i] <= 0;
}

/* Whether a quarter of the body, judged by samples, can be seen past the candidate and all others. */
static bool is_in_sight(const lw_scene *scene, const lw_body *body, const lw_body *candidate)
{
    enum { SAMPLES = 12 };
    lw_body_bounds bounds = lw_body_bounds_of(body);
    const lw_body *over[LW_SCENE_OBJECTS + 1];
    size_t n_over = 0;
    for (size_t j = 0; j <= scene->n_objects; j++) {
        const lw_body *other = j < scene->n_objects ? &scene->objects[j].body : candidate;
        if (other != body && (other->z > body->z || other == candidate) && lw_body_bounds_meet(bounds, lw_body_bounds_of(other)))
            over[n_over++] = other;
    }
    float step = (bounds.right - bounds.left) / SAMPLES, x = bounds.left + step / 2;
    int all = 0, n_seen = 0;
    for (int k = 0; k < SAMPLES; k++) {
        float y = lw_mix(bounds.top, bounds.bottom, ((float)k + 0.5f) / SAMPLES);
        bool seen[SAMPLES];
        lw_body_row row;
        lw_body_scan(body, x, y, step, SAMPLES, &row);
        for (int i = 0; i < SAMPLES; i++) {
            float at = x + step * (float)i;
            all += row.lift[i] > 0;
            seen[i] = row.lift[i] > 0 && at > 0 && y > 0 && at < (float)scene->width && y < (float)scene->height;
        }
        for (size_t j = 0; j < n_over; j++)
            hide(over[j], x, y, step, SAMPLES, seen);
        for (int i = 0; i < SAMPLES; i++)
            n_seen += seen[i];
    }
    return n_seen * 4 >= all;
}

/* None may be nearly gone from sight once the candidate lies there. */
static bool leaves_all_in_sight(const lw_scene *scene, const lw_body *candidate)
{
    lw_body_bounds reach = lw_body_bounds_of(candidate);
    for (size_t i = 0; i < scene->n_objects; i++)
        if (lw_body_bounds_meet(reach, lw_body_bounds_of(&scene->objects[i].body)) && !is_in_sight(scene, &scene->objects[i].body, candidate))
            return false;
    return is_in_sight(scene, candidate, candidate);
}

static void dress(lw_scene_object *object, lw_random *random)
{
    float pick = lw_random_unit(random);
    object->ripeness = pick < 0.24f ? LW_UNRIPE : pick < 0.84f ? LW_RIPE : LW_OVERRIPE;
    object->maturity = lw_random_unit(random);
    bool damaged = lw_random_is(random, object->ripeness == LW_OVERRIPE ? 0.35f : 0.13f);
    object->damage = !damaged ? LW_UNDAMAGED : lw_random_is(random, 0.55f) ? LW_BRUISE : LW_ROT;
    object->look = lw_random_next(random);
}

static void place_objects(lw_scene *scene, float scale, lw_random *random)
{
    int mode = lw_random_below(random, 10), wanted; /* sparse, busy, piled */
    wanted = mode < 4 ? 5 + lw_random_below(random, 7) : mode < 7 ? 13 + lw_random_below(random, 9) : 22 + lw_random_below(random, 17);
    float weights[LW_N_FRUITS];
    bool mixed = lw_random_is(random, 0.55f);
    for (int i = 0; i < LW_N_FRUITS; i++)
        weights[i] = shapes[i].weight * (mixed || lw_random_is(random, 0.34f) ? 1 : 0.06f);
    float along_px = (float)(scene->camera.upright ? scene->height : scene->width),
          across_px = (float)(scene->camera.upright ? scene->width : scene->height);
    float heap_u = along_px * lw_random_between(random, 0.3f, 0.7f), heap_v = across_px * lw_random_between(random, 0.4f, 0.6f);
    for (int attempt = 0; attempt < wanted * 16 && (int)scene->n_objects < wanted; attempt++) {
        lw_scene_object object = {.fruit = pick_fruit(weights, random)};
        object.body = make_body(object.fruit, scale, random);
        lw_body_bounds at_origin = lw_body_bounds_of(&object.body); /* the rails cover nothing of it */
        float margin = scene->rail_px + (scene->camera.upright ? at_origin.right : at_origin.bottom), u, v;
        u = mode < 7 ? lw_random_between(random, -20, along_px + 20) : heap_u + along_px * 0.2f * lw_random_bell(random);
        v = mode < 7 ? lw_random_between(random, margin, across_px - margin) : heap_v + across_px * 0.16f * lw_random_bell(random);
        v = lw_clamp(v, margin, across_px - margin);
        object.body.x = scene->camera.upright ? v : u;
        object.body.y = scene->camera.upright ? u : v;
        float most_z = object.body.high * (mode < 4 ? 1.01f : mode < 7 ? 2.2f : 3.4f);
        if (!let_down(scene, &object.body) || object.body.z > most_z || !leaves_all_in_sight(scene, &object.body))
            continue;
        dress(&object, random);
        size_t at = scene->n_objects++;
        for (; at > 0 && scene->objects[at - 1].body.z > object.body.z; at--)
            scene->objects[at] = scene->objects[at - 1];
        scene->objects[at] = object;
    }
}

/* Whether rectangles and circles around them meet. */
static bool may_hide(const lw_body *above, const lw_body *below)
{
    float dx = above->x - below->x, dy = above->y - below->y, reach = 2;
    reach += 1.12f * (above->along > above->across ? above->along : above->across);
    reach += 1.12f * (below->along > below->across ? below->along : below->across);
    return dx * dx + dy * dy < reach * reach && lw_body_bounds_meet(lw_body_bounds_of(above), lw_body_bounds_of(below));
}

/* Outlines of all; an object of which nothing can be labelled leaves the scene. */
static lw_status trace_objects(lw_ctx *cx, lw_scene *scene)
{
    const double least_px = 120;
    for (size_t i = scene->n_objects; i-- > 0;) {
        lw_scene_object *object = &scene->objects[i];
        lw_body_bounds bounds = lw_body_bounds_of(&object->body);
        const lw_body *above[LW_SCENE_OBJECTS];
        size_t n_above = 0;
        for (size_t k = i + 1; k < scene->n_objects; k++)
            if (may_hide(&scene->objects[k].body, &object->body))
                above[n_above++] = &scene->objects[k].body;
        LW_TRY(lw_outline_trace(cx, &object->body, above, n_above, scene->width, scene->height, &object->visible));
        object->whole = object->visible;
        if (n_above)
            LW_TRY(lw_outline_trace(cx, &object->body, NULL, 0, scene->width, scene->height, &object->whole));
        if (object->visible.area_px < least_px) {
            memmove(object, object + 1, (scene->n_objects - i - 1) * sizeof *object);
            scene->n_objects--;
            continue;
        }
        lw_body centred = object->body;
        centred.x = (float)scene->width / 2, centred.y = (float)scene->height / 2;
        lw_outline uncut = object->whole;
        object->truncated = bounds.left < 0 || bounds.top < 0 || bounds.right > (float)scene->width || bounds.bottom > (float)scene->height;
        if (object->truncated)
            LW_TRY(lw_outline_trace(cx, &centred, NULL, 0, scene->width, scene->height, &uncut));
        object->visible_part = lw_clamp((float)(object->visible.area_px / uncut.area_px), 0, 1);
        object->occluded = object->visible.area_px < 0.95 * object->whole.area_px;
    }
    return LW_OK;
}

lw_status lw_scene_make(lw_ctx *cx, uint64_t seed, uint64_t index, lw_scene *out)
{
    lw_random random = lw_random_for(seed, index, 1);
    int view = lw_random_below(&random, 8);
    view = view < 4 ? 0 : view < 6 ? 1 : 2;
    lw_scene scene = {
        .seed = seed,
        .index = index,
        .width = cameras[view].width,
        .height = cameras[view].height,
        .camera_name = cameras[view].name,
        .belt = (lw_belt)((view + (int)(lw_random_for(seed, index / 24, 2).state >> 60)) % LW_N_BELTS), /* changes with the batch */
        .camera.upright = cameras[view].upright,
        .belt_wear = lw_random_between(&random, 0.3f, 1),
        .belt_offset = lw_random_between(&random, 0, 4000),
        .seam = lw_random_is(&random, 0.3f) ? lw_random_between(&random, 60, 900) : -1,
        .rail_px = 30 + 10 * cameras[view].scale,
        .objects = lw_new_array(cx->arena, lw_scene_object, LW_SCENE_OBJECTS),
    };
    make_light(&scene, &random);
    make_time(&scene, &random, scene.time);
    lw_random placing = lw_random_for(seed, index, 3);
    place_objects(&scene, cameras[view].scale, &placing);
    LW_TRY(trace_objects(cx, &scene));
    *out = scene;
    return LW_OK;
}
