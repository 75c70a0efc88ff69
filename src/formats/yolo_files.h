/* Which text file belongs to which image, and to which split: the YOLO family says both by paths alone. */
#pragma once

#include "formats/yolo.h"

/* One image, or one label file without an image. */
typedef struct lw_yolo_pair {
    const lw_entry *image;  /* NULL: not there */
    const lw_entry *labels; /* NULL: none */
    lw_text name;           /* the item's */
    int8_t split;           /* place in lw_yolo_files.splits; -1: none */
} lw_yolo_pair;

typedef struct lw_yolo_files {
    lw_yolo_pair *pairs;
    size_t n_pairs;
    lw_text splits[LW_YOLO_SPLITS];
    size_t n_splits;
    lw_yolo_data data;
    bool has_names; /* from data.yaml, obj.names or classes.txt */
} lw_yolo_files;

/* Finds data.yaml (or obj.data, classes.txt), pairs images with label files, and gives each its split. */
LW_MUST_USE lw_status lw_yolo_files_find(lw_ctx *cx, const lw_read_options *options, lw_yolo_files *out);
/* A path without its ending and without the steps "images" and "labels": the same for an image and its labels. */
lw_text lw_yolo_key(lw_arena *arena, lw_text path);
