#include "base/limits.h"
#include "model/problems.h"

/* Reading goes on past what is wrong, so that all of it is told; what could not be read is left empty. */

static const char *step(lw_problems *p, const char *path, const char *key) { return lw_print(p->cx->arena, "%s/%s", path, key); }

static void check_keys(lw_problems *p, const char *path, lw_json *object, const char *const *known)
{
    size_t i, n;
    lw_json *key, *value;
    yyjson_obj_foreach(object, i, n, key, value)
    {
        lw_text name = lw_json_text(key);
        const char *const *one = known;
        while (*one && !lw_text_is(name, *one))
            one++;
        if (!*one)
            lw_problem_add(p, lw_path_step(p->cx->arena, path, name), "there is no key '%.*s' here", LW_FMT(name));
        else if (lw_json_get(object, *one) != value)
            lw_problem_add(p, step(p, path, *one), "the key '%s' stands there twice", *one);
    }
}

static lw_text read_text(lw_problems *p, const char *path, lw_json *object, const char *key)
{
    lw_json *value = lw_json_get(object, key);
    if (!lw_json_is_missing(value) && !yyjson_is_str(value))
        lw_problem_add(p, step(p, path, key), "'%s' must be a text, not %s", key, lw_json_kind(value));
    return lw_json_text(value);
}

static int64_t read_int(lw_problems *p, const char *path, lw_json *object, const char *key, int64_t least, int64_t none)
{
    lw_json *value = lw_json_get(object, key);
    int64_t number = none;
    if (lw_json_is_missing(value) || (lw_json_to_int(value, &number) && number >= least && number <= 1LL << 53))
        return number;
    lw_problem_add(p, step(p, path, key), "'%s' must be a whole number, %" PRId64 " or more", key, least);
    return none;
}

/* The list under a key; NULL when it is missing or something else. */
static lw_json *read_list(lw_problems *p, const char *path, lw_json *object, const char *key)
{
    lw_json *value = lw_json_get(object, key);
    if (yyjson_is_arr(value))
        return value;
    if (!lw_json_is_missing(value))
        lw_problem_add(p, step(p, path, key), "'%s' must be a list, not %s", key, lw_json_kind(value));
    return NULL;
}

static lw_option read_option(lw_problems *p, const char *path, lw_json *value)
{
    static const char *const keys[] = {"id", "name", NULL};
    if (yyjson_is_str(value))
        return (lw_option){.name = lw_json_text(value)};
    if (!yyjson_is_obj(value)) {
        lw_problem_add(p, path, "an option is a name, or an object of id and name");
        return (lw_option){0};
    }
    check_keys(p, path, value, keys);
    return (lw_option){read_int(p, path, value, "id", 1, 0), read_text(p, path, value, "name")};
}

static void read_options(lw_problems *p, const char *path, lw_json *object, lw_attribute_def *out)
{
    lw_json *list = read_list(p, path, object, "options"), *value;
    size_t i, n;
    out->n_options = out->options_capacity = yyjson_arr_size(list);
    out->options = lw_new_array(p->cx->arena, lw_option, out->n_options);
    yyjson_arr_foreach(list, i, n, value) { out->options[i] = read_option(p, lw_print(p->cx->arena, "%s/options/%zu", path, i), value); }
}

static void read_when(lw_problems *p, const char *path, lw_json *object, lw_attribute_def *out)
{
    lw_json *when = lw_json_get(object, "when");
    const lw_attribute *values;
    size_t n;
    if (lw_json_is_missing(when))
        return;
    if (!yyjson_is_obj(when)) {
        lw_problem_add(p, step(p, path, "when"), "'when' must be an object of attributes and values, not %s", lw_json_kind(when));
        return;
    }
    if (lw_attributes_from_json(p->cx, when, &values, &n) != LW_OK) {
        lw_problem_add(p, step(p, path, "when"), "%s", p->cx->message);
        return;
    }
    if (n != yyjson_obj_size(when))
        lw_problem_add(p, step(p, path, "when"), "null is no value to depend on");
    out->when = lw_new_array(p->cx->arena, lw_condition, n);
    out->n_when = n;
    for (size_t i = 0; i < n; i++)
        out->when[i].value = values[i];
}

