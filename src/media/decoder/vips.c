#include <unistd.h>
#include <vips/vips.h>

#include "base/limits.h"
#include "media/decoder/decode.h"
#include "media/protocol.h"
#include "media/tiles.h"

typedef VipsImage *image;
static void image_cleanup(image *of)
{
    if (*of)
        g_object_unref(*of);
}

/* libvips' first line says enough: "pngload_buffer: out of memory". */
static lw_status fail_vips(lw_ctx *cx, const lw_media_info *info)
{
    lw_text words = lw_text_trim(lw_text_from(vips_error_buffer())), rest;
    lw_text_split(words, '\n', &words, &rest);
    lw_fail(cx, LW_INVALID, "cannot decode the %s file: %.*s", lw_media_type_word(info->type), LW_FMT(words));
    vips_error_clear();
    return LW_INVALID;
}

/* Nobody reads warnings of damaged files. What GLib ends a process for is memory that it does not get. */
static void hear(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer of)
{
    if (level & G_LOG_FLAG_FATAL)
        _exit(LW_DECODE_NO_MEMORY);
}

lw_status lw_vips_start(lw_ctx *cx)
{
    g_log_set_default_handler(hear, NULL);
    if (VIPS_INIT("lw-media") != 0)
        return lw_fail(cx, LW_FAILED, "%s", vips_error_buffer());
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_block_untrusted_set(TRUE);
    /* Loads what the sandbox would keep it from loading later (libheif's codecs, gconv). */
    static const char nothing[] = "\0\0\0\x1c"
                                  "ftypavif\0\0\0\0avifmif1miaf";
    image opened = vips_image_new_from_buffer(nothing, sizeof nothing - 1, "", NULL);
    image_cleanup(&opened);
    vips_error_clear();
    return LW_OK;
}

static lw_status open_image(lw_ctx *cx, const lw_decode_file *file, bool is_sequential, image *out)
{
    image opened;
    if (file->info.type == LW_MEDIA_BMP) {
        lw_pixels pixels;
        LW_TRY(lw_bmp_read(cx, file, &pixels));
        size_t size = (size_t)pixels.width * pixels.height * pixels.n_channels;
        opened = vips_image_new_from_memory(pixels.data, size, (int)pixels.width, (int)pixels.height, (int)pixels.n_channels, VIPS_FORMAT_UCHAR);
        if (opened)
            opened->Type = VIPS_INTERPRETATION_sRGB;
    } else {
        opened = vips_image_new_from_buffer(file->bytes.data, file->bytes.size, "", "access",
                                            is_sequential ? VIPS_ACCESS_SEQUENTIAL : VIPS_ACCESS_RANDOM, NULL);
    }
    if (!opened)
        return fail_vips(cx, &file->info);
    if ((int64_t)opened->Xsize * opened->Ysize > LW_LIMIT_IMAGE_PIXELS) {
        lw_status status = lw_fail(cx, LW_TOO_LARGE, "cannot decode an image of %d x %d px: too large", opened->Xsize, opened->Ysize);
        image_cleanup(&opened);
        return status;
    }
    *out = opened;
    return LW_OK;
}

lw_status lw_vips_probe(lw_ctx *cx, lw_text bytes, lw_media_info *info)
{
    lw_decode_file file = {.bytes = bytes, .info = *info};
    LW_AUTO(image) opened = NULL;
    LW_TRY(open_image(cx, &file, true, &opened));
    info->orientation = (uint8_t)vips_image_get_orientation(opened);
    bool is_turned = info->orientation >= 5;
    info->stored_width = (uint32_t)opened->Xsize;
    info->stored_height = (uint32_t)opened->Ysize;
    info->width = is_turned ? info->stored_height : info->stored_width;
    info->height = is_turned ? info->stored_width : info->stored_height;
    info->bit_depth = (uint8_t)(vips_format_sizeof(opened->BandFmt) * 8);
    info->n_channels = opened->Bands > 255 ? 255 : (uint8_t)opened->Bands;
    info->needs_worker = false;
    return LW_OK;
}

/* Measured values rather than colours: 12 bits in 16, floats, depth in millimetres. */
static bool is_measured(const VipsImage *of)
{
    bool is_colour = of->Type == VIPS_INTERPRETATION_RGB16 || of->Type == VIPS_INTERPRETATION_CMYK || of->Type == VIPS_INTERPRETATION_LAB ||
                     of->Type == VIPS_INTERPRETATION_LABS || of->Type == VIPS_INTERPRETATION_scRGB;
    return of->BandFmt != VIPS_FORMAT_UCHAR && !is_colour;
}

