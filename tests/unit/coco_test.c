#include "format_run.h"

#include "formats/coco_gather.h"

/* Each trap of COCO files that is known to break importers, and files that are broken on purpose. */

static format_run first, second;

#define IMAGE "\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\", \"width\": 100, \"height\": 80}]"
#define CATEGORY "\"categories\": [{\"id\": 1, \"name\": \"car\"}]"
#define WITH(annotations) "{" IMAGE ", " CATEGORY ", \"annotations\": [" annotations "]}"
#define BOX "\"image_id\": 1, \"category_id\": 1, \"bbox\": [1, 2, 3, 4]"

static const char *file_of(lw_ctx *cx, const char *folder, const char *content)
{
    folder_put(cx, folder, "in.json", lw_text_from(content));
    return folder_path(cx, folder, "in.json");
}

static lw_status read_text(lw_ctx *cx, const char *folder, const char *content)
{
    lw_ctx_clear(cx);
    return run_read(cx, &lw_format_coco, file_of(cx, folder, content), &first);
}

/* One annotation, one label. */
static const lw_label *read_one(lw_ctx *cx, const char *folder, const char *content)
{
    static const lw_label none;
    CHECK_OK(cx, read_text(cx, folder, content));
    CHECK_INT(first.report.labels_read, first.n_labels + (size_t)first.report.labels_skipped);
    if (!CHECK(first.n_items == 1 && first.n_labels == 1))
        return &none;
    return &first.items[0].labels[0];
}

static bool is_left_out(lw_ctx *cx, const char *folder, const char *content, const char *code)
{
    CHECK_OK(cx, read_text(cx, folder, content));
    return first.n_labels == 0 && first.report.labels_read == 1 && first.report.labels_skipped == 1 && run_count(&first, code) == 1;
}

static void test_shapes(lw_ctx *cx, const char *folder)
{
    const lw_label *label = read_one(cx, folder, WITH("{\"id\": 7, " BOX ", \"area\": 12, \"iscrowd\": 0, \"segmentation\": []}"));
    CHECK_INT(label->shape.kind, LW_BOX);
    CHECK(label->shape.x == 1 && label->shape.y == 2 && label->shape.w == 3 && label->shape.h == 4);
    CHECK_TEXT(label->source_id, "7");
    CHECK_INT(label->n_attributes, 0);
    CHECK_TEXT(first.items[0].item.source_id, "1");
    CHECK_INT(first.items[0].item.width, 100);

    label = read_one(cx, folder, WITH("{\"id\": 1, " BOX ", \"segmentation\": [[1,2,4,2,4,6,1,6],[10.5,10,12.25,10,12,1.2e1],[1,2,3]]}")); /* C7 */
    CHECK_INT(label->shape.kind, LW_POLYGON);
    CHECK_INT(label->shape.n_parts, 2);
    CHECK_INT(label->shape.n_rings, 2);
    CHECK_INT(label->shape.n_points, 7);
    CHECK(label->shape.xy[8] == 10.5 && label->shape.xy[13] == 12);
    CHECK_INT(run_count(&first, "part-left-out"), 1);

    label = read_one(cx, folder, WITH("{\"id\": 1, " BOX ", \"segmentation\": [1,2,4,2,4,6]}")); /* no list around it */
    CHECK_INT(label->shape.n_points, 3);
    label = read_one(cx, folder, WITH("{\"id\": 1, " BOX ", \"segmentation\": [[1,2]]}")); /* the box is left */
    CHECK_INT(label->shape.kind, LW_BOX);
    label = read_one(cx, folder, WITH("{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"segmentation\": [[1,2,4,2,4,6]]}")); /* C9 */
    CHECK(label->shape.kind == LW_POLYGON && label->shape.w == 3 && label->shape.h == 4);
    label = read_one(cx, folder, WITH("{\"id\": 1, \"image_id\": 1, \"category_id\": 1}"));
    CHECK_INT(label->shape.kind, LW_TAG);
    label = read_one(cx, folder, WITH("{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"bbox\": [-5, -5, 300, 10]}"));
    CHECK(label->shape.x == -5 && label->shape.w == 300); /* kept where it leaves the image */
    CHECK(is_left_out(cx, folder, WITH("{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"bbox\": [1, 2, 0, 4]}"), "box-without-area"));
    CHECK_TEXT(run_example(&first, "box-without-area"), "in.json: annotation 1: a.jpg");
    CHECK(is_left_out(cx, folder, WITH("{\"image_id\": 1, \"category_id\": 1, \"bbox\": [1, 2, 0, 4]}"), "box-without-area"));
    CHECK_TEXT(run_example(&first, "box-without-area"), "in.json: annotation at byte 132: a.jpg");
    CHECK(!first.report.is_partial);
    CHECK(is_left_out(cx, folder, WITH("{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"bbox\": [1, 2, 3]}"), "annotation-broken"));
    CHECK(first.report.is_partial);
}

