/* A hash table from the ids that a source gives to places in our arrays, on the heap: a million of them in 32 MB. */
#pragma once

#include "base/text.h"

typedef struct lw_id_table {
    struct lw_id_slot {
        int64_t id;
        uint32_t value; /* from 1; 0: free */
    } * slots;
    size_t n, mask;
} lw_id_table;

/* False when the id is there already: its value stays. */
bool lw_id_table_add(lw_id_table *table, int64_t id, uint32_t value);
bool lw_id_table_find(const lw_id_table *table, int64_t id, uint32_t *out);
void lw_id_table_cleanup(lw_id_table *table);

/* An id as JSON has it: a whole number, also within quotes or with a fraction of zeros; any other text becomes a number by its hash,
 * beyond all whole numbers below 2^62. False when there is neither number nor text. *is_number tells which. */
bool lw_id_parse(lw_text written, int64_t *out, bool *is_number);
/* The same id as a text to be kept: 7 of 7 and 7.0, what stands within quotes; empty when it is none. May point at what was written. */
lw_text lw_id_text(lw_arena *arena, lw_text written);
