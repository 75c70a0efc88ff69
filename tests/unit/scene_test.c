#include "tap.h"

#include "demo/demo.h"
#include "demo/jpeg.h"
#include "demo/random.h"
#include "model/label.h"
#include "model/ontology.h"

typedef struct picture {
    lw_scene scene;
    uint8_t *pixels, *ids;
    size_t n_pixels;
} picture;

static picture draw(lw_ctx *cx, const lw_textures *textures, uint64_t seed, uint64_t index)
{
    picture p = {0};
    CHECK_OK(cx, lw_scene_make(cx, seed, index, &p.scene));
    p.n_pixels = (size_t)p.scene.width * (size_t)p.scene.height;
    p.pixels = lw_new_array(cx->arena, uint8_t, 3 * p.n_pixels);
    p.ids = lw_new_array(cx->arena, uint8_t, p.n_pixels);
    CHECK_OK(cx, lw_scene_render(cx, &p.scene, textures, p.pixels, p.ids));
    return p;
}

static uint64_t hash_of(const void *data, size_t size) { return lw_text_hash((lw_text){data, size}); }

static uint64_t truth_hash(const lw_scene *scene)
{
    LW_AUTO(lw_buf) line = {0};
    lw_demo_put_item(&line, scene, LW_DEMO_TRUTH);
    lw_demo_put_item(&line, scene, LW_DEMO_PROJECT);
    return lw_text_hash(lw_buf_text(&line));
}

/* The same item twice, with another item between, and the same bits as when this test was written, whatever the compiler. */
static void test_determinism(lw_ctx *cx, const lw_textures *textures)
{
    static const struct {
        uint64_t seed, index, pixels, truth;
    } known[] = {
        {1, 5, 0xc016b7aeea681f57, 0x4a17c189b8503453},
        {1, 7, 0x3c70b8883093a16c, 0xb23c7dededb9c21c},
        {42, 1000003, 0x4c3083139024371d, 0x8a89450244f533b7},
    };
    for (size_t i = 0; i < LW_COUNT(known); i++) {
        picture a = draw(cx, textures, known[i].seed, known[i].index), other = draw(cx, textures, known[i].seed, known[i].index + 1);
        picture b = draw(cx, textures, known[i].seed, known[i].index);
        CHECK(a.n_pixels == b.n_pixels && memcmp(a.pixels, b.pixels, 3 * a.n_pixels) == 0);
        CHECK(truth_hash(&a.scene) == truth_hash(&b.scene) && truth_hash(&a.scene) != truth_hash(&other.scene));
        uint64_t pixels = hash_of(a.pixels, 3 * a.n_pixels), truth = truth_hash(&a.scene);
        bool same_pixels = CHECK(pixels == known[i].pixels), same_truth = CHECK(truth == known[i].truth);
        if (!same_pixels || !same_truth)
            printf("# {%" PRIu64 ", %" PRIu64 ", 0x%016" PRIx64 ", 0x%016" PRIx64 "},\n", known[i].seed, known[i].index, pixels, truth);
    }
}

/* Even-odd over all rings, at a pixel's centre. */
static bool polygon_covers(const lw_outline *outline, double x, double y)
{
    bool inside = false;
    for (size_t r = 0; r < outline->n_rings; r++) {
        const lw_outline_ring *ring = &outline->rings[r];
        for (size_t i = 0, j = ring->n_points - 1; i < ring->n_points; j = i++) {
            const double *a = ring->xy + 2 * i, *b = ring->xy + 2 * j;
            if ((a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0])
                inside = !inside;
        }
    }
    return inside;
}

typedef struct match {
    size_t drawn, both, either; /* pixels */
    double beyond;              /* how far the box of the drawn pixels and the label's are apart at most, px */
} match;

static match compare(const picture *p, size_t object)
{
    const lw_outline *outline = &p->scene.objects[object].visible;
    const double *box = outline->box;
    double left = 1e9, top = 1e9, right = 0, bottom = 0;
    match m = {0};
    for (size_t k = 0; k < p->n_pixels; k++) {
        double x = (double)(k % (size_t)p->scene.width) + 0.5, y = (double)(k / (size_t)p->scene.width) + 0.5;
        bool is_drawn = p->ids[k] == object + 1, near = x > box[0] && x < box[0] + box[2] && y > box[1] && y < box[1] + box[3];
        if (!is_drawn && !near)
            continue;
        bool covered = near && polygon_covers(outline, x, y);
        m.drawn += is_drawn, m.both += is_drawn && covered, m.either += is_drawn || covered;
        if (is_drawn)
            left = fmin(left, x - 0.5), right = fmax(right, x + 0.5), top = fmin(top, y - 0.5), bottom = fmax(bottom, y + 0.5);
    }
    m.beyond = fmax(fmax(fabs(box[0] - left), fabs(box[1] - top)), fmax(fabs(box[0] + box[2] - right), fabs(box[1] + box[3] - bottom)));
    return m;
}

