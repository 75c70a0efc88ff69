#include "work/convert.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/turns.h"
#include "work/gather.h"
#include "work/parcel.h"

/* The first parcel tells what the writer must know before the first item; then it writes on a thread of its own while more is read.
 * What only later parcels tell (LW_FORESEES_) makes it begin anew, in a second pass that knows all. */
enum { LOOK_AHEAD_BYTES = 4 << 20, PARCEL_BYTES = 256 << 10 };

typedef struct conversion {
    const lw_convert_options *options;
    const lw_format *from, *to;
    lw_source *source, *images;
    lw_target *target, *given; /* given: a stream, where nothing is taken back */
    lw_gathered known;
} conversion;

typedef struct chunk {
    lw_parcel parcel;
    lw_status status; /* of its writing */
} chunk;

/* One time through the source. */
typedef struct passing {
    conversion *c;
    lw_ctx *cx; /* of the whole: who is told of progress */
    enum { LOOKING, WRITING, GATHERING } stage;
    bool is_last, is_written;
    lw_arena *arena;
    lw_report read, lost, written; /* each thread has its own */
    lw_ontology ontology;
    lw_write_options options;
    lw_writer *writer;
    lw_turns turns;
    chunk chunks[LW_TURNS];
    pthread_t thread;
    lw_ctx writing; /* of the thread */
} passing;

/* --- media */

typedef struct opening {
    passing *p;
    const lw_entry *image;
} opening;

