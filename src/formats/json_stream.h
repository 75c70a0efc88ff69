/* JSON files of any size, read an object at a time: windows over a file, keys found by their structure alone, numbers read without
 * a tree. What is skipped is not held; nothing recurses, so depth costs nothing. */
#pragma once

#include "base/file.h"

enum { LW_JSON_KEYS = 64 };

/* Where an object's keys and their values begin; values end before the comma or brace that follows. */
typedef struct lw_json_keys {
    struct lw_json_key {
        lw_text name;      /* as written: escapes are left as they are */
        const char *value; /* its first byte */
        const char *end;   /* behind it when it is a list or an object */
    } keys[LW_JSON_KEYS];
    size_t n;
    bool is_full;    /* more keys than there is room for */
    const char *end; /* behind the object */
} lw_json_keys;

typedef enum lw_json_extent { LW_JSON_WHOLE, LW_JSON_PART, LW_JSON_NONE } lw_json_extent;
/* The object that begins at text.data: WHOLE; PART when the text ends within it; NONE when no object begins there. */
lw_json_extent lw_json_find_keys(lw_text text, lw_json_keys *out);
/* The text of a key's value; false when it is none. */
bool lw_json_value(const lw_json_keys *keys, size_t i, lw_text *out);

/* A place within such a text. Every function leaves it where it is and says false when there is not what it reads. */
typedef struct lw_cursor {
    const char *at, *end;
} lw_cursor;

void lw_cursor_space(lw_cursor *cursor);
/* This byte, after blanks. */
bool lw_cursor_take(lw_cursor *cursor, char byte);
/* A number as JSON writes it, finite. */
bool lw_cursor_number(lw_cursor *cursor, double *out);
/* Numbers and commas up to and with the ']' of a list whose '[' was taken, into out from *n on; false when there is no room for more,
 * or something else comes. */
bool lw_cursor_numbers(lw_cursor *cursor, double *out, size_t room, size_t *n);
/* A string's inside, as written. */
bool lw_cursor_string(lw_cursor *cursor, lw_text *out);
/* Any value; *out is its text. */
bool lw_cursor_value(lw_cursor *cursor, lw_text *out);

/* A string's inside without its escapes; what is not UTF-8 is read as Latin-1. */
lw_text lw_json_unescape(lw_arena *arena, lw_text inside);

typedef struct lw_json_stream {
    int fd;
    int64_t offset; /* in the file, of data[0] */
    char *data;
    size_t capacity, filled, at;
    bool is_end; /* data holds the file's last byte */
} lw_json_stream;

void lw_json_stream_init(lw_json_stream *stream, int fd);
void lw_json_stream_cleanup(lw_json_stream *stream);
/* The next byte that is no blank, left where it is; 0 at the end. A byte-order mark is passed over. */
LW_MUST_USE lw_status lw_json_stream_peek(lw_ctx *cx, lw_json_stream *stream, char *out);
/* LW_INVALID, and where, when another byte comes. */
LW_MUST_USE lw_status lw_json_stream_expect(lw_ctx *cx, lw_json_stream *stream, char byte);
/* A key and its colon. The text holds until the next call. */
LW_MUST_USE lw_status lw_json_stream_key(lw_ctx *cx, lw_json_stream *stream, lw_text *out);
/* Passes over any value, of any size. */
LW_MUST_USE lw_status lw_json_stream_skip(lw_ctx *cx, lw_json_stream *stream);
/* The object that comes, as a whole, and its keys, until the next call; *offset is where it begins in the file. */
LW_MUST_USE lw_status lw_json_stream_object(lw_ctx *cx, lw_json_stream *stream, lw_json_keys *keys, int64_t *offset, size_t *size);
int64_t lw_json_stream_offset(const lw_json_stream *stream);
