/* Convert: from one format to another, without a store or a server. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "work/convert.h"

static lw_status to_stdout(lw_ctx *cx, void *state, const void *data, size_t size) { return lw_fd_write(cx, STDOUT_FILENO, data, size); }

static lw_media_mode media_of(const lw_cli *cli)
{
    lw_text given = lw_text_from(lw_cli_value(cli, "--media"));
    return lw_text_is(given, "link") ? LW_MEDIA_LINK : lw_text_is(given, "none") ? LW_MEDIA_NONE : LW_MEDIA_COPY;
}

static lw_status run(lw_ctx *cx, lw_cli *cli, lw_convert_options *options, lw_report *report)
{
    const lw_format *to = NULL;
    LW_AUTO(lw_target_auto) target = NULL;
    if (strcmp(options->target, "-") != 0)
        return lw_convert(cx, options, report);
    if (!options->to.size)
        return lw_fail(cx, LW_USAGE, "which format is to be written? Say it with --to");
    LW_TRY(lw_format_find(cx, options->to, &to));
    LW_TRY(lw_target_stream(cx, to->can.one_file ? "" : "zip", to_stdout, NULL, &target));
    return lw_convert_into(cx, options, target, report);
}

static const char *const *columns(lw_ctx *cx, const lw_cli *cli)
{
    const char **list = lw_new_array(cx->arena, const char *, cli->n_given + 1);
    size_t n = 0;
    for (size_t i = 0; i < cli->n_given; i++)
        if (strcmp(cli->given[i].option->name, "--column") == 0)
            list[n++] = cli->given[i].value;
    return list;
}

static lw_status convert(lw_ctx *cx, lw_cli *cli)
{
    lw_report report = {.arena = cx->arena, .started_us = lw_monotonic_us()};
    lw_convert_options options = {.source = cli->words[0],
                                  .target = cli->words[1],
                                  .images = lw_cli_value(cli, "--images"),
                                  .from = lw_text_from(lw_cli_value(cli, "--from")),
                                  .to = lw_text_from(lw_cli_value(cli, "--to")),
                                  .split = lw_text_from(lw_cli_value(cli, "--split")),
                                  .columns = columns(cx, cli),
                                  .media = media_of(cli),
                                  .lossy = lw_cli_value(cli, "--lossy") != NULL};
    LW_AUTO(lw_media_auto) workers = NULL;
    LW_TRY(lw_media_open(cx, 1, &workers));
    options.workers = workers;
    lw_cli_watch(cx, cli, cli->verb);
    lw_status status = run(cx, cli, &options, &report);
    lw_cli_unwatch(cx, cli);
    LW_AUTO(lw_buf) json = {0};
    lw_report_write_json(&json, &report, status == LW_OK ? NULL : cx);
    lw_json *written;
    lw_ctx inner = {.arena = cx->arena};
    if (status == LW_USAGE || lw_json_parse(&inner, lw_buf_text(&json), &written) != LW_OK)
        return status;
    return lw_cli_report(cx, cli, written, NULL, strcmp(options.target, "-") == 0);
}

static const lw_cli_option options_of[] = {
    {"--from", NULL, LW_OPTION_TEXT, "F", "see lw formats; detected when nothing is said"},
    {"--to", NULL, LW_OPTION_TEXT, "F", "see lw formats; .jsonl, .json and .csv say it themselves"},
    {"--images", NULL, LW_OPTION_PATH, "DIR", "where the images are, when not with the labels"},
    {"--split", NULL, LW_OPTION_TEXT, "S", "for items that the source gives none"},
    {"--column", NULL, LW_OPTION_LIST, "A=B", "of CSV: their column A is our B; may be repeated"},
    {"--media", NULL, LW_OPTION_TEXT, "M", "copy, link or none", "copy|link|none"},
    {"--lossy", NULL, LW_OPTION_FLAG, NULL, "also when objects are left out or change their shape"},
    {0},
};
const lw_action lw_convert_actions[] = {{"", "SOURCE TARGET", "from format to format, without a store; - is stdin, stdout", 2, 2, options_of, convert,
                                         "convert annotations/instances.json out/ --to yolo"},
                                        {0}};
