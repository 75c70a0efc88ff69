/* Where bytes live: a content-addressed folder. Equal bytes are kept once; what is named is on disk, synced, before its row is. */
#pragma once

#include <stdatomic.h>

#include "base/file.h"

typedef struct lw_blobs lw_blobs;

enum { LW_HASH_BYTES = 32 };

/* Makes the folder when it is missing. */
LW_MUST_USE lw_status lw_blobs_open(lw_ctx *cx, const char *folder, lw_blobs **out);
/* Removes what a process that was killed had half taken in. Nobody may be taking files in. */
LW_MUST_USE lw_status lw_blobs_tidy(lw_ctx *cx, lw_blobs *blobs);
void lw_blobs_close(lw_blobs *blobs);
/* Copies the rest of the open file in; hash gets its SHA-256, and *is_new whether nobody had put these bytes before (NULL: not asked).
 * Not durable until lw_blobs_sync. */
LW_MUST_USE lw_status lw_blob_put(lw_ctx *cx, lw_blobs *blobs, int fd, unsigned char hash[LW_HASH_BYTES], int64_t *bytes, bool *is_new);
/* Takes one out again that was new, and that no row came to name. */
void lw_blob_remove(lw_ctx *cx, const lw_blobs *blobs, lw_text hash);
LW_MUST_USE lw_status lw_blob_put_text(lw_ctx *cx, lw_blobs *blobs, lw_text content, unsigned char hash[LW_HASH_BYTES]);
/* Makes everything put so far durable: one sync of the file system for many files. */
LW_MUST_USE lw_status lw_blobs_sync(lw_ctx *cx, lw_blobs *blobs);
LW_MUST_USE lw_status lw_blob_open(lw_ctx *cx, lw_blobs *blobs, lw_text hash, lw_fd *out);
/* SHA-256 of the open file from its start; LW_CANCELLED soon after *stop is set (NULL: never). */
LW_MUST_USE lw_status lw_hash_file(lw_ctx *cx, int fd, const atomic_bool *stop, unsigned char hash[LW_HASH_BYTES]);
/* 64 hex digits, and back (LW_INVALID). */
lw_text lw_hash_hex(lw_arena *arena, lw_text hash);
LW_MUST_USE lw_status lw_hash_parse(lw_ctx *cx, lw_text hex, lw_text *out);
/* Path of a blob, for links and backups. */
char *lw_blob_path(lw_arena *arena, const lw_blobs *blobs, lw_text hash);
