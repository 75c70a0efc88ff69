/* A label's JSON: read or refused with a message, and what was read and written reads back the same. */
#include "model/label.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_json *object, *written;
    lw_label label, again, changed = LW_LABEL_NONE;
    if (lw_json_parse(&cx, (lw_text){(const char *)data, size}, &object) != LW_OK)
        return 0;
    lw_status change = lw_label_change_from_json(&cx, object, NULL, &changed);
    LW_ASSERT(change == LW_OK || (change == LW_INVALID && cx.message[0]));
    lw_status status = lw_label_from_json(&cx, object, NULL, &label);
    LW_ASSERT(status == LW_OK || (status == LW_INVALID && cx.message[0]));
    if (status != LW_OK)
        return 0;
    LW_ASSERT(change == LW_OK && lw_label_same(&label, &changed));
    LW_AUTO(lw_buf) first = {0};
    LW_AUTO(lw_buf) second = {0};
    lw_label_write_json(&first, &label);
    LW_ASSERT(lw_json_parse(&cx, lw_buf_text(&first), &written) == LW_OK);
    LW_ASSERT(lw_label_from_json(&cx, written, NULL, &again) == LW_OK);
    LW_ASSERT(lw_label_same(&label, &again) && label.id == again.id && label.seq == again.seq && label.group == again.group);
    lw_label_write_json(&second, &again);
    LW_ASSERT(lw_text_equal(lw_buf_text(&first), lw_buf_text(&second)));
    return 0;
}
