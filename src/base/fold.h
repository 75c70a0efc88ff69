/* Names compared loosely: without case, and however their accents are written (é may be one character or an e and its accent, as on a Mac). */
#pragma once

#include "base/text.h"

typedef struct lw_fold {
    lw_text rest;
    int32_t more[7]; /* that the character before is made of, last one first */
    size_t n_more;
} lw_fold;

/* The next character of {.rest = text} as Unicode folds case, its accents behind it; 0 at the end. What is not UTF-8 stands for itself. */
uint32_t lw_fold_next(lw_fold *fold);
bool lw_text_equal_folded(lw_text a, lw_text b);
uint64_t lw_text_hash_folded(lw_text text);
