#include "collect.h"

#include "formats/voc.h"

#define BOX(xmin, ymin, xmax, ymax) "<bndbox><ymax>" ymax "</ymax><xmax>" xmax "</xmax><xmin>" xmin "</xmin><ymin>" ymin "</ymin></bndbox>"
#define SIZE "<size><width>100</width><height>200</height><depth>3</depth></size>"

static void test_traps(void)
{
    /* Child order, floats, 1-based files that say so, <filename> that is wrong or without ending, other case, no size, no image, no XML. */
    static const file folder[] = {
        {"Annotations/a.xml",
         "<?xml version=\"1.0\"?><annotation verified=\"yes\"><filename>wrong</filename><source><database>The VOC2007 Database</database></source>" SIZE
         "<object><name>cat</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>" BOX("1", "2", "10.5",
                                                                                                         "20") "</object></annotation>"},
        {"Annotations/0af.xml",
         "<annotation><filename>0AF.png</filename><object><name>cat &amp; dog @ \xc3\xa4</name><difficult>Unspecified</difficult>" BOX(
             "1", "2", "3", "4") "</object></annotation>"},
        {"Annotations/gone.xml",
         "<annotation><filename>gone.jpg</filename>" SIZE "<object><name>cat</name>" BOX("-1", "2", "3", "4") "</object></annotation>"},
        {"Annotations/empty.xml", "<annotation>" SIZE "</annotation>"},
        PNG_FILE("JPEGImages/a.png", "\0\x64", "\0\xc8"),
        PNG_FILE("JPEGImages/0AF.png", "\0\x64", "\0\xc8"),
        PNG_FILE("JPEGImages/alone.png", "\0\x64", "\0\xc8"),
        PNG_FILE("SegmentationClass/a.png", "\0\x64", "\0\xc8"),
        {"ImageSets/Main/train.txt", "a\r\n0af  1\nlost\n"},
        {"ImageSets/Main/test.txt", "gone\nalone\n"},
        {"ImageSets/Main/trainval.txt", "a\ngone\n"},
        {"ImageSets/Main/cat_train.txt", "a -1\nempty 1\n"},
        {0}};
    collected all;
    collect_begin(&all, folder);
    CHECK_OK(&all.cx, collect_read(&all, &lw_format_voc));
    CHECK(has_line(&all, "JPEGImages/a.png 100x200 train\n  metadata {\"voc\": {\"source\": {\"database\": \"The VOC2007 Database\"}}}\n"
                         "  cat {\"box\": [0, 1, 10.5, 19], \"angle\": 0} {\"pose\": \"Left\", \"truncated\": true}\n"));
    CHECK(has_line(&all, "JPEGImages/0AF.png 100x200 train\n  cat & dog @ \xc3\xa4 {\"box\": [1, 2, 2, 2], \"angle\": 0}\n"));
    CHECK(has_line(&all, "gone.jpg 100x200 test\n  cat {\"box\": [-1, 2, 4, 2], \"angle\": 0}\n"));
    CHECK(has_line(&all, "empty 100x200 -\n"));
    CHECK(has_line(&all, "JPEGImages/alone.png 0x0 test waiting\n"));
    CHECK_INT(all.report.items_read, 5);
    CHECK_INT(all.report.labels_read, 3);
    CHECK_INT(count_issue(&all, "outside-image"), 1);
    CHECK_INT(count_issue(&all, "listed-not-there"), 1);
    CHECK_INT(count_issue(&all, "masks-not-read"), 1);
    CHECK_INT(count_issue(&all, "image-not-there"), 2);
    collect_end(&all);
}

