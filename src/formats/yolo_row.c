#include <math.h>

#include "base/limits.h"
#include "formats/number.h"
#include "formats/yolo.h"

/* Rows by their number of columns (class included), where nothing else says what they are:
 * 5 box, 6 box and confidence, 9 four corners, odd above 6 polygon, even above 6 polygon and confidence. */

static const struct {
    const char *code, *message;
} problems[] = {
    {"row-not-numbers", "row holds something else than numbers; skipped"},
    {"row-class", "row's class is not a whole number from 0; skipped"},
    {"row-columns", "row has a number of columns that its task does not know; skipped"},
    {"not-normalised", "coordinates are not shares of the image's size; skipped"},
};

const char *lw_yolo_problem_message(const char *code)
{
    for (size_t i = 0; i < LW_COUNT(problems); i++)
        if (strcmp(problems[i].code, code) == 0)
            return problems[i].message;
    return lw_shape_problem_message(code);
}

typedef struct columns {
    lw_number *at;
    size_t n;
} columns;

static size_t count_words(lw_text line)
{
    size_t n = 0;
    for (lw_text word; lw_word_next(&line, &word);)
        n++;
    return n;
}

static bool parse_columns(lw_arena *arena, lw_text line, columns *out)
{
    size_t n = count_words(line);
    columns made = {lw_new_array(arena, lw_number, n), 0};
    for (lw_text word; lw_word_next(&line, &word);)
        if (!lw_number_parse(word, &made.at[made.n++]))
            return false;
    /* Zeros at the end may have been cut off: the row is as exact as its longest number. */
    for (size_t i = 2; i < n; i++)
        made.at[1].error = fmin(made.at[1].error, made.at[i].error);
    for (size_t i = 2; i < n; i++)
        made.at[i].error = made.at[1].error;
    *out = made;
    return true;
}

/* Four points whose diagonals halve each other; true in shares of the image as in pixels. */
static bool is_parallelogram(const lw_number *xy)
{
    double tolerance = 2e-3;
    return fabs(xy[0].value + xy[4].value - xy[2].value - xy[6].value) < tolerance &&
           fabs(xy[1].value + xy[5].value - xy[3].value - xy[7].value) < tolerance;
}

static bool is_visibility(double value) { return value == 0 || value == 1 || value == 2; }

static bool could_be_pose(const columns *row)
{
    if (row->n < 8 || (row->n - 5) % 3 != 0)
        return false;
    bool has_two = false;
    for (size_t i = 7; i < row->n; i += 3) {
        if (!is_visibility(row->at[i].value))
            return false;
        has_two |= row->at[i].value == 2;
    }
    return has_two || row->n >= 5 + 3 * 5;
}

void lw_yolo_survey_file(lw_yolo_survey *survey, lw_text file)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    for (lw_text line; lw_line_next(&file, &line);) {
        columns row;
        lw_arena_reset(arena);
        if (!parse_columns(arena, line, &row) || row.n < 5)
            continue;
        survey->n_rows++;
        survey->n_with_confidence += row.n == 6 || (row.n > 6 && row.n % 2 == 0);
        if (row.n == 9 || row.n == 10) {
            survey->n_quads++;
            survey->n_parallelograms += is_parallelogram(row.at + 1);
        }
        if (could_be_pose(&row) && (survey->n_columns == 0 || survey->n_columns == row.n)) {
            survey->n_columns = row.n;
            survey->n_poses++;
        }
    }
}

lw_yolo_rules lw_yolo_rules_from(lw_yolo_task wanted, const lw_yolo_data *data, const lw_yolo_survey *survey)
{
    lw_yolo_rules rules = {wanted, data->n_keypoints, data->keypoint_size};
    if (rules.task == LW_YOLO_ANY)
        rules.task = data->task;
    if (rules.task == LW_YOLO_ANY && rules.n_keypoints)
        rules.task = LW_YOLO_POSE;
    bool all_poses = survey->n_rows > 0 && survey->n_poses == survey->n_rows;
    if ((rules.task == LW_YOLO_ANY || rules.task == LW_YOLO_POSE) && rules.n_keypoints == 0 && all_poses) {
        rules.is_guessed = rules.task == LW_YOLO_ANY;
        rules.task = LW_YOLO_POSE;
        rules.n_keypoints = (uint32_t)(survey->n_columns - 5) / 3;
        rules.keypoint_size = 3;
    }
    if (rules.task == LW_YOLO_ANY && survey->n_rows > 0 && survey->n_parallelograms == survey->n_rows)
        rules.task = LW_YOLO_OBB, rules.is_guessed = true;
    return rules;
}

