/* lw: picks the verb. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static int help(int argc, char **argv);

/* clang-format off */
static const lw_verb verbs[] = {
    {"serve",    "serve [FOLDER...]",                          "web app and API",                               lw_cli_serve},
    {"demo",     "demo",                                       "make the demo project",                         lw_cli_demo},
    {"import",   "import PROJECT SOURCE...",                   "items and labels in",                           lw_cli_import},
    {"export",   "export PROJECT TARGET",                      "out; - is stdout",                              lw_cli_export},
    {"convert",  "convert SOURCE TARGET",                      "from format to format, no store needed",        lw_cli_convert},
    {"formats",  "formats",                                    "what each reads, writes and can carry",         lw_cli_formats},
    {"apply",    "apply PROJECT FILE|-",                       "label operations, NDJSON in and out",           lw_cli_apply},
    {"project",  "project list|show|create|rename|archive|remove|restore", "projects and their counts",         lw_cli_project},
    {"ontology", "ontology show|set|check PROJECT [FILE]",     "classes and attributes",                        lw_cli_ontology},
    {"log",      "log PROJECT",                                "commits, newest first",                         lw_cli_log},
    {"undo",     "undo PROJECT COMMIT...",                     "takes commits back by a new one",               lw_cli_undo},
    {"user",     "user list|add|role|link|remove",             "people and their sign-in links",                lw_cli_user},
    {"token",    "token list|create|revoke",                   "tokens for scripts",                            lw_cli_token},
    {"job",      "job list|show|cancel",                       "imports and other long work",                   lw_cli_job},
    {"backup",   "backup TARGET",                              "into a folder, while people label",             lw_cli_backup},
    {"restore",  "restore SOURCE",                             "a backup into a new store",                     lw_cli_restore},
    {"verify",   "verify",                                     "whether everything in the store holds",         lw_cli_verify},
    {"version",  "version",                                    "which version this is",                         lw_cli_version},
    {"help",     "help [VERB]",                                "this text, or a verb's options",                help},
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

static void print_verbs(FILE *to)
{
    fprintf(to, "lw: Labelwright, training data from raw images to files that train.\n\n");
    for (const lw_verb *verb = verbs; verb->name; verb++)
        fprintf(to, "  lw %-54s %s\n", verb->usage, verb->summary);
    fprintf(to,
            "\nA command works on a store: --store DIR, else LW_STORE, else labelwright in your data folder; or on --server URL with LW_TOKEN.\n"
            "--json prints one JSON document. lw help VERB tells a verb's options.\n"
            "Exit: 0 done, 1 failed, 2 usage, 3 not found, 4 conflict, 5 refused until you agree, 6 not allowed, 7 the store is damaged,\n"
            "8 done, but part of the source could not be read.\n\n%s",
            dictionary);
}

static const lw_verb *find(const char *name)
{
    for (const lw_verb *verb = verbs; verb->name; verb++)
        if (strcmp(verb->name, name) == 0)
            return verb;
    fprintf(stderr, "lw: there is no verb '%s'; lw help lists them\n", name);
    return NULL;
}

static int help(int argc, char **argv)
{
    const lw_verb *verb = NULL;
    if (argc < 2 || argv[1][0] == '-') {
        print_verbs(stdout);
        return 0;
    }
    verb = find(argv[1]);
    if (!verb)
        return lw_status_exit(LW_USAGE);
    return verb->run == help ? help(1, argv) : verb->run(2, (char *[]){argv[1], (char[]){"--help"}, NULL});
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_verbs(stderr);
        return lw_status_exit(LW_USAGE);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help(1, argv);
    if (strcmp(argv[1], "--version") == 0)
        return lw_cli_version(1, (char *[]){(char[]){"version"}, NULL});
    const lw_verb *verb = find(argv[1]);
    return verb ? verb->run(argc - 1, argv + 1) : lw_status_exit(LW_USAGE);
}
