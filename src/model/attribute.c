#include "model/attribute.h"

#include "base/limits.h"
#include "model/problems.h"
#include "model/table.h"

static const char *const type_names[] = {
    [LW_ONE] = "one", [LW_MANY] = "many", [LW_YESNO] = "yesno", [LW_TEXT_VALUE] = "text", [LW_INTEGER] = "integer", [LW_NUMBER] = "number",
};

const char *lw_attribute_type_name(lw_attribute_type type) { return (unsigned)type < LW_COUNT(type_names) ? type_names[type] : NULL; }

bool lw_attribute_type_from_name(lw_text name, lw_attribute_type *out)
{
    for (int type = LW_ONE; type <= LW_NUMBER; type++)
        if (lw_text_is(name, type_names[type])) {
            *out = (lw_attribute_type)type;
            return true;
        }
    return false;
}

static const char *path_of(lw_ctx *cx, lw_text name) { return lw_path_step(cx->arena, "/attributes", name); }

static lw_status check_text(lw_ctx *cx, lw_text name, lw_text value)
{
    if (value.size > LW_LIMIT_TEXT_BYTES)
        return lw_fail_at(cx, path_of(cx, name), "the value of '%.*s' is %zu bytes long; %d are allowed", LW_FMT(name), value.size,
                          LW_LIMIT_TEXT_BYTES);
    return LW_OK;
}

static lw_status read_many(lw_ctx *cx, lw_text name, lw_json *list, lw_attribute *out)
{
    size_t i, n, size = yyjson_arr_size(list);
    lw_json *item;
    if (size > LW_LIMIT_OPTIONS)
        return lw_fail_at(cx, path_of(cx, name), "'%.*s' has more than %d values", LW_FMT(name), LW_LIMIT_OPTIONS);
    lw_text *many = lw_new_array(cx->arena, lw_text, size);
    yyjson_arr_foreach(list, i, n, item)
    {
        if (!yyjson_is_str(item))
            return lw_fail_at(cx, path_of(cx, name), "the values of '%.*s' must be texts; one is %s", LW_FMT(name), lw_json_kind(item));
        many[i] = lw_json_text(item);
        LW_TRY(check_text(cx, name, many[i]));
    }
    out->type = LW_MANY;
    out->many = many;
    out->n_many = size;
    return LW_OK;
}

static lw_status read_value(lw_ctx *cx, lw_json *value, lw_attribute *out)
{
    if (yyjson_is_arr(value))
        return read_many(cx, out->name, value, out);
    if (yyjson_is_str(value)) {
        out->type = LW_TEXT_VALUE;
        out->text = lw_json_text(value);
        return check_text(cx, out->name, out->text);
    }
    if (yyjson_is_bool(value)) {
        out->type = LW_YESNO;
        out->yes = yyjson_get_bool(value);
        return LW_OK;
    }
    if (!lw_json_to_double(value, &out->number))
        return lw_fail_at(cx, path_of(cx, out->name), "'%.*s' must be a text, a number, true, false or a list of texts, not %s", LW_FMT(out->name),
                          lw_json_kind(value));
    out->type = lw_json_to_int(value, &out->integer) ? LW_INTEGER : LW_NUMBER;
    return LW_OK;
}

/* Whether one of the first n has this name. A long list is looked up in a table, which takes them as they come. */
static bool is_given(lw_arena *arena, lw_table *table, const lw_attribute *list, size_t n, lw_text name)
{
    enum { FEW = 16 };
    if (n < FEW) {
        for (size_t i = 0; i < n; i++)
            if (lw_text_equal(list[i].name, name))
                return true;
        return false;
    }
    for (size_t i = table->n; i < n; i++)
        lw_table_add(arena, table, lw_text_hash(list[i].name), i);
    size_t at = 0, position;
    while (lw_table_next(table, lw_text_hash(name), &at, &position))
        if (lw_text_equal(list[position].name, name))
            return true;
    return false;
}

