/* Answers questions about masks and shapes, a JSON object a line: {"do": "rle" | "ring" | "fill" | "pixels" | "combine" | "shape", …}. */
#include <stdio.h>
#include <stdlib.h>

#include "model/rle.h"
#include "model/shape.h"

static uint32_t side(lw_json *question, const char *key)
{
    int64_t value = 0;
    (void)lw_json_to_int(lw_json_get(question, key), &value);
    return (uint32_t)value;
}

static void put_rle(lw_buf *answer, const lw_rle *rle)
{
    LW_AUTO(lw_buf) counts = {0};
    lw_rle_write(&counts, rle);
    lw_buf_put_key(answer, "counts");
    lw_buf_put_json_text(answer, lw_buf_text(&counts));
}

static lw_status parse(lw_ctx *cx, lw_json *question, const char *key, lw_rle *out)
{
    return lw_rle_parse(cx, side(question, "h"), side(question, "w"), lw_json_text(lw_json_get(question, key)), out);
}

static lw_status answer_rle(lw_ctx *cx, lw_json *question, lw_buf *answer)
{
    lw_rle rle;
    lw_rle_summary sum;
    LW_TRY(parse(cx, question, "counts", &rle));
    LW_ASSERT(lw_rle_summarize(rle.h, rle.w, lw_json_text(lw_json_get(question, "counts")), &sum));
    uint8_t *pixels = lw_new_array(cx->arena, uint8_t, (size_t)rle.h * rle.w);
    lw_rle_to_pixels(&rle, pixels);
    lw_buf_print(answer, "\"area\": %" PRIu64 ", \"box\": [%" PRIu32 ", %" PRIu32 ", %" PRIu32 ", %" PRIu32 "], \"pixels\": \"", sum.area, sum.x,
                 sum.y, sum.w, sum.h);
    for (size_t i = 0; i < (size_t)rle.h * rle.w; i++)
        lw_buf_put_char(answer, pixels[i] ? '1' : '0');
    lw_buf_put_char(answer, '"');
    put_rle(answer, &rle);
    return LW_OK;
}

static lw_status answer_pixels(lw_ctx *cx, lw_json *question, lw_buf *answer)
{
    lw_text text = lw_json_text(lw_json_get(question, "pixels"));
    uint8_t *pixels = lw_new_array(cx->arena, uint8_t, text.size);
    for (size_t i = 0; i < text.size; i++)
        pixels[i] = text.data[i] == '1';
    LW_ASSERT(text.size == (size_t)side(question, "h") * side(question, "w"));
    lw_rle rle = lw_rle_from_pixels(cx->arena, side(question, "h"), side(question, "w"), pixels);
    put_rle(answer, &rle);
    return LW_OK;
}

static lw_status answer_combine(lw_ctx *cx, lw_json *question, lw_buf *answer)
{
    lw_rle a, b;
    LW_TRY(parse(cx, question, "a", &a));
    LW_TRY(parse(cx, question, "b", &b));
    lw_rle made = lw_rle_combine(cx->arena, &a, &b, (lw_rle_operation)side(question, "operation"));
    put_rle(answer, &made);
    return LW_OK;
}

static lw_status answer_ring(lw_ctx *cx, lw_json *question, lw_buf *answer)
{
    lw_json *list = lw_json_get(question, "xy"), *number;
    size_t i, n;
    double *xy = lw_new_array(cx->arena, double, yyjson_arr_size(list));
    yyjson_arr_foreach(list, i, n, number) { LW_ASSERT(lw_json_to_double(number, &xy[i])); }
    lw_rle rle;
    LW_TRY(lw_rle_from_ring(cx, xy, n / 2, side(question, "h"), side(question, "w"), &rle));
    LW_TRY(lw_rle_check(cx, &rle));
    put_rle(answer, &rle);
    return LW_OK;
}

static lw_status answer_fill(lw_ctx *cx, lw_json *question, lw_buf *answer)
{
    lw_shape shape;
    lw_rle rle;
    LW_TRY(lw_shape_from_json(cx, question, &shape));
    LW_TRY(lw_shape_fill(cx, &shape, side(question, "h"), side(question, "w"), &rle));
    put_rle(answer, &rle);
    return LW_OK;
}

static void put_hex(lw_buf *answer, const char *key, lw_text bytes)
{
    lw_buf_put_key(answer, key);
    lw_buf_put_char(answer, '"');
    for (size_t i = 0; i < bytes.size; i++)
        lw_buf_print(answer, "%02x", (unsigned char)bytes.data[i]);
    lw_buf_put_char(answer, '"');
}

static lw_status answer_shape(lw_ctx *cx, lw_json *question, lw_buf *answer)
{
    LW_AUTO(lw_buf) bytes = {0};
    LW_AUTO(lw_buf) skeleton = {0};
    lw_shape shape;
    LW_TRY(lw_shape_from_json(cx, question, &shape));
    lw_shape_encode(&bytes, &shape);
    if (shape.n_keypoints)
        lw_skeleton_encode(&skeleton, shape.skeleton, shape.n_keypoints);
    double b[4];
    lw_shape_bounds(&shape, &b[0], &b[1], &b[2], &b[3]);
    lw_buf_print(answer, "\"area\": %.17g, \"bounds\": [%.17g, %.17g, %.17g, %.17g]", lw_shape_area(&shape), b[0], b[1], b[2], b[3]);
    put_hex(answer, "bytes", lw_buf_text(&bytes));
    put_hex(answer, "skeleton", lw_buf_text(&skeleton));
    return LW_OK;
}

static lw_status answer_line(lw_ctx *cx, lw_text line, lw_buf *answer)
{
    lw_json *question;
    LW_TRY(lw_json_parse(cx, line, &question));
    lw_text what = lw_json_text(lw_json_get(question, "do"));
    if (lw_text_is(what, "rle"))
        return answer_rle(cx, question, answer);
    if (lw_text_is(what, "pixels"))
        return answer_pixels(cx, question, answer);
    if (lw_text_is(what, "combine"))
        return answer_combine(cx, question, answer);
    if (lw_text_is(what, "ring"))
        return answer_ring(cx, question, answer);
    if (lw_text_is(what, "fill"))
        return answer_fill(cx, question, answer);
    return answer_shape(cx, question, answer);
}

int main(void)
{
    lw_ctx cx = {.arena = lw_arena_new()};
    LW_AUTO(lw_buf) answer = {0};
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t size; (size = getline(&line, &capacity, stdin)) > 0;) {
        lw_buf_reset(&answer);
        lw_buf_put_char(&answer, '{');
        if (answer_line(&cx, (lw_text){line, (size_t)size}, &answer) != LW_OK) {
            lw_buf_reset(&answer);
            lw_buf_put_literal(&answer, "{\"error\": ");
            lw_buf_put_json_text(&answer, lw_text_from(cx.message));
        }
        lw_buf_put_literal(&answer, "}\n");
        fwrite(answer.data, 1, answer.size, stdout);
        lw_arena_reset(cx.arena);
    }
    free(line);
    lw_arena_free(cx.arena);
    return 0;
}
