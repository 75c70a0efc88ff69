#include <math.h>

#include "base/limits.h"
#include "formats/number.h"
#include "formats/voc.h"

enum { MAX_ATTRIBUTES = 200 };

static const struct {
    const char *code, *message;
} problems[] = {
    {"object-without-class", "object has no name; skipped"},
    {"object-without-box", "object has neither a box nor a polygon; skipped"},
    {"object-not-numbers", "object's coordinates are not numbers; skipped"},
};

const char *lw_voc_problem_message(const char *code)
{
    for (size_t i = 0; i < LW_COUNT(problems); i++)
        if (strcmp(problems[i].code, code) == 0)
            return problems[i].message;
    return lw_shape_problem_message(code);
}

bool lw_voc_counts_from_one(lw_text database)
{
    return lw_text_starts(database, "The VOC") && database.size > 11 && lw_text_ends(database, " Database");
}

static bool to_number(const lw_xml *element, double *out)
{
    lw_number number;
    if (!element || !lw_number_parse(element->text, &number))
        return false;
    *out = number.value;
    return true;
}

static const char *why_not_numbers(const lw_xml *shape)
{
    for (const lw_xml *at = shape->first; at; at = at->next)
        if (lw_number_is_not_finite(at->text) || (at->first && strcmp(why_not_numbers(at), "not-finite") == 0))
            return "not-finite";
    return "object-not-numbers";
}

static const char *read_corners(const lw_xml *box, double shift, lw_shape *out)
{
    double left = 0, top = 0, right = 0, bottom = 0;
    bool is_fine = to_number(lw_xml_get(box, "xmin"), &left) & to_number(lw_xml_get(box, "ymin"), &top) & to_number(lw_xml_get(box, "xmax"), &right) &
                   to_number(lw_xml_get(box, "ymax"), &bottom);
    if (!is_fine)
        return why_not_numbers(box);
    *out = (lw_shape){.kind = LW_BOX, .x = left - shift, .y = top - shift};
    out->w = lw_pixel(right - out->x, 1e-9), out->h = lw_pixel(bottom - out->y, 1e-9);
    return NULL;
}

/* labelImg2's turned box: centre, size, angle in radians. */
static const char *read_turned(const lw_xml *box, lw_shape *out)
{
    double cx = 0, cy = 0, w = 0, h = 0, angle = 0;
    bool is_fine = to_number(lw_xml_get(box, "cx"), &cx) & to_number(lw_xml_get(box, "cy"), &cy) & to_number(lw_xml_get(box, "w"), &w) &
                   to_number(lw_xml_get(box, "h"), &h) & to_number(lw_xml_get(box, "angle"), &angle);
    if (!is_fine)
        return why_not_numbers(box);
    *out = (lw_shape){.kind = LW_BOX, .x = cx - w / 2, .y = cy - h / 2, .w = w, .h = h, .angle = angle * (180 / M_PI)};
    return NULL;
}

/* <x1><y1><x2>… as Roboflow writes it, or <pt><x><y></pt>… as LabelMe's old XML does. */
static const char *read_polygon(lw_arena *arena, const lw_xml *polygon, double shift, lw_shape *out)
{
    size_t n = 0;
    for (const lw_xml *at = polygon->first; at; at = at->next)
        n++;
    double *xy = lw_new_array(arena, double, n * 2 + 2);
    size_t n_values = 0;
    for (const lw_xml *at = polygon->first; at; at = at->next) {
        bool is_point = lw_text_is(at->name, "pt"), is_value = at->name.size > 1 && (at->name.data[0] == 'x' || at->name.data[0] == 'y');
        if (!is_point && !is_value)
            continue;
        if (is_point && (!to_number(lw_xml_get(at, "x"), &xy[n_values]) || !to_number(lw_xml_get(at, "y"), &xy[n_values + 1])))
            return why_not_numbers(polygon);
        if (is_value && (at->name.data[0] != (n_values % 2 ? 'y' : 'x') || !to_number(at, &xy[n_values])))
            return why_not_numbers(polygon);
        n_values += is_point ? 2 : 1;
    }
    if (n_values % 2)
        return "object-not-numbers";
    if (n_values == 0)
        return "object-without-box";
    if (n_values / 2 > LW_LIMIT_POINTS)
        return "object-not-numbers";
    for (size_t i = 0; i < n_values; i++)
        xy[i] -= shift;
    uint32_t *counts = lw_new_array(arena, uint32_t, 2);
    counts[0] = (uint32_t)(n_values / 2), counts[1] = 1;
    *out = (lw_shape){
        .kind = LW_POLYGON, .xy = xy, .n_points = n_values / 2, .ring_points = counts, .part_rings = counts + 1, .n_rings = 1, .n_parts = 1};
    lw_shape_measure(out);
    return NULL;
}

