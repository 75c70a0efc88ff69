#include "base/decimal.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ISO C has no 128-bit integers; gcc and clang do. */
__extension__ typedef unsigned __int128 wide;

enum { MANTISSA_BITS = 52, EXPONENT_BIAS = 1023 + MANTISSA_BITS, FEWEST_DIGITS = 15, MOST_DIGITS = 17 };

static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

static size_t put_unsigned(uint64_t value, char *out)
{
    if (value < 10000) { /* most coordinates: no loop, and divisions of 32 bits */
        uint32_t small = (uint32_t)value;
        size_t size = small < 10 ? 1 : small < 100 ? 2 : small < 1000 ? 3 : 4;
        for (size_t at = size; at-- > 0; small /= 10)
            out[at] = (char)('0' + small % 10);
        return size;
    }
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

size_t lw_integer_print(int64_t value, char out[LW_DECIMAL_SIZE])
{
    size_t n = 0;
    if (value < 0)
        out[n++] = '-';
    return n + put_unsigned(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, out + n);
}

/* n / 10^decimals with its last zeros left out. */
static size_t put_decimal(uint64_t n, unsigned decimals, char *out)
{
    while (decimals && n % 10 == 0)
        n /= 10, decimals--;
    char digits[24];
    size_t at = sizeof digits, size = 0;
    for (unsigned i = 0; i < decimals; i++, n /= 10)
        digits[--at] = (char)('0' + n % 10);
    size = put_unsigned(n, out);
    if (decimals) {
        out[size++] = '.';
        memcpy(out + size, digits + at, decimals);
        size += decimals;
    }
    return size;
}

/* n / 1000 with its last zeros left out. */
static size_t put_thousandths(uint64_t n, char *out)
{
    uint32_t rest = (uint32_t)(n % 1000);
    size_t size = put_unsigned(n / 1000, out);
    if (!rest)
        return size;
    out[size] = '.';
    out[size + 1] = (char)('0' + rest / 100);
    out[size + 2] = (char)('0' + rest / 10 % 10);
    out[size + 3] = (char)('0' + rest % 10);
    return size + (rest % 100 == 0 ? 2 : rest % 10 == 0 ? 3 : 4);
}

/* A positive number m * 2^-shift times 10^decimals, rounded to an integer (ties to even), and whether that integer reads back as
 * the same number: whether it lies within half a step of m, which is a quarter below a power of two. */
static bool round_decimal(uint64_t m, unsigned shift, unsigned decimals, uint64_t *out)
{
    uint64_t five = 1;
    for (unsigned i = 0; i < decimals; i++)
        five *= 5;
    wide exact = (wide)m * five, one = (wide)1 << (shift - decimals), rest = exact & (one - 1);
    uint64_t n = (uint64_t)(exact >> (shift - decimals));
    bool up = rest > one / 2 || (rest == one / 2 && (n & 1));
    wide error = up ? one - rest : rest;
    *out = n + up;
    if (!up && m == (uint64_t)1 << MANTISSA_BITS)
        return 4 * error <= five;
    return m & 1 ? 2 * error < five : 2 * error <= five;
}

/* For numbers from 0.0001 to 10^15, whose digits fit 128 bits together with their power of five. */
static size_t print_shortest(double value, char *out)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t m = (bits & (((uint64_t)1 << MANTISSA_BITS) - 1)) | (uint64_t)1 << MANTISSA_BITS, n = 0;
    unsigned shift = EXPONENT_BIAS - (unsigned)(bits >> MANTISSA_BITS);
    int whole = 0; /* digits before the point; below 1, minus the zeros behind it */
    while (whole < FEWEST_DIGITS && value >= powers[whole])
        whole++;
    for (double least = 0.1; whole <= 0 && value < least; least /= 10)
        whole--;
    unsigned decimals = (unsigned)(FEWEST_DIGITS - whole);
    for (int digits = FEWEST_DIGITS; digits <= MOST_DIGITS; digits++, decimals++)
        if (round_decimal(m, shift, decimals, &n) || digits == MOST_DIGITS)
            break;
    return put_decimal(n, decimals, out);
}

static size_t print_any(double value, char *out)
{
    for (int precision = FEWEST_DIGITS; precision <= MOST_DIGITS; precision++) {
        snprintf(out, LW_DECIMAL_SIZE, "%.*g", precision, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return strlen(out);
}

size_t lw_decimal_print(double value, char out[LW_DECIMAL_SIZE])
{
    if (!isfinite(value)) {
        memcpy(out, "null", 4);
        return 4;
    }
    size_t sign = value < 0;
    double size = fabs(value);
    out[0] = '-';
    /* Most coordinates are decimals of at most three digits: n / 1000 is the double nearest to that decimal. */
    if (size < 1e12) {
        uint64_t n = (uint64_t)(size * 1000 + .5);
        if ((double)n / 1000 == size)
            return sign + put_thousandths(n, out + sign);
    }
    if (size >= 1e-4 && size < 1e15)
        return sign + print_shortest(size, out + sign);
    return print_any(value, out);
}
