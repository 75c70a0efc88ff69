#include "base/limits.h"
#include "formats/learn.h"
#include "formats/names.h"
#include "formats/number.h"
#include "formats/picture.h"
#include "formats/voc.h"
#include "model/table.h"

enum { PROGRESS_EVERY = 100 };

typedef struct reader {
    lw_ctx *cx;
    const lw_read_options *options;
    const lw_sink *sink;
    lw_arena *scratch;
    lw_ontology classes; /* told to the sink so far */
    bool is_news;        /* classes or attributes that it was not told yet */
    bool *is_claimed;    /* images, by their place in the source */
    lw_text splits[LW_LIMIT_SPLITS];
    size_t n_splits;
    struct listed {
        lw_text id;
        size_t split;
        bool is_seen;
    } * listed; /* by ImageSets */
    size_t n_listed, listed_capacity;
    lw_table by_id;
} reader;

static lw_text last_step(lw_text path)
{
    lw_text folder;
    lw_text_split_last(path, '/', &folder, &path);
    return path;
}

static lw_text without_ending(lw_text path)
{
    lw_text stem, ending, name = last_step(path);
    return lw_text_split_last(name, '.', &stem, &ending) && stem.size ? lw_text_slice(path, 0, path.size - ending.size - 1) : path;
}

static bool has_step(lw_text path, const char *folder)
{
    lw_text step;
    while (lw_text_split(path, '/', &step, &path))
        if (lw_text_equal_nocase(step, lw_text_from(folder)))
            return true;
    return false;
}

/* Splits: ImageSets/Main/train.txt and its like, an id a line. Lists of one class (cat_train.txt, "id -1") say nothing new. */

static bool is_split_list(lw_text name, const char *folder)
{
    if (!lw_text_ends_nocase(name, ".txt") || !has_step(name, "ImageSets") || !has_step(name, folder))
        return false;
    lw_text stem = without_ending(last_step(name)), class, split;
    return !lw_text_split_last(stem, '_', &class, &split) ||
           !(lw_text_is(split, "train") || lw_text_is(split, "val") || lw_text_is(split, "trainval") || lw_text_is(split, "test"));
}

static struct listed *find_listed(reader *read, lw_text id)
{
    size_t at = 0, place;
    while (read->n_listed && lw_table_next(&read->by_id, lw_text_hash(id), &at, &place))
        if (lw_text_equal(read->listed[place].id, id))
            return &read->listed[place];
    return NULL;
}

static void add_listed(reader *read, lw_text id, size_t split)
{
    struct listed *known = find_listed(read, id);
    if (known && known->split != split)
        lw_report_add(read->options->report, LW_WARNING, "item-in-two-splits", "item is listed in two splits; the first counts", "%.*s", LW_FMT(id));
    if (known)
        return;
    if (read->n_listed == read->listed_capacity) {
        size_t grown = read->listed_capacity ? read->listed_capacity * 2 : 256;
        struct listed *longer = lw_new_array(read->cx->arena, struct listed, grown);
        if (read->n_listed)
            memcpy(longer, read->listed, read->n_listed * sizeof *longer);
        read->listed = longer;
        read->listed_capacity = grown;
    }
    read->listed[read->n_listed] = (struct listed){.id = lw_text_copy(read->cx->arena, id), .split = split};
    lw_table_add(read->cx->arena, &read->by_id, lw_text_hash(id), read->n_listed++);
}

/* "id -1" and "id  1" as "id"; a name may end in " 1", unless every line does. */
static lw_text without_mark(lw_text line, bool every_line)
{
    lw_text id, mark;
    if (line.size > 1 && line.data[0] == '"' && lw_text_split(lw_text_slice(line, 1, line.size), '"', &id, &mark))
        return id;
    bool has_mark = lw_text_split_last(line, ' ', &id, &mark) && (lw_text_is(mark, "-1") || lw_text_is(mark, "0") || lw_text_is(mark, "1"));
    return has_mark && (every_line || lw_text_is(mark, "-1") || lw_text_ends(id, " ")) ? lw_text_trim(id) : line;
}

static bool marks_every_line(lw_text text)
{
    lw_text line;
    size_t n = 0;
    while (lw_line_next(&text, &line)) {
        line = lw_text_trim(line);
        if (line.size && without_mark(line, true).size == line.size)
            return false;
        n += line.size > 0;
    }
    return n > 0;
}

