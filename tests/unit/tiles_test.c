/* Tiles of images too large for a browser: every pixel of every level where it belongs, whatever the file is like. */
#include <stdlib.h>
#include <vips/vips.h>

#include "base/limits.h"
#include "images.h"
#include "media/tiles.h"
#include "tap.h"

enum { WIDTH = 8301, HEIGHT = 701, NEAR = 6 };

/* The levels put together again from their tiles. */
typedef struct mosaic {
    lw_arena *arena;
    uint32_t width, height;
    uint8_t *levels[LW_MAX_TILE_LEVELS];
    int n_tiles, n_bad;
} mosaic;

static void put_tile(void *to, const lw_tile *tile)
{
    mosaic *m = to;
    tjhandle turbo = tjInitDecompress();
    const unsigned char *jpeg = (const unsigned char *)tile->bytes.data;
    int width, height, sampling, colours;
    m->n_tiles++;
    bool is_placed = tile->level < lw_tile_levels(m->width, m->height) && tile->column < lw_tile_count(m->width, tile->level) &&
                     tile->row < lw_tile_count(m->height, tile->level) &&
                     tjDecompressHeader3(turbo, jpeg, tile->bytes.size, &width, &height, &sampling, &colours) == 0;
    uint32_t level_width = is_placed ? lw_tile_side(m->width, tile->level) : 0, level_height = is_placed ? lw_tile_side(m->height, tile->level) : 0;
    uint32_t x = tile->column * LW_TILE_PX, y = tile->row * LW_TILE_PX;
    is_placed = is_placed && (uint32_t)width == (level_width - x < LW_TILE_PX ? level_width - x : LW_TILE_PX) &&
                (uint32_t)height == (level_height - y < LW_TILE_PX ? level_height - y : LW_TILE_PX);
    if (is_placed) {
        uint8_t **level = &m->levels[tile->level];
        if (!*level)
            *level = lw_alloc(m->arena, (size_t)level_width * level_height * 3);
        is_placed = tjDecompress2(turbo, jpeg, tile->bytes.size, *level + 3 * ((size_t)y * level_width + x), width, (int)level_width * 3, height,
                                  TJPF_RGB, 0) == 0;
    }
    m->n_bad += !is_placed;
    tjDestroy(turbo);
}

/* A colour for each place, as it is at (x, y) of `width` x `height`. */
static void colour_at(double x, double y, uint32_t width, uint32_t height, uint8_t out[3])
{
    out[0] = (uint8_t)(x * 255 / width);
    out[1] = (uint8_t)(y * 255 / height);
    out[2] = 128;
}

static uint8_t *gradient(lw_arena *arena, uint32_t width, uint32_t height)
{
    uint8_t *pixels = lw_alloc(arena, (size_t)width * height * 3);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            colour_at(x + 0.5, y + 0.5, width, height, pixels + 3 * ((size_t)y * width + x));
    return pixels;
}

static lw_text write_as(lw_arena *arena, VipsImage *image, const char *suffix)
{
    void *data = NULL;
    size_t size = 0;
    LW_ASSERT(vips_image_write_to_buffer(image, suffix, &data, &size, NULL) == 0);
    lw_text copy = {lw_copy(arena, data, size), size};
    g_free(data);
    return copy;
}

static lw_status tiles_of(lw_ctx *cx, lw_media *media, lw_text file, uint32_t width, uint32_t height, mosaic *out)
{
    LW_AUTO(lw_fd) fd = images_fd(file);
    *out = (mosaic){.arena = cx->arena, .width = width, .height = height};
    return lw_media_tiles(cx, media, fd, put_tile, out);
}

/* Pixels of a level that are not near what they stand for, of some thousand. */
static int count_off(const mosaic *m, uint32_t level)
{
    uint32_t width = lw_tile_side(m->width, level), height = lw_tile_side(m->height, level), step = 1U << level;
    int n_off = 0;
    for (uint32_t y = 0; y < height; y += 7)
        for (uint32_t x = 0; x < width; x += 13) {
            uint8_t want[3];
            const uint8_t *have = m->levels[level] + 3 * ((size_t)y * width + x);
            colour_at((x + 0.5) * step, (y + 0.5) * step, m->width, m->height, want);
            for (int c = 0; c < 3; c++)
                n_off += abs(have[c] - want[c]) > NEAR;
        }
    return n_off;
}

