#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <vips/vips.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "images.h"
#include "media/decoder/sandbox.h"
#include "media/media.h"
#include "tap.h"

/* libheif's encoder for HEIC leaks; nothing of it is ours. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libx265"; }

typedef struct shown {
    int width, height;
    uint8_t *pixels;
} shown;

static shown decode(lw_arena *arena, lw_text bytes)
{
    VipsImage *opened = vips_image_new_from_buffer(bytes.data, bytes.size, "", NULL), *rgb = NULL;
    shown out = {0};
    size_t size;
    void *pixels;
    if (!opened || vips_colourspace(opened, &rgb, VIPS_INTERPRETATION_sRGB, NULL) != 0 || !(pixels = vips_image_write_to_memory(rgb, &size)))
        return out;
    out = (shown){rgb->Xsize, rgb->Ysize, lw_alloc(arena, (size_t)rgb->Xsize * rgb->Ysize * 3)};
    for (int i = 0; i < rgb->Xsize * rgb->Ysize; i++)
        memcpy(out.pixels + 3 * i, (uint8_t *)pixels + (size_t)rgb->Bands * i, 3);
    g_free(pixels);
    g_object_unref(opened);
    g_object_unref(rgb);
    return out;
}

/* The middle of a quarter (0: top left, 1: top right, 2, 3) is near this colour. */
static bool is_near(const shown *of, int quarter, const uint8_t colour[3], int tolerance)
{
    if (!of->pixels)
        return false;
    int x = of->width * (quarter & 1 ? 3 : 1) / 4, y = of->height * (quarter & 2 ? 3 : 1) / 4;
    for (int c = 0; c < 3; c++)
        if (abs(of->pixels[3 * (y * of->width + x) + c] - colour[c]) > tolerance)
            return false;
    return true;
}

static bool shows_quarters(lw_arena *arena, lw_text bytes, int tolerance)
{
    shown of = decode(arena, bytes);
    for (int quarter = 0; quarter < 4; quarter++)
        if (!is_near(&of, quarter, images_colours[quarter], tolerance))
            return false;
    return true;
}

static lw_status preview(lw_ctx *cx, lw_media *media, lw_text file, uint32_t limit_px, lw_picture *out)
{
    LW_AUTO(lw_fd) fd = images_fd(file);
    return lw_media_preview(cx, media, fd, limit_px, out);
}

/* EXIF: which side of the scene the stored first row and first column are. */
static const char sides[9][2] = {"", "tl", "tr", "br", "bl", "lt", "rt", "rb", "lb"};

static int quarter_of(char a, char b) { return (a == 'r' || b == 'r') + 2 * (a == 'b' || b == 'b'); }

static char opposite(char side) { return side == 't' ? 'b' : side == 'b' ? 't' : side == 'l' ? 'r' : 'l'; }

/* Where the four stored quarters lie in the scene. */
static void expected_quarters(int orientation, int out[4])
{
    char row = sides[orientation][0], column = sides[orientation][1];
    out[0] = quarter_of(row, column);
    out[1] = quarter_of(row, opposite(column));
    out[2] = quarter_of(opposite(row), column);
    out[3] = quarter_of(opposite(row), opposite(column));
}

static bool is_upright(lw_arena *arena, lw_text bytes, int orientation, int width, int height)
{
    int where[4];
    expected_quarters(orientation, where);
    shown of = decode(arena, bytes);
    bool is_right = of.width == (orientation >= 5 ? height : width) && of.height == (orientation >= 5 ? width : height);
    for (int stored = 0; stored < 4; stored++)
        is_right = is_right && is_near(&of, where[stored], images_colours[stored], 12);
    return is_right;
}

