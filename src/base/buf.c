#include "base/buf.h"

#include <stdio.h>

#include "base/decimal.h"

void lw_buf_cleanup(lw_buf *buf)
{
    lw_heap_free(buf->data);
    *buf = (lw_buf){0};
}

char *lw_buf_reserve(lw_buf *buf, size_t size)
{
    size_t needed;
    if (buf->failed || __builtin_add_overflow(buf->size, size, &needed) || (buf->limit && needed > buf->limit)) {
        buf->failed = true;
        return NULL;
    }
    if (needed > buf->capacity) {
        size_t grown = buf->capacity ? buf->capacity * 2 : 256;
        buf->capacity = grown < needed ? needed : grown;
        buf->data = lw_heap_resize(buf->data, buf->capacity);
    }
    return buf->data + buf->size;
}

void lw_buf_put(lw_buf *buf, const void *data, size_t size)
{
    if (size == 0)
        return;
    char *to = lw_buf_reserve(buf, size);
    if (!to)
        return;
    memcpy(to, data, size);
    buf->size += size;
}

void lw_buf_put_char(lw_buf *buf, char c) { lw_buf_put(buf, &c, 1); }

void lw_buf_print(lw_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    char *to = size < 0 ? NULL : lw_buf_reserve(buf, (size_t)size + 1);
    if (to) {
        vsnprintf(to, (size_t)size + 1, format, again);
        buf->size += (size_t)size;
    }
    va_end(again);
    va_end(args);
}

void lw_buf_put_int(lw_buf *buf, int64_t value)
{
    char digits[LW_DECIMAL_SIZE];
    lw_buf_put(buf, digits, lw_integer_print(value, digits));
}

void lw_buf_put_double(lw_buf *buf, double value)
{
    char digits[LW_DECIMAL_SIZE];
    lw_buf_put(buf, digits, lw_decimal_print(value, digits));
}

void lw_buf_put_doubles(lw_buf *buf, const double *values, size_t n, const char *between)
{
    enum { AT_ONCE = 64 };
    size_t between_size = strlen(between);
    lw_buf_put_char(buf, '[');
    for (size_t from = 0; from < n; from += AT_ONCE) {
        size_t to = n - from < AT_ONCE ? n : from + AT_ONCE;
        char *start = lw_buf_reserve(buf, (to - from) * (LW_DECIMAL_SIZE + between_size)), *at = start;
        if (!start)
            return;
        for (size_t i = from; i < to; i++) {
            for (size_t b = 0; i && b < between_size; b++)
                *at++ = between[b];
            at += lw_decimal_print(values[i], at);
        }
        buf->size += (size_t)(at - start);
    }
    lw_buf_put_char(buf, ']');
}

void lw_buf_put_json_text(lw_buf *buf, lw_text text)
{
    LW_AUTO(lw_arena_auto) scratch = NULL;
    if (!lw_text_is_utf8(text)) {
        scratch = lw_arena_new();
        text = lw_text_to_utf8(scratch, text);
    }
    lw_buf_put_char(buf, '"');
    size_t from = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        lw_buf_put(buf, text.data + from, i - from);
        from = i + 1;
        if (c == '"' || c == '\\') {
            lw_buf_put_char(buf, '\\');
            lw_buf_put_char(buf, (char)c);
        } else if (c == '\n') {
            lw_buf_put_literal(buf, "\\n");
        } else if (c == '\t') {
            lw_buf_put_literal(buf, "\\t");
        } else {
            lw_buf_print(buf, "\\u%04x", c);
        }
    }
    if (from < text.size)
        lw_buf_put(buf, text.data + from, text.size - from);
    lw_buf_put_char(buf, '"');
}

void lw_buf_put_comma(lw_buf *buf)
{
    char last = buf->size ? buf->data[buf->size - 1] : '{';
    if (last != '{' && last != '[' && last != '\n')
        lw_buf_put_literal(buf, ", ");
}

void lw_buf_put_key(lw_buf *buf, const char *key)
{
    lw_buf_put_comma(buf);
    lw_buf_put_json_text(buf, lw_text_from(key));
    lw_buf_put_literal(buf, ": ");
}

void lw_buf_put_varint(lw_buf *buf, uint64_t value)
{
    char bytes[10];
    size_t n = 0;
    do {
        bytes[n] = (char)(value & 0x7f);
        value >>= 7;
        if (value)
            bytes[n] = (char)(bytes[n] | 0x80);
        n++;
    } while (value);
    lw_buf_put(buf, bytes, n);
}
