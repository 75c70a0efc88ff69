#include "media/media.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "media/tiles.h"
#include "media/worker.h"

enum { DEADLINE_MS = 30000, WORKERS = 64 };

typedef struct slot {
    lw_worker worker; /* touched by whoever made the slot busy, else under the lock */
    bool is_busy;
} slot;

struct lw_media {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    char program[4096];
    int64_t deadline_us;
    int n_slots;
    slot slots[];
};

static lw_status find_program(lw_ctx *cx, char *out, size_t size)
{
    const char *given = getenv("LW_MEDIA");
    if (given && *given) {
        int n = snprintf(out, size, "%s", given);
        return n > 0 && (size_t)n < size ? LW_OK : lw_fail(cx, LW_FAILED, "LW_MEDIA is too long for a path");
    }
    static const char name[] = "/lw-media";
    ssize_t n = readlink("/proc/self/exe", out, size - sizeof name);
    if (n <= 0)
        return lw_fail_errno(cx, errno, "cannot find the image decoder lw-media");
    out[n] = 0;
    char *slash = strrchr(out, '/');
    memcpy(slash ? slash : out, name, sizeof name);
    return LW_OK;
}

lw_status lw_media_open(lw_ctx *cx, int n_workers, lw_media **out)
{
    if (n_workers < 1 || n_workers > WORKERS)
        return lw_fail(cx, LW_USAGE, "%d image decoders: 1 to %d can run", n_workers, WORKERS);
    lw_media *media = lw_heap_new(sizeof *media + (size_t)n_workers * sizeof(slot));
    lw_status found = find_program(cx, media->program, sizeof media->program);
    if (found != LW_OK) {
        lw_heap_free(media);
        return found;
    }
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&media->freed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&media->lock, NULL);
    media->deadline_us = DEADLINE_MS * 1000LL;
    media->n_slots = n_workers;
    *out = media;
    return LW_OK;
}

void lw_media_close(lw_media *media)
{
    for (int i = 0; i < media->n_slots; i++) {
        LW_ASSERT(!media->slots[i].is_busy);
        lw_worker_stop(&media->slots[i].worker);
    }
    pthread_cond_destroy(&media->freed);
    pthread_mutex_destroy(&media->lock);
    lw_heap_free(media);
}

void lw_media_set_deadline(lw_media *media, int64_t us)
{
    pthread_mutex_lock(&media->lock);
    media->deadline_us = us;
    pthread_mutex_unlock(&media->lock);
}

void lw_media_tidy(lw_media *media)
{
    pthread_mutex_lock(&media->lock);
    for (int i = 0; i < media->n_slots; i++)
        if (!media->slots[i].is_busy)
            lw_worker_reap(&media->slots[i].worker);
    pthread_mutex_unlock(&media->lock);
}

/* The free slot whose worker ran last: warm, and the others fall idle and leave. */
static slot *find_free(lw_media *media)
{
    slot *best = NULL;
    for (int i = 0; i < media->n_slots; i++) {
        slot *at = &media->slots[i];
        if (at->is_busy)
            continue;
        lw_worker_reap(&at->worker);
        if (!best || at->worker.used_us > best->worker.used_us)
            best = at;
    }
    return best;
}

static lw_status acquire(lw_ctx *cx, lw_media *media, slot **out, int64_t *deadline_us)
{
    pthread_mutex_lock(&media->lock);
    *deadline_us = media->deadline_us;
    int64_t until_us = lw_monotonic_us() + media->deadline_us;
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    slot *free_slot;
    int error = 0;
    while (!(free_slot = find_free(media)) && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&media->freed, &media->lock, &until);
    if (free_slot)
        free_slot->is_busy = true;
    pthread_mutex_unlock(&media->lock);
    if (!free_slot)
        return lw_fail(cx, LW_BUSY, "all image decoders are busy; try again");
    *out = free_slot;
    return LW_OK;
}

static void release(lw_media *media, slot *used)
{
    pthread_mutex_lock(&media->lock);
    used->is_busy = false;
    pthread_cond_signal(&media->freed);
    pthread_mutex_unlock(&media->lock);
}

