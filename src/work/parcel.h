/* Items with their labels, copied whole: filled once, then read once, in order, perhaps by another thread.
 * Within one process: records are our structs as they lie in memory. */
#pragma once

#include "formats/format.h"

typedef struct lw_parcel {
    lw_buf records;
    size_t at; /* reading: of the next one */
} lw_parcel;

void lw_parcel_cleanup(lw_parcel *parcel);
static inline void lw_parcel_empty(lw_parcel *parcel) { lw_buf_reset(&parcel->records), parcel->at = 0; }
void lw_parcel_put(lw_parcel *parcel, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels);
/* The next one, which lives as long as the parcel is not emptied; false behind the last. */
bool lw_parcel_next(lw_parcel *parcel, lw_item *item, const lw_entry **image, lw_label **labels, size_t *n_labels);
