/* What the client does with its workers: deaths, many callers at once, batches. The pictures themselves: media_test.c. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "images.h"
#include "media/batch.h"
#include "media/decoder/sandbox.h"
#include "media/media.h"
#include "tap.h"

static lw_text hostile(lw_arena *arena, const char *how)
{
    LW_AUTO(lw_buf) buf = {0};
    lw_buf_put_text(&buf, images_jpeg(arena, 64, 48));
    lw_buf_put_string(&buf, how);
    return lw_text_copy(arena, lw_buf_text(&buf));
}

static int workers(pid_t *out, int n)
{
    int found = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *task; tasks && (task = readdir(tasks));) {
        char path[300], text[1000] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/children", task->d_name);
        LW_AUTO(lw_fd) fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
            continue;
        for (char *at = text, *end; found < n && (out[found] = (pid_t)strtol(at, &end, 10)) > 0 && end != at; at = end)
            found++;
    }
    closedir(tasks);
    return found;
}

static void check_deaths(lw_ctx *cx)
{
    LW_AUTO(lw_media_auto) media = NULL;
    lw_picture made = {0};
    lw_text good = images_jpeg(cx->arena, 64, 48);
    CHECK_OK(cx, lw_media_open(cx, 1, &media));
    pid_t pids[8];
    CHECK_INT(workers(pids, 8), 0); /* none before it is needed */
    CHECK_FAILS(cx, images_thumbnail(cx, media, hostile(cx->arena, "TEST-CRASH"), 64, &made), LW_INVALID,
                "cannot decode the image: the decoder was ended by signal 5 (TRAP)");
    CHECK_OK(cx, images_thumbnail(cx, media, good, 64, &made));
    CHECK_FAILS(cx, images_thumbnail(cx, media, hostile(cx->arena, "TEST-CRASH"), 64, &made), LW_INVALID, "TRAP");
    CHECK_OK(cx, images_thumbnail(cx, media, good, 64, &made));
    CHECK_FAILS(cx, images_thumbnail(cx, media, hostile(cx->arena, "TEST-ESCAPE"), 64, &made), LW_INVALID, "exit code 78");
#if !LW_IS_SANITIZED
    CHECK_FAILS(cx, images_thumbnail(cx, media, hostile(cx->arena, "TEST-SWELL"), 64, &made), LW_INVALID, "ABRT");
#endif
    lw_media_set_deadline(media, 300000);
    int64_t start_us = lw_monotonic_us();
    CHECK_FAILS(cx, images_thumbnail(cx, media, hostile(cx->arena, "TEST-HANG"), 64, &made), LW_INVALID, "longer than 0.3 s");
    CHECK(lw_monotonic_us() - start_us < 5000000);
    lw_media_set_deadline(media, 30000000);
    CHECK_OK(cx, images_thumbnail(cx, media, good, 64, &made));
    int n = workers(pids, 8);
    CHECK_INT(n, 1);
    for (int i = 0; i < n; i++)
        kill(pids[i], SIGKILL);
    CHECK_OK(cx, images_thumbnail(cx, media, good, 64, &made)); /* not this file's fault: asked again */
    for (int i = 0; i < n; i++)
        CHECK(kill(pids[i], 0) != 0); /* reaped */

    LW_AUTO(lw_media_auto) missing = NULL, wrong = NULL;
    char program[4096];
    snprintf(program, sizeof program, "%s", getenv("LW_MEDIA"));
    setenv("LW_MEDIA", "/nowhere/lw-media", 1);
    CHECK_OK(cx, lw_media_open(cx, 1, &missing));
    CHECK_FAILS(cx, images_thumbnail(cx, missing, good, 64, &made), LW_FAILED, "cannot start the image decoder /nowhere/lw-media: No such file");
    setenv("LW_MEDIA", "/bin/false", 1);
    CHECK_OK(cx, lw_media_open(cx, 1, &wrong));
    CHECK_FAILS(cx, images_thumbnail(cx, wrong, good, 64, &made), LW_FAILED, "exit code 1");
    setenv("LW_MEDIA", program, 1);
}

typedef struct caller {
    lw_media *media;
    int number, n_wrong;
} caller;

static void *call_often(void *data)
{
    caller *self = data;
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    for (int i = 0; i < 40; i++) {
        lw_arena_reset(arena);
        lw_ctx cx = {.arena = arena};
        lw_picture made = {0};
        int width = 40 + 8 * self->number + i;
        bool is_hostile = self->number == 0 && i % 8 == 0;
        lw_text file = is_hostile ? hostile(arena, "TEST-CRASH") : images_jpeg(arena, width, 30);
        lw_status status = images_thumbnail(&cx, self->media, file, 1000, &made);
        if (is_hostile ? status != LW_INVALID : status != LW_OK || (int)made.width != width)
            self->n_wrong++;
    }
    return NULL;
}

static int count_fds(void)
{
    int n = 0;
    DIR *list = opendir("/proc/self/fd");
    while (readdir(list))
        n++;
    closedir(list);
    return n;
}

static void check_many(lw_ctx *cx)
{
    LW_AUTO(lw_media_auto) media = NULL;
    CHECK_OK(cx, lw_media_open(cx, 2, &media));
    enum { CALLERS = 4 };
    pthread_t threads[CALLERS];
    caller callers[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (caller){.media = media, .number = i};
        LW_ASSERT(pthread_create(&threads[i], NULL, call_often, &callers[i]) == 0);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(callers[i].n_wrong, 0);
    }
    pid_t pids[8];
    CHECK(workers(pids, 8) <= 2);

    lw_text good = images_jpeg(cx->arena, 64, 48);
    int n_before = count_fds(), n_failed = 0;
    for (int i = 0; i < 1000; i++) {
        LW_AUTO(lw_arena_auto) arena = lw_arena_new();
        lw_ctx inner = {.arena = arena};
        lw_picture made;
        n_failed += images_thumbnail(&inner, media, good, 32, &made) != LW_OK; /* the worker's own limit is 16 descriptors */
    }
    CHECK_INT(n_failed, 0);
    CHECK_INT(count_fds(), n_before);
}

static void check_batch(void)
{
    LW_AUTO(lw_buf) buf = {0};
    lw_batch_put(&buf, 0x0102030405060708, LW_TEXT("jpeg"));
    lw_batch_put(&buf, 9, (lw_text){0});
    CHECK(lw_text_equal(lw_buf_text(&buf), LW_TEXT("\x08\7\6\5\4\3\2\1\4\0\0\0jpeg\x09\0\0\0\0\0\0\0\0\0\0\0")));
}

/* The decoder with hooks stands beside this program. */
static void use_test_decoder(void)
{
    static const char name[] = "/test-lw-media";
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof name);
    LW_ASSERT(n > 0);
    path[n] = 0;
    memcpy(strrchr(path, '/'), name, sizeof name);
    setenv("LW_MEDIA", path, 1);
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    use_test_decoder();
    check_deaths(&cx);
    check_many(&cx);
    check_batch();
    return tap_end();
}
