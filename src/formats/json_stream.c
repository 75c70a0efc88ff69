#include "formats/json_stream.h"

#include <errno.h>
#include <math.h>
#include <unistd.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/json.h"
#include "base/json_marks.h"
#include "base/limits.h"

enum { WINDOW_BYTES = 1 << 20, SLACK_BYTES = 64, KEY_BYTES = 4096 };

/* What a byte may do: stand between tokens, end a number. */
enum { SPACE = 1, AFTER_NUMBER = 2 };
static const uint8_t roles[256] = {[' '] = 3, ['\n'] = 3, ['\r'] = 3, ['\t'] = 3, [','] = 2, [']'] = 2, ['}'] = 2};

static inline bool is_space(char c) { return roles[(unsigned char)c] & SPACE; }

static inline const char *skip_space(const char *at, const char *end)
{
    while (at < end && is_space(*at))
        at++;
    return at;
}

/* The closing quote of a string whose inside begins at `at`; end when it is not there. */
static const char *string_end(const char *at, const char *end)
{
    const char *start = at;
    while (at < end && (at = memchr(at, '"', (size_t)(end - at))) != NULL) {
        if (!lw_mark_is_escaped(start, at))
            return at;
        at++;
    }
    return end;
}

/* A string that stands in an object itself is a key when a colon follows. False when the text ends before that is known. */
static bool take_key(lw_json_keys *out, lw_text name, const char *end)
{
    const char *colon = skip_space(name.data + name.size + 1, end);
    if (colon == end)
        return false;
    if (*colon == ':' && out->n == LW_JSON_KEYS)
        out->is_full = true;
    else if (*colon == ':')
        out->keys[out->n++] = (struct lw_json_key){name, skip_space(colon + 1, end), NULL};
    return true;
}

lw_json_extent lw_json_find_keys(lw_text text, lw_json_keys *out)
{
    const char *at, *end = text.data + text.size;
    size_t depth = 0;
    out->n = 0;
    out->is_full = false;
    if (text.size == 0 || *text.data != '{')
        return LW_JSON_NONE;
    lw_marks m = lw_marks_of(text.data, end);
    while (lw_mark_next(&m, &at)) {
        if (*at == '"') {
            const char *inside = at + 1;
            if (!lw_mark_next_quote(&m, &at) || (depth == 1 && !take_key(out, (lw_text){inside, (size_t)(at - inside)}, end)))
                return LW_JSON_PART;
        } else if (lw_mark_opens(*at)) {
            depth++;
        } else if (--depth == 0) {
            out->end = at + 1;
            return LW_JSON_WHOLE;
        } else if (depth == 1 && out->n && !out->keys[out->n - 1].end) {
            out->keys[out->n - 1].end = at + 1;
        }
    }
    return LW_JSON_PART;
}

void lw_cursor_space(lw_cursor *cursor) { cursor->at = skip_space(cursor->at, cursor->end); }

bool lw_cursor_take(lw_cursor *cursor, char byte)
{
    lw_cursor_space(cursor);
    if (cursor->at == cursor->end || *cursor->at != byte)
        return false;
    cursor->at++;
    return true;
}

/* Whether a byte may follow a number. */
static bool ends_number(const char *at, const char *end) { return at == end || roles[(unsigned char)*at] & AFTER_NUMBER; }

static bool read_slowly(lw_cursor *cursor, double *out)
{
    const char *at = cursor->at;
    while (!ends_number(at, cursor->end))
        at++;
    double value;
    if (!lw_text_to_double((lw_text){cursor->at, (size_t)(at - cursor->at)}, &value))
        return false;
    cursor->at = at;
    *out = value;
    return true;
}

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* The commonest of numbers, without blanks before it: returns its end, NULL when it has to be read slowly or is none. */
static inline const char *read_fast(const char *at, const char *end, double *out)
{
    bool is_negative = at < end && *at == '-';
    at += is_negative;
    const char *digits = at;
    uint64_t mantissa = 0;
    size_t n_fraction = 0;
    while (at < end && (unsigned char)(*at - '0') < 10)
        mantissa = mantissa * 10 + (unsigned char)(*at++ - '0');
    if (at == digits)
        return NULL;
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        while (at < end && (unsigned char)(*at - '0') < 10)
            mantissa = mantissa * 10 + (unsigned char)(*at++ - '0');
        n_fraction = (size_t)(at - fraction);
    }
    /* Up to 2^53 over a power of ten up to 10^22: both exact, so the quotient is the nearest double. */
    if (!ends_number(at, end) || at - digits > 17 || mantissa > 1ULL << 53)
        return NULL;
    double value = (double)mantissa / powers[n_fraction];
    *out = is_negative ? -value : value;
    return at;
}

