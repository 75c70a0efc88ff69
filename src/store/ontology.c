#include "store/ontology.h"

#include <pthread.h>

#include "base/clock.h"
#include "statements.h"

/* --- cache of parsed versions */

enum { MAX_ENTRIES = 64 };

struct lw_ontology_entry {
    struct lw_ontology_entry *next; /* latest used first */
    lw_arena *arena;
    lw_ontology ontology;
    int refs;
    bool is_stale;
};

struct lw_ontology_cache {
    pthread_mutex_t mutex;
    struct lw_ontology_entry *entries;
};

struct lw_ontology_cache *lw_ontology_cache_new(void)
{
    struct lw_ontology_cache *cache = lw_heap_new(sizeof *cache);
    pthread_mutex_init(&cache->mutex, NULL);
    return cache;
}

static void entry_free(struct lw_ontology_entry *entry)
{
    lw_arena_free(entry->arena);
    lw_heap_free(entry);
}

/* Drops what nobody holds: the stale, and the least recently used past the limit. Under the mutex. */
static void trim(struct lw_ontology_cache *cache)
{
    int n = 0;
    for (struct lw_ontology_entry **at = &cache->entries, *entry; (entry = *at);) {
        n++;
        if (entry->refs == 0 && (entry->is_stale || n > MAX_ENTRIES)) {
            *at = entry->next;
            entry_free(entry);
        } else {
            at = &entry->next;
        }
    }
}

void lw_ontology_cache_clear(struct lw_ontology_cache *cache)
{
    pthread_mutex_lock(&cache->mutex);
    for (struct lw_ontology_entry *entry = cache->entries; entry; entry = entry->next)
        entry->is_stale = true;
    trim(cache);
    pthread_mutex_unlock(&cache->mutex);
}

void lw_ontology_cache_free(struct lw_ontology_cache *cache)
{
    lw_ontology_cache_clear(cache);
    LW_ASSERT(cache->entries == NULL); /* a ref outlived the store */
    pthread_mutex_destroy(&cache->mutex);
    lw_heap_free(cache);
}

void lw_ontology_ref_cleanup(lw_ontology_ref *ref)
{
    if (!ref->entry)
        return;
    pthread_mutex_lock(&ref->cache->mutex);
    ref->entry->refs--;
    trim(ref->cache);
    pthread_mutex_unlock(&ref->cache->mutex);
    *ref = (lw_ontology_ref){0};
}

static bool take_cached(struct lw_ontology_cache *cache, int64_t id, int64_t version, lw_ontology_ref *out)
{
    pthread_mutex_lock(&cache->mutex);
    for (struct lw_ontology_entry **at = &cache->entries, *entry; (entry = *at); at = &entry->next) {
        if (entry->is_stale || entry->ontology.id != id || entry->ontology.version != version)
            continue;
        *at = entry->next;
        entry->next = cache->entries;
        cache->entries = entry;
        entry->refs++;
        *out = (lw_ontology_ref){&entry->ontology, entry, cache};
        break;
    }
    pthread_mutex_unlock(&cache->mutex);
    return out->entry != NULL;
}

/* --- reading */

/* Reads a small JSON column, such as a skeleton or conditions. */
static lw_status read_json(lw_ctx *cx, lw_text text, lw_json **out)
{
    lw_status status = lw_json_parse(cx, lw_text_copy(cx->arena, text), out);
    return status == LW_OK ? LW_OK : lw_fail(cx, LW_DAMAGED, "an ontology's row does not read: %s", cx->message);
}

static lw_status read_skeleton(lw_ctx *cx, lw_text text, lw_class *out)
{
    lw_json *skeleton;
    LW_TRY(read_json(cx, text, &skeleton));
    lw_json *points = lw_json_get(skeleton, "points"), *edges = lw_json_get(skeleton, "edges");
    out->n_keypoints = yyjson_arr_size(points);
    out->keypoints = lw_new_array(cx->arena, lw_text, out->n_keypoints);
    out->n_edges = yyjson_arr_size(edges);
    out->edges = lw_alloc_array(cx->arena, out->n_edges, sizeof *out->edges);
    for (size_t i = 0; i < out->n_keypoints; i++)
        out->keypoints[i] = lw_json_text(yyjson_arr_get(points, i));
    for (size_t i = 0; i < out->n_edges; i++)
        for (size_t end = 0; end < 2; end++)
            out->edges[i][end] = (uint32_t)yyjson_get_uint(yyjson_arr_get(yyjson_arr_get(edges, i), end));
    return LW_OK;
}

