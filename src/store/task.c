#include "store/task.h"

#include <ctype.h>
#include <strings.h>

#include "base/clock.h"
#include "statements.h"
#include "store/counter.h"
#include "store/label.h"
#include "store/user.h"

enum { N_TASK_COLUMNS = 11, ITEM_ID = 2, POSITION = 3, STATE = 4, SPLIT = 5, NAME = N_TASK_COLUMNS + 2, MAX_LOOKED_AT = 10000, COST_OF_QUESTION = 4 };

static lw_task read_task(lw_ctx *cx, const lw_rows *rows)
{
    return (lw_task){.id = lw_rows_int(rows, 0),
                     .project_id = lw_rows_int(rows, 1),
                     .item_id = lw_rows_int(rows, 2),
                     .position = lw_rows_int(rows, 3),
                     .state = (lw_task_state)lw_rows_int(rows, 4),
                     .split_id = lw_rows_int(rows, 5),
                     .reason = lw_text_copy(cx->arena, lw_rows_text(rows, 6)),
                     .n_labels = lw_rows_int(rows, 7),
                     .lease_user_id = lw_rows_int(rows, 8),
                     .lease_until_us = lw_rows_int(rows, 9),
                     .seq_from = lw_rows_int(rows, 10)};
}

static lw_status find_one(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params, lw_task *out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, sql, params, n_params, &rows));
    *out = read_task(cx, &rows);
    return LW_OK;
}

lw_status lw_task_get(lw_ctx *cx, lw_db *db, int64_t id, lw_task *out)
{
    lw_status status = find_one(cx, db, &lw_sql_task_get, LW_PARAMS(lw_int(id)), out);
    return status == LW_NOT_FOUND ? lw_fail(cx, LW_NOT_FOUND, "no task %" PRId64, id) : status;
}

lw_status lw_task_find(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, lw_task *out)
{
    lw_status status = find_one(cx, db, &lw_sql_task_find, LW_PARAMS(lw_int(project_id), lw_int(item_id)), out);
    return status == LW_NOT_FOUND ? lw_fail(cx, LW_NOT_FOUND, "this project has no item %" PRId64, item_id) : status;
}

static void bind_task(const void *rows, size_t i, lw_value *params)
{
    const lw_task *task = (const lw_task *)rows + i;
    params[0] = lw_int(task->id);
    params[1] = lw_int(task->project_id);
    params[2] = lw_int(task->item_id);
    params[3] = lw_int(task->position);
    params[4] = lw_int(task->state);
    params[5] = lw_int_or_null(task->split_id);
    params[6] = lw_string_or_null(task->reason);
    params[7] = lw_int(task->n_labels);
    params[8] = lw_int(task->seq_from);
}

lw_status lw_task_insert_many(lw_ctx *cx, lw_db *db, const lw_task *tasks, size_t n)
{
    return lw_run_many(cx, db, &lw_sql_task_insert, tasks, n, bind_task);
}

lw_status lw_task_take_positions(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t n, int64_t *first)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, &lw_sql_project_take_positions, LW_PARAMS(lw_int(project_id), lw_int(n)), &rows));
    *first = lw_rows_int(&rows, 0);
    lw_status status;
    while (lw_rows_next(cx, &rows, &status))
        continue;
    return status;
}

lw_status lw_task_update(lw_ctx *cx, lw_db *db, const lw_task *task)
{
    return lw_run(cx, db, &lw_sql_task_update,
                  LW_PARAMS(lw_int(task->id), lw_int(task->state), lw_int_or_null(task->split_id), lw_string_or_null(task->reason),
                            lw_int(task->n_labels), lw_int_or_null(task->lease_user_id), lw_int_or_null(task->lease_until_us),
                            lw_int(task->seq_from)));
}

lw_status lw_task_keep(lw_ctx *cx, lw_db *db, int64_t task_id, int64_t seq)
{
    return lw_run(cx, db, &lw_sql_task_keep, LW_PARAMS(lw_int(task_id), lw_int(seq)));
}

lw_status lw_task_has_version(lw_ctx *cx, lw_db *db, int64_t task_id, int64_t seq_from, bool *out)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status = lw_query_one(cx, db, &lw_sql_task_past_from, LW_PARAMS(lw_int(task_id), lw_int(seq_from)), &rows);
    *out = status == LW_OK;
    return status == LW_NOT_FOUND ? LW_OK : status;
}