bool lw_cursor_number(lw_cursor *cursor, double *out)
{
    lw_cursor_space(cursor);
    const char *at = read_fast(cursor->at, cursor->end, out);
    if (!at)
        return cursor->at < cursor->end && (*cursor->at == '-' || (unsigned char)(*cursor->at - '0') < 10) && read_slowly(cursor, out);
    cursor->at = at;
    return true;
}

#ifdef __SSE2__
/* A number of up to eight digits, a point among them or not, all at once; eight bytes can be read from it. */
static inline bool read_short(const char *at, size_t size, double *out)
{
    static const uint64_t each = 0x0101010101010101;
    uint64_t digits, n_fraction = 0;
    memcpy(&digits, at, sizeof digits);
    digits = (digits ^ each * '0') << (64 - 8 * size);                 /* zeros before it */
    uint64_t others = (digits | (digits + each * 0x76)) & each * 0x80; /* the high bit of what is no digit */
    if (others) {
        unsigned place = (unsigned)__builtin_ctzll(others) / 8;
        if (at[place + size - 8] != '.' || others & (others - 1) || place + size == 8)
            return false;
        uint64_t whole = (1ULL << 8 * place) - 1;
        digits = (digits & whole) << 8 | (digits & ~whole << 8);
        n_fraction = 7 - place;
    }
    digits = digits * 10 + (digits >> 8);
    digits = ((digits & 0xff000000ff) * 0xf424000000064 + (digits >> 16 & 0xff000000ff) * 0x271000000001) >> 32;
    *out = (double)digits / powers[n_fraction];
    return true;
}

/* Where numbers may end among 64 bytes: what is none of "-./0123456789". */
static inline uint64_t ends_in(const char *block)
{
    uint64_t bits = 0;
    for (int i = 0; i < 4; i++) {
        __m128i bytes = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)block + i), _mm_set1_epi8('-'));
        __m128i inside = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8('9' - '-')), bytes);
        bits |= (uint64_t)(unsigned)_mm_movemask_epi8(inside) << 16 * i;
    }
    return ~bits;
}

/* Short numbers, each with its comma, as many as stand in 64 bytes: the commas are found first, so none waits for the one before it.
 * False when it is not through with them: what stands at *at has to be looked at alone. */
static inline bool read_block(const char **at, double *out, size_t room, size_t *n)
{
    const char *block = *at, *from = block;
    uint64_t ends = ends_in(block);
    size_t count = *n;
    for (; ends && count < room; ends &= ends - 1) {
        const char *to = block + __builtin_ctzll(ends);
        if (to == from && *to == ' ') {
            from = to + 1;
            continue;
        }
        bool is_negative = *from == '-';
        size_t size = (size_t)(to - from) - is_negative;
        double value;
        if (*to != ',' || size - 1 >= 8 || !read_short(from + is_negative, size, &value))
            break;
        out[count++] = is_negative ? -value : value;
        from = to + 1;
    }
    *at = from;
    *n = count;
    return !ends && from > block;
}
#else
static inline bool read_block(const char **at, double *out, size_t room, size_t *n) { return false; }
#endif

bool lw_cursor_numbers(lw_cursor *cursor, double *out, size_t room, size_t *n)
{
    const char *at = skip_space(cursor->at, cursor->end), *end = cursor->end;
    size_t count = *n;
    bool is_good = false;
    while (at < end && count < room) {
        if (end - at >= LW_MARK_BLOCK_BYTES + 8 && (read_block(&at, out, room, &count) || count == room))
            continue;
        const char *next = read_fast(at, end, &out[count]);
        if (!next) {
            cursor->at = at;
            if (!lw_cursor_number(cursor, &out[count]))
                break;
            next = cursor->at;
        }
        count++;
        at = skip_space(next, end);
        if (at == end || *at != ',') {
            is_good = at < end && *at == ']';
            at += is_good;
            break;
        }
        at = skip_space(at + 1, end);
    }
    cursor->at = at;
    *n = count;
    return is_good;
}

bool lw_cursor_string(lw_cursor *cursor, lw_text *out)
{
    lw_cursor_space(cursor);
    if (cursor->at == cursor->end || *cursor->at != '"')
        return false;
    const char *inside = cursor->at + 1, *close = string_end(inside, cursor->end);
    if (close == cursor->end)
        return false;
    *out = (lw_text){inside, (size_t)(close - inside)};
    cursor->at = close + 1;
    return true;
}