static lw_text write_skeleton(lw_arena *arena, const lw_class *of)
{
    if (!of->n_keypoints)
        return (lw_text){0};
    LW_AUTO(lw_buf) buf = {0};
    lw_buf_put_literal(&buf, "{\"points\": [");
    for (size_t i = 0; i < of->n_keypoints; i++) {
        lw_buf_put_comma(&buf);
        lw_buf_put_json_text(&buf, of->keypoints[i]);
    }
    lw_buf_put_literal(&buf, "], \"edges\": [");
    for (size_t i = 0; i < of->n_edges; i++) {
        lw_buf_put_comma(&buf);
        lw_buf_print(&buf, "[%u, %u]", of->edges[i][0], of->edges[i][1]);
    }
    lw_buf_put_literal(&buf, "]}");
    return lw_text_copy(arena, lw_buf_text(&buf));
}

static lw_text write_conditions(lw_arena *arena, const lw_attribute_def *of)
{
    if (!of->n_when)
        return (lw_text){0};
    LW_AUTO(lw_buf) buf = {0};
    lw_attribute *values = lw_new_array(arena, lw_attribute, of->n_when);
    for (size_t i = 0; i < of->n_when; i++)
        values[i] = of->when[i].value;
    lw_attributes_write_json(&buf, values, of->n_when);
    return lw_text_copy(arena, lw_buf_text(&buf));
}

static lw_status read_classes(lw_ctx *cx, lw_db *db, lw_ontology *ontology)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, &lw_sql_ontology_classes, LW_PARAMS(lw_int(ontology->id), lw_int(ontology->version)), &rows));
    size_t room = 0;
    int64_t *parents = NULL;
    lw_status status;
    while (lw_rows_next(cx, &rows, &status)) {
        lw_text name = lw_rows_text(&rows, 1);
        if (lw_text_is(name, LW_ITEM_CLASS)) {
            ontology->item_class_id = lw_rows_int(&rows, 0);
            continue;
        }
        if (ontology->n_classes == room) {
            size_t grown_room = room ? room * 2 : 32;
            lw_class *grown = lw_new_array(cx->arena, lw_class, grown_room);
            int64_t *grown_parents = lw_new_array(cx->arena, int64_t, grown_room);
            if (room) {
                memcpy(grown, ontology->classes, room * sizeof *grown);
                memcpy(grown_parents, parents, room * sizeof *parents);
            }
            ontology->classes = grown, parents = grown_parents, room = grown_room;
        }
        parents[ontology->n_classes] = lw_rows_int(&rows, 2);
        lw_class *made = &ontology->classes[ontology->n_classes++];
        *made = (lw_class){.id = lw_rows_int(&rows, 0),
                           .name = lw_text_copy(cx->arena, name),
                           .key = lw_text_copy(cx->arena, lw_rows_text(&rows, 3)),
                           .color = lw_text_copy(cx->arena, lw_rows_text(&rows, 4)),
                           .kinds = (uint32_t)lw_rows_int(&rows, 5),
                           .index = lw_rows_int(&rows, 6)};
        if (!lw_rows_is_null(&rows, 7))
            LW_TRY(read_skeleton(cx, lw_rows_text(&rows, 7), made));
    }
    LW_TRY(status);
    for (size_t i = 0; i < ontology->n_classes; i++)
        for (size_t j = 0; parents[i] && j < ontology->n_classes; j++)
            if (ontology->classes[j].id == parents[i])
                ontology->classes[i].parent = ontology->classes[j].name;
    return LW_OK;
}

static lw_status read_attributes(lw_ctx *cx, lw_db *db, lw_ontology *ontology)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, &lw_sql_ontology_attributes, LW_PARAMS(lw_int(ontology->id), lw_int(ontology->version)), &rows));
    lw_ontology_index(cx->arena, ontology);
    lw_status status;
    while (lw_rows_next(cx, &rows, &status)) {
        int64_t class_id = lw_rows_int(&rows, 1);
        lw_class *of = class_id ? lw_class_by_id(ontology, class_id) : NULL;
        if (class_id && !of)
            return lw_fail(cx, LW_DAMAGED, "attribute %" PRId64 " belongs to no class", lw_rows_int(&rows, 0));
        lw_attribute_def *made = lw_class_add_attribute(cx->arena, ontology, of, lw_rows_text(&rows, 2), (lw_attribute_type)lw_rows_int(&rows, 3));
        made->id = lw_rows_int(&rows, 0);
        made->required = lw_rows_int(&rows, 4) != 0;
        if (lw_rows_is_null(&rows, 5))
            continue;
        lw_json *conditions;
        const lw_attribute *values;
        LW_TRY(read_json(cx, lw_rows_text(&rows, 5), &conditions));
        LW_TRY(lw_attributes_from_json(cx, conditions, &values, &made->n_when));
        made->when = lw_new_array(cx->arena, lw_condition, made->n_when);
        for (size_t i = 0; i < made->n_when; i++)
            made->when[i].value = values[i];
    }
    LW_TRY(status);
    lw_ontology_index(cx->arena, ontology);
    return LW_OK;
}

