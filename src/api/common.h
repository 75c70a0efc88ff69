/* What handlers share. */
#pragma once

#include "api/api.h"
#include "api/schemas.h"
#include "store/commit.h"
#include "store/user.h"

static inline lw_app *lw_api_app(const lw_request *req) { return req->app; }

/* A view of the store and the project that the path names; for LW_AUTO(lw_view). */
typedef struct lw_view {
    lw_reader reader;
    lw_project project;
} lw_view;
void lw_view_cleanup(lw_view *view);
LW_MUST_USE lw_status lw_view_open(lw_ctx *cx, const lw_request *req, lw_view *out);
/* The {project} of the path alone, for what writes. */
LW_MUST_USE lw_status lw_api_project(lw_ctx *cx, const lw_request *req, lw_project *out);
/* A token for one project reaches no other, and nothing above projects. */
LW_MUST_USE lw_status lw_api_check_project(lw_ctx *cx, const lw_request *req, int64_t project_id);

/* Who came through the socket or in process owns the files; nobody else names a path. */
LW_MUST_USE lw_status lw_api_check_local(lw_ctx *cx, const lw_request *req);
/* Begins a job of this kind whose parameters are the body and the project, which may be one to be made, or none; answers it. */
LW_MUST_USE lw_status lw_api_do_job(lw_ctx *cx, lw_request *req, lw_response *res, const char *kind, const lw_project *project);

lw_author lw_api_author(const lw_request *req, const char *kind);
/* Page size: ?limit=, at most LW_LIMIT_PAGE. */
int64_t lw_api_limit(const lw_request *req, int64_t otherwise);
/* ?after=, the id that the page before ended with; LW_INVALID for what no page has said. */
LW_MUST_USE lw_status lw_api_after(lw_ctx *cx, const lw_request *req, int64_t otherwise, int64_t *out);
/* `"next": "17"` behind a full page of n rows, null behind the last. */
void lw_put_next(lw_buf *buf, size_t n, int64_t limit, int64_t last_id);

/* `"key": value`, after a comma where one is due. */
void lw_put_text(lw_buf *buf, const char *key, lw_text value);
void lw_put_int(lw_buf *buf, const char *key, int64_t value);
void lw_put_bool(lw_buf *buf, const char *key, bool value);
void lw_put_time(lw_buf *buf, const char *key, int64_t us); /* null for 0 */
void lw_put_text_or_null(lw_buf *buf, const char *key, lw_text value);
void lw_put_int_or_null(lw_buf *buf, const char *key, int64_t value);

void lw_put_user(lw_buf *buf, const lw_user *user);
void lw_put_user_fields(lw_buf *buf, const lw_user *user);
/* A list of commits. */
void lw_put_commits(lw_ctx *cx, lw_store *store, lw_db *db, lw_buf *buf, const lw_commit_row *commits, size_t n);
/* An item of a project with its task's fields, as lists show it. */
void lw_put_item(lw_ctx *cx, lw_app *app, lw_db *db, lw_buf *buf, const lw_task_item *row, const lw_layer *splits, size_t n_splits);
void lw_put_labels(lw_buf *buf, const lw_label *labels, size_t n);
/* {"item", "task", "seq", "tracks", "labels"}. */
LW_MUST_USE lw_status lw_put_work(lw_ctx *cx, const lw_request *req, const lw_view *view, int64_t item_id, lw_buf *buf);

extern const lw_schema lw_page_query; /* after, limit */
