#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "media/cache.h"
#include "tap.h"

enum { MIB = 1 << 20 };

typedef struct totals {
    int n_files, n_leftover;
    int64_t bytes;
    char last[600];
} totals;

static totals count(const char *folder)
{
    totals found = {0};
    for (int shard = 0; shard < 256; shard++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%02x", folder, shard);
        DIR *list = opendir(path);
        for (struct dirent *file; list && (file = readdir(list));) {
            struct stat at;
            if (file->d_name[0] == '.' || fstatat(dirfd(list), file->d_name, &at, 0) != 0)
                continue;
            found.n_files++;
            found.n_leftover += strncmp(file->d_name, "new-", 4) == 0;
            found.bytes += at.st_size;
            snprintf(found.last, sizeof found.last, "%s/%s", path, file->d_name);
        }
        if (list)
            closedir(list);
    }
    return found;
}

static lw_text value_of(lw_arena *arena, int i, size_t size)
{
    char *bytes = lw_alloc(arena, size);
    memset(bytes, 'a' + i % 26, size);
    return (lw_text){bytes, size};
}

static void check_basic(lw_ctx *cx, const char *folder)
{
    LW_AUTO(lw_media_cache_auto) cache = NULL, other = NULL;
    lw_text got = {0};
    CHECK_OK(cx, lw_media_cache_open(cx, folder, 64 * MIB, &cache));
    CHECK_OK(cx, lw_media_cache_open(cx, folder, 64 * MIB, &other));
    CHECK(!lw_media_cache_get(cx, cache, LW_TEXT("a/thumbnail-256"), &got));
    lw_media_cache_put(cache, LW_TEXT("a/thumbnail-256"), LW_TEXT("picture"));
    lw_media_cache_put(cache, LW_TEXT("empty"), (lw_text){0});
    CHECK(lw_media_cache_get(cx, other, LW_TEXT("a/thumbnail-256"), &got));
    CHECK_TEXT(got, "picture");
    CHECK(lw_media_cache_get(cx, other, LW_TEXT("empty"), &got) && got.size == 0);
    CHECK(!lw_media_cache_get(cx, cache, LW_TEXT("a/thumbnail-128"), &got));
    lw_media_cache_put(other, LW_TEXT("a/thumbnail-256"), LW_TEXT("another"));
    CHECK(lw_media_cache_get(cx, cache, LW_TEXT("a/thumbnail-256"), &got));
    CHECK_TEXT(got, "another");
    lw_media_cache_put(cache, LW_TEXT("huge"), value_of(cx->arena, 0, 2 * MIB)); /* more than a shard is to spend on one */
    CHECK(!lw_media_cache_get(cx, cache, LW_TEXT("huge"), &got));
}

/* Every kind of damage is noticed, the entry goes, and can be made again. */
static void check_damage(lw_ctx *cx, const char *folder)
{
    LW_AUTO(lw_media_cache_auto) cache = NULL;
    CHECK_OK(cx, lw_media_cache_open(cx, folder, 64 * MIB, &cache));
    lw_text key = LW_TEXT("key"), value = value_of(cx->arena, 3, 3000), got = {0};
    lw_media_cache_put(cache, key, value);
    totals before = count(folder);
    CHECK_INT(before.n_files, 1);
    struct stat at;
    LW_ASSERT(stat(before.last, &at) == 0);
    int n_wrong = 0;
    for (off_t cut = 0; cut <= at.st_size; cut += 37) {
        lw_media_cache_put(cache, key, value);
        LW_ASSERT(truncate(before.last, cut) == 0);
        n_wrong += lw_media_cache_get(cx, cache, key, &got) || access(before.last, F_OK) == 0;
    }
    for (off_t flip = 0; flip < at.st_size; flip += 13) {
        lw_media_cache_put(cache, key, value);
        LW_AUTO(lw_fd) fd = open(before.last, O_RDWR | O_CLOEXEC);
        char c;
        LW_ASSERT(pread(fd, &c, 1, flip) == 1);
        c ^= 0x40;
        LW_ASSERT(pwrite(fd, &c, 1, flip) == 1);
        n_wrong += lw_media_cache_get(cx, cache, key, &got);
    }
    CHECK_INT(n_wrong, 0);
    lw_media_cache_put(cache, key, value);
    CHECK(lw_media_cache_get(cx, cache, key, &got) && lw_text_equal(got, value));
}

