#include "cli/cli.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"

/* --- the store or server that is meant */

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

char *lw_cli_default_store(lw_arena *arena)
{
    const char *store = variable("LW_STORE"), *data = variable("XDG_DATA_HOME"), *home = variable("HOME");
    if (store)
        return lw_print(arena, "%s", store);
    if (data)
        return lw_print(arena, "%s/labelwright", data);
    const struct passwd *account = home ? NULL : getpwuid(getuid());
    return lw_print(arena, "%s/.local/share/labelwright", home ? home : account ? account->pw_dir : ".");
}

lw_status lw_cli_open(lw_ctx *cx, lw_cli *cli, lw_client_mode mode)
{
    if (cli->client)
        return LW_OK;
    LW_TRY(lw_client_open(cx, cli->store ? cli->store : lw_cli_default_store(cx->arena), cli->server, mode, &cli->client));
    const lw_app *app = lw_client_app(cli->client);
    if (app && mode != LW_CLIENT_READ && lw_store_warning(app->store))
        fprintf(stderr, "lw: %s\n", lw_store_warning(app->store));
    return LW_OK;
}

/* --- requests */

char *lw_cli_target(lw_ctx *cx, const char *pattern, const char *const *words)
{
    LW_AUTO(lw_buf) target = {0};
    for (const char *at = pattern; *at; at++) {
        if (at[0] == '{' && at[1] == '}') {
            lw_buf_put_string(&target, lw_url_encode(cx->arena, lw_text_from(*words++)));
            at++;
        } else {
            lw_buf_put_char(&target, *at);
        }
    }
    return lw_text_string(cx->arena, lw_buf_text(&target));
}

lw_status lw_cli_call(lw_ctx *cx, lw_cli *cli, lw_method method, const char *target, const lw_buf *body, lw_text *text, lw_json **out)
{
    lw_call call = {.method = method, .target = target, .body = body ? lw_buf_text(body) : (lw_text){0}};
    LW_TRY(lw_cli_open(cx, cli, method == LW_GET ? LW_CLIENT_READ : LW_CLIENT_WRITE));
    LW_TRY(lw_client_call(cx, cli->client, &call, text));
    *out = NULL;
    return text->size ? lw_json_parse(cx, *text, out) : LW_OK;
}

lw_status lw_cli_list(lw_ctx *cx, lw_cli *cli, const char *target, int64_t limit, lw_text *text, lw_json **out)
{
    LW_AUTO(lw_buf) all = {0};
    int64_t taken = 0;
    lw_text after = {0};
    lw_buf_put_literal(&all, "{\"rows\": [");
    do {
        char *page = lw_print(cx->arena, "%s%climit=%" PRId64, target, strchr(target, '?') ? '&' : '?',
                              limit && limit - taken < LW_LIMIT_PAGE ? limit - taken : (int64_t)LW_LIMIT_PAGE);
        if (after.size)
            page = lw_print(cx->arena, "%s&after=%s", page, lw_url_encode(cx->arena, after));
        lw_text answer;
        lw_json *document;
        LW_TRY(lw_cli_call(cx, cli, LW_GET, page, NULL, &answer, &document));
        size_t i, n;
        yyjson_val *row;
        yyjson_arr_foreach(lw_json_get(document, "rows"), i, n, row)
        {
            lw_buf_put_comma(&all);
            lw_json_write(&all, row);
            taken++;
        }
        after = lw_json_get_text(document, "next");
    } while (after.size && (!limit || taken < limit));
    lw_buf_put_literal(&all, "], \"next\": ");
    if (after.size)
        lw_buf_put_json_text(&all, after);
    else
        lw_buf_put_literal(&all, "null");
    lw_buf_put_char(&all, '}');
    *text = lw_text_copy(cx->arena, lw_buf_text(&all));
    return lw_json_parse(cx, *text, out);
}

/* --- one command, from argv to its exit code */

static void print_error_json(const lw_ctx *cx, const lw_cli *cli)
{
    LW_AUTO(lw_buf) json = {0};
    lw_text told = cli->client ? lw_client_error(cli->client) : (lw_text){0};
    if (told.size) {
        lw_cli_print(told);
        return;
    }
    lw_buf_print(&json, "{\"error\": {\"code\": \"%s\", \"message\": ", lw_status_slug(cx->status));
    lw_buf_put_json_text(&json, lw_text_from(cx->message));
    lw_buf_put_literal(&json, "}}");
    lw_cli_print(lw_buf_text(&json));
}

static int tell(lw_ctx *cx, const lw_cli *cli)
{
    fflush(stdout);
    fprintf(stderr, "lw: %s\n", cx->message);
    for (const lw_field_error *field = cx->fields; field && cx->fields->next; field = field->next) /* one alone is the message */
        fprintf(stderr, "    %s: %s\n", field->path, field->message);
    if (cli->json && !cli->is_told)
        print_error_json(cx, cli);
    return lw_status_exit(cx->status);
}

int lw_cli_flush(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "lw: cannot write to stdout\n");
    return lw_status_exit(LW_FAILED);
}

int lw_cli_misused(int argc, char **argv, const char *format, ...)
{
    lw_ctx cx = {.status = LW_USAGE};
    lw_cli cli = {0};
    va_list args;
    va_start(args, format);
    vsnprintf(cx.message, sizeof cx.message, format, args);
    va_end(args);
    for (int i = 1; i < argc; i++)
        cli.json |= strcmp(argv[i], "--json") == 0;
    return lw_cli_flush(tell(&cx, &cli));
}

int lw_cli_run(int argc, char **argv, const lw_action *actions)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_cli cli = {.verb = argv[0]};
    bool wants_help = false;
    lw_status status = lw_cli_parse(&cx, &cli, argc, argv, actions, &wants_help);
    if (wants_help)
        lw_cli_help(cli.verb, actions);
    else if (status == LW_OK)
        status = cli.action->run(&cx, &cli);
    int code = status == LW_OK ? cli.exit : tell(&cx, &cli);
    if (cli.client)
        lw_client_close(cli.client);
    return lw_cli_flush(code);
}
