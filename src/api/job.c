/* Jobs: long work, begun here, watched and cancelled. */
#include "api/common.h"
#include "base/limits.h"
#include "work/demo.h"
#include "work/job_kinds.h"
#include "work/jobs.h"

static void put_job(lw_ctx *cx, lw_app *app, lw_db *db, lw_buf *buf, const lw_job *job)
{
    lw_buf_put_char(buf, '{');
    lw_put_int(buf, "id", job->id);
    lw_json *params;
    lw_project project;
    lw_text name = lw_json_parse(cx, job->params, &params) == LW_OK ? lw_json_get_text(params, "project") : (lw_text){0};
    if (job->project_id && lw_project_get(cx, db, job->project_id, &project) == LW_OK)
        name = project.name; /* as it is called now */
    lw_ctx_clear(cx);
    lw_put_text_or_null(buf, "project", name);
    lw_put_text(buf, "kind", job->kind);
    lw_put_text(buf, "state", lw_text_from(lw_job_state_name(job->state)));
    lw_put_int(buf, "done", job->done);
    lw_put_int(buf, "total", job->total);
    lw_put_text_or_null(buf, "message", job->message);
    lw_buf_put_key(buf, "params");
    lw_buf_put_text(buf, job->params.size ? job->params : LW_TEXT("{}"));
    const char *answer = lw_job_kind_find(job->kind)->answer;
    lw_buf_put_key(buf, "report");
    lw_buf_put_text(buf, job->report.size && strcmp(answer, "report") == 0 ? job->report : LW_TEXT("null"));
    if (job->report.size && strcmp(answer, "result") == 0) {
        lw_buf_put_key(buf, "result");
        lw_buf_put_text(buf, job->report);
    }
    if (job->error.size) {
        lw_buf_put_key(buf, "error");
        lw_buf_put_text(buf, job->error);
    }
    lw_put_text(buf, "by", lw_user_name(cx, app->store, db, job->user_id));
    lw_put_time(buf, "created", job->created_us);
    lw_put_time(buf, "started", job->started_us);
    lw_put_time(buf, "ended", job->ended_us);
    lw_buf_put_char(buf, '}');
}

static lw_status answer_job(lw_ctx *cx, lw_request *req, lw_response *res, int64_t id)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_job job;
    LW_TRY(lw_reader_begin(cx, lw_api_app(req)->store, &reader));
    LW_TRY(lw_job_get(cx, reader.db, id, &job));
    put_job(cx, lw_api_app(req), reader.db, &res->body, &job);
    return LW_OK;
}

/* `map` is written {"A": "B"} or ["A=B"]; jobs keep the latter. */
static void put_params(lw_buf *buf, lw_json *body, const lw_project *project)
{
    size_t i, n, j, m;
    yyjson_val *key, *value, *from, *to;
    lw_buf_put_char(buf, '{');
    if (project)
        lw_put_text(buf, "project", project->name);
    if (body)
        yyjson_obj_foreach(body, i, n, key, value)
        {
            lw_text name = lw_json_text(key);
            if (yyjson_is_null(value) || (project && lw_text_is(name, "project")))
                continue;
            lw_buf_put_key(buf, yyjson_get_str(key));
            if (!lw_text_is(name, "map") || !yyjson_is_obj(value)) {
                lw_json_write(buf, value);
                continue;
            }
            lw_buf_put_char(buf, '[');
            yyjson_obj_foreach(value, j, m, from, to)
            {
                LW_AUTO(lw_buf) pair = {0};
                lw_buf_put_text(&pair, lw_json_text(from));
                lw_buf_put_char(&pair, '=');
                lw_buf_put_text(&pair, lw_json_text(to));
                lw_buf_put_comma(buf);
                lw_buf_put_json_text(buf, lw_buf_text(&pair));
            }
            lw_buf_put_char(buf, ']');
        }
    lw_buf_put_char(buf, '}');
}

lw_status lw_api_do_job(lw_ctx *cx, lw_request *req, lw_response *res, const char *kind, const lw_project *project)
{
    LW_AUTO(lw_buf) params = {0};
    LW_AUTO(lw_reader) reader = {0};
    put_params(&params, req->body, project);
    lw_job job = {.project_id = project ? project->id : 0,
                  .kind = lw_text_from(kind),
                  .params = lw_text_copy(cx->arena, lw_buf_text(&params)),
                  .user_id = req->caller.user_id};
    LW_TRY(lw_job_do(cx, lw_api_app(req), &job));
    LW_TRY(lw_reader_begin(cx, lw_api_app(req)->store, &reader));
    put_job(cx, lw_api_app(req), reader.db, &res->body, &job);
    return LW_OK;
}

