/* Label operations: NDJSON in, an answer a line. */
#include "base/limits.h"
#include "cli/cli.h"

/* The lines as one array, for --json; counts those that are errors. */
static void read_answers(lw_ctx *cx, lw_text text, lw_buf *array, size_t *n_errors)
{
    lw_buf_put_char(array, '[');
    for (lw_text line, rest = text; rest.size;) {
        line = rest;
        if (!lw_text_split(rest, '\n', &line, &rest))
            rest = (lw_text){0};
        lw_json *answer;
        if (!line.size || lw_json_parse(cx, line, &answer) != LW_OK)
            continue;
        *n_errors += lw_json_get(answer, "error") != NULL;
        lw_buf_put_comma(array);
        lw_buf_put_text(array, line);
    }
    lw_buf_put_char(array, ']');
}

static lw_status apply(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) array = {0};
    lw_text answer;
    size_t n_errors = 0;
    lw_call call = {.method = LW_POST,
                    .target = lw_print(cx->arena, "%s%s", lw_cli_target(cx, "/v1/projects/{}/labels", cli->words), lw_cli_query(cx, cli)),
                    .type = "application/x-ndjson",
                    .key = lw_cli_value(cli, "--key")};
    LW_TRY(lw_cli_read(cx, cli->words[1], LW_LIMIT_OPERATIONS_BYTES, &call.body));
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_WRITE));
    lw_status status = lw_client_call(cx, cli->client, &call, &answer);
    if (status != LW_OK) {
        lw_text error = lw_client_error(cli->client);
        if (error.size) /* the answer to all lines */
            lw_cli_print(error);
        cli->is_told = error.size != 0;
        return status;
    }
    read_answers(cx, answer, &array, &n_errors);
    lw_cli_print(cli->json ? lw_buf_text(&array) : answer);
    if (n_errors)
        cli->exit = LW_EXIT_PARTIAL;
    return LW_OK;
}

static const lw_cli_option options[] = {
    {"--partial", "partial", LW_OPTION_FLAG, NULL, "do what can be done; else all or nothing"},
    {"--key", NULL, LW_OPTION_TEXT, "KEY", "an idempotency key: given again, it repeats the first answer"},
    {0},
};
const lw_action lw_apply_actions[] = {
    {"", "PROJECT FILE|-", "label operations, NDJSON in, one answer line per line", 2, 2, options, apply, "apply road edits.ndjson --partial"}, {0}};
