/* Import: paths of this machine by name; to a server elsewhere the files are sent. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"

/* --- to a server elsewhere */

typedef struct sending {
    lw_cli *cli;
    const char *upload; /* NULL: only counts */
    lw_text folder;     /* what the names begin with, when a folder is sent */
    int64_t sent, total;
} sending;

static const char *name_there(lw_ctx *cx, const sending *s, const char *name)
{
    return s->folder.size ? lw_print(cx->arena, "%.*s/%s", LW_FMT(s->folder), name) : name;
}

static lw_status send_one(lw_ctx *cx, sending *s, const char *path, const char *name, int64_t bytes)
{
    lw_text answer;
    struct stat about;
    if (!s->upload) {
        s->total += bytes;
        return LW_OK;
    }
    LW_AUTO(lw_fd) file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) != 0)
        return lw_fail_errno(cx, errno, "cannot read %s", path);
    lw_call call = {.method = LW_PUT,
                    .target = lw_cli_target(cx, "/v1/uploads/{}/files?path={}", (const char *const[]){s->upload, name_there(cx, s, name)}),
                    .type = "application/octet-stream",
                    .file = file,
                    .file_bytes = about.st_size,
                    .sent_before = s->sent,
                    .sent_total = s->total};
    LW_TRY(lw_client_call(cx, s->cli->client, &call, &answer));
    s->sent += about.st_size;
    return LW_OK;
}

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

static lw_status walk(lw_ctx *cx, sending *s, const char *source)
{
    char *const roots[] = {(char *)source, NULL};
    FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    if (!tree)
        return lw_fail_errno(cx, errno, "cannot read %s", source);
    lw_status status = LW_OK;
    size_t skip = strlen(source);
    for (FTSENT *entry; status == LW_OK && (entry = fts_read(tree));) {
        const char *name = entry->fts_path + skip;
        if (entry->fts_level == 0 && entry->fts_info == FTS_F)
            name = entry->fts_name; /* the source is one file */
        while (*name == '/')
            name++;
        if (entry->fts_info == FTS_F)
            status = send_one(cx, s, entry->fts_accpath, name, entry->fts_statp->st_size);
        else if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS)
            status = lw_fail_errno(cx, entry->fts_errno, "cannot read %s", entry->fts_path);
    }
    fts_close(tree);
    return status;
}

/* folder: answers the source's own name, which results are called after, when it is one; NULL: goes without. */
static lw_status send(lw_ctx *cx, lw_cli *cli, const char *source, const char **upload, lw_text *folder)
{
    lw_text text, name = lw_path_last(lw_text_from(source));
    lw_json *made;
    struct stat at;
    bool is_folder = stat(source, &at) == 0 && S_ISDIR(at.st_mode);
    sending s = {.cli = cli, .folder = folder && is_folder && lw_path_check(cx, name) == LW_OK ? name : (lw_text){0}};
    lw_ctx_clear(cx);
    if (folder)
        *folder = s.folder;
    LW_TRY(walk(cx, &s, source));
    LW_TRY(lw_cli_call(cx, cli, LW_POST, "/v1/uploads", NULL, &text, &made));
    s.upload = *upload = lw_text_string(cx->arena, lw_json_get_text(made, "id"));
    lw_cli_watch(cx, cli, "sending");
    lw_status status = walk(cx, &s, source);
    lw_cli_unwatch(cx, cli);
    return status;
}

/* --- */

static lw_status import_one(lw_ctx *cx, lw_cli *cli, const char *source)
{
    LW_AUTO(lw_buf) body = {0};
    lw_json *job;
    const char *images = lw_cli_value(cli, "--images");
    bool is_remote = lw_client_is_remote(cli->client);
    lw_text folder = {0};
    if (is_remote) {
        LW_TRY(send(cx, cli, source, &source, &folder));
        if (images)
            LW_TRY(send(cx, cli, images, &images, NULL));
    }
    lw_buf_print(&body, "{\"%s\": ", is_remote ? "upload" : "source");
    lw_buf_put_json_text(&body, lw_text_from(source));
    if (folder.size) {
        lw_buf_put_key(&body, "folder");
        lw_buf_put_json_text(&body, folder);
    }
    if (images) {
        lw_buf_put_key(&body, is_remote ? "images_upload" : "images");
        lw_buf_put_json_text(&body, lw_text_from(images));
    }
    lw_cli_put_options(cli, &body);
    lw_buf_put_char(&body, '}');
    LW_TRY(lw_cli_do_job(cx, cli, lw_cli_target(cx, "/v1/projects/{}/imports", cli->words), &body, &job));
    if (lw_text_is(lw_json_get_text(job, "state"), "cancelled")) {
        int64_t id = lw_json_get_int(job, "id", 0);
        LW_AUTO(lw_buf) error = {0};
        lw_json *cancelled;
        lw_buf_put_literal(&error, "{\"code\": \"cancelled\", \"message\": ");
        lw_buf_put_json_text(&error,
                             lw_text_print(cx->arena,
                                           "cancelled; what was read until then is in: give the command again to go on, or lw undo %s --job %" PRId64,
                                           cli->words[0], id));
        lw_buf_put_char(&error, '}');
        LW_TRY(lw_json_parse(cx, lw_text_copy(cx->arena, lw_buf_text(&error)), &cancelled));
        return lw_cli_report(cx, cli, lw_json_get(job, "report"), cancelled, false);
    }
    return lw_cli_report(cx, cli, lw_json_get(job, "report"), lw_json_get(job, "error"), false);
}

