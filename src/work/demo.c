#include "work/demo.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "demo/demo.h"
#include "demo/jpeg.h"

enum { N_THREADS = 2, JPEG_QUALITY = 88, LOOK_US = 20000 };

typedef struct drawing {
    const char *folder;
    const lw_textures *textures;
    uint64_t seed;
    int64_t n_items;
    _Atomic int64_t next;
    pthread_mutex_t mutex;
    lw_status status; /* the first failure */
    char message[1024];
} drawing;

static lw_status draw_one(lw_ctx *cx, const drawing *d, uint64_t index)
{
    lw_scene scene;
    LW_TRY(lw_scene_make(cx, d->seed, index, &scene));
    char *path = lw_path_join(cx->arena, d->folder, lw_demo_item_name(cx->arena, &scene));
    if (access(path, F_OK) == 0)
        return LW_OK;
    uint8_t *pixels = lw_new_array(cx->arena, uint8_t, (size_t)scene.width * (size_t)scene.height * 3);
    LW_TRY(lw_scene_render(cx, &scene, d->textures, pixels, NULL));
    LW_AUTO(lw_buf) jpeg = {0};
    LW_TRY(lw_jpeg_write(cx, pixels, scene.width, scene.height, JPEG_QUALITY, &jpeg));
    char *slash = strrchr(path, '/');
    *slash = 0;
    LW_TRY(lw_folder_make(cx, path));
    *slash = '/';
    return lw_file_replace(cx, path, lw_buf_text(&jpeg));
}

static void *draw_some(void *arg)
{
    drawing *d = arg;
    lw_arena *arena = lw_arena_new();
    for (int64_t i; (i = atomic_fetch_add(&d->next, 1)) < d->n_items;) {
        lw_ctx cx = {.arena = arena};
        lw_status status = draw_one(&cx, d, (uint64_t)i);
        if (status != LW_OK) {
            pthread_mutex_lock(&d->mutex);
            d->status = status;
            snprintf(d->message, sizeof d->message, "%s", cx.message);
            pthread_mutex_unlock(&d->mutex);
            atomic_store(&d->next, d->n_items);
        }
        lw_arena_reset(arena);
    }
    lw_arena_free(arena);
    return NULL;
}

static lw_status draw_all(lw_ctx *cx, drawing *d)
{
    pthread_t threads[N_THREADS];
    pthread_mutex_init(&d->mutex, NULL);
    for (int i = 0; i < N_THREADS; i++)
        LW_ASSERT(pthread_create(&threads[i], NULL, draw_some, d) == 0);
    lw_status told = LW_OK;
    for (int64_t next; told == LW_OK && (next = atomic_load(&d->next)) < d->n_items; usleep(LOOK_US))
        told = lw_progress(cx, next, d->n_items);
    if (told != LW_OK)
        atomic_store(&d->next, d->n_items);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&d->mutex);
    LW_TRY(told);
    return d->status == LW_OK ? LW_OK : lw_fail(cx, d->status, "%s", d->message);
}

static lw_status write_labels(lw_ctx *cx, const drawing *d, lw_text project)
{
    LW_AUTO(lw_buf) lines = {0};
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_demo_put_head(&lines, project);
    for (int64_t i = 0; i < d->n_items; i++) {
        lw_ctx inner = {.arena = scratch};
        lw_scene scene;
        if (lw_scene_make(&inner, d->seed, (uint64_t)i, &scene) != LW_OK)
            return lw_fail(cx, inner.status, "%s", inner.message);
        lw_demo_put_item(&lines, &scene, LW_DEMO_PROJECT);
        lw_arena_reset(scratch);
    }
    return lw_file_replace(cx, lw_path_join(cx->arena, d->folder, LW_TEXT("labels.jsonl")), lw_buf_text(&lines));
}

lw_status lw_demo_make(lw_ctx *cx, lw_app *app, const lw_demo *demo, lw_report *report)
{
    drawing d = {
        .folder = lw_print(cx->arena, "%s/demo-%" PRIu64, lw_store_folder(app->store), demo->seed), .seed = demo->seed, .n_items = demo->n_items};
    LW_TRY(lw_folder_make(cx, d.folder));
    d.textures = lw_textures_make(cx->arena);
    LW_TRY(draw_all(cx, &d));
    LW_TRY(write_labels(cx, &d, demo->project));
    lw_import import = {.project = demo->project,
                        .source = d.folder,
                        .format = LW_TEXT("jsonl"),
                        .user_id = demo->user_id,
                        .job_id = demo->job_id,
                        .add_classes = true};
    return lw_import_run(cx, app, &import, report);
}
