#include "media/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

enum { START_MS = 20000, LAST_WORDS_MS = 500 };

/* What a decoder may know of its surroundings: nothing of ours (tokens stand in environments). */
static const char *const kept[] = {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"};

static char **environment(lw_ctx *cx)
{
    char **list = lw_new_array(cx->arena, char *, LW_COUNT(kept) + 4);
    size_t n = 0;
    list[n++] = lw_print(cx->arena, "LC_ALL=C");
    list[n++] = lw_print(cx->arena, "VIPS_DISC_THRESHOLD=16g"); /* never a temporary file: it has no file system */
    list[n++] = lw_print(cx->arena, "MALLOC_ARENA_MAX=2");
    for (size_t i = 0; i < LW_COUNT(kept); i++) {
        const char *value = getenv(kept[i]);
        if (value)
            list[n++] = lw_print(cx->arena, "%s=%s", kept[i], value);
    }
    return list;
}

static int spawn(lw_ctx *cx, const char *program, int socket, pid_t *out)
{
    char *argv[] = {(char *)program, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, socket, LW_DECODE_SOCKET);
    for (int fd = 0; fd < LW_DECODE_SOCKET; fd++)
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    /* A group of its own: the terminal's Ctrl-C is for us, and we finish what was accepted. */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    int error = posix_spawn(out, program, &actions, &attributes, argv, environment(cx));
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

/* Reads all of it before the deadline. */
static lw_worker_outcome receive(int socket, void *data, size_t size, int64_t deadline_us)
{
    char *at = data;
    while (size) {
        int64_t left_us = deadline_us - lw_monotonic_us();
        if (left_us <= 0)
            return LW_WORKER_LATE;
        struct pollfd wait = {.fd = socket, .events = POLLIN};
        int ready = poll(&wait, 1, (int)(left_us / 1000 + 1));
        if (ready <= 0)
            continue;
        ssize_t got = recv(socket, at, size, MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return LW_WORKER_GONE;
        at += got;
        size -= (size_t)got;
    }
    return LW_WORKER_ANSWERED;
}

lw_status lw_worker_start(lw_ctx *cx, lw_worker *worker, const char *program)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return lw_fail_errno(cx, errno, "cannot start the image decoder");
    lw_worker started = {.socket = pair[0]};
    int error = spawn(cx, program, pair[1], &started.pid);
    close(pair[1]);
    if (error) {
        close(pair[0]);
        return lw_fail(cx, LW_FAILED, "cannot start the image decoder %s: %s", program, strerror(error));
    }
    uint32_t hello = 0;
    lw_worker_outcome outcome = receive(started.socket, &hello, sizeof hello, lw_monotonic_us() + START_MS * 1000);
    if (outcome != LW_WORKER_ANSWERED || hello != LW_DECODE_MAGIC) {
        const char *words = outcome == LW_WORKER_LATE ? "it does not answer" : lw_worker_last_words(cx, &started);
        lw_worker_stop(&started);
        return lw_fail(cx, LW_FAILED, "cannot start the image decoder %s: %s", program, words);
    }
    started.used_us = lw_monotonic_us();
    *worker = started;
    return LW_OK;
}

static void forget(lw_worker *worker)
{
    close(worker->socket);
    *worker = (lw_worker){0};
}

void lw_worker_stop(lw_worker *worker)
{
    if (!worker->pid)
        return;
    kill(worker->pid, SIGKILL);
    while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    forget(worker);
}

void lw_worker_reap(lw_worker *worker)
{
    if (worker->pid && waitpid(worker->pid, NULL, WNOHANG) != 0)
        forget(worker);
}

const char *lw_worker_last_words(lw_ctx *cx, lw_worker *worker)
{
    int status = 0;
    pid_t reaped = 0;
    for (int waited_ms = 0; waited_ms < LAST_WORDS_MS && reaped == 0; waited_ms++) {
        reaped = waitpid(worker->pid, &status, WNOHANG);
        if (reaped == 0)
            usleep(1000);
    }
    if (reaped == 0) {
        lw_worker_stop(worker);
        return "the decoder hung up";
    }
    forget(worker);
    if (reaped < 0)
        return "the decoder ended";
    if (WIFSIGNALED(status))
        return lw_print(cx->arena, "the decoder was ended by signal %d (%s)", WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
    if (WEXITSTATUS(status) == LW_DECODE_NO_MEMORY)
        return "it takes more memory than a decoder may have";
    return lw_print(cx->arena, "the decoder ended with exit code %d", WEXITSTATUS(status));
}

static bool send_request(int socket, const lw_decode_request *request, int fd)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    struct iovec part = {(void *)request, sizeof *request};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof *request;
}

lw_worker_outcome lw_worker_ask(lw_ctx *cx, lw_worker *worker, const lw_decode_request *request, int fd, lw_decode_answer *answer, lw_text *bytes)
{
    int64_t deadline_us = lw_monotonic_us() + (int64_t)request->deadline_ms * 1000;
    if (!send_request(worker->socket, request, fd))
        return LW_WORKER_GONE;
    return lw_worker_next(cx, worker, deadline_us, answer, bytes);
}

lw_worker_outcome lw_worker_next(lw_ctx *cx, lw_worker *worker, int64_t deadline_us, lw_decode_answer *answer, lw_text *bytes)
{
    lw_decode_answer got;
    lw_worker_outcome outcome = receive(worker->socket, &got, sizeof got, deadline_us);
    if (outcome != LW_WORKER_ANSWERED)
        return outcome;
    if (got.magic != LW_DECODE_MAGIC || got.n_bytes > LW_DECODE_ANSWER_BYTES)
        return LW_WORKER_GONE;
    char *data = lw_alloc(cx->arena, got.n_bytes + 1);
    outcome = receive(worker->socket, data, got.n_bytes, deadline_us);
    if (outcome != LW_WORKER_ANSWERED)
        return outcome;
    worker->n_done++;
    worker->used_us = lw_monotonic_us();
    *answer = got;
    *bytes = (lw_text){data, got.n_bytes};
    return LW_WORKER_ANSWERED;
}
