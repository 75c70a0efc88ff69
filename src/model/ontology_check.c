#include <ctype.h>

#include "base/limits.h"
#include "model/problems.h"
#include "model/table.h"

enum { MOST_TOLD = 100 };

/* Letters that are tools of the labelling page, which a class can never shadow. */
static const char tool_keys[] = "abcdefghiklmnopqrstuvwxyz";

static bool is_below(const char *path, const char *above)
{
    size_t size = strlen(above);
    return strncmp(path, above, size) == 0 && (path[size] == 0 || path[size] == '/');
}

void lw_problem_add(lw_problems *problems, const char *path, const char *format, ...)
{
    for (lw_field_error *known = problems->first; known; known = known->next)
        if (is_below(path, known->path))
            return;
    problems->n++;
    if (problems->n_kept == MOST_TOLD)
        return;
    va_list args;
    va_start(args, format);
    lw_field_error *made = lw_new(problems->cx->arena, lw_field_error);
    made->path = lw_print(problems->cx->arena, "%s", path);
    made->message = lw_vprint(problems->cx->arena, format, args);
    va_end(args);
    if (problems->last)
        problems->last->next = made;
    else
        problems->first = made;
    problems->last = made;
    problems->n_kept++;
}

lw_status lw_problems_end(lw_problems *problems)
{
    lw_field_error *first = problems->first;
    if (!first)
        return LW_OK;
    if (problems->n == 1)
        lw_fail(problems->cx, LW_INVALID, "the ontology: %s (%s)", first->message, first->path);
    else
        lw_fail(problems->cx, LW_INVALID, "the ontology: %s (%s), and %zu more", first->message, first->path, problems->n - 1);
    problems->cx->fields = first;
    return LW_INVALID;
}

const char *lw_path_step(lw_arena *arena, const char *path, lw_text step)
{
    char *made = lw_alloc(arena, strlen(path) + 2 * step.size + 2), *to = stpcpy(made, path);
    *to++ = '/';
    for (size_t i = 0; i < step.size; i++) {
        char c = step.data[i];
        if (c == '~' || c == '/') {
            *to++ = '~';
            c = c == '~' ? '0' : '1';
        }
        *to++ = c;
    }
    return made;
}

static const char *at(lw_problems *p, const char *path, size_t i) { return lw_print(p->cx->arena, "%s/%zu", path, i); }

/* Tells whether a name was there before. */
static bool is_new(lw_arena *arena, lw_table *table, const lw_text *names, size_t i)
{
    size_t step = 0, position;
    uint64_t hash = lw_text_hash(names[i]);
    while (lw_table_next(table, hash, &step, &position))
        if (lw_text_equal(names[position], names[i]))
            return false;
    lw_table_add(arena, table, hash, i);
    return true;
}

static void check_names(lw_problems *p, const char *path, const char *kind, const lw_text *names, size_t n)
{
    lw_table known = {0};
    for (size_t i = 0; i < n; i++) {
        if (lw_name_check(p->cx, kind, names[i]) != LW_OK)
            lw_problem_add(p, at(p, path, i), "%s", p->cx->message);
        else if (!is_new(p->cx->arena, &known, names, i))
            lw_problem_add(p, at(p, path, i), "the %s '%.*s' is there twice", kind, LW_FMT(names[i]));
    }
}