static void check_orientation(lw_ctx *cx, lw_media *media)
{
    static const int sizes[2][2] = {{64, 48}, {67, 45}};
    for (int s = 0; s < 2; s++) {
        lw_text jpeg = images_jpeg(cx->arena, sizes[s][0], sizes[s][1]);
        for (int orientation = 1; orientation <= 8; orientation++) {
            lw_text turned = images_turned_jpeg(cx->arena, jpeg, orientation, orientation % 2);
            lw_picture small = {0}, large = {0};
            printf("# %d x %d, orientation %d\n", sizes[s][0], sizes[s][1], orientation);
            CHECK_OK(cx, images_thumbnail(cx, media, turned, 1000, &small));
            CHECK(is_upright(cx->arena, small.bytes, orientation, sizes[s][0], sizes[s][1]));
            CHECK(small.scale == 1);
            CHECK_OK(cx, preview(cx, media, turned, 32, &large));
            CHECK_INT(large.width > large.height, orientation < 5);
            LW_AUTO(lw_fd) fd = images_fd(turned);
            lw_text upright = {0};
            bool was_lossless = false;
            if (orientation == 1) {
                CHECK_FAILS(cx, lw_media_upright(cx, media, fd, &upright, NULL), LW_INVALID, "upright already");
                continue;
            }
            CHECK_OK(cx, lw_media_upright(cx, media, fd, &upright, &was_lossless));
            CHECK(is_upright(cx->arena, upright, orientation, sizes[s][0], sizes[s][1]));
            CHECK(s == 1 || was_lossless);
            CHECK(s == 0 || !was_lossless || orientation == 5); /* a transposition moves no edge */
            lw_media_info info = {0};
            CHECK_OK(cx, lw_media_probe_memory(cx, upright, &info));
            CHECK_INT(info.orientation, 1);
            CHECK_TEXT(lw_text_from(info.camera), "CamX1"); /* other metadata stays */
        }
    }
}

static VipsImage *quarters(lw_arena *arena, int width, int height)
{
    VipsImage *image =
        vips_image_new_from_memory(images_quarters(arena, width, height), (size_t)width * height * 3, width, height, 3, VIPS_FORMAT_UCHAR);
    image->Type = VIPS_INTERPRETATION_sRGB;
    return image;
}

/* Empty when this libvips cannot write it. */
static lw_text write_as(lw_arena *arena, VipsImage *image, const char *suffix)
{
    void *data = NULL;
    size_t size = 0;
    if (vips_image_write_to_buffer(image, suffix, &data, &size, NULL) != 0) {
        vips_error_clear();
        return (lw_text){0};
    }
    lw_text copy = {lw_copy(arena, data, size), size};
    g_free(data);
    return copy;
}

static bool can_write(const char *what, lw_text file)
{
    if (file.size)
        return true;
    printf("ok %d - %s # SKIP this libvips does not write it\n", ++tap_count, what);
    return false;
}

static void check_types(lw_ctx *cx, lw_media *media)
{
    static const struct {
        const char *suffix;
        lw_media_type type;
        int tolerance;
    } types[] = {{".png", LW_MEDIA_PNG, 12},           {".png[interlace]", LW_MEDIA_PNG, 12},        {".gif", LW_MEDIA_GIF, 40},
                 {".webp[Q=95]", LW_MEDIA_WEBP, 40},   {".webp[lossless]", LW_MEDIA_WEBP, 12},       {".tif", LW_MEDIA_TIFF, 12},
                 {".tif[bigtiff]", LW_MEDIA_TIFF, 12}, {".tif[compression=lzw]", LW_MEDIA_TIFF, 12}, {".tif[tile,pyramid]", LW_MEDIA_TIFF, 12},
                 {".avif[Q=95]", LW_MEDIA_AVIF, 40},   {".heic[Q=95]", LW_MEDIA_HEIC, 40},           {".jpg[Q=95,interlace]", LW_MEDIA_JPEG, 12}};
    VipsImage *image = quarters(cx->arena, 400, 300);
    for (size_t i = 0; i < LW_COUNT(types); i++) {
        lw_text file = write_as(cx->arena, image, types[i].suffix);
        if (!can_write(types[i].suffix, file))
            continue;
        printf("# %s\n", types[i].suffix);
        LW_AUTO(lw_fd) fd = images_fd(file);
        lw_media_info info = {0};
        lw_picture small = {0}, large = {0};
        CHECK_OK(cx, lw_media_probe_deep(cx, media, fd, &info));
        CHECK_INT(info.type, types[i].type);
        CHECK(info.width == 400 && info.height == 300 && !info.is_cut);
        CHECK_OK(cx, lw_media_thumbnail(cx, media, fd, 100, &small));
        CHECK(small.width == 100 && small.height == 75 && small.type == LW_MEDIA_JPEG && small.scale == 0.25);
        CHECK(shows_quarters(cx->arena, small.bytes, types[i].tolerance));
        CHECK_OK(cx, lw_media_preview(cx, media, fd, 4096, &large));
        CHECK(large.width == 400 && large.height == 300 && large.scale == 1);
        CHECK(shows_quarters(cx->arena, large.bytes, types[i].tolerance));
    }
    g_object_unref(image);
    lw_picture small = {0};
    CHECK_OK(cx, images_thumbnail(cx, media, images_bmp(cx->arena, 401, 300), 100, &small));
    CHECK(shows_quarters(cx->arena, small.bytes, 12));
}

