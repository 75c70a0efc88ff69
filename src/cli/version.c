/* What the program knows by itself: its version and its formats. */
#include "cli/cli.h"

static lw_status version(lw_ctx *cx, lw_cli *cli)
{
    (void)cx;
    lw_cli_say(cli->json ? "{\"version\": \"%s\"}\n" : "labelwright %s\n", LW_VERSION);
    return LW_OK;
}

static lw_status formats(lw_ctx *cx, lw_cli *cli)
{
    static const lw_column columns[] = {{"format", "name"},       {"reads", "read"},       {"writes", "write"},
                                        {"carries", "can.kinds"}, {"what it is", "title"}, {0}};
    lw_text text;
    lw_json *answer;
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_BARE));
    LW_TRY(lw_cli_call(cx, cli, LW_GET, "/v1/formats", NULL, &text, &answer));
    lw_cli_answer(cli, text, answer, columns);
    return LW_OK;
}

const lw_action lw_version_actions[] = {{"", "", "which version this is", 0, 0, NULL, version}, {0}};
const lw_action lw_formats_actions[] = {{"", "", "what each format reads, writes and can carry", 0, 0, NULL, formats}, {0}};
