#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/limits.h"

int lw_text_compare(lw_text a, lw_text b)
{
    size_t shared = a.size < b.size ? a.size : b.size;
    int order = shared ? memcmp(a.data, b.data, shared) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t digits_end(lw_text text, size_t at)
{
    while (at < text.size && is_digit(text.data[at]))
        at++;
    return at;
}

int lw_text_compare_natural(lw_text a, lw_text b)
{
    size_t i = 0, j = 0;
    while (i < a.size && j < b.size) {
        if (is_digit(a.data[i]) && is_digit(b.data[j])) {
            while (i < a.size && a.data[i] == '0')
                i++;
            while (j < b.size && b.data[j] == '0')
                j++;
            size_t a_end = digits_end(a, i), b_end = digits_end(b, j);
            if (a_end - i != b_end - j)
                return a_end - i < b_end - j ? -1 : 1;
            int order = memcmp(a.data + i, b.data + j, a_end - i);
            if (order)
                return order;
            i = a_end, j = b_end;
        } else {
            unsigned char x = (unsigned char)a.data[i++], y = (unsigned char)b.data[j++];
            if (x != y)
                return x < y ? -1 : 1;
        }
    }
    if (i < a.size || j < b.size)
        return i < a.size ? 1 : -1;
    return lw_text_compare(a, b); /* 07 and 7 */
}

bool lw_text_starts(lw_text text, const char *prefix)
{
    size_t size = strlen(prefix);
    return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

bool lw_text_ends(lw_text text, const char *suffix)
{
    size_t size = strlen(suffix);
    return text.size >= size && memcmp(text.data + text.size - size, suffix, size) == 0;
}

bool lw_text_ends_nocase(lw_text text, const char *suffix)
{
    size_t size = strlen(suffix);
    return text.size >= size && strncasecmp(text.data + text.size - size, suffix, size) == 0;
}

bool lw_text_equal_nocase(lw_text a, lw_text b) { return a.size == b.size && (a.size == 0 || strncasecmp(a.data, b.data, a.size) == 0); }

lw_text lw_text_trim(lw_text text)
{
    while (text.size && isspace((unsigned char)text.data[0]))
        text.data++, text.size--;
    while (text.size && isspace((unsigned char)text.data[text.size - 1]))
        text.size--;
    return text;
}

lw_text lw_text_slice(lw_text text, size_t from, size_t size)
{
    if (from > text.size)
        from = text.size;
    if (size > text.size - from)
        size = text.size - from;
    return (lw_text){text.data ? text.data + from : NULL, size};
}

static bool split_at(lw_text text, const char *found, lw_text *head, lw_text *tail)
{
    if (!found)
        return false;
    size_t at = (size_t)(found - text.data);
    *head = lw_text_slice(text, 0, at);
    *tail = lw_text_slice(text, at + 1, text.size);
    return true;
}

bool lw_text_split(lw_text text, char at, lw_text *head, lw_text *tail)
{
    return text.size && split_at(text, memchr(text.data, at, text.size), head, tail);
}

bool lw_text_split_last(lw_text text, char at, lw_text *head, lw_text *tail)
{
    return text.size && split_at(text, memrchr(text.data, at, text.size), head, tail);
}

lw_text lw_path_last(lw_text path)
{
    lw_text folder, step = path;
    lw_text_split_last(path, '/', &folder, &step);
    return step;
}

lw_text lw_path_bare(lw_text path)
{
    lw_text stem, ending;
    return lw_text_split_last(lw_path_last(path), '.', &stem, &ending) && stem.size ? lw_text_slice(path, 0, path.size - ending.size - 1) : path;
}

lw_text lw_text_copy(lw_arena *arena, lw_text text) { return (lw_text){lw_copy(arena, text.data, text.size), text.size}; }
char *lw_text_string(lw_arena *arena, lw_text text) { return lw_copy(arena, text.data, text.size); }

lw_text lw_text_print(lw_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = lw_vprint(arena, format, args);
    va_end(args);
    return lw_text_from(text);
}

uint64_t lw_text_hash(lw_text text)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * 0x100000001b3;
    return hash;
}

bool lw_text_to_int(lw_text text, int64_t *out)
{
    bool is_negative = text.size && text.data[0] == '-';
    uint64_t value = 0, most = (uint64_t)INT64_MAX + is_negative;
    if (text.size == is_negative)
        return false;
    for (size_t i = is_negative; i < text.size; i++) {
        unsigned digit = (unsigned char)text.data[i] - (unsigned)'0';
        if (digit > 9 || value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = is_negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

bool lw_text_to_double(lw_text text, double *out)
{
    char copy[64];
    if (text.size == 0 || text.size >= sizeof copy)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!is_digit(text.data[i]) && !memchr("+-.eE", text.data[i], 5)) /* never the 0 that ends a string */
            return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = 0;
    char *end;
    double value = strtod(copy, &end);
    if (end == copy || *end || !isfinite(value))
        return false;
    *out = value;
    return true;
}

/* Bytes of the well-formed UTF-8 character at the front, or 0. */
static size_t utf8_size(const unsigned char *at, size_t left)
{
    unsigned char c = at[0];
    if (c < 0x80)
        return 1;
    size_t size = c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    if (!size || left < size)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && at[1] < 0xa0) || (c == 0xed && at[1] > 0x9f) || (c == 0xf0 && at[1] < 0x90) || (c == 0xf4 && at[1] > 0x8f))
        return 0;
    return size;
}

bool lw_text_is_utf8(lw_text text)
{
    const unsigned char *data = (const unsigned char *)text.data;
    for (size_t i = 0, size; i < text.size; i += size) {
        uint64_t bytes = ~0ULL;
        if (text.size - i >= sizeof bytes)
            memcpy(&bytes, data + i, sizeof bytes);
        size = bytes & 0x8080808080808080 ? utf8_size(data + i, text.size - i) : sizeof bytes; /* all ASCII */
        if (!size)
            return false;
    }
    return true;
}

lw_text lw_text_to_utf8(lw_arena *arena, lw_text text)
{
    if (lw_text_is_utf8(text))
        return lw_text_copy(arena, text);
    const unsigned char *data = (const unsigned char *)text.data;
    char *copy = lw_alloc(arena, text.size * 3 + 1);
    size_t used = 0;
    for (size_t i = 0; i < text.size;) {
        size_t size = utf8_size(data + i, text.size - i);
        memcpy(copy + used, size ? (const char *)data + i : "\xef\xbf\xbd", size ? size : 3);
        used += size ? size : 3;
        i += size ? size : 1;
    }
    return (lw_text){copy, used};
}

lw_text lw_text_from_latin1(lw_arena *arena, lw_text text)
{
    char *utf8 = lw_alloc(arena, text.size * 2 + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0x80)
            utf8[n++] = (char)(0xc0 | c >> 6);
        utf8[n++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    return (lw_text){utf8, n};
}

static bool has_control(lw_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
            return true;
    return false;
}

lw_status lw_name_check(lw_ctx *cx, const char *kind, lw_text name)
{
    if (name.size == 0)
        return lw_fail(cx, LW_INVALID, "a %s needs a name", kind);
    if (name.size > LW_LIMIT_NAME_BYTES)
        return lw_fail(cx, LW_INVALID, "this %s's name is %zu bytes long; %d are allowed", kind, name.size, LW_LIMIT_NAME_BYTES);
    if (!lw_text_is_utf8(name))
        return lw_fail(cx, LW_INVALID, "this %s's name is not UTF-8", kind);
    if (has_control(name))
        return lw_fail(cx, LW_INVALID, "this %s's name has a control character in it", kind);
    char first = name.data[0], last = name.data[name.size - 1];
    if (first == ' ' || last == ' ' || first == '/' || last == '/')
        return lw_fail(cx, LW_INVALID, "the %s's name '%.*s' begins or ends with a space or '/'", kind, LW_FMT(name));
    return LW_OK;
}

lw_status lw_path_check(lw_ctx *cx, lw_text path)
{
    if (path.size == 0 || path.size > LW_LIMIT_PATH_BYTES)
        return lw_fail(cx, LW_INVALID, "an item's name has 1 to %d bytes; this one has %zu", LW_LIMIT_PATH_BYTES, path.size);
    if (!lw_text_is_utf8(path))
        return lw_fail(cx, LW_INVALID, "this item's name is not UTF-8");
    if (has_control(path))
        return lw_fail(cx, LW_INVALID, "this item's name has a control character in it");
    lw_text rest = path, step;
    for (bool more = true; more;) {
        more = lw_text_split(rest, '/', &step, &rest);
        if (!more)
            step = rest;
        LW_ASSERT(step.size == 0 || step.data);
        if (step.size == 0 || lw_text_is(step, ".") || lw_text_is(step, ".."))
            return lw_fail(cx, LW_INVALID, "the item's name '%.*s' must be a relative path without empty, '.' or '..' steps", LW_FMT(path));
        if (step.size > LW_LIMIT_NAME_BYTES)
            return lw_fail(cx, LW_INVALID, "a step of an item's name has at most %d bytes; one has %zu", LW_LIMIT_NAME_BYTES, step.size);
    }
    return LW_OK;
}
