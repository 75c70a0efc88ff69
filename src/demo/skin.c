#include "demo/skin.h"

#include "demo/random.h"

/* Colours are linear light. ramp: at maturity 0, 0.35, 0.65, 1. */
static const struct {
    float ramp[4][3];
    float blush[3], blush_part; /* a second colour on the side that had sun */
    float streaks;              /* how far the blush runs in streaks from stem to flower */
    float unevenness;           /* of maturity */
    float mottle, pores, pore_size, specks, speck[3];
    float dip; /* size of the hollow at the stem, as a squared chord */
    float gloss, fuzz;
} skins[LW_N_FRUITS] = {
    [LW_TOMATO] = {{{0.16f, 0.27f, 0.05f}, {0.55f, 0.22f, 0.03f}, {0.56f, 0.040f, 0.016f}, {0.33f, 0.014f, 0.010f}},
                   .unevenness = 0.16f,
                   .mottle = 0.05f,
                   .dip = 0.13f,
                   .gloss = 1.0f},
    [LW_ORANGE] = {{{0.20f, 0.31f, 0.03f}, {0.72f, 0.36f, 0.02f}, {0.86f, 0.25f, 0.012f}, {0.62f, 0.16f, 0.016f}},
                   .unevenness = 0.14f,
                   .mottle = 0.07f,
                   .pores = 0.95f,
                   .pore_size = 1.9f,
                   .dip = 0.03f,
                   .gloss = 0.42f},
    [LW_APPLE] = {{{0.27f, 0.43f, 0.06f}, {0.44f, 0.47f, 0.09f}, {0.60f, 0.41f, 0.10f}, {0.46f, 0.27f, 0.07f}},
                  {0.36f, 0.018f, 0.022f},
                  0.75f,
                  .streaks = 0.55f,
                  .unevenness = 0.15f,
                  .mottle = 0.07f,
                  .specks = 0.65f,
                  .speck = {0.62f, 0.45f, 0.25f},
                  .dip = 0.24f,
                  .gloss = 0.62f},
    [LW_LEMON] = {{{0.19f, 0.35f, 0.03f}, {0.64f, 0.60f, 0.05f}, {0.86f, 0.63f, 0.035f}, {0.60f, 0.37f, 0.05f}},
                  .unevenness = 0.13f,
                  .mottle = 0.06f,
                  .pores = 0.8f,
                  .pore_size = 1.5f,
                  .gloss = 0.42f},
    [LW_PEAR] = {{{0.23f, 0.38f, 0.05f}, {0.46f, 0.49f, 0.10f}, {0.66f, 0.52f, 0.12f}, {0.40f, 0.24f, 0.06f}},
                 {0.50f, 0.16f, 0.06f},
                 0.25f,
                 .streaks = 0.1f,
                 .unevenness = 0.13f,
                 .mottle = 0.09f,
                 .specks = 1.0f,
                 .speck = {0.22f, 0.14f, 0.05f},
                 .gloss = 0.26f},
    [LW_PEACH] = {{{0.40f, 0.47f, 0.14f}, {0.70f, 0.46f, 0.16f}, {0.80f, 0.38f, 0.13f}, {0.52f, 0.22f, 0.06f}},
                  {0.40f, 0.035f, 0.03f},
                  0.6f,
                  .streaks = 0.25f,
                  .unevenness = 0.15f,
                  .mottle = 0.1f,
                  .dip = 0.18f,
                  .gloss = 0.05f,
                  .fuzz = 0.16f},
    [LW_PLUM] = {{{0.24f, 0.27f, 0.07f}, {0.32f, 0.07f, 0.07f}, {0.10f, 0.016f, 0.048f}, {0.035f, 0.009f, 0.016f}},
                 .unevenness = 0.13f,
                 .mottle = 0.12f,
                 .dip = 0.06f,
                 .gloss = 0.30f,
                 .fuzz = 0.05f},
    [LW_KIWI] = {{{0.20f, 0.17f, 0.06f}, {0.21f, 0.135f, 0.05f}, {0.19f, 0.11f, 0.04f}, {0.11f, 0.06f, 0.025f}},
                 .unevenness = 0.1f,
                 .mottle = 0.3f,
                 .specks = 0.8f,
                 .speck = {0.08f, 0.045f, 0.02f},
                 .gloss = 0.03f,
                 .fuzz = 0.09f},
};

