/* Labels as rows: the present in `label`, closed versions in `label_past`, same columns. */
#pragma once

#include "model/label.h"
#include "store/project.h"

#define LW_ITEM_ID_SHIFT 25
/* The item of a label's or track's id. */
static inline int64_t lw_label_item(int64_t id) { return id >> LW_ITEM_ID_SHIFT; }

typedef struct lw_label_row {
    int64_t id, project_id, layer_id, class_id;
    int kind;
    int64_t seq_from, user_id;
    double x, y, w, h, area; /* bounds as displayed; NAN for tags */
    int64_t n_points;
    lw_text geometry, skeleton;        /* lw_shape_encode, lw_skeleton_encode */
    lw_text attributes;                /* JSON by ids: {"12": 34, "13": [1, 2], "14": true} */
    double confidence;                 /* NAN: none */
    int64_t group_id, track_id, frame; /* frame -1: none */
    bool outside;
    lw_text source_id;
    uint32_t traits; /* bits 1 << lw_trait; not a column: lw_label_to_row and lw_label_traits tell them */
} lw_label_row;

/* What turns ids into names; for one project at one moment. */
typedef struct lw_names {
    lw_store *store;
    lw_db *db;
    lw_project project;
    lw_ontology_ref ontology;
    lw_layer *layers;
    size_t n_layers;
} lw_names;
LW_MUST_USE lw_status lw_names_load(lw_ctx *cx, lw_store *store, lw_db *db, const lw_project *project, lw_names *out);
void lw_names_cleanup(lw_names *names); /* for LW_AUTO(lw_names) */

/* Names to ids and back. to_row checks class, kind and attributes against the ontology, LW_INVALID says what does not fit;
 * its texts live in cx's arena. id, project_id, layer_id, seq_from and user_id are the caller's. */
LW_MUST_USE lw_status lw_label_to_row(lw_ctx *cx, const lw_ontology *ontology, const lw_label *label, lw_label_row *out);
LW_MUST_USE lw_status lw_label_from_row(lw_ctx *cx, const lw_names *names, const lw_label_row *row, lw_label *out);
/* A label's attributes as JSON by ids (empty text for none), and back. */
LW_MUST_USE lw_status lw_attributes_to_ids(lw_ctx *cx, const lw_ontology *ontology, lw_text class_name, const lw_attribute *attributes, size_t n,
                                           lw_text *out);
LW_MUST_USE lw_status lw_attributes_from_ids(lw_ctx *cx, const lw_ontology *ontology, lw_text by_ids, const lw_attribute **out, size_t *n_out);

uint32_t lw_label_traits(const lw_label_row *row, const lw_shape *shape);
/* The same class, kind, geometry, attributes, confidence, track, frame and layer: what an import calls matched. */
bool lw_label_row_same(const lw_label_row *a, const lw_label_row *b);
uint64_t lw_label_row_hash(const lw_label_row *row); /* equal for rows that are the same */

/* Inside a write. */
LW_MUST_USE lw_status lw_label_insert_many(lw_ctx *cx, lw_db *db, const lw_label_row *rows, size_t n);
/* Moves the present version to label_past, its lifetime ended at seq. */
LW_MUST_USE lw_status lw_label_close(lw_ctx *cx, lw_db *db, int64_t id, int64_t seq);
/* The same of all the item's labels that one commit made. */
LW_MUST_USE lw_status lw_label_close_made(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, int64_t seq_from, int64_t seq);
/* The number after the highest that any label of the item ever had. */
LW_MUST_USE lw_status lw_label_next_id(lw_ctx *cx, lw_db *db, int64_t item_id, int64_t *id);
LW_MUST_USE lw_status lw_track_next_id(lw_ctx *cx, lw_db *db, int64_t item_id, int64_t *id);

LW_MUST_USE lw_status lw_label_get(lw_ctx *cx, lw_db *db, int64_t id, lw_label_row *out); /* LW_NOT_FOUND "no label 7" */
/* All present labels of an item in a project, by id. */
LW_MUST_USE lw_status lw_label_list(lw_ctx *cx, const lw_names *names, int64_t item_id, lw_label **out, size_t *n_out);
LW_MUST_USE lw_status lw_label_rows(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, lw_label_row **out, size_t *n_out);
/* Versions that one commit made (still present or not), and those that it ended: for undo. */
LW_MUST_USE lw_status lw_label_ended_by(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, int64_t seq, lw_label_row **out, size_t *n_out);
/* Closed versions of an item's labels, newest first. */
LW_MUST_USE lw_status lw_label_past_rows(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, lw_label_row **out, size_t *n_out);
/* Those that somebody changed or removed: what an undo took back is not among them, so an import that was undone can be given again. */
LW_MUST_USE lw_status lw_label_corrected_rows(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, lw_label_row **out, size_t *n_out);

typedef struct lw_track_row {
    int64_t id, project_id, layer_id, class_id, seq_from, user_id;
    lw_text attributes;
} lw_track_row;
LW_MUST_USE lw_status lw_track_insert(lw_ctx *cx, lw_db *db, const lw_track_row *row);
LW_MUST_USE lw_status lw_track_close(lw_ctx *cx, lw_db *db, int64_t id, int64_t seq);
LW_MUST_USE lw_status lw_track_get(lw_ctx *cx, lw_db *db, int64_t id, lw_track_row *out);
LW_MUST_USE lw_status lw_track_list(lw_ctx *cx, const lw_names *names, int64_t item_id, lw_track **out, size_t *n_out);