/* How formats know a text that has no name. */
static const char *name_of(const char *head, size_t size)
{
    lw_text start = lw_text_trim((lw_text){head, size});
    bool is_own = lw_text_starts(start, "{\"labelwright\"");
    return is_own ? "stdin.jsonl" : lw_text_starts(start, "{") || lw_text_starts(start, "[") ? "stdin.json" : "stdin.csv";
}

/* stdin into a file, for a server, which cannot read it. */
static lw_status spool(lw_ctx *cx, const char *folder, const char **out)
{
    enum { BLOCK_BYTES = 1 << 20 };
    char *block = lw_alloc(cx->arena, BLOCK_BYTES);
    LW_AUTO(lw_fd) file = -1;
    for (ssize_t n; (n = read(STDIN_FILENO, block, BLOCK_BYTES)) != 0;) {
        if (n < 0)
            return lw_fail_errno(cx, errno, "cannot read stdin");
        if (file < 0) {
            *out = lw_print(cx->arena, "%s/%s", folder, name_of(block, (size_t)n));
            file = open(*out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        }
        if (file < 0)
            return lw_fail_errno(cx, errno, "cannot make %s", *out);
        LW_TRY(lw_fd_write(cx, file, block, (size_t)n));
    }
    return file < 0 ? lw_fail(cx, LW_INVALID, "stdin is empty") : LW_OK;
}

static lw_status import_stdin(lw_ctx *cx, lw_cli *cli)
{
    const char *places = getenv("TMPDIR"), *file = NULL;
    if (lw_client_app(cli->client))
        return import_one(cx, cli, "-");
    char *folder = mkdtemp(lw_print(cx->arena, "%s/lw-XXXXXX", places && *places ? places : "/tmp"));
    if (!folder)
        return lw_fail_errno(cx, errno, "cannot make a temporary folder");
    lw_status status = spool(cx, folder, &file);
    if (status == LW_OK)
        status = import_one(cx, cli, file);
    lw_ctx quiet = {.arena = cx->arena};
    (void)(lw_path_remove(&quiet, folder) == LW_OK);
    return status;
}

/* A name that is nearly right makes a project of its own: who is watching hears of it. */
static lw_status is_project_new(lw_ctx *cx, lw_cli *cli, bool *is_new)
{
    lw_text text;
    lw_json *project;
    lw_status status = lw_cli_call(cx, cli, LW_GET, lw_cli_target(cx, "/v1/projects/{}", cli->words), NULL, &text, &project);
    *is_new = status == LW_NOT_FOUND;
    if (*is_new)
        lw_ctx_clear(cx);
    return *is_new ? LW_OK : status;
}

static lw_status import(lw_ctx *cx, lw_cli *cli)
{
    if (lw_cli_value(cli, "--link") && lw_cli_value(cli, "--copy"))
        return lw_fail(cx, LW_USAGE, "--link and --copy exclude each other");
    if (cli->json && cli->n_words > 2)
        return lw_fail(cx, LW_USAGE, "--json answers one report: give one SOURCE at a time");
    for (size_t i = 1; i < cli->n_words; i++) /* before a store is made, or the first of them is in */
        if (strcmp(cli->words[i], "-") != 0) {
            LW_TRY(lw_cli_absolute(cx, cli->words[i], &cli->words[i]));
            if (access(cli->words[i], F_OK) != 0)
                return lw_fail(cx, LW_NOT_FOUND, "there is no %s", cli->words[i]);
        }
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_CREATE));
    bool is_new = false;
    if (!cli->json)
        LW_TRY(is_project_new(cx, cli, &is_new));
    for (size_t i = 1; i < cli->n_words; i++)
        LW_TRY(strcmp(cli->words[i], "-") == 0 ? import_stdin(cx, cli) : import_one(cx, cli, cli->words[i]));
    if (is_new && !lw_cli_value(cli, "--dry-run"))
        printf("%s is a new project\n", cli->words[0]);
    return LW_OK;
}

static const lw_cli_option options[] = {
    {"--format", "format", LW_OPTION_TEXT, "F", "see lw formats; detected when nothing is said"},
    {"--layer", "layer", LW_OPTION_TEXT, "L", "labels go to this layer instead of truth"},
    {"--dataset", "dataset", LW_OPTION_TEXT, "D", "items go to this dataset instead of the project's"},
    {"--split", "split", LW_OPTION_TEXT, "S", "for items whose source names none"},
    {"--images", NULL, LW_OPTION_PATH, "DIR", "where the images are, when apart from the labels"},
    {"--link", NULL, LW_OPTION_FLAG, NULL, "images stay where they are (so it is for folders)"},
    {"--copy", "copy", LW_OPTION_FLAG, NULL, "images are taken into the store"},
    {"--map", "map", LW_OPTION_LIST, "A=B", "their class A is our B; may be repeated"},
    {"--column", "columns", LW_OPTION_LIST, "A=B", "of CSV: their column A is our B; may be repeated"},
    {"--add-classes", "add_classes", LW_OPTION_FLAG, NULL, "adds classes that the project lacks"},
    {"--replace", "replace", LW_OPTION_FLAG, NULL, "makes the layer of each item equal to the source"},
    {"--waiting", "waiting", LW_OPTION_FLAG, NULL, "items stay open, also those that the source names"},
    {"--dry-run", "dry_run", LW_OPTION_FLAG, NULL, "only says what would happen"},
    {0},
};
const lw_action lw_import_actions[] = {{"", "PROJECT SOURCE...", "items and labels in; - is stdin; the project is made when it is missing", 2, 10000,
                                        options, import, "import road photos/ labels.json --images photos/ --add-classes"},
                                       {0}};
