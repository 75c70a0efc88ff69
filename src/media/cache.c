#include "media/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"

/* An entry is folder/SHARD/HASH: head, key, bytes. A put is written beside it as "new-…" and renamed, without a sync: after a power
 * cut the checksum tells. mtime is when it was last used, to within TOUCH_S. */
enum { SHARDS = 64, MAGIC = 0x3143574c /* "LWC1" */, TOUCH_S = 600, LEFTOVER_S = 3600 };

typedef struct head {
    uint32_t magic, key_size;
    uint64_t size, checksum;
} head;

typedef struct shard {
    pthread_mutex_t lock;
    int64_t room_bytes; /* that may be put before the shard is measured again */
} shard;

struct lw_media_cache {
    char *path;
    lw_fd folder; /* the same number always, also when somebody removed the folder and another took its place */
    int64_t shard_limit;
    shard shards[SHARDS];
};

lw_status lw_media_cache_open(lw_ctx *cx, const char *folder, int64_t limit_bytes, lw_media_cache **out)
{
    LW_TRY(lw_folder_make(cx, folder));
    LW_AUTO(lw_fd) fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot open the folder %s", folder);
    lw_media_cache *cache = lw_heap_new(sizeof *cache);
    cache->folder = fd;
    fd = -1;
    size_t size = strlen(folder) + 1;
    cache->path = memcpy(lw_heap_new(size), folder, size);
    cache->shard_limit = limit_bytes / SHARDS;
    for (int i = 0; i < SHARDS; i++)
        pthread_mutex_init(&cache->shards[i].lock, NULL);
    *out = cache;
    return LW_OK;
}

void lw_media_cache_close(lw_media_cache *cache)
{
    for (int i = 0; i < SHARDS; i++)
        pthread_mutex_destroy(&cache->shards[i].lock);
    lw_fd_cleanup(&cache->folder);
    lw_heap_free(cache->path);
    lw_heap_free(cache);
}

typedef struct place {
    int shard;
    char folder[4], path[24]; /* "3f", "3f/0123456789abcdef" */
} place;

static place find_place(lw_text key)
{
    uint64_t hash = lw_text_hash(key);
    place found = {.shard = (int)(hash % SHARDS)};
    snprintf(found.folder, sizeof found.folder, "%02x", found.shard);
    snprintf(found.path, sizeof found.path, "%02x/%016" PRIx64, found.shard, hash);
    return found;
}

