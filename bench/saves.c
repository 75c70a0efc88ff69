/* Durable saves through HTTP: 64 keep-alive clients (or as many as asked for), each sends one box, waits for the answer, and sends the next; in turn
 * with two references on the same disk: a bare loop that commits 64 rows at a time, where nobody waits for anybody; and 64 threads that hand a row
 * each to one that commits what has come and wakes them, which is the best that clients could get who share each commit. `lw serve` runs beside it,
 * with a project of COCO images. LW_TOKEN=… bench-saves PORT PROJECT CLASS FOLDER [SECONDS [CLIENTS]] */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "db/db.h"

enum { MAX_CLIENTS = 1000, N_ROUNDS = 3, MAX_ITEMS = 500, MAX_SAVES = 1 << 20 };

typedef struct client {
    int fd;
    int64_t sent_us;
    char answer[4096];
    size_t filled;
} client;

typedef struct bench {
    const char *token, *project, *class_name, *folder;
    int port;
    int64_t seconds, n_clients, items[MAX_ITEMS], *latencies_us;
    size_t n_items, n_saves, n_sent;
    client clients[MAX_CLIENTS];
} bench;

static int connect_to(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? fd : -1;
}

/* The project's first items, by a request of its own. */
static lw_status find_items(lw_ctx *cx, bench *b)
{
    LW_AUTO(lw_fd) fd = connect_to(b->port);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot reach 127.0.0.1:%d", b->port);
    char *request = lw_print(
        cx->arena, "GET /v1/projects/%s/items?limit=%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n",
        b->project, MAX_ITEMS, b->port, b->token);
    lw_text answer;
    lw_json *root;
    LW_TRY(lw_fd_write(cx, fd, request, strlen(request)));
    LW_TRY(lw_fd_read_all(cx, fd, 16 << 20, &answer));
    const char *body = memmem(answer.data, answer.size, "\r\n\r\n", 4);
    if (!body || !memmem(answer.data, answer.size, " 200 OK", 7))
        return lw_fail(cx, LW_INVALID, "the server says: %.*s", LW_FMT(answer));
    LW_TRY(lw_json_parse(cx, lw_text_slice(answer, (size_t)(body + 4 - answer.data), answer.size), &root));
    size_t i, n;
    yyjson_val *row;
    yyjson_arr_foreach(lw_json_get(root, "rows"), i, n, row) if (b->n_items < MAX_ITEMS) b->items[b->n_items++] =
        yyjson_get_sint(lw_json_get(row, "id"));
    return b->n_items ? LW_OK : lw_fail(cx, LW_NOT_FOUND, "the project has no items");
}

/* As the web app sends it: with a key, so that a request sent twice is applied once. */
static void send_save(bench *b, client *c)
{
    char body[256], request[1024];
    size_t n = b->n_sent++;
    int size = snprintf(body, sizeof body, "{\"op\": \"add\", \"item\": %lld, \"class\": \"%s\", \"box\": [%zu.5, 20, 100, 40]}\n",
                        (long long)b->items[n % b->n_items], b->class_name, n % 500);
    int all =
        snprintf(request, sizeof request,
                 "POST /v1/projects/%s/labels HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nContent-Type: application/x-ndjson\r\n"
                 "Idempotency-Key: %llx-%zx\r\nContent-Length: %d\r\n\r\n%s",
                 b->project, b->port, b->token, (unsigned long long)b->latencies_us, n + (size_t)getpid() * MAX_SAVES, size, body);
    c->filled = 0;
    c->sent_us = lw_monotonic_us();
    LW_ASSERT(send(c->fd, request, (size_t)all, MSG_NOSIGNAL) == all);
}

/* True when the answer is whole. */
static bool take_answer(client *c)
{
    ssize_t got = recv(c->fd, c->answer + c->filled, sizeof c->answer - 1 - c->filled, 0);
    LW_ASSERT(got > 0);
    c->filled += (size_t)got;
    c->answer[c->filled] = 0;
    char *end = strstr(c->answer, "\r\n\r\n"), *length = strcasestr(c->answer, "\r\ncontent-length:");
    if (!end || !length || c->filled < (size_t)(end + 4 - c->answer) + strtoul(length + 17, NULL, 10))
        return false;
    if (strncmp(c->answer, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "bench-saves: %s\n", c->answer);
        exit(1);
    }
    return true;
}

