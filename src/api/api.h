/* The REST API: one table of routes a resource (interfaces.md, "HTTP"). Handlers read arguments, call work or store, and print. */
#pragma once

/* Behind an export's stream: its report, as one line of JSON. */
#define LW_REPORT_TRAILER "X-Labelwright-Report"

#include "http/router.h"
#include "work/app.h"

/* All tables, ended by NULL. req->app is a lw_app. */
extern const lw_route *const lw_api_tables[];
/* Local requests act as the first owner; others by token, else by the session's cookie. */
lw_status lw_api_authenticate(lw_ctx *cx, lw_request *req, lw_response *res);
/* What a handler named in lw_app.publisher needs: the streams of events. */
struct lw_events;

extern const lw_route lw_session_routes[], lw_user_routes[], lw_project_routes[], lw_item_routes[], lw_label_routes[], lw_task_routes[],
    lw_log_routes[], lw_import_routes[], lw_export_routes[], lw_format_routes[], lw_job_routes[], lw_system_routes[];
