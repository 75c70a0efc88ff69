#include <stdlib.h>

#include "base/json.h"
#include "base/limits.h"
#include "formats/coco.h"

/* Categories to classes: ids with gaps, from 0, as texts, twice; names that are missing or none; supercategories; skeletons. */

enum { LARGEST_INDEX = 1000000 };
#define CROWD "iscrowd"

lw_text lw_coco_text(lw_coco_index *index, lw_coco_file *file, lw_text value)
{
    if (value.size < 2 || value.data[0] != '"')
        return (lw_text){0};
    if (!file->is_latin1 && !lw_text_is_utf8(value)) {
        file->is_latin1 = true;
        lw_report_add(index->options->report, LW_WARNING, "not-utf8", "file is not UTF-8; read as Latin-1", "%.*s", LW_FMT(file->entry->name));
    }
    return lw_json_unescape(index->arena, lw_text_slice(value, 1, value.size - 2));
}

static lw_text unique_name(lw_arena *arena, const lw_text *names, size_t n, lw_text name)
{
    lw_text tried = name;
    for (int suffix = 2;; suffix++) {
        bool is_taken = false;
        for (size_t i = 0; i < n && !is_taken; i++)
            is_taken = lw_text_equal(names[i], tried);
        if (!is_taken)
            return tried;
        tried = lw_text_print(arena, "%.*s %d", LW_FMT(name), suffix);
    }
}

static void read_keypoints(lw_coco_index *index, lw_coco_category *category, lw_text list)
{
    lw_ctx inner = {.arena = index->arena};
    lw_json *root, *value;
    size_t i, n;
    if (lw_json_parse(&inner, list, &root) != LW_OK || yyjson_arr_size(root) > LW_LIMIT_KEYPOINTS)
        return;
    category->keypoints = lw_new_array(index->arena, lw_text, yyjson_arr_size(root));
    yyjson_arr_foreach(root, i, n, value)
    {
        lw_text name = lw_text_trim(lw_json_text(value));
        if (lw_name_check(&inner, "keypoint", name) != LW_OK)
            name = lw_text_print(index->arena, "%zu", i + 1);
        category->keypoints[i] = unique_name(index->arena, category->keypoints, i, name);
        category->n_keypoints = i + 1;
    }
}

/* Edges count from 1; some writers count from 0, which shows where a 0 stands. */
static void read_edges(lw_coco_index *index, const lw_coco_file *file, lw_coco_category *category, lw_text list)
{
    lw_ctx inner = {.arena = index->arena};
    lw_json *root, *pair;
    size_t i, n;
    if (lw_json_parse(&inner, list, &root) != LW_OK || yyjson_arr_size(root) > LW_LIMIT_KEYPOINTS * 8)
        return;
    int64_t first = 1, a, b;
    yyjson_arr_foreach(root, i, n, pair)
    {
        if (lw_json_to_int(yyjson_arr_get(pair, 0), &a) && lw_json_to_int(yyjson_arr_get(pair, 1), &b) && (a == 0 || b == 0))
            first = 0;
    }
    category->edges = lw_alloc_array(index->arena, yyjson_arr_size(root), sizeof *category->edges);
    yyjson_arr_foreach(root, i, n, pair)
    {
        bool is_pair = lw_json_to_int(yyjson_arr_get(pair, 0), &a) && lw_json_to_int(yyjson_arr_get(pair, 1), &b);
        a -= first, b -= first;
        if (!is_pair || a < 0 || b < 0 || a == b || a >= (int64_t)category->n_keypoints || b >= (int64_t)category->n_keypoints) {
            lw_report_add(index->options->report, LW_WARNING, "skeleton-edge",
                          "an edge of a skeleton joins no two keypoints of its category; left out", "%.*s: category %.*s", LW_FMT(file->entry->name),
                          LW_FMT(category->name));
            continue;
        }
        uint32_t *edge = category->edges[category->n_edges++];
        edge[0] = (uint32_t)a, edge[1] = (uint32_t)b;
    }
}

