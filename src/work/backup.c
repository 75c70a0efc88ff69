#include "work/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "statements.h"

typedef lw_status (*each_blob)(lw_ctx *cx, void *state, int64_t item_id, lw_text hash);

static lw_status walk_blobs(lw_ctx *cx, lw_app *app, each_blob run, void *state, int64_t *n)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, app->store, &reader));
    *n = 0;
    for (int64_t after = 0, found = 1; found;) {
        LW_AUTO(lw_rows) rows = {0};
        LW_TRY(lw_query(cx, reader.db, &lw_sql_verify_blobs, LW_PARAMS(lw_int(after), lw_int(LW_LIMIT_PAGE)), &rows));
        lw_status status;
        for (found = 0; lw_rows_next(cx, &rows, &status); found++) {
            lw_ctx inner = {.arena = scratch};
            after = lw_rows_int(&rows, 0);
            lw_status ran = run(&inner, state, after, lw_rows_text(&rows, 1));
            if (ran != LW_OK)
                return lw_fail(cx, ran, "%s", inner.message);
            lw_arena_reset(scratch);
            ++*n;
        }
        LW_TRY(status);
    }
    return LW_OK;
}

typedef struct copying {
    lw_app *app;
    lw_blobs *to;
} copying;

static lw_status copy_blob(lw_ctx *cx, void *state, int64_t item_id, lw_text hash)
{
    copying *c = state;
    LW_AUTO(lw_fd) fd = -1;
    unsigned char copied[LW_HASH_BYTES];
    int64_t bytes;
    if (access(lw_blob_path(cx->arena, c->to, hash), F_OK) == 0)
        return LW_OK;
    LW_TRY(lw_blob_open(cx, c->app->blobs, hash, &fd));
    LW_TRY(lw_blob_put(cx, c->to, fd, copied, &bytes));
    if (memcmp(copied, hash.data, LW_HASH_BYTES) != 0)
        return lw_fail(cx, LW_DAMAGED, "the stored image of item %" PRId64 " is damaged; run lw verify", item_id);
    return LW_OK;
}

static lw_status copy_all_blobs(lw_ctx *cx, lw_app *app, const char *folder, int64_t *n_blobs)
{
    copying c = {.app = app};
    LW_TRY(lw_blobs_open(cx, lw_print(cx->arena, "%s/blobs", folder), &c.to));
    lw_status status = walk_blobs(cx, app, copy_blob, &c, n_blobs);
    if (status == LW_OK)
        status = lw_blobs_sync(cx, c.to);
    lw_blobs_close(c.to);
    return status;
}

lw_status lw_backup_make(lw_ctx *cx, lw_app *app, const char *target, int64_t *n_blobs)
{
    char *database = lw_print(cx->arena, "%s/labelwright.db", target), *beside = lw_print(cx->arena, "%s.new", database);
    if (access(target, F_OK) == 0 && access(database, F_OK) != 0 && access(lw_print(cx->arena, "%s/blobs", target), F_OK) != 0)
        return lw_fail(cx, LW_REFUSED, "%s is there and holds no backup: name a new folder", target);
    LW_TRY(lw_folder_make(cx, target));
    LW_TRY(lw_path_remove(cx, beside));
    {
        LW_AUTO(lw_reader) reader = {0};
        LW_TRY(lw_reader_begin(cx, app->store, &reader));
        LW_TRY(reader.db->driver->backup(cx, reader.db, beside));
    }
    LW_TRY(copy_all_blobs(cx, app, target, n_blobs)); /* all that the copy names are there: blobs are only ever added */
    LW_AUTO(lw_fd) fd = open(beside, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0 || rename(beside, database) != 0)
        return lw_fail_errno(cx, errno, "cannot finish the backup in %s", target);
    return lw_folder_sync(cx, target);
}

lw_status lw_backup_restore(lw_ctx *cx, const char *source, const char *folder)
{
    char *from = lw_print(cx->arena, "%s/labelwright.db", source), *to = lw_print(cx->arena, "%s/labelwright.db", folder);
    if (access(from, F_OK) != 0)
        return lw_fail(cx, LW_NOT_FOUND, "%s holds no backup", source);
    if (access(to, F_OK) == 0)
        return lw_fail(cx, LW_REFUSED, "%s holds a store already: restore into another folder with --store", folder);
    LW_TRY(lw_folder_make(cx, folder));
    lw_app app = {0};
    lw_db *db;
    LW_TRY(lw_sqlite.open(cx, from, LW_DB_WRITE, LW_N_STATEMENTS, &db));
    lw_status status = lw_sqlite.backup(cx, db, to);
    lw_sqlite.close(db);
    LW_TRY(status);
    LW_TRY(lw_blobs_open(cx, lw_print(cx->arena, "%s/blobs", source), &app.blobs));
    status = lw_store_open(cx, folder, LW_STORE_WRITE, &lw_sqlite, &app.store);
    int64_t n_blobs;
    if (status == LW_OK)
        status = copy_all_blobs(cx, &app, folder, &n_blobs);
    lw_app_close(&app);
    return status;
}

/* --- verify */

typedef struct verifying {
    lw_app *app;
    lw_verify_problem tell;
    void *state;
} verifying;

static lw_status verify_blob(lw_ctx *cx, void *state, int64_t item_id, lw_text hash)
{
    verifying *v = state;
    LW_AUTO(lw_fd) fd = -1;
    unsigned char found[LW_HASH_BYTES];
    if (lw_blob_open(cx, v->app->blobs, hash, &fd) != LW_OK)
        return v->tell(cx, v->state, lw_print(cx->arena, "the stored image of item %" PRId64 " is gone", item_id));
    LW_TRY(lw_hash_file(cx, fd, found));
    if (memcmp(found, hash.data, LW_HASH_BYTES) != 0)
        return v->tell(cx, v->state, lw_print(cx->arena, "the stored image of item %" PRId64 " has other bytes than it was stored with", item_id));
    return LW_OK;
}

lw_status lw_verify_run(lw_ctx *cx, lw_app *app, lw_verify_problem tell, void *state, int64_t *n_blobs)
{
    {
        LW_AUTO(lw_reader) reader = {0};
        LW_TRY(lw_reader_begin(cx, app->store, &reader));
        LW_TRY(lw_store_verify(cx, reader.db, tell, state));
    }
    verifying v = {app, tell, state};
    return walk_blobs(cx, app, verify_blob, &v, n_blobs);
}
