/* The project and dataset that an import goes into: made, looked for, taken back; and what of them is not in the source any more. */
#include "base/limits.h"
#include "statements.h"
#include "work/import_private.h"

static lw_status check_bin(lw_ctx *cx, const lw_project *project)
{
    if (project->removed_us)
        return lw_fail(cx, LW_CONFLICT, "the project '%.*s' is in the bin; restore it first", LW_FMT(project->name));
    return LW_OK;
}

/* The folder that the dataset's images are linked in. */
static lw_text root_of(const lw_importing *im) { return lw_text_from(lw_source_folder(im->images ? im->images : im->source)); }

static lw_status ensure_project(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    lw_importing *im = arg;
    const lw_import *import = im->import;
    lw_status found = lw_project_find(cx, db, import->project, &im->project);
    im->has_made_project = found == LW_NOT_FOUND;
    if (im->has_made_project)
        found = lw_project_create(cx, db, import->project, import->user_id, &im->project);
    LW_TRY(found);
    LW_TRY(check_bin(cx, &im->project));
    im->dataset_id = im->project.dataset_id;
    if (import->job_id)
        LW_TRY(lw_run(cx, db, &lw_sql_job_set_project, LW_PARAMS(lw_int(import->job_id), lw_int(im->project.id))));
    if (import->dataset.size)
        LW_TRY(lw_dataset_ensure(cx, db, import->dataset, &im->dataset_id));
    LW_TRY(lw_run(cx, db, &lw_sql_project_dataset_put, LW_PARAMS(lw_int(im->project.id), lw_int(im->dataset_id))));
    return im->is_linking ? lw_dataset_set_root(cx, db, im->dataset_id, root_of(im)) : LW_OK;
}

static lw_status unmake_project(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    (void)store;
    return lw_project_unmake(cx, db, &((lw_importing *)arg)->project);
}

void lw_import_unmake_project(lw_importing *im)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx quiet = {.arena = arena};
    if (im->has_made_project)
        (void)!lw_write_now(&quiet, im->app->store, unmake_project, im);
}

/* What a dry run has of it: what is there already. */
static lw_status look_for_project(lw_ctx *cx, lw_importing *im)
{
    const lw_import *import = im->import;
    lw_dataset dataset = {0};
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, im->app->store, &reader));
    lw_status found = lw_project_find(cx, reader.db, import->project, &im->project);
    if (found != LW_OK && found != LW_NOT_FOUND)
        return found;
    LW_TRY(check_bin(cx, &im->project));
    if (found == LW_OK && !import->dataset.size)
        found = lw_dataset_get(cx, reader.db, im->project.dataset_id, &dataset);
    else
        found = lw_dataset_find(cx, reader.db, import->dataset.size ? import->dataset : import->project, &dataset);
    if (found != LW_OK && found != LW_NOT_FOUND)
        return found;
    lw_ctx_clear(cx);
    if (!im->project.id)
        im->project.name = import->project;
    im->dataset_id = dataset.id;
    return im->is_linking && dataset.id ? lw_dataset_check_root(cx, reader.db, dataset.id, root_of(im)) : LW_OK;
}

static lw_status is_dataset_empty(lw_ctx *cx, lw_importing *im)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_item_row *rows;
    size_t n;
    LW_TRY(lw_reader_begin(cx, im->app->store, &reader));
    LW_TRY(lw_item_list(cx, reader.db, im->dataset_id, 0, 1, &rows, &n));
    im->is_fresh = n == 0;
    return LW_OK;
}

static lw_status open_ontology(lw_ctx *cx, lw_importing *im)
{
    im->ontology_arena = lw_arena_new();
    if (!im->project.id) {
        im->is_new_project = true;
        lw_ontology_index(im->ontology_arena, &im->ontology);
        return LW_OK;
    }
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, im->app->store, &reader));
    LW_AUTO(lw_ontology_ref) ref = {0};
    LW_TRY(lw_ontology_get(cx, im->app->store, reader.db, im->project.ontology_id, 0, &ref));
    LW_AUTO(lw_buf) json = {0};
    lw_ontology_write_json(&json, ref.ontology);
    lw_ctx own = {.arena = im->ontology_arena};
    lw_json *value;
    lw_status status = lw_json_parse(&own, lw_text_copy(im->ontology_arena, lw_buf_text(&json)), &value);
    if (status == LW_OK)
        status = lw_ontology_from_json(&own, value, &im->ontology);
    if (status != LW_OK)
        return lw_fail(cx, LW_DAMAGED, "the project's ontology does not read: %s", own.message);
    im->ontology.id = ref.ontology->id;
    im->ontology.version = ref.ontology->version;
    im->ontology.item_class_id = ref.ontology->item_class_id;
    bool is_settled;
    LW_TRY(lw_project_is_settled(cx, reader.db, im->project.id, &is_settled));
    im->is_new_project = !is_settled || (im->ontology.n_classes == 0 && im->ontology.n_item_attributes == 0);
    return LW_OK;
}

lw_status lw_import_open_project(lw_ctx *cx, lw_importing *im)
{
    LW_TRY(im->import->dry_run ? look_for_project(cx, im) : lw_write_now(cx, im->app->store, ensure_project, im));
    LW_TRY(open_ontology(cx, im));
    return is_dataset_empty(cx, im);
}

static lw_status set_missing(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    const int64_t *ids = arg;
    for (size_t i = 1; i <= (size_t)ids[0]; i++)
        LW_TRY(lw_item_set_missing(cx, db, ids[i], true));
    return LW_OK;
}

lw_status lw_import_mark_missing(lw_ctx *cx, lw_importing *im)
{
    if (!im->is_linking || im->is_fresh)
        return LW_OK;
    const lw_source *source = im->images ? im->images : im->source;
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    size_t n = 1;
    for (int64_t after = 0; n;) {
        lw_ctx page = {.arena = scratch};
        lw_item_row *rows;
        int64_t gone[LW_LIMIT_PAGE + 1] = {0};
        {
            LW_AUTO(lw_reader) reader = {0};
            LW_TRY(lw_reader_begin(cx, im->app->store, &reader));
            lw_status status = lw_item_list(&page, reader.db, im->dataset_id, after, LW_LIMIT_PAGE, &rows, &n);
            if (status != LW_OK)
                return lw_fail(cx, status, "%s", page.message);
        }
        for (size_t i = 0; i < n; i++) {
            after = rows[i].id;
            if (rows[i].location != LW_LINKED || rows[i].is_missing || lw_source_find(source, rows[i].name))
                continue;
            gone[++gone[0]] = rows[i].id;
            lw_report_add(im->report, LW_WARNING, "image-gone", "linked image is not there any more; its labels stay", "%.*s", LW_FMT(rows[i].name));
        }
        if (gone[0] && !im->import->dry_run)
            LW_TRY(lw_write_bulk(cx, im->app->store, set_missing, gone));
        lw_arena_reset(scratch);
    }
    return LW_OK;
}
