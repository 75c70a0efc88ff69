/* Thumbnails of 1080p JPEGs through client and worker processes, against full decodes of the same files by turbojpeg alone, in turn
 * and with as many threads, so that other load on the machine meets both. Usage: bench-thumbnails [seconds] [workers] */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "base/clock.h"
#include "media/media.h"

enum { WIDTH = 1920, HEIGHT = 1080, FILES = 16, ROUNDS = 5, MAX_WORKERS = 16, SIZE_PX = 256 };

typedef struct photo {
    int fd;
    unsigned char *bytes;
    unsigned long size;
} photo;

typedef struct runner {
    const photo *photos;
    lw_media *media;
    int64_t until_us;
    int n_done, n_failed;
} runner;

/* Soft shapes and sensor noise: about what a camera's JPEG of this size holds. */
static photo make_photo(lw_arena *arena, uint32_t seed)
{
    uint8_t *pixels = lw_alloc(arena, (size_t)WIDTH * HEIGHT * 3), *at = pixels;
    uint32_t noise = seed * 2654435761U + 1;
    for (uint32_t y = 0; y < HEIGHT; y++)
        for (uint32_t x = 0; x < WIDTH; x++)
            for (uint32_t c = 0; c < 3; c++) {
                noise = noise * 1664525 + 1013904223;
                uint32_t shape = (x * (3 + c + seed % 3) / 8 ^ y * 5 / 8) & 0x40 ? 40 : 0;
                *at++ = (uint8_t)(60 + (x + y * c) / 24 % 100 + shape + (noise >> 28));
            }
    photo made = {.fd = memfd_create("photo", MFD_CLOEXEC)};
    tjhandle turbo = tjInitCompress();
    LW_ASSERT(tjCompress2(turbo, pixels, WIDTH, 0, HEIGHT, TJPF_RGB, &made.bytes, &made.size, TJSAMP_420, 90, 0) == 0);
    tjDestroy(turbo);
    LW_ASSERT(write(made.fd, made.bytes, made.size) == (ssize_t)made.size);
    return made;
}

static void *decode_in_full(void *data)
{
    runner *self = data;
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    unsigned char *pixels = lw_alloc(arena, (size_t)WIDTH * HEIGHT * 3);
    tjhandle turbo = tjInitDecompress();
    for (; lw_monotonic_us() < self->until_us; self->n_done++) {
        const photo *one = &self->photos[self->n_done % FILES];
        self->n_failed += tjDecompress2(turbo, one->bytes, one->size, pixels, WIDTH, 0, HEIGHT, TJPF_RGB, 0) != 0;
    }
    tjDestroy(turbo);
    return NULL;
}

static void *make_thumbnails(void *data)
{
    runner *self = data;
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    for (; lw_monotonic_us() < self->until_us; self->n_done++) {
        lw_arena_reset(arena);
        lw_ctx cx = {.arena = arena};
        lw_picture picture;
        self->n_failed += lw_media_thumbnail(&cx, self->media, self->photos[self->n_done % FILES].fd, SIZE_PX, &picture) != LW_OK;
    }
    return NULL;
}

/* How many a second all threads did together. */
static double run(void *(*work)(void *), const photo *photos, lw_media *media, int n_threads, int64_t duration_us)
{
    pthread_t threads[MAX_WORKERS];
    runner runners[MAX_WORKERS];
    int64_t start_us = lw_monotonic_us();
    int n_done = 0;
    for (int i = 0; i < n_threads; i++) {
        runners[i] = (runner){.photos = photos, .media = media, .until_us = start_us + duration_us};
        LW_ASSERT(pthread_create(&threads[i], NULL, work, &runners[i]) == 0);
    }
    for (int i = 0; i < n_threads; i++) {
        pthread_join(threads[i], NULL);
        LW_ASSERT(runners[i].n_failed == 0);
        n_done += runners[i].n_done;
    }
    return n_done * 1e6 / (double)(lw_monotonic_us() - start_us);
}

static int by_value(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

static int clamp(const char *text, int least, int most)
{
    int64_t value = least;
    lw_text_to_int(lw_text_from(text), &value);
    return value < least ? least : value > most ? most : (int)value;
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? clamp(argv[1], 1, 600) : 10, n_workers = argc > 2 ? clamp(argv[2], 1, MAX_WORKERS) : 2;
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    LW_AUTO(lw_media_auto) media = NULL;
    if (lw_media_open(&cx, n_workers, &media) != LW_OK) {
        fprintf(stderr, "%s\n", cx.message);
        return 1;
    }
    photo photos[FILES];
    unsigned long total = 0;
    for (uint32_t i = 0; i < FILES; i++) {
        LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
        photos[i] = make_photo(scratch, i);
        total += photos[i].size;
    }
    printf("%d JPEGs of %d x %d, %lu kB each, %d threads and workers, thumbnails of %d px\n", FILES, WIDTH, HEIGHT, total / FILES / 1000, n_workers,
           SIZE_PX);
    double full[ROUNDS], small[ROUNDS], ratio[ROUNDS];
    int64_t duration_us = seconds * 1000000LL / (2 * ROUNDS);
    run(make_thumbnails, photos, media, n_workers, 200000); /* workers start */
    for (int i = 0; i < ROUNDS; i++) {
        full[i] = run(decode_in_full, photos, media, n_workers, duration_us);
        small[i] = run(make_thumbnails, photos, media, n_workers, duration_us);
        ratio[i] = small[i] / full[i];
    }
    qsort(full, ROUNDS, sizeof *full, by_value);
    qsort(small, ROUNDS, sizeof *small, by_value);
    qsort(ratio, ROUNDS, sizeof *ratio, by_value);
    printf("full decodes by turbojpeg alone   %7.1f/s\n", full[ROUNDS / 2]);
    printf("thumbnails through lw-media       %7.1f/s\n", small[ROUNDS / 2]);
    printf("ratio (median of %d)               %7.2f   lowest %.2f; wanted: 0.60\n", ROUNDS, ratio[ROUNDS / 2], ratio[0]);
    for (int i = 0; i < FILES; i++) {
        tjFree(photos[i].bytes);
        close(photos[i].fd);
    }
    return 0;
}
