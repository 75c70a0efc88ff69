/* Finding a dataset's item by the name that labels give it, when they come without its image. */
#include <stdlib.h>

#include "base/fold.h"
#include "base/limits.h"
#include "formats/names.h"
#include "work/import_private.h"

typedef struct named {
    uint64_t hash;
    int64_t id;
} named;

struct lw_import_names {
    named *rows; /* sorted by hash */
    size_t n;
};

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
            lw_text name = lw_path_last(rows[i].name);
            for (int part = 0; part < 2; part++) { /* the name, and its stem */
                names->rows = lw_array_room(cx->arena, names->rows, names->n, &room, sizeof *names->rows);
                names->rows[names->n++] = (named){lw_text_hash_folded(part ? lw_path_bare(name) : name) * 2 + (uint64_t)part, rows[i].id};
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

/* The rows of one hash. */
static const named *look_up(const struct lw_import_names *names, uint64_t hash, size_t *n)
{
    size_t low = 0, high = names->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (names->rows[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (*n = 0; low + *n < names->n && names->rows[low + *n].hash == hash;)
        ++*n;
    return *n ? &names->rows[low] : NULL;
}

static bool is_tail(lw_text path, size_t n_steps)
{
    lw_text folder;
    for (size_t i = 1; i < n_steps; i++)
        path = lw_text_split_last(path, '/', &folder, &(lw_text){0}) ? folder : path;
    return memchr(path.data, '/', path.size) == NULL;
}

/* Seen from another folder it is the same path; or it is an image that labels without one look for, unless it lies in another split. */
static bool may_be(const lw_item_row *row, lw_text wanted, size_t n_same)
{
    if (is_tail(row->name, n_same) || is_tail(wanted, n_same))
        return true;
    return row->location != LW_NO_MEDIA && !lw_names_other_split(row->name, wanted);
}

/* The one whose path ends most like the name wanted. */
static lw_status find_by_name(lw_ctx *cx, lw_importing *im, lw_db *db, lw_text wanted, bool by_stem, bool is_loose, bool *is_ambiguous,
                              lw_item_row *out)
{
    enum { MAX_LOOKED_AT = 64 };
    lw_text last = lw_path_last(wanted);
    size_t n, best = 0, n_best = 0;
    const named *rows = look_up(im->names, lw_text_hash_folded(by_stem ? lw_path_bare(last) : last) * 2 + by_stem, &n);
    if (n > MAX_LOOKED_AT)
        n_best = n;
    for (size_t i = 0; i < n && n <= MAX_LOOKED_AT; i++) {
        lw_item_row row;
        LW_TRY(lw_item_get(cx, db, rows[i].id, &row));
        size_t n_same = lw_path_same_steps(row.name, wanted, by_stem, is_loose);
        if (n_same == 0 || n_same < best || !may_be(&row, wanted, n_same))
            continue;
        n_best = n_same > best ? 1 : n_best + 1;
        if (n_same > best)
            *out = row;
        best = n_same;
    }
    *is_ambiguous = n_best > 1;
    if (n_best != 1)
        out->id = 0;
    return LW_OK;
}

lw_status lw_import_find(lw_ctx *cx, lw_importing *im, const lw_item *item, bool *is_ambiguous, lw_item_row *out)
{
    *out = (lw_item_row){0};
    *is_ambiguous = false;
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, im->app->store, &reader));
    lw_status found = item->name.size ? lw_item_find(cx, reader.db, im->dataset_id, item->name, out)
                                      : lw_item_find_source(cx, reader.db, im->dataset_id, item->source_id, out);
    *is_ambiguous = found == LW_CONFLICT;
    if (found != LW_OK)
        *out = (lw_item_row){0};
    if (found != LW_NOT_FOUND && found != LW_CONFLICT)
        return found;
    lw_ctx_clear(cx);
    if (!item->name.size)
        return LW_OK;
    if (!im->names)
        LW_TRY(load_names(&(lw_ctx){.arena = im->ontology_arena}, im));
    for (int is_loose = 0; is_loose <= 1 && !out->id && !*is_ambiguous; is_loose++)
        for (int by_stem = 0; by_stem <= 1 && !out->id && !*is_ambiguous; by_stem++)
            LW_TRY(find_by_name(cx, im, reader.db, item->name, by_stem, is_loose, is_ambiguous, out));
    return LW_OK;
}

/* By path the writer finds them itself. */
static lw_status note_fill(lw_ctx *cx, lw_importing *im, lw_db *db, const lw_source *images, const lw_item_row *bare)
{
    const lw_entry *image;
    lw_item_row taken;
    if (lw_source_find(images, bare->name) || lw_source_find_image(images, bare->name, &image) != LW_MATCH_ONE)
        return LW_OK;
    lw_status found = lw_item_find(cx, db, im->dataset_id, image->name, &taken);
    if (found != LW_NOT_FOUND)
        return found;
    lw_ctx_clear(cx);
    int64_t *fill = &im->fills[image->index];
    *fill = *fill ? -1 : bare->id; /* two that want one image: neither gets it */
    return LW_OK;
}

lw_status lw_import_find_fills(lw_ctx *cx, lw_importing *im)
{
    const lw_source *images = im->images ? im->images : im->source;
    if (im->is_fresh || !lw_source_has_images(images))
        return LW_OK;
    size_t n_entries, n = 1;
    lw_source_entries(images, &n_entries);
    im->fills = lw_new_array(im->ontology_arena, int64_t, n_entries);
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, im->app->store, &reader));
    for (int64_t after = 0; n;) {
        lw_ctx page = {.arena = scratch};
        lw_item_row *rows;
        lw_status status = lw_item_list(&page, reader.db, im->dataset_id, after, LW_LIMIT_PAGE, &rows, &n);
        for (size_t i = 0; status == LW_OK && i < n; i++) {
            after = rows[i].id;
            if (rows[i].location == LW_NO_MEDIA)
                status = note_fill(&page, im, reader.db, images, &rows[i]);
        }
        if (status != LW_OK)
            return lw_fail(cx, status, "%s", page.message);
        lw_arena_reset(scratch);
    }
    return LW_OK;
}