/* C6: one mask three ways; columns first, background first. */
static void test_masks(lw_ctx *cx, const char *folder)
{
    static const char *const counts[] = {"[2, 3, 1]", "\"231\"", "\"b'231'\""};
    for (size_t i = 0; i < LW_COUNT(counts); i++) {
        const lw_label *label = read_one(
            cx, folder,
            lw_print(cx->arena, WITH("{\"id\": 1, " BOX ", \"iscrowd\": 1, \"segmentation\": {\"size\": [2, 3], \"counts\": %s}}"), counts[i]));
        CHECK_INT(label->shape.kind, LW_MASK);
        CHECK(label->shape.mask_h == 2 && label->shape.mask_w == 3);
        CHECK_TEXT(label->shape.counts, "231");
        CHECK(label->shape.x == 1 && label->shape.y == 0 && label->shape.w == 2 && label->shape.h == 2);
        CHECK(label->n_attributes == 1 && lw_text_is(label->attributes[0].name, "iscrowd") && label->attributes[0].yes);
        const lw_attribute_def *crowd = lw_class_attribute(&first.ontology, lw_class_find(&first.ontology, LW_TEXT("car")), LW_TEXT("iscrowd"));
        CHECK(crowd && crowd->type == LW_YESNO);
    }
    const lw_label *zero = read_one(cx, folder, WITH("{\"id\": 1, " BOX ", \"segmentation\": {\"counts\": [0, 3, 0, 0, 3], \"size\": [2, 3]}}"));
    CHECK(zero->shape.kind == LW_MASK && lw_shape_area(&zero->shape) == 3);
    static const char *const broken[] = {"{\"counts\": [2, 3], \"size\": [2, 3]}",
                                         "{\"counts\": [1e99], \"size\": [2, 3]}",
                                         "{\"counts\": [-1, 7], \"size\": [2, 3]}",
                                         "{\"counts\": \"23\", \"size\": [2, 3]}",
                                         "{\"counts\": \"231\"}",
                                         "{\"size\": [2, 3]}",
                                         "{\"counts\": \"231\", \"size\": [0, 6]}",
                                         "{\"counts\": 7, \"size\": [2, 3]}",
                                         "\"231\"",
                                         "{}",
                                         "{\"counts\": \"231\", \"size\": [1e9, 1e9]}"};
    for (size_t i = 0; i < LW_COUNT(broken); i++)
        CHECK(is_left_out(cx, folder, lw_print(cx->arena, WITH("{\"id\": 1, " BOX ", \"segmentation\": %s}"), broken[i]), "annotation-broken"));
}

static void test_keypoints(lw_ctx *cx, const char *folder)
{
    static const char person[] = "{" IMAGE ", \"categories\": [{\"id\": 1, \"name\": \"person\", \"keypoints\": [\"nose\", \"eye\", \"eye\"], "
                                 "\"skeleton\": [[1, 2], [2, 3], [3, 9]]}], \"annotations\": [{\"id\": 1, " BOX ", \"num_keypoints\": 2, "
                                 "\"keypoints\": [5, 6, 2, 0, 0, 0, 7, 8, 1]}]}";
    const lw_label *label = read_one(cx, folder, person);
    CHECK_INT(label->shape.kind, LW_BOX);
    CHECK_INT(label->shape.n_keypoints, 3);
    CHECK(label->shape.skeleton[3 * 2 + 2] == 1);
    const lw_class *of = lw_class_find(&first.ontology, LW_TEXT("person"));
    CHECK_INT(of->n_keypoints, 3);
    CHECK_TEXT(of->keypoints[2], "eye 2");
    CHECK_INT(of->n_edges, 2);
    CHECK(of->edges[0][0] == 0 && of->edges[0][1] == 1); /* they count from 1 in the file */
    CHECK_INT(run_count(&first, "skeleton-edge"), 1);
    label = read_one(cx, folder, WITH("{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"keypoints\": [5, 6, 2, 7, 9, 2]}"));
    CHECK_INT(label->shape.kind, LW_SKELETON);
    label = read_one(cx, folder, WITH("{\"id\": 1, " BOX ", \"keypoints\": [0, 0, 0, 0, 0, 0]}"));
    CHECK_INT(label->shape.n_keypoints, 0);
    CHECK(is_left_out(cx, folder, WITH("{\"id\": 1, " BOX ", \"keypoints\": [1, 2]}"), "annotation-broken"));
}

