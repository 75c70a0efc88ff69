/* Numbers as decimals: the fewest digits that read back as the same double. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { LW_DECIMAL_SIZE = 32 };

/* Writes a number as JSON has it, without a 0 behind; returns its size. -0 is 0, and what is not finite null. */
size_t lw_decimal_print(double value, char out[LW_DECIMAL_SIZE]);
/* The same for an integer. */
size_t lw_integer_print(int64_t value, char out[LW_DECIMAL_SIZE]);
