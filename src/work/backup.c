#include "work/backup.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "statements.h"

#define DATABASE "labelwright.db"

typedef lw_status (*each_blob)(lw_ctx *cx, void *state, int64_t item_id, lw_text hash);

static lw_status find_last(lw_ctx *cx, lw_db *db, int64_t *id)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, &lw_sql_verify_last_item, LW_NO_PARAMS, &rows));
    *id = lw_rows_int(&rows, 0);
    return LW_OK;
}

static lw_status walk_blobs(lw_ctx *cx, lw_db *db, each_blob run, void *state, int64_t *n)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    int64_t last;
    LW_TRY(find_last(cx, db, &last));
    *n = 0;
    for (int64_t after = 0, found = 1; found;) {
        LW_AUTO(lw_rows) rows = {0};
        LW_TRY(lw_query(cx, db, &lw_sql_verify_blobs, LW_PARAMS(lw_int(after), lw_int(LW_LIMIT_PAGE)), &rows));
        lw_status status;
        for (found = 0; lw_rows_next(cx, &rows, &status); found++) {
            lw_ctx inner = {.arena = scratch};
            after = lw_rows_int(&rows, 0);
            LW_TRY(lw_progress(cx, after - 1, last));
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
    lw_blobs *from, *to;
} copying;

static lw_status copy_blob(lw_ctx *cx, void *state, int64_t item_id, lw_text hash)
{
    copying *c = state;
    LW_AUTO(lw_fd) fd = -1;
    unsigned char copied[LW_HASH_BYTES];
    int64_t bytes;
    if (access(lw_blob_path(cx->arena, c->to, hash), F_OK) == 0)
        return LW_OK;
    LW_TRY(lw_blob_open(cx, c->from, hash, &fd));
    LW_TRY(lw_blob_put(cx, c->to, fd, copied, &bytes, NULL));
    if (memcmp(copied, hash.data, LW_HASH_BYTES) != 0)
        return lw_fail(cx, LW_DAMAGED, "the stored image of item %" PRId64 " is damaged; run lw verify", item_id);
    return LW_OK;
}

/* All that this database names. */
static lw_status copy_all_blobs(lw_ctx *cx, lw_db *db, lw_blobs *from, const char *folder, int64_t *n_blobs)
{
    copying c = {.from = from};
    LW_TRY(lw_blobs_open(cx, lw_print(cx->arena, "%s/blobs", folder), &c.to));
    lw_status status = lw_blobs_tidy(cx, c.to);
    if (status == LW_OK)
        status = walk_blobs(cx, db, copy_blob, &c, n_blobs);
    if (status == LW_OK)
        status = lw_blobs_sync(cx, c.to);
    lw_blobs_close(c.to);
    return status;
}

/* An empty folder, or what an earlier backup left, finished or not: never a store that somebody works on. */
static lw_status check_target(lw_ctx *cx, const char *target)
{
    DIR *folder = opendir(target);
    if (!folder)
        return errno == ENOENT ? LW_OK : lw_fail_errno(cx, errno, "cannot open %s", target);
    bool is_ours = true;
    for (struct dirent *entry; (entry = readdir(folder));)
        is_ours = is_ours && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || strcmp(entry->d_name, "blobs") == 0 ||
                              strncmp(entry->d_name, DATABASE, sizeof DATABASE - 1) == 0);
    closedir(folder);
    return is_ours ? LW_OK : lw_fail(cx, LW_REFUSED, "%s holds something else than a backup: name a new folder", target);
}

/* The database last: while it has no name, there is no backup. */
lw_status lw_backup_make(lw_ctx *cx, lw_app *app, const char *target, int64_t *n_blobs)
{
    char *database = lw_print(cx->arena, "%s/" DATABASE, target), *beside = lw_print(cx->arena, "%s.new", database);
    LW_TRY(check_target(cx, target));
    LW_TRY(lw_folder_make(cx, target));
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, app->store, &reader));
    LW_TRY(lw_db_copy(cx, reader.db, beside));
    lw_reader_cleanup(&reader);
    LW_TRY(lw_reader_begin(cx, app->store, &reader)); /* a later view names all that the copy names: blobs are only ever added */
    LW_TRY(copy_all_blobs(cx, reader.db, app->blobs, target, n_blobs));
    return lw_file_settle(cx, beside, database);
}

static lw_status restore(lw_ctx *cx, lw_db *db, const char *source, const char *folder)
{
    char *database = lw_print(cx->arena, "%s/" DATABASE, folder), *beside = lw_print(cx->arena, "%s.new", database);
    lw_blobs *from;
    int64_t n_blobs;
    LW_TRY(lw_blobs_open(cx, lw_print(cx->arena, "%s/blobs", source), &from));
    lw_status status = copy_all_blobs(cx, db, from, folder, &n_blobs);
    lw_blobs_close(from);
    LW_TRY(status);
    LW_TRY(lw_db_copy(cx, db, beside));
    return lw_file_settle(cx, beside, database);
}

lw_status lw_backup_restore(lw_ctx *cx, const char *source, const char *folder)
{
    char *from = lw_print(cx->arena, "%s/" DATABASE, source);
    if (access(from, F_OK) != 0)
        return lw_fail(cx, LW_NOT_FOUND, "%s holds no backup", source);
    if (access(lw_print(cx->arena, "%s/" DATABASE, folder), F_OK) == 0)
        return lw_fail(cx, LW_REFUSED, "%s holds a store already: restore into another folder with --store", folder);
    LW_TRY(lw_folder_make(cx, folder));
    lw_db *db;
    LW_TRY(lw_sqlite.open(cx, from, LW_DB_READ, LW_N_STATEMENTS, &db)); /* a backup may lie where nobody can write */
    lw_status status = restore(cx, db, source, folder);
    lw_sqlite.close(db);
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
    LW_TRY(lw_hash_file(cx, fd, NULL, found));
    if (memcmp(found, hash.data, LW_HASH_BYTES) != 0)
        return v->tell(cx, v->state, lw_print(cx->arena, "the stored image of item %" PRId64 " has other bytes than it was stored with", item_id));
    return LW_OK;
}

lw_status lw_verify_run(lw_ctx *cx, lw_app *app, lw_verify_problem tell, void *state, int64_t *n_blobs)
{
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, app->store, &reader));
    LW_TRY(lw_store_verify(cx, reader.db, tell, state));
    verifying v = {app, tell, state};
    return walk_blobs(cx, reader.db, verify_blob, &v, n_blobs);
}
