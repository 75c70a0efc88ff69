#include <math.h>

#include "base/decimal.h"
#include "base/limits.h"
#include "formats/names.h"
#include "formats/outline.h"
#include "formats/voc.h"

struct lw_writer {
    lw_write_options options;
    lw_arena *arena, *scratch;
    lw_names *names;
    lw_text splits[LW_LIMIT_SPLITS];
    lw_buf lists[LW_LIMIT_SPLITS]; /* ids of each */
    size_t n_splits;
    lw_buf xml;
};

lw_status lw_voc_begin(lw_ctx *cx, const lw_write_options *options, lw_writer **out)
{
    if (lw_target_is_one_file(options->target))
        return lw_fail(cx, LW_USAGE, "VOC is a folder of files: give a folder, or a path that ends in .zip or .tar");
    lw_writer *writer = lw_heap_new(sizeof *writer);
    *writer = (lw_writer){.options = *options, .arena = lw_arena_new(), .scratch = lw_arena_new(), .names = lw_names_new(true)};
    *out = writer;
    return LW_OK;
}

void lw_voc_close(lw_writer *writer)
{
    for (size_t i = 0; i < LW_LIMIT_SPLITS; i++)
        lw_buf_cleanup(&writer->lists[i]);
    lw_buf_cleanup(&writer->xml);
    lw_names_free(writer->names);
    lw_arena_free(writer->scratch);
    lw_arena_free(writer->arena);
    lw_heap_free(writer);
}

/* A polygon has two elements a point: they are what an export to VOC costs. */
static void put_tag(lw_buf *xml, const char *before, const char *name, const char *after)
{
    lw_buf_put_string(xml, before);
    lw_buf_put_string(xml, name);
    lw_buf_put_string(xml, after);
}

static void put_element(lw_buf *xml, const char *indent, const char *name, lw_text text)
{
    put_tag(xml, indent, "<", name);
    lw_buf_put_char(xml, '>');
    lw_xml_put_text(xml, text);
    put_tag(xml, "</", name, ">\n");
}

static void put_number(lw_buf *xml, const char *indent, const char *name, double value)
{
    put_tag(xml, indent, "<", name);
    lw_buf_put_char(xml, '>');
    lw_buf_put_double(xml, value);
    put_tag(xml, "</", name, ">\n");
}

static void put_corners(lw_buf *xml, const char *indent, double x, double y, double w, double h, double shift)
{
    lw_buf_print(xml, "%s<bndbox>\n", indent);
    lw_text inner = lw_text_from(indent);
    char deeper[16];
    snprintf(deeper, sizeof deeper, "%.*s\t", LW_FMT(inner));
    put_number(xml, deeper, "xmin", x + shift);
    put_number(xml, deeper, "ymin", y + shift);
    put_number(xml, deeper, "xmax", x + w);
    put_number(xml, deeper, "ymax", y + h);
    lw_buf_print(xml, "%s</bndbox>\n", indent);
}

/* Attributes */

static const lw_attribute *find(const lw_label *label, const char *name)
{
    for (size_t i = 0; i < label->n_attributes; i++)
        if (lw_text_is(label->attributes[i].name, name))
            return &label->attributes[i];
    return NULL;
}

static bool is_flag(const lw_attribute *attribute)
{
    static const char *const flags[] = {"truncated", "difficult", "occluded"};
    for (size_t i = 0; i < LW_COUNT(flags); i++)
        if (lw_text_is(attribute->name, flags[i]))
            return attribute->type == LW_YESNO;
    return false;
}

static bool is_action(const lw_attribute *attribute)
{
    if (attribute->type != LW_YESNO || !attribute->yes || !lw_text_starts(attribute->name, "action.") || attribute->name.size == 7)
        return false;
    for (size_t i = 7; i < attribute->name.size; i++)
        if (attribute->name.data[i] < 'a' || attribute->name.data[i] > 'z') /* an element's name */
            return false;
    return true;
}

static void put_flag(lw_buf *xml, const lw_label *label, const char *name, bool always)
{
    const lw_attribute *flag = find(label, name);
    bool yes = flag && flag->type == LW_YESNO && flag->yes;
    if (always || (flag && flag->type == LW_YESNO))
        put_element(xml, "\t\t", name, yes ? LW_TEXT("1") : LW_TEXT("0"));
}

