#include "store/replay.h"

#include "base/clock.h"
#include "statements.h"
#include "store/batch.h"

#define KEPT_US (72LL * 3600 * 1000000)
enum { MOST_PURGED = 10000 }; /* at once: others wait for the writer meanwhile */

lw_status lw_replay_get(lw_ctx *cx, lw_store *store, lw_db *db, lw_text caller, lw_text key, int *http_status, lw_text *answer)
{
    const lw_batch *joint = lw_store_joint(store);
    const lw_replay *waiting = joint ? lw_batch_find_replay(joint, caller, key) : NULL;
    if (waiting) {
        *http_status = waiting->http_status;
        *answer = lw_text_copy(cx->arena, waiting->answer);
        return LW_OK;
    }
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, &lw_sql_replay_get, LW_PARAMS(lw_string(caller), lw_string(key)), &rows));
    *http_status = (int)lw_rows_int(&rows, 0);
    *answer = lw_text_copy(cx->arena, lw_rows_text(&rows, 1));
    return LW_OK;
}

static void bind_replay(const void *rows, size_t i, lw_value *params)
{
    const lw_replay *row = (const lw_replay *)rows + i;
    params[0] = lw_string(row->caller);
    params[1] = lw_string(row->key);
    params[2] = lw_int(row->http_status);
    params[3] = lw_bytes(row->answer);
    params[4] = lw_int(row->created_us);
}

lw_status lw_replay_insert_many(lw_ctx *cx, lw_db *db, const lw_replay *rows, size_t n)
{
    return lw_run_many(cx, db, &lw_sql_replay_put, rows, n, bind_replay);
}

lw_status lw_replay_put(lw_ctx *cx, lw_store *store, lw_db *db, lw_text caller, lw_text key, int http_status, lw_text answer)
{
    lw_batch *joint = lw_store_joint(store);
    lw_replay row = {caller, key, http_status, answer, lw_now_us()};
    if (!joint)
        return lw_replay_insert_many(cx, db, &row, 1);
    LW_LIST_ADD(joint->arena, &joint->replays, row);
    return LW_OK;
}

lw_status lw_replay_purge(lw_ctx *cx, lw_db *db)
{
    return lw_run(cx, db, &lw_sql_replay_purge, LW_PARAMS(lw_int(lw_now_us() - KEPT_US), lw_int(MOST_PURGED)));
}
