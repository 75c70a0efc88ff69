#include <turbojpeg.h>

#include "base/buf.h"
#include "media/decoder/decode.h"

typedef tjhandle handle;
static void handle_cleanup(handle *turbo)
{
    if (*turbo)
        tjDestroy(*turbo);
}

static const unsigned char *data(const lw_decode_file *file) { return (const unsigned char *)file->bytes.data; }

/* A warning leaves a picture: cut files show what there is of them, as in a browser. */
static lw_status check(lw_ctx *cx, handle turbo, int result)
{
    if (result == 0 || tjGetErrorCode(turbo) == TJERR_WARNING)
        return LW_OK;
    return lw_fail(cx, LW_INVALID, "cannot decode the JPEG file: %s", tjGetErrorStr2(turbo));
}

/* The smallest of the sizes that the decoder makes for less work (1/8, 1/4, 1/2) and that is not below the one wanted. */
static uint32_t choose_divisor(uint32_t width, uint32_t height, uint32_t want_width, uint32_t want_height)
{
    uint32_t divisor = 8;
    while (divisor > 1 && ((width + divisor - 1) / divisor < want_width || (height + divisor - 1) / divisor < want_height))
        divisor /= 2;
    return divisor;
}

static lw_status decode(lw_ctx *cx, const lw_decode_file *file, uint32_t divisor, int format, lw_pixels *out)
{
    LW_AUTO(handle) turbo = tjInitDecompress();
    if (!turbo)
        return lw_fail(cx, LW_FAILED, "cannot start the JPEG decoder");
    int width = (int)((file->info.stored_width + divisor - 1) / divisor), height = (int)((file->info.stored_height + divisor - 1) / divisor);
    lw_pixels made = {.width = (uint32_t)width, .height = (uint32_t)height, .n_channels = (uint32_t)tjPixelSize[format]};
    made.data = lw_alloc_array(cx->arena, made.height, (size_t)made.width * made.n_channels);
    LW_TRY(check(cx, turbo, tjDecompress2(turbo, data(file), file->bytes.size, made.data, width, 0, height, format, TJFLAG_LIMITSCANS)));
    *out = made;
    return LW_OK;
}

static lw_status encode(lw_ctx *cx, const lw_pixels *pixels, size_t stride, int format, int sampling, int quality, lw_text *out)
{
    LW_AUTO(handle) turbo = tjInitCompress();
    if (!turbo)
        return lw_fail(cx, LW_FAILED, "cannot start the JPEG encoder");
    unsigned long size = tjBufSize((int)pixels->width, (int)pixels->height, sampling);
    if (size == (unsigned long)-1)
        return lw_fail(cx, LW_TOO_LARGE, "cannot write a JPEG of this size");
    unsigned char *bytes = lw_alloc(cx->arena, size);
    LW_TRY(check(cx, turbo,
                 tjCompress2(turbo, pixels->data, (int)pixels->width, (int)stride, (int)pixels->height, format, &bytes, &size, sampling, quality,
                             TJFLAG_NOREALLOC)));
    *out = (lw_text){(const char *)bytes, size};
    return LW_OK;
}

lw_status lw_jpeg_encode(lw_ctx *cx, const lw_pixels *pixels, size_t stride, int quality, lw_text *out)
{
    bool is_grey = pixels->n_channels == 1;
    return encode(cx, pixels, stride, is_grey ? TJPF_GRAY : TJPF_RGB, is_grey ? TJSAMP_GRAY : TJSAMP_420, quality, out);
}

typedef struct header {
    int width, height, sampling, colorspace;
} header;

static lw_status read_header(lw_ctx *cx, const lw_decode_file *file, header *out)
{
    LW_AUTO(handle) turbo = tjInitDecompress();
    if (!turbo)
        return lw_fail(cx, LW_FAILED, "cannot start the JPEG decoder");
    header read = {0};
    LW_TRY(check(cx, turbo, tjDecompressHeader3(turbo, data(file), file->bytes.size, &read.width, &read.height, &read.sampling, &read.colorspace)));
    /* Two parsers that disagree on the size would make one of them write past its buffer. */
    if (read.width != (int)file->info.stored_width || read.height != (int)file->info.stored_height)
        return lw_fail(cx, LW_INVALID, "cannot decode the JPEG file: it gives two sizes");
    *out = read;
    return LW_OK;
}

lw_status lw_jpeg_fit(lw_ctx *cx, const lw_decode_file *file, const lw_fit *fit, lw_decoded *out)
{
    const lw_media_info *info = &file->info;
    header head = {0};
    if (info->has_profile || info->bit_depth != 8 || info->n_channels == 4 || read_header(cx, file, &head) != LW_OK)
        return LW_REFUSED;
    bool is_grey = head.colorspace == TJCS_GRAY;
    if (!is_grey && head.colorspace != TJCS_YCbCr && head.colorspace != TJCS_RGB)
        return LW_REFUSED;
    uint32_t width, height;
    lw_fit_size(info->stored_width, info->stored_height, fit->size_px, &width, &height);
    lw_pixels decoded = {0}, shrunk, upright;
    LW_TRY(decode(cx, file, choose_divisor(info->stored_width, info->stored_height, width, height), is_grey ? TJPF_GRAY : TJPF_RGB, &decoded));
    lw_pixels_shrink(cx, &decoded, width, height, &shrunk);
    lw_pixels_turn(cx, &shrunk, info->orientation, &upright);
    lw_decoded made = {.type = LW_MEDIA_JPEG, .width = upright.width, .height = upright.height, .upright_width = info->width};
    LW_TRY(lw_jpeg_encode(cx, &upright, 0, fit->quality, &made.bytes));
    *out = made;
    return LW_OK;
}

