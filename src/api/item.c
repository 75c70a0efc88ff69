/* Items: lists, one, and their pictures. */
#include <sys/stat.h>

#include "api/common.h"
#include "base/clock.h"
#include "base/limits.h"
#include "media/batch.h"
#include "work/item_media.h"

enum { THUMBNAIL_PX = 240 };

/* `after` is an item's id; position=N starts at the Nth. */
static lw_status read_start(lw_ctx *cx, const lw_request *req, const lw_view *view, lw_task_filter *filter)
{
    int64_t position = lw_json_get_int(req->query, "position", 0), item_id = 0;
    lw_text after = lw_json_get_text(req->query, "after");
    filter->is_backwards = lw_text_is(lw_json_get_text(req->query, "direction"), "back");
    filter->after = position ? position - 1 : filter->is_backwards ? INT64_MAX : 0;
    if (!after.size)
        return LW_OK;
    if (lw_text_starts(after, "p") && lw_text_to_int(lw_text_slice(after, 1, after.size), &filter->after))
        return LW_OK;
    lw_task task;
    if (!lw_text_to_int(after, &item_id) || item_id < 1)
        return lw_fail(cx, LW_INVALID, "'after' must be an item's id, or what `next` of a page says");
    LW_TRY(lw_task_find(cx, view->reader.db, view->project.id, item_id, &task));
    filter->after = task.position;
    return LW_OK;
}

static lw_status read_filter(lw_ctx *cx, const lw_request *req, const lw_view *view, lw_task_filter *out)
{
    lw_app *app = lw_api_app(req);
    lw_db *db = view->reader.db;
    lw_text class_name = lw_json_get_text(req->query, "class"), state = lw_json_get_text(req->query, "state"),
            split = lw_json_get_text(req->query, "split"), layer = lw_json_get_text(req->query, "layer");
    lw_task_filter filter = {.state = -1, .text = lw_json_get_text(req->query, "text"), .limit = lw_api_limit(req, 100)};
    lw_task_state wanted;
    if (state.size && !lw_task_state_from_name(state, &wanted))
        return lw_fail(cx, LW_INVALID, "a state is waiting, started, done or skipped, not '%.*s'", LW_FMT(state));
    if (state.size)
        filter.state = (int)wanted;
    if (lw_text_is(split, "none"))
        filter.split_id = -1;
    else if (split.size)
        LW_TRY(lw_split_find(cx, db, split, &filter.split_id));
    if (layer.size || class_name.size) {
        lw_layer *layers;
        size_t n;
        LW_TRY(lw_project_layers(cx, db, view->project.id, &layers, &n));
        for (size_t i = 0; i < n; i++)
            if (lw_text_equal(layers[i].name, layer.size ? layer : LW_TEXT(LW_TRUTH)))
                filter.layer_id = layers[i].id;
        if (!filter.layer_id)
            return lw_fail(cx, LW_NOT_FOUND, "no layer named '%.*s'", LW_FMT(layer.size ? layer : LW_TEXT(LW_TRUTH)));
    }
    if (class_name.size) {
        LW_AUTO(lw_ontology_ref) ref = {0};
        LW_TRY(lw_ontology_get(cx, app->store, db, view->project.ontology_id, 0, &ref));
        const lw_class *class = lw_class_find(ref.ontology, class_name);
        if (!class)
            return lw_fail(cx, LW_NOT_FOUND, "no class named '%.*s'", LW_FMT(class_name));
        filter.class_id = class->id;
    }
    *out = filter;
    return read_start(cx, req, view, out);
}

/* One by its name, as "go to" asks. */
static lw_status find_by_name(lw_ctx *cx, const lw_request *req, const lw_view *view, lw_text name, lw_task_item *out, size_t *n)
{
    int64_t id;
    lw_status found = lw_item_find_in_project(cx, view->reader.db, view->project.id, name, &id);
    if (found == LW_NOT_FOUND) {
        lw_ctx_clear(cx);
        *n = 0;
        return LW_OK;
    }
    LW_TRY(found);
    LW_TRY(lw_task_find(cx, view->reader.db, view->project.id, id, &out->task));
    *n = 1;
    return lw_item_get(cx, view->reader.db, id, &out->item);
}

