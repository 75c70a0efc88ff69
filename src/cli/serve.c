/* lw serve: web app and API over one store. `lw serve FOLDER…` imports folders, makes the demo in an empty store, and prints a link. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/cli.h"
#include "http/events.h"
#include "http/metrics.h"
#include "http/server.h"
#include "http/socket.h"
#include "store/project.h"
#include "store/user.h"
#include "work/demo.h"
#include "work/hashing.h"
#include "work/jobs.h"

enum { MAX_ROOTS = 32, STOP_MS = 10000 };

typedef struct serving {
    const char *store, *listen, *base_url;
    const char *roots[MAX_ROOTS + 1];
    size_t n_roots;
    const char **folders;
    int n_folders;
    bool no_demo, json;
} serving;

/* SIGTERM and Ctrl-C are waited for, never handled: all threads have them blocked, and a server ends when it has served what it accepted. */
static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

static void log_access(void *app, const lw_access *a)
{
    lw_metrics_count(((lw_app *)app)->metrics, a);
    lw_log(a->status >= 500 ? LW_LOG_ERROR : LW_LOG_INFO, "%s %.*s %d %" PRId64 "B %" PRId64 "us user=%" PRId64 " %s%s%s", a->method, LW_FMT(a->path),
           a->status, a->bytes, a->micros, a->user_id, a->request_id, a->error ? " " : "", a->error ? a->error : "");
}

static void publish(lw_app *app, int64_t project_id, int64_t seq)
{
    char data[64];
    snprintf(data, sizeof data, "{\"seq\": %" PRId64 "}", seq);
    lw_events_publish(app->publisher, project_id, seq, lw_text_from(data));
}

typedef struct linking {
    int64_t user_id, expires_us;
    char secret[LW_SECRET_SIZE];
} linking;

static lw_status make_link(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    linking *l = arg;
    (void)store;
    return lw_link_create(cx, db, l->user_id, l->secret, &l->expires_us);
}

static const char *address_of(lw_ctx *cx, const serving *s, int port)
{
    if (!s->base_url)
        return lw_print(cx->arena, "http://127.0.0.1:%d", port);
    size_t size = strlen(s->base_url);
    return lw_print(cx->arena, "%.*s", (int)(size && s->base_url[size - 1] == '/' ? size - 1 : size), s->base_url);
}

static lw_status print_link(lw_ctx *cx, lw_app *app, const serving *s, int port)
{
    linking l = {0};
    LW_TRY(lw_app_owner(cx, app, &l.user_id));
    LW_TRY(lw_write_now(cx, app->store, make_link, &l));
    if (s->json) {
        printf("{\"url\": \"%s\", \"link\": \"%s/#secret=%s\"}\n", app->address, app->address, l.secret);
        fflush(stdout);
        return LW_OK;
    }
    printf("Labelwright is ready. Open this link (it signs you in, once):\n\n    %s/#secret=%s\n\n", app->address, l.secret);
    if (getenv("SSH_CONNECTION") && !s->base_url)
        printf("Over SSH, first run on your own machine:  ssh -L %d:127.0.0.1:%d YOUR-SERVER\n\n", port, port);
    fflush(stdout);
    return LW_OK;
}

/* To a person, at once. */
static void say(const serving *s, const char *format, ...) LW_FORMAT(2, 3);
static void say(const serving *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!s->json)
        vprintf(format, args);
    va_end(args);
    fflush(stdout);
}

/* Where a folder is, and the name of its project: its own. */
static lw_status find_folder(lw_ctx *cx, const char *folder, const char **path, const char **name)
{
    char *real = realpath(folder, NULL);
    if (!real)
        return lw_fail_errno(cx, errno, "cannot open %s", folder);
    *path = lw_print(cx->arena, "%s", real);
    lw_heap_free(real);
    const char *slash = strrchr(*path, '/');
    *name = slash && slash[1] ? slash + 1 : *path;
    return LW_OK;
}