/* What the worker says is as untrusted as the file. One that makes no sense is ended: what more it says would be taken for the next answer. */
static lw_status check_answer(lw_ctx *cx, lw_worker *worker, const lw_decode_answer *answer, lw_text bytes)
{
    if (answer->status == LW_OK) {
        bool is_sane = answer->type < LW_N_MEDIA_TYPES && answer->width <= LW_LIMIT_IMAGE_SIDE_PX && answer->height <= LW_LIMIT_IMAGE_SIDE_PX &&
                       answer->stored_width <= LW_LIMIT_IMAGE_SIDE_PX && answer->stored_height <= LW_LIMIT_IMAGE_SIDE_PX;
        if (is_sane)
            return LW_OK;
        lw_worker_stop(worker);
        return lw_fail(cx, LW_INVALID, "cannot decode the image: the decoder's answer makes no sense");
    }
    lw_text message = lw_text_to_utf8(cx->arena, lw_text_slice(bytes, 0, bytes.size < 500 ? bytes.size : 500));
    return lw_fail(cx, answer->status == LW_TOO_LARGE ? LW_TOO_LARGE : LW_INVALID, "%.*s", LW_FMT(message));
}

/* Why there is no answer to a request. */
static lw_status fail_late(lw_ctx *cx, lw_worker *worker, const lw_decode_request *request)
{
    lw_worker_stop(worker);
    return lw_fail(cx, LW_INVALID, "cannot decode the image: it took longer than %g s", request->deadline_ms / 1000.0);
}

static lw_status converse(lw_ctx *cx, lw_media *media, lw_worker *worker, const lw_decode_request *request, int fd, lw_decode_answer *answer,
                          lw_text *bytes)
{
    for (;;) {
        if (!worker->pid)
            LW_TRY(lw_worker_start(cx, worker, media->program));
        bool is_fresh = worker->n_done == 0;
        lw_decode_answer got;
        lw_text got_bytes;
        lw_worker_outcome outcome = lw_worker_ask(cx, worker, request, fd, &got, &got_bytes);
        if (outcome == LW_WORKER_ANSWERED) {
            LW_TRY(check_answer(cx, worker, &got, got_bytes));
            *answer = got;
            *bytes = got_bytes;
            return LW_OK;
        }
        if (outcome == LW_WORKER_LATE)
            return fail_late(cx, worker, request);
        const char *words = lw_worker_last_words(cx, worker);
        if (is_fresh)
            return lw_fail(cx, LW_INVALID, "cannot decode the image: %s", words);
        /* An earlier request may have broken it, or it was just leaving: a fresh one decides. */
    }
}

static lw_status ask(lw_ctx *cx, lw_media *media, lw_decode_task task, uint32_t size_px, int fd, lw_decode_answer *answer, lw_text *bytes)
{
    slot *used = NULL;
    int64_t deadline_us;
    LW_TRY(acquire(cx, media, &used, &deadline_us));
    lw_decode_request request = {.magic = LW_DECODE_MAGIC, .task = task, .size_px = size_px, .deadline_ms = (uint32_t)(deadline_us / 1000)};
    lw_status status = converse(cx, media, &used->worker, &request, fd, answer, bytes);
    release(media, used);
    return status;
}

lw_status lw_media_probe_deep(lw_ctx *cx, lw_media *media, int fd, lw_media_info *out)
{
    lw_media_info info;
    LW_TRY(lw_media_probe(cx, fd, &info));
    if (!info.needs_worker) {
        *out = info;
        return LW_OK;
    }
    lw_decode_answer answer;
    lw_text bytes;
    LW_TRY(ask(cx, media, LW_DECODE_PROBE, 0, fd, &answer, &bytes));
    if (!answer.width || !answer.height || !answer.stored_width || !answer.stored_height)
        return lw_fail(cx, LW_INVALID, "cannot decode the image: it gives no size");
    info.width = answer.width;
    info.height = answer.height;
    info.stored_width = answer.stored_width;
    info.stored_height = answer.stored_height;
    info.bit_depth = answer.bit_depth <= 64 ? (uint8_t)answer.bit_depth : 0;
    info.n_channels = answer.n_channels <= 255 ? (uint8_t)answer.n_channels : 0;
    info.needs_worker = false;
    *out = info;
    return LW_OK;
}

