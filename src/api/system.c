/* Health, and the description of the API itself. */
#include <sys/stat.h>

#include "api/common.h"
#include "http/metrics.h"
#include "http/openapi.h"
#include "work/backup.h"

const lw_route *const lw_api_tables[] = {lw_session_routes,
                                         lw_user_routes,
                                         lw_project_routes,
                                         lw_item_routes,
                                         lw_label_routes,
                                         lw_task_routes,
                                         lw_log_routes,
                                         lw_transfer_routes,
                                         lw_job_routes,
                                         lw_system_routes,
                                         NULL};

static lw_status get_health(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, lw_api_app(req)->store, &reader));
    lw_buf_put_literal(&res->body, "{\"status\": \"ok\", \"version\": \"" LW_VERSION "\"}");
    return LW_OK;
}

static lw_status get_metrics(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_app *app = lw_api_app(req);
    struct stat at;
    if (app->metrics)
        lw_metrics_write(app->metrics, &res->body);
    if (stat(lw_print(cx->arena, "%s/labelwright.db", lw_store_folder(app->store)), &at) == 0)
        lw_metrics_put(&res->body, "labelwright_database_bytes", "gauge", "Size of the store's database.", (double)at.st_size);
    res->content_type = "text/plain; version=0.0.4";
    return LW_OK;
}

static lw_status get_openapi(lw_ctx *cx, lw_request *req, lw_response *res)
{
    (void)cx, (void)req;
    lw_openapi_write(&res->body, "Labelwright", LW_VERSION, lw_api_tables, &lw_failure_schema);
    return LW_OK;
}

/* --- backup and the check of everything: for whoever owns the files */

static lw_status check_local(lw_ctx *cx, const lw_request *req)
{
    return req->is_local ? LW_OK : lw_fail(cx, LW_DENIED, "only the owner of the files may do this: use the command line on the server's machine");
}

static lw_status make_backup(lw_ctx *cx, lw_request *req, lw_response *res)
{
    int64_t n_blobs;
    LW_TRY(check_local(cx, req));
    LW_TRY(lw_backup_make(cx, lw_api_app(req), lw_text_string(cx->arena, lw_api_text(req->body, "target")), &n_blobs));
    lw_buf_print(&res->body, "{\"images\": %" PRId64 "}", n_blobs);
    return LW_OK;
}

typedef struct problems {
    lw_buf *buf;
    int64_t n;
} problems;

enum { MAX_PROBLEMS = 1000 };

static lw_status put_problem(lw_ctx *cx, void *state, const char *problem)
{
    problems *p = state;
    (void)cx;
    if (p->n++ < MAX_PROBLEMS) {
        lw_buf_put_comma(p->buf);
        lw_buf_put_json_text(p->buf, lw_text_from(problem));
    }
    return LW_OK;
}

static lw_status verify(lw_ctx *cx, lw_request *req, lw_response *res)
{
    problems p = {.buf = &res->body};
    int64_t n_blobs;
    LW_TRY(check_local(cx, req));
    lw_buf_put_literal(&res->body, "{\"problems\": [");
    LW_TRY(lw_verify_run(cx, lw_api_app(req), put_problem, &p, &n_blobs));
    lw_buf_print(&res->body, "], \"count\": %" PRId64 ", \"images\": %" PRId64 "}", p.n, n_blobs);
    return LW_OK;
}

static const lw_schema backup_body = {"Backup", "Where to", LW_FIELDS({"target", LW_TYPE_TEXT, LW_REQUIRED, .max = 4096})};

/* clang-format off */
const lw_route lw_system_routes[] = {
    {LW_GET, "/healthz",         get_health,  LW_PUBLIC,    NULL, &lw_health_schema, "Whether the server can read its store"},
    {LW_GET, "/metrics",         get_metrics, LW_PUBLIC,    NULL, NULL, "Counts for Prometheus; no names", .response_type = "text/plain"},
    {LW_GET, "/v1/openapi.json", get_openapi, LW_PUBLIC,    NULL, &lw_any_object, "This description"},
    {LW_POST, "/v1/backup",      make_backup, LW_OWNER,    &backup_body, &lw_backup_schema, "Back up into a folder of this machine", .flags = LW_ROUTE_SLOW},
    {LW_POST, "/v1/verify",      verify,      LW_OWNER,    NULL, &lw_verification_schema, "Check rows, lifetimes, counters and the stored images", .flags = LW_ROUTE_SLOW},
    {0},
};
/* clang-format on */