static void read_list(reader *read, const lw_entry *list, lw_text split)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_text text, line, id;
    if (lw_source_read(&cx, read->options->source, list, LW_LIMIT_ITEM_FILE_BYTES, &text) != LW_OK) {
        lw_report_add(read->options->report, LW_ERROR, "list-unreadable", "list of a split cannot be read", "%.*s: %s", LW_FMT(list->name),
                      cx.message);
        return;
    }
    read->splits[read->n_splits] = lw_text_copy(read->cx->arena, split);
    for (bool every_line = marks_every_line(text); lw_line_next(&text, &line);) {
        id = without_mark(lw_text_trim(line), every_line);
        if (id.size)
            add_listed(read, lw_text_to_utf8(arena, id), read->n_splits);
    }
    read->n_splits++;
}

/* train and val before trainval, which is only their union where they are there; alone it is no split. */
static void read_lists(reader *read, const char *folder)
{
    size_t n;
    const lw_entry *entries = lw_source_entries(read->options->source, &n);
    for (size_t i = 0; i < n; i++) {
        lw_text split = without_ending(last_step(entries[i].name));
        if (!is_split_list(entries[i].name, folder) || lw_text_is(split, "trainval") || lw_text_is(split, "default"))
            continue;
        if (read->n_splits < LW_LIMIT_SPLITS)
            read_list(read, &entries[i], split);
        else
            lw_report_add(read->options->report, LW_WARNING, "list-left-out", "more lists of splits than are read; left out", "%.*s",
                          LW_FMT(entries[i].name));
    }
}

/* Classes and attributes */

/* labelmap.txt, as Datumaro, CVAT and we write it: "name:r,g,b:parts:actions" a line. Classes in their order, those that no object has too. */
static void read_label_map(reader *read)
{
    size_t n;
    const lw_entry *entries = lw_source_entries(read->options->source, &n), *map = NULL;
    for (size_t i = 0; i < n && !map; i++)
        map = lw_text_is(last_step(entries[i].name), "labelmap.txt") ? &entries[i] : NULL;
    lw_ctx cx = {.arena = read->scratch};
    lw_text text, line, name, rest;
    if (!map || lw_source_read(&cx, read->options->source, map, LW_LIMIT_ITEM_FILE_BYTES, &text) != LW_OK)
        return;
    while (lw_line_next(&text, &line) && read->classes.n_classes < LW_LIMIT_CLASSES) {
        bool is_class = line.size && line.data[0] != '#' && lw_text_split(line, ':', &name, &rest);
        name = is_class ? lw_text_trim(name) : (lw_text){0};
        if (lw_name_check(&cx, "class", name) != LW_OK || lw_text_is(name, "background") || lw_class_find(&read->classes, name))
            continue;
        name = lw_class_name_from(read->options->report, name, map->name);
        lw_ontology_add_class(read->cx->arena, &read->classes, lw_text_copy(read->cx->arena, name));
        read->options->report->classes_read++;
        read->is_news = true;
    }
}

static lw_status push(reader *read, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    if (read->is_news)
        LW_TRY(read->sink->ontology(read->cx, read->sink->state, &read->classes));
    read->is_news = false;
    read->options->report->items_read++;
    return read->sink->item(read->cx, read->sink->state, item, image, labels, n_labels);
}

/* One file */

static void skip_object(reader *read, const lw_entry *file, size_t number, const char *code, const char *message)
{
    read->options->report->labels_skipped++;
    lw_report_add(read->options->report, lw_report_severity(code), code, message, "%.*s: object %zu", LW_FMT(file->name), number);
}

static size_t read_objects(reader *read, const lw_entry *file, const lw_xml *root, lw_label **out)
{
    size_t n = 0, number = 0;
    bool counts_from_one = lw_voc_counts_from_one(lw_xml_get_text(lw_xml_get(root, "source"), "database"));
    for (const lw_xml *at = root->first; at; at = at->next)
        n += lw_text_is(at->name, "object");
    lw_label *labels = *out = lw_new_array(read->scratch, lw_label, n);
    n = 0;
    for (const lw_xml *at = root->first; at; at = at->next) {
        if (!lw_text_is(at->name, "object"))
            continue;
        number++;
        read->options->report->labels_read++;
        bool is_cut = false;
        const char *problem = lw_voc_object_parse(read->scratch, at, counts_from_one, read->options->ontology, &labels[n], &is_cut);
        lw_ctx check = {.arena = read->scratch};
        if (problem)
            skip_object(read, file, number, problem, lw_voc_problem_message(problem));
        else if (lw_name_check(&check, "class", labels[n].class_name) != LW_OK)
            skip_object(read, file, number, "class-name", "object's name cannot name a class; skipped");
        else {
            labels[n].class_name = lw_class_name_from(read->options->report, labels[n].class_name, file->name);
            read->is_news |= lw_learn_label(read->cx->arena, read->options->report, &read->classes, &labels[n++]);
        }
        if (!problem && is_cut)
            lw_report_add(read->options->report, LW_WARNING, "attributes-left-out",
                          "object has attributes twice, without a usable name, or too many, or a part without a box; those are left out",
                          "%.*s: object %zu", LW_FMT(file->name), number);
    }
    return n;
}

