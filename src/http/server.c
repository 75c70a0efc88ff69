#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "http/exchange.h"
#include "http/socket.h"

enum {
    SLOWEST_BODY_BYTES_PER_S = 1024,
    LAST_WORDS_MS = 500, /* between the end of the deadline and cutting connections */
};

static void print_address(const struct sockaddr *address, char *out, size_t size)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    out[0] = 0;
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, out, (socklen_t)size);
    else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], out, (socklen_t)size);
    else if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &v6->sin6_addr, out, (socklen_t)size);
}

static lw_connection *connection_new(struct MHD_Connection *connection)
{
    lw_connection *made = lw_heap_new(sizeof *made);
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    made->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    made->since_us = lw_monotonic_us();
    if (getsockname(made->fd, (struct sockaddr *)&address, &size) == 0) {
        made->is_local = address.ss_family == AF_UNIX;
        print_address((struct sockaddr *)&address, made->own_address, sizeof made->own_address);
    }
    size = sizeof address;
    if (getpeername(made->fd, (struct sockaddr *)&address, &size) == 0)
        print_address((struct sockaddr *)&address, made->peer, sizeof made->peer);
    return made;
}

/* The list lets the ticker reach a connection's socket; it is left before the socket is closed. */
static void on_connection(void *cls, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code)
{
    lw_server *server = cls;
    bool begins = code == MHD_CONNECTION_NOTIFY_STARTED;
    lw_connection *at = begins ? connection_new(connection) : *context;
    pthread_mutex_lock(&server->mutex);
    if (begins) {
        at->next = server->connections;
        if (at->next)
            at->next->previous = at;
        server->connections = at;
    } else {
        if (at->previous)
            at->previous->next = at->next;
        else
            server->connections = at->next;
        if (at->next)
            at->next->previous = at->previous;
    }
    pthread_mutex_unlock(&server->mutex);
    server->n_connections += begins ? 1 : -1;
    if (!begins)
        lw_heap_free(at);
    *context = begins ? at : NULL;
}

/* libmicrohttpd reads less than it asked for and takes that for all there is: a client that hangs up behind the last bytes
 * of half a head or body is noticed by nobody until the timeout. Seen twice: the first time the last bytes may just be looked at. */
