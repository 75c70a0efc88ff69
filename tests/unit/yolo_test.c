#include "collect.h"

#include <math.h>

#include "formats/number.h"
#include "formats/outline.h"
#include "formats/yolo.h"
#include "model/rle.h"

static lw_ctx *new_cx(void)
{
    static lw_ctx cx;
    cx = (lw_ctx){.arena = lw_arena_new()};
    return &cx;
}

static void end_cx(lw_ctx *cx) { lw_arena_free(cx->arena); }

static lw_text print_shape(lw_ctx *cx, const lw_shape *shape)
{
    LW_AUTO(lw_buf) buf = {0};
    lw_shape_write_json(&buf, shape);
    return lw_text_copy(cx->arena, lw_buf_text(&buf));
}

static lw_text row(lw_ctx *cx, lw_yolo_rules rules, const char *line)
{
    lw_yolo_row out;
    const char *problem = lw_yolo_row_parse(cx->arena, lw_text_from(line), &rules, 100, 200, &out);
    return problem ? lw_text_from(problem) : print_shape(cx, &out.shape);
}

static void test_rows_by_columns(void)
{
    lw_ctx *cx = new_cx();
    lw_yolo_rules any = {0}, obb = {.task = LW_YOLO_OBB}, pose = {.task = LW_YOLO_POSE, .n_keypoints = 2, .keypoint_size = 3};
    CHECK_TEXT(row(cx, any, "0 0.5 0.5 0.2 0.1"), "\"box\": [40, 90, 20, 20], \"angle\": 0");
    CHECK_TEXT(row(cx, any, "0\t0.5  0.5 0.2 0.1 0.9"), "\"box\": [40, 90, 20, 20], \"angle\": 0");
    CHECK_TEXT(row(cx, any, "1.0 0.5 0.5 0.2 0.1 0.9 7"), "\"box\": [40, 90, 20, 20], \"angle\": 0");
    CHECK_TEXT(row(cx, any, "0 0.1 0.1 0.2 0.1 0.2 0.2"), "\"polygon\": [[[10, 20, 20, 20, 20, 40]]]");
    CHECK_TEXT(row(cx, any, "0 0.1 0.1 0.2 0.1 0.2 0.2 0.9"), "\"polygon\": [[[10, 20, 20, 20, 20, 40]]]");
    CHECK_TEXT(row(cx, obb, "0 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2"), "\"box\": [10, 20, 10, 20], \"angle\": 0");
    CHECK_TEXT(row(cx, pose, "0 0.5 0.5 0.2 0.1 0.5 0.5 2 0 0 0"), "\"box\": [40, 90, 20, 20], \"angle\": 0, \"skeleton\": [50, 100, 2, 0, 0, 0]");
    CHECK_TEXT(row(cx, pose, "0 0.5 0.5 0.2 0.1 0 0 0 0 0 0"), "\"box\": [40, 90, 20, 20], \"angle\": 0");
    CHECK_TEXT(row(cx, pose, "0 0.5 0.5 0.2 0.1"), "\"box\": [40, 90, 20, 20], \"angle\": 0");
    CHECK_TEXT(row(cx, pose, "0 0.5 0.5 0.2 0.1 0.5 0.5 2 0 0 0 0.5 1 2"), "row-columns");
    end_cx(cx);
}

static void test_rows_refused(void)
{
    lw_ctx *cx = new_cx();
    lw_yolo_rules any = {0}, obb = {.task = LW_YOLO_OBB};
    static const char *const rows[][2] = {
        {"0 0.5 0.5 0.2", "row-columns"},
        {"0", "row-columns"},
        {"0 0.5 0.5 0.2 nan", "not-finite"},
        {"0 0.5 0.5 0.2 1e999", "not-finite"},
        {"0 0.5 0.5 -inf 0x10", "not-finite"},
        {"0 0.5 0.5 0.2 0x10", "row-not-numbers"},
        {"0,0.5,0.5,0.2,0.1", "row-not-numbers"},
        {"cat 0.5 0.5 0.2 0.1", "row-not-numbers"},
        {"-1 0.5 0.5 0.2 0.1", "row-class"},
        {"0.5 0.5 0.5 0.2 0.1", "row-class"},
        {"99999999999 0.5 0.5 0.2 0.1", "row-class"},
        {"0 320 240 50 60", "not-normalised"},
        {"0 0.5 0.5 0 0.1", "box-without-area"},
        {"0 0.5 0.5 -0.2 0.1", "box-without-area"},
        {"0 0.5 0.5 0.1 0.1 1.5", "row-columns"},
    };
    for (size_t i = 0; i < LW_COUNT(rows); i++) {
        CHECK_TEXT(row(cx, any, rows[i][0]), rows[i][1]);
        CHECK(lw_yolo_problem_message(rows[i][1])[0] != 0);
    }
    CHECK_TEXT(row(cx, obb, "0 0.1 0.1 0.2 0.1 0.2 0.2"), "row-columns");
    end_cx(cx);
}

