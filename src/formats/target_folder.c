#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "formats/target_private.h"

/* Stands in every exported folder: that it is ours, and of how many files. It is locked while the folder is being written. */
#define MARKER ".labelwright-export"
/* "NAME.labelwright-PID-TIME", hidden: what is being written beside NAME. */
#define BESIDE ".labelwright-"

static void split_path(lw_arena *arena, const char *path, char **folder, char **name)
{
    const char *slash = strrchr(path, '/');
    *name = lw_print(arena, "%s", slash ? slash + 1 : path);
    *folder = !slash ? lw_print(arena, ".") : slash == path ? lw_print(arena, "/") : lw_copy(arena, path, (size_t)(slash - path));
}

/* Whether nobody is writing it any more: its lock can be had. */
static bool is_dead(const char *path)
{
    char marker[4096];
    struct stat at;
    if (lstat(path, &at) != 0)
        return false;
    snprintf(marker, sizeof marker, S_ISDIR(at.st_mode) ? "%s/" MARKER : "%s", path);
    LW_AUTO(lw_fd) fd = open(marker, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT && S_ISDIR(at.st_mode) && lw_now_us() / 1000000 - at.st_mtim.tv_sec > 60; /* killed before it had one */
    return flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* Removes what killed exports to this path left; a failure is no reason to fail. */
static void remove_leftovers(lw_ctx *cx, const char *folder, const char *name)
{
    DIR *listed = opendir(folder);
    if (!listed)
        return;
    char *prefix = lw_print(cx->arena, ".%s" BESIDE, name);
    for (struct dirent *entry; (entry = readdir(listed));) {
        if (!lw_text_starts(lw_text_from(entry->d_name), prefix))
            continue;
        char *path = lw_path_join(cx->arena, folder, lw_text_from(entry->d_name));
        if (is_dead(path) && lw_path_remove(cx, path) != LW_OK)
            lw_ctx_clear(cx);
    }
    closedir(listed);
}

static lw_status name_beside(lw_ctx *cx, lw_target *target)
{
    char *folder, *name;
    split_path(target->arena, target->path, &folder, &name);
    if (!name[0] || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return lw_fail(cx, LW_USAGE, "an export cannot go to %s: name a folder or file that may be replaced", target->path);
    remove_leftovers(cx, folder, name);
    target->beside = lw_print(target->arena, "%s/.%.200s" BESIDE "%d-%" PRId64, folder, name, (int)getpid(), lw_now_us());
    return LW_OK;
}

lw_status lw_target_open_beside(lw_ctx *cx, lw_target *target)
{
    LW_TRY(name_beside(cx, target));
    target->fd = open(target->beside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (target->fd < 0) {
        target->beside = NULL;
        return lw_fail_errno(cx, errno, "cannot write %s", target->path);
    }
    flock(target->fd, LOCK_EX | LOCK_NB);
    return LW_OK;
}

/* Files in a folder that are no part of our export; caches that trainers leave beside labels do not count. */
static int64_t count_files(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder)
        return 0;
    int64_t n = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || strcmp(entry->d_name, MARKER) == 0)
            continue;
        if (entry->d_type == DT_DIR)
            n += count_files(fd, entry->d_name);
        else if (!lw_text_ends(lw_text_from(entry->d_name), ".cache"))
            n++;
    }
    closedir(folder);
    return n;
}

/* Nothing, an empty folder, or an earlier export of ours that nobody added to. */
static lw_status check_replaceable(lw_ctx *cx, const char *path)
{
    struct stat at;
    if (lstat(path, &at) != 0)
        return errno == ENOENT ? LW_OK : lw_fail_errno(cx, errno, "cannot write %s", path);
    if (!S_ISDIR(at.st_mode))
        return lw_fail(cx, LW_REFUSED, "%s is there and is no folder; remove it or choose another target", path);
    int64_t n = count_files(AT_FDCWD, path), n_ours = 0;
    lw_text marker = {0};
    char *marker_path = lw_path_join(cx->arena, path, LW_TEXT(MARKER));
    bool is_ours = lw_file_read(cx, marker_path, 4096, &marker) == LW_OK;
    lw_ctx_clear(cx);
    if (!is_ours && n == 0 && access(marker_path, F_OK) != 0)
        return LW_OK;
    lw_text first, rest;
    if (is_ours && lw_text_split(marker, '\n', &first, &rest))
        is_ours = lw_text_split_last(first, ' ', &first, &rest) && lw_text_to_int(rest, &n_ours);
    if (!is_ours)
        return lw_fail(cx, LW_REFUSED, "%s holds something else than an export of ours; remove it or choose another target", path);
    if (n > n_ours)
        return lw_fail(cx, LW_REFUSED, "%s is an export of ours, but %" PRId64 " files were added to it; move them away or choose another target",
                       path, n - n_ours);
    return LW_OK;
}

lw_status lw_target_open_folder(lw_ctx *cx, lw_target *target)
{
    LW_TRY(check_replaceable(cx, target->path));
    LW_TRY(name_beside(cx, target));
    if (mkdir(target->beside, 0777) != 0) {
        target->beside = NULL;
        return lw_fail_errno(cx, errno, "cannot make the folder %s", target->path);
    }
    target->fd = open(target->beside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (target->fd < 0)
        return lw_fail_errno(cx, errno, "cannot open the folder %s", target->beside);
    target->place.root = target->fd;
    target->lock = openat(target->fd, MARKER, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (target->lock < 0)
        return lw_fail_errno(cx, errno, "cannot write into %s", target->beside);
    flock(target->lock, LOCK_EX | LOCK_NB);
    return LW_OK;
}

/* A small one by the thread, which the first of them starts. */
static lw_status put_file(lw_ctx *cx, lw_target *target, lw_text name, lw_text content)
{
    if (content.size >= LW_TARGET_OUT_BYTES)
        return lw_place_file(cx, &target->place, name, content);
    if (!target->filer)
        LW_TRY(lw_filer_new(cx, target->fd, &target->filer));
    return lw_filer_put(cx, target->filer, name, content);
}

static lw_status copy_plainly(lw_ctx *cx, int from, int to)
{
    char chunk[64 << 10];
    for (int64_t at = 0;;) {
        ssize_t got = pread(from, chunk, sizeof chunk, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lw_fail_errno(cx, errno, "cannot read");
        if (got == 0)
            return LW_OK;
        LW_TRY(lw_fd_write(cx, to, chunk, (size_t)got));
        at += got;
    }
}

static lw_status copy_file(lw_ctx *cx, lw_target *target, lw_text name, int from, int64_t size)
{
    LW_AUTO(lw_fd) fd = -1;
    LW_TRY(lw_place_create(cx, &target->place, name, &fd));
    if (ioctl(fd, FICLONE, from) == 0)
        return LW_OK;
    off_t at = 0;
    while (at < size) {
        ssize_t copied = copy_file_range(from, &at, fd, NULL, (size_t)(size - at), 0);
        if (copied < 0 && at == 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM))
            return copy_plainly(cx, from, fd);
        if (copied < 0)
            return lw_fail_errno(cx, errno, "cannot copy %.*s", LW_FMT(name));
        if (copied == 0)
            return lw_fail(cx, LW_CONFLICT, "%.*s shrank while it was copied", LW_FMT(name));
    }
    return LW_OK;
}

static lw_status put_link(lw_ctx *cx, lw_target *target, lw_text name, const char *path)
{
    char absolute[PATH_MAX], last[NAME_MAX + 1];
    int folder_fd;
    LW_TRY(lw_place_enter(cx, &target->place, name, &folder_fd, last));
    if (!realpath(path, absolute))
        return lw_fail_errno(cx, errno, "cannot link to %s", path);
    if (symlinkat(absolute, folder_fd, last) != 0)
        return lw_fail_errno(cx, errno, "cannot make the link %.*s", LW_FMT(name));
    return LW_OK;
}

static lw_status begin(lw_ctx *cx, lw_target *target, lw_text name)
{
    lw_fd_cleanup(&target->spool);
    return lw_place_create(cx, &target->place, name, &target->spool);
}

static lw_status put(lw_ctx *cx, lw_target *target, const void *data, size_t size) { return lw_fd_write(cx, target->spool, data, size); }

static lw_status end(lw_ctx *cx, lw_target *target)
{
    lw_fd_cleanup(&target->spool);
    return LW_OK;
}

static lw_status finish(lw_ctx *cx, lw_target *target) { return target->filer ? lw_filer_finish(cx, target->filer) : LW_OK; }

/* An exchange is one step: the old export or the new one stands there at any moment. */
static lw_status commit(lw_ctx *cx, lw_target *target)
{
    char *marker = lw_print(cx->arena, "labelwright export; files: %" PRId64 "\nThe next export to this folder replaces it.\n", target->n_files);
    LW_TRY(lw_fd_write(cx, target->lock, marker, strlen(marker)));
    if (syncfs(target->fd) != 0) /* once for all files, before they stand under the name */
        return lw_fail_errno(cx, errno, "cannot write %s", target->path);
    LW_TRY(check_replaceable(cx, target->path));
    if (renameat2(AT_FDCWD, target->beside, AT_FDCWD, target->path, RENAME_NOREPLACE) == 0) {
        target->beside = NULL;
        return LW_OK;
    }
    if (errno == EEXIST && renameat2(AT_FDCWD, target->beside, AT_FDCWD, target->path, RENAME_EXCHANGE) == 0) {
        lw_status removed = lw_path_remove(cx, target->beside); /* what stood there before */
        target->beside = NULL;
        return removed;
    }
    if (errno == EINVAL) { /* a file system without either */
        char *old = lw_print(cx->arena, "%s-old", target->beside);
        if (rename(target->path, old) != 0 && errno != ENOENT)
            return lw_fail_errno(cx, errno, "cannot replace %s", target->path);
        if (rename(target->beside, target->path) != 0)
            return lw_fail_errno(cx, errno, "cannot replace %s", target->path);
        target->beside = NULL;
        return lw_path_remove(cx, old);
    }
    return lw_fail_errno(cx, errno, "cannot replace %s", target->path);
}

static void close_folder(lw_target *target)
{
    lw_filer_free(target->filer);
    lw_place_cleanup(&target->place);
    if (!target->beside)
        return;
    lw_ctx scratch = {.arena = target->arena};
    (void)!lw_path_remove(&scratch, target->beside);
}

const target_kind lw_target_folder = {put_file, copy_file, put_link, begin, put, end, finish, commit, close_folder};
