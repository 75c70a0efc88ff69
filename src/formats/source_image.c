#include "base/fold.h"
#include "base/limits.h"
#include "formats/names.h"
#include "formats/source_private.h"

/* Entries that are images, chained by the hash of their folded stems. */
typedef struct image_index {
    uint32_t *heads; /* entry + 1; 0: none */
    uint32_t *next;
    size_t mask;
} image_index;

bool lw_name_is_image(lw_text name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif", ".jfif"};
    for (size_t i = 0; i < LW_COUNT(endings); i++)
        if (lw_text_ends_nocase(name, endings[i]))
            return true;
    return false;
}

bool lw_source_has_images(const lw_source *source)
{
    for (size_t i = 0; i < source->n_entries; i++)
        if (lw_name_is_image(source->entries[i].name))
            return true;
    return false;
}

static uint64_t hash_of(lw_text name)
{
    uint64_t hash = lw_text_hash_folded(lw_path_bare(lw_path_last(name)));
    return hash ^ hash >> 32;
}

static void index_images(lw_source *source)
{
    image_index *made = lw_heap_new(sizeof *made);
    size_t size = 16;
    while (size < source->n_entries)
        size *= 2;
    made->mask = size - 1;
    made->heads = lw_heap_new(size * sizeof(uint32_t));
    made->next = lw_heap_new(source->n_entries * sizeof(uint32_t));
    for (size_t i = source->n_entries; i-- > 0;) {
        lw_text name = source->entries[i].name;
        if (!lw_name_is_image(name))
            continue;
        uint32_t *head = &made->heads[hash_of(name) & made->mask];
        made->next[i] = *head;
        *head = (uint32_t)i + 1;
    }
    source->images = made;
}

void lw_source_free_images(lw_source *source)
{
    if (!source->images)
        return;
    lw_heap_free(source->images->heads);
    lw_heap_free(source->images->next);
    lw_heap_free(source->images);
}

size_t lw_path_same_steps(lw_text name, lw_text wanted, bool by_stem, bool is_loose)
{
    bool (*same)(lw_text, lw_text) = is_loose ? lw_text_equal_folded : lw_text_equal;
    for (size_t n = 0;; n++) {
        lw_text name_head = {0}, wanted_head = {0}, name_step, wanted_step;
        bool name_has_more = lw_text_split_last(name, '/', &name_head, &name_step);
        bool more = lw_text_split_last(wanted, '/', &wanted_head, &wanted_step) && name_has_more;
        if (!name_head.size)
            name_step = name;
        if (!wanted_head.size)
            wanted_step = wanted;
        if (n == 0 && by_stem)
            name_step = lw_path_bare(name_step), wanted_step = lw_path_bare(wanted_step);
        if (!same(name_step, wanted_step))
            return n;
        if (!more)
            return n + 1;
        name = name_head;
        wanted = wanted_head;
    }
}

static lw_match find_by(const lw_source *source, lw_text wanted, bool by_stem, bool is_loose, const lw_entry **out)
{
    const image_index *images = source->images;
    size_t best = 0, n_best = 0;
    for (uint32_t at = images->heads[hash_of(wanted) & images->mask]; at; at = images->next[at - 1]) {
        const lw_entry *entry = &source->entries[at - 1];
        size_t n = lw_path_same_steps(entry->name, wanted, by_stem, is_loose);
        if (n == 0 || n < best || lw_names_other_split(entry->name, wanted))
            continue;
        n_best = n > best ? 1 : n_best + 1;
        if (n > best)
            *out = entry;
        best = n;
    }
    return n_best == 0 ? LW_MATCH_NONE : n_best == 1 ? LW_MATCH_ONE : LW_MATCH_AMBIGUOUS;
}

lw_match lw_source_find_image(const lw_source *source, lw_text named, const lw_entry **out)
{
    LW_AUTO(lw_arena_auto) scratch = NULL;
    if (named.size && (memchr(named.data, '\\', named.size) || memchr(named.data, ':', named.size) || named.data[0] == '/' || named.data[0] == '.')) {
        scratch = lw_arena_new();
        named = lw_source_path(scratch, named);
    }
    if (named.size == 0)
        return LW_MATCH_NONE;
    const lw_entry *found = lw_source_find(source, named);
    if (found && lw_name_is_image(found->name)) {
        *out = found;
        return LW_MATCH_ONE;
    }
    if (!source->images)
        index_images((lw_source *)source); /* a cache: the source stays the same to its users */
    for (int is_loose = 0; is_loose <= 1; is_loose++) {
        for (int by_stem = 0; by_stem <= 1; by_stem++) {
            lw_match match = find_by(source, named, by_stem, is_loose, &found);
            if (match == LW_MATCH_ONE)
                *out = found;
            if (match != LW_MATCH_NONE)
                return match;
        }
    }
    return LW_MATCH_NONE;
}

lw_text lw_source_path(lw_arena *arena, lw_text written)
{
    char *path = lw_copy(arena, written.data, written.size);
    size_t size = written.size;
    for (size_t i = 0; i < size; i++)
        if (path[i] == '\\')
            path[i] = '/';
    lw_text rest = {path, size};
    const char *scheme = size ? memmem(path, size, "://", 3) : NULL;
    if (scheme) {
        rest = lw_text_slice(rest, (size_t)(scheme - path) + 3, size);
        lw_text host, inner;
        if (lw_text_split(rest, '/', &host, &inner))
            rest = inner;
        if (lw_text_split(rest, '?', &inner, &host))
            rest = inner;
    } else if (size > 1 && path[1] == ':') {
        rest = lw_text_slice(rest, 2, size);
    }
    /* Empty, '.' and '..' steps go: what is left says where the file is as well as it can be said. */
    char *to = lw_alloc(arena, rest.size + 1);
    size_t n = 0;
    lw_text step;
    for (bool more = true; more;) {
        more = lw_text_split(rest, '/', &step, &rest);
        if (!more)
            step = rest;
        if (step.size == 0 || lw_text_is(step, ".") || lw_text_is(step, ".."))
            continue;
        if (n)
            to[n++] = '/';
        memcpy(to + n, step.data, step.size);
        n += step.size;
    }
    return (lw_text){to, n};
}
