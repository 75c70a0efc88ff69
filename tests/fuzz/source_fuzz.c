/* Archives: every entry has a name that stays inside, and can be read or says why not, within its declared size. */
#include "fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_report report = {.arena = arena};
    LW_AUTO(lw_source_auto) source = NULL;
    if (lw_source_open(&cx, fuzz_file("in", data, size), NULL, &report, &source) != LW_OK) {
        LW_ASSERT(cx.message[0]);
        return 0;
    }
    size_t n;
    const lw_entry *entries = lw_source_entries(source, &n);
    for (size_t i = 0; i < n && i < 100; i++) {
        lw_text text;
        const lw_entry *image;
        LW_ASSERT(lw_path_check(&cx, entries[i].name) == LW_OK && entries[i].index == i);
        LW_ASSERT(lw_source_find(source, entries[i].name) == &entries[i]);
        if (lw_source_read(&cx, source, &entries[i], 1 << 20, &text) == LW_OK)
            LW_ASSERT((int64_t)text.size == entries[i].size);
        (void)lw_source_find_image(source, entries[i].name, &image);
    }
    return 0;
}
