#include <math.h>

#include "base/limits.h"
#include "formats/names.h"
#include "formats/number.h"
#include "formats/picture.h"
#include "formats/yolo_files.h"

enum { SURVEYED_FILES = 2000, PROGRESS_EVERY = 200 };

typedef struct reader {
    lw_ctx *cx;
    const lw_read_options *options;
    const lw_sink *sink;
    lw_yolo_files files;
    lw_yolo_rules rules;
    lw_text layer;       /* of labels with a confidence */
    bool is_results;     /* rows carry one */
    lw_ontology classes; /* told to the sink so far */
    lw_text *names;      /* by number, of those told */
    lw_arena *scratch;
} reader;

/* What results are named after: the run's folder, whose labels lie in "labels". */
static lw_text layer_of(lw_ctx *cx, lw_source *source)
{
    lw_text name = lw_source_name(source), parent, last;
    const char *folder = lw_source_folder(source);
    if (!lw_text_is(name, "labels") || !folder)
        return name;
    lw_text path = lw_text_from(folder);
    while (lw_text_ends(path, "/"))
        path.size--;
    if (!lw_text_split_last(path, '/', &parent, &last))
        return name;
    lw_text run = lw_text_split_last(parent, '/', &parent, &last) ? last : parent;
    return run.size ? lw_text_copy(cx->arena, run) : name;
}

static bool is_name_of_run(lw_text name)
{
    while (name.size && name.data[name.size - 1] >= '0' && name.data[name.size - 1] <= '9')
        name.size--;
    return lw_text_is(name, "predict") || lw_text_is(name, "track") || lw_text_is(name, "exp");
}

/* runs/detect/predict/labels, as Ultralytics leaves it; its rows need not carry a confidence. */
static bool is_run(const lw_yolo_files *files, lw_source *source)
{
    const char *folder = lw_source_folder(source);
    lw_text path = lw_text_from(folder ? folder : ""), steps[4] = {0};
    while (lw_text_ends(path, "/"))
        path.size--;
    for (size_t i = 0; i < LW_COUNT(steps) && lw_text_split_last(path, '/', &path, &steps[i]);)
        i++;
    bool is_there = is_name_of_run(steps[1]) || lw_text_is(steps[2], "runs") || lw_text_is(steps[3], "runs");
    return lw_text_is(steps[0], "labels") && is_there && !files->has_names && !lw_source_has_images(source);
}

static lw_status survey_rows(reader *read, lw_yolo_task task)
{
    lw_yolo_files *files = &read->files;
    size_t step = files->n_pairs / SURVEYED_FILES + 1;
    lw_yolo_survey survey = {0};
    for (size_t i = 0; i < files->n_pairs; i += step) {
        lw_arena_reset(read->scratch);
        lw_ctx cx = {.arena = read->scratch};
        lw_text text;
        if (files->pairs[i].labels && lw_source_read(&cx, read->options->source, files->pairs[i].labels, LW_LIMIT_ITEM_FILE_BYTES, &text) == LW_OK)
            lw_yolo_survey_file(&survey, text);
    }
    read->rules = lw_yolo_rules_from(task, &files->data, &survey);
    read->is_results = (read->rules.task != LW_YOLO_POSE && survey.n_with_confidence * 2 > survey.n_rows) || is_run(files, read->options->source);
    if (read->rules.is_guessed && read->rules.task == LW_YOLO_OBB)
        lw_report_add(read->options->report, LW_INFO, "task-guessed",
                      "rows of four corners are read as turned boxes, since all of them are; --format yolo-segment reads polygons",
                      "%" PRId64 " rows", survey.n_rows);
    if (read->rules.is_guessed && read->rules.task == LW_YOLO_POSE)
        lw_report_add(read->options->report, LW_INFO, "task-guessed",
                      "rows are read as poses, since data.yaml gives no kpt_shape; --format yolo-segment reads polygons", "%u keypoints",
                      read->rules.n_keypoints);
    return LW_OK;
}

static void set_keypoints(reader *read, lw_class *made)
{
    const lw_yolo_data *data = &read->files.data;
    if (read->rules.task != LW_YOLO_POSE || !read->rules.n_keypoints)
        return;
    made->n_keypoints = read->rules.n_keypoints;
    made->keypoints = lw_new_array(read->cx->arena, lw_text, made->n_keypoints);
    for (size_t i = 0; i < made->n_keypoints; i++)
        made->keypoints[i] = i < data->n_keypoint_names ? data->keypoint_names[i] : lw_text_print(read->cx->arena, "%zu", i + 1);
}

