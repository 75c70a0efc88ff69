/* Labels: of one item, of several, and operations on them. */
#include "api/common.h"
#include "base/limits.h"
#include "work/apply.h"

static lw_status get_labels(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_view) view = {0};
    int64_t id;
    LW_TRY(lw_request_id(cx, req, "item", &id));
    LW_TRY(lw_view_open(cx, req, &view));
    return lw_put_work(cx, req, &view, id, &res->body);
}

static lw_status list_labels(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_view) view = {0};
    LW_AUTO(lw_names) names = {0};
    LW_TRY(lw_view_open(cx, req, &view));
    LW_TRY(lw_names_load(cx, lw_api_app(req)->store, view.reader.db, &view.project, &names));
    lw_buf_put_literal(&res->body, "{\"rows\": [");
    size_t i, n, n_labels;
    yyjson_val *value;
    lw_label *labels;
    yyjson_arr_foreach(lw_json_get(req->query, "items"), i, n, value)
    {
        int64_t item_id = yyjson_get_sint(value);
        lw_task task;
        LW_TRY(lw_task_find(cx, view.reader.db, view.project.id, item_id, &task)); /* an item of this project */
        LW_TRY(lw_label_list(cx, &names, item_id, &labels, &n_labels));
        lw_buf_put_comma(&res->body);
        lw_buf_put_char(&res->body, '{');
        lw_put_int(&res->body, "item", item_id);
        lw_buf_put_key(&res->body, "labels");
        lw_put_labels(&res->body, labels, n_labels);
        lw_buf_put_char(&res->body, '}');
    }
    lw_buf_put_literal(&res->body, "], \"next\": null}");
    return LW_OK;
}

/* --- operations: queued to the writer; the connection waits without a thread */

typedef struct applying {
    lw_write write;
    lw_operations operations;
    lw_request *req;
} applying;

static void applied(lw_write *write)
{
    applying *a = (applying *)write;
    lw_response_finish(a->req, write->status);
}

static lw_status answer_operations(lw_ctx *cx, lw_request *req, lw_response *res)
{
    applying *a = req->state;
    lw_app *app = lw_api_app(req);
    lw_buf_put_text(&res->body, a->operations.answer);
    res->content_type = "application/x-ndjson";
    res->status = a->operations.http_status;
    if (a->operations.seq && app->published)
        app->published(app, a->operations.project_id, a->operations.seq);
    (void)cx;
    return LW_OK;
}

static lw_status post_operations(lw_ctx *cx, lw_request *req, lw_response *res)
{
    applying *a = lw_new(cx->arena, applying);
    int64_t project_id;
    lw_text key = lw_request_header(req, "Idempotency-Key");
    LW_TRY(lw_project_find_id(cx, lw_api_app(req)->store, lw_request_param(req, "project"), &project_id));
    LW_TRY(lw_api_check_project(cx, req, project_id));
    if (key.size > LW_LIMIT_NAME_BYTES)
        return lw_fail(cx, LW_INVALID, "an Idempotency-Key has at most %d bytes", LW_LIMIT_NAME_BYTES);
    a->operations = (lw_operations){
        .project_id = project_id,
        .author = lw_api_author(req, "labels"),
        .caller = req->caller.token_id ? lw_text_print(cx->arena, "token:%" PRId64, req->caller.token_id)
                                       : lw_text_print(cx->arena, "user:%" PRId64, req->caller.user_id),
        .key = key,
        .is_partial = lw_json_get_bool(req->query, "partial", false),
    };
    LW_TRY(lw_operations_parse(cx, req->raw, &a->operations));
    a->write = (lw_write){.cx = cx, .run = lw_operations_apply, .arg = &a->operations, .done = applied, .is_joint = true};
    a->req = req;
    req->state = a;
    lw_response_later(res, answer_operations);
    lw_write_later(lw_api_app(req)->store, &a->write);
    return LW_OK;
}

static const lw_schema labels_query = {"LabelsQuery", "Of which items",
                                       LW_FIELDS({"items", LW_TYPE_LIST, LW_REQUIRED, .of = LW_TYPE_INT, .min = 1, .max = LW_LIMIT_THUMBNAILS})};
static const lw_schema operations_query = {"OperationsQuery", "How",
                                           LW_FIELDS({"partial", LW_TYPE_BOOL, .description = "do what can be done; else all or nothing"})};

/* clang-format off */
const lw_route lw_label_routes[] = {
    {LW_GET,  "/v1/projects/{project}/items/{item}/labels", get_labels,      LW_ANNOTATOR, NULL, &lw_item_labels_schema, "An item with its task and all its labels"},
    {LW_GET,  "/v1/projects/{project}/labels",              list_labels,     LW_ANNOTATOR, NULL, &lw_labels_page, "Labels of several items", .query = &labels_query},
    {LW_POST, "/v1/projects/{project}/labels",              post_operations, LW_ANNOTATOR, &lw_operation_schema, &lw_answer_schema, "Label operations, NDJSON in and out, one commit", .query = &operations_query, .flags = LW_ROUTE_RAW, .body_limit_bytes = LW_LIMIT_OPERATIONS_BYTES, .body_type = "application/x-ndjson", .response_type = "application/x-ndjson"},
    {0},
};
/* clang-format on */