static void put_value(lw_buf *xml, const lw_attribute *attribute)
{
    LW_AUTO(lw_buf) number = {0};
    switch (attribute->type) {
    case LW_MANY:
        for (size_t i = 0; i < attribute->n_many; i++)
            put_element(xml, "\t\t\t\t", "value", attribute->many[i]);
        return;
    case LW_YESNO: put_element(xml, "\t\t\t\t", "value", attribute->yes ? LW_TEXT("true") : LW_TEXT("false")); return;
    case LW_INTEGER: lw_buf_put_int(&number, attribute->integer); break;
    case LW_NUMBER: lw_buf_put_double(&number, attribute->number); break;
    default: put_element(xml, "\t\t\t\t", "value", attribute->text); return;
    }
    put_element(xml, "\t\t\t\t", "value", lw_buf_text(&number));
}

/* Those that VOC has no element for, as CVAT writes them, with their type besides. */
static void put_attributes(lw_buf *xml, const lw_label *label, bool has_parts)
{
    bool is_open = false;
    for (size_t i = 0; i < label->n_attributes; i++) {
        const lw_attribute *at = &label->attributes[i];
        bool is_pose = lw_text_is(at->name, "pose") && at->type == LW_TEXT_VALUE;
        if (is_flag(at) || is_action(at) || is_pose || (has_parts && lw_text_is(at->name, "parts")))
            continue;
        if (!is_open)
            lw_buf_put_literal(xml, "\t\t<attributes>\n");
        is_open = true;
        lw_buf_put_literal(xml, "\t\t\t<attribute>\n");
        put_element(xml, "\t\t\t\t", "name", at->name);
        put_element(xml, "\t\t\t\t", "type", lw_text_from(lw_attribute_type_name(at->type)));
        put_value(xml, at);
        lw_buf_put_literal(xml, "\t\t\t</attribute>\n");
    }
    if (is_open)
        lw_buf_put_literal(xml, "\t\t</attributes>\n");
}

static void put_actions(lw_buf *xml, const lw_label *label)
{
    bool is_open = false;
    for (size_t i = 0; i < label->n_attributes; i++) {
        if (!is_action(&label->attributes[i]))
            continue;
        if (!is_open)
            lw_buf_put_literal(xml, "\t\t<actions>\n");
        is_open = true;
        lw_text name = label->attributes[i].name;
        lw_buf_print(xml, "\t\t\t<%.*s>1</%.*s>\n", (int)name.size - 7, name.data + 7, (int)name.size - 7, name.data + 7);
    }
    if (is_open)
        lw_buf_put_literal(xml, "\t\t</actions>\n");
}

/* Back to <part> elements; false when the text is not what the reader made of them. */
static bool put_parts(lw_arena *arena, lw_buf *xml, const lw_label *label, double shift)
{
    const lw_attribute *parts = find(label, "parts");
    lw_ctx cx = {.arena = arena};
    lw_json *list, *part;
    if (!parts || parts->type != LW_TEXT_VALUE || lw_json_parse(&cx, parts->text, &list) != LW_OK || !yyjson_is_arr(list))
        return false;
    size_t before = xml->size, at, n;
    yyjson_arr_foreach(list, at, n, part)
    {
        lw_json *box = lw_json_get(part, "box");
        double value[4];
        bool is_fine = yyjson_arr_size(box) == 4;
        for (size_t i = 0; i < 4 && is_fine; i++)
            is_fine = lw_json_to_double(yyjson_arr_get(box, i), &value[i]);
        if (!is_fine) {
            xml->size = before;
            return false;
        }
        lw_buf_put_literal(xml, "\t\t<part>\n");
        put_element(xml, "\t\t\t", "name", lw_json_get_text(part, "name"));
        put_corners(xml, "\t\t\t", value[0], value[1], value[2], value[3], shift);
        lw_buf_put_literal(xml, "\t\t</part>\n");
    }
    return true;
}

/* Objects */

static void note(lw_writer *writer, const lw_item *item, lw_severity severity, const char *code, const char *message)
{
    lw_report_add(writer->options.report, severity, code, message, "%.*s", LW_FMT(item->name));
}

static lw_status lose(lw_ctx *cx, lw_writer *writer, const lw_item *item, const char *code, const char *message)
{
    if (!writer->options.lossy)
        return lw_fail(cx, LW_REFUSED, "%.*s: %s. Agree with --lossy, or choose another format", LW_FMT(item->name), message);
    note(writer, item, LW_WARNING, code, message);
    return LW_OK;
}

/* As Roboflow writes it. */
static void put_polygon(lw_buf *xml, const lw_ring *ring, double shift)
{
    lw_buf_put_literal(xml, "\t\t<polygon>\n");
    for (size_t i = 0; i < ring->n_points; i++) {
        char name[LW_DECIMAL_SIZE + 2] = "x";
        name[1 + lw_integer_print((int64_t)i + 1, name + 1)] = 0;
        put_number(xml, "\t\t\t", name, ring->xy[2 * i] + shift);
        name[0] = 'y';
        put_number(xml, "\t\t\t", name, ring->xy[2 * i + 1] + shift);
    }
    lw_buf_put_literal(xml, "\t\t</polygon>\n");
}

