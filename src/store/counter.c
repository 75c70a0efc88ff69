#include "store/counter.h"

#include "statements.h"

static lw_count *slot(const lw_counts *counts, int64_t project_id, lw_counter what, int64_t a, int64_t b)
{
    uint64_t hash = (((uint64_t)project_id << 8 | what) * 0x9e3779b97f4a7c15 + (uint64_t)a) * 0x9e3779b97f4a7c15 + (uint64_t)b;
    for (size_t i = (hash * 0x9e3779b97f4a7c15) >> 32;; i++) {
        lw_count *at = &counts->rows[i & (counts->room - 1)];
        if (!at->what || (at->what == what && at->a == a && at->b == b && at->project_id == project_id))
            return at;
    }
}

void lw_counts_add(lw_arena *arena, lw_counts *counts, int64_t project_id, lw_counter what, int64_t a, int64_t b, int64_t n)
{
    if (counts->n_rows * 2 >= counts->room) {
        lw_counts grown = {.n_rows = counts->n_rows, .room = counts->room ? counts->room * 2 : 32};
        grown.rows = lw_new_array(arena, lw_count, grown.room);
        for (size_t i = 0; i < counts->room; i++)
            if (counts->rows[i].what)
                *slot(&grown, counts->rows[i].project_id, counts->rows[i].what, counts->rows[i].a, counts->rows[i].b) = counts->rows[i];
        *counts = grown;
    }
    lw_count *at = slot(counts, project_id, what, a, b);
    if (!at->what) {
        *at = (lw_count){project_id, what, a, b, 0};
        counts->n_rows++;
    }
    at->n += n;
}

void lw_counts_join(lw_arena *arena, lw_counts *counts, const lw_counts *others)
{
    for (size_t i = 0; i < others->room; i++) {
        const lw_count *c = &others->rows[i];
        if (c->what && c->n)
            lw_counts_add(arena, counts, c->project_id, c->what, c->a, c->b, c->n);
    }
}

static void bind_count(const void *rows, size_t i, lw_value *params)
{
    const lw_count *c = (const lw_count *)rows + i;
    params[0] = lw_int(c->project_id);
    params[1] = lw_int(c->what);
    params[2] = lw_int(c->a);
    params[3] = lw_int(c->b);
    params[4] = lw_int(c->n);
}

lw_status lw_counts_write(lw_ctx *cx, lw_db *db, const lw_counts *counts)
{
    lw_count *changed = lw_new_array(cx->arena, lw_count, counts->n_rows);
    size_t n = 0;
    for (size_t i = 0; i < counts->room; i++)
        if (counts->rows[i].what && counts->rows[i].n)
            changed[n++] = counts->rows[i];
    return lw_run_many(cx, db, &lw_sql_counter_add, changed, n, bind_count);
}

lw_status lw_counts_get(lw_ctx *cx, lw_db *db, int64_t project_id, lw_counter what, int64_t a, int64_t b, int64_t *out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, &lw_sql_counter_get, LW_PARAMS(lw_int(project_id), lw_int(what), lw_int(a), lw_int(b)), &rows));
    lw_status status;
    int64_t n = lw_rows_next(cx, &rows, &status) ? lw_rows_int(&rows, 0) : 0;
    LW_TRY(status);
    *out = n;
    return LW_OK;
}

lw_status lw_counts_list(lw_ctx *cx, lw_db *db, int64_t project_id, lw_counter what, lw_count **out, size_t *n_out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, &lw_sql_counter_list, LW_PARAMS(lw_int(project_id), lw_int(what)), &rows));
    lw_count *list = NULL;
    size_t n = 0, room = 0;
    lw_status status;
    while (lw_rows_next(cx, &rows, &status)) {
        list = lw_array_room(cx->arena, list, n, &room, sizeof *list);
        list[n++] = (lw_count){project_id, what, lw_rows_int(&rows, 0), lw_rows_int(&rows, 1), lw_rows_int(&rows, 2)};
    }
    LW_TRY(status);
    *out = list;
    *n_out = n;
    return LW_OK;
}