static void check_options(lw_problems *p, const char *path, const lw_attribute_def *attribute)
{
    bool chooses = attribute->type == LW_ONE || attribute->type == LW_MANY;
    const char *below = lw_print(p->cx->arena, "%s/options", path);
    if (attribute->n_options > LW_LIMIT_OPTIONS)
        lw_problem_add(p, below, "%zu options; %d are allowed", attribute->n_options, LW_LIMIT_OPTIONS);
    else if (attribute->n_options && !chooses)
        lw_problem_add(p, below, "an attribute of the type %s has no options", lw_attribute_type_name(attribute->type));
    else if (!attribute->n_options && chooses && attribute->required)
        lw_problem_add(p, below, "it is required, and there is no option to answer with");
    lw_text *names = lw_new_array(p->cx->arena, lw_text, attribute->n_options);
    lw_table ids = {0};
    for (size_t i = 0; i < attribute->n_options && i < LW_LIMIT_OPTIONS; i++) {
        size_t step = 0, position;
        names[i] = attribute->options[i].name;
        uint64_t id = (uint64_t)attribute->options[i].id;
        if (id && lw_table_next(&ids, id, &step, &position))
            lw_problem_add(p, lw_print(p->cx->arena, "%s/%zu/id", below, i), "two options have the id %" PRIu64, id);
        else if (id)
            lw_table_add(p->cx->arena, &ids, id, i);
    }
    check_names(p, below, "option", names, attribute->n_options < LW_LIMIT_OPTIONS ? attribute->n_options : LW_LIMIT_OPTIONS);
}

static bool can_be(const lw_attribute_def *asked, const lw_attribute *value)
{
    bool is_text = value->type == LW_TEXT_VALUE || value->type == LW_ONE;
    switch (asked->type) {
    case LW_ONE:
    case LW_MANY: return is_text && lw_option_find(asked, value->text);
    case LW_YESNO: return value->type == LW_YESNO;
    case LW_INTEGER: return value->type == LW_INTEGER;
    case LW_NUMBER: return value->type == LW_INTEGER || value->type == LW_NUMBER;
    default: return is_text;
    }
}

/* The attributes of a class, or of the item. */
typedef struct list {
    const lw_ontology *ontology;
    const lw_class *of;
    const lw_attribute_def *attributes;
    size_t n;
    const char *path; /* "/classes/3/attributes" */
} list;

static void check_conditions(lw_problems *p, const char *path, const list *l, const lw_attribute_def *attribute)
{
    for (size_t i = 0; i < attribute->n_when; i++) {
        const lw_attribute *value = &attribute->when[i].value;
        const char *below = lw_path_step(p->cx->arena, lw_print(p->cx->arena, "%s/when", path), value->name);
        const lw_attribute_def *asked = lw_class_attribute(l->ontology, l->of, value->name);
        if (!asked)
            lw_problem_add(p, below, "there is no attribute '%.*s' to depend on", LW_FMT(value->name));
        else if (asked == attribute)
            lw_problem_add(p, below, "'%.*s' cannot depend on itself", LW_FMT(value->name));
        else if (!can_be(asked, value))
            lw_problem_add(p, below, "'%.*s' can never have this value", LW_FMT(value->name));
    }
}

/* Follows conditions; only those within one list can run in a circle, since parents never ask their children. */
static bool runs_in_circle(const list *l, unsigned char *states, size_t i)
{
    enum { UNSEEN, OPEN, DONE };
    if (states[i] != UNSEEN)
        return states[i] == OPEN;
    states[i] = OPEN;
    bool circle = false;
    for (size_t k = 0; k < l->attributes[i].n_when && !circle; k++) {
        const lw_attribute_def *asked = lw_class_attribute(l->ontology, l->of, l->attributes[i].when[k].value.name);
        if (asked >= l->attributes && asked < l->attributes + l->n && asked != &l->attributes[i])
            circle = runs_in_circle(l, states, (size_t)(asked - l->attributes));
    }
    states[i] = DONE;
    return circle;
}