static void test_bad_files(void)
{
    static const file folder[] = {
        {"bomb.xml", "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><annotation><filename>&c;</filename></annotation>"},
        {"outside.xml", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><annotation><filename>&b;</filename></annotation>"},
        {"cut.xml", "<annotation><object><name>cat</na"},
        {"empty.xml", ""},
        {"other.xml", "<annotations><image/></annotations>"},
        {"latin.xml", "<annotation><object><name>m\xfcll</name>" BOX("1", "2", "3", "4") "</object></annotation>"},
        {"item.xml", "<annotation><object><name>item</name>" BOX(
                         "1", "2", "3", "4") "<attributes><attribute><name>/x</name><value>1</value></attribute></attributes></object></annotation>"},
        {"bad.xml", "<annotation><object><name>cat</name>" BOX("1", "2", "1", "4") "</object><object><name></name>" BOX(
                        "1", "2", "3", "4") "</object>"
                                            "<object><name>cat</name></object><object><name>cat</name>" BOX(
                                                "1", "nan", "3", "4") "</object>"
                                                                      "<object><name>cat</name>" BOX("9", "2", "3", "4") "</object></annotation>"},
        {0}};
    collected all;
    collect_begin(&all, folder);
    CHECK_OK(&all.cx, collect_read(&all, &lw_format_voc));
    CHECK_INT(count_issue(&all, "xml-unreadable"), 5);
    CHECK_INT(count_issue(&all, "not-utf8"), 1);
    CHECK_INT(count_issue(&all, "box-without-area"), 2);
    CHECK_INT(count_issue(&all, "object-without-class"), 1);
    CHECK_INT(count_issue(&all, "object-without-box"), 1);
    CHECK_INT(count_issue(&all, "not-finite"), 1);
    CHECK(has_line(&all, "m\xc3\xbcll {\"box\""));
    CHECK_INT(count_issue(&all, "class-name"), 1);
    CHECK_INT(count_issue(&all, "attributes-left-out"), 1);
    CHECK_INT(all.report.labels_read, 7);
    CHECK_INT(all.report.labels_skipped, 5);
    CHECK_INT(all.report.items_read, 8);
    CHECK_INT(all.report.items_skipped, 5);
    CHECK(all.report.is_partial);
    collect_end(&all);
}

static lw_status parse(collected *all, const char *object, lw_label *out, const char **problem)
{
    lw_xml *root;
    bool is_latin1;
    LW_TRY(lw_xml_parse(&all->cx, lw_text_from(object), &root, &is_latin1));
    bool is_cut;
    *problem = lw_voc_object_parse(all->arena, root, false, NULL, out, &is_cut);
    return LW_OK;
}

static void test_dialects(void)
{
    collected all;
    lw_label label;
    const char *problem;
    LW_AUTO(lw_buf) text = {0};
    collect_begin(&all, NULL);
    CHECK_OK(&all.cx, parse(&all,
                            "<object><name>a</name>" BOX(
                                "0", "0", "9", "9") "<polygon><x1>1</x1><y1>2</y1><x2>9</x2><y2>2</y2><x3>9</x3><y3>8</y3></polygon></object>",
                            &label, &problem));
    CHECK(!problem);
    lw_shape_write_json(&text, &label.shape);
    CHECK_TEXT(lw_buf_text(&text), "\"polygon\": [[[1, 2, 9, 2, 9, 8]]]");
    CHECK_OK(
        &all.cx,
        parse(
            &all,
            "<object><name>a</name><polygon><username>x</username><pt><x>1</x><y>2</y></pt><pt><x>9</x><y>2</y></pt><pt><x>9</x><y>8</y></pt></polygon></object>",
            &label, &problem));
    CHECK(!problem && label.shape.kind == LW_POLYGON && label.shape.n_points == 3);
    CHECK_OK(&all.cx,
             parse(&all,
                   "<object><name>a</name><robndbox><cx>50</cx><cy>40</cy><w>20</w><h>10</h><angle>1.5707963267948966</angle></robndbox></object>",
                   &label, &problem));
    CHECK(!problem && label.shape.angle == 90 && label.shape.x == 40);
    CHECK_OK(
        &all.cx,
        parse(
            &all,
            "<object><name>p</name>" BOX("4", "5", "60", "70") "<part><name>head</name>" BOX(
                "5.5", "6", "7.5",
                "8") "</part><actions><jumping>1</jumping><walking>0</walking></actions>"
                     "<occluded>1</occluded><attributes><attribute><name>speed</name><type>number</type><value>1.5</value></attribute><attribute><name>wet</name><value>False</value></attribute>"
                     "</attributes></object>",
            &label, &problem));
    CHECK(!problem);
    lw_buf_reset(&text);
    lw_attributes_write_json(&text, label.attributes, label.n_attributes);
    CHECK_TEXT(
        lw_buf_text(&text),
        "{\"action.jumping\": true, \"occluded\": true, \"speed\": 1.5, \"wet\": false, \"parts\": \"[{\\\"name\\\": \\\"head\\\", \\\"box\\\": [5.5, 6, 2, 2]}]\"}");
    CHECK_OK(&all.cx, parse(&all, "<object><name>a</name><polygon><x1>1</x1><x2>9</x2><y1>2</y1></polygon></object>", &label, &problem));
    CHECK(problem && strcmp(problem, "object-not-numbers") == 0);
    collect_end(&all);
}

static void test_deep(void)
{
    collected all;
    LW_AUTO(lw_buf) deep = {0};
    lw_xml *root;
    bool is_latin1;
    collect_begin(&all, NULL);
    for (int i = 0; i < 100000; i++)
        lw_buf_put_literal(&deep, "<a>");
    CHECK_FAILS(&all.cx, lw_xml_parse(&all.cx, lw_buf_text(&deep), &root, &is_latin1), LW_INVALID, "nested too deep");
    collect_end(&all);
}

/* Out and in again: the same items, labels, attributes, counting from 1 where the file did. */
static void test_round_trip(void)
{
    static const file folder[] = {
        {"Annotations/a.xml",
         "<annotation><source><database>The VOC2012 Database</database><image>flickr</image></source>" SIZE
         "<object><name>cat</name><pose>Left</pose><truncated>1</truncated><occluded>1</occluded>" BOX("1", "2", "10.5", "20") "<part><name>head</name>" BOX(
             "5", "6", "7",
             "8") "</part><actions><jumping>1</jumping></actions>"
                  "<attributes><attribute><name>speed</name><type>integer</type><value>-3</value></attribute></attributes></object>"
                  "<object><name>&lt;b&gt;</name><polygon><x1>1</x1><y1>2</y1><x2>9</x2><y2>2</y2><x3>9</x3><y3>8.25</y3></polygon></object></annotation>"},
        {"Annotations/b.xml", "<annotation>" SIZE "</annotation>"},
        PNG_FILE("JPEGImages/a.png", "\0\x64", "\0\xc8"),
        PNG_FILE("JPEGImages/b.png", "\0\x64", "\0\xc8"),
        {"ImageSets/Main/train.txt", "a\n"},
        {0}};
    collected all, again;
    collect_begin(&all, folder);
    CHECK_OK(&all.cx, collect_read(&all, &lw_format_voc));
    collect_begin(&again, NULL);
    CHECK_OK(&all.cx, collect_convert(&all, &lw_format_voc, &lw_format_voc, &again));
    CHECK_OK(&again.cx, collect_read(&again, &lw_format_voc));
    CHECK_TEXT(lw_buf_text(&again.text), lw_text_string(all.arena, lw_buf_text(&all.text)));
    CHECK(has_line(&again, "\"action.jumping\": true"));
    collect_end(&again);
    collect_end(&all);
}

int main(void)
{
    test_traps();
    test_bad_files();
    test_dialects();
    test_deep();
    test_round_trip();
    return tap_end();
}
