#include "tap.h"

#include <stdlib.h>

#include "base/decimal.h"

static uint64_t seed = 0x2545f4914f6cdd1d;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* The C library's own way to the fewest digits. */
static void expected(double value, char out[64])
{
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(out, 64, "%.*g", precision < 15 ? 15 : precision, value);
        if (strtod(out, NULL) == value)
            return;
    }
}

static bool same(double value)
{
    char text[LW_DECIMAL_SIZE + 1], other[64];
    text[lw_decimal_print(value, text)] = 0;
    expected(value, other);
    if (strcmp(text, other) == 0)
        return true;
    /* 1e+12 and 1000000000000 are one number with the same digits */
    char plain[64];
    snprintf(plain, sizeof plain, "%.0f", value);
    if (strchr(other, 'e') && strcmp(text, plain) == 0 && strtod(text, NULL) == value)
        return true;
    printf("# %a: is %s, expected %s\n", value, text, other);
    return false;
}

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void test_against_the_library(void)
{
    bool any = true, coordinates = true, decimals = true, edges = true;
    for (int i = 0; i < 40000; i++) {
        double value = from_bits(next());
        any = any && (!isfinite(value) || same(value));
        coordinates = coordinates && same((double)(int64_t)(next() % 2000000000) / (double)(1 + next() % 300000));
        decimals = decimals && same((double)(next() % 1000000000000) / pow(10, (double)(next() % 13)));
    }
    CHECK(any);
    CHECK(coordinates);
    CHECK(decimals);
    /* powers of two, where the steps change, and ten, with their neighbours */
    for (int exponent = -60; exponent < 60; exponent++)
        for (int64_t off = -3; off <= 3; off++) {
            double two = ldexp(1, exponent), ten = pow(10, exponent / 3);
            uint64_t bits[2];
            memcpy(&bits[0], &two, 8);
            memcpy(&bits[1], &ten, 8);
            edges = edges && same(from_bits(bits[0] + (uint64_t)off)) && same(from_bits(bits[1] + (uint64_t)off));
        }
    CHECK(edges);
}

static void check_text(double value, const char *text)
{
    char out[LW_DECIMAL_SIZE];
    CHECK_TEXT(((lw_text){out, lw_decimal_print(value, out)}), text);
}

static void test_known(void)
{
    check_text(0, "0");
    check_text(-0.0, "0");
    check_text(-12.5, "-12.5");
    check_text(0.001, "0.001");
    check_text(-0.0005, "-0.0005");
    check_text(0.1 + 0.2, "0.30000000000000004");
    check_text(1e15, "1e+15");
    check_text(5e-324, "4.94065645841247e-324");
    check_text(NAN, "null");
    check_text(-INFINITY, "null");
    char out[LW_DECIMAL_SIZE];
    CHECK_TEXT(((lw_text){out, lw_integer_print(INT64_MIN, out)}), "-9223372036854775808");
    CHECK_TEXT(((lw_text){out, lw_integer_print(0, out)}), "0");
}

int main(void)
{
    test_known();
    test_against_the_library();
    return tap_end();
}
