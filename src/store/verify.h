/* Everything that must hold in a store: lifetimes, counters, orphans, the log without gaps, the database's own pages. Blobs are work/backup's to
 * check. */
#pragma once

#include "store/store.h"

/* Gets one sentence a problem. */
typedef lw_status (*lw_verify_problem)(lw_ctx *cx, void *state, const char *problem);

LW_MUST_USE lw_status lw_store_verify(lw_ctx *cx, lw_db *db, lw_verify_problem tell, void *state);
