/* An item's bytes, wherever they are: linked under its dataset's root, or a blob. */
#pragma once

#include "store/item.h"
#include "work/app.h"

/* LW_NOT_FOUND: it has none, or the file is gone; LW_CONFLICT: the linked file has changed since it was imported. */
LW_MUST_USE lw_status lw_item_open(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, lw_fd *out);
/* The same, turned upright as EXIF says. */
LW_MUST_USE lw_status lw_item_open_upright(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, lw_fd *out);
/* A path that can be linked to, or NULL. */
char *lw_item_path(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item);
/* Pictures from the cache, else made and kept. size_px of a thumbnail; a preview is for browsers. */
/* Whether a thumbnail is kept already; then it is *out. */
bool lw_item_thumbnail_kept(lw_ctx *cx, lw_app *app, const lw_item_row *item, uint32_t size_px, lw_text *out);
LW_MUST_USE lw_status lw_item_thumbnail(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, uint32_t size_px, lw_text *out);
LW_MUST_USE lw_status lw_item_preview(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, lw_text *out, const char **content_type);
/* A JPEG (media/tiles.h). The first asked for makes all of the item's, once: LW_BUSY while those of any item are made, LW_NOT_FOUND where the
 * item has no such tile. */
LW_MUST_USE lw_status lw_item_tile(lw_ctx *cx, lw_app *app, lw_db *db, const lw_item_row *item, uint32_t level, uint32_t column, uint32_t row,
                                   lw_text *out);
