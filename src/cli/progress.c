/* Who waits at a terminal sees how far the work is; Ctrl-C and SIGTERM end it as a whole, and once more end lw itself. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"

enum { DRAW_US = 100000, POLL_US = 100000, BAR_WIDTH = 30 };

static volatile sig_atomic_t is_interrupted;
static void on_interrupt(int number) { is_interrupted = number; }

static void draw(const lw_cli *cli, int64_t done, int64_t total)
{
    int64_t seconds = (lw_monotonic_us() - cli->began_us) / 1000000;
    if (total <= 0) {
        fprintf(stderr, "\r\033[K%s … %" PRId64 " s", cli->drawn, seconds);
        return;
    }
    double share = done < total ? (double)done / (double)total : 1;
    int filled = (int)(share * BAR_WIDTH);
    fprintf(stderr, "\r\033[K%s [%.*s%.*s] %3d %%", cli->drawn, filled, "##############################", BAR_WIDTH - filled,
            "                              ", (int)(share * 100));
    if (share > 0.02 && seconds > 1)
        fprintf(stderr, "  %.0f s left", (double)seconds * (1 - share) / share);
}

static lw_status look(lw_ctx *cx, void *state, int64_t done, int64_t total)
{
    lw_cli *cli = state;
    int64_t now_us = lw_monotonic_us();
    if (is_interrupted)
        return lw_fail(cx, LW_CANCELLED, "cancelled");
    if (!cli->draws || now_us - cli->drawn_us < DRAW_US)
        return LW_OK;
    cli->drawn_us = now_us;
    draw(cli, done, total);
    return LW_OK;
}

void lw_cli_watch(lw_ctx *cx, lw_cli *cli, const char *what)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND}, before;
    for (size_t i = 0; i < LW_COUNT(signals); i++)
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* as nohup has it */
            sigaction(signals[i], &action, NULL);
    cli->drawn = what;
    cli->draws = !cli->json && isatty(STDERR_FILENO);
    cli->began_us = cli->drawn_us = lw_monotonic_us(); /* what is quick shows nothing */
    cx->progress = look;
    cx->progress_state = cli;
}

void lw_cli_unwatch(lw_ctx *cx, lw_cli *cli)
{
    if (cli->draws && cli->drawn_us != cli->began_us)
        fprintf(stderr, "\r\033[K");
    cli->draws = false;
    cx->progress = NULL;
}

static bool is_open(lw_json *job)
{
    lw_text state = lw_json_get_text(job, "state");
    return lw_text_is(state, "waiting") || lw_text_is(state, "running");
}

static lw_status follow(lw_ctx *cx, lw_cli *cli, lw_json **job)
{
    lw_text text;
    lw_json *none;
    bool is_cancelled = false;
    const char *target = lw_print(cx->arena, "/v1/jobs/%" PRId64, lw_json_get_int(*job, "id", 0));
    while (is_open(*job)) {
        if (!is_cancelled && lw_progress(cx, lw_json_get_int(*job, "done", 0), lw_json_get_int(*job, "total", 0)) != LW_OK) {
            is_cancelled = true;
            if (lw_cli_call(cx, cli, LW_POST, lw_print(cx->arena, "%s/cancel", target), NULL, &text, &none) != LW_OK)
                lw_ctx_clear(cx); /* it has ended meanwhile */
        }
        usleep(POLL_US);
        LW_TRY(lw_cli_call(cx, cli, LW_GET, target, NULL, &text, job));
    }
    return LW_OK;
}

lw_status lw_cli_do_job(lw_ctx *cx, lw_cli *cli, const char *target, const lw_buf *body, lw_json **out)
{
    lw_text text;
    lw_json *job;
    lw_cli_watch(cx, cli, cli->verb);
    lw_status status = lw_cli_call(cx, cli, LW_POST, target, body, &text, &job);
    if (status == LW_OK)
        status = follow(cx, cli, &job);
    lw_cli_unwatch(cx, cli);
    LW_TRY(status);
    *out = job;
    return LW_OK;
}

lw_status lw_cli_job_failed(lw_ctx *cx, lw_json *job)
{
    lw_json *error = lw_json_get(job, "error");
    if (lw_text_is(lw_json_get_text(job, "state"), "cancelled"))
        return lw_fail(cx, LW_CANCELLED, "cancelled");
    if (lw_json_is_missing(error))
        return LW_OK;
    lw_status status = lw_status_from_slug(lw_text_string(cx->arena, lw_json_get_text(error, "code")));
    return lw_fail(cx, status, "%.*s", LW_FMT(lw_json_get_text(error, "message")));
}
