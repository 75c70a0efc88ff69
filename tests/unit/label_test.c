#include "tap.h"

#include "base/limits.h"
#include "model/item.h"

static lw_json *parse(lw_ctx *cx, const char *text)
{
    lw_json *json = NULL;
    CHECK_OK(cx, lw_json_parse(cx, lw_text_from(text), &json));
    return json;
}

static const char *const operation_keys[] = {"op", "item", NULL};

static lw_status read(lw_ctx *cx, const char *text, lw_label *out) { return lw_label_from_json(cx, parse(cx, text), operation_keys, out); }

/* Each is written as it is read, byte for byte. */
static void test_round_trip(lw_ctx *cx)
{
    static const char *const labels[] = {
        "{\"id\": 7001, \"class\": \"car\", \"layer\": \"truth\", \"attributes\": {\"colour\": \"red\", \"parked\": true}, "
        "\"box\": [10.5, 20, 100, 40], \"angle\": 0, \"confidence\": null, \"by\": \"bo\", \"seq\": 4812, \"group\": null, \"frame\": null}",
        "{\"class\": \"a \\\"b\\\" \xc3\xa4\", \"attributes\": {}, \"polygon\": [[[0, 0, 10, 0, 10, 10], [1, 1, 2.25, 1, 2, 2]], [[20, 20, 30.125, 20, 30, 30]]], "
        "\"confidence\": 0.875, \"group\": 3, \"frame\": null}",
        "{\"class\": \"x\", \"attributes\": {\"n\": 3, \"f\": 0.1, \"many\": [\"a\", \"b\"]}, \"polyline\": [1, 2, 3, 4], \"confidence\": 1, \"group\": null, "
        "\"frame\": null}",
        "{\"class\": \"x\", \"attributes\": {}, \"points\": [-1.5, 2], \"confidence\": null, \"group\": null, \"frame\": 0}",
        "{\"class\": \"x\", \"attributes\": {}, \"skeleton\": [1, 2, 2, 0, 0, 0, 5, 6, 1], \"confidence\": null, \"group\": null, \"frame\": null}",
        "{\"class\": \"x\", \"attributes\": {}, \"box\": [1, 2, 3, 4], \"angle\": 30.5, \"skeleton\": [1, 2, 2], \"confidence\": null, \"group\": null, "
        "\"frame\": null}",
        "{\"class\": \"x\", \"attributes\": {}, \"mask\": {\"size\": [4, 5], \"counts\": \"53<\"}, \"confidence\": null, \"group\": null, \"frame\": null}",
        "{\"class\": \"x\", \"attributes\": {}, \"ellipse\": [50, 60, 20, 10.5], \"angle\": -15, \"confidence\": null, \"group\": null, \"frame\": null}",
        "{\"class\": \"x\", \"attributes\": {}, \"cuboid\": [0, 0, 1, 0, 1, 1, 0, 1, 2, 2, 3, 2, 3, 3, 2, 3], \"confidence\": null, \"group\": null, "
        "\"frame\": null}",
        "{\"class\": \"item\", \"attributes\": {\"weather\": \"sun\"}, \"tag\": true, \"confidence\": null, \"group\": null, \"frame\": null}",
        "{\"attributes\": {}, \"box\": [1, 2, 3, 4], \"angle\": 0, \"confidence\": null, \"group\": null, \"track\": 31, \"frame\": 12, \"outside\": true, "
        "\"source_id\": \"918\"}",
    };
    LW_AUTO(lw_buf) buf = {0};
    for (size_t i = 0; i < LW_COUNT(labels); i++) {
        lw_label label, again;
        CHECK_OK(cx, read(cx, labels[i], &label));
        lw_buf_reset(&buf);
        lw_label_write_json(&buf, &label);
        CHECK_TEXT(lw_buf_text(&buf), labels[i]);
        CHECK_OK(cx, read(cx, lw_text_string(cx->arena, lw_buf_text(&buf)), &again));
        CHECK(lw_label_same(&label, &again));
    }
}

