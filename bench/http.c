/* A small JSON answer by our server, or by a bare epoll loop that reads nothing of what it is asked, for a load generator to measure in turn:
 * `bench-http lw 8110 & wrk -t1 -c64 -d5s http://127.0.0.1:8110/v1/small`, then the same with `bare`. Usage: bench-http lw|bare PORT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server.h"
#include "http/socket.h"

static lw_status small(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_buf_put_literal(&res->body,
                       "{\"id\": 7001, \"class\": \"car\", \"layer\": \"truth\", \"box\": [10.5, 20, 100, 40], \"by\": \"bo\", \"seq\": 4812}");
    return LW_OK;
}

static const lw_route routes[] = {{LW_GET, "/v1/small", small, LW_PUBLIC, NULL, NULL, "Small"}, {0}};
static const lw_route *const tables[] = {routes, NULL};

static lw_status serve(lw_ctx *cx, const char *address)
{
    lw_guard guard;
    lw_server *server;
    LW_TRY(lw_guard_init(cx, &guard, NULL));
    lw_router router = {.tables = tables, .guard = &guard};
    LW_TRY(lw_server_start(cx, &router, &(lw_server_config){.listen = address}, &server));
    sigset_t stops;
    int which;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigwait(&stops, &which);
    lw_server_stop(server, 1000);
    return LW_OK;
}

static void accept_all(int listener, int loop)
{
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;)
        epoll_ctl(loop, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
}

static lw_status serve_bare(lw_ctx *cx, const char *address)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    LW_AUTO(lw_fd) listener = -1;
    LW_AUTO(lw_fd) loop = epoll_create1(0);
    int port;
    LW_TRY(lw_socket_listen_tcp(cx, address, &listener, &port));
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
    for (;;) {
        struct epoll_event ready[64];
        char request[4096];
        int n = epoll_wait(loop, ready, 64, -1);
        if (n < 0 && errno != EINTR)
            return lw_fail_errno(cx, errno, "cannot wait");
        for (int i = 0; i < n; i++) {
            int fd = ready[i].data.fd;
            if (fd == listener)
                accept_all(listener, loop);
            else if (read(fd, request, sizeof request) <= 0 || send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0)
                close(fd);
        }
    }
}

int main(int argc, char **argv)
{
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigprocmask(SIG_BLOCK, argc == 3 && strcmp(argv[1], "lw") == 0 ? &stops : NULL, NULL);
    lw_ctx cx = {.arena = lw_arena_new()};
    lw_status status = argc != 3 ? lw_fail(&cx, LW_USAGE, "usage: bench-http lw|bare PORT") : LW_OK;
    char address[64];
    snprintf(address, sizeof address, "127.0.0.1:%s", argc == 3 ? argv[2] : "");
    if (status == LW_OK)
        status = strcmp(argv[1], "lw") == 0 ? serve(&cx, address) : serve_bare(&cx, address);
    if (status != LW_OK)
        fprintf(stderr, "bench-http: %s\n", cx.message);
    lw_arena_free(cx.arena);
    return lw_status_exit(status);
}
