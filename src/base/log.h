/* The log: one line an event on stderr. Library code never logs; each failure is logged once, at the top. */
#pragma once

#include "base/status.h"

typedef enum lw_level { LW_LOG_ERROR, LW_LOG_WARNING, LW_LOG_INFO, LW_LOG_DEBUG } lw_level;

void lw_log_set_level(lw_level level); /* LW_LOG_INFO at first */
/* "2026-01-31T12:00:00.123Z info message"; control characters in it are blotted out. Never a secret. */
void lw_log(lw_level level, const char *format, ...) LW_FORMAT(2, 3);
