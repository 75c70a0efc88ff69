/* Projects, their ontology and their counts. */
#include "api/common.h"
#include "base/limits.h"

static lw_status put_states(lw_ctx *cx, lw_db *db, int64_t project_id, lw_buf *buf, int64_t *total)
{
    lw_count *counts;
    size_t n;
    int64_t by_state[LW_N_TASK_STATES] = {0};
    LW_TRY(lw_counts_list(cx, db, project_id, LW_TASKS_BY_STATE, &counts, &n));
    for (size_t i = 0; i < n; i++)
        by_state[counts[i].a] = counts[i].n;
    lw_buf_put_key(buf, "tasks");
    lw_buf_put_char(buf, '{');
    *total = 0;
    for (int state = 0; state < LW_N_TASK_STATES; state++) {
        lw_put_int(buf, lw_task_state_name((lw_task_state)state), by_state[state]);
        *total += by_state[state];
    }
    lw_buf_put_char(buf, '}');
    return LW_OK;
}

static lw_status put_layers(lw_ctx *cx, lw_db *db, int64_t project_id, lw_buf *buf, int64_t *truth)
{
    lw_layer *layers;
    lw_count *counts;
    size_t n_layers, n;
    *truth = 0;
    LW_TRY(lw_project_layers(cx, db, project_id, &layers, &n_layers));
    LW_TRY(lw_counts_list(cx, db, project_id, LW_LABELS_BY_KIND, &counts, &n));
    lw_buf_put_key(buf, "layers");
    lw_buf_put_char(buf, '[');
    for (size_t l = 0; l < n_layers; l++) {
        int64_t labels = 0;
        for (size_t i = 0; i < n; i++)
            labels += counts[i].a == layers[l].id ? counts[i].n : 0;
        if (lw_text_is(layers[l].name, LW_TRUTH))
            *truth = labels;
        lw_buf_put_comma(buf);
        lw_buf_put_char(buf, '{');
        lw_put_text(buf, "layer", layers[l].name);
        lw_put_int(buf, "labels", labels);
        lw_buf_put_char(buf, '}');
    }
    lw_buf_put_char(buf, ']');
    return LW_OK;
}

static lw_status put_project(lw_ctx *cx, lw_db *db, lw_buf *buf, const lw_project *project)
{
    int64_t items, truth;
    lw_task_item *cover;
    size_t n_cover;
    int64_t next;
    lw_buf_put_char(buf, '{');
    lw_put_int(buf, "id", project->id);
    lw_put_text(buf, "name", project->name);
    lw_put_int(buf, "seq", project->seq);
    lw_put_bool(buf, "archived", project->is_archived);
    lw_put_bool(buf, "removed", project->removed_us != 0);
    lw_put_time(buf, "created", project->created_us);
    lw_put_int(buf, "ontology_version", project->ontology_version);
    LW_TRY(put_states(cx, db, project->id, buf, &items));
    lw_put_int(buf, "items", items);
    LW_TRY(put_layers(cx, db, project->id, buf, &truth));
    lw_put_int(buf, "labels", truth);
    lw_task_filter first = {.state = -1, .limit = 4};
    LW_TRY(lw_task_list(cx, db, project->id, &first, &cover, &n_cover, &next));
    lw_buf_put_key(buf, "cover");
    lw_buf_put_char(buf, '[');
    for (size_t i = 0; i < n_cover; i++) {
        lw_buf_put_comma(buf);
        lw_buf_put_int(buf, cover[i].item.id);
    }
    lw_buf_put_literal(buf, "]}");
    return LW_OK;
}

static lw_status list_projects(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_project *projects;
    size_t n;
    int64_t limit = lw_api_limit(req, 100), after;
    LW_TRY(lw_api_after(cx, req, 0, &after));
    LW_TRY(lw_reader_begin(cx, lw_api_app(req)->store, &reader));
    LW_TRY(lw_project_list(cx, reader.db, lw_json_get_bool(req->query, "removed", false), after, limit, &projects, &n));
    lw_buf_put_literal(&res->body, "{\"rows\": [");
    for (size_t i = 0; i < n; i++) {
        if (req->caller.project_id && req->caller.project_id != projects[i].id)
            continue;
        lw_buf_put_comma(&res->body);
        LW_TRY(put_project(cx, reader.db, &res->body, &projects[i]));
    }
    lw_buf_put_char(&res->body, ']');
    lw_put_next(&res->body, n, limit, n ? projects[n - 1].id : 0);
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

static lw_status get_project(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_view) view = {0};
    LW_TRY(lw_view_open(cx, req, &view));
    return put_project(cx, view.reader.db, &res->body, &view.project);
}

