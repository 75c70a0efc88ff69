#include "formats/target_filer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/turns.h"

/* --- a place */

void lw_place_cleanup(lw_place *place)
{
    lw_fd_cleanup(&place->fd);
    lw_buf_cleanup(&place->folder);
}

lw_status lw_place_enter(lw_ctx *cx, lw_place *place, lw_text name, int *folder_fd, char last[NAME_MAX + 1])
{
    lw_text folder = {0}, step = name;
    bool is_deep = lw_text_split_last(name, '/', &folder, &step);
    LW_ASSERT(step.size <= NAME_MAX); /* lw_target_check_name */
    memcpy(last, step.data, step.size);
    last[step.size] = 0;
    *folder_fd = is_deep ? place->fd : place->root;
    if (!is_deep || (place->fd >= 0 && lw_text_equal(folder, lw_buf_text(&place->folder))))
        return LW_OK;
    lw_fd_cleanup(&place->fd);
    char *path = lw_text_string(cx->arena, folder), *slash = path;
    do {
        slash = strchr(slash, '/');
        if (slash)
            *slash = 0;
        if (mkdirat(place->root, path, 0777) != 0 && errno != EEXIST)
            return lw_fail_errno(cx, errno, "cannot make the folder %s", path);
        if (slash)
            *slash++ = '/';
    } while (slash);
    place->fd = openat(place->root, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place->fd < 0)
        return lw_fail_errno(cx, errno, "cannot open the folder %s", path);
    *folder_fd = place->fd;
    lw_buf_reset(&place->folder);
    lw_buf_put_text(&place->folder, folder);
    return LW_OK;
}

lw_status lw_place_create(lw_ctx *cx, lw_place *place, lw_text name, lw_fd *out)
{
    char last[NAME_MAX + 1];
    int folder_fd;
    LW_TRY(lw_place_enter(cx, place, name, &folder_fd, last));
    int fd = openat(folder_fd, last, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0 && errno == EEXIST)
        return lw_fail(cx, LW_CONFLICT, "two files of the export would be named %.*s", LW_FMT(name));
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot write %.*s", LW_FMT(name));
    *out = fd;
    return LW_OK;
}

lw_status lw_place_file(lw_ctx *cx, lw_place *place, lw_text name, lw_text content)
{
    LW_AUTO(lw_fd) fd = -1;
    LW_TRY(lw_place_create(cx, place, name, &fd));
    return lw_fd_write(cx, fd, content.data, content.size);
}

/* --- the thread */

enum { CHUNK_BYTES = 128 << 10 };

typedef struct head {
    size_t name_size, content_size;
} head;

typedef struct chunk {
    lw_buf files; /* a head, name and content each */
    lw_status status;
} chunk;

struct lw_filer {
    lw_turns turns;
    chunk chunks[LW_TURNS];
    pthread_t thread;
    lw_place place; /* of the thread, as cx */
    lw_ctx cx;
};

static lw_status make_files(lw_filer *filer, const lw_buf *files)
{
    for (size_t at = 0; at < files->size;) {
        head next;
        memcpy(&next, files->data + at, sizeof next);
        at += sizeof next;
        lw_text name = {files->data + at, next.name_size}, content = {name.data + name.size, next.content_size};
        at += name.size + content.size;
        lw_arena_reset(filer->cx.arena);
        LW_TRY(lw_place_file(&filer->cx, &filer->place, name, content));
    }
    return LW_OK;
}

/* After a failure it only takes what comes. */
static void *run(void *state)
{
    lw_filer *filer = state;
    lw_status status = LW_OK;
    for (int i = -1; (i = lw_turns_take(&filer->turns, i)) >= 0; lw_turns_emptied(&filer->turns, i)) {
        if (status == LW_OK)
            status = make_files(filer, &filer->chunks[i].files);
        filer->chunks[i].status = status;
        lw_buf_reset(&filer->chunks[i].files);
    }
    return NULL;
}

lw_status lw_filer_new(lw_ctx *cx, int root, lw_filer **out)
{
    lw_filer *filer = lw_heap_new(sizeof *filer);
    *filer = (lw_filer){.place = {.root = root, .fd = -1}, .cx.arena = lw_arena_new()};
    lw_turns_init(&filer->turns);
    int error = pthread_create(&filer->thread, NULL, run, filer);
    if (error == 0) {
        *out = filer;
        return LW_OK;
    }
    lw_turns_cleanup(&filer->turns);
    lw_arena_free(filer->cx.arena);
    lw_heap_free(filer);
    return lw_fail_errno(cx, error, "cannot start a thread that makes files");
}

void lw_filer_free(lw_filer *filer)
{
    if (!filer)
        return;
    lw_turns_end(&filer->turns);
    pthread_join(filer->thread, NULL);
    lw_turns_cleanup(&filer->turns);
    lw_place_cleanup(&filer->place);
    for (size_t i = 0; i < LW_COUNT(filer->chunks); i++)
        lw_buf_cleanup(&filer->chunks[i].files);
    lw_arena_free(filer->cx.arena);
    lw_heap_free(filer);
}

static chunk *filling(lw_filer *filer) { return &filer->chunks[filer->turns.filling]; }

/* Its message stays as it is from the failure on. */
static lw_status told(lw_ctx *cx, const lw_filer *filer, lw_status status)
{
    return status == LW_OK ? LW_OK : lw_fail(cx, status, "%s", filer->cx.message);
}

static lw_status hand_over(lw_ctx *cx, lw_filer *filer)
{
    lw_turns_give(&filer->turns, filer->turns.filling);
    lw_turns_next(&filer->turns);
    return told(cx, filer, filling(filer)->status);
}

lw_status lw_filer_put(lw_ctx *cx, lw_filer *filer, lw_text name, lw_text content)
{
    LW_TRY(told(cx, filer, filling(filer)->status));
    head next = {name.size, content.size};
    lw_buf *files = &filling(filer)->files;
    lw_buf_put(files, &next, sizeof next);
    lw_buf_put_text(files, name);
    lw_buf_put_text(files, content);
    return files->size < CHUNK_BYTES ? LW_OK : hand_over(cx, filer);
}

lw_status lw_filer_finish(lw_ctx *cx, lw_filer *filer)
{
    for (int i = 0; i < LW_TURNS; i++) /* until the one that is filled now is empty again */
        LW_TRY(hand_over(cx, filer));
    return LW_OK;
}
