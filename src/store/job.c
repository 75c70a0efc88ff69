#include "store/job.h"

#include "base/clock.h"
#include "statements.h"

static const char *const state_names[] = {"waiting", "running", "done", "failed", "cancelled"};

const char *lw_job_state_name(lw_job_state state) { return state_names[state]; }

bool lw_job_state_from_name(lw_text name, lw_job_state *out)
{
    for (size_t i = 0; i < LW_COUNT(state_names); i++) {
        if (lw_text_is(name, state_names[i])) {
            *out = (lw_job_state)i;
            return true;
        }
    }
    return false;
}

lw_status lw_job_create(lw_ctx *cx, lw_db *db, const lw_job *job, int64_t *id)
{
    LW_TRY(lw_id_take(cx, db, "job", 1, id));
    return lw_run(cx, db, &lw_sql_job_insert,
                  LW_PARAMS(lw_int(*id), lw_int_or_null(job->project_id), lw_string(job->kind), lw_string(job->params), lw_int(job->user_id),
                            lw_int(lw_now_us())));
}

lw_status lw_job_start(lw_ctx *cx, lw_db *db, int64_t id)
{
    LW_TRY(lw_run(cx, db, &lw_sql_job_start, LW_PARAMS(lw_int(id), lw_int(lw_now_us()))));
    return db->driver->changes(db) ? LW_OK : lw_fail(cx, LW_CONFLICT, "job %" PRId64 " does not wait any more", id);
}

lw_status lw_job_set_progress(lw_ctx *cx, lw_db *db, int64_t id, int64_t done, int64_t total, lw_text message)
{
    return lw_run(cx, db, &lw_sql_job_set_progress, LW_PARAMS(lw_int(id), lw_int(done), lw_int(total), lw_string_or_null(message)));
}

lw_status lw_job_end(lw_ctx *cx, lw_db *db, int64_t id, lw_job_state state, lw_text report, lw_text error)
{
    LW_TRY(lw_run(cx, db, &lw_sql_job_end,
                  LW_PARAMS(lw_int(id), lw_int(state), lw_string_or_null(report), lw_string_or_null(error), lw_int(lw_now_us()))));
    return lw_run(cx, db, &lw_sql_job_fill, LW_PARAMS(lw_int(id)));
}

lw_status lw_job_cancel_waiting(lw_ctx *cx, lw_db *db, int64_t id)
{
    LW_TRY(lw_run(cx, db, &lw_sql_job_cancel, LW_PARAMS(lw_int(id), lw_int(lw_now_us()))));
    return db->driver->changes(db) ? LW_OK : lw_fail(cx, LW_CONFLICT, "job %" PRId64 " does not wait any more", id);
}

lw_status lw_job_requeue(lw_ctx *cx, lw_db *db) { return lw_run(cx, db, &lw_sql_job_requeue, LW_NO_PARAMS); }

static lw_job read_job(lw_ctx *cx, const lw_rows *rows)
{
    return (lw_job){.id = lw_rows_int(rows, 0),
                    .project_id = lw_rows_int(rows, 1),
                    .kind = lw_text_copy(cx->arena, lw_rows_text(rows, 2)),
                    .state = (lw_job_state)lw_rows_int(rows, 3),
                    .params = lw_text_copy(cx->arena, lw_rows_text(rows, 4)),
                    .done = lw_rows_int(rows, 5),
                    .total = lw_rows_int(rows, 6),
                    .message = lw_text_copy(cx->arena, lw_rows_text(rows, 7)),
                    .report = lw_text_copy(cx->arena, lw_rows_text(rows, 8)),
                    .error = lw_text_copy(cx->arena, lw_rows_text(rows, 9)),
                    .user_id = lw_rows_int(rows, 10),
                    .created_us = lw_rows_int(rows, 11),
                    .started_us = lw_rows_int(rows, 12),
                    .ended_us = lw_rows_int(rows, 13)};
}

lw_status lw_job_get(lw_ctx *cx, lw_db *db, int64_t id, lw_job *out)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status = lw_query_one(cx, db, &lw_sql_job_get, LW_PARAMS(lw_int(id)), &rows);
    if (status == LW_NOT_FOUND)
        return lw_fail(cx, LW_NOT_FOUND, "no job %" PRId64, id);
    LW_TRY(status);
    *out = read_job(cx, &rows);
    return LW_OK;
}

lw_status lw_job_next(lw_ctx *cx, lw_db *db, bool reads, lw_job *out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, reads ? &lw_sql_job_next_reading : &lw_sql_job_next_writing, LW_NO_PARAMS, &rows));
    *out = read_job(cx, &rows);
    return LW_OK;
}

lw_status lw_job_list(lw_ctx *cx, lw_db *db, int64_t project_id, int state, int64_t before, int64_t limit, lw_job **out, size_t *n_out)
{
    lw_job *list = lw_new_array(cx->arena, lw_job, (size_t)limit);
    size_t n = 0;
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(
        lw_query(cx, db, &lw_sql_job_list, LW_PARAMS(lw_int(project_id), lw_int(state), lw_int(before ? before : INT64_MAX), lw_int(limit)), &rows));
    lw_status status;
    while (lw_rows_next(cx, &rows, &status))
        list[n++] = read_job(cx, &rows);
    LW_TRY(status);
    *out = list;
    *n_out = n;
    return LW_OK;
}
