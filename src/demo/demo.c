#include "demo/demo.h"

#include <math.h>

#include "demo/random.h"

static const char *const colors[LW_N_FRUITS] = {"#56b4e9", "#d8ed20", "#c95b0a", "#6d65fe", "#4cfcef", "#d6a866", "#a3699b", "#f77cae"};

/* A kiwi does not show how ripe it is. */
static bool has_ripeness(lw_fruit fruit) { return fruit != LW_KIWI; }

static void put_options(lw_buf *out, const char *const *names, int n)
{
    lw_buf_put_key(out, "options");
    lw_buf_put_char(out, '[');
    for (int i = 0; i < n; i++) {
        lw_buf_put_comma(out);
        lw_buf_put_json_text(out, lw_text_from(names[i]));
    }
    lw_buf_put_char(out, ']');
}

static void put_string(lw_buf *out, const char *key, const char *value)
{
    lw_buf_put_key(out, key);
    lw_buf_put_json_text(out, lw_text_from(value));
}

/* Opens an attribute; the caller closes it. */
static void open_attribute(lw_buf *out, const char *name, const char *type)
{
    lw_buf_put_comma(out);
    lw_buf_put_char(out, '{');
    put_string(out, "name", name);
    put_string(out, "type", type);
}

static void put_class(lw_buf *out, lw_fruit fruit)
{
    lw_buf_put_comma(out);
    lw_buf_put_char(out, '{');
    put_string(out, "name", lw_fruit_names[fruit]);
    lw_buf_put_literal(out, ", \"kinds\": [\"box\", \"polygon\"]");
    put_string(out, "key", (const char[2]){(char)('1' + fruit), 0});
    put_string(out, "color", colors[fruit]);
    lw_buf_put_key(out, "index");
    lw_buf_put_int(out, fruit);
    lw_buf_put_key(out, "attributes");
    lw_buf_put_char(out, '[');
    if (has_ripeness(fruit)) {
        open_attribute(out, "ripeness", "one");
        put_options(out, lw_ripeness_names, LW_N_RIPENESS);
        lw_buf_put_char(out, '}');
    }
    open_attribute(out, "damaged", "yesno");
    lw_buf_put_char(out, '}');
    open_attribute(out, "damage", "one");
    put_options(out, lw_damage_names + 1, LW_N_DAMAGES - 1);
    lw_buf_put_literal(out, ", \"when\": {\"damaged\": true}}");
    open_attribute(out, "occluded", "yesno");
    lw_buf_put_literal(out, "}]}");
}

void lw_demo_put_ontology(lw_buf *out)
{
    lw_buf_put_literal(out, "{\"classes\": [");
    for (int fruit = 0; fruit < LW_N_FRUITS; fruit++)
        put_class(out, (lw_fruit)fruit);
    lw_buf_put_literal(out, "], \"item\": [");
    open_attribute(out, "light", "one");
    put_options(out, lw_brightness_names, LW_N_BRIGHTNESS);
    lw_buf_put_char(out, '}');
    open_attribute(out, "belt", "one");
    put_options(out, lw_belt_names, LW_N_BELTS);
    lw_buf_put_literal(out, "}]}");
}

void lw_demo_put_head(lw_buf *out, lw_text project)
{
    lw_buf_put_literal(out, "{\"labelwright\": 1");
    lw_buf_put_key(out, "project");
    lw_buf_put_json_text(out, project);
    lw_buf_put_key(out, "ontology");
    lw_demo_put_ontology(out);
    lw_buf_put_literal(out, "}\n");
}

lw_text lw_demo_item_name(lw_arena *arena, const lw_scene *scene)
{
    return lw_text_print(arena, "%s/%06" PRIu64 ".jpg", scene->camera_name, scene->index);
}

static void put_numbers(lw_buf *out, const double *numbers, size_t n)
{
    lw_buf_put_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        lw_buf_put_comma(out);
        lw_buf_put_double(out, numbers[i]);
    }
    lw_buf_put_char(out, ']');
}

