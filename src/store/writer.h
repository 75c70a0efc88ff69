/* The one writer thread: takes what is queued, applies it in one transaction, commits once, answers all. */
#pragma once

#include "store/batch.h"

typedef struct lw_writer_thread lw_writer_thread;

/* Owns both connections from now on. */
lw_writer_thread *lw_writer_start(lw_store *store, lw_db *db, lw_db *sweeper_db);
/* Runs what is queued, then ends. */
void lw_writer_stop(lw_writer_thread *writer);
/* lw_store_joint; on the writer's thread. */
lw_batch *lw_writer_joint(lw_writer_thread *writer);
void lw_writer_queue(lw_writer_thread *writer, lw_write *write);
