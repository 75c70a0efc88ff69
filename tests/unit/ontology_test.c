#include "tap.h"

#include "base/buf.h"
#include "base/limits.h"
#include "model/ontology.h"

static lw_status read(lw_ctx *cx, const char *text, lw_ontology *out)
{
    lw_json *json;
    LW_TRY(lw_json_parse(cx, lw_text_from(text), &json));
    return lw_ontology_from_json(cx, json, out);
}

static const char *const full =
    "{\"id\": 3, \"version\": 7, \"classes\": [{\"id\": 1, \"name\": \"vehicle\", \"attributes\": [{\"id\": 10, \"name\": \"parked\", \"type\": \"yesno\"}]}, "
    "{\"id\": 2, \"name\": \"car\", \"kinds\": [\"box\", \"polygon\"], \"key\": \"1\", \"color\": \"#56b4e9\", \"parent\": \"vehicle\", \"index\": 2, "
    "\"attributes\": [{\"id\": 11, \"name\": \"colour\", \"type\": \"one\", \"options\": [{\"id\": 4, \"name\": \"red\"}, \"blue\"], \"required\": true, "
    "\"when\": {\"parked\": true}}, {\"name\": \"shade\", \"type\": \"number\", \"when\": {\"colour\": \"red\", \"parked\": false}}]}, "
    "{\"name\": \"person\", \"key\": \"j\", \"skeleton\": {\"points\": [\"nose\", \"left\", \"right\"], \"edges\": [[0, 1], [0, 2]]}}], "
    "\"item\": [{\"name\": \"weather\", \"type\": \"many\", \"options\": [\"sun\", \"rain\"]}, {\"name\": \"note\", \"type\": \"text\", \"when\": {\"weather\": "
    "\"rain\"}}]}";

static void test_round_trip(lw_ctx *cx)
{
    lw_ontology ontology;
    LW_AUTO(lw_buf) buf = {0};
    CHECK_OK(cx, read(cx, full, &ontology));
    lw_ontology_write_json(&buf, &ontology);
    CHECK_TEXT(lw_buf_text(&buf), full);
    CHECK_OK(cx, lw_ontology_check(cx, &ontology));
    CHECK_OK(cx, read(cx, "{\"classes\": [\"car\", {\"name\": \"bus\"}]}", &ontology));
    lw_buf_reset(&buf);
    lw_ontology_write_json(&buf, &ontology);
    CHECK_TEXT(lw_buf_text(&buf), "{\"classes\": [{\"name\": \"car\"}, {\"name\": \"bus\"}], \"item\": []}");
    CHECK_OK(cx, read(cx, "{}", &ontology));
    CHECK_INT(ontology.n_classes, 0);
}

static void test_finding(lw_ctx *cx)
{
    lw_ontology o;
    CHECK_OK(cx, read(cx, full, &o));
    lw_class *car = lw_class_find(&o, LW_TEXT("car")), *vehicle = lw_class_find(&o, LW_TEXT("vehicle"));
    CHECK(car == &o.classes[1] && vehicle == &o.classes[0] && !lw_class_find(&o, LW_TEXT("Car")) && !lw_class_find(&o, LW_TEXT("")));
    CHECK(lw_class_by_id(&o, 2) == car && !lw_class_by_id(&o, 0) && !lw_class_by_id(&o, 99));
    CHECK(lw_class_find_similar(&o, LW_TEXT("C_a-R")) == car && !lw_class_find_similar(&o, LW_TEXT("car")) &&
          !lw_class_find_similar(&o, LW_TEXT("cat")));
    CHECK(lw_class_attribute(&o, car, LW_TEXT("colour")) == &car->attributes[0]);
    CHECK(lw_class_attribute(&o, car, LW_TEXT("parked")) == &vehicle->attributes[0]); /* its parent's */
    CHECK(!lw_class_attribute(&o, vehicle, LW_TEXT("colour")) && !lw_class_attribute(&o, car, LW_TEXT("weather")));
    lw_class *item = lw_class_find(&o, LW_TEXT("item"));
    CHECK(item && lw_class_attribute(&o, item, LW_TEXT("weather")) == &o.item_attributes[0] && item->n_attributes == 2);
    CHECK(lw_class_allows(item, LW_TAG) && !lw_class_allows(item, LW_BOX));
    CHECK(lw_class_allows(car, LW_BOX) && !lw_class_allows(car, LW_MASK) && lw_class_allows(vehicle, LW_MASK));
    CHECK(lw_attribute_by_id(&o, 11) == &car->attributes[0] && !lw_attribute_by_id(&o, 12) && !lw_attribute_by_id(&o, 0));
    CHECK(lw_option_find(&car->attributes[0], LW_TEXT("blue")) == &car->attributes[0].options[1]);
    CHECK(lw_option_by_id(&car->attributes[0], 4) == &car->attributes[0].options[0] && !lw_option_by_id(&car->attributes[0], 0));
    o.item_class_id = 55;
    lw_ontology_index(cx->arena, &o);
    CHECK(lw_class_by_id(&o, 55) && lw_text_is(lw_class_by_id(&o, 55)->name, "item"));
    CHECK(o.classes[2].n_keypoints == 3 && o.classes[2].n_edges == 2 && o.classes[2].edges[1][1] == 2 && o.classes[2].index == -1);
}

