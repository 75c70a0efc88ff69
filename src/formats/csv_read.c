#include <math.h>
#include <stdlib.h>

#include "base/limits.h"
#include "formats/csv.h"
#include "formats/learn.h"
#include "formats/names.h"
#include "formats/number.h"
#include "formats/picture.h"

enum { PROGRESS_EVERY = 5000 };

/* A row's place, when the rows of one item do not stand together. */
typedef struct row_place {
    uint32_t item; /* by first appearance */
    int64_t offset;
} row_place;

typedef struct reader {
    lw_ctx *cx;
    const lw_read_options *options;
    const lw_sink *sink;
    const lw_entry *file;
    lw_csv csv;
    lw_csv_header header;
    lw_text file_split, layer;
    bool is_normalised;
    int64_t n_rows, n_read;
    lw_ontology classes;
    bool is_news;
    lw_arena *scratch; /* the item being gathered */
    lw_item item;
    bool has_item, is_latin1;
    lw_label *labels;
    size_t n_labels, labels_capacity;
    row_place *places;
    size_t n_places;
} reader;

static lw_text cell(reader *read, lw_csv_field field)
{
    int at = read->header.place[field];
    return at >= 0 && (size_t)at < read->csv.n_cells ? lw_text_trim(read->csv.cells[at]) : (lw_text){0};
}

/* In the arena of the item, as UTF-8. */
static lw_text to_text(reader *read, lw_text raw)
{
    if (read->header.is_own)
        raw = lw_csv_unguarded(raw);
    if (lw_text_is_utf8(raw))
        return lw_text_copy(read->scratch, raw);
    if (!read->is_latin1)
        lw_report_add(read->options->report, LW_WARNING, "not-utf8", "file is not UTF-8; read as Latin-1", "%.*s", LW_FMT(read->file->name));
    read->is_latin1 = true;
    return lw_text_from_latin1(read->scratch, raw);
}

/* With a comma for the point where the delimiter is no comma, as spreadsheets of many countries write. */
static bool to_number(const reader *read, lw_text text, double *out)
{
    char copy[64];
    lw_number number;
    if (read->csv.delimiter != ',' && text.size < sizeof copy && text.size && memchr(text.data, ',', text.size)) {
        for (size_t i = 0; i < text.size; i++)
            copy[i] = text.data[i] == ',' ? '.' : text.data[i];
        text.data = copy;
    }
    if (!lw_number_parse(text, &number))
        return false;
    *out = number.value;
    return true;
}

static bool number_of(reader *read, lw_csv_field field, double *out) { return to_number(read, cell(read, field), out); }

static bool has(const reader *read, lw_csv_field field) { return read->header.place[field] >= 0; }

/* Left, top, width, height from whichever columns there are. */
static bool read_box(reader *read, double box[4])
{
    if (has(read, LW_CSV_XMIN) && has(read, LW_CSV_XMAX)) {
        bool is_fine = number_of(read, LW_CSV_XMIN, &box[0]) && number_of(read, LW_CSV_YMIN, &box[1]) && number_of(read, LW_CSV_XMAX, &box[2]) &&
                       number_of(read, LW_CSV_YMAX, &box[3]);
        box[2] = is_fine ? lw_pixel(box[2] - box[0], 1e-9) : 0;
        box[3] = is_fine ? lw_pixel(box[3] - box[1], 1e-9) : 0;
        return is_fine;
    }
    if (!number_of(read, LW_CSV_W, &box[2]) || !number_of(read, LW_CSV_H, &box[3]))
        return false;
    if (has(read, LW_CSV_CX) && number_of(read, LW_CSV_CX, &box[0]) && number_of(read, LW_CSV_CY, &box[1])) {
        box[0] -= box[2] / 2;
        box[1] -= box[3] / 2;
        return true;
    }
    return number_of(read, LW_CSV_X, &box[0]) && number_of(read, LW_CSV_Y, &box[1]);
}

