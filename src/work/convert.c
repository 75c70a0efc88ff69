#include "work/convert.h"

#include <errno.h>
#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

#include "work/spool.h"

enum { MAX_SPLITS = 64, PROGRESS_EVERY = 256 };

/* What is gathered on the way: the items in a spool, and all that a writer must know first. */
typedef struct gathering {
    lw_ctx *cx; /* of the whole: who is told of progress */
    const lw_convert_options *options;
    lw_arena *arena;
    lw_report *report;
    lw_spool *spool;
    lw_source *source, *images;
    lw_ontology ontology;
    lw_text splits[MAX_SPLITS];
    lw_write_options facts;
    int64_t n_items;
} gathering;

/* --- classes */

static void join_attribute(gathering *g, lw_class *of, const lw_attribute_def *declared)
{
    lw_attribute_def *known = of ? lw_class_attribute(&g->ontology, of, declared->name) : NULL;
    for (size_t i = 0; !of && i < g->ontology.n_item_attributes; i++)
        if (lw_text_equal(g->ontology.item_attributes[i].name, declared->name))
            known = &g->ontology.item_attributes[i];
    if (!known) {
        known = lw_class_add_attribute(g->arena, &g->ontology, of, declared->name, declared->type);
        known->required = declared->required;
    }
    for (size_t i = 0; i < declared->n_options; i++)
        if (!lw_option_find(known, declared->options[i].name))
            lw_attribute_add_option(g->arena, known, declared->options[i].name);
}

static void join_class(gathering *g, const lw_class *declared)
{
    lw_class *of = lw_class_find(&g->ontology, declared->name);
    if (!of) {
        of = lw_ontology_add_class(g->arena, &g->ontology, declared->name);
        of->index = declared->index;
        of->kinds = declared->kinds;
        of->color = lw_text_copy(g->arena, declared->color);
        of->key = lw_text_copy(g->arena, declared->key);
    }
    if (of->n_keypoints == 0 && declared->n_keypoints) {
        of->keypoints = lw_new_array(g->arena, lw_text, declared->n_keypoints);
        for (size_t i = 0; i < declared->n_keypoints; i++)
            of->keypoints[i] = lw_text_copy(g->arena, declared->keypoints[i]);
        of->n_keypoints = declared->n_keypoints;
        of->edges = lw_alloc_array(g->arena, declared->n_edges, sizeof *of->edges);
        if (declared->n_edges)
            memcpy(of->edges, declared->edges, declared->n_edges * sizeof *of->edges);
        of->n_edges = declared->n_edges;
    }
    for (size_t i = 0; i < declared->n_attributes; i++)
        join_attribute(g, of, &declared->attributes[i]);
}

static lw_status take_ontology(lw_ctx *cx, void *state, const lw_ontology *declared)
{
    gathering *g = state;
    bool is_first = g->ontology.n_classes == 0 && g->ontology.n_item_attributes == 0;
    if (is_first) { /* with conditions, groups and all */
        LW_AUTO(lw_buf) buf = {0};
        lw_ctx inner = {.arena = g->arena};
        lw_json *root;
        lw_ontology_write_json(&buf, declared);
        if (lw_json_parse(&inner, lw_text_copy(g->arena, lw_buf_text(&buf)), &root) == LW_OK &&
            lw_ontology_from_json(&inner, root, &g->ontology) == LW_OK)
            return LW_OK;
        g->ontology = (lw_ontology){0};
        return lw_fail(cx, LW_INVALID, "the source's classes contradict themselves: %s", inner.message);
    }
    for (size_t i = 0; i < declared->n_classes; i++)
        join_class(g, &declared->classes[i]);
    for (size_t i = 0; i < declared->n_classes; i++) {
        lw_class *of = lw_class_find(&g->ontology, declared->classes[i].name);
        if (of && !of->parent.size && declared->classes[i].parent.size)
            of->parent = lw_text_copy(g->arena, declared->classes[i].parent);
    }
    for (size_t i = 0; i < declared->n_item_attributes; i++)
        join_attribute(g, NULL, &declared->item_attributes[i]);
    return LW_OK;
}

/* Classes that got no number yet take the next ones, so that every format numbers them alike. */
static void number_classes(lw_ontology *ontology)
{
    int64_t next = 0;
    for (size_t i = 0; i < ontology->n_classes; i++)
        if (ontology->classes[i].index >= next)
            next = ontology->classes[i].index + 1;
    for (size_t i = 0; i < ontology->n_classes; i++)
        if (ontology->classes[i].index < 0)
            ontology->classes[i].index = next++;
}

/* --- items */

static void note_split(gathering *g, lw_text split)
{
    for (size_t i = 0; i < g->facts.n_splits; i++)
        if (lw_text_equal(g->splits[i], split))
            return;
    if (g->facts.n_splits < MAX_SPLITS)
        g->splits[g->facts.n_splits++] = split.size ? lw_text_copy(g->arena, split) : LW_TEXT("");
}