static void test_adding(lw_ctx *cx)
{
    lw_ontology o = {0};
    bool found = true;
    CHECK(!lw_class_find(&o, LW_TEXT("c0")) && !lw_class_find(&o, LW_TEXT("item")));
    for (int i = 0; i < 3000; i++) {
        lw_class *made = lw_ontology_add_class(cx->arena, &o, lw_text_print(cx->arena, "c%d", i));
        lw_attribute_def *attribute = lw_class_add_attribute(cx->arena, &o, made, LW_TEXT("a"), LW_ONE);
        lw_attribute_add_option(cx->arena, attribute, LW_TEXT("x"));
        made->kinds = 1u << LW_BOX;
        if (i)
            made->parent = LW_TEXT("c0"), attribute->name = lw_text_print(cx->arena, "a%d", i);
    }
    for (int i = 0; i < 3000; i++) {
        lw_class *of = lw_class_find(&o, lw_text_print(cx->arena, "c%d", i));
        found =
            found && of == &o.classes[i] && of->kinds == 1u << LW_BOX && of->index == -1 && of->n_attributes == 1 && of->attributes[0].n_options == 1;
    }
    CHECK(found);
    lw_attribute_def *many = lw_class_add_attribute(cx->arena, &o, NULL, LW_TEXT("weather"), LW_ONE);
    for (int i = 0; i < LW_LIMIT_OPTIONS; i++)
        lw_attribute_add_option(cx->arena, many, lw_text_print(cx->arena, "%d", i));
    CHECK(lw_class_attribute(&o, lw_class_find(&o, LW_TEXT("item")), LW_TEXT("weather")) == many && many == o.item_attributes);
    CHECK(lw_option_find(many, LW_TEXT("9999")) == &many->options[9999]);
    CHECK_OK(cx, lw_ontology_check(cx, &o));
    CHECK(lw_class_attribute(&o, &o.classes[77], LW_TEXT("a77")) && lw_class_attribute(&o, &o.classes[77], LW_TEXT("a")));
    /* one read from JSON grows as well */
    CHECK_OK(cx, read(cx, full, &o));
    lw_class *tram = lw_ontology_add_class(cx->arena, &o, LW_TEXT("tram"));
    lw_class_add_attribute(cx->arena, &o, tram, LW_TEXT("line"), LW_TEXT_VALUE);
    lw_class *car = lw_class_find(&o, LW_TEXT("car"));
    lw_attribute_add_option(cx->arena, lw_class_attribute(&o, car, LW_TEXT("colour")), LW_TEXT("green"));
    lw_class_add_attribute(cx->arena, &o, lw_class_find(&o, LW_TEXT("item")), LW_TEXT("place"), LW_TEXT_VALUE);
    CHECK(lw_class_attribute(&o, lw_class_find(&o, LW_TEXT("tram")), LW_TEXT("line")) != NULL && car->attributes[0].n_options == 3);
    CHECK(o.n_item_attributes == 3 && lw_class_find(&o, LW_TEXT("item"))->n_attributes == 3);
    CHECK_OK(cx, lw_ontology_check(cx, &o));
}