/* Steps for a result that ends a chain: each takes the image and gives the next, or fails. */
static bool step(image *at, int failed, image *next)
{
    if (failed)
        return false;
    image_cleanup(at);
    *at = *next;
    return true;
}

/* As the header's orientation says: libvips' own loaders miss some. */
static bool turn(image *at, int orientation)
{
    image next = NULL;
    if (!step(at, vips_copy(*at, &next, NULL), &next))
        return false;
    vips_image_set_int(*at, VIPS_META_ORIENTATION, orientation);
    return step(at, vips_autorot(*at, &next, NULL), &next);
}

static bool hold(image *at)
{
    image next = vips_image_copy_memory(*at);
    return step(at, !next, &next);
}

/* What a measured value becomes: the darkest 0, the brightest 255. */
typedef struct stretch {
    double factor, offset;
} stretch;

static bool find_stretch(image of, stretch *out)
{
    LW_AUTO(image) stats = NULL;
    if (vips_stats(of, &stats, NULL) != 0)
        return false;
    double darkest = *VIPS_MATRIX(stats, 0, 0), brightest = *VIPS_MATRIX(stats, 1, 0);
    out->factor = brightest > darkest && isfinite(brightest - darkest) ? 255 / (brightest - darkest) : 0;
    out->offset = 0.5 - darkest * out->factor;
    return true;
}

static bool apply_stretch(image *at, const stretch *by)
{
    image next = NULL;
    VipsInterpretation shown = (*at)->Bands == 3 ? VIPS_INTERPRETATION_sRGB : VIPS_INTERPRETATION_B_W;
    return step(at, vips_linear1(*at, &next, by->factor, by->offset, "uchar", TRUE, NULL), &next) &&
           step(at, vips_copy(*at, &next, "interpretation", shown, NULL), &next);
}

static bool keep_measured_bands(image *at)
{
    image next = NULL;
    return step(at, vips_extract_band(*at, &next, 0, "n", (*at)->Bands >= 3 ? 3 : 1, NULL), &next);
}

static bool fit_measured(image *at, uint32_t size_px, stretch *out)
{
    image next = NULL;
    uint32_t width, height;
    if (!keep_measured_bands(at))
        return false;
    lw_fit_size((uint32_t)(*at)->Xsize, (uint32_t)(*at)->Ysize, size_px, &width, &height);
    double across = (double)width / (*at)->Xsize, down = (double)height / (*at)->Ysize;
    return step(at, vips_resize(*at, &next, across, "vscale", down, "kernel", VIPS_KERNEL_LINEAR, NULL), &next) && hold(at) &&
           find_stretch(*at, out) && apply_stretch(at, out);
}

/* Into sRGB or grey; the rows are made as they are asked for. */
static bool fit_colours(const lw_decode_file *file, image *at, int size, bool shrinks_on_load)
{
    image next = NULL;
    bool has_profile = vips_image_get_typeof(*at, VIPS_META_ICC_NAME) || (*at)->Type == VIPS_INTERPRETATION_CMYK;
    const char *option = has_profile ? "export_profile" : NULL; /* without a profile, the detour by one would shift colours */
    int failed;
    if (shrinks_on_load) /* opens the file again */
        failed = vips_thumbnail_buffer((void *)file->bytes.data, file->bytes.size, &next, size, "height", size, "size", VIPS_SIZE_DOWN, "no_rotate",
                                       TRUE, option, "srgb", NULL);
    else
        failed = vips_thumbnail_image(*at, &next, size, "height", size, "size", VIPS_SIZE_DOWN, "no_rotate", TRUE, option, "srgb", NULL);
    return step(at, failed, &next);
}

static bool flatten(image *at)
{
    if (!vips_image_hasalpha(*at))
        return true;
    image next = NULL;
    VipsArrayDouble *white = vips_array_double_newv(1, 255.0);
    int failed = vips_flatten(*at, &next, "background", white, NULL);
    vips_area_unref(VIPS_AREA(white));
    return step(at, failed, &next);
}

