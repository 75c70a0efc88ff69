/* JSON in: yyjson over an arena, with errors that say where. JSON out is lw_buf. */
#pragma once

#include <yyjson.h>

#include "base/text.h"

typedef yyjson_val lw_json;

/* Parses one document into the arena of cx. LW_INVALID names the byte, and line when there are several.
 * Deeper than LW_LIMIT_JSON_DEPTH is invalid too; numbers stay exact within int64 and double. */
LW_MUST_USE lw_status lw_json_parse(lw_ctx *cx, lw_text text, lw_json **out);

lw_json *lw_json_get(lw_json *object, const char *key); /* NULL when missing or not an object */
static inline bool lw_json_is_missing(lw_json *value) { return !value || yyjson_is_null(value); }
lw_text lw_json_text(lw_json *value); /* {NULL, 0} when it is no string */
/* An integer of int64, or a number without fraction within ±2^53. */
bool lw_json_to_int(lw_json *value, int64_t *out);
bool lw_json_to_double(lw_json *value, double *out); /* any finite number */

/* A key's value, or `otherwise` when it is missing, null or of another type: for objects whose shape was checked before. */
static inline lw_text lw_json_get_text(lw_json *object, const char *key) { return lw_json_text(lw_json_get(object, key)); }
int64_t lw_json_get_int(lw_json *object, const char *key, int64_t otherwise);
double lw_json_get_double(lw_json *object, const char *key, double otherwise);
bool lw_json_get_bool(lw_json *object, const char *key, bool otherwise);

/* What a value is, for messages: "a number", "nothing". */
const char *lw_json_kind(lw_json *value);

struct lw_buf;
/* Writes a value compactly, numbers as they were read. */
void lw_json_write(struct lw_buf *buf, lw_json *value);
