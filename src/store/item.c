#include "store/item.h"

#include "base/clock.h"
#include "statements.h"

static lw_item_row read_item(lw_ctx *cx, const lw_rows *rows)
{
    return (lw_item_row){.id = lw_rows_int(rows, 0),
                         .dataset_id = lw_rows_int(rows, 1),
                         .name = lw_text_copy(cx->arena, lw_rows_text(rows, 2)),
                         .kind = (int)lw_rows_int(rows, 3),
                         .media_type = lw_text_copy(cx->arena, lw_rows_text(rows, 4)),
                         .width = (int)lw_rows_int(rows, 5),
                         .height = (int)lw_rows_int(rows, 6),
                         .orientation = (int)lw_rows_int(rows, 7),
                         .location = (lw_location)lw_rows_int(rows, 8),
                         .is_missing = lw_rows_int(rows, 9) != 0,
                         .bytes = lw_rows_int(rows, 10),
                         .mtime_us = lw_rows_int(rows, 11),
                         .sha256 = lw_text_copy(cx->arena, lw_rows_text(rows, 12)),
                         .revision = lw_rows_int(rows, 13),
                         .metadata = lw_text_copy(cx->arena, lw_rows_text(rows, 14)),
                         .source_id = lw_text_copy(cx->arena, lw_rows_text(rows, 15)),
                         .added_us = lw_rows_int(rows, 16)};
}

lw_status lw_dataset_ensure(lw_ctx *cx, lw_db *db, lw_text name, int64_t *id)
{
    {
        LW_AUTO(lw_rows) rows = {0};
        lw_status status = lw_query_one(cx, db, &lw_sql_dataset_find, LW_PARAMS(lw_string(name)), &rows);
        if (status == LW_OK)
            *id = lw_rows_int(&rows, 0);
        if (status != LW_NOT_FOUND)
            return status;
    }
    LW_TRY(lw_name_check(cx, "dataset", name));
    LW_TRY(lw_id_take(cx, db, "dataset", 1, id));
    return lw_run(cx, db, &lw_sql_dataset_insert, LW_PARAMS(lw_int(*id), lw_string(name), lw_int(lw_now_us())));
}

lw_status lw_dataset_get(lw_ctx *cx, lw_db *db, int64_t id, lw_dataset *out)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status = lw_query_one(cx, db, &lw_sql_dataset_get, LW_PARAMS(lw_int(id)), &rows);
    if (status == LW_NOT_FOUND)
        return lw_fail(cx, LW_NOT_FOUND, "no dataset %" PRId64, id);
    LW_TRY(status);
    *out = (lw_dataset){lw_rows_int(&rows, 0), lw_text_copy(cx->arena, lw_rows_text(&rows, 1)), lw_text_copy(cx->arena, lw_rows_text(&rows, 2))};
    return LW_OK;
}

lw_status lw_dataset_find(lw_ctx *cx, lw_db *db, lw_text name, lw_dataset *out)
{
    int64_t id;
    {
        LW_AUTO(lw_rows) rows = {0};
        lw_status status = lw_query_one(cx, db, &lw_sql_dataset_find, LW_PARAMS(lw_string(name)), &rows);
        if (status == LW_NOT_FOUND)
            return lw_fail(cx, LW_NOT_FOUND, "no dataset '%.*s'", LW_FMT(name));
        LW_TRY(status);
        id = lw_rows_int(&rows, 0);
    }
    return lw_dataset_get(cx, db, id, out);
}

lw_status lw_dataset_set_root(lw_ctx *cx, lw_db *db, int64_t id, lw_text root)
{
    LW_TRY(lw_run(cx, db, &lw_sql_dataset_set_root, LW_PARAMS(lw_int(id), lw_string(root))));
    return db->driver->changes(db) ? LW_OK : lw_dataset_check_root(cx, db, id, root);
}

lw_status lw_dataset_check_root(lw_ctx *cx, lw_db *db, int64_t id, lw_text root)
{
    lw_dataset dataset;
    LW_TRY(lw_dataset_get(cx, db, id, &dataset));
    if (!dataset.root.size || lw_text_equal(dataset.root, root))
        return LW_OK;
    return lw_fail(cx, LW_CONFLICT, "the dataset '%.*s' holds the folder %.*s; give this folder another name: lw import PROJECT %.*s --dataset NAME",
                   LW_FMT(dataset.name), LW_FMT(dataset.root), LW_FMT(root));
}

static void bind_item(const void *rows, size_t i, lw_value *params)
{
    const lw_item_row *item = (const lw_item_row *)rows + i;
    params[0] = lw_int(item->id);
    params[1] = lw_int(item->dataset_id);
    params[2] = lw_string(item->name);
    params[3] = lw_int(item->kind);
    params[4] = lw_string_or_null(item->media_type);
    params[5] = lw_int(item->width);
    params[6] = lw_int(item->height);
    params[7] = lw_int(item->orientation ? item->orientation : 1);
    params[8] = lw_int(item->location);
    params[9] = lw_int(item->bytes);
    params[10] = lw_int_or_null(item->mtime_us);
    params[11] = lw_bytes_or_null(item->sha256);
    params[12] = lw_string_or_null(item->metadata);
    params[13] = lw_string_or_null(item->source_id);
    params[14] = lw_int(item->added_us);
}

lw_status lw_item_insert_many(lw_ctx *cx, lw_db *db, const lw_item_row *items, size_t n)
{
    return lw_run_many(cx, db, &lw_sql_item_insert, items, n, bind_item);
}

