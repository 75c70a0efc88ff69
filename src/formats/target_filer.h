/* Makes the small files of a folder on a thread of its own while the next ones are thought out: most of what they cost is the kernel's
 * work. The order of files in a folder means nothing. */
#pragma once

#include <limits.h>

#include "base/file.h"

/* A place to make files in: a folder, and the last one beneath it that a file went to, so that it is not asked for again. */
typedef struct lw_place {
    int root;
    lw_buf folder;
    lw_fd fd;
} lw_place;

void lw_place_cleanup(lw_place *place);
/* The folder that a name stands in, made and open, and the name's last step. */
LW_MUST_USE lw_status lw_place_enter(lw_ctx *cx, lw_place *place, lw_text name, int *folder_fd, char last[NAME_MAX + 1]);
/* A new file; LW_CONFLICT when there is one. */
LW_MUST_USE lw_status lw_place_create(lw_ctx *cx, lw_place *place, lw_text name, lw_fd *out);
LW_MUST_USE lw_status lw_place_file(lw_ctx *cx, lw_place *place, lw_text name, lw_text content);

typedef struct lw_filer lw_filer;
LW_MUST_USE lw_status lw_filer_new(lw_ctx *cx, int root, lw_filer **out);
void lw_filer_free(lw_filer *filer);
/* Copies both. The failure of a file is told by a later call, and by all that follow. */
LW_MUST_USE lw_status lw_filer_put(lw_ctx *cx, lw_filer *filer, lw_text name, lw_text content);
/* Until all stand there. */
LW_MUST_USE lw_status lw_filer_finish(lw_ctx *cx, lw_filer *filer);