/* One contradiction each: where it is, and what is said. */
static void test_contradictions(lw_ctx *cx)
{
    static const struct {
        const char *text, *path, *words;
    } cases[] = {
        {"{\"clases\": []}", "/clases", "no key 'clases'"},
        {"{\"classes\": {}}", "/classes", "must be a list"},
        {"{\"classes\": [3]}", "/classes/0", "not a number"},
        {"{\"classes\": [{\"name\": 3}]}", "/classes/0/name", "must be a text"},
        {"{\"classes\": [{}]}", "/classes/0/name", "a class needs a name"},
        {"{\"classes\": [\"a\", \"b\", \"a\"]}", "/classes/2/name", "'a' is there twice"},
        {"{\"classes\": [\"item\"]}", "/classes/0/name", "'item' is the class"},
        {"{\"classes\": [{\"name\": \"a\", \"name\": \"b\"}]}", "/classes/0/name", "stands there twice"},
        {"{\"classes\": [{\"name\": \"a\", \"colour\": \"red\"}]}", "/classes/0/colour", "no key 'colour'"},
        {"{\"classes\": [{\"name\": \"a\", \"kinds\": [\"box\", \"circle\"]}]}", "/classes/0/kinds/1", "a kind is one of"},
        {"{\"classes\": [{\"name\": \"a\", \"kinds\": [\"box\", \"box\"]}]}", "/classes/0/kinds/1", "twice"},
        {"{\"classes\": [{\"name\": \"a\", \"color\": \"red\"}]}", "/classes/0/color", "#rrggbb"},
        {"{\"classes\": [{\"name\": \"a\", \"color\": \"#12345g\"}]}", "/classes/0/color", "#rrggbb"},
        {"{\"classes\": [{\"name\": \"a\", \"key\": \"b\"}]}", "/classes/0/key", "the key of a tool"},
        {"{\"classes\": [{\"name\": \"a\", \"key\": \"12\"}]}", "/classes/0/key", "a digit or j"},
        {"{\"classes\": [{\"name\": \"a\", \"key\": \"1\"}, {\"name\": \"b\", \"key\": \"1\"}]}", "/classes/1/key", "'a' has the key 1 already"},
        {"{\"classes\": [{\"name\": \"a\", \"index\": 1}, {\"name\": \"b\", \"index\": 1}]}", "/classes/1/index", "'a' has the index 1 already"},
        {"{\"classes\": [{\"name\": \"a\", \"index\": -1}]}", "/classes/0/index", "0 or more"},
        {"{\"classes\": [{\"name\": \"a\", \"id\": 4}, {\"name\": \"b\", \"id\": 4}]}", "/classes/1/id", "two classes have the id 4"},
        {"{\"classes\": [{\"name\": \"a\", \"parent\": \"b\"}]}", "/classes/0/parent", "no class 'b'"},
        {"{\"classes\": [{\"name\": \"a\", \"parent\": \"a\"}]}", "/classes/0/parent", "its own parent"},
        {"{\"classes\": [{\"name\": \"a\", \"attributes\": [{\"name\": \"x\", \"type\": \"bool\"}]}]}", "/classes/0/attributes/0/type",
         "one of one, many"},
        {"{\"classes\": [{\"name\": \"a\", \"attributes\": [{\"name\": \"x\"}]}]}", "/classes/0/attributes/0/type", "one of one, many"},
        {"{\"classes\": [{\"name\": \"a\", \"attributes\": [{\"name\": \"x\", \"type\": \"text\"}, {\"name\": \"x\", \"type\": \"text\"}]}]}",
         "/classes/0/attributes/1/name", "'x' is there twice"},
        {"{\"classes\": [{\"name\": \"p\", \"attributes\": [{\"name\": \"x\", \"type\": \"text\"}]}, {\"name\": \"a\", \"parent\": \"p\", \"attributes\": [{\"name\": "
         "\"x\", \"type\": \"text\"}]}]}",
         "/classes/1/attributes/0/name", "a parent has the attribute 'x'"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"one\", \"options\": [\"r\", \"r\"]}]}", "/item/0/options/1", "'r' is there twice"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"one\", \"options\": [{\"id\": 1, \"name\": \"r\"}, {\"id\": 1, \"name\": \"s\"}]}]}",
         "/item/0/options/1/id", "two options have the id 1"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"one\", \"options\": [3]}]}", "/item/0/options/0", "an option is a name"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"text\", \"options\": [\"r\"]}]}", "/item/0/options", "has no options"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"one\", \"required\": true}]}", "/item/0/options", "no option to answer with"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"text\", \"required\": 1}]}", "/item/0/required", "true or false"},
        {"{\"item\": [{\"id\": 1, \"name\": \"x\", \"type\": \"text\"}, {\"id\": 1, \"name\": \"y\", \"type\": \"text\"}]}", "/item/1/id",
         "two attributes"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"text\", \"when\": {\"a/b\": 1}}]}", "/item/0/when/a~1b", "no attribute 'a/b' to depend on"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"text\", \"when\": {\"x\": \"1\"}}]}", "/item/0/when/x", "depend on itself"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"text\", \"when\": []}]}", "/item/0/when", "must be an object"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"text\", \"when\": {\"y\": null}}, {\"name\": \"y\", \"type\": \"text\"}]}", "/item/0/when",
         "null is no value"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"text\", \"when\": {\"y\": \"green\"}}, {\"name\": \"y\", \"type\": \"one\", \"options\": [\"red\"]}]}",
         "/item/0/when/y", "never have this value"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"text\", \"when\": {\"y\": 1.5}}, {\"name\": \"y\", \"type\": \"integer\"}]}", "/item/0/when/y",
         "never have this value"},
        {"{\"classes\": [{\"name\": \"a\", \"attributes\": [{\"name\": \"x\", \"type\": \"text\", \"when\": {\"w\": \"1\"}}]}], \"item\": [{\"name\": \"w\", \"type\": "
         "\"text\"}]}",
         "/classes/0/attributes/0/when/w", "no attribute 'w'"},
        {"{\"item\": [{\"name\": \"x\", \"type\": \"yesno\", \"when\": {\"y\": true}}, {\"name\": \"y\", \"type\": \"yesno\", \"when\": {\"x\": true}}]}",
         "/item/0/when", "run in a circle"},
        {"{\"classes\": [{\"name\": \"a\", \"skeleton\": []}]}", "/classes/0/skeleton", "an object of points and edges"},
        {"{\"classes\": [{\"name\": \"a\", \"skeleton\": {\"points\": [\"n\", \"n\"]}}]}", "/classes/0/skeleton/points/1", "'n' is there twice"},
        {"{\"classes\": [{\"name\": \"a\", \"skeleton\": {\"points\": [\"n\", 3]}}]}", "/classes/0/skeleton/points/1", "needs a name"},
        {"{\"classes\": [{\"name\": \"a\", \"skeleton\": {\"points\": [\"n\", \"m\"], \"edges\": [[0, 2]]}}]}", "/classes/0/skeleton/edges/0",
         "2 keypoints"},
        {"{\"classes\": [{\"name\": \"a\", \"skeleton\": {\"points\": [\"n\", \"m\"], \"edges\": [[0, 0]]}}]}", "/classes/0/skeleton/edges/0",
         "2 keypoints"},
        {"{\"classes\": [{\"name\": \"a\", \"skeleton\": {\"points\": [\"n\"], \"edges\": [[0]]}}]}", "/classes/0/skeleton/edges/0",
         "a pair of keypoints"},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        lw_ontology ontology = {.id = 99};
        CHECK_FAILS(cx, read(cx, cases[i].text, &ontology), LW_INVALID, cases[i].words);
        bool one = cx->fields && !cx->fields->next && strcmp(cx->fields->path, cases[i].path) == 0;
        if (!CHECK(one))
            for (lw_field_error *field = cx->fields; field; field = field->next)
                printf("# %s: %s (expected %s)\n", field->path, field->message, cases[i].path);
        CHECK(ontology.id == 99);
    }
}

