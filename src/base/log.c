#include "base/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

static _Atomic int threshold = LW_LOG_INFO;

void lw_log_set_level(lw_level level) { atomic_store(&threshold, (int)level); }

void lw_log(lw_level level, const char *format, ...)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    if ((int)level > atomic_load(&threshold))
        return;
    char line[2048], time[LW_TIME_SIZE];
    int used = snprintf(line, sizeof line, "%s %s ", lw_time_print(lw_now_us(), time), names[level]);
    va_list args;
    va_start(args, format);
    int size = vsnprintf(line + used, sizeof line - (size_t)used - 1, format, args);
    va_end(args);
    size_t end = (size_t)used + (size_t)(size < 0 ? 0 : size);
    if (end > sizeof line - 2)
        end = sizeof line - 2;
    for (size_t i = 0; i < end; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[end] = '\n';
    if (write(STDERR_FILENO, line, end + 1) < 0)
        return; /* nowhere left to say so */
}