static double save_by_http(bench *b)
{
    LW_AUTO(lw_fd) loop = epoll_create1(EPOLL_CLOEXEC);
    size_t before = b->n_saves;
    for (int64_t i = 0; i < b->n_clients; i++) {
        client *c = &b->clients[i];
        c->fd = connect_to(b->port);
        epoll_ctl(loop, EPOLL_CTL_ADD, c->fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = c});
        send_save(b, c);
    }
    int64_t begin = lw_monotonic_us(), end = begin + b->seconds * 1000000;
    for (int64_t n_open = b->n_clients; n_open;) {
        struct epoll_event ready[64];
        int n = epoll_wait(loop, ready, 64, -1);
        for (int i = 0; i < n; i++) {
            client *c = ready[i].data.ptr;
            if (!take_answer(c))
                continue;
            int64_t now = lw_monotonic_us();
            b->latencies_us[b->n_saves++] = now - c->sent_us;
            if (now < end && b->n_saves < MAX_SAVES - MAX_CLIENTS)
                send_save(b, c);
            else
                close(c->fd), n_open--;
        }
    }
    return (double)(b->n_saves - before) / ((double)(lw_monotonic_us() - begin) / 1e6);
}

static const lw_sql insert = {0, 2, "insert", "insert into saved (id, body) values (?1, ?2)"};

/* Threads that wait for their row to be committed before they hand in the next. */
typedef struct sharing {
    pthread_mutex_t mutex;
    pthread_cond_t came, committed;
    int64_t n_waiting, next, n_committed; /* rows handed in, the commit that will take them, and the latest that is durable */
    bool is_ended;
} sharing;

static void *hand_rows(void *arg)
{
    sharing *s = arg;
    pthread_mutex_lock(&s->mutex);
    while (!s->is_ended) {
        int64_t mine = s->next + 1;
        if (s->n_waiting++ == 0)
            pthread_cond_signal(&s->came);
        while (s->n_committed < mine && !s->is_ended)
            pthread_cond_wait(&s->committed, &s->mutex);
    }
    pthread_mutex_unlock(&s->mutex);
    return NULL;
}

static lw_status commit_rows(lw_ctx *cx, lw_db *db, int64_t n_rows, int64_t *id)
{
    char body[100] = "a label's row is about as large as this";
    int64_t n_left;
    LW_TRY(lw_sqlite.begin(cx, db));
    for (int64_t i = 0; i < n_rows; i++)
        LW_TRY(lw_run(cx, db, &insert, LW_PARAMS(lw_int(++*id), lw_bytes((lw_text){body, sizeof body}))));
    LW_TRY(lw_sqlite.commit(cx, db));
    return lw_sqlite.log_pages(db) > 4000 ? lw_sqlite.sweep(cx, db, &n_left) : LW_OK;
}

static lw_status open_reference(lw_ctx *cx, const bench *b, char **path, lw_db **db)
{
    *path = lw_print(cx->arena, "%s/bench-saves.db", b->folder);
    LW_TRY(lw_sqlite.open(cx, *path, LW_DB_CREATE, 1, db));
    return lw_sqlite.script(cx, *db, "create table saved (id integer primary key, body blob)");
}

static lw_status commit_bare(lw_ctx *cx, bench *b, double *per_second)
{
    char *path;
    lw_db *db;
    LW_TRY(open_reference(cx, b, &path, &db));
    int64_t n = 0, begin = lw_monotonic_us(), end = begin + b->seconds * 1000000;
    while (lw_monotonic_us() < end)
        LW_TRY(commit_rows(cx, db, b->n_clients, &n));
    *per_second = (double)n / ((double)(lw_monotonic_us() - begin) / 1e6);
    lw_sqlite.close(db);
    return lw_path_remove(cx, path);
}