/* Whole blocks are moved about; true when the edges are whole blocks too, so that nothing is lost. */
static bool transform(lw_ctx *cx, const lw_decode_file *file, lw_text *out)
{
    static const int operations[9] = {TJXOP_NONE,      TJXOP_NONE,  TJXOP_HFLIP,      TJXOP_ROT180, TJXOP_VFLIP,
                                      TJXOP_TRANSPOSE, TJXOP_ROT90, TJXOP_TRANSVERSE, TJXOP_ROT270};
    LW_AUTO(handle) turbo = tjInitTransform();
    tjtransform how = {.op = operations[file->info.orientation], .options = TJXOPT_PERFECT};
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    /* A warning here means a damaged file: that is for the decoder, which fills in what is missing. */
    bool is_done = turbo && tjTransform(turbo, data(file), file->bytes.size, 1, &bytes, &size, &how, TJFLAG_LIMITSCANS) == 0;
    if (is_done)
        *out = (lw_text){lw_copy(cx->arena, bytes, size), size};
    tjFree(bytes);
    return is_done;
}

static bool is_metadata(unsigned char marker) { return (marker >= 0xe1 && marker <= 0xef && marker != 0xee) || marker == 0xfe; }

/* `encoded` with the metadata segments of the file behind its first one (JFIF). */
static lw_text join_metadata(lw_ctx *cx, const lw_decode_file *file, lw_text encoded)
{
    const unsigned char *from = data(file), *to = (const unsigned char *)encoded.data;
    size_t head = 2;
    if (encoded.size > 6 && to[2] == 0xff && to[3] == 0xe0)
        head += 2 + (size_t)(to[4] << 8 | to[5]);
    LW_AUTO(lw_buf) joined = {0};
    lw_buf_put(&joined, to, head);
    for (size_t at = 2; at + 4 <= file->bytes.size && from[at] == 0xff && from[at + 1] != 0xda;) {
        size_t size = 2 + (size_t)(from[at + 2] << 8 | from[at + 3]);
        if (from[at + 1] == 0xff) {
            at++;
            continue;
        }
        if (is_metadata(from[at + 1]) && size <= file->bytes.size - at)
            lw_buf_put(&joined, from + at, size);
        at += size;
    }
    lw_buf_put(&joined, to + head, encoded.size - head);
    return lw_text_copy(cx->arena, lw_buf_text(&joined));
}

static lw_status encode_upright(lw_ctx *cx, const lw_decode_file *file, lw_text *out)
{
    header head = {0};
    LW_TRY(read_header(cx, file, &head));
    bool is_grey = head.colorspace == TJCS_GRAY, is_cmyk = head.colorspace == TJCS_CMYK || head.colorspace == TJCS_YCCK;
    int format = is_grey ? TJPF_GRAY : is_cmyk ? TJPF_CMYK : TJPF_RGB;
    int sampling = head.sampling < 0 || head.sampling >= TJ_NUMSAMP ? TJSAMP_444 : head.sampling;
    if (file->info.orientation >= 5) /* what was halved across is now halved down */
        sampling = sampling == TJSAMP_422 ? TJSAMP_440 : sampling == TJSAMP_440 ? TJSAMP_422 : sampling == TJSAMP_411 ? TJSAMP_420 : sampling;
    lw_pixels decoded = {0}, upright;
    lw_text encoded = {0};
    LW_TRY(decode(cx, file, 1, format, &decoded));
    lw_pixels_turn(cx, &decoded, file->info.orientation, &upright);
    LW_TRY(encode(cx, &upright, 0, format, sampling, 95, &encoded));
    *out = join_metadata(cx, file, encoded);
    return LW_OK;
}

/* Orientations are 1 to 8: of its two bytes, in whatever order, one is not zero. */
static lw_status set_upright(lw_ctx *cx, lw_text jpeg)
{
    lw_media_info info;
    LW_TRY(lw_media_probe_memory(cx, jpeg, &info));
    char *value = (char *)jpeg.data + info.orientation_at;
    if (info.orientation_at)
        value[value[0] ? 0 : 1] = 1;
    return LW_OK;
}

lw_status lw_jpeg_upright(lw_ctx *cx, const lw_decode_file *file, lw_decoded *out)
{
    lw_decoded made = {.type = LW_MEDIA_JPEG, .width = file->info.width, .height = file->info.height, .upright_width = file->info.width};
    made.is_lossless = transform(cx, file, &made.bytes);
    if (!made.is_lossless)
        LW_TRY(encode_upright(cx, file, &made.bytes));
    LW_TRY(set_upright(cx, made.bytes));
    *out = made;
    return LW_OK;
}
