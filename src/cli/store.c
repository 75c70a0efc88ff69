/* The store as a whole: its demo, its backup, its health. */
#include "cli/cli.h"
#include "work/backup.h"
#include "work/demo.h"

static lw_status need_app(lw_ctx *cx, lw_cli *cli, lw_app **app)
{
    *app = lw_client_app(cli->client);
    return *app ? LW_OK : lw_fail(cx, LW_UNAVAILABLE, "a server has this store: stop it first, or name another folder with --store");
}

static lw_status demo(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) json = {0};
    const char *items = lw_cli_value(cli, "--items"), *seed = lw_cli_value(cli, "--seed"), *project = lw_cli_value(cli, "--project");
    int64_t n_items = 200, seed_number = 1, owner;
    lw_report report = {.arena = cx->arena};
    lw_app *app;
    lw_json *document;
    if (items && (!lw_text_to_int(lw_text_from(items), &n_items) || n_items < 1))
        return lw_fail(cx, LW_USAGE, "--items needs a number above 0");
    if (seed && (!lw_text_to_int(lw_text_from(seed), &seed_number) || seed_number < 0))
        return lw_fail(cx, LW_USAGE, "--seed needs a number from 0 on");
    if (cli->server)
        return lw_fail(cx, LW_USAGE, "the demo is made in a store of this machine: it takes no --server");
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_CREATE));
    LW_TRY(need_app(cx, cli, &app));
    LW_TRY(lw_app_owner(cx, app, &owner));
    LW_TRY(lw_demo_make(cx, app, lw_text_from(project ? project : "demo"), n_items, (uint64_t)seed_number, owner, &report));
    lw_report_write_json(&json, &report, NULL);
    LW_TRY(lw_json_parse(cx, lw_text_copy(cx->arena, lw_buf_text(&json)), &document));
    return lw_cli_report(cx, cli, document, NULL, false);
}

static lw_status backup(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) body = {0};
    const char *target;
    lw_text text;
    lw_json *answer;
    LW_TRY(lw_cli_absolute(cx, cli->words[0], &target));
    lw_buf_put_literal(&body, "{\"target\": ");
    lw_buf_put_json_text(&body, lw_text_from(target));
    lw_buf_put_char(&body, '}');
    LW_TRY(lw_cli_call(cx, cli, LW_POST, "/v1/backup", &body, &text, &answer));
    if (cli->json)
        lw_cli_print(text);
    else
        lw_cli_say("the database and %" PRId64 " images are in %s; linked files stay where they are\n", lw_json_get_int(answer, "images", 0), target);
    return LW_OK;
}

static lw_status restore(lw_ctx *cx, lw_cli *cli)
{
    const char *store = cli->store ? cli->store : lw_cli_default_store(cx->arena);
    if (cli->server)
        return lw_fail(cx, LW_USAGE, "a backup is restored into a folder of this machine: no --server");
    LW_TRY(lw_backup_restore(cx, cli->words[0], store));
    if (cli->json)
        lw_cli_say("{}\n");
    else
        lw_cli_say("restored into %s\n", store);
    return LW_OK;
}

static lw_status verify(lw_ctx *cx, lw_cli *cli)
{
    lw_text text;
    lw_json *answer;
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_READ));
    LW_TRY(lw_cli_call(cx, cli, LW_POST, "/v1/verify", NULL, &text, &answer));
    lw_json *problems = lw_json_get(answer, "problems");
    int64_t count = lw_json_get_int(answer, "count", 0);
    size_t i, n;
    yyjson_val *problem;
    if (cli->json)
        lw_cli_print(text);
    else
        yyjson_arr_foreach(problems, i, n, problem) lw_cli_print(lw_json_text(problem));
    cli->is_told = cli->json;
    if (count)
        return lw_fail(cx, LW_DAMAGED, "%" PRId64 " things are wrong in this store", count);
    if (!cli->json)
        lw_cli_say("all is well, with %" PRId64 " stored images\n", lw_json_get_int(answer, "images", 0));
    return LW_OK;
}

static const lw_cli_option demo_options[] = {
    {"--items", NULL, LW_OPTION_INT, "N", "pictures; 200 when nothing is said"},
    {"--seed", NULL, LW_OPTION_INT, "S", "another seed draws other pictures"},
    {"--project", NULL, LW_OPTION_TEXT, "NAME", "demo when nothing is said"},
    {0},
};
static const lw_action demo_action[] = {{"", "", "draws pictures of fruit and makes a project of them, labels and all", 0, 0, demo_options, demo},
                                        {0}};
static const lw_action backup_action[] = {{"", "TARGET", "into a folder, while people label; given again it is quick", 1, 1, NULL, backup}, {0}};
static const lw_action restore_action[] = {{"", "SOURCE", "a backup into a folder that holds no store yet", 1, 1, NULL, restore}, {0}};
static const lw_action verify_action[] = {{"", "", "rows, lifetimes, counters and the hash of every stored image", 0, 0, NULL, verify}, {0}};

int lw_cli_demo(int argc, char **argv) { return lw_cli_run(argc, argv, demo_action); }
int lw_cli_backup(int argc, char **argv) { return lw_cli_run(argc, argv, backup_action); }
int lw_cli_restore(int argc, char **argv) { return lw_cli_run(argc, argv, restore_action); }
int lw_cli_verify(int argc, char **argv) { return lw_cli_run(argc, argv, verify_action); }
