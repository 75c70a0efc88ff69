/* From one label format to another, without a store. Memory stays flat. */
#pragma once

#include "formats/format.h"
#include "media/media.h"

typedef struct lw_convert_options {
    const char *source, *target;
    const char *images;         /* --images; NULL: the source itself */
    lw_text from, to;           /* empty: detected; by the target's ending */
    lw_text split;              /* for items that the source gives none */
    const char *const *columns; /* of CSV; may be NULL */
    const char *const *roots;   /* where links of the source may lead; may be NULL */
    lw_media_mode media;
    bool lossy;
    lw_media *workers; /* turn images upright and measure odd ones; NULL: they are copied as they are, with a warning */
} lw_convert_options;

/* Fills the report whatever happens (its arena and start are the caller's). The target stands when it is LW_OK, else nothing of it. */
LW_MUST_USE lw_status lw_convert(lw_ctx *cx, const lw_convert_options *options, lw_report *report);
/* The same into a target that the caller opened, for `-`; it is committed. */
LW_MUST_USE lw_status lw_convert_into(lw_ctx *cx, const lw_convert_options *options, lw_target *target, lw_report *report);
