#include "formats/target_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

lw_status lw_target_flush(lw_ctx *cx, lw_target *target)
{
    lw_text bytes = lw_buf_text(&target->out);
    lw_buf_reset(&target->out);
    if (bytes.size == 0)
        return LW_OK;
    return target->write ? target->write(cx, target->write_state, bytes.data, bytes.size) : lw_fd_write(cx, target->fd, bytes.data, bytes.size);
}

lw_status lw_target_emit(lw_ctx *cx, lw_target *target, const void *data, size_t size)
{
    return target->gzip ? lw_target_gzip(cx, target, data, size, false) : lw_target_emit_plain(cx, target, data, size);
}

lw_status lw_target_emit_plain(lw_ctx *cx, lw_target *target, const void *data, size_t size)
{
    target->written += (int64_t)size;
    if (size < LW_TARGET_OUT_BYTES) {
        lw_buf_put(&target->out, data, size);
        /* The first bytes of a stream go at once: its reader waits for them. */
        bool is_first = target->write && target->written == (int64_t)target->out.size;
        return target->out.size >= LW_TARGET_OUT_BYTES || is_first ? lw_target_flush(cx, target) : LW_OK;
    }
    LW_TRY(lw_target_flush(cx, target));
    return target->write ? target->write(cx, target->write_state, data, size) : lw_fd_write(cx, target->fd, data, size);
}

lw_status lw_target_check_name(lw_ctx *cx, lw_text name) { return lw_path_check(cx, name); }

/* One file: what is put goes out as it comes. Only the first file counts; media cannot go along. */
static lw_status single_put(lw_ctx *cx, lw_target *target, const void *data, size_t size) { return lw_target_emit(cx, target, data, size); }

static lw_status single_begin(lw_ctx *cx, lw_target *target, lw_text name)
{
    return target->n_files == 0
               ? LW_OK
               : lw_fail(cx, LW_USAGE, "more than one file comes out (%.*s): give a folder or an archive as the target", LW_FMT(name));
}

static lw_status single_file(lw_ctx *cx, lw_target *target, lw_text name, lw_text content)
{
    LW_TRY(single_begin(cx, target, name));
    return lw_target_emit(cx, target, content.data, content.size);
}

static lw_status single_copy(lw_ctx *cx, lw_target *target, lw_text name, int fd, int64_t size)
{
    return lw_fail(cx, LW_USAGE, "media do not fit into one file: give a folder or an archive as the target, or --media none");
}

static lw_status single_link(lw_ctx *cx, lw_target *target, lw_text name, const char *path) { return single_copy(cx, target, name, -1, 0); }
static lw_status single_end(lw_ctx *cx, lw_target *target) { return LW_OK; }

const target_kind lw_target_single = {single_file, single_copy, single_link, single_begin, single_put, single_end};

static bool is_folder(const char *path)
{
    struct stat at;
    return stat(path, &at) == 0 && S_ISDIR(at.st_mode);
}

static void choose_kind(lw_target *target, lw_text kind)
{
    if (lw_text_is(kind, "zip")) {
        target->kind = &lw_target_zip;
    } else if (lw_text_is(kind, "tar")) {
        target->kind = &lw_target_tar;
    } else if (lw_text_is(kind, "tar.gz")) {
        target->kind = &lw_target_tar;
        lw_target_start_gzip(target);
    } else {
        target->kind = &lw_target_single;
        target->is_one_file = true;
    }
}

static lw_target *target_new(void)
{
    lw_target *target = lw_heap_new(sizeof *target);
    target->arena = lw_arena_new();
    target->fd = target->lock = target->spool = target->place.fd = -1;
    return target;
}

lw_status lw_target_open(lw_ctx *cx, const char *path, lw_target **out)
{
    static const struct {
        const char *ending, *kind;
    } endings[] = {{".zip", "zip"}, {".tar", "tar"}, {".tar.gz", "tar.gz"}, {".tgz", "tar.gz"}, {".json", ""}, {".jsonl", ""}, {".csv", ""}};
    LW_AUTO(lw_target_auto) target = target_new();
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/')
        size--;
    target->path = lw_copy(target->arena, path, size);
    lw_text name = {path, size};
    if (size == 0)
        return lw_fail(cx, LW_USAGE, "an export needs a target");
    for (size_t i = 0; i < LW_COUNT(endings) && !is_folder(target->path); i++)
        if (lw_text_ends_nocase(name, endings[i].ending))
            choose_kind(target, lw_text_from(endings[i].kind));
    if (target->kind) {
        LW_TRY(lw_target_open_beside(cx, target));
    } else {
        target->kind = &lw_target_folder;
        LW_TRY(lw_target_open_folder(cx, target));
    }
    *out = target;
    target = NULL;
    return LW_OK;
}

lw_status lw_target_stream(lw_ctx *cx, const char *kind, lw_target_write write, void *state, lw_target **out)
{
    lw_target *target = target_new();
    target->write = write;
    target->write_state = state;
    choose_kind(target, lw_text_from(kind));
    *out = target;
    return LW_OK;
}

bool lw_target_is_one_file(const lw_target *target) { return target->is_one_file; }

