#include "http/metrics.h"

#include <stdio.h>
#include <unistd.h>

static const int64_t bounds_us[LW_METRICS_BUCKETS] = {1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 10000000};

void lw_metrics_count(lw_metrics *metrics, const lw_access *access)
{
    int bucket = 0;
    while (bucket < LW_METRICS_BUCKETS && access->micros > bounds_us[bucket])
        bucket++;
    int class = access->status / 100;
    atomic_fetch_add(&metrics->by_status[class >= 1 && class <= 5 ? class : 0], 1);
    atomic_fetch_add(&metrics->by_time[bucket], 1);
    atomic_fetch_add(&metrics->micros, access->micros);
    atomic_fetch_add(&metrics->bytes, access->bytes);
}

static void put_head(lw_buf *out, const char *name, const char *type, const char *help)
{
    lw_buf_print(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void lw_metrics_put(lw_buf *out, const char *name, const char *type, const char *help, double value)
{
    put_head(out, name, type, help);
    lw_buf_print(out, "%s %.15g\n", name, value);
}

static void put_times(lw_metrics *metrics, lw_buf *out)
{
    long long sum = 0;
    put_head(out, "labelwright_http_request_seconds", "histogram", "From the request's head to the end of its answer.");
    for (int i = 0; i < LW_METRICS_BUCKETS; i++) {
        sum += atomic_load(&metrics->by_time[i]);
        lw_buf_print(out, "labelwright_http_request_seconds_bucket{le=\"%g\"} %lld\n", (double)bounds_us[i] / 1e6, sum);
    }
    sum += atomic_load(&metrics->by_time[LW_METRICS_BUCKETS]);
    lw_buf_print(out, "labelwright_http_request_seconds_bucket{le=\"+Inf\"} %lld\n", sum);
    lw_buf_print(out, "labelwright_http_request_seconds_sum %.15g\n", (double)atomic_load(&metrics->micros) / 1e6);
    lw_buf_print(out, "labelwright_http_request_seconds_count %lld\n", sum);
}

static double resident_bytes(void)
{
    long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    int found = fscanf(file, "%*d %lld", &pages);
    fclose(file);
    return found == 1 ? (double)pages * (double)sysconf(_SC_PAGESIZE) : 0;
}

void lw_metrics_write(lw_metrics *metrics, lw_buf *out)
{
    lw_server_stats now = {0};
    lw_server *server = atomic_load(&metrics->server);
    if (server)
        lw_server_stats_read(server, &now);
    put_head(out, "labelwright_info", "gauge", "The version that runs.");
    lw_buf_put_literal(out, "labelwright_info{version=\"" LW_VERSION "\"} 1\n");
    put_head(out, "labelwright_http_requests_total", "counter", "Requests answered, by the class of their status.");
    for (int class = 1; class <= 5; class ++)
        lw_buf_print(out, "labelwright_http_requests_total{status=\"%dxx\"} %lld\n", class, (long long)atomic_load(&metrics->by_status[class]));
    put_times(metrics, out);
    lw_metrics_put(out, "labelwright_http_response_bytes_total", "counter", "Bytes of bodies sent.", (double)atomic_load(&metrics->bytes));
    lw_metrics_put(out, "labelwright_http_connections", "gauge", "Open connections.", (double)now.n_connections);
    lw_metrics_put(out, "labelwright_http_requests_running", "gauge", "Requests on a worker.", (double)now.n_running);
    lw_metrics_put(out, "labelwright_http_requests_queued", "gauge", "Requests that wait for a worker.", (double)now.n_queued);
    lw_metrics_put(out, "process_resident_memory_bytes", "gauge", "Memory in use.", resident_bytes());
}
