#include "formats/yolo.h"

#include <unistd.h>

#include "formats/yolo_files.h"

enum {
    REGIONS = 1u << LW_BOX | 1u << LW_POLYGON | 1u << LW_MASK,
    ANYTHING = REGIONS | 1u << LW_SKELETON | 1u << LW_TAG,
};

/* What is in the source, by names alone. */
typedef struct names {
    bool has_data_yaml, has_other_yaml, has_obj_data, has_obj_names, has_images, has_label_folder, has_json_or_xml;
    size_t n_texts, n_rest;
} names;

static bool has_label_step(lw_text path)
{
    lw_text step;
    while (lw_text_split(path, '/', &step, &path))
        if (lw_text_is(step, "labels"))
            return true;
    return false;
}

static names look(lw_source *source)
{
    names seen = {0};
    size_t n;
    const lw_entry *entries = lw_source_entries(source, &n);
    for (size_t i = 0; i < n; i++) {
        lw_text name = lw_path_last(entries[i].name);
        bool is_text = lw_text_ends_nocase(name, ".txt"), is_yaml = lw_text_ends_nocase(name, ".yaml") || lw_text_ends_nocase(name, ".yml");
        if (lw_text_starts(name, "README") || lw_text_starts(name, "LICENSE"))
            continue;
        seen.has_data_yaml |= is_yaml && (lw_text_is(name, "data.yaml") || lw_text_is(name, "dataset.yaml"));
        seen.has_other_yaml |= is_yaml;
        seen.has_obj_data |= lw_text_ends_nocase(name, ".data");
        seen.has_obj_names |= lw_text_ends_nocase(name, ".names") || lw_text_is(name, "classes.txt");
        seen.has_images |= lw_name_is_image(name);
        seen.has_json_or_xml |= lw_text_ends_nocase(name, ".json") || lw_text_ends_nocase(name, ".xml") || lw_text_ends_nocase(name, ".jsonl") ||
                                lw_text_ends_nocase(name, ".csv");
        seen.has_label_folder |= is_text && has_label_step(entries[i].name);
        seen.n_texts += is_text;
        seen.n_rest += !is_text && !is_yaml && !lw_name_is_image(name);
    }
    return seen;
}

/* Texts alone can be anything: a line of labels begins with a class's number. */
static bool has_numbers(lw_source *source)
{
    size_t n;
    const lw_entry *entries = lw_source_entries(source, &n);
    for (size_t i = 0; i < n; i++) {
        LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
        LW_AUTO(lw_fd) file = -1;
        lw_ctx quiet = {.arena = scratch};
        char head[64];
        if (!lw_text_ends_nocase(entries[i].name, ".txt") || entries[i].size == 0)
            continue;
        if (lw_source_open_entry(&quiet, source, &entries[i], &file) != LW_OK)
            return false;
        ssize_t got = read(file, head, sizeof head);
        lw_text start = lw_text_trim((lw_text){head, got > 0 ? (size_t)got : 0});
        return start.size && start.data[0] >= '0' && start.data[0] <= '9';
    }
    return true;
}

static int probe_any(lw_ctx *cx, lw_source *source)
{
    names seen = look(source);
    if (seen.n_texts == 0)
        return 0;
    if (seen.has_data_yaml)
        return 95;
    if (seen.has_obj_data)
        return 60; /* Darknet's own says more */
    if (seen.has_label_folder)
        return seen.has_json_or_xml ? 40 : 80;
    if (seen.has_obj_names)
        return 75;
    if (lw_text_is(lw_source_name(source), "labels"))
        return 70;
    if (seen.has_json_or_xml || seen.n_rest || !has_numbers(source))
        return 0;
    return seen.has_images ? 55 : 45;
}

static int probe_darknet(lw_ctx *cx, lw_source *source)
{
    names seen = look(source);
    return seen.has_obj_data && seen.has_obj_names && !seen.has_data_yaml ? 92 : 0;
}

/* One task alone is never detected: it is asked for by name. */
static int probe_none(lw_ctx *cx, lw_source *source) { return 0; }

#define LW_YOLO_DOORS(word, task)                                                                                                                   \
    static lw_status read_##word(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink) { return lw_yolo_read(cx, options, sink, task); } \
    static lw_status begin_##word(lw_ctx *cx, const lw_write_options *options, lw_writer **out) { return lw_yolo_begin(cx, options, task, out); }

