/* Where an exported image and its labels lie: paths that trainers find, each given once, the same again when it is read back. */
#pragma once

#include "formats/yolo.h"

typedef struct lw_yolo_names lw_yolo_names;

lw_yolo_names *lw_yolo_names_new(void);
void lw_yolo_names_free(lw_yolo_names *names);
/* The item's name without folders that the export's own layout says again ("images", the split, `also`); an ending is kept. When
 * another item of this split has the same stem, a number is put behind it and *is_changed set. */
lw_text lw_yolo_name_of(lw_arena *arena, lw_yolo_names *names, lw_text item_name, lw_text split, lw_text also, bool *is_changed);
