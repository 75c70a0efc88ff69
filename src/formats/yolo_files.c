#include "formats/yolo_files.h"

#include "base/limits.h"
#include "formats/names.h"
#include "formats/number.h"
#include "formats/picture.h"

enum { NONE = -1, LIST_BYTES = 256 << 20 };

/* An open hash table of keys to a number each; the first one of a key stays. */
typedef struct table {
    struct slot {
        lw_text key;
        int64_t value;
        bool is_shared; /* several have this key */
    } * slots;
    size_t n_slots;
} table;

static table table_new(lw_arena *arena, size_t n)
{
    size_t n_slots = 16;
    while (n_slots < n * 2)
        n_slots *= 2;
    return (table){lw_alloc_array(arena, n_slots, sizeof(struct slot)), n_slots};
}

static struct slot *table_find(const table *in, lw_text key)
{
    size_t at = lw_text_hash(key) & (in->n_slots - 1);
    while (in->slots[at].key.data && !lw_text_equal(in->slots[at].key, key))
        at = (at + 1) & (in->n_slots - 1);
    return &in->slots[at];
}

typedef struct finder {
    lw_ctx *cx;
    const lw_read_options *options;
    lw_yolo_files *files;
    lw_text *keys; /* of the pairs */
    table by_key;  /* key to pair */
    table folders; /* of the keys */
    size_t n_images;
    int8_t root_split;
    const lw_entry *skipped[LW_YOLO_SPLITS * 4]; /* lists and names, which hold no labels */
    size_t n_skipped;
} finder;

static lw_text without_ending(lw_text path)
{
    lw_text head, ending, name = lw_path_last(path);
    return lw_text_split_last(name, '.', &head, &ending) && head.size ? lw_text_slice(path, 0, path.size - ending.size - 1) : path;
}

static bool is_left_out(lw_text step)
{
    return step.size == 0 || lw_text_is(step, ".") || lw_text_is(step, "..") || lw_text_is(step, "images") || lw_text_is(step, "labels");
}

/* Steps of a path without "images" and "labels", "." and ".."; back-slashes are slashes. The last n_kept bytes stay as they are. */
static lw_text clean_path(lw_arena *arena, lw_text path, size_t n_kept)
{
    char *clean = lw_alloc(arena, path.size + 1);
    size_t used = 0;
    for (size_t at = 0; at < path.size;) {
        size_t end = at;
        while (end < path.size && path.data[end] != '/' && path.data[end] != '\\')
            end++;
        lw_text step = lw_text_slice(path, at, end - at);
        if (path.size - at <= n_kept || !is_left_out(step)) {
            if (used)
                clean[used++] = '/';
            memcpy(clean + used, step.data, step.size);
            used += step.size;
        }
        at = end + 1;
    }
    return (lw_text){clean, used};
}

lw_text lw_yolo_key(lw_arena *arena, lw_text path)
{
    size_t name = 0;
    while (name < path.size && path.data[path.size - 1 - name] != '/' && path.data[path.size - 1 - name] != '\\')
        name++;
    lw_text bare = without_ending(path);
    return clean_path(arena, bare, name - (path.size - bare.size));
}

static bool has_step(lw_text path, const char *folder)
{
    lw_text step;
    while (lw_text_split(path, '/', &step, &path))
        if (lw_text_is(step, folder))
            return true;
    return false;
}

static bool is_no_label_file(lw_text name)
{
    static const char *const words[] = {
        "classes.txt",     "obj.names", "train.txt", "val.txt", "valid.txt", "test.txt", "trainval.txt", "labels.txt", "predefined_classes.txt",
        "requirements.txt"};
    lw_text base = lw_path_last(name);
    for (size_t i = 0; i < LW_COUNT(words); i++)
        if (lw_text_equal_nocase(base, lw_text_from(words[i])))
            return true;
    return lw_text_starts(base, "README") || lw_text_starts(base, "autosplit_") || lw_text_starts(base, ".") || lw_text_starts(base, "LICENSE");
}

static bool is_skipped(const finder *find, const lw_entry *entry)
{
    for (size_t i = 0; i < find->n_skipped; i++)
        if (find->skipped[i] == entry)
            return true;
    return false;
}

static void skip(finder *find, const lw_entry *entry)
{
    if (find->n_skipped < LW_COUNT(find->skipped))
        find->skipped[find->n_skipped++] = entry;
}