static lw_status commit_shared(lw_ctx *cx, bench *b, double *per_second)
{
    char *path;
    lw_db *db;
    pthread_t threads[MAX_CLIENTS];
    sharing s = {.mutex = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER, .committed = PTHREAD_COND_INITIALIZER};
    LW_TRY(open_reference(cx, b, &path, &db));
    for (int64_t i = 0; i < b->n_clients; i++)
        LW_ASSERT(pthread_create(&threads[i], NULL, hand_rows, &s) == 0);
    int64_t n = 0, begin = lw_monotonic_us(), end = begin + b->seconds * 1000000;
    lw_status status = LW_OK;
    pthread_mutex_lock(&s.mutex);
    while (status == LW_OK && lw_monotonic_us() < end) {
        while (!s.n_waiting)
            pthread_cond_wait(&s.came, &s.mutex);
        int64_t n_rows = s.n_waiting;
        s.n_waiting = 0;
        s.next++; /* who comes from now on waits for the one after */
        pthread_mutex_unlock(&s.mutex);
        status = commit_rows(cx, db, n_rows, &n);
        pthread_mutex_lock(&s.mutex);
        s.n_committed = s.next;
        pthread_cond_broadcast(&s.committed);
    }
    s.is_ended = true;
    pthread_cond_broadcast(&s.committed);
    pthread_mutex_unlock(&s.mutex);
    for (int64_t i = 0; i < b->n_clients; i++)
        pthread_join(threads[i], NULL);
    *per_second = (double)n / ((double)(lw_monotonic_us() - begin) / 1e6);
    lw_sqlite.close(db);
    LW_TRY(status);
    return lw_path_remove(cx, path);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static lw_status run(lw_ctx *cx, bench *b)
{
    double saves[N_ROUNDS], bare[N_ROUNDS], shared[N_ROUNDS], to_bare[N_ROUNDS], to_shared[N_ROUNDS];
    LW_TRY(find_items(cx, b));
    for (int i = 0; i < N_ROUNDS; i++) {
        saves[i] = save_by_http(b);
        LW_TRY(commit_bare(cx, b, &bare[i]));
        LW_TRY(commit_shared(cx, b, &shared[i]));
        to_bare[i] = saves[i] / bare[i];
        to_shared[i] = saves[i] / shared[i];
        printf("round %d: %.0f saves/s by HTTP; %.0f rows/s by a bare loop, ratio %.2f; %.0f rows/s by threads that wait, ratio %.2f\n", i + 1,
               saves[i], bare[i], to_bare[i], shared[i], to_shared[i]);
    }
    qsort(b->latencies_us, b->n_saves, sizeof(int64_t), by_size);
    qsort(saves, N_ROUNDS, sizeof(double), by_value);
    qsort(to_bare, N_ROUNDS, sizeof(double), by_value);
    qsort(to_shared, N_ROUNDS, sizeof(double), by_value);
    printf("%zu saves by %lld clients: %.0f/s, p50 %.1f ms, p99 %.1f ms, ratio %.2f; to threads that wait %.2f\n", b->n_saves,
           (long long)b->n_clients, saves[N_ROUNDS / 2], (double)b->latencies_us[b->n_saves / 2] / 1e3,
           (double)b->latencies_us[b->n_saves * 99 / 100] / 1e3, to_bare[N_ROUNDS / 2], to_shared[N_ROUNDS / 2]);
    return LW_OK;
}

int main(int argc, char **argv)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    const char *token = getenv("LW_TOKEN");
    if (argc < 5 || argc > 7 || !token) {
        fprintf(stderr, "usage: LW_TOKEN=… bench-saves PORT PROJECT CLASS FOLDER [SECONDS [CLIENTS]]\n");
        return 2;
    }
    bench *b = lw_heap_new(sizeof *b);
    *b = (bench){.token = token, .project = argv[2], .class_name = argv[3], .folder = argv[4], .seconds = 3, .n_clients = 64};
    int64_t port = 0;
    bool is_good = lw_text_to_int(lw_text_from(argv[1]), &port) && (argc < 6 || lw_text_to_int(lw_text_from(argv[5]), &b->seconds)) &&
                   (argc < 7 || lw_text_to_int(lw_text_from(argv[6]), &b->n_clients)) && b->n_clients > 0 && b->n_clients <= MAX_CLIENTS;
    lw_status status =
        is_good ? LW_OK : lw_fail(&cx, LW_USAGE, "PORT, SECONDS and CLIENTS are numbers, and there are %d clients at most", MAX_CLIENTS);
    b->port = (int)port;
    b->latencies_us = lw_heap_new(MAX_SAVES * sizeof(int64_t));
    if (status == LW_OK)
        status = run(&cx, b);
    if (status != LW_OK)
        fprintf(stderr, "bench-saves: %s\n", cx.message);
    lw_heap_free(b->latencies_us);
    lw_heap_free(b);
    return lw_status_exit(status);
}
