/* Label operations: add, change, remove (interfaces.md), as one commit. */
#pragma once

#include "store/commit.h"

/* A request of operations and, once applied, its answer. */
typedef struct lw_operations {
    int64_t project_id;
    lw_author author;
    lw_text caller, key; /* of the idempotency key; key may be empty */
    bool is_partial;     /* what can be done is done; else all or nothing */
    lw_json **lines;
    size_t n_lines;
    /* out */
    lw_text answer; /* NDJSON, a line each; in the arena of who applies */
    int http_status;
    int64_t seq; /* 0: nothing changed */
} lw_operations;

/* NDJSON or one JSON array; LW_INVALID names the line. */
LW_MUST_USE lw_status lw_operations_parse(lw_ctx *cx, lw_text body, lw_operations *out);
/* A lw_write_run with the operations as its argument. When all or nothing fails, the failure names the line. */
lw_status lw_operations_apply(lw_ctx *cx, lw_store *store, lw_db *db, void *operations);
