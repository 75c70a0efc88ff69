#include "work/import.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "statements.h"
#include "work/import_private.h"

/* Large chunks are quicker to write; people's saves wait behind each, so one that takes long makes those that follow smaller. */
enum { FEWEST_LABELS = 1000, MOST_LABELS = 5000, CHUNK_ITEMS = 1000, CHUNK_BYTES = 2 << 20, LONG_US = 30000, SHORT_US = 15000 };

/* --- chunks */

static int place_of(const lw_import_chunk *chunk) { return (int)(chunk - chunk->importing->chunks); }

static void chunk_written(lw_write *write)
{
    lw_import_chunk *chunk = (lw_import_chunk *)((char *)write - offsetof(lw_import_chunk, write));
    chunk->importing->has_failed |= write->status != LW_OK && !chunk->importing->import->dry_run;
    lw_turns_emptied(&chunk->importing->turns, place_of(chunk));
}

static void queue_chunk(lw_importing *im, lw_import_chunk *chunk)
{
    chunk->is_counted = false;
    chunk->is_fresh = im->is_fresh && !im->has_clashed;
    chunk->write = (lw_write){.cx = &chunk->cx, .run = lw_import_write, .arg = chunk, .done = chunk_written, .is_bulk = true, .is_lazy = true};
    lw_turns_give(&im->turns, place_of(chunk));
    lw_write_later(im->app->store, &chunk->write);
}

/* From the first one on, which clashed, and those that waited behind it: in their order. */
static void write_again(lw_importing *im, int first)
{
    for (int i = 0; i < LW_TURNS; i++)
        lw_turns_wait(&im->turns, i);
    im->has_clashed = true;
    im->has_failed = false;
    for (int i = 0; i < LW_TURNS; i++) {
        lw_import_chunk *chunk = &im->chunks[(first + i) % LW_TURNS];
        if (chunk->is_counted || chunk->write.status == LW_OK)
            continue;
        lw_ctx_clear(&chunk->cx);
        queue_chunk(im, chunk);
        lw_turns_wait(&im->turns, place_of(chunk));
    }
}

/* Waits for the chunk's write, and adds what it did to the report. */
static lw_status settle(lw_ctx *cx, lw_importing *im, lw_import_chunk *chunk)
{
    lw_turns_wait(&im->turns, place_of(chunk));
    if (chunk->is_counted)
        return LW_OK;
    if (chunk->write.status == LW_CONFLICT && chunk->is_fresh)
        write_again(im, place_of(chunk));
    chunk->is_counted = true;
    if (chunk->took_us > LONG_US && im->chunk_labels > FEWEST_LABELS)
        im->chunk_labels /= 2;
    else if (chunk->took_us < SHORT_US && im->chunk_labels < MOST_LABELS)
        im->chunk_labels *= 2;
    bool is_dry = im->import->dry_run && chunk->write.status == LW_CANCELLED;
    if (chunk->write.status != LW_OK && !is_dry)
        return lw_fail(cx, chunk->write.status, "%s", chunk->cx.message);
    lw_report *report = im->report;
    report->items_added += chunk->items_added;
    report->items_matched += chunk->items_matched;
    report->labels_written += chunk->labels_written;
    report->labels_matched += chunk->labels_matched;
    report->labels_skipped += chunk->labels_skipped;
    for (int kind = 0; kind < LW_N_KINDS; kind++)
        report->kinds[kind] += chunk->kinds[kind];
    if (chunk->seq && !is_dry)
        report->seq = chunk->seq;
    lw_report_join(report, &chunk->issues);
    return LW_OK;
}

static void empty_chunk(lw_import_chunk *chunk)
{
    lw_arena_reset(chunk->arena);
    lw_import_chunk empty = {.arena = chunk->arena, .cx = {.arena = chunk->arena}, .importing = chunk->importing, .is_counted = true};
    empty.issues = (lw_report){.arena = chunk->arena};
    *chunk = empty;
}

/* A dry run of a project that is not there yet: every label would be new, and every item that its dataset lacks. */
static lw_status count_as_new(lw_ctx *cx, lw_importing *im, const lw_import_chunk *chunk)
{
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, im->app->store, &reader));
    for (size_t i = 0; i < chunk->n_items; i++) {
        lw_ctx one = {.arena = chunk->arena};
        lw_item_row there;
        bool is_there = !im->is_fresh && lw_item_find(&one, reader.db, im->dataset_id, chunk->items[i].row.name, &there) == LW_OK;
        im->report->items_matched += is_there;
        im->report->items_added += !is_there;
        for (size_t l = 0; l < chunk->items[i].n_labels; l++) {
            im->report->labels_written++;
            im->report->kinds[chunk->items[i].labels[l].row.kind]++;
        }
    }
    return LW_OK;
}

