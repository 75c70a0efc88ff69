/* A hash table of the ontology's names and ids: hash -> position, several positions for one hash. In an arena; never shrinks. */
#pragma once

#include "base/text.h"

typedef struct lw_table {
    struct lw_table_slot {
        uint64_t hash;
        size_t position; /* from 1; 0: free */
    } * slots;
    size_t n, capacity; /* a power of two */
} lw_table;

void lw_table_add(lw_arena *arena, lw_table *table, uint64_t hash, size_t position);
/* Steps through the positions of a hash in the order they were added; begin with *at = 0. */
bool lw_table_next(const lw_table *table, uint64_t hash, size_t *at, size_t *position);

/* Spreads a number's bits; numbers that follow each other land far apart. */
static inline uint64_t lw_table_mix(uint64_t value)
{
    value = (value ^ (value >> 32)) * 0xd6e8feb86659fd93;
    value = (value ^ (value >> 32)) * 0xd6e8feb86659fd93;
    return value ^ (value >> 32);
}
