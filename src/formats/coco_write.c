#include "formats/coco_write.h"

#include <errno.h>
#include <unistd.h>

#include "base/limits.h"
#include "formats/id_table.h"
#include "formats/names.h"

/* Categories, then annotations, then images. Where the labels are all that is written, annotations go out at once and images, which are
 * little, wait in an unlinked file; beside media, and with several splits, both wait. */

enum { FLUSH_BYTES = 256 << 10 };

typedef struct spool {
    lw_fd fd;
    lw_buf out;
    int64_t n;
} spool;

typedef struct split_out {
    lw_text name;
    spool images, instances, tags;
    lw_id_table image_ids, label_ids; /* those that are taken: ids are unique in a file */
    int64_t next_image_id, next_label_id;
} split_out;

struct lw_writer {
    lw_write_options options;
    lw_arena *arena;
    bool is_direct; /* one file whose annotations go out at once */
    bool is_one;    /* all splits in one file */
    split_out splits[LW_LIMIT_SPLITS];
    size_t n_splits;
    int64_t *category_ids; /* by place of the class */
};

void lw_coco_close(lw_writer *writer)
{
    for (size_t i = 0; i < writer->n_splits; i++) {
        spool *const spools[] = {&writer->splits[i].images, &writer->splits[i].instances, &writer->splits[i].tags};
        for (size_t k = 0; k < LW_COUNT(spools); k++) {
            lw_fd_cleanup(&spools[k]->fd);
            lw_buf_cleanup(&spools[k]->out);
        }
        lw_id_table_cleanup(&writer->splits[i].image_ids);
        lw_id_table_cleanup(&writer->splits[i].label_ids);
    }
    lw_arena_free(writer->arena);
    lw_heap_free(writer);
}

static lw_status flush(lw_ctx *cx, lw_writer *writer, spool *to, bool is_direct)
{
    lw_text text = lw_buf_text(&to->out);
    lw_buf_reset(&to->out);
    if (is_direct)
        return lw_target_put(cx, writer->options.target, text.data, text.size);
    if (to->fd < 0)
        LW_TRY(lw_fd_temporary(cx, &to->fd));
    return lw_fd_write(cx, to->fd, text.data, text.size);
}

/* Numbers that were kept from a source come out again; the others take what is free. */
static void number_categories(lw_writer *writer)
{
    const lw_ontology *ontology = writer->options.ontology;
    int64_t next = 1;
    writer->category_ids = lw_new_array(writer->arena, int64_t, ontology->n_classes);
    for (size_t i = 0; i < ontology->n_classes; i++)
        if (ontology->classes[i].index + 1 >= next)
            next = ontology->classes[i].index + 2;
    for (size_t i = 0; i < ontology->n_classes; i++)
        writer->category_ids[i] = ontology->classes[i].index >= 0 ? ontology->classes[i].index + 1 : next++;
}

static void put_category(lw_buf *buf, const lw_class *of, int64_t id)
{
    lw_buf_put_literal(buf, "{\"id\":");
    lw_buf_put_int(buf, id);
    lw_buf_put_literal(buf, ",\"name\":");
    lw_buf_put_json_text(buf, of->name);
    lw_buf_put_literal(buf, ",\"supercategory\":");
    lw_buf_put_json_text(buf, of->parent);
    if (of->n_keypoints) {
        lw_buf_put_literal(buf, ",\"keypoints\":[");
        for (size_t i = 0; i < of->n_keypoints; i++) {
            lw_buf_put_string(buf, i ? "," : "");
            lw_buf_put_json_text(buf, of->keypoints[i]);
        }
        lw_buf_put_literal(buf, "],\"skeleton\":[");
        for (size_t i = 0; i < of->n_edges; i++)
            lw_buf_print(buf, "%s[%u,%u]", i ? "," : "", of->edges[i][0] + 1, of->edges[i][1] + 1);
        lw_buf_put_char(buf, ']');
    }
    lw_buf_put_char(buf, '}');
}

static void put_head(lw_buf *buf, const lw_writer *writer)
{
    const lw_ontology *ontology = writer->options.ontology;
    lw_buf_put_literal(buf, "{\"info\":{\"description\":");
    lw_buf_put_json_text(buf, writer->options.project);
    lw_buf_print(buf, ",\"version\":\"%" PRId64 "\"},\n\"licenses\":[],\n\"categories\":[", writer->options.seq);
    for (size_t i = 0; i < ontology->n_classes; i++) {
        lw_buf_put_string(buf, i ? ",\n" : "\n");
        put_category(buf, &ontology->classes[i], writer->category_ids[i]);
    }
    lw_buf_put_literal(buf, "],\n\"annotations\":[\n");
}

