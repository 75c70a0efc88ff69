/* What an import, export or convert did, counted to the last object (interfaces.md, "Import and export report"). */
#pragma once

#include "model/item.h"

typedef enum lw_severity { LW_INFO = 0, LW_WARNING = 1, LW_ERROR = 2 } lw_severity;

const char *lw_severity_name(lw_severity severity); /* info, warning, error */

enum { LW_REPORT_EXAMPLES = 20 }; /* of each code are named; all are counted */

typedef struct lw_issue {
    struct lw_issue *next; /* in the order of their first appearance */
    const char *code;
    lw_severity severity;
    int64_t count;
    const char *message;
    const char *examples[LW_REPORT_EXAMPLES]; /* "file: what" */
    size_t n_examples;
} lw_issue;

typedef struct lw_report {
    lw_arena *arena; /* outlives the work; issues are copied into it */
    char format[32];
    int64_t seq;
    int64_t items_read, items_added, items_matched, items_skipped;
    int64_t labels_read, labels_written, labels_matched, labels_skipped;
    int64_t kinds[LW_N_KINDS]; /* of the labels written */
    int64_t classes_read, classes_added;
    lw_issue *issues;
    int64_t started_us; /* lw_monotonic_us */
    bool is_partial;    /* part of the source could not be read: exit 8 */
} lw_report;

/* Of a label that is left out: a warning by the rules of shapes (no area, too few points, not finite …), an error when it could not be read. */
lw_severity lw_report_severity(const char *problem);
/* Counts one more of this code (a literal); message is kept from the first. LW_ERROR sets is_partial.
 * The example says where: "labels/a.txt: line 3". */
void lw_report_add(lw_report *report, lw_severity severity, const char *code, const char *message, const char *example, ...) LW_FORMAT(5, 6);
/* Counts n more, of which the example is one; NULL names none. */
void lw_report_count(lw_report *report, lw_severity severity, const char *code, const char *message, int64_t n, const char *example, ...)
    LW_FORMAT(6, 7);
/* Adds what another one counted, as of a part of the work or of another thread. */
void lw_report_join(lw_report *report, const lw_report *from);
/* The JSON document; `error` is put beside it when error is not NULL. "example" is the first one, "examples" all that are kept. */
void lw_report_write_json(lw_buf *buf, const lw_report *report, const lw_ctx *error);
/* The same without the lists of examples, as one line of a header. Not told when it would be longer than a header may be. */
bool lw_report_write_line(lw_buf *buf, const lw_report *report);
/* The short text for a person. */
void lw_report_write_text(lw_buf *buf, const lw_report *report);