/* A folder becomes, or updates, the project of its name. */
static lw_status import_folder(lw_ctx *cx, lw_app *app, const serving *s, const char *folder)
{
    const char *path, *name;
    int64_t owner;
    LW_TRY(find_folder(cx, folder, &path, &name));
    LW_TRY(lw_app_owner(cx, app, &owner));
    LW_AUTO(lw_buf) params = {0};
    lw_buf_put_literal(&params, "{\"project\": ");
    lw_buf_put_json_text(&params, lw_text_from(name));
    lw_buf_put_literal(&params, ", \"source\": ");
    lw_buf_put_json_text(&params, lw_text_from(path));
    lw_buf_put_char(&params, '}');
    lw_job job = {.kind = LW_TEXT("import"), .params = lw_buf_text(&params), .user_id = owner}; /* to be undone, and continued, as any import */
    say(s, "Reading %s …\n", path);
    LW_TRY(lw_job_do(cx, app, &job));
    lw_cli cli = {0};
    lw_json *report, *error = NULL;
    LW_TRY(lw_json_parse(cx, job.report, &report));
    if (job.error.size)
        LW_TRY(lw_json_parse(cx, job.error, &error));
    return lw_cli_report(cx, &cli, report, error, s->json);
}

static lw_status prepare(lw_ctx *cx, lw_app *app, const serving *s)
{
    for (int i = 0; i < s->n_folders; i++)
        LW_TRY(import_folder(cx, app, s, s->folders[i]));
    lw_project *projects;
    size_t n;
    {
        LW_AUTO(lw_reader) reader = {0};
        LW_TRY(lw_reader_begin(cx, app->store, &reader));
        LW_TRY(lw_project_list(cx, reader.db, false, 0, 1, &projects, &n));
    }
    if (n || s->n_folders || s->no_demo)
        return LW_OK;
    lw_demo demo = {.project = LW_TEXT("demo"), .n_items = LW_DEMO_ITEMS, .seed = 1};
    lw_report report = {.arena = cx->arena};
    say(s, "Drawing the demo project (%d pictures of fruit) …\n", LW_DEMO_ITEMS);
    LW_TRY(lw_app_owner(cx, app, &demo.user_id));
    return lw_demo_make(cx, app, &demo, &report);
}

/* Before folders are read and fruit is drawn for a server that could not begin. */
static lw_status check_port(lw_ctx *cx, const char *address)
{
    LW_AUTO(lw_fd) fd = -1;
    int port;
    return lw_socket_listen_tcp(cx, address, &fd, &port);
}

static lw_status serve(lw_ctx *cx, const serving *s)
{
    lw_app app = {0};
    lw_guard guard = {0};
    LW_TRY(lw_guard_init(cx, &guard, s->base_url));
    if (check_port(cx, s->listen) == LW_USAGE) /* for that no store is made; a port in use may be that of the server to be asked */
        return LW_USAGE;
    LW_TRY(lw_app_open(cx, s->store, LW_STORE_CREATE, &app));
    lw_metrics metrics = {0};
    app.metrics = &metrics;
    app.roots = s->roots;
    if (lw_store_warning(app.store))
        lw_log(LW_LOG_WARNING, "%s", lw_store_warning(app.store));
    sigset_t stop = stop_signals();
    int signal;
    lw_status status = check_port(cx, s->listen);
    pthread_sigmask(SIG_UNBLOCK, &stop, NULL); /* until it serves there is nothing to finish: an import is continued by giving it again */
    if (status == LW_OK)
        status = prepare(cx, &app, s);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    lw_events *events = lw_events_new();
    app.publisher = events;
    app.published = publish;
    lw_router router = {.tables = lw_api_tables, .assets = lw_web_assets, .authenticate = lw_api_authenticate, .guard = &guard, .app = &app};
    lw_server_config config = {.listen = s->listen, .socket_path = lw_store_socket(cx->arena, s->store), .spool = s->store, .log = log_access};
    lw_server *server = NULL;
    if (status == LW_OK) { /* before the server, whose threads look at both */
        lw_hashing_start(&app);
        lw_jobs_start(&app);
        status = lw_server_start(cx, &router, &config, &server);
        metrics.server = server;
    }
    if (status == LW_OK) {
        app.address = address_of(cx, s, lw_server_port(server));
        status = print_link(cx, &app, s, lw_server_port(server));
        if (status == LW_OK)
            sigwait(&stop, &signal);
        lw_log(LW_LOG_INFO, "stopping");
        lw_server_stop(server, STOP_MS);
    }
    lw_jobs_stop(&app);
    lw_hashing_stop(&app);
    lw_events_free(events);
    lw_app_close(&app);
    return status;
}

