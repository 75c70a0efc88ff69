/* Items and datasets: each piece of data once, whatever number of projects use it. */
#pragma once

#include "model/item.h"
#include "store/store.h"

typedef enum lw_location { LW_NO_MEDIA = 0, LW_BLOB = 1, LW_LINKED = 2 } lw_location;

/* An item's row. */
typedef struct lw_item_row {
    int64_t id, dataset_id;
    lw_text name;
    int kind; /* 1: image */
    lw_text media_type;
    int width, height; /* px, upright */
    int orientation;   /* EXIF, 1 to 8; 1 when the file gives none */
    lw_location location;
    bool is_missing; /* linked, and gone */
    int64_t bytes, mtime_us;
    lw_text sha256; /* 32 bytes, or empty */
    int64_t revision;
    lw_text metadata; /* a JSON object's text, or empty */
    lw_text source_id;
    int64_t added_us;
} lw_item_row;

typedef struct lw_dataset {
    int64_t id;
    lw_text name;
    lw_text root; /* folder whose files are linked; empty: none */
} lw_dataset;

/* Inside a write. */
LW_MUST_USE lw_status lw_dataset_ensure(lw_ctx *cx, lw_db *db, lw_text name, int64_t *id);
/* Remembers where a dataset's linked files lie; LW_CONFLICT when it is another place already. */
LW_MUST_USE lw_status lw_dataset_set_root(lw_ctx *cx, lw_db *db, int64_t id, lw_text root);
/* Only says whether it could be. */
LW_MUST_USE lw_status lw_dataset_check_root(lw_ctx *cx, lw_db *db, int64_t id, lw_text root);
LW_MUST_USE lw_status lw_dataset_find(lw_ctx *cx, lw_db *db, lw_text name, lw_dataset *out);
LW_MUST_USE lw_status lw_dataset_get(lw_ctx *cx, lw_db *db, int64_t id, lw_dataset *out);

/* Inside a write; ids come from lw_id_take(cx, db, "item", n). LW_CONFLICT: a name is taken, and none went in. */
LW_MUST_USE lw_status lw_item_insert_many(lw_ctx *cx, lw_db *db, const lw_item_row *items, size_t n);
/* Inside a write: new media for an item: the old stays listed in item_revision; the caller keeps `revision` counting. */
LW_MUST_USE lw_status lw_item_set_media(lw_ctx *cx, lw_db *db, const lw_item_row *item, bool is_new_revision);
/* The path its media turned out to have; the name must be free. */
LW_MUST_USE lw_status lw_item_set_name(lw_ctx *cx, lw_db *db, int64_t id, lw_text name);
LW_MUST_USE lw_status lw_item_set_missing(lw_ctx *cx, lw_db *db, int64_t id, bool is_missing);
LW_MUST_USE lw_status lw_item_set_hash(lw_ctx *cx, lw_db *db, int64_t id, int64_t revision, lw_text sha256);
LW_MUST_USE lw_status lw_item_set_details(lw_ctx *cx, lw_db *db, int64_t id, lw_text metadata, lw_text source_id);

LW_MUST_USE lw_status lw_item_get(lw_ctx *cx, lw_db *db, int64_t id, lw_item_row *out);
/* LW_NOT_FOUND without a message of its own: imports ask for many that are not there. */
LW_MUST_USE lw_status lw_item_find(lw_ctx *cx, lw_db *db, int64_t dataset_id, lw_text name, lw_item_row *out);
/* LW_CONFLICT: several came with this id. */
LW_MUST_USE lw_status lw_item_find_source(lw_ctx *cx, lw_db *db, int64_t dataset_id, lw_text source_id, lw_item_row *out);
LW_MUST_USE lw_status lw_item_find_hash(lw_ctx *cx, lw_db *db, lw_text sha256, int64_t dataset_id, lw_item_row *out);
/* Of all datasets of a project: LW_CONFLICT when two hold that path, LW_NOT_FOUND when none does. */
LW_MUST_USE lw_status lw_item_find_in_project(lw_ctx *cx, lw_db *db, int64_t project_id, lw_text name, int64_t *id);
/* Items of a dataset by id, after this one; linked ones without a hash when only_unhashed. */
LW_MUST_USE lw_status lw_item_list(lw_ctx *cx, lw_db *db, int64_t dataset_id, int64_t after, int64_t limit, lw_item_row **out, size_t *n_out);
LW_MUST_USE lw_status lw_item_list_unhashed(lw_ctx *cx, lw_db *db, int64_t after, int64_t limit, lw_item_row **out, size_t *n_out);