static void check_attribute(lw_problems *p, const list *l, size_t i)
{
    const lw_attribute_def *attribute = &l->attributes[i];
    const char *path = at(p, l->path, i);
    lw_class *parent = l->of->parent.size ? lw_class_find(l->ontology, l->of->parent) : NULL;
    if (lw_name_check(p->cx, "attribute", attribute->name) != LW_OK)
        lw_problem_add(p, lw_print(p->cx->arena, "%s/name", path), "%s", p->cx->message);
    else if (lw_class_attribute(l->ontology, l->of, attribute->name) != attribute)
        lw_problem_add(p, lw_print(p->cx->arena, "%s/name", path), "the attribute '%.*s' is there twice", LW_FMT(attribute->name));
    else if (parent && lw_class_attribute(l->ontology, parent, attribute->name))
        lw_problem_add(p, lw_print(p->cx->arena, "%s/name", path), "a parent has the attribute '%.*s' already", LW_FMT(attribute->name));
    if (!lw_attribute_type_name(attribute->type))
        lw_problem_add(p, lw_print(p->cx->arena, "%s/type", path), "the type must be one of one, many, yesno, text, integer, number");
    if (attribute->id < 0 || (attribute->id && lw_attribute_by_id(l->ontology, attribute->id) != attribute))
        lw_problem_add(p, lw_print(p->cx->arena, "%s/id", path), "two attributes have the id %" PRId64, attribute->id);
    check_options(p, path, attribute);
    check_conditions(p, path, l, attribute);
}

static void check_attributes(lw_problems *p, const list *l)
{
    if (l->n > LW_LIMIT_ATTRIBUTES) {
        lw_problem_add(p, l->path, "%zu attributes; %d are allowed", l->n, LW_LIMIT_ATTRIBUTES);
        return;
    }
    for (size_t i = 0; i < l->n; i++)
        check_attribute(p, l, i);
    unsigned char *states = lw_new_array(p->cx->arena, unsigned char, l->n);
    for (size_t i = 0; i < l->n; i++)
        if (runs_in_circle(l, states, i))
            lw_problem_add(p, lw_print(p->cx->arena, "%s/%zu/when", l->path, i), "its conditions run in a circle, so it is never asked");
}

static void check_key(lw_problems *p, const char *path, lw_text key)
{
    if (key.size == 0)
        return;
    char c = key.data[0];
    bool is_letter = key.size == 1 && c >= 'a' && c <= 'z', is_digit = key.size == 1 && c >= '0' && c <= '9';
    if (is_letter && strchr(tool_keys, c))
        lw_problem_add(p, lw_print(p->cx->arena, "%s/key", path), "'%c' is the key of a tool; free are the digits and j", c);
    else if (!is_letter && !is_digit)
        lw_problem_add(p, lw_print(p->cx->arena, "%s/key", path), "the key must be a digit or j; the other letters are tools");
}

static void check_color(lw_problems *p, const char *path, lw_text color)
{
    bool good = color.size == 0 || (color.size == 7 && color.data[0] == '#');
    for (size_t i = 1; i < color.size && good; i++)
        good = isxdigit((unsigned char)color.data[i]);
    if (!good)
        lw_problem_add(p, lw_print(p->cx->arena, "%s/color", path), "the color must be #rrggbb");
}

static void check_parents(lw_problems *p, const char *path, const lw_ontology *ontology, const lw_class *of)
{
    const char *below = lw_print(p->cx->arena, "%s/parent", path);
    const lw_class *above = of;
    for (int depth = 0; above->parent.size; depth++) {
        lw_text name = above->parent;
        above = lw_class_find(ontology, name);
        if (!above || lw_text_is(name, LW_ITEM_CLASS)) {
            if (depth == 0)
                lw_problem_add(p, below, "there is no class '%.*s'", LW_FMT(name));
            return;
        }
        if (above == of) {
            lw_problem_add(p, below, "'%.*s' is its own parent, or its parents run in a circle", LW_FMT(of->name));
            return;
        }
        if (depth == LW_LIMIT_CLASS_DEPTH) {
            lw_problem_add(p, below, "more than %d parents above one another", LW_LIMIT_CLASS_DEPTH);
            return;
        }
    }
}

static void check_skeleton(lw_problems *p, const char *path, const lw_class *of)
{
    const char *points = lw_print(p->cx->arena, "%s/skeleton/points", path), *edges = lw_print(p->cx->arena, "%s/skeleton/edges", path);
    if (of->n_keypoints > LW_LIMIT_KEYPOINTS) {
        lw_problem_add(p, points, "%zu keypoints; %d are allowed", of->n_keypoints, LW_LIMIT_KEYPOINTS);
        return;
    }
    check_names(p, points, "keypoint", of->keypoints, of->n_keypoints);
    for (size_t i = 0; i < of->n_edges; i++)
        if (of->edges[i][0] >= of->n_keypoints || of->edges[i][1] >= of->n_keypoints || of->edges[i][0] == of->edges[i][1])
            lw_problem_add(p, at(p, edges, i), "an edge joins two of the %zu keypoints, which count from 0", of->n_keypoints);
}

