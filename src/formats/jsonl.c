#include <errno.h>
#include <unistd.h>

#include "base/limits.h"
#include "formats/learn.h"
#include "formats/lines.h"
#include "formats/picture.h"

/* The own format (interfaces.md): a header line, then a line an item with everything that stands on it. */

enum { CHUNK_BYTES = 1 << 20, HEAD_BYTES = 4096 };

/* Lines of a file of any size; one that is too long is passed over, not held. */
typedef struct lines {
    int fd;
    lw_buf held; /* from the line's start on */
    size_t at;   /* where the next line begins in it */
    int64_t n;   /* lines begun */
    int64_t n_bytes;
    bool is_end, is_too_long;
} lines;

static lw_status read_more(lw_ctx *cx, lines *from)
{
    LW_ASSERT(from->at == 0 || from->held.data);
    if (from->at)
        memmove(from->held.data, from->held.data + from->at, from->held.size - from->at);
    from->held.size -= from->at;
    from->at = 0;
    char *to = lw_buf_reserve(&from->held, CHUNK_BYTES);
    ssize_t got;
    do
        got = read(from->fd, to, CHUNK_BYTES);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return lw_fail_errno(cx, errno, "cannot read");
    from->held.size += (size_t)got;
    from->n_bytes += got;
    from->is_end = got == 0;
    return LW_OK;
}

/* *out.data is NULL behind the last line. */
static lw_status next_line(lw_ctx *cx, lines *from, lw_text *out)
{
    from->is_too_long = false;
    for (size_t seen = 0;;) {
        size_t left = from->held.size - from->at;
        char *start = from->held.data ? from->held.data + from->at : NULL,
             *end = start && left > seen ? memchr(start + seen, '\n', left - seen) : NULL;
        if (!end && !from->is_end) {
            if (left > LW_LIMIT_JSONL_LINE_BYTES) {
                from->is_too_long = true;
                from->at = from->held.size;
                left = 0;
            }
            seen = left;
            LW_TRY(read_more(cx, from));
            continue;
        }
        size_t size = end ? (size_t)(end - start) : left;
        *out = (lw_text){left || end ? start : NULL, size};
        from->at += size + (end ? 1 : 0);
        from->n += out->data != NULL;
        if (start && size && start[size - 1] == '\r')
            out->size--;
        if (from->is_too_long)
            out->size = 0;
        return LW_OK;
    }
}

typedef struct jsonl_reader {
    const lw_read_options *options;
    const lw_sink *sink;
    lw_text file;
    lw_ontology classes; /* told to the sink so far */
    lw_arena *arena;     /* of these */
    bool is_news;
    lines lines;
} jsonl_reader;

static void report_line(jsonl_reader *reader, const char *code, const char *message, const char *what)
{
    lw_report_add(reader->options->report, LW_ERROR, code, message, "%.*s: line %" PRId64 "%s%s", LW_FMT(reader->file), reader->lines.n,
                  *what ? ": " : "", what);
}

static lw_status read_header(lw_ctx *cx, jsonl_reader *reader)
{
    lw_text line;
    lw_json *root, *ontology_json;
    LW_TRY(next_line(cx, &reader->lines, &line));
    if (lw_text_starts(line, "\xEF\xBB\xBF"))
        line = lw_text_slice(line, 3, line.size);
    if (lw_text_trim(line).size == 0)
        return lw_fail(cx, LW_INVALID, "%.*s is no jsonl of labelwright: its first line is empty, not a header {\"labelwright\": 1, …}",
                       LW_FMT(reader->file));
    if (lw_json_parse(cx, line, &root) != LW_OK || !yyjson_is_obj(root) || !lw_json_get(root, "labelwright"))
        return lw_fail(cx, LW_INVALID, "%.*s is no jsonl of labelwright: its first line is not a header {\"labelwright\": 1, …}",
                       LW_FMT(reader->file));
    if (lw_json_get_int(root, "labelwright", 0) != 1)
        return lw_fail(cx, LW_INVALID, "%.*s is of another version of the format than 1; a newer labelwright reads it", LW_FMT(reader->file));
    ontology_json = lw_json_get(root, "ontology");
    reader->arena = cx->arena;
    lw_ontology_index(cx->arena, &reader->classes);
    if (lw_json_is_missing(ontology_json))
        return LW_OK;
    if (lw_ontology_from_json(cx, ontology_json, &reader->classes) != LW_OK)
        return lw_fail(cx, LW_INVALID, "%.*s: line 1: ontology: %s", LW_FMT(reader->file), lw_text_string(cx->arena, lw_text_from(cx->message)));
    reader->options->report->classes_read += (int64_t)reader->classes.n_classes;
    return reader->sink->ontology(cx, reader->sink->state, &reader->classes);
}

