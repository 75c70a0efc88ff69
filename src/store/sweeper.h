/* Moves what the write-ahead log holds into the database, on a thread of its own, so that no save waits for it. */
#pragma once

#include "store/store.h"

typedef struct lw_sweeper lw_sweeper;

/* With a connection of its own, which it owns from now on. */
lw_sweeper *lw_sweeper_start(lw_db *db);
void lw_sweeper_stop(lw_sweeper *sweeper);
/* The writer calls this between its transactions: wakes the sweeper when the log has grown, and moves the little that was written while it
 * swept: only then does the log begin anew. */
void lw_sweeper_tend(lw_sweeper *sweeper, lw_db *writer_db);
