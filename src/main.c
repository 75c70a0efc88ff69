/* lw: picks the verb. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* clang-format off */
static const lw_verb verbs[] = {
    {"serve",    "web app and API",                        lw_serve_actions},
    {"demo",     "make the demo project",                  lw_demo_actions},
    {"import",   "items and labels in",                    lw_import_actions},
    {"export",   "out; - is stdout",                       lw_export_actions},
    {"convert",  "from format to format, no store needed", lw_convert_actions},
    {"formats",  "what each reads, writes and can carry",  lw_formats_actions},
    {"apply",    "label operations, NDJSON in and out",    lw_apply_actions},
    {"project",  "projects and their counts",              lw_project_actions},
    {"ontology", "classes and attributes",                 lw_ontology_actions},
    {"log",      "commits, newest first",                  lw_log_actions},
    {"undo",     "takes commits back by a new one",        lw_undo_actions},
    {"user",     "people and their sign-in links",         lw_user_actions},
    {"token",    "tokens for scripts",                     lw_token_actions},
    {"job",      "imports and other long work",            lw_job_actions},
    {"backup",   "into a folder, while people label",      lw_backup_actions},
    {"restore",  "a backup into a new store",              lw_restore_actions},
    {"verify",   "whether everything in the store holds",  lw_verify_actions},
    {"version",  "which version this is",                  lw_version_actions},
    {0},
};
/* clang-format on */

static const char dictionary[] = "Words, if you come from elsewhere:\n"
                                 "  class    what CVAT calls a label, Label Studio a choice or label name, COCO a category\n"
                                 "  label    one object on one item: an annotation in COCO, a region in Label Studio, a shape in CVAT\n"
                                 "  item     an image: a task's data in Label Studio, a frame in CVAT, a sample in FiftyOne\n"
                                 "  task     one item's turn in one project: waiting, started, done or skipped; CVAT's task is a batch of them\n"
                                 "  layer    a set of labels by origin: truth, or a model's predictions\n"
                                 "  seq      counts a project's commits; each save is one\n";

/* "project list|show", or "export PROJECT TARGET" of a verb with one action. */
static void put_usage(const lw_verb *verb, char *out, size_t size)
{
    const lw_action *a = verb->actions;
    size_t used = (size_t)snprintf(out, size, "%s %s", verb->name, a->name[0] ? a->name : a->words);
    while (a->name[0] && (++a)->run && used < size)
        used += (size_t)snprintf(out + used, size - used, "|%s", a->name);
}

static void print_verbs(FILE *to)
{
    fprintf(to, "lw: Labelwright, training data from raw images to files that train.\n\n");
    for (const lw_verb *verb = verbs; verb->name; verb++) {
        char usage[128];
        put_usage(verb, usage, sizeof usage);
        fprintf(to, "  lw %-63s %s\n", usage, verb->summary);
    }
    fprintf(to, "  lw %-63s %s\n", "help [VERB]", "this text, or a verb's options; also lw VERB --help");
    fprintf(to,
            "\nA command works on a store: --store DIR, else LW_STORE, else labelwright in your data folder; or on --server URL with LW_TOKEN.\n"
            "--json prints one JSON document and nothing else on stdout.\n"
            "Exit: 0 done, 1 failed, 2 usage, 3 not found, 4 conflict, 5 refused until you agree, 6 not allowed, 7 the store is damaged,\n"
            "8 done, but part of the source could not be read.\n\n%s",
            dictionary);
}

static const lw_verb *find(const char *name)
{
    for (const lw_verb *verb = verbs; verb->name; verb++)
        if (strcmp(verb->name, name) == 0)
            return verb;
    return NULL;
}

static int find_nothing(int argc, char **argv, const char *name)
{
    for (const lw_verb *verb = verbs; verb->name; verb++)
        if (lw_cli_is_near(name, verb->name))
            return lw_cli_misused(argc, argv, "there is no verb '%s'; did you mean %s?", name, verb->name);
    return lw_cli_misused(argc, argv, "there is no verb '%s'; lw help lists them", name);
}

static int help(int argc, char **argv)
{
    const char *name = argc > 2 && argv[2][0] != '-' ? argv[2] : "help";
    const lw_verb *verb = find(name);
    if (verb)
        lw_cli_help(verb->name, verb->actions);
    else if (strcmp(name, "help") == 0)
        print_verbs(stdout);
    else
        return find_nothing(argc, argv, name);
    return lw_cli_flush(0);
}

/* `lw --store DIR project --json list`: words go before the options that stand in front of them. */
static void put_word_first(int argc, char **argv)
{
    int at = 1;
    while (at < argc && (strncmp(argv[at], "--store", 7) == 0 || strncmp(argv[at], "--server", 8) == 0 || strcmp(argv[at], "--json") == 0))
        at += strcmp(argv[at], "--store") == 0 || strcmp(argv[at], "--server") == 0 ? 2 : 1;
    if (at == 1 || at >= argc)
        return;
    char *word = argv[at];
    memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof *argv);
    argv[1] = word;
}

/* One that is closed would be the next file that is opened, and what is printed would go into that. These answer with a failure. */
static void hold_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(lw_status_exit(LW_FAILED));
}

int main(int argc, char **argv)
{
    hold_streams();
    lw_heap_begin();
    put_word_first(argc, argv);
    const char *name = argc > 1 ? argv[1] : "";
    if (!name[0]) {
        print_verbs(stderr);
        return lw_status_exit(LW_USAGE);
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help(argc, argv);
    if (strcmp(name, "--version") == 0)
        name = "version";
    const lw_verb *verb = find(name);
    if (!verb)
        return find_nothing(argc, argv, name);
    if (verb->actions->name[0])
        put_word_first(argc - 1, argv + 1);
    return lw_cli_run(argc - 1, argv + 1, verb->actions);
}
