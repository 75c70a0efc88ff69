#include "media/probe_source.h"

enum { SEGMENTS = 1000, EOI = 0xd9, SOS = 0xda, APP1 = 0xe1, APP2 = 0xe2 };

static bool is_frame(uint8_t marker) { return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc; }

static void read_app(lw_probe_source *source, uint8_t marker, uint64_t at, uint64_t end, lw_media_info *info)
{
    const uint8_t *name = lw_probe_look(source, at, 14);
    if (!name || end - at < 14)
        return;
    if (marker == APP1 && !info->orientation_at && memcmp(name, "Exif\0", 6) == 0) {
        lw_tiff exif;
        if (lw_tiff_open(&exif, source, at + 6, end - at - 6))
            lw_exif_read(&exif, info);
    } else if (marker == APP2 && memcmp(name, "ICC_PROFILE", 12) == 0 && name[12] == 1) {
        info->has_profile = lw_probe_is_foreign_profile(source, at + 14, end);
    }
}

/* Whether a marker may stand between the scans of one image. */
static bool is_within_scans(uint8_t marker)
{
    return marker == 0 || (marker >= 0xd0 && marker <= 0xd7) || marker == 0xc4 || marker == 0xda || marker == 0xdb || marker == 0xdd ||
           marker == 0xfe || marker == 0xff;
}

/* Half a file ends within its scans. Anything else at the end is the end of the image, or what phones append to it: not cut. */
static bool is_cut(lw_probe_source *source, uint64_t scan_at)
{
    uint64_t at = source->size > LW_PROBE_NEXT_BYTES ? source->size - LW_PROBE_NEXT_BYTES : 0;
    size_t n = LW_PROBE_NEXT_BYTES;
    const uint8_t *tail = lw_probe_look_some(source, at < scan_at ? scan_at : at, source->size, &n);
    for (size_t i = 0; tail && i + 1 < n; i++)
        if (tail[i] == 0xff && !is_within_scans(tail[i + 1]))
            return false;
    return true;
}

lw_status lw_probe_jpeg(lw_ctx *cx, lw_probe_source *source, lw_media_info *info)
{
    uint64_t at = 2;
    for (int i = 0; i < SEGMENTS; i++) {
        const uint8_t *head = lw_probe_look(source, at, 4);
        if (!head)
            break;
        if (head[0] != 0xff)
            return lw_probe_broken(cx, "JPEG", "a segment does not begin where the one before ends");
        uint8_t marker = head[1];
        if (marker == 0xff) { /* padding */
            at++;
            continue;
        }
        if (marker == EOI)
            break;
        uint16_t size = lw_be16(head + 2);
        if (size < 2)
            return lw_probe_broken(cx, "JPEG", "a segment is shorter than its own length");
        uint64_t body = at + 4;
        at += 2 + (uint64_t)size;
        if (marker == SOS) {
            info->is_cut = is_cut(source, at);
            return info->stored_width ? LW_OK : lw_probe_broken(cx, "JPEG", "it gives no size");
        }
        if (is_frame(marker)) {
            const uint8_t *frame = lw_probe_look(source, body, 6);
            if (!frame || size < 8)
                break;
            info->bit_depth = frame[0];
            info->stored_height = lw_be16(frame + 1);
            info->stored_width = lw_be16(frame + 3);
            info->n_channels = frame[5];
        } else if (marker == APP1 || marker == APP2) {
            read_app(source, marker, body, at, info);
        }
    }
    if (!info->stored_width && lw_probe_look(source, at, 4))
        return lw_probe_broken(cx, "JPEG", "more than 1,000 segments stand before its image");
    if (!info->stored_width)
        return lw_probe_cut(cx, source, "JPEG");
    info->is_cut = true;
    return LW_OK;
}
