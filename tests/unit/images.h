/* Files in memory for tests of media: small pictures of four colours, and what damages them. */
#pragma once

#include <sys/mman.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "media/media.h"

/* ThreadSanitizer does not know the locks of glib and libvips. */
#if defined(__SANITIZE_THREAD__)
#define IMAGES_CANNOT_RUN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IMAGES_CANNOT_RUN 1
#endif
#endif
#ifndef IMAGES_CANNOT_RUN
#define IMAGES_CANNOT_RUN 0
#endif

/* A descriptor of these bytes; close it. */
static inline int images_fd(lw_text bytes)
{
    int fd = memfd_create("image", MFD_CLOEXEC);
    LW_ASSERT(fd >= 0 && write(fd, bytes.data, bytes.size) == (ssize_t)bytes.size);
    return fd;
}

static inline lw_status images_thumbnail(lw_ctx *cx, lw_media *media, lw_text file, uint32_t size_px, lw_picture *out)
{
    LW_AUTO(lw_fd) fd = images_fd(file);
    return lw_media_thumbnail(cx, media, fd, size_px, out);
}

/* Top left, top right, bottom left, bottom right. */
static const uint8_t images_colours[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};

static inline uint8_t *images_quarters(lw_arena *arena, int width, int height)
{
    uint8_t *pixels = lw_alloc(arena, (size_t)width * height * 3), *at = pixels;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, at += 3)
            memcpy(at, images_colours[(y >= height / 2) * 2 + (x >= width / 2)], 3);
    return pixels;
}

static inline lw_text images_encode(lw_arena *arena, const uint8_t *pixels, int width, int height, int format, int sampling, int flags)
{
    tjhandle turbo = tjInitCompress();
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    LW_ASSERT(tjCompress2(turbo, pixels, width, 0, height, format, &bytes, &size, sampling, 95, flags) == 0);
    lw_text copy = lw_text_copy(arena, (lw_text){(const char *)bytes, size});
    tjFree(bytes);
    tjDestroy(turbo);
    return copy;
}

static inline lw_text images_jpeg(lw_arena *arena, int width, int height)
{
    return images_encode(arena, images_quarters(arena, width, height), width, height, TJPF_RGB, TJSAMP_444, 0);
}

/* An EXIF block with orientation, camera and time. */
static inline lw_text images_exif(lw_arena *arena, int orientation, bool is_little)
{
    LW_AUTO(lw_buf) buf = {0};
    const uint8_t head[2][8] = {{'M', 'M', 0, 42, 0, 0, 0, 8}, {'I', 'I', 42, 0, 8, 0, 0, 0}};
    lw_buf_put(&buf, head[is_little], 8);
#define PUT16(v) lw_buf_put(&buf, is_little ? (uint8_t[2]){(uint8_t)(v), (uint8_t)((v) >> 8)} : (uint8_t[2]){(uint8_t)((v) >> 8), (uint8_t)(v)}, 2)
#define PUT32(v) (is_little ? (PUT16((v)&0xffff), PUT16((v) >> 16)) : (PUT16((v) >> 16), PUT16((v)&0xffff)))
    PUT16(3);
    PUT16(0x110), PUT16(2), PUT32(6), PUT32(50); /* model */
    PUT16(0x112), PUT16(3), PUT32(1), PUT16(orientation), PUT16(0);
    PUT16(0x8769), PUT16(4), PUT32(1), PUT32(56); /* EXIF's own list */
    PUT32(0);
    lw_buf_put(&buf, "CamX1\0", 6);
    PUT16(1);
    PUT16(0x9003), PUT16(2), PUT32(20), PUT32(74); /* taken */
    PUT32(0);
    lw_buf_put(&buf, "2026:01:31 12:34:56", 20);
#undef PUT16
#undef PUT32
    return lw_text_copy(arena, lw_buf_text(&buf));
}

/* The JPEG with a segment behind its start. */
static inline lw_text images_with_segment(lw_arena *arena, lw_text jpeg, uint8_t marker, const char *name, size_t name_size, lw_text body)
{
    LW_AUTO(lw_buf) buf = {0};
    size_t size = 2 + name_size + body.size;
    lw_buf_put(&buf, jpeg.data, 2);
    lw_buf_put(&buf, (uint8_t[4]){0xff, marker, (uint8_t)(size >> 8), (uint8_t)size}, 4);
    lw_buf_put(&buf, name, name_size);
    lw_buf_put_text(&buf, body);
    lw_buf_put(&buf, jpeg.data + 2, jpeg.size - 2);
    return lw_text_copy(arena, lw_buf_text(&buf));
}