static lw_status ask_picture(lw_ctx *cx, lw_media *media, lw_decode_task task, uint32_t size_px, uint32_t limit_px, int fd, lw_picture *out)
{
    if (size_px < 1 || size_px > limit_px)
        return lw_fail(cx, LW_USAGE, "a picture of %" PRIu32 " px: 1 to %" PRIu32 " can be asked for", size_px, limit_px);
    lw_decode_answer answer;
    lw_text bytes;
    LW_TRY(ask(cx, media, task, size_px, fd, &answer, &bytes));
    bool is_sane = bytes.size && answer.width && answer.height && answer.width <= size_px && answer.height <= size_px &&
                   answer.upright_width >= answer.width && (answer.type == LW_MEDIA_JPEG || answer.type == LW_MEDIA_PNG);
    if (!is_sane)
        return lw_fail(cx, LW_INVALID, "cannot decode the image: the decoder's answer makes no sense");
    *out = (lw_picture){.bytes = bytes,
                        .type = (lw_media_type)answer.type,
                        .width = answer.width,
                        .height = answer.height,
                        .scale = (double)answer.width / answer.upright_width};
    return LW_OK;
}

lw_status lw_media_thumbnail(lw_ctx *cx, lw_media *media, int fd, uint32_t size_px, lw_picture *out)
{
    return ask_picture(cx, media, LW_DECODE_THUMBNAIL, size_px, LW_LIMIT_THUMBNAIL_PX, fd, out);
}

lw_status lw_media_preview(lw_ctx *cx, lw_media *media, int fd, uint32_t limit_px, lw_picture *out)
{
    return ask_picture(cx, media, LW_DECODE_PREVIEW, limit_px, LW_LIMIT_PREVIEW_PX, fd, out);
}

/* The rest of a conversation whose first answer has come. */
static lw_status take_tiles(lw_ctx *cx, lw_worker *worker, const lw_decode_request *request, lw_decode_answer answer, lw_text bytes,
                            lw_tile_sink *put, void *to)
{
    int64_t deadline_us = lw_monotonic_us() + (int64_t)request->deadline_ms * 1000;
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_ctx own = {.arena = scratch};
    while (bytes.size) {
        put(to, &(lw_tile){answer.level, answer.column, answer.row, bytes});
        lw_arena_reset(scratch);
        lw_worker_outcome outcome = lw_worker_next(&own, worker, deadline_us, &answer, &bytes);
        if (outcome == LW_WORKER_LATE)
            return fail_late(cx, worker, request);
        if (outcome == LW_WORKER_GONE)
            return lw_fail(cx, LW_INVALID, "cannot decode the image: %s", lw_worker_last_words(cx, worker));
        LW_TRY(check_answer(cx, worker, &answer, bytes));
    }
    return LW_OK;
}

lw_status lw_media_tiles(lw_ctx *cx, lw_media *media, int fd, lw_tile_sink *put, void *to)
{
    slot *used = NULL;
    int64_t deadline_us;
    lw_decode_answer answer;
    lw_text bytes;
    LW_TRY(acquire(cx, media, &used, &deadline_us));
    lw_decode_request request = {.magic = LW_DECODE_MAGIC, .task = LW_DECODE_TILES, .deadline_ms = (uint32_t)(deadline_us * 4 / 1000)};
    lw_status status = converse(cx, media, &used->worker, &request, fd, &answer, &bytes);
    if (status == LW_OK)
        status = take_tiles(cx, &used->worker, &request, answer, bytes, put, to);
    release(media, used);
    return status;
}

lw_status lw_media_upright(lw_ctx *cx, lw_media *media, int fd, lw_text *out_bytes, bool *was_lossless)
{
    lw_decode_answer answer;
    lw_text bytes;
    LW_TRY(ask(cx, media, LW_DECODE_UPRIGHT, 0, fd, &answer, &bytes));
    if (!bytes.size)
        return lw_fail(cx, LW_INVALID, "cannot decode the image: the decoder's answer makes no sense");
    *out_bytes = bytes;
    if (was_lossless)
        *was_lossless = answer.is_lossless == 1;
    return LW_OK;
}
