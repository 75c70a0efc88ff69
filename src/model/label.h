/* A label: one statement about an item. The same plain struct from file formats to the store and the API. */
#pragma once

#include <math.h>

#include "model/attribute.h"
#include "model/shape.h"

typedef struct lw_label {
    int64_t id; /* 0: not in a store yet */
    lw_text class_name;
    lw_text layer; /* empty: whatever the import or request says, else truth */
    lw_shape shape;
    const lw_attribute *attributes;
    size_t n_attributes;
    double confidence; /* 0..1; NAN: none */
    lw_text by;        /* who or what said it */
    int64_t seq;       /* of the commit that made this version */
    int64_t group;     /* 0: none; labels of one item with one number belong together */
    int64_t track;     /* 0: none */
    int64_t frame;     /* -1: none */
    bool outside;      /* a keyframe that ends a visible stretch of its track */
    lw_text source_id; /* the id the source gave it, kept for the way back; may be empty */
} lw_label;

#define LW_LABEL_NONE ((lw_label){.confidence = NAN, .frame = -1})

/* One object through the frames of a video or sequence. */
typedef struct lw_track {
    int64_t id;
    lw_text class_name;
    lw_text layer;
    const lw_attribute *attributes;
    size_t n_attributes;
    lw_text by;
    int64_t seq;
} lw_track;

/* Reads a label's JSON object as in interfaces.md; unknown keys are refused by name. `ignore` names keys that the caller reads
 * itself (op, item, was, ref, …), ended by NULL. */
LW_MUST_USE lw_status lw_label_from_json(lw_ctx *cx, lw_json *object, const char *const *ignore, lw_label *out);
/* The same for an operation that changes a label: keys that are not there leave what is there; attributes join by name, a null takes
 * one away; see lw_shape_change_from_json. Class and geometry may be absent. */
LW_MUST_USE lw_status lw_label_change_from_json(lw_ctx *cx, lw_json *object, const char *const *ignore, lw_label *in_out);
/* Keys in a fixed order; id, layer, by, seq, track, outside and source_id only where there is one. */
void lw_label_write_json(lw_buf *buf, const lw_label *label);
LW_MUST_USE lw_status lw_track_from_json(lw_ctx *cx, lw_json *object, lw_track *out);
void lw_track_write_json(lw_buf *buf, const lw_track *track);
/* The same class, geometry, attributes, confidence, track frame and layer: what an import calls `matched`. */
bool lw_label_same(const lw_label *a, const lw_label *b);