typedef struct project_write {
    lw_author author;
    lw_text name;
    lw_json *ontology;
    lw_project project;
    int archived; /* -1: as it is */
    int64_t was, version;
    lw_ontology wanted;
    lw_ontology_look look;
    bool is_dry;
} project_write;

static lw_status set_ontology(lw_ctx *cx, lw_store *store, lw_db *db, project_write *w)
{
    LW_TRY(lw_ontology_from_json(cx, w->ontology, &w->wanted));
    return lw_commit_ontology(cx, store, db, w->project.id, &w->author, w->was, &w->wanted, &w->look, &w->version);
}

static lw_status write_project(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    project_write *w = arg;
    LW_TRY(lw_project_create(cx, db, w->name, w->author.user_id, &w->project));
    return w->ontology ? set_ontology(cx, store, db, w) : LW_OK;
}

static lw_status answer_project(lw_ctx *cx, lw_request *req, lw_response *res, int64_t id)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_project project;
    LW_TRY(lw_reader_begin(cx, lw_api_app(req)->store, &reader));
    LW_TRY(lw_project_get(cx, reader.db, id, &project));
    return put_project(cx, reader.db, &res->body, &project);
}

static lw_status create_project(lw_ctx *cx, lw_request *req, lw_response *res)
{
    project_write w = {
        .author = lw_api_author(req, "ontology"), .name = lw_json_get_text(req->body, "name"), .ontology = lw_json_get(req->body, "ontology")};
    LW_TRY(lw_write_now(cx, lw_api_app(req)->store, write_project, &w));
    return answer_project(cx, req, res, w.project.id);
}

static lw_status write_change(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    project_write *w = arg;
    if (w->name.size)
        LW_TRY(lw_project_rename(cx, db, w->project.id, w->name));
    return w->archived < 0 ? LW_OK : lw_project_archive(cx, db, w->project.id, w->archived);
}

static lw_status change_project(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_json *archived = lw_json_get(req->body, "archived");
    project_write w = {.name = lw_json_get_text(req->body, "name"), .archived = archived ? yyjson_get_bool(archived) : -1};
    LW_TRY(lw_api_project(cx, req, &w.project));
    LW_TRY(lw_write_now(cx, lw_api_app(req)->store, write_change, &w));
    return answer_project(cx, req, res, w.project.id);
}

static lw_status write_removal(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    return lw_project_remove(cx, db, ((project_write *)arg)->project.id);
}
static lw_status write_restoral(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    return lw_project_restore(cx, db, ((project_write *)arg)->project.id);
}

static lw_status remove_project(lw_ctx *cx, lw_request *req, lw_response *res)
{
    project_write w = {0};
    LW_TRY(lw_api_project(cx, req, &w.project));
    return lw_write_now(cx, lw_api_app(req)->store, write_removal, &w);
}

static lw_status restore_project(lw_ctx *cx, lw_request *req, lw_response *res)
{
    project_write w = {0};
    LW_TRY(lw_api_project(cx, req, &w.project));
    LW_TRY(lw_write_now(cx, lw_api_app(req)->store, write_restoral, &w));
    return answer_project(cx, req, res, w.project.id);
}

/* --- ontology */

static lw_status answer_ontology(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_view) view = {0};
    LW_AUTO(lw_ontology_ref) ref = {0};
    LW_TRY(lw_view_open(cx, req, &view));
    LW_TRY(lw_ontology_get(cx, lw_api_app(req)->store, view.reader.db, view.project.ontology_id, 0, &ref));
    lw_ontology_write_json(&res->body, ref.ontology);
    return LW_OK;
}