/* C1 to C5: gaps, zero, strings, floats, large ones, doubles. */
static void test_ids(lw_ctx *cx, const char *folder)
{
    CHECK_OK(cx, read_text(cx, folder,
                           "{" IMAGE ", \"categories\": [{\"id\": 90, \"name\": \"brush\"}, {\"id\": 2, \"name\": \"car\"}], \"annotations\": []}"));
    CHECK_INT(lw_class_find(&first.ontology, LW_TEXT("brush"))->index, 89);
    CHECK_INT(lw_class_find(&first.ontology, LW_TEXT("car"))->index, 1);
    CHECK_INT(first.report.classes_read, 2);

    CHECK_OK(cx, read_text(cx, folder,
                           "{" IMAGE ", \"categories\": [{\"id\": 0, \"name\": \"a\"}, {\"id\": 1, \"name\": \"b\"}], \"annotations\": ["
                           "{\"id\": 0, \"image_id\": 1, \"category_id\": 0, \"bbox\": [0, 0, 1, 1]}]}"));
    CHECK_INT(first.n_labels, 1);
    CHECK_TEXT(first.items[0].labels[0].class_name, "a");
    CHECK_INT(lw_class_find(&first.ontology, LW_TEXT("a"))->index, 0); /* goes out as 1 */
    CHECK_INT(lw_class_find(&first.ontology, LW_TEXT("b"))->index, 1);
    CHECK_INT(run_count(&first, "category-from-zero"), 1);

    CHECK_OK(cx, read_text(cx, folder,
                           "{" IMAGE ", \"categories\": [{\"id\": 0, \"name\": \"fish\", \"supercategory\": \"none\"}, "
                           "{\"id\": 1, \"name\": \"shark\", \"supercategory\": \"fish\"}], \"annotations\": []}"));
    CHECK_INT(first.ontology.n_classes, 1); /* Roboflow's placeholder */
    CHECK_INT(first.ontology.classes[0].index, 0);

    const lw_label *label =
        read_one(cx, folder,
                 "{\"images\": [{\"id\": \"0017\", \"file_name\": \"a.jpg\"}], \"categories\": [{\"id\": \"x\", \"name\": \"car\"}], "
                 "\"annotations\": [{\"id\": \"q\", \"image_id\": 17.0, \"category_id\": \"x\", \"bbox\": [0, 0, 1, 1]}]}");
    CHECK_TEXT(label->source_id, "q");
    CHECK_TEXT(first.items[0].item.source_id, "0017");
    label = read_one(cx, folder, WITH("{\"id\": 900100000000123, " BOX "}"));
    CHECK_TEXT(label->source_id, "900100000000123");
    label = read_one(cx, folder, WITH("{\"id\": 99999999999999999999999, " BOX "}"));
    CHECK_TEXT(label->source_id, "99999999999999999999999");
    label = read_one(cx, folder, WITH("{" BOX "}"));
    CHECK_TEXT(label->source_id, "");
    CHECK_OK(cx, read_text(cx, folder, WITH("{\"id\": 5, " BOX "}, {\"id\": 6, " BOX "}, {\"id\": 5, " BOX "}")));
    CHECK_INT(first.n_labels, 3); /* equal ones within a file stay */
    CHECK_INT(run_count(&first, "annotation-id-twice"), 1);
}

/* What is no object or no list is none of the annotations. */
static void test_odd_lists(lw_ctx *cx, const char *folder)
{
    CHECK_OK(cx, read_text(cx, folder, "{" IMAGE ", \"categories\": [\"car\"], \"annotations\": [], \"info\": null}"));
    CHECK_INT(run_count(&first, "category-broken"), 1);
    CHECK_INT(first.report.labels_read, 0);
    CHECK_INT(run_count(&first, "info-left-out"), 0);
    CHECK(first.report.is_partial);
    CHECK_OK(cx, read_text(cx, folder, "{\"images\": [7], " CATEGORY ", \"annotations\": null}"));
    CHECK_INT(run_count(&first, "image-broken"), 1);
    CHECK_INT(first.report.items_skipped, 1);
    CHECK_OK(cx, read_text(cx, folder, "{" IMAGE ", \"categories\": {\"1\": \"car\"}, \"annotations\": []}"));
    CHECK_INT(run_count(&first, "list-broken"), 1);
}

static void test_categories(lw_ctx *cx, const char *folder)
{
    CHECK_OK(cx,
             read_text(cx, folder,
                       "{" IMAGE ", \"categories\": [{\"id\": 1, \"name\": \"car\"}, {\"id\": 1, \"name\": \"car\"}, {\"id\": 1, \"name\": \"bus\"}, "
                       "{\"id\": 3, \"name\": \"car\"}, {\"id\": 4, \"name\": \"\"}, {\"id\": 5, \"name\": \"item\"}, {\"name\": \"x\"}, "
                       "{\"id\": 6, \"name\": \"Car\"}, {\"id\": 7, \"name\": \"van\", \"supercategory\": \"car\"}, "
                       "{\"id\": 8, \"name\": \"p\", \"supercategory\": \"q\"}, {\"id\": 9, \"name\": \"q\", \"supercategory\": \"p\"}, "
                       "{\"id\": 10, \"name\": \"odd\", \"supercategory\": \"elsewhere\"}], \"annotations\": []}"));
    CHECK_INT(run_count(&first, "category-twice"), 1);
    CHECK_INT(run_count(&first, "category-id-twice"), 1);
    CHECK_INT(run_count(&first, "category-without-id"), 1);
    CHECK_INT(run_count(&first, "category-name"), 2);
    CHECK(lw_class_find(&first.ontology, LW_TEXT("category 4")) != NULL);
    CHECK(lw_class_find(&first.ontology, LW_TEXT("Car")) != NULL); /* names match exactly */
    CHECK_TEXT(lw_class_find(&first.ontology, LW_TEXT("van"))->parent, "car");
    CHECK_INT(run_count(&first, "supercategory-left-out"), 2); /* a circle, and elsewhere */
    CHECK_INT(first.ontology.n_classes, 8);
}

