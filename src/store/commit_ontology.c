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

/* --- attributes and options that go: they have no counters, so they are looked for among the labels. */

enum { MAX_COUNTED = 100000, MAX_TOUCHED = 1000 };

typedef struct lost {
    int64_t class_id, attribute_id, option_id; /* option 0: the attribute */
    lw_text attribute, option;
} lost;

typedef LW_LIST(lost) lost_list;

static void find_lost_of(lw_arena *arena, int64_t class_id, const lw_attribute_def *before, size_t n_before, const lw_ontology *wanted,
                         lost_list *out)
{
    for (size_t i = 0; i < n_before; i++) {
        const lw_attribute_def *after = lw_attribute_by_id(wanted, before[i].id);
        bool is_gone = !after || after->type != before[i].type;
        if (is_gone)
            LW_LIST_ADD(arena, out, ((lost){class_id, before[i].id, 0, before[i].name, {0}}));
        for (size_t o = 0; o < before[i].n_options && !is_gone; o++)
            if (!lw_option_by_id(after, before[i].options[o].id))
                LW_LIST_ADD(arena, out, ((lost){class_id, before[i].id, before[i].options[o].id, before[i].name, before[i].options[o].name}));
    }
}

static lost_list find_lost(lw_arena *arena, const lw_ontology *current, const lw_ontology *wanted)
{
    lost_list found = {0};
    for (size_t i = 0; i < current->n_classes; i++) {
        const lw_class *class = &current->classes[i];
        if (lw_class_by_id(wanted, class->id))
            find_lost_of(arena, class->id, class->attributes, class->n_attributes, wanted, &found);
    }
    find_lost_of(arena, current->item_class_id, current->item_attributes, current->n_item_attributes, wanted, &found);
    return found;
}

static bool uses(lw_json *values, const lost *what)
{
    char key[24];
    snprintf(key, sizeof key, "%" PRId64, what->attribute_id);
    lw_json *value = lw_json_get(values, key);
    if (!value || !what->option_id)
        return value != NULL;
    size_t i, n;
    yyjson_val *one;
    if (!yyjson_is_arr(value))
        return yyjson_get_sint(value) == what->option_id;
    yyjson_arr_foreach(value, i, n, one) if (yyjson_get_sint(one) == what->option_id) return true;
    return false;
}

static bool text_uses(lw_arena *scratch, lw_text attributes, const lost *what)
{
    lw_json *values;
    lw_ctx inner = {.arena = scratch};
    return lw_json_parse(&inner, attributes, &values) == LW_OK && uses(values, what);
}

static lw_status refuse_lost(lw_ctx *cx, const lost *what, int64_t in_use, bool is_least)
{
    const char *at_least = is_least ? "at least " : "";
    return what->option_id ? lw_fail(cx, LW_REFUSED, "option '%.*s' of '%.*s' stands on %s%" PRId64 " labels: change them first",
                                     LW_FMT(what->option), LW_FMT(what->attribute), at_least, in_use)
                           : lw_fail(cx, LW_REFUSED, "attribute '%.*s' stands on %s%" PRId64 " labels: clear it there first", LW_FMT(what->attribute),
                                     at_least, in_use);
}

static lw_status look_for(lw_ctx *cx, lw_db *db, int64_t project_id, const lost *what)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    LW_TRY(lw_query(cx, db, &lw_sql_label_attributes_of_class, LW_PARAMS(lw_int(project_id), lw_int(what->class_id)), &rows));
    int64_t in_use = 0;
    lw_status status = LW_OK;
    while (in_use < MAX_COUNTED && lw_rows_next(cx, &rows, &status)) {
        in_use += text_uses(scratch, lw_rows_text(&rows, 0), what);
        lw_arena_reset(scratch);
    }
    LW_TRY(status);
    return in_use ? refuse_lost(cx, what, in_use, in_use == MAX_COUNTED) : LW_OK;
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

