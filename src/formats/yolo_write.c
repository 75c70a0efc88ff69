#include "base/limits.h"
#include "formats/names.h"
#include "formats/yolo_put.h"
#include "media/probe.h"

struct lw_writer {
    lw_write_options options;
    lw_yolo_task task;
    bool is_chosen; /* by us: what it cannot carry is refused, though the task was not asked for */
    lw_arena *arena, *scratch;
    lw_names *names;
    int64_t *numbers; /* of the ontology's classes */
    int64_t n_numbers;
    uint32_t n_keypoints;
    lw_text splits[LW_LIMIT_SPLITS]; /* that items were written to */
    lw_buf lists[LW_LIMIT_SPLITS];   /* Darknet: their images' paths */
    size_t n_splits;
    lw_buf rows;
};

void lw_yolo_close(lw_writer *writer)
{
    for (size_t i = 0; i < LW_LIMIT_SPLITS; i++)
        lw_buf_cleanup(&writer->lists[i]);
    lw_buf_cleanup(&writer->rows);
    lw_names_free(writer->names);
    lw_arena_free(writer->scratch);
    lw_arena_free(writer->arena);
    lw_heap_free(writer);
}

static uint64_t bit(lw_kind kind) { return 1ULL << kind; }
static bool is_within(uint64_t kinds, uint64_t allowed) { return (kinds & ~allowed) == 0; }

static bool has_keypoints(const lw_ontology *ontology)
{
    for (size_t i = 0; i < ontology->n_classes; i++)
        if (ontology->classes[i].n_keypoints)
            return true;
    return false;
}

static lw_status refuse_all(lw_ctx *cx, const lw_write_options *options, uint64_t kinds)
{
    LW_AUTO(lw_buf) words = {0};
    for (lw_kind kind = LW_BOX; kind < LW_N_KINDS; kind++)
        if (kinds & bit(kind))
            lw_buf_print(&words, "%s%s", words.size ? ", " : "", lw_kind_name(kind));
    lw_report_add(options->report, LW_WARNING, "no-task-for-all",
                  "no one YOLO task carries all of these: choose one, or some are left out or changed", "%.*s", LW_FMT(lw_buf_text(&words)));
    return lw_fail(cx, LW_REFUSED,
                   "no one YOLO task carries all of: %.*s. Choose what to keep, with --lossy: --format yolo-segment (regions), yolo-pose (boxes with "
                   "keypoints), yolo-obb (turned boxes), yolo-detect (boxes around everything), yolo-classify (tags)",
                   LW_FMT(lw_buf_text(&words)));
}

typedef struct choice {
    lw_yolo_task task;
    const char *why; /* "…, since …" */
} choice;

/* The one task that carries everything, as far as the counters tell. */
static lw_status choose_task(lw_ctx *cx, const lw_write_options *options, choice *out)
{
    uint64_t kinds = options->kinds, areas = bit(LW_POLYGON) | bit(LW_MASK);
    if (options->has_item_attributes && kinds != bit(LW_TAG))
        kinds &= ~bit(LW_TAG); /* they stand on a tag, and are a field that is left out */
    bool may_be_pose = has_keypoints(options->ontology) && !options->has_angles;
    if (kinds == 0)
        *out = (choice){options->has_angles ? LW_YOLO_OBB : LW_YOLO_DETECT, "there are no labels"};
    else if (kinds == bit(LW_TAG))
        *out = (choice){LW_YOLO_CLASSIFY, "all labels are tags"};
    else if (kinds == bit(LW_BOX) && may_be_pose)
        *out = (choice){LW_YOLO_POSE, "classes have keypoints"};
    else if (kinds == bit(LW_BOX) && options->has_angles)
        *out = (choice){LW_YOLO_OBB, "there are turned boxes"};
    else if (kinds == bit(LW_BOX))
        *out = (choice){LW_YOLO_DETECT, "all labels are boxes"};
    else if (is_within(kinds, bit(LW_BOX) | bit(LW_SKELETON)) && !options->has_angles)
        *out = (choice){LW_YOLO_POSE, "there are skeletons"};
    else if (is_within(kinds, bit(LW_BOX) | areas))
        *out = (choice){LW_YOLO_SEGMENT, kinds & bit(LW_POLYGON) ? "there are polygons" : "there are masks"};
    else if (!options->lossy)
        return refuse_all(cx, options, kinds);
    else
        *out = (choice){kinds & areas ? LW_YOLO_SEGMENT : kinds & bit(LW_SKELETON) ? LW_YOLO_POSE : LW_YOLO_DETECT, "no task carries everything"};
    return LW_OK;
}