static bool save(lw_ctx *cx, image *at, const lw_fit *fit, lw_decoded *out)
{
    void *data = NULL;
    size_t size = 0;
    bool is_png = fit->keeps_alpha && vips_image_hasalpha(*at);
    if (!is_png && !flatten(at))
        return false;
    int failed = is_png ? vips_pngsave_buffer(*at, &data, &size, "strip", TRUE, "compression", 3, NULL)
                        : vips_jpegsave_buffer(*at, &data, &size, "strip", TRUE, "Q", fit->quality, NULL);
    if (failed)
        return false;
    out->type = is_png ? LW_MEDIA_PNG : LW_MEDIA_JPEG;
    out->width = (uint32_t)(*at)->Xsize;
    out->height = (uint32_t)(*at)->Ysize;
    out->bytes = (lw_text){lw_copy(cx->arena, data, size), size};
    g_free(data);
    return true;
}

lw_status lw_vips_fit(lw_ctx *cx, const lw_decode_file *file, const lw_fit *fit, lw_decoded *out)
{
    LW_AUTO(image) at = NULL;
    LW_TRY(open_image(cx, file, true, &at));
    lw_decoded made = {.upright_width = file->info.width};
    lw_media_type type = file->info.type;
    bool shrinks_on_load = type == LW_MEDIA_JPEG || type == LW_MEDIA_WEBP || type == LW_MEDIA_AVIF || type == LW_MEDIA_HEIC;
    stretch by;
    bool is_fitted = is_measured(at) ? fit_measured(&at, fit->size_px, &by) : fit_colours(file, &at, (int)fit->size_px, shrinks_on_load) && hold(&at);
    if (!is_fitted || !turn(&at, file->info.orientation) || !save(cx, &at, fit, &made))
        return fail_vips(cx, &file->info);
    *out = made;
    return LW_OK;
}

static int put_rows(VipsRegion *region, VipsRect *area, void *to)
{
    const lw_rows *rows = to;
    for (int y = area->top; y < area->top + area->height; y++)
        if (!rows->put(rows->to, VIPS_REGION_ADDR(region, 0, y)))
            return -1;
    return 0;
}

/* The stretch of a preview, so that nothing changes its brightness where tiles take its place. */
static bool show_measured(lw_ctx *cx, const lw_decode_file *file, image *at)
{
    LW_AUTO(image) small = NULL;
    stretch by;
    return open_image(cx, file, true, &small) == LW_OK && fit_measured(&small, LW_TILED_PREVIEW_PX, &by) && keep_measured_bands(at) &&
           apply_stretch(at, &by);
}

lw_status lw_vips_rows(lw_ctx *cx, const lw_decode_file *file, const lw_rows *rows)
{
    LW_AUTO(image) at = NULL;
    bool is_upright = file->info.orientation == 1;
    LW_TRY(open_image(cx, file, is_upright, &at));
    bool is_shown = is_measured(at) ? show_measured(cx, file, &at) : fit_colours(file, &at, LW_LIMIT_IMAGE_SIDE_PX, false);
    if (!is_shown || !flatten(&at) || (!is_upright && !(hold(&at) && turn(&at, file->info.orientation))))
        return fail_vips(cx, &file->info);
    LW_TRY(rows->begin(cx, rows->to, (uint32_t)at->Xsize, (uint32_t)at->Ysize, (uint32_t)at->Bands));
    return vips_sink_disc(at, put_rows, (void *)rows) == 0 ? LW_OK : fail_vips(cx, &file->info);
}

lw_status lw_vips_upright(lw_ctx *cx, const lw_decode_file *file, lw_decoded *out)
{
    const char *suffix = file->info.type == LW_MEDIA_PNG    ? ".png"
                         : file->info.type == LW_MEDIA_TIFF ? ".tif"
                         : file->info.type == LW_MEDIA_WEBP ? ".webp[Q=95]"
                                                            : NULL;
    if (!suffix)
        return lw_fail(cx, LW_INVALID, "cannot write a %s file upright", lw_media_type_word(file->info.type));
    LW_AUTO(image) at = NULL;
    LW_TRY(open_image(cx, file, false, &at));
    void *data = NULL;
    size_t size = 0;
    if (!turn(&at, file->info.orientation) || vips_image_write_to_buffer(at, suffix, &data, &size, NULL) != 0)
        return fail_vips(cx, &file->info);
    *out = (lw_decoded){.bytes = {lw_copy(cx->arena, data, size), size},
                        .type = file->info.type,
                        .width = (uint32_t)at->Xsize,
                        .height = (uint32_t)at->Ysize,
                        .upright_width = (uint32_t)at->Xsize,
                        .is_lossless = file->info.type != LW_MEDIA_WEBP};
    g_free(data);
    return LW_OK;
}
