/* Which files of a source are COCO, which split each is, and where its images lie. */
#pragma once

#include "formats/coco.h"

typedef enum lw_coco_look { LW_COCO_OTHER, LW_COCO_DATASET, LW_COCO_RESULTS } lw_coco_look;
/* By its first and last bytes. */
lw_coco_look lw_coco_look_at(lw_ctx *cx, lw_source *source, const lw_entry *entry);
/* index->files; LW_INVALID when there is none. */
LW_MUST_USE lw_status lw_coco_find_files(lw_ctx *cx, lw_coco_index *index, bool is_results);
/* Finds an image by its file_name and names its item; false when there is no name. */
bool lw_coco_name_item(lw_coco_index *index, const lw_coco_file *file, lw_text file_name, lw_coco_item *item);
