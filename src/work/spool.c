#include "work/spool.h"

enum { FLUSH_BYTES = 1 << 20, WINDOW_BYTES = 1 << 20 };

struct lw_spool {
    lw_fd fd;
    lw_buf out;
    int64_t n_items;
    /* reading */
    char *window;
    size_t capacity, filled, at;
    int64_t offset; /* in the file, of what comes behind the window */
    int64_t size;
};

typedef struct head {
    uint64_t size; /* of the record with its head */
    uint64_t n_labels;
    const lw_entry *image;
    lw_item item;
} head;

/* Goes through everything that an item and its labels point at, in one order for both ways. */
typedef struct visitor {
    lw_buf *out;    /* writing: what is pointed at is appended … */
    const char *in; /* reading: … and found again here */
} visitor;

static void visit(visitor *v, const void *pointer_at, size_t size)
{
    static const char zeros[8];
    const void **pointer = (const void **)pointer_at;
    size_t padded = (size + 7) & ~(size_t)7;
    if (v->out) {
        lw_buf_put(v->out, *pointer, size);
        lw_buf_put(v->out, zeros, padded - size);
    } else {
        *pointer = size ? v->in : NULL;
        v->in += padded;
    }
}

static void visit_text(visitor *v, const lw_text *text) { visit(v, &text->data, text->size); }

static void visit_attributes(visitor *v, const lw_attribute *const *attributes, size_t n)
{
    visit(v, attributes, n * sizeof(lw_attribute));
    for (size_t i = 0; i < n; i++) {
        const lw_attribute *attribute = &(*attributes)[i];
        visit_text(v, &attribute->name);
        visit_text(v, &attribute->text);
        visit(v, &attribute->many, attribute->n_many * sizeof(lw_text));
        for (size_t k = 0; k < attribute->n_many; k++)
            visit_text(v, &attribute->many[k]);
    }
}

static void visit_label(visitor *v, const lw_label *label)
{
    const lw_shape *shape = &label->shape;
    visit_text(v, &label->class_name);
    visit_text(v, &label->layer);
    visit_text(v, &label->by);
    visit_text(v, &label->source_id);
    visit_text(v, &shape->counts);
    visit(v, &shape->xy, 2 * shape->n_points * sizeof(double));
    visit(v, &shape->ring_points, shape->n_rings * sizeof(uint32_t));
    visit(v, &shape->part_rings, shape->n_parts * sizeof(uint32_t));
    visit(v, &shape->skeleton, 3 * shape->n_keypoints * sizeof(double));
    visit_attributes(v, &label->attributes, label->n_attributes);
}

static void visit_item(visitor *v, const lw_item *item)
{
    visit_text(v, &item->name);
    visit_text(v, &item->dataset);
    visit_text(v, &item->sha256);
    visit_text(v, &item->layer);
    visit_text(v, &item->split);
    visit_text(v, &item->metadata);
    visit_text(v, &item->source_id);
    visit(v, &item->tracks, item->n_tracks * sizeof(lw_track));
    for (size_t i = 0; i < item->n_tracks; i++) {
        const lw_track *track = &item->tracks[i];
        visit_text(v, &track->class_name);
        visit_text(v, &track->layer);
        visit_text(v, &track->by);
        visit_attributes(v, &track->attributes, track->n_attributes);
    }
}

lw_status lw_spool_new(lw_ctx *cx, lw_spool **out)
{
    LW_AUTO(lw_fd) fd = -1;
    LW_TRY(lw_fd_temporary(cx, &fd));
    lw_spool *spool = lw_heap_new(sizeof *spool);
    spool->fd = fd;
    fd = -1;
    *out = spool;
    return LW_OK;
}

void lw_spool_free(lw_spool *spool)
{
    if (!spool)
        return;
    lw_fd_cleanup(&spool->fd);
    lw_buf_cleanup(&spool->out);
    lw_heap_free(spool->window);
    lw_heap_free(spool);
}

static lw_status flush(lw_ctx *cx, lw_spool *spool)
{
    spool->size += (int64_t)spool->out.size;
    lw_status status = lw_fd_write(cx, spool->fd, spool->out.data, spool->out.size);
    lw_buf_reset(&spool->out);
    return status;
}

lw_status lw_spool_put(lw_ctx *cx, lw_spool *spool, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    lw_buf *out = &spool->out;
    size_t start = out->size;
    visitor v = {.out = out};
    head made = {.n_labels = n_labels, .image = image, .item = *item};
    lw_buf_put(out, &made, sizeof made);
    lw_buf_put(out, labels, n_labels * sizeof(lw_label));
    visit_item(&v, item);
    for (size_t i = 0; i < n_labels; i++)
        visit_label(&v, &labels[i]);
    made.size = out->size - start;
    memcpy(out->data + start, &made, sizeof made);
    spool->n_items++;
    return out->size >= FLUSH_BYTES ? flush(cx, spool) : LW_OK;
}

lw_status lw_spool_rewind(lw_ctx *cx, lw_spool *spool)
{
    LW_TRY(flush(cx, spool));
    lw_buf_cleanup(&spool->out);
    spool->capacity = WINDOW_BYTES;
    spool->window = lw_heap_new(spool->capacity);
    return LW_OK;
}

/* At least this many bytes in the window from `at` on. */
static lw_status hold(lw_ctx *cx, lw_spool *spool, size_t size)
{
    size_t left = spool->filled - spool->at;
    if (left >= size)
        return LW_OK;
    memmove(spool->window, spool->window + spool->at, left);
    spool->at = 0;
    spool->filled = left;
    if (size > spool->capacity) {
        spool->capacity = size;
        spool->window = lw_heap_resize(spool->window, size);
    }
    int64_t wanted = (int64_t)(spool->capacity - left), there = spool->size - spool->offset;
    if (wanted > there)
        wanted = there;
    LW_TRY(lw_fd_read_at(cx, spool->fd, spool->offset, spool->window + left, (size_t)wanted));
    spool->offset += wanted;
    spool->filled += (size_t)wanted;
    return LW_OK;
}

lw_status lw_spool_get(lw_ctx *cx, lw_spool *spool, lw_item *item, const lw_entry **image, lw_label **labels, size_t *n_labels, bool *found)
{
    *found = spool->n_items > 0;
    if (!*found)
        return LW_OK;
    spool->n_items--;
    head read;
    LW_TRY(hold(cx, spool, sizeof read));
    memcpy(&read, spool->window + spool->at, sizeof read);
    LW_TRY(hold(cx, spool, read.size));
    char *record = spool->window + spool->at;
    spool->at += read.size;
    lw_label *list = (lw_label *)(record + sizeof read);
    visitor v = {.in = record + sizeof read + read.n_labels * sizeof(lw_label)};
    visit_item(&v, &read.item);
    for (size_t i = 0; i < read.n_labels; i++)
        visit_label(&v, &list[i]);
    *item = read.item;
    *image = read.image;
    *labels = list;
    *n_labels = read.n_labels;
    return LW_OK;
}