static lw_status write_ontology(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    project_write *w = arg;
    LW_TRY(set_ontology(cx, store, db, w));
    return w->is_dry ? lw_fail(cx, LW_CANCELLED, "dry run") : LW_OK;
}

/* While labels are looked through for what goes, more may come: those are looked at next. */
enum { MAX_LOOKS = 5 };

/* The body is the ontology with the `version` that it was made from. */
static lw_status put_ontology(lw_ctx *cx, lw_request *req, lw_response *res)
{
    project_write w = {.author = lw_api_author(req, "ontology"),
                       .is_dry = lw_json_get_bool(req->query, "dry_run", false),
                       .was = lw_json_get_int(req->body, "version", 0)};
    LW_TRY(lw_api_project(cx, req, &w.project));
    w.ontology = req->body;
    lw_store *store = lw_api_app(req)->store;
    lw_status status = lw_write_now(cx, store, write_ontology, &w);
    for (int round = 0; status == LW_BUSY && w.look.is_needed && round < MAX_LOOKS; round++) {
        lw_ctx_clear(cx);
        LW_TRY(lw_ontology_look_through(cx, store, w.project.ontology_id, &w.wanted, &w.look));
        status = lw_write_now(cx, store, write_ontology, &w);
    }
    if (w.is_dry && status == LW_CANCELLED)
        lw_ctx_clear(cx);
    else
        LW_TRY(status);
    return answer_ontology(cx, req, res);
}

/* --- counts */

static lw_status put_class_counts(lw_ctx *cx, lw_view *view, lw_store *store, lw_buf *buf)
{
    LW_AUTO(lw_names) names = {0};
    lw_count *counts;
    size_t n;
    LW_TRY(lw_names_load(cx, store, view->reader.db, &view->project, &names));
    LW_TRY(lw_counts_list(cx, view->reader.db, view->project.id, LW_LABELS_BY_CLASS, &counts, &n));
    lw_buf_put_key(buf, "classes");
    lw_buf_put_char(buf, '[');
    for (size_t i = 0; i < n; i++) {
        const lw_class *class = lw_class_by_id(names.ontology.ontology, counts[i].b);
        lw_buf_put_comma(buf);
        lw_buf_put_char(buf, '{');
        lw_put_text(buf, "class", class ? class->name : LW_TEXT(LW_ITEM_CLASS));
        lw_put_text(buf, "layer", lw_layer_name(names.layers, names.n_layers, counts[i].a));
        lw_put_int(buf, "labels", counts[i].n);
        lw_buf_put_char(buf, '}');
    }
    lw_buf_put_char(buf, ']');
    return LW_OK;
}

static lw_status put_split_counts(lw_ctx *cx, lw_view *view, lw_buf *buf)
{
    lw_layer *splits;
    lw_count *counts;
    size_t n, n_splits;
    LW_TRY(lw_split_names(cx, view->reader.db, &splits, &n_splits));
    LW_TRY(lw_counts_list(cx, view->reader.db, view->project.id, LW_TASKS_BY_SPLIT, &counts, &n));
    lw_buf_put_key(buf, "splits");
    lw_buf_put_char(buf, '[');
    for (size_t i = 0; i < n;) { /* by split, then state */
        int64_t split = counts[i].a, items = 0;
        for (; i < n && counts[i].a == split; i++)
            items += counts[i].n;
        lw_buf_put_comma(buf);
        lw_buf_put_char(buf, '{');
        lw_put_text_or_null(buf, "split", lw_layer_name(splits, n_splits, split));
        lw_put_int(buf, "items", items);
        lw_buf_put_char(buf, '}');
    }
    lw_buf_put_char(buf, ']');
    return LW_OK;
}