static void read_attribute(lw_problems *p, const char *path, lw_json *value, lw_attribute_def *out)
{
    static const char *const keys[] = {"id", "name", "type", "options", "required", "when", NULL};
    if (!yyjson_is_obj(value)) {
        lw_problem_add(p, path, "an attribute is an object with a name and a type, not %s", lw_json_kind(value));
        return;
    }
    check_keys(p, path, value, keys);
    out->id = read_int(p, path, value, "id", 1, 0);
    out->name = read_text(p, path, value, "name");
    if (!lw_attribute_type_from_name(read_text(p, path, value, "type"), &out->type))
        lw_problem_add(p, step(p, path, "type"), "the type must be one of one, many, yesno, text, integer, number");
    lw_json *required = lw_json_get(value, "required");
    if (!lw_json_is_missing(required) && !yyjson_is_bool(required))
        lw_problem_add(p, step(p, path, "required"), "'required' must be true or false");
    out->required = yyjson_is_true(required);
    read_options(p, path, value, out);
    read_when(p, path, value, out);
}

static lw_attribute_def *read_attributes(lw_problems *p, const char *path, lw_json *object, const char *key, size_t *n_out)
{
    lw_json *list = read_list(p, path, object, key), *value;
    size_t i, n;
    *n_out = yyjson_arr_size(list);
    lw_attribute_def *made = lw_new_array(p->cx->arena, lw_attribute_def, *n_out);
    yyjson_arr_foreach(list, i, n, value) { read_attribute(p, lw_print(p->cx->arena, "%s/%s/%zu", path, key, i), value, &made[i]); }
    return made;
}

static uint32_t read_kinds(lw_problems *p, const char *path, lw_json *object)
{
    lw_json *list = read_list(p, path, object, "kinds"), *value;
    size_t i, n;
    uint32_t kinds = 0;
    yyjson_arr_foreach(list, i, n, value)
    {
        lw_kind kind = lw_kind_from_name(lw_json_text(value));
        if (!kind)
            lw_problem_add(p, lw_print(p->cx->arena, "%s/kinds/%zu", path, i),
                           "a kind is one of box, polygon, polyline, points, skeleton, mask, ellipse, cuboid, tag");
        else if (kinds >> kind & 1)
            lw_problem_add(p, lw_print(p->cx->arena, "%s/kinds/%zu", path, i), "the kind '%s' is there twice", lw_kind_name(kind));
        else
            kinds |= 1u << kind;
    }
    return kinds;
}

static void read_edges(lw_problems *p, const char *path, lw_json *skeleton, lw_class *out)
{
    lw_json *list = read_list(p, path, skeleton, "edges"), *edge;
    size_t i, n;
    out->n_edges = yyjson_arr_size(list);
    out->edges = lw_alloc_array(p->cx->arena, out->n_edges, sizeof *out->edges);
    yyjson_arr_foreach(list, i, n, edge)
    {
        int64_t from, to;
        bool good = yyjson_arr_size(edge) == 2 && lw_json_to_int(yyjson_arr_get(edge, 0), &from) && lw_json_to_int(yyjson_arr_get(edge, 1), &to) &&
                    from >= 0 && to >= 0 && from < LW_LIMIT_KEYPOINTS && to < LW_LIMIT_KEYPOINTS;
        if (good)
            out->edges[i][0] = (uint32_t)from, out->edges[i][1] = (uint32_t)to;
        else
            lw_problem_add(p, lw_print(p->cx->arena, "%s/edges/%zu", path, i), "an edge is a pair of keypoints, which count from 0");
    }
}