lw_status lw_item_set_media(lw_ctx *cx, lw_db *db, const lw_item_row *item, bool is_new_revision)
{
    if (is_new_revision)
        LW_TRY(lw_run(cx, db, &lw_sql_item_keep_revision, LW_PARAMS(lw_int(item->id), lw_int(lw_now_us()))));
    return lw_run(cx, db, &lw_sql_item_set_media,
                  LW_PARAMS(lw_int(item->id), lw_string_or_null(item->media_type), lw_int(item->width), lw_int(item->height),
                            lw_int(item->orientation ? item->orientation : 1), lw_int(item->location), lw_int(item->bytes),
                            lw_int_or_null(item->mtime_us), lw_bytes_or_null(item->sha256), lw_int(item->revision + (is_new_revision ? 1 : 0))));
}

lw_status lw_item_set_missing(lw_ctx *cx, lw_db *db, int64_t id, bool is_missing)
{
    return lw_run(cx, db, &lw_sql_item_set_missing, LW_PARAMS(lw_int(id), lw_int(is_missing)));
}

lw_status lw_item_set_name(lw_ctx *cx, lw_db *db, int64_t id, lw_text name)
{
    return lw_run(cx, db, &lw_sql_item_set_name, LW_PARAMS(lw_int(id), lw_string(name)));
}

lw_status lw_item_set_hash(lw_ctx *cx, lw_db *db, int64_t id, int64_t revision, lw_text sha256)
{
    return lw_run(cx, db, &lw_sql_item_set_hash, LW_PARAMS(lw_int(id), lw_int(revision), lw_bytes(sha256)));
}

lw_status lw_item_set_details(lw_ctx *cx, lw_db *db, int64_t id, lw_text metadata, lw_text source_id)
{
    return lw_run(cx, db, &lw_sql_item_set_details, LW_PARAMS(lw_int(id), lw_string_or_null(metadata), lw_string_or_null(source_id)));
}

/* The first row of a statement that selects whole items. */
static lw_status find_one(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params, lw_item_row *out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, sql, params, n_params, &rows));
    *out = read_item(cx, &rows);
    return LW_OK;
}

lw_status lw_item_get(lw_ctx *cx, lw_db *db, int64_t id, lw_item_row *out)
{
    lw_status status = find_one(cx, db, &lw_sql_item_get, LW_PARAMS(lw_int(id)), out);
    return status == LW_NOT_FOUND ? lw_fail(cx, LW_NOT_FOUND, "no item %" PRId64, id) : status;
}

lw_status lw_item_find(lw_ctx *cx, lw_db *db, int64_t dataset_id, lw_text name, lw_item_row *out)
{
    return find_one(cx, db, &lw_sql_item_find, LW_PARAMS(lw_int(dataset_id), lw_string(name)), out);
}

lw_status lw_item_find_source(lw_ctx *cx, lw_db *db, int64_t dataset_id, lw_text source_id, lw_item_row *out)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status;
    lw_item_row first;
    LW_TRY(lw_query_one(cx, db, &lw_sql_item_find_source, LW_PARAMS(lw_int(dataset_id), lw_string(source_id)), &rows));
    first = read_item(cx, &rows);
    if (lw_rows_next(cx, &rows, &status))
        return lw_fail(cx, LW_CONFLICT, "several items came with the id '%.*s'", LW_FMT(source_id));
    LW_TRY(status);
    *out = first;
    return LW_OK;
}

lw_status lw_item_find_hash(lw_ctx *cx, lw_db *db, lw_text sha256, int64_t dataset_id, lw_item_row *out)
{
    return find_one(cx, db, &lw_sql_item_find_hash, LW_PARAMS(lw_bytes(sha256), lw_int(dataset_id)), out);
}

lw_status lw_item_find_in_project(lw_ctx *cx, lw_db *db, int64_t project_id, lw_text name, int64_t *id)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status = lw_query_one(cx, db, &lw_sql_item_find_in_project, LW_PARAMS(lw_int(project_id), lw_string(name)), &rows);
    if (status == LW_NOT_FOUND)
        return lw_fail(cx, LW_NOT_FOUND, "no item '%.*s'", LW_FMT(name));
    LW_TRY(status);
    int64_t first = lw_rows_int(&rows, 0);
    if (lw_rows_next(cx, &rows, &status))
        return lw_fail(cx, LW_CONFLICT, "two datasets hold '%.*s': name it by id, %" PRId64 " or %" PRId64, LW_FMT(name), first,
                       lw_rows_int(&rows, 0));
    LW_TRY(status);
    *id = first;
    return LW_OK;
}

static lw_status list_items(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params, int64_t limit, lw_item_row **out,
                            size_t *n_out)
{
    lw_item_row *items = lw_new_array(cx->arena, lw_item_row, (size_t)limit);
    size_t n = 0;
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, sql, params, n_params, &rows));
    lw_status status;
    while (lw_rows_next(cx, &rows, &status))
        items[n++] = read_item(cx, &rows);
    LW_TRY(status);
    *out = items;
    *n_out = n;
    return LW_OK;
}

lw_status lw_item_list(lw_ctx *cx, lw_db *db, int64_t dataset_id, int64_t after, int64_t limit, lw_item_row **out, size_t *n_out)
{
    return list_items(cx, db, &lw_sql_item_list, LW_PARAMS(lw_int(dataset_id), lw_int(after), lw_int(limit)), limit, out, n_out);
}

lw_status lw_item_list_unhashed(lw_ctx *cx, lw_db *db, int64_t after, int64_t limit, lw_item_row **out, size_t *n_out)
{
    return list_items(cx, db, &lw_sql_item_list_unhashed, LW_PARAMS(lw_int(after), lw_int(limit)), limit, out, n_out);
}