/* Shares become pixels; a point that lies outside of the image is noted, one that lies far away is no share. */
static bool scale_points(lw_arena *arena, const lw_number *from, size_t n_points, double width, double height, lw_yolo_row *row, double **out)
{
    double *xy = lw_new_array(arena, double, n_points * 2 + 1);
    for (size_t i = 0; i < n_points * 2; i++) {
        double size = i % 2 ? height : width;
        if (fabs(from[i].value) > 10)
            return false;
        row->is_outside |= from[i].value < 0 || from[i].value > 1;
        xy[i] = lw_pixel(from[i].value * size, from[i].error * size);
    }
    *out = xy;
    return true;
}

static const char *read_box(const columns *row, double width, double height, lw_yolo_row *out)
{
    const lw_number *at = row->at + 1;
    for (int i = 0; i < 4; i++)
        if (fabs(at[i].value) > 10)
            return "not-normalised";
    double w = at[2].value, h = at[3].value, x = at[0].value - w / 2, y = at[1].value - h / 2;
    double tolerance = fmin(2 * at[0].error, 1e-4);
    out->is_outside = x < -tolerance || y < -tolerance || x + w > 1 + tolerance || y + h > 1 + tolerance;
    out->shape = (lw_shape){
        .kind = LW_BOX,
        .x = lw_pixel(x * width, (at[0].error + at[2].error / 2) * width),
        .y = lw_pixel(y * height, (at[1].error + at[3].error / 2) * height),
        .w = lw_pixel(w * width, at[2].error * width),
        .h = lw_pixel(h * height, at[3].error * height),
    };
    return NULL;
}

static void set_polygon(lw_arena *arena, double *xy, size_t n_points, lw_yolo_row *out)
{
    if (n_points > 3 && xy[0] == xy[2 * n_points - 2] && xy[1] == xy[2 * n_points - 1])
        n_points--; /* closed by its first point */
    uint32_t *counts = lw_new_array(arena, uint32_t, 2);
    counts[0] = (uint32_t)n_points;
    counts[1] = 1;
    out->shape =
        (lw_shape){.kind = LW_POLYGON, .xy = xy, .n_points = n_points, .ring_points = counts, .part_rings = counts + 1, .n_rings = 1, .n_parts = 1};
    lw_shape_measure(&out->shape);
}

static const char *read_polygon(lw_arena *arena, const columns *row, size_t n_points, double width, double height, lw_yolo_row *out)
{
    double *xy;
    if (n_points > LW_LIMIT_POINTS)
        return "row-columns";
    if (!scale_points(arena, row->at + 1, n_points, width, height, out, &xy))
        return "not-normalised";
    set_polygon(arena, xy, n_points, out);
    return NULL;
}

/* Degrees, in no more digits than corners of a ten-millionth of a pixel give back. */
static double turn_of(const double *p, double w, double digits)
{
    double unit = 1e-6, angle = lw_pixel(atan2(p[3] - p[1], p[2] - p[0]) * (180 / M_PI), digits / w * (180 / M_PI));
    while (unit < 1e-3 && unit * w < 1e-4)
        unit *= 10;
    angle = round(angle / unit) * unit;
    return lw_pixel(angle, unit / 100);
}

/* Four corners are a turned box where they are a rectangle in pixels, as exactly as they were written; else they stay a polygon. */
static const char *read_corners(lw_arena *arena, const columns *row, double width, double height, lw_yolo_row *out)
{
    double *p;
    if (!scale_points(arena, row->at + 1, 4, width, height, out, &p))
        return "not-normalised";
    double digits = row->at[1].error * fmax(width, height) / 2, error = fmin(fmax(digits * 8, 0.02), 1);
    double w = hypot(p[2] - p[0], p[3] - p[1]), h = hypot(p[4] - p[2], p[5] - p[3]);
    bool is_even = fabs(p[0] + p[4] - p[2] - p[6]) <= error && fabs(p[1] + p[5] - p[3] - p[7]) <= error;
    bool is_square = fabs(hypot(p[4] - p[0], p[5] - p[1]) - hypot(p[6] - p[2], p[7] - p[3])) <= error;
    if (!is_even || !is_square || w <= 0 || h <= 0) {
        set_polygon(arena, p, 4, out);
        return NULL;
    }
    double angle = turn_of(p, w, digits);
    double cx = (p[0] + p[2] + p[4] + p[6]) / 4, cy = (p[1] + p[3] + p[5] + p[7]) / 4;
    w = lw_pixel(w, digits), h = lw_pixel(h, digits);
    out->shape = (lw_shape){
        .kind = LW_BOX, .x = lw_pixel(cx - w / 2, digits), .y = lw_pixel(cy - h / 2, digits), .w = w, .h = h, .angle = angle == 0 ? 0 : angle};
    return NULL;
}

