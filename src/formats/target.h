/* Where an export goes: a folder, a zip or tar (also gz), one file, or a stream. Written beside and renamed: never a half one. */
#pragma once

#include "base/file.h"
#include "formats/report.h"

typedef struct lw_target lw_target;
/* Gets the bytes of a streamed target; a failure ends the export. */
typedef lw_status (*lw_target_write)(lw_ctx *cx, void *state, const void *data, size_t size);

typedef enum lw_media_mode { LW_MEDIA_COPY, LW_MEDIA_LINK, LW_MEDIA_NONE } lw_media_mode;

/* path: a folder, or one file by its ending (.zip .tar .tar.gz .json .jsonl .csv). A folder that holds anything but an earlier export
 * of ours is LW_REFUSED. */
LW_MUST_USE lw_status lw_target_open(lw_ctx *cx, const char *path, lw_target **out);
/* Streams to a callback: kind is "zip", "tar", "tar.gz" or "" for a format whose output is one file. */
LW_MUST_USE lw_status lw_target_stream(lw_ctx *cx, const char *kind, lw_target_write write, void *state, lw_target **out);
/* Puts everything in its place, or tells what failed: a small file of a folder may be made after the call that gave it. Without it,
 * close leaves no trace. */
LW_MUST_USE lw_status lw_target_commit(lw_ctx *cx, lw_target *target);
void lw_target_close(lw_target *target);
typedef lw_target *lw_target_auto;
void lw_target_auto_cleanup(lw_target_auto *target);

/* One file only (a .json path or a plain stream): file names given to begin are ignored then. */
bool lw_target_is_one_file(const lw_target *target);
/* Writes a file in pieces: one is open at a time; small ones in archives are gathered. */
LW_MUST_USE lw_status lw_target_begin(lw_ctx *cx, lw_target *target, lw_text name);
LW_MUST_USE lw_status lw_target_put(lw_ctx *cx, lw_target *target, const void *data, size_t size);
LW_MUST_USE lw_status lw_target_end(lw_ctx *cx, lw_target *target);
LW_MUST_USE lw_status lw_target_file(lw_ctx *cx, lw_target *target, lw_text name, lw_text content);
/* A copy of an open file (sharing blocks where the file system can), or a symbolic link to path. */
LW_MUST_USE lw_status lw_target_copy(lw_ctx *cx, lw_target *target, lw_text name, int fd);
LW_MUST_USE lw_status lw_target_link(lw_ctx *cx, lw_target *target, lw_text name, const char *path);
/* A text that was gathered in an open file while others went to the target, read from its beginning. */
LW_MUST_USE lw_status lw_target_text(lw_ctx *cx, lw_target *target, lw_text name, int fd);
/* The same, into the file that is open. */
LW_MUST_USE lw_status lw_target_put_text(lw_ctx *cx, lw_target *target, int fd);
