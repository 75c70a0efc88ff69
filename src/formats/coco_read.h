/* Reads COCO data sets (several task files are one) and bare lists of results. */
#pragma once

#include "formats/format.h"

LW_MUST_USE lw_status lw_coco_read(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink, bool is_results);