/* The pixels that the drawing gave to each object are those that its polygon covers. */
static void test_truth(lw_ctx *cx, const lw_textures *textures)
{
    int n_objects = 0, n_close = 0, n_parted = 0, n_boxes = 0, n_outside = 0, n_railed = 0;
    double worst = 1, farthest = 0;
    for (uint64_t index = 0; index < 16; index++) {
        picture p = draw(cx, textures, 3, index);
        for (size_t i = 0; i < p.scene.n_objects; i++) {
            const lw_outline *visible = &p.scene.objects[i].visible;
            match m = compare(&p, i);
            if (m.drawn <= 500)
                continue;
            double iou = (double)m.both / (double)m.either;
            worst = fmin(worst, iou), farthest = fmax(farthest, m.beyond);
            n_objects++;
            n_close += iou > 0.98;
            n_parted += visible->n_rings > 1;
            n_boxes += m.beyond < 1;
            lw_body_bounds bounds = lw_body_bounds_of(&p.scene.objects[i].body);
            float rail = p.scene.rail_px, first = p.scene.camera.upright ? bounds.left : bounds.top,
                  last = p.scene.camera.upright ? bounds.right : bounds.bottom;
            n_railed += first < rail - 0.01f || last > (float)(p.scene.camera.upright ? p.scene.width : p.scene.height) - rail + 0.01f;
            for (size_t r = 0; r < visible->n_rings; r++)
                for (size_t k = 0; k < 2 * visible->rings[r].n_points; k++)
                    n_outside += visible->rings[r].xy[k] < 0 || visible->rings[r].xy[k] > (k % 2 ? p.scene.height : p.scene.width);
        }
    }
    printf("# %d objects, %d in several rings, least IoU %.4f, farthest box side %.2f px\n", n_objects, n_parted, worst, farthest);
    CHECK(n_objects > 200);
    CHECK_INT(n_close, n_objects);
    /* Sharp ends between two outlines are thinner than a pixel. */
    CHECK(n_boxes * 100 >= n_objects * 97 && farthest < 2.5);
    CHECK_INT(n_outside, 0);
    CHECK_INT(n_railed, 0);
}

/* Parts, holes and cut borders, on shapes whose areas are known. */
static void test_outline(lw_ctx *cx)
{
    const lw_body disc = {.x = 100, .y = 100, .z = 50, .along = 50, .across = 50, .high = 50, .axis_x = 1};
    lw_body small = disc, slab = disc, corner = disc;
    small.along = small.across = 10, small.z = 90;
    slab.along = 200, slab.across = 10, slab.z = 90;
    corner.x = corner.y = 0;
    const double pi = 3.14159265358979;
    lw_outline outline;
    CHECK_OK(cx, lw_outline_trace(cx, &disc, NULL, 0, 400, 300, &outline));
    CHECK(outline.n_rings == 1 && fabs(outline.area_px - pi * 2500) < 30 && fabs(outline.box[0] - 50) < 0.13 && fabs(outline.box[2] - 100) < 0.26);
    CHECK_OK(cx, lw_outline_trace(cx, &disc, (const lw_body *[]){&small}, 1, 400, 300, &outline));
    CHECK(outline.n_rings == 2 && outline.rings[0].is_hole + outline.rings[1].is_hole == 1 && fabs(outline.area_px - pi * 2400) < 30);
    CHECK(outline.rings[0].part == outline.rings[1].part);
    CHECK_OK(cx, lw_outline_trace(cx, &disc, (const lw_body *[]){&slab}, 1, 400, 300, &outline));
    CHECK(outline.n_rings == 2 && !outline.rings[0].is_hole && !outline.rings[1].is_hole && outline.rings[0].part != outline.rings[1].part);
    CHECK_OK(cx, lw_outline_trace(cx, &corner, NULL, 0, 400, 300, &outline));
    CHECK(outline.n_rings == 1 && fabs(outline.area_px - pi * 2500 / 4) < 12 && outline.box[0] == 0 && outline.box[1] == 0);
    CHECK_OK(cx, lw_outline_trace(cx, &disc, (const lw_body *[]){&disc}, 1, 400, 300, &outline));
    CHECK_INT(outline.n_rings, 0);
    CHECK_FAILS(cx, lw_outline_trace(cx, &disc, NULL, 0, 0, 300, &outline), LW_INVALID, "no room");
}

