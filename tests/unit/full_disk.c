/* A disk that is full from the nth change on, for LD_PRELOAD: $LW_FULL_AT is n (0: never), $LW_FULL_UNDER the folder it holds,
 * $LW_FULL_COUNT a file elsewhere that is told how many changes there were. Reading and removing go on, as on a real one. */
#undef _FILE_OFFSET_BITS
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long n_changes;

/* The C library's own; each wrapper has a name of its own for its type. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

static bool is_under(int folder, const char *path)
{
    const char *under = setting("LW_FULL_UNDER");
    char link[64], at[PATH_MAX] = "";
    if (path && path[0] == '/')
        return strncmp(path, under, strlen(under)) == 0;
    snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
    ssize_t size = syscall(SYS_readlinkat, AT_FDCWD, link, at, sizeof at - 1);
    return size > 0 && under[0] && strncmp(at, under, strlen(under)) == 0;
}

/* Counts a change of what lies under the folder; true when there is no room for it. */
static bool is_full(int folder, const char *path)
{
    if (!is_under(folder, path))
        return false;
    long n = atomic_fetch_add(&n_changes, 1) + 1, at = atol(setting("LW_FULL_AT"));
    if (at == 0 || n < at)
        return false;
    errno = ENOSPC;
    return true;
}

__attribute__((destructor)) static void tell(void)
{
    char text[32];
    int fd = (int)syscall(SYS_openat, AT_FDCWD, setting("LW_FULL_COUNT"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd >= 0 && strcmp(program_invocation_short_name, "lw") == 0)
        syscall(SYS_write, fd, text, (size_t)snprintf(text, sizeof text, "%ld", atomic_load(&n_changes)));
    if (fd >= 0)
        close(fd);
}

ssize_t write(int fd, const void *data, size_t size) { return is_full(fd, NULL) ? -1 : REAL(write)(fd, data, size); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return is_full(fd, NULL) ? -1 : REAL(pwrite)(fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { return is_full(fd, NULL) ? -1 : REAL(pwrite64)(fd, data, size, at); }
ssize_t writev(int fd, const struct iovec *parts, int n) { return is_full(fd, NULL) ? -1 : REAL(writev)(fd, parts, n); }
int fsync(int fd) { return is_full(fd, NULL) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return is_full(fd, NULL) ? -1 : REAL(fdatasync)(fd); }
int syncfs(int fd) { return is_full(fd, NULL) ? -1 : REAL(syncfs)(fd); }
int ftruncate64(int fd, off64_t size) { return size && is_full(fd, NULL) ? -1 : REAL(ftruncate64)(fd, size); }
int posix_fallocate64(int fd, off64_t at, off64_t size) { return is_full(fd, NULL) ? ENOSPC : REAL(posix_fallocate64)(fd, at, size); }
int mkdir(const char *path, mode_t mode) { return is_full(AT_FDCWD, path) ? -1 : REAL(mkdir)(path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { return is_full(folder, path) ? -1 : REAL(mkdirat)(folder, path, mode); }
int rename(const char *from, const char *to) { return is_full(AT_FDCWD, to) ? -1 : REAL(rename)(from, to); }
int renameat(int a, const char *from, int b, const char *to) { return is_full(b, to) ? -1 : REAL(renameat)(a, from, b, to); }
int link(const char *from, const char *to) { return is_full(AT_FDCWD, to) ? -1 : REAL(link)(from, to); }
int linkat(int a, const char *from, int b, const char *to, int flags) { return is_full(b, to) ? -1 : REAL(linkat)(a, from, b, to, flags); }

int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { return is_full(b, to) ? -1 : REAL(renameat2)(a, from, b, to, flags); }

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t size, unsigned flags)
{
    return is_full(to, NULL) ? -1 : REAL(copy_file_range)(from, from_at, to, to_at, size, flags);
}

static int open_checked(int folder, const char *path, int flags, mode_t mode)
{
    struct stat at;
    bool makes = (flags & O_TMPFILE) == O_TMPFILE || (flags & O_CREAT && fstatat(folder, path, &at, 0) != 0);
    return makes && is_full(folder, path) ? -1 : (int)syscall(SYS_openat, folder, path, flags | O_LARGEFILE, mode);
}

#define OPENING(declaration, folder, path)              \
    declaration                                         \
    {                                                   \
        va_list args;                                   \
        va_start(args, flags);                          \
        mode_t mode = va_arg(args, mode_t);             \
        va_end(args);                                   \
        return open_checked(folder, path, flags, mode); \
    }

OPENING(int open(const char *path, int flags, ...), AT_FDCWD, path)
OPENING(int open64(const char *path, int flags, ...), AT_FDCWD, path)
OPENING(int openat(int folder, const char *path, int flags, ...), folder, path)
OPENING(int openat64(int folder, const char *path, int flags, ...), folder, path)
