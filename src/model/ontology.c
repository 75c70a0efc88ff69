#include "model/ontology.h"

#include "base/fold.h"
#include "base/limits.h"
#include "model/table.h"

/* Positions, since the arrays move when they grow. A class beyond the list is `item`. */
struct lw_ontology_index {
    lw_table names, similar_names, ids;      /* -> position of the class */
    lw_table attribute_names, attribute_ids; /* -> class position * ATTRIBUTES + position in the class */
    lw_class item;
};

enum { ATTRIBUTES = 1 << 16, ITEM_POSITION = 1 << 24 };

/* The next character that counts when names are compared loosely; 0 at the end. */
static uint32_t next_similar(lw_fold *name)
{
    uint32_t c = lw_fold_next(name);
    while (c == ' ' || c == '-' || c == '_')
        c = lw_fold_next(name);
    return c;
}

static uint64_t similar_hash(lw_text name)
{
    uint64_t hash = 0xcbf29ce484222325;
    lw_fold fold = {.rest = name};
    for (uint32_t c; (c = next_similar(&fold));)
        hash = (hash ^ c) * 0x100000001b3;
    return hash;
}

static bool is_similar(lw_text a, lw_text b)
{
    lw_fold i = {.rest = a}, k = {.rest = b};
    for (;;) {
        uint32_t x = next_similar(&i), y = next_similar(&k);
        if (x != y)
            return false;
        if (!x)
            return true;
    }
}

static uint64_t attribute_hash(size_t class_position, lw_text name) { return lw_text_hash(name) ^ lw_table_mix(class_position); }

static void index_attribute(lw_arena *arena, lw_ontology *ontology, size_t class_position, size_t position, const lw_attribute_def *attribute)
{
    if (position >= ATTRIBUTES)
        return; /* past the limit, as lw_ontology_check says */
    struct lw_ontology_index *names = ontology->names;
    size_t place = class_position * ATTRIBUTES + position;
    lw_table_add(arena, &names->attribute_names, attribute_hash(class_position, attribute->name), place);
    if (attribute->id)
        lw_table_add(arena, &names->attribute_ids, (uint64_t)attribute->id, place);
}

static void index_class(lw_arena *arena, lw_ontology *ontology, size_t position)
{
    const lw_class *of = &ontology->classes[position];
    struct lw_ontology_index *names = ontology->names;
    lw_table_add(arena, &names->names, lw_text_hash(of->name), position);
    lw_table_add(arena, &names->similar_names, similar_hash(of->name), position);
    if (of->id)
        lw_table_add(arena, &names->ids, (uint64_t)of->id, position);
    for (size_t i = 0; i < of->n_attributes; i++)
        index_attribute(arena, ontology, position, i, &of->attributes[i]);
}

static void mirror_item(lw_ontology *ontology)
{
    ontology->names->item = (lw_class){.id = ontology->item_class_id,
                                       .name = LW_TEXT(LW_ITEM_CLASS),
                                       .kinds = 1u << LW_TAG,
                                       .index = -1,
                                       .attributes = ontology->item_attributes,
                                       .n_attributes = ontology->n_item_attributes};
}

void lw_ontology_index(lw_arena *arena, lw_ontology *ontology)
{
    ontology->names = lw_new(arena, struct lw_ontology_index);
    for (size_t i = 0; i < ontology->n_classes && i < ITEM_POSITION; i++)
        index_class(arena, ontology, i);
    for (size_t i = 0; i < ontology->n_item_attributes; i++)
        index_attribute(arena, ontology, ITEM_POSITION, i, &ontology->item_attributes[i]);
    mirror_item(ontology);
}

lw_class *lw_class_find(const lw_ontology *ontology, lw_text name)
{
    if (!ontology->names)
        return NULL;
    size_t at = 0, position;
    while (lw_table_next(&ontology->names->names, lw_text_hash(name), &at, &position))
        if (lw_text_equal(ontology->classes[position].name, name))
            return &ontology->classes[position];
    return lw_text_is(name, LW_ITEM_CLASS) ? &ontology->names->item : NULL;
}

lw_class *lw_class_by_id(const lw_ontology *ontology, int64_t id)
{
    if (!ontology->names || id == 0)
        return NULL;
    size_t at = 0, position;
    if (lw_table_next(&ontology->names->ids, (uint64_t)id, &at, &position))
        return &ontology->classes[position];
    return id == ontology->names->item.id ? &ontology->names->item : NULL;
}

lw_class *lw_class_find_similar(const lw_ontology *ontology, lw_text name)
{
    if (!ontology->names)
        return NULL;
    size_t at = 0, position;
    while (lw_table_next(&ontology->names->similar_names, similar_hash(name), &at, &position)) {
        lw_text found = ontology->classes[position].name;
        if (!lw_text_equal(found, name) && is_similar(found, name))
            return &ontology->classes[position];
    }
    return NULL;
}