static lw_status send_chunk(lw_ctx *cx, lw_importing *im)
{
    lw_import_chunk *chunk = &im->chunks[im->turns.filling];
    if (!chunk->n_items)
        return LW_OK;
    if (!im->project.id) {
        LW_TRY(count_as_new(cx, im, chunk));
        empty_chunk(chunk);
        return LW_OK;
    }
    if (chunk->needs_sync)
        LW_TRY(lw_blobs_sync(cx, im->app->blobs));
    queue_chunk(im, chunk);
    lw_turns_next(&im->turns);
    lw_import_chunk *next = &im->chunks[im->turns.filling];
    LW_TRY(settle(cx, im, next));
    empty_chunk(next);
    return LW_OK;
}

static lw_status finish_chunks(lw_ctx *cx, lw_importing *im)
{
    LW_TRY(send_chunk(cx, im));
    for (int i = 0; i < LW_TURNS; i++)
        LW_TRY(settle(cx, im, &im->chunks[(im->turns.filling + i) % LW_TURNS]));
    return im->project.id ? lw_store_sync(cx, im->app->store) : LW_OK;
}

/* --- media of an item */

static lw_status take_media(lw_ctx *cx, lw_importing *im, const lw_entry *image, lw_import_chunk *chunk, lw_item_row *row, bool *has_new_blob)
{
    lw_source *source = im->images ? im->images : im->source;
    LW_AUTO(lw_fd) fd = -1;
    lw_media_info info;
    LW_TRY(lw_source_open_entry(cx, source, image, &fd));
    LW_TRY(lw_media_probe(cx, fd, &info));
    if (info.needs_worker)
        LW_TRY(lw_media_probe_deep(cx, im->app->media, fd, &info));
    row->media_type = lw_text_from(lw_media_type_mime(info.type));
    row->width = (int)info.width;
    row->height = (int)info.height;
    row->orientation = info.orientation;
    row->bytes = image->size;
    row->mtime_us = image->mtime_us;
    /* A name that is not UTF-8 has U+FFFD in it here and would not find the file again: its bytes are taken in. */
    row->location = im->is_linking && !memmem(image->name.data, image->name.size, "\xEF\xBF\xBD", 3) ? LW_LINKED : LW_BLOB;
    if (info.is_cut)
        lw_report_add(im->report, LW_WARNING, "image-cut-off", "image seems to be cut off: its end is missing", "%.*s", LW_FMT(image->name));
    if (row->location == LW_LINKED)
        return LW_OK;
    unsigned char *hash = lw_alloc(chunk->arena, LW_HASH_BYTES);
    lseek(fd, 0, SEEK_SET);
    LW_TRY(im->import->dry_run ? lw_hash_file(cx, fd, NULL, hash) : lw_blob_put(cx, im->app->blobs, fd, hash, &row->bytes, has_new_blob));
    row->sha256 = (lw_text){(char *)hash, LW_HASH_BYTES};
    row->mtime_us = 0;
    chunk->needs_sync = !im->import->dry_run;
    return LW_OK;
}

/* What the machine says ends the import; what the file says is an issue of this item. */
static bool is_of_the_file(lw_status status)
{
    return status == LW_INVALID || status == LW_NOT_FOUND || status == LW_DENIED || status == LW_TOO_LARGE || status == LW_BUSY;
}

/* --- labels of an item */

static lw_text keep(lw_import_chunk *chunk, lw_text text) { return text.size ? lw_text_copy(chunk->arena, text) : (lw_text){0}; }