static size_t depth_of(lw_text path)
{
    size_t depth = 0;
    for (size_t i = 0; i < path.size; i++)
        depth += path.data[i] == '/';
    return depth;
}

/* The entry with one of these endings (or names) that lies highest; data.yaml before another of the same depth. */
static const lw_entry *find_highest(const finder *find, const char *const *endings, const char *preferred)
{
    size_t n;
    const lw_entry *entries = lw_source_entries(find->options->source, &n), *best = NULL;
    size_t best_score = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        bool fits = false;
        for (const char *const *ending = endings; *ending && !fits; ending++)
            fits = lw_text_ends_nocase(entries[i].name, *ending);
        if (!fits || lw_text_starts(lw_path_last(entries[i].name), "."))
            continue;
        size_t score = depth_of(entries[i].name) * 2 + !lw_text_is(lw_path_last(entries[i].name), preferred);
        if (score < best_score)
            best = &entries[i], best_score = score;
    }
    return best;
}

/* The entry that a path of some other machine means: the whole path, else ever shorter ends of it. */
static const lw_entry *find_by_end(const finder *find, const lw_entry *beside, lw_text path)
{
    lw_arena *arena = find->cx->arena;
    lw_text folder, name, step;
    char *slashed = lw_text_string(arena, path);
    for (char *at = slashed; *at; at++)
        if (*at == '\\')
            *at = '/';
    path = lw_text_from(slashed);
    while (lw_text_starts(path, "./") || lw_text_starts(path, "/") || lw_text_starts(path, "../"))
        lw_text_split(path, '/', &step, &path);
    for (;;) {
        const lw_entry *found = lw_source_find(find->options->source, path);
        if (!found && beside && lw_text_split_last(beside->name, '/', &folder, &name))
            found = lw_source_find(find->options->source, lw_text_print(arena, "%.*s/%.*s", LW_FMT(folder), LW_FMT(path)));
        if (found || !lw_text_split(path, '/', &step, &path))
            return found;
    }
}

static lw_status read_yaml(finder *find, const lw_entry *yaml, bool *out_found)
{
    lw_text text;
    lw_yolo_data data;
    LW_TRY(lw_source_read(find->cx, find->options->source, yaml, LW_LIMIT_ONTOLOGY_BYTES, &text));
    if (lw_yolo_yaml_parse(find->cx, text, &data) != LW_OK)
        return lw_fail(find->cx, LW_INVALID, "%.*s: %s", LW_FMT(yaml->name), find->cx->message);
    *out_found = data.n_names || data.n_classes >= 0 || data.n_splits;
    if (*out_found)
        find->files->data = data;
    return LW_OK;
}

static lw_status read_names_file(finder *find, const lw_entry *names)
{
    lw_text text;
    skip(find, names);
    LW_TRY(lw_source_read(find->cx, find->options->source, names, LW_LIMIT_ONTOLOGY_BYTES, &text));
    if (lw_yolo_names_parse(find->cx, text, &find->files->data) != LW_OK)
        return lw_fail(find->cx, LW_INVALID, "%.*s: %s", LW_FMT(names->name), find->cx->message);
    return LW_OK;
}

static lw_status read_obj_data(finder *find, const lw_entry *obj_data)
{
    lw_text text;
    LW_TRY(lw_source_read(find->cx, find->options->source, obj_data, LW_LIMIT_ONTOLOGY_BYTES, &text));
    LW_TRY(lw_yolo_obj_data_parse(find->cx, text, &find->files->data));
    const lw_entry *names = find->files->data.names_file.size ? find_by_end(find, obj_data, find->files->data.names_file) : NULL;
    return names ? read_names_file(find, names) : LW_OK;
}

static void check_n_classes(finder *find)
{
    lw_yolo_data *data = &find->files->data;
    if (data->n_classes >= 0 && data->n_names && (size_t)data->n_classes != data->n_names)
        lw_report_add(find->options->report, LW_INFO, "class-count", "the number of classes given is not that of their names; the names count",
                      "%" PRId64 " classes, %zu names", data->n_classes, data->n_names);
}

