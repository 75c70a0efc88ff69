/* For the tests of formats: lw-test-convert SOURCE TARGET [--from F] [--to F] [--lossy] [--images DIR] [--media none|copy|link]; the report as
 * JSON on stdout, the exit code as `lw convert` has it. */
#include <stdio.h>

#include "base/clock.h"
#include "work/convert.h"

static lw_media_mode media_mode(const char *word)
{
    return strcmp(word, "none") == 0 ? LW_MEDIA_NONE : strcmp(word, "link") == 0 ? LW_MEDIA_LINK : LW_MEDIA_COPY;
}

int main(int argc, char **argv)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_report report = {.arena = arena, .started_us = lw_monotonic_us()};
    if (argc < 3)
        return 2;
    lw_convert_options options = {.source = argv[1], .target = argv[2]};
    for (int i = 3; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--lossy") == 0)
            options.lossy = true;
        else if (strcmp(argv[i], "--from") == 0)
            options.from = lw_text_from(next), i++;
        else if (strcmp(argv[i], "--to") == 0)
            options.to = lw_text_from(next), i++;
        else if (strcmp(argv[i], "--images") == 0)
            options.images = next, i++;
        else if (strcmp(argv[i], "--media") == 0)
            options.media = media_mode(next), i++;
        else
            return 2;
    }
    LW_AUTO(lw_media_auto) workers = NULL;
    if (lw_media_open(&cx, 1, &workers) == LW_OK)
        options.workers = workers;
    lw_status status = lw_convert(&cx, &options, &report);
    LW_AUTO(lw_buf) json = {0};
    lw_report_write_json(&json, &report, status == LW_OK ? NULL : &cx);
    printf("%.*s\n", LW_FMT(lw_buf_text(&json)));
    return status != LW_OK ? lw_status_exit(status) : report.is_partial ? LW_EXIT_PARTIAL : 0;
}
