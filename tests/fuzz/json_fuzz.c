/* JSON: anything is parsed or refused with a message, and what was parsed and written reads back the same. */
#include "base/buf.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_json *value = NULL, *again = NULL;
    lw_status status = lw_json_parse(&cx, (lw_text){(const char *)data, size}, &value);
    if (status != LW_OK) {
        LW_ASSERT(status == LW_INVALID && cx.message[0] && !value);
        LW_ASSERT(lw_text_is_utf8(lw_text_from(cx.message)));
        return 0;
    }
    LW_AUTO(lw_buf) first = {0};
    LW_AUTO(lw_buf) second = {0};
    lw_json_write(&first, value);
    LW_ASSERT(lw_json_parse(&cx, lw_buf_text(&first), &again) == LW_OK);
    lw_json_write(&second, again);
    LW_ASSERT(lw_text_equal(lw_buf_text(&first), lw_buf_text(&second)));
    int64_t integer;
    double number, number_again;
    if (lw_json_to_double(value, &number))
        LW_ASSERT(lw_json_to_double(again, &number_again) && number == number_again);
    if (lw_json_to_int(value, &integer))
        LW_ASSERT(lw_json_to_int(again, &integer));
    return 0;
}
