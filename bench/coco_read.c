/* Reads a label file of any format into a sink that counts, and says how long that took and how much memory was held.
 * Compare with `python3 -c 'import json; json.load(open("instances.json"))'` in the same minute. Usage: bench-coco-read SOURCE */
#include <stdio.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "formats/format.h"

typedef struct counted {
    int64_t n_items, n_labels, n_points;
} counted;

static lw_status take_ontology(lw_ctx *cx, void *state, const lw_ontology *declared) { return LW_OK; }

static lw_status take_item(lw_ctx *cx, void *state, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    counted *to = state;
    to->n_items++;
    to->n_labels += (int64_t)n_labels;
    for (size_t i = 0; i < n_labels; i++)
        to->n_points += (int64_t)labels[i].shape.n_points;
    return LW_OK;
}

static lw_status run(lw_ctx *cx, const char *path, lw_report *report, counted *out)
{
    LW_AUTO(lw_source_auto) source = NULL;
    const lw_format *format;
    LW_TRY(lw_source_open(cx, path, NULL, report, &source));
    LW_TRY(lw_format_detect(cx, source, &format));
    snprintf(report->format, sizeof report->format, "%s", format->name);
    lw_read_options options = {.source = source, .report = report};
    lw_sink sink = {out, take_ontology, take_item, NULL};
    return format->read(cx, &options, &sink);
}

int main(int argc, char **argv)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_report report = {.arena = arena, .started_us = lw_monotonic_us()};
    counted seen = {0};
    if (argc != 2 || run(&cx, argv[1], &report, &seen) != LW_OK) {
        fprintf(stderr, "%s\n", argc == 2 ? cx.message : "usage: bench-coco-read SOURCE");
        return 1;
    }
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double wall = (double)(lw_monotonic_us() - report.started_us) / 1e6;
    double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    printf("%s: %lld items, %lld labels, %lld points; %.2f s, %.2f s of CPU, %ld MB\n", report.format, (long long)seen.n_items,
           (long long)seen.n_labels, (long long)seen.n_points, wall, cpu, used.ru_maxrss / 1024);
    LW_AUTO(lw_buf) text = {0};
    lw_report_write_text(&text, &report);
    fwrite(text.data, 1, text.size, stdout);
    return 0;
}
