/* Ontologies in the store: versioned rows with stable ids, and a cache of parsed versions. */
#pragma once

#include "model/ontology.h"
#include "store/store.h"

struct lw_ontology_cache *lw_ontology_cache_new(void);
void lw_ontology_cache_free(struct lw_ontology_cache *cache);
void lw_ontology_cache_clear(struct lw_ontology_cache *cache);

/* A parsed version, shared; for LW_AUTO(lw_ontology_ref). */
typedef struct lw_ontology_ref {
    const lw_ontology *ontology; /* NULL: none */
    struct lw_ontology_entry *entry;
    struct lw_ontology_cache *cache;
} lw_ontology_ref;
void lw_ontology_ref_cleanup(lw_ontology_ref *ref);

/* The version of the ontology; 0: the newest. */
LW_MUST_USE lw_status lw_ontology_get(lw_ctx *cx, lw_store *store, lw_db *db, int64_t ontology_id, int64_t version, lw_ontology_ref *out);

/* Inside a write: an empty ontology, version 1, that has the class `item`. */
LW_MUST_USE lw_status lw_ontology_create(lw_ctx *cx, lw_db *db, lw_text name, int64_t user_id, int64_t *id);
/* Inside a write: makes `wanted` the next version of the ontology `current`. Nodes with an id keep it (a rename); those without get the
 * id of the open node of their name, else a fresh one. Rows that do not change are not touched. Export indices are kept, fresh ones
 * follow the highest ever given. *version is current's when nothing differs. Whether removed nodes are in use is the caller's to check.
 * Fills the ids of wanted. */
LW_MUST_USE lw_status lw_ontology_save(lw_ctx *cx, lw_db *db, const lw_ontology *current, lw_ontology *wanted, int64_t user_id, int64_t *version);