static lw_status read_data(finder *find)
{
    static const char *const yaml_endings[] = {".yaml", ".yml", NULL}, *const data_endings[] = {".data", NULL},
                             *const names_endings[] = {".names", "classes.txt", NULL};
    lw_yolo_files *files = find->files;
    files->data = (lw_yolo_data){.n_classes = -1};
    bool found = false;
    const lw_entry *yaml = find_highest(find, yaml_endings, "data.yaml");
    if (yaml)
        LW_TRY(read_yaml(find, yaml, &found));
    const lw_entry *obj_data = found ? NULL : find_highest(find, data_endings, "obj.data");
    if (obj_data)
        LW_TRY(read_obj_data(find, obj_data));
    const lw_entry *names = files->data.n_names ? NULL : find_highest(find, names_endings, "classes.txt");
    if (names)
        LW_TRY(read_names_file(find, names));
    files->has_names = files->data.n_names > 0;
    check_n_classes(find);
    return LW_OK;
}

/* All folders of a key: "train" and "train/a" of "train/a/1". */
static void add_folders(finder *find, lw_text key)
{
    for (lw_text rest; lw_text_split_last(key, '/', &key, &rest);) {
        struct slot *slot = table_find(&find->folders, key);
        if (slot->key.data)
            return;
        slot->key = key;
    }
}

static void gather_images(finder *find)
{
    size_t n, n_texts, n_images = 0, n_steps = 0;
    const lw_entry *entries = lw_source_entries(lw_images_of(find->options), &n);
    for (size_t i = 0; i < n; i++)
        if (lw_name_is_image(entries[i].name))
            n_images++, n_steps += depth_of(entries[i].name);
    const lw_entry *texts = lw_source_entries(find->options->source, &n_texts);
    for (size_t i = 0; i < n_texts; i++)
        n_steps += depth_of(texts[i].name);
    find->files->pairs = lw_new_array(find->cx->arena, lw_yolo_pair, n_images + n_texts);
    find->keys = lw_new_array(find->cx->arena, lw_text, n_images + n_texts);
    find->by_key = table_new(find->cx->arena, n_images + n_texts);
    find->folders = table_new(find->cx->arena, n_steps);
    for (size_t i = 0; i < n; i++) {
        if (!lw_name_is_image(entries[i].name))
            continue;
        size_t at = find->files->n_pairs++;
        lw_text key = find->keys[at] = lw_yolo_key(find->cx->arena, entries[i].name);
        find->files->pairs[at] = (lw_yolo_pair){.image = &entries[i], .name = entries[i].name, .split = NONE};
        struct slot *slot = table_find(&find->by_key, key);
        if (slot->key.data)
            slot->is_shared = true;
        else
            *slot = (struct slot){.key = key, .value = (int64_t)at};
        add_folders(find, key);
    }
    find->n_images = n_images;
}

static bool holds_rows(finder *find, const lw_entry *entry)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_text text, line = {0};
    lw_yolo_survey survey = {0};
    if (lw_source_read(&cx, find->options->source, entry, LW_LIMIT_ITEM_FILE_BYTES, &text) != LW_OK)
        return true; /* its own reading says what is wrong */
    while (lw_line_next(&text, &line) && lw_text_trim(line).size == 0)
        continue;
    lw_yolo_survey_file(&survey, line);
    return survey.n_rows > 0;
}

/* Counts the objects of a label file that fits no one image, or not as the first: they are left out. */
static void leave_out(finder *find, const lw_entry *entry, const char *code, const char *message)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_report *report = find->options->report;
    lw_text text = {0}, line;
    lw_report_add(report, LW_WARNING, code, message, "%.*s", LW_FMT(entry->name));
    if (lw_source_read(&cx, find->options->source, entry, LW_LIMIT_ITEM_FILE_BYTES, &text) != LW_OK)
        return;
    while (lw_line_next(&text, &line))
        if (lw_text_trim(line).size)
            report->labels_read++, report->labels_skipped++;
}

static lw_yolo_pair *pair_of_image(finder *find, const lw_entry *image)
{
    size_t low = 0, high = find->n_images;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (find->files->pairs[middle].image < image)
            low = middle + 1;
        else
            high = middle;
    }
    return low < find->n_images && find->files->pairs[low].image == image ? &find->files->pairs[low] : NULL;
}

