#include "cli/cli.h"

static const lw_column list_columns[] = {{"token", "name"}, {"id", "id"}, {"user", "user"}, {"created", "created"}, {"expires", "expires"}, {0}};

static lw_status list(lw_ctx *cx, lw_cli *cli)
{
    lw_text text;
    lw_json *answer;
    LW_TRY(lw_cli_list(cx, cli, "/v1/tokens", 0, &text, &answer));
    lw_cli_answer(cli, text, answer, list_columns);
    return LW_OK;
}

static lw_status create(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) body = {0};
    lw_text text;
    lw_json *answer;
    lw_buf_put_literal(&body, "{\"name\": ");
    lw_buf_put_json_text(&body, lw_text_from(cli->n_words ? cli->words[0] : "token"));
    lw_cli_put_options(cli, &body);
    lw_buf_put_char(&body, '}');
    LW_TRY(lw_cli_call(cx, cli, LW_POST, "/v1/tokens", &body, &text, &answer));
    lw_cli_answer(cli, text, answer, (const lw_column[]){{"id", "id"}, {"token (shown once)", "token"}, {0}});
    return LW_OK;
}

static lw_status revoke(lw_ctx *cx, lw_cli *cli)
{
    lw_text text;
    lw_json *none;
    LW_TRY(lw_cli_call(cx, cli, LW_DELETE, lw_cli_target(cx, "/v1/tokens/{}", cli->words), NULL, &text, &none));
    lw_cli_answer(cli, text, none, NULL);
    return LW_OK;
}

static const lw_cli_option create_options[] = {{"--expires", "expires", LW_OPTION_TEXT, "TIME", "ISO 8601; never when nothing is said"}, {0}};

const lw_action lw_token_actions[] = {
    {"list", "", "all tokens, without their secrets", 0, 0, NULL, list},
    {"create", "[NAME]", "a token for scripts, shown once", 0, 1, create_options, create, "token create training --expires 2030-01-31"},
    {"revoke", "ID", "ends it", 1, 1, NULL, revoke},
    {0},
};