static lw_status read_size(lw_ctx *cx, const char *key, lw_json *value, int *out)
{
    int64_t size;
    if (lw_json_is_missing(value))
        return LW_OK;
    if (!lw_json_to_int(value, &size) || size < 0 || size > INT32_MAX)
        return lw_fail(cx, LW_INVALID, "'%s' must be a whole number of pixels", key);
    *out = (int)size;
    return LW_OK;
}

static lw_status read_text(lw_ctx *cx, const char *key, lw_json *value, lw_text *out)
{
    if (lw_json_is_missing(value))
        return LW_OK;
    if (!yyjson_is_str(value))
        return lw_fail(cx, LW_INVALID, "'%s' must be a text, not %s", key, lw_json_kind(value));
    *out = lw_json_text(value);
    return LW_OK;
}

static lw_status read_metadata(lw_ctx *cx, lw_json *value, lw_item *item)
{
    if (lw_json_is_missing(value))
        return LW_OK;
    if (!yyjson_is_obj(value))
        return lw_fail(cx, LW_INVALID, "'metadata' must be an object, not %s", lw_json_kind(value));
    LW_AUTO(lw_buf) buf = {0};
    lw_json_write(&buf, value);
    if (buf.size > LW_LIMIT_METADATA_BYTES)
        return lw_fail(cx, LW_INVALID, "'metadata' has more than %d bytes", LW_LIMIT_METADATA_BYTES);
    item->metadata = lw_text_copy(cx->arena, lw_buf_text(&buf));
    return LW_OK;
}

static lw_status read_key(lw_ctx *cx, lw_text key, lw_json *value, lw_item *item, bool *known)
{
    *known = true;
    if (lw_text_is(key, "item"))
        return read_text(cx, "item", value, &item->name);
    if (lw_text_is(key, "width"))
        return read_size(cx, "width", value, &item->width);
    if (lw_text_is(key, "height"))
        return read_size(cx, "height", value, &item->height);
    if (lw_text_is(key, "sha256"))
        return read_text(cx, "sha256", value, &item->sha256);
    if (lw_text_is(key, "dataset"))
        return read_text(cx, "dataset", value, &item->dataset);
    if (lw_text_is(key, "split"))
        return read_text(cx, "split", value, &item->split);
    if (lw_text_is(key, "source_id"))
        return read_text(cx, "source_id", value, &item->source_id);
    if (lw_text_is(key, "metadata"))
        return read_metadata(cx, value, item);
    if (lw_text_is(key, "state")) {
        lw_text state = {0};
        LW_TRY(read_text(cx, "state", value, &state));
        item->has_state = state.size && lw_task_state_from_name(state, &item->state);
        return state.size == 0 || item->has_state ? LW_OK : lw_fail(cx, LW_INVALID, "no state is named '%.*s'", LW_FMT(state));
    }
    *known = lw_text_is(key, "id") || lw_text_is(key, "tracks") || lw_text_is(key, "labels");
    return LW_OK;
}

