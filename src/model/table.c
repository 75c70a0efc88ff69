#include "model/table.h"

enum { FIRST_CAPACITY = 16 };

static void insert(lw_table *table, uint64_t hash, size_t position)
{
    size_t at = lw_table_mix(hash) & (table->capacity - 1);
    while (table->slots[at].position)
        at = (at + 1) & (table->capacity - 1);
    table->slots[at] = (struct lw_table_slot){hash, position};
    table->n++;
}

void lw_table_add(lw_arena *arena, lw_table *table, uint64_t hash, size_t position)
{
    if (2 * (table->n + 1) > table->capacity) {
        lw_table grown = {.capacity = table->capacity ? 2 * table->capacity : FIRST_CAPACITY};
        grown.slots = lw_new_array(arena, struct lw_table_slot, grown.capacity);
        /* begin behind a free slot, so that equal hashes keep their order */
        size_t begin = 0;
        while (begin < table->capacity && table->slots[begin].position)
            begin++;
        for (size_t i = 0; i < table->capacity; i++) {
            struct lw_table_slot slot = table->slots[(begin + i) & (table->capacity - 1)];
            if (slot.position)
                insert(&grown, slot.hash, slot.position);
        }
        *table = grown;
    }
    insert(table, hash, position + 1);
}

bool lw_table_next(const lw_table *table, uint64_t hash, size_t *at, size_t *position)
{
    size_t home = lw_table_mix(hash);
    while (*at < table->capacity) {
        struct lw_table_slot slot = table->slots[(home + (*at)++) & (table->capacity - 1)];
        if (!slot.position)
            return false;
        if (slot.hash == hash) {
            *position = slot.position - 1;
            return true;
        }
    }
    return false;
}
