#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void lw_fd_cleanup(lw_fd *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

char *lw_path_join(lw_arena *arena, const char *folder, lw_text name) { return lw_print(arena, "%s/%.*s", folder, LW_FMT(name)); }

lw_status lw_folder_make(lw_ctx *cx, const char *path)
{
    char *copy = lw_print(cx->arena, "%s", path);
    for (char *slash = copy + 1;; slash++) {
        slash = strchr(slash, '/');
        if (slash)
            *slash = 0;
        if (mkdir(copy, 0700) != 0 && errno != EEXIST)
            return lw_fail_errno(cx, errno, "cannot make the folder %s", copy);
        if (!slash)
            break;
        *slash = '/';
    }
    struct stat at;
    if (stat(path, &at) != 0)
        return lw_fail_errno(cx, errno, "cannot make the folder %s", path);
    return S_ISDIR(at.st_mode) ? LW_OK : lw_fail(cx, LW_INVALID, "%s is not a folder", path);
}

static lw_status remove_at(lw_ctx *cx, int parent, const char *name, const char *path)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return LW_OK;
    if (errno != EISDIR && errno != EPERM)
        return lw_fail_errno(cx, errno, "cannot remove %s", path);
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot remove %s", path);
    DIR *folder = fdopendir(fd);
    if (!folder) {
        close(fd);
        return lw_fail_errno(cx, ENOMEM, "cannot remove %s", path);
    }
    lw_status status = LW_OK;
    for (struct dirent *entry; status == LW_OK && (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = remove_at(cx, fd, entry->d_name, path);
    closedir(folder);
    if (status == LW_OK && unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        status = lw_fail_errno(cx, errno, "cannot remove %s", path);
    return status;
}

lw_status lw_path_remove(lw_ctx *cx, const char *path) { return remove_at(cx, AT_FDCWD, path, path); }

lw_status lw_fd_read_all(lw_ctx *cx, int fd, size_t limit_bytes, lw_text *out)
{
    LW_AUTO(lw_buf) buf = {0};
    for (;;) {
        char *to = lw_buf_reserve(&buf, 64 << 10);
        ssize_t got = read(fd, to, 64 << 10);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lw_fail_errno(cx, errno, "cannot read");
        if (got == 0)
            break;
        buf.size += (size_t)got;
        if (buf.size > limit_bytes)
            return lw_fail(cx, LW_TOO_LARGE, "more than %zu bytes", limit_bytes);
    }
    *out = lw_text_copy(cx->arena, lw_buf_text(&buf));
    return LW_OK;
}

lw_status lw_file_read(lw_ctx *cx, const char *path, size_t limit_bytes, lw_text *out)
{
    LW_AUTO(lw_fd) fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot open %s", path);
    lw_status status = lw_fd_read_all(cx, fd, limit_bytes, out);
    return status == LW_OK ? LW_OK : lw_fail(cx, status, "%s: %s", path, cx->message);
}

lw_status lw_fd_temporary(lw_ctx *cx, lw_fd *out)
{
    const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
    int error = ENOENT;
    for (size_t i = 0; i < LW_COUNT(folders); i++) {
        if (!folders[i] || !folders[i][0])
            continue;
        int fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (fd < 0) { /* not every file system knows unnamed files */
            char *name = lw_print(cx->arena, "%s/lw-XXXXXX", folders[i]);
            fd = mkostemp(name, O_CLOEXEC);
            if (fd >= 0)
                unlink(name);
        }
        if (fd >= 0) {
            *out = fd;
            return LW_OK;
        }
        error = errno;
    }
    return lw_fail_errno(cx, error, "cannot make a temporary file");
}

lw_status lw_fd_read_at(lw_ctx *cx, int fd, int64_t offset, void *data, size_t size)
{
    for (char *at = data; size;) {
        ssize_t got = pread(fd, at, size, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lw_fail_errno(cx, errno, "cannot read");
        if (got == 0)
            return lw_fail(cx, LW_INVALID, "the file ends at byte %" PRId64, offset);
        at += got;
        offset += got;
        size -= (size_t)got;
    }
    return LW_OK;
}

lw_status lw_fd_write(lw_ctx *cx, int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size) {
        ssize_t put = write(fd, at, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return lw_fail_errno(cx, errno, "cannot write");
        at += put;
        size -= (size_t)put;
    }
    return LW_OK;
}

lw_status lw_folder_sync(lw_ctx *cx, const char *path)
{
    LW_AUTO(lw_fd) fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return lw_fail_errno(cx, errno, "cannot sync the folder %s", path);
    return LW_OK;
}

lw_status lw_file_replace(lw_ctx *cx, const char *path, lw_text content)
{
    char *beside = lw_print(cx->arena, "%s.new-%d", path, (int)getpid());
    LW_AUTO(lw_fd) fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot write %s", path);
    lw_status status = lw_fd_write(cx, fd, content.data, content.size);
    if (status == LW_OK)
        status = lw_file_settle(cx, beside, path);
    if (status != LW_OK)
        unlink(beside);
    return status;
}

lw_status lw_file_settle(lw_ctx *cx, const char *beside, const char *path)
{
    LW_AUTO(lw_fd) fd = open(beside, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return lw_fail_errno(cx, errno, "cannot sync %s", path);
    if (rename(beside, path) != 0)
        return lw_fail_errno(cx, errno, "cannot replace %s", path);
    char *folder = lw_print(cx->arena, "%s", path), *slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    return lw_folder_sync(cx, slash ? (slash == folder ? "/" : folder) : ".");
}

lw_status lw_file_open_beneath(lw_ctx *cx, int root_fd, lw_text name, lw_fd *out)
{
    LW_TRY(lw_path_check(cx, name));
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, root_fd, lw_text_string(cx->arena, name), &how, sizeof how);
    if (fd < 0 && errno == EXDEV)
        return lw_fail(cx, LW_DENIED, "%.*s leads out of its folder; allow the place with --root", LW_FMT(name));
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot open %.*s", LW_FMT(name));
    struct stat at;
    if (fstat(fd, &at) != 0 || !S_ISREG(at.st_mode)) {
        close(fd);
        return lw_fail(cx, LW_INVALID, "%.*s is not a file", LW_FMT(name));
    }
    *out = fd;
    return LW_OK;
}
