/* A growing, bounded buffer for output. Past its limit it turns `failed` and drops what comes: check once, at the end. */
#pragma once

#include "base/text.h"

typedef struct lw_buf {
    char *data;
    size_t size, capacity;
    size_t limit; /* bytes; 0: none */
    bool failed;
} lw_buf;

void lw_buf_cleanup(lw_buf *buf); /* for LW_AUTO(lw_buf) */
static inline void lw_buf_reset(lw_buf *buf) { buf->size = 0, buf->failed = false; }
static inline lw_text lw_buf_text(const lw_buf *buf) { return (lw_text){buf->data, buf->size}; }

/* Room for this many bytes more, to be filled at the returned place and counted by the caller; NULL past the limit. */
char *lw_buf_reserve(lw_buf *buf, size_t size);
void lw_buf_put(lw_buf *buf, const void *data, size_t size);
static inline void lw_buf_put_text(lw_buf *buf, lw_text text) { lw_buf_put(buf, text.data, text.size); }
static inline void lw_buf_put_string(lw_buf *buf, const char *string) { lw_buf_put(buf, string, strlen(string)); }
#define lw_buf_put_literal(buf, literal) lw_buf_put(buf, literal, sizeof(literal) - 1)
void lw_buf_put_char(lw_buf *buf, char c);
void lw_buf_print(lw_buf *buf, const char *format, ...) LW_FORMAT(2, 3);
void lw_buf_put_int(lw_buf *buf, int64_t value);
/* The shortest decimal that reads back as the same double; `null` when it is not finite. */
void lw_buf_put_double(lw_buf *buf, double value);
/* A list of them in JSON: most of what an export costs is this. */
void lw_buf_put_doubles(lw_buf *buf, const double *values, size_t n, const char *between);
/* With quotes; what is not UTF-8 becomes U+FFFD. */
void lw_buf_put_json_text(lw_buf *buf, lw_text text);
/* `"key": ` with a comma before it unless an object or array was just opened. */
void lw_buf_put_key(lw_buf *buf, const char *key);
/* A comma unless an object or array was just opened (or nothing was written). */
void lw_buf_put_comma(lw_buf *buf);
/* Unsigned LEB128, and zigzag for signed, as TWKB writes them. */
void lw_buf_put_varint(lw_buf *buf, uint64_t value);
static inline void lw_buf_put_zigzag(lw_buf *buf, int64_t value) { lw_buf_put_varint(buf, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63)); }
