#include "formats/csv.h"

static const struct {
    const char *word;
    lw_csv_field field;
} own[] = {
    {"item", LW_CSV_ITEM},
    {"width", LW_CSV_WIDTH},
    {"height", LW_CSV_HEIGHT},
    {"split", LW_CSV_SPLIT},
    {"id", LW_CSV_ID},
    {"class", LW_CSV_CLASS},
    {"kind", LW_CSV_KIND},
    {"x", LW_CSV_X},
    {"y", LW_CSV_Y},
    {"w", LW_CSV_W},
    {"h", LW_CSV_H},
    {"angle", LW_CSV_ANGLE},
    {"confidence", LW_CSV_CONFIDENCE},
    {"layer", LW_CSV_LAYER},
    {"by", LW_CSV_BY},
    {"seq", LW_CSV_SEQ},
    {"attributes", LW_CSV_ATTRIBUTES},
    {"geometry", LW_CSV_GEOMETRY},
    {"xmin", LW_CSV_XMIN},
    {"ymin", LW_CSV_YMIN},
    {"xmax", LW_CSV_XMAX},
    {"ymax", LW_CSV_YMAX},
    {"cx", LW_CSV_CX},
    {"cy", LW_CSV_CY},
};

/* What others call it; compared without case, with '_' for spaces and '-'. */
static const struct {
    const char *word;
    lw_csv_field field;
} others[] = {
    {"filename", LW_CSV_ITEM},
    {"file_name", LW_CSV_ITEM},
    {"file", LW_CSV_ITEM},
    {"image", LW_CSV_ITEM},
    {"image_name", LW_CSV_ITEM},
    {"image_path", LW_CSV_ITEM},
    {"image_id", LW_CSV_ITEM},
    {"imageid", LW_CSV_ITEM},
    {"path", LW_CSV_ITEM},
    {"img", LW_CSV_ITEM},
    {"label", LW_CSV_CLASS},
    {"class_name", LW_CSV_CLASS},
    {"label_name", LW_CSV_CLASS},
    {"labelname", LW_CSV_CLASS},
    {"category", LW_CSV_CLASS},
    {"name", LW_CSV_CLASS},
    {"image_width", LW_CSV_WIDTH},
    {"img_width", LW_CSV_WIDTH},
    {"image_height", LW_CSV_HEIGHT},
    {"img_height", LW_CSV_HEIGHT},
    {"subset", LW_CSV_SPLIT},
    {"set", LW_CSV_SPLIT},
    {"score", LW_CSV_CONFIDENCE},
    {"conf", LW_CSV_CONFIDENCE},
    {"probability", LW_CSV_CONFIDENCE},
    {"x_min", LW_CSV_XMIN},
    {"y_min", LW_CSV_YMIN},
    {"x_max", LW_CSV_XMAX},
    {"y_max", LW_CSV_YMAX},
    {"x1", LW_CSV_XMIN},
    {"y1", LW_CSV_YMIN},
    {"x2", LW_CSV_XMAX},
    {"y2", LW_CSV_YMAX},
    {"left", LW_CSV_XMIN},
    {"top", LW_CSV_YMIN},
    {"right", LW_CSV_XMAX},
    {"bottom", LW_CSV_YMAX},
    {"bbox_x", LW_CSV_X},
    {"bbox_y", LW_CSV_Y},
    {"bbox_width", LW_CSV_W},
    {"bbox_height", LW_CSV_H},
    {"bbox_w", LW_CSV_W},
    {"bbox_h", LW_CSV_H},
    {"x_center", LW_CSV_CX},
    {"y_center", LW_CSV_CY},
    {"xc", LW_CSV_CX},
    {"yc", LW_CSV_CY},
};

static lw_csv_field own_field(lw_text word)
{
    for (size_t i = 0; i < LW_COUNT(own); i++)
        if (lw_text_is(word, own[i].word))
            return own[i].field;
    return LW_CSV_OTHER;
}

static lw_csv_field guess_field(lw_ctx *cx, lw_text name)
{
    char *word = lw_text_string(cx->arena, name);
    for (char *at = word; *at; at++)
        *at = *at == ' ' || *at == '-' ? '_' : *at >= 'A' && *at <= 'Z' ? (char)(*at + 32) : *at;
    lw_csv_field field = own_field(lw_text_from(word));
    for (size_t i = 0; i < LW_COUNT(others) && field == LW_CSV_OTHER; i++)
        if (strcmp(others[i].word, word) == 0)
            field = others[i].field;
    return field;
}

