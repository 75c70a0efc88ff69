#include "http/schema.h"

#include "base/buf.h"
#include "base/limits.h"

enum { MOST_ERRORS = 20, PATH_BYTES = 512 };

/* One walk over a value. The pointer to where it stands grows and shrinks with it. */
typedef struct walk {
    lw_ctx *cx;
    char path[PATH_BYTES];
    size_t path_size;
    int n_errors;
} walk;

static void check_value(walk *at, const lw_field *field, lw_type type, lw_json *value);

/* The first error is the message; all are fields. */
static void note(walk *at, const char *format, ...) LW_FORMAT(2, 3);
static void note(walk *at, const char *format, ...)
{
    char message[256];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (at->n_errors++ == 0)
        lw_fail(at->cx, LW_INVALID, "%s: %s", at->path_size ? at->path : "/", message);
    if (at->n_errors <= MOST_ERRORS)
        lw_fail_field(at->cx, at->path, "%s", message);
}

/* Appends "/step", escaped as RFC 6901 says; what does not fit is cut, the value is checked all the same. */
static size_t enter(walk *at, lw_text step)
{
    size_t before = at->path_size;
    char *to = at->path + before, *end = at->path + PATH_BYTES - 3;
    if (to < end)
        *to++ = '/';
    for (size_t i = 0; i < step.size && to < end; i++) {
        char c = step.data[i];
        if (c == '~' || c == '/')
            *to++ = '~', c = c == '~' ? '0' : '1';
        *to++ = c;
    }
    *to = 0;
    at->path_size = (size_t)(to - at->path);
    return before;
}

static void leave(walk *at, size_t before)
{
    at->path_size = before;
    at->path[before] = 0;
}

static const char *type_name(lw_type type)
{
    static const char *const names[] = {"a value", "text", "a whole number", "a number", "true or false", "an object", "a list", "an object"};
    return names[type];
}

/* "min 1 and max 0": from 1 on. */
static void check_bounds(walk *at, const lw_field *field, double value, const char *unit)
{
    bool has_max = field->max > field->min || (field->max == 0 && field->min < 0);
    if (field->min == 0 && field->max == 0)
        return;
    if (value < field->min)
        note(at, "must be at least %.17g%s", field->min, unit);
    else if (has_max && value > field->max)
        note(at, "must be at most %.17g%s", field->max, unit);
}

static bool is_option(const char *options, lw_text text)
{
    lw_text left = lw_text_from(options), one;
    while (lw_text_split(left, '|', &one, &left))
        if (lw_text_equal(one, text))
            return true;
    return lw_text_equal(left, text);
}

static void check_text(walk *at, const lw_field *field, lw_type type, lw_json *value)
{
    lw_text text = lw_json_text(value);
    const char *options = field->schema ? field->schema->options : field->options;
    if (options && !is_option(options, text))
        note(at, "must be one of %s, not '%.60s'", options, text.data);
    if (type != field->type)
        return; /* bounds are those of the list */
    size_t limit = field->max > 0 ? (size_t)field->max : LW_LIMIT_TEXT_BYTES;
    if (text.size > limit)
        note(at, "must be at most %zu bytes, is %zu", limit, text.size);
    else if ((double)text.size < field->min)
        note(at, text.size == 0 ? "must not be empty" : "must be at least %g bytes", field->min);
}

static bool has_field(const lw_schema *schema, lw_text name)
{
    for (; schema; schema = schema->base)
        for (const lw_field *field = schema->fields; field->name; field++)
            if (lw_text_is(name, field->name))
                return true;
    return false;
}

static void check_keys(walk *at, const lw_schema *schema, lw_json *object)
{
    if (schema->open)
        return;
    size_t i, n;
    lw_json *key, *value;
    yyjson_obj_foreach(object, i, n, key, value)
    {
        if (has_field(schema, lw_json_text(key)))
            continue;
        size_t before = enter(at, lw_json_text(key));
        note(at, "is not known here");
        leave(at, before);
    }
}

static void check_fields(walk *at, const lw_schema *schema, lw_json *object)
{
    if (schema->base)
        check_fields(at, schema->base, object);
    for (const lw_field *field = schema->fields; field->name; field++) {
        lw_json *value = lw_json_get(object, field->name);
        if (!value && !(field->flags & LW_REQUIRED))
            continue;
        size_t before = enter(at, lw_text_from(field->name));
        if (!value)
            note(at, "is missing");
        else if (!yyjson_is_null(value) || !(field->flags & LW_NULLABLE))
            check_value(at, field, field->type, value);
        leave(at, before);
    }
}

static void check_object(walk *at, const lw_schema *schema, lw_json *object)
{
    if (schema->described)
        return;
    check_keys(at, schema, object);
    check_fields(at, schema, object);
}

static void check_elements(walk *at, const lw_field *field, lw_json *value)
{
    lw_type of = field->levels > 1 ? LW_TYPE_LIST : field->of; /* lists in lists are looked at no deeper */
    size_t i, n;
    lw_json *key, *element;
    check_bounds(at, field, (double)unsafe_yyjson_get_len(value), " entries");
    if (yyjson_is_arr(value)) {
        yyjson_arr_foreach(value, i, n, element)
        {
            if (at->n_errors >= MOST_ERRORS)
                return;
            char step[24];
            size_t before = enter(at, (lw_text){step, (size_t)snprintf(step, sizeof step, "%zu", i)});
            check_value(at, field, of, element);
            leave(at, before);
        }
    } else {
        yyjson_obj_foreach(value, i, n, key, element)
        {
            if (at->n_errors >= MOST_ERRORS)
                return;
            size_t before = enter(at, lw_json_text(key));
            check_value(at, field, of, element);
            leave(at, before);
        }
    }
}

static bool is_of_type(lw_type type, lw_json *value)
{
    int64_t whole;
    double number;
    switch (type) {
    case LW_TYPE_ANY: return true;
    case LW_TYPE_TEXT: return yyjson_is_str(value);
    case LW_TYPE_INT: return lw_json_to_int(value, &whole);
    case LW_TYPE_NUMBER: return lw_json_to_double(value, &number);
    case LW_TYPE_BOOL: return yyjson_is_bool(value);
    case LW_TYPE_LIST: return yyjson_is_arr(value);
    default: return yyjson_is_obj(value);
    }
}

static void check_value(walk *at, const lw_field *field, lw_type type, lw_json *value)
{
    if (!is_of_type(type, value)) {
        note(at, "must be %s, not %s", type_name(type), lw_json_kind(value));
        return;
    }
    bool own = type == field->type;
    switch (type) {
    case LW_TYPE_TEXT: check_text(at, field, type, value); break;
    case LW_TYPE_INT:
    case LW_TYPE_NUMBER:
        if (own)
            check_bounds(at, field, yyjson_get_num(value), "");
        break;
    case LW_TYPE_OBJECT:
        if (field->schema)
            check_object(at, field->schema, value);
        break;
    case LW_TYPE_LIST:
    case LW_TYPE_MAP:
        if (own)
            check_elements(at, field, value);
        break;
    default: break;
    }
}

lw_status lw_schema_check(lw_ctx *cx, const lw_schema *schema, lw_json *value)
{
    walk at = {.cx = cx};
    if (yyjson_is_obj(value))
        check_object(&at, schema, value);
    else
        note(&at, "must be an object, not %s", lw_json_kind(value));
    return at.n_errors ? LW_INVALID : LW_OK;
}