static lw_status read_item(lw_ctx *cx, jsonl_reader *reader, lw_json *root, lw_item *item)
{
    if (!yyjson_is_obj(root))
        return lw_fail(cx, LW_INVALID, "expected an item's object, found %s", lw_json_kind(root));
    size_t i, n;
    lw_json *key, *value;
    yyjson_obj_foreach(root, i, n, key, value)
    {
        bool known;
        LW_TRY(read_key(cx, lw_json_text(key), value, item, &known));
        if (!known)
            lw_report_add(reader->options->report, LW_WARNING, "unknown-key", "an item has a key that is not known; it is left out",
                          "%.*s: line %" PRId64 ": %.*s", LW_FMT(reader->file), reader->lines.n, LW_FMT(lw_json_text(key)));
    }
    return lw_path_check(cx, item->name);
}

static lw_status read_tracks(lw_ctx *cx, jsonl_reader *reader, lw_json *list, lw_item *item)
{
    size_t i, n;
    lw_json *value;
    lw_track *tracks = lw_new_array(cx->arena, lw_track, yyjson_arr_size(list));
    yyjson_arr_foreach(list, i, n, value)
    {
        if (lw_track_from_json(cx, value, &tracks[item->n_tracks]) == LW_OK)
            item->n_tracks++;
        else
            report_line(reader, "track-broken", "a track cannot be read; left out with its keyframes", cx->message);
        lw_ctx_clear(cx);
    }
    item->tracks = tracks;
    return LW_OK;
}

static const lw_track *track_of(const lw_item *item, int64_t id)
{
    for (size_t i = 0; i < item->n_tracks; i++)
        if (item->tracks[i].id == id)
            return &item->tracks[i];
    return NULL;
}

static bool take_label(lw_ctx *cx, jsonl_reader *reader, lw_json *value, const lw_item *item, lw_label *out)
{
    lw_report *report = reader->options->report;
    report->labels_read++;
    const char *problem = NULL;
    if (lw_label_from_json(cx, value, NULL, out) != LW_OK) {
        report_line(reader, "label-broken", "a label cannot be read; left out", cx->message);
    } else if (out->track && !track_of(item, out->track)) {
        report_line(reader, "label-without-track", "a keyframe's track is not listed; left out", "");
    } else if ((problem = lw_shape_problem(&out->shape)) != NULL) {
        lw_report_add(report, LW_WARNING, problem, lw_shape_problem_message(problem), "%.*s: line %" PRId64 ": %.*s", LW_FMT(reader->file),
                      reader->lines.n, LW_FMT(item->name));
    } else {
        out->id = 0;
        if (!out->class_name.size && out->track) /* a keyframe is of its track's class */
            out->class_name = track_of(item, out->track)->class_name;
        reader->is_news |= lw_learn_label(reader->arena, report, &reader->classes, out);
        return true;
    }
    lw_ctx_clear(cx);
    report->labels_skipped++;
    return false;
}

/* Beside the lines an item's image bears its name; a folder of --images is searched as other formats do. */
static const lw_entry *find_image(const jsonl_reader *reader, const lw_item *item)
{
    const lw_read_options *options = reader->options;
    const lw_entry *image = lw_source_find(lw_images_of(options), item->name);
    lw_match match = image ? LW_MATCH_ONE : options->images ? lw_source_find_image(options->images, item->name, &image) : LW_MATCH_NONE;
    if (match == LW_MATCH_AMBIGUOUS)
        lw_report_add(options->report, LW_WARNING, "image-ambiguous", "several images could be meant; the item stays without one", "%.*s",
                      LW_FMT(item->name));
    else if (match == LW_MATCH_NONE)
        lw_report_add(options->report, LW_INFO, "image-not-there", "an image is not there; its item has no media yet", "%.*s", LW_FMT(item->name));
    return match == LW_MATCH_ONE ? image : NULL;
}

static lw_status skip_line(lw_ctx *cx, jsonl_reader *reader, const char *why)
{
    reader->options->report->items_read++;
    reader->options->report->items_skipped++;
    report_line(reader, "line-broken", "a line cannot be read; its item is left out", why);
    lw_ctx_clear(cx);
    return LW_OK;
}

