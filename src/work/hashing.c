#include "work/hashing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "work/item_media.h"

enum { PAGE = 256, LOWEST_PRIORITY = 19, WRITE_EVERY_US = 1000000, REST_US = 100000 };

struct lw_hashing {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t woken;
    bool has_news;
    atomic_bool is_stopping;
};

typedef struct hashed {
    int64_t id, revision;
    unsigned char sha256[LW_HASH_BYTES];
} hashed;

typedef struct batch {
    hashed items[PAGE];
    size_t n;
    int64_t since_us;
} batch;

static lw_status write_batch(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    const batch *b = arg;
    (void)store;
    for (size_t i = 0; i < b->n; i++)
        LW_TRY(lw_item_set_hash(cx, db, b->items[i].id, b->items[i].revision, (lw_text){(const char *)b->items[i].sha256, LW_HASH_BYTES}));
    return LW_OK;
}

static lw_status flush(lw_ctx *cx, lw_app *app, batch *b)
{
    lw_status status = b->n ? lw_write_bulk(cx, app->store, write_batch, b) : LW_OK;
    b->n = 0;
    b->since_us = lw_monotonic_us();
    return status;
}

static lw_status hash_item(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, hashed *out)
{
    LW_AUTO(lw_fd) fd = -1;
    struct stat before, after;
    LW_TRY(lw_item_open(cx, app, db, item, &fd));
    bool is_same = fstat(fd, &before) == 0;
    LW_TRY(lw_hash_file(cx, fd, &app->hashing->is_stopping, out->sha256));
    is_same = is_same && fstat(fd, &after) == 0 && before.st_size == after.st_size && before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
              before.st_mtim.tv_nsec == after.st_mtim.tv_nsec;
    if (!is_same)
        return lw_fail(cx, LW_CONFLICT, "%.*s changed while it was read", LW_FMT(item->name));
    out->id = item->id;
    out->revision = item->revision;
    return LW_OK;
}

static lw_status next_page(lw_ctx *cx, lw_app *app, int64_t after, lw_item_row **items, size_t *n)
{
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, app->store, &reader));
    return lw_item_list_unhashed(cx, reader.db, after, PAGE, items, n);
}

/* As long as it worked: the lowest priority counts only against those who are ready at that moment. */
static void rest(int64_t worked_us) { usleep((useconds_t)(worked_us < REST_US ? worked_us : REST_US)); }

/* The reader is for one file alone: a long one would keep the log from being written back. */
static lw_status hash_page(lw_ctx *cx, lw_app *app, const lw_item_row *items, size_t n, batch *b)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    for (size_t i = 0; i < n && !app->hashing->is_stopping; i++) {
        lw_ctx own = {.arena = scratch};
        lw_reader reader = {0};
        int64_t begun_us = lw_monotonic_us();
        lw_status hashes = lw_reader_begin(&own, app->store, &reader);
        if (hashes == LW_OK)
            hashes = hash_item(&own, app, reader.db, &items[i], &b->items[b->n]);
        lw_reader_cleanup(&reader);
        b->n += hashes == LW_OK;
        if (lw_monotonic_us() - b->since_us > WRITE_EVERY_US)
            LW_TRY(flush(cx, app, b));
        lw_arena_reset(scratch);
        rest(lw_monotonic_us() - begun_us);
    }
    return flush(cx, app, b);
}

static void hash_all(lw_app *app)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    batch b = {.since_us = lw_monotonic_us()};
    size_t n = 1;
    for (int64_t after = 0; n && !app->hashing->is_stopping;) {
        lw_ctx cx = {.arena = arena};
        lw_item_row *items;
        if (next_page(&cx, app, after, &items, &n) != LW_OK)
            return;
        after = n ? items[n - 1].id : after;
        if (hash_page(&cx, app, items, n, &b) != LW_OK) /* a full disk: the next round may find room */
            return;
        lw_arena_reset(arena);
    }
}

static void *run(void *arg)
{
    lw_app *app = arg;
    struct lw_hashing *hashing = app->hashing;
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), LOWEST_PRIORITY); /* of this thread alone */
    while (!hashing->is_stopping) {
        pthread_mutex_lock(&hashing->mutex);
        while (!hashing->has_news && !hashing->is_stopping)
            pthread_cond_wait(&hashing->woken, &hashing->mutex);
        hashing->has_news = false;
        pthread_mutex_unlock(&hashing->mutex);
        hash_all(app);
    }
    return NULL;
}

void lw_hashing_start(lw_app *app)
{
    struct lw_hashing *hashing = lw_heap_new(sizeof *hashing);
    hashing->has_news = true; /* what an earlier process imported */
    pthread_mutex_init(&hashing->mutex, NULL);
    pthread_cond_init(&hashing->woken, NULL);
    app->hashing = hashing;
    LW_ASSERT(pthread_create(&hashing->thread, NULL, run, app) == 0);
}

void lw_hashing_wake(lw_app *app)
{
    if (!app->hashing)
        return;
    pthread_mutex_lock(&app->hashing->mutex);
    app->hashing->has_news = true;
    pthread_cond_signal(&app->hashing->woken);
    pthread_mutex_unlock(&app->hashing->mutex);
}

void lw_hashing_stop(lw_app *app)
{
    struct lw_hashing *hashing = app->hashing;
    if (!hashing)
        return;
    hashing->is_stopping = true;
    lw_hashing_wake(app);
    pthread_join(hashing->thread, NULL);
    app->hashing = NULL;
    pthread_cond_destroy(&hashing->woken);
    pthread_mutex_destroy(&hashing->mutex);
    lw_heap_free(hashing);
}
