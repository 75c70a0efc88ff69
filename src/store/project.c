#include "store/project.h"

#include "base/clock.h"
#include "statements.h"
#include "store/item.h"
#include "store/memo.h"

static lw_project read_project(lw_ctx *cx, const lw_rows *rows)
{
    return (lw_project){.id = lw_rows_int(rows, 0),
                        .name = lw_text_copy(cx->arena, lw_rows_text(rows, 1)),
                        .ontology_id = lw_rows_int(rows, 2),
                        .dataset_id = lw_rows_int(rows, 3),
                        .seq = lw_rows_int(rows, 4),
                        .ontology_version = lw_rows_int(rows, 5),
                        .created_us = lw_rows_int(rows, 6),
                        .is_archived = lw_rows_int(rows, 7) != 0,
                        .removed_us = lw_rows_int(rows, 8)};
}

lw_status lw_project_get(lw_ctx *cx, lw_db *db, int64_t id, lw_project *out)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status = lw_query_one(cx, db, &lw_sql_project_get, LW_PARAMS(lw_int(id)), &rows);
    if (status == LW_NOT_FOUND)
        return lw_fail(cx, LW_NOT_FOUND, "no project %" PRId64, id);
    LW_TRY(status);
    *out = read_project(cx, &rows);
    return LW_OK;
}

lw_status lw_project_find(lw_ctx *cx, lw_db *db, lw_text name_or_id, lw_project *out)
{
    {
        LW_AUTO(lw_rows) rows = {0};
        lw_status status = lw_query_one(cx, db, &lw_sql_project_find, LW_PARAMS(lw_string(name_or_id)), &rows);
        if (status == LW_OK)
            *out = read_project(cx, &rows);
        if (status != LW_NOT_FOUND)
            return status;
    }
    int64_t id;
    if (lw_text_to_int(name_or_id, &id) && lw_project_get(cx, db, id, out) == LW_OK)
        return LW_OK;
    return lw_fail(cx, LW_NOT_FOUND, "no project named '%.*s'", LW_FMT(name_or_id));
}

lw_status lw_project_find_id(lw_ctx *cx, lw_store *store, lw_text name_or_id, int64_t *id)
{
    lw_memo *memo = lw_store_memo(store);
    lw_text key = lw_memo_key(cx->arena, "project", name_or_id);
    int64_t values[LW_MEMO_VALUES] = {0};
    if (!lw_memo_get(memo, key, values)) {
        uint64_t version = lw_memo_version(memo);
        LW_AUTO(lw_reader) reader = {0};
        lw_project project;
        LW_TRY(lw_reader_begin(cx, store, &reader));
        LW_TRY(lw_project_find(cx, reader.db, name_or_id, &project));
        values[0] = project.id;
        lw_memo_put(memo, version, key, values);
    }
    *id = values[0];
    return LW_OK;
}

lw_status lw_project_create(lw_ctx *cx, lw_db *db, lw_text name, int64_t user_id, lw_project *out)
{
    LW_TRY(lw_name_check(cx, "project", name));
    lw_project made = {.name = name, .ontology_version = 1, .created_us = lw_now_us()};
    LW_TRY(lw_id_take(cx, db, "project", 1, &made.id));
    LW_TRY(lw_ontology_create(cx, db, name, user_id, &made.ontology_id));
    LW_TRY(lw_dataset_ensure(cx, db, name, &made.dataset_id));
    lw_status inserted =
        lw_run(cx, db, &lw_sql_project_insert,
               LW_PARAMS(lw_int(made.id), lw_string(name), lw_int(made.ontology_id), lw_int(made.dataset_id), lw_int(made.created_us)));
    if (inserted == LW_CONFLICT)
        return lw_fail(cx, LW_CONFLICT, "there is a project named '%.*s' already", LW_FMT(name));
    LW_TRY(inserted);
    LW_TRY(lw_run(cx, db, &lw_sql_project_ontology_put, LW_PARAMS(lw_int(made.id), lw_int(0), lw_int(1))));
    LW_TRY(lw_run(cx, db, &lw_sql_project_dataset_put, LW_PARAMS(lw_int(made.id), lw_int(made.dataset_id))));
    int64_t layer_id;
    LW_TRY(lw_layer_ensure(cx, db, made.id, LW_TEXT(LW_TRUTH), &layer_id));
    *out = made;
    return LW_OK;
}

lw_status lw_project_unmake(lw_ctx *cx, lw_db *db, const lw_project *project)
{
    const lw_sql *const of_project[] = {&lw_sql_project_delete_datasets, &lw_sql_project_delete_uses, &lw_sql_project_delete_versions,
                                        &lw_sql_project_delete_layers, &lw_sql_project_delete_jobs};
    const lw_sql *const of_ontology[] = {&lw_sql_ontology_delete, &lw_sql_ontology_delete_versions, &lw_sql_ontology_delete_classes};
    LW_TRY(lw_run(cx, db, &lw_sql_project_delete, LW_PARAMS(lw_int(project->id))));
    if (!db->driver->changes(db))
        return LW_OK;
    for (size_t i = 0; i < LW_COUNT(of_project); i++)
        LW_TRY(lw_run(cx, db, of_project[i], LW_PARAMS(lw_int(project->id))));
    for (size_t i = 0; i < LW_COUNT(of_ontology); i++)
        LW_TRY(lw_run(cx, db, of_ontology[i], LW_PARAMS(lw_int(project->ontology_id))));
    return LW_OK;
}