static lw_status read_line(lw_ctx *cx, jsonl_reader *reader, lw_text line)
{
    lw_report *report = reader->options->report;
    lw_json *root = NULL, *value;
    lw_item item = {0};
    if (lw_json_parse(cx, line, &root) != LW_OK || read_item(cx, reader, root, &item) != LW_OK)
        return skip_line(cx, reader, cx->message);
    report->items_read++;
    if (item.split.size == 0)
        item.split = reader->options->split;
    LW_TRY(read_tracks(cx, reader, lw_json_get(root, "tracks"), &item));
    lw_json *list = lw_json_get(root, "labels");
    lw_label *labels = lw_new_array(cx->arena, lw_label, yyjson_arr_size(list));
    size_t i, n, n_labels = 0;
    yyjson_arr_foreach(list, i, n, value) n_labels += take_label(cx, reader, value, &item, &labels[n_labels]);
    const lw_entry *image = find_image(reader, &item);
    lw_picture_note_outside(report, item.name, &item, labels, n_labels);
    if (reader->is_news)
        LW_TRY(reader->sink->ontology(cx, reader->sink->state, &reader->classes));
    reader->is_news = false;
    return reader->sink->item(cx, reader->sink->state, &item, image, labels, n_labels);
}

static lw_status read_lines(lw_ctx *cx, jsonl_reader *reader, int64_t total)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_ctx inner = {.arena = scratch};
    lw_text line;
    LW_TRY(read_header(cx, reader));
    for (;;) {
        LW_TRY(next_line(cx, &reader->lines, &line));
        if (!line.data)
            return LW_OK;
        if (reader->lines.is_too_long)
            LW_TRY(skip_line(cx, reader, "longer than a line may be"));
        else if (lw_text_trim(line).size && read_line(&inner, reader, line) != LW_OK)
            return lw_fail(cx, inner.status, "%s", inner.message);
        lw_arena_reset(scratch);
        if (reader->sink->progress)
            LW_TRY(reader->sink->progress(cx, reader->sink->state, reader->lines.n_bytes, total));
    }
}

/* The first line of ours says so itself; a file from stdin has no name that would. */
static bool is_ours(lw_ctx *cx, lw_source *source, const lw_entry *entry)
{
    char head[HEAD_BYTES];
    LW_AUTO(lw_fd) fd = -1;
    if (lw_source_open_entry(cx, source, entry, &fd) != LW_OK)
        return false;
    ssize_t got = pread(fd, head, sizeof head, 0);
    return got > 0 && memmem(head, (size_t)got, "\"labelwright\"", 13) != NULL;
}

static bool is_jsonl_name(lw_text name) { return lw_text_ends_nocase(name, ".jsonl") || lw_text_ends_nocase(name, ".ndjson"); }

static int probe(lw_ctx *cx, lw_source *source)
{
    size_t n;
    const lw_entry *entries = lw_source_entries(source, &n);
    for (size_t i = 0; i < n; i++)
        if ((is_jsonl_name(entries[i].name) || (n == 1 && lw_text_ends_nocase(entries[i].name, ".json"))) && is_ours(cx, source, &entries[i]))
            return 100;
    return 0;
}

static lw_status read_source(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink)
{
    size_t n, n_read = 0;
    const lw_entry *entries = lw_source_entries(options->source, &n);
    for (size_t i = 0; i < n; i++) {
        if (!is_jsonl_name(entries[i].name) && n > 1)
            continue;
        jsonl_reader reader = {.options = options, .sink = sink, .file = entries[i].name};
        LW_AUTO(lw_fd) fd = -1;
        LW_TRY(lw_source_open_entry(cx, options->source, &entries[i], &fd));
        reader.lines.fd = fd;
        lw_status status = read_lines(cx, &reader, entries[i].size);
        lw_buf_cleanup(&reader.lines.held);
        LW_TRY(status);
        n_read++;
    }
    return n_read ? LW_OK : lw_fail(cx, LW_INVALID, "%.*s holds no .jsonl file", LW_FMT(lw_source_name(options->source)));
}

struct lw_writer {
    lw_write_options options;
    lw_lines lines;
};

static void close_writer(lw_writer *writer)
{
    lw_lines_cleanup(&writer->lines);
    lw_heap_free(writer);
}