static int size_from(const lw_xml *size, const char *key)
{
    lw_number number;
    return lw_number_parse(lw_xml_get_text(size, key), &number) && number.value >= 1 && number.value <= LW_LIMIT_IMAGE_SIDE_PX ? (int)number.value
                                                                                                                               : 0;
}

/* "Annotations/sub/a.xml" belongs to "JPEGImages/sub/a". */
static lw_match find_by_stem(reader *read, const lw_entry *file, const lw_entry **out)
{
    lw_text name = file->name, rest = file->name, step;
    while (lw_text_split(rest, '/', &step, &rest))
        if (lw_text_equal_nocase(step, LW_TEXT("annotations"))) {
            size_t before = (size_t)(step.data - name.data);
            name = lw_text_print(read->scratch, "%.*sJPEGImages/%.*s", LW_FMT(lw_text_slice(name, 0, before)), LW_FMT(rest));
            break;
        }
    return lw_source_find_image(lw_images_of(read->options), name, out);
}

static bool claim(reader *read, const lw_entry *image)
{
    bool is_first = !read->is_claimed[image->index];
    read->is_claimed[image->index] = true;
    return is_first;
}

/* By the file's own stem, else by the <filename> it gives. NULL: not there, or not to be told from another. */
static const lw_entry *find_image(reader *read, const lw_entry *file, lw_text filename)
{
    lw_report *report = read->options->report;
    const lw_entry *image = NULL, *named = NULL;
    lw_match by_stem = find_by_stem(read, file, &image);
    lw_match by_name = filename.size ? lw_source_find_image(lw_images_of(read->options), filename, &named) : LW_MATCH_NONE;
    if (by_stem == LW_MATCH_ONE && by_name == LW_MATCH_ONE && named != image)
        lw_report_add(report, LW_INFO, "filename-differs", "<filename> names another image than the file's own name; the file's name counts",
                      "%.*s: %.*s", LW_FMT(file->name), LW_FMT(filename));
    if (by_stem != LW_MATCH_ONE)
        image = by_name == LW_MATCH_ONE ? named : NULL;
    if (!image && (by_stem == LW_MATCH_AMBIGUOUS || by_name == LW_MATCH_AMBIGUOUS))
        lw_report_add(report, LW_WARNING, "image-ambiguous", "labels fit several images; none is guessed", "%.*s", LW_FMT(file->name));
    if (image && !claim(read, image)) {
        lw_report_add(report, LW_WARNING, "image-claimed-twice", "two files are of one image; the later one makes an item without media",
                      "%.*s: %.*s", LW_FMT(file->name), LW_FMT(image->name));
        return NULL;
    }
    return image;
}

static lw_text name_item(reader *read, const lw_entry *file, const lw_entry *image, lw_text filename)
{
    if (image)
        return image->name;
    lw_text name = lw_source_path(read->scratch, filename), step, rest = without_ending(file->name);
    lw_ctx check = {.arena = read->scratch};
    bool is_own = lw_text_equal(without_ending(last_step(name)), last_step(rest));
    if (is_own && lw_path_check(&check, name) == LW_OK)
        return name;
    lw_text bare = rest;
    while (lw_text_split(rest, '/', &step, &rest))
        if (lw_text_equal_nocase(step, LW_TEXT("annotations")))
            return rest;
    return bare;
}

static void set_split(reader *read, const lw_entry *file, lw_item *item)
{
    lw_text id = without_ending(file->name), step;
    for (;;) {
        struct listed *listed = find_listed(read, id);
        if (listed) {
            listed->is_seen = true;
            item->split = read->splits[listed->split];
            return;
        }
        if (!lw_text_split(id, '/', &step, &id))
            break;
    }
    item->split = read->options->split;
}

static lw_status refuse_file(reader *read, const lw_entry *file, const char *why)
{
    lw_report *report = read->options->report;
    report->items_read++;
    report->items_skipped++;
    lw_report_add(report, LW_ERROR, "xml-unreadable", "file cannot be read; nothing of it is taken", "%.*s: %s", LW_FMT(file->name), why);
    const lw_entry *image;
    if (find_by_stem(read, file, &image) == LW_MATCH_ONE)
        read->is_claimed[image->index] = true;
    return LW_OK;
}

