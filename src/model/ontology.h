/* An ontology: a versioned tree of classes and attributes. Every node has a stable id; names are unique where interfaces.md says. */
#pragma once

#include "model/attribute.h"
#include "model/shape.h"

typedef struct lw_option {
    int64_t id; /* 0: not in a store yet */
    lw_text name;
} lw_option;

/* One condition of `when`: that attribute of the same label has this value. */
typedef struct lw_condition {
    lw_attribute value;
} lw_condition;

typedef struct lw_attribute_def {
    int64_t id;
    lw_text name;
    lw_attribute_type type;
    lw_option *options;
    size_t n_options, options_capacity; /* capacity: room behind options; 0 where it was made otherwise */
    bool required;
    lw_condition *when; /* all must hold; none: always asked */
    size_t n_when;
} lw_attribute_def;

typedef struct lw_class {
    int64_t id;
    lw_text name;
    lw_text parent;               /* a class's name; empty: none */
    lw_text key;                  /* one key of the keyboard; empty: none */
    lw_text color;                /* #rrggbb; empty: the palette's by index */
    uint32_t kinds;               /* bits 1 << lw_kind; 0: any */
    int64_t index;                /* YOLO's number, COCO's id - 1: kept for ever; -1: not given yet */
    lw_attribute_def *attributes; /* its own; see lw_class_attribute for the chain */
    size_t n_attributes, attributes_capacity;
    lw_text *keypoints; /* names, for skeletons */
    size_t n_keypoints;
    uint32_t (*edges)[2]; /* pairs of keypoints, from 0 */
    size_t n_edges;
} lw_class;

typedef struct lw_ontology {
    int64_t id, version;
    lw_class *classes; /* in the order of the screen */
    size_t n_classes, classes_capacity;
    lw_attribute_def *item_attributes; /* stand on the one label of kind tag and class `item` */
    size_t n_item_attributes, item_attributes_capacity;
    int64_t item_class_id;           /* of the class `item` in a store; 0 outside */
    struct lw_ontology_index *names; /* hash tables, made by lw_ontology_index */
} lw_ontology;

/* The class of item attributes, which every ontology has without listing it. */
#define LW_ITEM_CLASS "item"

/* Reads and checks `{"classes": […], "item": […]}`: unknown keys, doubles, cycles of parents, conditions on what is not there,
 * kinds and types that are none, two classes with one key … each is LW_INVALID with its JSON pointer in cx->fields.
 * A class may be written as its name alone. The result lives in cx's arena; names are indexed. */
LW_MUST_USE lw_status lw_ontology_from_json(lw_ctx *cx, lw_json *object, lw_ontology *out);
/* The same checks on an ontology made otherwise. */
LW_MUST_USE lw_status lw_ontology_check(lw_ctx *cx, lw_ontology *ontology);
void lw_ontology_write_json(lw_buf *buf, const lw_ontology *ontology);
/* Builds the name tables; call after changing classes or attributes. */
void lw_ontology_index(lw_arena *arena, lw_ontology *ontology);

/* NULL when there is none of that name (exactly; see lw_class_find_similar). `item` is always there once names are indexed: a class
 * of its own beside the list, with the item attributes. */
lw_class *lw_class_find(const lw_ontology *ontology, lw_text name);
lw_class *lw_class_by_id(const lw_ontology *ontology, int64_t id);
/* One whose name differs by letter case or by spaces, '-' and '_' only; NULL when there is none. */
lw_class *lw_class_find_similar(const lw_ontology *ontology, lw_text name);
/* Of the class or one of its parents; the class named `item` has the item attributes. */
lw_attribute_def *lw_class_attribute(const lw_ontology *ontology, const lw_class *of, lw_text name);
lw_attribute_def *lw_attribute_by_id(const lw_ontology *ontology, int64_t id);
lw_option *lw_option_find(const lw_attribute_def *attribute, lw_text name);
lw_option *lw_option_by_id(const lw_attribute_def *attribute, int64_t id);
bool lw_class_allows(const lw_class *of, lw_kind kind);

/* Adding may move the array it adds to: pointers to classes (or attributes, or options) got before are stale, the rest stays.
 * Adds a class at the end (copied into the arena) and indexes it; NULL-safe defaults. */
lw_class *lw_ontology_add_class(lw_arena *arena, lw_ontology *ontology, lw_text name);
/* Adds an attribute to a class, or to the item when `of` is NULL; and an option to an attribute. */
lw_attribute_def *lw_class_add_attribute(lw_arena *arena, lw_ontology *ontology, lw_class *of, lw_text name, lw_attribute_type type);
lw_option *lw_attribute_add_option(lw_arena *arena, lw_attribute_def *attribute, lw_text name);
