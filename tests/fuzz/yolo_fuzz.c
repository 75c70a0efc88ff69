/* YOLO: data.yaml, obj.data and rows of every task; a row that is taken is good, and written again it is taken again. */
#include <math.h>

#include "formats/number.h"
#include "formats/yolo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_data(lw_ctx *cx, lw_text text)
{
    lw_yolo_data found = {0};
    if (lw_yolo_yaml_parse(cx, text, &found) != LW_OK)
        LW_ASSERT(cx->message[0] && lw_text_is_utf8(lw_text_from(cx->message)));
    for (size_t i = 0; i < found.n_names; i++)
        LW_ASSERT(lw_text_is_utf8(found.names[i]));
    found = (lw_yolo_data){0};
    if (lw_yolo_obj_data_parse(cx, text, &found) == LW_OK && lw_yolo_names_parse(cx, text, &found) != LW_OK)
        LW_ASSERT(cx->message[0]);
}

static void read_box_again(lw_ctx *cx, const lw_yolo_row *row, const lw_yolo_rules *rules)
{
    LW_AUTO(lw_buf) line = {0};
    const double w = 640, h = 480, values[] = {row->shape.x + row->shape.w / 2, row->shape.y + row->shape.h / 2, row->shape.w, row->shape.h};
    lw_yolo_row again;
    if (rules->task == LW_YOLO_OBB || row->shape.kind != LW_BOX || row->shape.skeleton || row->shape.w < 0.01 || row->shape.h < 0.01)
        return;
    lw_buf_put_int(&line, row->class_index);
    for (int i = 0; i < 4; i++) {
        char digits[LW_DECIMAL_SIZE];
        lw_side side = lw_side_of(i % 2 ? h : w);
        lw_buf_put_char(&line, ' ');
        lw_buf_put(&line, digits, lw_share_print(values[i], &side, digits));
    }
    LW_ASSERT(!lw_yolo_row_parse(cx->arena, lw_buf_text(&line), rules, w, h, &again));
    LW_ASSERT(fabs(again.shape.x - row->shape.x) < 1e-5 && fabs(again.shape.y - row->shape.y) < 1e-5);
    LW_ASSERT(again.shape.w == row->shape.w && again.shape.h == row->shape.h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const lw_yolo_rules tasks[] = {{0},
                                          {.task = LW_YOLO_DETECT},
                                          {.task = LW_YOLO_SEGMENT},
                                          {.task = LW_YOLO_OBB},
                                          {.task = LW_YOLO_DARKNET},
                                          {.task = LW_YOLO_POSE, .n_keypoints = 3, .keypoint_size = 3},
                                          {.task = LW_YOLO_POSE, .n_keypoints = 2, .keypoint_size = 2}};
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_text text = {(const char *)data, size}, line;
    lw_yolo_survey survey = {0};
    read_data(&cx, text);
    lw_yolo_survey_file(&survey, text);
    while (lw_line_next(&text, &line))
        for (size_t i = 0; i < LW_COUNT(tasks); i++) {
            lw_yolo_row row;
            const char *problem = lw_yolo_row_parse(arena, line, &tasks[i], 640, 480, &row);
            if (problem) {
                LW_ASSERT(lw_yolo_problem_message(problem)[0]);
                continue;
            }
            LW_ASSERT(!lw_shape_problem(&row.shape) && (isnan(row.confidence) || (row.confidence >= 0 && row.confidence <= 1)));
            read_box_again(&cx, &row, &tasks[i]);
        }
    return 0;
}