/* A class needs a name that is one. */
static lw_text class_name(lw_coco_index *index, const lw_coco_file *file, lw_text name, lw_text id)
{
    lw_ctx inner = {.arena = index->arena};
    name = lw_text_trim(name);
    if (lw_name_check(&inner, "class", name) == LW_OK && !lw_text_is(name, LW_ITEM_CLASS))
        return name;
    lw_text given = lw_text_is(name, LW_ITEM_CLASS)
                        ? LW_TEXT("item (class)")
                        : lw_text_print(index->arena, "category %.40s", lw_text_string(index->arena, lw_text_to_utf8(index->arena, id)));
    if (lw_name_check(&inner, "class", given) != LW_OK) /* an id that is no name either */
        given = lw_text_print(index->arena, "category %zu", file->n_categories + 1);
    lw_report_add(index->options->report, LW_WARNING, "category-name", "a category's name is none that a class can have; it got another",
                  "%.*s: category %.*s: '%.*s'", LW_FMT(file->entry->name), LW_FMT(id), LW_FMT(given));
    return given;
}

void lw_coco_category_read(lw_coco_index *index, lw_coco_file *file, const lw_json_keys *keys, int64_t offset)
{
    lw_coco_category made = {.class_place = -1};
    lw_text value, id = {0}, edges = {0};
    lw_report *report = index->options->report;
    for (size_t i = 0; i < keys->n; i++) {
        lw_text key = keys->keys[i].name;
        if (!lw_json_value(keys, i, &value))
            continue;
        if (lw_text_is(key, "id"))
            id = lw_text_copy(index->arena, value);
        else if (lw_text_is(key, "name"))
            made.name = value.data[0] == '"' ? lw_coco_text(index, file, value) : lw_text_copy(index->arena, value);
        else if (lw_text_is(key, "supercategory"))
            made.supercategory = lw_coco_text(index, file, value);
        else if (lw_text_is(key, "keypoints"))
            read_keypoints(index, &made, value);
        else if (lw_text_is(key, "skeleton"))
            edges = value;
    }
    if (!lw_id_parse(id, &made.id, &made.has_number)) {
        lw_report_add(report, LW_ERROR, "category-without-id", "a category has no id; left out", "%.*s: byte %" PRId64, LW_FMT(file->entry->name),
                      offset);
        return;
    }
    if (edges.size)
        read_edges(index, file, &made, edges);
    made.name = class_name(index, file, made.name, id);
    uint32_t known;
    if (lw_id_table_find(&file->category_ids, made.id, &known)) {
        bool same = lw_text_equal(file->categories[known].name, made.name);
        lw_report_add(report, same ? LW_INFO : LW_ERROR, same ? "category-twice" : "category-id-twice",
                      same ? "a category is listed twice" : "two categories have one id; the first holds", "%.*s: category %.*s, '%.*s'",
                      LW_FMT(file->entry->name), LW_FMT(id), LW_FMT(made.name));
        return;
    }
    lw_id_table_add(&file->category_ids, made.id, (uint32_t)file->n_categories);
    file->categories = lw_heap_resize(file->categories, (file->n_categories + 1) * sizeof(lw_coco_category));
    file->categories[file->n_categories++] = made;
}

static const lw_coco_use *use_of(const lw_coco_file *file, int64_t category)
{
    uint32_t place;
    return lw_id_table_find(&file->use_ids, category, &place) ? &file->uses[place] : NULL;
}

static bool is_used(const lw_coco_index *index, lw_text name)
{
    for (size_t f = 0; f < index->n_files; f++)
        for (size_t c = 0; c < index->files[f].n_categories; c++) {
            const lw_coco_use *use = use_of(&index->files[f], index->files[f].categories[c].id);
            if (use && use->is_used && lw_text_equal(index->files[f].categories[c].name, name))
                return true;
        }
    return false;
}