static void attach(finder *find, lw_yolo_pair *pair, const lw_entry *labels)
{
    if (pair->labels)
        leave_out(find, labels, "labels-twice", "image has another label file already; left out");
    else
        pair->labels = labels;
}

/* "labels/train/a.txt" is of "images/train/a", whatever its ending. */
static lw_text name_without_image(lw_arena *arena, lw_text labels)
{
    lw_text bare = without_ending(labels), before = bare, after;
    while (lw_text_split_last(before, '/', &before, &after)) {
        lw_text head, step = lw_path_last(before);
        if (lw_text_is(step, "labels")) {
            head = lw_text_slice(before, 0, before.size - step.size);
            return lw_text_print(arena, "%.*simages%.*s", LW_FMT(head), LW_FMT(lw_text_slice(bare, before.size, bare.size)));
        }
    }
    return bare;
}

static void add_orphan(finder *find, const lw_entry *labels, lw_text key)
{
    const lw_entry *image = NULL;
    lw_match match = lw_source_find_image(lw_images_of(find->options), lw_path_last(labels->name), &image);
    lw_yolo_pair *pair = match == LW_MATCH_ONE ? pair_of_image(find, image) : NULL;
    if (match == LW_MATCH_AMBIGUOUS) {
        leave_out(find, labels, "image-ambiguous", "labels fit several images; none is guessed");
        return;
    }
    if (pair && !pair->labels) {
        pair->labels = labels;
        return;
    }
    size_t at = find->files->n_pairs++;
    find->keys[at] = key;
    find->files->pairs[at] = (lw_yolo_pair){.labels = labels, .name = name_without_image(find->cx->arena, labels->name), .split = NONE};
    struct slot *slot = table_find(&find->by_key, key);
    if (!slot->key.data)
        *slot = (struct slot){.key = key, .value = (int64_t)at};
    add_folders(find, key);
}

static void gather_labels(finder *find)
{
    size_t n;
    const lw_entry *texts = lw_source_entries(find->options->source, &n);
    for (size_t i = 0; i < n; i++) {
        if (!lw_text_ends_nocase(texts[i].name, ".txt") || is_no_label_file(texts[i].name) || is_skipped(find, &texts[i]))
            continue;
        lw_text key = lw_yolo_key(find->cx->arena, texts[i].name);
        struct slot *slot = table_find(&find->by_key, key);
        bool is_image = slot->key.data && (size_t)slot->value < find->n_images;
        if (is_image && slot->is_shared)
            leave_out(find, &texts[i], "image-ambiguous", "labels fit several images; none is guessed");
        else if (is_image)
            attach(find, &find->files->pairs[slot->value], &texts[i]);
        else if (find->n_images == 0 || has_step(texts[i].name, "labels") || lw_text_starts(texts[i].name, "obj_") || holds_rows(find, &texts[i]))
            add_orphan(find, &texts[i], key);
    }
}

static int8_t add_split_name(finder *find, lw_text name)
{
    lw_yolo_files *files = find->files;
    for (size_t i = 0; i < files->n_splits; i++)
        if (lw_text_equal(files->splits[i], name))
            return (int8_t)i;
    if (files->n_splits == LW_YOLO_SPLITS)
        return NONE;
    files->splits[files->n_splits] = name;
    return (int8_t)files->n_splits++;
}

static void set_split(finder *find, lw_yolo_pair *pair, int8_t split)
{
    if (pair->split != NONE && pair->split != split)
        lw_report_add(find->options->report, LW_WARNING, "item-in-two-splits", "item is listed in two splits; the first counts", "%.*s",
                      LW_FMT(pair->name));
    else
        pair->split = split;
}

/* One path of a list: the image it means, by its whole key, else by ever shorter ends of it. */
static void take_listed(finder *find, lw_arena *scratch, lw_text line, int8_t split)
{
    lw_text key = lw_yolo_key(scratch, line), step;
    for (;;) {
        struct slot *slot = table_find(&find->by_key, key);
        if (slot->key.data) {
            lw_yolo_pair *pair = &find->files->pairs[slot->value];
            if (!pair->image && lw_name_is_image(line) && !lw_name_is_image(pair->name))
                pair->name =
                    lw_text_print(find->cx->arena, "%.*s%.*s", LW_FMT(pair->name), LW_FMT(lw_text_slice(line, without_ending(line).size, line.size)));
            set_split(find, pair, split);
            return;
        }
        if (!lw_text_split(key, '/', &step, &key))
            break;
    }
    lw_report_add(find->options->report, LW_WARNING, "listed-not-there", "a list names an image that is not there, nor its labels", "%.*s",
                  LW_FMT(line));
}

