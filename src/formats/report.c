#include "formats/report.h"

#include <stdio.h>

#include "base/clock.h"
#include "model/shape.h"

lw_severity lw_report_severity(const char *problem) { return lw_shape_problem_message(problem) != problem ? LW_WARNING : LW_ERROR; }

static lw_issue *issue_of(lw_report *report, lw_severity severity, const char *code, const char *message)
{
    lw_issue **at = &report->issues;
    while (*at && (*at)->code != code && strcmp((*at)->code, code) != 0)
        at = &(*at)->next;
    if (!*at) {
        *at = lw_new(report->arena, lw_issue);
        (*at)->code = lw_print(report->arena, "%s", code);
        (*at)->message = lw_print(report->arena, "%s", message);
        (*at)->severity = severity;
    }
    if (severity > (*at)->severity)
        (*at)->severity = severity;
    if (severity == LW_ERROR)
        report->is_partial = true;
    return *at;
}

static void count(lw_report *report, lw_severity severity, const char *code, const char *message, int64_t n, const char *example, va_list args)
{
    if (n <= 0)
        return;
    lw_issue *issue = issue_of(report, severity, code, message);
    issue->count += n;
    if (example && issue->n_examples < LW_REPORT_EXAMPLES)
        issue->examples[issue->n_examples++] = lw_vprint(report->arena, example, args);
}

void lw_report_add(lw_report *report, lw_severity severity, const char *code, const char *message, const char *example, ...)
{
    va_list args;
    va_start(args, example);
    count(report, severity, code, message, 1, example, args);
    va_end(args);
}

void lw_report_count(lw_report *report, lw_severity severity, const char *code, const char *message, int64_t n, const char *example, ...)
{
    va_list args;
    va_start(args, example);
    count(report, severity, code, message, n, example, args);
    va_end(args);
}

void lw_report_join(lw_report *report, const lw_report *from)
{
    report->items_read += from->items_read;
    report->items_added += from->items_added;
    report->items_matched += from->items_matched;
    report->items_skipped += from->items_skipped;
    report->labels_read += from->labels_read;
    report->labels_written += from->labels_written;
    report->labels_matched += from->labels_matched;
    report->labels_skipped += from->labels_skipped;
    for (int kind = 0; kind < LW_N_KINDS; kind++)
        report->kinds[kind] += from->kinds[kind];
    report->classes_read += from->classes_read;
    report->classes_added += from->classes_added;
    for (const lw_issue *issue = from->issues; issue; issue = issue->next) {
        for (size_t i = 0; i < issue->n_examples; i++)
            lw_report_add(report, issue->severity, issue->code, issue->message, "%s", issue->examples[i]);
        lw_report_count(report, issue->severity, issue->code, issue->message, issue->count - (int64_t)issue->n_examples, NULL);
    }
}

const char *lw_severity_name(lw_severity severity)
{
    static const char *const names[] = {"info", "warning", "error"};
    return names[severity];
}

static double seconds_of(const lw_report *report)
{
    return report->started_us ? (double)((lw_monotonic_us() - report->started_us) / 1000) / 1000 : 0;
}

static void put_count(lw_buf *buf, const char *key, int64_t value)
{
    lw_buf_put_key(buf, key);
    lw_buf_put_int(buf, value);
}

static void put_issue(lw_buf *buf, const lw_issue *issue, bool with_all)
{
    lw_buf_put_comma(buf);
    lw_buf_put_char(buf, '{');
    lw_buf_put_key(buf, "code");
    lw_buf_put_json_text(buf, lw_text_from(issue->code));
    lw_buf_put_key(buf, "severity");
    lw_buf_put_json_text(buf, lw_text_from(lw_severity_name(issue->severity)));
    put_count(buf, "count", issue->count);
    lw_buf_put_key(buf, "message");
    lw_buf_put_json_text(buf, lw_text_from(issue->message));
    lw_buf_put_key(buf, "example"); /* every key is there in every issue */
    lw_buf_put_json_text(buf, lw_text_from(issue->n_examples ? issue->examples[0] : ""));
    if (with_all && issue->n_examples > 1) {
        lw_buf_put_key(buf, "examples");
        lw_buf_put_char(buf, '[');
        for (size_t i = 0; i < issue->n_examples; i++) {
            lw_buf_put_comma(buf);
            lw_buf_put_json_text(buf, lw_text_from(issue->examples[i]));
        }
        lw_buf_put_char(buf, ']');
    }
    lw_buf_put_char(buf, '}');
}

static void put_error(lw_buf *buf, const lw_ctx *error)
{
    lw_buf_put_key(buf, "error");
    lw_buf_put_char(buf, '{');
    lw_buf_put_key(buf, "code");
    lw_buf_put_json_text(buf, lw_text_from(lw_status_slug(error->status)));
    lw_buf_put_key(buf, "message");
    lw_buf_put_json_text(buf, lw_text_from(error->message));
    lw_buf_put_char(buf, '}');
}

