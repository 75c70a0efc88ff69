#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"
#include "formats/source_private.h"

typedef struct walker {
    lw_source *source;
    lw_buf path;  /* raw bytes, relative to the root, not ended by 0 */
    bool in_link; /* beneath a link to a folder: further ones are not followed, so no walk is endless */
    struct {
        dev_t device;
        ino_t inode;
    } above[LW_LIMIT_SOURCE_DEPTH]; /* the folders that are open */
} walker;

static int open_beneath(int root, const char *path, uint64_t flags)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* A link that leads out is opened when what it leads to lies in an allowed place. */
static int open_in_roots(const lw_source *source, const char *path, uint64_t flags)
{
    char joined[PATH_MAX], resolved[PATH_MAX], root[PATH_MAX];
    if (snprintf(joined, sizeof joined, "%s/%s", source->folder, path) >= (int)sizeof joined || !realpath(joined, resolved))
        return -1;
    for (const char *const *at = source->roots; at && *at; at++) {
        if (!realpath(*at, root))
            continue;
        size_t size = strlen(root);
        bool is_all = size == 1;
        if (!is_all && (strncmp(resolved, root, size) != 0 || resolved[size] != '/'))
            continue;
        LW_AUTO(lw_fd) fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -1 : open_beneath(fd, resolved + size + (is_all ? 0 : 1), flags | O_NOFOLLOW);
    }
    errno = EXDEV;
    return -1;
}

static int open_path(const lw_source *source, const char *path, uint64_t flags)
{
    int fd = open_beneath(source->fd, path, flags);
    return fd < 0 && errno == EXDEV ? open_in_roots(source, path, flags) : fd;
}

static lw_text path_of(walker *walk) { return lw_buf_text(&walk->path); }

static lw_status add(lw_ctx *cx, walker *walk, const struct stat *at)
{
    bool taken;
    return lw_source_add(cx, walk->source, path_of(walk), at->st_size, at->st_mtim.tv_sec * 1000000LL + at->st_mtim.tv_nsec / 1000, NULL, &taken);
}

static void report_unreadable(walker *walk, int error)
{
    lw_text shown = lw_text_to_utf8(walk->source->arena, path_of(walk));
    lw_report_add(walk->source->report, LW_ERROR, "unreadable", "a file or folder cannot be read", "%.*s: %s", LW_FMT(shown), strerror(error));
}

static lw_status walk_folder(lw_ctx *cx, walker *walk, int fd, int depth);

static bool is_above(const walker *walk, const struct stat *at, int depth)
{
    for (int i = 0; i <= depth; i++)
        if (walk->above[i].device == at->st_dev && walk->above[i].inode == at->st_ino)
            return true;
    return false;
}

static lw_status add_link(lw_ctx *cx, walker *walk, int depth)
{
    lw_report *report = walk->source->report;
    lw_text shown = lw_text_to_utf8(walk->source->arena, path_of(walk));
    lw_buf_put_char(&walk->path, 0);
    walk->path.size--;
    LW_AUTO(lw_fd) fd = open_path(walk->source, walk->path.data, 0);
    struct stat at;
    if (fd < 0 && errno == EXDEV) {
        lw_report_add(report, LW_ERROR, "link-out", "a link leads out of the folder; allow the place with --root", "%.*s", LW_FMT(shown));
        return LW_OK;
    }
    if (fd < 0 || fstat(fd, &at) != 0) {
        report_unreadable(walk, errno);
        return LW_OK;
    }
    if (S_ISREG(at.st_mode))
        return add(cx, walk, &at);
    if (!S_ISDIR(at.st_mode) || walk->in_link || is_above(walk, &at, depth)) {
        lw_report_add(report, LW_WARNING, "link-not-followed", "a link leads to no file, to a folder around it, or on from a linked folder; left out",
                      "%.*s", LW_FMT(shown));
        return LW_OK;
    }
    walk->in_link = true;
    int inner = fd;
    fd = -1;
    lw_status status = walk_folder(cx, walk, inner, depth + 1);
    walk->in_link = false;
    return status;
}

static lw_status add_child(lw_ctx *cx, walker *walk, int fd, const struct dirent *child, int depth)
{
    struct stat at;
    unsigned char type = child->d_type;
    if (type != DT_DIR && type != DT_LNK) {
        if (fstatat(fd, child->d_name, &at, AT_SYMLINK_NOFOLLOW) != 0) {
            report_unreadable(walk, errno);
            return LW_OK;
        }
        type = (unsigned char)IFTODT(at.st_mode);
    }
    if (type == DT_REG)
        return add(cx, walk, &at);
    if (type == DT_LNK)
        return add_link(cx, walk, depth);
    if (type != DT_DIR) {
        lw_text shown = lw_text_to_utf8(walk->source->arena, path_of(walk));
        lw_report_add(walk->source->report, LW_WARNING, "not-a-file", "neither a file nor a folder; left out", "%.*s", LW_FMT(shown));
        return LW_OK;
    }
    int inner = openat(fd, child->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner < 0) {
        report_unreadable(walk, errno);
        return LW_OK;
    }
    return walk_folder(cx, walk, inner, depth + 1);
}

