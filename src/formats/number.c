#include "formats/number.h"

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
    side.unit = (uint64_t)powers[side.n_digits];
    side.scale = powers[side.n_digits] / size;
    return side;
}

size_t lw_share_print(double value, const lw_side *side, char out[LW_DECIMAL_SIZE])
{
    double units = fabs(value) * side->scale + 0.5;
    if (!(units < 1e6 * (double)side->unit)) /* nor when it is no number */
        return lw_decimal_print(value / side->size, out);
    unsigned n_digits = side->n_digits;
    size_t n = 0;
    uint64_t scaled = (uint64_t)units, unit = side->unit;
    uint64_t whole = scaled < unit ? 0 : scaled / unit, fraction = scaled - whole * unit; /* most lie within the image */
    if (value < 0 && scaled)
        out[n++] = '-';
    if (whole)
        n += lw_integer_print((int64_t)whole, out + n);
    else
        out[n++] = '0';
    if (fraction == 0)
        return n;
    /* Zeros at the end tell the reader how exact the number is: they go where the value is one that a reader rounds to. */
    if (fraction % 10 == 0 && round(value * 1e3) / 1e3 == value)
        for (; fraction % 10 == 0; fraction /= 10)
            n_digits--;
    out[n++] = '.';
    lw_digits_print(fraction, n_digits, out + n);
    return n + n_digits;
}