static void test_attributes(lw_ctx *cx, const char *folder)
{
    CHECK_OK(cx, read_text(cx, folder,
                           WITH("{\"id\": 1, " BOX
                                ", \"score\": 0.25, \"attributes\": {\"occluded\": false, \"colour\": \"red\", \"n\": 1, \"mixed\": 1}}, "
                                "{\"id\": 2, " BOX ", \"attributes\": {\"occluded\": true, \"colour\": \"blue\", \"n\": 2.5, \"mixed\": \"one\"}}, "
                                "{\"id\": 3, " BOX ", \"attributes\": {\"deep\": {\"x\": 1}}}, {\"id\": 4, " BOX ", \"odd\": 7}")));
    CHECK_INT(first.n_labels, 4);
    const lw_class *car = lw_class_find(&first.ontology, LW_TEXT("car"));
    CHECK_INT(lw_class_attribute(&first.ontology, car, LW_TEXT("occluded"))->type, LW_YESNO);
    CHECK_INT(lw_class_attribute(&first.ontology, car, LW_TEXT("n"))->type, LW_NUMBER);
    CHECK_INT(lw_class_attribute(&first.ontology, car, LW_TEXT("mixed"))->type, LW_TEXT_VALUE);
    CHECK_INT(lw_class_attribute(&first.ontology, car, LW_TEXT("colour"))->n_options, 2);
    const lw_label *label = &first.items[0].labels[0];
    CHECK(label->confidence == 0.25);
    CHECK_TEXT(label->attributes[3].text, "1"); /* as the text that the others are */
    CHECK_INT(run_count(&first, "attributes-left-out"), 1);
    CHECK_INT(run_count(&first, "keys-left-out"), 1);
}

static void test_images(lw_ctx *cx, const char *folder)
{
    CHECK_OK(cx, read_text(cx, folder, "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\", \"width\": \"48\", \"height\": \"32\"}]}"));
    CHECK(first.n_items == 1 && first.items[0].item.width == 48 && first.items[0].item.height == 32);
    CHECK_INT(run_count(&first, "image-size"), 0);

    CHECK_OK(cx, read_text(cx, folder,
                           "{\"annotations\": [{\"id\": 1, " BOX
                           "}, {\"id\": 2, \"image_id\": 5, \"category_id\": 1, \"bbox\": [0, 0, 1, 1]}], " CATEGORY ", "
                           "\"images\": [{\"id\": 1, \"file_name\": \"C:\\\\data\\\\a.jpg\", \"width\": 0}, "
                           "{\"id\": 2, \"file_name\": \"/home/x/b.jpg\", \"license\": 3, \"note\": \"\\u00e4\", \"empty\": \"\"}, "
                           "{\"id\": 3, \"coco_url\": \"http://images.org/val/c.jpg\"}, {\"id\": 4}, {\"file_name\": \"d.jpg\"}, "
                           "{\"id\": 1, \"file_name\": \"again.jpg\"}]}"));
    CHECK_INT(first.report.items_read, 6);
    CHECK_INT(first.report.items_skipped, 3);
    CHECK_INT(first.n_items, 3);
    CHECK_TEXT(first.items[0].item.name, "data/a.jpg");
    CHECK_INT(first.items[0].n_labels, 1); /* annotations stand before their images */
    CHECK_TEXT(first.items[1].item.name, "home/x/b.jpg");
    CHECK_TEXT(first.items[1].item.metadata, "{\"license\": 3, \"note\": \"\\u00e4\"}");
    CHECK_TEXT(first.items[2].item.name, "val/c.jpg");
    CHECK_INT(run_count(&first, "image-name"), 1);
    CHECK_INT(run_count(&first, "image-without-id"), 1);
    CHECK_INT(run_count(&first, "image-id-twice"), 1);
    CHECK_INT(run_count(&first, "annotation-without-image"), 1);
    CHECK_INT(first.report.labels_read, 2);
}

