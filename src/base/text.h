/* Text by value: a view that owns nothing, and the checks that names and UTF-8 need. */
#pragma once

#include <inttypes.h>
#include <string.h>

#include "base/status.h"

typedef struct lw_text {
    const char *data; /* not ended by 0 */
    size_t size;      /* bytes */
} lw_text;

#define LW_TEXT(literal) ((lw_text){(literal), sizeof(literal) - 1})
#define LW_FMT(text) (int)(text).size, ((text).data ? (text).data : "") /* for %.*s */

static inline lw_text lw_text_from(const char *string) { return (lw_text){string, string ? strlen(string) : 0}; }
static inline bool lw_text_equal(lw_text a, lw_text b) { return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0); }
static inline bool lw_text_is(lw_text text, const char *string) { return lw_text_equal(text, lw_text_from(string)); }
/* By bytes, as SQL's binary collation and memcmp order them. */
int lw_text_compare(lw_text a, lw_text b);
/* "img2" before "img10": runs of digits compare by value; total order. */
int lw_text_compare_natural(lw_text a, lw_text b);
bool lw_text_starts(lw_text text, const char *prefix);
bool lw_text_ends(lw_text text, const char *suffix);
/* ASCII case alone. */
bool lw_text_ends_nocase(lw_text text, const char *suffix);
bool lw_text_equal_nocase(lw_text a, lw_text b);
lw_text lw_text_trim(lw_text text);
/* The part before the first (or last) such byte goes to *head, the rest behind it to *tail; false and untouched when there is none. */
bool lw_text_split(lw_text text, char at, lw_text *head, lw_text *tail);
bool lw_text_split_last(lw_text text, char at, lw_text *head, lw_text *tail);
/* Of a path with '/': its last step; the path without the ending of that step, if there is more of the step than its ending. */
lw_text lw_path_last(lw_text path);
lw_text lw_path_bare(lw_text path);
lw_text lw_text_slice(lw_text text, size_t from, size_t size);
lw_text lw_text_copy(lw_arena *arena, lw_text text);
char *lw_text_string(lw_arena *arena, lw_text text); /* ended by 0 */
lw_text lw_text_print(lw_arena *arena, const char *format, ...) LW_FORMAT(2, 3);
uint64_t lw_text_hash(lw_text text); /* FNV-1a, 64 bits; the same on every machine */

/* The whole text as a number; false when it is anything else (spaces, NaN and infinity included) or does not fit. */
bool lw_text_to_int(lw_text text, int64_t *out);
bool lw_text_to_double(lw_text text, double *out);

bool lw_text_is_utf8(lw_text text);
/* A copy in which what is not UTF-8 became U+FFFD, for messages and names read from disk. */
lw_text lw_text_to_utf8(lw_arena *arena, lw_text text);
lw_text lw_text_from_latin1(lw_arena *arena, lw_text text); /* each byte a character */

/* A name that a person gave to a thing (kind: "project", "class", …): 1 to LW_LIMIT_NAME_BYTES bytes of UTF-8,
 * no control characters, no '/' at either end, no space at either end. LW_INVALID says what is wrong. */
LW_MUST_USE lw_status lw_name_check(lw_ctx *cx, const char *kind, lw_text name);
/* An item's name: a relative path with '/', no empty, '.' or '..' step, no back-slash meaning. */
LW_MUST_USE lw_status lw_path_check(lw_ctx *cx, lw_text path);