lw_status lw_yolo_judge(lw_ctx *cx, const lw_write_options *options)
{
    static const char *const boxes[] = {
        [LW_YOLO_SEGMENT] = "its four corners", [LW_YOLO_OBB] = "its four corners", [LW_YOLO_POSE] = "a pose; keypoints it lacks are not labelled"};
    choice chosen;
    LW_TRY(choose_task(cx, options, &chosen));
    const char *becomes = options->kinds & bit(LW_BOX) && chosen.task < LW_COUNT(boxes) ? boxes[chosen.task] : NULL;
    char *sentence = lw_print(cx->arena, "the YOLO task that is written is %s, since %s%s%s", lw_yolo_task_name(chosen.task), chosen.why,
                              becomes ? "; a box becomes " : "", becomes ? becomes : "");
    lw_report_add(options->report, LW_INFO, "task-chosen", sentence, "yolo-%s", lw_yolo_task_name(chosen.task));
    return LW_OK;
}

/* Each class keeps its export index; one that has none yet comes behind. */
static void number_classes(lw_writer *writer)
{
    const lw_ontology *ontology = writer->options.ontology;
    int64_t next = 0;
    writer->numbers = lw_new_array(writer->arena, int64_t, ontology->n_classes);
    for (size_t i = 0; i < ontology->n_classes; i++)
        if (ontology->classes[i].index >= next)
            next = ontology->classes[i].index + 1;
    bool is_too_far = next > LW_LIMIT_CLASSES;
    if (is_too_far) {
        next = 0;
        lw_report_add(writer->options.report, LW_WARNING, "class-numbers-changed",
                      "class numbers are too high for YOLO; they are counted from 0 in their order", "more than %d", LW_LIMIT_CLASSES);
    }
    for (size_t i = 0; i < ontology->n_classes; i++)
        writer->numbers[i] = !is_too_far && ontology->classes[i].index >= 0 ? ontology->classes[i].index : next++;
    writer->n_numbers = next;
}

lw_status lw_yolo_begin(lw_ctx *cx, const lw_write_options *options, lw_yolo_task task, lw_writer **out)
{
    choice chosen = {.task = task};
    if (task == LW_YOLO_ANY)
        LW_TRY(choose_task(cx, options, &chosen));
    if (lw_target_is_one_file(options->target))
        return lw_fail(cx, LW_USAGE, "YOLO is a folder of files: give a folder, or a path that ends in .zip or .tar");
    if (chosen.task == LW_YOLO_POSE && !has_keypoints(options->ontology))
        return lw_fail(cx, LW_INVALID, "no class has keypoints, which a pose is made of: write yolo-detect instead");
    lw_writer *writer = lw_heap_new(sizeof *writer);
    *writer = (lw_writer){.options = *options,
                          .task = chosen.task,
                          .is_chosen = task == LW_YOLO_ANY,
                          .arena = lw_arena_new(),
                          .scratch = lw_arena_new(),
                          .names = lw_names_new(false)};
    number_classes(writer);
    for (size_t i = 0; i < options->ontology->n_classes; i++)
        if (options->ontology->classes[i].n_keypoints > writer->n_keypoints)
            writer->n_keypoints = (uint32_t)options->ontology->classes[i].n_keypoints;
    *out = writer;
    return LW_OK;
}

