/* What a person wrote: actions, options, words; and help, from the same tables. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "cli/cli.h"

static const lw_cli_option common[] = {
    {"--store", NULL, LW_OPTION_TEXT, "DIR", "the store's folder; else LW_STORE, else labelwright in your data folder"},
    {"--server", NULL, LW_OPTION_TEXT, "URL", "a server instead, with the token in LW_TOKEN"},
    {"--json", NULL, LW_OPTION_FLAG, NULL, "one JSON document on stdout and nothing else"},
    {"--help", NULL, LW_OPTION_FLAG, NULL, "this text"},
    {0},
};

static const lw_cli_option *find_option(const lw_cli_option *options, lw_text name)
{
    for (const lw_cli_option *o = options; o && o->name; o++)
        if (lw_text_is(name, o->name))
            return o;
    return NULL;
}

const char *lw_cli_value(const lw_cli *cli, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < cli->n_given; i++)
        if (strcmp(cli->given[i].option->name, name) == 0)
            value = cli->given[i].value;
    return value;
}

lw_status lw_cli_absolute(lw_ctx *cx, const char *path, const char **out)
{
    char folder[PATH_MAX];
    if (path[0] != '/' && !getcwd(folder, sizeof folder))
        return lw_fail_errno(cx, errno, "cannot tell which folder this is");
    *out = path[0] == '/'           ? path
           : strcmp(path, ".") == 0 ? lw_copy(cx->arena, folder, strlen(folder))
                                    : lw_path_join(cx->arena, folder, lw_text_from(path));
    return LW_OK;
}

lw_status lw_cli_read(lw_ctx *cx, const char *path, size_t limit_bytes, lw_text *out)
{
    return strcmp(path, "-") == 0 ? lw_fd_read_all(cx, STDIN_FILENO, limit_bytes, out) : lw_file_read(cx, path, limit_bytes, out);
}

lw_status lw_cli_read_json(lw_ctx *cx, const char *path, lw_text *text, lw_json **out)
{
    LW_TRY(lw_cli_read(cx, path, LW_LIMIT_ONTOLOGY_BYTES, text));
    if (lw_json_parse(cx, *text, out) != LW_OK)
        return lw_fail(cx, LW_INVALID, "%s: %s", path, cx->message);
    return LW_OK;
}

/* --- parsing */

static const char *full_name(lw_ctx *cx, const lw_cli *cli)
{
    return cli->action && cli->action->name[0] ? lw_print(cx->arena, "%s %s", cli->verb, cli->action->name) : cli->verb;
}

bool lw_cli_is_near(const char *word, const char *meant)
{
    enum { MOST = 40 };
    size_t n = strlen(word), m = strlen(meant);
    unsigned before[MOST + 1], row[MOST + 1], next[MOST + 1];
    if (n == 0 || n > MOST || m > MOST)
        return false;
    for (unsigned j = 0; j <= m; j++)
        before[j] = row[j] = j;
    for (size_t i = 0; i < n; i++) {
        next[0] = (unsigned)i + 1;
        for (size_t j = 0; j < m; j++) {
            unsigned best = row[j] + (word[i] != meant[j]);
            best = row[j + 1] + 1 < best ? row[j + 1] + 1 : best;
            best = next[j] + 1 < best ? next[j] + 1 : best;
            if (i && j && word[i] == meant[j - 1] && word[i - 1] == meant[j] && before[j - 1] + 1 < best)
                best = before[j - 1] + 1;
            next[j + 1] = best;
        }
        memcpy(before, row, sizeof row);
        memcpy(row, next, sizeof next);
    }
    return row[m] <= (m > 5 ? 2U : 1U);
}

static const char *near_option(const lw_cli_option *options, const char *name)
{
    for (const lw_cli_option *o = options; o && o->name; o++)
        if (lw_cli_is_near(name, o->name))
            return o->name;
    return NULL;
}