static lw_status take_label(lw_ctx *cx, lw_importing *im, lw_import_chunk *chunk, const lw_item *item, const lw_label *label, lw_import_label *out,
                            bool *is_taken)
{
    lw_label ours = *label;
    ours.class_name = lw_import_class_name(cx->arena, im, label->class_name);
    ours.track = 0;
    *is_taken = false;
    lw_status status = lw_label_to_row(&chunk->cx, &im->ontology, &ours, &out->row);
    if (status != LW_OK) {
        lw_report_add(im->report, LW_ERROR, "label-does-not-fit", "label does not fit the ontology; left out", "%.*s: %s", LW_FMT(item->name),
                      chunk->cx.message);
        im->report->labels_skipped++;
        return LW_OK;
    }
    out->row.source_id = keep(chunk, label->source_id);
    out->by = keep(chunk, label->by);
    lw_text layer = im->import->layer.size                   ? im->import->layer
                    : label->layer.size                      ? label->layer
                    : label->confidence == label->confidence ? im->layer_of_confidence
                                                             : LW_TEXT(LW_TRUTH);
    out->layer = keep(chunk, layer);
    out->track = 0;
    for (size_t i = 0; label->track && i < item->n_tracks; i++)
        if (item->tracks[i].id == label->track)
            out->track = (int64_t)i + 1;
    chunk->bytes += out->row.geometry.size + 200;
    *is_taken = true;
    return LW_OK;
}

static lw_status copy_tracks(lw_importing *im, lw_import_chunk *chunk, const lw_item *item, lw_import_item *out)
{
    lw_track *tracks = lw_new_array(chunk->arena, lw_track, item->n_tracks);
    for (size_t i = 0; i < item->n_tracks; i++) {
        tracks[i] = item->tracks[i];
        tracks[i].class_name = lw_text_copy(chunk->arena, lw_import_class_name(chunk->arena, im, item->tracks[i].class_name));
        tracks[i].layer = keep(chunk, item->tracks[i].layer);
        tracks[i].by = keep(chunk, item->tracks[i].by);
        LW_AUTO(lw_buf) json = {0}; /* attributes: through JSON, which copies them whole */
        lw_json *value;
        lw_attributes_write_json(&json, item->tracks[i].attributes, item->tracks[i].n_attributes);
        LW_TRY(lw_json_parse(&chunk->cx, keep(chunk, lw_buf_text(&json)), &value));
        LW_TRY(lw_attributes_from_json(&chunk->cx, value, &tracks[i].attributes, &tracks[i].n_attributes));
    }
    out->tracks = tracks;
    out->n_tracks = item->n_tracks;
    return LW_OK;
}

/* Labels of a file that gives the size of the image before it is turned are turned with it. */
static bool is_unturned(const lw_item *item, const lw_item_row *row)
{
    return row->orientation >= 5 && item->width && item->width != item->height && item->width == row->height && item->height == row->width;
}

static lw_status leave_out_item(lw_ctx *cx, lw_importing *im, lw_severity severity, const char *code, const char *message, const char *what,
                                size_t n_labels)
{
    lw_report_add(im->report, severity, code, message, "%s", what);
    im->report->items_skipped++;
    im->report->labels_skipped += (int64_t)n_labels;
    lw_ctx_clear(cx);
    return LW_NOT_FOUND;
}

static lw_text target_layer(const lw_importing *im, const lw_item *item)
{
    return im->import->layer.size ? im->import->layer : item->layer.size ? item->layer : LW_TEXT(LW_TRUTH);
}

/* Results say nothing about what is done. */
static bool is_of_truth(const lw_import_item *item)
{
    bool is_one = item->n_labels == 0 && lw_text_is(item->layer, LW_TRUTH);
    for (size_t i = 0; i < item->n_labels; i++)
        is_one = is_one || lw_text_is(item->labels[i].layer, LW_TRUTH);
    return is_one;
}

