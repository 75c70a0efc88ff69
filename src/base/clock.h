/* Time: microseconds since 1970, UTC, and ISO 8601. */
#pragma once

#include "base/text.h"

enum { LW_TIME_SIZE = 28 };

int64_t lw_now_us(void);       /* wall clock */
int64_t lw_monotonic_us(void); /* for durations and deadlines */
/* "2026-01-31T12:00:00.123456Z" into out[LW_TIME_SIZE]; returns out. */
char *lw_time_print(int64_t us, char *out);
/* ISO 8601 date, or date and time with an optional fraction and zone (UTC without one). */
bool lw_time_parse(lw_text text, int64_t *out_us);
