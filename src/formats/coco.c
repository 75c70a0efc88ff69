#include "formats/coco_files.h"
#include "formats/coco_read.h"
#include "formats/coco_write.h"

static int probe_look(lw_ctx *cx, lw_source *source, lw_coco_look wanted, int sure)
{
    enum { MAX_LOOKED_AT = 64 };
    size_t n, n_looked = 0;
    const lw_entry *entries = lw_source_entries(source, &n);
    for (size_t i = 0; i < n && n_looked < MAX_LOOKED_AT; i++) {
        if (!lw_text_ends_nocase(entries[i].name, ".json"))
            continue;
        n_looked++;
        if (lw_coco_look_at(cx, source, &entries[i]) == wanted)
            return sure;
    }
    return 0;
}

static int probe_dataset(lw_ctx *cx, lw_source *source) { return probe_look(cx, source, LW_COCO_DATASET, 90); }
static int probe_results(lw_ctx *cx, lw_source *source) { return probe_look(cx, source, LW_COCO_RESULTS, 85); }
static lw_status read_dataset(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink) { return lw_coco_read(cx, options, sink, false); }
static lw_status read_results(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink) { return lw_coco_read(cx, options, sink, true); }

const lw_format lw_format_coco = {
    .name = "coco",
    .title = "COCO: instances, keypoints, masks",
    .foresees = LW_FORESEES_CLASSES | LW_FORESEES_KINDS | LW_FORESEES_SPLITS,
    .can = {.kinds = 1u << LW_BOX | 1u << LW_POLYGON | 1u << LW_MASK | 1u << LW_SKELETON | 1u << LW_TAG,
            .parts = true,
            .attributes = true,
            .splits = true,
            .confidence = true,
            .metadata = true,
            .empty_items = true,
            .one_file = true},
    .probe = probe_dataset,
    .read = read_dataset,
    .begin = lw_coco_begin,
    .item = lw_coco_item_put,
    .end = lw_coco_end,
    .close = lw_coco_close,
};

const lw_format lw_format_coco_results = {
    .name = "coco-results",
    .title = "COCO results: a bare list with scores",
    .can = {.kinds = 1u << LW_BOX | 1u << LW_POLYGON | 1u << LW_MASK | 1u << LW_SKELETON, .parts = true, .confidence = true, .one_file = true},
    .probe = probe_results,
    .read = read_results,
};
