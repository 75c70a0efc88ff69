/* A folder of a test's own beneath $TMPDIR or /tmp, and helpers to fill it. */
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tap.h"

static inline const char *folder_new(lw_ctx *cx)
{
    const char *at = getenv("TMPDIR");
    char *path = lw_print(cx->arena, "%s/lw-test-XXXXXX", at && at[0] ? at : "/tmp");
    LW_ASSERT(mkdtemp(path));
    return path;
}

static inline void folder_remove(lw_ctx *cx, const char *path) { LW_ASSERT(lw_path_remove(cx, path) == LW_OK); }

static inline const char *folder_path(lw_ctx *cx, const char *folder, const char *name)
{
    return lw_path_join(cx->arena, folder, lw_text_from(name));
}

static inline void folder_put(lw_ctx *cx, const char *folder, const char *name, lw_text content)
{
    const char *path = folder_path(cx, folder, name);
    char *parent = lw_print(cx->arena, "%s", path);
    *strrchr(parent, '/') = 0;
    LW_ASSERT(lw_folder_make(cx, parent) == LW_OK);
    LW_AUTO(lw_fd) fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    LW_ASSERT(fd >= 0 && lw_fd_write(cx, fd, content.data, content.size) == LW_OK);
}