/* Values that no two classes share: hash -> class. */
typedef struct taken {
    lw_table keys, indexes;
} taken;

static void check_class(lw_problems *p, taken *t, const lw_ontology *ontology, size_t i)
{
    const lw_class *of = &ontology->classes[i];
    lw_arena *arena = p->cx->arena;
    const char *path = lw_print(arena, "/classes/%zu", i);
    size_t step = 0, other;
    if (lw_text_is(of->name, LW_ITEM_CLASS))
        lw_problem_add(p, lw_print(arena, "%s/name", path), "'item' is the class of item attributes, which stand under \"item\"");
    else if (lw_name_check(p->cx, "class", of->name) != LW_OK)
        lw_problem_add(p, lw_print(arena, "%s/name", path), "%s", p->cx->message);
    else if (lw_class_find(ontology, of->name) != of)
        lw_problem_add(p, lw_print(arena, "%s/name", path), "the class '%.*s' is there twice", LW_FMT(of->name));
    if (of->id < 0 || (of->id && lw_class_by_id(ontology, of->id) != of))
        lw_problem_add(p, lw_print(arena, "%s/id", path), "two classes have the id %" PRId64, of->id);
    if (of->kinds & ~((1u << LW_N_KINDS) - 2))
        lw_problem_add(p, lw_print(arena, "%s/kinds", path), "there is a kind that is none");
    check_key(p, path, of->key);
    if (of->key.size && lw_table_next(&t->keys, lw_text_hash(of->key), &step, &other))
        lw_problem_add(p, lw_print(arena, "%s/key", path), "'%.*s' has the key %.*s already", LW_FMT(ontology->classes[other].name), LW_FMT(of->key));
    else if (of->key.size)
        lw_table_add(arena, &t->keys, lw_text_hash(of->key), i);
    step = 0;
    if (of->index < -1)
        lw_problem_add(p, lw_print(arena, "%s/index", path), "the index counts from 0");
    else if (of->index >= 0 && lw_table_next(&t->indexes, (uint64_t)of->index, &step, &other))
        lw_problem_add(p, lw_print(arena, "%s/index", path), "'%.*s' has the index %" PRId64 " already", LW_FMT(ontology->classes[other].name),
                       of->index);
    else if (of->index >= 0)
        lw_table_add(arena, &t->indexes, (uint64_t)of->index, i);
    check_color(p, path, of->color);
    check_parents(p, path, ontology, of);
    check_skeleton(p, path, of);
    check_attributes(p, &(list){ontology, of, of->attributes, of->n_attributes, lw_print(arena, "%s/attributes", path)});
}

void lw_ontology_find_problems(lw_problems *p, const lw_ontology *ontology)
{
    if (ontology->n_classes > LW_LIMIT_CLASSES) {
        lw_problem_add(p, "/classes", "%zu classes; %d are allowed", ontology->n_classes, LW_LIMIT_CLASSES);
        return;
    }
    taken t = {0};
    for (size_t i = 0; i < ontology->n_classes; i++)
        check_class(p, &t, ontology, i);
    const lw_class item = {.name = LW_TEXT(LW_ITEM_CLASS)};
    check_attributes(p, &(list){ontology, &item, ontology->item_attributes, ontology->n_item_attributes, "/item"});
}

lw_status lw_ontology_check(lw_ctx *cx, lw_ontology *ontology)
{
    lw_ontology_index(cx->arena, ontology);
    lw_problems problems = {.cx = cx};
    lw_ontology_find_problems(&problems, ontology);
    return lw_problems_end(&problems);
}