lw_status lw_task_leave(lw_ctx *cx, lw_db *db, const lw_task *task, int64_t seq)
{
    if (task->seq_from != seq)
        LW_TRY(lw_task_keep(cx, db, task->id, seq));
    LW_TRY(lw_run(cx, db, &lw_sql_task_leave, LW_PARAMS(lw_int(task->id), lw_int(seq))));
    return lw_run(cx, db, &lw_sql_task_delete, LW_PARAMS(lw_int(task->id)));
}

lw_status lw_task_left(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, int64_t seq_to, int64_t *task_id, int64_t *position)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, &lw_sql_task_left_get, LW_PARAMS(lw_int(project_id), lw_int(item_id), lw_int(seq_to)), &rows));
    *task_id = lw_rows_int(&rows, 0);
    *position = lw_rows_int(&rows, 1);
    return LW_OK;
}

lw_status lw_task_past(lw_ctx *cx, lw_db *db, int64_t task_id, int64_t seq_to, lw_task *out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, &lw_sql_task_past_get, LW_PARAMS(lw_int(task_id), lw_int(seq_to)), &rows));
    out->state = (lw_task_state)lw_rows_int(&rows, 0);
    out->split_id = lw_rows_int(&rows, 1);
    out->reason = lw_text_copy(cx->arena, lw_rows_text(&rows, 2));
    return LW_OK;
}

lw_status lw_task_next(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t user_id, int64_t after, lw_task *out)
{
    static const lw_sql *const choices[] = {&lw_sql_task_next_own, &lw_sql_task_next_waiting, &lw_sql_task_next_started};
    int64_t now = lw_now_us();
    for (size_t i = 0; i < LW_COUNT(choices); i++) {
        for (int64_t from = after; from >= 0; from = from > 0 ? 0 : -1) { /* then once more from the start */
            lw_status status = find_one(cx, db, choices[i], LW_PARAMS(lw_int(project_id), lw_int(user_id), lw_int(from), lw_int(now)), out);
            if (status != LW_NOT_FOUND)
                return status;
        }
    }
    return lw_fail(cx, LW_NOT_FOUND, "nothing waits in this project");
}

lw_status lw_task_lease(lw_ctx *cx, lw_db *db, int64_t task_id, int64_t user_id)
{
    return lw_run(cx, db, &lw_sql_task_lease,
                  LW_PARAMS(lw_int(task_id), lw_int_or_null(user_id), lw_int_or_null(user_id ? lw_now_us() + LW_LEASE_SECONDS * 1000000LL : 0)));
}

lw_status lw_task_check_free(lw_ctx *cx, lw_store *store, lw_db *db, const lw_task *task, int64_t user_id)
{
    if (!task->lease_user_id || task->lease_user_id == user_id || task->lease_until_us <= lw_now_us())
        return LW_OK;
    char until[LW_TIME_SIZE];
    lw_text holder = lw_user_name(cx, store, db, task->lease_user_id);
    LW_AUTO(lw_buf) details = {0};
    lw_status status = lw_fail(cx, LW_CONFLICT, "%.*s has this item in hand until %s: wait, or have it returned", LW_FMT(holder),
                               lw_time_print(task->lease_until_us, until));
    lw_buf_put_literal(&details, "{\"assignee\": ");
    lw_buf_put_json_text(&details, holder);
    lw_buf_put_char(&details, '}');
    cx->details = lw_text_string(cx->arena, lw_buf_text(&details));
    return status;
}

/* --- lists */

static lw_task_item read_task_item(lw_ctx *cx, const lw_rows *rows)
{
    enum { I = N_TASK_COLUMNS };
    return (lw_task_item){.task = read_task(cx, rows),
                          .item = {.id = lw_rows_int(rows, I),
                                   .dataset_id = lw_rows_int(rows, I + 1),
                                   .name = lw_text_copy(cx->arena, lw_rows_text(rows, I + 2)),
                                   .kind = (int)lw_rows_int(rows, I + 3),
                                   .media_type = lw_text_copy(cx->arena, lw_rows_text(rows, I + 4)),
                                   .width = (int)lw_rows_int(rows, I + 5),
                                   .height = (int)lw_rows_int(rows, I + 6),
                                   .orientation = (int)lw_rows_int(rows, I + 7),
                                   .location = (lw_location)lw_rows_int(rows, I + 8),
                                   .is_missing = lw_rows_int(rows, I + 9) != 0,
                                   .bytes = lw_rows_int(rows, I + 10),
                                   .mtime_us = lw_rows_int(rows, I + 11),
                                   .revision = lw_rows_int(rows, I + 12)}};
}