/* Roboflow's layout and the usual one: splits, and images that two splits both have. */
static void test_layouts(lw_ctx *cx, const char *folder)
{
    const char *root = folder_path(cx, folder, "roboflow");
    static const char content[] = WITH("{\"id\": 1, " BOX "}");
    folder_put(cx, root, "train/_annotations.coco.json", LW_TEXT(content));
    folder_put(cx, root, "valid/_annotations.coco.json", LW_TEXT(content));
    folder_put(cx, root, "train/a.jpg", LW_TEXT("x"));
    folder_put(cx, root, "valid/a.jpg", LW_TEXT("x"));
    folder_put(cx, root, "notes.json", LW_TEXT("{\"hello\": 1}"));
    CHECK_OK(cx, run_read(cx, &lw_format_coco, root, &first));
    CHECK_INT(first.n_items, 2);
    CHECK_TEXT(first.items[0].item.name, "train/a.jpg");
    CHECK_TEXT(lw_text_from(first.items[1].image), "valid/a.jpg");
    CHECK_TEXT(first.items[1].item.split, "val");
    CHECK_INT(run_count(&first, "other-file"), 1);

    root = folder_path(cx, folder, "usual");
    folder_put(cx, root, "annotations/instances_train2017.json", LW_TEXT(content));
    folder_put(cx, root, "annotations/person_keypoints_train2017.json",
               LW_TEXT("{" IMAGE ", \"categories\": [{\"id\": 1, \"name\": \"car\", \"keypoints\": [\"front\"]}], \"annotations\": [{\"id\": 1, " BOX
                       ", \"keypoints\": [2, 3, 2]}]}"));
    folder_put(cx, root, "annotations/captions_train2017.json",
               LW_TEXT("{" IMAGE ", \"annotations\": [{\"id\": 1, \"image_id\": 1, \"caption\": \"a car\"}]}"));
    folder_put(cx, root, "annotations/instances_minival.json", LW_TEXT("{\"images\": [{\"id\": 1, \"file_name\": \"b.jpg\"}], \"annotations\": []}"));
    folder_put(cx, root, "train2017/a.jpg", LW_TEXT("x"));
    folder_put(cx, root, "val2017/a.jpg", LW_TEXT("x"));
    CHECK_OK(cx, run_read(cx, &lw_format_coco, root, &first));
    CHECK_INT(first.n_items, 2);
    const run_item *joined = lw_text_is(first.items[0].item.split, "train") ? &first.items[0] : &first.items[1];
    CHECK_TEXT(joined->item.name, "train2017/a.jpg");
    CHECK_INT(joined->n_labels, 1); /* C13: one object in two files, with the keypoints of the second */
    CHECK_INT(joined->labels[0].shape.n_keypoints, 1);
    CHECK_INT(first.report.labels_read, 3);
    CHECK_INT(first.report.labels_matched, 1);
    CHECK_INT(run_count(&first, "caption-left-out"), 1);
    CHECK_TEXT(joined == &first.items[0] ? first.items[1].item.split : first.items[0].item.split, "minival");
}

static void test_results(lw_ctx *cx, const char *folder)
{
    const char *path = file_of(cx, folder,
                               "[{\"image_id\": 42, \"category_id\": 18, \"bbox\": [258.15, 41.29, 348.26, 243.78], \"score\": 0.236},\n"
                               "{\"image_id\": 42, \"category_id\": 1, \"segmentation\": {\"size\": [2, 3], \"counts\": \"231\"}, \"score\": 1.5}, "
                               "{\"image_id\": 7, \"category_id\": 1, \"bbox\": [0, 0, 1, 1], \"score\": 1}, 5]");
    CHECK_OK(cx, run_read(cx, &lw_format_coco_results, path, &first));
    CHECK_INT(first.n_items, 2);
    CHECK_TEXT(first.items[0].item.name, "");
    CHECK_TEXT(first.items[0].item.source_id, "42");
    CHECK_INT(first.items[0].n_labels, 2);
    CHECK(first.items[0].labels[0].confidence == 0.236);
    CHECK_TEXT(first.items[0].labels[0].class_name, "category 18");
    CHECK_INT(run_count(&first, "score-left-out"), 1);
    CHECK_INT(run_count(&first, "annotation-broken"), 1);
    lw_source *source = NULL;
    const lw_format *format = NULL;
    lw_report report = {.arena = cx->arena};
    CHECK_OK(cx, lw_source_open(cx, path, NULL, &report, &source));
    CHECK_OK(cx, lw_format_detect(cx, source, &format));
    CHECK_TEXT(lw_text_from(format->name), "coco-results");
    lw_source_close(source);
}

