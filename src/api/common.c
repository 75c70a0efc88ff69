#include "api/common.h"

#include "base/clock.h"
#include "base/limits.h"

const lw_schema lw_page_query = {"PageQuery", "A page of a list",
                                 LW_FIELDS({"after", LW_TYPE_TEXT, .description = "`next` of the page before"},
                                           {"limit", LW_TYPE_INT, .min = 1, .description = "rows of a page; more than 1,000 are 1,000"})};

void lw_view_cleanup(lw_view *view) { lw_reader_cleanup(&view->reader); }

lw_status lw_api_check_project(lw_ctx *cx, const lw_request *req, int64_t project_id)
{
    if (req->caller.project_id && req->caller.project_id != project_id)
        return lw_fail(cx, LW_DENIED, "this token reads another project");
    return LW_OK;
}

lw_status lw_view_open(lw_ctx *cx, const lw_request *req, lw_view *out)
{
    LW_TRY(lw_reader_begin(cx, lw_api_app(req)->store, &out->reader));
    LW_TRY(lw_project_find(cx, out->reader.db, lw_request_param(req, "project"), &out->project));
    return lw_api_check_project(cx, req, out->project.id);
}

lw_status lw_api_project(lw_ctx *cx, const lw_request *req, lw_project *out)
{
    LW_AUTO(lw_view) view = {0};
    LW_TRY(lw_view_open(cx, req, &view));
    *out = view.project;
    return LW_OK;
}

lw_status lw_api_check_local(lw_ctx *cx, const lw_request *req)
{
    return req->is_local ? LW_OK : lw_fail(cx, LW_DENIED, "only the owner of the files may do this: use the command line on the server's machine");
}

lw_author lw_api_author(const lw_request *req, const char *kind) { return (lw_author){.user_id = req->caller.user_id, .kind = kind}; }

int64_t lw_api_limit(const lw_request *req, int64_t otherwise)
{
    int64_t limit = lw_json_get_int(req->query, "limit", otherwise);
    return limit < 1 ? 1 : limit > LW_LIMIT_PAGE ? LW_LIMIT_PAGE : limit;
}

lw_status lw_api_after(lw_ctx *cx, const lw_request *req, int64_t otherwise, int64_t *out)
{
    lw_text after = lw_json_get_text(req->query, "after");
    int64_t id = otherwise;
    if (after.size && (!lw_text_to_int(after, &id) || id < 0))
        return lw_fail_at(cx, "/after", "'after' must be what `next` of a page says");
    *out = id;
    return LW_OK;
}

void lw_put_next(lw_buf *buf, size_t n, int64_t limit, int64_t last_id)
{
    char next[24];
    snprintf(next, sizeof next, "%" PRId64, last_id);
    lw_put_text_or_null(buf, "next", n && (int64_t)n == limit ? lw_text_from(next) : (lw_text){0});
}

void lw_put_text(lw_buf *buf, const char *key, lw_text value)
{
    lw_buf_put_key(buf, key);
    lw_buf_put_json_text(buf, value);
}

void lw_put_text_or_null(lw_buf *buf, const char *key, lw_text value)
{
    lw_buf_put_key(buf, key);
    if (value.size)
        lw_buf_put_json_text(buf, value);
    else
        lw_buf_put_literal(buf, "null");
}

void lw_put_int(lw_buf *buf, const char *key, int64_t value)
{
    lw_buf_put_key(buf, key);
    lw_buf_put_int(buf, value);
}

void lw_put_int_or_null(lw_buf *buf, const char *key, int64_t value)
{
    lw_buf_put_key(buf, key);
    if (value)
        lw_buf_put_int(buf, value);
    else
        lw_buf_put_literal(buf, "null");
}

void lw_put_bool(lw_buf *buf, const char *key, bool value)
{
    lw_buf_put_key(buf, key);
    lw_buf_put_string(buf, value ? "true" : "false");
}

void lw_put_time(lw_buf *buf, const char *key, int64_t us)
{
    char time[LW_TIME_SIZE];
    lw_put_text_or_null(buf, key, us ? lw_text_from(lw_time_print(us, time)) : (lw_text){0});
}

void lw_put_user_fields(lw_buf *buf, const lw_user *user)
{
    lw_put_int(buf, "id", user->id);
    lw_put_text(buf, "name", user->name);
    lw_put_text(buf, "role", lw_text_from(lw_role_name(user->role)));
    lw_put_time(buf, "created", user->created_us);
}