static lw_status list_jobs(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_project project = {0};
    lw_job *jobs;
    lw_job_state state;
    size_t n;
    int64_t before, limit = lw_api_limit(req, 50);
    lw_text name = lw_json_get_text(req->query, "project"), wanted = lw_json_get_text(req->query, "state");
    LW_TRY(lw_api_after(cx, req, 0, &before));
    if (wanted.size && !lw_job_state_from_name(wanted, &state))
        return lw_fail(cx, LW_INVALID, "a job's state is waiting, running, done, failed or cancelled");
    LW_TRY(lw_reader_begin(cx, lw_api_app(req)->store, &reader));
    if (name.size)
        LW_TRY(lw_project_find(cx, reader.db, name, &project));
    LW_TRY(lw_job_list(cx, reader.db, project.id, wanted.size ? (int)state : -1, before, limit, &jobs, &n));
    lw_buf_put_literal(&res->body, "{\"rows\": [");
    for (size_t i = 0; i < n; i++) {
        lw_buf_put_comma(&res->body);
        put_job(cx, lw_api_app(req), reader.db, &res->body, &jobs[i]);
    }
    lw_buf_put_char(&res->body, ']');
    lw_put_next(&res->body, n, limit, n ? jobs[n - 1].id : 0);
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

static lw_status get_job(lw_ctx *cx, lw_request *req, lw_response *res)
{
    int64_t id;
    LW_TRY(lw_request_id(cx, req, "job", &id));
    return answer_job(cx, req, res, id);
}

static lw_status cancel_job(lw_ctx *cx, lw_request *req, lw_response *res)
{
    int64_t id;
    LW_TRY(lw_request_id(cx, req, "job", &id));
    LW_TRY(lw_job_cancel(cx, lw_api_app(req), id));
    return answer_job(cx, req, res, id);
}

/* --- of the store as a whole */

static lw_status make_demo(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_text name = lw_json_get_text(req->body, "project");
    lw_project project = {.name = name.size ? name : LW_TEXT("demo")};
    LW_TRY(lw_name_check(cx, "project", project.name));
    return lw_api_do_job(cx, req, res, "demo", &project);
}

static lw_status make_backup(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_TRY(lw_api_check_local(cx, req));
    return lw_api_do_job(cx, req, res, "backup", NULL);
}

static lw_status verify(lw_ctx *cx, lw_request *req, lw_response *res) { return lw_api_do_job(cx, req, res, "verify", NULL); }

static const lw_schema jobs_query = {
    "JobsQuery", "Which jobs",
    LW_FIELDS({"project", LW_TYPE_TEXT}, {"state", LW_TYPE_TEXT}, {"after", LW_TYPE_TEXT}, {"limit", LW_TYPE_INT, .min = 1})};
static const lw_schema demo_body = {"Demo", "What to draw",
                                    LW_FIELDS({"project", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES, .description = "demo when nothing is said"},
                                              {"items", LW_TYPE_INT, .min = 1, .max = LW_LIMIT_DEMO_ITEMS},
                                              {"seed", LW_TYPE_INT, .min = 0, .max = 9007199254740991})};
static const lw_schema backup_body = {"Backup", "Where to", LW_FIELDS({"target", LW_TYPE_TEXT, LW_REQUIRED, .max = 4096})};

/* clang-format off */
const lw_route lw_job_routes[] = {
    {LW_GET,  "/v1/jobs",              list_jobs,  LW_ANNOTATOR, NULL, &lw_job_page, "List jobs, newest first", .query = &jobs_query},
    {LW_GET,  "/v1/jobs/{job}",        get_job,    LW_ANNOTATOR, NULL, &lw_job_schema, "Show a job"},
    {LW_POST, "/v1/jobs/{job}/cancel", cancel_job, LW_OWNER,     NULL, &lw_job_schema, "Cancel a job", .flags = LW_ROUTE_SLOW},
    {LW_POST, "/v1/demo",              make_demo,   LW_OWNER, &demo_body,   &lw_job_schema, "Draw pictures of fruit and make a project of them; answers a job", .flags = LW_ROUTE_SLOW, .status = 202},
    {LW_POST, "/v1/backup",            make_backup, LW_OWNER, &backup_body, &lw_job_schema, "Back up into a folder of this machine; answers a job", .flags = LW_ROUTE_SLOW, .status = 202},
    {LW_POST, "/v1/verify",            verify,      LW_OWNER, NULL,         &lw_job_schema, "Check rows, lifetimes, counters and the stored images; answers a job", .flags = LW_ROUTE_SLOW, .status = 202},
    {0},
};
/* clang-format on */
