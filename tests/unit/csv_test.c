#include "collect.h"

#include "formats/csv.h"

static void check_rows(const char *text, size_t size, const char *expected)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    LW_AUTO(lw_csv) csv = {.fd = -1};
    LW_AUTO(lw_buf) out = {0};
    lw_ctx cx = {.arena = arena};
    bool is_row;
    int64_t offset;
    lw_csv_open_text(&csv, (lw_text){text, size});
    CHECK_OK(&cx, lw_csv_begin(&cx, &csv));
    lw_status status;
    while ((status = lw_csv_next(&cx, &csv, &is_row, &offset)) == LW_OK && is_row) {
        for (size_t i = 0; i < csv.n_cells; i++)
            lw_buf_print(&out, "%s%.*s", i ? "|" : "", LW_FMT(csv.cells[i]));
        lw_buf_put_char(&out, '/');
    }
    if (status != LW_OK)
        lw_buf_put_string(&out, cx.message);
    CHECK_TEXT(lw_buf_text(&out), expected);
}

#define ROWS(text, expected) check_rows(text, sizeof(text) - 1, expected)

static void test_rows(void)
{
    ROWS("a,b\n1,2\n", "a|b/1|2/");
    ROWS("\xef\xbb\xbf"
         "a;b\r\n1;2,5\r\n",
         "a|b/1|2,5/");
    ROWS("a\tb\r1\t2", "a|b/1|2/");
    ROWS("\"a,1\",\"b\"\"c\"\n\"x\ny\",\n\n,\"\"", "a,1|b\"c/x\ny|/|/");
    ROWS("12\" pipe,b\n1,2\n", "12\" pipe|b/1|2/");
    ROWS("a,b\nc,\"open\n1,2\n", "a|b/byte 4: a quote of the row that begins here is never closed");
    ROWS("", "");
}

static void test_utf16(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    LW_AUTO(lw_csv) csv = {.fd = -1};
    lw_ctx cx = {.arena = arena};
    lw_csv_open_text(&csv, (lw_text){"\xff\xfe"
                                     "a\0",
                                     4});
    CHECK_FAILS(&cx, lw_csv_begin(&cx, &csv), LW_INVALID, "UTF-16");
}

static void test_guard(void)
{
    static const char *const texts[] = {"=1+1", "+1", "-1", "@x", "'", "''=x", "'a", "plain", "", " lead", "a,b", "a\"b", "-", "\ttab"};
    for (size_t i = 0; i < LW_COUNT(texts); i++) {
        LW_AUTO(lw_arena_auto) arena = lw_arena_new();
        LW_AUTO(lw_csv) csv = {.fd = -1};
        LW_AUTO(lw_buf) buf = {0};
        lw_ctx cx = {.arena = arena};
        bool is_row;
        int64_t offset;
        lw_csv_put_guarded(&buf, lw_text_from(texts[i]));
        CHECK(!buf.size || !strchr("=+-@", buf.data[0] == '"' ? buf.data[1] : buf.data[0]));
        lw_buf_put_literal(&buf, ",x\n");
        lw_csv_open_text(&csv, lw_buf_text(&buf));
        CHECK_OK(&cx, lw_csv_next(&cx, &csv, &is_row, &offset));
        CHECK_TEXT(lw_csv_unguarded(csv.cells[0]), texts[i]);
    }
}

static void test_tensorflow(void)
{
    /* Rows of one image apart from each other; shares and pixels are told apart by the whole file. */
    static const file pixels[] = {
        {"train_labels.csv",
         "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,100,200,cat,1,2,11,22\nb.jpg,50,50,dog,1,1,1,9\na.jpg,100,200,dog,5,5,6,6.5\n"},
        {0}};
    static const file shares[] = {{"x.csv", "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,640,480,cat,0.1,0.2,0.5,0.8\n"}, {0}};
    collected all;
    collect_begin(&all, pixels);
    CHECK_OK(&all.cx, collect_read(&all, &lw_format_csv));
    CHECK(has_line(&all, "a.jpg 100x200 train\n  cat {\"box\": [1, 2, 10, 20], \"angle\": 0}\n  dog {\"box\": [5, 5, 1, 1.5], \"angle\": 0}\n"));
    CHECK_INT(all.report.items_read, 2);
    CHECK_INT(all.report.labels_read, 3);
    CHECK_INT(all.report.labels_skipped, 1);
    CHECK_INT(count_issue(&all, "box-without-area"), 1);
    collect_end(&all);
    collect_begin(&all, shares);
    CHECK_OK(&all.cx, collect_read(&all, &lw_format_csv));
    CHECK(has_line(&all, "a.jpg 640x480 -\n  cat {\"box\": [64, 96, 256, 288], \"angle\": 0}\n"));
    CHECK_INT(count_issue(&all, "coordinates-are-shares"), 1);
    collect_end(&all);
}

