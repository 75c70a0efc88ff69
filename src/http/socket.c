#include "http/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 511 };

static lw_status split_address(lw_ctx *cx, const char *address, char **host, char **port)
{
    lw_text before, after;
    int64_t number;
    if (!lw_text_split_last(lw_text_from(address), ':', &before, &after) || !lw_text_to_int(after, &number) || number < 0 || number > 65535)
        return lw_fail(cx, LW_USAGE, "'%s' is not like 127.0.0.1:8085", address);
    if (lw_text_starts(before, "[") && lw_text_ends(before, "]"))
        before = lw_text_slice(before, 1, before.size - 2);
    *host = lw_text_string(cx->arena, before);
    *port = lw_text_string(cx->arena, after);
    return LW_OK;
}

static int bound_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound = {.v6 = {0}};
    socklen_t size = sizeof bound;
    getsockname(fd, &bound.any, &size);
    return ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
}

lw_status lw_socket_listen_tcp(lw_ctx *cx, const char *address, lw_fd *out, int *out_port)
{
    char *host = NULL, *port = NULL;
    LW_TRY(split_address(cx, address, &host, &port));
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    int error = getaddrinfo(*host ? host : NULL, port, &hints, &found);
    if (error)
        return lw_fail(cx, LW_USAGE, "cannot listen on '%s': %s", address, gai_strerror(error));
    int on = 1;
    LW_AUTO(lw_fd) fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool listens = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 && bind(fd, found->ai_addr, found->ai_addrlen) == 0 &&
                   listen(fd, BACKLOG) == 0;
    int failed = errno;
    freeaddrinfo(found);
    if (!listens && failed == EADDRINUSE)
        return lw_fail(cx, LW_UNAVAILABLE, "%s is in use by another program; stop it, or take another port with --listen", address);
    if (!listens)
        return lw_fail_errno(cx, failed, "cannot listen on %s", address);
    *out_port = bound_port(fd);
    *out = fd;
    fd = -1;
    return LW_OK;
}

/* A socket's address holds 107 bytes of path; the folder is therefore named by a descriptor of ours, kept open in *folder. */
static lw_status path_address(lw_ctx *cx, const char *path, lw_fd *folder, struct sockaddr_un *out)
{
    lw_text parent = LW_TEXT("."), name = lw_text_from(path);
    if (lw_text_split_last(name, '/', &parent, &name) && parent.size == 0)
        parent = LW_TEXT("/");
    *folder = open(lw_text_string(cx->arena, parent), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*folder < 0)
        return lw_fail_errno(cx, errno, "cannot open the folder of the socket %s", path);
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int size = snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d/%.*s", *folder, LW_FMT(name));
    if (name.size == 0 || size >= (int)sizeof out->sun_path)
        return lw_fail(cx, LW_USAGE, "the socket's name is too long: %s", path);
    return LW_OK;
}

lw_status lw_socket_connect_path(lw_ctx *cx, const char *path, lw_fd *out)
{
    LW_AUTO(lw_fd) folder = -1;
    struct sockaddr_un address;
    LW_TRY(path_address(cx, path, &folder, &address));
    LW_AUTO(lw_fd) fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot make a socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        return errno == ECONNREFUSED || errno == ENOENT ? lw_fail(cx, LW_NOT_FOUND, "no server listens on %s", path)
                                                        : lw_fail_errno(cx, errno, "cannot reach the server on %s", path);
    *out = fd;
    fd = -1;
    return LW_OK;
}

lw_status lw_socket_listen_path(lw_ctx *cx, const char *path, lw_fd *out)
{
    LW_AUTO(lw_fd) other = -1, folder = -1;
    struct sockaddr_un address;
    lw_status answered = lw_socket_connect_path(cx, path, &other);
    if (answered == LW_OK)
        return lw_fail(cx, LW_UNAVAILABLE, "another server listens on %s already", path);
    if (answered != LW_NOT_FOUND)
        return answered;
    lw_ctx_clear(cx);
    LW_TRY(path_address(cx, path, &folder, &address));
    struct stat there;
    if (lstat(address.sun_path, &there) == 0 && S_ISSOCK(there.st_mode))
        unlink(address.sun_path);
    LW_AUTO(lw_fd) fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* The file takes its mode from the socket, so it is never open to others, not even for a moment. */
    if (fd < 0 || fchmod(fd, 0600) != 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, BACKLOG) != 0)
        return lw_fail_errno(cx, errno, "cannot listen on %s", path);
    *out = fd;
    fd = -1;
    return LW_OK;
}
