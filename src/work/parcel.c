#include "work/parcel.h"

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

static void visit(visitor *v, const void *pointer_at, size_t n, size_t element_size)
{
    const void **pointer = (const void **)pointer_at;
    size_t size = n * element_size, padded = (size + 7) & ~(size_t)7;
    if (v->out && n) {
        char *to = lw_buf_reserve(v->out, padded);
        memset(to + padded - 8, 0, 8);
        memcpy(to, *pointer, size);
        v->out->size += padded;
    } else if (!v->out) {
        *pointer = n ? v->in : NULL;
        v->in += padded;
    }
}

static void visit_text(visitor *v, const lw_text *text) { visit(v, &text->data, text->size, 1); }

static void visit_attributes(visitor *v, const lw_attribute *const *attributes, size_t n)
{
    visit(v, attributes, n, sizeof(lw_attribute));
    for (size_t i = 0; i < n; i++) {
        const lw_attribute *attribute = &(*attributes)[i];
        visit_text(v, &attribute->name);
        visit_text(v, &attribute->text);
        visit(v, &attribute->many, attribute->n_many, sizeof(lw_text));
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
    visit(v, &shape->xy, 2 * shape->n_points, sizeof(double));
    visit(v, &shape->ring_points, shape->n_rings, sizeof(uint32_t));
    visit(v, &shape->part_rings, shape->n_parts, sizeof(uint32_t));
    visit(v, &shape->skeleton, 3 * shape->n_keypoints, sizeof(double));
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
    visit(v, &item->tracks, item->n_tracks, sizeof(lw_track));
    for (size_t i = 0; i < item->n_tracks; i++) {
        const lw_track *track = &item->tracks[i];
        visit_text(v, &track->class_name);
        visit_text(v, &track->layer);
        visit_text(v, &track->by);
        visit_attributes(v, &track->attributes, track->n_attributes);
    }
}

void lw_parcel_cleanup(lw_parcel *parcel)
{
    lw_buf_cleanup(&parcel->records);
    parcel->at = 0;
}

void lw_parcel_put(lw_parcel *parcel, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    lw_buf *out = &parcel->records;
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
}

bool lw_parcel_next(lw_parcel *parcel, lw_item *item, const lw_entry **image, lw_label **labels, size_t *n_labels)
{
    if (parcel->at == parcel->records.size)
        return false;
    char *record = parcel->records.data + parcel->at;
    head read;
    memcpy(&read, record, sizeof read);
    parcel->at += read.size;
    lw_label *list = (lw_label *)(record + sizeof read);
    visitor v = {.in = record + sizeof read + read.n_labels * sizeof(lw_label)};
    visit_item(&v, &read.item);
    for (size_t i = 0; i < read.n_labels; i++)
        visit_label(&v, &list[i]);
    *item = read.item;
    *image = read.image;
    *labels = list;
    *n_labels = read.n_labels;
    return true;
}
