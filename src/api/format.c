/* What each format reads, writes and can carry. */
#include "formats/format.h"
#include "api/common.h"

static void put_capabilities(lw_buf *buf, const lw_capabilities *can)
{
    lw_buf_put_literal(buf, "{\"kinds\": [");
    for (int kind = 1; kind < LW_N_KINDS; kind++) {
        if (!(can->kinds >> kind & 1))
            continue;
        lw_buf_put_comma(buf);
        lw_buf_put_json_text(buf, lw_text_from(lw_kind_name((lw_kind)kind)));
    }
    lw_buf_put_char(buf, ']');
    lw_put_bool(buf, "holes", can->holes);
    lw_put_bool(buf, "parts", can->parts);
    lw_put_bool(buf, "angle", can->angle);
    lw_put_bool(buf, "attributes", can->attributes);
    lw_put_bool(buf, "splits", can->splits);
    lw_put_bool(buf, "tracks", can->tracks);
    lw_put_bool(buf, "confidence", can->confidence);
    lw_put_bool(buf, "layers", can->layers);
    lw_put_bool(buf, "item_attributes", can->item_attributes);
    lw_put_bool(buf, "groups", can->groups);
    lw_put_bool(buf, "states", can->states);
    lw_put_bool(buf, "metadata", can->metadata);
    lw_put_bool(buf, "empty_items", can->empty_items);
    lw_buf_put_char(buf, '}');
}

static lw_status list_formats(lw_ctx *cx, lw_request *req, lw_response *res)
{
    (void)cx, (void)req;
    lw_buf_put_literal(&res->body, "{\"rows\": [");
    for (size_t i = 0; lw_formats[i]; i++) {
        const lw_format *format = lw_formats[i];
        lw_buf_put_comma(&res->body);
        lw_buf_put_char(&res->body, '{');
        lw_put_text(&res->body, "name", lw_text_from(format->name));
        lw_put_text(&res->body, "title", lw_text_from(format->title));
        lw_put_bool(&res->body, "read", format->read != NULL);
        lw_put_bool(&res->body, "write", format->begin != NULL);
        lw_put_bool(&res->body, "one_file", format->can.one_file);
        lw_buf_put_key(&res->body, "can");
        put_capabilities(&res->body, &format->can);
        lw_buf_put_char(&res->body, '}');
    }
    lw_buf_put_literal(&res->body, "], \"next\": null}");
    return LW_OK;
}

/* clang-format off */
const lw_route lw_format_routes[] = {
    {LW_GET,  "/v1/formats",                         list_formats,   LW_PUBLIC,    NULL,         &lw_format_page, "What each format reads, writes and can carry"},
    {0},
};
/* clang-format on */
