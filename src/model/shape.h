/* Geometry of a label: continuous pixels of the item as displayed, (0,0) the outer top-left corner, x right, y down.
 * How it is checked, measured, written as JSON and kept in the store. No database, no allocation but the arena. */
#pragma once

#include "base/buf.h"
#include "base/json.h"

/* Stored as these numbers: only ever add. */
typedef enum lw_kind {
    LW_BOX = 1,
    LW_POLYGON = 2,
    LW_POLYLINE = 3,
    LW_POINTS = 4,
    LW_SKELETON = 5,
    LW_MASK = 6,
    LW_ELLIPSE = 7,
    LW_CUBOID = 8,
    LW_TAG = 9,
    LW_N_KINDS = 10,
} lw_kind;

/* The JSON key and word of a kind; NULL for a number that is none. */
const char *lw_kind_name(lw_kind kind);
/* 0 when the word is none. */
lw_kind lw_kind_from_name(lw_text name);

typedef struct lw_shape {
    lw_kind kind;
    double x, y, w, h;           /* bounding box of any kind; of a box with an angle: the box before it is turned */
    double angle;                /* degrees clockwise about the centre; box and ellipse */
    const double *xy;            /* polygon, polyline, points, cuboid (8 corners): x,y,x,y, … */
    size_t n_points;             /* … of all rings together */
    const uint32_t *ring_points; /* polygon: points of each ring */
    const uint32_t *part_rings;  /* polygon: rings of each part, outer ring first, then its holes */
    size_t n_rings, n_parts;
    double cx, cy, rx, ry;   /* ellipse */
    uint32_t mask_w, mask_h; /* mask: px */
    lw_text counts;          /* mask: COCO compressed RLE */
    const double *skeleton;  /* x,y,v, …: of a skeleton, or beside a box, polygon or mask */
    size_t n_keypoints;
} lw_shape;

/* What is wrong with a shape, or NULL: "box-without-area", "too-few-points", "not-finite", "mask-without-area", …;
 * the codes of import issues. Leaving the image is not wrong. */
const char *lw_shape_problem(const lw_shape *shape);
/* A sentence for that code. */
const char *lw_shape_problem_message(const char *code);

/* Sets x, y, w, h of every kind but box from its points (or counts). */
void lw_shape_measure(lw_shape *shape);
/* The axis-aligned box that holds the shape, also when it is turned. */
void lw_shape_bounds(const lw_shape *shape, double *x, double *y, double *w, double *h);
/* Square pixels: box w*h, polygon by the shoelace formula (holes subtracted), mask by its runs, ellipse; else 0. */
double lw_shape_area(const lw_shape *shape);
/* Points of the shape as people count them: vertices, keypoints labelled, 0 for a box. */
size_t lw_shape_points(const lw_shape *shape);
bool lw_shape_equal(const lw_shape *a, const lw_shape *b);
/* Moves and scales every coordinate: x * sx + dx, y * sy + dy. Masks are not touched. */
lw_shape lw_shape_scaled(lw_arena *arena, const lw_shape *shape, double sx, double sy, double dx, double dy);

/* As EXIF's orientation (2 to 8) turns an image of w x h px: to the coordinates of the upright image. */
LW_MUST_USE lw_status lw_shape_turn(lw_ctx *cx, const lw_shape *shape, int orientation, double w, double h, lw_shape *out);

/* Reads the geometry keys of a label's JSON object (interfaces.md), among them COCO's polygon form `[[x,y, …], …]`.
 * LW_INVALID when there is none, several, or one is malformed; the shape's texts point into the JSON.
 * Without area or points is well-formed: ask lw_shape_problem. */
LW_MUST_USE lw_status lw_shape_from_json(lw_ctx *cx, lw_json *object, lw_shape *out);
/* The same for an operation that changes a label: what the keys do not name stays (an angle or skeleton alone may change); a null
 * skeleton is taken away. No geometry key is well-formed. */
LW_MUST_USE lw_status lw_shape_change_from_json(lw_ctx *cx, lw_json *object, lw_shape *in_out);
/* `"box": [x, y, w, h], "angle": a` and so on, after a comma where one is due. */
void lw_shape_write_json(lw_buf *buf, const lw_shape *shape);

/* The store's encoding of what a row's columns (lw_shape_bounds) do not say: TWKB where a decimal of up to three digits is exact,
 * little-endian ISO WKB elsewhere. A polygon is a polygon, or a multi-polygon when it has several parts; a polyline a line string;
 * points and cuboids a multi-point; a turned box the line string (x, y), (w, h), (angle, 0); an ellipse (cx, cy), (rx, ry) and
 * (angle, 0) when it is turned. Masks are width, height (varints) and counts. Nothing for a plain box, a tag, or a skeleton alone,
 * which has a column of its own. Rings close themselves: the last point joins the first, and is repeated in WKB only. */
void lw_shape_encode(lw_buf *buf, const lw_shape *shape);
/* kind, x, y, w, h come from the row's columns. LW_DAMAGED when the bytes are not such an encoding. A mask's counts point into
 * them; the rest lies in the arena of cx. */
LW_MUST_USE lw_status lw_shape_decode(lw_ctx *cx, lw_text bytes, lw_text skeleton, lw_shape *in_out);
/* A skeleton in bytes, to stand in a column of its own: a multi-point (TWKB or WKB as above) whose measure M is v. */
void lw_skeleton_encode(lw_buf *buf, const double *skeleton, size_t n_keypoints);

/* The pixels of an image that a polygon covers: each ring filled by lw_rle_from_ring, holes taken out, parts united. */
struct lw_rle;
LW_MUST_USE lw_status lw_shape_fill(lw_ctx *cx, const lw_shape *polygon, uint32_t h, uint32_t w, struct lw_rle *out);