static lw_status list_items(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_view) view = {0};
    lw_task_filter filter;
    lw_task_item *rows, one;
    lw_layer *splits;
    size_t n, n_splits;
    int64_t next = 0;
    lw_text name = lw_json_get_text(req->query, "name");
    LW_TRY(lw_view_open(cx, req, &view));
    if (name.size) {
        rows = &one;
        LW_TRY(find_by_name(cx, req, &view, name, rows, &n));
    } else {
        LW_TRY(read_filter(cx, req, &view, &filter));
        LW_TRY(lw_task_list(cx, view.reader.db, view.project.id, &filter, &rows, &n, &next));
    }
    LW_TRY(lw_split_names(cx, view.reader.db, &splits, &n_splits));
    lw_buf_put_literal(&res->body, "{\"rows\": [");
    for (size_t i = 0; i < n; i++) {
        lw_buf_put_comma(&res->body);
        lw_put_item(cx, lw_api_app(req), view.reader.db, &res->body, &rows[i], splits, n_splits);
    }
    lw_buf_put_char(&res->body, ']');
    lw_put_text_or_null(&res->body, "next", next ? lw_text_print(cx->arena, "p%" PRId64, next) : (lw_text){0});
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

/* Who may see an item: everybody with a role; a token for one project, that project's. */
static lw_status open_item(lw_ctx *cx, lw_request *req, lw_reader *reader, int64_t id, lw_item_row *out)
{
    lw_task task;
    LW_TRY(lw_reader_begin(cx, lw_api_app(req)->store, reader));
    if (req->caller.project_id)
        LW_TRY(lw_task_find(cx, reader->db, req->caller.project_id, id, &task));
    return lw_item_get(cx, reader->db, id, out);
}

static lw_status get_item(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_item_row item;
    lw_dataset dataset;
    int64_t id;
    lw_buf *buf = &res->body;
    LW_TRY(lw_request_id(cx, req, "item", &id));
    LW_TRY(open_item(cx, req, &reader, id, &item));
    LW_TRY(lw_dataset_get(cx, reader.db, item.dataset_id, &dataset));
    lw_buf_put_char(buf, '{');
    lw_put_int(buf, "id", item.id);
    lw_put_text(buf, "name", item.name);
    lw_put_text(buf, "dataset", dataset.name);
    lw_put_int(buf, "width", item.width);
    lw_put_int(buf, "height", item.height);
    lw_put_int(buf, "bytes", item.bytes);
    lw_put_text_or_null(buf, "media_type", item.media_type);
    lw_put_text_or_null(buf, "sha256", item.sha256.size ? lw_hash_hex(cx->arena, item.sha256) : (lw_text){0});
    lw_put_bool(buf, "linked", item.location == LW_LINKED);
    lw_put_bool(buf, "missing", item.is_missing);
    lw_put_bool(buf, "media", item.location != LW_NO_MEDIA && !item.is_missing);
    lw_put_int(buf, "revision", item.revision);
    lw_buf_put_key(buf, "metadata");
    lw_buf_put_text(buf, item.metadata.size ? item.metadata : LW_TEXT("{}"));
    lw_buf_put_char(buf, '}');
    return LW_OK;
}

static const char *etag(lw_ctx *cx, const lw_item_row *item, const char *form)
{
    return lw_print(cx->arena, "\"%" PRId64 "-%" PRId64 "-%" PRId64 "%s\"", item->id, item->revision, item->bytes, form);
}

static lw_status get_media(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_reader) reader = {0};
    LW_AUTO(lw_fd) fd = -1;
    lw_item_row item;
    int64_t id;
    struct stat at;
    LW_TRY(lw_request_id(cx, req, "item", &id));
    LW_TRY(open_item(cx, req, &reader, id, &item));
    LW_TRY(lw_item_open(cx, lw_api_app(req), reader.db, &item, &fd));
    if (fstat(fd, &at) != 0)
        return lw_fail(cx, LW_FAILED, "cannot read the image");
    res->etag = etag(cx, &item, "");
    lw_response_set_file(res, lw_text_string(cx->arena, item.media_type.size ? item.media_type : LW_TEXT("application/octet-stream")), fd,
                         at.st_size);
    fd = -1;
    return LW_OK;
}

