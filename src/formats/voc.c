#include "formats/voc.h"

#include "base/limits.h"

enum { HEAD_BYTES = 4096 };

/* The root of the first XML file: other tools write XML too. */
static bool is_annotation(lw_source *source, const lw_entry *entry)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_text text;
    if (lw_source_read(&cx, source, entry, LW_LIMIT_ITEM_FILE_BYTES, &text) != LW_OK)
        return false;
    text = lw_text_slice(text, 0, HEAD_BYTES);
    return memmem(text.data, text.size, "<annotation>", 12) || memmem(text.data, text.size, "<annotation ", 12);
}

static int probe(lw_ctx *cx, lw_source *source)
{
    size_t n, n_tried = 0;
    const lw_entry *entries = lw_source_entries(source, &n);
    for (size_t i = 0; i < n && n_tried < 3; i++)
        if (lw_text_ends_nocase(entries[i].name, ".xml")) {
            n_tried++;
            if (is_annotation(source, &entries[i]))
                return 90;
        }
    return 0;
}

const lw_format lw_format_voc = {
    .name = "voc",
    .title = "Pascal VOC: an XML file an image",
    .foresees = LW_FORESEES_CLASSES,
    .learns = true,
    .can = {.kinds = 1u << LW_BOX | 1u << LW_POLYGON | 1u << LW_MASK,
            .holes = true,
            .parts = true,
            .attributes = true,
            .splits = true,
            .empty_items = true},
    .probe = probe,
    .read = lw_voc_read,
    .begin = lw_voc_begin,
    .item = lw_voc_item,
    .end = lw_voc_end,
    .close = lw_voc_close,
};
