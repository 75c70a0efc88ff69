/* Classes, attributes and options that a source brings. */
#include "work/import_private.h"

static bool mapped_to(const lw_importing *importing, lw_text theirs, lw_text *ours)
{
    const lw_import *import = importing->import;
    for (size_t i = 0; import->map && import->map[i]; i++) {
        lw_text from, to;
        if (lw_text_split(lw_text_from(import->map[i]), '=', &from, &to) && lw_text_equal(from, theirs)) {
            *ours = to;
            importing->is_map_used[i] = true;
            return true;
        }
    }
    return false;
}

/* A name mistyped in --map would be a mapping in silence. */
void lw_import_check_map(lw_importing *importing)
{
    const lw_import *import = importing->import;
    for (size_t i = 0; import->map && import->map[i]; i++)
        if (!importing->is_map_used[i])
            lw_report_add(importing->report, LW_WARNING, "map-not-used", "the source has no class of the name that is to be mapped", "%s",
                          import->map[i]);
}

lw_text lw_import_class_name(lw_arena *arena, const lw_importing *importing, lw_text theirs)
{
    lw_text ours = theirs;
    if (!mapped_to(importing, theirs, &ours))
        ours = lw_text_trim(theirs);
    return ours;
}

typedef struct merging {
    lw_ctx *cx;
    lw_importing *importing;
    lw_arena *arena; /* of the ontology */
    lw_buf missing;  /* names, for the refusal */
    size_t n_missing;
    bool has_added;
} merging;

static void merging_cleanup(merging *m) { lw_buf_cleanup(&m->missing); }

static bool may_add(const merging *m) { return m->importing->is_new_project || m->importing->import->add_classes; }

/* `of`: the class or attribute it would belong to; empty where there is none. */
static void note_missing(merging *m, const char *what, lw_text name, lw_text of, const lw_class *similar)
{
    const char *belongs = of.size ? " of " : "";
    lw_report_add(m->importing->report, LW_WARNING, "not-in-ontology", "the ontology lacks a name of the source", "%s '%.*s'%s%.*s", what,
                  LW_FMT(name), belongs, LW_FMT(of));
    if (m->n_missing++ < 20) {
        lw_buf_print(&m->missing, "%s%s '%.*s'%s%.*s", m->missing.size ? ", " : "", what, LW_FMT(name), belongs, LW_FMT(of));
        if (similar)
            lw_buf_print(&m->missing, " (there is '%.*s')", LW_FMT(similar->name));
    }
}

static void merge_attribute(merging *m, lw_class *of, bool is_item, const lw_attribute_def *declared)
{
    lw_ontology *ontology = &m->importing->ontology;
    lw_attribute_def *known = NULL;
    if (is_item) {
        for (size_t i = 0; i < ontology->n_item_attributes && !known; i++)
            if (lw_text_equal(ontology->item_attributes[i].name, declared->name))
                known = &ontology->item_attributes[i];
    } else {
        known = lw_class_attribute(ontology, of, declared->name);
    }
    if (!known && !may_add(m)) {
        note_missing(m, "attribute", declared->name, is_item ? (lw_text){0} : of->name, NULL);
        return;
    }
    if (!known) {
        known = lw_class_add_attribute(m->arena, ontology, is_item ? NULL : of, lw_text_copy(m->arena, declared->name), declared->type);
        known->required = declared->required;
        m->has_added = true;
    }
    for (size_t i = 0; i < declared->n_options && (known->type == LW_ONE || known->type == LW_MANY); i++) {
        if (lw_option_find(known, declared->options[i].name))
            continue;
        if (may_add(m)) {
            lw_attribute_add_option(m->arena, known, lw_text_copy(m->arena, declared->options[i].name));
            m->has_added = true;
        } else {
            note_missing(m, "option", declared->options[i].name, declared->name, NULL);
        }
    }
}

static lw_attribute copy_value(lw_arena *arena, const lw_attribute *from)
{
    lw_attribute to = *from;
    to.name = lw_text_copy(arena, from->name);
    to.text = lw_text_copy(arena, from->text);
    lw_text *many = lw_new_array(arena, lw_text, from->n_many);
    for (size_t i = 0; i < from->n_many; i++)
        many[i] = lw_text_copy(arena, from->many[i]);
    to.many = many;
    return to;
}

/* An attribute that was there keeps its type, which may not be the source's: then there is nothing to depend on. */
static bool can_ask(const lw_attribute_def *asked, const lw_attribute *value)
{
    return asked && (asked->id == 0 || asked->type == value->type || (asked->type == LW_ONE && value->type == LW_TEXT_VALUE));
}

