/* A unit test is a C program that prints TAP: checks, then `return tap_end();`. */
#pragma once

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static int tap_count, tap_failures;

#define CHECK(condition) tap_check((condition), #condition, __FILE__, __LINE__)
#define CHECK_INT(actual, expected) tap_check_int((int64_t)(actual), (int64_t)(expected), #actual, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) tap_check_text((actual), (expected), #actual, __FILE__, __LINE__)
/* The call succeeds; its message is printed when it does not. */
#define CHECK_OK(cx, call) tap_check_status((cx), (call), LW_OK, NULL, #call, __FILE__, __LINE__)
/* The call fails with this status, and its message contains these words. */
#define CHECK_FAILS(cx, call, status, words) tap_check_status((cx), (call), (status), (words), #call, __FILE__, __LINE__)

static inline bool tap_check(bool passed, const char *what, const char *file, int line)
{
    printf("%sok %d - %s\n", passed ? "" : "not ", ++tap_count, what);
    if (!passed) {
        tap_failures++;
        printf("# %s:%d\n", file, line);
    }
    return passed;
}

static inline bool tap_check_int(int64_t actual, int64_t expected, const char *what, const char *file, int line)
{
    bool passed = tap_check(actual == expected, what, file, line);
    if (!passed)
        printf("# is %" PRId64 ", expected %" PRId64 "\n", actual, expected);
    return passed;
}

static inline bool tap_check_text(lw_text actual, const char *expected, const char *what, const char *file, int line)
{
    bool passed = tap_check(lw_text_is(actual, expected), what, file, line);
    if (!passed)
        printf("# is '%.*s'\n# expected '%s'\n", LW_FMT(actual), expected);
    return passed;
}

static inline bool tap_check_status(lw_ctx *cx, lw_status actual, lw_status expected, const char *words, const char *what, const char *file, int line)
{
    bool passed = tap_check(actual == expected && (!words || strstr(cx->message, words)), what, file, line);
    if (!passed)
        printf("# status %s, expected %s: %s\n", lw_status_slug(actual), lw_status_slug(expected), cx->message);
    return passed;
}

static inline int tap_end(void)
{
    printf("1..%d\n", tap_count);
    return tap_failures ? 1 : 0;
}
