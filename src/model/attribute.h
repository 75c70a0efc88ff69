/* A value that a label or item gives to an attribute, by name at the edges, by id in the store. */
#pragma once

#include "base/buf.h"
#include "base/json.h"

typedef enum lw_attribute_type { LW_ONE = 1, LW_MANY, LW_YESNO, LW_TEXT_VALUE, LW_INTEGER, LW_NUMBER } lw_attribute_type;

const char *lw_attribute_type_name(lw_attribute_type type); /* one, many, yesno, text, integer, number */
bool lw_attribute_type_from_name(lw_text name, lw_attribute_type *out);

typedef struct lw_attribute {
    lw_text name;
    lw_attribute_type type; /* of the value: LW_TEXT_VALUE may answer a `one` */
    lw_text text;           /* one, text */
    const lw_text *many;    /* many */
    size_t n_many;
    double number; /* number; integer as well */
    int64_t integer;
    bool yes;
} lw_attribute;

/* Reads a flat map `{"colour": "red", "parked": true}`; null values are left out. */
LW_MUST_USE lw_status lw_attributes_from_json(lw_ctx *cx, lw_json *object, const lw_attribute **out, size_t *n_out);
void lw_attributes_write_json(lw_buf *buf, const lw_attribute *attributes, size_t n);
/* One of them: `"colour": "red"`. */
void lw_attribute_write_json(lw_buf *buf, const lw_attribute *attribute);
/* The same names and values, in whatever order. */
bool lw_attributes_equal(const lw_attribute *a, size_t n_a, const lw_attribute *b, size_t n_b);
