#include "base/fold.h"

#include "base/fold_table.h"

enum {
    HANGUL = 0xac00,
    HANGUL_LAST = 0xd7a3,
    LEADING = 0x1100,
    VOWEL = 0x1161,
    TRAILING = 0x11a7,
    N_VOWELS = 21,
    N_TRAILING = 28,
    STRAY_BYTE = 0x110000
};

static uint32_t take_character(lw_text *rest)
{
    const unsigned char *at = (const unsigned char *)rest->data;
    size_t size = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    bool is_whole = size <= rest->size && lw_text_is_utf8(lw_text_slice(*rest, 0, size));
    uint32_t character = !is_whole ? STRAY_BYTE + (uint32_t)at[0] : size == 1 ? (uint32_t)at[0] : at[0] & (0x7fu >> size);
    size = is_whole ? size : 1;
    for (size_t i = 1; i < size; i++)
        character = character << 6 | (at[i] & 0x3f);
    *rest = lw_text_slice(*rest, size, rest->size);
    return character;
}

static const uint16_t *parts_of(uint32_t character)
{
    size_t low = 0, high = LW_COUNT(lw_fold_parts);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (lw_fold_parts[middle][0] == character)
            return lw_fold_parts[middle];
        if (lw_fold_parts[middle][0] < character)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static uint32_t small(uint32_t character)
{
    if (character >= 'A' && character <= 'Z')
        return character + 'a' - 'A';
    for (size_t i = 0; i < LW_COUNT(lw_fold_capitals) && lw_fold_capitals[i].first <= character; i++)
        if (character <= lw_fold_capitals[i].last && (character - lw_fold_capitals[i].first) % lw_fold_capitals[i].step == 0)
            return (uint32_t)((int32_t)character + lw_fold_capitals[i].small);
    return character;
}

uint32_t lw_fold_next(lw_fold *fold)
{
    if (fold->n_marks)
        return fold->marks[--fold->n_marks];
    if (fold->rest.size == 0)
        return 0;
    unsigned char first = (unsigned char)fold->rest.data[0];
    if (first && first < 0x80) { /* nearly always */
        fold->rest = lw_text_slice(fold->rest, 1, fold->rest.size);
        return first >= 'A' && first <= 'Z' ? (uint32_t)(first + 'a' - 'A') : first;
    }
    uint32_t character = take_character(&fold->rest);
    if (character >= HANGUL && character <= HANGUL_LAST) {
        uint32_t n = character - HANGUL;
        if (n % N_TRAILING)
            fold->marks[fold->n_marks++] = TRAILING + n % N_TRAILING;
        fold->marks[fold->n_marks++] = VOWEL + n / N_TRAILING % N_VOWELS;
        return LEADING + n / N_TRAILING / N_VOWELS;
    }
    for (const uint16_t *parts; (parts = parts_of(character)) && fold->n_marks < LW_COUNT(fold->marks); character = parts[1])
        if (parts[2])
            fold->marks[fold->n_marks++] = parts[2];
    character = small(character);
    return character ? character : STRAY_BYTE;
}

bool lw_text_equal_folded(lw_text a, lw_text b)
{
    lw_fold x = {.rest = a}, y = {.rest = b};
    for (uint32_t c; (c = lw_fold_next(&x)) == lw_fold_next(&y);)
        if (!c)
            return true;
    return false;
}

uint64_t lw_text_hash_folded(lw_text text)
{
    uint64_t hash = 0xcbf29ce484222325ULL;
    lw_fold fold = {.rest = text};
    for (uint32_t c; (c = lw_fold_next(&fold));)
        hash = (hash ^ c) * 0x100000001b3ULL;
    return hash;
}