static void check_whole(const mosaic *m)
{
    CHECK_INT(m->n_bad, 0);
    CHECK_INT(m->n_tiles, 17 * 2 + 9 * 1);
    for (uint32_t level = 0; level < 2; level++)
        CHECK(m->levels[level] && count_off(m, level) == 0);
}

static void check_levels(void)
{
    CHECK_INT(lw_tile_levels(8192, 8192), 0);
    CHECK_INT(lw_tile_levels(8193, 1), 2);
    CHECK_INT(lw_tile_levels(20000, 20000), 3);
    CHECK_INT(lw_tile_levels(1, LW_LIMIT_IMAGE_SIDE_PX), LW_MAX_TILE_LEVELS - 1);
    CHECK_INT(lw_tile_side(8301, 1), 4151);
    CHECK_INT(lw_tile_count(513, 0), 2);
}

static void check_files(lw_ctx *cx, lw_media *media)
{
    uint8_t *pixels = gradient(cx->arena, WIDTH, HEIGHT);
    VipsImage *image = vips_image_new_from_memory(pixels, (size_t)WIDTH * HEIGHT * 3, WIDTH, HEIGHT, 3, VIPS_FORMAT_UCHAR);
    image->Type = VIPS_INTERPRETATION_sRGB;
    static const char *const suffixes[] = {".png", ".jpg[Q=98]", ".tif[compression=deflate]", ".tif[tile,compression=deflate]", ".webp[lossless]"};
    mosaic m;
    for (size_t i = 0; i < LW_COUNT(suffixes); i++) {
        printf("# %s\n", suffixes[i]);
        CHECK_OK(cx, tiles_of(cx, media, write_as(cx->arena, image, suffixes[i]), WIDTH, HEIGHT, &m));
        check_whole(&m);
    }
    /* What lies on its side in the file stands upright in its tiles. */
    uint8_t *lying = lw_alloc(cx->arena, (size_t)WIDTH * HEIGHT * 3);
    for (uint32_t y = 0; y < HEIGHT; y++)
        for (uint32_t x = 0; x < WIDTH; x++)
            memcpy(lying + 3 * ((size_t)(WIDTH - 1 - x) * HEIGHT + y), pixels + 3 * ((size_t)y * WIDTH + x), 3);
    lw_text jpeg = images_encode(cx->arena, lying, HEIGHT, WIDTH, TJPF_RGB, TJSAMP_444, 0);
    CHECK_OK(cx, tiles_of(cx, media, images_turned_jpeg(cx->arena, jpeg, 6, true), WIDTH, HEIGHT, &m));
    check_whole(&m);
    g_object_unref(image);
}