static void note_label(gathering *g, const lw_label *label)
{
    lw_write_options *facts = &g->facts;
    const lw_shape *shape = &label->shape;
    bool is_item = shape->kind == LW_TAG && lw_text_is(label->class_name, LW_ITEM_CLASS);
    if (is_item)
        facts->has_item_attributes |= label->n_attributes > 0;
    else
        facts->kinds |= 1u << shape->kind | (shape->skeleton ? 1u << LW_SKELETON : 0);
    facts->has_attributes |= !is_item && label->n_attributes > 0;
    facts->has_confidence |= !isnan(label->confidence);
    facts->has_tracks |= label->track != 0;
    facts->has_groups |= label->group != 0;
    facts->has_holes |= shape->kind == LW_POLYGON && shape->n_rings > shape->n_parts;
    facts->has_parts |= shape->kind == LW_POLYGON && shape->n_parts > 1;
    facts->has_angles |= shape->kind == LW_BOX && shape->angle != 0;
    if (!is_item && !lw_class_find(&g->ontology, label->class_name) && label->class_name.size)
        lw_ontology_add_class(g->arena, &g->ontology, label->class_name);
}

/* What the labels did not say, the image's header does. */
static void measure(lw_arena *arena, gathering *g, const lw_entry *image, lw_item *item)
{
    lw_ctx quiet = {.arena = arena};
    LW_AUTO(lw_fd) fd = -1;
    lw_media_info info;
    if (lw_source_open_entry(&quiet, g->images, image, &fd) != LW_OK || lw_media_probe(&quiet, fd, &info) != LW_OK)
        return;
    item->width = (int)info.width;
    item->height = (int)info.height;
}

static lw_status take_item(lw_ctx *cx, void *state, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    gathering *g = state;
    lw_item named = *item;
    if (!named.name.size)
        named.name = named.source_id; /* results know their images by number alone */
    if (image && !named.width)
        measure(cx->arena, g, image, &named);
    note_split(g, named.split);
    g->facts.has_metadata |= named.metadata.size > 0;
    for (size_t i = 0; i < n_labels; i++)
        note_label(g, &labels[i]);
    g->n_items++;
    return lw_spool_put(cx, g->spool, &named, image, labels, n_labels);
}

static lw_status pass_progress(lw_ctx *cx, void *state, int64_t done, int64_t total)
{
    gathering *g = state;
    lw_status status = lw_progress(g->cx, done / 2, total);
    return status == LW_OK ? LW_OK : lw_fail(cx, status, "%s", g->cx->message);
}

/* --- media */

typedef struct opening {
    gathering *g;
    const lw_entry *image;
} opening;

static lw_status turn_upright(lw_ctx *cx, gathering *g, const lw_entry *image, lw_fd *fd)
{
    lw_media_info info;
    if (lw_media_probe(cx, *fd, &info) != LW_OK || info.orientation <= 1) {
        lw_ctx_clear(cx); /* broken images are copied as they are: the reader has said so */
        return LW_OK;
    }
    lw_text bytes;
    if (!g->options->workers || lw_media_upright(cx, g->options->workers, *fd, &bytes, NULL) != LW_OK) {
        lw_report_add(g->report, LW_WARNING, "not-upright", "an image that EXIF turns could not be written upright; copied as it is", "%.*s",
                      LW_FMT(image->name));
        lw_ctx_clear(cx);
        return LW_OK;
    }
    LW_AUTO(lw_fd) upright = memfd_create("upright", MFD_CLOEXEC);
    if (upright < 0)
        return lw_fail_errno(cx, errno, "cannot hold an image in memory");
    LW_TRY(lw_fd_write(cx, upright, bytes.data, bytes.size));
    lw_fd_cleanup(fd);
    *fd = upright;
    upright = -1;
    return lseek(*fd, 0, SEEK_SET) == 0 ? LW_OK : lw_fail_errno(cx, errno, "cannot read an image");
}

static lw_status open_media(lw_ctx *cx, void *state, lw_fd *out)
{
    opening *o = state;
    LW_AUTO(lw_fd) fd = -1;
    LW_TRY(lw_source_open_entry(cx, o->g->images, o->image, &fd));
    if (lw_name_is_image(o->image->name))
        LW_TRY(turn_upright(cx, o->g, o->image, &fd));
    *out = fd;
    fd = -1;
    return LW_OK;
}

static lw_status write_item(lw_ctx *cx, gathering *g, const lw_format *format, lw_writer *writer, const lw_item *item, const lw_entry *image,
                            const lw_label *labels, size_t n_labels)
{
    opening state = {g, image};
    const char *folder = lw_source_folder(g->images);
    lw_media_ref media = {.open = open_media, .state = &state};
    if (image && folder)
        media.path = lw_path_join(cx->arena, folder, image->name);
    lw_status status = format->item(cx, writer, item, labels, n_labels, image ? &media : NULL);
    if (image && (status == LW_NOT_FOUND || status == LW_CONFLICT || status == LW_INVALID)) { /* the image alone */
        lw_report_add(g->report, LW_ERROR, "image-unreadable", "image could not be written; its labels are", "%.*s: %s", LW_FMT(item->name),
                      cx->message);
        lw_ctx_clear(cx);
        status = format->item(cx, writer, item, labels, n_labels, NULL);
    }
    return status;
}

