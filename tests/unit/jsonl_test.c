#include "format_run.h"

static format_run first, second;

#define HEADER "{\"labelwright\": 1, \"project\": \"road\", \"seq\": 7, \"ontology\": {\"classes\": [\"car\", \"dog\"]}}\n"

/* One label of each kind, and everything that may stand on an item. */
static const char everything[] = HEADER
    "{\"item\": \"photos/\xC3\xA4 1.jpg\", \"width\": 640, \"height\": 480, \"dataset\": \"d\", \"split\": \"train\", \"state\": \"done\", "
    "\"source_id\": \"42\", \"metadata\": {\"lux\": 3.5}, \"tracks\": [{\"id\": 31, \"class\": \"car\", \"attributes\": {}}], \"labels\": ["
    "{\"id\": 7001, \"class\": \"car\", \"layer\": \"truth\", \"attributes\": {\"colour\": \"red\", \"parked\": true}, \"box\": [10.5, 20, 100, 40], "
    "\"angle\": 30.25, \"confidence\": null, \"by\": \"bo\", \"seq\": 4812, \"group\": 3, \"frame\": null},\n"
    "{\"class\": \"car\", \"layer\": \"model\", \"polygon\": [[[0, 0, 9, 0, 9, 9], [2, 1, 3, 1, 3, 2]], [[20, 20, 30, 20, 30, 30]]], "
    "\"confidence\": 0.123456789},\n"
    "{\"class\": \"dog\", \"polyline\": [0, 0, 1.5, 2]}, {\"class\": \"dog\", \"points\": [3, 4]}, {\"class\": \"dog\", \"tag\": true},\n"
    "{\"class\": \"dog\", \"skeleton\": [1, 2, 2, 0, 0, 0], \"box\": [0, 0, 5, 5]}, {\"class\": \"dog\", \"ellipse\": [5, 5, 2, 1], \"angle\": 7},\n"
    "{\"class\": \"dog\", \"cuboid\": [0,0,1,0,1,1,0,1,2,2,3,2,3,3,2,3]}, {\"class\": \"dog\", \"mask\": {\"size\": [2, 2], \"counts\": \"121\"}},\n"
    "{\"class\": \"car\", \"track\": 31, \"frame\": 4, \"outside\": true, \"box\": [1, 1, 2, 2]}]}\n";

static void one_line(char *text) /* the text above is broken for people: an item is one line */
{
    for (char *at = text; *at; at++)
        if (at[0] == ',' && at[1] == '\n')
            at[1] = ' ';
}

static const char *put(lw_ctx *cx, const char *folder, const char *content)
{
    char *copy = lw_print(cx->arena, "%s", content);
    one_line(copy);
    folder_put(cx, folder, "in.jsonl", lw_text_from(copy));
    return folder_path(cx, folder, "in.jsonl");
}

static void test_lossless(lw_ctx *cx, const char *folder)
{
    const char *in = put(cx, folder, everything);
    CHECK_OK(cx, lw_format_jsonl.read ? run_read(cx, &lw_format_jsonl, in, &first) : LW_FAILED);
    CHECK_INT(first.n_items, 1);
    CHECK_INT(first.n_labels, 10);
    CHECK_INT(first.report.labels_read, 10);
    CHECK_INT(first.report.labels_skipped, 0);
    CHECK_INT(first.report.classes_read, 2);
    CHECK_INT(run_count(&first, "image-not-there"), 1);
    CHECK_INT(run_count(&first, "outside-image"), 1); /* the turned box */
    CHECK_INT(run_count(&first, "mask-size"), 1);
    CHECK(!first.report.issues->next->next->next);
    const lw_item *item = &first.items[0].item;
    CHECK(item->has_state && item->state == LW_DONE);
    CHECK_TEXT(item->metadata, "{\"lux\": 3.5}");
    CHECK_TEXT(item->source_id, "42");
    CHECK_INT(first.items[0].labels[0].id, 0); /* labels get new ids */
    CHECK_TEXT(first.items[0].labels[0].by, "bo");
    CHECK_INT(first.items[0].labels[9].track, 31);
    static const char *const names[] = {"out.jsonl", "out", "out.zip", "out.tar.gz"};
    for (size_t i = 0; i < LW_COUNT(names); i++) {
        const char *out = folder_path(cx, folder, names[i]);
        CHECK_OK(cx, run_write(cx, &lw_format_jsonl, out, &first, false));
        CHECK_OK(cx, run_read(cx, &lw_format_jsonl, out, &second));
        run_check_same(&first, &second);
    }
    CHECK_INT(first.report.kinds[LW_POLYGON], LW_COUNT(names));
}

