#include "store/verify.h"

#include "statements.h"

/* Each statement lists what breaks its rule, as two numbers for the sentence. */
static const struct {
    const lw_sql *sql;
    const char *sentence;
} rules[] = {
    {&lw_sql_verify_label_orphans, "label %" PRId64 " lies on an item that project %" PRId64 " does not have"},
    {&lw_sql_verify_label_classes, "label %" PRId64 " has class %" PRId64 ", which no ontology has"},
    {&lw_sql_verify_label_layers, "label %" PRId64 " stands on layer %" PRId64 ", which its project does not have"},
    {&lw_sql_verify_label_users, "label %" PRId64 " was made by user %" PRId64 ", who is not there"},
    {&lw_sql_verify_label_tracks, "label %" PRId64 " belongs to track %" PRId64 ", which is not there"},
    {&lw_sql_verify_label_future, "label %" PRId64 " was made by commit %" PRId64 ", which has not happened"},
    {&lw_sql_verify_past_lifetimes, "label %" PRId64 " has a lifetime from %" PRId64 " that ends before it begins"},
    {&lw_sql_verify_past_overlaps, "label %" PRId64 " has a past version up to %" PRId64 " that overlaps its present one"},
    {&lw_sql_verify_past_past_overlaps, "label %" PRId64 " has a past version from %" PRId64 " that overlaps the next"},
    {&lw_sql_verify_item_datasets, "item %" PRId64 " belongs to dataset %" PRId64 ", which is not there"},
    {&lw_sql_verify_item_ids, "item %" PRId64 " is there, though %" PRId64 " is the next number to be given"},
    {&lw_sql_verify_task_ids, "task %" PRId64 " is there, though %" PRId64 " is the next number to be given"},
    {&lw_sql_verify_task_items, "task %" PRId64 " is about item %" PRId64 ", which is not there"},
    {&lw_sql_verify_log_gaps, "the log of project %" PRId64 " does not count without gaps to %" PRId64},
    {&lw_sql_verify_task_labels, "task %" PRId64 " says that its item has %" PRId64 " labels, which is not so"},
    {&lw_sql_verify_count_classes, "the labels by class of project %" PRId64 " are off by %" PRId64},
    {&lw_sql_verify_count_kinds, "a count of labels by kind of project %" PRId64 " should be %" PRId64},
    {&lw_sql_verify_count_users, "a count of labels by user of project %" PRId64 " should be %" PRId64},
    {&lw_sql_verify_count_states, "a count of tasks by state of project %" PRId64 " should be %" PRId64},
    {&lw_sql_verify_count_splits, "a count of tasks by split of project %" PRId64 " should be %" PRId64},
    {&lw_sql_verify_count_traits, "a count of labels by trait of project %" PRId64 " should be %" PRId64},
    {&lw_sql_verify_count_trait_sums, "counters of project %" PRId64 " add up to %" PRId64 " traits of labels, which is not so"},
    {&lw_sql_verify_count_sums, "counters of project %" PRId64 " add up to %" PRId64 " labels, which is not so"},
    {&lw_sql_verify_count_task_sums, "counters of project %" PRId64 " add up to %" PRId64 " tasks, which is not so"},
};

typedef struct telling {
    lw_verify_problem tell;
    void *state;
    bool has_told;
} telling;

static lw_status tell_damage(lw_ctx *cx, void *state, const char *problem)
{
    telling *t = state;
    t->has_told = true;
    return t->tell(cx, t->state, lw_print(cx->arena, "the database is damaged: %s; restore a backup", problem));
}

lw_status lw_store_verify(lw_ctx *cx, lw_db *db, lw_verify_problem tell, void *state)
{
    telling damage = {.tell = tell, .state = state};
    LW_TRY(db->driver->check(cx, db, tell_damage, &damage));
    if (damage.has_told) /* what its tables say means nothing then */
        return LW_OK;
    for (size_t i = 0; i < LW_COUNT(rules); i++) {
        LW_AUTO(lw_rows) rows = {0};
        LW_TRY(lw_progress(cx, 0, 0)); /* who knows how long a rule takes */
        LW_TRY(lw_query(cx, db, rules[i].sql, LW_NO_PARAMS, &rows));
        lw_status status;
        while (lw_rows_next(cx, &rows, &status))
            LW_TRY(tell(cx, state, lw_print(cx->arena, rules[i].sentence, lw_rows_int(&rows, 0), lw_rows_int(&rows, 1))));
        LW_TRY(status);
    }
    return LW_OK;
}
