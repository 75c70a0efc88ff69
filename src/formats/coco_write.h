/* Writes COCO: annotations/instances_SPLIT.json beside images/, or one file. Tags of images stand in labels_SPLIT.json beside them. */
#pragma once

#include "formats/format.h"

LW_MUST_USE lw_status lw_coco_begin(lw_ctx *cx, const lw_write_options *options, lw_writer **out);
LW_MUST_USE lw_status lw_coco_item_put(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *labels, size_t n_labels,
                                       const lw_media_ref *media);
LW_MUST_USE lw_status lw_coco_end(lw_ctx *cx, lw_writer *writer);
void lw_coco_close(lw_writer *writer);

/* Where one annotation's shape comes from and what stands beside it. */
typedef struct lw_coco_out {
    int64_t id, image_id, category_id;
    int width, height; /* of the image: holes need them */
    bool lossy;
} lw_coco_out;
/* One annotation's object. LW_REFUSED when it would have to change its shape and is not to; *changed is the code of what was changed,
 * *left_out is set when nothing was written. */
LW_MUST_USE lw_status lw_coco_put_annotation(lw_ctx *cx, lw_buf *buf, const lw_coco_out *out, const lw_label *label, const char **changed,
                                             bool *left_out);