static lw_status read_options(lw_ctx *cx, lw_db *db, lw_ontology *ontology)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, &lw_sql_ontology_options, LW_PARAMS(lw_int(ontology->id), lw_int(ontology->version)), &rows));
    lw_status status;
    while (lw_rows_next(cx, &rows, &status)) {
        lw_attribute_def *attribute = lw_attribute_by_id(ontology, lw_rows_int(&rows, 1));
        if (!attribute)
            return lw_fail(cx, LW_DAMAGED, "option %" PRId64 " belongs to no attribute", lw_rows_int(&rows, 0));
        lw_attribute_add_option(cx->arena, attribute, lw_rows_text(&rows, 2))->id = lw_rows_int(&rows, 0);
    }
    return status;
}

static lw_status newest_version(lw_ctx *cx, lw_db *db, int64_t ontology_id, int64_t *version)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status = lw_query_one(cx, db, &lw_sql_ontology_get, LW_PARAMS(lw_int(ontology_id)), &rows);
    if (status == LW_NOT_FOUND)
        return lw_fail(cx, LW_NOT_FOUND, "no ontology %" PRId64, ontology_id);
    LW_TRY(status);
    *version = lw_rows_int(&rows, 0);
    return LW_OK;
}

lw_status lw_ontology_get(lw_ctx *cx, lw_store *store, lw_db *db, int64_t ontology_id, int64_t version, lw_ontology_ref *out)
{
    if (!version)
        LW_TRY(newest_version(cx, db, ontology_id, &version));
    struct lw_ontology_cache *cache = lw_store_ontologies(store);
    if (take_cached(cache, ontology_id, version, out))
        return LW_OK;
    struct lw_ontology_entry *entry = lw_heap_new(sizeof *entry);
    entry->arena = lw_arena_new();
    entry->ontology = (lw_ontology){.id = ontology_id, .version = version};
    lw_ctx own = {.arena = entry->arena};
    lw_status status = read_classes(&own, db, &entry->ontology);
    if (status == LW_OK)
        status = read_attributes(&own, db, &entry->ontology);
    if (status == LW_OK)
        status = read_options(&own, db, &entry->ontology);
    if (status != LW_OK) {
        status = lw_fail(cx, status, "%s", own.message);
        entry_free(entry);
        return status;
    }
    entry->refs = 1;
    pthread_mutex_lock(&cache->mutex);
    entry->next = cache->entries;
    cache->entries = entry;
    trim(cache);
    pthread_mutex_unlock(&cache->mutex);
    *out = (lw_ontology_ref){&entry->ontology, entry, cache};
    return LW_OK;
}

/* --- writing */

lw_status lw_ontology_create(lw_ctx *cx, lw_db *db, lw_text name, int64_t user_id, int64_t *id)
{
    int64_t node;
    LW_TRY(lw_id_take(cx, db, "ontology", 1, id));
    LW_TRY(lw_id_take(cx, db, "node", 1, &node));
    LW_TRY(lw_run(cx, db, &lw_sql_ontology_insert, LW_PARAMS(lw_int(*id), lw_string(name))));
    LW_TRY(lw_run(cx, db, &lw_sql_ontology_version_insert, LW_PARAMS(lw_int(*id), lw_int(1), lw_int(user_id), lw_int(lw_now_us()))));
    return lw_run(cx, db, &lw_sql_class_insert,
                  LW_PARAMS(lw_int(node), lw_int(1), lw_int(*id), lw_int(-1), lw_string(LW_TEXT(LW_ITEM_CLASS)), lw_null(), lw_null(), lw_null(),
                            lw_int(1 << LW_TAG), lw_int(-1), lw_null()));
}

typedef struct saving {
    lw_ctx *cx;
    lw_db *db;
    const lw_ontology *current;
    lw_ontology *wanted;
    int64_t version, next_index;
    bool has_changes;
} saving;

static lw_status give_id(saving *s, int64_t *id) { return *id ? LW_OK : lw_id_take(s->cx, s->db, "node", 1, id); }