/* Corners of a rectangle in pixels, which is none in shares of an image that is not square. */
static void test_turned_boxes(void)
{
    lw_ctx *cx = new_cx();
    lw_yolo_rules obb = {.task = LW_YOLO_OBB};
    lw_yolo_row out;
    LW_AUTO(lw_buf) line = {0};
    lw_shape box = {.kind = LW_BOX, .x = 20.25, .y = 50.5, .w = 40.125, .h = 30, .angle = 30};
    double corners[8];
    lw_box_corners(&box, corners);
    lw_buf_put_char(&line, '3');
    for (int i = 0; i < 8; i++)
        lw_buf_print(&line, " %.9f", corners[i] / (i % 2 ? 200 : 100));
    CHECK(!lw_yolo_row_parse(cx->arena, lw_buf_text(&line), &obb, 100, 200, &out));
    CHECK_INT(out.class_index, 3);
    CHECK_TEXT(print_shape(cx, &out.shape), "\"box\": [20.25, 50.5, 40.125, 30], \"angle\": 30");
    CHECK_TEXT(row(cx, obb, "0 0.10001 0.1 0.2 0.1 0.3 0.2 0.1 0.2"), "\"polygon\": [[[10.001, 20, 20, 20, 30, 40, 10, 40]]]");
    end_cx(cx);
}

static void test_classification_rows(void)
{
    lw_ctx *cx = new_cx();
    lw_yolo_rules any = {0};
    lw_yolo_row out;
    CHECK(!lw_yolo_row_parse(cx->arena, LW_TEXT("0.92 tabby cat"), &any, 1, 1, &out));
    CHECK_TEXT(out.class_name, "tabby cat");
    CHECK(out.confidence == 0.92 && out.shape.kind == LW_TAG);
    end_cx(cx);
}

static void test_yaml(void)
{
    lw_ctx *cx = new_cx();
    lw_yolo_data data;
    CHECK_OK(cx, lw_yolo_yaml_parse(cx, LW_TEXT("names: [cat, 'no', 7]\nnc: 4\ntrain: [a, b]\nval: v.txt\npath: ../x\n"), &data));
    CHECK_INT(data.n_names, 3);
    CHECK_TEXT(data.names[1], "no");
    CHECK_TEXT(data.names[2], "7");
    CHECK_INT(data.n_classes, 4);
    CHECK_INT(data.n_splits, 2);
    CHECK_INT(data.splits[0].n_places, 2);
    CHECK_TEXT(data.path, "../x");
    CHECK_OK(cx, lw_yolo_yaml_parse(cx, LW_TEXT("names:\n  \"0\": cat\n  2: dog\nkpt_shape: [17, 2]\ntask: pose\n"), &data));
    CHECK_INT(data.n_names, 3);
    CHECK_INT(data.names[1].size, 0);
    CHECK_TEXT(data.names[2], "dog");
    CHECK_INT(data.n_keypoints, 17);
    CHECK_INT(data.keypoint_size, 2);
    CHECK_INT(data.task, LW_YOLO_POSE);
    CHECK_OK(cx, lw_yolo_yaml_parse(cx, LW_TEXT("names: {cat: 1, dog: 0}\n"), &data));
    CHECK_TEXT(data.names[0], "dog");
    CHECK_OK(cx, lw_yolo_yaml_parse(cx, LW_TEXT("x: &n [cat]\nnames: *n\n"), &data));
    CHECK_TEXT(data.names[0], "cat");
    end_cx(cx);
}