/* What the shape becomes: a ring for regions, else the box around it. */
static lw_status settle_shape(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *label, lw_ring *ring, double box[4],
                              bool *is_written)
{
    const lw_shape *shape = &label->shape;
    lw_ctx inner = {.arena = writer->scratch};
    lw_shape_bounds(shape, &box[0], &box[1], &box[2], &box[3]);
    *is_written = shape->kind != LW_TAG && box[2] > 0 && box[3] > 0;
    if (shape->skeleton && shape->kind != LW_SKELETON)
        note(writer, item, LW_WARNING, "skeleton-left-out", "keypoints beside a shape; left out");
    if (shape->kind == LW_TAG && lw_text_is(label->class_name, LW_ITEM_CLASS)) {
        note(writer, item, LW_WARNING, "item-attributes-left-out", "the format has no place for attributes of items");
    } else if (!*is_written) {
        LW_TRY(lose(cx, writer, item, "left-out", "shape that VOC has no place for; left out"));
    } else if (shape->kind == LW_POLYGON || shape->kind == LW_MASK) {
        if (lw_outline(&inner, shape, ring) != LW_OK)
            return lose(cx, writer, item, "mask-malformed", "mask cannot be read; left out");
        if (shape->kind == LW_MASK)
            note(writer, item, LW_INFO, "mask-as-polygon", "mask is written as the outline of its pixels");
        if (ring->n_bridges)
            note(writer, item, LW_INFO, "parts-joined", "parts or holes of one object; joined by bridges of no width");
    } else if (shape->kind != LW_BOX || shape->angle != 0) {
        LW_TRY(lose(cx, writer, item, "box-around", "shape that VOC has no place for; the box around it is written"));
    }
    return LW_OK;
}

static lw_status put_object(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *label, double shift, bool *is_written)
{
    lw_buf *xml = &writer->xml;
    lw_ring ring = {0};
    double box[4];
    LW_TRY(settle_shape(cx, writer, item, label, &ring, box, is_written));
    if (!*is_written)
        return LW_OK;
    const lw_attribute *pose = find(label, "pose");
    lw_buf_put_literal(xml, "\t<object>\n");
    put_element(xml, "\t\t", "name", label->class_name);
    put_element(xml, "\t\t", "pose", pose && pose->type == LW_TEXT_VALUE ? pose->text : LW_TEXT("Unspecified"));
    put_flag(xml, label, "truncated", true);
    put_flag(xml, label, "difficult", true);
    put_flag(xml, label, "occluded", false);
    put_corners(xml, "\t\t", box[0], box[1], box[2], box[3], shift);
    if (ring.n_points)
        put_polygon(xml, &ring, shift);
    bool has_parts = put_parts(writer->scratch, xml, label, shift);
    put_actions(xml, label);
    put_attributes(xml, label, has_parts);
    lw_buf_put_literal(xml, "\t</object>\n");
    return LW_OK;
}

/* Files */