/* Conditions of attributes that this source brought, once all of them are there. */
static void merge_conditions(merging *m, lw_text class_name, const lw_attribute_def *declared)
{
    const lw_ontology *ontology = &m->importing->ontology;
    const lw_class *of = lw_class_find(ontology, class_name);
    lw_attribute_def *known = of ? lw_class_attribute(ontology, of, declared->name) : NULL;
    if (!known || known->id || known->n_when || !declared->n_when)
        return;
    known->when = lw_new_array(m->arena, lw_condition, declared->n_when);
    for (size_t i = 0; i < declared->n_when; i++) {
        const lw_attribute *value = &declared->when[i].value;
        if (can_ask(lw_class_attribute(ontology, of, value->name), value))
            known->when[known->n_when++].value = copy_value(m->arena, value);
    }
}

static void copy_skeleton(merging *m, lw_class *to, const lw_class *from)
{
    if (to->n_keypoints || !from->n_keypoints)
        return;
    to->n_keypoints = from->n_keypoints;
    to->keypoints = lw_new_array(m->arena, lw_text, from->n_keypoints);
    for (size_t i = 0; i < from->n_keypoints; i++)
        to->keypoints[i] = lw_text_copy(m->arena, from->keypoints[i]);
    to->n_edges = from->n_edges;
    to->edges = lw_alloc_array(m->arena, from->n_edges, sizeof *to->edges);
    if (from->n_edges)
        memcpy(to->edges, from->edges, from->n_edges * sizeof *to->edges);
    m->has_added = true;
}

static lw_class *add_class(merging *m, const lw_class *declared, lw_text name, const lw_class *similar)
{
    lw_ontology *ontology = &m->importing->ontology;
    if (similar)
        lw_report_add(m->importing->report, LW_INFO, "similar-classes", "class differs from another by letter case, spaces or Unicode form only",
                      "'%.*s' and '%.*s'", LW_FMT(name), LW_FMT(similar->name));
    lw_class *made = lw_ontology_add_class(m->arena, ontology, lw_text_copy(m->arena, name));
    bool is_index_free = declared->index >= 0;
    for (size_t i = 0; i < ontology->n_classes && is_index_free; i++)
        is_index_free = &ontology->classes[i] == made || ontology->classes[i].index != declared->index;
    made->index = is_index_free ? declared->index : -1;
    made->color = lw_text_copy(m->arena, declared->color);
    made->kinds = declared->kinds;
    bool is_key_free = declared->key.size > 0;
    for (size_t i = 0; i < ontology->n_classes && is_key_free; i++)
        is_key_free = &ontology->classes[i] == made || !lw_text_equal(ontology->classes[i].key, declared->key);
    made->key = is_key_free ? lw_text_copy(m->arena, declared->key) : (lw_text){0};
    m->has_added = true;
    m->importing->report->classes_added++;
    return made;
}

static lw_status merge_class(merging *m, const lw_class *declared)
{
    lw_ontology *ontology = &m->importing->ontology;
    lw_text name = lw_import_class_name(m->cx->arena, m->importing, declared->name);
    if (lw_text_is(name, LW_ITEM_CLASS))
        return LW_OK;
    lw_class *known = lw_class_find(ontology, name);
    const lw_class *similar = known ? NULL : lw_class_find_similar(ontology, name);
    if (!known && !may_add(m)) {
        note_missing(m, "class", name, (lw_text){0}, similar);
        return LW_OK;
    }
    if (!known) {
        lw_status status = lw_name_check(m->cx, "class", name);
        if (status != LW_OK) {
            lw_report_add(m->importing->report, LW_ERROR, "bad-class-name", "class cannot be taken under its name; use --map", "%s", m->cx->message);
            lw_ctx_clear(m->cx);
            return LW_OK;
        }
        known = add_class(m, declared, name, similar);
        lw_ontology_index(m->arena, ontology);
    }
    copy_skeleton(m, known, declared);
    for (size_t i = 0; i < declared->n_attributes; i++)
        merge_attribute(m, lw_class_find(ontology, name), false, &declared->attributes[i]);
    return LW_OK;
}

/* Parents once every class is there. */
static void merge_parents(merging *m, const lw_ontology *declared)
{
    lw_ontology *ontology = &m->importing->ontology;
    for (size_t i = 0; i < declared->n_classes; i++) {
        lw_class *class = lw_class_find(ontology, lw_import_class_name(m->cx->arena, m->importing, declared->classes[i].name));
        const lw_class *parent = declared->classes[i].parent.size
                                     ? lw_class_find(ontology, lw_import_class_name(m->cx->arena, m->importing, declared->classes[i].parent))
                                     : NULL;
        if (class && parent && class != parent && class->id == 0 && !class->parent.size)
            class->parent = parent->name;
    }
}

