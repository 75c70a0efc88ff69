#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "images.h"
#include "media/probe.h"
#include "tap.h"

static void check_info(lw_ctx *cx, const char *what, lw_text file, lw_media_type type, uint32_t width, uint32_t height)
{
    lw_media_info by_memory = {0}, by_fd = {0};
    LW_AUTO(lw_fd) fd = images_fd(file);
    printf("# %s, %zu bytes\n", what, file.size);
    CHECK_OK(cx, lw_media_probe_memory(cx, file, &by_memory));
    CHECK_OK(cx, lw_media_probe(cx, fd, &by_fd));
    CHECK(memcmp(&by_memory, &by_fd, sizeof by_fd) == 0);
    CHECK_INT(by_fd.type, type);
    CHECK_INT(by_fd.width, width);
    CHECK_INT(by_fd.height, height);
    CHECK(!by_fd.is_cut && !by_fd.needs_worker);
}

/* Every beginning of a good file: read, or refused with a reason; its size is told right or not at all. */
static void check_prefixes(lw_ctx *cx, lw_text file)
{
    lw_media_info whole = {0};
    CHECK_OK(cx, lw_media_probe_memory(cx, file, &whole));
    size_t n_wrong = 0, n_uncut = 0;
    for (size_t n = 0; n < file.size; n++) {
        LW_AUTO(lw_arena_auto) arena = lw_arena_new();
        lw_ctx inner = {.arena = arena};
        lw_text prefix = lw_text_copy(arena, lw_text_slice(file, 0, n)); /* so that a sanitizer sees what is read beyond */
        lw_media_info info = {0};
        lw_status status = lw_media_probe_memory(&inner, prefix, &info);
        if (status == LW_OK ? !info.needs_worker && (info.stored_width != whole.stored_width || info.stored_height != whole.stored_height)
                            : status != LW_INVALID || !inner.message[0])
            n_wrong++;
        if (status == LW_OK && !info.is_cut && n + 1 < file.size)
            n_uncut++;
    }
    CHECK_INT(n_wrong, 0);
    CHECK(n_uncut <= 8); /* the checksum behind PNG's last chunk, JPEG's last byte, … */
}

static void check_turned(lw_ctx *cx)
{
    lw_text jpeg = images_jpeg(cx->arena, 64, 48);
    for (int orientation = 1; orientation <= 8; orientation++) {
        bool is_turned = orientation >= 5;
        for (int is_little = 0; is_little < 2; is_little++) {
            lw_text turned = images_turned_jpeg(cx->arena, jpeg, orientation, is_little);
            check_info(cx, "turned JPEG", turned, LW_MEDIA_JPEG, is_turned ? 48 : 64, is_turned ? 64 : 48);
            lw_media_info info = {0};
            CHECK_OK(cx, lw_media_probe_memory(cx, turned, &info));
            CHECK_INT(info.orientation, orientation);
            CHECK_INT(info.stored_width, 64);
            CHECK_TEXT(lw_text_from(info.camera), "CamX1");
            CHECK_TEXT(lw_text_from(info.taken), "2026-01-31T12:34:56");
        }
    }
    lw_text png = images_png(cx->arena, 30, 20, 8, 2, false, "eXIf", images_exif(cx->arena, 6, true));
    check_info(cx, "turned PNG", png, LW_MEDIA_PNG, 20, 30);
    lw_text odd = images_turned_jpeg(cx->arena, jpeg, 9, true);
    check_info(cx, "an orientation that does not exist", odd, LW_MEDIA_JPEG, 64, 48);
}

static void check_types(lw_ctx *cx)
{
    check_info(cx, "JPEG", images_jpeg(cx->arena, 33, 17), LW_MEDIA_JPEG, 33, 17);
    check_info(cx, "PNG", images_png(cx->arena, 300, 200, 16, 0, false, NULL, (lw_text){0}), LW_MEDIA_PNG, 300, 200);
    check_info(cx, "GIF", LW_TEXT("GIF89a\x20\x00\x10\x00\x80\x00\x00\0\0\0\xff\xff\xff,\0\0\0\0\x20\0\x10\0\0\x02\x02\x44\x01\0;"), LW_MEDIA_GIF, 32,
               16);
    check_info(cx, "BMP", images_bmp(cx->arena, 5, 4), LW_MEDIA_BMP, 5, 4);
    check_info(cx, "WebP, lossy", LW_TEXT("RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\x10\x02\0\x9d\x01\x2a\x40\x01\xf0\x00"), LW_MEDIA_WEBP, 320, 240);
    check_info(cx, "WebP, lossless", LW_TEXT("RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f\x3f\xc1\x3b\0\0\0\0\0\0"), LW_MEDIA_WEBP, 320, 240);
    check_info(cx, "TIFF", LW_TEXT("II*\0\x08\0\0\0\x02\0\0\x01\x03\0\1\0\0\0\x40\x01\0\0\x01\x01\x03\0\1\0\0\0\xf0\0\0\0\0\0\0\0"), LW_MEDIA_TIFF,
               320, 240);
    lw_text avif = LW_TEXT("\0\0\0\x18"
                           "ftypavif\0\0\0\0mif1avif"
                           "\0\0\0\x46"
                           "meta\0\0\0\0"
                           "\0\0\0\x3a"
                           "iprp"
                           "\0\0\0\x32"
                           "ipco"
                           "\0\0\0\x14"
                           "ispe\0\0\0\0\0\0\1\x40\0\0\0\xf0"
                           "\0\0\0\x09"
                           "irot\1"
                           "\0\0\0\x0d"
                           "pixi\0\0\0\0\1");
    check_info(cx, "AVIF, a quarter turned", avif, LW_MEDIA_AVIF, 240, 320);
    lw_media_info info = {0};
    CHECK_OK(cx, lw_media_probe_memory(cx, LW_TEXT("II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"), &info));
    CHECK(info.needs_worker && info.type == LW_MEDIA_TIFF);
}

