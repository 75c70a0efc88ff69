/* lw serve: web app and API over one store. `lw serve FOLDER…` imports folders, makes the demo in an empty store, and prints a link. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/cli.h"
#include "http/events.h"
#include "http/server.h"
#include "store/project.h"
#include "store/user.h"
#include "work/demo.h"
#include "work/jobs.h"

enum { MAX_ROOTS = 32, DEMO_ITEMS = 200, STOP_MS = 10000 };

typedef struct serving {
    const char *store, *listen, *base_url;
    const char *roots[MAX_ROOTS + 1];
    size_t n_roots;
    const char **folders;
    int n_folders;
    bool no_demo;
} serving;

static volatile sig_atomic_t asked_to_stop;
static void on_signal(int number) { asked_to_stop = number; }

static void log_access(void *app, const lw_access *a)
{
    (void)app;
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

static lw_status print_link(lw_ctx *cx, lw_app *app, const serving *s, int port)
{
    linking l = {0};
    LW_TRY(lw_app_owner(cx, app, &l.user_id));
    LW_TRY(lw_write_now(cx, app->store, make_link, &l));
    char *address = s->base_url ? lw_print(cx->arena, "%s", s->base_url) : lw_print(cx->arena, "http://127.0.0.1:%d", port);
    size_t size = strlen(address);
    if (size && address[size - 1] == '/')
        address[size - 1] = 0;
    printf("Labelwright is ready. Open this link (it signs you in, once):\n\n    %s/#secret=%s\n\n", address, l.secret);
    if (getenv("SSH_CONNECTION") && !s->base_url)
        printf("Over SSH, first run on your own machine:  ssh -L %d:127.0.0.1:%d YOUR-SERVER\n\n", port, port);
    fflush(stdout);
    return LW_OK;
}

/* A folder becomes, or updates, the project of its name. */
static lw_status import_folder(lw_ctx *cx, lw_app *app, const char *folder)
{
    char *real = realpath(folder, NULL);
    if (!real)
        return lw_fail_errno(cx, errno, "cannot open %s", folder);
    char *path = lw_print(cx->arena, "%s", real);
    lw_heap_free(real);
    const char *slash = strrchr(path, '/');
    lw_text name = lw_text_from(slash && slash[1] ? slash + 1 : path);
    int64_t owner;
    lw_report report = {.arena = cx->arena};
    LW_TRY(lw_app_owner(cx, app, &owner));
    lw_import import = {.project = name, .source = path, .user_id = owner};
    printf("Reading %s …\n", path);
    fflush(stdout);
    LW_TRY(lw_import_run(cx, app, &import, &report));
    LW_AUTO(lw_buf) text = {0};
    lw_report_write_text(&text, &report);
    printf("%.*s\n", LW_FMT(lw_buf_text(&text)));
    return LW_OK;
}

static lw_status prepare(lw_ctx *cx, lw_app *app, const serving *s)
{
    for (int i = 0; i < s->n_folders; i++)
        LW_TRY(import_folder(cx, app, s->folders[i]));
    lw_project *projects;
    size_t n;
    {
        LW_AUTO(lw_reader) reader = {0};
        LW_TRY(lw_reader_begin(cx, app->store, &reader));
        LW_TRY(lw_project_list(cx, reader.db, false, 0, 1, &projects, &n));
    }
    if (n || s->n_folders || s->no_demo)
        return LW_OK;
    int64_t owner;
    lw_report report = {.arena = cx->arena};
    printf("Drawing the demo project (%d pictures of fruit) …\n", DEMO_ITEMS);
    fflush(stdout);
    LW_TRY(lw_app_owner(cx, app, &owner));
    return lw_demo_make(cx, app, LW_TEXT("demo"), DEMO_ITEMS, 1, owner, &report);
}

