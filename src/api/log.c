/* The log of commits, the feed of changes, and undo. */
#include "api/common.h"
#include "base/limits.h"
#include "http/events.h"
#include "work/undo.h"

static void put_commit(lw_ctx *cx, lw_store *store, lw_db *db, lw_buf *buf, const lw_commit_row *commit)
{
    lw_buf_put_char(buf, '{');
    lw_put_int(buf, "seq", commit->seq);
    lw_put_text(buf, "by", lw_user_name(cx, store, db, commit->user_id));
    lw_put_time(buf, "at", commit->at_us);
    lw_put_text(buf, "kind", commit->kind);
    lw_put_text_or_null(buf, "reason", commit->reason);
    lw_put_int_or_null(buf, "job", commit->job_id);
    lw_put_int(buf, "added", commit->n_added);
    lw_put_int(buf, "changed", commit->n_changed);
    lw_put_int(buf, "removed", commit->n_removed);
}

void lw_put_commits(lw_ctx *cx, lw_store *store, lw_db *db, lw_buf *buf, const lw_commit_row *commits, size_t n)
{
    lw_buf_put_char(buf, '[');
    for (size_t i = 0; i < n; i++) {
        lw_buf_put_comma(buf);
        put_commit(cx, store, db, buf, &commits[i]);
        lw_buf_put_char(buf, '}');
    }
    lw_buf_put_char(buf, ']');
}

static lw_status list_log(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_view) view = {0};
    lw_commit_row *commits;
    size_t n;
    int64_t before, limit = lw_api_limit(req, 100);
    LW_TRY(lw_api_after(cx, req, INT64_MAX, &before));
    LW_TRY(lw_view_open(cx, req, &view));
    LW_TRY(lw_commit_list(cx, view.reader.db, view.project.id, before, limit, &commits, &n));
    lw_buf_put_literal(&res->body, "{\"rows\": ");
    lw_put_commits(cx, lw_api_app(req)->store, view.reader.db, &res->body, commits, n);
    lw_put_next(&res->body, n, limit, n ? commits[n - 1].seq : 0);
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

/* One page of the feed as NDJSON: whoever follows asks again after the last seq, or listens to the stream of events. */
static lw_status list_changes(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_view) view = {0};
    lw_app *app = lw_api_app(req);
    LW_TRY(lw_view_open(cx, req, &view));
    if (lw_request_accepts(req, "text/event-stream") && app->publisher) {
        lw_response_set_events(res, app->publisher, view.project.id);
        return LW_OK;
    }
    lw_commit_row *commits;
    size_t n;
    LW_TRY(lw_commit_feed(cx, view.reader.db, view.project.id, lw_json_get_int(req->query, "after", 0), lw_api_limit(req, 1000), &commits, &n));
    for (size_t i = 0; i < n; i++) {
        int64_t *items;
        size_t n_items;
        LW_TRY(lw_commit_items(cx, view.reader.db, view.project.id, commits[i].seq, &items, &n_items));
        put_commit(cx, app->store, view.reader.db, &res->body, &commits[i]);
        lw_buf_put_key(&res->body, "items");
        lw_buf_put_char(&res->body, '[');
        for (size_t j = 0; j < n_items; j++) {
            lw_buf_put_comma(&res->body);
            lw_buf_put_int(&res->body, items[j]);
        }
        lw_buf_put_literal(&res->body, "]}\n");
    }
    res->content_type = "application/x-ndjson";
    return LW_OK;
}

static lw_status undo(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_author author = lw_api_author(req, "undo");
    int64_t project_id, *seqs = NULL, last = 0;
    size_t n_seqs = 0;
    int64_t job = lw_json_get_int(req->body, "job", 0);
    lw_json *commits = lw_json_get(req->body, "commits");
    {
        LW_AUTO(lw_view) view = {0};
        LW_TRY(lw_view_open(cx, req, &view));
        project_id = view.project.id;
        if (job) {
            int64_t *all;
            size_t n;
            LW_TRY(lw_commit_of_job(cx, view.reader.db, view.project.id, job, &all, &n));
            seqs = lw_new_array(cx->arena, int64_t, n);
            for (size_t i = 0; i < n; i++) { /* the ontology keeps what the import added */
                lw_commit_row *row;
                size_t found;
                LW_TRY(lw_commit_feed(cx, view.reader.db, view.project.id, all[i] - 1, 1, &row, &found));
                if (found && !lw_text_is(row->kind, "ontology"))
                    seqs[n_seqs++] = all[i];
            }
        }
    }
    if (!job) {
        seqs = lw_new_array(cx->arena, int64_t, yyjson_arr_size(commits));
        size_t i, n;
        yyjson_val *seq;
        yyjson_arr_foreach(commits, i, n, seq) seqs[n_seqs++] = yyjson_get_sint(seq);
    }
    if (!n_seqs)
        return lw_fail(cx, LW_NOT_FOUND,
                       job ? "job %" PRId64 " has made no commits in this project" : "name the commits to undo: {\"commits\": [seq, …]}", job);
    LW_TRY(lw_undo_run(cx, lw_api_app(req)->store, project_id, &author, seqs, n_seqs, &last));
    if (lw_api_app(req)->published)
        lw_api_app(req)->published(lw_api_app(req), project_id, last);
    lw_buf_print(&res->body, "{\"seq\": %" PRId64 "}", last);
    return LW_OK;
}

static const lw_schema undo_body = {"Undo", "What to undo",
                                    LW_FIELDS({"commits", LW_TYPE_LIST, .of = LW_TYPE_INT, .max = 100000}, {"job", LW_TYPE_INT, .min = 1})};
static const lw_schema changes_query = {"ChangesQuery", "Where the feed goes on",
                                        LW_FIELDS({"after", LW_TYPE_INT}, {"limit", LW_TYPE_INT, .min = 1})};

/* clang-format off */
const lw_route lw_log_routes[] = {
    {LW_GET,  "/v1/projects/{project}/log",     list_log,     LW_ANNOTATOR, NULL,       &lw_commit_page, "List commits, newest first", .query = &lw_page_query},
    {LW_GET,  "/v1/projects/{project}/changes", list_changes, LW_ANNOTATOR, NULL,       &lw_change_schema,           "The feed of commits: NDJSON, or an event stream by Accept", .query = &changes_query, .response_type = "application/x-ndjson"},
    {LW_POST, "/v1/projects/{project}/undo",    undo,         LW_OWNER,     &undo_body, &lw_committed_schema, "Undo commits, or all of a job, by inverse commits", .flags = LW_ROUTE_SLOW},
    {0},
};
/* clang-format on */