typedef struct attributes {
    lw_arena *arena;
    const lw_ontology *known;
    const lw_class *of;
    lw_attribute *list;
    size_t n;
    bool is_cut; /* some could not be taken */
} attributes;

static lw_attribute *add_attribute(attributes *all, lw_text name)
{
    lw_ctx check = {.arena = all->arena};
    bool is_taken = all->n == MAX_ATTRIBUTES || lw_name_check(&check, "attribute", name) != LW_OK;
    for (size_t i = 0; i < all->n && !is_taken; i++)
        is_taken = lw_text_equal(all->list[i].name, name);
    all->is_cut |= is_taken;
    if (is_taken)
        return NULL;
    lw_attribute *made = &all->list[all->n++];
    *made = (lw_attribute){.name = name};
    return made;
}

static bool is_yes(lw_text text)
{
    lw_number number;
    return lw_text_equal_nocase(text, LW_TEXT("true")) || lw_text_equal_nocase(text, LW_TEXT("yes")) ||
           (lw_number_parse(text, &number) && number.value != 0);
}

static bool is_no(lw_text text)
{
    return lw_text_equal_nocase(text, LW_TEXT("false")) || lw_text_equal_nocase(text, LW_TEXT("no")) || lw_text_is(text, "0");
}

static void add_flag(attributes *all, lw_text name, lw_text text)
{
    lw_attribute *made = is_yes(text) ? add_attribute(all, name) : NULL;
    if (made)
        made->type = LW_YESNO, made->yes = true;
}

static void add_text(attributes *all, lw_text name, lw_text text)
{
    lw_attribute *made = add_attribute(all, name);
    if (made)
        made->type = LW_TEXT_VALUE, made->text = text;
}

/* As the file's <type> says, else as the project's attribute is, else a text. */
static lw_attribute_type type_of(const attributes *all, const lw_xml *attribute, lw_text name, lw_text value)
{
    lw_attribute_type type;
    if (lw_attribute_type_from_name(lw_xml_get_text(attribute, "type"), &type))
        return type;
    const lw_attribute_def *def = all->of ? lw_class_attribute(all->known, all->of, name) : NULL;
    if (def)
        return def->type;
    bool is_word = lw_text_equal_nocase(value, LW_TEXT("true")) || lw_text_equal_nocase(value, LW_TEXT("false"));
    return is_word ? LW_YESNO : LW_TEXT_VALUE;
}

static void add_typed(attributes *all, const lw_xml *from)
{
    lw_text name = lw_xml_get_text(from, "name"), value = lw_xml_get_text(from, "value");
    lw_attribute *made = add_attribute(all, name);
    if (!made)
        return;
    lw_number number;
    size_t n_values = 0;
    lw_text *many = lw_new_array(all->arena, lw_text, MAX_ATTRIBUTES);
    for (const lw_xml *at = from->first; at && n_values < MAX_ATTRIBUTES; at = at->next)
        if (lw_text_is(at->name, "value"))
            many[n_values++] = at->text;
    *made = (lw_attribute){.name = name, .type = type_of(all, from, name, value), .text = value};
    if (made->type == LW_MANY)
        made->many = many, made->n_many = n_values;
    else if (made->type == LW_YESNO && (is_yes(value) || is_no(value)))
        made->yes = is_yes(value);
    else if (made->type == LW_INTEGER && lw_text_to_int(value, &made->integer))
        made->number = (double)made->integer;
    else if (made->type == LW_NUMBER && lw_number_parse(value, &number))
        made->number = number.value;
    else if (made->type != LW_ONE)
        made->type = LW_TEXT_VALUE;
}

static void add_actions(attributes *all, const lw_xml *actions)
{
    for (const lw_xml *at = actions->first; at; at = at->next)
        add_flag(all, lw_text_print(all->arena, "action.%.*s", LW_FMT(at->name)), at->text);
}

