#include "formats/lines.h"

enum { CHUNK_BYTES = 256 << 10 };

lw_status lw_lines_begin(lw_ctx *cx, const lw_write_options *options, lw_text name, lw_lines *out)
{
    lw_lines made = {.target = options->target, .name = name, .spool = -1};
    if (lw_target_is_one_file(made.target) || options->media == LW_MEDIA_NONE)
        LW_TRY(lw_target_begin(cx, made.target, name));
    else
        LW_TRY(lw_fd_temporary(cx, &made.spool));
    *out = made;
    return LW_OK;
}

static lw_status hand_on(lw_ctx *cx, lw_lines *lines)
{
    lw_text chunk = lw_buf_text(&lines->text);
    lw_buf_reset(&lines->text);
    return lines->spool >= 0 ? lw_fd_write(cx, lines->spool, chunk.data, chunk.size) : lw_target_put(cx, lines->target, chunk.data, chunk.size);
}

lw_status lw_lines_flush(lw_ctx *cx, lw_lines *lines) { return lines->text.size >= CHUNK_BYTES ? hand_on(cx, lines) : LW_OK; }

lw_status lw_lines_end(lw_ctx *cx, lw_lines *lines)
{
    LW_TRY(hand_on(cx, lines));
    return lines->spool >= 0 ? lw_target_text(cx, lines->target, lines->name, lines->spool) : lw_target_end(cx, lines->target);
}

void lw_lines_cleanup(lw_lines *lines)
{
    lw_fd_cleanup(&lines->spool);
    lw_buf_cleanup(&lines->text);
}