static void add_class(reader *read, lw_text name, int64_t index)
{
    lw_class *made = lw_class_find(&read->classes, name);
    if (made)
        return;
    made = lw_ontology_add_class(read->cx->arena, &read->classes, name);
    made->index = index;
    read->options->report->classes_read++;
    set_keypoints(read, made);
}

static lw_class *class_by_index(const lw_ontology *ontology, int64_t index)
{
    for (size_t i = 0; ontology && i < ontology->n_classes; i++)
        if (ontology->classes[i].index == index)
            return &ontology->classes[i];
    return NULL;
}

static lw_status tell_classes(reader *read) { return read->sink->ontology(read->cx, read->sink->state, &read->classes); }

/* Names that data.yaml gives; numbers without a name get one when a row uses them. */
static lw_status declare(reader *read)
{
    const lw_yolo_data *data = &read->files.data;
    read->names = lw_new_array(read->cx->arena, lw_text, LW_LIMIT_CLASSES);
    for (size_t i = 0; i < data->n_names; i++) {
        if (data->names[i].size == 0 || lw_yolo_is_placeholder(data->names[i], (int64_t)i))
            continue;
        lw_text name = lw_class_name_from(read->options->report, data->names[i], lw_source_name(read->options->source));
        if (lw_class_find(&read->classes, name))
            lw_report_add(read->options->report, LW_WARNING, "class-twice", "two class numbers have one name; they become one class", "%zu: %.*s", i,
                          LW_FMT(name));
        if (lw_name_check(read->cx, "class", name) != LW_OK)
            return lw_fail(read->cx, LW_INVALID, "class %zu: %s", i, read->cx->message);
        add_class(read, name, (int64_t)i);
        read->names[i] = name;
    }
    return read->classes.n_classes ? tell_classes(read) : LW_OK;
}

/* The class of a number; empty when results name one that the project does not have. */
static lw_status name_class(reader *read, int64_t index, lw_text *out)
{
    lw_text *name = &read->names[index];
    if (name->size == 0 && !read->files.has_names) {
        const lw_class *known = class_by_index(read->options->ontology, index);
        if (known)
            *name = lw_text_copy(read->cx->arena, known->name);
        else if (read->is_results && read->options->ontology && read->options->ontology->n_classes) {
            *out = (lw_text){0};
            return LW_OK;
        }
    }
    if (name->size == 0) {
        bool is_placeholder = (size_t)index < read->files.data.n_names && read->files.data.names[index].size;
        *name = is_placeholder ? read->files.data.names[index] : lw_text_print(read->cx->arena, "class_%" PRId64, index);
        if (!is_placeholder)
            lw_report_add(read->options->report, LW_WARNING, "class-without-name", "a class number has no name; it is named after its number",
                          "%" PRId64, index);
        add_class(read, *name, index);
        LW_TRY(tell_classes(read));
    }
    *out = *name;
    return LW_OK;
}

static void skip_row(reader *read, const lw_entry *entry, size_t line, lw_severity severity, const char *code, const char *message)
{
    read->options->report->labels_skipped++;
    lw_report_add(read->options->report, severity, code, message, "%.*s: line %zu", LW_FMT(entry->name), line);
}

static bool is_double(const lw_text *lines, size_t n)
{
    for (size_t i = n; i-- > 0;)
        if (lw_text_equal(lines[i], lines[n]))
            return true;
    return false;
}

static lw_status take_row(reader *read, const lw_yolo_pair *pair, const lw_picture *size, lw_text line, size_t number, lw_label *out, bool *is_taken)
{
    lw_yolo_row row;
    const char *problem = lw_yolo_row_parse(read->scratch, line, &read->rules, size->width, size->height, &row);
    if (problem) {
        skip_row(read, pair->labels, number, lw_report_severity(problem), problem, lw_yolo_problem_message(problem));
        return LW_OK;
    }
    *out = LW_LABEL_NONE;
    if (row.class_name.size) {
        if (lw_name_check(read->cx, "class", row.class_name) != LW_OK) {
            skip_row(read, pair->labels, number, LW_ERROR, "row-class", "row's class is not a name; skipped");
            lw_ctx_clear(read->cx);
            return LW_OK;
        }
        row.class_name = lw_class_name_from(read->options->report, row.class_name, pair->labels->name);
        if (!lw_class_find(&read->classes, row.class_name)) {
            add_class(read, lw_text_copy(read->cx->arena, row.class_name), -1);
            LW_TRY(tell_classes(read));
        }
        out->class_name = row.class_name;
    } else {
        LW_TRY(name_class(read, row.class_index, &out->class_name));
    }
    if (out->class_name.size == 0) {
        skip_row(read, pair->labels, number, LW_WARNING, "class-unknown", "the project has no class of this number; skipped");
        return LW_OK;
    }
    if (row.is_outside)
        lw_report_add(read->options->report, LW_INFO, "outside-image", "shape leaves its image; kept as read", "%.*s: line %zu",
                      LW_FMT(pair->labels->name), number);
    out->shape = row.shape;
    out->confidence = row.confidence;
    if (!isnan(row.confidence) || read->is_results)
        out->layer = read->layer;
    *is_taken = true;
    return LW_OK;
}

