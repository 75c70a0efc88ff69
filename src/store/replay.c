#include "store/replay.h"

#include "base/clock.h"
#include "statements.h"

#define KEPT_US (72LL * 3600 * 1000000)
enum { MOST_PURGED = 10000 }; /* at once: others wait for the writer meanwhile */

lw_status lw_replay_get(lw_ctx *cx, lw_db *db, lw_text caller, lw_text key, int *http_status, lw_text *answer)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, &lw_sql_replay_get, LW_PARAMS(lw_string(caller), lw_string(key)), &rows));
    *http_status = (int)lw_rows_int(&rows, 0);
    *answer = lw_text_copy(cx->arena, lw_rows_text(&rows, 1));
    return LW_OK;
}

lw_status lw_replay_put(lw_ctx *cx, lw_db *db, lw_text caller, lw_text key, int http_status, lw_text answer)
{
    return lw_run(cx, db, &lw_sql_replay_put,
                  LW_PARAMS(lw_string(caller), lw_string(key), lw_int(http_status), lw_bytes(answer), lw_int(lw_now_us())));
}

lw_status lw_replay_purge(lw_ctx *cx, lw_db *db)
{
    return lw_run(cx, db, &lw_sql_replay_purge, LW_PARAMS(lw_int(lw_now_us() - KEPT_US), lw_int(MOST_PURGED)));
}
