/* Counts of what a server answered, for GET /metrics in Prometheus' text format. */
#pragma once

#include <stdatomic.h>

#include "base/buf.h"
#include "http/server.h"

enum { LW_METRICS_BUCKETS = 10 };

/* All zero is a beginning; any thread counts. */
typedef struct lw_metrics {
    atomic_llong by_status[6]; /* 404 counts at 4 */
    atomic_llong by_time[LW_METRICS_BUCKETS + 1];
    atomic_llong micros, bytes;
    lw_server *_Atomic server; /* once it runs */
} lw_metrics;

void lw_metrics_count(lw_metrics *metrics, const lw_access *access);
/* Ours begin with labelwright_, those of the process with process_. */
void lw_metrics_write(lw_metrics *metrics, lw_buf *out);
/* `# HELP`, `# TYPE` and one value. */
void lw_metrics_put(lw_buf *out, const char *name, const char *type, const char *help, double value);