static void check_details(lw_ctx *cx)
{
    lw_media_info info = {0};
    lw_text jpeg = images_jpeg(cx->arena, 64, 48);
    CHECK_OK(cx, lw_media_probe_memory(cx, jpeg, &info));
    CHECK(!lw_media_needs_preview(&info) && !info.has_profile);
    CHECK_INT(info.bit_depth, 8);
    CHECK_INT(info.n_channels, 3);
    lw_text named = lw_text_print(cx->arena, "%0100d Display P3", 0), srgb = lw_text_print(cx->arena, "%0100d sRGB", 0);
    CHECK_OK(cx, lw_media_probe_memory(cx, images_with_segment(cx->arena, jpeg, 0xe2, "ICC_PROFILE\0\1\1", 14, named), &info));
    CHECK(info.has_profile);
    CHECK_OK(cx, lw_media_probe_memory(cx, images_with_segment(cx->arena, jpeg, 0xe2, "ICC_PROFILE\0\1\1", 14, srgb), &info));
    CHECK(!info.has_profile);
    CHECK_OK(cx, lw_media_probe_memory(cx, images_png(cx->arena, 300, 200, 16, 0, false, NULL, (lw_text){0}), &info));
    CHECK(lw_media_needs_preview(&info));
    CHECK_OK(cx, lw_media_probe_memory(cx, images_png(cx->arena, 9000, 200, 8, 2, false, NULL, (lw_text){0}), &info));
    CHECK(lw_media_needs_preview(&info));
    /* Segments before the size that are longer than any window: the walk jumps over them. */
    lw_text far = jpeg;
    for (int i = 0; i < 5; i++)
        far = images_with_segment(cx->arena, far, 0xe5, "", 0, (lw_text){lw_alloc(cx->arena, 60000), 60000});
    check_info(cx, "the size behind 300 kB", far, LW_MEDIA_JPEG, 64, 48);
    /* A phone's video behind the picture is no cut; half a picture is. */
    uint8_t *video = lw_alloc(cx->arena, 200000);
    for (size_t i = 0; i < 200000; i++)
        video[i] = (uint8_t)(i * 2654435761U >> 11);
    LW_AUTO(lw_buf) phone = {0};
    lw_buf_put_text(&phone, jpeg);
    lw_buf_put(&phone, video, 200000);
    check_info(cx, "a video behind it", lw_buf_text(&phone), LW_MEDIA_JPEG, 64, 48);
    CHECK_OK(cx, lw_media_probe_memory(cx, lw_text_slice(jpeg, 0, jpeg.size - 100), &info));
    CHECK(info.is_cut);
}

static void check_refusals(lw_ctx *cx)
{
    lw_media_info info = {.width = 77};
    lw_text jpeg = images_jpeg(cx->arena, 64, 48);
    CHECK_FAILS(cx, lw_media_probe_memory(cx, (lw_text){0}, &info), LW_INVALID, "empty");
    CHECK_FAILS(cx, lw_media_probe_memory(cx, LW_TEXT("hello, I am a.jpg\n"), &info), LW_INVALID, "it is text");
    CHECK_FAILS(cx,
                lw_media_probe_memory(
                    cx, LW_TEXT("<?xml version=\"1.0\"?>\n<!DOCTYPE svg [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<svg>&b;</svg>"), &info),
                LW_INVALID, "it is SVG");
    CHECK_FAILS(cx, lw_media_probe_memory(cx, LW_TEXT("<?xml version=\"1.0\"?>\n<annotation/>"), &info), LW_INVALID, "it is XML");
    CHECK_FAILS(cx, lw_media_probe_memory(cx, LW_TEXT("PK\3\4abcdefgh"), &info), LW_INVALID, "zip");
    CHECK_FAILS(cx, lw_media_probe_memory(cx, LW_TEXT("\0\0\0\0\0\0\0\0"), &info), LW_INVALID, "zeros");
    CHECK_FAILS(cx,
                lw_media_probe_memory(cx,
                                      LW_TEXT("\0\0\0\x18"
                                              "ftypisom\0\0\0\0mp42isom"),
                                      &info),
                LW_INVALID, "video");
    CHECK_FAILS(cx, lw_media_probe_memory(cx, LW_TEXT("BM, said the text\n and went on until it was long enough"), &info), LW_INVALID, "BMP");
    CHECK_FAILS(cx, lw_media_probe_memory(cx, lw_text_slice(jpeg, 0, 20), &info), LW_INVALID, "cut off");
    CHECK_FAILS(cx, lw_media_probe_memory(cx, images_claim(cx->arena, jpeg, 0, 0), &info), LW_INVALID, "no size");
    CHECK_FAILS(cx, lw_media_probe_memory(cx, images_png(cx->arena, 70000, 5, 8, 2, false, NULL, (lw_text){0}), &info), LW_TOO_LARGE, "70000 x 5");
    CHECK_INT(info.width, 77);
    LW_AUTO(lw_fd) folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_FAILS(cx, lw_media_probe(cx, folder, &info), LW_INVALID, "not a regular file");
}