static lw_status split_place(lw_ctx *cx, lw_writer *writer, const lw_item *item, size_t *out)
{
    lw_text split = item->split;
    if (split.size == 0) {
        bool is_val = (lw_text_hash(item->name) >> 32) % 5 == 0;
        split = is_val ? LW_TEXT("val") : LW_TEXT("train");
        lw_report_add(writer->options.report, LW_INFO, "split-by-hash",
                      "item without a split; 80 of 100 go to train and 20 to val by a hash of their name", "%.*s", LW_FMT(item->name));
    }
    size_t at = 0;
    while (at < writer->n_splits && !lw_text_equal(writer->splits[at], split))
        at++;
    if (at == LW_LIMIT_SPLITS)
        return lw_names_too_many_splits(cx, split);
    if (at == writer->n_splits)
        writer->splits[writer->n_splits++] = lw_text_copy(writer->arena, split);
    *out = at;
    return LW_OK;
}

static void measure(lw_ctx *cx, const lw_item *item, const lw_media_ref *media, double *width, double *height)
{
    *width = item->width, *height = item->height;
    if ((item->width > 0 && item->height > 0) || !media)
        return;
    LW_AUTO(lw_fd) fd = -1;
    lw_media_info info;
    if (media->open(cx, media->state, &fd) == LW_OK && lw_media_probe(cx, fd, &info) == LW_OK)
        *width = info.width, *height = info.height;
    lw_ctx_clear(cx);
}

static lw_text name_file(lw_writer *writer, const lw_item *item, lw_text split, lw_text also)
{
    bool is_changed = false;
    lw_text name = lw_names_give(writer->scratch, writer->names, item->name, split, also, &is_changed);
    if (is_changed)
        lw_report_add(writer->options.report, LW_WARNING, "name-changed", "two images would share one label file; the later one is renamed",
                      "%.*s: %.*s", LW_FMT(item->name), LW_FMT(name));
    return name;
}

/* A class as a folder's name. */
static lw_text folder_of_class(lw_writer *writer, lw_text name)
{
    char *folder = lw_text_string(writer->scratch, name);
    for (char *at = folder; *at; at++)
        if (*at == '/' || *at == '\\')
            *at = '_';
    return lw_text_from(strcmp(folder, ".") == 0 || strcmp(folder, "..") == 0 ? "_" : folder);
}

static lw_status put_classified(lw_ctx *cx, lw_writer *writer, lw_yolo_rows *row, lw_text split, const lw_label *labels, size_t n_labels,
                                const lw_media_ref *media)
{
    lw_report *report = writer->options.report;
    const lw_label *tag = NULL;
    for (size_t i = 0; i < n_labels; i++) {
        bool is_tag = labels[i].shape.kind == LW_TAG && !lw_yolo_is_item_attributes(&labels[i]);
        if (is_tag && !tag) {
            tag = &labels[i];
            continue;
        }
        report->labels_skipped++;
        if (lw_yolo_is_item_attributes(&labels[i]))
            lw_yolo_note(row, LW_WARNING, "item-attributes-left-out", "the format has no place for attributes of items");
        else
            LW_TRY(lw_yolo_lose(row, cx, "left-out",
                                is_tag ? "item of several classes; all but the first are left out"
                                       : "shape that this YOLO task has no place for; left out"));
    }
    if (!tag || !media || writer->options.media == LW_MEDIA_NONE)
        report->items_skipped++;
    if (!tag)
        return lw_yolo_lose(row, cx, "item-left-out", "item without a class has no folder; left out");
    if (!media || writer->options.media == LW_MEDIA_NONE) {
        report->labels_skipped++;
        return lw_yolo_lose(row, cx, "item-left-out", "folders of classes hold images, and this one is not there; left out");
    }
    lw_text folder = folder_of_class(writer, tag->class_name), name = name_file(writer, row->item, split, folder);
    report->labels_written++;
    report->kinds[LW_TAG]++;
    return lw_format_put_media(cx, &writer->options, row->item,
                               lw_text_print(writer->scratch, "%.*s/%.*s/%.*s", LW_FMT(split), LW_FMT(folder), LW_FMT(name)), media);
}

static const char *darknet_split(lw_text split) { return lw_text_is(split, "val") ? "valid" : NULL; }

