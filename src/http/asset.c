#include "http/asset.h"

#include "http/guard.h"
#include "http/negotiate.h"

static const char policy[] = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; media-src 'self' blob:; "
                             "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

static const lw_asset *find(const lw_asset *assets, lw_text path)
{
    for (; assets->path; assets++)
        if (lw_text_is(path, assets->path))
            return assets;
    return NULL;
}

/* An address of the app that somebody opens or reloads: all of them are index.html. A missing script is not. */
static bool is_page(const lw_request *req)
{
    lw_text head, last = req->path;
    lw_text_split_last(req->path, '/', &head, &last);
    return lw_text_starts(req->path, "/") && !lw_text_starts(req->path, "/v1/") &&
           (lw_request_accepts(req, "text/html") || !memchr(last.data, '.', last.size));
}

/* Behind a path prefix the page's base address must name it; the packed forms cannot be used then. */
static bool rebase(lw_request *req, lw_response *res, const lw_asset *asset, const lw_guard *guard)
{
    static const char mark[] = "<base href=\"/\">";
    const char *at = guard && guard->base_path.size && asset->plain.size ? memmem(asset->plain.data, asset->plain.size, mark, sizeof mark - 1) : NULL;
    if (!at)
        return false;
    lw_text tail = lw_text_slice(asset->plain, (size_t)(at - asset->plain.data) + sizeof mark - 1, asset->plain.size);
    lw_text page = lw_text_print(req->cx->arena, "%.*s<base href=\"%.*s/\">%.*s", (int)(at - asset->plain.data), asset->plain.data,
                                 LW_FMT(guard->base_path), LW_FMT(tail));
    lw_response_set_text(res, asset->content_type, page);
    res->etag = lw_print(req->cx->arena, "\"%016" PRIx64 "\"", lw_text_hash(page));
    return true;
}

static void choose_form(lw_request *req, lw_response *res, const lw_asset *asset)
{
    bool brotli = asset->brotli.size && lw_request_takes_coding(req, "br");
    bool gzip = !brotli && asset->gzip.size && lw_request_takes_coding(req, "gzip");
    lw_response_set_text(res, asset->content_type, brotli ? asset->brotli : gzip ? asset->gzip : asset->plain);
    res->etag = lw_print(req->cx->arena, "\"%s%s\"", asset->etag, brotli ? "-br" : gzip ? "-gz" : "");
    if (asset->brotli.size || asset->gzip.size)
        lw_response_add_header(req, res, "Vary", "Accept-Encoding");
    if (brotli || gzip)
        lw_response_add_header(req, res, "Content-Encoding", brotli ? "br" : "gzip");
}

bool lw_asset_respond(lw_request *req, lw_response *res, const lw_asset *assets, const lw_guard *guard)
{
    const lw_asset *asset = find(assets, req->path);
    if (!asset && is_page(req))
        asset = find(assets, LW_TEXT("/index.html"));
    if (!asset)
        return false;
    if (!rebase(req, res, asset, guard))
        choose_form(req, res, asset);
    res->cache = asset->is_hashed ? "public, max-age=31536000, immutable" : "no-cache";
    res->policy = policy;
    lw_response_add_header(req, res, "Cross-Origin-Opener-Policy", "same-origin");
    lw_response_add_header(req, res, "Cross-Origin-Embedder-Policy", "credentialless");
    return true;
}
