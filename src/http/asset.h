/* Files of the web app, compiled into the binary by tools/embed. */
#pragma once

#include "base/text.h"

struct lw_guard;
struct lw_request;
struct lw_response;

typedef struct lw_asset {
    const char *path; /* "/assets/app-3f9c2b1a.js" */
    const char *content_type;
    const char *etag;            /* without quotes */
    bool is_hashed;              /* its name holds its hash: may be kept for ever */
    lw_text plain, gzip, brotli; /* nothing where it would not be smaller */
} lw_asset;

extern const lw_asset lw_web_assets[]; /* ended by {0} */

/* The file of this path, or index.html for what looks like one of the app's pages; false when there is neither. */
bool lw_asset_respond(struct lw_request *req, struct lw_response *res, const lw_asset *assets, const struct lw_guard *guard);