static void read_skeleton(lw_problems *p, const char *above, lw_json *object, lw_class *out)
{
    static const char *const keys[] = {"points", "edges", NULL};
    lw_json *skeleton = lw_json_get(object, "skeleton"), *value;
    const char *path = step(p, above, "skeleton");
    if (lw_json_is_missing(skeleton))
        return;
    if (!yyjson_is_obj(skeleton)) {
        lw_problem_add(p, path, "a skeleton is an object of points and edges, not %s", lw_json_kind(skeleton));
        return;
    }
    check_keys(p, path, skeleton, keys);
    lw_json *list = read_list(p, path, skeleton, "points");
    size_t i, n;
    out->n_keypoints = yyjson_arr_size(list);
    out->keypoints = lw_new_array(p->cx->arena, lw_text, out->n_keypoints);
    yyjson_arr_foreach(list, i, n, value) { out->keypoints[i] = lw_json_text(value); }
    read_edges(p, path, skeleton, out);
}

static void read_class(lw_problems *p, const char *path, lw_json *value, lw_class *out)
{
    static const char *const keys[] = {"id", "name", "kinds", "key", "color", "parent", "index", "attributes", "skeleton", NULL};
    *out = (lw_class){.index = -1};
    if (yyjson_is_str(value)) {
        out->name = lw_json_text(value);
        return;
    }
    if (!yyjson_is_obj(value)) {
        lw_problem_add(p, path, "a class is a name, or an object with a name, not %s", lw_json_kind(value));
        return;
    }
    check_keys(p, path, value, keys);
    out->id = read_int(p, path, value, "id", 1, 0);
    out->name = read_text(p, path, value, "name");
    out->kinds = read_kinds(p, path, value);
    out->key = read_text(p, path, value, "key");
    out->color = read_text(p, path, value, "color");
    out->parent = read_text(p, path, value, "parent");
    out->index = read_int(p, path, value, "index", 0, -1);
    out->attributes = read_attributes(p, path, value, "attributes", &out->n_attributes);
    read_skeleton(p, path, value, out);
}

lw_status lw_ontology_from_json(lw_ctx *cx, lw_json *object, lw_ontology *out)
{
    static const char *const keys[] = {"id", "version", "classes", "item", NULL};
    if (!yyjson_is_obj(object))
        return lw_fail(cx, LW_INVALID, "an ontology is an object {\"classes\": […], \"item\": […]}, not %s", lw_json_kind(object));
    lw_problems problems = {.cx = cx}, *p = &problems;
    lw_ontology made = {0};
    check_keys(p, "", object, keys);
    made.id = read_int(p, "", object, "id", 1, 0);
    made.version = read_int(p, "", object, "version", 1, 0);
    lw_json *list = read_list(p, "", object, "classes"), *value;
    size_t i, n;
    if (yyjson_arr_size(list) > LW_LIMIT_CLASSES)
        return lw_fail_at(cx, "/classes", "%zu classes; %d are allowed", yyjson_arr_size(list), LW_LIMIT_CLASSES);
    made.n_classes = yyjson_arr_size(list);
    made.classes = lw_new_array(cx->arena, lw_class, made.n_classes);
    yyjson_arr_foreach(list, i, n, value) { read_class(p, lw_print(cx->arena, "/classes/%zu", i), value, &made.classes[i]); }
    made.item_attributes = read_attributes(p, "", object, "item", &made.n_item_attributes);
    lw_ontology_index(cx->arena, &made);
    lw_ontology_find_problems(p, &made);
    LW_TRY(lw_problems_end(p));
    *out = made;
    return LW_OK;
}

static void put_key_text(lw_buf *buf, const char *key, lw_text text)
{
    if (text.size == 0)
        return;
    lw_buf_put_key(buf, key);
    lw_buf_put_json_text(buf, text);
}

static void put_key_int(lw_buf *buf, const char *key, int64_t value)
{
    lw_buf_put_key(buf, key);
    lw_buf_put_int(buf, value);
}

static void put_head(lw_buf *buf, int64_t id, lw_text name)
{
    lw_buf_put_char(buf, '{');
    if (id)
        put_key_int(buf, "id", id);
    lw_buf_put_key(buf, "name");
    lw_buf_put_json_text(buf, name);
}

static void write_option(lw_buf *buf, const lw_option *option)
{
    if (!option->id) {
        lw_buf_put_json_text(buf, option->name);
        return;
    }
    put_head(buf, option->id, option->name);
    lw_buf_put_char(buf, '}');
}