/* Structure that cannot be read is refused as a whole, and says where. */
static void test_broken(lw_ctx *cx, const char *folder)
{
    static const char whole[] = WITH("{\"id\": 7, " BOX ", \"segmentation\": [[1, 2, 4, 2, 4, 6]]}, {\"id\": 8, " BOX "}");
    for (size_t size = 0; size < sizeof whole - 2; size++) {
        folder_put(cx, folder, "in.json", (lw_text){whole, size});
        lw_ctx_clear(cx);
        lw_status status = run_read(cx, &lw_format_coco, folder_path(cx, folder, "in.json"), &first);
        if (!CHECK(status == LW_INVALID && first.n_items == 0))
            printf("# cut at %zu: %s\n", size, cx->message);
    }
    CHECK_FAILS(cx, read_text(cx, folder, ""), LW_INVALID, "byte 0");
    CHECK_FAILS(cx, read_text(cx, folder, WITH("") "x"), LW_INVALID, "behind the end");
    CHECK_FAILS(cx, read_text(cx, folder, "{\"images\" []}"), LW_INVALID, "key");
    CHECK_FAILS(cx, read_text(cx, folder, "{\"images\": [}"), LW_INVALID, "byte");
    CHECK_OK(cx, read_text(cx, folder, "\xEF\xBB\xBF" WITH("{\"id\": 7, " BOX "}")));
    CHECK_INT(first.n_labels, 1);
    static const char *const endless[] = {"NaN", "Infinity", "-Infinity", "1e999"}; /* as Python writes and reads them */
    for (size_t i = 0; i < LW_COUNT(endless); i++) {
        CHECK(is_left_out(cx, folder,
                          lw_print(cx->arena, WITH("{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"bbox\": [%s, 0, 1, 1]}"), endless[i]),
                          "not-finite"));
        CHECK(is_left_out(
            cx, folder,
            lw_print(cx->arena, WITH("{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"segmentation\": [[0, 0, 1, 1, %s, 5]]}"), endless[i]),
            "not-finite"));
    }
    static const char *const pointless[] = {"[]", "[[]]", "[[1, 1, 2, 2]]", "[[1, 1, 2, 2, 3]]"}; /* no tag was meant */
    for (size_t i = 0; i < LW_COUNT(pointless); i++)
        CHECK(is_left_out(cx, folder,
                          lw_print(cx->arena, WITH("{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"segmentation\": %s}"), pointless[i]),
                          "too-few-points"));
    static const char *const odd[] = {"{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"bbox\": \"x\"}",
                                      "{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"segmentation\": [[[1]]]}",
                                      "{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"segmentation\": [[1,,2]]}",
                                      "{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"bbox\": [0, 0, 1, 1] \"x\": 1}",
                                      "{\"id\": 1, \"image_id\": 1}",
                                      "[]",
                                      "null"};
    for (size_t i = 0; i < LW_COUNT(odd); i++)
        CHECK(is_left_out(cx, folder, lw_print(cx->arena, WITH("%s"), odd[i]), "annotation-broken"));

    LW_AUTO(lw_buf) deep = {0};
    lw_buf_put_literal(&deep, "{" IMAGE ", " CATEGORY ", \"annotations\": [{\"id\": 1, " BOX ", \"segmentation\": ");
    for (int i = 0; i < 1000000; i++)
        lw_buf_put_char(&deep, '[');
    for (int i = 0; i < 1000000; i++)
        lw_buf_put_char(&deep, ']');
    lw_buf_put_literal(&deep, "}]}");
    folder_put(cx, folder, "in.json", lw_buf_text(&deep));
    CHECK_OK(cx, run_read(cx, &lw_format_coco, folder_path(cx, folder, "in.json"), &first));
    CHECK_INT(run_count(&first, "annotation-broken"), 1);
    /* a long text where nobody looks is passed over, not held */
    lw_buf_reset(&deep);
    lw_buf_put_literal(&deep, "{\"info\": \"");
    for (int i = 0; i < 1 << 20; i++)
        lw_buf_put_literal(&deep, "abc\\\"def");
    lw_buf_put_literal(&deep, "\", " IMAGE ", " CATEGORY ", \"annotations\": []}");
    folder_put(cx, folder, "in.json", lw_buf_text(&deep));
    CHECK_OK(cx, run_read(cx, &lw_format_coco, folder_path(cx, folder, "in.json"), &first));
    CHECK_INT(first.n_items, 1);
}