static bool read_all(int fd, void *data, size_t size)
{
    for (char *at = data; size;) {
        ssize_t got = read(fd, at, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

/* Two keys may share a hash: then the entry is sound, and another's. */
typedef enum finding { DAMAGED, OTHER, FOUND } finding;

static finding read_entry(lw_ctx *cx, int fd, const struct stat *at, lw_text key, lw_text *out)
{
    head begin;
    if (!read_all(fd, &begin, sizeof begin) || begin.magic != MAGIC || begin.key_size > LW_LIMIT_NAME_BYTES || begin.size > (uint64_t)at->st_size ||
        sizeof begin + begin.key_size + begin.size != (uint64_t)at->st_size)
        return DAMAGED;
    char stored_key[LW_LIMIT_NAME_BYTES];
    if (!read_all(fd, stored_key, begin.key_size))
        return DAMAGED;
    if (!lw_text_equal((lw_text){stored_key, begin.key_size}, key))
        return OTHER;
    char *data = lw_alloc(cx->arena, begin.size + 1);
    lw_text bytes = {data, begin.size};
    if (!read_all(fd, data, begin.size) || lw_text_hash(bytes) != begin.checksum)
        return DAMAGED;
    *out = bytes;
    return FOUND;
}

bool lw_media_cache_get(lw_ctx *cx, lw_media_cache *cache, lw_text key, lw_text *out)
{
    place where = find_place(key);
    LW_AUTO(lw_fd) fd = openat(cache->folder, where.path, O_RDONLY | O_CLOEXEC);
    struct stat at;
    if (fd < 0 || fstat(fd, &at) != 0)
        return false;
    finding found = read_entry(cx, fd, &at, key, out);
    if (found == DAMAGED)
        unlinkat(cache->folder, where.path, 0);
    if (found == FOUND && time(NULL) - at.st_mtime > TOUCH_S)
        futimens(fd, NULL);
    return found == FOUND;
}

typedef struct entry {
    char name[40];
    int64_t bytes, used_ns;
} entry;

static int by_use(const void *a, const void *b)
{
    const entry *one = a, *other = b;
    return (one->used_ns > other->used_ns) - (one->used_ns < other->used_ns);
}

/* What a file takes on disk is whole blocks. */
static int64_t disk_bytes(int64_t size) { return (size + 4095) / 4096 * 4096; }

/* Adds up the shard; past its limit, removes what was used longest ago, down to 7/8 of it. Returns the room that is left. */
static int64_t measure(const lw_media_cache *cache, const char *folder, int64_t limit)
{
    int fd = openat(cache->folder, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    if (!list) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    LW_AUTO(lw_buf) entries = {0};
    int64_t total = 0, now_s = time(NULL);
    for (struct dirent *file; (file = readdir(list));) {
        entry found = {.name = ""};
        struct stat at;
        if (file->d_name[0] == '.' || strlen(file->d_name) >= sizeof found.name || fstatat(fd, file->d_name, &at, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (strncmp(file->d_name, "new-", 4) == 0) { /* of a process that died, when it is old */
            if (now_s - at.st_mtime > LEFTOVER_S)
                unlinkat(fd, file->d_name, 0);
            continue;
        }
        memcpy(found.name, file->d_name, strlen(file->d_name) + 1);
        found.bytes = disk_bytes(at.st_size);
        found.used_ns = at.st_mtim.tv_sec * 1000000000LL + at.st_mtim.tv_nsec;
        total += found.bytes;
        lw_buf_put(&entries, &found, sizeof found);
    }
    entry *all = (entry *)entries.data;
    size_t n = entries.size / sizeof(entry);
    if (n && total > limit) {
        qsort(all, n, sizeof(entry), by_use);
        for (size_t i = 0; i < n && total > limit - limit / 8; i++)
            if (unlinkat(fd, all[i].name, 0) == 0)
                total -= all[i].bytes;
    }
    closedir(list);
    return limit > total ? limit - total : 0;
}

/* Room in the shard for so many bytes. It is measured at the first put, and again after an eighth of its limit was put, since other
 * processes put too. */
static bool take_room(lw_media_cache *cache, const place *where, int64_t bytes)
{
    shard *at = &cache->shards[where->shard];
    pthread_mutex_lock(&at->lock);
    if (at->room_bytes < bytes) {
        int64_t room = measure(cache, where->folder, cache->shard_limit - bytes) + bytes, most = cache->shard_limit / 8;
        at->room_bytes = room > most && most > bytes ? most : room;
    }
    bool has_room = at->room_bytes >= bytes;
    if (has_room)
        at->room_bytes -= bytes;
    pthread_mutex_unlock(&at->lock);
    return has_room;
}

/* The folder of a shard is there; the folder of all is made again when somebody removed it. */
static bool make_folder(lw_media_cache *cache, const place *where)
{
    if (mkdirat(cache->folder, where->folder, 0700) == 0 || errno == EEXIST)
        return true;
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    if (errno != ENOENT || lw_folder_make(&cx, cache->path) != LW_OK)
        return false;
    LW_AUTO(lw_fd) again = open(cache->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return again >= 0 && dup3(again, cache->folder, O_CLOEXEC) >= 0 && (mkdirat(cache->folder, where->folder, 0700) == 0 || errno == EEXIST);
}

void lw_media_cache_put(lw_media_cache *cache, lw_text key, lw_text bytes)
{
    int64_t size = disk_bytes((int64_t)(sizeof(head) + key.size + bytes.size));
    if (key.size > LW_LIMIT_NAME_BYTES || bytes.size > INT32_MAX || size > cache->shard_limit / 4)
        return;
    place where = find_place(key);
    if (!make_folder(cache, &where))
        return;
    if (!take_room(cache, &where, size))
        return;
    char beside[64];
    snprintf(beside, sizeof beside, "%s/new-%d-%lx", where.folder, (int)getpid(), (unsigned long)pthread_self());
    LW_AUTO(lw_fd) fd = openat(cache->folder, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    head begin = {.magic = MAGIC, .key_size = (uint32_t)key.size, .size = bytes.size, .checksum = lw_text_hash(bytes)};
    bool is_written = lw_fd_write(&cx, fd, &begin, sizeof begin) == LW_OK && lw_fd_write(&cx, fd, key.data, key.size) == LW_OK &&
                      lw_fd_write(&cx, fd, bytes.data, bytes.size) == LW_OK;
    if (!is_written || renameat(cache->folder, beside, cache->folder, where.path) != 0)
        unlinkat(cache->folder, beside, 0);
}