static lw_status write_items(lw_ctx *cx, gathering *g, const lw_format *format, lw_writer *writer)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_item item;
    const lw_entry *image;
    lw_label *labels;
    size_t n_labels;
    bool found;
    for (int64_t i = 0;; i++) {
        lw_ctx inner = {.arena = scratch};
        LW_TRY(lw_spool_get(cx, g->spool, &item, &image, &labels, &n_labels, &found));
        if (!found)
            return LW_OK;
        int64_t n_skipped = g->report->items_skipped;
        if (write_item(&inner, g, format, writer, &item, image, labels, n_labels) != LW_OK)
            return lw_fail(cx, inner.status, "%s", inner.message);
        g->report->items_added += g->report->items_skipped == n_skipped;
        lw_arena_reset(scratch);
        if (i % PROGRESS_EVERY == 0)
            LW_TRY(lw_progress(g->cx, g->n_items + i, 2 * g->n_items));
    }
}

/* --- the whole */

static lw_status read_all(lw_ctx *cx, gathering *g, const lw_format **from)
{
    const lw_convert_options *options = g->options;
    if (options->from.size)
        LW_TRY(lw_format_find(cx, options->from, from));
    else
        LW_TRY(lw_format_detect(cx, g->source, from));
    if (!(*from)->read)
        return lw_fail(cx, LW_USAGE, "%s can be written, but not read", (*from)->name);
    lw_read_options read = {.source = g->source,
                            .images = g->images == g->source ? NULL : g->images,
                            .split = options->split,
                            .by_name = options->from.size > 0,
                            .reads_media = true,
                            .report = g->report,
                            .columns = options->columns};
    lw_sink sink = {g, take_ontology, take_item, pass_progress};
    LW_TRY((*from)->read(cx, &read, &sink));
    return lw_spool_rewind(cx, g->spool);
}

static lw_status write_all(lw_ctx *cx, gathering *g, const lw_format *to, lw_target *target)
{
    lw_writer *writer = NULL;
    number_classes(&g->ontology);
    g->facts.target = target;
    g->facts.ontology = &g->ontology;
    g->facts.project = lw_source_name(g->source);
    g->facts.media = lw_target_is_one_file(target) ? LW_MEDIA_NONE : g->options->media;
    g->facts.lossy = g->options->lossy;
    g->facts.splits = g->splits;
    g->facts.report = g->report;
    LW_TRY(lw_format_check_loss(cx, to, &g->facts));
    LW_TRY(to->begin(cx, &g->facts, &writer));
    lw_status status = write_items(cx, g, to, writer);
    if (status == LW_OK)
        status = to->end(cx, writer);
    if (to->close)
        to->close(writer);
    LW_TRY(status);
    return lw_target_commit(cx, target);
}

static lw_status choose_target_format(lw_ctx *cx, const lw_convert_options *options, const lw_format **out)
{
    static const struct {
        const char *ending, *format;
    } endings[] = {{".jsonl", "jsonl"}, {".json", "coco"}, {".csv", "csv"}};
    lw_text name = options->to;
    for (size_t i = 0; i < LW_COUNT(endings) && !name.size && options->target; i++)
        if (lw_text_ends_nocase(lw_text_from(options->target), endings[i].ending))
            name = lw_text_from(endings[i].format);
    if (!name.size)
        return lw_fail(cx, LW_USAGE, "which format is to be written? Say it with --to");
    LW_TRY(lw_format_find(cx, name, out));
    return (*out)->begin ? LW_OK : lw_fail(cx, LW_USAGE, "%s can be read, but not written", (*out)->name);
}

static lw_status convert(lw_ctx *cx, gathering *g, lw_target *given)
{
    const lw_convert_options *options = g->options;
    const lw_format *from, *to;
    LW_TRY(choose_target_format(cx, options, &to));
    snprintf(g->report->format, sizeof g->report->format, "%s", to->name);
    LW_AUTO(lw_target_auto) opened = NULL;
    if (!given)
        LW_TRY(lw_target_open(cx, options->target, &opened));
    LW_TRY(lw_source_open(cx, options->source, options->roots, g->report, &g->source));
    g->images = g->source;
    if (options->images)
        LW_TRY(lw_source_open(cx, options->images, options->roots, g->report, &g->images));
    LW_TRY(lw_spool_new(cx, &g->spool));
    LW_TRY(read_all(cx, g, &from));
    return write_all(cx, g, to, given ? given : opened);
}

lw_status lw_convert_into(lw_ctx *cx, const lw_convert_options *options, lw_target *target, lw_report *report)
{
    gathering g = {.cx = cx, .options = options, .arena = lw_arena_new(), .report = report};
    lw_ontology_index(g.arena, &g.ontology);
    lw_status status = convert(cx, &g, target);
    lw_spool_free(g.spool);
    if (g.images != g.source)
        lw_source_close(g.images);
    lw_source_close(g.source);
    lw_arena_free(g.arena);
    return status;
}

lw_status lw_convert(lw_ctx *cx, const lw_convert_options *options, lw_report *report) { return lw_convert_into(cx, options, NULL, report); }