/* Roboflow puts a group of classes first, with the id 0, that nothing uses. */
static bool is_placeholder(const lw_coco_index *index, const lw_coco_file *file, const lw_coco_category *category)
{
    if (category->id != 0 || !category->has_number || is_used(index, category->name))
        return false;
    for (size_t i = 0; i < file->n_categories; i++)
        if (&file->categories[i] != category && lw_text_equal(file->categories[i].supercategory, category->name))
            return true;
    return false;
}

static int64_t index_of(lw_coco_index *index, const lw_coco_file *file, const lw_coco_category *category)
{
    int64_t number = category->has_number ? category->id - (index->is_from_zero ? 0 : 1) : -1;
    for (size_t i = 0; i < index->declared.n_classes && number >= 0; i++)
        if (index->declared.classes[i].index == number)
            number = -1;
    if (number >= 0 && number <= LARGEST_INDEX)
        return number;
    lw_report_add(index->options->report, LW_INFO, "category-id-not-kept", "a category's id cannot be kept; the class gets one of its own",
                  "%.*s: '%.*s'", LW_FMT(file->entry->name), LW_FMT(category->name));
    return -1;
}

/* Those without a number get free ones, in their order. */
static void number_rest(lw_ontology *declared)
{
    int64_t next = 0;
    for (size_t i = 0; i < declared->n_classes; i++)
        if (declared->classes[i].index >= next)
            next = declared->classes[i].index + 1;
    for (size_t i = 0; i < declared->n_classes; i++)
        if (declared->classes[i].index < 0)
            declared->classes[i].index = next++;
}

/* The type that values of both fit into. */
static lw_attribute_type both(lw_attribute_type a, lw_attribute_type b)
{
    bool are_numbers = (a == LW_INTEGER || a == LW_NUMBER) && (b == LW_INTEGER || b == LW_NUMBER);
    return a == b ? a : are_numbers ? LW_NUMBER : LW_TEXT_VALUE;
}

static void declare_attribute(lw_coco_index *index, lw_class *of, const lw_attribute_def *seen)
{
    lw_attribute_def *known = NULL;
    for (size_t i = 0; i < of->n_attributes; i++)
        if (lw_text_equal(of->attributes[i].name, seen->name))
            known = &of->attributes[i];
    if (!known)
        known = lw_class_add_attribute(index->arena, &index->declared, of, seen->name, seen->type);
    else
        known->type = both(known->type, seen->type);
    for (size_t i = 0; i < seen->n_options && (known->type == LW_ONE || known->type == LW_MANY); i++)
        if (!lw_option_find(known, seen->options[i].name))
            lw_attribute_add_option(index->arena, known, seen->options[i].name);
}

/* n_before: classes of the files before. */
static void declare_category(lw_coco_index *index, lw_coco_file *file, lw_coco_category *category, size_t n_before)
{
    lw_ontology *declared = &index->declared;
    const lw_coco_use *use = use_of(file, category->id);
    if (is_placeholder(index, file, category)) {
        lw_report_add(index->options->report, LW_INFO, "category-placeholder",
                      "a category with the id 0 groups others and is used by nothing; it is no class", "%.*s: '%.*s'", LW_FMT(file->entry->name),
                      LW_FMT(category->name));
        return;
    }
    lw_class *of = lw_class_find(declared, category->name);
    if (!of) {
        int64_t number = index_of(index, file, category);
        of = lw_ontology_add_class(index->arena, declared, category->name);
        of->index = number;
    } else if ((size_t)(of - declared->classes) >= n_before) {
        lw_report_add(index->options->report, LW_WARNING, "class-twice", "two categories have one name; they become one class",
                      "%.*s: category %" PRId64 ", '%.*s'", LW_FMT(file->entry->name), category->id, LW_FMT(category->name));
    }
    category->class_place = of - declared->classes;
    if (of->n_keypoints == 0) {
        of->keypoints = category->keypoints;
        of->n_keypoints = category->n_keypoints;
        of->edges = category->edges;
        of->n_edges = category->n_edges;
    }
    for (size_t i = 0; use && i < use->n_attributes; i++)
        declare_attribute(index, of, &use->attributes[i]);
    if (use && use->is_crowd)
        declare_attribute(index, of, &(lw_attribute_def){.name = LW_TEXT(CROWD), .type = LW_YESNO});
}

