/* The report of an import or export, as a document or as the text that every door shows. */
#include <stdio.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "formats/report.h"

static void read_issues(lw_report *report, lw_json *list)
{
    size_t i, n, j, n_examples;
    yyjson_val *issue, *example;
    lw_issue **tail = &report->issues;
    yyjson_arr_foreach(list, i, n, issue)
    {
        lw_issue *made = lw_new(report->arena, lw_issue);
        made->message = lw_text_string(report->arena, lw_json_get_text(issue, "message"));
        made->count = lw_json_get_int(issue, "count", 0);
        for (lw_severity s = LW_INFO; s <= LW_ERROR; s++)
            if (lw_text_is(lw_json_get_text(issue, "severity"), lw_severity_name(s)))
                made->severity = s;
        report->is_partial |= made->severity == LW_ERROR;
        yyjson_arr_foreach(lw_json_get(issue, "examples"), j, n_examples, example) if (made->n_examples < LW_REPORT_EXAMPLES)
            made->examples[made->n_examples++] = lw_text_string(report->arena, lw_json_text(example));
        if (!made->n_examples && lw_json_get_text(issue, "example").size)
            made->examples[made->n_examples++] = lw_text_string(report->arena, lw_json_get_text(issue, "example"));
        *tail = made;
        tail = &made->next;
    }
}

static void read_report(lw_arena *arena, lw_json *json, lw_report *out)
{
    lw_json *items = lw_json_get(json, "items"), *labels = lw_json_get(json, "labels"), *classes = lw_json_get(json, "classes");
    *out = (lw_report){
        .arena = arena,
        .seq = lw_json_get_int(json, "seq", 0),
        .items_read = lw_json_get_int(items, "read", 0),
        .items_added = lw_json_get_int(items, "added", 0),
        .items_matched = lw_json_get_int(items, "matched", 0),
        .items_skipped = lw_json_get_int(items, "skipped", 0),
        .labels_read = lw_json_get_int(labels, "read", 0),
        .labels_written = lw_json_get_int(labels, "written", 0),
        .labels_matched = lw_json_get_int(labels, "matched", 0),
        .labels_skipped = lw_json_get_int(labels, "skipped", 0),
        .classes_read = lw_json_get_int(classes, "read", 0),
        .classes_added = lw_json_get_int(classes, "added", 0),
        .started_us = lw_monotonic_us() - (int64_t)(lw_json_get_double(json, "seconds", 0) * 1e6),
    };
    snprintf(out->format, sizeof out->format, "%.*s", LW_FMT(lw_json_get_text(json, "format")));
    for (int kind = 0; kind < LW_N_KINDS; kind++)
        out->kinds[kind] = lw_json_get_int(lw_json_get(labels, "kinds"), lw_kind_name((lw_kind)kind), 0);
    read_issues(out, lw_json_get(json, "issues"));
}

static void put_with_error(lw_buf *out, lw_json *report, lw_json *error)
{
    LW_AUTO(lw_buf) plain = {0};
    lw_json_write(&plain, report);
    lw_buf_put(out, plain.data, plain.size - 1); /* without its brace */
    lw_buf_put_literal(out, ", \"error\": {");
    size_t i, n;
    yyjson_val *key, *value;
    yyjson_obj_foreach(error, i, n, key, value)
    {
        if (lw_text_is(lw_json_text(key), "report")) /* this one */
            continue;
        lw_buf_put_key(out, yyjson_get_str(key));
        lw_json_write(out, value);
    }
    lw_buf_put_literal(out, "}}");
}

/* What failed before anything was read has no counts worth showing beside the error. */
static bool has_news(const lw_report *report)
{
    for (const lw_issue *issue = report->issues; issue; issue = issue->next)
        if (issue->severity > LW_INFO)
            return true;
    return report->items_read > 0;
}

lw_status lw_cli_report(lw_ctx *cx, lw_cli *cli, lw_json *report, lw_json *error, bool to_stderr)
{
    LW_AUTO(lw_buf) text = {0};
    lw_report read;
    lw_json *own = lw_json_get(report, "error");
    read_report(cx->arena, report, &read);
    if (lw_json_get(error, "error")) /* a whole error document */
        error = lw_json_get(error, "error");
    if (cli->json && yyjson_is_obj(report) && !lw_json_is_missing(error) && lw_json_is_missing(own))
        put_with_error(&text, report, error);
    else if (cli->json && yyjson_is_obj(report))
        lw_json_write(&text, report);
    else if (!cli->json && yyjson_is_obj(report) && ((lw_json_is_missing(error) && lw_json_is_missing(own)) || has_news(&read)))
        lw_report_write_text(&text, &read);
    if (text.size && !lw_text_ends(lw_buf_text(&text), "\n"))
        lw_buf_put_char(&text, '\n');
    fwrite(text.data ? text.data : "", 1, text.size, to_stderr ? stderr : stdout);
    if (lw_json_is_missing(error))
        error = own;
    if (!lw_json_is_missing(error)) {
        cli->is_told = cli->json && text.size && !to_stderr;
        lw_status status = lw_status_from_slug(lw_text_string(cx->arena, lw_json_get_text(error, "code")));
        return lw_fail(cx, status, "%.*s", LW_FMT(lw_json_get_text(error, "message")));
    }
    if (read.is_partial)
        cli->exit = LW_EXIT_PARTIAL;
    return LW_OK;
}
