/* Backup while people label, restore, and the check of everything. */
#pragma once

#include "store/verify.h"
#include "work/app.h"

/* One view of the database, and every blob it names, into a folder; blobs that are there already are left: given again it is quick.
 * Linked files stay where they are and are not copied. */
LW_MUST_USE lw_status lw_backup_make(lw_ctx *cx, lw_app *app, const char *target, int64_t *n_blobs);
/* A backup into a folder that holds no store yet. */
LW_MUST_USE lw_status lw_backup_restore(lw_ctx *cx, const char *source, const char *folder);
/* Rows, lifetimes, counters, and the hash of every blob. */
LW_MUST_USE lw_status lw_verify_run(lw_ctx *cx, lw_app *app, lw_verify_problem tell, void *state, int64_t *n_blobs);