lw_status lw_attributes_from_json(lw_ctx *cx, lw_json *object, const lw_attribute **out, size_t *n_out)
{
    if (!yyjson_is_obj(object))
        return lw_fail_at(cx, "/attributes", "'attributes' must be an object of names and values, not %s", lw_json_kind(object));
    if (yyjson_obj_size(object) > LW_LIMIT_ATTRIBUTES)
        return lw_fail_at(cx, "/attributes", "more than %d attributes", LW_LIMIT_ATTRIBUTES);
    lw_attribute *list = lw_new_array(cx->arena, lw_attribute, yyjson_obj_size(object));
    lw_table names = {0};
    size_t i, size, n = 0;
    lw_json *key, *value;
    yyjson_obj_foreach(object, i, size, key, value)
    {
        lw_text name = lw_json_text(key);
        LW_TRY(lw_name_check(cx, "attribute", name));
        if (is_given(cx->arena, &names, list, n, name))
            return lw_fail_at(cx, path_of(cx, name), "'%.*s' is given twice", LW_FMT(name));
        if (yyjson_is_null(value))
            continue;
        list[n].name = name;
        LW_TRY(read_value(cx, value, &list[n]));
        n++;
    }
    *out = list;
    *n_out = n;
    return LW_OK;
}

static void write_value(lw_buf *buf, const lw_attribute *attribute)
{
    switch (attribute->type) {
    case LW_MANY:
        lw_buf_put_char(buf, '[');
        for (size_t i = 0; i < attribute->n_many; i++) {
            if (i)
                lw_buf_put_literal(buf, ", ");
            lw_buf_put_json_text(buf, attribute->many[i]);
        }
        lw_buf_put_char(buf, ']');
        break;
    case LW_YESNO: lw_buf_put_string(buf, attribute->yes ? "true" : "false"); break;
    case LW_INTEGER: lw_buf_put_int(buf, attribute->integer); break;
    case LW_NUMBER: lw_buf_put_double(buf, attribute->number); break;
    default: lw_buf_put_json_text(buf, attribute->text);
    }
}

void lw_attribute_write_json(lw_buf *buf, const lw_attribute *attribute)
{
    lw_buf_put_json_text(buf, attribute->name);
    lw_buf_put_literal(buf, ": ");
    write_value(buf, attribute);
}

void lw_attributes_write_json(lw_buf *buf, const lw_attribute *attributes, size_t n)
{
    lw_buf_put_char(buf, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            lw_buf_put_literal(buf, ", ");
        lw_attribute_write_json(buf, &attributes[i]);
    }
    lw_buf_put_char(buf, '}');
}

static bool has_text(const lw_attribute *attribute, lw_text text)
{
    for (size_t i = 0; i < attribute->n_many; i++)
        if (lw_text_equal(attribute->many[i], text))
            return true;
    return false;
}

/* The options of a `many` are a set. */
static bool same_options(const lw_attribute *a, const lw_attribute *b)
{
    if (a->n_many != b->n_many)
        return false;
    size_t same = 0;
    while (same < a->n_many && lw_text_equal(a->many[same], b->many[same]))
        same++;
    for (size_t i = same; i < a->n_many; i++)
        if (!has_text(b, a->many[i]) || !has_text(a, b->many[i]))
            return false;
    return true;
}

static bool is_text(const lw_attribute *a) { return a->type == LW_ONE || a->type == LW_TEXT_VALUE; }
static bool is_number(const lw_attribute *a) { return a->type == LW_INTEGER || a->type == LW_NUMBER; }

static bool same_value(const lw_attribute *a, const lw_attribute *b)
{
    if (is_text(a) && is_text(b))
        return lw_text_equal(a->text, b->text);
    if (a->type == LW_INTEGER && b->type == LW_INTEGER)
        return a->integer == b->integer;
    if (is_number(a) && is_number(b))
        return (a->type == LW_INTEGER ? (double)a->integer : a->number) == (b->type == LW_INTEGER ? (double)b->integer : b->number);
    if (a->type != b->type)
        return false;
    return a->type == LW_MANY ? same_options(a, b) : a->yes == b->yes;
}

bool lw_attributes_equal(const lw_attribute *a, size_t n_a, const lw_attribute *b, size_t n_b)
{
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++) {
        size_t k = 0;
        while (k < n_b && !lw_text_equal(a[i].name, b[(i + k) % n_b].name))
            k++; /* most often they stand in the same order */
        if (k == n_b || !same_value(&a[i], &b[(i + k) % n_b]))
            return false;
    }
    return true;
}
