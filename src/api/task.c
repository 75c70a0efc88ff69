/* Tasks: what is next, and what becomes of it. */
#include "api/common.h"
#include "base/limits.h"

typedef struct task_write {
    lw_author author;
    int64_t project_id, user_id, after, task_id, item_id, seq;
    int state;                            /* -1: as it is */
    bool has_split, gives_back, may_take; /* may_take: from whoever has it in hand */
    lw_text split, reason;
} task_write;

static lw_status write_claim(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    task_write *w = arg;
    lw_task task;
    LW_TRY(lw_task_next(cx, db, w->project_id, w->user_id, w->after, &task));
    w->item_id = task.item_id;
    return lw_task_lease(cx, db, task.id, w->user_id);
}

/* Claims with a lease, or only looks. */
static lw_status next_task(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_view) view = {0};
    task_write w = {.user_id = req->caller.user_id};
    lw_task task;
    int64_t after = lw_json_get_int(req->body, "after", 0);
    LW_TRY(lw_view_open(cx, req, &view));
    w.project_id = view.project.id;
    if (after) {
        LW_TRY(lw_task_find(cx, view.reader.db, w.project_id, after, &task));
        w.after = task.position;
    }
    lw_status status;
    if (lw_json_get_bool(req->query, "peek", false)) {
        status = lw_task_next(cx, view.reader.db, w.project_id, w.user_id, w.after, &task);
        w.item_id = task.item_id;
    } else {
        status = lw_write_now(cx, lw_api_app(req)->store, write_claim, &w);
    }
    if (status == LW_NOT_FOUND) {
        lw_ctx_clear(cx);
        lw_buf_put_literal(&res->body, "{\"item\": null}");
        return LW_OK;
    }
    LW_TRY(status);
    LW_AUTO(lw_view) fresh = {0}; /* sees the lease */
    LW_TRY(lw_view_open(cx, req, &fresh));
    return lw_put_work(cx, req, &fresh, w.item_id, &res->body);
}

static lw_status write_task(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    task_write *w = arg;
    lw_task task;
    int64_t split = -1;
    LW_TRY(lw_task_get(cx, db, w->task_id, &task));
    w->project_id = task.project_id;
    w->item_id = task.item_id;
    if (w->state >= 0 && !w->may_take)
        LW_TRY(lw_task_check_free(cx, store, db, &task, w->author.user_id));
    if (w->gives_back)
        LW_TRY(lw_task_lease(cx, db, task.id, 0));
    LW_AUTO(lw_commit) commit = {0};
    LW_TRY(lw_commit_begin(cx, store, db, task.project_id, &w->author, &commit));
    if (w->has_split)
        LW_TRY(lw_split_ensure(cx, db, w->split, &split));
    lw_task_state state = w->state >= 0 ? (lw_task_state)w->state : task.state;
    LW_TRY(lw_commit_set_task(cx, &commit, task.item_id, state, split, w->reason));
    return lw_commit_finish(cx, &commit, &w->seq);
}

/* What the log says of the commit: "submitted", "skipped: too dark", "split: train". */
static lw_text what_becomes(lw_ctx *cx, const char *word, int state, lw_text reason, bool has_split, lw_text split)
{
    LW_AUTO(lw_buf) text = {0};
    static const char *const words[] = {[LW_WAITING] = "waiting again", [LW_STARTED] = "started", [LW_DONE] = "submitted", [LW_SKIPPED] = "skipped"};
    if (word || state >= 0)
        lw_buf_print(&text, "%s", word ? word : words[state]);
    if (state == LW_SKIPPED && reason.size)
        lw_buf_print(&text, ": %.*s", LW_FMT(reason));
    if (has_split)
        lw_buf_print(&text, "%ssplit: %.*s", text.size ? ", " : "", split.size ? (int)split.size : 4, split.size ? split.data : "none");
    return lw_text_copy(cx->arena, lw_buf_text(&text));
}

static lw_status change(lw_ctx *cx, lw_request *req, lw_response *res, task_write *w)
{
    lw_app *app = lw_api_app(req);
    lw_layer *splits;
    size_t n_splits;
    lw_task_item row;
    w->author = lw_api_author(req, "task");
    w->author.reason = what_becomes(cx, w->gives_back ? "reopened" : NULL, w->state, w->reason, w->has_split, w->split);
    LW_TRY(lw_request_id(cx, req, "task", &w->task_id));
    if (req->caller.project_id) {
        LW_AUTO(lw_reader) reader = {0};
        lw_task task;
        LW_TRY(lw_reader_begin(cx, app->store, &reader));
        LW_TRY(lw_task_get(cx, reader.db, w->task_id, &task));
        LW_TRY(lw_api_check_project(cx, req, task.project_id));
    }
    LW_TRY(lw_write_now(cx, app->store, write_task, w));
    if (w->seq && app->published)
        app->published(app, w->project_id, w->seq);
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, app->store, &reader));
    LW_TRY(lw_task_get(cx, reader.db, w->task_id, &row.task));
    LW_TRY(lw_item_get(cx, reader.db, row.task.item_id, &row.item));
    LW_TRY(lw_split_names(cx, reader.db, &splits, &n_splits));
    lw_put_item(cx, app, reader.db, &res->body, &row, splits, n_splits);
    return LW_OK;
}

static lw_status submit(lw_ctx *cx, lw_request *req, lw_response *res) { return change(cx, req, res, &(task_write){.state = LW_DONE}); }

static lw_status reopen(lw_ctx *cx, lw_request *req, lw_response *res)
{
    return change(cx, req, res, &(task_write){.state = LW_STARTED, .gives_back = true, .may_take = req->caller.role == LW_OWNER});
}