static lw_status begin(lw_ctx *cx, const lw_write_options *options, lw_writer **out)
{
    lw_lines begun;
    LW_TRY(lw_lines_begin(cx, options, LW_TEXT("labels.jsonl"), &begun));
    lw_writer *writer = lw_heap_new(sizeof *writer);
    writer->options = *options;
    writer->lines = begun;
    lw_buf *buf = &writer->lines.text;
    lw_buf_put_literal(buf, "{\"labelwright\": 1, \"project\": ");
    lw_buf_put_json_text(buf, options->project);
    lw_buf_put_literal(buf, ", \"seq\": ");
    lw_buf_put_int(buf, options->seq);
    lw_buf_put_literal(buf, ", \"ontology\": ");
    lw_ontology_write_json(buf, options->ontology);
    lw_buf_put_literal(buf, "}\n");
    *out = writer;
    return LW_OK;
}

static void put_text(lw_buf *buf, const char *key, lw_text text)
{
    if (text.size == 0)
        return;
    lw_buf_put_string(buf, key);
    lw_buf_put_json_text(buf, text);
}

static void put_item(lw_buf *buf, const lw_item *item)
{
    lw_buf_put_literal(buf, "{\"item\": ");
    lw_buf_put_json_text(buf, item->name);
    if (item->width > 0 && item->height > 0)
        lw_buf_print(buf, ", \"width\": %d, \"height\": %d", item->width, item->height);
    put_text(buf, ", \"sha256\": ", item->sha256);
    put_text(buf, ", \"dataset\": ", item->dataset);
    put_text(buf, ", \"split\": ", item->split);
    if (item->has_state)
        lw_buf_print(buf, ", \"state\": \"%s\"", lw_task_state_name(item->state));
    put_text(buf, ", \"source_id\": ", item->source_id);
    if (item->metadata.size) {
        lw_buf_put_literal(buf, ", \"metadata\": ");
        lw_buf_put_text(buf, item->metadata);
    }
}

static lw_status put_labels(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *labels, size_t n_labels)
{
    lw_buf *buf = &writer->lines.text;
    lw_report *report = writer->options.report;
    put_item(buf, item);
    if (item->n_tracks) {
        lw_buf_put_literal(buf, ", \"tracks\": [");
        for (size_t i = 0; i < item->n_tracks; i++) {
            lw_buf_put_comma(buf);
            lw_track_write_json(buf, &item->tracks[i]);
        }
        lw_buf_put_char(buf, ']');
    }
    lw_buf_put_literal(buf, ", \"labels\": [");
    for (size_t i = 0; i < n_labels; i++) {
        lw_buf_put_comma(buf);
        lw_label_write_json(buf, &labels[i]);
        report->kinds[labels[i].shape.kind]++;
    }
    lw_buf_put_literal(buf, "]}\n");
    report->labels_written += (int64_t)n_labels;
    return lw_lines_flush(cx, &writer->lines);
}

static lw_status item(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *labels, size_t n_labels, const lw_media_ref *media)
{
    if (lw_lines_take_media(&writer->lines))
        LW_TRY(lw_format_put_media(cx, &writer->options, item, item->name, media));
    return put_labels(cx, writer, item, labels, n_labels);
}

static lw_status end(lw_ctx *cx, lw_writer *writer) { return lw_lines_end(cx, &writer->lines); }

const lw_format lw_format_jsonl = {
    .name = "jsonl",
    .title = "Labelwright's own: everything, a line an item",
    .foresees = LW_FORESEES_CLASSES,
    .can = {.kinds = (1u << LW_N_KINDS) - 2,
            .holes = true,
            .parts = true,
            .angle = true,
            .attributes = true,
            .item_attributes = true,
            .splits = true,
            .tracks = true,
            .confidence = true,
            .layers = true,
            .states = true,
            .metadata = true,
            .groups = true,
            .empty_items = true,
            .one_file = true},
    .probe = probe,
    .read = read_source,
    .begin = begin,
    .item = item,
    .end = end,
    .close = close_writer,
};
