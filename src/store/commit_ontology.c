/* Commits of a new version of the ontology. */
#include "base/clock.h"
#include "statements.h"
#include "store/commit.h"

/* Classes in use may not go: the counters know how many labels each has. */
static lw_status check_classes_in_use(lw_ctx *cx, lw_db *db, int64_t project_id, const lw_ontology *current, const lw_ontology *wanted)
{
    lw_count *counts;
    size_t n;
    LW_TRY(lw_counts_list(cx, db, project_id, LW_LABELS_BY_CLASS, &counts, &n));
    for (size_t i = 0; i < current->n_classes; i++) {
        const lw_class *class = &current->classes[i];
        if (class->id && lw_class_by_id(wanted, class->id))
            continue;
        int64_t in_use = 0;
        for (size_t c = 0; c < n; c++)
            if (counts[c].b == class->id)
                in_use += counts[c].n;
        if (in_use)
            return lw_fail(cx, LW_REFUSED, "class '%.*s' has %" PRId64 " labels: remove or change them first", LW_FMT(class->name), in_use);
    }
    return LW_OK;
}

/* Attributes and options have no counters yet: one that goes is looked for among the labels of its class, which the index of classes
 * finds; the first that uses it is enough to refuse, and counting ends at a bound. */
enum { MAX_COUNTED = 100000 };

static bool uses(lw_json *values, int64_t attribute_id, int64_t option_id)
{
    char key[24];
    snprintf(key, sizeof key, "%" PRId64, attribute_id);
    lw_json *value = lw_json_get(values, key);
    if (!value || !option_id)
        return value != NULL;
    size_t i, n;
    yyjson_val *one;
    if (!yyjson_is_arr(value))
        return yyjson_get_sint(value) == option_id;
    yyjson_arr_foreach(value, i, n, one) if (yyjson_get_sint(one) == option_id) return true;
    return false;
}

static lw_status check_value_in_use(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t class_id, const lw_attribute_def *def, const lw_option *option)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_ctx inner = {.arena = scratch};
    LW_TRY(lw_query(cx, db, &lw_sql_label_attributes_of_class, LW_PARAMS(lw_int(project_id), lw_int(class_id), lw_int(MAX_COUNTED)), &rows));
    int64_t in_use = 0, looked_at = 0;
    lw_status status;
    while (lw_rows_next(cx, &rows, &status)) {
        lw_json *values;
        looked_at++;
        if (lw_json_parse(&inner, lw_rows_text(&rows, 0), &values) == LW_OK && uses(values, def->id, option ? option->id : 0))
            in_use++;
        lw_arena_reset(scratch);
    }
    LW_TRY(status);
    if (!in_use && looked_at < MAX_COUNTED)
        return LW_OK;
    const char *at_least = looked_at == MAX_COUNTED ? "at least " : "";
    return option ? lw_fail(cx, LW_REFUSED, "option '%.*s' of '%.*s' stands on %s%" PRId64 " labels: change them first", LW_FMT(option->name),
                            LW_FMT(def->name), at_least, in_use)
                  : lw_fail(cx, LW_REFUSED, "attribute '%.*s' stands on %s%" PRId64 " labels: clear it there first", LW_FMT(def->name), at_least,
                            in_use);
}

static lw_status check_attributes_in_use(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t class_id, const lw_attribute_def *before, size_t n_before,
                                         const lw_ontology *wanted)
{
    for (size_t i = 0; i < n_before; i++) {
        const lw_attribute_def *after = lw_attribute_by_id(wanted, before[i].id);
        if (!after || after->type != before[i].type) {
            LW_TRY(check_value_in_use(cx, db, project_id, class_id, &before[i], NULL));
            continue;
        }
        for (size_t o = 0; o < before[i].n_options; o++)
            if (!lw_option_by_id(after, before[i].options[o].id))
                LW_TRY(check_value_in_use(cx, db, project_id, class_id, &before[i], &before[i].options[o]));
    }
    return LW_OK;
}