void lw_skin_prepare(const lw_scene_object *object, const lw_textures *textures, lw_skin *out)
{
    static const float spans[LW_N_RIPENESS][2] = {{0.02f, 0.30f}, {0.50f, 0.74f}, {0.84f, 1}};
    const lw_body *body = &object->body;
    lw_random random = {object->look};
    lw_skin skin = {.object = object, .textures = textures, .gloss = skins[object->fruit].gloss, .fuzz = skins[object->fruit].fuzz};
    for (int i = 0; i < 65; i++) {
        float at = (float)i / 64;
        int stop = at < 0.35f ? 0 : at < 0.65f ? 1 : 2;
        const float *a = skins[object->fruit].ramp[stop], *b = skins[object->fruit].ramp[stop + 1];
        float part = stop == 0 ? at / 0.35f : stop == 1 ? (at - 0.35f) / 0.3f : (at - 0.65f) / 0.35f;
        for (int c = 0; c < 3; c++)
            skin.ramp[c][i] = lw_mix(a[c], b[c], part);
    }
    skin.maturity = lw_mix(spans[object->ripeness][0], spans[object->ripeness][1], object->maturity);
    skin.place[0] = lw_random_between(&random, 0, 250);
    skin.place[1] = lw_random_between(&random, 0, 250);
    float spin = lw_random_unit(&random), c = (float)lw_cosine(spin), s = (float)lw_sine(spin);
    float pole[3] = {body->pole_along, 0, body->pole_up}, across[3] = {0, 1, 0}, third[3] = {-body->pole_up, 0, body->pole_along};
    for (int i = 0; i < 3; i++) {
        skin.pole[i] = pole[i];
        skin.east[i] = c * across[i] + s * third[i];
        skin.north[i] = c * third[i] - s * across[i];
    }
    float turn = lw_random_unit(&random), out_of_middle = lw_random_between(&random, 0.1f, 0.75f);
    skin.wound[0] = out_of_middle * (float)lw_cosine(turn);
    skin.wound[1] = out_of_middle * (float)lw_sine(turn);
    skin.wound[2] = sqrtf(1 - out_of_middle * out_of_middle);
    skin.wound_size = lw_random_between(&random, 0.30f, 0.52f);
    *out = skin;
}

static void blend(lw_skin_row *row, int i, const float color[3], float part)
{
    for (int c = 0; c < 3; c++)
        row->color[c][i] = lw_mix(row->color[c][i], color[c], part);
}

/* Places in the textures, in px: the visible half of the ball spread out, so that patterns crowd towards the limb. */
typedef struct places {
    float u[LW_BODY_ROW], v[LW_BODY_ROW]; /* px on the skin */
    float pole[LW_BODY_ROW];              /* cosine of the angle to the stem */
    float cloud[LW_BODY_ROW], fine[LW_BODY_ROW];
} places;

static void find_places(const lw_skin *skin, int n, const lw_skin_row *row, places *at)
{
    const lw_body *body = &skin->object->body;
    for (int i = 0; i < n; i++) {
        float spread = 1 / (0.55f + 0.45f * row->up[i]);
        at->u[i] = row->t[i] * body->along * spread;
        at->v[i] = row->w[i] * body->across * spread;
        at->pole[i] = lw_clamp(row->t[i] * skin->pole[0] + row->up[i] * skin->pole[2], -1, 1);
    }
    for (int i = 0; i < n; i++) {
        at->cloud[i] = lw_texture_near(skin->textures->cloud, skin->place[0] + at->u[i] * 0.7f, skin->place[1] + at->v[i] * 0.7f);
        at->fine[i] = lw_texture_near(skin->textures->cloud, skin->place[1] + at->u[i] * 2.7f, skin->place[0] + at->v[i] * 2.7f);
    }
}

static void paint_base(const lw_skin *skin, int n, const places *at, lw_skin_row *row)
{
    int fruit = skin->object->fruit;
    float uneven = skins[fruit].unevenness * lw_clamp(1.6f - skin->maturity, 0.6f, 1.3f);
    for (int i = 0; i < n; i++) {
        /* The stem's end ripens last. */
        float lag = lw_clamp(at->pole[i], 0, 1), maturity = skin->maturity + uneven * at->cloud[i] - 0.6f * uneven * lag * lag;
        float place = lw_clamp(maturity, 0, 0.999f) * 64;
        int stop = (int)place;
        float part = place - (float)stop, shade = 1 + skins[fruit].mottle * at->fine[i];
        for (int c = 0; c < 3; c++)
            row->color[c][i] = lw_mix(skin->ramp[c][stop], skin->ramp[c][stop + 1], part) * shade;
        row->gloss[i] = skin->gloss;
        row->cavity[i] = 1;
    }
}

