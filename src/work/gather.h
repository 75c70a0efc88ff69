/* What a source holds, gathered while it is read: its classes, and what a writer must know before the first item. */
#pragma once

#include "base/limits.h"
#include "formats/format.h"

typedef struct lw_gathered {
    lw_arena *arena;
    lw_ontology ontology;
    lw_text splits[LW_LIMIT_SPLITS];
    lw_write_options facts; /* kinds, splits and what has_ says; the rest is the caller's */
    unsigned grown;         /* bits of lw_foresight that were added to; the caller takes them away */
} lw_gathered;

void lw_gathered_init(lw_gathered *gathered);
void lw_gathered_cleanup(lw_gathered *gathered);
LW_MUST_USE lw_status lw_gather_ontology(lw_ctx *cx, lw_gathered *gathered, const lw_ontology *declared);
void lw_gather_item(lw_gathered *gathered, const lw_item *item, const lw_label *labels, size_t n_labels);
/* A copy for a writer. Classes that got no number yet take the next ones, so that every format numbers them alike. */
LW_MUST_USE lw_status lw_gathered_ontology(lw_ctx *cx, const lw_gathered *gathered, lw_arena *arena, lw_ontology *out);