static bool has_coordinates(reader *read)
{
    return cell(read, LW_CSV_X).size || cell(read, LW_CSV_XMIN).size || cell(read, LW_CSV_CX).size || cell(read, LW_CSV_W).size ||
           cell(read, LW_CSV_GEOMETRY).size;
}

/* First pass: whether items stand together, whether coordinates are shares. */

typedef struct survey {
    uint64_t *hashes; /* of items seen */
    uint32_t *ordinals;
    size_t n_slots, n_items;
    uint64_t last;
    bool is_scattered;
    double largest;
    bool has_fraction;
    size_t places_capacity;
} survey;

static void survey_cleanup(survey *seen)
{
    lw_heap_free(seen->hashes);
    lw_heap_free(seen->ordinals);
}

static uint32_t ordinal_of(survey *seen, uint64_t hash, bool *is_new)
{
    if (seen->n_items * 2 >= seen->n_slots) {
        survey grown = {.n_slots = seen->n_slots ? seen->n_slots * 2 : 1024};
        grown.hashes = lw_heap_new(grown.n_slots * sizeof *grown.hashes);
        grown.ordinals = lw_heap_new(grown.n_slots * sizeof *grown.ordinals);
        for (size_t i = 0; i < seen->n_slots; i++) {
            size_t at = seen->hashes[i] & (grown.n_slots - 1);
            if (!seen->hashes[i])
                continue;
            while (grown.hashes[at])
                at = (at + 1) & (grown.n_slots - 1);
            grown.hashes[at] = seen->hashes[i];
            grown.ordinals[at] = seen->ordinals[i];
        }
        survey_cleanup(seen);
        seen->hashes = grown.hashes, seen->ordinals = grown.ordinals, seen->n_slots = grown.n_slots;
    }
    size_t at = hash & (seen->n_slots - 1);
    while (seen->hashes[at] && seen->hashes[at] != hash)
        at = (at + 1) & (seen->n_slots - 1);
    *is_new = !seen->hashes[at];
    if (*is_new) {
        seen->hashes[at] = hash;
        seen->ordinals[at] = (uint32_t)seen->n_items++;
    }
    return seen->ordinals[at];
}

static void note_row(reader *read, survey *seen, int64_t offset)
{
    uint64_t hash = lw_text_hash(cell(read, LW_CSV_ITEM));
    bool is_new;
    hash = hash ? hash : 1;
    uint32_t item = ordinal_of(seen, hash, &is_new);
    seen->is_scattered |= !is_new && hash != seen->last;
    seen->last = hash;
    if (read->n_places == seen->places_capacity) {
        seen->places_capacity = seen->places_capacity ? seen->places_capacity * 2 : 1024;
        read->places = lw_heap_resize(read->places, seen->places_capacity * sizeof *read->places);
    }
    read->places[read->n_places++] = (row_place){item, offset};
    double box[4];
    if (read->header.is_own || !read_box(read, box))
        return;
    for (int i = 0; i < 4; i++) {
        seen->largest = fmax(seen->largest, fabs(i < 2 ? box[i] : box[i] + box[i - 2]));
        seen->has_fraction |= box[i] != floor(box[i]);
    }
}

