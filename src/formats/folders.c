#include "base/limits.h"
#include "formats/format.h"
#include "formats/names.h"

/* Folders of images. Albums: names with their path. Beneath split folders (train/cat/x.jpg), or when asked for by name, the folder
 * right above an image is its class, as a tag. */

enum { MAX_CLASSES = LW_LIMIT_CLASSES, PROGRESS_EVERY = 1000 };

/* "valid" is another word for val, and "testing" for test. */
static lw_text split_of(lw_text step)
{
    static const struct {
        const char *word, *split;
    } words[] = {{"train", "train"},    {"training", "train"}, {"val", "val"},     {"valid", "val"},
                 {"validation", "val"}, {"test", "test"},      {"testing", "test"}};
    for (size_t i = 0; i < LW_COUNT(words); i++)
        if (lw_text_equal_nocase(step, lw_text_from(words[i].word)))
            return lw_text_from(words[i].split);
    return (lw_text){0};
}

/* What the path of an image says: the folder right above it, and the first one that names a split. */
typedef struct place {
    lw_text folder, split;
    bool is_class_beneath_split; /* the split stands right above the folder */
    lw_text above;               /* what stands in front of that split */
} place;

static place place_of(lw_text name)
{
    place found = {0};
    lw_text step, rest = name, above = {0};
    while (lw_text_split(rest, '/', &step, &rest)) {
        if (!found.split.size)
            found.split = split_of(step);
        above = found.folder;
        found.folder = step;
    }
    found.is_class_beneath_split = above.size && split_of(above).size && !split_of(found.folder).size;
    found.above = (lw_text){name.data, above.data ? (size_t)(above.data - name.data) : 0};
    return found;
}

typedef struct sight {
    size_t n_images;
    bool has_classes; /* all of them, beneath splits of one place: pictures and masks in two places are no classes */
} sight;

static bool is_label_file(lw_text name)
{
    static const char *const endings[] = {".json", ".jsonl", ".ndjson", ".xml", ".csv", ".tsv", ".yaml", ".parquet", ".tfrecord"};
    for (size_t i = 0; i < LW_COUNT(endings); i++)
        if (lw_text_ends_nocase(name, endings[i]))
            return true;
    return false;
}

/* A text in another folder that bears the name of an image: labels in a format that is not known, as KITTI's. */
static bool is_of_image(const lw_source *source, lw_text name)
{
    const lw_entry *image;
    return lw_text_ends_nocase(name, ".txt") && lw_source_find_image(source, name, &image) == LW_MATCH_ONE &&
           !lw_text_equal(place_of(image->name).folder, place_of(name).folder);
}

static sight look(const lw_source *source)
{
    sight seen = {.has_classes = true};
    lw_text above = {0};
    size_t n;
    const lw_entry *entries = lw_source_entries(source, &n);
    for (size_t i = 0; i < n; i++) {
        if (!lw_name_is_image(entries[i].name)) {
            seen.has_classes = seen.has_classes && !is_of_image(source, entries[i].name);
            continue;
        }
        place at = place_of(entries[i].name);
        if (seen.n_images++ == 0)
            above = at.above;
        seen.has_classes &= at.is_class_beneath_split && lw_text_equal(above, at.above);
    }
    return seen;
}

/* Whoever finds labels is surer than this. */
static int probe(lw_ctx *cx, lw_source *source)
{
    sight seen = look(source);
    return seen.n_images == 0 ? 0 : seen.has_classes ? 30 : 10;
}

static lw_status declare_classes(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink)
{
    size_t n;
    const lw_entry *entries = lw_source_entries(options->source, &n);
    lw_ontology declared = {0};
    lw_ontology_index(cx->arena, &declared);
    for (size_t i = 0; i < n; i++) {
        lw_text folder = place_of(entries[i].name).folder;
        if (!lw_name_is_image(entries[i].name) || !folder.size || lw_class_find(&declared, folder))
            continue;
        if (declared.n_classes == MAX_CLASSES)
            return lw_fail(cx, LW_TOO_LARGE, "more than %d folders: these are hardly classes; import without --format folders", MAX_CLASSES);
        LW_TRY(lw_name_check(cx, "class", folder));
        lw_class *made = lw_ontology_add_class(cx->arena, &declared, folder);
        made->kinds = 1u << LW_TAG;
        made->index = (int64_t)declared.n_classes - 1;
    }
    options->report->classes_read += (int64_t)declared.n_classes;
    return sink->ontology(cx, sink->state, &declared);
}

static void note_others(lw_report *report, const lw_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (lw_name_is_image(entries[i].name))
            continue;
        if (is_label_file(entries[i].name))
            lw_report_add(report, LW_WARNING, "labels-not-read",
                          "files that may hold labels are of no format that is known; the images come in without", "%.*s", LW_FMT(entries[i].name));
        else
            lw_report_add(report, LW_INFO, "other-file", "files that are no images are passed over", "%.*s", LW_FMT(entries[i].name));
    }
}