static lw_status get_preview(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_item_row item;
    lw_text picture;
    const char *type;
    int64_t id;
    LW_TRY(lw_request_id(cx, req, "item", &id));
    LW_TRY(open_item(cx, req, &reader, id, &item));
    res->etag = etag(cx, &item, "-preview");
    LW_TRY(lw_item_preview(cx, lw_api_app(req), reader.db, &item, &picture, &type));
    lw_response_set_text(res, type, picture);
    return LW_OK;
}

/* A tile's level, column or row: no image has so many that it does not fit. */
static lw_status tile_index(lw_ctx *cx, const lw_request *req, const char *name, uint32_t *out)
{
    lw_text text = lw_request_param(req, name);
    int64_t index;
    if (!lw_text_to_int(text, &index) || index < 0 || index > LW_LIMIT_IMAGE_SIDE_PX)
        return lw_fail(cx, LW_NOT_FOUND, "no %s '%.*s'", name, LW_FMT(text));
    *out = (uint32_t)index;
    return LW_OK;
}

static lw_status get_tile(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_item_row item;
    lw_text picture;
    int64_t id;
    uint32_t level, column, row;
    LW_TRY(lw_request_id(cx, req, "item", &id));
    LW_TRY(tile_index(cx, req, "level", &level));
    LW_TRY(tile_index(cx, req, "column", &column));
    LW_TRY(tile_index(cx, req, "row", &row));
    LW_TRY(open_item(cx, req, &reader, id, &item));
    res->etag = etag(cx, &item, lw_print(cx->arena, "-tile-%" PRIu32 "-%" PRIu32 "-%" PRIu32, level, column, row));
    LW_TRY(lw_item_tile(cx, lw_api_app(req), reader.db, &item, level, column, row, &picture));
    lw_response_set_text(res, "image/jpeg", picture);
    return LW_OK;
}

static uint32_t asked_size(const lw_request *req)
{
    int64_t size = lw_json_get_int(req->query, "size", THUMBNAIL_PX);
    return (uint32_t)(size < 16 ? 16 : size > LW_LIMIT_THUMBNAIL_PX ? LW_LIMIT_THUMBNAIL_PX : size);
}

static lw_status get_thumbnail(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_item_row item;
    lw_text picture;
    int64_t id;
    LW_TRY(lw_request_id(cx, req, "item", &id));
    LW_TRY(open_item(cx, req, &reader, id, &item));
    res->etag = etag(cx, &item, lw_print(cx->arena, "-%u", asked_size(req)));
    LW_TRY(lw_item_thumbnail(cx, lw_api_app(req), reader.db, &item, asked_size(req), &picture));
    lw_response_set_text(res, "image/jpeg", picture);
    return LW_OK;
}

/* Pictures of more pixels are not begun beside others when an answer is wanted in time. */
enum { SLOW_PICTURE_PX = 40000000 };

/* One that cannot be made has no bytes: the others still come. Tells whether it was put: one that would be late is left out. */
static bool put_thumbnail(lw_ctx *cx, lw_request *req, int64_t id, bool is_late, bool is_slow_late, lw_buf *body)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_app *app = lw_api_app(req);
    lw_item_row item;
    lw_text picture = {0};
    if (open_item(cx, req, &reader, id, &item) == LW_OK && !lw_item_thumbnail_kept(cx, app, &item, asked_size(req), &picture)) {
        if (is_late || (is_slow_late && (int64_t)item.width * item.height > SLOW_PICTURE_PX))
            return false;
        if (lw_item_thumbnail(cx, app, reader.db, &item, asked_size(req), &picture) != LW_OK)
            picture = (lw_text){0};
    }
    lw_batch_put(body, id, picture);
    return true;
}