/* Out and in again is the same, into every kind of target; out once more the same bytes. */
static void test_round(lw_ctx *cx, const char *folder)
{
    static const char content[] =
        "{\"images\": [{\"id\": 11, \"file_name\": \"a.jpg\", \"width\": 100, \"height\": 80, \"license\": 4}, {\"id\": 12, \"file_name\": \"sub/b \\\"x\\\".png\"}], "
        "\"categories\": [{\"id\": 7, \"name\": \"car\", \"keypoints\": [\"front\", \"back\"], \"skeleton\": [[1, 2]]}, {\"id\": 3, \"name\": \"van\", "
        "\"supercategory\": \"car\"}], \"annotations\": ["
        "{\"id\": 5, \"image_id\": 11, \"category_id\": 7, \"bbox\": [0.1, 2, 3.333, 4.123456789], \"attributes\": {\"colour\": \"red\", \"n\": 2}, \"score\": 0.5}, "
        "{\"id\": 6, \"image_id\": 11, \"category_id\": 3, \"segmentation\": [[1,2,4,2,4,6],[10,10,12,10,12,12]], \"iscrowd\": 1}, "
        "{\"id\": 7, \"image_id\": 11, \"category_id\": 3, \"segmentation\": {\"size\": [80, 100], \"counts\": [10, 20, 7970]}}, "
        "{\"id\": 8, \"image_id\": 11, \"category_id\": 7, \"bbox\": [0, 0, 9, 9], \"keypoints\": [1, 2, 2, 0, 0, 0]}, "
        "{\"id\": 9, \"image_id\": 11, \"category_id\": 7, \"keypoints\": [1, 2, 2, 8, 9, 1]}]}";
    CHECK_OK(cx, read_text(cx, folder, content));
    CHECK_INT(first.n_labels, 5);
    static const char *const names[] = {"out.json", "out", "out.zip", "out.tar.gz"};
    for (size_t i = 0; i < LW_COUNT(names); i++) {
        const char *out = folder_path(cx, folder, names[i]);
        CHECK_OK(cx, run_write(cx, &lw_format_coco, out, &first, false));
        CHECK_OK(cx, run_read(cx, &lw_format_coco, out, &second));
        run_check_same(&first, &second);
        CHECK_INT(lw_class_find(&second.ontology, LW_TEXT("car"))->index, 6);
        CHECK_TEXT(lw_class_find(&second.ontology, LW_TEXT("van"))->parent, "car");
        CHECK_INT(lw_class_find(&second.ontology, LW_TEXT("car"))->n_edges, 1);
    }
    lw_text once = {0}, twice = {0};
    CHECK_OK(cx, lw_file_read(cx, folder_path(cx, folder, "out.json"), 1 << 20, &once));
    CHECK_OK(cx, run_write(cx, &lw_format_coco, folder_path(cx, folder, "again.json"), &second, false));
    CHECK_OK(cx, lw_file_read(cx, folder_path(cx, folder, "again.json"), 1 << 20, &twice));
    CHECK(lw_text_equal(once, twice));
    lw_json *root = NULL;
    CHECK_OK(cx, lw_json_parse(cx, once, &root));
    lw_json *crowd = yyjson_arr_get(lw_json_get(root, "annotations"), 1);
    CHECK_INT(lw_json_get_int(crowd, "iscrowd", 0), 1);
    CHECK_INT(lw_json_get_int(crowd, "area", 0), 8);
    CHECK(!lw_json_get(crowd, "attributes"));
}

static lw_label *one_label(lw_ctx *cx, const char *json)
{
    lw_label *label = lw_new(cx->arena, lw_label);
    lw_json *root;
    LW_ASSERT(lw_json_parse(cx, lw_text_from(json), &root) == LW_OK && lw_label_from_json(cx, root, NULL, label) == LW_OK);
    return label;
}

/* What COCO has no word for: refused, or changed and left out by agreement, and counted. */
static void test_loss(lw_ctx *cx, const char *folder)
{
    static const struct {
        const char *label, *code;
        lw_kind kind; /* as it comes back; 0: left out */
    } cases[] = {
        {"{\"class\": \"car\", \"box\": [10, 10, 20, 10], \"angle\": 30}", "turned-box-as-polygon", LW_POLYGON},
        {"{\"class\": \"car\", \"polygon\": [[[0, 0, 20, 0, 20, 20, 0, 20], [5, 5, 10, 5, 10, 10, 5, 10]]]}", "holes-as-mask", LW_MASK},
        {"{\"class\": \"car\", \"ellipse\": [20, 20, 5, 9]}", "ellipse-as-polygon", LW_POLYGON},
        {"{\"class\": \"car\", \"polyline\": [0, 0, 5, 5]}", "shape-left-out", 0},
        {"{\"class\": \"car\", \"points\": [1, 1]}", "shape-left-out", 0},
    };
    CHECK_OK(cx, read_text(cx, folder, WITH("{\"id\": 1, " BOX "}")));
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        first.items[0].labels = one_label(cx, cases[i].label);
        first.report.issues = NULL;
        first.report.labels_written = first.report.labels_skipped = 0;
        const char *out = folder_path(cx, folder, "loss.json");
        CHECK_FAILS(cx, run_write(cx, &lw_format_coco, out, &first, false), LW_REFUSED, "--lossy");
        CHECK(access(out, F_OK) != 0);
        lw_ctx_clear(cx);
        CHECK_OK(cx, run_write(cx, &lw_format_coco, out, &first, true));
        CHECK_INT(run_count(&first, cases[i].code), 1);
        CHECK_INT(first.report.labels_skipped, cases[i].kind == 0);
        CHECK_OK(cx, run_read(cx, &lw_format_coco, out, &second));
        CHECK_INT(second.n_labels, cases[i].kind != 0);
        if (cases[i].kind)
            CHECK_INT(second.items[0].labels[0].shape.kind, cases[i].kind);
        if (cases[i].kind == LW_MASK)
            CHECK(lw_shape_area(&second.items[0].labels[0].shape) == 375);
        LW_ASSERT(unlink(out) == 0);
    }
    lw_report report = {.arena = cx->arena};
    lw_write_options options = {.report = &report, .kinds = 1u << LW_POLYGON | 1u << LW_CUBOID, .has_holes = true};
    CHECK_FAILS(cx, lw_format_check_loss(cx, &lw_format_coco, &options), LW_REFUSED, "cuboid, polygons with holes");
    options.lossy = true;
    lw_ctx_clear(cx);
    CHECK_OK(cx, lw_format_check_loss(cx, &lw_format_coco, &options));
}

