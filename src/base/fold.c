#include "base/fold.h"

#include <utf8proc.h>

enum { STRAY_BYTE = 0x110000 };

uint32_t lw_fold_next(lw_fold *fold)
{
    if (fold->n_more)
        return (uint32_t)fold->more[--fold->n_more];
    if (fold->rest.size == 0)
        return 0;
    const unsigned char *at = (const unsigned char *)fold->rest.data;
    if (*at && *at < 0x80) { /* nearly always */
        fold->rest = lw_text_slice(fold->rest, 1, fold->rest.size);
        return *at >= 'A' && *at <= 'Z' ? (uint32_t)(*at + 'a' - 'A') : *at;
    }
    int32_t character, parts[LW_COUNT(fold->more) + 1];
    ptrdiff_t size = utf8proc_iterate(at, (ptrdiff_t)fold->rest.size, &character);
    ptrdiff_t n = size > 0 ? utf8proc_decompose_char(character, parts, LW_COUNT(parts), UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD, NULL) : 0;
    fold->rest = lw_text_slice(fold->rest, size > 0 ? (size_t)size : 1, fold->rest.size);
    if (n < 1 || n > (ptrdiff_t)LW_COUNT(parts) || !parts[0]) /* no UTF-8, or a zero byte */
        return STRAY_BYTE + (uint32_t)(size > 0 ? character : *at);
    while (n > 1)
        fold->more[fold->n_more++] = parts[--n];
    return (uint32_t)parts[0];
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