static void paint_blush(const lw_skin *skin, int n, const places *at, lw_skin_row *row)
{
    int fruit = skin->object->fruit;
    float cover = skins[fruit].blush_part * lw_smooth(0.1f, 0.6f, skin->maturity) * 1.5f - 0.55f;
    for (int i = 0; i < n; i++) {
        float e = row->t[i] * skin->east[0] + row->w[i] * skin->east[1] + row->up[i] * skin->east[2];
        float north = row->t[i] * skin->north[0] + row->w[i] * skin->north[1] + row->up[i] * skin->north[2];
        float turn = lw_angle(north, e), folded = turn < 0 ? -turn : turn; /* mirrored: no seam where the angle jumps */
        float streak = lw_texture_near(skin->textures->cloud, skin->place[0] + folded * 300, skin->place[1] + at->pole[i] * 9);
        float amount = cover + 0.75f * e + 0.35f * at->cloud[i] + skins[fruit].streaks * streak;
        blend(row, i, skins[fruit].blush, lw_smooth(-0.35f, 0.75f, amount) * 0.95f);
    }
}

static void paint_specks(const lw_skin *skin, int n, const places *at, lw_skin_row *row)
{
    int fruit = skin->object->fruit;
    for (int i = 0; i < n; i++) {
        float speck = lw_texture_near(skin->textures->pores, skin->place[1] + at->u[i] * 0.9f, skin->place[0] + at->v[i] * 0.9f);
        blend(row, i, skins[fruit].speck, lw_smooth(0.45f, 0.8f, speck) * skins[fruit].specks * 0.55f);
    }
}

static void press_pores(const lw_skin *skin, int n, const places *at, lw_skin_row *row)
{
    int fruit = skin->object->fruit;
    float size = skins[fruit].pore_size, depth = skins[fruit].pores * 0.30f;
    const float *pores = skin->textures->pores;
    for (int i = 0; i < n; i++) {
        float u = skin->place[0] + at->u[i] * size, v = skin->place[1] + at->v[i] * size;
        float here = lw_texture_near(pores, u, v), du = lw_texture_near(pores, u + 1.5f, v) - here, dv = lw_texture_near(pores, u, v + 1.5f) - here;
        row->normal[0][i] += depth * du;
        row->normal[1][i] += depth * dv;
        row->cavity[i] *= 1 - 0.28f * skins[fruit].pores * here;
        row->gloss[i] *= 1 - 0.5f * here;
    }
}

/* The hollow around the stem: the skin leans inwards, and less light gets in. */
static void press_dip(const lw_skin *skin, int n, const places *at, lw_skin_row *row)
{
    static const float bark[3] = {0.11f, 0.07f, 0.03f};
    int fruit = skin->object->fruit;
    float size = skins[fruit].dip;
    for (int i = 0; i < n; i++) {
        float x = 2 * (1 - at->pole[i]) / size;
        if (x >= 1.6f)
            continue;
        float out[3] = {row->t[i] - at->pole[i] * skin->pole[0], row->w[i], row->up[i] - at->pole[i] * skin->pole[2]};
        float per = 1 / sqrtf(out[0] * out[0] + out[1] * out[1] + out[2] * out[2] + 1e-6f), rest = 1 - x / 1.6f;
        float lean = 2.1f * rest * rest * sqrtf(x + 0.001f) * lw_clamp(size * 5, 0.3f, 1);
        for (int c = 0; c < 3; c++)
            row->normal[c][i] -= lean * out[c] * per;
        row->cavity[i] *= 1 - 0.62f * rest * rest;
        row->gloss[i] *= 1 - 0.7f * rest;
        if (fruit == LW_APPLE)
            blend(row, i, (const float[3]){0.34f, 0.26f, 0.08f}, 0.6f * lw_smooth(0.75f, 0.1f, x + 0.25f * at->fine[i]));
        float stalk = fruit == LW_APPLE || fruit == LW_PEACH ? 0.05f : fruit == LW_PLUM ? 0.1f : 0;
        if (stalk > 0) {
            float part = lw_smooth(stalk * 1.5f, stalk * 0.6f, x);
            blend(row, i, bark, part);
            row->cavity[i] = lw_mix(row->cavity[i], 0.75f, part);
        }
    }
}