static lw_status read_rows(reader *read, const lw_yolo_pair *pair, const lw_picture *size, lw_text text, lw_label *labels, lw_text *lines,
                           size_t *n_out)
{
    lw_text line;
    size_t number = 0, n = 0;
    lw_report *report = read->options->report;
    if (lw_text_starts(text, "\xef\xbb\xbf"))
        text = lw_text_slice(text, 3, text.size);
    while (lw_line_next(&text, &line)) {
        bool is_taken = false;
        number++;
        line = lw_text_trim(line);
        if (line.size == 0)
            continue;
        report->labels_read++;
        LW_TRY(take_row(read, pair, size, line, number, &labels[n], &is_taken));
        if (!is_taken)
            continue;
        lines[n] = line;
        if (n < 1000 && is_double(lines, n))
            lw_report_add(report, LW_INFO, "row-twice", "the same row stands twice in a file; both are kept", "%.*s: line %zu",
                          LW_FMT(pair->labels->name), number);
        n++;
    }
    *n_out = n;
    return LW_OK;
}

static size_t count_rows(lw_text text)
{
    lw_text line;
    size_t n = 0;
    while (lw_line_next(&text, &line))
        n += lw_text_trim(line).size > 0;
    return n;
}

/* An item whose labels cannot be read: an error of that item. Its image, when there is one, joins all the same. */
static void refuse_labels(reader *read, const lw_yolo_pair *pair, size_t n_rows, lw_severity severity, const char *code, const char *message,
                          const char *detail)
{
    lw_report *report = read->options->report;
    report->labels_read += (int64_t)n_rows;
    report->labels_skipped += (int64_t)n_rows;
    lw_report_add(report, severity, code, message, "%.*s%s%s", LW_FMT(pair->labels->name), detail[0] ? ": " : "", detail);
}

static lw_status read_labels(reader *read, const lw_yolo_pair *pair, lw_item *item, const lw_label **out, size_t *n_out, bool *is_refused)
{
    lw_ctx cx = {.arena = read->scratch};
    lw_text text;
    *is_refused = true;
    if (lw_source_read(&cx, read->options->source, pair->labels, LW_LIMIT_ITEM_FILE_BYTES, &text) != LW_OK) {
        refuse_labels(read, pair, 0, LW_ERROR, "labels-unreadable", "label file cannot be read", cx.message);
        return LW_OK;
    }
    size_t n_rows = count_rows(text);
    if (n_rows > LW_LIMIT_FILE_LABELS) {
        refuse_labels(read, pair, n_rows, LW_ERROR, "too-many-labels", "label file has more rows than one item may have", "");
        return LW_OK;
    }
    lw_picture size;
    lw_picture_measure(read->options, pair->image, pair->name, &size);
    item->width = size.width, item->height = size.height;
    if (n_rows && (size.width == 0 || size.height == 0)) {
        bool is_unknown = read->is_results && !pair->image; /* results of an image that is not there */
        refuse_labels(read, pair, n_rows, is_unknown ? LW_WARNING : LW_ERROR, is_unknown ? "item-not-there" : "size-unknown",
                      is_unknown ? "results of an image that is not there; left out"
                                 : "coordinates are shares of an image whose size is not known; give the images with --images",
                      size.problem);
        return LW_OK;
    }
    lw_label *labels = lw_new_array(read->scratch, lw_label, n_rows);
    lw_text *lines = lw_new_array(read->scratch, lw_text, n_rows);
    LW_TRY(read_rows(read, pair, &size, text, labels, lines, n_out));
    *out = labels;
    *is_refused = false;
    return LW_OK;
}