static void test_all_at_once(lw_ctx *cx)
{
    static const char *const paths[] = {"/classes/0/shade", "/classes/1",        "/classes/0/key",    "/classes/0/parent",
                                        "/classes/3/name",  "/classes/4/parent", "/classes/5/parent", "/item/0/type"};
    lw_ontology ontology;
    CHECK_FAILS(
        cx,
        read(
            cx,
            "{\"classes\": [{\"name\": \"a\", \"key\": \"b\", \"shade\": 1, \"parent\": \"none\"}, 7, \"b\", \"b\", {\"name\": \"x\", \"parent\": \"y\"}, "
            "{\"name\": \"y\", \"parent\": \"x\"}], \"item\": [{\"name\": \"n\", \"type\": \"nothing\"}]}",
            &ontology),
        LW_INVALID, "and 7 more");
    size_t n = 0;
    for (lw_field_error *field = cx->fields; field; field = field->next, n++) {
        bool expected = false;
        for (size_t i = 0; i < LW_COUNT(paths); i++)
            expected = expected || strcmp(paths[i], field->path) == 0;
        if (!CHECK(expected))
            printf("# %s: %s\n", field->path, field->message);
    }
    CHECK_INT(n, LW_COUNT(paths));
}

static void test_limits(lw_ctx *cx)
{
    LW_AUTO(lw_buf) buf = {0};
    lw_ontology ontology;
    lw_buf_put_literal(&buf, "{\"classes\": [");
    for (int i = 0; i < LW_LIMIT_CLASSES; i++) /* each wrong in its own way */
        lw_buf_print(&buf, "%s{\"name\": \"%d\", \"parent\": \"%d\"}", i ? ", " : "", i, i + 1);
    lw_buf_put_literal(&buf, "]}");
    CHECK_FAILS(cx, read(cx, lw_text_string(cx->arena, lw_buf_text(&buf)), &ontology), LW_INVALID, "more than 32 parents");
    size_t n = 0;
    for (lw_field_error *field = cx->fields; field; field = field->next)
        n++;
    CHECK_INT(n, 100);
    buf.size -= 2;
    lw_buf_put_literal(&buf, ", \"more\"]}");
    CHECK_FAILS(cx, read(cx, lw_text_string(cx->arena, lw_buf_text(&buf)), &ontology), LW_INVALID, "10001 classes; 10000 are allowed");
}

int main(void)
{
    lw_ctx cx = {.arena = lw_arena_new()};
    test_round_trip(&cx);
    test_finding(&cx);
    test_adding(&cx);
    test_contradictions(&cx);
    test_all_at_once(&cx);
    test_limits(&cx);
    lw_arena_free(cx.arena);
    return tap_end();
}