static void put_section(lw_buf *xml, const char *name, lw_json *section, const char *otherwise)
{
    lw_json *key, *value;
    size_t at, n;
    lw_buf_print(xml, "\t<%s>\n", name);
    if (yyjson_obj_size(section) == 0)
        put_element(xml, "\t\t", otherwise, LW_TEXT("Unknown"));
    else
        yyjson_obj_foreach(section, at, n, key, value)
        {
            const char *element = yyjson_get_str(key);
            bool is_name = element && element[0] && strspn(element, "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(element);
            if (is_name && yyjson_is_str(value))
                put_element(xml, "\t\t", element, lw_json_text(value));
        }
    lw_buf_print(xml, "\t</%s>\n", name);
}

/* Metadata that the reader kept, back in its place; whether coordinates count from 1 stands in it. */
static double put_head(lw_writer *writer, const lw_item *item, lw_text file_name, bool has_regions)
{
    lw_buf *xml = &writer->xml;
    lw_ctx inner = {.arena = writer->scratch};
    lw_json *metadata = NULL;
    if (item->metadata.size && lw_json_parse(&inner, item->metadata, &metadata) != LW_OK)
        metadata = NULL;
    lw_json *voc = lw_json_get(metadata, "voc"), *source = lw_json_get(voc, "source"), *owner = lw_json_get(voc, "owner");
    lw_buf_put_literal(xml, "<annotation>\n");
    put_element(xml, "\t", "folder", LW_TEXT("JPEGImages"));
    put_element(xml, "\t", "filename", file_name);
    put_section(xml, "source", source, "database");
    if (owner)
        put_section(xml, "owner", owner, "name");
    lw_buf_print(xml, "\t<size>\n\t\t<width>%d</width>\n\t\t<height>%d</height>\n\t\t<depth>3</depth>\n\t</size>\n\t<segmented>%d</segmented>\n",
                 item->width, item->height, has_regions);
    return lw_voc_counts_from_one(lw_json_get_text(source, "database")) ? 1 : 0;
}

static lw_status add_to_list(lw_ctx *cx, lw_writer *writer, const lw_item *item, lw_text id)
{
    size_t at = 0;
    while (at < writer->n_splits && !lw_text_equal(writer->splits[at], item->split))
        at++;
    if (at == LW_LIMIT_SPLITS)
        return lw_names_too_many_splits(cx, item->split);
    if (at == writer->n_splits)
        writer->splits[writer->n_splits++] = lw_text_copy(writer->arena, item->split);
    lw_buf_put_text(&writer->lists[at], id);
    lw_buf_put_char(&writer->lists[at], '\n');
    return LW_OK;
}

lw_status lw_voc_item(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *labels, size_t n_labels, const lw_media_ref *media)
{
    lw_report *report = writer->options.report;
    bool is_changed = false, has_regions = false;
    lw_arena_reset(writer->scratch);
    lw_buf_reset(&writer->xml);
    lw_text name = lw_names_give(writer->scratch, writer->names, item->name, item->split, (lw_text){0}, &is_changed), folder, base = name;
    if (is_changed)
        lw_report_add(report, LW_WARNING, "name-changed", "two images would share one label file; the later one is renamed", "%.*s: %.*s",
                      LW_FMT(item->name), LW_FMT(name));
    for (size_t i = 0; i < n_labels; i++)
        has_regions |= labels[i].shape.kind == LW_POLYGON || labels[i].shape.kind == LW_MASK;
    lw_text_split_last(name, '/', &folder, &base);
    double shift = put_head(writer, item, base, has_regions);
    for (size_t i = 0; i < n_labels; i++) {
        bool is_written = false;
        LW_TRY(put_object(cx, writer, item, &labels[i], shift, &is_written));
        report->labels_written += is_written;
        report->labels_skipped += !is_written;
        report->kinds[labels[i].shape.kind] += is_written;
    }
    lw_buf_put_literal(&writer->xml, "</annotation>\n");
    lw_text id = lw_path_bare(name);
    LW_TRY(add_to_list(cx, writer, item, id));
    LW_TRY(lw_format_put_media(cx, &writer->options, item, lw_text_print(writer->scratch, "JPEGImages/%.*s", LW_FMT(name)), media));
    return lw_target_file(cx, writer->options.target, lw_text_print(writer->scratch, "Annotations/%.*s.xml", LW_FMT(id)), lw_buf_text(&writer->xml));
}

/* A list a split; all of train and val together is trainval, and so is all when there are no splits. */
/* Without it Datumaro and CVAT know no classes but VOC's own twenty. */
static lw_status put_label_map(lw_ctx *cx, lw_writer *writer)
{
    LW_AUTO(lw_buf) map = {0};
    const lw_ontology *ontology = writer->options.ontology;
    lw_buf_put_literal(&map, "# label:color_rgb:parts:actions\n");
    for (size_t i = 0; i < ontology->n_classes; i++) {
        lw_text name = ontology->classes[i].name;
        if (!memchr(name.data, ':', name.size) && name.data[0] != '#')
            lw_buf_print(&map, "%.*s:::\n", LW_FMT(name));
    }
    return lw_target_file(cx, writer->options.target, LW_TEXT("labelmap.txt"), lw_buf_text(&map));
}

lw_status lw_voc_end(lw_ctx *cx, lw_writer *writer)
{
    LW_AUTO(lw_buf) both = {0};
    for (size_t i = 0; i < writer->n_splits; i++) {
        lw_text split = writer->splits[i];
        if (split.size == 0 || lw_text_is(split, "train") || lw_text_is(split, "val"))
            lw_buf_put_text(&both, lw_buf_text(&writer->lists[i]));
        if (split.size)
            LW_TRY(lw_target_file(cx, writer->options.target, lw_text_print(writer->arena, "ImageSets/Main/%.*s.txt", LW_FMT(split)),
                                  lw_buf_text(&writer->lists[i])));
    }
    if (both.size)
        LW_TRY(lw_target_file(cx, writer->options.target, LW_TEXT("ImageSets/Main/trainval.txt"), lw_buf_text(&both)));
    return put_label_map(cx, writer);
}
