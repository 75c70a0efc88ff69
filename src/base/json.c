#include "base/json.h"

#include <math.h>

#include "base/buf.h"
#include "base/json_marks.h"
#include "base/limits.h"

static void *arena_malloc(void *arena, size_t size) { return lw_alloc(arena, size); }

static void *arena_realloc(void *arena, void *old, size_t old_size, size_t size)
{
    void *grown = lw_alloc(arena, size);
    if (old)
        memcpy(grown, old, old_size < size ? old_size : size);
    return grown;
}

static void arena_free(void *arena, void *memory) { (void)arena, (void)memory; }

/* yyjson reads without recursion; whoever walks the tree does not, so the depth is bounded before it is built. */
static bool is_too_deep(lw_text text)
{
    const char *at, *end = text.data + text.size;
    int depth = 0;
    lw_marks m = lw_marks_of(text.data, end);
    while (lw_mark_next(&m, &at)) {
        if (*at == '"' && !lw_mark_next_quote(&m, &at))
            break;
        if (lw_mark_opens(*at) && ++depth > LW_LIMIT_JSON_DEPTH)
            return true;
        depth -= *at == ']' || *at == '}';
    }
    return false;
}

lw_status lw_json_parse(lw_ctx *cx, lw_text text, lw_json **out)
{
    if (text.size == 0)
        return lw_fail(cx, LW_INVALID, "expected JSON, found nothing");
    if (is_too_deep(text))
        return lw_fail(cx, LW_INVALID, "this JSON is nested deeper than %d levels", LW_LIMIT_JSON_DEPTH);
    yyjson_alc memory = {arena_malloc, arena_realloc, arena_free, cx->arena};
    yyjson_read_err error;
    yyjson_doc *doc = yyjson_read_opts((char *)text.data, text.size, YYJSON_READ_NOFLAG, &memory, &error);
    if (!doc) {
        size_t line = 1, column = 1;
        for (size_t i = 0; i < error.pos && i < text.size; i++) {
            column++;
            if (text.data[i] == '\n')
                line++, column = 1;
        }
        return lw_fail(cx, LW_INVALID, "not JSON: %s at line %zu, byte %zu", error.msg, line, column);
    }
    *out = yyjson_doc_get_root(doc);
    return LW_OK;
}

lw_json *lw_json_get(lw_json *object, const char *key) { return yyjson_obj_get(object, key); }

lw_text lw_json_text(lw_json *value) { return yyjson_is_str(value) ? (lw_text){yyjson_get_str(value), yyjson_get_len(value)} : (lw_text){0}; }

bool lw_json_to_int(lw_json *value, int64_t *out)
{
    if (yyjson_is_uint(value) && yyjson_get_uint(value) <= INT64_MAX) {
        *out = (int64_t)yyjson_get_uint(value);
        return true;
    }
    if (yyjson_is_sint(value)) {
        *out = yyjson_get_sint(value);
        return true;
    }
    if (yyjson_is_real(value)) {
        double number = yyjson_get_real(value);
        if (number == floor(number) && fabs(number) <= 9007199254740992.0) {
            *out = (int64_t)number;
            return true;
        }
    }
    return false;
}

bool lw_json_to_double(lw_json *value, double *out)
{
    if (!yyjson_is_num(value))
        return false;
    double number = yyjson_get_num(value);
    if (!isfinite(number))
        return false;
    *out = number;
    return true;
}

int64_t lw_json_get_int(lw_json *object, const char *key, int64_t otherwise)
{
    int64_t value;
    return lw_json_to_int(lw_json_get(object, key), &value) ? value : otherwise;
}

double lw_json_get_double(lw_json *object, const char *key, double otherwise)
{
    double value;
    return lw_json_to_double(lw_json_get(object, key), &value) ? value : otherwise;
}

bool lw_json_get_bool(lw_json *object, const char *key, bool otherwise)
{
    lw_json *value = lw_json_get(object, key);
    return yyjson_is_bool(value) ? yyjson_get_bool(value) : otherwise;
}

const char *lw_json_kind(lw_json *value)
{
    switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_NULL: return "null";
    case YYJSON_TYPE_BOOL: return "true or false";
    case YYJSON_TYPE_NUM: return "a number";
    case YYJSON_TYPE_STR: return "text";
    case YYJSON_TYPE_ARR: return "a list";
    case YYJSON_TYPE_OBJ: return "an object";
    default: return "nothing";
    }
}

void lw_json_write(lw_buf *buf, lw_json *value)
{
    size_t i, n;
    yyjson_val *key, *item;
    switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_BOOL: lw_buf_put_string(buf, yyjson_get_bool(value) ? "true" : "false"); break;
    case YYJSON_TYPE_STR: lw_buf_put_json_text(buf, lw_json_text(value)); break;
    case YYJSON_TYPE_NUM:
        if (yyjson_is_uint(value) && yyjson_get_uint(value) > INT64_MAX)
            lw_buf_print(buf, "%" PRIu64, yyjson_get_uint(value));
        else if (yyjson_is_int(value))
            lw_buf_put_int(buf, yyjson_get_sint(value));
        else
            lw_buf_put_double(buf, yyjson_get_real(value));
        break;
    case YYJSON_TYPE_ARR:
        lw_buf_put_char(buf, '[');
        yyjson_arr_foreach(value, i, n, item)
        {
            if (i)
                lw_buf_put_literal(buf, ", ");
            lw_json_write(buf, item);
        }
        lw_buf_put_char(buf, ']');
        break;
    case YYJSON_TYPE_OBJ:
        lw_buf_put_char(buf, '{');
        yyjson_obj_foreach(value, i, n, key, item)
        {
            if (i)
                lw_buf_put_literal(buf, ", ");
            lw_buf_put_json_text(buf, lw_json_text(key));
            lw_buf_put_literal(buf, ": ");
            lw_json_write(buf, item);
        }
        lw_buf_put_char(buf, '}');
        break;
    default: lw_buf_put_literal(buf, "null");
    }
}
