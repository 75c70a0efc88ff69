/* Files: whole reads with a limit, durable writes, folders, and paths that stay inside their root. */
#pragma once

#include "base/buf.h"

/* An open descriptor for LW_AUTO(lw_fd); begin with -1. */
typedef int lw_fd;
static inline int lw_fd_is_open(lw_fd fd) { return fd >= 0; }
void lw_fd_cleanup(lw_fd *fd);

/* "a" and "b/c" give "a/b/c". */
char *lw_path_join(lw_arena *arena, const char *folder, lw_text name);
/* Makes the folder and its parents, for the owner alone (0700). */
LW_MUST_USE lw_status lw_folder_make(lw_ctx *cx, const char *path);
/* Removes a file or a folder with all that is in it, never through a link; no failure when it is not there. */
LW_MUST_USE lw_status lw_path_remove(lw_ctx *cx, const char *path);
/* Reads to the end; LW_TOO_LARGE past the limit. */
LW_MUST_USE lw_status lw_file_read(lw_ctx *cx, const char *path, size_t limit_bytes, lw_text *out);
LW_MUST_USE lw_status lw_fd_read_all(lw_ctx *cx, int fd, size_t limit_bytes, lw_text *out);
/* An unlinked file for what does not fit into memory, in $TMPDIR, /var/tmp or /tmp; gone when it is closed. */
LW_MUST_USE lw_status lw_fd_temporary(lw_ctx *cx, lw_fd *out);
/* Reads exactly this many bytes at this place; LW_INVALID when the file is shorter. */
LW_MUST_USE lw_status lw_fd_read_at(lw_ctx *cx, int fd, int64_t offset, void *data, size_t size);
/* Writes all or fails. */
LW_MUST_USE lw_status lw_fd_write(lw_ctx *cx, int fd, const void *data, size_t size);
/* Beside it, synced, renamed over it, folder synced: the old content or the new, never half. */
LW_MUST_USE lw_status lw_file_replace(lw_ctx *cx, const char *path, lw_text content);
/* The second half of that, for a finished file: synced, renamed to path, folder synced. */
LW_MUST_USE lw_status lw_file_settle(lw_ctx *cx, const char *beside, const char *path);
LW_MUST_USE lw_status lw_folder_sync(lw_ctx *cx, const char *path);
/* Opens root/name for reading without leaving the folder root_fd: no "..", no link that leads out (openat2, RESOLVE_BENEATH).
 * LW_DENIED when it would. */
LW_MUST_USE lw_status lw_file_open_beneath(lw_ctx *cx, int root_fd, lw_text name, lw_fd *out);
