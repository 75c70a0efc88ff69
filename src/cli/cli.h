/* The command line: each verb is a table of actions; an action is requests to the API and a way to print the answers. */
#pragma once

#include "cli/client.h"

typedef enum lw_option_kind {
    LW_OPTION_FLAG,
    LW_OPTION_TEXT,
    LW_OPTION_INT,
    LW_OPTION_PATH, /* made absolute */
    LW_OPTION_LIST, /* may be repeated */
} lw_option_kind;

typedef struct lw_cli_option {
    const char *name; /* "--add-classes" */
    const char *key;  /* in the request: "add_classes"; NULL: not sent */
    lw_option_kind kind;
    const char *value; /* what help calls it: "DIR" */
    const char *help;
    const char *choices; /* "copy|link|none"; NULL: any value */
} lw_cli_option;

typedef struct lw_cli lw_cli;

typedef struct lw_action {
    const char *name;  /* "show" of `lw project show`; "" when the verb has but one */
    const char *words; /* "PROJECT [FILE]" */
    const char *summary;
    size_t min_words, max_words;
    const lw_cli_option *options; /* ended by {0}; NULL: none of its own */
    lw_status (*run)(lw_ctx *cx, lw_cli *cli);
    const char *example; /* what follows `lw ` */
} lw_action;

typedef struct lw_given {
    const lw_cli_option *option;
    const char *value; /* "" of a flag */
} lw_given;

struct lw_cli {
    const char *verb;
    const lw_action *action;
    const char **words;
    size_t n_words;
    lw_given *given;
    size_t n_given;
    const char *store, *server;
    bool json;
    lw_client *client; /* opened by the first request */
    bool is_told;      /* the failure stands in the JSON document that was printed already */
    int exit;          /* of a success */
    bool draws;        /* a progress bar on stderr */
    const char *drawn; /* what it says in front */
    int64_t began_us, drawn_us;
};

/* A verb of main.c's table. */
typedef struct lw_verb {
    const char *name, *summary;
    const lw_action *actions; /* ended by {0} */
} lw_verb;

/* Parses, runs the action that argv names, reports its failure; answers the exit code. argv[0] is the verb. */
int lw_cli_run(int argc, char **argv, const lw_action *actions);
/* The same for a command line that names no verb: LW_USAGE. */
int lw_cli_misused(int argc, char **argv, const char *format, ...) LW_FORMAT(3, 4);
/* The code, or that of a failure when stdout did not take what was printed. */
int lw_cli_flush(int code);

/* --- args.c */
LW_MUST_USE lw_status lw_cli_parse(lw_ctx *cx, lw_cli *cli, int argc, char **argv, const lw_action *actions, bool *wants_help);
void lw_cli_help(const char *verb, const lw_action *actions);
/* Of two words whether one could be meant by the other: a letter or two too many, too few, wrong or turned. */
bool lw_cli_is_near(const char *word, const char *meant);
/* The value of an option; NULL when it was not given. */
const char *lw_cli_value(const lw_cli *cli, const char *name);
/* What was given as members of a JSON object, or as `&key=value` of a query. */
void lw_cli_put_options(const lw_cli *cli, lw_buf *json);
const char *lw_cli_query(lw_ctx *cx, const lw_cli *cli);
/* "/a/b" for "b" in folder /a; links stay as they are. */
LW_MUST_USE lw_status lw_cli_absolute(lw_ctx *cx, const char *path, const char **out);
/* A whole file, or stdin for "-"; as JSON. */
LW_MUST_USE lw_status lw_cli_read(lw_ctx *cx, const char *path, size_t limit_bytes, lw_text *out);
LW_MUST_USE lw_status lw_cli_read_json(lw_ctx *cx, const char *path, lw_text *text, lw_json **out);
/* Where the store lies when no --store says so: LW_STORE, else the user's data folder. */
char *lw_cli_default_store(lw_arena *arena);

/* --- requests: the client is opened in this mode by the first */
LW_MUST_USE lw_status lw_cli_open(lw_ctx *cx, lw_cli *cli, lw_client_mode mode);
/* "/v1/projects/my%20road/ontology": {} stands for the words in turn, each encoded. */
char *lw_cli_target(lw_ctx *cx, const char *pattern, const char *const *words);
/* A JSON body, or NULL; the answer as text and parsed (NULL when it is empty). */
LW_MUST_USE lw_status lw_cli_call(lw_ctx *cx, lw_cli *cli, lw_method method, const char *target, const lw_buf *body, lw_text *text, lw_json **out);
/* All pages of a list, up to limit rows (0: all), as {"rows": [...], "next": null}. */
LW_MUST_USE lw_status lw_cli_list(lw_ctx *cx, lw_cli *cli, const char *target, int64_t limit, lw_text *text, lw_json **out);

/* --- long work: between the two, lw_progress draws on a terminal, and Ctrl-C is its failure */
void lw_cli_watch(lw_ctx *cx, lw_cli *cli, const char *what);
void lw_cli_unwatch(lw_ctx *cx, lw_cli *cli);
/* Posts what begins a job and follows it to its end; Ctrl-C cancels it. LW_OK also when the job failed. */
LW_MUST_USE lw_status lw_cli_do_job(lw_ctx *cx, lw_cli *cli, const char *target, const lw_buf *body, lw_json **out);
/* Why a job that has ended failed, or LW_OK. */
LW_MUST_USE lw_status lw_cli_job_failed(lw_ctx *cx, lw_json *job);

/* --- output */
typedef struct lw_column {
    const char *title;
    const char *path; /* "tasks.done": keys of objects in objects */
} lw_column;

void lw_cli_say(const char *format, ...) LW_FORMAT(1, 2);
void lw_cli_print(lw_text text); /* with a line's end, unless it has one */
/* Rows as aligned columns below their titles; numbers to the right. columns end with {0}. */
void lw_cli_table(lw_json *rows, const lw_column *columns);
/* One object, a line a column. */
void lw_cli_fields(lw_json *object, const lw_column *columns);
/* With --json the text, else the table or the fields. */
void lw_cli_answer(const lw_cli *cli, lw_text text, lw_json *value, const lw_column *columns);
/* A report to stdout or stderr. Its own "error" or the one given (may be NULL) becomes the failure that is returned. */
LW_MUST_USE lw_status lw_cli_report(lw_ctx *cx, lw_cli *cli, lw_json *report, lw_json *error, bool to_stderr);

/* --- verbs */
extern const lw_action lw_apply_actions[], lw_backup_actions[], lw_convert_actions[], lw_demo_actions[], lw_export_actions[], lw_formats_actions[],
    lw_import_actions[], lw_job_actions[], lw_log_actions[], lw_ontology_actions[], lw_project_actions[], lw_restore_actions[], lw_serve_actions[],
    lw_token_actions[], lw_undo_actions[], lw_user_actions[], lw_verify_actions[], lw_version_actions[];