static lw_status read_pair(reader *read, const lw_yolo_pair *pair)
{
    lw_report *report = read->options->report;
    if (!pair->labels && read->is_results && read->options->images)
        return LW_OK; /* images that are there to tell sizes */
    lw_item item = {.name = pair->name};
    if (pair->split >= 0)
        item.split = read->files.splits[pair->split];
    const lw_label *labels = NULL;
    size_t n_labels = 0;
    bool is_refused = false;
    LW_ASSERT(pair->image || pair->labels);
    report->items_read++;
    if (pair->labels)
        LW_TRY(read_labels(read, pair, &item, &labels, &n_labels, &is_refused));
    else
        lw_report_add(report, LW_INFO, "image-without-labels", "image without a label file; it waits to be labelled", "%.*s", LW_FMT(pair->name));
    if (is_refused && !pair->image) {
        report->items_skipped++;
        return LW_OK;
    }
    if (!pair->image && !read->is_results)
        lw_report_add(report, LW_INFO, "image-not-there", "an image is not there; its item has no media yet", "%.*s", LW_FMT(pair->labels->name));
    if (!pair->labels || is_refused || read->is_results)
        item.has_state = true, item.state = LW_WAITING;
    if (read->is_results)
        item.layer = read->layer;
    return read->sink->item(read->cx, read->sink->state, &item, pair->image, labels, n_labels);
}

/* Images in folders named for their class, beneath split folders or not. */
static lw_status read_classified(reader *read, const lw_yolo_pair *pair)
{
    lw_report *report = read->options->report;
    lw_item item = {.name = pair->name};
    lw_label label = LW_LABEL_NONE;
    lw_text folder, name, above;
    if (!pair->image)
        return LW_OK;
    if (pair->split >= 0)
        item.split = read->files.splits[pair->split];
    report->items_read++;
    bool has_class = lw_text_split_last(pair->name, '/', &folder, &name);
    if (has_class && lw_text_split_last(folder, '/', &above, &name))
        folder = name;
    if (!has_class || lw_names_split_of_step(folder).size || lw_name_check(read->cx, "class", folder) != LW_OK) {
        lw_ctx_clear(read->cx);
        lw_report_add(report, LW_INFO, "image-without-labels", "image outside of any class's folder; it waits to be labelled", "%.*s",
                      LW_FMT(pair->name));
        item.has_state = true, item.state = LW_WAITING;
        return read->sink->item(read->cx, read->sink->state, &item, pair->image, NULL, 0);
    }
    folder = lw_class_name_from(report, folder, pair->name);
    if (!lw_class_find(&read->classes, folder)) {
        add_class(read, lw_text_copy(read->cx->arena, folder), -1);
        LW_TRY(tell_classes(read));
    }
    report->labels_read++;
    label.class_name = folder;
    label.shape.kind = LW_TAG;
    return read->sink->item(read->cx, read->sink->state, &item, pair->image, &label, 1);
}

/* Images alone, each in a folder beneath that of a split. */
static bool is_classified(const lw_yolo_files *files)
{
    for (size_t i = 0; i < files->n_pairs; i++) {
        lw_text folder, above, step, name;
        if (files->pairs[i].labels || !lw_text_split_last(files->pairs[i].name, '/', &folder, &name) ||
            !lw_text_split_last(folder, '/', &above, &step))
            return false;
        if (lw_text_split_last(above, '/', &folder, &name))
            above = name;
        if (!lw_names_split_of_step(above).size)
            return false;
    }
    return true;
}

static lw_status read_all(reader *read, lw_yolo_task task)
{
    LW_TRY(lw_yolo_files_find(read->cx, read->options, &read->files));
    size_t n = read->files.n_pairs;
    if (n == 0)
        return lw_fail(read->cx, LW_INVALID, "%.*s holds neither images nor label files", LW_FMT(lw_source_name(read->options->source)));
    if (task == LW_YOLO_ANY && read->files.data.task == LW_YOLO_CLASSIFY)
        task = LW_YOLO_CLASSIFY;
    if (task == LW_YOLO_ANY && read->options->by_name && !read->files.has_names && is_classified(&read->files))
        task = LW_YOLO_CLASSIFY;
    read->layer = layer_of(read->cx, read->options->source);
    if (task == LW_YOLO_CLASSIFY) {
        read->files.data.n_names = 0;
    } else {
        LW_TRY(survey_rows(read, task));
        if (!read->files.has_names)
            lw_report_add(read->options->report, LW_INFO, "classes-without-names", "no data.yaml, obj.names or classes.txt names the classes", "%.*s",
                          LW_FMT(lw_source_name(read->options->source)));
    }
    LW_TRY(declare(read));
    for (size_t i = 0; i < n; i++) {
        lw_arena_reset(read->scratch);
        LW_TRY(task == LW_YOLO_CLASSIFY ? read_classified(read, &read->files.pairs[i]) : read_pair(read, &read->files.pairs[i]));
        if (read->sink->progress && i % PROGRESS_EVERY == 0)
            LW_TRY(read->sink->progress(read->cx, read->sink->state, (int64_t)i, (int64_t)n));
    }
    return LW_OK;
}

lw_status lw_yolo_read(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink, lw_yolo_task task)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    reader read = {.cx = cx, .options = options, .sink = sink, .scratch = scratch};
    return read_all(&read, task);
}
