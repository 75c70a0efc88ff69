/* Checks JSON bodies and query parameters against a schema; every error is noted with its JSON pointer. */
#pragma once

#include "base/json.h"
#include "http/route.h"

/* LW_INVALID with up to twenty field errors: unknown keys, missing ones, types, ranges, lengths, options. */
LW_MUST_USE lw_status lw_schema_check(lw_ctx *cx, const lw_schema *schema, lw_json *value);
/* Decodes `a=1&b=x%20y` into a JSON object of the schema's types and checks it. NULL: no parameter is known. */
LW_MUST_USE lw_status lw_query_parse(lw_ctx *cx, const lw_schema *schema, lw_text text, lw_json **out);
/* Percent-decoding; plus_is_space in queries. LW_INVALID for broken escapes, a zero byte and what is not UTF-8. */
LW_MUST_USE lw_status lw_url_decode(lw_ctx *cx, lw_text text, bool plus_is_space, lw_text *out);
