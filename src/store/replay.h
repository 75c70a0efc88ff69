/* Idempotency keys: a request repeated within 72 hours gets its first answer again. */
#pragma once

#include "store/store.h"

typedef struct lw_replay {
    lw_text caller, key;
    int http_status;
    lw_text answer;
    int64_t created_us;
} lw_replay;

/* caller: "user:3" or "token:5". LW_NOT_FOUND when the key is new. Inside a write, so that two repeats cannot both be first. */
LW_MUST_USE lw_status lw_replay_get(lw_ctx *cx, lw_store *store, lw_db *db, lw_text caller, lw_text key, int *http_status, lw_text *answer);
LW_MUST_USE lw_status lw_replay_put(lw_ctx *cx, lw_store *store, lw_db *db, lw_text caller, lw_text key, int http_status, lw_text answer);
LW_MUST_USE lw_status lw_replay_insert_many(lw_ctx *cx, lw_db *db, const lw_replay *rows, size_t n);
/* Forgets some of those older than 72 hours. */
LW_MUST_USE lw_status lw_replay_purge(lw_ctx *cx, lw_db *db);