static void test_headers(lw_ctx *cx, const char *folder)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"", "first line is empty"},
        {"\n", "first line is empty"},
        {"{}\n", "not a header"},
        {"not json\n", "not a header"},
        {"[1]\n", "not a header"},
        {"{\"item\": \"a.jpg\", \"labels\": []}\n", "not a header"},
        {"{\"labelwright\": 2}\n", "another version"},
        {"{\"labelwright\": 1, \"ontology\": {\"classes\": [\"a\", \"a\"]}}\n", "ontology"},
        {"{\"labelwright\": 1, \"ontology\": 7}\n", "ontology"},
        {"{\"labelwright\": 1", "not a header"},
    };
    for (size_t i = 0; i < LW_COUNT(bad); i++)
        CHECK_FAILS(cx, run_read(cx, &lw_format_jsonl, put(cx, folder, bad[i].text), &first), LW_INVALID, bad[i].words);
    lw_ctx_clear(cx);
    CHECK_OK(cx, run_read(cx, &lw_format_jsonl, put(cx, folder, "\xEF\xBB\xBF{\"labelwright\": 1}\r\n{\"item\": \"a\"}\r\n\r\n"), &first));
    CHECK_INT(first.n_items, 1);
}

/* Each broken line is one error that names it; the rest goes on. */
static void test_lines(lw_ctx *cx, const char *folder)
{
    LW_AUTO(lw_buf) deep = {0};
    lw_buf_put_literal(&deep, HEADER "{\"item\": \"good.jpg\"}\n{\"item\": ");
    for (int i = 0; i < 1000000; i++)
        lw_buf_put_char(&deep, '[');
    lw_buf_put_literal(
        &deep, "\n{\"item\": \"../up.jpg\"}\n{\"item\": 7}\n{\"width\": 3}\n[]\n{\"item\": \"w.jpg\", \"width\": 1e99}\n"
               "{\"item\": \"s.jpg\", \"state\": \"odd\"}\n{\"item\": \"m.jpg\", \"metadata\": 1}\n\xff\xfe\n{\"item\": \"n.jpg\", \"width\": NaN}\n"
               "{\"item\": \"unknown.jpg\", \"colour\": 1, \"labels\": [{\"class\": \"car\", \"box\": [0, 0, 1, 1], \"odd\": 1}]}\n"
               "{\"item\": \"labels.jpg\", \"labels\": [{\"class\": \"car\", \"box\": [0, 0, 0, 1]}, {\"class\": \"car\"}, 7, "
               "{\"class\": \"car\", \"track\": 5, \"frame\": 0, \"box\": [0, 0, 1, 1]}, {\"class\": \"car\", \"box\": [0, 0, 1, 1]}]}\n"
               "{\"item\": \"cut.jpg\", \"labels\": [{");
    lw_buf_put_char(&deep, 0);
    CHECK_OK(cx, run_read(cx, &lw_format_jsonl, put(cx, folder, deep.data), &first));
    CHECK_INT(first.n_items, 3);
    CHECK_INT(run_count(&first, "line-broken"), 11);
    CHECK_TEXT(lw_text_slice(lw_text_from(first.report.issues->next->examples[0]), 0, 16), "in.jsonl: line 3");
    CHECK_INT(run_count(&first, "unknown-key"), 1);
    CHECK_INT(run_count(&first, "label-broken"), 3);
    CHECK_INT(run_count(&first, "label-without-track"), 1);
    CHECK_INT(run_count(&first, "box-without-area"), 1);
    CHECK_INT(first.report.labels_read, 6);
    CHECK_INT(first.report.labels_skipped, 5);
    CHECK_INT(first.n_labels, 1);
    CHECK(first.report.is_partial);
}

/* Cut off at any byte: refused or partly read, and every label that is read is whole. */
static void test_cut(lw_ctx *cx, const char *folder)
{
    char *whole = lw_print(cx->arena, "%s", everything);
    one_line(whole);
    for (size_t size = 0; size < sizeof everything - 2; size += 11) {
        folder_put(cx, folder, "in.jsonl", (lw_text){whole, size});
        lw_status status = run_read(cx, &lw_format_jsonl, folder_path(cx, folder, "in.jsonl"), &first);
        CHECK(size < sizeof HEADER - 2 ? status == LW_INVALID : status == LW_OK && first.n_labels == 0);
    }
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    const char *folder = folder_new(&cx);
    test_lossless(&cx, folder);
    test_headers(&cx, folder);
    test_lines(&cx, folder);
    test_cut(&cx, folder);
    folder_remove(&cx, folder);
    return tap_end();
}