static const char *read_pose(lw_arena *arena, const columns *row, const lw_yolo_rules *rules, double width, double height, lw_yolo_row *out)
{
    const char *problem = read_box(row, width, height, out);
    if (problem)
        return problem;
    const lw_number *at = row->at + 5;
    double *skeleton = lw_new_array(arena, double, rules->n_keypoints * 3);
    bool is_labelled = false;
    for (uint32_t i = 0; i < rules->n_keypoints; i++, at += rules->keypoint_size) {
        if (fabs(at[0].value) > 10 || fabs(at[1].value) > 10)
            return "not-normalised";
        double v = rules->keypoint_size == 2 ? (at[0].value <= 0 && at[1].value <= 0 ? 0 : 2) : at[2].value;
        if (!is_visibility(v))
            v = v >= 0.5 ? 2 : v > 0 ? 1 : 0; /* a model's confidence in the point */
        if (rules->keypoint_size == 2 && v == 0)
            continue;
        skeleton[3 * i] = lw_pixel(at[0].value * width, at[0].error * width);
        skeleton[3 * i + 1] = lw_pixel(at[1].value * height, at[1].error * height);
        skeleton[3 * i + 2] = v;
        is_labelled |= v != 0 || skeleton[3 * i] != 0 || skeleton[3 * i + 1] != 0;
    }
    if (is_labelled)
        out->shape.skeleton = skeleton, out->shape.n_keypoints = rules->n_keypoints;
    return NULL;
}

/* "0.92 tabby cat": how `yolo classify` writes its results. */
static bool read_classification(lw_text line, lw_yolo_row *out)
{
    lw_text rest = line, first;
    lw_number share;
    if (!lw_word_next(&rest, &first) || !memchr(first.data, '.', first.size) || !lw_number_parse(first, &share) || share.value < 0 || share.value > 1)
        return false;
    rest = lw_text_trim(rest);
    lw_number number;
    lw_text behind = rest, second;
    if (!lw_word_next(&behind, &second) || rest.size > LW_LIMIT_NAME_BYTES || !lw_text_is_utf8(rest) || lw_number_parse(second, &number))
        return false;
    *out = (lw_yolo_row){.class_index = -1, .class_name = rest, .shape = {.kind = LW_TAG}, .confidence = share.value};
    return true;
}

/* A model's row may end with a track's number behind the confidence. */
static size_t without_track(const columns *row, size_t base)
{
    double last = row->at[row->n - 1].value;
    return row->n > base && last > 1 && last == floor(last) ? row->n - 1 : row->n;
}

static const char *why_not_numbers(lw_text line)
{
    for (lw_text word; lw_word_next(&line, &word);)
        if (lw_number_is_not_finite(word))
            return "not-finite";
    return "row-not-numbers";
}

const char *lw_yolo_row_parse(lw_arena *arena, lw_text line, const lw_yolo_rules *rules, double width, double height, lw_yolo_row *out)
{
    columns row;
    lw_yolo_row made = {.confidence = NAN};
    if (!parse_columns(arena, line, &row)) {
        if (!read_classification(line, &made))
            return why_not_numbers(line);
        *out = made;
        return NULL;
    }
    double number = row.n ? row.at[0].value : -1;
    if (number < 0 || number != floor(number) || number >= LW_LIMIT_CLASSES)
        return "row-class";
    made.class_index = (int64_t)number;
    const char *problem = "row-columns";
    size_t base = 5 + (size_t)rules->n_keypoints * rules->keypoint_size;
    bool takes_polygons = rules->task == LW_YOLO_ANY || rules->task == LW_YOLO_SEGMENT || rules->task == LW_YOLO_DETECT || rules->is_guessed;
    bool is_pose = rules->task == LW_YOLO_POSE && rules->n_keypoints && row.n >= base && (row.n <= base + 2 || !rules->is_guessed);
    size_t n = without_track(&row, is_pose ? base : 5), used = 0;
    if (is_pose) {
        problem = n > base + 1 ? "row-columns" : read_pose(arena, &row, rules, width, height, &made);
        used = base;
    } else if (n == 5 || n == 6) {
        problem = read_box(&row, width, height, &made);
        used = 5;
    } else if ((n == 9 || n == 10) && rules->task == LW_YOLO_OBB) {
        problem = read_corners(arena, &row, width, height, &made);
        used = 9;
    } else if (n >= 7 && takes_polygons) {
        used = n % 2 ? n : n - 1;
        problem = read_polygon(arena, &row, (used - 1) / 2, width, height, &made);
    }
    if (problem)
        return problem;
    if (n > used) {
        made.confidence = row.at[used].value;
        if (made.confidence < 0 || made.confidence > 1)
            return "row-columns";
    }
    *out = made;
    return lw_shape_problem(&made.shape);
}
