#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"
#include "formats/format.h"
#include "formats/source.h"
#include "formats/target.h"

static lw_status stream(lw_ctx *cx, lw_cli *cli, int into, const char *more)
{
    lw_text text;
    lw_call call = {.method = LW_GET,
                    .target = lw_print(cx->arena, "%s%s%s", lw_cli_target(cx, "/v1/projects/{}/export", cli->words), lw_cli_query(cx, cli), more),
                    .into = into};
    return lw_client_call(cx, cli->client, &call, &text);
}

/* Of what was streamed. */
static lw_status tell(lw_ctx *cx, lw_cli *cli, bool to_stderr)
{
    lw_text text, trailer = lw_client_report(cli->client);
    lw_json *report;
    if (trailer.size)
        LW_TRY(lw_json_parse(cx, trailer, &report));
    else /* a proxy that takes trailers away: what would be lost, without counts */
        LW_TRY(lw_cli_call(cx, cli, LW_GET,
                           lw_print(cx->arena, "%s%s", lw_cli_target(cx, "/v1/projects/{}/export/check", cli->words), lw_cli_query(cx, cli)), NULL,
                           &text, &report));
    return lw_cli_report(cx, cli, report, NULL, to_stderr);
}

static lw_status to_stdout(lw_ctx *cx, lw_cli *cli)
{
    LW_TRY(stream(cx, cli, STDOUT_FILENO, ""));
    return tell(cx, cli, true);
}

/* --- from a server elsewhere: what it streams, put where it belongs on this machine */

static lw_status unpack(lw_ctx *cx, const char *archive, const char *path)
{
    LW_AUTO(lw_source_auto) source = NULL;
    LW_AUTO(lw_target_auto) target = NULL;
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    lw_report report = {.arena = cx->arena};
    size_t n;
    LW_TRY(lw_target_open(cx, path, &target));
    LW_TRY(lw_source_open(cx, archive, NULL, &report, &source));
    const lw_entry *entries = lw_source_entries(source, &n);
    for (size_t i = 0; i < n; i++) {
        LW_AUTO(lw_fd) fd = -1;
        lw_ctx one = {.arena = scratch};
        lw_status status = lw_source_open_entry(&one, source, &entries[i], &fd);
        if (status == LW_OK)
            status = lw_target_copy(&one, target, entries[i].name, fd);
        if (status != LW_OK)
            return lw_fail(cx, status, "%.*s: %s", LW_FMT(entries[i].name), one.message);
        lw_arena_reset(scratch);
    }
    return lw_target_commit(cx, target);
}

static lw_status fetch_into(lw_ctx *cx, lw_cli *cli, const char *beside, const char *target, bool is_file)
{
    LW_AUTO(lw_fd) fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot write %s", beside);
    lw_text path = lw_text_from(target);
    bool is_zip = lw_text_ends(path, ".zip");
    LW_TRY(stream(cx, cli, fd, is_file && !is_zip ? "" : "&archive=true"));
    return is_file ? lw_file_settle(cx, beside, target) : unpack(cx, beside, target);
}

static lw_status fetch(lw_ctx *cx, lw_cli *cli, const char *target)
{
    static const char *const endings[] = {".zip", ".json", ".jsonl", ".csv"};
    const lw_format *format;
    bool is_file = false;
    LW_TRY(lw_format_find(cx, lw_text_from(lw_cli_value(cli, "--format")), &format));
    for (size_t i = 0; i < LW_COUNT(endings); i++) {
        is_file |= lw_text_ends(lw_text_from(target), endings[i]);
        if (is_file && i && !format->can.one_file)
            return lw_fail(cx, LW_USAGE, "%s is a folder of files: give a folder, or a path that ends in .zip or .tar", format->name);
        if (is_file && i && lw_text_is(lw_text_from(lw_cli_value(cli, "--media")), "copy"))
            return lw_fail(cx, LW_USAGE, "one file holds no media: give a folder, or a path that ends in .zip or .tar");
    }
    char *beside = lw_print(cx->arena, "%s.part.zip", target); /* the ending tells what it is */
    lw_cli_watch(cx, cli, cli->verb);
    lw_status status = fetch_into(cx, cli, beside, target, is_file);
    lw_cli_unwatch(cx, cli);
    unlink(beside);
    return status == LW_OK ? tell(cx, cli, false) : status;
}

static lw_status export(lw_ctx *cx, lw_cli *cli)
{
    LW_AUTO(lw_buf) body = {0};
    const char *target;
    lw_json *job;
    if (!lw_cli_value(cli, "--format"))
        return lw_fail(cx, LW_USAGE, "--format is missing; lw formats lists them");
    LW_TRY(lw_cli_open(cx, cli, LW_CLIENT_READ));
    if (strcmp(cli->words[1], "-") == 0)
        return to_stdout(cx, cli);
    LW_TRY(lw_cli_absolute(cx, cli->words[1], &target));
    if (lw_client_is_remote(cli->client))
        return fetch(cx, cli, target);
    lw_buf_put_literal(&body, "{\"target\": ");
    lw_buf_put_json_text(&body, lw_text_from(target));
    lw_cli_put_options(cli, &body);
    lw_buf_put_char(&body, '}');
    LW_TRY(lw_cli_do_job(cx, cli, lw_cli_target(cx, "/v1/projects/{}/exports", cli->words), &body, &job));
    lw_status failed = lw_cli_job_failed(cx, job);
    return failed == LW_CANCELLED ? failed : lw_cli_report(cx, cli, lw_json_get(job, "report"), lw_json_get(job, "error"), false);
}

static const lw_cli_option options[] = {
    {"--format", "format", LW_OPTION_TEXT, "F", "see lw formats"},
    {"--layer", "layer", LW_OPTION_TEXT, "L", "labels of this layer instead of truth"},
    {"--class", "class", LW_OPTION_TEXT, "C", "labels of this class alone, and the items that have one"},
    {"--state", "state", LW_OPTION_TEXT, "S", "waiting, started, done, skipped or all; else done and started", "waiting|started|done|skipped|all"},
    {"--split", "split", LW_OPTION_TEXT, "S", "items of this split alone"},
    {"--media", "media", LW_OPTION_TEXT, "M", "copy, link or none", "copy|link|none"},
    {"--lossy", "lossy", LW_OPTION_FLAG, NULL, "also when objects are left out or change their shape"},
    {0},
};
const lw_action lw_export_actions[] = {
    {"", "PROJECT TARGET", "to a folder or file; - is stdout", 2, 2, options, export, "export road out/ --format yolo --split train"}, {0}};
