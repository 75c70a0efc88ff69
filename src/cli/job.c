#include "cli/cli.h"

static const lw_column columns[] = {{"job", "id"},      {"kind", "kind"}, {"project", "project"}, {"state", "state"},     {"done", "done"},
                                    {"total", "total"}, {"by", "by"},     {"created", "created"}, {"message", "message"}, {0}};

static lw_status list(lw_ctx *cx, lw_cli *cli)
{
    lw_text text;
    lw_json *answer;
    LW_TRY(lw_cli_list(cx, cli, lw_print(cx->arena, "/v1/jobs%s", lw_cli_query(cx, cli)), 0, &text, &answer));
    lw_cli_answer(cli, text, answer, columns);
    return LW_OK;
}

static lw_status ask(lw_ctx *cx, lw_cli *cli, lw_method method, const char *pattern)
{
    lw_text text;
    lw_json *answer;
    LW_TRY(lw_cli_call(cx, cli, method, lw_cli_target(cx, pattern, cli->words), NULL, &text, &answer));
    lw_cli_answer(cli, text, answer, columns);
    return LW_OK;
}

static lw_status show(lw_ctx *cx, lw_cli *cli) { return ask(cx, cli, LW_GET, "/v1/jobs/{}"); }
static lw_status cancel(lw_ctx *cx, lw_cli *cli) { return ask(cx, cli, LW_POST, "/v1/jobs/{}/cancel"); }

static const lw_cli_option list_options[] = {
    {"--project", "project", LW_OPTION_TEXT, "PROJECT", "of one project"},
    {"--state", "state", LW_OPTION_TEXT, "STATE", "waiting, running, done, failed or cancelled", "waiting|running|done|failed|cancelled"},
    {0},
};

const lw_action lw_job_actions[] = {
    {"list", "", "imports and other long work, newest first", 0, 0, list_options, list},
    {"show", "ID", "one job; with --json also its report", 1, 1, NULL, show},
    {"cancel", "ID", "ends it where it is", 1, 1, NULL, cancel, "job cancel 7"},
    {0},
};