static int by_item(const void *a, const void *b)
{
    const row_place *left = a, *right = b;
    if (left->item != right->item)
        return left->item < right->item ? -1 : 1;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

static lw_status survey_rows(reader *read)
{
    LW_AUTO(survey) seen = {0};
    int64_t start = read->csv.offset, offset;
    bool is_row;
    for (;;) {
        LW_TRY(lw_csv_next(read->cx, &read->csv, &is_row, &offset));
        if (!is_row)
            break;
        note_row(read, &seen, offset);
    }
    read->n_rows = (int64_t)read->n_places;
    read->is_normalised = seen.has_fraction && seen.largest <= 1.001;
    if (read->is_normalised)
        lw_report_add(read->options->report, LW_INFO, "coordinates-are-shares",
                      "no coordinate is larger than 1; they are read as shares of the image's size", "%.*s", LW_FMT(read->file->name));
    if (seen.is_scattered) {
        qsort(read->places, read->n_places, sizeof *read->places, by_item);
    } else {
        lw_heap_free(read->places);
        read->places = NULL;
        read->n_places = 0;
    }
    LW_TRY(lw_csv_seek(read->cx, &read->csv, start));
    read->csv.is_sparse = seen.is_scattered;
    return LW_OK;
}

/* Labels */

static lw_label *add_label(reader *read)
{
    if (read->n_labels == read->labels_capacity) {
        size_t grown = read->labels_capacity ? read->labels_capacity * 2 : 16;
        lw_label *longer = lw_new_array(read->scratch, lw_label, grown);
        if (read->n_labels)
            memcpy(longer, read->labels, read->n_labels * sizeof *longer);
        read->labels = longer;
        read->labels_capacity = grown;
    }
    return &read->labels[read->n_labels++];
}

static lw_status skip_row(reader *read, const char *code, const char *message, const char *detail)
{
    read->options->report->labels_skipped++;
    lw_report_add(read->options->report, lw_report_severity(code), code, message, "%.*s: row %" PRId64 "%s%s", LW_FMT(read->file->name), read->n_read,
                  detail[0] ? ": " : "", detail);
    return LW_OK;
}

static bool has_no_end(reader *read)
{
    static const lw_csv_field fields[] = {LW_CSV_X,    LW_CSV_Y,    LW_CSV_W,    LW_CSV_H,  LW_CSV_ANGLE, LW_CSV_XMIN,
                                          LW_CSV_YMIN, LW_CSV_XMAX, LW_CSV_YMAX, LW_CSV_CX, LW_CSV_CY};
    for (size_t i = 0; i < LW_COUNT(fields); i++)
        if (lw_number_is_not_finite(cell(read, fields[i])))
            return true;
    return false;
}

/* NULL, or what is wrong with the geometry. */
static const char *read_shape(reader *read, lw_ctx *cx, lw_shape *out)
{
    lw_text kind_word = cell(read, LW_CSV_KIND), geometry = cell(read, LW_CSV_GEOMETRY);
    lw_kind kind = kind_word.size ? lw_kind_from_name(kind_word) : has_coordinates(read) ? LW_BOX : LW_TAG;
    lw_json *json;
    double box[4], angle = 0;
    if (kind == 0)
        return "row-kind";
    if (geometry.size) {
        geometry = to_text(read, geometry);
        if (lw_json_parse(cx, geometry, &json) != LW_OK || lw_shape_from_json(cx, json, out) != LW_OK || out->kind != kind)
            return "row-geometry";
        return lw_shape_problem(out);
    }
    if (kind == LW_TAG) {
        *out = (lw_shape){.kind = LW_TAG};
        return NULL;
    }
    if (kind != LW_BOX || !read_box(read, box) || (cell(read, LW_CSV_ANGLE).size && !number_of(read, LW_CSV_ANGLE, &angle)))
        return has_no_end(read) ? "not-finite" : "row-geometry";
    *out = (lw_shape){.kind = LW_BOX, .x = box[0], .y = box[1], .w = box[2], .h = box[3], .angle = angle};
    return lw_shape_problem(out);
}

static lw_status read_attributes(reader *read, lw_ctx *cx, lw_label *label)
{
    lw_text json_text = cell(read, LW_CSV_ATTRIBUTES);
    lw_attribute *all = NULL;
    size_t n = 0, n_extra = 0;
    const lw_attribute *given = NULL;
    if (json_text.size) {
        lw_json *json;
        LW_TRY(lw_json_parse(cx, to_text(read, json_text), &json));
        LW_TRY(lw_attributes_from_json(cx, json, &given, &n));
    }
    for (size_t i = 0; i < read->header.n; i++)
        n_extra += read->header.fields[i] == LW_CSV_ONE_ATTRIBUTE;
    label->attributes = given;
    label->n_attributes = n;
    if (n_extra == 0)
        return LW_OK;
    all = lw_new_array(read->scratch, lw_attribute, n + n_extra);
    if (n)
        memcpy(all, given, n * sizeof *all);
    for (size_t i = 0; i < read->header.n && i < read->csv.n_cells; i++) {
        lw_text value = lw_text_trim(read->csv.cells[i]);
        if (read->header.fields[i] == LW_CSV_ONE_ATTRIBUTE && value.size)
            all[n++] = (lw_attribute){.name = read->header.names[i], .type = LW_TEXT_VALUE, .text = to_text(read, value)};
    }
    label->attributes = all;
    label->n_attributes = n;
    return LW_OK;
}

static void note_other_cells(const reader *read)
{
    size_t n = read->csv.n_cells;
    while (n > read->header.n && lw_text_trim(read->csv.cells[n - 1]).size == 0)
        n--;
    if (n > read->header.n)
        lw_report_add(read->options->report, LW_WARNING, "row-columns", "row has more cells than the header; those behind are not read",
                      "%.*s: row %" PRId64, LW_FMT(read->file->name), read->n_read);
    if (n < read->header.n && read->csv.n_cells < read->header.n)
        lw_report_add(read->options->report, LW_WARNING, "row-short", "row has fewer cells than the header; the others are taken for empty",
                      "%.*s: row %" PRId64, LW_FMT(read->file->name), read->n_read);
}

static lw_status take_label(reader *read)
{
    lw_ctx cx = {.arena = read->scratch};
    lw_label label = LW_LABEL_NONE;
    lw_text confidence = cell(read, LW_CSV_CONFIDENCE);
    read->options->report->labels_read++;
    note_other_cells(read);
    label.class_name = to_text(read, cell(read, LW_CSV_CLASS));
    if (lw_name_check(&cx, "class", label.class_name) != LW_OK)
        return skip_row(read, "row-class", "row has no class, or one that is no name; skipped", "");
    const char *problem = read_shape(read, &cx, &label.shape);
    if (problem && strcmp(problem, "row-kind") == 0)
        return skip_row(read, problem, "row's kind is none; skipped", "");
    if (problem && strcmp(problem, "row-geometry") == 0)
        return skip_row(read, problem, "row's geometry is incomplete or malformed; skipped", cx.message);
    if (problem)
        return skip_row(read, problem, lw_shape_problem_message(problem), "");
    if (label.shape.kind != LW_TAG)
        label.class_name = lw_class_name_from(read->options->report, label.class_name, read->item.name);
    if (read_attributes(read, &cx, &label) != LW_OK)
        return skip_row(read, "row-attributes", "row's attributes are malformed; skipped", cx.message);
    if (confidence.size && (!to_number(read, confidence, &label.confidence) || label.confidence < 0 || label.confidence > 1))
        return skip_row(read, "row-confidence", "row's confidence is not a number from 0 to 1; skipped", "");
    label.layer = to_text(read, cell(read, LW_CSV_LAYER));
    if (label.layer.size == 0 && confidence.size && !has(read, LW_CSV_LAYER))
        label.layer = read->layer;
    label.by = to_text(read, cell(read, LW_CSV_BY));
    label.source_id = to_text(read, cell(read, LW_CSV_ID));
    *add_label(read) = label;
    read->is_news |= lw_learn_label(read->cx->arena, read->options->report, &read->classes, &label);
    return LW_OK;
}

/* Items */

/* Shares become pixels: of the size that the file gives where the image, turned by EXIF or not, has it; else of the image's. */
static bool scale_to(reader *read, const lw_entry *image)
{
    lw_picture picture;
    lw_picture_measure(read->options, image, read->item.name, &picture);
    bool is_unturned = picture.orientation >= 5 && read->item.width == picture.stored_width && read->item.height == picture.stored_height;
    if (picture.width && !is_unturned)
        read->item.width = picture.width, read->item.height = picture.height;
    double w = read->item.width, h = read->item.height;
    if (w == 0 || h == 0)
        return false;
    for (size_t i = 0; i < read->n_labels; i++)
        if (read->labels[i].shape.kind == LW_BOX) {
            lw_shape *box = &read->labels[i].shape;
            *box = lw_shape_scaled(read->scratch, box, w, h, 0, 0);
            box->x = lw_pixel(box->x, 1e-6 * w), box->w = lw_pixel(box->w, 1e-6 * w);
            box->y = lw_pixel(box->y, 1e-6 * h), box->h = lw_pixel(box->h, 1e-6 * h);
        }
    return true;
}

static const lw_entry *find_image(reader *read)
{
    const lw_entry *image = NULL;
    lw_match match = lw_source_find_image(lw_images_of(read->options), read->item.name, &image);
    if (match == LW_MATCH_AMBIGUOUS)
        lw_report_add(read->options->report, LW_WARNING, "image-ambiguous", "labels fit several images; none is guessed", "%.*s",
                      LW_FMT(read->item.name));
    return match == LW_MATCH_ONE ? image : NULL;
}

static lw_status push_item(reader *read)
{
    lw_report *report = read->options->report;
    lw_ctx check = {.arena = read->scratch};
    if (!read->has_item)
        return LW_OK;
    report->items_read++;
    if (lw_path_check(&check, read->item.name) != LW_OK) {
        report->items_skipped++;
        report->labels_skipped += (int64_t)read->n_labels;
        lw_report_add(report, LW_ERROR, "item-name", "item's name is not a relative path; nothing of it is taken", "%.*s: %s",
                      LW_FMT(read->item.name), check.message);
        return LW_OK;
    }
    const lw_entry *image = find_image(read);
    lw_text written = read->item.name;
    if (image && !read->header.is_own)
        read->item.name = image->name;
    if (read->is_normalised && !scale_to(read, image)) {
        report->items_skipped++;
        report->labels_skipped += (int64_t)read->n_labels;
        lw_report_add(report, LW_ERROR, "size-unknown", "coordinates are shares of an image whose size is not known; give the images with --images",
                      "%.*s", LW_FMT(written));
        return LW_OK;
    }
    if (lw_picture_fit(&check, read->options, image, &read->item, read->labels, read->n_labels) != LW_OK)
        return lw_fail(read->cx, check.status, "%.*s: %s", LW_FMT(written), check.message);
    lw_picture_note_outside(report, written, &read->item, read->labels, read->n_labels);
    if (!image)
        lw_report_add(report, LW_INFO, "image-not-there", "an image is not there; its item has no media yet", "%.*s", LW_FMT(written));
    if (read->is_news)
        LW_TRY(read->sink->ontology(read->cx, read->sink->state, &read->classes));
    read->is_news = false;
    return read->sink->item(read->cx, read->sink->state, &read->item, image, read->labels, read->n_labels);
}

static lw_status begin_item(reader *read, lw_text raw)
{
    LW_TRY(push_item(read));
    lw_arena_reset(read->scratch);
    read->labels = NULL;
    read->n_labels = read->labels_capacity = 0;
    read->item = (lw_item){0};
    lw_text name = to_text(read, raw);
    read->item.name = read->header.is_own ? name : lw_source_path(read->scratch, name);
    lw_text split = to_text(read, cell(read, LW_CSV_SPLIT));
    read->item.split = split.size ? split : read->file_split.size ? read->file_split : read->options->split;
    double width, height;
    bool has_size = number_of(read, LW_CSV_WIDTH, &width) && number_of(read, LW_CSV_HEIGHT, &height);
    if (has_size && width >= 1 && height >= 1 && width <= LW_LIMIT_IMAGE_SIDE_PX && height <= LW_LIMIT_IMAGE_SIDE_PX)
        read->item.width = (int)width, read->item.height = (int)height;
    read->has_item = true;
    return LW_OK;
}

static lw_status take_row(reader *read, uint64_t *last)
{
    lw_text name = cell(read, LW_CSV_ITEM);
    read->n_read++;
    if (name.size == 0) {
        read->options->report->labels_read++;
        return skip_row(read, "row-item", "row names no item; skipped", "");
    }
    uint64_t hash = lw_text_hash(name);
    if (!read->has_item || hash != *last)
        LW_TRY(begin_item(read, name));
    *last = hash;
    bool is_label = cell(read, LW_CSV_CLASS).size || cell(read, LW_CSV_KIND).size || has_coordinates(read);
    if (is_label)
        LW_TRY(take_label(read));
    if (read->sink->progress && read->n_read % PROGRESS_EVERY == 0)
        return read->sink->progress(read->cx, read->sink->state, read->n_read, read->n_rows);
    return LW_OK;
}

static lw_status read_rows(reader *read)
{
    uint64_t last = 0;
    int64_t offset;
    bool is_row;
    if (read->places) {
        for (size_t i = 0; i < read->n_places; i++) {
            LW_TRY(lw_csv_seek(read->cx, &read->csv, read->places[i].offset));
            LW_TRY(lw_csv_next(read->cx, &read->csv, &is_row, &offset));
            if (is_row)
                LW_TRY(take_row(read, &last));
        }
        return push_item(read);
    }
    for (;;) {
        LW_TRY(lw_csv_next(read->cx, &read->csv, &is_row, &offset));
        if (!is_row)
            return push_item(read);
        LW_TRY(take_row(read, &last));
    }
}

static lw_status read_open_file(reader *read)
{
    bool is_row;
    int64_t offset;
    LW_TRY(lw_csv_begin(read->cx, &read->csv));
    LW_TRY(lw_csv_next(read->cx, &read->csv, &is_row, &offset));
    if (!is_row)
        return lw_fail(read->cx, LW_INVALID, "it is empty");
    LW_TRY(lw_csv_header_parse(read->cx, read->csv.cells, read->csv.n_cells, read->options->columns, &read->header));
    for (size_t i = 0; i < read->header.n; i++)
        if (read->header.fields[i] == LW_CSV_OTHER && read->header.names[i].size)
            lw_report_add(read->options->report, LW_WARNING, "column-not-read", "column has no meaning here; map it with --column THEIRS=OURS",
                          "%.*s: %.*s", LW_FMT(read->file->name), LW_FMT(read->header.names[i]));
    LW_TRY(survey_rows(read));
    return read_rows(read);
}

/* "train_labels.csv" is of the split train. */
static lw_text split_of_file(lw_text name)
{
    lw_text folder, stem, ending, word, rest;
    lw_text_split_last(name, '/', &folder, &name);
    if (lw_text_split_last(name, '.', &stem, &ending))
        name = stem;
    if (!lw_text_split(name, '_', &word, &rest))
        word = name;
    return lw_text_is(word, "train") || lw_text_is(word, "val") || lw_text_is(word, "test") ? word
           : lw_text_is(word, "valid")                                                      ? LW_TEXT("val")
                                                                                            : (lw_text){0};
}

static lw_status read_file(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink, const lw_entry *file)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    LW_AUTO(lw_fd) fd = -1;
    reader read = {.cx = cx, .options = options, .sink = sink, .file = file, .scratch = scratch, .file_split = split_of_file(file->name)};
    lw_text stem, ending;
    read.layer = lw_text_split_last(file->name, '.', &stem, &ending) ? stem : file->name;
    LW_TRY(lw_source_open_entry(cx, options->source, file, &fd));
    lw_csv_open(&read.csv, fd);
    lw_status status = read_open_file(&read);
    lw_csv_cleanup(&read.csv);
    lw_heap_free(read.places);
    return status == LW_INVALID ? lw_fail(cx, status, "%.*s: %s", LW_FMT(file->name), cx->message) : status;
}

lw_status lw_csv_read(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink)
{
    size_t n, n_files = 0;
    const lw_entry *entries = lw_source_entries(options->source, &n);
    for (size_t i = 0; i < n; i++) {
        bool is_csv = lw_text_ends_nocase(entries[i].name, ".csv") || lw_text_ends_nocase(entries[i].name, ".tsv");
        if (!is_csv && n > 1)
            continue;
        n_files++;
        LW_TRY(read_file(cx, options, sink, &entries[i]));
    }
    return n_files ? LW_OK : lw_fail(cx, LW_INVALID, "%.*s holds no CSV file", LW_FMT(lw_source_name(options->source)));
}
