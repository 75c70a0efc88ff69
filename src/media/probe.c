#include "media/probe.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "media/probe_source.h"

#define WORD(name, word, mime, extension) [name] = word,
#define MIME(name, word, mime, extension) [name] = mime,
#define EXTENSION(name, word, mime, extension) [name] = extension,
static const char *const words[] = {LW_MEDIA_TABLE(WORD)};
static const char *const mimes[] = {LW_MEDIA_TABLE(MIME)};
static const char *const extensions[] = {LW_MEDIA_TABLE(EXTENSION)};

const char *lw_media_type_word(lw_media_type type) { return type < LW_N_MEDIA_TYPES ? words[type] : words[LW_MEDIA_UNKNOWN]; }
const char *lw_media_type_mime(lw_media_type type) { return type < LW_N_MEDIA_TYPES ? mimes[type] : mimes[LW_MEDIA_UNKNOWN]; }
const char *lw_media_type_extension(lw_media_type type) { return type < LW_N_MEDIA_TYPES ? extensions[type] : extensions[LW_MEDIA_UNKNOWN]; }

typedef struct signature {
    const char *bytes;
    uint8_t size, at;
} signature;

#define SIGN(at, literal)                \
    {                                    \
        literal, sizeof(literal) - 1, at \
    }

static const struct parser {
    signature first, second;
    lw_media_type type;
    lw_status (*probe)(lw_ctx *cx, lw_probe_source *source, lw_media_info *info);
} parsers[] = {
    {SIGN(0, "\xff\xd8\xff"), {0}, LW_MEDIA_JPEG, lw_probe_jpeg},
    {SIGN(0, "\x89PNG\r\n\x1a\n"), {0}, LW_MEDIA_PNG, lw_probe_png},
    {SIGN(0, "GIF87a"), {0}, LW_MEDIA_GIF, lw_probe_gif},
    {SIGN(0, "GIF89a"), {0}, LW_MEDIA_GIF, lw_probe_gif},
    {SIGN(0, "RIFF"), SIGN(8, "WEBP"), LW_MEDIA_WEBP, lw_probe_webp},
    {SIGN(0, "II*\0"), {0}, LW_MEDIA_TIFF, lw_probe_tiff},
    {SIGN(0, "MM\0*"), {0}, LW_MEDIA_TIFF, lw_probe_tiff},
    {SIGN(0, "II+\0"), {0}, LW_MEDIA_TIFF, lw_probe_tiff},
    {SIGN(0, "MM\0+"), {0}, LW_MEDIA_TIFF, lw_probe_tiff},
    {SIGN(4, "ftyp"), {0}, LW_MEDIA_HEIC, lw_probe_heif}, /* which may find AVIF, or a video */
    {SIGN(0, "BM"), {0}, LW_MEDIA_BMP, lw_probe_bmp},
};

/* For the message alone: what people take for an image. */
static const struct stranger {
    signature sign;
    const char *word;
} strangers[] = {
    {SIGN(0, "PK\3\4"), "a zip archive"},
    {SIGN(0, "\x1f\x8b"), "gzip-compressed"},
    {SIGN(0, "%PDF"), "a PDF"},
    {SIGN(0, "8BPS"), "a Photoshop file"},
    {SIGN(0, "\xff\x0a"), "JPEG XL"},
    {SIGN(0, "\0\0\0\x0cJXL "), "JPEG XL"},
    {SIGN(0, "\0\0\0\x0cjP  "), "JPEG 2000"},
    {SIGN(128, "DICM"), "DICOM"},
    {SIGN(0, "\x1a\x45\xdf\xa3"), "a video (Matroska or WebM)"},
    {SIGN(8, "AVI "), "a video (AVI)"},
    {SIGN(0, "<svg"), "SVG"},
    {SIGN(0, "<?xml"), "XML"},
    {SIGN(0, "<!DOCTYPE"), "HTML"},
    {SIGN(0, "<html"), "HTML"},
};