static void check_exotic(lw_ctx *cx, lw_media *media)
{
    lw_picture made = {0};
    uint8_t *cmyk = lw_alloc(cx->arena, 64 * 64 * 4), *grey = lw_alloc(cx->arena, 64 * 64);
    for (int i = 0; i < 64 * 64; i++) {
        grey[i] = (uint8_t)(i % 64 < 32 ? 30 : 220);
        memcpy(cmyk + 4 * i, (uint8_t[4]){255, 0, 0, 255}, 4); /* inverted, as Adobe writes it: magenta and yellow, red */
    }
    CHECK_OK(cx, images_thumbnail(cx, media, images_encode(cx->arena, cmyk, 64, 64, TJPF_CMYK, TJSAMP_444, 0), 32, &made));
    shown of = decode(cx->arena, made.bytes);
    CHECK(of.pixels && of.pixels[0] > 180 && of.pixels[1] < 90 && of.pixels[2] < 90);
    CHECK_OK(cx, images_thumbnail(cx, media, images_encode(cx->arena, grey, 64, 64, TJPF_GRAY, TJSAMP_GRAY, 0), 32, &made));
    of = decode(cx->arena, made.bytes);
    CHECK(is_near(&of, 0, (uint8_t[3]){30, 30, 30}, 6) && is_near(&of, 1, (uint8_t[3]){220, 220, 220}, 6));

    /* 12 bits in 16 are black to a browser: stretched. */
    uint16_t *deep = lw_alloc(cx->arena, 64 * 64 * 2);
    for (int i = 0; i < 64 * 64; i++)
        deep[i] = (uint16_t)(i % 64 < 32 ? 100 : 1100 + (i / 64 >= 32) * 1000);
    VipsImage *image = vips_image_new_from_memory(deep, 64 * 64 * 2, 64, 64, 1, VIPS_FORMAT_USHORT), *other = NULL;
    image->Type = VIPS_INTERPRETATION_GREY16;
    static const char *const deep_suffixes[] = {".png", ".tif"};
    for (int i = 0; i < 2; i++) {
        CHECK_OK(cx, preview(cx, media, write_as(cx->arena, image, deep_suffixes[i]), 64, &made));
        of = decode(cx->arena, made.bytes);
        CHECK(is_near(&of, 0, (uint8_t[3]){0, 0, 0}, 8) && is_near(&of, 1, (uint8_t[3]){128, 128, 128}, 8) &&
              is_near(&of, 3, (uint8_t[3]){255, 255, 255}, 8));
    }
    g_object_unref(image);

    /* 16-bit colours are colours. */
    image = quarters(cx->arena, 64, 48);
    CHECK(vips_colourspace(image, &other, VIPS_INTERPRETATION_RGB16, NULL) == 0);
    CHECK_OK(cx, preview(cx, media, write_as(cx->arena, other, ".png"), 64, &made));
    CHECK(shows_quarters(cx->arena, made.bytes, 8));
    g_object_unref(other);

    /* Transparency stays in a preview and becomes white in a thumbnail. */
    CHECK(vips_bandjoin_const1(image, &other, 0, NULL) == 0);
    lw_text clear = write_as(cx->arena, other, ".png");
    CHECK_OK(cx, preview(cx, media, clear, 64, &made));
    CHECK_INT(made.type, LW_MEDIA_PNG);
    CHECK_OK(cx, images_thumbnail(cx, media, clear, 64, &made));
    of = decode(cx->arena, made.bytes);
    CHECK(is_near(&of, 0, (uint8_t[3]){255, 255, 255}, 4));
    g_object_unref(other);

    /* Turned files that are no JPEG. */
    static const char *const suffixes[] = {".png", ".tif", ".webp[lossless]"};
    vips_image_set_int(image, VIPS_META_ORIENTATION, 6);
    for (size_t i = 0; i < LW_COUNT(suffixes); i++) {
        printf("# turned %s\n", suffixes[i]);
        lw_text file = write_as(cx->arena, image, suffixes[i]), upright = {0};
        if (i == 0)
            file = images_with_chunk(cx->arena, file, "eXIf", images_exif(cx->arena, 6, false)); /* libvips 8.14 writes none */
        LW_AUTO(lw_fd) fd = images_fd(file);
        lw_media_info info = {0};
        CHECK_OK(cx, lw_media_probe(cx, fd, &info));
        CHECK(info.orientation == 6 && info.width == 48 && info.height == 64);
        CHECK_OK(cx, lw_media_thumbnail(cx, media, fd, 1000, &made));
        CHECK(is_upright(cx->arena, made.bytes, 6, 64, 48));
        CHECK_OK(cx, lw_media_upright(cx, media, fd, &upright, NULL));
        CHECK(is_upright(cx->arena, upright, 6, 64, 48));
        CHECK_OK(cx, lw_media_probe_memory(cx, upright, &info));
        CHECK(info.orientation == 1 && info.width == 48);
    }
    g_object_unref(image);
}