static void set_field(lw_csv_header *header, size_t column, lw_csv_field field)
{
    if (header->fields[column] != LW_CSV_OTHER && header->fields[column] != LW_CSV_ONE_ATTRIBUTE)
        header->place[header->fields[column]] = -1;
    header->fields[column] = field;
    if (field != LW_CSV_OTHER && field != LW_CSV_ONE_ATTRIBUTE)
        header->place[field] = (int16_t)column;
}

static bool has(const lw_csv_header *header, lw_csv_field field) { return header->place[field] >= 0; }

/* "theirs=ours": ours is a column of ours, a corner, or attributes.NAME; empty to leave the column alone. */
static lw_status apply_mapping(lw_ctx *cx, lw_csv_header *header, const char *mapping)
{
    lw_text theirs, ours;
    if (!lw_text_split_last(lw_text_from(mapping), '=', &theirs, &ours))
        return lw_fail(cx, LW_USAGE, "column '%s' must be written as theirs=ours", mapping);
    size_t at = 0;
    while (at < header->n && !lw_text_equal(header->names[at], theirs))
        at++;
    if (at == header->n)
        return lw_fail(cx, LW_INVALID, "the CSV file has no column '%.*s'", LW_FMT(theirs));
    if (lw_text_starts(ours, "attributes.") && ours.size > 11) {
        set_field(header, at, LW_CSV_ONE_ATTRIBUTE);
        header->names[at] = lw_text_slice(ours, 11, ours.size);
        return LW_OK;
    }
    lw_csv_field field = own_field(ours);
    if (field == LW_CSV_OTHER && ours.size)
        return lw_fail(
            cx, LW_INVALID,
            "'%.*s' is no column of ours: item, width, height, split, id, class, kind, x, y, w, h, xmin, ymin, xmax, ymax, cx, cy, angle, confidence, "
            "layer, by, attributes, geometry, attributes.NAME",
            LW_FMT(ours));
    if (field != LW_CSV_OTHER && has(header, field))
        set_field(header, (size_t)header->place[field], LW_CSV_OTHER);
    set_field(header, at, field);
    return LW_OK;
}

lw_status lw_csv_header_parse(lw_ctx *cx, const lw_text *cells, size_t n, const char *const *columns, lw_csv_header *out)
{
    lw_csv_header *header = lw_new(cx->arena, lw_csv_header);
    if (n > LW_CSV_COLUMNS)
        return lw_fail(cx, LW_INVALID, "the CSV file has %zu columns; %d are read", n, LW_CSV_COLUMNS);
    for (size_t i = 0; i < LW_CSV_N_FIELDS; i++)
        header->place[i] = -1;
    header->n = n;
    for (size_t i = 0; i < n; i++) {
        header->names[i] = lw_text_to_utf8(cx->arena, lw_text_trim(cells[i]));
        lw_csv_field field = guess_field(cx, header->names[i]);
        if (field != LW_CSV_OTHER && !has(header, field))
            set_field(header, i, field);
    }
    /* Boxes as x, y, width, height: then width and height are the box's, not the image's. */
    bool is_bare = (has(header, LW_CSV_X) || has(header, LW_CSV_CX)) && !has(header, LW_CSV_W) && !has(header, LW_CSV_XMAX);
    if (is_bare && has(header, LW_CSV_WIDTH) && has(header, LW_CSV_HEIGHT)) {
        set_field(header, (size_t)header->place[LW_CSV_WIDTH], LW_CSV_W);
        set_field(header, (size_t)header->place[LW_CSV_HEIGHT], LW_CSV_H);
    }
    header->is_own = has(header, LW_CSV_KIND) && has(header, LW_CSV_GEOMETRY) && has(header, LW_CSV_ATTRIBUTES);
    for (const char *const *at = columns; at && *at; at++)
        LW_TRY(apply_mapping(cx, header, *at));
    if (!has(header, LW_CSV_ITEM))
        return lw_fail(cx, LW_INVALID, "no column of the CSV file names the item; say which with --column THEIRS=item");
    *out = *header;
    return LW_OK;
}
