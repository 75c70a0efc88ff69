#include <stdlib.h>

#include "base/buf.h"
#include "formats/json_stream.h"
#include "tap.h"

/* Whatever is read many bytes at a time has to be seen at every distance from the ends of what is read at once. */

static lw_text value_of(const lw_json_keys *keys, size_t i)
{
    lw_cursor cursor = {keys->keys[i].value, keys->end};
    lw_text value = {0};
    CHECK(lw_cursor_value(&cursor, &value));
    return value;
}

static void test_keys(lw_ctx *cx)
{
    for (int pad = 0; pad < 140; pad++) {
        lw_text text = lw_text_print(
            cx->arena, "{\"p\": \"%*s\", \"list\": [1, {\"in\": \"]}\\\\\\\"\"}, [[]]], \"n\" : -3.5 ,\"o\":{\"e\\\"\": \"\\\\\"}}, {}", pad, "");
        lw_json_keys keys;
        CHECK(lw_json_find_keys(text, &keys) == LW_JSON_WHOLE && keys.n == 4 && !keys.is_full);
        CHECK(keys.end == text.data + text.size - 4);
        CHECK_TEXT(keys.keys[1].name, "list");
        CHECK_TEXT(value_of(&keys, 1), "[1, {\"in\": \"]}\\\\\\\"\"}, [[]]]");
        CHECK_TEXT(value_of(&keys, 2), "-3.5");
        CHECK_TEXT(value_of(&keys, 3), "{\"e\\\"\": \"\\\\\"}");
        CHECK(keys.keys[1].end == keys.keys[1].value + value_of(&keys, 1).size && keys.keys[3].end == keys.end - 1);
        CHECK(!keys.keys[0].end && !keys.keys[2].end);
        bool is_part = true;
        for (size_t size = 1; size < text.size - 4; size++) /* cut off anywhere */
            is_part &= lw_json_find_keys((lw_text){text.data, size}, &keys) == LW_JSON_PART;
        CHECK(is_part);
    }
}

/* As strtod reads each of them, at every place of a block. */
static void test_numbers(void)
{
    static const char *const written[] = {"0",         "7",         "-1",       "0.5",       "12.25",      "-0.125",    "123456.7",
                                          "1234567.8", "12345678",  "99999999", "123456789", "-1234.56",   "1.2345678", "1e3",
                                          "-2.5E-2",   "0.0001",    "-0",       "100.",      "00012.50",   "3.14159",   "-99999.9",
                                          "0.30",      "1234.5678", "640.0000", "1e-9",      "8388608.25", "0.1"};
    LW_AUTO(lw_buf) buf = {0};
    double read[400];
    unsigned seed = 1;
    bool is_same = true, is_full = true;
    for (int turn = 0; turn < 2000; turn++) {
        double wanted[LW_COUNT(read)];
        size_t n_wanted = turn % 150 + 1, n = 0;
        lw_buf_reset(&buf);
        for (size_t i = 0; i < n_wanted; i++) {
            const char *number = written[(seed = seed * 1103515245 + 12345) >> 8 & 15 ? (seed >> 16) % LW_COUNT(written) : 4];
            wanted[i] = strtod(number, NULL);
            lw_buf_print(&buf, "%s%s", i == 0 ? "" : turn % 3 == 0 ? ", " : turn % 3 == 1 ? "," : " ,\n", number);
        }
        lw_buf_put_string(&buf, turn % 5 ? "]" : " ] ");
        lw_buf_put_string(&buf, turn % 2 ? "" : ", \"what follows\": [1, 2, 3, 4, 5, 6, 7, 8, 9], \"and\": [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]");
        char *exact = memcpy(lw_heap_new(buf.size), buf.data, buf.size); /* behind it nothing may be read */
        lw_cursor cursor = {exact, exact + buf.size};
        is_same &= lw_cursor_numbers(&cursor, read, LW_COUNT(read), &n) && n == n_wanted && cursor.at[-1] == ']' &&
                   memcmp(read, wanted, n * sizeof *read) == 0;
        n = 0, cursor.at = exact;
        is_full &= !lw_cursor_numbers(&cursor, read, n_wanted - 1, &n) && n == n_wanted - 1;
        lw_heap_free(exact);
    }
    CHECK(is_same);
    CHECK(is_full);
}

static void test_what_is_no_number(void)
{
    static const char *const broken[] = {"",   ".5",   "1.2.3", "1/2",   "--1", "1-2", "-",   "1,,2",    "a",   "1 2",  "/",         "1.5.",
                                         "-.", "+1.5", "nan",   "\"1\"", "1e",  "[1]", "0x1", "1.2.3.4", "1;2", "\x81", "12345678.x"};
    for (size_t i = 0; i < LW_COUNT(broken); i++) {
        bool is_taken = false;
        for (int before = 0; before < 40; before++) {
            LW_AUTO(lw_buf) buf = {0};
            for (int k = 0; k < before; k++)
                lw_buf_put_string(&buf, k % 3 ? "1.25," : "640,");
            lw_buf_print(&buf, "%s, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5]", broken[i]);
            double read[100];
            size_t n = 0;
            lw_cursor cursor = {buf.data, buf.data + buf.size};
            is_taken |= lw_cursor_numbers(&cursor, read, LW_COUNT(read), &n);
        }
        CHECK(!is_taken);
    }
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    test_keys(&cx);
    test_numbers();
    test_what_is_no_number();
    return tap_end();
}
