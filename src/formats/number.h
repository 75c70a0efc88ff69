/* Numbers in label files: read with the precision they were written in, written in no more digits than pixels need. */
#pragma once

#include "base/buf.h"
#include "base/decimal.h"

typedef struct lw_number {
    double value;
    double error; /* half a unit of the last digit that was written */
} lw_number;

/* The whole text as a finite number ("1", "-.5", "2e-3", "+0.25"); false when it is anything else. */
bool lw_number_parse(lw_text text, lw_number *out);
/* Whether it is NaN, infinity, or too large for a double, as Python writes and reads them. */
bool lw_number_is_not_finite(lw_text text);
/* The next run of bytes that are no blanks, taken off the front of *rest; false at its end. */
bool lw_word_next(lw_text *rest, lw_text *word);
/* The next line without its ending (LF, CRLF, CR), taken off the front of *rest; false at its end. */
bool lw_line_next(lw_text *rest, lw_text *line);

/* value in pixels, known to within error: the nearest thousandth where that is as true as the file, else the nearest millionth. What
 * was divided by the image's size and written below comes back as the same number. */
double lw_pixel(double value, double error);
/* One side of an image, and in how many digits shares of it place a coordinate within a ten-millionth of a pixel. */
typedef struct lw_side {
    double size, scale; /* scale * coordinate is its share in units of the last digit */
    double unit;        /* 10^n_digits */
    int64_t rest;       /* what makes 16 digits of them */
    size_t n_digits;
} lw_side;

lw_side lw_side_of(double size);
/* value / side->size in so many digits; returns how many bytes. */
size_t lw_share_print(double value, const lw_side *side, char out[LW_DECIMAL_SIZE]);