static void check_sizes(lw_ctx *cx, lw_media *media)
{
    static const int sizes[][2] = {{1, 1}, {3000, 1}, {1, 3000}, {1920, 1080}, {1023, 1025}, {255, 2000}, {256, 256}, {2049, 2048}};
    for (size_t i = 0; i < LW_COUNT(sizes); i++) {
        lw_text jpeg = images_jpeg(cx->arena, sizes[i][0], sizes[i][1]);
        lw_picture made = {0};
        CHECK_OK(cx, images_thumbnail(cx, media, jpeg, 256, &made));
        shown of = decode(cx->arena, made.bytes);
        int longer = sizes[i][0] > sizes[i][1] ? sizes[i][0] : sizes[i][1];
        CHECK_INT(of.width, made.width);
        CHECK_INT(of.height, made.height);
        CHECK_INT(of.width > of.height ? of.width : of.height, longer < 256 ? longer : 256);
        if (sizes[i][0] > 100 && sizes[i][1] > 100)
            CHECK(shows_quarters(cx->arena, made.bytes, 12));
    }
    lw_picture made;
    CHECK_FAILS(cx, images_thumbnail(cx, media, images_jpeg(cx->arena, 9, 9), 0, &made), LW_USAGE, "1 to");
    CHECK_FAILS(cx, images_thumbnail(cx, media, images_jpeg(cx->arena, 9, 9), LW_LIMIT_THUMBNAIL_PX + 1, &made), LW_USAGE, "1 to");
}