static void check_bound(lw_ctx *cx, const char *folder)
{
    LW_AUTO(lw_media_cache_auto) cache = NULL;
    enum { ENTRIES = 6000, SIZE = 8000, LIMIT = 16 * MIB }; /* 48 MB into 16 */
    CHECK_OK(cx, lw_media_cache_open(cx, folder, LIMIT, &cache));
    lw_text got;
    int n_early = 0, n_late = 0;
    struct timespec old[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
    for (int i = 0; i < ENTRIES; i++) {
        LW_AUTO(lw_arena_auto) arena = lw_arena_new();
        lw_media_cache_put(cache, lw_text_print(arena, "item %d", i), value_of(arena, i, SIZE));
        if (i == 200) { /* the first two hundred were used long ago, one of them just now */
            totals now = count(folder);
            LW_ASSERT(now.n_files > 0);
            for (int shard = 0; shard < 64; shard++) {
                char path[300];
                snprintf(path, sizeof path, "%s/%02x", folder, shard);
                DIR *list = opendir(path);
                for (struct dirent *file; list && (file = readdir(list));)
                    if (file->d_name[0] != '.')
                        utimensat(dirfd(list), file->d_name, old, 0);
                if (list)
                    closedir(list);
            }
            lw_ctx inner = {.arena = arena};
            CHECK(lw_media_cache_get(&inner, cache, LW_TEXT("item 77"), &got));
        }
        if (i == 1700) { /* some shards are full by now: what went was the old, and not what was used since */
            lw_ctx inner = {.arena = arena};
            int n_old = 0;
            for (int j = 0; j < 200; j++)
                n_old += lw_media_cache_get(&inner, cache, lw_text_print(arena, "item %d", j), &got);
            CHECK(n_old > 0 && n_old < 200);
            CHECK(lw_media_cache_get(&inner, cache, LW_TEXT("item 77"), &got));
        }
    }
    totals after = count(folder);
    printf("# %d entries, %.1f MB of %d\n", after.n_files, (double)after.bytes / 1e6, LIMIT);
    CHECK(after.n_files * 8192LL <= LIMIT);
    CHECK(after.n_files * 8192LL > LIMIT / 2);
    for (int i = 0; i < ENTRIES; i++) {
        LW_AUTO(lw_arena_auto) arena = lw_arena_new();
        lw_ctx inner = {.arena = arena};
        bool is_there = lw_media_cache_get(&inner, cache, lw_text_print(arena, "item %d", i), &got);
        n_early += is_there && i < 200;
        n_late += is_there && i >= ENTRIES - 200;
    }
    CHECK_INT(n_early, 0);
    CHECK_INT(n_late, 200);
}

/* Writing fails half-way, as on a full disk: nothing is kept, nothing is left over. */
static void check_full(lw_ctx *cx, const char *folder)
{
    LW_AUTO(lw_media_cache_auto) cache = NULL;
    lw_text got = {0};
    CHECK_OK(cx, lw_media_cache_open(cx, folder, 64 * MIB, &cache));
    struct rlimit before, small = {.rlim_cur = 5000, .rlim_max = RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    LW_ASSERT(getrlimit(RLIMIT_FSIZE, &before) == 0);
    small.rlim_max = before.rlim_max;
    fflush(stdout);
    LW_ASSERT(setrlimit(RLIMIT_FSIZE, &small) == 0);
    lw_media_cache_put(cache, LW_TEXT("key"), value_of(cx->arena, 1, 20000));
    LW_ASSERT(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(!lw_media_cache_get(cx, cache, LW_TEXT("key"), &got));
    CHECK_INT(count(folder).n_files, 0);
    lw_media_cache_put(cache, LW_TEXT("key"), LW_TEXT("x"));
    CHECK(lw_media_cache_get(cx, cache, LW_TEXT("key"), &got));
    LW_AUTO(lw_media_cache_auto) none = NULL;
    CHECK_FAILS(cx, lw_media_cache_open(cx, "/dev/null/cache", MIB, &none), LW_FAILED, "/dev/null");
}

/* Somebody makes room by hand under a running server. */
static void check_removed(lw_ctx *cx, const char *folder)
{
    LW_AUTO(lw_media_cache_auto) cache = NULL;
    lw_text got = {0};
    CHECK_OK(cx, lw_media_cache_open(cx, folder, 64 * MIB, &cache));
    lw_media_cache_put(cache, LW_TEXT("key"), LW_TEXT("x"));
    CHECK_OK(cx, lw_path_remove(cx, folder));
    CHECK(!lw_media_cache_get(cx, cache, LW_TEXT("key"), &got));
    lw_media_cache_put(cache, LW_TEXT("key"), LW_TEXT("y"));
    CHECK(lw_media_cache_get(cx, cache, LW_TEXT("key"), &got));
    CHECK_TEXT(got, "y");
    CHECK_INT(count(folder).n_files, 1);
}

typedef struct worker {
    lw_media_cache *cache;
    int n_wrong, n_hits;
} worker;

static void *use(void *data)
{
    worker *self = data;
    for (int i = 0; i < 600; i++) {
        LW_AUTO(lw_arena_auto) arena = lw_arena_new();
        lw_ctx cx = {.arena = arena};
        lw_text key = lw_text_print(arena, "%d", i * 7 % 50), got;
        size_t size = 500 + (size_t)(i * 7 % 50) * 40;
        if (lw_media_cache_get(&cx, self->cache, key, &got)) {
            self->n_hits++;
            self->n_wrong += got.size != size || !lw_text_equal(got, value_of(arena, i * 7 % 50, size));
        }
        lw_media_cache_put(self->cache, key, value_of(arena, i * 7 % 50, size));
    }
    return NULL;
}

/* Threads of two caches on one folder, small enough that they remove each other's entries. */
static void check_together(lw_ctx *cx, const char *folder)
{
    LW_AUTO(lw_media_cache_auto) one = NULL, two = NULL;
    CHECK_OK(cx, lw_media_cache_open(cx, folder, 2 * MIB, &one));
    CHECK_OK(cx, lw_media_cache_open(cx, folder, 2 * MIB, &two));
    worker workers[4] = {{.cache = one}, {.cache = one}, {.cache = two}, {.cache = two}};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        LW_ASSERT(pthread_create(&threads[i], NULL, use, &workers[i]) == 0);
    int n_wrong = 0, n_hits = 0;
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        n_wrong += workers[i].n_wrong;
        n_hits += workers[i].n_hits;
    }
    CHECK_INT(n_wrong, 0);
    CHECK(n_hits > 100);
    CHECK_INT(count(folder).n_leftover, 0);
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    char folder[] = "/tmp/lw-cache-test-XXXXXX";
    LW_ASSERT(mkdtemp(folder));
    check_basic(&cx, lw_path_join(arena, folder, LW_TEXT("basic")));
    check_damage(&cx, lw_path_join(arena, folder, LW_TEXT("damage")));
    check_bound(&cx, lw_path_join(arena, folder, LW_TEXT("bound")));
    check_full(&cx, lw_path_join(arena, folder, LW_TEXT("full")));
    check_removed(&cx, lw_path_join(arena, folder, LW_TEXT("removed")));
    check_together(&cx, lw_path_join(arena, folder, LW_TEXT("together")));
    CHECK_OK(&cx, lw_path_remove(&cx, folder));
    return tap_end();
}
