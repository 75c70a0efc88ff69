#include <yaml.h>

#include "base/limits.h"
#include "formats/number.h"
#include "formats/yolo.h"

enum { MAX_DEPTH = 32, MAX_NODES = 400000, MAX_PLACES = 1000 };

static const char *const task_names[] = {"any", "detect", "segment", "pose", "obb", "classify", "detect"};

const char *lw_yolo_task_name(lw_yolo_task task) { return task_names[task]; }

/* A document as a tree. Anchored nodes may stand in it several times, so it is never walked without a bound. */
typedef struct node {
    enum { SCALAR, SEQUENCE, MAPPING } kind;
    lw_text text;               /* of a scalar */
    struct node *first, **tail; /* children; in a mapping keys and values in turn */
    struct node *next;
    struct node *target; /* what an alias stands for */
    lw_text anchor;
    struct node *anchored_before;
} node;

typedef struct parser {
    lw_ctx *cx;
    yaml_parser_t yaml;
    node *stack[MAX_DEPTH];
    size_t depth, n_nodes;
    node *anchored, *root;
} parser;

static lw_status syntax_error(parser *state)
{
    const yaml_parser_t *yaml = &state->yaml;
    return lw_fail(state->cx, LW_INVALID, "not YAML: line %zu: %s", yaml->problem_mark.line + 1, yaml->problem ? yaml->problem : "malformed");
}

static lw_status add_node(parser *state, node *made, const yaml_char_t *anchor)
{
    if (++state->n_nodes > MAX_NODES)
        return lw_fail(state->cx, LW_INVALID, "more than %d YAML nodes", MAX_NODES);
    made->tail = &made->first;
    if (anchor) {
        made->anchor = lw_text_copy(state->cx->arena, lw_text_from((const char *)anchor));
        made->anchored_before = state->anchored;
        state->anchored = made;
    }
    if (state->depth == 0) {
        state->root = made;
        return LW_OK;
    }
    node *parent = state->stack[state->depth - 1];
    *parent->tail = made;
    parent->tail = &made->next;
    return LW_OK;
}

static lw_status open_node(parser *state, node *made, const yaml_char_t *anchor)
{
    LW_TRY(add_node(state, made, anchor));
    if (state->depth == MAX_DEPTH)
        return lw_fail(state->cx, LW_INVALID, "YAML nested more than %d deep", MAX_DEPTH);
    state->stack[state->depth++] = made;
    return LW_OK;
}

static lw_status add_alias(parser *state, const yaml_char_t *anchor)
{
    node *made = lw_new(state->cx->arena, node);
    lw_text name = lw_text_from((const char *)anchor);
    for (node *at = state->anchored; at && !made->target; at = at->anchored_before)
        if (lw_text_equal(at->anchor, name))
            made->target = at->target ? at->target : at;
    if (!made->target)
        return lw_fail(state->cx, LW_INVALID, "YAML alias *%.*s stands for nothing", LW_FMT(name));
    return add_node(state, made, NULL);
}

static lw_status take_event(parser *state, const yaml_event_t *event)
{
    node *made = lw_new(state->cx->arena, node);
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        made->kind = SCALAR;
        made->text = lw_text_copy(state->cx->arena, (lw_text){(const char *)event->data.scalar.value, event->data.scalar.length});
        return add_node(state, made, event->data.scalar.anchor);
    case YAML_SEQUENCE_START_EVENT: made->kind = SEQUENCE; return open_node(state, made, event->data.sequence_start.anchor);
    case YAML_MAPPING_START_EVENT: made->kind = MAPPING; return open_node(state, made, event->data.mapping_start.anchor);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: state->depth--; return LW_OK;
    case YAML_ALIAS_EVENT: return add_alias(state, event->data.alias.anchor);
    default: return LW_OK;
    }
}

static lw_status parse_tree(parser *state, lw_text yaml)
{
    if (!yaml_parser_initialize(&state->yaml))
        return lw_fail(state->cx, LW_FAILED, "no memory for YAML");
    yaml_parser_set_input_string(&state->yaml, (const unsigned char *)(yaml.data ? yaml.data : ""), yaml.size);
    lw_status status = LW_OK;
    for (bool is_done = false; status == LW_OK && !is_done;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&state->yaml, &event)) {
            status = syntax_error(state);
            break;
        }
        status = take_event(state, &event);
        is_done = event.type == YAML_STREAM_END_EVENT || event.type == YAML_DOCUMENT_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&state->yaml);
    return status;
}

static const node *resolve(const node *of) { return of && of->target ? of->target : of; }