static void test_mapping(void)
{
    static const file odd[] = {{"odd.csv", "Bild;Klasse;links;oben;breit;hoch;Farbe;Notiz\nm\xfcll.jpg;cat;1,5;2;10;20;=rot;x\n;cat;1;2;3;4;;\n"},
                               {0}};
    static const char *const columns[] = {"Bild=item", "Klasse=class", "links=x", "oben=y", "breit=w", "hoch=h", "Farbe=attributes.colour", NULL};
    static const char *const wrong[] = {"Bild=item", "nope=class", NULL};
    collected all;
    collect_begin(&all, odd);
    CHECK_FAILS(&all.cx, collect_read(&all, &lw_format_csv), LW_INVALID, "names the item");
    all.options.columns = wrong;
    CHECK_FAILS(&all.cx, collect_read(&all, &lw_format_csv), LW_INVALID, "no column 'nope'");
    all.options.columns = columns;
    all.report = (lw_report){.arena = all.arena};
    CHECK_OK(&all.cx, collect_read(&all, &lw_format_csv));
    CHECK(has_line(&all, "m\xc3\xbcll.jpg 0x0 -\n  cat {\"box\": [1.5, 2, 10, 20], \"angle\": 0} {\"colour\": \"=rot\"}\n"));
    CHECK_INT(count_issue(&all, "column-not-read"), 1);
    CHECK_INT(count_issue(&all, "not-utf8"), 1);
    CHECK_INT(count_issue(&all, "row-item"), 1);
    CHECK_INT(all.report.labels_read, 2);
    CHECK_INT(all.report.labels_skipped, 1);
    collect_end(&all);
}

static void test_bad_rows(void)
{
    static const file bad[] = {
        {"bad.csv", "item,class,kind,x,y,w,h,confidence,attributes,geometry\n"
                    "a.jpg,cat,box,1,2,nan,4,,,\na.jpg,cat,box,1,2,3,4,2,,\na.jpg,cat,blob,1,2,3,4,,,\na.jpg,,box,1,2,3,4,,,\n"
                    "a.jpg,cat,box,1,2,3,4,,{bad,\na.jpg,cat,polygon,,,,,,,\"{\"\"polygon\"\": [[[1,2,3,4]]]}\"\na.jpg,cat,polygon,,,,,,,\"[1]\"\n"
                    "../x.jpg,cat,box,1,2,3,4,,,\n"},
        {0}};
    collected all;
    collect_begin(&all, bad);
    CHECK_OK(&all.cx, collect_read(&all, &lw_format_csv));
    CHECK_INT(all.report.labels_read, 8);
    CHECK_INT(all.report.labels_skipped, 8);
    CHECK_INT(all.report.items_read, 2);
    CHECK_INT(all.report.items_skipped, 1);
    CHECK_INT(count_issue(&all, "row-geometry"), 1);
    CHECK_INT(count_issue(&all, "not-finite"), 1);
    CHECK_INT(count_issue(&all, "row-kind"), 1);
    CHECK_INT(count_issue(&all, "row-class"), 1);
    CHECK_INT(count_issue(&all, "row-confidence"), 1);
    CHECK_INT(count_issue(&all, "row-attributes"), 1);
    CHECK_INT(count_issue(&all, "too-few-points"), 1);
    CHECK_INT(count_issue(&all, "item-name"), 1);
    collect_end(&all);
}

static void test_round_trip(void)
{
    static const file own[] = {
        {"labels.csv",
         "item,width,height,split,id,class,kind,x,y,w,h,angle,confidence,layer,by,seq,attributes,geometry\n"
         "a.jpg,100,200,train,,'=cat,box,1,2,3,4,30,0.5,model v1,bo,,\"{\"\"wet\"\": true, \"\"n\"\": 3}\",\n"
         "a.jpg,100,200,train,,cat,polygon,1,2,8,6,,,,,,,\"{\"\"polygon\"\": [[[1, 2, 9, 2, 9, 8], [3, 3, 4, 3, 4, 4]], [[20, 20, 30, 20, 30, 30]]]}\"\n"
         "a.jpg,100,200,train,,item,tag,,,,,,,,,,\"{\"\"weather\"\": \"\"sun\"\"}\",\n"
         "a.jpg,100,200,train,,cat,box,1,2,3,4,,,,,,,\"{\"\"box\"\": [1, 2, 3, 4], \"\"angle\"\": 0, \"\"skeleton\"\": [1, 2, 2]}\"\n"
         "\"sub/b, c.jpg\",50,50,,,,,,,,,,,,,,,\n"},
        {0}};
    collected all, again;
    collect_begin(&all, own);
    CHECK_OK(&all.cx, collect_read(&all, &lw_format_csv));
    CHECK(has_line(&all, "=cat {\"box\": [1, 2, 3, 4], \"angle\": 30} {\"wet\": true, \"n\": 3} on model v1 0.5\n"));
    CHECK(has_line(&all, "sub/b, c.jpg 50x50 -\n"));
    collect_begin(&again, NULL);
    CHECK_OK(&all.cx, collect_convert(&all, &lw_format_csv, &lw_format_csv, &again));
    CHECK_OK(&again.cx, collect_read(&again, &lw_format_csv));
    CHECK_TEXT(lw_buf_text(&again.text), lw_text_string(all.arena, lw_buf_text(&all.text)));
    CHECK_INT(again.report.labels_read, 4);
    collect_end(&again);
    collect_end(&all);
}

int main(void)
{
    test_rows();
    test_utf16();
    test_guard();
    test_tensorflow();
    test_mapping();
    test_bad_rows();
    test_round_trip();
    return tap_end();
}