static void write_attribute(lw_buf *buf, const lw_attribute_def *attribute)
{
    put_head(buf, attribute->id, attribute->name);
    put_key_text(buf, "type", lw_text_from(lw_attribute_type_name(attribute->type)));
    if (attribute->n_options) {
        lw_buf_put_key(buf, "options");
        lw_buf_put_char(buf, '[');
        for (size_t i = 0; i < attribute->n_options; i++) {
            lw_buf_put_comma(buf);
            write_option(buf, &attribute->options[i]);
        }
        lw_buf_put_char(buf, ']');
    }
    if (attribute->required) {
        lw_buf_put_key(buf, "required");
        lw_buf_put_literal(buf, "true");
    }
    if (attribute->n_when) {
        lw_buf_put_key(buf, "when");
        lw_buf_put_char(buf, '{');
        for (size_t i = 0; i < attribute->n_when; i++) {
            lw_buf_put_comma(buf);
            lw_attribute_write_json(buf, &attribute->when[i].value);
        }
        lw_buf_put_char(buf, '}');
    }
    lw_buf_put_char(buf, '}');
}

static void write_attributes(lw_buf *buf, const char *key, const lw_attribute_def *attributes, size_t n)
{
    lw_buf_put_key(buf, key);
    lw_buf_put_char(buf, '[');
    for (size_t i = 0; i < n; i++) {
        lw_buf_put_comma(buf);
        write_attribute(buf, &attributes[i]);
    }
    lw_buf_put_char(buf, ']');
}

static void write_kinds(lw_buf *buf, uint32_t kinds)
{
    lw_buf_put_key(buf, "kinds");
    lw_buf_put_char(buf, '[');
    for (int kind = LW_BOX; kind < LW_N_KINDS; kind++)
        if (kinds >> kind & 1) {
            lw_buf_put_comma(buf);
            lw_buf_put_json_text(buf, lw_text_from(lw_kind_name((lw_kind)kind)));
        }
    lw_buf_put_char(buf, ']');
}

static void write_skeleton(lw_buf *buf, const lw_class *of)
{
    lw_buf_put_key(buf, "skeleton");
    lw_buf_put_literal(buf, "{\"points\": [");
    for (size_t i = 0; i < of->n_keypoints; i++) {
        lw_buf_put_comma(buf);
        lw_buf_put_json_text(buf, of->keypoints[i]);
    }
    lw_buf_put_literal(buf, "], \"edges\": [");
    for (size_t i = 0; i < of->n_edges; i++)
        lw_buf_print(buf, "%s[%" PRIu32 ", %" PRIu32 "]", i ? ", " : "", of->edges[i][0], of->edges[i][1]);
    lw_buf_put_literal(buf, "]}");
}

static void write_class(lw_buf *buf, const lw_class *of)
{
    put_head(buf, of->id, of->name);
    if (of->kinds)
        write_kinds(buf, of->kinds);
    put_key_text(buf, "key", of->key);
    put_key_text(buf, "color", of->color);
    put_key_text(buf, "parent", of->parent);
    if (of->index >= 0)
        put_key_int(buf, "index", of->index);
    if (of->n_attributes)
        write_attributes(buf, "attributes", of->attributes, of->n_attributes);
    if (of->n_keypoints)
        write_skeleton(buf, of);
    lw_buf_put_char(buf, '}');
}

void lw_ontology_write_json(lw_buf *buf, const lw_ontology *ontology)
{
    lw_buf_put_char(buf, '{');
    if (ontology->id)
        put_key_int(buf, "id", ontology->id);
    if (ontology->version)
        put_key_int(buf, "version", ontology->version);
    lw_buf_put_key(buf, "classes");
    lw_buf_put_char(buf, '[');
    for (size_t i = 0; i < ontology->n_classes; i++) {
        lw_buf_put_comma(buf);
        write_class(buf, &ontology->classes[i]);
    }
    lw_buf_put_char(buf, ']');
    write_attributes(buf, "item", ontology->item_attributes, ontology->n_item_attributes);
    lw_buf_put_char(buf, '}');
}