/* Good headers with bytes changed, and garbage behind each signature: any answer but a crash. */
static void check_garbage(lw_ctx *cx)
{
    lw_text seeds[] = {
        images_turned_jpeg(cx->arena, images_jpeg(cx->arena, 16, 16), 6, false),
        images_png(cx->arena, 30, 20, 8, 2, false, "eXIf", images_exif(cx->arena, 6, true)),
        images_bmp(cx->arena, 5, 4),
        LW_TEXT("RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\x38\0\0\0\x3f\1\0\xef\0\0EXIF\x10\0\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"),
        LW_TEXT("\0\0\0\x18"
                "ftypavif\0\0\0\0mif1avif"
                "\0\0\0\x46"
                "meta\0\0\0\0"
                "\0\0\0\x3a"
                "iprp"
                "\0\0\0\x32"
                "ipco"
                "\0\0\0\x14"
                "ispe\0\0\0\0\0\0\1\x40\0\0\0\xf0"
                "\0\0\0\x09"
                "irot\1"
                "\0\0\0\x0d"
                "pixi\0\0\0\0\1"),
        images_exif(cx->arena, 3, true)};
    uint32_t random = 1;
    int n_read = 0;
    for (size_t s = 0; s < LW_COUNT(seeds); s++) {
        for (int round = 0; round < 3000; round++) {
            LW_AUTO(lw_arena_auto) arena = lw_arena_new();
            lw_ctx inner = {.arena = arena};
            lw_text copy = lw_text_copy(arena, seeds[s]);
            for (int i = 0; i < 1 + round % 8; i++) {
                random = random * 1664525 + 1013904223;
                ((char *)copy.data)[(random >> 8) % copy.size] = (char)(round % 3 == 0 ? 0xff : random >> 3);
            }
            lw_media_info info = {0};
            n_read += lw_media_probe_memory(&inner, copy, &info) == LW_OK;
        }
    }
    CHECK(n_read > 1000);
}

static void check_real(lw_ctx *cx)
{
    const char *shared = getenv("LW_SHARED");
    char *folder = lw_print(cx->arena, "%s/data/raccoon/images", shared ? shared : "../../shared"); /* tests run in the build folder */
    DIR *list = opendir(folder);
    if (!list) {
        printf("ok %d - real photos # SKIP no folder %s\n", ++tap_count, folder);
        return;
    }
    int n = 0, n_failed = 0;
    int64_t start_us = lw_monotonic_us();
    for (struct dirent *entry; (entry = readdir(list));) {
        if (entry->d_name[0] == '.')
            continue;
        LW_AUTO(lw_fd) fd = openat(dirfd(list), entry->d_name, O_RDONLY | O_CLOEXEC);
        lw_media_info info = {0};
        n++;
        if (lw_media_probe(cx, fd, &info) != LW_OK || info.is_cut || !info.width)
            n_failed += printf("# %s: %s\n", entry->d_name, cx->message) > 0;
    }
    printf("# %d photos, %d us each\n", n, (int)((lw_monotonic_us() - start_us) / (n ? n : 1)));
    closedir(list);
    CHECK(n > 0);
    CHECK_INT(n_failed, 0);
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    check_types(&cx);
    check_turned(&cx);
    check_details(&cx);
    check_refusals(&cx);
    check_prefixes(&cx, images_turned_jpeg(arena, images_jpeg(arena, 64, 48), 6, true));
    check_prefixes(&cx, images_png(arena, 30, 20, 8, 2, false, "eXIf", images_exif(arena, 6, true)));
    check_prefixes(&cx, images_bmp(arena, 5, 4));
    check_garbage(&cx);
    check_real(&cx);
    return tap_end();
}