static void test_reading(lw_ctx *cx)
{
    lw_label label;
    CHECK_OK(cx, read(cx, "{\"op\": \"add\", \"item\": 17, \"class\": \"car\", \"polygon\": [[0, 0, 4, 0, 4, 4], [8, 8, 9, 8, 9, 9]], \"box\": null}",
                      &label));
    CHECK(label.shape.kind == LW_POLYGON && label.shape.n_parts == 2 && label.shape.n_rings == 2 && label.shape.n_points == 6);
    CHECK(label.shape.x == 0 && label.shape.y == 0 && label.shape.w == 9 && label.shape.h == 9);
    CHECK(label.frame == -1 && label.group == 0 && label.track == 0 && isnan(label.confidence));
    CHECK_OK(cx, read(cx, "{\"class\": \"car\", \"tag\": true, \"attributes\": {\"gone\": null, \"kept\": false, \"n\": 3.0, \"f\": -2.5}}", &label));
    CHECK_INT(label.n_attributes, 3);
    CHECK(label.attributes[0].type == LW_YESNO && !label.attributes[0].yes);
    CHECK(label.attributes[1].type == LW_INTEGER && label.attributes[1].integer == 3 && label.attributes[1].number == 3);
    CHECK(label.attributes[2].type == LW_NUMBER && label.attributes[2].number == -2.5);
}

static void test_refused(lw_ctx *cx)
{
    static const struct {
        const char *text, *words, *path;
    } cases[] = {
        {"[]", "must be an object, not a list", NULL},
        {"{\"box\": [1, 2, 3, 4]}", "needs a class", "/class"},
        {"{\"class\": 3, \"tag\": true}", "'class' must be a text, not a number", "/class"},
        {"{\"class\": \"a\"}", "needs a geometry", NULL},
        {"{\"class\": \"a\", \"box\": [1, 2, 3]}", "'box' must be [x, y, w, h]", "/box"},
        {"{\"class\": \"a\", \"box\": [1, 2, 3, \"4\"]}", "'box' must be", "/box"},
        {"{\"class\": \"a\", \"box\": [1, 2, 3, 4], \"points\": [1, 2]}", "'box' and 'points'", "/points"},
        {"{\"class\": \"a\", \"box\": [1, 2, 3, 4], \"box\": [1, 2, 3, 5]}", "'box' stands there twice", "/box"},
        {"{\"class\": \"a\", \"bbox\": [1, 2, 3, 4]}", "no key 'bbox'", "/bbox"},
        {"{\"class\": \"a\", \"tag\": false}", "'tag' must be true", "/tag"},
        {"{\"class\": \"a\", \"polygon\": [[0, 0, 1]]}", "'polygon' must be", "/polygon"},
        {"{\"class\": \"a\", \"polygon\": [[[0, 0, 1, 1], 3]]}", "'polygon' must be", "/polygon"},
        {"{\"class\": \"a\", \"polygon\": [[[[0, 0]]]]}", "'polygon' must be", "/polygon"},
        {"{\"class\": \"a\", \"polygon\": {\"a\": 1}}", "'polygon' must be", "/polygon"},
        {"{\"class\": \"a\", \"polyline\": [1, 2, 3]}", "'polyline' must be", "/polyline"},
        {"{\"class\": \"a\", \"polyline\": \"1 2\"}", "'polyline' must be", "/polyline"},
        {"{\"class\": \"a\", \"cuboid\": [1, 2]}", "of 8 corners", "/cuboid"},
        {"{\"class\": \"a\", \"skeleton\": [1, 2, 3]}", "with v 0, 1 or 2", "/skeleton"},
        {"{\"class\": \"a\", \"points\": [1, 2], \"skeleton\": [1, 2, 2]}", "not beside 'points'", "/skeleton"},
        {"{\"class\": \"a\", \"points\": [1, 2], \"angle\": 3}", "goes with a box", "/angle"},
        {"{\"class\": \"a\", \"box\": [1, 2, 3, 4], \"angle\": \"3\"}", "number of degrees", "/angle"},
        {"{\"class\": \"a\", \"mask\": {\"size\": [4, 5], \"counts\": [20]}}", "'mask' must be", "/mask"},
        {"{\"class\": \"a\", \"mask\": {\"size\": [4, 5], \"counts\": \"d0\", \"x\": 1}}", "'mask' must be", "/mask"},
        {"{\"class\": \"a\", \"mask\": {\"size\": [4, 5], \"counts\": \"d1\"}}", "not runs of 5 x 4", "/mask/counts"},
        {"{\"class\": \"a\", \"mask\": {\"size\": [0, 5], \"counts\": \"\"}}", "sides have 1 to", "/mask/size"},
        {"{\"class\": \"a\", \"mask\": {\"size\": [70000, 5], \"counts\": \"\"}}", "sides have 1 to", "/mask/size"},
        {"{\"class\": \"a\", \"tag\": true, \"confidence\": 1.5}", "from 0 to 1", "/confidence"},
        {"{\"class\": \"a\", \"tag\": true, \"frame\": -1}", "'frame' must be a whole number", "/frame"},
        {"{\"class\": \"a\", \"tag\": true, \"id\": 1.5}", "'id' must be a whole number", "/id"},
        {"{\"class\": \"a\", \"tag\": true, \"outside\": 1}", "true or false", "/outside"},
        {"{\"class\": \"a\", \"tag\": true, \"attributes\": []}", "object of names and values", "/attributes"},
        {"{\"class\": \"a\", \"tag\": true, \"attributes\": {\"a/b\": {}}}", "not an object", "/attributes/a~1b"},
        {"{\"class\": \"a\", \"tag\": true, \"attributes\": {\"a\": [1]}}", "must be texts", "/attributes/a"},
        {"{\"class\": \"a\", \"tag\": true, \"attributes\": {\"a\": 1, \"a\": 2}}", "given twice", "/attributes/a"},
        {"{\"class\": \"a\", \"tag\": true, \"attributes\": {\"\": 1}}", "needs a name", NULL},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        lw_label label = {.id = 99};
        CHECK_FAILS(cx, read(cx, cases[i].text, &label), LW_INVALID, cases[i].words);
        CHECK(cases[i].path ? cx->fields && strcmp(cx->fields->path, cases[i].path) == 0 : !cx->fields);
        CHECK(label.id == 99); /* untouched */
    }
}