/* [[ring, hole, …], part, …] */
static void put_polygon(lw_buf *out, const lw_outline *outline)
{
    lw_buf_put_key(out, "polygon");
    lw_buf_put_char(out, '[');
    for (size_t part = 0; part < outline->n_rings; part++) {
        if (outline->rings[part].is_hole)
            continue;
        lw_buf_put_comma(out);
        lw_buf_put_char(out, '[');
        put_numbers(out, outline->rings[part].xy, 2 * outline->rings[part].n_points);
        for (size_t hole = 0; hole < outline->n_rings; hole++)
            if (outline->rings[hole].is_hole && outline->rings[hole].part == part) {
                lw_buf_put_comma(out);
                put_numbers(out, outline->rings[hole].xy, 2 * outline->rings[hole].n_points);
            }
        lw_buf_put_char(out, ']');
    }
    lw_buf_put_char(out, ']');
}

static void put_yesno(lw_buf *out, const char *key, bool value)
{
    lw_buf_put_key(out, key);
    lw_buf_put_string(out, value ? "true" : "false");
}

/* Opens a label; the caller adds geometry and closes it. */
static void open_label(lw_buf *out, const char *class_name, const char *layer)
{
    lw_buf_put_comma(out);
    lw_buf_put_char(out, '{');
    put_string(out, "class", class_name);
    put_string(out, "layer", layer);
}

static void put_object(lw_buf *out, const lw_scene_object *object, bool as_box)
{
    open_label(out, lw_fruit_names[object->fruit], "truth");
    lw_buf_put_key(out, "attributes");
    lw_buf_put_char(out, '{');
    if (has_ripeness(object->fruit))
        put_string(out, "ripeness", lw_ripeness_names[object->ripeness]);
    put_yesno(out, "damaged", object->damage != LW_UNDAMAGED);
    if (object->damage != LW_UNDAMAGED)
        put_string(out, "damage", lw_damage_names[object->damage]);
    put_yesno(out, "occluded", object->occluded);
    lw_buf_put_char(out, '}');
    if (as_box) {
        lw_buf_put_key(out, "box");
        put_numbers(out, object->visible.box, 4);
    } else {
        put_polygon(out, &object->visible);
    }
    lw_buf_put_char(out, '}');
}

static void put_item_tag(lw_buf *out, const lw_scene *scene)
{
    open_label(out, "item", "truth");
    lw_buf_put_key(out, "attributes");
    lw_buf_put_char(out, '{');
    put_string(out, "light", lw_brightness_names[scene->brightness]);
    put_string(out, "belt", lw_belt_names[scene->belt]);
    lw_buf_put_literal(out, "}, \"tag\": true}");
}

/* What the detector takes each fruit for when it errs, and how often: in good light, and more as it goes. */
static const struct {
    lw_fruit taken_for;
    float chance[LW_N_BRIGHTNESS];
} mistakes[LW_N_FRUITS] = {
    [LW_TOMATO] = {LW_ORANGE, {0.02f, 0.04f, 0.24f, 0.45f}}, [LW_ORANGE] = {LW_TOMATO, {0.02f, 0.03f, 0.12f, 0.24f}},
    [LW_APPLE] = {LW_PEACH, {0.03f, 0.04f, 0.10f, 0.18f}},   [LW_LEMON] = {LW_PEAR, {0.02f, 0.02f, 0.05f, 0.10f}},
    [LW_PEAR] = {LW_LEMON, {0.02f, 0.02f, 0.05f, 0.10f}},    [LW_PEACH] = {LW_APPLE, {0.04f, 0.05f, 0.12f, 0.20f}},
    [LW_PLUM] = {LW_KIWI, {0.01f, 0.02f, 0.06f, 0.15f}},     [LW_KIWI] = {LW_PLUM, {0.01f, 0.02f, 0.06f, 0.15f}},
};

static double hundredths(double x) { return round(x * 100) / 100; }

