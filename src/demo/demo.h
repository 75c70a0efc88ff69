/* The demo project as text: its ontology, and its items as lines of the own format (jsonl). */
#pragma once

#include "base/buf.h"
#include "demo/scene.h"

/* Predictions of a detector that does not exist: made from the truth with misses, shifts and mistakes that grow as the light goes. */
#define LW_DEMO_LAYER "baseline-simulated"

typedef enum lw_demo_part {
    LW_DEMO_TRUTH,   /* every object as a polygon, the item done */
    LW_DEMO_PROJECT, /* what people have got to: about 60 % done, by boxes or polygons, a few started, the rest waiting, some with predictions */
} lw_demo_part;

/* "line-1/000017.jpg". */
lw_text lw_demo_item_name(lw_arena *arena, const lw_scene *scene);
void lw_demo_put_ontology(lw_buf *out);
/* Line 1 of the own format, with its line end. */
void lw_demo_put_head(lw_buf *out, lw_text project);
/* The line of one item, with its line end: coordinates in px rounded to 0.01, the same on every machine. */
void lw_demo_put_item(lw_buf *out, const lw_scene *scene, lw_demo_part part);
