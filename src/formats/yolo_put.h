/* Labels of one item as rows of one YOLO task. What the task cannot say is refused, or changed where that was agreed to. */
#pragma once

#include "formats/number.h"
#include "formats/yolo.h"

typedef struct lw_yolo_rows {
    lw_ctx cx; /* over an arena of the item */
    lw_yolo_task task;
    bool is_chosen; /* the task, by us: what it cannot carry is refused, though it was not asked for */
    bool lossy;
    lw_report *report;
    const lw_ontology *ontology;
    const int64_t *numbers; /* of its classes */
    uint32_t n_keypoints;
    const lw_item *item;
    lw_side width, height;
    lw_buf *out;
} lw_yolo_rows;

LW_MUST_USE lw_status lw_yolo_put_rows(lw_yolo_rows *rows, lw_ctx *cx, const lw_label *labels, size_t n_labels);
/* An issue of this item. */
void lw_yolo_note(lw_yolo_rows *rows, lw_severity severity, const char *code, const char *message);
/* A warning where losses were agreed to, else LW_REFUSED. */
LW_MUST_USE lw_status lw_yolo_lose(lw_yolo_rows *rows, lw_ctx *cx, const char *code, const char *message);
/* The label that carries the attributes of the item. */
bool lw_yolo_is_item_attributes(const lw_label *label);