static bool contains_nocase(lw_text text, lw_text part)
{
    if (part.size == 0)
        return true;
    int first = tolower((unsigned char)part.data[0]); /* most places end here */
    for (size_t i = 0; i + part.size <= text.size; i++)
        if (tolower((unsigned char)text.data[i]) == first && strncasecmp(text.data + i, part.data, part.size) == 0)
            return true;
    return false;
}

/* One question to the index of labels: has the item a label of this class, or any, on this layer? */
static lw_status has_label(lw_ctx *cx, lw_db *db, int64_t project_id, const lw_task_filter *f, int64_t item_id, bool *out)
{
    LW_AUTO(lw_rows) rows = {0};
    int64_t low = item_id << LW_ITEM_ID_SHIFT, high = ((item_id + 1) << LW_ITEM_ID_SHIFT) - 1;
    lw_status status =
        f->class_id
            ? lw_query_one(cx, db, &lw_sql_task_item_of_class, LW_PARAMS(lw_int(f->layer_id), lw_int(f->class_id), lw_int(low), lw_int(high)), &rows)
            : lw_query_one(cx, db, &lw_sql_task_item_on_layer, LW_PARAMS(lw_int(project_id), lw_int(f->layer_id), lw_int(low), lw_int(high)), &rows);
    *out = status == LW_OK;
    return status == LW_NOT_FOUND ? LW_OK : status;
}

/* Whether the present row matches; what costs most is asked last, and nothing is copied. */
static lw_status matches(lw_ctx *cx, lw_db *db, const lw_task_filter *f, const lw_rows *rows, bool *out)
{
    *out = (f->state < 0 || lw_rows_int(rows, STATE) == f->state) &&
           (f->split_id == 0 || lw_rows_int(rows, SPLIT) == (f->split_id < 0 ? 0 : f->split_id)) &&
           (f->text.size == 0 || contains_nocase(lw_rows_text(rows, NAME), f->text));
    if (*out && f->layer_id)
        return has_label(cx, db, lw_rows_int(rows, 1), f, lw_rows_int(rows, ITEM_ID), out);
    return LW_OK;
}

/* The narrowest index there is for this filter. */
static lw_status open_page(lw_ctx *cx, lw_db *db, int64_t project_id, const lw_task_filter *f, lw_rows *rows)
{
    bool back = f->is_backwards;
    if (f->state >= 0 && f->split_id > 0)
        return lw_query(cx, db, back ? &lw_sql_task_page_of_both_back : &lw_sql_task_page_of_both,
                        LW_PARAMS(lw_int(project_id), lw_int(f->after), lw_int(MAX_LOOKED_AT), lw_int(f->state), lw_int(f->split_id)), rows);
    if (f->state >= 0)
        return lw_query(cx, db, back ? &lw_sql_task_page_of_state_back : &lw_sql_task_page_of_state,
                        LW_PARAMS(lw_int(project_id), lw_int(f->after), lw_int(MAX_LOOKED_AT), lw_int(f->state)), rows);
    if (f->split_id > 0)
        return lw_query(cx, db, back ? &lw_sql_task_page_of_split_back : &lw_sql_task_page_of_split,
                        LW_PARAMS(lw_int(project_id), lw_int(f->after), lw_int(MAX_LOOKED_AT), lw_int(f->split_id)), rows);
    return lw_query(cx, db, back ? &lw_sql_task_page_back : &lw_sql_task_page, LW_PARAMS(lw_int(project_id), lw_int(f->after), lw_int(MAX_LOOKED_AT)),
                    rows);
}

/* Whether the tasks of the wanted state are fewer than the labels of the wanted class: then they are looked through. */
static lw_status is_state_rarer(lw_ctx *cx, lw_db *db, int64_t project_id, const lw_task_filter *f, bool *out)
{
    int64_t n_tasks, n_labels;
    *out = false;
    if (f->state < 0)
        return LW_OK;
    LW_TRY(lw_counts_get(cx, db, project_id, LW_TASKS_BY_STATE, f->state, 0, &n_tasks));
    LW_TRY(lw_counts_get(cx, db, project_id, LW_LABELS_BY_CLASS, f->layer_id, f->class_id, &n_labels));
    *out = n_tasks < n_labels;
    return LW_OK;
}