/* Most projects have none, and then nothing need be looked through. */
static lw_status has_attributes(lw_ctx *cx, lw_db *db, int64_t project_id, bool *out)
{
    lw_count *counts;
    size_t n;
    LW_TRY(lw_counts_list(cx, db, project_id, LW_LABELS_BY_TRAIT, &counts, &n));
    *out = false;
    for (size_t i = 0; i < n; i++)
        *out |= counts[i].b == LW_TRAIT_ATTRIBUTES && counts[i].n > 0;
    return LW_OK;
}

static lw_status check_in_use(lw_ctx *cx, lw_db *db, int64_t project_id, const lw_ontology *current, const lw_ontology *wanted)
{
    bool some;
    LW_TRY(check_classes_in_use(cx, db, project_id, current, wanted));
    LW_TRY(has_attributes(cx, db, project_id, &some));
    if (!some)
        return LW_OK;
    for (size_t i = 0; i < current->n_classes; i++) {
        const lw_class *class = &current->classes[i];
        if (lw_class_by_id(wanted, class->id))
            LW_TRY(check_attributes_in_use(cx, db, project_id, class->id, class->attributes, class->n_attributes, wanted));
    }
    return check_attributes_in_use(cx, db, project_id, current->item_class_id, current->item_attributes, current->n_item_attributes, wanted);
}

/* Every project that uses the ontology sees its new version from a commit of its own. */
static lw_status note_version(lw_ctx *cx, lw_store *store, lw_db *db, int64_t project_id, const lw_author *author, int64_t version)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, &lw_sql_project_next_seq, LW_PARAMS(lw_int(project_id)), &rows));
    int64_t seq = lw_rows_int(&rows, 0);
    lw_status status;
    while (lw_rows_next(cx, &rows, &status))
        continue;
    LW_TRY(status);
    LW_TRY(lw_run(cx, db, &lw_sql_project_ontology_put, LW_PARAMS(lw_int(project_id), lw_int(seq), lw_int(version))));
    return lw_run(cx, db, &lw_sql_commit_insert,
                  LW_PARAMS(lw_int(project_id), lw_int(seq), lw_int(author->user_id), lw_int(lw_now_us()), lw_string(LW_TEXT("ontology")),
                            lw_string_or_null(author->reason), lw_int_or_null(author->job_id), lw_int(0), lw_int(0), lw_int(0)));
}

lw_status lw_commit_ontology(lw_ctx *cx, lw_store *store, lw_db *db, int64_t project_id, const lw_author *author, int64_t was, lw_ontology *wanted,
                             int64_t *version)
{
    lw_project project;
    LW_TRY(lw_project_get(cx, db, project_id, &project));
    LW_AUTO(lw_ontology_ref) current = {0};
    LW_TRY(lw_ontology_get(cx, store, db, project.ontology_id, 0, &current));
    if (was && was != current.ontology->version) {
        LW_AUTO(lw_buf) buf = {0};
        lw_buf_put_literal(&buf, "{\"ontology\": ");
        lw_ontology_write_json(&buf, current.ontology);
        lw_buf_put_char(&buf, '}');
        lw_status status = lw_fail(cx, LW_CONFLICT, "the ontology was changed meanwhile: it is at version %" PRId64 " now, not %" PRId64,
                                   current.ontology->version, was);
        cx->details = lw_text_string(cx->arena, lw_buf_text(&buf));
        return status;
    }
    LW_TRY(lw_ontology_save(cx, db, current.ontology, wanted, author->user_id, version));
    if (*version == current.ontology->version)
        return LW_OK;
    int64_t *projects = NULL;
    size_t n = 0, room = 0;
    {
        LW_AUTO(lw_rows) rows = {0};
        LW_TRY(lw_query(cx, db, &lw_sql_ontology_projects, LW_PARAMS(lw_int(project.ontology_id)), &rows));
        lw_status status;
        while (lw_rows_next(cx, &rows, &status)) {
            projects = lw_array_room(cx->arena, projects, n, &room, sizeof *projects);
            projects[n++] = lw_rows_int(&rows, 0);
        }
        LW_TRY(status);
    }
    for (size_t i = 0; i < n; i++) {
        LW_TRY(check_in_use(cx, db, projects[i], current.ontology, wanted));
        LW_TRY(note_version(cx, store, db, projects[i], author, *version));
    }
    return LW_OK;
}
