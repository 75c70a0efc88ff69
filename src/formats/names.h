/* Where an exported image and its labels lie: paths that trainers find, each given once, the same again when it is read back. */
#pragma once

#include "base/text.h"

typedef struct lw_names lw_names;

lw_names *lw_names_new(void);
void lw_names_free(lw_names *names);
/* The item's name without folders that the export's own layout says again ("images", "JPEGImages", the split, `also`); an ending is kept. When
 * another item of this split has the same stem, a number is put behind it and *is_changed set. */
lw_text lw_names_give(lw_arena *arena, lw_names *names, lw_text item_name, lw_text split, lw_text also, bool *is_changed);
