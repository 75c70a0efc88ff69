#include "formats/names.h"

#include "base/limits.h"

/* Hashes of the stems that were given, 8 bytes an item: two names whose hashes meet are only kept apart needlessly. */
struct lw_names {
    uint64_t *hashes; /* 0: free */
    size_t n, n_slots;
    bool is_one_folder;
};

lw_names *lw_names_new(bool is_one_folder)
{
    lw_names *names = lw_heap_new(sizeof *names);
    names->is_one_folder = is_one_folder;
    names->n_slots = 1024;
    names->hashes = lw_heap_new(names->n_slots * sizeof *names->hashes);
    return names;
}

void lw_names_free(lw_names *names)
{
    if (!names)
        return;
    lw_heap_free(names->hashes);
    lw_heap_free(names);
}

static bool put_hash(uint64_t *hashes, size_t n_slots, uint64_t hash)
{
    size_t at = hash & (n_slots - 1);
    while (hashes[at] && hashes[at] != hash)
        at = (at + 1) & (n_slots - 1);
    bool is_new = !hashes[at];
    hashes[at] = hash;
    return is_new;
}

static bool add_stem(lw_names *names, lw_text stem)
{
    uint64_t hash = lw_text_hash(stem);
    if (names->n * 2 >= names->n_slots) {
        uint64_t *grown = lw_heap_new(names->n_slots * 2 * sizeof *grown);
        for (size_t i = 0; i < names->n_slots; i++)
            if (names->hashes[i])
                put_hash(grown, names->n_slots * 2, names->hashes[i]);
        lw_heap_free(names->hashes);
        names->hashes = grown;
        names->n_slots *= 2;
    }
    bool is_new = put_hash(names->hashes, names->n_slots, hash ? hash : 1);
    names->n += is_new;
    return is_new;
}

lw_text lw_names_split_of_step(lw_text step)
{
    static const struct {
        const char *word, *split;
    } words[] = {{"train", "train"}, {"training", "train"}, {"obj_train_data", "train"}, {"val", "val"},
                 {"valid", "val"},   {"validation", "val"}, {"obj_valid_data", "val"},   {"obj_val_data", "val"},
                 {"test", "test"},   {"testing", "test"},   {"obj_test_data", "test"}};
    while (step.size > 4 && lw_text_starts(lw_text_slice(step, step.size - 4, 4), "20")) /* train2017 */
        step.size -= 4;
    for (size_t i = 0; i < LW_COUNT(words); i++)
        if (lw_text_equal_nocase(step, lw_text_from(words[i].word)))
            return lw_text_from(words[i].split);
    return (lw_text){0};
}

static lw_text drop_folders(lw_arena *arena, lw_text name, lw_text split, lw_text also)
{
    lw_text step, rest = name;
    char *kept = lw_alloc(arena, name.size + 1);
    size_t used = 0;
    while (lw_text_split(rest, '/', &step, &rest)) {
        bool is_own = lw_text_is(step, "images") || lw_text_is(step, "JPEGImages") || lw_text_equal(step, split) || lw_text_equal(step, also) ||
                      (split.size && lw_text_equal(lw_names_split_of_step(step), split));
        if (is_own)
            continue;
        memcpy(kept + used, step.data, step.size);
        used += step.size;
        kept[used++] = '/';
    }
    memcpy(kept + used, rest.data, rest.size);
    return (lw_text){kept, used + rest.size};
}

lw_text lw_names_give(lw_arena *arena, lw_names *names, lw_text item_name, lw_text split, lw_text also, bool *is_changed)
{
    lw_text name = drop_folders(arena, item_name, split, also), folder, base = name, stem, ending;
    lw_text_split_last(name, '/', &folder, &base);
    if (!lw_text_split_last(base, '.', &stem, &ending) || stem.size == 0)
        ending = (lw_text){0};
    lw_text bare = lw_text_slice(name, 0, ending.size ? name.size - ending.size - 1 : name.size), tried = bare;
    lw_text key = names->is_one_folder ? (lw_text){0} : split;
    const char *dot = ending.size ? "." : "";
    for (size_t i = 0; also.size && i < bare.size; i++) /* the class is the folder right above an image: none may come between */
        if (bare.data[i] == '/')
            ((char *)bare.data)[i] = '_';
    for (int i = 2; !add_stem(names, lw_text_print(arena, "%.*s/%.*s/%.*s", LW_FMT(key), LW_FMT(also), LW_FMT(tried))); i++) {
        tried = lw_text_print(arena, "%.*s_%d", LW_FMT(bare), i);
        *is_changed = true;
    }
    return lw_text_print(arena, "%.*s%s%.*s", LW_FMT(tried), dot, LW_FMT(ending));
}

lw_status lw_names_too_many_splits(lw_ctx *cx, lw_text split)
{
    return lw_fail(cx, LW_TOO_LARGE, "'%.*s' is one split more than the %d that this format is written with; jsonl and csv take any number",
                   LW_FMT(split), LW_LIMIT_SPLITS);
}

static lw_text split_of_path(lw_text path)
{
    lw_text step, split = {0};
    while (!split.size && lw_text_split(path, '/', &step, &path))
        split = lw_names_split_of_step(step);
    return split;
}

bool lw_names_other_split(lw_text a, lw_text b)
{
    lw_text of_a = split_of_path(a), of_b = split_of_path(b);
    return of_a.size && of_b.size && !lw_text_equal(of_a, of_b);
}

lw_text lw_class_name_from(lw_report *report, lw_text name, lw_text where)
{
    if (!lw_text_is(name, "item"))
        return name;
    lw_report_add(report, LW_WARNING, "class-name", "a class cannot be named 'item', which holds the attributes of items; it is named 'item (class)'",
                  "%.*s", LW_FMT(where));
    return LW_TEXT("item (class)");
}