/* From which label on, for the position that a page begins after. */
static lw_status first_hop(lw_ctx *cx, lw_db *db, int64_t project_id, const lw_task_filter *f, int64_t *out)
{
    bool back = f->is_backwards;
    *out = back ? INT64_MAX : 0;
    if (f->after == *out)
        return LW_OK;
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, back ? &lw_sql_task_page : &lw_sql_task_page_back,
                    LW_PARAMS(lw_int(project_id), lw_int(back ? f->after - 1 : f->after + 1), lw_int(1)), &rows));
    lw_status status;
    if (lw_rows_next(cx, &rows, &status))
        *out = back ? lw_rows_int(&rows, ITEM_ID) << LW_ITEM_ID_SHIFT : ((lw_rows_int(&rows, ITEM_ID) + 1) << LW_ITEM_ID_SHIFT) - 1;
    return status;
}

/* By class: hops from label to label of the class's index, from item to item, so rare classes are found at once. Items come in the
 * order of their ids, which is that of positions but for items that an older project shares. */
static lw_status list_of_class(lw_ctx *cx, lw_db *db, int64_t project_id, const lw_task_filter *f, lw_task_item **out, size_t *n_out, int64_t *next)
{
    lw_task_item *list = lw_new_array(cx->arena, lw_task_item, (size_t)f->limit);
    lw_task_filter rest = *f;
    rest.class_id = rest.layer_id = 0;
    size_t n = 0;
    int64_t position = 0, at;
    LW_TRY(first_hop(cx, db, project_id, f, &at));
    for (int looked_at = 0; (int64_t)n < f->limit && looked_at < MAX_LOOKED_AT; looked_at += COST_OF_QUESTION) {
        LW_AUTO(lw_rows) rows = {0};
        LW_TRY(lw_query(cx, db, f->is_backwards ? &lw_sql_task_last_labelled : &lw_sql_task_next_labelled,
                        LW_PARAMS(lw_int(project_id), lw_int(f->layer_id), lw_int(f->class_id), lw_int(at)), &rows));
        lw_status status;
        bool has_row = lw_rows_next(cx, &rows, &status), fits;
        LW_TRY(status);
        position = has_row ? lw_rows_int(&rows, POSITION) : 0;
        if (!has_row)
            break;
        int64_t item_id = lw_rows_int(&rows, ITEM_ID);
        at = f->is_backwards ? item_id << LW_ITEM_ID_SHIFT : ((item_id + 1) << LW_ITEM_ID_SHIFT) - 1;
        LW_TRY(matches(cx, db, &rest, &rows, &fits));
        if (fits)
            list[n++] = read_task_item(cx, &rows);
    }
    *out = list;
    *n_out = n;
    *next = position;
    return LW_OK;
}

lw_status lw_task_list(lw_ctx *cx, lw_db *db, int64_t project_id, const lw_task_filter *f, lw_task_item **out, size_t *n_out, int64_t *next)
{
    bool by_state = false;
    if (f->class_id)
        LW_TRY(is_state_rarer(cx, db, project_id, f, &by_state));
    if (f->class_id && !by_state)
        return list_of_class(cx, db, project_id, f, out, n_out, next);
    lw_task_item *list = lw_new_array(cx->arena, lw_task_item, (size_t)f->limit);
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(open_page(cx, db, project_id, f, &rows));
    size_t n = 0;
    int looked_at = 0;
    int64_t position = 0;
    lw_status status = LW_OK;
    while ((int64_t)n < f->limit && looked_at < MAX_LOOKED_AT && lw_rows_next(cx, &rows, &status)) {
        bool fits;
        position = lw_rows_int(&rows, POSITION);
        looked_at += f->layer_id ? COST_OF_QUESTION : 1;
        LW_TRY(matches(cx, db, f, &rows, &fits));
        if (fits)
            list[n++] = read_task_item(cx, &rows);
    }
    LW_TRY(status);
    *out = list;
    *n_out = n;
    *next = (int64_t)n == f->limit || looked_at >= MAX_LOOKED_AT ? position : 0;
    return LW_OK;
}