/* Below the limit of pixels, but beyond all memory. */
static void check_bombs(lw_ctx *cx, lw_media *media)
{
    lw_picture made = {0};
    if (LW_IS_SANITIZED) {
        printf("ok %d - bombs # SKIP a sanitizer's build has no limit on memory\n", ++tap_count);
        return;
    }
    uint8_t *pixels = images_quarters(cx->arena, 64, 48);
    lw_text progressive = images_encode(cx->arena, pixels, 64, 48, TJPF_RGB, TJSAMP_420, TJFLAG_PROGRESSIVE);
    int64_t start_us = lw_monotonic_us();
    lw_status status = images_thumbnail(cx, media, images_png(cx->arena, 40000, 50000, 16, 6, true, NULL, (lw_text){0}), 64, &made);
    CHECK(status == LW_INVALID);
    printf("# interlaced PNG bomb: %s, %.2f s\n", cx->message, (double)(lw_monotonic_us() - start_us) / 1e6);
    start_us = lw_monotonic_us();
    status = images_thumbnail(cx, media, images_claim(cx->arena, progressive, 46000, 46000), 64, &made);
    CHECK(status == LW_INVALID || status == LW_OK);
    printf("# progressive JPEG bomb: %s, %.2f s\n", status ? cx->message : "a picture", (double)(lw_monotonic_us() - start_us) / 1e6);
    CHECK_OK(cx, images_thumbnail(cx, media, images_jpeg(cx->arena, 64, 48), 64, &made));
}

static void check_bad(lw_ctx *cx, lw_media *media)
{
    lw_picture made = {.width = 7};
    lw_text jpeg = images_jpeg(cx->arena, 64, 48), bytes = {0};
    CHECK_FAILS(cx, images_thumbnail(cx, media, (lw_text){0}, 64, &made), LW_INVALID, "empty");
    CHECK_FAILS(cx, images_thumbnail(cx, media, LW_TEXT("this is no.jpg"), 64, &made), LW_INVALID, "text");
    CHECK_FAILS(cx, images_thumbnail(cx, media, images_claim(cx->arena, jpeg, 50000, 50000), 64, &made), LW_TOO_LARGE, "50000 x 50000");
    CHECK_FAILS(cx, images_thumbnail(cx, media, images_png(cx->arena, 50000, 50000, 8, 2, false, NULL, bytes), 64, &made), LW_TOO_LARGE,
                "50000 x 50000");
    CHECK_INT(made.width, 7);
    CHECK_OK(cx, images_thumbnail(cx, media, jpeg, 64, &made));

    /* Every beginning of a file: a picture of what there is, or a reason. */
    VipsImage *image = quarters(cx->arena, 24, 16);
    static const char *const suffixes[] = {".jpg", ".png", ".webp", ".tif", ".gif"};
    for (size_t s = 0; s < LW_COUNT(suffixes); s++) {
        lw_text file = write_as(cx->arena, image, suffixes[s]);
        if (!can_write(suffixes[s], file))
            continue;
        size_t n_wrong = 0, step = file.size / 150 + 1;
        for (size_t n = 0; n < file.size; n += step) {
            lw_status status = images_thumbnail(cx, media, lw_text_slice(file, 0, n), 16, &made);
            if (status != LW_OK && (status != LW_INVALID || strstr(cx->message, "signal")))
                n_wrong += printf("# %s at %zu: %s\n", suffixes[s], n, cx->message) > 0;
        }
        CHECK_INT(n_wrong, 0);
    }
    uint32_t random = 7;
    lw_buf garbage = {0};
    lw_buf_put_text(&garbage, lw_text_slice(jpeg, 0, 400));
    for (int i = 0; i < 20000; i++)
        lw_buf_put_char(&garbage, (char)((random = random * 1664525 + 1013904223) >> 24));
    lw_status status = images_thumbnail(cx, media, lw_buf_text(&garbage), 64, &made);
    CHECK(status == LW_OK || status == LW_INVALID);
    lw_buf_cleanup(&garbage);
    CHECK_OK(cx, images_thumbnail(cx, media, jpeg, 64, &made));
    g_object_unref(image);
}