/* Values from 1,000 on are stretched as those of the preview are; what is transparent is white in both. */
static void check_like_preview(lw_ctx *cx, lw_media *media)
{
    VipsImage *places = NULL, *across = NULL, *values = NULL, *deep = NULL, *clear = NULL, *half = NULL, *grey = NULL;
    LW_ASSERT(vips_xyz(&places, WIDTH, HEIGHT, NULL) == 0 && vips_extract_band(places, &across, 0, NULL) == 0 &&
              vips_linear1(across, &values, 0.1, 1000, NULL) == 0 && vips_cast_ushort(values, &deep, NULL) == 0 &&
              vips_linear1(across, &grey, 0, 60, "uchar", TRUE, NULL) == 0 && vips_linear1(across, &half, 0, 0, "uchar", TRUE, NULL) == 0 &&
              vips_bandjoin2(grey, half, &clear, NULL) == 0);
    deep->Type = VIPS_INTERPRETATION_GREY16;
    clear->Type = VIPS_INTERPRETATION_B_W;
    VipsImage *const images[] = {deep, clear};
    static const char *const suffixes[] = {".tif", ".png"};
    for (int i = 0; i < 2; i++) {
        lw_text file = write_as(cx->arena, images[i], suffixes[i]);
        LW_AUTO(lw_fd) fd = images_fd(file);
        lw_picture preview;
        mosaic m;
        CHECK_OK(cx, lw_media_preview(cx, media, fd, LW_TILED_PREVIEW_PX, &preview));
        CHECK_INT(preview.type, LW_MEDIA_JPEG);
        CHECK_OK(cx, tiles_of(cx, media, file, WIDTH, HEIGHT, &m));
        CHECK_INT(m.n_bad, 0);
        tjhandle turbo = tjInitDecompress();
        uint8_t *shown = lw_alloc(cx->arena, (size_t)preview.width * preview.height * 3);
        CHECK(tjDecompress2(turbo, (const unsigned char *)preview.bytes.data, preview.bytes.size, shown, (int)preview.width, 0, (int)preview.height,
                            TJPF_RGB, 0) == 0);
        tjDestroy(turbo);
        int n_off = 0;
        for (uint32_t x = 0; m.levels[0] && x < WIDTH; x += 50)
            n_off += abs(m.levels[0][3 * ((size_t)300 * WIDTH + x)] - shown[3 * ((size_t)148 * preview.width + x * preview.width / WIDTH)]) > NEAR;
        CHECK(m.levels[0] && n_off == 0);
        CHECK(i == 0 ? m.levels[0][0] < NEAR && m.levels[0][3 * (WIDTH - 1)] > 255 - NEAR : m.levels[0][0] > 255 - NEAR);
    }
    VipsImage *const all[] = {places, across, values, deep, clear, half, grey};
    for (size_t i = 0; i < LW_COUNT(all); i++)
        g_object_unref(all[i]);
}

static void check_bad(lw_ctx *cx, lw_media *media)
{
    mosaic m;
    lw_text small = images_jpeg(cx->arena, 64, 48), large = images_jpeg(cx->arena, WIDTH, 16);
    CHECK_FAILS(cx, tiles_of(cx, media, small, 64, 48, &m), LW_INVALID, "64 x 48 px has no tiles");
    CHECK_FAILS(cx, tiles_of(cx, media, images_claim(cx->arena, small, 65000, 65000), 65000, 65000, &m), LW_TOO_LARGE, "65000 x 65000");
    CHECK_FAILS(cx, tiles_of(cx, media, LW_TEXT("no picture"), WIDTH, 16, &m), LW_INVALID, "text");
    CHECK_INT(m.n_tiles, 0);
    /* Half a file shows what there is of it, as its preview does, or says why not; the next file is none the worse. */
    lw_status status = tiles_of(cx, media, lw_text_slice(large, 0, large.size / 2), WIDTH, 16, &m);
    CHECK(status == LW_OK || status == LW_INVALID);
    CHECK_OK(cx, tiles_of(cx, media, large, WIDTH, 16, &m));
    CHECK_INT(m.n_tiles, 17 + 9);
    CHECK_INT(m.n_bad, 0);
    lw_media_set_deadline(media, 1000);
    CHECK_FAILS(cx, tiles_of(cx, media, images_jpeg(cx->arena, 12000, 1500), 12000, 1500, &m), LW_INVALID, "longer than 0.004 s");
    lw_media_set_deadline(media, 30000000);
    CHECK_OK(cx, tiles_of(cx, media, large, WIDTH, 16, &m));
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    check_levels();
    if (IMAGES_CANNOT_RUN) {
        printf("ok %d - tiles # SKIP ThreadSanitizer does not know the locks of glib and libvips\n", ++tap_count);
        return tap_end();
    }
    LW_AUTO(lw_media_auto) media = NULL;
    CHECK_OK(&cx, lw_media_open(&cx, 1, &media));
    LW_ASSERT(VIPS_INIT("tiles_test") == 0);
    check_files(&cx, media);
    check_like_preview(&cx, media);
    check_bad(&cx, media);
    return tap_end();
}
