/* Thumbnails and previews on disk: bounded, losable, shared by several processes. Nothing here fails: what cannot be cached is made again. */
#pragma once

#include "base/text.h"

typedef struct lw_media_cache lw_media_cache;

/* Makes the folder when it is missing; scans nothing. Past limit_bytes what was used longest ago goes (64 shards, each bounded by
 * itself: an entry above 1/256 of the limit is not kept). A folder that cannot be made is a failure; one that cannot be written to is not. */
LW_MUST_USE lw_status lw_media_cache_open(lw_ctx *cx, const char *folder, int64_t limit_bytes, lw_media_cache **out);
void lw_media_cache_close(lw_media_cache *cache);

typedef lw_media_cache *lw_media_cache_auto; /* for LW_AUTO */
static inline void lw_media_cache_auto_cleanup(lw_media_cache_auto *cache)
{
    if (*cache)
        lw_media_cache_close(*cache);
}

/* The key names content and form, such as "SHA256/thumbnail-256": other content, other key. At most LW_LIMIT_NAME_BYTES.
 * The bytes lie in the arena of cx; a damaged entry is removed and counts as missing. */
bool lw_media_cache_get(lw_ctx *cx, lw_media_cache *cache, lw_text key, lw_text *out);
/* Keeps a copy if it can, in the folder made anew if somebody removed it; on a full disk nothing is kept, and nothing half. */
void lw_media_cache_put(lw_media_cache *cache, lw_text key, lw_text bytes);