/* Parts are boxes within the object: kept together as a text, `[{"name": "head", "box": [x, y, w, h]}]`. */
static void add_parts(attributes *all, const lw_xml *object, double shift)
{
    LW_AUTO(lw_buf) json = {.limit = LW_LIMIT_TEXT_BYTES};
    lw_buf_put_char(&json, '[');
    for (const lw_xml *at = object->first; at; at = at->next) {
        lw_shape box;
        if (!lw_text_is(at->name, "part"))
            continue;
        if (!lw_xml_get(at, "bndbox") || read_corners(lw_xml_get(at, "bndbox"), shift, &box)) {
            all->is_cut = true;
            continue;
        }
        lw_buf_put_comma(&json);
        lw_buf_put_literal(&json, "{\"name\": ");
        lw_buf_put_json_text(&json, lw_xml_get_text(at, "name"));
        lw_buf_put_literal(&json, ", \"box\": [");
        const double values[] = {box.x, box.y, box.w, box.h};
        for (size_t i = 0; i < LW_COUNT(values); i++) {
            lw_buf_put_string(&json, i ? ", " : "");
            lw_buf_put_double(&json, values[i]);
        }
        lw_buf_put_literal(&json, "]}");
    }
    lw_buf_put_char(&json, ']');
    if (json.size > 2 && !json.failed)
        add_text(all, LW_TEXT("parts"), lw_text_copy(all->arena, lw_buf_text(&json)));
}

static void read_attributes(attributes *all, const lw_xml *object, double shift)
{
    static const char *const flags[] = {"truncated", "difficult", "occluded"};
    static const char *const others[] = {"name", "bndbox", "robndbox", "polygon", "part", "deleted", "verified", "date", "id", "type"};
    for (const lw_xml *at = object->first; at; at = at->next) {
        bool is_flag = false, is_other = false;
        for (size_t i = 0; i < LW_COUNT(flags); i++)
            is_flag |= lw_text_is(at->name, flags[i]);
        for (size_t i = 0; i < LW_COUNT(others); i++)
            is_other |= lw_text_is(at->name, others[i]);
        if (is_flag)
            add_flag(all, at->name, at->text);
        else if (lw_text_is(at->name, "actions"))
            add_actions(all, at);
        else if (lw_text_is(at->name, "attributes"))
            for (const lw_xml *one = at->first; one; one = one->next)
                add_typed(all, one);
        else if (!is_other && at->text.size && !lw_text_is(at->text, "Unspecified"))
            add_text(all, at->name, at->text);
    }
    add_parts(all, object, shift);
}

const char *lw_voc_object_parse(lw_arena *arena, const lw_xml *object, bool counts_from_one, const lw_ontology *known, lw_label *out, bool *is_cut)
{
    double shift = counts_from_one ? 1 : 0;
    lw_label made = LW_LABEL_NONE;
    made.class_name = lw_xml_get_text(object, "name");
    if (made.class_name.size == 0)
        return "object-without-class";
    const lw_xml *polygon = lw_xml_get(object, "polygon"), *box = lw_xml_get(object, "bndbox"), *turned = lw_xml_get(object, "robndbox");
    const char *problem = polygon && polygon->first ? read_polygon(arena, polygon, shift, &made.shape)
                          : turned                  ? read_turned(turned, &made.shape)
                          : box                     ? read_corners(box, shift, &made.shape)
                                                    : "object-without-box";
    if (!problem)
        problem = lw_shape_problem(&made.shape);
    if (problem)
        return problem;
    attributes all = {.arena = arena,
                      .known = known,
                      .of = known ? lw_class_find(known, made.class_name) : NULL,
                      .list = lw_new_array(arena, lw_attribute, MAX_ATTRIBUTES)};
    read_attributes(&all, object, shift);
    made.attributes = all.list;
    made.n_attributes = all.n;
    *out = made;
    *is_cut = all.is_cut;
    return NULL;
}

static void put_section(lw_buf *json, const lw_xml *section)
{
    size_t before = json->size;
    lw_buf_put_key(json, section->name.data);
    lw_buf_put_char(json, '{');
    size_t empty = json->size;
    for (const lw_xml *at = section->first; at; at = at->next) {
        if (at->text.size == 0 || lw_text_equal_nocase(at->text, LW_TEXT("unknown")))
            continue;
        lw_buf_put_key(json, at->name.data);
        lw_buf_put_json_text(json, at->text);
    }
    if (json->size == empty)
        json->size = before;
    else
        lw_buf_put_char(json, '}');
}

lw_text lw_voc_metadata(lw_arena *arena, const lw_xml *annotation)
{
    LW_AUTO(lw_buf) json = {.limit = LW_LIMIT_METADATA_BYTES};
    lw_buf_put_literal(&json, "{\"voc\": {");
    size_t empty = json.size;
    static const char *const sections[] = {"source", "owner"};
    for (size_t i = 0; i < LW_COUNT(sections); i++)
        if (lw_xml_get(annotation, sections[i]))
            put_section(&json, lw_xml_get(annotation, sections[i]));
    if (json.size == empty)
        return (lw_text){0};
    lw_buf_put_literal(&json, "}}");
    return json.failed ? (lw_text){0} : lw_text_copy(arena, lw_buf_text(&json));
}