static lw_status read_list(finder *find, const lw_entry *list, int8_t split)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_text text, line;
    lw_status status = lw_source_read(&cx, find->options->source, list, LIST_BYTES, &text);
    if (status != LW_OK)
        return lw_fail(find->cx, status, "%.*s: %s", LW_FMT(list->name), cx.message);
    while (lw_line_next(&text, &line)) {
        line = lw_text_trim(line);
        lw_arena_reset(scratch);
        if (line.size)
            take_listed(find, scratch, lw_text_to_utf8(scratch, line), split);
    }
    return LW_OK;
}

static bool names_a_list(lw_text place) { return lw_text_ends_nocase(place, ".txt"); }

/* A folder of images: by its whole path, else by ever shorter ends of it. */
static void take_folder(finder *find, lw_text place, int8_t split)
{
    const lw_yolo_data *data = &find->files->data;
    lw_text step, key = clean_path(find->cx->arena, lw_text_print(find->cx->arena, "%.*s/%.*s", LW_FMT(data->path), LW_FMT(place)), 0);
    for (bool more = key.size > 0; more; more = lw_text_split(key, '/', &step, &key)) {
        struct slot *slot = table_find(&find->folders, key);
        if (!slot->key.data)
            continue;
        if (slot->value == 0)
            slot->value = split + 1;
        return;
    }
    bool is_root = lw_text_ends(place, "images") || lw_text_ends(place, "images/") || is_left_out(place);
    if (is_root && find->root_split == NONE)
        find->root_split = split;
}

static lw_status read_splits(finder *find)
{
    const lw_yolo_data *data = &find->files->data;
    for (size_t i = 0; i < data->n_splits; i++) {
        int8_t split = add_split_name(find, data->splits[i].name);
        for (size_t j = 0; j < data->splits[i].n_places; j++) {
            lw_text place = data->splits[i].places[j];
            const lw_entry *list = names_a_list(place) ? find_by_end(find, NULL, place) : NULL;
            if (list)
                LW_TRY(read_list(find, list, split));
            else if (names_a_list(place))
                lw_report_add(find->options->report, LW_WARNING, "list-not-there", "a list of images is not there", "%.*s", LW_FMT(place));
            else
                take_folder(find, place, split);
        }
    }
    return LW_OK;
}

/* Lists are no label files, whatever they are called. */
static void skip_lists(finder *find)
{
    const lw_yolo_data *data = &find->files->data;
    for (size_t i = 0; i < data->n_splits; i++)
        for (size_t j = 0; j < data->splits[i].n_places; j++)
            if (names_a_list(data->splits[i].places[j])) {
                const lw_entry *list = find_by_end(find, NULL, data->splits[i].places[j]);
                if (list)
                    skip(find, list);
            }
}

static int8_t split_by_folder(finder *find, lw_text key)
{
    lw_text name, rest = key, step;
    for (lw_text folder = key; lw_text_split_last(folder, '/', &folder, &name);) {
        struct slot *slot = table_find(&find->folders, folder);
        if (slot->key.data && slot->value)
            return (int8_t)(slot->value - 1);
    }
    while (lw_text_split(rest, '/', &step, &rest)) {
        lw_text split = lw_names_split_of_step(step);
        if (split.size)
            return add_split_name(find, split);
    }
    if (find->root_split != NONE)
        return find->root_split;
    return find->options->split.size ? add_split_name(find, find->options->split) : NONE;
}

lw_status lw_yolo_files_find(lw_ctx *cx, const lw_read_options *options, lw_yolo_files *out)
{
    *out = (lw_yolo_files){0};
    finder find = {.cx = cx, .options = options, .files = out, .root_split = NONE};
    LW_TRY(read_data(&find));
    skip_lists(&find);
    gather_images(&find);
    gather_labels(&find);
    LW_TRY(read_splits(&find));
    for (size_t i = 0; i < out->n_pairs; i++)
        if (out->pairs[i].split == NONE)
            out->pairs[i].split = split_by_folder(&find, find.keys[i]);
    return LW_OK;
}