/* Any answer but a death of the decoder, and no wait. */
static bool is_answered(lw_ctx *cx, lw_media *media, lw_text file)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx inner = {.arena = arena};
    lw_picture made;
    lw_status status = images_thumbnail(&inner, media, file, 32, &made);
    if ((status == LW_OK || status == LW_INVALID || status == LW_TOO_LARGE) && !strstr(inner.message, "signal") && !strstr(inner.message, "seconds"))
        return true;
    printf("# %s: %s\n", lw_status_slug(status), inner.message);
    return false;
}

/* Sound files of each kind with some bytes changed, or a piece taken out, or twice in. */
static void check_mutated(lw_ctx *cx, lw_media *media)
{
    enum { ROUNDS = 30 };
    static const char *const suffixes[] = {
        ".jpg", ".jpg[interlace]", ".png", ".png[interlace]", ".webp", ".webp[lossless]", ".tif", ".tif[compression=lzw]", ".tif[tile,pyramid]",
        ".gif", ".avif",           ".heic"};
    VipsImage *image = quarters(cx->arena, 40, 24);
    uint32_t random = 11;
    size_t n_wrong = 0, n_kinds = 0;
    for (size_t s = 0; s < LW_COUNT(suffixes); s++) {
        lw_text file = write_as(cx->arena, image, suffixes[s]);
        n_kinds += file.size > 0;
        for (int round = 0; file.size && round < ROUNDS; round++) {
            LW_AUTO(lw_buf) buf = {0};
            size_t at[2];
            for (int i = 0; i < 2; i++)
                at[i] = ((random = random * 1664525 + 1013904223) >> 8) % file.size;
            if (round % 3 == 0) { /* from the greater place back to the smaller, or on from there */
                lw_buf_put_text(&buf, lw_text_slice(file, 0, at[0]));
                lw_buf_put_text(&buf, lw_text_slice(file, at[1], file.size));
            } else {
                lw_buf_put_text(&buf, file);
                for (int i = 0; i < 1 + round % 5; i++) {
                    random = random * 1664525 + 1013904223;
                    size_t place = (random >> 8) % (round % 2 && file.size > 200 ? 200 : file.size); /* headers more often */
                    buf.data[place] = (char)(round % 4 == 0 ? 0xff : random >> 3);
                }
            }
            n_wrong += !is_answered(cx, media, lw_buf_text(&buf));
        }
    }
    CHECK(n_kinds >= 8);
    CHECK_INT(n_wrong, 0);
    lw_picture made;
    CHECK_OK(cx, images_thumbnail(cx, media, images_jpeg(cx->arena, 9, 9), 9, &made));
    g_object_unref(image);
}

static lw_text many_frames(lw_arena *arena, int n)
{
    LW_AUTO(lw_buf) gif = {0};
    lw_buf_put_literal(&gif, "GIF89a\4\0\4\0\x80\0\0\0\0\0\xff\xff\xff!\xff\x0bNETSCAPE2.0\3\1\0\0\0");
    for (int i = 0; i < n; i++)
        lw_buf_put_literal(&gif, "!\xf9\4\0\1\0\0\0,\0\0\0\0\4\0\4\0\0\2\4\x84\x8f\x09\5\0");
    lw_buf_put_char(&gif, ';');
    return lw_text_copy(arena, lw_buf_text(&gif));
}

/* Text that is packed a thousand times over. */
static lw_text packed_zeros(lw_arena *arena, lw_text before, size_t size)
{
    uLong room = compressBound(size);
    char *out = lw_alloc(arena, before.size + room), *zeros = lw_heap_new(size);
    memcpy(out, before.data, before.size);
    LW_ASSERT(compress2((Bytef *)out + before.size, &room, (const Bytef *)zeros, size, 9) == Z_OK);
    lw_heap_free(zeros);
    return (lw_text){out, before.size + room};
}