/* Two files in which the annotations of three images take turns, near each other and far apart, whatever fits the buffer. */
static void test_gather(lw_ctx *cx, const char *folder)
{
    enum { N = 300, N_ITEMS = 3 };
    lw_entry entries[2] = {{.name = LW_TEXT("0.json")}, {.name = LW_TEXT("1.json")}};
    lw_coco_file files[2] = {{.entry = &entries[0], .fd = -1}, {.entry = &entries[1], .fd = -1}};
    lw_coco_ref refs[N];
    uint32_t order[N], starts[N_ITEMS + 1] = {0};
    lw_text texts[N];
    for (int file = 0, i = 0; file < 2; file++) {
        LW_AUTO(lw_buf) buf = {0};
        for (; i < N / 2 * (file + 1); i++) {
            for (int gap = i % 50 == 49 ? 200000 : i % 7 * 3000; gap > 0; gap--)
                lw_buf_put_char(&buf, ' ');
            texts[i] = lw_text_print(cx->arena, "{\"number\": %d, %*s}", i, i % 60 == 0 ? 150000 : i, "");
            refs[i] = (lw_coco_ref){(uint64_t)file << 44 | buf.size, (uint32_t)texts[i].size, {(uint32_t)(i * i % N_ITEMS)}};
            lw_buf_put_text(&buf, texts[i]);
        }
        folder_put(cx, folder, file ? "1.json" : "0.json", lw_buf_text(&buf));
        entries[file].size = (int64_t)buf.size;
        files[file].fd = open(folder_path(cx, folder, file ? "1.json" : "0.json"), O_RDONLY | O_CLOEXEC);
    }
    for (uint32_t item = 0, n = 0; item < N_ITEMS; starts[++item] = n)
        for (uint32_t i = 0; i < N; i++)
            if (refs[i].item == item)
                order[n++] = i;
    lw_coco_index index = {.files = files, .n_files = 2, .n_items = N_ITEMS, .refs = refs, .n_refs = N, .order = order, .starts = starts};
    for (size_t bytes = 1; bytes < 10000000; bytes *= 5) {
        lw_coco_gather gather;
        lw_coco_gather_init(&gather, &index);
        gather.batch_bytes = bytes;
        size_t n_same = 0;
        for (size_t place = 0; place < N; place++) {
            lw_coco_ref ref;
            lw_text text;
            LW_ASSERT(lw_coco_gather_read(cx, &gather, place, &ref, &text) == LW_OK);
            n_same += lw_text_equal(text, texts[order[place]]) && ref.place == refs[order[place]].place;
        }
        CHECK_INT(n_same, N);
        lw_coco_gather_cleanup(&gather);
    }
    lw_coco_gather gather;
    lw_coco_ref ref;
    lw_text text;
    lw_coco_gather_init(&gather, &index);
    entries[1].size = 1000;
    CHECK_FAILS(cx, lw_coco_gather_read(cx, &gather, 0, &ref, &text), LW_CONFLICT, "1.json changed while it was read");
    lw_ctx_clear(cx);
    lw_coco_gather_cleanup(&gather);
    for (int file = 0; file < 2; file++)
        lw_fd_cleanup(&files[file].fd);
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    const char *folder = folder_new(&cx);
    test_shapes(&cx, folder);
    test_masks(&cx, folder);
    test_keypoints(&cx, folder);
    test_ids(&cx, folder);
    test_odd_lists(&cx, folder);
    test_categories(&cx, folder);
    test_attributes(&cx, folder);
    test_images(&cx, folder);
    test_layouts(&cx, folder);
    test_results(&cx, folder);
    test_broken(&cx, folder);
    test_round(&cx, folder);
    test_loss(&cx, folder);
    test_gather(&cx, folder);
    folder_remove(&cx, folder);
    return tap_end();
}