static inline lw_text images_turned_jpeg(lw_arena *arena, lw_text jpeg, int orientation, bool is_little)
{
    return images_with_segment(arena, jpeg, 0xe1, "Exif\0", 6, images_exif(arena, orientation, is_little));
}

/* The JPEG with another size in its header: a bomb. */
static inline lw_text images_claim(lw_arena *arena, lw_text jpeg, int width, int height)
{
    lw_text copy = lw_text_copy(arena, jpeg);
    uint8_t *bytes = (uint8_t *)copy.data;
    for (size_t i = 2; i + 9 < copy.size; i++)
        if (bytes[i] == 0xff && (bytes[i + 1] == 0xc0 || bytes[i + 1] == 0xc2)) {
            memcpy(bytes + i + 5, (uint8_t[4]){(uint8_t)(height >> 8), (uint8_t)height, (uint8_t)(width >> 8), (uint8_t)width}, 4);
            break;
        }
    return copy;
}

static inline void images_put_chunk(lw_buf *png, const char *type, const void *data, size_t size)
{
    LW_AUTO(lw_buf) body = {0};
    lw_buf_put(&body, type, 4);
    lw_buf_put(&body, data, size);
    uint32_t crc = ~0U;
    for (size_t i = 0; i < body.size; i++) {
        crc ^= (uint8_t)body.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
    }
    crc = ~crc;
    lw_buf_put(png, (uint8_t[4]){(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size}, 4);
    lw_buf_put_text(png, lw_buf_text(&body));
    lw_buf_put(png, (uint8_t[4]){(uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc}, 4);
}

/* A PNG of a header, the given chunk (type may be NULL), no pixels worth the name, and an end. */
static inline lw_text images_png(lw_arena *arena, uint32_t width, uint32_t height, uint8_t depth, uint8_t colour, bool is_interlaced,
                                 const char *type, lw_text body)
{
    LW_AUTO(lw_buf) png = {0};
    uint8_t head[13] = {(uint8_t)(width >> 24),
                        (uint8_t)(width >> 16),
                        (uint8_t)(width >> 8),
                        (uint8_t)width,
                        (uint8_t)(height >> 24),
                        (uint8_t)(height >> 16),
                        (uint8_t)(height >> 8),
                        (uint8_t)height,
                        depth,
                        colour,
                        0,
                        0,
                        is_interlaced};
    lw_buf_put(&png, "\x89PNG\r\n\x1a\n", 8);
    images_put_chunk(&png, "IHDR", head, sizeof head);
    if (type)
        images_put_chunk(&png, type, body.data, body.size);
    images_put_chunk(&png, "IDAT", "\x78\x9c\x03\x00\x00\x00\x00\x01", 8); /* zlib: nothing */
    images_put_chunk(&png, "IEND", "", 0);
    return lw_text_copy(arena, lw_buf_text(&png));
}

/* The PNG with a chunk behind its header. */
static inline lw_text images_with_chunk(lw_arena *arena, lw_text png, const char *type, lw_text body)
{
    LW_AUTO(lw_buf) buf = {0};
    lw_buf_put(&buf, png.data, 33);
    images_put_chunk(&buf, type, body.data, body.size);
    lw_buf_put(&buf, png.data + 33, png.size - 33);
    return lw_text_copy(arena, lw_buf_text(&buf));
}

/* 24 bits, rows from the bottom. */
static inline lw_text images_bmp(lw_arena *arena, int width, int height)
{
    uint8_t *pixels = images_quarters(arena, width, height);
    uint32_t stride = ((uint32_t)width * 3 + 3) / 4 * 4, size = 54 + stride * (uint32_t)height;
    uint8_t *bmp = lw_alloc(arena, size);
    memcpy(bmp, "BM", 2);
    memcpy(bmp + 2, &size, 4);
    bmp[10] = 54, bmp[14] = 40, bmp[26] = 1, bmp[28] = 24;
    memcpy(bmp + 18, &width, 4);
    memcpy(bmp + 22, &height, 4);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                bmp[54 + (size_t)stride * (height - 1 - y) + 3 * x + c] = pixels[((size_t)y * width + x) * 3 + 2 - c];
    return (lw_text){(const char *)bmp, size};
}