static bool has_hung_up(lw_connection *at)
{
    char byte;
    bool was_quiet = at->is_quiet;
    at->is_quiet = at->phase != LW_IS_SERVED && recv(at->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    return was_quiet && at->is_quiet;
}

/* libmicrohttpd's timeout is for silence; this one is for those who send a byte now and then. */
static bool dribbles(const lw_server *server, lw_connection *at, int64_t now_us)
{
    int64_t allowed_s = server->config.timeout_s;
    if (at->phase == LW_IS_SERVED)
        return false;
    if (at->phase == LW_READS_BODY)
        allowed_s += at->body_bytes / SLOWEST_BODY_BYTES_PER_S;
    return now_us - at->since_us > allowed_s * 1000000;
}

static void deadline_after(struct timespec *out, int64_t ms)
{
    clock_gettime(CLOCK_MONOTONIC, out);
    out->tv_sec += ms / 1000;
    out->tv_nsec += ms % 1000 * 1000000;
    if (out->tv_nsec >= 1000000000)
        out->tv_sec++, out->tv_nsec -= 1000000000;
}

static void *tick(void *argument)
{
    lw_server *server = argument;
    struct timespec next;
    pthread_mutex_lock(&server->mutex);
    for (unsigned n = 1; !server->is_closing; n++) {
        deadline_after(&next, 1000);
        pthread_cond_timedwait(&server->tick, &server->mutex, &next);
        int64_t now_us = lw_monotonic_us();
        for (lw_connection *at = server->connections; at; at = at->next)
            if (dribbles(server, at, now_us) || has_hung_up(at))
                shutdown(at->fd, SHUT_RDWR);
        for (lw_exchange *ex = server->exchanges; ex && n % server->config.heartbeat_s == 0; ex = ex->next)
            lw_exchange_beat(ex);
    }
    pthread_mutex_unlock(&server->mutex);
    return NULL;
}

/* MHD_quiesce_daemon would do, but up to 0.9.75 it now and then ends the process: its threads take the socket away at the same time. */
static enum MHD_Result take_client(void *cls, const struct sockaddr *address, socklen_t size)
{
    const lw_server *server = cls;
    return server->is_stopping ? MHD_NO : MHD_YES;
}

/* Cookies are taken apart beside the head, and the answer needs room, too: else a connection is closed without a word. */
enum { HEAD_ROOM = 4 };

/* Paths and queries are decoded by us, after they were taken apart. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text) { return strlen(text); }

static struct MHD_Daemon *start_daemon(lw_server *server, int fd, unsigned n_threads, bool per_address)
{
    const lw_server_config *config = &server->config;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_SUSPEND_RESUME;
    return MHD_start_daemon(flags, 0, take_client, server, lw_exchange_step, server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
                            n_threads > 1 ? n_threads : 0, MHD_OPTION_CONNECTION_LIMIT, config->connection_limit, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                            per_address ? config->address_limit : 0, MHD_OPTION_CONNECTION_TIMEOUT, config->timeout_s,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEAD_ROOM * (size_t)LW_LIMIT_HEAD_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                            MHD_OPTION_URI_LOG_CALLBACK, lw_exchange_begin, server, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
                            MHD_OPTION_NOTIFY_COMPLETED, lw_exchange_completed, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
                            MHD_OPTION_END);
}

static lw_status listen_both(lw_ctx *cx, lw_server *server)
{
    LW_AUTO(lw_fd) tcp = -1, local = -1;
    if (server->config.listen)
        LW_TRY(lw_socket_listen_tcp(cx, server->config.listen, &tcp, &server->port));
    if (server->config.socket_path)
        LW_TRY(lw_socket_listen_path(cx, server->config.socket_path, &local));
    if (tcp >= 0) {
        server->tcp = start_daemon(server, tcp, server->config.n_threads, true);
        if (!server->tcp)
            return lw_fail_errno(cx, errno, "cannot start the server's threads");
        tcp = -1;
    }
    if (local >= 0) {
        server->local = start_daemon(server, local, 1, false);
        if (!server->local)
            return lw_fail_errno(cx, errno, "cannot start the server's threads");
        local = -1;
    }
    return LW_OK;
}

static void set_defaults(lw_server_config *config)
{
    const lw_server_config defaults = {
        .spool = "/tmp",
        .n_threads = 2,
        .n_workers = 4,
        .queue_limit = 256,
        .timeout_s = 60,
        .heartbeat_s = 20,
        .connection_limit = LW_LIMIT_CONNECTIONS,
        .address_limit = LW_LIMIT_CONNECTIONS_OF_ADDRESS,
    };
#define LW_DEFAULT(member) config->member = config->member ? config->member : defaults.member
    LW_DEFAULT(spool);
    LW_DEFAULT(n_threads);
    LW_DEFAULT(n_workers);
    LW_DEFAULT(queue_limit);
    LW_DEFAULT(timeout_s);
    LW_DEFAULT(heartbeat_s);
    LW_DEFAULT(connection_limit);
    LW_DEFAULT(address_limit);
#undef LW_DEFAULT
}

/* Connections take descriptors, of which the system's default has few. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

lw_status lw_server_start(lw_ctx *cx, const lw_router *router, const lw_server_config *config, lw_server **out)
{
    lw_server *server = lw_heap_new(sizeof *server);
    server->router = router;
    server->config = *config;
    set_defaults(&server->config);
    raise_descriptor_limit();
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&server->mutex, NULL);
    pthread_cond_init(&server->changed, &monotonic);
    pthread_cond_init(&server->tick, &monotonic);
    pthread_condattr_destroy(&monotonic);

    lw_status status = lw_workers_new(cx, server->config.n_workers, &server->workers);
    if (status == LW_OK)
        status = listen_both(cx, server);
    int error = status == LW_OK ? pthread_create(&server->ticker, NULL, tick, server) : 0;
    if (error)
        status = lw_fail_errno(cx, error, "cannot start the server's clock thread");
    server->has_ticker = status == LW_OK;
    if (status != LW_OK)
        lw_server_stop(server, 0);
    else
        *out = server;
    return status;
}

int lw_server_port(const lw_server *server) { return server->port; }

void lw_server_stats_read(lw_server *server, lw_server_stats *out)
{
    *out = (lw_server_stats){
        .n_connections = server->n_connections,
        .n_requests = server->n_requests,
        .n_running = server->n_running,
        .n_queued = lw_workers_queued(server->workers),
        .body_bytes = server->body_bytes,
    };
}

static void end_exchanges(lw_server *server, bool all)
{
    for (lw_exchange *ex = server->exchanges; ex; ex = ex->next)
        lw_exchange_end(ex, all);
}

/* Waits until nothing runs, at most this long; server->mutex is held. With `all`, what begins to wait meanwhile is ended too. */
static void wait_for_exchanges(lw_server *server, int64_t ms, bool all)
{
    int64_t until_us = lw_monotonic_us() + ms * 1000;
    while (server->n_running > 0 && lw_monotonic_us() < until_us) {
        struct timespec next;
        end_exchanges(server, all);
        deadline_after(&next, 20);
        pthread_cond_timedwait(&server->changed, &server->mutex, &next);
    }
}

static void drain(lw_server *server, unsigned deadline_ms)
{
    server->is_stopping = true; /* take_client turns away who comes now */
    pthread_mutex_lock(&server->mutex);
    wait_for_exchanges(server, deadline_ms, false);
    server->is_closing = true;
    pthread_cond_signal(&server->tick);
    wait_for_exchanges(server, LAST_WORDS_MS, true);
    while (server->n_running > 0) {
        for (lw_connection *at = server->connections; at; at = at->next)
            shutdown(at->fd, SHUT_RDWR);
        wait_for_exchanges(server, 1000, true);
    }
    pthread_mutex_unlock(&server->mutex);
}

void lw_server_stop(lw_server *server, unsigned deadline_ms)
{
    drain(server, deadline_ms);
    if (server->has_ticker)
        pthread_join(server->ticker, NULL);
    if (server->tcp)
        MHD_stop_daemon(server->tcp);
    if (server->local) {
        MHD_stop_daemon(server->local);
        unlink(server->config.socket_path);
    }
    if (server->workers)
        lw_workers_free(server->workers);
    pthread_cond_destroy(&server->changed);
    pthread_cond_destroy(&server->tick);
    pthread_mutex_destroy(&server->mutex);
    lw_heap_free(server);
}
