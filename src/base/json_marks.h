/* The marks that a JSON text is made of: quotes, brackets and braces one after the other, found 64 bytes at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { LW_MARK_BLOCK_BYTES = 64 };

typedef struct lw_marks {
    const char *block, *end;
    uint64_t bits; /* those of the block that are still to come */
} lw_marks;

static inline uint64_t lw_marks_in(const char *block)
{
    uint64_t bits = 0;
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), fold = _mm_set1_epi8(0x20), open = _mm_set1_epi8('{'), close = _mm_set1_epi8('}');
    for (int i = 0; i < 4; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)block + i);
        __m128i folded = _mm_or_si128(bytes, fold); /* '[' and '{', ']' and '}' differ by this bit alone */
        __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_or_si128(_mm_cmpeq_epi8(folded, open), _mm_cmpeq_epi8(folded, close)));
        bits |= (uint64_t)(unsigned)_mm_movemask_epi8(found) << 16 * i;
    }
#else
    for (int i = 0; i < LW_MARK_BLOCK_BYTES; i++)
        bits |= (uint64_t)(block[i] == '"' || (block[i] | 0x20) == '{' || (block[i] | 0x20) == '}') << i;
#endif
    return bits;
}

static inline void lw_marks_load(lw_marks *m)
{
    char last[LW_MARK_BLOCK_BYTES] = {0};
    if (m->end - m->block >= LW_MARK_BLOCK_BYTES) {
        m->bits = lw_marks_in(m->block);
    } else {
        memcpy(last, m->block, (size_t)(m->end - m->block));
        m->bits = lw_marks_in(last);
    }
}

static inline lw_marks lw_marks_of(const char *at, const char *end)
{
    lw_marks m = {at, end, 0};
    lw_marks_load(&m);
    return m;
}

/* False at the end. */
static inline bool lw_mark_next(lw_marks *m, const char **at)
{
    while (!m->bits) {
        if (m->end - m->block <= LW_MARK_BLOCK_BYTES)
            return false;
        m->block += LW_MARK_BLOCK_BYTES;
        lw_marks_load(m);
    }
    *at = m->block + __builtin_ctzll(m->bits);
    m->bits &= m->bits - 1;
    return true;
}

static inline bool lw_mark_is_escaped(const char *start, const char *at)
{
    const char *back = at;
    while (back > start && back[-1] == '\\')
        back--;
    return (at - back) % 2;
}

/* From the quote at *at on to the one that closes the string. */
static inline bool lw_mark_next_quote(lw_marks *m, const char **at)
{
    const char *inside = *at + 1;
    do
        if (!lw_mark_next(m, at))
            return false;
    while (**at != '"' || lw_mark_is_escaped(inside, *at));
    return true;
}

static inline bool lw_mark_opens(char mark) { return (mark & 0xdf) == '['; } /* '[' or '{' */