/* Where nothing lies over it and the light is good, a ripe tomato is red, a lemon yellow and so on: colours are of the object, not beside it. */
static void test_colors(lw_ctx *cx, const lw_textures *textures)
{
    int n = 0, n_right = 0, n_seen = 0, n_lighter = 0;
    for (uint64_t index = 0; index < 40; index++) {
        picture p = draw(cx, textures, 5, index);
        double sum[LW_SCENE_OBJECTS + 1][4] = {0};
        for (size_t k = 0; k < p.n_pixels; k++) {
            double *to = sum[p.ids[k]];
            to[0] += p.pixels[3 * k], to[1] += p.pixels[3 * k + 1], to[2] += p.pixels[3 * k + 2], to[3]++;
        }
        for (size_t i = 0; i < p.scene.n_objects; i++) {
            const lw_scene_object *object = &p.scene.objects[i];
            const double *s = sum[i + 1];
            if (object->ripeness != LW_RIPE || object->damage || object->visible_part < 0.8 || p.scene.brightness > LW_INDOOR)
                continue;
            bool right = object->fruit == LW_TOMATO   ? s[0] > 1.7 * s[1] && s[0] > 1.7 * s[2]
                         : object->fruit == LW_ORANGE ? s[0] > 1.2 * s[1] && s[1] > 1.5 * s[2]
                         : object->fruit == LW_LEMON  ? s[0] > 1.5 * s[2] && s[1] > 0.75 * s[0]
                         : object->fruit == LW_PLUM   ? s[0] > s[1] && s[2] > s[1]
                                                      : true;
            n++, n_right += right;
        }
        /* Even in the dark the lamp's middle shows them against the belt. */
        for (size_t i = 0; i < p.scene.n_objects; i++)
            if (p.scene.brightness == LW_DARK && (p.scene.objects[i].fruit == LW_LEMON || p.scene.objects[i].fruit == LW_ORANGE)) {
                const double *s = sum[i + 1], *belt = sum[0];
                n_seen++, n_lighter += s[0] / s[3] > 1.25 * belt[0] / belt[3] || p.scene.belt == LW_BELT_WHITE;
            }
    }
    printf("# %d ripe in good light, %d oranges and lemons in the dark\n", n, n_seen);
    CHECK(n > 60);
    CHECK_INT(n_right, n);
    CHECK(n_seen >= 10);
    CHECK(n_lighter * 10 >= n_seen * 8);
}

typedef struct tally {
    int items[3], labels, bad, boxes, polygons, predictions;
} tally;

static bool fits(const lw_ontology *ontology, const lw_class *of, const lw_attribute *value)
{
    const lw_attribute_def *def = lw_class_attribute(ontology, of, value->name);
    return def && (def->type == LW_YESNO ? value->type == LW_YESNO : value->type == LW_TEXT_VALUE && lw_option_find(def, value->text));
}

/* Counts what the model refuses, what the ontology lacks, and damage without `damaged`. */
static void count_label(lw_ctx *cx, const lw_ontology *ontology, lw_json *object, tally *t)
{
    lw_label label = LW_LABEL_NONE;
    t->labels++;
    if (lw_label_from_json(cx, object, NULL, &label) != LW_OK || !lw_class_find(ontology, label.class_name)) {
        t->bad++;
        return;
    }
    const lw_class *of = lw_class_find(ontology, label.class_name);
    bool predicted = lw_text_is(label.layer, LW_DEMO_LAYER), damaged = false, says_how = false;
    t->predictions += predicted;
    t->boxes += !predicted && label.shape.kind == LW_BOX;
    t->polygons += label.shape.kind == LW_POLYGON;
    t->bad += lw_shape_problem(&label.shape) != NULL || (label.shape.kind != LW_TAG && !lw_class_allows(of, label.shape.kind));
    t->bad += predicted ? !(label.confidence > 0 && label.confidence < 1) : !isnan(label.confidence) || !lw_text_is(label.layer, "truth");
    for (size_t i = 0; i < label.n_attributes; i++) {
        t->bad += !fits(ontology, of, &label.attributes[i]);
        damaged = damaged || (lw_text_is(label.attributes[i].name, "damaged") && label.attributes[i].yes);
        says_how = says_how || lw_text_is(label.attributes[i].name, "damage");
    }
    t->bad += damaged != says_how;
}