static lw_status take_item(lw_ctx *cx, lw_importing *im, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels,
                           lw_import_item *out)
{
    lw_import_chunk *chunk = &im->chunks[im->turns.filling];
    lw_text name = image ? image->name : item->name;
    lw_item_row row = {
        .dataset_id = im->dataset_id, .name = keep(chunk, name), .kind = 1, .width = item->width, .height = item->height, .orientation = 1};
    bool has_new_blob = false;
    if (image) {
        lw_status status = take_media(cx, im, image, chunk, &row, &has_new_blob);
        if (is_of_the_file(status))
            return leave_out_item(cx, im, LW_ERROR, "image-unreadable", "image cannot be read; left out with its labels",
                                  lw_print(cx->arena, "%.*s: %s", LW_FMT(name), cx->message), n_labels);
        LW_TRY(status);
        row.id = im->fills && im->fills[image->index] > 0 ? im->fills[image->index] : 0;
    } else if (im->project.id && !im->is_fresh) {
        bool is_ambiguous;
        lw_item_row there;
        LW_TRY(lw_import_find(cx, im, item, &is_ambiguous, &there));
        row.id = there.id;
        if (there.id && name.size && !lw_text_equal(there.name, name))
            lw_report_add(im->report, LW_INFO, "item-by-name", "labels name an image that is here under another path; found by its name",
                          "%.*s: %.*s", LW_FMT(name), LW_FMT(there.name));
        if (is_ambiguous)
            return leave_out_item(cx, im, LW_ERROR, "item-ambiguous", "several items bear this name or id; left out",
                                  lw_text_string(cx->arena, name.size ? name : item->source_id), n_labels);
    }
    if (!name.size && !row.id)
        return leave_out_item(cx, im, LW_WARNING, "image-not-in-project", "results name an image that the project does not have; left out",
                              lw_text_string(cx->arena, item->source_id), n_labels);
    row.metadata = keep(chunk, item->metadata);
    row.source_id = keep(chunk, item->source_id);
    *out = (lw_import_item){.row = row,
                            .split = keep(chunk, item->split.size ? item->split : im->import->split),
                            .state = item->state,
                            .has_state = item->has_state,
                            .has_new_blob = has_new_blob,
                            .layer = keep(chunk, target_layer(im, item))};
    out->labels = lw_new_array(chunk->arena, lw_import_label, n_labels);
    if (item->n_tracks)
        LW_TRY(copy_tracks(im, chunk, item, out));
    bool turns = image && is_unturned(item, &row);
    if (turns && n_labels)
        lw_report_count(im->report, LW_INFO, "labels-turned", "labels were given for the image before EXIF turns it; turned with it",
                        (int64_t)n_labels, "%.*s", LW_FMT(name));
    for (size_t i = 0; i < n_labels; i++) {
        bool is_taken;
        lw_label label = labels[i];
        if (turns)
            LW_TRY(lw_shape_turn(cx, &labels[i].shape, row.orientation, item->width, item->height, &label.shape));
        LW_TRY(take_label(cx, im, chunk, item, &label, &out->labels[out->n_labels], &is_taken));
        out->n_labels += is_taken;
    }
    out->is_annotated = !item->has_state && is_of_truth(out);
    return LW_OK;
}

/* --- the sink */

static lw_status sink_ontology(lw_ctx *cx, void *state, const lw_ontology *declared) { return lw_import_ontology(cx, state, declared); }

static lw_status sink_item(lw_ctx *cx, void *state, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    lw_importing *im = state;
    lw_import_chunk *chunk = &im->chunks[im->turns.filling];
    chunk->items = lw_array_room(chunk->arena, chunk->items, chunk->n_items, &chunk->room, sizeof *chunk->items);
    bool is_result = !image && !item->name.size && item->source_id.size; /* found by that id alone */
    lw_status name = is_result ? LW_OK : lw_path_check(cx, image ? image->name : item->name);
    lw_status status = name == LW_OK ? take_item(cx, im, item, image, labels, n_labels, &chunk->items[chunk->n_items])
                                     : leave_out_item(cx, im, LW_ERROR, "bad-item-name", "item's name cannot be taken; left out",
                                                      lw_print(cx->arena, "%s", cx->message), n_labels);
    if (status == LW_NOT_FOUND)
        return LW_OK;
    LW_TRY(status);
    chunk->n_labels += chunk->items[chunk->n_items].n_labels;
    chunk->n_items++;
    if (chunk->n_items >= CHUNK_ITEMS || chunk->n_labels >= im->chunk_labels || chunk->bytes >= CHUNK_BYTES)
        return send_chunk(cx, im);
    return LW_OK;
}

static lw_status sink_progress(lw_ctx *cx, void *state, int64_t done, int64_t total)
{
    lw_importing *im = state;
    lw_status status = lw_progress(im->cx, done, total);
    return status == LW_OK ? LW_OK : lw_fail(cx, status, "%s", im->cx->message);
}

static bool known_size(void *state, lw_text name, int *width, int *height)
{
    lw_importing *im = state;
    if (!im->project.id)
        return false;
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    bool is_ambiguous;
    lw_item item = {.name = name};
    lw_item_row row;
    if (lw_import_find(&cx, im, &item, &is_ambiguous, &row) != LW_OK || !row.id || !row.width)
        return false;
    *width = row.width;
    *height = row.height;
    return true;
}

/* --- the whole */

