#include "cli/cli.h"

static const lw_column list_columns[] = {{"project", "name"},      {"id", "id"}, {"items", "items"}, {"done", "tasks.done"}, {"labels", "labels"},
                                         {"archived", "archived"}, {0}};
static const lw_column show_columns[] = {{"project", "name"},
                                         {"id", "id"},
                                         {"seq", "seq"},
                                         {"created", "created"},
                                         {"archived", "archived"},
                                         {"items", "items"},
                                         {"waiting", "tasks.waiting"},
                                         {"started", "tasks.started"},
                                         {"done", "tasks.done"},
                                         {"skipped", "tasks.skipped"},
                                         {"labels", "labels"},
                                         {0}};

static lw_status list(lw_ctx *cx, lw_cli *cli)
{
    lw_text text;
    lw_json *answer;
    LW_TRY(lw_cli_list(cx, cli, lw_print(cx->arena, "/v1/projects%s", lw_cli_query(cx, cli)), 0, &text, &answer));
    lw_cli_answer(cli, text, answer, list_columns);
    return LW_OK;
}

/* One request on the project that the first word names, answered with the project. */
static lw_status ask(lw_ctx *cx, lw_cli *cli, lw_method method, const char *pattern, const lw_buf *body)
{
    lw_text text;
    lw_json *answer;
    LW_TRY(lw_cli_call(cx, cli, method, lw_cli_target(cx, pattern, cli->words), body, &text, &answer));
    lw_cli_answer(cli, text, answer, show_columns);
    return LW_OK;
}

static lw_status show(lw_ctx *cx, lw_cli *cli) { return ask(cx, cli, LW_GET, "/v1/projects/{}", NULL); }

/* By id, or by name: the one that was removed last. */
static lw_status restore(lw_ctx *cx, lw_cli *cli)
{
    lw_text text;
    lw_json *list;
    size_t i, n;
    yyjson_val *project;
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_WRITE));
    LW_TRY(lw_cli_list(cx, cli, "/v1/projects?removed=true", 0, &text, &list));
    const char *name = cli->words[0];
    yyjson_arr_foreach(lw_json_get(list, "rows"), i, n, project) if (lw_text_is(lw_json_get_text(project, "name"), name)) cli->words[0] =
        lw_print(cx->arena, "%" PRId64, lw_json_get_int(project, "id", 0));
    return ask(cx, cli, LW_POST, "/v1/projects/{}/restore", NULL);
}

static lw_status create(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) body = {0};
    const char *file = lw_cli_value(cli, "--ontology");
    lw_buf_put_literal(&body, "{\"name\": ");
    lw_buf_put_json_text(&body, lw_text_from(cli->words[0]));
    if (file) {
        lw_text text;
        lw_json *ontology;
        LW_TRY(lw_cli_read_json(cx, file, &text, &ontology));
        lw_buf_put_literal(&body, ", \"ontology\": ");
        lw_json_write(&body, ontology);
    }
    lw_buf_put_char(&body, '}');
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_CREATE));
    return ask(cx, cli, LW_POST, "/v1/projects", &body);
}

static lw_status rename_project(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) body = {0};
    lw_buf_put_literal(&body, "{\"name\": ");
    lw_buf_put_json_text(&body, lw_text_from(cli->words[1]));
    lw_buf_put_char(&body, '}');
    return ask(cx, cli, LW_PATCH, "/v1/projects/{}", &body);
}

static lw_status archive(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) body = {0};
    lw_buf_print(&body, "{\"archived\": %s}", lw_cli_value(cli, "--back") ? "false" : "true");
    return ask(cx, cli, LW_PATCH, "/v1/projects/{}", &body);
}

static lw_status remove_project(lw_ctx *cx, lw_cli *cli)
{
    lw_text text;
    lw_json *project, *none;
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_WRITE));
    LW_TRY(lw_cli_call(cx, cli, LW_GET, lw_cli_target(cx, "/v1/projects/{}", cli->words), NULL, &text, &project));
    int64_t id = lw_json_get_int(project, "id", 0);
    LW_TRY(lw_cli_call(cx, cli, LW_DELETE, lw_print(cx->arena, "/v1/projects/%" PRId64, id), NULL, &text, &none));
    if (cli->json)
        lw_cli_say("{\"id\": %" PRId64 "}\n", id);
    else
        lw_cli_say("%s is in the bin; lw project restore %" PRId64 " takes it out again\n",
                   lw_text_string(cx->arena, lw_json_get_text(project, "name")), id);
    return LW_OK;
}

static const lw_cli_option list_options[] = {{"--removed", "removed", LW_OPTION_FLAG, NULL, "those in the bin"}, {0}};
static const lw_cli_option create_options[] = {{"--ontology", NULL, LW_OPTION_TEXT, "FILE", "its classes, as JSON; - is stdin"}, {0}};
static const lw_cli_option archive_options[] = {{"--back", NULL, LW_OPTION_FLAG, NULL, "takes it out of the archive"}, {0}};

const lw_action lw_project_actions[] = {
    {"list", "", "all projects", 0, 0, list_options, list},
    {"show", "PROJECT", "one project and its counts", 1, 1, NULL, show},
    {"create", "NAME", "an empty project", 1, 1, create_options, create, "project create road --ontology classes.json"},
    {"rename", "PROJECT NAME", "another name", 2, 2, NULL, rename_project},
    {"archive", "PROJECT", "out of the way, nothing lost", 1, 1, archive_options, archive},
    {"remove", "PROJECT", "into the bin", 1, 1, NULL, remove_project},
    {"restore", "PROJECT", "out of the bin", 1, 1, NULL, restore, "project restore road"},
    {0},
};