lw_status lw_yolo_item(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *labels, size_t n_labels, const lw_media_ref *media)
{
    lw_arena_reset(writer->scratch);
    lw_yolo_rows row = {.cx = {.arena = writer->scratch},
                        .task = writer->task,
                        .is_chosen = writer->is_chosen,
                        .lossy = writer->options.lossy,
                        .report = writer->options.report,
                        .ontology = writer->options.ontology,
                        .numbers = writer->numbers,
                        .n_keypoints = writer->n_keypoints,
                        .item = item,
                        .out = &writer->rows};
    size_t place = 0;
    LW_TRY(split_place(cx, writer, item, &place));
    lw_text split = writer->splits[place];
    if (writer->task == LW_YOLO_CLASSIFY)
        return put_classified(cx, writer, &row, split, labels, n_labels, media);
    double width, height;
    measure(cx, item, media, &width, &height);
    row.width = lw_side_of(width), row.height = lw_side_of(height);
    lw_buf_reset(&writer->rows);
    if (n_labels && !(width > 0 && height > 0)) {
        LW_TRY(lw_yolo_lose(&row, cx, "size-unknown", "the image's size is not known, and coordinates are shares of it; its labels are left out"));
        writer->options.report->labels_skipped += (int64_t)n_labels;
    } else {
        LW_TRY(lw_yolo_put_rows(&row, cx, labels, n_labels));
    }
    lw_text name = name_file(writer, item, split, (lw_text){0}), image, rows;
    if (writer->task == LW_YOLO_DARKNET) {
        lw_text folder = darknet_split(split) ? lw_text_from(darknet_split(split)) : split;
        image = lw_text_print(writer->scratch, "obj_%.*s_data/%.*s", LW_FMT(folder), LW_FMT(name));
        rows = lw_text_print(writer->scratch, "%.*s.txt", LW_FMT(lw_path_bare(image)));
        lw_buf_put_literal(&writer->lists[place], "data/");
        lw_buf_put_text(&writer->lists[place], image);
        lw_buf_put_char(&writer->lists[place], '\n');
    } else {
        image = lw_text_print(writer->scratch, "images/%.*s/%.*s", LW_FMT(split), LW_FMT(name));
        rows = lw_text_print(writer->scratch, "labels/%.*s/%.*s.txt", LW_FMT(split), LW_FMT(lw_path_bare(name)));
    }
    LW_TRY(lw_format_put_media(cx, &writer->options, item, image, media));
    return lw_target_file(cx, writer->options.target, rows, lw_buf_text(&writer->rows));
}

/* Names of all numbers; those that no class has are named so. */
static const lw_text *names_by_number(lw_writer *writer)
{
    const lw_ontology *ontology = writer->options.ontology;
    lw_text *names = lw_new_array(writer->arena, lw_text, (size_t)writer->n_numbers);
    for (size_t i = 0; i < ontology->n_classes; i++)
        names[writer->numbers[i]] = ontology->classes[i].name;
    for (int64_t i = 0; i < writer->n_numbers; i++) {
        if (names[i].size)
            continue;
        LW_AUTO(lw_buf) name = {0};
        lw_yolo_put_placeholder(&name, i);
        names[i] = lw_text_copy(writer->arena, lw_buf_text(&name));
        lw_report_add(writer->options.report, LW_INFO, "class-numbers-have-gaps",
                      "class numbers have gaps, and YOLO wants a name for each; those are named unused_N", "%.*s", LW_FMT(names[i]));
    }
    return names;
}

static bool has_split(const lw_writer *writer, const char *name)
{
    for (size_t i = 0; i < writer->n_splits; i++)
        if (lw_text_is(writer->splits[i], name))
            return true;
    return false;
}

static void put_split(lw_buf *yaml, const char *key, lw_text split)
{
    lw_buf_print(yaml, "%s: ", key);
    lw_buf_put_json_text(yaml, split);
    lw_buf_put_char(yaml, '\n');
}