static void test_limits(lw_ctx *cx)
{
    LW_AUTO(lw_buf) buf = {0};
    for (int extra = 0; extra < 2; extra++) {
        lw_buf_reset(&buf);
        lw_buf_put_literal(&buf, "{\"class\": \"a\", \"points\": [");
        for (int i = 0; i < 2 * (LW_LIMIT_POINTS + extra); i++)
            lw_buf_put_string(&buf, i ? ",1" : "1");
        lw_buf_put_literal(&buf, "]}");
        lw_json *json;
        lw_label label;
        CHECK_OK(cx, lw_json_parse(cx, lw_buf_text(&buf), &json));
        if (extra)
            CHECK_FAILS(cx, lw_label_from_json(cx, json, NULL, &label), LW_INVALID, "more than 1000000 points");
        else
            CHECK_OK(cx, lw_label_from_json(cx, json, NULL, &label));
    }
}

static void test_many_attributes(lw_ctx *cx)
{
    LW_AUTO(lw_buf) buf = {0};
    for (int repeated = 0; repeated < 2; repeated++) {
        lw_buf_reset(&buf);
        lw_buf_put_literal(&buf, "{\"class\": \"a\", \"tag\": true, \"attributes\": {");
        for (int i = 0; i < LW_LIMIT_ATTRIBUTES - 1; i++)
            lw_buf_print(&buf, "\"a%d\": %d, ", i, i);
        lw_buf_print(&buf, "\"a%d\": 0}}", repeated ? 500 : 5000);
        lw_label label;
        lw_status status = read(cx, lw_text_string(cx->arena, lw_buf_text(&buf)), &label);
        if (repeated)
            CHECK_FAILS(cx, status, LW_INVALID, "'a500' is given twice");
        else
            CHECK(status == LW_OK && label.n_attributes == LW_LIMIT_ATTRIBUTES);
    }
}

