#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/limits.h"

static void test_numbers(void)
{
    LW_AUTO(lw_buf) buf = {0};
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {10.5, "10.5"},
                 {-0.25, "-0.25"},
                 {1.001, "1.001"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {1e22, "1e+22"},
                 {100.01, "100.01"},
                 {1.0 / 3, "0.3333333333333333"},
                 {-3, "-3"},
                 {123456789.125, "123456789.125"}};
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        lw_buf_reset(&buf);
        lw_buf_put_double(&buf, cases[i].value);
        CHECK_TEXT(lw_buf_text(&buf), cases[i].text);
    }
    bool all = true;
    srand(7);
    for (int i = 0; i < 20000; i++) {
        double value = (rand() - RAND_MAX / 2) / (double)(1 + rand() % 5000);
        lw_buf_reset(&buf);
        lw_buf_put_double(&buf, value);
        lw_buf_put_char(&buf, 0);
        all = all && strtod(buf.data, NULL) == value;
    }
    CHECK(all);
    lw_buf_reset(&buf);
    lw_buf_put_int(&buf, INT64_MIN);
    CHECK_TEXT(lw_buf_text(&buf), "-9223372036854775808");
    int64_t n;
    double d;
    CHECK(lw_text_to_int(LW_TEXT("-12"), &n) && n == -12);
    CHECK(lw_text_to_int(LW_TEXT("9223372036854775807"), &n) && n == INT64_MAX);
    CHECK(lw_text_to_int(LW_TEXT("-9223372036854775808"), &n) && n == INT64_MIN);
    CHECK(!lw_text_to_int(LW_TEXT("9223372036854775808"), &n) && !lw_text_to_int(LW_TEXT("-9223372036854775809"), &n));
    CHECK(!lw_text_to_int(LW_TEXT("-"), &n) && !lw_text_to_int(LW_TEXT("--1"), &n) && !lw_text_to_int(LW_TEXT("1\0"), &n));
    CHECK(!lw_text_to_int(LW_TEXT("12 "), &n) && !lw_text_to_int(LW_TEXT("99999999999999999999"), &n) && !lw_text_to_int(LW_TEXT(""), &n));
    CHECK(lw_text_to_double(LW_TEXT("1e-3"), &d) && d == 0.001);
    CHECK(!lw_text_to_double(LW_TEXT("nan"), &d) && !lw_text_to_double(LW_TEXT("1e999"), &d) && !lw_text_to_double(LW_TEXT("0x10"), &d));
}

static void test_buf(void)
{
    LW_AUTO(lw_buf) buf = {.limit = 8};
    lw_buf_put_literal(&buf, "12345678");
    CHECK(!buf.failed);
    lw_buf_put_char(&buf, '9');
    CHECK(buf.failed);
    CHECK_TEXT(lw_buf_text(&buf), "12345678");
    LW_AUTO(lw_buf) json = {0};
    lw_buf_put_json_text(&json, LW_TEXT("a\"\\\n\x01\xff\xc3\xa4"));
    CHECK_TEXT(lw_buf_text(&json), "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa4\"");
}

