/* Finding a dataset's item by the name that labels give it, when they come without its image. */
#include <stdlib.h>

#include "base/limits.h"
#include "work/import_private.h"

typedef struct named {
    uint64_t hash;
    int64_t id;
} named;

struct lw_import_names {
    named *rows; /* sorted by hash */
    size_t n;
};

static lw_text last_step(lw_text path)
{
    lw_text folder, name = path;
    return lw_text_split_last(path, '/', &folder, &name) ? name : path;
}

static lw_text stem(lw_text name)
{
    lw_text head, ending;
    return lw_text_split_last(name, '.', &head, &ending) && head.size ? head : name;
}

static int by_hash(const void *a, const void *b)
{
    uint64_t x = ((const named *)a)->hash, y = ((const named *)b)->hash;
    return (x > y) - (x < y);
}

static lw_status load_names(lw_ctx *cx, lw_importing *im)
{
    struct lw_import_names *names = lw_new(cx->arena, struct lw_import_names);
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, im->app->store, &reader));
    size_t room = 0, n = 1;
    for (int64_t after = 0; n;) {
        lw_ctx page = {.arena = scratch};
        lw_item_row *rows;
        if (lw_item_list(&page, reader.db, im->dataset_id, after, LW_LIMIT_PAGE, &rows, &n) != LW_OK)
            return lw_fail(cx, page.status, "%s", page.message);
        for (size_t i = 0; i < n; i++) {
            lw_text name = last_step(rows[i].name);
            for (int part = 0; part < 2; part++) { /* the name, and its stem */
                names->rows = lw_array_room(cx->arena, names->rows, names->n, &room, sizeof *names->rows);
                names->rows[names->n++] = (named){lw_text_hash(part ? stem(name) : name) * 2 + (uint64_t)part, rows[i].id};
            }
            after = rows[i].id;
        }
        lw_arena_reset(scratch);
    }
    if (names->n)
        qsort(names->rows, names->n, sizeof *names->rows, by_hash);
    im->names = names;
    return LW_OK;
}

/* How many items bear that name; *id is one of them. */
static size_t look_up(const struct lw_import_names *names, uint64_t hash, int64_t *id)
{
    size_t low = 0, high = names->n, n = 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (names->rows[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < names->n && names->rows[low].hash == hash; low++, n++)
        *id = names->rows[low].id;
    return n;
}

/* By path the writer looks itself; here by the source's id, then the last step, then the stem. Ambiguity is reported. */
lw_status lw_import_find(lw_ctx *cx, lw_importing *im, const lw_item *item, bool *is_ambiguous, int64_t *id)
{
    lw_item_row row;
    *id = 0;
    *is_ambiguous = false;
    {
        LW_AUTO(lw_reader) reader = {0};
        LW_TRY(lw_reader_begin(cx, im->app->store, &reader));
        lw_status found = lw_item_find(cx, reader.db, im->dataset_id, item->name, &row);
        if (found == LW_NOT_FOUND && item->source_id.size)
            found = lw_item_find_source(cx, reader.db, im->dataset_id, item->source_id, &row);
        if (found == LW_OK)
            *id = row.id;
        if (found != LW_NOT_FOUND)
            return found;
    }
    lw_ctx_clear(cx);
    if (!im->names)
        LW_TRY(load_names(&(lw_ctx){.arena = im->ontology_arena}, im));
    lw_text name = last_step(item->name);
    size_t n = look_up(im->names, lw_text_hash(name) * 2, id);
    if (n == 0)
        n = look_up(im->names, lw_text_hash(stem(name)) * 2 + 1, id);
    *is_ambiguous = n > 1;
    if (n != 1)
        *id = 0;
    return LW_OK;
}