static bool is_hidden(const char *name) { return name[0] == '.' || strcmp(name, "__MACOSX") == 0; }

/* Takes fd over. */
static lw_status walk_folder(lw_ctx *cx, walker *walk, int fd, int depth)
{
    struct stat at;
    DIR *folder = depth < LW_LIMIT_SOURCE_DEPTH && fstat(fd, &at) == 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        report_unreadable(walk, depth < LW_LIMIT_SOURCE_DEPTH ? errno : ELOOP);
        close(fd);
        return LW_OK;
    }
    walk->above[depth].device = at.st_dev;
    walk->above[depth].inode = at.st_ino;
    lw_status status = LW_OK;
    size_t size = walk->path.size;
    for (struct dirent *child; status == LW_OK && (child = readdir(folder));) {
        if (strcmp(child->d_name, ".") == 0 || strcmp(child->d_name, "..") == 0)
            continue;
        if (size)
            lw_buf_put_char(&walk->path, '/');
        lw_buf_put_string(&walk->path, child->d_name);
        if (!is_hidden(child->d_name))
            status = add_child(cx, walk, fd, child, depth);
        else if (!lw_text_starts(lw_text_from(child->d_name), ".labelwright"))
            lw_report_add(walk->source->report, LW_INFO, "hidden-file", "hidden files and leftovers of systems are passed over", "%.*s",
                          LW_FMT(lw_text_to_utf8(walk->source->arena, path_of(walk))));
        walk->path.size = size;
    }
    closedir(folder);
    return status;
}

static int by_added(const void *key, const void *at)
{
    uint32_t left = *(const uint32_t *)key, right = ((const raw_name *)at)->added;
    return (left > right) - (left < right);
}

static lw_status open_entry(lw_ctx *cx, lw_source *source, const lw_entry *entry, lw_fd *out)
{
    char path[LW_LIMIT_PATH_BYTES + 1];
    const char *raw = path;
    const raw_name *odd = source->n_raw ? bsearch(&source->added[entry->index], source->raw, source->n_raw, sizeof(raw_name), by_added) : NULL;
    if (odd)
        raw = odd->path;
    else
        memcpy(path, entry->name.data, entry->name.size), path[entry->name.size] = 0;
    LW_AUTO(lw_fd) fd = open_path(source, raw, 0);
    struct stat at;
    if (fd < 0 && errno == EXDEV)
        return lw_fail(cx, LW_DENIED, "%.*s leads out of its folder; allow the place with --root", LW_FMT(entry->name));
    if (fd < 0 || fstat(fd, &at) != 0)
        return lw_fail_errno(cx, errno, "cannot open %.*s", LW_FMT(entry->name));
    if (!S_ISREG(at.st_mode))
        return lw_fail(cx, LW_INVALID, "%.*s is not a file", LW_FMT(entry->name));
    *out = fd;
    fd = -1;
    return LW_OK;
}

static lw_status read_entry(lw_ctx *cx, lw_source *source, const lw_entry *entry, size_t limit_bytes, lw_text *out)
{
    LW_AUTO(lw_fd) fd = -1;
    LW_TRY(open_entry(cx, source, entry, &fd));
    if ((uint64_t)entry->size > limit_bytes)
        return lw_fail(cx, LW_TOO_LARGE, "%.*s has more than %zu bytes", LW_FMT(entry->name), limit_bytes);
    size_t room = (size_t)entry->size + 1, size = 0;
    char *data = lw_alloc(cx->arena, room);
    while (size < room) {
        ssize_t got = read(fd, data + size, room - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lw_fail_errno(cx, errno, "cannot read %.*s", LW_FMT(entry->name));
        if (got == 0)
            break;
        size += (size_t)got;
    }
    if (size == room)
        return lw_fail(cx, LW_CONFLICT, "%.*s grew while it was read", LW_FMT(entry->name));
    *out = (lw_text){data, size};
    return LW_OK;
}

static const source_kind folder_kind = {open_entry, read_entry};

lw_status lw_source_open_folder(lw_ctx *cx, lw_source *source)
{
    source->kind = &folder_kind;
    walker walk = {.source = source};
    int fd = openat(source->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot read the folder %s", source->folder);
    lw_status status = walk_folder(cx, &walk, fd, 0);
    lw_buf_cleanup(&walk.path);
    return status;
}