static lw_status serve(lw_ctx *cx, serving *s)
{
    lw_app app = {0};
    LW_TRY(lw_app_open(cx, s->store, LW_STORE_CREATE, &app));
    app.roots = s->roots;
    if (lw_store_warning(app.store))
        lw_log(LW_LOG_WARNING, "%s", lw_store_warning(app.store));
    lw_guard guard = {0};
    lw_status status = lw_guard_init(cx, &guard, s->base_url);
    if (status == LW_OK)
        status = prepare(cx, &app, s);
    lw_events *events = lw_events_new();
    app.publisher = events;
    app.published = publish;
    lw_router router = {.tables = lw_api_tables, .assets = lw_web_assets, .authenticate = lw_api_authenticate, .guard = &guard, .app = &app};
    lw_server_config config = {.listen = s->listen, .socket_path = lw_store_socket(cx->arena, s->store), .spool = s->store, .log = log_access};
    lw_server *server = NULL;
    if (status == LW_OK)
        status = lw_server_start(cx, &router, &config, &server);
    if (status == LW_OK) {
        lw_jobs_start(&app);
        status = print_link(cx, &app, s, lw_server_port(server));
        while (!asked_to_stop && status == LW_OK)
            pause();
        lw_log(LW_LOG_INFO, "stopping");
        lw_server_stop(server, STOP_MS);
        lw_jobs_stop(&app);
    }
    lw_events_free(events);
    lw_app_close(&app);
    return status;
}

/* A server has the store already: it takes the folders, and a fresh link is printed. */
static int ask_running(serving *s)
{
    for (int i = 0; i < s->n_folders; i++) {
        const char *slash = strrchr(s->folders[i], '/');
        const char *import[] = {"import", slash && slash[1] ? slash + 1 : s->folders[i], s->folders[i], "--store", s->store, NULL};
        int code = lw_cli_import(5, (char **)import);
        if (code)
            return code;
    }
    const char *link[] = {"user", "link", "--store", s->store, NULL};
    return lw_cli_user(4, (char **)link);
}

static bool takes_value(const char *argument, const char *name, const char *next, const char **out, int *i)
{
    size_t size = strlen(name);
    if (strncmp(argument, name, size) != 0 || (argument[size] && argument[size] != '='))
        return false;
    *out = argument[size] ? argument + size + 1 : next;
    *i += argument[size] ? 0 : 1;
    return true;
}

static lw_status read_arguments(lw_ctx *cx, int argc, char **argv, serving *s)
{
    s->folders = lw_new_array(cx->arena, const char *, (size_t)argc + 1);
    for (int i = 0; i < argc; i++) {
        const char *root = NULL, *next = i + 1 < argc ? argv[i + 1] : NULL, *ignored;
        if (takes_value(argv[i], "--store", next, &s->store, &i) || takes_value(argv[i], "--listen", next, &s->listen, &i) ||
            takes_value(argv[i], "--base-url", next, &s->base_url, &i))
            continue;
        if (takes_value(argv[i], "--root", next, &root, &i)) {
            char *real = root ? realpath(root, NULL) : NULL;
            if (!real || s->n_roots == MAX_ROOTS)
                return lw_fail(cx, LW_USAGE, "--root %s: no such folder, or more than %d of them", root ? root : "", MAX_ROOTS);
            s->roots[s->n_roots++] = lw_print(cx->arena, "%s", real);
            lw_heap_free(real);
            continue;
        }
        if (strcmp(argv[i], "--no-demo") == 0)
            s->no_demo = true;
        else if (takes_value(argv[i], "--blobs", next, &ignored, &i))
            return lw_fail(cx, LW_USAGE, "--blobs is not there yet: blobs lie in the store's folder");
        else if (argv[i][0] == '-')
            return lw_fail(cx, LW_USAGE, "lw serve has no option '%s'", argv[i]);
        else
            s->folders[s->n_folders++] = argv[i];
    }
    return LW_OK;
}

int lw_cli_serve(int argc, char **argv)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    serving s = {.store = lw_cli_default_store(arena), .listen = "127.0.0.1:8085"};
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    lw_status status = read_arguments(&cx, argc, argv, &s);
    if (status == LW_OK)
        status = serve(&cx, &s);
    if (status == LW_UNAVAILABLE && access(lw_store_socket(arena, s.store), F_OK) == 0 && strstr(cx.message, "another process"))
        return ask_running(&s);
    if (status != LW_OK)
        fprintf(stderr, "lw: %s\n", cx.message);
    return lw_status_exit(status);
}