static lw_status save_option(saving *s, const lw_attribute_def *before, int64_t attribute_id, lw_option *option, size_t position)
{
    const lw_option *old = !before ? NULL : option->id ? lw_option_by_id(before, option->id) : lw_option_find(before, option->name);
    if (option->id && !old)
        return lw_fail(s->cx, LW_INVALID, "option '%.*s' has the id %" PRId64 ", which is none of this attribute's", LW_FMT(option->name),
                       option->id);
    if (old) {
        option->id = old->id;
        if (lw_text_equal(old->name, option->name) && (size_t)(old - before->options) == position)
            return LW_OK;
        LW_TRY(lw_run(s->cx, s->db, &lw_sql_option_close, LW_PARAMS(lw_int(option->id), lw_int(s->version))));
    }
    s->has_changes = true;
    LW_TRY(give_id(s, &option->id));
    return lw_run(s->cx, s->db, &lw_sql_option_insert,
                  LW_PARAMS(lw_int(option->id), lw_int(s->version), lw_int(s->current->id), lw_int(attribute_id), lw_int((int64_t)position),
                            lw_string(option->name)));
}

static lw_attribute_def *find_own(lw_attribute_def *attributes, size_t n, const lw_attribute_def *wanted)
{
    for (size_t i = 0; i < n; i++)
        if (wanted->id ? attributes[i].id == wanted->id : lw_text_equal(attributes[i].name, wanted->name))
            return &attributes[i];
    return NULL;
}

static bool attribute_differs(lw_arena *arena, const lw_attribute_def *a, const lw_attribute_def *b)
{
    return !lw_text_equal(a->name, b->name) || a->type != b->type || a->required != b->required ||
           !lw_text_equal(write_conditions(arena, a), write_conditions(arena, b));
}

static lw_status close_options(saving *s, const lw_attribute_def *before, const lw_attribute_def *after)
{
    for (size_t i = 0; before && i < before->n_options; i++) {
        if (after && lw_option_by_id(after, before->options[i].id))
            continue;
        s->has_changes = true;
        LW_TRY(lw_run(s->cx, s->db, &lw_sql_option_close, LW_PARAMS(lw_int(before->options[i].id), lw_int(s->version))));
    }
    return LW_OK;
}

static lw_status save_attributes(saving *s, int64_t class_id, lw_attribute_def *before, size_t n_before, lw_attribute_def *after, size_t n_after)
{
    lw_ctx *cx = s->cx;
    for (size_t i = 0; i < n_after; i++) {
        lw_attribute_def *wanted = &after[i], *old = find_own(before, n_before, wanted);
        if (wanted->id && !old)
            return lw_fail(cx, LW_INVALID, "attribute '%.*s' has the id %" PRId64 ", which is none of this class's", LW_FMT(wanted->name),
                           wanted->id);
        bool is_moved = old && (size_t)(old - before) != i;
        if (old)
            wanted->id = old->id;
        if (!old || is_moved || attribute_differs(cx->arena, old, wanted)) {
            s->has_changes = true;
            if (old)
                LW_TRY(lw_run(cx, s->db, &lw_sql_attribute_close, LW_PARAMS(lw_int(old->id), lw_int(s->version))));
            LW_TRY(give_id(s, &wanted->id));
            LW_TRY(lw_run(cx, s->db, &lw_sql_attribute_insert,
                          LW_PARAMS(lw_int(wanted->id), lw_int(s->version), lw_int(s->current->id), lw_int_or_null(class_id), lw_int((int64_t)i),
                                    lw_string(wanted->name), lw_int(wanted->type), lw_int(wanted->required),
                                    lw_string_or_null(write_conditions(cx->arena, wanted)))));
        }
        for (size_t o = 0; o < wanted->n_options; o++)
            LW_TRY(save_option(s, old, wanted->id, &wanted->options[o], o));
        LW_TRY(close_options(s, old, wanted));
    }
    for (size_t i = 0; i < n_before; i++) {
        bool is_kept = false;
        for (size_t j = 0; j < n_after; j++)
            is_kept = is_kept || after[j].id == before[i].id;
        if (is_kept)
            continue;
        s->has_changes = true;
        LW_TRY(close_options(s, &before[i], NULL));
        LW_TRY(lw_run(cx, s->db, &lw_sql_attribute_close, LW_PARAMS(lw_int(before[i].id), lw_int(s->version))));
    }
    return LW_OK;
}

static bool class_differs(lw_arena *arena, const lw_class *a, const lw_class *b)
{
    return !lw_text_equal(a->name, b->name) || !lw_text_equal(a->parent, b->parent) || !lw_text_equal(a->key, b->key) ||
           !lw_text_equal(a->color, b->color) || a->kinds != b->kinds || a->index != b->index ||
           !lw_text_equal(write_skeleton(arena, a), write_skeleton(arena, b));
}

