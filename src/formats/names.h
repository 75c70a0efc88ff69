/* Names on the way in and out: classes that readers give, paths that trainers find. */
#pragma once

#include "formats/report.h"

typedef struct lw_names lw_names;

/* is_one_folder: all splits lie in one, so names must differ across them. */
lw_names *lw_names_new(bool is_one_folder);
void lw_names_free(lw_names *names);
/* The item's name without folders that the export's own layout says again ("images", "JPEGImages", the split, `also`); an ending is kept.
 * `also` is the folder of a class, if any: then what folders are left are joined to the name. When
 * another item of this split has the same stem, a number is put behind it and *is_changed set. */
lw_text lw_names_give(lw_arena *arena, lw_names *names, lw_text item_name, lw_text split, lw_text also, bool *is_changed);

/* train, val, test by a folder's name ("valid", "train2017", "obj_train_data"); else empty. */
lw_text lw_names_split_of_step(lw_text step);
/* The failure of a writer that holds a file or a list a split. */
lw_status lw_names_too_many_splits(lw_ctx *cx, lw_text split);
/* Whether one path lies in the folder of a split and the other in that of another: train/1.jpg is not val/1.jpg. */
bool lw_names_other_split(lw_text a, lw_text b);

/* What a class that a file calls so is named here: `item` is taken, by the attributes of items (a warning). where: file or row. */
lw_text lw_class_name_from(lw_report *report, lw_text name, lw_text where);