typedef struct saving {
    lw_importing *importing;
    lw_ontology *wanted;
} saving;

static lw_status save(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    saving *s = arg;
    lw_author author = {
        .user_id = s->importing->import->user_id, .job_id = s->importing->import->job_id, .kind = "ontology", .reason = LW_TEXT("import")};
    int64_t version;
    return lw_commit_ontology(cx, store, db, s->importing->project.id, &author, s->importing->ontology.version, s->wanted, NULL, &version);
}

lw_status lw_import_ontology(lw_ctx *cx, lw_importing *importing, const lw_ontology *declared)
{
    LW_AUTO(merging) m = {.cx = cx, .importing = importing, .arena = importing->ontology_arena};
    for (size_t i = 0; i < declared->n_classes; i++)
        LW_TRY(merge_class(&m, &declared->classes[i]));
    for (size_t i = 0; i < declared->n_item_attributes; i++)
        merge_attribute(&m, NULL, true, &declared->item_attributes[i]);
    if (m.n_missing) {
        lw_buf_put_char(&m.missing, 0);
        return lw_fail(
            cx, LW_REFUSED,
            "the ontology of '%.*s' lacks %zu of the source's names: %s%s; add them with --add-classes, or say which they are with --map THEIRS=OURS",
            LW_FMT(importing->project.name), m.n_missing, m.missing.data, m.n_missing > 20 ? ", …" : "");
    }
    merge_parents(&m, declared);
    if (!m.has_added)
        return LW_OK;
    lw_ontology_index(m.arena, &importing->ontology);
    for (size_t i = 0; i < declared->n_classes; i++)
        for (size_t k = 0; k < declared->classes[i].n_attributes; k++)
            merge_conditions(&m, lw_import_class_name(cx->arena, importing, declared->classes[i].name), &declared->classes[i].attributes[k]);
    for (size_t i = 0; i < declared->n_item_attributes; i++)
        merge_conditions(&m, LW_TEXT(LW_ITEM_CLASS), &declared->item_attributes[i]);
    if (importing->import->dry_run)
        return LW_OK;
    lw_ctx own = {.arena = importing->ontology_arena};
    saving s = {importing, &importing->ontology};
    lw_status status = lw_write_now(&own, importing->app->store, save, &s);
    return status == LW_OK ? LW_OK : lw_fail(cx, status, "%s", own.message);
}

/* --- classes first, where files do not list them: refused with the whole list, before anything is written */

typedef struct foresight {
    lw_importing *importing;
    char refused[sizeof((lw_ctx *)0)->message];
} foresight;

static lw_status foresee_ontology(lw_ctx *cx, void *state, const lw_ontology *declared)
{
    foresight *f = state;
    lw_ctx inner = {.arena = cx->arena};
    lw_status status = lw_import_ontology(&inner, f->importing, declared);
    if (status == LW_REFUSED)
        memcpy(f->refused, inner.message, sizeof f->refused);
    return status == LW_OK || status == LW_REFUSED ? LW_OK : lw_fail(cx, status, "%s", inner.message);
}

static lw_status pass_item(lw_ctx *cx, void *state, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    return LW_OK;
}

static lw_status foresee_progress(lw_ctx *cx, void *state, int64_t done, int64_t total)
{
    lw_ctx *job = ((foresight *)state)->importing->cx;
    lw_status status = lw_progress(job, 0, total);
    return status == LW_OK ? LW_OK : lw_fail(cx, status, "%s", job->message);
}

lw_status lw_import_foresee(lw_ctx *cx, lw_importing *im, const lw_format *format, const lw_read_options *options)
{
    if (!format->learns || im->is_new_project || im->import->add_classes)
        return LW_OK;
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_report *real = im->report, unseen = {.arena = scratch};
    foresight f = {.importing = im};
    lw_sink sink = {.state = &f, .ontology = foresee_ontology, .item = pass_item, .progress = foresee_progress};
    lw_read_options first = *options;
    lw_ctx inner = {.arena = scratch};
    first.reads_media = false;
    first.report = im->report = &unseen;
    lw_status status = format->read(&inner, &first, &sink);
    im->report = real;
    if (status != LW_OK)
        return lw_fail(cx, status, "%s", inner.message);
    real->classes_read = f.refused[0] ? unseen.classes_read : real->classes_read;
    return f.refused[0] ? lw_fail(cx, LW_REFUSED, "%s", f.refused) : LW_OK;
}
