#include "formats/coco_gather.h"

/* Reading on costs as much as a read of its own when about this much is not wanted. */
enum { NEAR_BYTES = 8 << 10, WINDOW_BYTES = 128 << 10, BATCH_BYTES = 40 << 20, PREFETCH = 16 };

lw_status lw_coco_window_read(lw_ctx *cx, const lw_coco_index *index, lw_coco_window *window, uint32_t file, int64_t offset, size_t size,
                              lw_text *out)
{
    int64_t end = window->offset + (int64_t)window->filled;
    bool is_behind = file == window->file && offset >= window->offset;
    if (!is_behind || offset + (int64_t)size > end) {
        int64_t left = index->files[file].entry->size - offset;
        size_t wanted = is_behind && offset <= end + NEAR_BYTES && size < WINDOW_BYTES ? WINDOW_BYTES : size;
        if ((int64_t)size > left)
            return lw_fail(cx, LW_CONFLICT, "%.*s changed while it was read", LW_FMT(index->files[file].entry->name));
        if ((int64_t)wanted > left)
            wanted = (size_t)left;
        if (wanted > window->capacity) {
            window->capacity = wanted;
            window->data = lw_heap_resize(window->data, wanted);
        }
        window->filled = 0;
        LW_TRY(lw_fd_read_at(cx, index->files[file].fd, offset, window->data, wanted));
        *window = (lw_coco_window){window->data, window->capacity, wanted, file, offset};
    }
    *out = (lw_text){window->data + (offset - window->offset), size};
    return LW_OK;
}

void lw_coco_gather_init(lw_coco_gather *gather, lw_coco_index *index)
{
    *gather = (lw_coco_gather){.index = index, .batch_bytes = BATCH_BYTES, .wanted = lw_heap_new((index->n_refs / 64 + 1) * sizeof(uint64_t))};
}

void lw_coco_gather_cleanup(lw_coco_gather *gather)
{
    lw_heap_free(gather->window.data);
    lw_heap_free(gather->text);
    lw_heap_free(gather->refs);
    lw_heap_free(gather->wanted);
}

/* As many refs from this place on as the buffer takes, one at least: where each will stand in it. */
static void choose(lw_coco_gather *gather, size_t place)
{
    lw_coco_index *index = gather->index;
    const uint32_t *order = index->order;
    size_t n = index->starts[index->n_items], bytes = 0, held = 0;
    for (; place + held < n; held++) {
        uint32_t i = order[place + held];
        lw_coco_ref *ref = &index->refs[i];
        if (place + held + PREFETCH < n) /* each is far from the last */
            __builtin_prefetch(&index->refs[order[place + held + PREFETCH]]);
        if (held && bytes + ref->size > gather->batch_bytes)
            break;
        if (held == gather->refs_capacity) {
            gather->refs_capacity = held ? held + held / 2 : 256;
            gather->refs = lw_heap_resize(gather->refs, gather->refs_capacity * sizeof *ref);
        }
        ref->at = (uint32_t)bytes;
        gather->refs[held] = *ref;
        gather->wanted[i / 64] |= 1ULL << i % 64;
        bytes += ref->size;
    }
    gather->first = place, gather->end = place + held;
    if (bytes > gather->text_capacity) {
        gather->text_capacity = bytes;
        gather->text = lw_heap_resize(gather->text, bytes);
    }
}

/* In the order of the files, which is that of the refs. */
static lw_status fetch(lw_ctx *cx, lw_coco_gather *gather)
{
    lw_coco_index *index = gather->index;
    for (size_t i = 0; i <= index->n_refs / 64; i++) {
        for (uint64_t bits = gather->wanted[i]; bits; bits &= bits - 1) {
            const lw_coco_ref *ref = &index->refs[i * 64 + (size_t)__builtin_ctzll(bits)];
            lw_text text;
            LW_TRY(lw_coco_window_read(cx, index, &gather->window, lw_coco_ref_file(ref), lw_coco_ref_offset(ref), ref->size, &text));
            memcpy(gather->text + ref->at, text.data, text.size);
        }
        gather->wanted[i] = 0;
    }
    return LW_OK;
}

lw_status lw_coco_gather_read(lw_ctx *cx, lw_coco_gather *gather, size_t place, lw_coco_ref *ref, lw_text *out)
{
    if (place < gather->first || place >= gather->end) {
        choose(gather, place);
        LW_TRY(fetch(cx, gather));
    }
    *ref = gather->refs[place - gather->first];
    *out = (lw_text){gather->text + ref->at, ref->size};
    return LW_OK;
}