static void check_hostile(lw_ctx *cx, lw_media *media)
{
    enum { MANY_FRAMES = 100000, METADATA_SEGMENTS = 400, PACKED_BYTES = 32 << 20, PACKED_CHUNKS = 12 };
    lw_picture made;
    CHECK_OK(cx, images_thumbnail(cx, media, many_frames(cx->arena, 3), 4, &made));
    CHECK(is_answered(cx, media, many_frames(cx->arena, MANY_FRAMES)));
    lw_text png = images_png(cx->arena, 8, 8, 8, 2, false, NULL, (lw_text){0});
    lw_text text = packed_zeros(cx->arena, LW_TEXT("Comment\0\0"), PACKED_BYTES);
    lw_text international = packed_zeros(cx->arena, LW_TEXT("Comment\0\1\0\0\0"), PACKED_BYTES);
    lw_text profile = packed_zeros(cx->arena, LW_TEXT("icc\0\0"), PACKED_BYTES);
    CHECK(is_answered(cx, media, images_with_chunk(cx->arena, png, "iCCP", profile)));
    for (int i = 0; i < PACKED_CHUNKS; i++)
        png = images_with_chunk(cx->arena, png, i % 2 ? "zTXt" : "iTXt", i % 2 ? text : international);
    CHECK(is_answered(cx, media, png));
    /* 26 MB of metadata are odd, and no reason to refuse a photo */
    lw_text jpeg = images_jpeg(cx->arena, 64, 48), segment = {lw_alloc(cx->arena, 65000), 65000};
    LW_AUTO(lw_buf) long_jpeg = {0};
    lw_buf_put(&long_jpeg, jpeg.data, 2);
    for (int i = 0; i < METADATA_SEGMENTS; i++) {
        lw_buf_put_literal(&long_jpeg, "\xff\xe5\xfd\xea"); /* APP5 */
        lw_buf_put_text(&long_jpeg, segment);
    }
    lw_buf_put_text(&long_jpeg, lw_text_slice(jpeg, 2, jpeg.size));
    CHECK_OK(cx, images_thumbnail(cx, media, lw_buf_text(&long_jpeg), 64, &made));
    CHECK_INT(made.width, 64);
    CHECK_OK(cx, images_thumbnail(cx, media, jpeg, 64, &made));
}

static void check_real(lw_ctx *cx, lw_media *media)
{
    const char *shared = getenv("LW_SHARED");
    char *folder = lw_print(cx->arena, "%s/data/raccoon/images", shared ? shared : "../../shared");
    DIR *list = opendir(folder);
    if (!list) {
        printf("ok %d - real photos # SKIP no folder %s\n", ++tap_count, folder);
        return;
    }
    int n = 0, n_failed = 0;
    int64_t start_us = lw_monotonic_us();
    for (struct dirent *entry; (entry = readdir(list));) {
        LW_AUTO(lw_fd) fd = openat(dirfd(list), entry->d_name, O_RDONLY | O_CLOEXEC);
        lw_picture made;
        if (entry->d_name[0] == '.')
            continue;
        n++;
        if (lw_media_thumbnail(cx, media, fd, 256, &made) != LW_OK)
            n_failed += printf("# %s: %s\n", entry->d_name, cx->message) > 0;
    }
    closedir(list);
    printf("# %d photos, %.0f/s\n", n, n * 1e6 / (double)(lw_monotonic_us() - start_us));
    CHECK(n > 0);
    CHECK_INT(n_failed, 0);
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    if (IMAGES_CANNOT_RUN) {
        printf("ok %d - media # SKIP ThreadSanitizer does not know the locks of glib and libvips\n", ++tap_count);
        return tap_end();
    }
    LW_AUTO(lw_media_auto) media = NULL;
    CHECK_OK(&cx, lw_media_open(&cx, 2, &media));
    LW_ASSERT(VIPS_INIT("media_test") == 0);
    check_orientation(&cx, media);
    check_types(&cx, media);
    check_exotic(&cx, media);
    check_sizes(&cx, media);
    check_bad(&cx, media);
    check_mutated(&cx, media);
    check_hostile(&cx, media);
    check_bombs(&cx, media);
    check_real(&cx, media);
    return tap_end();
}