static lw_status get_stats(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_view) view = {0};
    lw_store *store = lw_api_app(req)->store;
    lw_buf *buf = &res->body;
    int64_t items, truth;
    lw_count *people;
    size_t n;
    LW_TRY(lw_view_open(cx, req, &view));
    lw_buf_put_char(buf, '{');
    LW_TRY(put_states(cx, view.reader.db, view.project.id, buf, &items));
    lw_put_int(buf, "items", items);
    LW_TRY(put_layers(cx, view.reader.db, view.project.id, buf, &truth));
    LW_TRY(put_class_counts(cx, &view, store, buf));
    LW_TRY(put_split_counts(cx, &view, buf));
    LW_TRY(lw_counts_list(cx, view.reader.db, view.project.id, LW_LABELS_BY_USER, &people, &n));
    lw_buf_put_key(buf, "people");
    lw_buf_put_char(buf, '[');
    for (size_t i = 0; i < n; i++) {
        lw_buf_put_comma(buf);
        lw_buf_put_char(buf, '{');
        lw_put_text(buf, "name", lw_user_name(cx, store, view.reader.db, people[i].a));
        lw_put_int(buf, "labels", people[i].n);
        lw_buf_put_char(buf, '}');
    }
    lw_buf_put_char(buf, ']');
    lw_commit_row *commits;
    LW_TRY(lw_commit_list(cx, view.reader.db, view.project.id, INT64_MAX, 10, &commits, &n));
    lw_buf_put_key(buf, "recent");
    lw_put_commits(cx, store, view.reader.db, buf, commits, n);
    lw_buf_put_char(buf, '}');
    return LW_OK;
}

static const lw_schema project_new = {
    "ProjectNew", "A project",
    LW_FIELDS({"name", LW_TYPE_TEXT, LW_REQUIRED, .max = LW_LIMIT_NAME_BYTES}, {"ontology", LW_TYPE_OBJECT, .schema = &lw_ontology_new})};
static const lw_schema project_change = {"ProjectChange", "What may change",
                                         LW_FIELDS({"name", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES}, {"archived", LW_TYPE_BOOL})};
static const lw_schema project_query = {"ProjectQuery", "Which projects",
                                        LW_FIELDS({"after", LW_TYPE_TEXT}, {"limit", LW_TYPE_INT, .min = 1}, {"removed", LW_TYPE_BOOL})};
static const lw_schema ontology_query = {"OntologyQuery", "How", LW_FIELDS({"dry_run", LW_TYPE_BOOL, .description = "only check"})};

/* clang-format off */
const lw_route lw_project_routes[] = {
    {LW_GET,    "/v1/projects",                    list_projects,   LW_ANNOTATOR, NULL,            &lw_project_page, "List projects", .query = &project_query},
    {LW_POST,   "/v1/projects",                    create_project,  LW_OWNER,     &project_new,    &lw_project_schema, "Make a project", .flags = LW_ROUTE_SLOW, .body_limit_bytes = LW_LIMIT_ONTOLOGY_BYTES, .status = 201},
    {LW_GET,    "/v1/projects/{project}",          get_project,     LW_ANNOTATOR, NULL,            &lw_project_schema, "Show a project"},
    {LW_PATCH,  "/v1/projects/{project}",          change_project,  LW_OWNER,     &project_change, &lw_project_schema, "Rename or archive a project", .flags = LW_ROUTE_SLOW},
    {LW_DELETE, "/v1/projects/{project}",          remove_project,  LW_OWNER,     NULL,            NULL,           "Put a project into the bin", .flags = LW_ROUTE_SLOW},
    {LW_POST,   "/v1/projects/{project}/restore",  restore_project, LW_OWNER,     NULL,            &lw_project_schema, "Take a project out of the bin (by id)", .flags = LW_ROUTE_SLOW},
    {LW_GET,    "/v1/projects/{project}/ontology", answer_ontology, LW_ANNOTATOR, NULL,            &lw_ontology_schema, "Show the ontology"},
    {LW_PUT,    "/v1/projects/{project}/ontology", put_ontology,    LW_OWNER,     &lw_ontology_new, &lw_ontology_schema, "Save the ontology as its next version", .query = &ontology_query, .flags = LW_ROUTE_SLOW, .body_limit_bytes = LW_LIMIT_ONTOLOGY_BYTES},
    {LW_GET,    "/v1/projects/{project}/stats",    get_stats,       LW_ANNOTATOR, NULL,            &lw_stats_schema, "Counts that screens show"},
    {0},
};
/* clang-format on */