bool lw_cursor_value(lw_cursor *cursor, lw_text *out)
{
    lw_cursor_space(cursor);
    const char *start = cursor->at, *at = start, *end = cursor->end;
    size_t depth = 0;
    if (at == end)
        return false;
    if (*at != '"' && !lw_mark_opens(*at)) {
        while (!ends_number(at, end))
            at++;
        *out = (lw_text){start, (size_t)(at - start)};
        cursor->at = at;
        return at > start;
    }
    lw_marks m = lw_marks_of(at, end);
    do {
        if (!lw_mark_next(&m, &at) || (*at == '"' && !lw_mark_next_quote(&m, &at)))
            return false;
        depth += *at == '"' ? 0 : lw_mark_opens(*at) ? 1 : (size_t)-1;
    } while (depth);
    at++;
    *out = (lw_text){start, (size_t)(at - start)};
    cursor->at = at;
    return true;
}

bool lw_json_value(const lw_json_keys *keys, size_t i, lw_text *out)
{
    const struct lw_json_key *key = &keys->keys[i];
    lw_cursor cursor = {key->value, keys->end};
    if (key->end && lw_mark_opens(*key->value)) {
        *out = (lw_text){key->value, (size_t)(key->end - key->value)};
        cursor.at = key->end;
    } else if (!lw_cursor_value(&cursor, out)) {
        return false;
    }
    cursor.at = skip_space(cursor.at, cursor.end);
    return cursor.at < cursor.end && (*cursor.at == ',' || *cursor.at == '}');
}

lw_text lw_json_unescape(lw_arena *arena, lw_text inside)
{
    if (inside.size && memchr(inside.data, '\\', inside.size)) {
        lw_ctx inner = {.arena = arena};
        lw_json *value;
        if (lw_json_parse(&inner, (lw_text){inside.data - 1, inside.size + 2}, &value) == LW_OK)
            return lw_json_text(value);
    }
    return lw_text_is_utf8(inside) ? lw_text_copy(arena, inside) : lw_text_from_latin1(arena, inside);
}

void lw_json_stream_init(lw_json_stream *stream, int fd)
{
    *stream = (lw_json_stream){.fd = fd, .capacity = WINDOW_BYTES};
    stream->data = lw_heap_new(WINDOW_BYTES + SLACK_BYTES);
}

void lw_json_stream_cleanup(lw_json_stream *stream)
{
    lw_heap_free(stream->data);
    stream->data = NULL;
}

int64_t lw_json_stream_offset(const lw_json_stream *stream) { return stream->offset + (int64_t)stream->at; }

/* More of the file behind what is held from `at` on. */
static lw_status read_more(lw_ctx *cx, lw_json_stream *stream)
{
    if (stream->at) {
        memmove(stream->data, stream->data + stream->at, stream->filled - stream->at);
        stream->offset += (int64_t)stream->at;
        stream->filled -= stream->at;
        stream->at = 0;
    }
    if (stream->filled == stream->capacity) {
        if (stream->capacity >= LW_LIMIT_LABEL_FILE_BYTES)
            return lw_fail(cx, LW_TOO_LARGE, "the object at byte %" PRId64 " has more than %d bytes", lw_json_stream_offset(stream),
                           LW_LIMIT_LABEL_FILE_BYTES);
        stream->capacity *= 2;
        stream->data = lw_heap_resize(stream->data, stream->capacity + SLACK_BYTES);
    }
    ssize_t got;
    do
        got = pread(stream->fd, stream->data + stream->filled, stream->capacity - stream->filled, stream->offset + (int64_t)stream->filled);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return lw_fail_errno(cx, errno, "cannot read");
    stream->filled += (size_t)got;
    stream->is_end = got == 0;
    return LW_OK;
}

lw_status lw_json_stream_peek(lw_ctx *cx, lw_json_stream *stream, char *out)
{
    for (;;) {
        if (lw_json_stream_offset(stream) == 0 && stream->filled >= 3 && memcmp(stream->data, "\xEF\xBB\xBF", 3) == 0)
            stream->at = 3;
        const char *end = stream->data + stream->filled, *at = skip_space(stream->data + stream->at, end);
        stream->at = (size_t)(at - stream->data);
        if (at < end || stream->is_end) {
            *out = at < end ? *at : 0;
            return LW_OK;
        }
        LW_TRY(read_more(cx, stream));
    }
}