static void test_text(lw_ctx *cx)
{
    CHECK(lw_text_compare_natural(LW_TEXT("img2.jpg"), LW_TEXT("img10.jpg")) < 0);
    CHECK(lw_text_compare_natural(LW_TEXT("img02"), LW_TEXT("img2")) != 0);
    CHECK(lw_text_compare_natural(LW_TEXT("a"), LW_TEXT("a")) == 0);
    for (size_t at = 0; at < 20; at++) { /* wherever it stands */
        char line[] = "0123456789abcdefghij\xc3\xa9";
        CHECK(lw_text_is_utf8((lw_text){line + at, sizeof line - 1 - at}));
        line[at] = (char)0xff;
        CHECK(!lw_text_is_utf8((lw_text){line, sizeof line - 1}));
    }
    CHECK(lw_text_is_utf8(LW_TEXT("\xf0\x9f\x8d\x85")) && !lw_text_is_utf8(LW_TEXT("\xed\xa0\x80")) && !lw_text_is_utf8(LW_TEXT("\xc0\x80")));
    CHECK_OK(cx, lw_name_check(cx, "class", LW_TEXT("traffic light")));
    CHECK_FAILS(cx, lw_name_check(cx, "class", LW_TEXT("")), LW_INVALID, "needs a name");
    CHECK_FAILS(cx, lw_name_check(cx, "class", LW_TEXT(" x")), LW_INVALID, "space");
    CHECK_OK(cx, lw_path_check(cx, LW_TEXT("a b/\xf0\x9f\x8d\x85.jpg")));
    CHECK_FAILS(cx, lw_path_check(cx, LW_TEXT("a/../b")), LW_INVALID, "relative");
    CHECK_FAILS(cx, lw_path_check(cx, LW_TEXT("/etc/passwd")), LW_INVALID, "relative");
    CHECK_FAILS(cx, lw_path_check(cx, LW_TEXT("a//b")), LW_INVALID, "relative");
    lw_text head, tail;
    CHECK(lw_text_is(lw_path_last(LW_TEXT("a/b.c/d.e.txt")), "d.e.txt") && lw_text_is(lw_path_last(LW_TEXT("d")), "d"));
    CHECK(lw_text_is(lw_path_bare(LW_TEXT("a/b.c/d.e.txt")), "a/b.c/d.e") && lw_text_is(lw_path_bare(LW_TEXT("a.b/c")), "a.b/c"));
    CHECK(lw_text_is(lw_path_bare(LW_TEXT("a/.hidden")), "a/.hidden") && lw_path_last((lw_text){0}).size == 0);
    CHECK(lw_text_split_last(LW_TEXT("a/b/c.txt"), '/', &head, &tail) && lw_text_is(head, "a/b") && lw_text_is(tail, "c.txt"));
}

static void test_json(lw_ctx *cx)
{
    lw_json *value;
    CHECK_OK(cx, lw_json_parse(cx, LW_TEXT("{\"a\": [1, 2.50, -3], \"b\": null}"), &value));
    LW_AUTO(lw_buf) buf = {0};
    lw_json_write(&buf, value);
    CHECK_TEXT(lw_buf_text(&buf), "{\"a\": [1, 2.5, -3], \"b\": null}");
    CHECK_FAILS(cx, lw_json_parse(cx, LW_TEXT("{\"a\":\n 1,}"), &value), LW_INVALID, "line 2");
    CHECK_FAILS(cx, lw_json_parse(cx, LW_TEXT("[NaN]"), &value), LW_INVALID, "not JSON");
    CHECK_FAILS(cx, lw_json_parse(cx, LW_TEXT(""), &value), LW_INVALID, "nothing");
    lw_buf_reset(&buf);
    for (int i = 0; i < 1000000; i++)
        lw_buf_put_char(&buf, '[');
    CHECK_FAILS(cx, lw_json_parse(cx, lw_buf_text(&buf), &value), LW_INVALID, "deeper");
    for (int depth = LW_LIMIT_JSON_DEPTH; depth <= LW_LIMIT_JSON_DEPTH + 1; depth++) { /* brackets within strings are no depth */
        lw_buf_reset(&buf);
        for (int i = 0; i < depth; i++)
            lw_buf_put_string(&buf, i % 2 ? "[\"]]\\\"[[\", " : "{\"\\\\\": ");
        lw_buf_put_string(&buf, "\"[{[{[{\"");
        for (int i = depth - 1; i >= 0; i--)
            lw_buf_put_char(&buf, i % 2 ? ']' : '}');
        lw_ctx_clear(cx);
        if (depth <= LW_LIMIT_JSON_DEPTH)
            CHECK_OK(cx, lw_json_parse(cx, lw_buf_text(&buf), &value));
        else
            CHECK_FAILS(cx, lw_json_parse(cx, lw_buf_text(&buf), &value), LW_INVALID, "deeper");
    }
}