/* Every line is JSON that uses the ontology's words alone; states are mixed as promised. */
static void test_lines(lw_ctx *cx)
{
    LW_AUTO(lw_buf) text = {0};
    lw_demo_put_head(&text, LW_TEXT("demo"));
    lw_json *head, *item;
    CHECK_OK(cx, lw_json_parse(cx, lw_text_trim(lw_text_copy(cx->arena, lw_buf_text(&text))), &head));
    lw_ontology ontology;
    CHECK_OK(cx, lw_ontology_from_json(cx, lw_json_get(head, "ontology"), &ontology));
    CHECK_INT(ontology.n_classes, LW_N_FRUITS);
    tally t = {0};
    for (uint64_t index = 0; index < 200; index++) {
        lw_scene scene;
        if (lw_scene_make(cx, 1, index, &scene) != LW_OK)
            break;
        lw_buf_reset(&text);
        lw_demo_put_item(&text, &scene, LW_DEMO_PROJECT);
        if (lw_json_parse(cx, lw_text_trim(lw_text_copy(cx->arena, lw_buf_text(&text))), &item) != LW_OK)
            break;
        lw_text state = lw_json_text(lw_json_get(item, "state"));
        t.items[lw_text_is(state, "done") ? 0 : lw_text_is(state, "started") ? 1 : 2]++;
        t.bad += !lw_text_equal(lw_json_text(lw_json_get(item, "item")), lw_demo_item_name(cx->arena, &scene));
        size_t i, n;
        lw_json *label;
        yyjson_arr_foreach(lw_json_get(item, "labels"), i, n, label) count_label(cx, &ontology, label, &t);
    }
    printf("# %d done, %d started, %d waiting; %d boxes, %d polygons, %d predictions\n", t.items[0], t.items[1], t.items[2], t.boxes, t.polygons,
           t.predictions);
    CHECK_INT(t.items[0] + t.items[1] + t.items[2], 200);
    CHECK(t.items[0] >= 100 && t.items[0] <= 140 && t.items[1] >= 3 && t.items[2] >= 50);
    CHECK_INT(t.bad, 0);
    CHECK(t.boxes > 500 && t.polygons > 500 && t.predictions > 500);
}

static void test_jpeg(lw_ctx *cx, const lw_textures *textures)
{
    picture p = draw(cx, textures, 1, 0);
    LW_AUTO(lw_buf) jpeg = {0}, tight = {.limit = 100};
    CHECK_OK(cx, lw_jpeg_write(cx, p.pixels, p.scene.width, p.scene.height, 88, &jpeg));
    CHECK(jpeg.size > 30000 && jpeg.size < 300000 && (unsigned char)jpeg.data[0] == 0xff && (unsigned char)jpeg.data[1] == 0xd8);
    CHECK_FAILS(cx, lw_jpeg_write(cx, p.pixels, p.scene.width, p.scene.height, 88, &tight), LW_TOO_LARGE, "larger than the buffer");
}

/* The functions that stand in for libm's. */
static void test_numbers(void)
{
    double worst = 0, angle = 0;
    for (int i = -2000; i <= 2000; i++) {
        double turns = i / 777.0, x = cos(turns * 6.283185307179586), y = sin(turns * 6.283185307179586),
               found = (double)lw_angle((float)y, (float)x);
        worst = fmax(worst, fabs(lw_sine(turns) - y) + fabs(lw_cosine(turns) - x));
        angle = fmax(angle, fabs(found - turns - round(found - turns)));
        worst = fmax(worst, fabs(lw_power_of_two(turns) / exp2(turns) - 1));
    }
    CHECK(worst < 2e-7);
    CHECK(angle < 1e-4);
}

int main(void)
{
    LW_AUTO(lw_arena_auto) keep = lw_arena_new();
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    const lw_textures *textures = lw_textures_make(keep);
    test_numbers();
    test_outline(&cx);
    test_determinism(&cx, textures);
    lw_arena_reset(arena);
    test_truth(&cx, textures);
    lw_arena_reset(arena);
    test_colors(&cx, textures);
    lw_arena_reset(arena);
    test_lines(&cx);
    test_jpeg(&cx, textures);
    return tap_end();
}