static lw_status pick_action(lw_ctx *cx, lw_cli *cli, const lw_action *actions, const char *word)
{
    LW_AUTO(lw_buf) names = {0};
    for (const lw_action *a = actions; a->run; a++) {
        if (strcmp(a->name, word) == 0) {
            cli->action = a;
            return LW_OK;
        }
        lw_buf_print(&names, "%s%s", names.size ? ", " : "", a->name);
    }
    if (!word[0])
        return lw_fail(cx, LW_USAGE, "lw %s what? It has %.*s", cli->verb, LW_FMT(lw_buf_text(&names)));
    for (const lw_action *a = actions; a->run; a++)
        if (lw_cli_is_near(word, a->name))
            return lw_fail(cx, LW_USAGE, "lw %s has no '%s'; did you mean %s?", cli->verb, word, a->name);
    return lw_fail(cx, LW_USAGE, "lw %s has no '%s', but %.*s", cli->verb, word, LW_FMT(lw_buf_text(&names)));
}

static bool is_choice(lw_text choices, const char *value)
{
    lw_text one;
    while (lw_text_split(choices, '|', &one, &choices))
        if (lw_text_is(one, value))
            return true;
    return lw_text_is(choices, value);
}

/* One option at argv[*i], with the value behind `=` or in the word that follows. */
static lw_status take_option(lw_ctx *cx, lw_cli *cli, int argc, char **argv, int *i)
{
    lw_text name = lw_text_from(argv[*i]), rest;
    bool has_value = lw_text_split(name, '=', &name, &rest);
    const lw_cli_option *option = find_option(common, name);
    if (!option && cli->action)
        option = find_option(cli->action->options, name);
    const char *meant = option ? NULL : near_option(common, lw_text_string(cx->arena, name));
    if (!option && !meant && cli->action)
        meant = near_option(cli->action->options, lw_text_string(cx->arena, name));
    if (meant)
        return lw_fail(cx, LW_USAGE, "lw %s has no option %.*s; did you mean %s?", full_name(cx, cli), LW_FMT(name), meant);
    if (!option)
        return lw_fail(cx, LW_USAGE, "lw %s has no option %.*s; see lw help %s", full_name(cx, cli), LW_FMT(name), cli->verb);
    const char *value = has_value ? rest.data : "";
    if (option->kind == LW_OPTION_FLAG && has_value)
        return lw_fail(cx, LW_USAGE, "%s takes no value", option->name);
    if (option->kind != LW_OPTION_FLAG && !has_value) {
        if (*i + 1 >= argc)
            return lw_fail(cx, LW_USAGE, "%s needs a value: %s %s", option->name, option->name, option->value);
        value = argv[++*i];
    }
    int64_t number;
    if (option->kind == LW_OPTION_INT && !lw_text_to_int(lw_text_from(value), &number))
        return lw_fail(cx, LW_USAGE, "%s needs a whole number, not '%s'", option->name, value);
    if (option->choices && !is_choice(lw_text_from(option->choices), value))
        return lw_fail(cx, LW_USAGE, "%s is one of %s, not '%s'", option->name, option->choices, value);
    if (option->kind == LW_OPTION_PATH)
        LW_TRY(lw_cli_absolute(cx, value, &value));
    cli->given[cli->n_given++] = (lw_given){option, value};
    return LW_OK;
}