static void test_yaml_refused(void)
{
    lw_ctx *cx = new_cx();
    lw_yolo_data data;
    CHECK_FAILS(cx, lw_yolo_yaml_parse(cx, LW_TEXT("names: [a\nb: {"), &data), LW_INVALID, "line");
    CHECK_FAILS(cx, lw_yolo_yaml_parse(cx, LW_TEXT("- a\n"), &data), LW_INVALID, "map");
    CHECK_FAILS(cx, lw_yolo_yaml_parse(cx, LW_TEXT(""), &data), LW_INVALID, "map");
    CHECK_FAILS(cx, lw_yolo_yaml_parse(cx, LW_TEXT("names: *x\n"), &data), LW_INVALID, "alias");
    CHECK_FAILS(cx, lw_yolo_yaml_parse(cx, LW_TEXT("names: {99999999: a}\n"), &data), LW_INVALID, "out of range");
    CHECK_FAILS(cx, lw_yolo_yaml_parse(cx, LW_TEXT("names: [[a]]\n"), &data), LW_INVALID, "not a name");
    CHECK_FAILS(cx, lw_yolo_yaml_parse(cx, LW_TEXT("kpt_shape: [9999999, 3]\n"), &data), LW_INVALID, "kpt_shape");
    LW_AUTO(lw_buf) deep = {0}, laughs = {0};
    for (int i = 0; i < 100000; i++)
        lw_buf_put_char(&deep, '[');
    CHECK(lw_yolo_yaml_parse(cx, lw_buf_text(&deep), &data) == LW_INVALID);
    lw_buf_put_literal(&laughs, "a0: &a0 [x, x]\n");
    for (int i = 1; i < 60; i++)
        lw_buf_print(&laughs, "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1);
    lw_buf_put_literal(&laughs, "names: [a]\n");
    CHECK_OK(cx, lw_yolo_yaml_parse(cx, lw_buf_text(&laughs), &data));
    end_cx(cx);
}

static void test_layouts(void)
{
    /* Absolute paths of another machine, "../test/images", nc that lies, boxes and polygons mixed, an empty file, a missing one. */
    static const file roboflow[] = {
        {"data.yaml", "names: [fish, shark]\nnc: 3\ntest: ../test/images\ntrain: /Users/tony/tmp/x/train/images\nval: C:\\data\\valid\\images\n"},
        PNG_FILE("train/images/a.png", "\0\x64", "\0\xc8"),
        {"train/labels/a.txt", "0 0.5 0.5 0.2 0.1\r\n1 0.1 0.1 0.2 0.1 0.2 0.2\r\n\r\n"},
        PNG_FILE("train/images/b.png", "\0\x64", "\0\xc8"),
        {"train/labels/b.txt", ""},
        PNG_FILE("valid/images/a.png", "\0\x0a", "\0\x0a"),
        {"valid/labels/a.txt", "\xef\xbb\xbf"
                               "0 0.5 0.5 1.2 1\n0 0.5 0.5 1.2 1\nx\n"},
        PNG_FILE("test/images/c.png", "\0\x0a", "\0\x0a"),
        {"README.dataset.txt", "hello"},
        {0}};
    collected all;
    collect_begin(&all, roboflow);
    CHECK_OK(&all.cx, collect_read(&all, &lw_format_yolo));
    CHECK(has_line(
        &all,
        "train/images/a.png 100x200 train\n  fish {\"box\": [40, 90, 20, 20], \"angle\": 0}\n  shark {\"polygon\": [[[10, 20, 20, 20, 20, 40]]]}\n"));
    CHECK(has_line(&all, "train/images/b.png 100x200 train\n"));
    CHECK(has_line(&all, "valid/images/a.png 10x10 val\n  fish {\"box\": [-1, 0, 12, 10], \"angle\": 0}\n"));
    CHECK(has_line(&all, "test/images/c.png 0x0 test waiting\n"));
    CHECK_INT(all.report.items_read, 4);
    CHECK_INT(all.report.labels_read, 5);
    CHECK_INT(all.report.labels_skipped, 1);
    CHECK_INT(count_issue(&all, "class-count"), 1);
    CHECK_INT(count_issue(&all, "outside-image"), 2);
    CHECK_INT(count_issue(&all, "row-twice"), 1);
    CHECK_INT(count_issue(&all, "row-not-numbers"), 1);
    CHECK_INT(count_issue(&all, "image-without-labels"), 1);
    CHECK_INT(all.ontology.n_classes, 2);
    collect_end(&all);
}

static void test_darknet(void)
{
    static const file darknet[] = {
        {"obj.data", "classes = 2\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\nbackup = backup/\n"},
        {"obj.names", "cat\ndog\n\n"},
        {"train.txt", "data/obj_train_data/a.png\ndata/obj_train_data/gone.jpg\n"},
        {"valid.txt", "data/obj_train_data/b.png\n"},
        PNG_FILE("obj_train_data/a.png", "\0\x64", "\0\xc8"),
        {"obj_train_data/a.txt", "1 0.5 0.5 0.2 0.1\n"},
        PNG_FILE("obj_train_data/b.png", "\0\x64", "\0\xc8"),
        {"obj_train_data/b.txt", ""},
        {0}};
    collected all;
    collect_begin(&all, darknet);
    CHECK_OK(&all.cx, collect_read(&all, &lw_format_yolo_darknet));
    CHECK(has_line(&all, "obj_train_data/a.png 100x200 train\n  dog {\"box\": [40, 90, 20, 20], \"angle\": 0}\n"));
    CHECK(has_line(&all, "obj_train_data/b.png 100x200 val\n"));
    CHECK_INT(count_issue(&all, "listed-not-there"), 1);
    CHECK_INT(all.report.items_read, 2);
    collect_end(&all);
}

static bool size_of_one(void *state, lw_text name, int *width, int *height)
{
    *width = 100, *height = 200;
    return lw_text_is(name, "a");
}

static bool size_of_any(void *state, lw_text name, int *width, int *height)
{
    *width = 100, *height = 200;
    return true;
}

static void test_results(void)
{
    static const file run[] = {
        {"predict/labels/a.txt", "1 0.5 0.5 0.2 0.1 0.75\n9 0.5 0.5 0.2 0.1 0.5\n"}, {"predict/labels/b.txt", "0 0.5 0.5 0.2 0.1 0.5\n"}, {0}};
    collected all;
    collect_begin(&all, run);
    lw_ontology known = {0};
    lw_ontology_add_class(all.arena, &known, LW_TEXT("cat"))->index = 0;
    lw_ontology_add_class(all.arena, &known, LW_TEXT("dog"))->index = 1;
    all.ontology = known;
    all.options.ontology = &known;
    all.options.known_size = size_of_one;
    char *folder = lw_print(all.arena, "%s/predict/labels", all.folder), top[64];
    memcpy(top, all.folder, sizeof top);
    snprintf(all.folder, sizeof all.folder, "%s", folder);
    CHECK_OK(&all.cx, collect_read(&all, &lw_format_yolo));
    memcpy(all.folder, top, sizeof top);
    CHECK(has_line(&all, "a 100x200 - waiting\n  dog {\"box\": [40, 90, 20, 20], \"angle\": 0} on predict 0.75\n"));
    CHECK_INT(all.report.labels_read, 3);
    CHECK_INT(all.report.labels_skipped, 2);
    CHECK_INT(all.report.items_skipped, 1);
    CHECK_INT(count_issue(&all, "class-unknown"), 1);
    CHECK_INT(count_issue(&all, "item-not-there"), 1);
    CHECK(!all.report.is_partial);
    collect_end(&all);
}

static void test_ambiguous_images(void)
{
    static const file twins[] = {{"classes.txt", "cat\n"},
                                 PNG_FILE("images/a.png", "\0\x64", "\0\xc8"),
                                 PNG_FILE("images/a.jpg", "\0\x64", "\0\xc8"),
                                 {"labels/a.txt", "0 0.5 0.5 0.2 0.1\n"},
                                 {0}};
    collected all;
    collect_begin(&all, twins);
    CHECK_OK(&all.cx, collect_read(&all, &lw_format_yolo));
    CHECK_INT(count_issue(&all, "image-ambiguous"), 1);
    CHECK_INT(all.report.labels_read, 1);
    CHECK_INT(all.report.labels_skipped, 1);
    collect_end(&all);
}

static void test_mask_outline(void)
{
    lw_ctx *cx = new_cx();
    /* A ring of pixels with a hole, and one pixel that touches it at a corner alone. */
    static const char picture[6][7] = {"......", ".###..", ".#.#..", ".###..", "....#.", "......"};
    uint8_t pixels[36];
    for (int x = 0; x < 6; x++)
        for (int y = 0; y < 6; y++)
            pixels[x * 6 + y] = picture[y][x] == '#';
    lw_rle rle = lw_rle_from_pixels(cx->arena, 6, 6, pixels);
    LW_AUTO(lw_buf) counts = {0};
    lw_rle_write(&counts, &rle);
    lw_shape mask = {.kind = LW_MASK, .mask_w = 6, .mask_h = 6, .counts = lw_buf_text(&counts)};
    lw_ring ring;
    CHECK_OK(cx, lw_outline(cx, &mask, &ring));
    CHECK_INT(ring.n_bridges, 2);
    int n_wrong = 0;
    for (int x = 0; x < 6; x++) /* even-odd rule at the pixels' centres, a little off any vertex */
        for (int y = 0; y < 6; y++) {
            bool is_inside = false;
            double px = x + 0.4937, py = y + 0.5071;
            for (size_t i = 0, j = ring.n_points - 1; i < ring.n_points; j = i++) {
                const double *a = ring.xy + 2 * i, *b = ring.xy + 2 * j;
                if ((a[1] > py) != (b[1] > py) && px < (b[0] - a[0]) * (py - a[1]) / (b[1] - a[1]) + a[0])
                    is_inside = !is_inside;
            }
            n_wrong += is_inside != (picture[y][x] == '#');
        }
    CHECK_INT(n_wrong, 0);
    CHECK(lw_ring_area(&ring) == 9);
    lw_ring clipped = lw_ring_clip(cx->arena, ring, 3, 6);
    CHECK(lw_ring_area(&clipped) == 5);
    end_cx(cx);
}

/* Islands and holes at every row of a mask many words high: no outline is passed over. */
static void test_tall_mask_outline(void)
{
    enum { W = 9, H = 41 };
    lw_ctx *cx = new_cx();
    for (unsigned seed = 1; seed <= 60; seed++) {
        uint8_t pixels[W * H];
        uint32_t state = seed * 2654435761u;
        int n_set = 0;
        for (int i = 0; i < W * H; i++) {
            state = state * 1664525 + 1013904223;
            pixels[i] = seed <= H ? i == (int)(W / 2 * H + seed - 1) : (state >> 24) % 100 < seed;
            n_set += pixels[i];
        }
        lw_rle rle = lw_rle_from_pixels(cx->arena, H, W, pixels);
        LW_AUTO(lw_buf) counts = {0};
        lw_rle_write(&counts, &rle);
        lw_shape mask = {.kind = LW_MASK, .mask_w = W, .mask_h = H, .counts = lw_buf_text(&counts)};
        lw_ring ring = {0};
        CHECK_OK(cx, lw_outline(cx, &mask, &ring));
        CHECK(fabs(lw_ring_area(&ring) - n_set) < 1e-9);
    }
    end_cx(cx);
}

/* A share as the C library writes it, zeros at its end left out where the coordinate is one of whole thousandths. */
static void expected_share(double value, double size, unsigned n_digits, char out[64])
{
    double unit = pow(10, n_digits);
    uint64_t units = (uint64_t)(fabs(value) * (unit / size) + 0.5), whole = (uint64_t)unit;
    int n = snprintf(out, 64, "%s%" PRIu64 ".%0*" PRIu64, value < 0 && units ? "-" : "", units / whole, (int)n_digits, units % whole);
    bool is_short = units % whole == 0 || round(value * 1e3) / 1e3 == value;
    while (is_short && out[n - 1] == '0')
        out[--n] = 0;
    if (out[n - 1] == '.')
        out[n - 1] = 0;
}

static void test_shares(void)
{
    static const struct {
        double size;
        unsigned n_digits;
    } sides[] = {{1, 7}, {20, 8}, {21, 9}, {480, 10}, {640, 10}, {4000, 11}, {65535, 12}, {3e6, 13}};
    uint64_t state = 88172645463325252;
    int n_wrong = 0;
    for (size_t s = 0; s < LW_COUNT(sides); s++) {
        lw_side side = lw_side_of(sides[s].size);
        for (int i = 0; i < 5000; i++) {
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            double value = (double)(state >> 11) / (1ULL << 53) * side.size, steps[] = {1, 10, 1e3, 1e6};
            if (i % 6 < 4)
                value = round(value * steps[i % 6]) / steps[i % 6];
            value *= i % 7 == 0 ? -3 : i % 7 == 1 ? 40 : 1;
            char text[LW_DECIMAL_SIZE + 1], wanted[64];
            text[lw_share_print(value, &side, text)] = 0;
            expected_share(value, side.size, sides[s].n_digits, wanted);
            if (strcmp(text, wanted) != 0 && n_wrong++ < 5)
                printf("# %a of %g: is %s, expected %s\n", value, side.size, text, wanted);
        }
    }
    CHECK_INT(n_wrong, 0);
}

/* Writing: labels come from CSV, which says everything, and what was written is read again. */

#define HEAD "item,width,height,split,class,kind,x,y,w,h,angle,attributes,geometry\n"

typedef struct written {
    collected from, back;
    lw_status status;
} written;

static void write_rows(written *all, const char *rows, const lw_format *to, bool lossy)
{
    const file files[] = {{"labels.csv", rows}, PNG_FILE("images/a.png", "\0\x64", "\0\xc8"), PNG_FILE("images/b.png", "\0\x64", "\0\xc8"), {0}};
    collect_begin(&all->from, files);
    collect_begin(&all->back, NULL);
    CHECK_OK(&all->from.cx, collect_read(&all->from, &lw_format_csv));
    all->from.lossy = lossy;
    all->status = collect_convert(&all->from, &lw_format_csv, to, &all->back);
}

static void end_written(written *all)
{
    collect_end(&all->back);
    collect_end(&all->from);
}

static lw_text read_written(written *all, const char *name)
{
    lw_text text = LW_TEXT("not there");
    if (lw_file_read(&all->back.cx, lw_print(all->back.arena, "%s/%s", all->back.folder, name), 1 << 20, &text) != LW_OK)
        printf("# %s\n", all->back.cx.message);
    return text;
}

static void test_write_mixed(void)
{
    written all;
    write_rows(&all,
               HEAD "images/a.png,100,200,train,cat,box,10,20,30,40,,{},\n"
                    "images/a.png,100,200,train,dog,polygon,,,,,,{},\"{\"\"polygon\"\": [[[1, 2, 9, 2, 9, 8]]]}\"\n"
                    "images/b.png,100,200,val,,,,,,,,,\n",
               &lw_format_yolo, false);
    CHECK_INT(all.status, LW_OK);
    CHECK_TEXT(read_written(&all, "labels/train/a.txt"), "0 0.1 0.1 0.4 0.1 0.4 0.3 0.1 0.3\n1 0.01 0.01 0.09 0.01 0.09 0.04\n");
    CHECK_TEXT(read_written(&all, "labels/val/b.txt"), "");
    CHECK_TEXT(read_written(&all, "data.yaml"),
               "task: segment\ntrain: \"images/train\"\nval: \"images/val\"\nnc: 2\nnames:\n  0: \"cat\"\n  1: \"dog\"\n");
    CHECK_INT(count_in(&all.from.written, "box-as-polygon"), 1);
    CHECK_INT(all.from.written.labels_written, 2);
    CHECK_OK(&all.back.cx, collect_read(&all.back, &lw_format_yolo));
    CHECK(has_line(
        &all.back,
        "images/train/a.png 100x200 train\n  cat {\"polygon\": [[[10, 20, 40, 20, 40, 60, 10, 60]]]}\n  dog {\"polygon\": [[[1, 2, 9, 2, 9, 8]]]}\n"));
    end_written(&all);
}

static void test_write_regions(void)
{
    /* Two parts and a hole, a mask, a shape over the border, one outside. */
    written all;
    write_rows(
        &all,
        HEAD
        "images/a.png,100,200,train,cat,polygon,,,,,,{},\"{\"\"polygon\"\": [[[10, 10, 20, 10, 20, 20, 10, 20], [12, 12, 14, 12, 14, 14]], [[30, 10, 40, 10, 40, 20]]]}\"\n"
        "images/a.png,100,200,train,cat,mask,,,,,,{},\"{\"\"mask\"\": {\"\"size\"\": [2, 2], \"\"counts\"\": \"\"121\"\"}}\"\n"
        "images/a.png,100,200,train,cat,polygon,,,,,,{},\"{\"\"polygon\"\": [[[-10, 10, 10, 0, 10, 20]]]}\"\n"
        "images/a.png,100,200,train,cat,box,200,10,5,5,,{},\n",
        &lw_format_yolo, false);
    CHECK_INT(all.status, LW_OK);
    CHECK_INT(count_in(&all.from.written, "parts-joined"), 2);
    CHECK_INT(count_in(&all.from.written, "mask-as-polygon"), 1);
    CHECK_INT(count_in(&all.from.written, "clipped"), 1);
    CHECK_INT(count_in(&all.from.written, "outside-image-left-out"), 1);
    CHECK_INT(all.from.written.labels_written, 3);
    CHECK_INT(all.from.written.labels_skipped, 1);
    CHECK_INT(count_in(&all.from.written, "split-missing"), 1);
    CHECK_OK(&all.back.cx, collect_read(&all.back, &lw_format_yolo));
    CHECK(has_line(&all.back, "cat {\"polygon\": [[[0, 5, 10, 0, 10, 20, 0, 15]]]}"));
    CHECK_INT(all.back.report.labels_read, 3);
    end_written(&all);
}

static void test_write_refused(void)
{
    written all;
    const char *rows = HEAD "images/a.png,100,200,train,cat,polyline,,,,,,{},\"{\"\"polyline\"\": [1, 2, 9, 2, 9, 8]}\"\n"
                            "images/a.png,100,200,train,cat,box,10,20,30,40,,{},\n";
    write_rows(&all, rows, &lw_format_yolo, false);
    CHECK_INT(all.status, LW_REFUSED);
    CHECK(strstr(all.from.cx.message, "yolo-segment") && strstr(all.from.cx.message, "polyline"));
    end_written(&all);
    write_rows(&all, rows, &lw_format_yolo, true);
    CHECK_INT(all.status, LW_OK);
    CHECK_INT(count_in(&all.from.written, "box-around"), 1);
    CHECK_INT(all.from.written.labels_written, 2);
    end_written(&all);
    /* A turned box that the counters did not tell of is refused when it comes. */
    write_rows(&all, HEAD "images/a.png,100,200,train,cat,box,10,20,30,40,30,{},\n", &lw_format_yolo_detect, false);
    CHECK_INT(all.status, LW_REFUSED);
    end_written(&all);
}

static void test_write_turned(void)
{
    written all;
    write_rows(&all, HEAD "images/a.png,100,200,train,cat,box,10.5,20.25,30,40,33.3,{},\nimages/a.png,100,200,train,cat,box,10,20,30,40,,{},\n",
               &lw_format_yolo_obb, false);
    CHECK_INT(all.status, LW_OK);
    CHECK_OK(&all.back.cx, collect_read(&all.back, &lw_format_yolo));
    CHECK(has_line(&all.back, "cat {\"box\": [10.5, 20.25, 30, 40], \"angle\": 33.3}\n  cat {\"box\": [10, 20, 30, 40], \"angle\": 0}\n"));
    CHECK_INT(count_issue(&all.back, "task-guessed"), 0); /* data.yaml says it */
    end_written(&all);
}

static void test_write_pose(void)
{
    static const file coco[] = {{"data.yaml", "kpt_shape: [2, 3]\nkpt_names: {0: [nose, tail]}\nnames: [cat]\ntrain: images\n"},
                                PNG_FILE("images/a.png", "\0\x64", "\0\xc8"),
                                {"labels/a.txt", "0 0.5 0.5 0.2 0.1 0.5 0.5 2 0 0 0\n0 0.5 0.5 0.2 0.1 0 0 0 0 0 0\n"},
                                {0}};
    collected from, back;
    collect_begin(&from, coco);
    collect_begin(&back, NULL);
    CHECK_OK(&from.cx, collect_read(&from, &lw_format_yolo));
    CHECK_OK(&from.cx, collect_convert(&from, &lw_format_yolo, &lw_format_yolo, &back));
    CHECK_OK(&back.cx, collect_read(&back, &lw_format_yolo));
    CHECK(has_line(
        &back,
        "images/train/a.png 100x200 train\n  cat {\"box\": [40, 90, 20, 20], \"angle\": 0, \"skeleton\": [50, 100, 2, 0, 0, 0]}\n  cat {\"box\": [40, 90, 20, 20], \"angle\": 0}\n"));
    CHECK_INT(back.ontology.classes[0].n_keypoints, 2);
    CHECK_TEXT(back.ontology.classes[0].keypoints[1], "tail");
    collect_end(&back);
    collect_end(&from);
}

static void test_write_names(void)
{
    /* Two items of one stem; no splits; class numbers with a gap. */
    collected from, back;
    LW_AUTO(lw_buf) rows = {0};
    lw_buf_put_literal(&rows, HEAD "x/a.png,100,200,,cat,box,10,20,30,40,,{},\nx/a.jpg,100,200,,dog,box,10,20,30,40,,{},\n");
    for (int i = 0; i < 200; i++)
        lw_buf_print(&rows, "many/%d.jpg,10,10,,,,,,,,,,\n", i);
    lw_buf_put_char(&rows, 0);
    const file files[] = {{"labels.csv", rows.data}, {0}};
    collect_begin(&from, files);
    collect_begin(&back, NULL);
    CHECK_OK(&from.cx, collect_read(&from, &lw_format_csv));
    lw_class_find(&from.ontology, LW_TEXT("dog"))->index = 3;
    CHECK_OK(&from.cx, collect_convert(&from, &lw_format_csv, &lw_format_yolo, &back));
    int64_t n_split = count_in(&from.written, "split-by-hash");
    CHECK_INT(n_split, 202);
    CHECK_INT(count_in(&from.written, "class-numbers-have-gaps"), 3);
    back.options.known_size = size_of_any;
    CHECK_OK(&back.cx, collect_read(&back, &lw_format_yolo));
    CHECK_INT(back.ontology.n_classes, 2);
    int n_val = 0;
    for (const char *at = back.text.data, *end = at + back.text.size; (at = memmem(at, (size_t)(end - at), " val", 4)); at++)
        n_val++;
    CHECK(n_val > 20 && n_val < 60);
    CHECK_INT(back.report.items_read, 202);
    CHECK_INT(back.report.labels_read, 2);
    collect_end(&back);
    collect_end(&from);
}

static void test_write_darknet(void)
{
    written all;
    write_rows(&all, HEAD "images/a.png,100,200,train,cat,box,10,20,30,40,,{},\nimages/b.png,100,200,val,dog,box,1,2,3,4,,{},\n",
               &lw_format_yolo_darknet, false);
    CHECK_INT(all.status, LW_OK);
    CHECK_TEXT(read_written(&all, "obj.data"),
               "classes = 2\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\nbackup = backup/\n");
    CHECK_TEXT(read_written(&all, "train.txt"), "data/obj_train_data/a.png\n");
    CHECK_TEXT(read_written(&all, "obj_valid_data/b.txt"), "1 0.025 0.02 0.03 0.02\n");
    CHECK_OK(&all.back.cx, collect_read(&all.back, &lw_format_yolo_darknet));
    CHECK(has_line(&all.back, "obj_valid_data/b.png 100x200 val\n  dog {\"box\": [1, 2, 3, 4], \"angle\": 0}\n"));
    end_written(&all);
}

static void test_write_classify(void)
{
    written all;
    write_rows(&all, HEAD "images/a.png,100,200,train,cat/dog,tag,,,,,,{},\nimages/b.png,100,200,val,bird,tag,,,,,,{},\n", &lw_format_yolo, false);
    CHECK_INT(all.status, LW_OK);
    CHECK_OK(&all.back.cx, collect_read(&all.back, &lw_format_yolo_classify));
    CHECK(has_line(&all.back, "train/cat_dog/a.png 0x0 train\n  cat_dog {\"tag\": true}\nval/bird/b.png 0x0 val\n  bird {\"tag\": true}\n"));
    end_written(&all);
}

int main(void)
{
    test_rows_by_columns();
    test_rows_refused();
    test_turned_boxes();
    test_classification_rows();
    test_yaml();
    test_yaml_refused();
    test_layouts();
    test_darknet();
    test_results();
    test_ambiguous_images();
    test_mask_outline();
    test_tall_mask_outline();
    test_shares();
    test_write_mixed();
    test_write_regions();
    test_write_refused();
    test_write_turned();
    test_write_pose();
    test_write_names();
    test_write_darknet();
    test_write_classify();
    return tap_end();
}
