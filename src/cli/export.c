#include <unistd.h>

#include "cli/cli.h"

static lw_status to_stdout(lw_ctx *cx, lw_cli *cli)
{
    lw_text text;
    lw_json *report;
    const char *query = lw_cli_query(cx, cli);
    lw_call call = {.method = LW_GET,
                    .target = lw_print(cx->arena, "%s%s", lw_cli_target(cx, "/v1/projects/{}/export", cli->words), query),
                    .into = STDOUT_FILENO};
    LW_TRY(lw_client_call(cx, cli->client, &call, &text));
    lw_text trailer = lw_client_report(cli->client);
    if (trailer.size)
        LW_TRY(lw_json_parse(cx, trailer, &report));
    else /* a proxy that takes trailers away: what would be lost, without counts */
        LW_TRY(lw_cli_call(cx, cli, LW_GET, lw_print(cx->arena, "%s%s", lw_cli_target(cx, "/v1/projects/{}/export/check", cli->words), query), NULL,
                           &text, &report));
    return lw_cli_report(cx, cli, report, NULL, true);
}

static lw_status export(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) body = {0};
    const char *target;
    lw_json *job;
    if (!lw_cli_value(cli, "--format"))
        return lw_fail(cx, LW_USAGE, "--format is missing; lw formats lists them");
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_READ));
    if (strcmp(cli->words[1], "-") == 0)
        return to_stdout(cx, cli);
    if (lw_client_is_remote(cli->client))
        return lw_fail(cx, LW_USAGE, "from a server an export goes to stdout: lw export %s - > %s", cli->words[0], cli->words[1]);
    LW_TRY(lw_cli_absolute(cx, cli->words[1], &target));
    lw_buf_put_literal(&body, "{\"target\": ");
    lw_buf_put_json_text(&body, lw_text_from(target));
    lw_cli_put_options(cli, &body);
    lw_buf_put_char(&body, '}');
    LW_TRY(lw_cli_do_job(cx, cli, lw_cli_target(cx, "/v1/projects/{}/exports", cli->words), &body, &job));
    lw_status failed = lw_cli_job_failed(cx, job);
    return failed == LW_CANCELLED ? failed : lw_cli_report(cx, cli, lw_json_get(job, "report"), lw_json_get(job, "error"), false);
}

static const lw_cli_option options[] = {
    {"--format", "format", LW_OPTION_TEXT, "F", "see lw formats"},
    {"--layer", "layer", LW_OPTION_TEXT, "L", "labels of this layer instead of truth"},
    {"--class", "class", LW_OPTION_TEXT, "C", "labels of this class alone, and the items that have one"},
    {"--state", "state", LW_OPTION_TEXT, "S", "waiting, started, done, skipped or all; else done and started"},
    {"--split", "split", LW_OPTION_TEXT, "S", "items of this split alone"},
    {"--media", "media", LW_OPTION_TEXT, "M", "copy, link or none"},
    {"--lossy", "lossy", LW_OPTION_FLAG, NULL, "also when objects are left out or change their shape"},
    {0},
};
static const lw_action action[] = {{"", "PROJECT TARGET", "to a folder or file; - is stdout", 2, 2, options, export}, {0}};

int lw_cli_export(int argc, char **argv) { return lw_cli_run(argc, argv, action); }