static lw_status turn_upright(lw_ctx *cx, passing *p, const lw_entry *image, lw_fd *fd)
{
    lw_media_info info;
    if (lw_media_probe(cx, *fd, &info) != LW_OK || info.orientation <= 1) {
        lw_ctx_clear(cx); /* broken images are copied as they are: the reader has said so */
        return LW_OK;
    }
    lw_text bytes;
    if (!p->c->options->workers || lw_media_upright(cx, p->c->options->workers, *fd, &bytes, NULL) != LW_OK) {
        lw_report_add(&p->written, LW_WARNING, "not-upright", "an image that EXIF turns could not be written upright; copied as it is", "%.*s",
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
    LW_TRY(lw_source_open_entry(cx, o->p->c->images, o->image, &fd));
    if (lw_name_is_image(o->image->name))
        LW_TRY(turn_upright(cx, o->p, o->image, &fd));
    *out = fd;
    fd = -1;
    return LW_OK;
}

/* --- the writing thread */

static lw_status write_item(lw_ctx *cx, passing *p, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    const lw_format *format = p->c->to;
    opening state = {p, image};
    const char *folder = lw_source_folder(p->c->images);
    lw_media_ref media = {.open = open_media, .state = &state};
    if (image && folder)
        media.path = lw_path_join(cx->arena, folder, image->name);
    lw_status status = format->item(cx, p->writer, item, labels, n_labels, image ? &media : NULL);
    if (image && (status == LW_NOT_FOUND || status == LW_CONFLICT || status == LW_INVALID)) { /* the image alone */
        lw_report_add(&p->written, LW_ERROR, "image-unreadable", "image could not be written; its labels are", "%.*s: %s", LW_FMT(item->name),
                      cx->message);
        lw_ctx_clear(cx);
        status = format->item(cx, p->writer, item, labels, n_labels, NULL);
    }
    return status;
}

static lw_status write_parcel(passing *p, lw_parcel *parcel, lw_arena *scratch)
{
    lw_item item;
    const lw_entry *image;
    lw_label *labels;
    size_t n_labels;
    while (lw_parcel_next(parcel, &item, &image, &labels, &n_labels)) {
        lw_ctx inner = {.arena = scratch};
        int64_t n_skipped = p->written.items_skipped;
        if (write_item(&inner, p, &item, image, labels, n_labels) != LW_OK)
            return lw_fail(&p->writing, inner.status, "%s", inner.message);
        p->written.items_added += p->written.items_skipped == n_skipped;
        lw_arena_reset(scratch);
    }
    return LW_OK;
}

/* After a failure it only takes what comes: the reading side hears of it at its next turn. */
static void *write_parcels(void *state)
{
    passing *p = state;
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_status status = LW_OK;
    for (int i = -1; (i = lw_turns_take(&p->turns, i)) >= 0; lw_turns_emptied(&p->turns, i)) {
        if (status == LW_OK)
            status = write_parcel(p, &p->chunks[i].parcel, scratch);
        p->chunks[i].status = status;
        if (p->chunks[i].parcel.records.size >= LOOK_AHEAD_BYTES) /* never that large again */
            lw_parcel_cleanup(&p->chunks[i].parcel);
        else
            lw_parcel_empty(&p->chunks[i].parcel);
    }
    return NULL;
}

/* With all that is known so far. */
static lw_status begin_writing(lw_ctx *cx, passing *p)
{
    conversion *c = p->c;
    lw_ctx own = {.arena = p->arena};
    lw_write_options *options = &p->options;
    *options = c->known.facts;
    options->target = c->target;
    options->ontology = &p->ontology;
    options->project = lw_source_name(c->source);
    options->media = lw_target_is_one_file(c->target) ? LW_MEDIA_NONE : c->options->media;
    options->lossy = c->options->lossy;
    options->report = &p->lost;
    lw_status status = lw_gathered_ontology(&own, &c->known, p->arena, &p->ontology);
    if (status == LW_OK)
        status = lw_format_check_loss(&own, c->to, options);
    options->report = &p->written;
    if (status == LW_OK)
        status = c->to->begin(&own, options, &p->writer);
    if (status != LW_OK)
        return lw_fail(cx, status, "%s", own.message);
    c->known.grown = 0;
    p->stage = WRITING;
    LW_ASSERT(pthread_create(&p->thread, NULL, write_parcels, p) == 0);
    return LW_OK;
}

static lw_status stop_writing(lw_ctx *cx, passing *p)
{
    if (p->stage != WRITING)
        return LW_OK;
    lw_turns_end(&p->turns);
    pthread_join(p->thread, NULL);
    p->stage = GATHERING;
    return p->writing.status == LW_OK ? LW_OK : lw_fail(cx, p->writing.status, "%s", p->writing.message);
}

static lw_status hand_over(lw_ctx *cx, passing *p)
{
    lw_turns_give(&p->turns, p->turns.filling);
    lw_turns_next(&p->turns);
    return p->chunks[p->turns.filling].status == LW_OK ? LW_OK : stop_writing(cx, p);
}

/* --- the reading side */

static lw_status take_ontology(lw_ctx *cx, void *state, const lw_ontology *declared)
{
    passing *p = state;
    return lw_gather_ontology(cx, &p->c->known, declared);
}

/* What the labels did not say, the image's header does. */
static void measure(lw_arena *arena, const conversion *c, const lw_entry *image, lw_item *item)
{
    lw_ctx quiet = {.arena = arena};
    LW_AUTO(lw_fd) fd = -1;
    lw_media_info info;
    if (lw_source_open_entry(&quiet, c->images, image, &fd) != LW_OK || lw_media_probe(&quiet, fd, &info) != LW_OK)
        return;
    item->width = (int)info.width;
    item->height = (int)info.height;
}

/* The look-ahead is over: does the writer begin with what it has seen? */
static lw_status begin_early(lw_ctx *cx, passing *p)
{
    const conversion *c = p->c;
    bool may = p->is_last || !c->to->foresees || (!c->given && !(c->from->learns && c->to->foresees & LW_FORESEES_CLASSES));
    if (may && begin_writing(cx, p) == LW_OK)
        return hand_over(cx, p);
    if (p->is_last)
        return cx->status;
    lw_ctx_clear(cx); /* a refusal is to name all that cannot be written */
    p->stage = GATHERING;
    return LW_OK;
}

static lw_status take_item(lw_ctx *cx, void *state, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    passing *p = state;
    lw_item named = *item;
    if (!named.name.size)
        named.name = named.source_id; /* results know their images by number alone */
    if (image && !named.width)
        measure(cx->arena, p->c, image, &named);
    lw_gather_item(&p->c->known, &named, labels, n_labels);
    if (p->stage == WRITING && p->c->known.grown & p->c->to->foresees) {
        if (p->is_last)
            return lw_fail(cx, LW_CONFLICT, "%.*s changed while it was read", LW_FMT(lw_source_name(p->c->source)));
        LW_TRY(stop_writing(cx, p));
    }
    if (p->stage == GATHERING)
        return LW_OK;
    lw_parcel *parcel = &p->chunks[p->turns.filling].parcel;
    lw_parcel_put(parcel, &named, image, labels, n_labels);
    if (parcel->records.size < (p->stage == LOOKING ? LOOK_AHEAD_BYTES : PARCEL_BYTES))
        return LW_OK;
    return p->stage == LOOKING ? begin_early(cx, p) : hand_over(cx, p);
}

static lw_status pass_progress(lw_ctx *cx, void *state, int64_t done, int64_t total)
{
    passing *p = state;
    lw_status status = lw_progress(p->cx, done, total);
    return status == LW_OK ? LW_OK : lw_fail(cx, status, "%s", p->cx->message);
}

/* What is lost is judged again, by all that came. */
static lw_status end_writing(lw_ctx *cx, passing *p)
{
    LW_TRY(hand_over(cx, p));
    LW_TRY(stop_writing(cx, p));
    lw_write_options all = p->c->known.facts;
    p->lost = (lw_report){.arena = p->arena};
    all.target = p->options.target;
    all.ontology = p->options.ontology;
    all.lossy = p->options.lossy;
    all.report = &p->lost;
    LW_TRY(lw_format_check_loss(cx, p->c->to, &all));
    LW_TRY(p->c->to->end(cx, p->writer));
    p->is_written = true;
    return lw_target_commit(cx, p->c->target);
}

static lw_status read_all(lw_ctx *cx, passing *p)
{
    const conversion *c = p->c;
    lw_read_options read = {.source = c->source,
                            .images = c->images == c->source ? NULL : c->images,
                            .split = c->options->split,
                            .by_name = c->options->from.size > 0,
                            .reads_media = true,
                            .report = &p->read,
                            .columns = c->options->columns};
    lw_sink sink = {p, take_ontology, take_item, pass_progress};
    LW_TRY(c->from->read(cx, &read, &sink));
    if (p->stage == LOOKING)
        LW_TRY(begin_writing(cx, p));
    return p->stage == WRITING ? end_writing(cx, p) : LW_OK;
}

/* --- the whole */

/* Without *is_written and without a failure the source is to be gone through once more, with all that is known now. */
static lw_status pass_once(lw_ctx *cx, conversion *c, bool is_last, lw_report *report, bool *is_written)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    const lw_report none = {.arena = arena};
    passing p = {.c = c, .cx = cx, .is_last = is_last, .arena = arena, .read = none, .lost = none, .written = none};
    lw_turns_init(&p.turns);
    lw_status status = read_all(cx, &p);
    lw_ctx quiet = {.arena = arena};
    if (stop_writing(&quiet, &p) != LW_OK && status == LW_OK)
        status = lw_fail(cx, quiet.status, "%s", quiet.message);
    if (p.writer && c->to->close)
        c->to->close(p.writer);
    if (status != LW_OK || p.is_written) {
        lw_report_join(report, &p.read);
        lw_report_join(report, &p.lost);
        lw_report_join(report, &p.written);
    }
    for (size_t i = 0; i < LW_COUNT(p.chunks); i++)
        lw_parcel_cleanup(&p.chunks[i].parcel);
    lw_turns_cleanup(&p.turns);
    *is_written = p.is_written;
    return status;
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

static lw_status open_target(lw_ctx *cx, conversion *c)
{
    lw_target_close(c->target == c->given ? NULL : c->target);
    c->target = c->given;
    return c->given ? LW_OK : lw_target_open(cx, c->options->target, &c->target);
}

static lw_status convert(lw_ctx *cx, conversion *c, lw_report *report)
{
    const lw_convert_options *options = c->options;
    LW_TRY(choose_target_format(cx, options, &c->to));
    snprintf(report->format, sizeof report->format, "%s", c->to->name);
    LW_TRY(open_target(cx, c));
    LW_TRY(lw_source_open(cx, options->source, options->roots, report, &c->source));
    c->images = c->source;
    if (options->images)
        LW_TRY(lw_source_open(cx, options->images, options->roots, report, &c->images));
    LW_TRY(options->from.size ? lw_format_find(cx, options->from, &c->from) : lw_format_detect(cx, c->source, &c->from));
    if (!c->from->read)
        return lw_fail(cx, LW_USAGE, "%s can be written, but not read", c->from->name);
    bool is_written;
    LW_TRY(pass_once(cx, c, false, report, &is_written));
    if (is_written)
        return LW_OK;
    LW_TRY(open_target(cx, c));
    return pass_once(cx, c, true, report, &is_written);
}

lw_status lw_convert_into(lw_ctx *cx, const lw_convert_options *options, lw_target *target, lw_report *report)
{
    conversion c = {.options = options, .given = target};
    lw_gathered_init(&c.known);
    lw_status status = convert(cx, &c, report);
    if (c.target != c.given)
        lw_target_close(c.target);
    if (c.images != c.source)
        lw_source_close(c.images);
    lw_source_close(c.source);
    lw_gathered_cleanup(&c.known);
    return status;
}

lw_status lw_convert(lw_ctx *cx, const lw_convert_options *options, lw_report *report) { return lw_convert_into(cx, options, NULL, report); }