static const node *get(const node *mapping, const char *key)
{
    if (!mapping || mapping->kind != MAPPING)
        return NULL;
    for (const node *at = mapping->first; at && at->next; at = at->next->next) {
        const node *name = resolve(at);
        if (name->kind == SCALAR && lw_text_is(name->text, key))
            return resolve(at->next);
    }
    return NULL;
}

static bool is_null(const node *value)
{
    return !value || (value->kind == SCALAR && (value->text.size == 0 || lw_text_is(value->text, "~") || lw_text_is(value->text, "null")));
}

static bool to_int(const node *value, int64_t *out) { return value && value->kind == SCALAR && lw_text_to_int(lw_text_trim(value->text), out); }

static lw_status set_name(lw_ctx *cx, lw_yolo_data *data, int64_t index, lw_text name)
{
    if (index < 0 || index >= LW_LIMIT_CLASSES)
        return lw_fail(cx, LW_INVALID, "class number %" PRId64 " is out of range (0 to %d)", index, LW_LIMIT_CLASSES - 1);
    if (!data->names)
        data->names = lw_new_array(cx->arena, lw_text, LW_LIMIT_CLASSES);
    name = lw_text_trim(name);
    data->names[index] = lw_text_is_utf8(name) ? lw_text_copy(cx->arena, name) : lw_text_from_latin1(cx->arena, name);
    if ((size_t)index >= data->n_names)
        data->n_names = (size_t)index + 1;
    return LW_OK;
}

/* A list, or a map of numbers to names; also the other way round, as some scripts write it. */
static lw_status read_names(lw_ctx *cx, const node *names, lw_yolo_data *data)
{
    int64_t index = 0;
    if (is_null(names))
        return LW_OK;
    if (names->kind == SCALAR)
        return lw_fail(cx, LW_INVALID, "names must be a list or a map");
    if (names->kind == SEQUENCE) {
        for (const node *at = names->first; at; at = at->next)
            if (resolve(at)->kind == SCALAR)
                LW_TRY(set_name(cx, data, index++, resolve(at)->text));
            else
                return lw_fail(cx, LW_INVALID, "names: number %" PRId64 " is not a name", index);
        return LW_OK;
    }
    for (const node *at = names->first; at && at->next; at = at->next->next) {
        const node *key = resolve(at), *value = resolve(at->next);
        if (to_int(key, &index) && value->kind == SCALAR)
            LW_TRY(set_name(cx, data, index, value->text));
        else if (key->kind == SCALAR && to_int(value, &index))
            LW_TRY(set_name(cx, data, index, key->text));
        else
            return lw_fail(cx, LW_INVALID, "names must map numbers to names");
    }
    return LW_OK;
}

static lw_status add_split(lw_ctx *cx, lw_yolo_data *data, const char *name, const lw_text *places, size_t n)
{
    for (size_t i = 0; i < data->n_splits; i++)
        if (lw_text_is(data->splits[i].name, name))
            return LW_OK;
    if (data->n_splits < LW_YOLO_SPLITS && n)
        data->splits[data->n_splits++] = (lw_yolo_split){lw_text_from(name), places, n};
    return LW_OK;
}

static lw_status read_split(lw_ctx *cx, const node *root, const char *key, const char *name, lw_yolo_data *data)
{
    const node *value = get(root, key);
    if (is_null(value) || value->kind == MAPPING)
        return LW_OK;
    size_t n = 0;
    lw_text *places = lw_new_array(cx->arena, lw_text, MAX_PLACES);
    if (value->kind == SCALAR)
        places[n++] = value->text;
    else
        for (const node *at = value->first; at; at = at->next) {
            if (n == MAX_PLACES)
                return lw_fail(cx, LW_INVALID, "%s: more than %d places", key, MAX_PLACES);
            if (resolve(at)->kind == SCALAR)
                places[n++] = resolve(at)->text;
        }
    return add_split(cx, data, name, places, n);
}

