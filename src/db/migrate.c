#include "db/db.h"

static const lw_sql create_schema_version = {0, 0, "create_schema_version", "create table if not exists schema_version (version integer not null)"};
static const lw_sql get_version = {1, 0, "get_version", "select max(version) from schema_version"};
static const lw_sql put_version = {2, 1, "put_version", "insert into schema_version (version) values (?1)"};

static lw_status read_version(lw_ctx *cx, lw_db *db, int newest, int *out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, &get_version, LW_NO_PARAMS, &rows));
    *out = (int)lw_rows_int(&rows, 0);
    if (*out > newest)
        return lw_fail(cx, LW_REFUSED, "this store was written by a newer Labelwright (schema %d; this one knows %d); install that version", *out,
                       newest);
    return LW_OK;
}

lw_status lw_migrate_check(lw_ctx *cx, lw_db *db, const lw_migration *migrations, size_t n_migrations)
{
    int newest = migrations[n_migrations - 1].version, version = 0;
    lw_status status = read_version(cx, db, newest, &version);
    if (status == LW_FAILED || (status == LW_OK && version < newest)) /* not even a table of versions: it was just being made */
        return lw_fail(cx, LW_REFUSED, "this store is of an older version: run any command that writes (lw serve) once to bring it up to date");
    return status;
}

lw_status lw_migrate(lw_ctx *cx, lw_db *db, const lw_migration *migrations, size_t n_migrations,
                     lw_status (*before)(lw_ctx *cx, void *state, int from_version), void *state, int *from_version)
{
    LW_TRY(lw_run(cx, db, &create_schema_version, LW_NO_PARAMS));
    int newest = migrations[n_migrations - 1].version;
    LW_TRY(read_version(cx, db, newest, from_version));
    if (*from_version > 0 && *from_version < newest && before)
        LW_TRY(before(cx, state, *from_version));
    for (size_t i = 0; i < n_migrations; i++) {
        if (migrations[i].version <= *from_version)
            continue;
        LW_AUTO(lw_tx) tx = {0};
        LW_TRY(lw_tx_begin(cx, db, &tx));
        lw_status status = db->driver->script(cx, db, migrations[i].text);
        if (status != LW_OK)
            return lw_fail(cx, status, "cannot bring the store to schema %d (%s): %s", migrations[i].version, migrations[i].name, cx->message);
        LW_TRY(lw_run(cx, db, &put_version, LW_PARAMS(lw_int(migrations[i].version))));
        LW_TRY(lw_tx_commit(cx, &tx));
    }
    return LW_OK;
}
