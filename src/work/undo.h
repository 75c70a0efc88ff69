/* Takes commits back: a few as one inverse commit, many in pieces, so that people go on saving meanwhile. */
#pragma once

#include "store/commit.h"

/* A commit above 500 labels that is undone with others goes some items at a time. LW_CONFLICT when something was changed again since, and nothing
 * is undone: that is looked for before the first piece. Only what somebody changes between that look and its own piece ends it half-way, and the
 * message says where. seqs: in any order, also twice. *seq: of the last inverse commit. */
LW_MUST_USE lw_status lw_undo_run(lw_ctx *cx, lw_store *store, int64_t project_id, const lw_author *author, const int64_t *seqs, size_t n,
                                  int64_t *seq);
