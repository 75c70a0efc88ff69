#include "demo/jpeg.h"

#include <turbojpeg.h>

static void tj_cleanup(tjhandle *handle)
{
    if (*handle)
        tjDestroy(*handle);
}

lw_status lw_jpeg_write(lw_ctx *cx, const uint8_t *pixels, int width, int height, int quality, lw_buf *out)
{
    __attribute__((cleanup(tj_cleanup))) tjhandle encoder = tjInitCompress();
    if (!encoder)
        return lw_fail(cx, LW_FAILED, "cannot begin to encode JPEG: %s", tjGetErrorStr2(NULL));
    unsigned long size = tjBufSize(width, height, TJSAMP_420);
    unsigned char *to = (unsigned char *)lw_buf_reserve(out, size);
    if (!to)
        return lw_fail(cx, LW_TOO_LARGE, "a JPEG of %d x %d px is larger than the buffer allows", width, height);
    if (tjCompress2(encoder, pixels, width, 0, height, TJPF_RGB, &to, &size, TJSAMP_420, quality, TJFLAG_NOREALLOC) != 0)
        return lw_fail(cx, LW_FAILED, "cannot encode a JPEG of %d x %d px: %s", width, height, tjGetErrorStr2(encoder));
    out->size += size;
    return LW_OK;
}