static lw_status read_source(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink)
{
    sight seen = look(options->source);
    size_t n;
    const lw_entry *entries = lw_source_entries(options->source, &n);
    lw_report *report = options->report;
    if (seen.n_images == 0)
        return lw_fail(cx, LW_INVALID, "%.*s holds no images", LW_FMT(lw_source_name(options->source)));
    note_others(report, entries, n);
    bool has_classes = options->by_name || seen.has_classes;
    if (has_classes)
        LW_TRY(declare_classes(cx, options, sink));
    for (size_t i = 0; i < n; i++) {
        if (!lw_name_is_image(entries[i].name))
            continue;
        place at = place_of(entries[i].name);
        lw_label label = LW_LABEL_NONE;
        label.class_name = at.folder;
        label.shape.kind = LW_TAG;
        size_t n_labels = has_classes && at.folder.size;
        lw_item item = {.name = entries[i].name, .split = has_classes && at.split.size ? at.split : options->split};
        item.has_state = n_labels == 0; /* only there as a file: nobody has looked at it */
        item.state = LW_WAITING;
        report->items_read++;
        report->labels_read += (int64_t)n_labels;
        LW_TRY(sink->item(cx, sink->state, &item, &entries[i], &label, n_labels));
        if (sink->progress && i % PROGRESS_EVERY == 0)
            LW_TRY(sink->progress(cx, sink->state, (int64_t)i, (int64_t)n));
    }
    return LW_OK;
}

struct lw_writer {
    lw_write_options options;
    lw_names *names;
};

static lw_status begin(lw_ctx *cx, const lw_write_options *options, lw_writer **out)
{
    if (lw_target_is_one_file(options->target))
        return lw_fail(cx, LW_USAGE, "folders of images are no single file: give a folder, or a path that ends in .zip or .tar");
    if (options->media == LW_MEDIA_NONE)
        return lw_fail(cx, LW_USAGE, "folders of images are the images themselves: give --media copy or link");
    lw_writer *writer = lw_heap_new(sizeof *writer);
    writer->options = *options;
    writer->names = lw_names_new(false);
    *out = writer;
    return LW_OK;
}

static lw_status refuse_or_report(lw_ctx *cx, const lw_writer *writer, const lw_item *item, const char *code, const char *message)
{
    if (!writer->options.lossy)
        return lw_fail(cx, LW_REFUSED, "%.*s: %s; agree with --lossy", LW_FMT(item->name), message);
    lw_report_add(writer->options.report, LW_WARNING, code, message, "%.*s", LW_FMT(item->name));
    return LW_OK;
}

/* "a/b" as a folder's name is one step. */
static lw_text step_of(lw_arena *arena, lw_text class_name)
{
    char *step = lw_text_string(arena, class_name);
    for (char *at = step; *at; at++)
        if (*at == '/' || *at == '\\')
            *at = '_';
    return lw_text_from(step[0] == '.' ? lw_print(arena, "_%s", step) : step);
}

static lw_text name_file(lw_ctx *cx, lw_writer *writer, const lw_item *item, lw_text split, lw_text folder)
{
    bool is_changed = false;
    lw_text name = lw_names_give(cx->arena, writer->names, item->name, split, folder, &is_changed);
    if (is_changed)
        lw_report_add(writer->options.report, LW_WARNING, "name-changed", "two images would have one name; the later one is renamed", "%.*s: %.*s",
                      LW_FMT(item->name), LW_FMT(name));
    return split.size ? lw_text_print(cx->arena, "%.*s/%.*s/%.*s", LW_FMT(step_of(cx->arena, split)), LW_FMT(folder), LW_FMT(name))
                      : lw_text_print(cx->arena, "%.*s/%.*s", LW_FMT(folder), LW_FMT(name));
}

static lw_status put_item(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *labels, size_t n_labels, const lw_media_ref *media)
{
    lw_report *report = writer->options.report;
    const lw_label *tag = NULL;
    for (size_t i = 0; i < n_labels; i++) {
        bool is_tag = labels[i].shape.kind == LW_TAG, is_of_item = is_tag && lw_text_is(labels[i].class_name, LW_ITEM_CLASS);
        if (is_tag && !is_of_item && !tag) {
            tag = &labels[i];
            continue;
        }
        report->labels_skipped++;
        if (is_of_item)
            lw_report_add(report, LW_WARNING, "item-attributes-left-out", "the format has no place for attributes of items", "%.*s",
                          LW_FMT(item->name));
        else if (is_tag)
            LW_TRY(refuse_or_report(cx, writer, item, "several-tags", "an item with several tags goes into the folder of the first"));
        else
            LW_TRY(refuse_or_report(cx, writer, item, "labels-left-out", "folders say one class an image; other labels are left out"));
    }
    if (!tag || !media)
        report->items_skipped++;
    if (!tag)
        return refuse_or_report(cx, writer, item, "item-without-tag", "an item without a tag has no folder; left out");
    if (!media) {
        report->labels_skipped++;
        return refuse_or_report(cx, writer, item, "item-without-media", "an item without an image cannot stand in a folder; left out");
    }
    lw_text name = name_file(cx, writer, item, item->split, step_of(cx->arena, tag->class_name));
    LW_TRY(lw_format_put_media(cx, &writer->options, item, name, media));
    report->labels_written++;
    report->kinds[LW_TAG]++;
    return LW_OK;
}

static lw_status end(lw_ctx *cx, lw_writer *writer) { return LW_OK; }
static void close_writer(lw_writer *writer)
{
    lw_names_free(writer->names);
    lw_heap_free(writer);
}

const lw_format lw_format_folders = {
    .name = "folders",
    .title = "Folders of images, or of classes",
    .can = {.kinds = 1u << LW_TAG, .splits = true},
    .probe = probe,
    .read = read_source,
    .begin = begin,
    .item = put_item,
    .end = end,
    .close = close_writer,
};
