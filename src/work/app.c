#include "work/app.h"

#include <pwd.h>
#include <unistd.h>

#include "store/job.h"
#include "store/replay.h"
#include "store/user.h"

#define CACHE_BYTES (4LL << 30)

static lw_status tidy(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    LW_TRY(lw_replay_purge(cx, db));
    return lw_job_requeue(cx, db);
}

static lw_status open_rest(lw_ctx *cx, lw_app *app, const char *folder, lw_store_mode mode)
{
    LW_TRY(lw_blobs_open(cx, lw_print(cx->arena, "%s/blobs", folder), &app->blobs));
    LW_TRY(lw_media_open(cx, 2, &app->media));
    if (mode == LW_STORE_READ)
        return LW_OK;
    LW_TRY(lw_blobs_tidy(cx, app->blobs));
    LW_TRY(lw_media_cache_open(cx, lw_print(cx->arena, "%s/cache", folder), CACHE_BYTES, &app->cache));
    return lw_write_now(cx, app->store, tidy, NULL);
}

lw_status lw_app_open(lw_ctx *cx, const char *folder, lw_store_mode mode, lw_app *out)
{
    lw_app app = {0};
    LW_TRY(lw_store_open(cx, folder, mode, &lw_sqlite, &app.store));
    int64_t owner; /* from the first day on: what only reads cannot make one */
    lw_status status = open_rest(cx, &app, folder, mode);
    if (status == LW_OK && mode != LW_STORE_READ)
        status = lw_app_owner(cx, &app, &owner);
    if (status != LW_OK) {
        lw_app_close(&app);
        return status;
    }
    *out = app;
    return LW_OK;
}

void lw_app_close(lw_app *app)
{
    lw_store_close(app->store);
    lw_blobs_close(app->blobs);
    if (app->media)
        lw_media_close(app->media);
    if (app->cache)
        lw_media_cache_close(app->cache);
    *app = (lw_app){0};
}

static lw_status make_owner(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    lw_user *users, made;
    size_t n;
    LW_TRY(lw_user_list(cx, db, 0, 1, &users, &n));
    if (n) {
        *(int64_t *)arg = users[0].id;
        return LW_OK;
    }
    const struct passwd *account = getpwuid(getuid());
    lw_text name = lw_text_from(account && account->pw_name[0] ? account->pw_name : "owner");
    LW_TRY(lw_user_create(cx, store, db, name, LW_ROLE_OWNER, &made));
    *(int64_t *)arg = made.id;
    return LW_OK;
}

lw_status lw_app_owner(lw_ctx *cx, lw_app *app, int64_t *user_id)
{
    {
        LW_AUTO(lw_reader) reader = {0};
        lw_user *users;
        size_t n;
        LW_TRY(lw_reader_begin(cx, app->store, &reader));
        LW_TRY(lw_user_list(cx, reader.db, 0, 1, &users, &n));
        if (n) {
            *user_id = users[0].id;
            return LW_OK;
        }
    }
    return lw_write_now(cx, app->store, make_owner, user_id);
}
