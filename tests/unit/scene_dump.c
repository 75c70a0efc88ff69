/* Developer's look at demo scenes: scene-dump SEED FROM TO FOLDER writes JPEGs (and says how long they took). */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "demo/jpeg.h"
#include "demo/scene.h"

static lw_status dump(lw_ctx *cx, const lw_textures *textures, uint64_t seed, uint64_t index, const char *folder)
{
    lw_scene scene;
    int64_t start = lw_monotonic_us();
    LW_TRY(lw_scene_make(cx, seed, index, &scene));
    int64_t made = lw_monotonic_us();
    uint8_t *pixels = lw_new_array(cx->arena, uint8_t, (size_t)scene.width * (size_t)scene.height * 3);
    LW_TRY(lw_scene_render(cx, &scene, textures, pixels, NULL));
    int64_t drawn = lw_monotonic_us();
    LW_AUTO(lw_buf) jpeg = {0};
    LW_TRY(lw_jpeg_write(cx, pixels, scene.width, scene.height, 88, &jpeg));
    int64_t coded = lw_monotonic_us();
    printf("%" PRIu64 ": %s %.1f lux, %zu objects, %zu kB; make %.1f, draw %.1f, encode %.1f ms\n", index, lw_brightness_names[scene.brightness],
           scene.lux, scene.n_objects, jpeg.size / 1000, (double)(made - start) / 1e3, (double)(drawn - made) / 1e3, (double)(coded - drawn) / 1e3);
    return folder[0] ? lw_file_replace(cx, lw_print(cx->arena, "%s/%06" PRIu64 ".jpg", folder, index), lw_buf_text(&jpeg)) : LW_OK;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: scene-dump SEED FROM TO FOLDER ('' writes nothing)\n");
        return 2;
    }
    LW_AUTO(lw_arena_auto) keep = lw_arena_new();
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    const lw_textures *textures = lw_textures_make(keep);
    for (uint64_t index = strtoull(argv[2], NULL, 10); index < strtoull(argv[3], NULL, 10); index++) {
        if (dump(&cx, textures, strtoull(argv[1], NULL, 10), index, argv[4]) != LW_OK) {
            fprintf(stderr, "%s\n", cx.message);
            return 1;
        }
        lw_arena_reset(arena);
    }
    return 0;
}
