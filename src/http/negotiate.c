#include "http/negotiate.h"

#include <zlib.h>

enum { COMPRESS_FROM_BYTES = 1024 };

bool lw_request_takes_coding(const lw_request *req, const char *coding)
{
    lw_text left = lw_request_header(req, "Accept-Encoding");
    while (left.size) {
        lw_text one = left, weight = {0};
        if (!lw_text_split(left, ',', &one, &left))
            left = (lw_text){0};
        lw_text_split(one, ';', &one, &weight);
        if (!lw_text_equal_nocase(lw_text_trim(one), lw_text_from(coding)))
            continue;
        double q;
        weight = lw_text_trim(weight);
        return !lw_text_starts(weight, "q=") || !lw_text_to_double(lw_text_slice(weight, 2, weight.size), &q) || q > 0;
    }
    return false;
}

static lw_text without_weak(lw_text etag)
{
    etag = lw_text_trim(etag);
    return lw_text_starts(etag, "W/") ? lw_text_slice(etag, 2, etag.size) : etag;
}

static bool names_etag(lw_text list, const char *etag)
{
    lw_text own = without_weak(lw_text_from(etag));
    if (lw_text_is(lw_text_trim(list), "*"))
        return true;
    while (list.size) {
        lw_text one = list;
        if (!lw_text_split(list, ',', &one, &list))
            list = (lw_text){0};
        if (lw_text_equal(without_weak(one), own))
            return true;
    }
    return false;
}

/* "bytes=5-9", "bytes=5-", "bytes=-5". False for what is no single range: the whole is sent then.
 * A range that lies outside gives *size 0. */
static bool parse_range(lw_text range, int64_t total, int64_t *from, int64_t *size)
{
    lw_text first, last;
    int64_t a = 0, b = total - 1;
    if (!lw_text_starts(range, "bytes=") || !lw_text_split(lw_text_slice(range, 6, range.size), '-', &first, &last))
        return false;
    if ((first.size && (!lw_text_to_int(first, &a) || a < 0)) || (last.size && (!lw_text_to_int(last, &b) || b < 0)))
        return false;
    if (first.size == 0 && last.size == 0)
        return false;
    if (first.size == 0) {
        a = b < total ? total - b : 0;
        b = b == 0 ? a - 1 : total - 1;
    } else if (last.size && b < a) {
        return false;
    }
    if (b >= total)
        b = total - 1;
    *from = a;
    *size = a < total && b >= a ? b - a + 1 : 0;
    return true;
}

static void apply_range(lw_request *req, lw_response *res)
{
    lw_text range = lw_text_trim(lw_request_header(req, "Range")), condition = lw_text_trim(lw_request_header(req, "If-Range"));
    int64_t total = res->file_bytes, from, size;
    lw_response_add_header(req, res, "Accept-Ranges", "bytes");
    if (range.size == 0 || !parse_range(range, total, &from, &size) || (condition.size && (!res->etag || !lw_text_is(condition, res->etag))))
        return;
    if (size == 0) {
        lw_fail(req->cx, LW_INVALID, "the range asked for lies outside of the %" PRId64 " bytes there are", total);
        lw_response_fail(req, res, LW_INVALID);
        res->status = 416;
        lw_response_add_header(req, res, "Content-Range", "bytes */%" PRId64, total);
        return;
    }
    res->status = 206;
    res->file_offset = from;
    res->file_bytes = size;
    lw_response_add_header(req, res, "Content-Range", "bytes %" PRId64 "-%" PRId64 "/%" PRId64, from, from + size - 1, total);
}

void lw_response_negotiate(lw_request *req, lw_response *res)
{
    if (req->method != LW_GET || (res->status != 0 && res->status != 200))
        return;
    lw_text known = lw_request_header(req, "If-None-Match");
    if (res->etag && known.size && names_etag(known, res->etag)) {
        lw_response kept = *res;
        kept.kind = LW_BODY_BUFFER;
        kept.body = (lw_buf){0};
        kept.status = 304;
        res->headers = NULL;
        lw_response_cleanup(res);
        *res = kept;
    } else if (res->kind == LW_BODY_FILE) {
        apply_range(req, res);
    }
}

static bool is_text(const char *content_type)
{
    return !content_type || strncmp(content_type, "text/", 5) == 0 || strstr(content_type, "json") != NULL;
}

void lw_response_compress(lw_request *req, lw_response *res)
{
    if (res->kind != LW_BODY_BUFFER || res->body.size < COMPRESS_FROM_BYTES || !is_text(res->content_type))
        return;
    lw_response_add_header(req, res, "Vary", "Accept-Encoding");
    z_stream z = {0};
    if (!lw_request_takes_coding(req, "gzip") || deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    lw_buf packed = {0};
    size_t bound = deflateBound(&z, res->body.size);
    z.next_in = (Bytef *)res->body.data;
    z.avail_in = (uInt)res->body.size;
    z.next_out = (Bytef *)lw_buf_reserve(&packed, bound);
    z.avail_out = (uInt)bound;
    bool packs = res->body.size <= UINT32_MAX / 2 && deflate(&z, Z_FINISH) == Z_STREAM_END;
    packed.size = z.total_out;
    deflateEnd(&z);
    if (!packs) {
        lw_buf_cleanup(&packed);
        return;
    }
    lw_buf_cleanup(&res->body);
    res->body = packed;
    lw_response_add_header(req, res, "Content-Encoding", "gzip");
    if (res->etag && strncmp(res->etag, "W/", 2) != 0)
        res->etag = lw_print(req->cx->arena, "W/%s", res->etag);
}