static void test_time(void)
{
    int64_t us = 0;
    char out[LW_TIME_SIZE];
    CHECK(lw_time_parse(LW_TEXT("2026-01-31T12:00:00.25+01:30"), &us));
    CHECK_TEXT(lw_text_from(lw_time_print(us, out)), "2026-01-31T10:30:00.250000Z");
    CHECK(lw_time_parse(LW_TEXT("2026-01-31"), &us) && !lw_time_parse(LW_TEXT("4812"), &us) && !lw_time_parse(LW_TEXT("2026-13-31"), &us));
}

static void test_files(lw_ctx *cx)
{
    char folder[] = "/tmp/lw-base-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    char *deep = lw_print(cx->arena, "%s/a/b", folder);
    CHECK_OK(cx, lw_folder_make(cx, deep));
    char *path = lw_path_join(cx->arena, deep, LW_TEXT("x.txt"));
    CHECK_OK(cx, lw_file_replace(cx, path, LW_TEXT("one")));
    CHECK_OK(cx, lw_file_replace(cx, path, LW_TEXT("two")));
    lw_text content;
    CHECK_OK(cx, lw_file_read(cx, path, 100, &content));
    CHECK_TEXT(content, "two");
    CHECK_FAILS(cx, lw_file_read(cx, path, 2, &content), LW_TOO_LARGE, "x.txt");
    CHECK_FAILS(cx, lw_file_read(cx, "/nonexistent/file", 2, &content), LW_NOT_FOUND, "/nonexistent/file");
    CHECK(symlink("/etc/passwd", lw_print(cx->arena, "%s/out", deep)) == 0);
    CHECK_OK(cx, lw_path_remove(cx, folder));
    CHECK(access(folder, F_OK) != 0 && access("/etc/passwd", F_OK) == 0);
}

static bool is_folded(const char *a, const char *b)
{
    bool is_same = lw_text_equal_folded(lw_text_from(a), lw_text_from(b));
    CHECK(is_same == (lw_text_hash_folded(lw_text_from(a)) == lw_text_hash_folded(lw_text_from(b))));
    return is_same;
}

static void test_fold(void)
{
    CHECK(is_folded("", "") && is_folded("IMG_1.JPG", "img_1.jpg") && !is_folded("a", "ab") && !is_folded("a", "b"));
    CHECK(is_folded("caf\u00e9.png", "cafe\u0301.png") && is_folded("CAF\u00c9", "caf\u00e9") && !is_folded("caf\u00e9", "cafe"));
    CHECK(is_folded("\u1ec7", "e\u0323\u0302") && is_folded("\u1f82", "\u03b1\u0313\u0300\u0345")); /* marks upon marks */
    CHECK(is_folded("\ud55c\uad6d", "\u1112\u1161\u11ab\u1100\u116e\u11a8") && is_folded("\uac00", "\u1100\u1161"));
    CHECK(is_folded("\u0416\u03a9", "\u0436\u03c9") && is_folded("\u212b", "\u00e5") && is_folded("\u304c", "\u304b\u3099"));
    CHECK(is_folded("\xff\xc3", "\xff\xc3") && !is_folded("\xff", "\xfe") && !is_folded("\xc3", "\xc3\xa9") && !is_folded("\xff", "\u00ff"));
    lw_fold with_zero = {.rest = {"\0a", 2}};
    CHECK(lw_fold_next(&with_zero) != 0 && lw_fold_next(&with_zero) == 'a' && lw_fold_next(&with_zero) == 0);
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    test_numbers();
    test_buf();
    test_text(&cx);
    test_json(&cx);
    test_time();
    test_files(&cx);
    test_fold();
    return tap_end();
}