static void test_change(lw_ctx *cx)
{
    lw_label label, before;
    CHECK_OK(cx, read(cx,
                      "{\"id\": 7, \"class\": \"car\", \"attributes\": {\"a\": 1, \"b\": 2, \"c\": 3}, \"box\": [1, 2, 3, 4], \"angle\": 10, "
                      "\"skeleton\": [1, 2, 2], \"confidence\": 0.5, \"group\": 4}",
                      &label));
    before = label;
    CHECK_OK(cx, lw_label_change_from_json(cx, parse(cx, "{\"attributes\": {\"b\": null, \"c\": 5, \"d\": 6}}"), NULL, &label));
    LW_AUTO(lw_buf) buf = {0};
    lw_attributes_write_json(&buf, label.attributes, label.n_attributes);
    CHECK_TEXT(lw_buf_text(&buf), "{\"a\": 1, \"c\": 5, \"d\": 6}");
    CHECK(lw_shape_equal(&label.shape, &before.shape) && label.confidence == 0.5 && label.group == 4);
    CHECK_OK(cx, lw_label_change_from_json(cx, parse(cx, "{\"box\": [1, 2, 30, 40]}"), NULL, &label));
    CHECK(label.shape.w == 30 && label.shape.angle == 10 && label.shape.n_keypoints == 1);
    CHECK_OK(cx, lw_label_change_from_json(cx, parse(cx, "{\"angle\": 20, \"class\": \"bus\", \"group\": null}"), NULL, &label));
    CHECK(label.shape.w == 30 && label.shape.angle == 20 && label.group == 0);
    CHECK_TEXT(label.class_name, "bus");
    CHECK_OK(cx, lw_label_change_from_json(cx, parse(cx, "{\"skeleton\": null}"), NULL, &label));
    CHECK(label.shape.n_keypoints == 0 && label.shape.kind == LW_BOX);
    CHECK_OK(cx, lw_label_change_from_json(cx, parse(cx, "{\"polygon\": [[0, 0, 1, 0, 1, 1]]}"), NULL, &label));
    CHECK(label.shape.kind == LW_POLYGON && label.shape.angle == 0 && label.shape.w == 1);
    before = label;
    CHECK_FAILS(cx, lw_label_change_from_json(cx, parse(cx, "{\"class\": \"x\", \"box\": [1]}"), NULL, &label), LW_INVALID, "'box'");
    CHECK(lw_label_same(&before, &label));
}

