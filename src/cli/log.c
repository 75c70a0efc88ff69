/* The history of a project, and undoing parts of it. */
#include "cli/cli.h"

static const lw_column log_columns[] = {{"seq", "seq"},         {"at", "at"},           {"by", "by"},   {"kind", "kind"},     {"added", "added"},
                                        {"changed", "changed"}, {"removed", "removed"}, {"job", "job"}, {"reason", "reason"}, {0}};

static lw_status show_log(lw_ctx *cx, lw_cli *cli)
{
    int64_t limit = 0;
    lw_text text;
    lw_json *answer;
    const char *given = lw_cli_value(cli, "--limit");
    if (given && (!lw_text_to_int(lw_text_from(given), &limit) || limit < 1))
        return lw_fail(cx, LW_USAGE, "--limit needs a number above 0");
    LW_TRY(lw_cli_list(cx, cli, lw_cli_target(cx, "/v1/projects/{}/log", cli->words), limit, &text, &answer));
    lw_cli_answer(cli, text, answer, log_columns);
    return LW_OK;
}

static lw_status undo(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) body = {0};
    lw_text text;
    lw_json *answer;
    bool is_job = lw_cli_value(cli, "--job");
    if (is_job == (cli->n_words > 1))
        return lw_fail(cx, LW_USAGE, "name either the commits to undo or --job ID; lw log %s lists them", cli->words[0]);
    lw_buf_put_char(&body, '{');
    lw_cli_put_options(cli, &body);
    if (!is_job) {
        lw_buf_put_literal(&body, "\"commits\": [");
        for (size_t i = 1; i < cli->n_words; i++) {
            int64_t seq;
            if (!lw_text_to_int(lw_text_from(cli->words[i]), &seq))
                return lw_fail(cx, LW_USAGE, "'%s' is no commit's seq; lw log %s lists them", cli->words[i], cli->words[0]);
            lw_buf_put_comma(&body);
            lw_buf_put_int(&body, seq);
        }
        lw_buf_put_char(&body, ']');
    }
    lw_buf_put_char(&body, '}');
    LW_TRY(lw_cli_call(cx, cli, LW_POST, lw_cli_target(cx, "/v1/projects/{}/undo", cli->words), &body, &text, &answer));
    lw_cli_answer(cli, text, answer, (const lw_column[]){{"undone by commit", "seq"}, {0}});
    return LW_OK;
}

static const lw_cli_option log_options[] = {{"--limit", NULL, LW_OPTION_INT, "N", "only the newest"}, {0}};
static const lw_cli_option undo_options[] = {{"--job", "job", LW_OPTION_INT, "ID", "all commits of this job, such as an import"}, {0}};
const lw_action lw_log_actions[] = {{"", "PROJECT", "its commits, newest first", 1, 1, log_options, show_log, "log road --limit 20"}, {0}};
const lw_action lw_undo_actions[] = {
    {"", "PROJECT COMMIT...", "takes commits back by a new one, all or nothing", 1, 100000, undo_options, undo, "undo road 17 18"}, {0}};
