/* Projects: an ontology, datasets, layers, and the number of the latest commit. */
#pragma once

#include "store/counter.h"
#include "store/ontology.h"

typedef struct lw_project {
    int64_t id;
    lw_text name;
    int64_t ontology_id, dataset_id; /* the dataset of its own name */
    int64_t seq;
    int64_t ontology_version;
    int64_t created_us;
    bool is_archived;
    int64_t removed_us; /* in the bin since; 0: not */
} lw_project;

typedef struct lw_layer {
    int64_t id;
    lw_text name;
} lw_layer;

#define LW_TRUTH "truth"

/* Inside a write: with an empty ontology, a dataset of its name (shared when there is one) and the layer truth. */
LW_MUST_USE lw_status lw_project_create(lw_ctx *cx, lw_db *db, lw_text name, int64_t user_id, lw_project *out);
/* Inside a write: as if it had never been made, while nothing was committed to it; else it stays. */
LW_MUST_USE lw_status lw_project_unmake(lw_ctx *cx, lw_db *db, const lw_project *project);
/* Whether anything but imports that have not ended well was ever committed to it. */
LW_MUST_USE lw_status lw_project_is_settled(lw_ctx *cx, lw_db *db, int64_t id, bool *out);
LW_MUST_USE lw_status lw_project_rename(lw_ctx *cx, lw_db *db, int64_t id, lw_text name);
LW_MUST_USE lw_status lw_project_archive(lw_ctx *cx, lw_db *db, int64_t id, bool is_archived);
/* Into the bin, and back; LW_CONFLICT when the name has been given away meanwhile. */
LW_MUST_USE lw_status lw_project_remove(lw_ctx *cx, lw_db *db, int64_t id);
LW_MUST_USE lw_status lw_project_restore(lw_ctx *cx, lw_db *db, int64_t id);

/* By name, else by id. A project in the bin is found by its id alone. */
LW_MUST_USE lw_status lw_project_find(lw_ctx *cx, lw_db *db, lw_text name_or_id, lw_project *out);
/* Its id alone, without a look at the tables where it has been asked before. */
LW_MUST_USE lw_status lw_project_find_id(lw_ctx *cx, lw_store *store, lw_text name_or_id, int64_t *id);
LW_MUST_USE lw_status lw_project_get(lw_ctx *cx, lw_db *db, int64_t id, lw_project *out);
LW_MUST_USE lw_status lw_project_list(lw_ctx *cx, lw_db *db, bool removed, int64_t after, int64_t limit, lw_project **out, size_t *n_out);
LW_MUST_USE lw_status lw_project_layers(lw_ctx *cx, lw_db *db, int64_t id, lw_layer **out, size_t *n_out);
/* NULL-like {0} name when the id is none of the layers'. */
lw_text lw_layer_name(const lw_layer *layers, size_t n, int64_t id);

/* Inside a write: the layer's id, made when missing. */
LW_MUST_USE lw_status lw_layer_ensure(lw_ctx *cx, lw_db *db, int64_t project_id, lw_text name, int64_t *id);
/* Inside a write: the split's number, made when missing; 0 for an empty name. And the names by number. */
LW_MUST_USE lw_status lw_split_ensure(lw_ctx *cx, lw_db *db, lw_text name, int64_t *id);
LW_MUST_USE lw_status lw_split_find(lw_ctx *cx, lw_db *db, lw_text name, int64_t *id); /* LW_NOT_FOUND */
LW_MUST_USE lw_status lw_split_names(lw_ctx *cx, lw_db *db, lw_layer **out, size_t *n_out);