lw_status lw_coco_begin(lw_ctx *cx, const lw_write_options *options, lw_writer **out)
{
    bool is_one = lw_target_is_one_file(options->target);
    bool is_direct = is_one || (options->media == LW_MEDIA_NONE && options->n_splits <= 1 && !(options->kinds & 1u << LW_TAG));
    if (is_one && options->media != LW_MEDIA_NONE)
        lw_report_add(options->report, LW_INFO, "media-not-written", "one file holds no media; give a folder or an archive for them", "instances");
    if (is_one && options->n_splits > 1)
        lw_report_add(options->report, LW_WARNING, "splits-left-out", "one file of COCO says no splits; give a folder for a file each", "%.*s",
                      LW_FMT(options->splits[options->splits[0].size == 0]));
    lw_text name = options->n_splits == 1 && options->splits[0].size
                       ? lw_text_print(cx->arena, "annotations/instances_%.*s.json", LW_FMT(options->splits[0]))
                       : LW_TEXT("annotations/instances.json");
    if (is_direct)
        LW_TRY(lw_target_begin(cx, options->target, name));
    lw_writer *writer = lw_heap_new(sizeof *writer);
    *writer = (lw_writer){.options = *options, .arena = lw_arena_new(), .is_one = is_one, .is_direct = is_direct};
    number_categories(writer);
    *out = writer;
    if (!is_direct)
        return LW_OK;
    LW_AUTO(lw_buf) head = {0};
    put_head(&head, writer);
    return lw_target_put(cx, options->target, head.data, head.size);
}

static lw_status split_for(lw_ctx *cx, lw_writer *writer, lw_text name, split_out **out)
{
    if (writer->is_one)
        name = (lw_text){0};
    for (size_t i = 0; i < writer->n_splits; i++)
        if (lw_text_equal(writer->splits[i].name, name)) {
            *out = &writer->splits[i];
            return LW_OK;
        }
    if (writer->n_splits == LW_LIMIT_SPLITS)
        return lw_names_too_many_splits(cx, name);
    if (writer->is_direct && writer->n_splits == 1)
        return lw_fail(cx, LW_FAILED, "more splits than were announced: '%.*s'", LW_FMT(name));
    *out = &writer->splits[writer->n_splits++];
    **out = (split_out){
        .name = lw_text_copy(writer->arena, name), .images.fd = -1, .instances.fd = -1, .tags.fd = -1, .next_image_id = 1, .next_label_id = 1};
    return LW_OK;
}

/* The source's own number where it is one and free; 0 means nothing to many readers. */
static int64_t take_id(lw_id_table *taken, lw_text source_id, int64_t *next)
{
    int64_t id;
    if (lw_text_to_int(source_id, &id) && id > 0 && id <= 1LL << 53 && lw_id_table_add(taken, id, 0))
        return id;
    while (!lw_id_table_add(taken, *next, 0))
        ++*next;
    return (*next)++;
}

/* What an image's own folder repeats is taken off: images/ stands in front of every one. */
static lw_text file_name_of(const lw_writer *writer, const lw_item *item)
{
    return !writer->is_one && lw_text_starts(item->name, "images/") ? lw_text_slice(item->name, 7, item->name.size) : item->name;
}

static void put_image(lw_buf *buf, const lw_item *item, lw_text file_name, int64_t id)
{
    lw_buf_put_literal(buf, "{\"id\":");
    lw_buf_put_int(buf, id);
    lw_buf_put_literal(buf, ",\"file_name\":");
    lw_buf_put_json_text(buf, file_name);
    if (item->width > 0 && item->height > 0) {
        lw_buf_put_literal(buf, ",\"width\":");
        lw_buf_put_int(buf, item->width);
        lw_buf_put_literal(buf, ",\"height\":");
        lw_buf_put_int(buf, item->height);
    }
    if (item->metadata.size > 2) { /* "{…}" without its braces */
        lw_buf_put_char(buf, ',');
        lw_buf_put(buf, item->metadata.data + 1, item->metadata.size - 1);
    } else {
        lw_buf_put_char(buf, '}');
    }
}

