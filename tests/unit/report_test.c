#include "formats/report.h"

#include "base/json.h"
#include "tap.h"

static lw_json *number_at(lw_json *root, const char *part, const char *key) { return lw_json_get(lw_json_get(root, part), key); }

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_report report = {.arena = arena, .format = "coco", .seq = 4812, .items_read = 118287, .labels_read = 860001, .labels_written = 860000};
    report.labels_skipped = 1;
    report.kinds[LW_POLYGON] = 849999;
    for (int i = 0; i < 25; i++)
        lw_report_add(&report, LW_WARNING, "box-without-area", "box has no area; skipped", "a \"b\".json: annotation %d", i);
    CHECK(!report.is_partial);
    lw_report_count(&report, LW_INFO, "kept", "kept", 0, NULL);
    lw_report_count(&report, LW_INFO, "kept", "kept", 7, NULL);
    char code[] = "kept"; /* another address: codes are compared by their letters */
    lw_report_count(&report, LW_ERROR, code, "kept", 1, NULL);
    CHECK(report.is_partial);
    CHECK(report.issues->next && !report.issues->next->next);
    CHECK_INT(report.issues->next->count, 8);
    CHECK_INT(report.issues->next->severity, LW_ERROR);

    LW_AUTO(lw_buf) buf = {0};
    lw_json *root = NULL;
    lw_report_write_json(&buf, &report, NULL);
    CHECK_OK(&cx, lw_json_parse(&cx, lw_buf_text(&buf), &root));
    CHECK_INT(lw_json_get_int(root, "seq", 0), 4812);
    CHECK_INT(yyjson_get_int(number_at(root, "items", "read")), 118287);
    CHECK_INT(yyjson_get_int(number_at(root, "labels", "skipped")), 1);
    CHECK_INT(yyjson_get_int(lw_json_get(number_at(root, "labels", "kinds"), "polygon")), 849999);
    CHECK_INT(yyjson_get_int(number_at(root, "classes", "added")), 0);
    lw_json *issue = yyjson_arr_get_first(lw_json_get(root, "issues"));
    CHECK_TEXT(lw_json_get_text(issue, "code"), "box-without-area");
    CHECK_TEXT(lw_json_get_text(issue, "severity"), "warning");
    CHECK_INT(lw_json_get_int(issue, "count", 0), 25);
    CHECK_TEXT(lw_json_get_text(issue, "example"), "a \"b\".json: annotation 0");
    CHECK_INT(yyjson_arr_size(lw_json_get(issue, "examples")), LW_REPORT_EXAMPLES);
    CHECK(!lw_json_get(root, "error"));

    lw_buf_reset(&buf);
    (void)lw_fail(&cx, LW_REFUSED, "agree with --lossy");
    lw_report_write_json(&buf, &report, &cx);
    lw_ctx other = {.arena = arena};
    CHECK_OK(&other, lw_json_parse(&other, lw_buf_text(&buf), &root));
    CHECK_TEXT(lw_json_get_text(lw_json_get(root, "error"), "code"), "refused");

    lw_buf_reset(&buf);
    lw_report_write_text(&buf, &report);
    lw_buf_put_char(&buf, 0);
    CHECK(strstr(buf.data, "118,287 items read"));
    CHECK(strstr(buf.data, "860,000 written (849,999 polygon), 1 skipped"));
    CHECK(strstr(buf.data, "warning: box has no area; skipped (25)"));
    return tap_end();
}
