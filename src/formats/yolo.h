/* What the files of the YOLO family share: the tasks, what data.yaml says, and how a row of numbers is read. */
#pragma once

#include "formats/format.h"

typedef enum lw_yolo_task {
    LW_YOLO_ANY = 0, /* as data.yaml or the rows say */
    LW_YOLO_DETECT,
    LW_YOLO_SEGMENT,
    LW_YOLO_POSE,
    LW_YOLO_OBB,
    LW_YOLO_CLASSIFY,
    LW_YOLO_DARKNET, /* boxes in the Darknet layout */
} lw_yolo_task;

const char *lw_yolo_task_name(lw_yolo_task task); /* detect, segment, … as Ultralytics writes it */

enum { LW_YOLO_SPLITS = 16, LW_YOLO_KEYPOINTS = 1000 };

/* Where a split's images are: a folder, a list of paths (.txt), or several of them, as written. */
typedef struct lw_yolo_split {
    lw_text name; /* train, val, test, … */
    const lw_text *places;
    size_t n_places;
} lw_yolo_split;

typedef struct lw_yolo_data {
    lw_text *names; /* by class number; an empty one was not given */
    size_t n_names;
    int64_t n_classes; /* nc, which may contradict names; -1: not given */
    lw_text path;
    lw_yolo_split splits[LW_YOLO_SPLITS];
    size_t n_splits;
    lw_yolo_task task;
    uint32_t n_keypoints, keypoint_size; /* kpt_shape: size 2 is x y, 3 is x y v; 0: not given */
    const lw_text *keypoint_names;       /* of the first class that has them */
    size_t n_keypoint_names;
    lw_text names_file; /* obj.data: a path */
} lw_yolo_data;

/* data.yaml. LW_INVALID says where it is malformed; unknown keys are left alone. Aliases are followed, never unfolded. */
LW_MUST_USE lw_status lw_yolo_yaml_parse(lw_ctx *cx, lw_text yaml, lw_yolo_data *out);
/* Darknet's obj.data: `key = value` lines. */
LW_MUST_USE lw_status lw_yolo_obj_data_parse(lw_ctx *cx, lw_text text, lw_yolo_data *out);
/* obj.names, classes.txt: a name a line. */
LW_MUST_USE lw_status lw_yolo_names_parse(lw_ctx *cx, lw_text text, lw_yolo_data *in_out);
/* The name of class n in an export whose numbers have gaps; is it one? */
void lw_yolo_put_placeholder(lw_buf *buf, int64_t n);
bool lw_yolo_is_placeholder(lw_text name, int64_t n);

/* How rows are read: from data.yaml, or guessed from all of them. */
typedef struct lw_yolo_rules {
    lw_yolo_task task;
    uint32_t n_keypoints, keypoint_size;
    bool is_guessed; /* the task: rows of other columns are polygons then */
} lw_yolo_rules;

/* What is seen of a source's rows before the first is read. */
typedef struct lw_yolo_survey {
    int64_t n_rows, n_quads, n_parallelograms, n_with_confidence;
    int64_t n_poses; /* rows that could be poses of x y v; all of n_columns */
    size_t n_columns;
} lw_yolo_survey;

void lw_yolo_survey_file(lw_yolo_survey *survey, lw_text file);
/* The rules of data.yaml completed by the survey. */
lw_yolo_rules lw_yolo_rules_from(lw_yolo_task wanted, const lw_yolo_data *data, const lw_yolo_survey *survey);

typedef struct lw_yolo_row {
    int64_t class_index;
    lw_text class_name; /* of a classification result; else empty */
    lw_shape shape;     /* px */
    double confidence;  /* NAN: none */
    bool is_outside;    /* leaves the image */
} lw_yolo_row;

/* Reads one row that is not blank. NULL, or the code of what is wrong with it; see lw_yolo_problem_message. */
const char *lw_yolo_row_parse(lw_arena *arena, lw_text line, const lw_yolo_rules *rules, double width, double height, lw_yolo_row *out);
const char *lw_yolo_problem_message(const char *code);

LW_MUST_USE lw_status lw_yolo_read(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink, lw_yolo_task task);
/* Which task `yolo` writes, and why, as an issue of one sentence. */
LW_MUST_USE lw_status lw_yolo_judge(lw_ctx *cx, const lw_write_options *options);
LW_MUST_USE lw_status lw_yolo_begin(lw_ctx *cx, const lw_write_options *options, lw_yolo_task task, lw_writer **out);
LW_MUST_USE lw_status lw_yolo_item(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *labels, size_t n_labels,
                                   const lw_media_ref *media);
LW_MUST_USE lw_status lw_yolo_end(lw_ctx *cx, lw_writer *writer);
void lw_yolo_close(lw_writer *writer);
