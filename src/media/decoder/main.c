/* lw-media: makes pictures out of untrusted files for lw, which it is started by; see media/media.h and media/protocol.h. */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "media/decoder/decode.h"
#include "media/decoder/sandbox.h"
#include "media/protocol.h"
#include "media/tiles.h"

enum { GRACE_MS = 2000, TRIM_PIXELS = 16 << 20 };

/* SIGALRM ends the process: the client kills it first, unless there is no client any more. */
static void set_alarm(uint32_t ms)
{
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}}, NULL);
}

/* Waits for a request; false: it is time to leave. */
static bool receive(lw_decode_request *request, lw_fd *file)
{
    struct pollfd wait = {.fd = LW_DECODE_SOCKET, .events = POLLIN};
    if (poll(&wait, 1, LW_DECODE_IDLE_MS) <= 0)
        return false;
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    struct iovec part = {request, sizeof *request};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    if (recvmsg(LW_DECODE_SOCKET, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL) != (ssize_t)sizeof *request)
        return false;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (!head || head->cmsg_type != SCM_RIGHTS || head->cmsg_len != CMSG_LEN(sizeof(int)))
        return false;
    memcpy(file, CMSG_DATA(head), sizeof(int));
    return request->magic == LW_DECODE_MAGIC;
}

static bool transmit(const void *data, size_t size)
{
    const char *at = data;
    while (size) {
        ssize_t put = send(LW_DECODE_SOCKET, at, size, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        size -= (size_t)put;
    }
    return true;
}

static bool send_answer(lw_decode_answer head, lw_text bytes)
{
    head.magic = LW_DECODE_MAGIC;
    head.n_bytes = bytes.size;
    return transmit(&head, sizeof head) && transmit(bytes.data, bytes.size);
}

static bool send_tile(uint32_t level, uint32_t column, uint32_t row, const lw_decoded *tile)
{
    lw_decode_answer head = {.status = LW_OK,
                             .type = tile->type,
                             .width = tile->width,
                             .height = tile->height,
                             .upright_width = tile->upright_width,
                             .level = level,
                             .column = column,
                             .row = row};
    return send_answer(head, tile->bytes);
}

typedef lw_text mapping;
static void mapping_cleanup(mapping *map)
{
    if (map->data)
        munmap((void *)map->data, map->size);
}

/* A file that shrinks while it is read ends this process (SIGBUS), and costs one request. */
static lw_status map_file(lw_ctx *cx, int fd, mapping *out)
{
    struct stat at;
    if (fstat(fd, &at) != 0)
        return lw_fail_errno(cx, errno, "cannot read the file");
    if (at.st_size > LW_LIMIT_DECODE_BYTES)
        return lw_fail(cx, LW_TOO_LARGE, "cannot decode a file of %lld bytes; the limit is %d", (long long)at.st_size, LW_LIMIT_DECODE_BYTES);
    void *data = mmap(NULL, (size_t)at.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return lw_fail_errno(cx, errno, "cannot read the file");
    *out = (mapping){data, (size_t)at.st_size};
    return LW_OK;
}

#ifdef LW_MEDIA_TEST
/* What a hostile file may make of the decoder. */
static void misbehave(lw_text bytes)
{
    if (lw_text_ends(bytes, "TEST-CRASH"))
        raise(SIGTRAP); /* which no sanitizer catches */
    while (lw_text_ends(bytes, "TEST-HANG"))
        pause();
    if (lw_text_ends(bytes, "TEST-ESCAPE"))
        _exit(access("/etc/passwd", R_OK) == 0 || socket(AF_INET, SOCK_STREAM, 0) >= 0 || fork() >= 0 ? 77 : 78);
    while (lw_text_ends(bytes, "TEST-SWELL"))
        lw_heap_new(64 << 20);
}
#else
static void misbehave(lw_text bytes) {}
#endif

static lw_status decode(lw_ctx *cx, const lw_decode_request *request, lw_decode_file *file, lw_decoded *out)
{
    switch (request->task) {
    case LW_DECODE_PROBE: *out = (lw_decoded){0}; return LW_OK;
    case LW_DECODE_THUMBNAIL:
    case LW_DECODE_PREVIEW: {
        bool is_preview = request->task == LW_DECODE_PREVIEW;
        bool has_tiles = lw_has_tiles(file->info.width, file->info.height); /* which know no transparency */
        lw_fit fit = {.size_px = request->size_px, .quality = is_preview ? 88 : 80, .keeps_alpha = is_preview && !has_tiles};
        lw_status status = file->info.type == LW_MEDIA_JPEG ? lw_jpeg_fit(cx, file, &fit, out) : LW_REFUSED;
        return status == LW_REFUSED ? lw_vips_fit(cx, file, &fit, out) : status;
    }
    case LW_DECODE_UPRIGHT:
        if (file->info.orientation == 1)
            return lw_fail(cx, LW_INVALID, "the image is upright already");
        return file->info.type == LW_MEDIA_JPEG ? lw_jpeg_upright(cx, file, out) : lw_vips_upright(cx, file, out);
    case LW_DECODE_TILES: *out = (lw_decoded){0}; return lw_decode_tiles(cx, file, send_tile);
    default: return lw_fail(cx, LW_INVALID, "unknown task %" PRIu32, request->task);
    }
}

static lw_status work(lw_ctx *cx, const lw_decode_request *request, int fd, lw_decode_file *file, lw_decoded *out)
{
    LW_TRY(lw_media_probe(cx, fd, &file->info));
    LW_AUTO(mapping) map = {0};
    LW_TRY(map_file(cx, fd, &map));
    file->bytes = map;
    misbehave(map);
    if (file->info.needs_worker)
        LW_TRY(lw_vips_probe(cx, map, &file->info));
    int64_t n_pixels = (int64_t)file->info.stored_width * file->info.stored_height;
    if (n_pixels > LW_LIMIT_IMAGE_PIXELS)
        return lw_fail(cx, LW_TOO_LARGE, "cannot decode an image of %" PRIu32 " x %" PRIu32 " px; the limit is %lld px", file->info.width,
                       file->info.height, LW_LIMIT_IMAGE_PIXELS);
    return decode(cx, request, file, out);
}

/* Of a request for tiles, the last. */
static bool answer(const lw_ctx *cx, lw_status status, const lw_decode_request *request, const lw_media_info *info, const lw_decoded *decoded)
{
    bool is_probe = request->task == LW_DECODE_PROBE;
    lw_decode_answer head = {.status = status,
                             .type = is_probe ? info->type : decoded->type,
                             .width = is_probe ? info->width : decoded->width,
                             .height = is_probe ? info->height : decoded->height,
                             .stored_width = info->stored_width,
                             .stored_height = info->stored_height,
                             .bit_depth = info->bit_depth,
                             .n_channels = info->n_channels,
                             .upright_width = decoded->upright_width,
                             .is_lossless = decoded->is_lossless};
    return send_answer(head, status == LW_OK ? decoded->bytes : lw_text_from(cx->message));
}

static bool serve(lw_arena *arena)
{
    LW_AUTO(lw_fd) fd = -1;
    lw_decode_request request;
    if (!receive(&request, &fd))
        return false;
    set_alarm(request.deadline_ms + GRACE_MS);
    lw_ctx cx = {.arena = arena};
    lw_decode_file file = {.info = {.orientation = 1}};
    lw_decoded decoded = {0};
    lw_status status = work(&cx, &request, fd, &file, &decoded);
    bool is_sent = answer(&cx, status, &request, &file.info, &decoded);
    set_alarm(0);
    lw_arena_reset(arena);
    if ((int64_t)file.info.stored_width * file.info.stored_height > TRIM_PIXELS)
        malloc_trim(0);
    return is_sent;
}

int main(void)
{
    lw_sandbox_limit();
    lw_arena *arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    if (lw_vips_start(&cx) != LW_OK)
        return 1;
    lw_sandbox_enter();
    uint32_t hello = LW_DECODE_MAGIC;
    if (!transmit(&hello, sizeof hello))
        return 1;
    while (serve(arena)) {
    }
    /* Without the libraries' farewells: they want files. */
    _exit(0);
}
