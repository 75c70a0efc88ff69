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
} lw_cli_option;

typedef struct lw_cli lw_cli;

typedef struct lw_action {
    const char *name;  /* "show" of `lw project show`; "" when the verb has but one */
    const char *words; /* "PROJECT [FILE]" */
    const char *summary;
    size_t min_words, max_words;
    const lw_cli_option *options; /* ended by {0}; NULL: none of its own */
    lw_status (*run)(lw_ctx *cx, lw_cli *cli);
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
    int64_t began_us, drawn_us;
};

/* A verb of main.c's table. argv[0] is the verb itself; answers the exit code. */
typedef struct lw_verb {
    const char *name, *usage, *summary;
    int (*run)(int argc, char **argv);
} lw_verb;

/* Parses, runs the action that argv names, reports its failure. actions end with {0}. */
int lw_cli_run(int argc, char **argv, const lw_action *actions);

/* --- args.c */
LW_MUST_USE lw_status lw_cli_parse(lw_ctx *cx, lw_cli *cli, int argc, char **argv, const lw_action *actions, bool *wants_help);
void lw_cli_help(const char *verb, const lw_action *actions);
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
void lw_cli_watch(lw_ctx *cx, lw_cli *cli);
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
int lw_cli_apply(int argc, char **argv);
int lw_cli_backup(int argc, char **argv);
int lw_cli_convert(int argc, char **argv);
int lw_cli_demo(int argc, char **argv);
int lw_cli_export(int argc, char **argv);
int lw_cli_formats(int argc, char **argv);
int lw_cli_import(int argc, char **argv);
int lw_cli_job(int argc, char **argv);
int lw_cli_log(int argc, char **argv);
int lw_cli_ontology(int argc, char **argv);
int lw_cli_project(int argc, char **argv);
int lw_cli_restore(int argc, char **argv);
int lw_cli_serve(int argc, char **argv);
int lw_cli_token(int argc, char **argv);
int lw_cli_undo(int argc, char **argv);
int lw_cli_user(int argc, char **argv);
int lw_cli_verify(int argc, char **argv);
int lw_cli_version(int argc, char **argv);