static lw_status read_file(reader *read, const lw_entry *file)
{
    lw_ctx cx = {.arena = read->scratch};
    lw_text text;
    lw_xml *root;
    bool is_latin1;
    if (lw_source_read(&cx, read->options->source, file, LW_LIMIT_ITEM_FILE_BYTES, &text) != LW_OK ||
        lw_xml_parse(&cx, text, &root, &is_latin1) != LW_OK)
        return refuse_file(read, file, cx.message);
    if (!lw_text_is(root->name, "annotation"))
        return refuse_file(read, file, "its root is not <annotation>");
    if (is_latin1)
        lw_report_add(read->options->report, LW_WARNING, "not-utf8", "file is not UTF-8 as it says; read as Latin-1", "%.*s", LW_FMT(file->name));
    lw_label *labels;
    size_t n = read_objects(read, file, root, &labels);
    lw_text filename = lw_xml_get_text(root, "filename");
    const lw_entry *image = find_image(read, file, filename);
    const lw_xml *size = lw_xml_get(root, "size");
    lw_item item = {.name = name_item(read, file, image, filename),
                    .width = size_from(size, "width"),
                    .height = size_from(size, "height"),
                    .metadata = lw_voc_metadata(read->scratch, root)};
    if (lw_picture_fit(&cx, read->options, image, &item, labels, n) != LW_OK)
        return lw_fail(read->cx, cx.status, "%.*s: %s", LW_FMT(file->name), cx.message);
    lw_picture_note_outside(read->options->report, file->name, &item, labels, n);
    set_split(read, file, &item);
    if (!image)
        lw_report_add(read->options->report, LW_INFO, "image-not-there", "an image is not there; its item has no media yet", "%.*s",
                      LW_FMT(file->name));
    return push(read, &item, image, labels, n);
}

static lw_status read_unclaimed(reader *read)
{
    size_t n;
    const lw_entry *entries = lw_source_entries(lw_images_of(read->options), &n);
    for (size_t i = 0; i < n; i++) {
        if (!lw_name_is_image(entries[i].name) || read->is_claimed[i])
            continue;
        if (has_step(entries[i].name, "SegmentationClass") || has_step(entries[i].name, "SegmentationObject")) {
            lw_report_add(read->options->report, LW_WARNING, "masks-not-read",
                          "pictures of masks (SegmentationClass, SegmentationObject) are not read", "%.*s", LW_FMT(entries[i].name));
            continue;
        }
        lw_item item = {.name = entries[i].name, .has_state = true, .state = LW_WAITING};
        set_split(read, &entries[i], &item);
        lw_report_add(read->options->report, LW_INFO, "image-without-labels", "image without an XML file; it waits to be labelled", "%.*s",
                      LW_FMT(entries[i].name));
        LW_TRY(push(read, &item, &entries[i], NULL, 0));
    }
    return LW_OK;
}

static void report_unseen(reader *read)
{
    for (size_t i = 0; i < read->n_listed; i++)
        if (!read->listed[i].is_seen)
            lw_report_add(read->options->report, LW_WARNING, "listed-not-there", "a list names an item that has neither labels nor an image", "%.*s",
                          LW_FMT(read->listed[i].id));
}

static lw_status read_all(reader *read)
{
    size_t n, n_images, n_files = 0;
    const lw_entry *entries = lw_source_entries(read->options->source, &n);
    lw_source_entries(lw_images_of(read->options), &n_images);
    read->is_claimed = lw_new_array(read->cx->arena, bool, n_images);
    read_lists(read, "Main");
    if (read->n_listed == 0)
        read_lists(read, "Segmentation");
    read_label_map(read);
    for (size_t i = 0; i < n; i++) {
        if (!lw_text_ends_nocase(entries[i].name, ".xml"))
            continue;
        lw_arena_reset(read->scratch);
        LW_TRY(read_file(read, &entries[i]));
        if (read->sink->progress && n_files % PROGRESS_EVERY == 0)
            LW_TRY(read->sink->progress(read->cx, read->sink->state, (int64_t)i, (int64_t)n));
        n_files++;
    }
    if (n_files == 0)
        return lw_fail(read->cx, LW_INVALID, "%.*s holds no XML files", LW_FMT(lw_source_name(read->options->source)));
    LW_TRY(read_unclaimed(read));
    report_unseen(read);
    return LW_OK;
}

lw_status lw_voc_read(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    reader read = {.cx = cx, .options = options, .sink = sink, .scratch = scratch};
    return read_all(&read);
}