lw_status lw_project_is_settled(lw_ctx *cx, lw_db *db, int64_t id, bool *out)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status found = lw_query_one(cx, db, &lw_sql_project_is_settled, LW_PARAMS(lw_int(id)), &rows);
    if (found == LW_NOT_FOUND)
        lw_ctx_clear(cx);
    else
        LW_TRY(found);
    *out = found == LW_OK;
    return LW_OK;
}

lw_status lw_project_rename(lw_ctx *cx, lw_db *db, int64_t id, lw_text name)
{
    LW_TRY(lw_name_check(cx, "project", name));
    lw_status status = lw_run(cx, db, &lw_sql_project_rename, LW_PARAMS(lw_int(id), lw_string(name)));
    return status == LW_CONFLICT ? lw_fail(cx, LW_CONFLICT, "there is a project named '%.*s' already", LW_FMT(name)) : status;
}

lw_status lw_project_archive(lw_ctx *cx, lw_db *db, int64_t id, bool is_archived)
{
    return lw_run(cx, db, &lw_sql_project_archive, LW_PARAMS(lw_int(id), lw_int(is_archived)));
}

lw_status lw_project_remove(lw_ctx *cx, lw_db *db, int64_t id)
{
    return lw_run(cx, db, &lw_sql_project_set_removed, LW_PARAMS(lw_int(id), lw_int(lw_now_us())));
}

lw_status lw_project_restore(lw_ctx *cx, lw_db *db, int64_t id)
{
    lw_status status = lw_run(cx, db, &lw_sql_project_set_removed, LW_PARAMS(lw_int(id), lw_null()));
    return status == LW_CONFLICT ? lw_fail(cx, LW_CONFLICT, "another project has this name now: rename that one first") : status;
}

lw_status lw_project_list(lw_ctx *cx, lw_db *db, bool removed, int64_t after, int64_t limit, lw_project **out, size_t *n_out)
{
    lw_project *projects = lw_new_array(cx->arena, lw_project, (size_t)limit);
    size_t n = 0;
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, removed ? &lw_sql_project_list_removed : &lw_sql_project_list, LW_PARAMS(lw_int(after), lw_int(limit)), &rows));
    lw_status status;
    while (lw_rows_next(cx, &rows, &status))
        projects[n++] = read_project(cx, &rows);
    LW_TRY(status);
    *out = projects;
    *n_out = n;
    return LW_OK;
}

/* Rows of (id, name). */
static lw_status list_names(lw_ctx *cx, lw_rows *rows, lw_layer **out, size_t *n_out)
{
    lw_layer *list = NULL;
    size_t n = 0, room = 0;
    lw_status status;
    while (lw_rows_next(cx, rows, &status)) {
        list = lw_array_room(cx->arena, list, n, &room, sizeof *list);
        list[n++] = (lw_layer){lw_rows_int(rows, 0), lw_text_copy(cx->arena, lw_rows_text(rows, 1))};
    }
    LW_TRY(status);
    *out = list;
    *n_out = n;
    return LW_OK;
}

lw_status lw_project_layers(lw_ctx *cx, lw_db *db, int64_t id, lw_layer **out, size_t *n_out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, &lw_sql_layer_list, LW_PARAMS(lw_int(id)), &rows));
    return list_names(cx, &rows, out, n_out);
}

lw_status lw_split_names(lw_ctx *cx, lw_db *db, lw_layer **out, size_t *n_out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, &lw_sql_split_list, LW_NO_PARAMS, &rows));
    return list_names(cx, &rows, out, n_out);
}

lw_text lw_layer_name(const lw_layer *layers, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (layers[i].id == id)
            return layers[i].name;
    return (lw_text){0};
}

lw_status lw_layer_ensure(lw_ctx *cx, lw_db *db, int64_t project_id, lw_text name, int64_t *id)
{
    {
        LW_AUTO(lw_rows) rows = {0};
        lw_status status = lw_query_one(cx, db, &lw_sql_layer_find, LW_PARAMS(lw_int(project_id), lw_string(name)), &rows);
        if (status == LW_OK)
            *id = lw_rows_int(&rows, 0);
        if (status != LW_NOT_FOUND)
            return status;
    }
    LW_TRY(lw_name_check(cx, "layer", name));
    LW_TRY(lw_id_take(cx, db, "layer", 1, id));
    return lw_run(cx, db, &lw_sql_layer_insert, LW_PARAMS(lw_int(*id), lw_int(project_id), lw_string(name)));
}

lw_status lw_split_find(lw_ctx *cx, lw_db *db, lw_text name, int64_t *id)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status = lw_query_one(cx, db, &lw_sql_split_find, LW_PARAMS(lw_string(name)), &rows);
    if (status == LW_NOT_FOUND)
        return lw_fail(cx, LW_NOT_FOUND, "no split named '%.*s'", LW_FMT(name));
    LW_TRY(status);
    *id = lw_rows_int(&rows, 0);
    return LW_OK;
}

lw_status lw_split_ensure(lw_ctx *cx, lw_db *db, lw_text name, int64_t *id)
{
    *id = 0;
    if (!name.size)
        return LW_OK;
    lw_status status = lw_split_find(cx, db, name, id);
    if (status != LW_NOT_FOUND)
        return status;
    LW_TRY(lw_name_check(cx, "split", name));
    LW_TRY(lw_id_take(cx, db, "split", 1, id));
    return lw_run(cx, db, &lw_sql_split_insert, LW_PARAMS(lw_int(*id), lw_string(name)));
}