lw_status lw_target_commit(lw_ctx *cx, lw_target *target)
{
    LW_ASSERT(!target->is_open);
    if (target->kind->finish)
        LW_TRY(target->kind->finish(cx, target));
    LW_TRY(lw_target_flush(cx, target));
    if (target->kind->commit)
        return target->kind->commit(cx, target);
    if (!target->path)
        return LW_OK;
    if (fdatasync(target->fd) != 0)
        return lw_fail_errno(cx, errno, "cannot write %s", target->path);
    if (rename(target->beside, target->path) != 0)
        return lw_fail_errno(cx, errno, "cannot replace %s", target->path);
    target->beside = NULL;
    return LW_OK;
}

void lw_target_close(lw_target *target)
{
    if (!target)
        return;
    if (target->kind && target->kind->close)
        target->kind->close(target);
    else if (target->beside)
        unlink(target->beside);
    lw_target_stop_gzip(target);
    lw_fd_cleanup(&target->fd);
    lw_fd_cleanup(&target->lock);
    lw_fd_cleanup(&target->spool);
    lw_buf_cleanup(&target->gathered);
    lw_buf_cleanup(&target->name_bytes);
    lw_buf_cleanup(&target->out);
    lw_buf_cleanup(&target->table);
    lw_arena_free(target->arena);
    lw_heap_free(target);
}

void lw_target_auto_cleanup(lw_target_auto *target)
{
    lw_target_close(*target);
    *target = NULL;
}

lw_status lw_target_begin(lw_ctx *cx, lw_target *target, lw_text name)
{
    LW_ASSERT(!target->is_open);
    LW_TRY(lw_target_check_name(cx, name));
    lw_buf_reset(&target->name_bytes);
    lw_buf_put_text(&target->name_bytes, name);
    target->name = lw_buf_text(&target->name_bytes);
    target->is_open = true;
    target->is_streaming = target->is_one_file;
    lw_buf_reset(&target->gathered);
    return target->is_one_file ? target->kind->begin(cx, target, target->name) : LW_OK;
}

/* Past what is gathered: on to the target itself, or into an unlinked file. */
static lw_status start_streaming(lw_ctx *cx, lw_target *target)
{
    target->is_streaming = true;
    lw_text gathered = lw_buf_text(&target->gathered);
    if (target->kind->begin) {
        LW_TRY(target->kind->begin(cx, target, target->name));
        return target->kind->put(cx, target, gathered.data, gathered.size);
    }
    lw_fd_cleanup(&target->spool);
    LW_TRY(lw_fd_temporary(cx, &target->spool));
    target->spooled = (int64_t)gathered.size;
    return lw_fd_write(cx, target->spool, gathered.data, gathered.size);
}

lw_status lw_target_put(lw_ctx *cx, lw_target *target, const void *data, size_t size)
{
    LW_ASSERT(target->is_open);
    if (!target->is_streaming) {
        lw_buf_put(&target->gathered, data, size);
        return target->gathered.size < LW_TARGET_GATHER_BYTES ? LW_OK : start_streaming(cx, target);
    }
    if (target->kind->put)
        return target->kind->put(cx, target, data, size);
    target->spooled += (int64_t)size;
    return lw_fd_write(cx, target->spool, data, size);
}

lw_status lw_target_end(lw_ctx *cx, lw_target *target)
{
    LW_ASSERT(target->is_open);
    target->is_open = false;
    lw_status status;
    if (!target->is_streaming)
        status = target->kind->file(cx, target, target->name, lw_buf_text(&target->gathered));
    else if (target->kind->end)
        status = target->kind->end(cx, target);
    else
        status = target->kind->copy(cx, target, target->name, target->spool, target->spooled);
    if (target->gathered.capacity > 4 * LW_TARGET_GATHER_BYTES)
        lw_buf_cleanup(&target->gathered);
    target->n_files++;
    return status;
}

lw_status lw_target_file(lw_ctx *cx, lw_target *target, lw_text name, lw_text content)
{
    LW_ASSERT(!target->is_open);
    LW_TRY(lw_target_check_name(cx, name));
    LW_TRY(target->kind->file(cx, target, name, content));
    target->n_files++;
    return LW_OK;
}

lw_status lw_target_copy(lw_ctx *cx, lw_target *target, lw_text name, int fd)
{
    LW_ASSERT(!target->is_open);
    LW_TRY(lw_target_check_name(cx, name));
    struct stat at;
    if (fstat(fd, &at) != 0)
        return lw_fail_errno(cx, errno, "cannot read %.*s", LW_FMT(name));
    LW_TRY(target->kind->copy(cx, target, name, fd, at.st_size));
    target->n_files++;
    return LW_OK;
}

lw_status lw_target_link(lw_ctx *cx, lw_target *target, lw_text name, const char *path)
{
    LW_ASSERT(!target->is_open);
    LW_TRY(lw_target_check_name(cx, name));
    LW_TRY(target->kind->link(cx, target, name, path));
    target->n_files++;
    return LW_OK;
}

lw_status lw_target_put_text(lw_ctx *cx, lw_target *target, int fd)
{
    char chunk[64 << 10];
    for (int64_t at = 0;;) {
        ssize_t got = pread(fd, chunk, sizeof chunk, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lw_fail_errno(cx, errno, "cannot read");
        if (got == 0)
            return LW_OK;
        LW_TRY(lw_target_put(cx, target, chunk, (size_t)got));
        at += got;
    }
}

lw_status lw_target_text(lw_ctx *cx, lw_target *target, lw_text name, int fd)
{
    LW_TRY(lw_target_begin(cx, target, name));
    LW_TRY(lw_target_put_text(cx, target, fd));
    return lw_target_end(cx, target);
}