static bool is_signed(lw_text head, signature sign)
{
    return head.size >= (size_t)sign.at + sign.size && (!sign.bytes || memcmp(head.data + sign.at, sign.bytes, sign.size) == 0);
}

static bool is_printable(lw_text head)
{
    for (size_t i = 0; i < head.size; i++) {
        unsigned char c = (unsigned char)head.data[i];
        if (c == 0x7f || (c < 0x20 && c != '\n' && c != '\r' && c != '\t'))
            return false;
    }
    return true;
}

static bool is_zeros(lw_text head)
{
    for (size_t i = 0; i < head.size; i++)
        if (head.data[i])
            return false;
    return true;
}

static lw_status fail_stranger(lw_ctx *cx, lw_text head)
{
    if (memmem(head.data, head.size, "<svg", 4) || memmem(head.data, head.size, "<!DOCTYPE svg", 13))
        return lw_fail(cx, LW_INVALID, "not an image that can be read: it is SVG");
    for (size_t i = 0; i < LW_COUNT(strangers); i++)
        if (is_signed(head, strangers[i].sign))
            return lw_fail(cx, LW_INVALID, "not an image that can be read: it is %s", strangers[i].word);
    const char *guess = is_printable(head) ? "it is text" : is_zeros(head) ? "it begins with zeros" : "its first bytes are those of no known format";
    return lw_fail(cx, LW_INVALID, "not an image: %s", guess);
}

const uint8_t *lw_probe_look(lw_probe_source *source, uint64_t at, size_t n)
{
    if (at > source->size || n > source->size - at)
        return NULL;
    if (source->fd < 0)
        return (const uint8_t *)source->whole.data + at;
    if (at >= source->window_at && at - source->window_at <= source->window_size && source->window_size - (at - source->window_at) >= n)
        return source->window + (at - source->window_at);
    LW_ASSERT(n <= LW_PROBE_NEXT_BYTES);
    size_t want = source->n_reads == 0 ? LW_PROBE_FIRST_BYTES : LW_PROBE_NEXT_BYTES;
    source->window_at = at;
    source->window_size = 0;
    while (source->window_size < want && source->n_reads++ < LW_PROBE_READS) {
        ssize_t got = pread(source->fd, source->window + source->window_size, want - source->window_size, (off_t)(at + source->window_size));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        source->window_size += (size_t)got;
        if (source->window_size >= n)
            break;
    }
    return source->window_size >= n ? source->window : NULL;
}

const uint8_t *lw_probe_look_some(lw_probe_source *source, uint64_t at, uint64_t end, size_t *n)
{
    if (end > source->size)
        end = source->size;
    if (at >= end) {
        *n = 0;
        return NULL;
    }
    if (end - at < *n)
        *n = (size_t)(end - at);
    return lw_probe_look(source, at, *n);
}

bool lw_probe_ends_with(lw_probe_source *source, uint64_t from, const char *pattern, size_t pattern_size)
{
    uint64_t at = source->size > LW_PROBE_NEXT_BYTES ? source->size - LW_PROBE_NEXT_BYTES : 0;
    if (at < from)
        at = from;
    size_t n = LW_PROBE_NEXT_BYTES;
    const uint8_t *tail = lw_probe_look_some(source, at, source->size, &n);
    return tail && memmem(tail, n, pattern, pattern_size);
}

bool lw_probe_is_foreign_profile(lw_probe_source *source, uint64_t at, uint64_t end)
{
    static const char wide[] = {0, 's', 0, 'R', 0, 'G', 0, 'B'};
    size_t n = LW_PROBE_NEXT_BYTES;
    const uint8_t *profile = lw_probe_look_some(source, at, end, &n);
    return profile && !memmem(profile, n, "sRGB", 4) && !memmem(profile, n, wide, sizeof wide);
}

lw_status lw_probe_cut(lw_ctx *cx, const lw_probe_source *source, const char *word)
{
    bool is_spent = source->n_reads > LW_PROBE_READS;
    return lw_fail(cx, LW_INVALID, is_spent ? "this %s file has too much metadata before its size" : "the header of this %s file is cut off", word);
}