static lw_status skip(lw_ctx *cx, lw_request *req, lw_response *res)
{
    return change(cx, req, res, &(task_write){.state = LW_SKIPPED, .reason = lw_json_get_text(req->body, "reason")});
}

static lw_status change_task(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_json *split = lw_json_get(req->body, "split");
    return change(cx, req, res, &(task_write){.state = -1, .has_split = split != NULL, .split = lw_json_text(split)});
}

/* --- many at once, one commit */

typedef struct tasks_write {
    lw_author author;
    int64_t project_id, seq;
    lw_json *items;
    int state; /* -1: as it is */
    bool has_split;
    lw_text split, reason;
} tasks_write;

static lw_status write_tasks(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    tasks_write *w = arg;
    int64_t split = -1;
    size_t i, n;
    yyjson_val *item;
    LW_AUTO(lw_commit) commit = {0};
    LW_TRY(lw_commit_begin(cx, store, db, w->project_id, &w->author, &commit));
    if (w->has_split)
        LW_TRY(lw_split_ensure(cx, db, w->split, &split));
    yyjson_arr_foreach(w->items, i, n, item)
    {
        lw_task task;
        int64_t item_id = yyjson_get_sint(item);
        LW_TRY(lw_task_find(cx, db, w->project_id, item_id, &task));
        if (w->state >= 0)
            LW_TRY(lw_task_check_free(cx, store, db, &task, w->author.user_id));
        LW_TRY(lw_commit_set_task(cx, &commit, item_id, w->state >= 0 ? (lw_task_state)w->state : task.state, split, w->reason));
    }
    return lw_commit_finish(cx, &commit, &w->seq);
}

static lw_status change_tasks(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_app *app = lw_api_app(req);
    lw_json *split = lw_json_get(req->body, "split");
    lw_text state = lw_json_get_text(req->body, "state");
    tasks_write w = {.author = lw_api_author(req, "task"),
                     .items = lw_json_get(req->body, "items"),
                     .state = -1,
                     .has_split = split != NULL,
                     .split = lw_json_text(split),
                     .reason = lw_json_get_text(req->body, "reason")};
    lw_task_state wanted;
    if (state.size && lw_task_state_from_name(state, &wanted))
        w.state = (int)wanted;
    w.author.reason = what_becomes(cx, NULL, w.state, w.reason, w.has_split, w.split);
    if (w.state < 0 && !w.has_split)
        return lw_fail(cx, LW_INVALID, "say what is to change: 'state', 'split' or both");
    {
        LW_AUTO(lw_view) view = {0};
        LW_TRY(lw_view_open(cx, req, &view));
        w.project_id = view.project.id;
    }
    LW_TRY(lw_write_now(cx, app->store, write_tasks, &w));
    if (w.seq && app->published)
        app->published(app, w.project_id, w.seq);
    lw_buf_print(&res->body, "{\"seq\": %" PRId64 "}", w.seq);
    return LW_OK;
}

static const lw_schema next_body = {"NextFrom", "Where to look from", LW_FIELDS({"after", LW_TYPE_INT, LW_NULLABLE, .description = "an item's id"})};
static const lw_schema next_query = {"NextQuery", "How", LW_FIELDS({"peek", LW_TYPE_BOOL, .description = "only look"})};
static const lw_schema skip_body = {"Skip", "Why", LW_FIELDS({"reason", LW_TYPE_TEXT, .max = LW_LIMIT_TEXT_BYTES / 2})};
static const lw_schema task_change = {"TaskChange", "What may change", LW_FIELDS({"split", LW_TYPE_TEXT, LW_NULLABLE, .max = LW_LIMIT_NAME_BYTES})};
static const lw_schema tasks_change = {
    "TasksChange", "What many tasks become",
    LW_FIELDS({"items", LW_TYPE_LIST, LW_REQUIRED, .of = LW_TYPE_INT, .min = 1, .max = LW_LIMIT_PAGE, .description = "their items' ids"},
              {"state", LW_TYPE_TEXT, .options = "waiting|started|done|skipped"}, {"split", LW_TYPE_TEXT, LW_NULLABLE, .max = LW_LIMIT_NAME_BYTES},
              {"reason", LW_TYPE_TEXT, .max = LW_LIMIT_TEXT_BYTES / 2})};

/* clang-format off */
const lw_route lw_task_routes[] = {
    {LW_PATCH, "/v1/projects/{project}/tasks", change_tasks, LW_ANNOTATOR, &tasks_change, &lw_committed_schema, "Change state or split of many tasks, in one commit", .flags = LW_ROUTE_SLOW},
    {LW_POST,  "/v1/projects/{project}/next", next_task,   LW_ANNOTATOR, &next_body,   &lw_next_schema, "Claim the next task", .query = &next_query, .flags = LW_ROUTE_SLOW},
    {LW_POST,  "/v1/tasks/{task}/submit",     submit,      LW_ANNOTATOR, NULL,         &lw_item_schema, "Done", .flags = LW_ROUTE_SLOW},
    {LW_POST,  "/v1/tasks/{task}/skip",       skip,        LW_ANNOTATOR, &skip_body,   &lw_item_schema, "Skip, with a reason", .flags = LW_ROUTE_SLOW},
    {LW_POST,  "/v1/tasks/{task}/return",     reopen,      LW_ANNOTATOR, NULL,         &lw_item_schema, "Open again and give back", .flags = LW_ROUTE_SLOW},
    {LW_PATCH, "/v1/tasks/{task}",            change_task, LW_ANNOTATOR, &task_change, &lw_item_schema, "Change the split", .flags = LW_ROUTE_SLOW},
    {0},
};
/* clang-format on */
