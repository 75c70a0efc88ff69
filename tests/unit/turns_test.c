#include "base/turns.h"

#include "tap.h"
#include "work/parcel.h"

enum { N_ITEMS = 20000, A_PARCEL = 97 };

typedef struct lane {
    lw_turns turns;
    lw_parcel parcels[LW_TURNS];
    int64_t n, n_wrong;
} lane;

/* The other thread: each item as it was put, in order. */
static void *read_all(void *state)
{
    lane *l = state;
    lw_item item;
    const lw_entry *image;
    lw_label *labels;
    size_t n_labels;
    for (int i = -1; (i = lw_turns_take(&l->turns, i)) >= 0; lw_turns_emptied(&l->turns, i)) {
        while (lw_parcel_next(&l->parcels[i], &item, &image, &labels, &n_labels)) {
            char name[32];
            snprintf(name, sizeof name, "%d.jpg", (int)l->n);
            bool is_right = lw_text_is(item.name, name) && n_labels == (size_t)(l->n % 4) && image == (const lw_entry *)l + l->n;
            for (size_t k = 0; is_right && k < n_labels; k++)
                is_right = labels[k].shape.xy[5] == (double)l->n && lw_text_is(labels[k].attributes[0].many[1], name) &&
                           lw_text_is(item.tracks[0].attributes[0].text, name) && labels[k].shape.part_rings[0] == 1;
            l->n_wrong += !is_right;
            l->n++;
        }
        lw_parcel_empty(&l->parcels[i]);
    }
    return NULL;
}

static void put(lane *l, int i)
{
    char name[32];
    snprintf(name, sizeof name, "%d.jpg", i);
    lw_text text = lw_text_from(name), many[] = {LW_TEXT("a"), text};
    const lw_attribute attribute = {.name = LW_TEXT("of"), .text = text, .many = many, .n_many = 2};
    const lw_track track = {.id = 1, .class_name = LW_TEXT("car"), .attributes = &attribute, .n_attributes = 1};
    double xy[] = {0, 1, 2, 3, 4, i};
    uint32_t ring = 3, part = 1;
    lw_label label = LW_LABEL_NONE, labels[3];
    label.shape = (lw_shape){.kind = LW_POLYGON, .xy = xy, .n_points = 3, .ring_points = &ring, .n_rings = 1, .part_rings = &part, .n_parts = 1};
    label.attributes = &attribute;
    label.n_attributes = 1;
    for (size_t k = 0; k < LW_COUNT(labels); k++)
        labels[k] = label;
    lw_item item = {.name = text, .tracks = &track, .n_tracks = 1};
    lw_parcel_put(&l->parcels[l->turns.filling], &item, (const lw_entry *)l + i, labels, (size_t)(i % 4));
}

int main(void)
{
    lane l = {0};
    pthread_t thread;
    lw_turns_init(&l.turns);
    CHECK(pthread_create(&thread, NULL, read_all, &l) == 0);
    for (int i = 0; i < N_ITEMS; i++) {
        put(&l, i);
        if (i % A_PARCEL)
            continue;
        lw_turns_give(&l.turns, l.turns.filling);
        lw_turns_next(&l.turns);
    }
    lw_turns_give(&l.turns, l.turns.filling);
    lw_turns_end(&l.turns); /* what was given before is still taken */
    pthread_join(thread, NULL);
    CHECK_INT(l.n, N_ITEMS);
    CHECK_INT(l.n_wrong, 0);
    for (int i = 0; i < LW_TURNS; i++)
        lw_parcel_cleanup(&l.parcels[i]);
    lw_turns_cleanup(&l.turns);
    return tap_end();
}
