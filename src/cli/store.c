/* The store as a whole: its demo, its backup, its health. */
#include "base/limits.h"
#include "cli/cli.h"
#include "work/backup.h"

static lw_status demo(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) body = {0};
    lw_json *job;
    const char *items = lw_cli_value(cli, "--items"), *seed = lw_cli_value(cli, "--seed");
    int64_t number;
    if (items && (!lw_text_to_int(lw_text_from(items), &number) || number < 1 || number > LW_LIMIT_DEMO_ITEMS))
        return lw_fail(cx, LW_USAGE, "--items needs a number from 1 to %lld", LW_LIMIT_DEMO_ITEMS);
    if (seed && seed[0] == '-')
        return lw_fail(cx, LW_USAGE, "--seed needs a number from 0 on");
    lw_buf_put_char(&body, '{');
    lw_cli_put_options(cli, &body);
    lw_buf_put_char(&body, '}');
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_CREATE));
    LW_TRY(lw_cli_do_job(cx, cli, "/v1/demo", &body, &job));
    lw_status failed = lw_cli_job_failed(cx, job);
    return failed == LW_CANCELLED ? failed : lw_cli_report(cx, cli, lw_json_get(job, "report"), lw_json_get(job, "error"), false);
}

static lw_status backup(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) body = {0}, result = {0};
    const char *target;
    lw_json *job;
    LW_TRY(lw_cli_absolute(cx, cli->words[0], &target));
    lw_buf_put_literal(&body, "{\"target\": ");
    lw_buf_put_json_text(&body, lw_text_from(target));
    lw_buf_put_char(&body, '}');
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_READ));
    LW_TRY(lw_cli_do_job(cx, cli, "/v1/backup", &body, &job));
    LW_TRY(lw_cli_job_failed(cx, job));
    lw_json_write(&result, lw_json_get(job, "result"));
    if (cli->json)
        lw_cli_print(lw_buf_text(&result));
    else
        lw_cli_say("the database and %" PRId64 " images are in %s; linked files stay where they are\n",
                   lw_json_get_int(lw_json_get(job, "result"), "images", 0), target);
    return LW_OK;
}

static lw_status restore(lw_ctx *cx, lw_cli *cli)
{
    const char *store = cli->store ? cli->store : lw_cli_default_store(cx->arena);
    if (cli->server)
        return lw_fail(cx, LW_USAGE, "a backup is restored into a folder of this machine: no --server");
    lw_cli_watch(cx, cli, cli->verb);
    lw_status status = lw_backup_restore(cx, cli->words[0], store);
    lw_cli_unwatch(cx, cli);
    LW_TRY(status);
    if (cli->json)
        lw_cli_say("{}\n");
    else
        lw_cli_say("restored into %s\n", store);
    return LW_OK;
}

static lw_status verify(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) text = {0};
    lw_json *job, *answer;
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_READ));
    LW_TRY(lw_cli_do_job(cx, cli, "/v1/verify", NULL, &job));
    LW_TRY(lw_cli_job_failed(cx, job));
    answer = lw_json_get(job, "result");
    lw_json_write(&text, answer);
    lw_json *problems = lw_json_get(answer, "problems");
    int64_t count = lw_json_get_int(answer, "count", 0);
    size_t i, n;
    yyjson_val *problem;
    if (cli->json)
        lw_cli_print(lw_buf_text(&text));
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
    {"--items", "items", LW_OPTION_INT, "N", "pictures; 200 when nothing is said"},
    {"--seed", "seed", LW_OPTION_INT, "S", "another seed draws other pictures"},
    {"--project", "project", LW_OPTION_TEXT, "NAME", "demo when nothing is said"},
    {0},
};
const lw_action lw_demo_actions[] = {
    {"", "", "draws pictures of fruit and makes a project of them, labels and all", 0, 0, demo_options, demo, "demo --items 1000 --seed 7"}, {0}};
const lw_action lw_backup_actions[] = {
    {"", "TARGET", "into a folder, while people label; given again it is quick", 1, 1, NULL, backup, "backup /mnt/backup/labelwright"}, {0}};
const lw_action lw_restore_actions[] = {
    {"", "SOURCE", "a backup into a folder that holds no store yet", 1, 1, NULL, restore, "restore /mnt/backup/labelwright --store ~/labelwright"},
    {0}};
const lw_action lw_verify_actions[] = {{"", "", "rows, lifetimes, counters and the hash of every stored image", 0, 0, NULL, verify}, {0}};