static void write_json(lw_buf *buf, const lw_report *report, const lw_ctx *error, bool with_all)
{
    lw_buf_put_char(buf, '{');
    lw_buf_put_key(buf, "format");
    lw_buf_put_json_text(buf, lw_text_from(report->format));
    put_count(buf, "seq", report->seq);
    lw_buf_put_key(buf, "items");
    lw_buf_put_char(buf, '{');
    put_count(buf, "read", report->items_read);
    put_count(buf, "added", report->items_added);
    put_count(buf, "matched", report->items_matched);
    put_count(buf, "skipped", report->items_skipped);
    lw_buf_put_char(buf, '}');
    lw_buf_put_key(buf, "labels");
    lw_buf_put_char(buf, '{');
    put_count(buf, "read", report->labels_read);
    put_count(buf, "written", report->labels_written);
    put_count(buf, "matched", report->labels_matched);
    put_count(buf, "skipped", report->labels_skipped);
    lw_buf_put_key(buf, "kinds");
    lw_buf_put_char(buf, '{');
    for (lw_kind kind = LW_BOX; kind < LW_N_KINDS; kind++)
        put_count(buf, lw_kind_name(kind), report->kinds[kind]);
    lw_buf_put_literal(buf, "}}");
    lw_buf_put_key(buf, "classes");
    lw_buf_put_char(buf, '{');
    put_count(buf, "read", report->classes_read);
    put_count(buf, "added", report->classes_added);
    lw_buf_put_char(buf, '}');
    lw_buf_put_key(buf, "issues");
    lw_buf_put_char(buf, '[');
    for (const lw_issue *issue = report->issues; issue; issue = issue->next)
        put_issue(buf, issue, with_all);
    lw_buf_put_char(buf, ']');
    lw_buf_put_key(buf, "seconds");
    lw_buf_put_double(buf, seconds_of(report));
    if (error && error->status != LW_OK)
        put_error(buf, error);
    lw_buf_put_char(buf, '}');
}

void lw_report_write_json(lw_buf *buf, const lw_report *report, const lw_ctx *error) { write_json(buf, report, error, true); }

bool lw_report_write_line(lw_buf *buf, const lw_report *report)
{
    enum { MOST_BYTES = 12 << 10 };
    write_json(buf, report, NULL, false);
    return buf->size <= MOST_BYTES && !memchr(buf->data, '\n', buf->size);
}

/* 118287 as "118,287". */
static void put_thousands(lw_buf *buf, int64_t value)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRId64, value);
    for (int i = 0; i < n; i++) {
        lw_buf_put_char(buf, digits[i]);
        int left = n - 1 - i;
        if (left && left % 3 == 0 && digits[i] != '-')
            lw_buf_put_char(buf, ',');
    }
}

static void put_part(lw_buf *buf, const char *between, int64_t n, const char *word)
{
    if (n == 0)
        return;
    lw_buf_put_string(buf, between);
    put_thousands(buf, n);
    lw_buf_put_char(buf, ' ');
    lw_buf_put_string(buf, word);
}

static void put_counted(lw_buf *buf, int64_t n, const char *one, const char *many)
{
    put_thousands(buf, n);
    lw_buf_print(buf, " %s read", n == 1 ? one : many);
}

static void put_kinds(lw_buf *buf, const lw_report *report)
{
    const char *between = " (";
    for (lw_kind kind = LW_BOX; kind < LW_N_KINDS; kind++) {
        if (report->kinds[kind] == 0)
            continue;
        put_part(buf, between, report->kinds[kind], lw_kind_name(kind));
        between = ", ";
    }
    if (between[0] == ',')
        lw_buf_put_char(buf, ')');
}

void lw_report_write_text(lw_buf *buf, const lw_report *report)
{
    lw_buf_print(buf, "%s: ", report->format[0] ? report->format : "report");
    put_counted(buf, report->items_read, "item", "items");
    put_part(buf, ", ", report->items_added, "added");
    put_part(buf, ", ", report->items_matched, "known already");
    put_part(buf, ", ", report->items_skipped, "skipped");
    lw_buf_put_literal(buf, "\n  ");
    put_counted(buf, report->labels_read, "label", "labels");
    lw_buf_put_literal(buf, ", ");
    put_thousands(buf, report->labels_written);
    lw_buf_put_literal(buf, " written");
    put_kinds(buf, report);
    put_part(buf, ", ", report->labels_matched, "known already");
    put_part(buf, ", ", report->labels_skipped, "skipped");
    lw_buf_put_literal(buf, "\n  ");
    put_counted(buf, report->classes_read, "class", "classes");
    put_part(buf, ", ", report->classes_added, "added");
    lw_buf_print(buf, "; %.1f s\n", seconds_of(report));
    for (int severity = LW_ERROR; severity >= LW_INFO; severity--) {
        for (const lw_issue *issue = report->issues; issue; issue = issue->next) {
            if ((int)issue->severity != severity)
                continue;
            lw_buf_print(buf, "%s: %s (", lw_severity_name(issue->severity), issue->message);
            put_thousands(buf, issue->count);
            lw_buf_put_literal(buf, ")\n");
            size_t shown = issue->severity == LW_INFO ? 1 : 3;
            for (size_t i = 0; i < issue->n_examples && i < shown; i++)
                lw_buf_print(buf, "    %s%s\n", issue->examples[i], i + 1 == shown && issue->n_examples > shown ? ", …" : "");
        }
    }
}
