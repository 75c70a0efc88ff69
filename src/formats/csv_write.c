#include <math.h>

#include "formats/csv.h"
#include "formats/lines.h"

struct lw_writer {
    lw_write_options options;
    lw_lines rows;
    lw_buf cell;
};

static void close_writer(lw_writer *writer)
{
    lw_lines_cleanup(&writer->rows);
    lw_buf_cleanup(&writer->cell);
    lw_heap_free(writer);
}

static lw_status begin(lw_ctx *cx, const lw_write_options *options, lw_writer **out)
{
    lw_lines rows;
    LW_TRY(lw_lines_begin(cx, options, LW_TEXT("labels.csv"), &rows));
    lw_writer *writer = lw_heap_new(sizeof *writer);
    writer->options = *options;
    writer->rows = rows;
    lw_buf_put_literal(&writer->rows.text, "item,width,height,split,id,class,kind,x,y,w,h,angle,confidence,layer,by,seq,attributes,geometry\n");
    *out = writer;
    return LW_OK;
}

static void put_comma(lw_writer *writer) { lw_buf_put_char(&writer->rows.text, ','); }

static void put_text(lw_writer *writer, lw_text text)
{
    put_comma(writer);
    lw_csv_put_guarded(&writer->rows.text, text);
}

static void put_int(lw_writer *writer, int64_t value)
{
    put_comma(writer);
    if (value)
        lw_buf_put_int(&writer->rows.text, value);
}

static void put_number(lw_writer *writer, double value)
{
    put_comma(writer);
    if (isfinite(value))
        lw_buf_put_double(&writer->rows.text, value);
}

static void put_item(lw_writer *writer, const lw_item *item)
{
    lw_csv_put_guarded(&writer->rows.text, item->name);
    put_int(writer, item->width);
    put_int(writer, item->height);
    put_text(writer, item->split);
}

/* A plain box is said by its columns alone; x, y, w, h of other kinds are the box around them. */
static void put_shape(lw_writer *writer, const lw_shape *shape)
{
    double box[4] = {shape->x, shape->y, shape->w, shape->h};
    bool is_box = shape->kind == LW_BOX;
    if (!is_box && shape->kind != LW_TAG)
        lw_shape_bounds(shape, &box[0], &box[1], &box[2], &box[3]);
    put_text(writer, lw_text_from(lw_kind_name(shape->kind)));
    for (int i = 0; i < 4; i++)
        put_number(writer, shape->kind == LW_TAG ? NAN : box[i]);
    put_number(writer, (is_box || shape->kind == LW_ELLIPSE) && shape->angle != 0 ? shape->angle : NAN);
}

static void put_geometry(lw_writer *writer, const lw_shape *shape)
{
    put_comma(writer);
    if ((shape->kind == LW_BOX && !shape->skeleton) || shape->kind == LW_TAG)
        return;
    lw_buf_reset(&writer->cell);
    lw_buf_put_char(&writer->cell, '{');
    lw_shape_write_json(&writer->cell, shape);
    lw_buf_put_char(&writer->cell, '}');
    lw_csv_put(&writer->rows.text, lw_buf_text(&writer->cell));
}

static void put_attributes(lw_writer *writer, const lw_label *label)
{
    put_comma(writer);
    if (label->n_attributes == 0)
        return;
    lw_buf_reset(&writer->cell);
    lw_attributes_write_json(&writer->cell, label->attributes, label->n_attributes);
    lw_csv_put(&writer->rows.text, lw_buf_text(&writer->cell));
}

static void put_label(lw_writer *writer, const lw_label *label)
{
    put_int(writer, label->id);
    put_text(writer, label->class_name);
    put_shape(writer, &label->shape);
    put_number(writer, label->confidence);
    put_text(writer, label->layer);
    put_text(writer, label->by);
    put_int(writer, label->seq);
    put_attributes(writer, label);
    put_geometry(writer, &label->shape);
    lw_buf_put_char(&writer->rows.text, '\n');
}

static lw_status item(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *labels, size_t n_labels, const lw_media_ref *media)
{
    lw_report *report = writer->options.report;
    for (size_t i = 0; i < n_labels; i++) {
        put_item(writer, item);
        put_label(writer, &labels[i]);
        report->labels_written++;
        report->kinds[labels[i].shape.kind]++;
    }
    if (n_labels == 0) {
        put_item(writer, item);
        lw_buf_put_literal(&writer->rows.text, ",,,,,,,,,,,,,,\n");
    }
    LW_TRY(lw_lines_flush(cx, &writer->rows));
    return lw_lines_take_media(&writer->rows) ? lw_format_put_media(cx, &writer->options, item, item->name, media) : LW_OK;
}

static lw_status end(lw_ctx *cx, lw_writer *writer) { return lw_lines_end(cx, &writer->rows); }

/* The first CSV file's first line, where it can be understood. */
static bool has_known_header(lw_source *source, const lw_entry *entry)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    LW_AUTO(lw_fd) fd = -1;
    LW_AUTO(lw_csv) csv = {.fd = -1};
    lw_ctx cx = {.arena = arena};
    lw_csv_header header;
    bool is_row = false;
    int64_t offset;
    lw_csv_open(&csv, -1);
    if (lw_source_open_entry(&cx, source, entry, &fd) != LW_OK)
        return false;
    csv.fd = fd;
    if (lw_csv_begin(&cx, &csv) != LW_OK || lw_csv_next(&cx, &csv, &is_row, &offset) != LW_OK || !is_row)
        return false;
    return lw_csv_header_parse(&cx, csv.cells, csv.n_cells, NULL, &header) == LW_OK;
}

static int probe(lw_ctx *cx, lw_source *source)
{
    size_t n;
    const lw_entry *entries = lw_source_entries(source, &n), *first = NULL;
    for (size_t i = 0; i < n && !first; i++)
        if (lw_text_ends_nocase(entries[i].name, ".csv") || lw_text_ends_nocase(entries[i].name, ".tsv"))
            first = &entries[i];
    if (!first)
        return 0;
    bool is_known = has_known_header(source, first);
    return n == 1 ? (is_known ? 90 : 60) : is_known ? 50 : 10;
}

const lw_format lw_format_csv = {
    .name = "csv",
    .title = "CSV: a row a label",
    .learns = true,
    .can = {.kinds = (1u << LW_N_KINDS) - 2,
            .holes = true,
            .parts = true,
            .angle = true,
            .attributes = true,
            .item_attributes = true,
            .splits = true,
            .confidence = true,
            .layers = true,
            .empty_items = true,
            .one_file = true},
    .probe = probe,
    .read = lw_csv_read,
    .begin = begin,
    .item = item,
    .end = end,
    .close = close_writer,
};