static lw_status read_keypoints(lw_ctx *cx, const node *root, lw_yolo_data *data)
{
    const node *shape = get(root, "kpt_shape");
    int64_t n = 0, size = 0;
    if (shape && shape->kind == SEQUENCE && shape->first && shape->first->next) {
        if (!to_int(resolve(shape->first), &n) || !to_int(resolve(shape->first->next), &size) || n < 1 || n > LW_YOLO_KEYPOINTS || size < 2 ||
            size > 3)
            return lw_fail(cx, LW_INVALID, "kpt_shape must be [number of keypoints, 2 or 3]");
        data->n_keypoints = (uint32_t)n;
        data->keypoint_size = (uint32_t)size;
    }
    const node *names = get(root, "kpt_names");
    if (names && names->kind == MAPPING && names->first && names->first->next)
        names = resolve(names->first->next);
    if (!names || names->kind != SEQUENCE)
        return LW_OK;
    lw_text *list = lw_new_array(cx->arena, lw_text, LW_YOLO_KEYPOINTS);
    for (const node *at = names->first; at && data->n_keypoint_names < LW_YOLO_KEYPOINTS; at = at->next)
        if (resolve(at)->kind == SCALAR)
            list[data->n_keypoint_names++] = resolve(at)->text;
    data->keypoint_names = list;
    return LW_OK;
}

static lw_yolo_task task_from(const node *value)
{
    if (value && value->kind == SCALAR)
        for (lw_yolo_task task = LW_YOLO_DETECT; task <= LW_YOLO_CLASSIFY; task++)
            if (lw_text_is(value->text, task_names[task]))
                return task;
    return LW_YOLO_ANY;
}

lw_status lw_yolo_yaml_parse(lw_ctx *cx, lw_text yaml, lw_yolo_data *out)
{
    parser *state = lw_new(cx->arena, parser);
    state->cx = cx;
    LW_TRY(parse_tree(state, yaml));
    const node *root = state->root;
    if (!root || root->kind != MAPPING)
        return lw_fail(cx, LW_INVALID, "not a map of keys like names, train and val");
    lw_yolo_data data = {.n_classes = -1, .task = task_from(get(root, "task"))};
    LW_TRY(read_names(cx, get(root, "names"), &data));
    to_int(get(root, "nc"), &data.n_classes);
    const node *path = get(root, "path");
    if (!is_null(path) && path->kind == SCALAR)
        data.path = path->text;
    LW_TRY(read_split(cx, root, "train", "train", &data));
    LW_TRY(read_split(cx, root, "val", "val", &data));
    LW_TRY(read_split(cx, root, "validation", "val", &data));
    LW_TRY(read_split(cx, root, "valid", "val", &data));
    LW_TRY(read_split(cx, root, "test", "test", &data));
    LW_TRY(read_split(cx, root, "minival", "minival", &data));
    LW_TRY(read_keypoints(cx, root, &data));
    *out = data;
    return LW_OK;
}

lw_status lw_yolo_obj_data_parse(lw_ctx *cx, lw_text text, lw_yolo_data *out)
{
    static const char *const splits[][2] = {{"train", "train"}, {"valid", "val"}, {"val", "val"}, {"test", "test"}};
    lw_yolo_data data = {.n_classes = -1};
    lw_text line, key, value;
    while (lw_line_next(&text, &line)) {
        if (!lw_text_split(line, '=', &key, &value))
            continue;
        key = lw_text_trim(key), value = lw_text_to_utf8(cx->arena, lw_text_trim(value));
        if (lw_text_is(key, "classes"))
            lw_text_to_int(value, &data.n_classes);
        if (lw_text_is(key, "names"))
            data.names_file = value;
        for (size_t i = 0; i < LW_COUNT(splits); i++)
            if (lw_text_is(key, splits[i][0])) {
                lw_text *place = lw_new(cx->arena, lw_text);
                *place = value;
                LW_TRY(add_split(cx, &data, splits[i][1], place, 1));
            }
    }
    *out = data;
    return LW_OK;
}

lw_status lw_yolo_names_parse(lw_ctx *cx, lw_text text, lw_yolo_data *data)
{
    lw_text line;
    int64_t n = 0, last = 0;
    if (lw_text_starts(text, "\xef\xbb\xbf"))
        text = lw_text_slice(text, 3, text.size);
    for (lw_text rest = text; lw_line_next(&rest, &line); n++)
        if (lw_text_trim(line).size)
            last = n + 1; /* blank lines at the end are no classes; one amid keeps its number */
    n = 0;
    while (n < last && lw_line_next(&text, &line))
        LW_TRY(set_name(cx, data, n++, line));
    return LW_OK;
}

void lw_yolo_put_placeholder(lw_buf *buf, int64_t n)
{
    lw_buf_put_literal(buf, "unused_");
    lw_buf_put_int(buf, n);
}

bool lw_yolo_is_placeholder(lw_text name, int64_t n)
{
    int64_t number;
    return lw_text_starts(name, "unused_") && lw_text_to_int(lw_text_slice(name, 7, name.size), &number) && number == n;
}
