#include "formats/number.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_DIGITS = 18 };

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Long mantissas and exponents: the library's reading is exact, and the error is that of a double. */
static bool parse_slowly(lw_text text, lw_number *out)
{
    double value;
    if (text.size && text.data[0] == '+')
        text = lw_text_slice(text, 1, text.size);
    if (!lw_text_to_double(text, &value))
        return false;
    *out = (lw_number){value, fabs(value) * 1e-12};
    return true;
}

bool lw_number_parse(lw_text text, lw_number *out)
{
    size_t at = 0, n_digits = 0, n_fraction = 0;
    bool negative = false, has_point = false;
    uint64_t mantissa = 0;
    if (at < text.size && (text.data[at] == '-' || text.data[at] == '+'))
        negative = text.data[at++] == '-';
    for (; at < text.size; at++) {
        char c = text.data[at];
        if (is_digit(c)) {
            if (++n_digits > MAX_DIGITS)
                return parse_slowly(text, out);
            mantissa = mantissa * 10 + (uint64_t)(c - '0');
            n_fraction += has_point;
        } else if (c == '.' && !has_point) {
            has_point = true;
        } else {
            return parse_slowly(text, out);
        }
    }
    if (n_digits == 0)
        return false;
    if (mantissa >= 1ULL << 53)
        return parse_slowly(text, out);
    double value = (double)mantissa / powers[n_fraction]; /* exact operands: correctly rounded */
    *out = (lw_number){negative ? -value : value, 0.5 / powers[n_fraction]};
    return true;
}

bool lw_number_is_not_finite(lw_text text)
{
    char word[64], *end;
    if (text.size == 0 || text.size >= sizeof word)
        return false;
    memcpy(word, text.data, text.size);
    word[text.size] = 0;
    return !isfinite(strtod(word, &end)) && end == word + text.size;
}

bool lw_word_next(lw_text *rest, lw_text *word)
{
    const char *at = rest->data, *end = rest->data + rest->size;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    const char *from = at;
    while (at < end && *at != ' ' && *at != '\t')
        at++;
    *rest = (lw_text){at, (size_t)(end - at)};
    *word = (lw_text){from, (size_t)(at - from)};
    return at > from;
}

bool lw_line_next(lw_text *rest, lw_text *line)
{
    if (rest->size == 0)
        return false;
    size_t end = 0;
    while (end < rest->size && rest->data[end] != '\n' && rest->data[end] != '\r')
        end++;
    size_t next = end < rest->size ? end + 1 : end;
    if (next < rest->size && rest->data[end] == '\r' && rest->data[next] == '\n')
        next++;
    *line = lw_text_slice(*rest, 0, end);
    *rest = lw_text_slice(*rest, next, rest->size);
    return true;
}

double lw_pixel(double value, double error)
{
    double rounded = round(value * 1e3) / 1e3;
    return fabs(value - rounded) <= fmax(error, 1e-6) ? rounded : round(value * 1e6) / 1e6;
}

lw_side lw_side_of(double size)
{
    lw_side side = {.size = size, .n_digits = 6};
    while (side.n_digits < 13 && size > 2e-7 * powers[side.n_digits])
        side.n_digits++;
    side.unit = powers[side.n_digits];
    side.rest = (int64_t)powers[16 - side.n_digits];
    side.scale = powers[side.n_digits] / size;
    return side;
}

/* Eight digits in the bytes of one word, the last one lowest: its halves, their halves, and the digits of those. */
static uint64_t eight_digits(uint32_t value)
{
    uint64_t front = value / 10000, fours = front << 32 | (value - front * 10000);
    uint64_t hundreds = fours * 10486 >> 20 & 0x0000007f0000007f, twos = hundreds << 16 | (fours - hundreds * 100);
    uint64_t tens = twos * 103 >> 10 & 0x000f000f000f000f;
    return tens << 8 | (twos - tens * 10);
}

/* A value below 10^16 in all of its digits; how many there are up to the last that is no zero, at least one. Most of what an export to
 * YOLO costs is here, and how long a number is, no processor foresees: so there is no branch. */
static size_t put_sixteen(uint64_t value, char *out)
{
    uint64_t half = value / 100000000, front = eight_digits((uint32_t)half), back = eight_digits((uint32_t)(value - half * 100000000));
    uint64_t letters[] = {htobe64(front + 0x3030303030303030), htobe64(back + 0x3030303030303030)};
    memcpy(out, letters, sizeof letters);
    uint64_t is_short = back == 0, last = back | is_short * front;
    return 16 - is_short * 8 - (size_t)__builtin_ctzll(last | 1ULL << 56) / 8;
}

/* The part behind the point, of which there is some. */
static inline size_t put_fraction(double value, const lw_side *side, int64_t fraction, char *out)
{
    *out = '.';
    size_t n_digits = put_sixteen((uint64_t)(fraction * side->rest), out + 1);
    /* Zeros at the end tell the reader how exact the number is: they go where the value is one that a reader rounds to. */
    size_t is_rounded = round(value * 1e3) / 1e3 == value;
    return 1 + side->n_digits - is_rounded * (side->n_digits - n_digits);
}

size_t lw_share_print(double value, const lw_side *side, char out[LW_DECIMAL_SIZE])
{
    double units = value * side->scale + 0.5;
    if (units >= 1 && units < side->unit) { /* within the image, as most are */
        out[0] = '0';
        return 1 + put_fraction(value, side, (int64_t)units, out + 1);
    }
    units = fabs(value) * side->scale + 0.5;
    if (!(units < 1e6 * side->unit)) /* nor when it is no number */
        return lw_decimal_print(value / side->size, out);
    uint64_t scaled = (uint64_t)units, unit = (uint64_t)side->unit, whole = scaled / unit, fraction = scaled % unit;
    size_t n = 0;
    if (value < 0 && scaled)
        out[n++] = '-';
    n += lw_integer_print((int64_t)whole, out + n);
    return n + (fraction ? put_fraction(value, side, (int64_t)fraction, out + n) : 0);
}