void lw_put_user(lw_buf *buf, const lw_user *user)
{
    lw_buf_put_char(buf, '{');
    lw_put_user_fields(buf, user);
    lw_buf_put_char(buf, '}');
}

static void put_task_fields(lw_ctx *cx, lw_app *app, lw_db *db, lw_buf *buf, const lw_task *task, const lw_layer *splits, size_t n_splits)
{
    lw_put_int(buf, "position", task->position);
    lw_put_text(buf, "state", lw_text_from(lw_task_state_name(task->state)));
    lw_put_text_or_null(buf, "split", lw_layer_name(splits, n_splits, task->split_id));
    lw_put_text_or_null(buf, "assignee",
                        task->lease_user_id && task->lease_until_us > lw_now_us() ? lw_user_name(cx, app->store, db, task->lease_user_id)
                                                                                  : (lw_text){0});
    lw_put_text_or_null(buf, "reason", task->reason);
}

static void put_item_fields(lw_buf *buf, const lw_item_row *item)
{
    lw_put_int(buf, "id", item->id);
    lw_put_text(buf, "name", item->name);
    lw_put_int(buf, "width", item->width);
    lw_put_int(buf, "height", item->height);
    lw_put_text_or_null(buf, "media_type", item->media_type);
    lw_put_bool(buf, "media", item->location != LW_NO_MEDIA && !item->is_missing);
    lw_put_int(buf, "revision", item->revision);
}

/* What lists show of an item; an object left open. */
static void open_item(lw_ctx *cx, lw_app *app, lw_db *db, lw_buf *buf, const lw_task_item *row, const lw_layer *splits, size_t n_splits)
{
    lw_buf_put_char(buf, '{');
    put_item_fields(buf, &row->item);
    lw_put_int(buf, "task", row->task.id);
    lw_put_int(buf, "labels", row->task.n_labels);
    put_task_fields(cx, app, db, buf, &row->task, splits, n_splits);
}

void lw_put_item(lw_ctx *cx, lw_app *app, lw_db *db, lw_buf *buf, const lw_task_item *row, const lw_layer *splits, size_t n_splits)
{
    open_item(cx, app, db, buf, row, splits, n_splits);
    lw_buf_put_char(buf, '}');
}

lw_status lw_put_work(lw_ctx *cx, const lw_request *req, const lw_view *view, int64_t item_id, lw_buf *buf)
{
    lw_app *app = lw_api_app(req);
    lw_db *db = view->reader.db;
    lw_task_item row;
    lw_label *labels;
    lw_track *tracks;
    lw_layer *splits;
    size_t n_labels, n_tracks, n_splits;
    LW_AUTO(lw_names) names = {0};
    LW_TRY(lw_names_load(cx, app->store, db, &view->project, &names));
    LW_TRY(lw_task_find(cx, db, view->project.id, item_id, &row.task));
    LW_TRY(lw_item_get(cx, db, item_id, &row.item));
    LW_TRY(lw_label_list(cx, &names, item_id, &labels, &n_labels));
    LW_TRY(lw_track_list(cx, &names, item_id, &tracks, &n_tracks));
    LW_TRY(lw_split_names(cx, db, &splits, &n_splits));
    lw_buf_put_literal(buf, "{\"item\": ");
    open_item(cx, app, db, buf, &row, splits, n_splits);
    lw_buf_put_key(buf, "metadata");
    lw_buf_put_text(buf, row.item.metadata.size ? row.item.metadata : LW_TEXT("{}"));
    lw_buf_put_literal(buf, "}, \"task\": {");
    lw_put_int(buf, "id", row.task.id);
    put_task_fields(cx, app, db, buf, &row.task, splits, n_splits);
    lw_buf_put_literal(buf, "}");
    lw_put_int(buf, "seq", view->project.seq);
    lw_buf_put_key(buf, "tracks");
    lw_buf_put_char(buf, '[');
    for (size_t i = 0; i < n_tracks; i++) {
        lw_buf_put_comma(buf);
        lw_track_write_json(buf, &tracks[i]);
    }
    lw_buf_put_char(buf, ']');
    lw_buf_put_key(buf, "labels");
    lw_put_labels(buf, labels, n_labels);
    lw_buf_put_char(buf, '}');
    return LW_OK;
}

void lw_put_labels(lw_buf *buf, const lw_label *labels, size_t n)
{
    lw_buf_put_char(buf, '[');
    for (size_t i = 0; i < n; i++) {
        lw_buf_put_comma(buf);
        lw_label_write_json(buf, &labels[i]);
    }
    lw_buf_put_char(buf, ']');
}
