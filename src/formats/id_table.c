#include "formats/id_table.h"

#include <math.h>

#include "formats/json_stream.h"

static size_t place_of(const lw_id_table *table, int64_t id)
{
    uint64_t hash = (uint64_t)id * 0x9e3779b97f4a7c15ULL;
    size_t at = (size_t)(hash >> 20) & table->mask;
    while (table->slots[at].value && table->slots[at].id != id)
        at = (at + 1) & table->mask;
    return at;
}

static void grow(lw_id_table *table)
{
    lw_id_table old = *table;
    size_t size = old.slots ? (old.mask + 1) * 2 : 64;
    *table = (lw_id_table){lw_heap_new(size * sizeof(struct lw_id_slot)), old.n, size - 1};
    for (size_t i = 0; old.slots && i <= old.mask; i++)
        if (old.slots[i].value)
            table->slots[place_of(table, old.slots[i].id)] = old.slots[i];
    lw_heap_free(old.slots);
}

bool lw_id_table_add(lw_id_table *table, int64_t id, uint32_t value)
{
    if (!table->slots || table->n * 3 > table->mask * 2)
        grow(table);
    size_t at = place_of(table, id);
    if (table->slots[at].value)
        return false;
    table->slots[at] = (struct lw_id_slot){id, value + 1};
    table->n++;
    return true;
}

bool lw_id_table_find(const lw_id_table *table, int64_t id, uint32_t *out)
{
    if (!table->slots)
        return false;
    size_t at = place_of(table, id);
    if (!table->slots[at].value)
        return false;
    *out = table->slots[at].value - 1;
    return true;
}

void lw_id_table_cleanup(lw_id_table *table)
{
    lw_heap_free(table->slots);
    *table = (lw_id_table){0};
}

bool lw_id_parse(lw_text written, int64_t *out, bool *is_number)
{
    double number;
    *is_number = true;
    if (written.size >= 2 && written.data[0] == '"')
        written = lw_text_trim(lw_text_slice(written, 1, written.size - 2));
    else if (written.size && (written.data[0] == '{' || written.data[0] == '[' || lw_text_is(written, "null")))
        return false;
    if (written.size == 0)
        return false;
    if (lw_text_to_int(written, out) && *out < 1LL << 62 && *out > -(1LL << 62))
        return true;
    if (lw_text_to_double(written, &number) && number == floor(number) && fabs(number) < 9007199254740992.0) {
        *out = (int64_t)number;
        return true;
    }
    *is_number = false;
    *out = (int64_t)(lw_text_hash(written) >> 2 | 1ULL << 62);
    return true;
}

lw_text lw_id_text(lw_arena *arena, lw_text written)
{
    size_t n_digits = 0;
    int64_t id;
    bool is_number;
    while (n_digits < written.size && (unsigned char)(written.data[n_digits] - '0') < 10)
        n_digits++;
    if (n_digits == written.size) /* by far the most frequent */
        return written;
    if (!lw_id_parse(written, &id, &is_number))
        return (lw_text){0};
    if (written.data[0] == '"')
        return lw_text_to_utf8(arena, lw_json_unescape(arena, lw_text_slice(written, 1, written.size - 2)));
    return is_number ? lw_text_print(arena, "%" PRId64, id) : lw_text_to_utf8(arena, written);
}