lw_status lw_probe_broken(lw_ctx *cx, const char *word, const char *what)
{
    return lw_fail(cx, LW_INVALID, "the header of this %s file is broken: %s", word, what);
}

static lw_status finish(lw_ctx *cx, lw_media_info *info)
{
    const char *word = lw_media_type_word(info->type);
    if (info->needs_worker) {
        info->stored_width = info->stored_height = info->width = info->height = 0;
        return LW_OK;
    }
    if (info->stored_width == 0 || info->stored_height == 0)
        return lw_probe_broken(cx, word, "it gives no size");
    if (info->stored_width > LW_LIMIT_IMAGE_SIDE_PX || info->stored_height > LW_LIMIT_IMAGE_SIDE_PX)
        return lw_fail(cx, LW_TOO_LARGE, "an image of %" PRIu32 " x %" PRIu32 " px; the limit is %d px a side", info->stored_width,
                       info->stored_height, LW_LIMIT_IMAGE_SIDE_PX);
    bool is_turned = info->orientation >= 5;
    if (info->width == 0) {
        info->width = is_turned ? info->stored_height : info->stored_width;
        info->height = is_turned ? info->stored_width : info->stored_height;
    }
    return LW_OK;
}

static lw_status probe(lw_ctx *cx, lw_probe_source *source, lw_media_info *out)
{
    if (source->size == 0)
        return lw_fail(cx, LW_INVALID, "the file is empty");
    size_t n = 256;
    const uint8_t *first = lw_probe_look_some(source, 0, source->size, &n);
    if (!first)
        return lw_fail(cx, LW_FAILED, "cannot read the file");
    lw_text head = {(const char *)first, n};
    for (size_t i = 0; i < LW_COUNT(parsers); i++) {
        if (!is_signed(head, parsers[i].first) || !is_signed(head, parsers[i].second))
            continue;
        lw_media_info info = {.type = parsers[i].type, .orientation = 1};
        LW_TRY(parsers[i].probe(cx, source, &info));
        LW_TRY(finish(cx, &info));
        *out = info;
        return LW_OK;
    }
    return fail_stranger(cx, head);
}

lw_status lw_media_probe(lw_ctx *cx, int fd, lw_media_info *out)
{
    struct stat at;
    if (fstat(fd, &at) != 0)
        return lw_fail_errno(cx, errno, "cannot read the file");
    if (!S_ISREG(at.st_mode))
        return lw_fail(cx, LW_INVALID, "not a regular file");
    lw_probe_source source;
    source.fd = fd;
    source.whole = (lw_text){0};
    source.size = (uint64_t)at.st_size;
    source.n_reads = 0;
    source.window_at = source.window_size = 0;
    return probe(cx, &source, out);
}

lw_status lw_media_probe_memory(lw_ctx *cx, lw_text file, lw_media_info *out)
{
    lw_probe_source source;
    source.fd = -1;
    source.whole = file;
    source.size = file.size;
    return probe(cx, &source, out);
}

bool lw_media_needs_preview(const lw_media_info *info)
{
    bool is_shown = info->type == LW_MEDIA_JPEG || info->type == LW_MEDIA_PNG || info->type == LW_MEDIA_GIF || info->type == LW_MEDIA_WEBP ||
                    info->type == LW_MEDIA_BMP || info->type == LW_MEDIA_AVIF;
    bool is_cmyk = info->type == LW_MEDIA_JPEG && info->n_channels == 4;
    /* Browsers hold an image as 4 bytes a pixel, and some refuse a texture above 8192 or 16384. */
    bool is_huge = info->width > LW_LIMIT_PREVIEW_PX || info->height > LW_LIMIT_PREVIEW_PX;
    bool is_deep = info->type != LW_MEDIA_AVIF && info->bit_depth > 8;
    return !is_shown || is_cmyk || is_huge || is_deep || info->needs_worker;
}