/* Only what was touched since the labels were looked through. */
static lw_status look_since(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t since, const lost_list *all, bool *is_much)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_ctx inner = {.arena = scratch};
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, &lw_sql_commit_items_since, LW_PARAMS(lw_int(project_id), lw_int(since), lw_int(MAX_TOUCHED)), &rows));
    int n_items = 0;
    lw_status status;
    for (; lw_rows_next(cx, &rows, &status); n_items++) {
        lw_label_row *labels;
        size_t n;
        if (lw_label_rows(&inner, db, project_id, lw_rows_int(&rows, 0), &labels, &n) != LW_OK)
            return lw_fail(cx, inner.status, "%s", inner.message);
        for (size_t i = 0; i < n; i++)
            for (size_t l = 0; l < all->n; l++)
                if (labels[i].class_id == all->rows[l].class_id && text_uses(scratch, labels[i].attributes, &all->rows[l]))
                    return refuse_lost(cx, &all->rows[l], 1, true);
        lw_arena_reset(scratch);
    }
    *is_much = n_items == MAX_TOUCHED;
    return status;
}

static int64_t *find_seen(lw_ontology_look *look, int64_t project_id)
{
    for (size_t i = 0; i < look->n; i++)
        if (look->projects[i].id == project_id)
            return &look->projects[i].seq;
    return NULL;
}

/* On the writer's thread: whether the labels have been looked through, but for few. */
static lw_status check_attributes_in_use(lw_ctx *cx, lw_db *db, int64_t project_id, const lost_list *all, lw_ontology_look *look)
{
    bool some, is_much = true;
    int64_t *seen = look ? find_seen(look, project_id) : NULL;
    if (all->n == 0)
        return LW_OK;
    LW_TRY(has_attributes(cx, db, project_id, &some));
    if (!some)
        return LW_OK;
    if (seen) {
        LW_TRY(look_since(cx, db, project_id, *seen, all, &is_much));
        if (!is_much)
            return LW_OK;
    }
    if (look)
        look->is_needed = true;
    return lw_fail(cx, LW_BUSY, "labels change faster than they can be looked through for what goes; try again in a moment");
}

static lw_status list_projects(lw_ctx *cx, lw_db *db, int64_t ontology_id, int64_t **out, size_t *n_out)
{
    LW_AUTO(lw_rows) rows = {0};
    int64_t *projects = NULL;
    size_t n = 0, room = 0;
    lw_status status;
    LW_TRY(lw_query(cx, db, &lw_sql_ontology_projects, LW_PARAMS(lw_int(ontology_id)), &rows));
    while (lw_rows_next(cx, &rows, &status)) {
        projects = lw_array_room(cx->arena, projects, n, &room, sizeof *projects);
        projects[n++] = lw_rows_int(&rows, 0);
    }
    LW_TRY(status);
    *out = projects;
    *n_out = n;
    return LW_OK;
}

lw_status lw_ontology_look_through(lw_ctx *cx, lw_store *store, int64_t ontology_id, const lw_ontology *wanted, lw_ontology_look *look)
{
    LW_AUTO(lw_reader) reader = {0};
    LW_AUTO(lw_ontology_ref) current = {0};
    int64_t *projects;
    size_t n;
    LW_TRY(lw_reader_begin(cx, store, &reader));
    LW_TRY(lw_ontology_get(cx, store, reader.db, ontology_id, 0, &current));
    LW_TRY(list_projects(cx, reader.db, ontology_id, &projects, &n));
    lost_list all = find_lost(cx->arena, current.ontology, wanted);
    lw_ontology_look made = {.projects = lw_alloc_array(cx->arena, n, sizeof *made.projects), .n = n};
    for (size_t i = 0; i < n; i++) {
        lw_project project;
        bool is_much = true;
        const int64_t *seen = find_seen(look, projects[i]);
        LW_TRY(lw_project_get(cx, reader.db, projects[i], &project));
        if (seen)
            LW_TRY(look_since(cx, reader.db, projects[i], *seen, &all, &is_much));
        for (size_t l = 0; l < all.n && is_much; l++)
            LW_TRY(look_for(cx, reader.db, projects[i], &all.rows[l]));
        made.projects[i].id = projects[i];
        made.projects[i].seq = project.seq;
    }
    *look = made;
    return LW_OK;
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
                             lw_ontology_look *look, int64_t *version)
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
    int64_t *projects;
    size_t n;
    LW_TRY(list_projects(cx, db, project.ontology_id, &projects, &n));
    lost_list all = find_lost(cx->arena, current.ontology, wanted);
    for (size_t i = 0; i < n; i++) {
        LW_TRY(check_classes_in_use(cx, db, projects[i], current.ontology, wanted));
        LW_TRY(check_attributes_in_use(cx, db, projects[i], &all, look));
        LW_TRY(note_version(cx, store, db, projects[i], author, *version));
    }
    return LW_OK;
}
