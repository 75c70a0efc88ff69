/* A label format: one descriptor, one file, one line in the list in format.c. A format sees no store: its reader pushes items with
 * their labels into a sink, its writer is handed them one item at a time. Memory stays flat. */
#pragma once

#include "formats/source.h"
#include "formats/target.h"
#include "model/ontology.h"

/* What the reader pushes into. work/import writes to the store, `convert` to a writer. The sink copies what it keeps. */
typedef struct lw_sink {
    void *state;
    /* Classes (and attributes) the source declares, before the first item where the source allows; again when more turn up.
     * Those already known by name are left as they are. */
    lw_status (*ontology)(lw_ctx *cx, void *state, const lw_ontology *declared);
    /* One item with all its labels. Results name images by the source's id alone: then the name is empty and source_id is not. image: its entry in
     * the source, or NULL when there is none. labels have passed lw_shape_problem: the reader counts labels_read for every object and reports those
     * it leaves out as skipped. */
    lw_status (*item)(lw_ctx *cx, void *state, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels);
    /* Called now and then with bytes (or items) done of all; LW_CANCELLED ends the reading. */
    lw_status (*progress)(lw_ctx *cx, void *state, int64_t done, int64_t total);
} lw_sink;

typedef struct lw_read_options {
    lw_source *source;
    lw_source *images;           /* --images; NULL: the source itself */
    const lw_ontology *ontology; /* of the project, for results whose classes are numbers; may be NULL */
    lw_text split;               /* for items that the source gives none; may be empty */
    bool by_name;                /* the format was asked for by its name, not detected */
    bool reads_media;            /* whether image sizes may be probed (normalised coordinates need them) */
    lw_report *report;
    const char *const *columns; /* CSV: header mapping "theirs=ours", NULL-ended; may be NULL */
    /* Size of an item the project already has, for sources without images: returns false when unknown. May be NULL. */
    bool (*known_size)(void *state, lw_text item_name, int *width, int *height);
    void *known_size_state;
} lw_read_options;

/* What the writer is told before the first item: everything judged from counters, so the first byte can go at once. */
typedef struct lw_write_options {
    lw_target *target;
    const lw_ontology *ontology;
    lw_text project;
    int64_t seq;
    lw_media_mode media;
    bool lossy;
    const lw_text *splits; /* present among the items; "" stands for none */
    size_t n_splits;
    uint64_t kinds; /* bits 1 << lw_kind of the labels there are (perhaps more than will come) */
    bool has_attributes, has_item_attributes, has_confidence, has_tracks, has_groups, has_metadata;
    bool has_holes, has_parts, has_angles; /* among polygons; among boxes. False when not known: then writers refuse or count as they go */
    lw_report *report;
} lw_write_options;

/* An item's bytes for a writer that copies media: opened on demand. path is for links; may be NULL. */
typedef struct lw_media_ref {
    lw_status (*open)(lw_ctx *cx, void *state, lw_fd *out); /* upright already */
    void *state;
    const char *path;
} lw_media_ref;

typedef struct lw_writer lw_writer; /* each format's own */

/* What a format can carry: from it come `lw formats`, the loss check and the docs' matrix. */
typedef struct lw_capabilities {
    uint32_t kinds;    /* bits 1 << lw_kind */
    bool holes, parts; /* of polygons */
    bool angle;        /* of boxes */
    bool attributes, item_attributes, splits, tracks, confidence, layers, states, metadata, groups;
    bool empty_items; /* an item without labels can be said */
    bool one_file;    /* the labels are one file (else a folder or archive) */
} lw_capabilities;

/* What a writer must know of all before the first item: a source that is found to hold more is written anew. */
typedef enum lw_foresight {
    LW_FORESEES_CLASSES = 1, /* with their attributes and keypoints */
    LW_FORESEES_KINDS = 2,   /* of shapes, turned boxes, attributes of items */
    LW_FORESEES_SPLITS = 4,
} lw_foresight;

typedef struct lw_format {
    const char *name;  /* as in interfaces.md */
    const char *title; /* one line for people */
    lw_capabilities can;
    unsigned foresees; /* bits of lw_foresight */
    bool learns;       /* its files list no classes: all are known at the end of reading only */
    /* How surely the source is this format, 0 to 100; looks at names and little else. NULL: cannot be read. */
    int (*probe)(lw_ctx *cx, lw_source *source);
    lw_status (*read)(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink);
    /* What only the format can say before the first item, as issues of the report; LW_REFUSED. Asked by lw_format_check_loss. NULL: nothing. */
    lw_status (*judge)(lw_ctx *cx, const lw_write_options *options);
    lw_status (*begin)(lw_ctx *cx, const lw_write_options *options, lw_writer **out); /* NULL: cannot be written */
    /* Media before anything else: when they fail, nothing of the item was written, and it may be given again without. */
    lw_status (*item)(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *labels, size_t n_labels, const lw_media_ref *media);
    lw_status (*end)(lw_ctx *cx, lw_writer *writer);
    /* Frees the writer, after end or without it (a failure, a cancel). NULL: end frees it. */
    void (*close)(lw_writer *writer);
} lw_format;

/* Each in its own file. */
extern const lw_format lw_format_jsonl, lw_format_coco, lw_format_coco_results, lw_format_yolo, lw_format_yolo_detect, lw_format_yolo_segment,
    lw_format_yolo_pose, lw_format_yolo_obb, lw_format_yolo_classify, lw_format_yolo_darknet, lw_format_voc, lw_format_folders, lw_format_csv;
/* The list, ended by NULL. */
extern const lw_format *const lw_formats[];
/* By name; LW_NOT_FOUND lists the names. */
LW_MUST_USE lw_status lw_format_find(lw_ctx *cx, lw_text name, const lw_format **out);
/* The surest one; LW_INVALID says what was looked for, and names two that are equally sure. */
LW_MUST_USE lw_status lw_format_detect(lw_ctx *cx, lw_source *source, const lw_format **out);
/* What the writer could not carry of what there is, as report issues. LW_REFUSED when objects would be left out or change shape and
 * lossy is false; the message names --lossy. */
LW_MUST_USE lw_status lw_format_check_loss(lw_ctx *cx, const lw_format *format, const lw_write_options *options);
/* For writers: an item's media into the target under this name, as options->media says; an item without any is an info. */
LW_MUST_USE lw_status lw_format_put_media(lw_ctx *cx, const lw_write_options *options, const lw_item *item, lw_text name, const lw_media_ref *media);