lw_status lw_cli_parse(lw_ctx *cx, lw_cli *cli, int argc, char **argv, const lw_action *actions, bool *wants_help)
{
    int first = 1;
    cli->words = lw_new_array(cx->arena, const char *, (size_t)argc);
    cli->given = lw_new_array(cx->arena, lw_given, (size_t)argc);
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        cli->json |= strcmp(argv[i], "--json") == 0; /* also of a command line that is wrong */
        *wants_help |= strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0;
    }
    if (*wants_help)
        return LW_OK;
    if (!actions->name[0])
        cli->action = actions;
    else
        LW_TRY(pick_action(cx, cli, actions, argc > 1 ? argv[first++] : ""));
    bool is_over = false;
    for (int i = first; i < argc; i++) {
        if (!is_over && strcmp(argv[i], "--") == 0)
            is_over = true;
        else if (!is_over && argv[i][0] == '-' && argv[i][1])
            LW_TRY(take_option(cx, cli, argc, argv, &i));
        else
            cli->words[cli->n_words++] = argv[i];
    }
    const lw_action *a = cli->action;
    if (cli->n_words < a->min_words)
        return lw_fail(cx, LW_USAGE, "something is missing: lw %s %s", full_name(cx, cli), a->words);
    if (cli->n_words > a->max_words)
        return lw_fail(cx, LW_USAGE, "'%s' is one word too many: lw %s %s", cli->words[a->max_words], full_name(cx, cli), a->words);
    cli->store = lw_cli_value(cli, "--store");
    cli->server = lw_cli_value(cli, "--server");
    if (cli->store && cli->server)
        return lw_fail(cx, LW_USAGE, "--store and --server exclude each other");
    return LW_OK;
}

/* --- as a request */

static void put_value(lw_buf *json, const lw_given *given)
{
    if (given->option->kind == LW_OPTION_FLAG)
        lw_buf_put_literal(json, "true");
    else if (given->option->kind == LW_OPTION_INT)
        lw_buf_put_string(json, given->value);
    else
        lw_buf_put_json_text(json, lw_text_from(given->value));
}

void lw_cli_put_options(const lw_cli *cli, lw_buf *json)
{
    for (size_t i = 0; i < cli->n_given; i++) {
        const lw_cli_option *option = cli->given[i].option;
        bool is_first = true, is_last = true;
        for (size_t j = 0; j < cli->n_given; j++) {
            is_first &= j >= i || cli->given[j].option != option;
            is_last &= j <= i || cli->given[j].option != option;
        }
        if (!option->key || (option->kind == LW_OPTION_LIST ? !is_first : !is_last))
            continue;
        lw_buf_put_key(json, option->key);
        if (option->kind != LW_OPTION_LIST) {
            put_value(json, &cli->given[i]);
            continue;
        }
        lw_buf_put_char(json, '[');
        for (size_t j = i; j < cli->n_given; j++) {
            if (cli->given[j].option != option)
                continue;
            lw_buf_put_comma(json);
            put_value(json, &cli->given[j]);
        }
        lw_buf_put_char(json, ']');
    }
}

const char *lw_cli_query(lw_ctx *cx, const lw_cli *cli)
{
    const char *query = "";
    for (size_t i = 0; i < cli->n_given; i++) {
        const lw_given *g = &cli->given[i];
        if (!g->option->key)
            continue;
        const char *value = g->option->kind == LW_OPTION_FLAG ? "true" : lw_url_encode(cx->arena, lw_text_from(g->value));
        query = lw_print(cx->arena, "%s%c%s=%s", query, query[0] ? '&' : '?', g->option->key, value);
    }
    return query;
}

/* --- help */

static void help_options(const lw_cli_option *options)
{
    for (const lw_cli_option *o = options; o && o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", o->name, o->value ? o->value : "");
        printf("      %-22s %s\n", left, o->help);
    }
}

void lw_cli_help(const char *verb, const lw_action *actions)
{
    for (const lw_action *a = actions; a->run; a++) {
        printf("lw %s%s%s %s\n    %s\n", verb, a->name[0] ? " " : "", a->name, a->words, a->summary);
        help_options(a->options);
    }
    printf("Always:\n");
    help_options(common);
    bool has_any = false;
    for (const lw_action *a = actions; a->run; a++) {
        if (a->example)
            printf("%s    lw %s\n", has_any ? "" : "For example:\n", a->example);
        has_any = has_any || a->example;
    }
}