/* A supercategory that is a category itself is its parent, unless parents would run in a circle. */
static void declare_parent(lw_coco_index *index, const lw_coco_file *file, const lw_coco_category *category)
{
    lw_text above = category->supercategory;
    if (category->class_place < 0 || above.size == 0 || lw_text_is(above, "none") || lw_text_equal(above, category->name))
        return;
    lw_class *of = &index->declared.classes[category->class_place], *parent = lw_class_find(&index->declared, above);
    const lw_class *at = parent;
    for (int depth = 0; at && at != of && depth < LW_LIMIT_CLASS_DEPTH - 1; depth++)
        at = at->parent.size ? lw_class_find(&index->declared, at->parent) : NULL;
    if (parent && !at)
        of->parent = parent->name;
    else if (!of->parent.size)
        lw_report_add(index->options->report, LW_WARNING, "supercategory-left-out", "a supercategory that is no category itself has no place",
                      "%.*s: '%.*s' of '%.*s'", LW_FMT(file->entry->name), LW_FMT(above), LW_FMT(category->name));
}

/* A class may not have an attribute that its parent has. */
static void drop_inherited(lw_ontology *declared)
{
    for (size_t c = 0; c < declared->n_classes; c++) {
        lw_class *of = &declared->classes[c], *parent = of->parent.size ? lw_class_find(declared, of->parent) : NULL;
        size_t n = 0;
        for (size_t i = 0; parent && i < of->n_attributes; i++)
            if (!lw_class_attribute(declared, parent, of->attributes[i].name))
                of->attributes[n++] = of->attributes[i];
        if (parent)
            of->n_attributes = n;
    }
}

lw_status lw_coco_declare(lw_ctx *cx, lw_coco_index *index)
{
    lw_report *report = index->options->report;
    for (size_t f = 0; f < index->n_files; f++)
        for (size_t c = 0; c < index->files[f].n_categories; c++) {
            const lw_coco_category *category = &index->files[f].categories[c];
            if (category->id == 0 && category->has_number && !is_placeholder(index, &index->files[f], category) && !index->is_from_zero) {
                index->is_from_zero = true;
                lw_report_add(report, LW_INFO, "category-from-zero",
                              "categories are counted from 0; they go out from 1, since 0 means none to many readers", "%.*s",
                              LW_FMT(index->files[f].entry->name));
            }
        }
    for (size_t f = 0; f < index->n_files; f++)
        if (index->files[f].is_results && use_of(&index->files[f], 0) && !index->is_from_zero) {
            index->is_from_zero = true;
            lw_report_add(report, LW_INFO, "category-from-zero",
                          "results count categories from 0, since one names the category 0; their classes are those of that number", "%.*s",
                          LW_FMT(index->files[f].entry->name));
        }
    lw_ontology_index(index->arena, &index->declared);
    for (size_t f = 0; f < index->n_files; f++)
        for (size_t c = 0, n_before = index->declared.n_classes; c < index->files[f].n_categories; c++)
            if (index->declared.n_classes <= LW_LIMIT_CLASSES)
                declare_category(index, &index->files[f], &index->files[f].categories[c], n_before);
    if (index->declared.n_classes > LW_LIMIT_CLASSES)
        return lw_fail(cx, LW_TOO_LARGE, "more than %d categories; so many classes are allowed", LW_LIMIT_CLASSES);
    for (size_t f = 0; f < index->n_files; f++)
        for (size_t c = 0; c < index->files[f].n_categories; c++)
            declare_parent(index, &index->files[f], &index->files[f].categories[c]);
    number_rest(&index->declared);
    drop_inherited(&index->declared);
    lw_ontology_index(index->arena, &index->declared);
    report->classes_read += (int64_t)index->declared.n_classes;
    return LW_OK;
}