LW_YOLO_DOORS(any, LW_YOLO_ANY)
LW_YOLO_DOORS(detect, LW_YOLO_DETECT)
LW_YOLO_DOORS(segment, LW_YOLO_SEGMENT)
LW_YOLO_DOORS(pose, LW_YOLO_POSE)
LW_YOLO_DOORS(obb, LW_YOLO_OBB)
LW_YOLO_DOORS(classify, LW_YOLO_CLASSIFY)
LW_YOLO_DOORS(darknet, LW_YOLO_DARKNET)

const lw_format lw_format_yolo = {
    .name = "yolo",
    .title = "YOLO as Ultralytics reads it; writes the one task that carries everything",
    .foresees = LW_FORESEES_CLASSES | LW_FORESEES_KINDS,
    .can = {.kinds = ANYTHING, .holes = true, .parts = true, .angle = true, .splits = true, .empty_items = true},
    .probe = probe_any,
    .read = read_any,
    .judge = lw_yolo_judge,
    .begin = begin_any,
    .item = lw_yolo_item,
    .end = lw_yolo_end,
    .close = lw_yolo_close,
};

const lw_format lw_format_yolo_detect = {
    .name = "yolo-detect",
    .title = "YOLO: boxes",
    .foresees = LW_FORESEES_CLASSES,
    .can = {.kinds = 1u << LW_BOX, .splits = true, .empty_items = true},
    .probe = probe_none,
    .read = read_detect,
    .begin = begin_detect,
    .item = lw_yolo_item,
    .end = lw_yolo_end,
    .close = lw_yolo_close,
};

const lw_format lw_format_yolo_segment = {
    .name = "yolo-segment",
    .title = "YOLO: polygons",
    .foresees = LW_FORESEES_CLASSES,
    .can = {.kinds = REGIONS, .holes = true, .parts = true, .angle = true, .splits = true, .empty_items = true},
    .probe = probe_none,
    .read = read_segment,
    .begin = begin_segment,
    .item = lw_yolo_item,
    .end = lw_yolo_end,
    .close = lw_yolo_close,
};

const lw_format lw_format_yolo_pose = {
    .name = "yolo-pose",
    .title = "YOLO: boxes with keypoints",
    .foresees = LW_FORESEES_CLASSES,
    .can = {.kinds = 1u << LW_BOX | 1u << LW_SKELETON, .splits = true, .empty_items = true},
    .probe = probe_none,
    .read = read_pose,
    .begin = begin_pose,
    .item = lw_yolo_item,
    .end = lw_yolo_end,
    .close = lw_yolo_close,
};

const lw_format lw_format_yolo_obb = {
    .name = "yolo-obb",
    .title = "YOLO: turned boxes",
    .foresees = LW_FORESEES_CLASSES,
    .can = {.kinds = 1u << LW_BOX, .angle = true, .splits = true, .empty_items = true},
    .probe = probe_none,
    .read = read_obb,
    .begin = begin_obb,
    .item = lw_yolo_item,
    .end = lw_yolo_end,
    .close = lw_yolo_close,
};

const lw_format lw_format_yolo_classify = {
    .name = "yolo-classify",
    .title = "YOLO: folders of classes beneath folders of splits",
    .foresees = LW_FORESEES_CLASSES,
    .can = {.kinds = 1u << LW_TAG, .splits = true},
    .probe = probe_none,
    .read = read_classify,
    .begin = begin_classify,
    .item = lw_yolo_item,
    .end = lw_yolo_end,
    .close = lw_yolo_close,
};

const lw_format lw_format_yolo_darknet = {
    .name = "yolo-darknet",
    .title = "YOLO as Darknet reads it: obj.data, obj.names, train.txt, boxes",
    .foresees = LW_FORESEES_CLASSES,
    .can = {.kinds = 1u << LW_BOX, .splits = true, .empty_items = true},
    .probe = probe_darknet,
    .read = read_darknet,
    .begin = begin_darknet,
    .item = lw_yolo_item,
    .end = lw_yolo_end,
    .close = lw_yolo_close,
};
