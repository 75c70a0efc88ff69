/* Classes, keypoints, attributes and options that turn up in labels, for formats whose files do not declare them all. */
#pragma once

#include "formats/report.h"
#include "model/label.h"
#include "model/ontology.h"

/* Adds to `classes` what the label brings, counted in classes_read; true when something was new and the sink has to be told. */
bool lw_learn_label(lw_arena *arena, lw_report *report, lw_ontology *classes, const lw_label *label);
