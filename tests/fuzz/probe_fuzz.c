/* Image headers: anything is read or refused with a message, the same from memory as from a file, and what is read makes sense. */
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "media/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool makes_sense(const lw_media_info *info, size_t size)
{
    bool has_size = info->width && info->height && info->stored_width && info->stored_height;
    bool is_turned = info->width == info->stored_height && info->height == info->stored_width;
    bool is_kept = info->width == info->stored_width && info->height == info->stored_height;
    return info->type > LW_MEDIA_UNKNOWN && info->type < LW_N_MEDIA_TYPES && info->orientation >= 1 && info->orientation <= 8 &&
           (info->needs_worker ? !info->width : has_size && (is_turned || is_kept)) && info->stored_width <= LW_LIMIT_IMAGE_SIDE_PX &&
           info->stored_height <= LW_LIMIT_IMAGE_SIDE_PX && info->orientation_at < (size ? size : 1) && lw_text_is_utf8(lw_text_from(info->camera)) &&
           (strlen(info->taken) == 0 || strlen(info->taken) == 19);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena}, cx_again = {.arena = arena};
    lw_media_info info = {0}, again = {0};
    lw_status status = lw_media_probe_memory(&cx, (lw_text){(const char *)data, size}, &info);
    if (status == LW_OK)
        LW_ASSERT(makes_sense(&info, size));
    else
        LW_ASSERT((status == LW_INVALID || status == LW_TOO_LARGE) && cx.message[0] && info.type == LW_MEDIA_UNKNOWN);
    LW_AUTO(lw_fd) fd = memfd_create("image", MFD_CLOEXEC);
    LW_ASSERT(fd >= 0 && lw_fd_write(&cx_again, fd, data, size) == LW_OK);
    /* A file is read in at most LW_PROBE_READS pieces, which only a long one can need. */
    if (size < 256 << 10)
        LW_ASSERT(lw_media_probe(&cx_again, fd, &again) == status && memcmp(&again, &info, sizeof info) == 0);
    return 0;
}