/* With `within`, what would be late is left out, to be asked for again; but one is always answered, so that who asks comes to an end. */
static lw_status get_thumbnails(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_json *ids = lw_json_get(req->query, "ids");
    int64_t within_us = lw_json_get_int(req->query, "within", 0) * 1000, since_us = lw_monotonic_us();
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    bool is_any = false;
    size_t i, n;
    yyjson_val *value;
    yyjson_arr_foreach(ids, i, n, value)
    {
        lw_ctx one = {.arena = scratch};
        bool is_late = within_us && is_any && lw_monotonic_us() - since_us > within_us;
        is_any |= put_thumbnail(&one, req, yyjson_get_sint(value), is_late, within_us > 0, &res->body);
        lw_arena_reset(scratch);
    }
    if (n && !is_any)
        (void)put_thumbnail(cx, req, yyjson_get_sint(yyjson_arr_get_first(ids)), false, false, &res->body);
    res->content_type = LW_BATCH_MIME;
    return LW_OK;
}

static const lw_schema items_query = {"ItemsQuery", "Which items",
                                      LW_FIELDS({"class", LW_TYPE_TEXT}, {"state", LW_TYPE_TEXT},
                                                {"split", LW_TYPE_TEXT, .description = "a split's name, or none"}, {"layer", LW_TYPE_TEXT},
                                                {"text", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES, .description = "part of the name"},
                                                {"name", LW_TYPE_TEXT, .max = LW_LIMIT_PATH_BYTES, .description = "the whole name"},
                                                {"after", LW_TYPE_TEXT}, {"direction", LW_TYPE_TEXT, .options = "forward|back"},
                                                {"position", LW_TYPE_INT, .min = 1, .max = 1e12}, {"limit", LW_TYPE_INT, .min = 1})};
static const lw_schema size_query = {
    "SizeQuery", "How large",
    LW_FIELDS({"size", LW_TYPE_INT, .description = "px of the longer side"}, {"v", LW_TYPE_TEXT, .description = "revision, for caches"})};
static const lw_schema thumbnails_query = {
    "ThumbnailsQuery", "Which thumbnails",
    LW_FIELDS({"ids", LW_TYPE_LIST, LW_REQUIRED, .of = LW_TYPE_INT, .min = 1, .max = LW_LIMIT_THUMBNAILS}, {"size", LW_TYPE_INT},
              {"within", LW_TYPE_INT, .min = 1, .max = 60000, .description = "ms: what takes longer is left out, to be asked for again"})};

/* clang-format off */
const lw_route lw_item_routes[] = {
    {LW_GET, "/v1/projects/{project}/items", list_items,     LW_ANNOTATOR, NULL, &lw_item_page, "List a project's items", .query = &items_query},
    {LW_GET, "/v1/items/{item}",             get_item,       LW_ANNOTATOR, NULL, &lw_item_detail_schema, "Show an item"},
    {LW_GET, "/v1/items/{item}/media",       get_media,      LW_ANNOTATOR, NULL, NULL, "An item's bytes", .query = &size_query, .response_type = "application/octet-stream"},
    {LW_GET, "/v1/items/{item}/preview",     get_preview,    LW_ANNOTATOR, NULL, NULL, "A picture that browsers show", .query = &size_query, .flags = LW_ROUTE_SLOW, .response_type = "image/jpeg"},
    {LW_GET, "/v1/items/{item}/tiles/{level}/{column}/{row}", get_tile, LW_ANNOTATOR, NULL, NULL, "A part of an image above 8192 px, in its own pixels or halved `level` times", .query = &size_query, .flags = LW_ROUTE_SLOW, .response_type = "image/jpeg"},
    {LW_GET, "/v1/items/{item}/thumbnail",   get_thumbnail,  LW_ANNOTATOR, NULL, NULL, "A small picture", .query = &size_query, .flags = LW_ROUTE_SLOW, .response_type = "image/jpeg"},
    {LW_GET, "/v1/thumbnails",               get_thumbnails, LW_ANNOTATOR, NULL, NULL, "Many small pictures in one answer", .query = &thumbnails_query, .flags = LW_ROUTE_SLOW, .response_type = LW_BATCH_MIME},
    {0},
};
/* clang-format on */