/* What it says on the way: stdout is for the one document at the end. */
static int run_telling_stderr(int n, const char **words, const lw_action *actions)
{
    fflush(stdout);
    LW_AUTO(lw_fd) kept = dup(STDOUT_FILENO);
    if (kept < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return lw_cli_run(n, (char **)words, actions);
    int code = lw_cli_run(n, (char **)words, actions);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    return code;
}

/* A server has the store already: it takes the folders, and a fresh link is printed. */
static int ask_running(lw_ctx *cx, const serving *s)
{
    int worst = 0;
    for (int i = 0; i < s->n_folders; i++) {
        const char *folder, *name;
        if (find_folder(cx, s->folders[i], &folder, &name) != LW_OK) {
            fprintf(stderr, "lw: %s\n", cx->message);
            return lw_status_exit(cx->status);
        }
        const char *import[] = {"import", name, folder, "--store", s->store, NULL};
        int code = s->json ? run_telling_stderr(5, import, lw_import_actions) : lw_cli_run(5, (char **)import, lw_import_actions);
        if (code && code != LW_EXIT_PARTIAL)
            return code;
        worst = code ? code : worst;
    }
    const char *link[8] = {"user", "link", "--store", s->store};
    int n = 4;
    if (s->base_url)
        link[n++] = "--base-url", link[n++] = s->base_url;
    if (s->json)
        link[n++] = "--json";
    int code = lw_cli_run(n, (char **)link, lw_user_actions);
    return code ? code : worst;
}

static lw_status read_roots(lw_ctx *cx, const lw_cli *cli, serving *s)
{
    for (size_t i = 0; i < cli->n_given; i++) {
        if (strcmp(cli->given[i].option->name, "--root") != 0)
            continue;
        char *real = realpath(cli->given[i].value, NULL);
        if (!real || s->n_roots == MAX_ROOTS)
            return lw_fail(cx, LW_USAGE, "--root %s: no such folder, or more than %d of them", cli->given[i].value, MAX_ROOTS);
        s->roots[s->n_roots++] = lw_print(cx->arena, "%s", real);
        lw_heap_free(real);
    }
    return LW_OK;
}

static lw_status run(lw_ctx *cx, lw_cli *cli)
{
    const char *listen = lw_cli_value(cli, "--listen");
    serving s = {.store = cli->store ? cli->store : lw_cli_default_store(cx->arena),
                 .listen = listen ? listen : "127.0.0.1:8085",
                 .base_url = lw_cli_value(cli, "--base-url"),
                 .folders = cli->words,
                 .n_folders = (int)cli->n_words,
                 .no_demo = lw_cli_value(cli, "--no-demo"),
                 .json = cli->json};
    if (cli->server)
        return lw_fail(cx, LW_USAGE, "lw serve is the server: it takes no --server");
    LW_TRY(read_roots(cx, cli, &s));
    sigset_t stop = stop_signals();
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    lw_status status = serve(cx, &s);
    if (status == LW_UNAVAILABLE && access(lw_store_socket(cx->arena, s.store), F_OK) == 0 && strstr(cx->message, "another process")) {
        cli->exit = ask_running(cx, &s);
        return LW_OK;
    }
    return status;
}

static const lw_cli_option options[] = {
    {"--listen", NULL, LW_OPTION_TEXT, "ADDR:PORT", "127.0.0.1:8085 when nothing is said"},
    {"--base-url", NULL, LW_OPTION_TEXT, "URL", "where people reach it, behind a proxy"},
    {"--root", NULL, LW_OPTION_LIST, "DIR", "a place that links, and paths named over HTTP, may lead to; may be repeated"},
    {"--no-demo", NULL, LW_OPTION_FLAG, NULL, "no demo project in an empty store"},
    {0},
};
const lw_action lw_serve_actions[] = {{"", "[FOLDER...]", "web app and API; each folder becomes, or updates, a project of its name", 0, 1000, options,
                                       run, "serve ~/photos --listen 0.0.0.0:8085 --base-url https://example.org/label/"},
                                      {0}};
