/* Everything that contradicts itself in an ontology, gathered to be told at once. */
#pragma once

#include "model/ontology.h"

typedef struct lw_problems {
    lw_ctx *cx;
    lw_field_error *first, *last;
    size_t n, n_kept; /* the first hundred are told one by one */
} lw_problems;

/* A problem below a path that has one already is not told again. */
void lw_problem_add(lw_problems *problems, const char *path, const char *format, ...) LW_FORMAT(3, 4);
void lw_ontology_find_problems(lw_problems *problems, const lw_ontology *ontology);
/* LW_OK when there are none. */
LW_MUST_USE lw_status lw_problems_end(lw_problems *problems);

/* A path and one step more, escaped as JSON pointers are. */
const char *lw_path_step(lw_arena *arena, const char *path, lw_text step);