static lw_status unexpected(lw_ctx *cx, lw_json_stream *stream, const char *wanted)
{
    if (stream->at == stream->filled)
        return lw_fail(cx, LW_INVALID, "the file ends at byte %" PRId64 " where %s should be: it is cut off", lw_json_stream_offset(stream), wanted);
    unsigned char byte = (unsigned char)stream->data[stream->at];
    return lw_fail(cx, LW_INVALID,
                   byte >= 0x20 && byte < 0x7f ? "not JSON: '%c' at byte %" PRId64 " where %s should be"
                                               : "not JSON: %#x at byte %" PRId64 " where %s should be",
                   byte, lw_json_stream_offset(stream), wanted);
}

lw_status lw_json_stream_expect(lw_ctx *cx, lw_json_stream *stream, char byte)
{
    char next;
    LW_TRY(lw_json_stream_peek(cx, stream, &next));
    if (next != byte)
        return unexpected(cx, stream, (char[]){'\'', byte, '\'', 0});
    stream->at++;
    return LW_OK;
}

lw_status lw_json_stream_key(lw_ctx *cx, lw_json_stream *stream, lw_text *out)
{
    char next;
    LW_TRY(lw_json_stream_peek(cx, stream, &next));
    if (next != '"')
        return unexpected(cx, stream, "a key");
    for (;;) {
        lw_cursor cursor = {stream->data + stream->at, stream->data + stream->filled};
        const char *start = cursor.at;
        if (lw_cursor_string(&cursor, out) && lw_cursor_take(&cursor, ':')) {
            stream->at += (size_t)(cursor.at - start);
            return LW_OK;
        }
        lw_cursor_space(&cursor);
        if (stream->is_end || stream->filled - stream->at > KEY_BYTES)
            return unexpected(cx, stream, "a key and ':'");
        LW_TRY(read_more(cx, stream));
    }
}

lw_status lw_json_stream_skip(lw_ctx *cx, lw_json_stream *stream)
{
    char next;
    LW_TRY(lw_json_stream_peek(cx, stream, &next));
    int64_t from = lw_json_stream_offset(stream);
    size_t depth = 0;
    bool in_string = false, lw_mark_is_escaped = false, is_plain = next != '{' && next != '[' && next != '"';
    for (;;) {
        while (stream->at < stream->filled) {
            const char *at = stream->data + stream->at, *end = stream->data + stream->filled;
            if (is_plain) {
                if (ends_number(at, end))
                    return lw_json_stream_offset(stream) > from ? LW_OK : unexpected(cx, stream, "a value");
                stream->at++;
                continue;
            }
            if (in_string) {
                char c = *at;
                stream->at++;
                if (!lw_mark_is_escaped && c == '"') {
                    in_string = false;
                    if (depth == 0)
                        return LW_OK;
                }
                lw_mark_is_escaped = !lw_mark_is_escaped && c == '\\';
                continue;
            }
            lw_marks m = lw_marks_of(at, end);
            if (!lw_mark_next(&m, &at)) {
                stream->at = stream->filled;
                continue;
            }
            stream->at = (size_t)(at - stream->data) + 1;
            if (*at == '"')
                in_string = true;
            else
                depth += lw_mark_opens(*at) ? 1 : (size_t)-1;
            if (depth == 0 && !in_string)
                return LW_OK;
        }
        if (stream->is_end)
            return unexpected(cx, stream, "the end of a value");
        LW_TRY(read_more(cx, stream));
    }
}

lw_status lw_json_stream_object(lw_ctx *cx, lw_json_stream *stream, lw_json_keys *keys, int64_t *offset, size_t *size)
{
    char next;
    LW_TRY(lw_json_stream_peek(cx, stream, &next));
    if (next != '{')
        return unexpected(cx, stream, "an object");
    for (;;) {
        const char *start = stream->data + stream->at;
        lw_json_extent extent = lw_json_find_keys((lw_text){start, stream->filled - stream->at}, keys);
        if (extent == LW_JSON_WHOLE) {
            *offset = lw_json_stream_offset(stream);
            *size = (size_t)(keys->end - start);
            stream->at += *size;
            return LW_OK;
        }
        if (stream->is_end)
            return lw_fail(cx, LW_INVALID, "the object at byte %" PRId64 " does not end: the file is cut off", lw_json_stream_offset(stream));
        LW_TRY(read_more(cx, stream));
    }
}
