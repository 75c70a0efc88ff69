/* Items with their labels in an unlinked file, for writers that must know of all before the first: written once, read once, in order.
 * Within one process: records are our structs as they lie in memory. */
#pragma once

#include "formats/format.h"

typedef struct lw_spool lw_spool;

LW_MUST_USE lw_status lw_spool_new(lw_ctx *cx, lw_spool **out);
void lw_spool_free(lw_spool *spool);
LW_MUST_USE lw_status lw_spool_put(lw_ctx *cx, lw_spool *spool, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels);
/* Ends the writing. */
LW_MUST_USE lw_status lw_spool_rewind(lw_ctx *cx, lw_spool *spool);
/* The next one, until the call after; false in *found behind the last. */
LW_MUST_USE lw_status lw_spool_get(lw_ctx *cx, lw_spool *spool, lw_item *item, const lw_entry **image, lw_label **labels, size_t *n_labels,
                                   bool *found);