static lw_attribute_def *attribute_at(const lw_ontology *ontology, size_t place)
{
    size_t class_position = place / ATTRIBUTES, position = place % ATTRIBUTES;
    return class_position == ITEM_POSITION ? &ontology->item_attributes[position] : &ontology->classes[class_position].attributes[position];
}

static lw_attribute_def *own_attribute(const lw_ontology *ontology, size_t class_position, lw_text name)
{
    size_t at = 0, place;
    while (lw_table_next(&ontology->names->attribute_names, attribute_hash(class_position, name), &at, &place))
        if (place / ATTRIBUTES == class_position && lw_text_equal(attribute_at(ontology, place)->name, name))
            return attribute_at(ontology, place);
    return NULL;
}

static size_t position_of(const lw_ontology *ontology, const lw_class *of)
{
    if (of == &ontology->names->item || lw_text_is(of->name, LW_ITEM_CLASS))
        return ITEM_POSITION;
    if (of < ontology->classes || of >= ontology->classes + ontology->n_classes)
        of = lw_class_find(ontology, of->name); /* a copy */
    return of ? (size_t)(of - ontology->classes) : ITEM_POSITION - 1;
}

lw_attribute_def *lw_class_attribute(const lw_ontology *ontology, const lw_class *of, lw_text name)
{
    if (!ontology->names || !of)
        return NULL;
    for (int depth = 0; of && depth <= LW_LIMIT_CLASS_DEPTH; depth++) {
        lw_attribute_def *found = own_attribute(ontology, position_of(ontology, of), name);
        if (found)
            return found;
        of = of->parent.size ? lw_class_find(ontology, of->parent) : NULL;
    }
    return NULL;
}

lw_attribute_def *lw_attribute_by_id(const lw_ontology *ontology, int64_t id)
{
    size_t at = 0, place;
    bool found = ontology->names && id && lw_table_next(&ontology->names->attribute_ids, (uint64_t)id, &at, &place);
    return found ? attribute_at(ontology, place) : NULL;
}

lw_option *lw_option_find(const lw_attribute_def *attribute, lw_text name)
{
    for (size_t i = 0; i < attribute->n_options; i++)
        if (lw_text_equal(attribute->options[i].name, name))
            return &attribute->options[i];
    return NULL;
}

lw_option *lw_option_by_id(const lw_attribute_def *attribute, int64_t id)
{
    for (size_t i = 0; id && i < attribute->n_options; i++)
        if (attribute->options[i].id == id)
            return &attribute->options[i];
    return NULL;
}

bool lw_class_allows(const lw_class *of, lw_kind kind) { return of->kinds == 0 || (of->kinds >> kind & 1); }

/* Room for one more: the array itself, or a copy of twice its size. */
static void *grown(lw_arena *arena, void *array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return array;
    *capacity = n < 4 ? 8 : 2 * n;
    void *made = lw_alloc_array(arena, *capacity, size);
    if (n)
        memcpy(made, array, n * size);
    return made;
}

lw_class *lw_ontology_add_class(lw_arena *arena, lw_ontology *ontology, lw_text name)
{
    if (!ontology->names)
        lw_ontology_index(arena, ontology);
    ontology->classes = grown(arena, ontology->classes, ontology->n_classes, &ontology->classes_capacity, sizeof(lw_class));
    size_t position = ontology->n_classes++;
    ontology->classes[position] = (lw_class){.name = lw_text_copy(arena, name), .index = -1};
    index_class(arena, ontology, position);
    return &ontology->classes[position];
}

lw_attribute_def *lw_class_add_attribute(lw_arena *arena, lw_ontology *ontology, lw_class *of, lw_text name, lw_attribute_type type)
{
    if (!ontology->names)
        lw_ontology_index(arena, ontology);
    bool is_item = !of || of == &ontology->names->item;
    lw_attribute_def **list = is_item ? &ontology->item_attributes : &of->attributes;
    size_t *n = is_item ? &ontology->n_item_attributes : &of->n_attributes;
    size_t *capacity = is_item ? &ontology->item_attributes_capacity : &of->attributes_capacity;
    *list = grown(arena, *list, *n, capacity, sizeof(lw_attribute_def));
    lw_attribute_def *made = &(*list)[(*n)++];
    *made = (lw_attribute_def){.name = lw_text_copy(arena, name), .type = type};
    index_attribute(arena, ontology, is_item ? ITEM_POSITION : (size_t)(of - ontology->classes), *n - 1, made);
    if (is_item)
        mirror_item(ontology);
    return made;
}

lw_option *lw_attribute_add_option(lw_arena *arena, lw_attribute_def *attribute, lw_text name)
{
    attribute->options = grown(arena, attribute->options, attribute->n_options, &attribute->options_capacity, sizeof(lw_option));
    lw_option *made = &attribute->options[attribute->n_options++];
    *made = (lw_option){.name = lw_text_copy(arena, name)};
    return made;
}