static lw_status put_label(lw_ctx *cx, lw_writer *writer, const lw_item *item, split_out *split, int64_t image_id, const lw_label *label)
{
    lw_report *report = writer->options.report;
    bool is_of_item = lw_text_is(label->class_name, LW_ITEM_CLASS); /* a class of its own, which stands in no list */
    const lw_class *of = is_of_item ? NULL : lw_class_find(writer->options.ontology, label->class_name);
    bool is_tag = label->shape.kind == LW_TAG, left_out = false;
    const char *changed = NULL;
    if (!of || (is_tag && writer->is_one)) {
        report->labels_skipped++;
        if (!writer->options.lossy && of)
            return lw_fail(cx, LW_REFUSED, "one file of COCO has no place for tags; give a folder, or agree to the loss with --lossy");
        lw_report_add(report, LW_WARNING, of ? "tag-left-out" : "item-attributes-left-out",
                      of ? "a tag has no place in one file of COCO; left out" : "attributes of the item have no place in COCO; left out", "%.*s",
                      LW_FMT(item->name));
        return LW_OK;
    }
    spool *to = is_tag ? &split->tags : &split->instances;
    lw_coco_out out = {.id = take_id(&split->label_ids, label->source_id, &split->next_label_id),
                       .image_id = image_id,
                       .category_id = writer->category_ids[of - writer->options.ontology->classes],
                       .width = item->width,
                       .height = item->height,
                       .lossy = writer->options.lossy};
    size_t before = to->out.size;
    lw_buf_put_string(&to->out, to->n ? ",\n" : "");
    LW_TRY(lw_coco_put_annotation(cx, &to->out, &out, label, &changed, &left_out));
    if (changed)
        lw_report_add(report, LW_WARNING, changed, left_out ? "a shape has no place in COCO; left out" : "a shape was changed into one that COCO has",
                      "%.*s: %s", LW_FMT(item->name), lw_kind_name(label->shape.kind));
    if (left_out) {
        to->out.size = before;
        report->labels_skipped++;
        return LW_OK;
    }
    to->n++;
    report->labels_written++;
    report->kinds[label->shape.kind]++;
    return to->out.size >= FLUSH_BYTES ? flush(cx, writer, to, writer->is_direct) : LW_OK;
}

lw_status lw_coco_item_put(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *labels, size_t n_labels, const lw_media_ref *media)
{
    split_out *split = NULL;
    lw_text file_name = file_name_of(writer, item);
    LW_TRY(split_for(cx, writer, item->split, &split));
    if (!writer->is_one)
        LW_TRY(lw_format_put_media(cx, &writer->options, item, lw_text_print(cx->arena, "images/%.*s", LW_FMT(file_name)), media));
    int64_t id = take_id(&split->image_ids, item->source_id, &split->next_image_id);
    spool *images = &split->images;
    lw_buf_put_string(&images->out, images->n++ ? ",\n" : "");
    put_image(&images->out, item, file_name, id);
    if (images->out.size >= FLUSH_BYTES)
        LW_TRY(flush(cx, writer, images, false));
    for (size_t i = 0; i < n_labels; i++)
        LW_TRY(put_label(cx, writer, item, split, id, &labels[i]));
    return LW_OK;
}

static lw_status put_spool(lw_ctx *cx, lw_writer *writer, spool *from)
{
    if (from->fd >= 0)
        LW_TRY(lw_target_put_text(cx, writer->options.target, from->fd));
    return lw_target_put(cx, writer->options.target, from->out.data, from->out.size);
}

static lw_status put_rest(lw_ctx *cx, lw_writer *writer, split_out *split, spool *annotations)
{
    if (annotations)
        LW_TRY(put_spool(cx, writer, annotations));
    LW_TRY(lw_target_put(cx, writer->options.target, "],\n\"images\":[\n", 14));
    if (split)
        LW_TRY(put_spool(cx, writer, &split->images));
    LW_TRY(lw_target_put(cx, writer->options.target, "]}\n", 3));
    return lw_target_end(cx, writer->options.target);
}

static lw_status put_file(lw_ctx *cx, lw_writer *writer, const char *task, split_out *split, spool *annotations)
{
    lw_text name = split && split->name.size ? lw_text_print(cx->arena, "annotations/%s_%.*s.json", task, LW_FMT(split->name))
                                             : lw_text_print(cx->arena, "annotations/%s.json", task);
    LW_AUTO(lw_buf) head = {0};
    put_head(&head, writer);
    LW_TRY(lw_target_begin(cx, writer->options.target, name));
    LW_TRY(lw_target_put(cx, writer->options.target, head.data, head.size));
    return put_rest(cx, writer, split, annotations);
}

lw_status lw_coco_end(lw_ctx *cx, lw_writer *writer)
{
    if (writer->is_direct) {
        split_out *only = writer->n_splits ? &writer->splits[0] : NULL;
        return put_rest(cx, writer, only, only ? &only->instances : NULL);
    }
    if (writer->n_splits == 0)
        return put_file(cx, writer, "instances", NULL, NULL);
    for (size_t i = 0; i < writer->n_splits; i++) {
        split_out *split = &writer->splits[i];
        if (split->instances.n || split->tags.n == 0)
            LW_TRY(put_file(cx, writer, "instances", split, &split->instances));
        if (split->tags.n)
            LW_TRY(put_file(cx, writer, "labels", split, &split->tags));
    }
    return LW_OK;
}