static void put_prediction(lw_buf *out, const lw_scene *scene, lw_fruit fruit, const double box[4], double confidence)
{
    double left = fmax(0, box[0]), top = fmax(0, box[1]), right = fmin(scene->width, box[0] + box[2]), bottom = fmin(scene->height, box[1] + box[3]);
    if (right - left < 2 || bottom - top < 2)
        return;
    open_label(out, lw_fruit_names[fruit], LW_DEMO_LAYER);
    lw_buf_put_key(out, "confidence");
    lw_buf_put_double(out, round(fmin(fmax(confidence, 0.05), 0.99) * 1000) / 1000);
    lw_buf_put_key(out, "box");
    put_numbers(out, (double[]){hundredths(left), hundredths(top), hundredths(right - left), hundredths(bottom - top)}, 4);
    lw_buf_put_char(out, '}');
}

static void put_predictions(lw_buf *out, const lw_scene *scene)
{
    lw_random random = lw_random_for(scene->seed, scene->index, 11);
    double gloom = scene->brightness * 0.06;
    for (size_t i = 0; i < scene->n_objects; i++) {
        const lw_scene_object *object = &scene->objects[i];
        bool missed = lw_random_is(&random, 0.015f + (float)gloom * 0.7f + (object->visible_part < 0.5 ? 0.15f : 0));
        bool mistaken = lw_random_is(&random, mistakes[object->fruit].chance[scene->brightness]);
        double shift = 1.2 + 10 * gloom, box[4];
        for (int k = 0; k < 4; k++)
            box[k] = object->visible.box[k] + (double)lw_random_bell(&random) * shift;
        double confidence = 0.94 - gloom - 0.25 * (1 - object->visible_part) - (mistaken ? 0.22 : 0) + 0.06 * (double)lw_random_bell(&random);
        if (!missed)
            put_prediction(out, scene, mistaken ? mistakes[object->fruit].taken_for : object->fruit, box, confidence);
    }
    if (lw_random_is(&random, 0.1f + (float)gloom)) { /* something seen where nothing is */
        lw_fruit fruit = (lw_fruit)lw_random_below(&random, LW_N_FRUITS);
        double side = (double)lw_random_between(&random, 40, 90), x = (double)lw_random_unit(&random) * (scene->width - side);
        double box[4] = {x, (double)lw_random_unit(&random) * (scene->height - side), side, side};
        put_prediction(out, scene, fruit, box, (double)lw_random_between(&random, 0.12f, 0.48f));
    }
}

void lw_demo_put_item(lw_buf *out, const lw_scene *scene, lw_demo_part part)
{
    lw_random random = lw_random_for(scene->seed, scene->index, 13);
    float place = lw_random_unit(&random);
    bool whole = part == LW_DEMO_TRUTH, done = whole || place < 0.60f, started = !done && place < 0.65f;
    bool as_box = !whole && lw_random_is(&random, 0.5f), trains = lw_random_is(&random, 0.8f);
    bool predicted = !whole && lw_random_is(&random, done ? 0.25f : 0.7f);
    lw_buf_put_char(out, '{');
    lw_buf_put_key(out, "item");
    lw_buf_print(out, "\"%s/%06" PRIu64 ".jpg\"", scene->camera_name, scene->index);
    lw_buf_print(out, ", \"width\": %d, \"height\": %d", scene->width, scene->height);
    if (done && !whole)
        put_string(out, "split", trains ? "train" : "val");
    put_string(out, "state", done ? "done" : started ? "started" : "waiting");
    lw_buf_put_literal(out, ", \"metadata\": {\"light_lux\": ");
    lw_buf_put_double(out, scene->lux);
    put_string(out, "camera", scene->camera_name);
    put_string(out, "time", scene->time);
    lw_buf_put_literal(out, "}, \"labels\": [");
    if (done)
        put_item_tag(out, scene);
    size_t n_labelled = done ? scene->n_objects : started ? (scene->n_objects + 1) / 2 : 0;
    for (size_t i = 0; i < n_labelled; i++)
        put_object(out, &scene->objects[i], as_box);
    if (predicted)
        put_predictions(out, scene);
    lw_buf_put_literal(out, "]}\n");
}
