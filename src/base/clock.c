#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t lw_now_us(void) { return read_clock(CLOCK_REALTIME); }
int64_t lw_monotonic_us(void) { return read_clock(CLOCK_MONOTONIC); }

char *lw_time_print(int64_t us, char *out)
{
    int64_t fraction = us % 1000000;
    time_t seconds = (time_t)(us / 1000000);
    if (fraction < 0)
        fraction += 1000000, seconds--;
    struct tm parts;
    if (!gmtime_r(&seconds, &parts) || parts.tm_year < -1900 || parts.tm_year > 8099)
        memset(&parts, 0, sizeof parts);
    size_t used = strftime(out, LW_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out + used, LW_TIME_SIZE - used, ".%06dZ", (int)fraction);
    return out;
}

bool lw_time_parse(lw_text text, int64_t *out_us)
{
    char copy[48];
    if (text.size < 10 || text.size >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = 0;
    struct tm parts = {0};
    const char *rest = strptime(copy, "%Y-%m-%d", &parts);
    if (!rest || rest != copy + 10)
        return false;
    int64_t fraction = 0, zone_seconds = 0;
    if (*rest == 'T' || *rest == ' ') {
        rest = strptime(rest + 1, "%H:%M:%S", &parts);
        if (!rest)
            return false;
        if (*rest == '.') {
            int64_t unit = 100000;
            for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
                fraction += (*rest - '0') * unit;
        }
        int hours, minutes, used = 0;
        if (*rest == 'Z') {
            rest++;
        } else if ((*rest == '+' || *rest == '-') && sscanf(rest + 1, "%2d:%2d%n", &hours, &minutes, &used) == 2 && used == 5) {
            zone_seconds = (hours * 60 + minutes) * 60 * (*rest == '-' ? -1 : 1);
            rest += 1 + used;
        }
    }
    if (*rest)
        return false;
    *out_us = ((int64_t)timegm(&parts) - zone_seconds) * 1000000 + fraction;
    return true;
}