/* A star of five green leaves with a stalk, over the skin, and its shadow. */
static void paint_calyx(const lw_skin *skin, int n, const places *at, lw_skin_row *row)
{
    for (int i = 0; i < n; i++) {
        float q = 2 * (1 - at->pole[i]);
        if (q > 0.75f || q < 0)
            continue;
        float chord = sqrtf(q);
        float e = row->t[i] * skin->east[0] + row->w[i] * skin->east[1] + row->up[i] * skin->east[2];
        float north = row->t[i] * skin->north[0] + row->w[i] * skin->north[1] + row->up[i] * skin->north[2];
        float turn = lw_angle(north, e) + 0.06f * at->cloud[i] * chord + 0.5f, five = turn * 5, in_leaf = (five - floorf(five)) * 2 - 1;
        int leaf = (int)floorf(five);
        float length = 0.50f + 0.16f * lw_texel(skin->textures->grain, leaf % 5 + (int)skin->place[0], (int)skin->place[1]) * 0.5f;
        float off = in_leaf < 0 ? -in_leaf : in_leaf;
        float half = 0.62f * (1 - chord / length) * (chord / length + 0.35f) / (chord / length + 0.12f), inside = half - off;
        float cover = lw_smooth(-0.05f, 0.10f, inside) * (chord < length), shadow = lw_smooth(-0.38f, 0.05f, inside) * (chord < length * 1.1f);
        float core = lw_smooth(0.14f, 0.10f, chord);
        cover = cover > core ? cover : core;
        row->cavity[i] *= 1 - 0.45f * shadow * (1 - cover);
        float green = 1 + 0.35f * at->fine[i] - 0.5f * lw_smooth(0.0f, 0.15f, 0.15f - off), stalk = lw_smooth(0.085f, 0.06f, chord);
        const float leaf_color[3] = {0.075f * green, 0.14f * green, 0.022f * green}, cut[3] = {0.20f, 0.22f, 0.07f};
        blend(row, i, leaf_color, cover);
        blend(row, i, cut, stalk * 0.8f);
        row->normal[1][i] += cover * 0.5f * in_leaf;
        row->gloss[i] = lw_mix(row->gloss[i], 0.06f, cover);
        row->cavity[i] = lw_mix(row->cavity[i], 1, cover);
    }
}

/* Where the stalk was: a small pale star with a green rim. */
static void paint_button(const lw_skin *skin, int n, const places *at, lw_skin_row *row)
{
    static const float rim[3] = {0.16f, 0.17f, 0.04f}, middle[3] = {0.42f, 0.34f, 0.17f};
    for (int i = 0; i < n; i++) {
        float q = 2 * (1 - at->pole[i]) * (1 + 0.35f * at->fine[i]);
        if (q > 0.05f)
            continue;
        float part = lw_smooth(0.030f, 0.018f, q);
        blend(row, i, rim, part);
        blend(row, i, middle, lw_smooth(0.008f, 0.004f, q));
        row->gloss[i] *= 1 - 0.9f * part;
        row->cavity[i] *= 1 - 0.3f * lw_smooth(0.05f, 0.03f, q) * (1 - part);
    }
}

/* The furrow from stem to flower of peach and plum. */
static void press_furrow(const lw_skin *skin, int n, lw_skin_row *row)
{
    for (int i = 0; i < n; i++) {
        float e = row->t[i] * skin->east[0] + row->w[i] * skin->east[1] + row->up[i] * skin->east[2];
        float north = row->t[i] * skin->north[0] + row->w[i] * skin->north[1] + row->up[i] * skin->north[2];
        float x = e / 0.10f, near = lw_smooth(0, 0.3f, north) / (1 + x * x * x * x);
        for (int c = 0; c < 3; c++)
            row->normal[c][i] -= 0.55f * near * x * skin->east[c];
        row->cavity[i] *= 1 - 0.35f * near;
    }
}

/* Wax on a plum, rubbed off in places. */
static void paint_bloom(int n, const places *at, lw_skin_row *row)
{
    static const float wax[3] = {0.22f, 0.25f, 0.36f};
    for (int i = 0; i < n; i++) {
        float part = 0.34f * lw_smooth(-0.5f, 0.7f, at->cloud[i] + 0.35f * at->fine[i]);
        blend(row, i, wax, part);
        row->gloss[i] *= 1 - 1.6f * part;
    }
}

