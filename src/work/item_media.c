#include "work/item_media.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "media/tiles.h"

static lw_status open_linked(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, lw_fd *out)
{
    lw_dataset dataset;
    LW_TRY(lw_dataset_get(cx, db, item->dataset_id, &dataset));
    LW_AUTO(lw_fd) root = open(lw_text_string(cx->arena, dataset.root), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return lw_fail(cx, LW_NOT_FOUND, "the linked folder %.*s is not there", LW_FMT(dataset.root));
    LW_AUTO(lw_fd) fd = -1;
    lw_status status = lw_file_open_beneath(cx, root, item->name, &fd);
    if (status == LW_DENIED && app->roots) { /* a link that leads to an allowed place */
        char *real = realpath(lw_print(cx->arena, "%.*s/%.*s", LW_FMT(dataset.root), LW_FMT(item->name)), NULL);
        for (size_t i = 0; real && app->roots[i] && fd < 0; i++) {
            size_t size = strlen(app->roots[i]);
            if (strncmp(real, app->roots[i], size) == 0 && (real[size] == '/' || size == 1))
                fd = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        }
        lw_heap_free(real);
        status = fd >= 0 ? LW_OK : status;
    }
    LW_TRY(status);
    struct stat at;
    if (fstat(fd, &at) != 0)
        return lw_fail_errno(cx, errno, "cannot read %.*s", LW_FMT(item->name));
    int64_t mtime_us = (int64_t)at.st_mtim.tv_sec * 1000000 + at.st_mtim.tv_nsec / 1000;
    if (at.st_size != item->bytes || (item->mtime_us && mtime_us != item->mtime_us))
        return lw_fail(cx, LW_CONFLICT,
                       "the linked file %.*s has changed since it was imported; import the folder again to take it as a new revision",
                       LW_FMT(item->name));
    *out = fd;
    fd = -1;
    return LW_OK;
}

lw_status lw_item_open(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, lw_fd *out)
{
    if (item->location == LW_NO_MEDIA)
        return lw_fail(cx, LW_NOT_FOUND, "%.*s has no image yet; import the images with --images", LW_FMT(item->name));
    return item->location == LW_BLOB ? lw_blob_open(cx, app->blobs, item->sha256, out) : open_linked(cx, app, db, item, out);
}

lw_status lw_item_open_upright(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, lw_fd *out)
{
    LW_AUTO(lw_fd) fd = -1;
    LW_TRY(lw_item_open(cx, app, db, item, &fd));
    if (item->orientation > 1) {
        lw_text bytes;
        LW_TRY(lw_media_upright(cx, app->media, fd, &bytes, NULL));
        lw_fd_cleanup(&fd);
        fd = memfd_create("upright", MFD_CLOEXEC);
        if (fd < 0)
            return lw_fail_errno(cx, errno, "cannot hold an image in memory");
        LW_TRY(lw_fd_write(cx, fd, bytes.data, bytes.size));
        lseek(fd, 0, SEEK_SET);
    }
    *out = fd;
    fd = -1;
    return LW_OK;
}

char *lw_item_path(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item)
{
    lw_dataset dataset;
    if (item->location == LW_BLOB)
        return lw_blob_path(cx->arena, app->blobs, item->sha256);
    if (item->location != LW_LINKED || lw_dataset_get(cx, db, item->dataset_id, &dataset) != LW_OK)
        return NULL;
    return lw_print(cx->arena, "%.*s/%.*s", LW_FMT(dataset.root), LW_FMT(item->name));
}

static lw_text key_of(lw_ctx *cx, const lw_item_row *item, const char *form, uint32_t size_px)
{
    return lw_text_print(cx->arena, "%" PRId64 "-%" PRId64 "-%" PRId64 "/%s-%u", item->id, item->revision, item->bytes, form, size_px);
}

bool lw_item_thumbnail_kept(lw_ctx *cx, lw_app *app, const lw_item_row *item, uint32_t size_px, lw_text *out)
{
    return app->cache && lw_media_cache_get(cx, app->cache, key_of(cx, item, "thumbnail", size_px), out);
}

lw_status lw_item_thumbnail(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, uint32_t size_px, lw_text *out)
{
    if (lw_item_thumbnail_kept(cx, app, item, size_px, out))
        return LW_OK;
    LW_AUTO(lw_fd) fd = -1;
    lw_picture picture;
    LW_TRY(lw_item_open(cx, app, db, item, &fd));
    LW_TRY(lw_media_thumbnail(cx, app->media, fd, size_px, &picture));
    if (app->cache)
        lw_media_cache_put(app->cache, key_of(cx, item, "thumbnail", size_px), picture.bytes);
    *out = picture.bytes;
    return LW_OK;
}

lw_status lw_item_preview(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, lw_text *out, const char **content_type)
{
    uint32_t limit_px = lw_has_tiles((uint32_t)item->width, (uint32_t)item->height) ? LW_TILED_PREVIEW_PX : LW_LIMIT_PREVIEW_PX;
    lw_text key = key_of(cx, item, "preview", limit_px);
    bool is_cached = app->cache && lw_media_cache_get(cx, app->cache, key, out);
    if (!is_cached) {
        LW_AUTO(lw_fd) fd = -1;
        lw_picture picture;
        LW_TRY(lw_item_open(cx, app, db, item, &fd));
        LW_TRY(lw_media_preview(cx, app->media, fd, limit_px, &picture));
        if (app->cache)
            lw_media_cache_put(app->cache, key, picture.bytes);
        *out = picture.bytes;
    }
    *content_type = out->size > 2 && (unsigned char)out->data[0] == 0x89 ? "image/png" : "image/jpeg";
    return LW_OK;
}

typedef struct tiles {
    lw_ctx *cx;
    lw_app *app;
    const lw_item_row *item;
    lw_tile wanted; /* its bytes once it came by */
} tiles;

static lw_text key_of_tile(lw_ctx *cx, const lw_item_row *item, const lw_tile *tile)
{
    return key_of(cx, item, lw_print(cx->arena, "tile-%" PRIu32 "-%" PRIu32, tile->level, tile->column), tile->row);
}

static void keep_tile(void *to, const lw_tile *tile)
{
    tiles *t = to;
    lw_media_cache_put(t->app->cache, key_of_tile(t->cx, t->item, tile), tile->bytes);
    if (tile->level == t->wanted.level && tile->column == t->wanted.column && tile->row == t->wanted.row)
        t->wanted.bytes = lw_text_copy(t->cx->arena, tile->bytes);
}

static lw_status make_tiles(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, tiles *t)
{
    LW_AUTO(lw_fd) fd = -1;
    LW_TRY(lw_item_open(cx, app, db, item, &fd));
    return lw_media_tiles(cx, app->media, fd, keep_tile, t);
}

lw_status lw_item_tile(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, uint32_t level, uint32_t column, uint32_t row, lw_text *out)
{
    tiles t = {.cx = cx, .app = app, .item = item, .wanted = {.level = level, .column = column, .row = row}};
    uint32_t width = (uint32_t)item->width, height = (uint32_t)item->height;
    if (level >= lw_tile_levels(width, height) || column >= lw_tile_count(width, level) || row >= lw_tile_count(height, level))
        return lw_fail(cx, LW_NOT_FOUND, "%.*s, %" PRIu32 " x %" PRIu32 " px, has no such tile", LW_FMT(item->name), width, height);
    if (!app->cache)
        return lw_fail(cx, LW_UNAVAILABLE, "the store is read-only: there is no place for tiles");
    if (lw_media_cache_get(cx, app->cache, key_of_tile(cx, item, &t.wanted), out))
        return LW_OK;
    if (atomic_exchange(&app->is_tiling, true))
        return lw_fail(cx, LW_BUSY, "the tiles of a large image are being made; try again in a moment");
    lw_status status = make_tiles(cx, app, db, item, &t);
    app->is_tiling = false;
    LW_TRY(status);
    if (!t.wanted.bytes.size)
        return lw_fail(cx, LW_INVALID, "cannot decode the image: it is not as large as it says");
    *out = t.wanted.bytes;
    return LW_OK;
}
