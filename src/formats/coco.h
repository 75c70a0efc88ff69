/* What the files of COCO share. Reading goes twice over each file: the first pass finds images, categories, and for every annotation
 * where it stands (16 bytes each); the second reads annotations image by image, in whatever order the file has them. */
#pragma once

#include "formats/format.h"
#include "formats/id_table.h"
#include "formats/json_stream.h"

#define LW_COCO_NO_ITEM UINT32_MAX
enum { LW_COCO_OPTIONS = 64 }; /* a text with more values than these is no choice */

/* What the annotations of one category are seen to have. */
typedef struct lw_coco_use {
    int64_t category;
    bool is_used, is_crowd;
    lw_attribute_def *attributes;
    size_t n_attributes;
} lw_coco_use;

typedef struct lw_coco_category {
    int64_t id;
    bool has_number; /* the id is a whole number */
    lw_text name, supercategory;
    lw_text *keypoints;
    size_t n_keypoints;
    uint32_t (*edges)[2];
    size_t n_edges;
    int64_t class_place; /* among the declared classes; -1: none */
} lw_coco_category;

typedef struct lw_coco_file {
    const lw_entry *entry;
    lw_fd fd;
    lw_text split, folder; /* what its name or folder says; where its images are looked for first */
    bool is_results;       /* a bare list */
    bool is_latin1;        /* said already */
    lw_coco_category *categories;
    size_t n_categories;
    lw_id_table category_ids; /* to places among categories */
    lw_coco_use *uses;
    size_t n_uses;
    lw_id_table use_ids;
} lw_coco_file;

typedef struct lw_coco_item {
    lw_text name, split;
    const lw_entry *image;
    int width, height;
    uint32_t file, size; /* of its image object, read again for what else stands in it; 0 bytes: none */
    int64_t offset, id;
} lw_coco_item;

/* Where an annotation stands, in the order of the files. */
typedef struct lw_coco_ref {
    uint64_t place; /* file << 44 | offset */
    uint32_t size;
    union {
        uint32_t item; /* until they are sorted by it; then … */
        uint32_t at;   /* … among those that are held (coco_gather.h) */
    };
} lw_coco_ref;

static inline uint32_t lw_coco_ref_file(const lw_coco_ref *ref) { return (uint32_t)(ref->place >> 44); }
static inline int64_t lw_coco_ref_offset(const lw_coco_ref *ref) { return (int64_t)(ref->place & ((1ULL << 44) - 1)); }

typedef struct lw_coco_index {
    const lw_read_options *options;
    lw_arena *arena; /* names */
    lw_coco_file *files;
    size_t n_files;
    lw_coco_item *items;
    size_t n_items, items_capacity;
    lw_id_table item_names; /* hash of name and split, to places among items */
    lw_coco_ref *refs;
    size_t n_refs, refs_capacity;
    uint32_t *order;  /* refs by item */
    uint32_t *starts; /* n_items + 1 places in order */
    lw_ontology declared;
    double *numbers; /* of one segmentation, while it is read */
    size_t numbers_capacity;
    bool has_images;   /* whether there are any to be found */
    bool is_from_zero; /* some file counts its categories from 0: they go out from 1 */
} lw_coco_index;

/* The first pass over all files, results or not. */
LW_MUST_USE lw_status lw_coco_index_read(lw_ctx *cx, lw_coco_index *index, bool is_results, const lw_sink *sink);
void lw_coco_index_cleanup(lw_coco_index *index);
/* One category of a file. */
void lw_coco_category_read(lw_coco_index *index, lw_coco_file *file, const lw_json_keys *keys, int64_t offset);
/* The classes of all files. */
LW_MUST_USE lw_status lw_coco_declare(lw_ctx *cx, lw_coco_index *index);
/* What an attribute map of one category adds to what is known of them. */
void lw_coco_use_attributes(lw_coco_index *index, lw_coco_use *use, lw_text object);
/* Puts values into the types that were declared. */
void lw_coco_fit_attributes(lw_arena *arena, const lw_coco_use *use, lw_attribute *attributes, size_t n);

/* What an annotation says, before it is a label. */
typedef struct lw_coco_annotation {
    const lw_coco_file *file; /* where it stands … */
    int64_t offset;           /* … and begins */
    lw_text image;            /* the name of its item; results have none … */
    lw_text image_id;         /* … but this (lw_id_text) */
    lw_label label;
    bool has_box;
    double box[4];
    int64_t n_objects;   /* it counts for: the segments of a panoptic entry, else 1 */
    const char *problem; /* code of the issue that leaves it out; or NULL */
    const char *message;
    lw_severity severity;
} lw_coco_annotation;

/* Reads one annotation's object; where it stands is set already. Problems of single fields are reported here; the one that leaves it
 * out is handed back. cx->arena holds what the label points at. */
void lw_coco_annotation_read(lw_ctx *cx, lw_coco_index *index, lw_text object, lw_coco_annotation *in_out);
/* An issue about it: "FILE: annotation 918: IMAGE". */
void lw_coco_report(lw_coco_index *index, const lw_coco_annotation *annotation, lw_severity severity, const char *code, const char *message);
/* The text of a JSON string, else nothing; what is not UTF-8 is read as Latin-1, and said so once a file. */
lw_text lw_coco_text(lw_coco_index *index, lw_coco_file *file, lw_text value);