/* Ids first, so that parents can be named by them in whatever order the classes stand. */
static lw_status match_classes(saving *s)
{
    for (size_t i = 0; i < s->wanted->n_classes; i++) {
        lw_class *wanted = &s->wanted->classes[i];
        const lw_class *old = wanted->id ? lw_class_by_id(s->current, wanted->id) : lw_class_find(s->current, wanted->name);
        if (wanted->id && !old)
            return lw_fail(s->cx, LW_INVALID, "class '%.*s' has the id %" PRId64 ", which is none of this ontology's", LW_FMT(wanted->name),
                           wanted->id);
        if (old) {
            wanted->id = old->id;
            wanted->index = old->index;
        }
        LW_TRY(give_id(s, &wanted->id));
        if (wanted->index < 0)
            wanted->index = s->next_index++;
        else if (wanted->index >= s->next_index)
            s->next_index = wanted->index + 1;
    }
    lw_ontology_index(s->cx->arena, s->wanted);
    return LW_OK;
}

static lw_status save_class(saving *s, lw_class *wanted, size_t position)
{
    lw_ctx *cx = s->cx;
    lw_class *old = lw_class_by_id(s->current, wanted->id);
    const lw_class *parent = wanted->parent.size ? lw_class_find(s->wanted, wanted->parent) : NULL;
    if (!old || (size_t)(old - s->current->classes) != position || class_differs(cx->arena, old, wanted)) {
        s->has_changes = true;
        if (old)
            LW_TRY(lw_run(cx, s->db, &lw_sql_class_close, LW_PARAMS(lw_int(old->id), lw_int(s->version))));
        LW_TRY(lw_run(cx, s->db, &lw_sql_class_insert,
                      LW_PARAMS(lw_int(wanted->id), lw_int(s->version), lw_int(s->current->id), lw_int((int64_t)position), lw_string(wanted->name),
                                lw_int_or_null(parent ? parent->id : 0), lw_string_or_null(wanted->key), lw_string_or_null(wanted->color),
                                lw_int(wanted->kinds), lw_int(wanted->index), lw_string_or_null(write_skeleton(cx->arena, wanted)))));
    }
    return save_attributes(s, wanted->id, old ? old->attributes : NULL, old ? old->n_attributes : 0, wanted->attributes, wanted->n_attributes);
}

lw_status lw_ontology_save(lw_ctx *cx, lw_db *db, const lw_ontology *current, lw_ontology *wanted, int64_t user_id, int64_t *version)
{
    saving s = {.cx = cx, .db = db, .current = current, .wanted = wanted, .version = current->version + 1};
    {
        LW_AUTO(lw_rows) rows = {0};
        LW_TRY(lw_query_one(cx, db, &lw_sql_ontology_highest_index, LW_PARAMS(lw_int(current->id)), &rows));
        s.next_index = lw_rows_is_null(&rows, 0) ? 0 : lw_rows_int(&rows, 0) + 1;
    }
    LW_TRY(match_classes(&s));
    for (size_t i = 0; i < wanted->n_classes; i++)
        LW_TRY(save_class(&s, &wanted->classes[i], i));
    for (size_t i = 0; i < current->n_classes; i++) {
        lw_class *gone = &current->classes[i];
        if (lw_class_by_id(wanted, gone->id))
            continue;
        s.has_changes = true;
        LW_TRY(save_attributes(&s, gone->id, gone->attributes, gone->n_attributes, NULL, 0));
        LW_TRY(lw_run(cx, db, &lw_sql_class_close, LW_PARAMS(lw_int(gone->id), lw_int(s.version))));
    }
    LW_TRY(save_attributes(&s, 0, current->item_attributes, current->n_item_attributes, wanted->item_attributes, wanted->n_item_attributes));
    lw_ontology_index(cx->arena, wanted); /* by the ids it has now */
    *version = s.has_changes ? s.version : current->version;
    wanted->id = current->id;
    wanted->version = *version;
    wanted->item_class_id = current->item_class_id;
    if (!s.has_changes)
        return LW_OK;
    LW_TRY(lw_run(cx, db, &lw_sql_ontology_set_version, LW_PARAMS(lw_int(current->id), lw_int(s.version))));
    return lw_run(cx, db, &lw_sql_ontology_version_insert, LW_PARAMS(lw_int(current->id), lw_int(s.version), lw_int(user_id), lw_int(lw_now_us())));
}