static lw_status open_sources(lw_ctx *cx, lw_importing *im)
{
    const lw_import *import = im->import;
    LW_TRY(lw_source_open(cx, import->source, im->app->roots, im->report, &im->source));
    if (import->images)
        LW_TRY(lw_source_open(cx, import->images, im->app->roots, im->report, &im->images));
    lw_source *images = im->images ? im->images : im->source; /* a folder of labels alone is no root of the dataset */
    im->is_linking = !import->copy && lw_source_folder(images) && lw_source_has_images(images);
    return LW_OK;
}

static lw_status read_source(lw_ctx *cx, lw_importing *im)
{
    const lw_import *import = im->import;
    const lw_format *format;
    size_t n_map = 0;
    for (; import->map && import->map[n_map]; n_map++)
        if (!strchr(import->map[n_map], '='))
            return lw_fail(cx, LW_USAGE, "--map is THEIRS=OURS, not '%s'", import->map[n_map]);
    im->is_map_used = lw_new_array(cx->arena, bool, n_map);
    LW_TRY(open_sources(cx, im));
    LW_TRY(import->format.size ? lw_format_find(cx, import->format, &format) : lw_format_detect(cx, im->source, &format));
    if (!format->read)
        return lw_fail(cx, LW_INVALID, "%s can be written, but not read", format->name);
    snprintf(im->report->format, sizeof im->report->format, "%s", format->name);
    LW_TRY(lw_import_open_project(cx, im));
    LW_TRY(lw_import_find_fills(cx, im));
    im->report->seq = im->project.seq;
    im->layer_of_confidence = lw_source_name(im->source);
    lw_read_options options = {.source = im->source,
                               .images = im->images,
                               .ontology = &im->ontology,
                               .split = import->split,
                               .by_name = import->format.size > 0,
                               .reads_media = true,
                               .report = im->report,
                               .columns = import->columns,
                               .known_size = known_size,
                               .known_size_state = im};
    lw_sink sink = {.state = im, .ontology = sink_ontology, .item = sink_item, .progress = sink_progress};
    LW_TRY(lw_import_foresee(cx, im, format, &options));
    LW_TRY(format->read(cx, &options, &sink));
    LW_TRY(finish_chunks(cx, im));
    lw_import_check_map(im);
    return lw_import_mark_missing(cx, im);
}

/* Those that no item came to name. Only imports put blobs, and they run one after the other: nobody is about to. */
static lw_status remove_blobs(lw_ctx *cx, lw_importing *im, const lw_import_chunk *chunk)
{
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, im->app->store, &reader));
    for (size_t i = 0; i < chunk->n_items; i++) {
        LW_AUTO(lw_rows) rows = {0};
        lw_text hash = chunk->items[i].row.sha256;
        if (!chunk->items[i].has_new_blob)
            continue;
        lw_status named = lw_query_one(cx, reader.db, &lw_sql_item_has_hash, LW_PARAMS(lw_bytes(hash)), &rows);
        if (named == LW_NOT_FOUND)
            lw_blob_remove(cx, im->app->blobs, hash);
        else
            LW_TRY(named);
    }
    return LW_OK;
}

lw_status lw_import_run(lw_ctx *cx, lw_app *app, const lw_import *import, lw_report *report)
{
    lw_importing im = {.chunk_labels = MOST_LABELS, .cx = cx, .app = app, .import = import, .report = report};
    report->started_us = lw_monotonic_us();
    lw_turns_init(&im.turns);
    for (int i = 0; i < LW_TURNS; i++) {
        im.chunks[i].arena = lw_arena_new();
        im.chunks[i].importing = &im;
        empty_chunk(&im.chunks[i]);
    }
    lw_status status = read_source(cx, &im);
    for (int i = 0; i < LW_TURNS; i++) { /* a write under way uses its chunk */
        lw_import_chunk *chunk = &im.chunks[(im.turns.filling + i) % LW_TURNS];
        LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
        lw_ctx quiet = {.arena = scratch};
        lw_turns_wait(&im.turns, place_of(chunk));
        if (status != LW_OK)
            (void)!settle(&quiet, &im, chunk);
    }
    for (int i = 0; i < LW_TURNS; i++) {
        lw_ctx quiet = {.arena = im.chunks[i].arena};
        if (status != LW_OK)
            (void)!remove_blobs(&quiet, &im, &im.chunks[i]);
        lw_arena_free(im.chunks[i].arena);
    }
    if (status != LW_OK)
        lw_import_unmake_project(&im);
    lw_source_close(im.images);
    lw_source_close(im.source);
    if (im.ontology_arena)
        lw_arena_free(im.ontology_arena);
    lw_turns_cleanup(&im.turns);
    return status;
}
