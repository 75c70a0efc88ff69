/* Health, and the description of the API itself. */
#include <sys/stat.h>

#include "api/common.h"
#include "http/metrics.h"
#include "http/openapi.h"

const lw_route *const lw_api_tables[] = {lw_session_routes,
                                         lw_user_routes,
                                         lw_project_routes,
                                         lw_item_routes,
                                         lw_label_routes,
                                         lw_task_routes,
                                         lw_log_routes,
                                         lw_import_routes,
                                         lw_export_routes,
                                         lw_format_routes,
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

/* clang-format off */
const lw_route lw_system_routes[] = {
    {LW_GET, "/healthz",         get_health,  LW_PUBLIC,    NULL, &lw_health_schema, "Whether the server can read its store"},
    {LW_GET, "/metrics",         get_metrics, LW_PUBLIC,    NULL, NULL, "Counts for Prometheus; no names", .response_type = "text/plain"},
    {LW_GET, "/v1/openapi.json", get_openapi, LW_PUBLIC,    NULL, &lw_any_object, "This description"},
    {0},
};
/* clang-format on */
