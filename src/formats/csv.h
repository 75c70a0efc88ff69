/* CSV: a row a label. Rows are taken apart here; columns are understood in csv_read.c. */
#pragma once

#include "formats/format.h"

/* Reads rows of a descriptor (from wherever it stands), or of a text when fd is -1. Zero-begin, then csv_close. */
typedef struct lw_csv {
    int fd;
    char delimiter;
    char *data; /* what was read and not yet given out */
    size_t from, size, capacity;
    int64_t offset; /* in the file, of data[from] */
    bool is_at_end, is_text;
    bool is_sparse; /* rows are looked up here and there: little is read ahead */
    lw_text *cells;
    size_t n_cells, cells_capacity;
} lw_csv;

void lw_csv_open(lw_csv *csv, int fd);
void lw_csv_open_text(lw_csv *csv, lw_text text);
void lw_csv_cleanup(lw_csv *csv);
/* Continues at this place of the file. */
LW_MUST_USE lw_status lw_csv_seek(lw_ctx *cx, lw_csv *csv, int64_t offset);
/* Looks at the first line: a byte-order mark is passed over, the delimiter is the one of , ; tab that it has most of.
 * LW_INVALID for UTF-16. */
LW_MUST_USE lw_status lw_csv_begin(lw_ctx *cx, lw_csv *csv);
/* The next row that is not empty: its cells (valid until the next call) and where it stood; *is_row is false at the end.
 * LW_INVALID for a row of more than LW_LIMIT_CSV_ROW_BYTES, such as one whose quote never closes. */
LW_MUST_USE lw_status lw_csv_next(lw_ctx *cx, lw_csv *csv, bool *is_row, int64_t *offset);

/* A cell, quoted where it must be. */
void lw_csv_put(lw_buf *buf, lw_text cell);
/* A text that a spreadsheet could take for a formula gets an apostrophe before it; and without that again. */
void lw_csv_put_guarded(lw_buf *buf, lw_text cell);
lw_text lw_csv_unguarded(lw_text cell);

/* A column's meaning. */
typedef enum lw_csv_field {
    LW_CSV_OTHER,
    LW_CSV_ITEM,
    LW_CSV_WIDTH,
    LW_CSV_HEIGHT,
    LW_CSV_SPLIT,
    LW_CSV_ID,
    LW_CSV_CLASS,
    LW_CSV_KIND,
    LW_CSV_X,
    LW_CSV_Y,
    LW_CSV_W,
    LW_CSV_H,
    LW_CSV_ANGLE,
    LW_CSV_CONFIDENCE,
    LW_CSV_LAYER,
    LW_CSV_BY,
    LW_CSV_SEQ,
    LW_CSV_ATTRIBUTES,
    LW_CSV_GEOMETRY,
    LW_CSV_XMIN,
    LW_CSV_YMIN,
    LW_CSV_XMAX,
    LW_CSV_YMAX,
    LW_CSV_CX,
    LW_CSV_CY,
    LW_CSV_ONE_ATTRIBUTE,
    LW_CSV_N_FIELDS
} lw_csv_field;

enum { LW_CSV_COLUMNS = 256 };

typedef struct lw_csv_header {
    lw_csv_field fields[LW_CSV_COLUMNS];
    lw_text names[LW_CSV_COLUMNS]; /* as written; of one attribute: its name */
    size_t n;
    int16_t place[LW_CSV_N_FIELDS]; /* -1: no such column */
    bool is_own;                    /* our own columns: apostrophes are guards, names are items' names */
} lw_csv_header;

/* Understands a header by itself, and by "theirs=ours" (NULL-ended; may be NULL). LW_INVALID when there is no column of items, or a
 * mapping names a column that is not there or a meaning that is none. */
LW_MUST_USE lw_status lw_csv_header_parse(lw_ctx *cx, const lw_text *cells, size_t n, const char *const *columns, lw_csv_header *out);

LW_MUST_USE lw_status lw_csv_read(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink);
