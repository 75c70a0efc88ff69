#include "store/memo.h"

#include <pthread.h>

enum { N_SLOTS = 256 };

typedef struct slot {
    uint64_t version; /* 0: empty */
    size_t key_size;
    char key[LW_MEMO_KEY_BYTES];
    int64_t values[LW_MEMO_VALUES];
} slot;

struct lw_memo {
    pthread_mutex_t mutex;
    uint64_t version;
    slot slots[N_SLOTS];
};

lw_memo *lw_memo_new(void)
{
    lw_memo *memo = lw_heap_new(sizeof *memo);
    pthread_mutex_init(&memo->mutex, NULL);
    memo->version = 1;
    return memo;
}

void lw_memo_free(lw_memo *memo)
{
    pthread_mutex_destroy(&memo->mutex);
    lw_heap_free(memo);
}

lw_text lw_memo_key(lw_arena *arena, const char *kind, lw_text bytes)
{
    size_t size = strlen(kind) + 1;
    char *key = lw_alloc(arena, size + bytes.size);
    memcpy(key, kind, size);
    if (bytes.size)
        memcpy(key + size, bytes.data, bytes.size);
    return (lw_text){key, size + bytes.size};
}

static slot *find_slot(lw_memo *memo, lw_text key)
{
    uint64_t hash = lw_text_hash(key);
    return &memo->slots[(hash ^ hash >> 32) % N_SLOTS];
}

bool lw_memo_get(lw_memo *memo, lw_text key, int64_t values[LW_MEMO_VALUES])
{
    const slot *at = find_slot(memo, key);
    pthread_mutex_lock(&memo->mutex);
    bool is_there = at->version == memo->version && lw_text_equal((lw_text){at->key, at->key_size}, key);
    if (is_there)
        memcpy(values, at->values, sizeof at->values);
    pthread_mutex_unlock(&memo->mutex);
    return is_there;
}

uint64_t lw_memo_version(lw_memo *memo)
{
    pthread_mutex_lock(&memo->mutex);
    uint64_t version = memo->version;
    pthread_mutex_unlock(&memo->mutex);
    return version;
}

void lw_memo_put(lw_memo *memo, uint64_t version, lw_text key, const int64_t values[LW_MEMO_VALUES])
{
    slot *at = find_slot(memo, key);
    if (key.size > LW_MEMO_KEY_BYTES)
        return;
    pthread_mutex_lock(&memo->mutex);
    at->version = version;
    at->key_size = key.size;
    memcpy(at->key, key.data, key.size);
    memcpy(at->values, values, sizeof at->values);
    pthread_mutex_unlock(&memo->mutex);
}

void lw_memo_forget(lw_memo *memo)
{
    pthread_mutex_lock(&memo->mutex);
    memo->version++;
    pthread_mutex_unlock(&memo->mutex);
}