/* Both ends of a lemon, and the flower's end of a pear or kiwi. */
static void paint_ends(const lw_skin *skin, int n, const places *at, lw_skin_row *row)
{
    static const float green[3] = {0.20f, 0.24f, 0.04f}, brown[3] = {0.07f, 0.045f, 0.02f};
    int fruit = skin->object->fruit;
    for (int i = 0; i < n; i++) {
        float t = row->t[i] + 0.015f * at->fine[i];
        if (fruit == LW_LEMON) {
            blend(row, i, green, 0.75f * lw_smooth(0.84f, 0.97f, t < 0 ? -t : t));
            blend(row, i, brown, 0.8f * lw_smooth(0.955f, 0.985f, t));
        } else {
            float off = row->w[i] * row->w[i] * 1.5f;
            blend(row, i, brown, 0.85f * lw_smooth(-0.925f, -0.965f, t + off));
            row->cavity[i] *= 1 - 0.45f * lw_smooth(-0.86f, -0.95f, t + off);
            blend(row, i, brown, 0.7f * lw_smooth(0.955f, 0.985f, t - off));
        }
    }
}

/* A bruise is soft and brown; rot is dark, sunken, ragged, with mould in specks once it is old. */
static void paint_wound(const lw_skin *skin, int n, const places *at, lw_skin_row *row)
{
    static const float bruise[3] = {0.15f, 0.075f, 0.028f}, rot[3] = {0.050f, 0.027f, 0.013f}, mould[3] = {0.34f, 0.36f, 0.31f};
    bool rotten = skin->object->damage == LW_ROT;
    float size = skin->wound_size * skin->wound_size, old = lw_smooth(0.36f, 0.5f, skin->wound_size), lean_t = 0.75f * skin->wound[1],
          lean_w = 0.6f * skin->wound[0];
    for (int i = 0; i < n; i++) {
        float away[3] = {row->t[i] - skin->wound[0], row->w[i] - skin->wound[1], row->up[i] - skin->wound[2]};
        float stretched = away[0] * away[0] * (1 + lean_t) + away[1] * away[1] * (1 - lean_w) + away[2] * away[2];
        if (stretched > 2.8f * size)
            continue;
        float ragged = lw_texture_near(skin->textures->cloud, at->u[i] * 1.6f + skin->place[1], at->v[i] * 1.6f + skin->place[0]);
        float x = stretched / size + 0.6f * ragged + 0.25f * at->fine[i];
        float part = rotten ? lw_smooth(1.15f, 0.6f, x) : 0.72f * lw_smooth(1.5f, 0.1f, x), rim = lw_smooth(1.6f, 1, x) * lw_smooth(0.3f, 0.9f, x);
        blend(row, i, bruise, (rotten ? 0.7f : 0.1f) * lw_smooth(1.6f, 0.9f, x));
        blend(row, i, rotten ? rot : bruise, part * (rotten ? 0.94f : 1));
        if (rotten) {
            float tuft = lw_texture_near(skin->textures->pores, at->u[i] * 1.3f + skin->place[0], at->v[i] * 1.3f);
            blend(row, i, mould, 0.8f * old * lw_smooth(0.55f, 0.05f, x) * lw_smooth(0.1f, 0.6f, tuft));
        }
        row->gloss[i] *= 1 - (rotten ? 0.75f : 0.45f) * part;
        row->cavity[i] *= 1 - 0.22f * rim;
        for (int c = 0; c < 3; c++)
            row->normal[c][i] -= (rotten ? 0.9f : 0.35f) * rim * away[c];
        row->normal[0][i] += (rotten ? 0.14f : 0.03f) * part * at->fine[i];
    }
}

void lw_skin_paint(const lw_skin *skin, int n, lw_skin_row *row)
{
    places at;
    int fruit = skin->object->fruit;
    find_places(skin, n, row, &at);
    paint_base(skin, n, &at, row);
    if (skins[fruit].blush_part > 0)
        paint_blush(skin, n, &at, row);
    if (skins[fruit].specks > 0)
        paint_specks(skin, n, &at, row);
    if (fruit == LW_PLUM)
        paint_bloom(n, &at, row);
    if (skins[fruit].pores > 0)
        press_pores(skin, n, &at, row);
    if (fruit == LW_PEACH || fruit == LW_PLUM)
        press_furrow(skin, n, row);
    if (skins[fruit].dip > 0)
        press_dip(skin, n, &at, row);
    if (fruit == LW_LEMON || fruit == LW_PEAR || fruit == LW_KIWI)
        paint_ends(skin, n, &at, row);
    if (fruit == LW_ORANGE)
        paint_button(skin, n, &at, row);
    if (skin->object->damage != LW_UNDAMAGED)
        paint_wound(skin, n, &at, row);
    if (fruit == LW_TOMATO)
        paint_calyx(skin, n, &at, row);
}