/* Attributes: CVAT and Datumaro write a map beside an annotation. */

static lw_attribute_def *seen_attribute(lw_coco_index *index, lw_coco_use *use, lw_text name, lw_attribute_type type)
{
    for (size_t i = 0; i < use->n_attributes; i++)
        if (lw_text_equal(use->attributes[i].name, name))
            return &use->attributes[i];
    if (use->n_attributes == LW_LIMIT_ATTRIBUTES)
        return NULL;
    use->attributes = lw_heap_resize(use->attributes, (use->n_attributes + 1) * sizeof(lw_attribute_def));
    lw_attribute_def *made = &use->attributes[use->n_attributes++];
    *made = (lw_attribute_def){.name = lw_text_copy(index->arena, name), .type = type};
    return made;
}

/* A text is one of several options while there are few of them. */
static void see_option(lw_coco_index *index, lw_attribute_def *seen, lw_text option)
{
    lw_ctx inner = {.arena = index->arena};
    if (lw_option_find(seen, option))
        return;
    if (seen->n_options == LW_COCO_OPTIONS || lw_name_check(&inner, "option", option) != LW_OK)
        seen->type = LW_TEXT_VALUE;
    else
        lw_attribute_add_option(index->arena, seen, option);
}

void lw_coco_use_attributes(lw_coco_index *index, lw_coco_use *use, lw_text object)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_ctx inner = {.arena = scratch};
    lw_json *root;
    const lw_attribute *attributes;
    size_t n;
    if (lw_json_parse(&inner, object, &root) != LW_OK || lw_attributes_from_json(&inner, root, &attributes, &n) != LW_OK)
        return; /* the second pass reports it */
    for (size_t i = 0; i < n; i++) {
        lw_attribute_type type = attributes[i].type == LW_TEXT_VALUE ? LW_ONE : attributes[i].type;
        lw_attribute_def *seen = lw_text_is(attributes[i].name, CROWD) ? NULL : seen_attribute(index, use, attributes[i].name, type);
        if (!seen)
            continue;
        seen->type = both(seen->type, type);
        if (seen->type == LW_ONE)
            see_option(index, seen, attributes[i].text);
        for (size_t k = 0; seen->type == LW_MANY && k < attributes[i].n_many; k++)
            see_option(index, seen, attributes[i].many[k]);
    }
}

static lw_text as_text(lw_arena *arena, const lw_attribute *value)
{
    LW_AUTO(lw_buf) buf = {0};
    switch (value->type) {
    case LW_YESNO: return value->yes ? LW_TEXT("true") : LW_TEXT("false");
    case LW_INTEGER: lw_buf_put_int(&buf, value->integer); break;
    case LW_NUMBER: lw_buf_put_double(&buf, value->number); break;
    case LW_MANY:
        for (size_t i = 0; i < value->n_many; i++)
            lw_buf_print(&buf, "%s%.*s", i ? ", " : "", LW_FMT(value->many[i]));
        break;
    default: return value->text;
    }
    return lw_text_copy(arena, lw_buf_text(&buf));
}

void lw_coco_fit_attributes(lw_arena *arena, const lw_coco_use *use, lw_attribute *attributes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const lw_attribute_def *seen = NULL;
        for (size_t k = 0; use && k < use->n_attributes && !seen; k++)
            if (lw_text_equal(use->attributes[k].name, attributes[i].name))
                seen = &use->attributes[k];
        if (!seen || seen->type == attributes[i].type || (seen->type == LW_ONE && attributes[i].type == LW_TEXT_VALUE))
            continue;
        if (seen->type == LW_NUMBER) {
            attributes[i].type = LW_NUMBER;
        } else if (seen->type == LW_TEXT_VALUE) {
            attributes[i].text = as_text(arena, &attributes[i]);
            attributes[i].type = LW_TEXT_VALUE;
        }
    }
}