/* Ultralytics wants both train and val: one that is missing is the other. */
static void put_splits(lw_writer *writer, lw_buf *yaml)
{
    static const char *const needed[] = {"train", "val"};
    for (size_t i = 0; i < LW_COUNT(needed); i++) {
        if (has_split(writer, needed[i]) || writer->n_splits == 0)
            continue;
        lw_text other = has_split(writer, needed[1 - i]) ? lw_text_from(needed[1 - i]) : writer->splits[0];
        put_split(yaml, needed[i], lw_text_print(writer->arena, "images/%.*s", LW_FMT(other)));
        lw_report_add(writer->options.report, LW_WARNING, "split-missing",
                      "no item is in a split that Ultralytics needs; data.yaml names another in its place", "%s: images/%.*s", needed[i],
                      LW_FMT(other));
    }
    for (size_t i = 0; i < writer->n_splits; i++)
        put_split(yaml, lw_text_string(writer->arena, writer->splits[i]), lw_text_print(writer->arena, "images/%.*s", LW_FMT(writer->splits[i])));
}

static void put_keypoint_names(lw_writer *writer, lw_buf *yaml)
{
    const lw_ontology *ontology = writer->options.ontology;
    lw_buf_print(yaml, "kpt_shape: [%u, 3]\nkpt_names:\n", writer->n_keypoints);
    for (size_t i = 0; i < ontology->n_classes; i++) {
        const lw_class *class = &ontology->classes[i];
        if (!class->n_keypoints)
            continue;
        lw_buf_print(yaml, "  %" PRId64 ": [", writer->numbers[i]);
        for (size_t j = 0; j < class->n_keypoints; j++) {
            lw_buf_put_string(yaml, j ? ", " : "");
            lw_buf_put_json_text(yaml, class->keypoints[j]);
        }
        lw_buf_put_literal(yaml, "]\n");
    }
}

/* Without `path`: Ultralytics then takes the folder that data.yaml lies in, wherever that is. */
static lw_status put_data_yaml(lw_ctx *cx, lw_writer *writer)
{
    LW_AUTO(lw_buf) yaml = {0};
    const lw_text *names = names_by_number(writer);
    lw_buf_print(&yaml, "task: %s\n", lw_yolo_task_name(writer->task));
    put_splits(writer, &yaml);
    if (writer->task == LW_YOLO_POSE)
        put_keypoint_names(writer, &yaml);
    lw_buf_print(&yaml, "nc: %" PRId64 "\nnames:%s\n", writer->n_numbers, writer->n_numbers ? "" : " {}");
    for (int64_t i = 0; i < writer->n_numbers; i++) {
        lw_buf_print(&yaml, "  %" PRId64 ": ", i);
        lw_buf_put_json_text(&yaml, names[i]);
        lw_buf_put_char(&yaml, '\n');
    }
    return lw_target_file(cx, writer->options.target, LW_TEXT("data.yaml"), lw_buf_text(&yaml));
}

static lw_status put_obj_data(lw_ctx *cx, lw_writer *writer)
{
    LW_AUTO(lw_buf) data = {0};
    LW_AUTO(lw_buf) list = {0};
    const lw_text *names = names_by_number(writer);
    for (int64_t i = 0; i < writer->n_numbers; i++) {
        lw_buf_put_text(&list, names[i]);
        lw_buf_put_char(&list, '\n');
    }
    LW_TRY(lw_target_file(cx, writer->options.target, LW_TEXT("obj.names"), lw_buf_text(&list)));
    lw_buf_print(&data, "classes = %" PRId64 "\n", writer->n_numbers);
    for (size_t i = 0; i < writer->n_splits; i++) {
        const char *renamed = darknet_split(writer->splits[i]);
        lw_text split = renamed ? lw_text_from(renamed) : writer->splits[i];
        lw_buf_print(&data, "%.*s = data/%.*s.txt\n", LW_FMT(split), LW_FMT(split));
        LW_TRY(lw_target_file(cx, writer->options.target, lw_text_print(writer->arena, "%.*s.txt", LW_FMT(split)), lw_buf_text(&writer->lists[i])));
    }
    lw_buf_put_literal(&data, "names = data/obj.names\nbackup = backup/\n");
    return lw_target_file(cx, writer->options.target, LW_TEXT("obj.data"), lw_buf_text(&data));
}

lw_status lw_yolo_end(lw_ctx *cx, lw_writer *writer)
{
    if (writer->task == LW_YOLO_DARKNET)
        return put_obj_data(cx, writer);
    return writer->task == LW_YOLO_CLASSIFY ? LW_OK : put_data_yaml(cx, writer);
}
