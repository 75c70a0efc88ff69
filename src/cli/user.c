#include "cli/cli.h"

static const lw_column list_columns[] = {{"user", "name"}, {"id", "id"}, {"role", "role"}, {"created", "created"}, {0}};
static const lw_column role_columns[] = {{"user", "name"}, {"role", "role"}, {0}};

static lw_status list(lw_ctx *cx, lw_cli *cli)
{
    lw_text text;
    lw_json *answer;
    LW_TRY(lw_cli_list(cx, cli, "/v1/users", 0, &text, &answer));
    lw_cli_answer(cli, text, answer, list_columns);
    return LW_OK;
}

static lw_status ask(lw_ctx *cx, lw_cli *cli, lw_method method, const char *pattern, const lw_buf *body, const lw_column *columns)
{
    lw_text text;
    lw_json *answer;
    LW_TRY(lw_cli_call(cx, cli, method, lw_cli_target(cx, pattern, cli->words), body, &text, &answer));
    lw_cli_answer(cli, text, answer, columns);
    return LW_OK;
}

static void print_link_json(lw_json *answer, lw_text address, lw_text link)
{
    LW_AUTO(lw_buf) json = {0}, whole = {0};
    size_t i, n;
    yyjson_val *key, *value;
    lw_buf_print(&whole, "%.*s/%.*s", LW_FMT(address), LW_FMT(link));
    lw_buf_put_literal(&json, "{\"url\": ");
    lw_buf_put_json_text(&json, address);
    lw_buf_put_key(&json, "link");
    lw_buf_put_json_text(&json, lw_buf_text(&whole));
    yyjson_obj_foreach(answer, i, n, key, value)
    {
        if (lw_text_is(lw_json_text(key), "link") || lw_text_is(lw_json_text(key), "address"))
            continue;
        lw_buf_put_key(&json, yyjson_get_str(key));
        lw_json_write(&json, value);
    }
    lw_buf_put_char(&json, '}');
    lw_cli_print(lw_buf_text(&json));
}

/* The API answers "#secret=…" and, when a server runs, the address it thinks it has; who reads it may know better. */
static void print_link(const lw_cli *cli, lw_json *answer)
{
    const char *base = lw_cli_value(cli, "--base-url");
    lw_text link = lw_json_get_text(answer, "link"), own = lw_json_get_text(answer, "address");
    lw_text address = base || cli->server ? lw_text_from(base ? base : cli->server) : own.size ? own : LW_TEXT("http://127.0.0.1:8085");
    if (lw_text_ends(address, "/"))
        address.size--;
    if (cli->json) {
        print_link_json(answer, address, link);
        return;
    }
    lw_cli_say("Open this link (it signs in, once):\n\n    %.*s/%.*s\n\n", LW_FMT(address), LW_FMT(link));
}

static lw_status add(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) body = {0};
    lw_text text;
    lw_json *answer;
    lw_buf_put_literal(&body, "{\"name\": ");
    lw_buf_put_json_text(&body, lw_text_from(cli->words[0]));
    lw_cli_put_options(cli, &body);
    lw_buf_put_char(&body, '}');
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_CREATE));
    LW_TRY(lw_cli_call(cx, cli, LW_POST, "/v1/users", &body, &text, &answer));
    print_link(cli, answer);
    return LW_OK;
}

static lw_status set_role(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) body = {0};
    lw_buf_put_literal(&body, "{\"role\": ");
    lw_buf_put_json_text(&body, lw_text_from(cli->words[1]));
    lw_buf_put_char(&body, '}');
    return ask(cx, cli, LW_PATCH, "/v1/users/{}", &body, role_columns);
}

/* Of whoever asks when nobody is named. */
static lw_status make_link(lw_ctx *cx, lw_cli *cli)
{
    const char *me[1];
    lw_text text;
    lw_json *answer;
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_WRITE));
    if (!cli->n_words) {
        LW_TRY(lw_cli_call(cx, cli, LW_GET, "/v1/me", NULL, &text, &answer));
        me[0] = lw_print(cx->arena, "%" PRId64, lw_json_get_int(answer, "id", 0));
    }
    LW_TRY(lw_cli_call(cx, cli, LW_POST, lw_cli_target(cx, "/v1/users/{}/link", cli->n_words ? cli->words : me), NULL, &text, &answer));
    print_link(cli, answer);
    return LW_OK;
}

static lw_status remove_user(lw_ctx *cx, lw_cli *cli) { return ask(cx, cli, LW_DELETE, "/v1/users/{}", NULL, NULL); }

#define BASE_URL                                                                               \
    {                                                                                          \
        "--base-url", NULL, LW_OPTION_TEXT, "URL", "where the server is reached, for the link" \
    }
static const lw_cli_option add_options[] = {
    {"--role", "role", LW_OPTION_TEXT, "ROLE", "owner or annotator (when nothing is said)", "owner|annotator"}, BASE_URL, {0}};
static const lw_cli_option link_options[] = {BASE_URL, {0}};

const lw_action lw_user_actions[] = {
    {"list", "", "everybody", 0, 0, NULL, list},
    {"add", "NAME", "a person; answers their sign-in link", 1, 1, add_options, add, "user add bo --base-url https://example.org/label/"},
    {"role", "USER ROLE", "owner or annotator", 2, 2, NULL, set_role, "user role bo owner"},
    {"link", "[USER]", "a fresh sign-in link, for yourself when nobody is named", 0, 1, link_options, make_link},
    {"remove", "USER", "their name stays on what they did", 1, 1, NULL, remove_user},
    {0},
};
