#include "base/file.h"
#include "cli/cli.h"

static const lw_column class_columns[] = {{"class", "name"}, {"id", "id"}, {"kinds", "kinds"}, {"parent", "parent"}, {"index", "index"},
                                          {"key", "key"},    {0}};

static lw_status fetch(lw_ctx *cx, lw_cli *cli, lw_text *text, lw_json **out)
{
    return lw_cli_call(cx, cli, LW_GET, lw_cli_target(cx, "/v1/projects/{}/ontology", cli->words), NULL, text, out);
}

static void print_ontology(const lw_cli *cli, lw_text text, lw_json *ontology)
{
    if (cli->json) {
        lw_cli_print(text);
        return;
    }
    lw_json *classes = lw_json_get(ontology, "classes");
    lw_cli_say("version %" PRId64 ", %zu classes\n", lw_json_get_int(ontology, "version", 0), yyjson_arr_size(classes));
    lw_cli_table(classes, class_columns);
}

static lw_status show(lw_ctx *cx, lw_cli *cli)
{
    lw_text text;
    lw_json *ontology;
    LW_TRY(fetch(cx, cli, &text, &ontology));
    if (cli->n_words > 1) /* for an editor, and back by `set` */
        return lw_file_replace(cx, cli->words[1], text);
    print_ontology(cli, text, ontology);
    return LW_OK;
}

/* Without a version of its own, the file replaces the present one. */
static lw_status save(lw_ctx *cx, lw_cli *cli, bool is_dry)
{
    LW_AUTO(lw_buf) body = {0};
    lw_text text;
    lw_json *wanted, *answer;
    int64_t version;
    LW_TRY(lw_cli_read_json(cx, cli->n_words > 1 ? cli->words[1] : "-", &text, &wanted));
    if (!yyjson_is_obj(wanted))
        return lw_fail(cx, LW_INVALID, "an ontology is an object {\"classes\": [...]}, not %s", lw_json_kind(wanted));
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_WRITE));
    if (!lw_json_to_int(lw_json_get(wanted, "version"), &version)) {
        LW_TRY(fetch(cx, cli, &text, &answer));
        version = lw_json_get_int(answer, "version", 0);
    }
    lw_buf_print(&body, "{\"version\": %" PRId64, version);
    size_t i, n;
    yyjson_val *key, *value;
    yyjson_obj_foreach(wanted, i, n, key, value)
    {
        if (lw_text_is(lw_json_text(key), "version"))
            continue;
        lw_buf_put_key(&body, lw_text_string(cx->arena, lw_json_text(key)));
        lw_json_write(&body, value);
    }
    lw_buf_put_char(&body, '}');
    char *target = lw_cli_target(cx, is_dry ? "/v1/projects/{}/ontology?dry_run=true" : "/v1/projects/{}/ontology", cli->words);
    LW_TRY(lw_cli_call(cx, cli, LW_PUT, target, &body, &text, &answer));
    if (is_dry && !cli->json)
        lw_cli_say("this ontology can be saved\n");
    else
        print_ontology(cli, text, answer);
    return LW_OK;
}

static lw_status set(lw_ctx *cx, lw_cli *cli) { return save(cx, cli, false); }
static lw_status check(lw_ctx *cx, lw_cli *cli) { return save(cx, cli, true); }

const lw_action lw_ontology_actions[] = {
    {"show", "PROJECT [FILE]", "its classes; into a file as JSON", 1, 2, NULL, show, "ontology show road classes.json"},
    {"set", "PROJECT [FILE]", "saves the file, or stdin, as the next version", 1, 2, NULL, set, "ontology set road classes.json"},
    {"check", "PROJECT [FILE]", "only says whether it could be saved", 1, 2, NULL, check},
    {0},
};