static void test_same(lw_ctx *cx)
{
    static const char *const base = "{\"class\": \"car\", \"attributes\": {\"a\": 1, \"b\": [\"x\", \"y\"]}, \"box\": [1, 2, 3, 4]}";
    static const struct {
        const char *text;
        bool same;
    } cases[] = {
        {"{\"id\": 5, \"seq\": 8, \"by\": \"bo\", \"class\": \"car\", \"attributes\": {\"b\": [\"y\", \"x\"], \"a\": 1.0}, \"box\": [1, 2, 3, 4], \"angle\": 0}",
         true},
        {"{\"class\": \"Car\", \"attributes\": {\"a\": 1, \"b\": [\"x\", \"y\"]}, \"box\": [1, 2, 3, 4]}", false},
        {"{\"class\": \"car\", \"attributes\": {\"a\": 1, \"b\": [\"x\", \"x\"]}, \"box\": [1, 2, 3, 4]}", false},
        {"{\"class\": \"car\", \"attributes\": {\"a\": true, \"b\": [\"x\", \"y\"]}, \"box\": [1, 2, 3, 4]}", false},
        {"{\"class\": \"car\", \"attributes\": {\"a\": 1, \"c\": [\"x\", \"y\"]}, \"box\": [1, 2, 3, 4]}", false},
        {"{\"class\": \"car\", \"attributes\": {\"a\": 1}, \"box\": [1, 2, 3, 4]}", false},
        {"{\"class\": \"car\", \"attributes\": {\"a\": 1, \"b\": [\"x\", \"y\"]}, \"box\": [1, 2, 3, 4.001]}", false},
        {"{\"class\": \"car\", \"attributes\": {\"a\": 1, \"b\": [\"x\", \"y\"]}, \"box\": [1, 2, 3, 4], \"angle\": 1}", false},
        {"{\"class\": \"car\", \"attributes\": {\"a\": 1, \"b\": [\"x\", \"y\"]}, \"box\": [1, 2, 3, 4], \"skeleton\": [1, 1, 2]}", false},
        {"{\"class\": \"car\", \"attributes\": {\"a\": 1, \"b\": [\"x\", \"y\"]}, \"box\": [1, 2, 3, 4], \"confidence\": 0}", false},
        {"{\"class\": \"car\", \"attributes\": {\"a\": 1, \"b\": [\"x\", \"y\"]}, \"box\": [1, 2, 3, 4], \"frame\": 0}", false},
        {"{\"class\": \"car\", \"attributes\": {\"a\": 1, \"b\": [\"x\", \"y\"]}, \"box\": [1, 2, 3, 4], \"layer\": \"other\"}", false},
    };
    lw_label a, b;
    CHECK_OK(cx, read(cx, base, &a));
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        CHECK_OK(cx, read(cx, cases[i].text, &b));
        CHECK(lw_label_same(&a, &b) == cases[i].same && lw_label_same(&b, &a) == cases[i].same);
    }
    /* a text may answer a `one` */
    const lw_attribute one = {.name = LW_TEXT("c"), .type = LW_ONE, .text = LW_TEXT("red")},
                       text = {.name = LW_TEXT("c"), .type = LW_TEXT_VALUE, .text = LW_TEXT("red")};
    CHECK(lw_attributes_equal(&one, 1, &text, 1));
}

static void test_tracks(lw_ctx *cx)
{
    static const char *const text = "{\"id\": 31, \"class\": \"car\", \"attributes\": {\"colour\": \"red\"}}";
    lw_track track;
    LW_AUTO(lw_buf) buf = {0};
    CHECK_OK(cx, lw_track_from_json(cx, parse(cx, text), &track));
    lw_track_write_json(&buf, &track);
    CHECK_TEXT(lw_buf_text(&buf), text);
    CHECK_FAILS(cx, lw_track_from_json(cx, parse(cx, "{\"class\": \"car\", \"box\": [1, 2, 3, 4]}"), &track), LW_INVALID, "a track has no key 'box'");
    CHECK_FAILS(cx, lw_track_from_json(cx, parse(cx, "{\"id\": 3}"), &track), LW_INVALID, "a track needs a class");
}

static void test_states(void)
{
    lw_task_state state = LW_WAITING;
    CHECK(lw_task_state_from_name(LW_TEXT("skipped"), &state) && state == LW_SKIPPED);
    CHECK(!lw_task_state_from_name(LW_TEXT("Done"), &state) && state == LW_SKIPPED);
    CHECK(strcmp(lw_task_state_name(LW_DONE), "done") == 0 && !lw_task_state_name(LW_N_TASK_STATES));
}

int main(void)
{
    lw_ctx cx = {.arena = lw_arena_new()};
    test_round_trip(&cx);
    test_reading(&cx);
    test_refused(&cx);
    test_limits(&cx);
    test_many_attributes(&cx);
    test_change(&cx);
    test_same(&cx);
    test_tracks(&cx);
    test_states();
    lw_arena_free(cx.arena);
    return tap_end();
}
