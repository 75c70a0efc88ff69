#include "work/apply.h"

#include <math.h>

#include "base/limits.h"
#include "store/replay.h"

/* --- reading */

static lw_status check_count(lw_ctx *cx, size_t n)
{
    if (n > LW_LIMIT_OPERATIONS)
        return lw_fail(cx, LW_TOO_LARGE, "more than %d operations in one request: send several", LW_LIMIT_OPERATIONS);
    return LW_OK;
}

static lw_status parse_array(lw_ctx *cx, lw_text body, lw_operations *out)
{
    lw_json *array;
    LW_TRY(lw_json_parse(cx, body, &array));
    LW_TRY(check_count(cx, yyjson_arr_size(array)));
    out->lines = lw_new_array(cx->arena, lw_json *, yyjson_arr_size(array));
    size_t i, n;
    yyjson_val *line;
    yyjson_arr_foreach(array, i, n, line) out->lines[out->n_lines++] = line;
    return LW_OK;
}

static lw_status check_any(lw_ctx *cx, const lw_operations *operations)
{
    return operations->n_lines ? LW_OK : lw_fail(cx, LW_INVALID, "no operations: send one JSON object a line, such as {\"op\": \"add\", …}");
}

lw_status lw_operations_parse(lw_ctx *cx, lw_text body, lw_operations *out)
{
    lw_text rest = lw_text_trim(body), line;
    if (lw_text_starts(rest, "[")) {
        LW_TRY(parse_array(cx, rest, out));
        return check_any(cx, out);
    }
    size_t room = 0;
    for (size_t number = 1; rest.size; number++) {
        if (!lw_text_split(rest, '\n', &line, &rest)) {
            line = rest;
            rest = (lw_text){0};
        }
        if (!lw_text_trim(line).size)
            continue;
        if (line.size > LW_LIMIT_OPERATION_BYTES)
            return lw_fail(cx, LW_TOO_LARGE, "line %zu: an operation has at most %d bytes", number, LW_LIMIT_OPERATION_BYTES);
        LW_TRY(check_count(cx, out->n_lines + 1));
        out->lines = lw_array_room(cx->arena, out->lines, out->n_lines, &room, sizeof *out->lines);
        lw_status status = lw_json_parse(cx, line, &out->lines[out->n_lines]);
        if (status != LW_OK)
            return lw_fail(cx, status, "line %zu: %s", number, cx->message);
        out->n_lines++;
    }
    return check_any(cx, out);
}

/* --- applying */

/* Names given by "ref" to what earlier lines added. */
typedef struct reference {
    lw_text name;
    int64_t id;
} reference;

typedef struct applying {
    lw_commit commit;
    reference *references;
    size_t n_references, room;
} applying;

static void applying_cleanup(applying *a) { lw_commit_cleanup(&a->commit); }

static lw_status resolve(lw_ctx *cx, const applying *a, lw_json *value, const char *what, int64_t *id)
{
    if (lw_json_to_int(value, id) && *id > 0)
        return LW_OK;
    lw_text name = lw_json_text(value);
    for (size_t i = a->n_references; name.size && i-- > 0;) {
        if (lw_text_equal(a->references[i].name, name)) {
            *id = a->references[i].id;
            return LW_OK;
        }
    }
    return lw_fail(cx, LW_INVALID, "'%s' must be an id, or the \"ref\" of an earlier line", what);
}

static lw_status find_item(lw_ctx *cx, applying *a, lw_json *op, int64_t *item_id)
{
    lw_json *item = lw_json_get(op, "item");
    if (yyjson_is_str(item))
        return lw_item_find_in_project(cx, a->commit.db, a->commit.names.project.id, lw_json_text(item), item_id);
    if (!lw_json_to_int(item, item_id))
        return lw_fail(cx, LW_INVALID, "'item' must be an item's id or path");
    return LW_OK;
}

static const char *const own_keys[] = {"op", "item", "id", "was", "ref", "track", "by", "seq", NULL};

static lw_status read_track_reference(lw_ctx *cx, const applying *a, lw_json *op, int64_t *track)
{
    lw_json *value = lw_json_get(op, "track");
    return lw_json_is_missing(value) ? LW_OK : resolve(cx, a, value, "track", track);
}

static lw_status apply_add(lw_ctx *cx, applying *a, lw_json *op, int64_t *id)
{
    int64_t item_id;
    LW_TRY(find_item(cx, a, op, &item_id));
    lw_json *track_object = lw_json_get(op, "track");
    if (yyjson_is_obj(track_object)) {
        lw_track track = {0};
        LW_TRY(lw_track_from_json(cx, track_object, &track));
        LW_TRY(lw_commit_add_track(cx, &a->commit, item_id, &track, 0, id));
    } else {
        lw_label label = LW_LABEL_NONE;
        LW_TRY(lw_label_from_json(cx, op, own_keys, &label));
        LW_TRY(read_track_reference(cx, a, op, &label.track));
        LW_TRY(lw_commit_add(cx, &a->commit, item_id, &label, 0, id));
    }
    lw_text ref = lw_json_text(lw_json_get(op, "ref"));
    if (ref.size) {
        a->references = lw_array_room(cx->arena, a->references, a->n_references, &a->room, sizeof *a->references);
        a->references[a->n_references++] = (reference){ref, *id};
    }
    return LW_OK;
}

static lw_status read_was(lw_ctx *cx, lw_json *op, int64_t *was)
{
    *was = 0;
    lw_json *value = lw_json_get(op, "was");
    if (lw_json_is_missing(value))
        return LW_OK;
    return lw_json_to_int(value, was) && *was > 0 ? LW_OK : lw_fail(cx, LW_INVALID, "'was' must be the seq of the version that you saw");
}

static lw_status apply_change(lw_ctx *cx, applying *a, lw_json *op, int64_t *id)
{
    int64_t was;
    lw_label_row row;
    lw_label label;
    LW_TRY(resolve(cx, a, lw_json_get(op, "id"), "id", id));
    LW_TRY(read_was(cx, op, &was));
    LW_TRY(lw_commit_present(cx, &a->commit, *id, was, &row));
    LW_TRY(lw_label_from_row(cx, &a->commit.names, &row, &label));
    label.layer = (lw_text){0}; /* stays, unless the operation names one */
    LW_TRY(lw_label_change_from_json(cx, op, own_keys, &label));
    LW_TRY(read_track_reference(cx, a, op, &label.track));
    return lw_commit_change(cx, &a->commit, *id, was, &label);
}

static lw_status apply_remove(lw_ctx *cx, applying *a, lw_json *op, int64_t *id)
{
    int64_t was;
    LW_TRY(read_was(cx, op, &was));
    lw_json *track = lw_json_get(op, "track");
    if (!lw_json_is_missing(track)) {
        LW_TRY(resolve(cx, a, track, "track", id));
        return lw_commit_remove_track(cx, &a->commit, *id, was);
    }
    LW_TRY(resolve(cx, a, lw_json_get(op, "id"), "id", id));
    return lw_commit_remove(cx, &a->commit, *id, was);
}

static lw_status apply_one(lw_ctx *cx, applying *a, lw_json *op, int64_t *id)
{
    lw_text name = lw_json_text(lw_json_get(op, "op"));
    if (lw_text_is(name, "add"))
        return apply_add(cx, a, op, id);
    if (lw_text_is(name, "change"))
        return apply_change(cx, a, op, id);
    if (lw_text_is(name, "remove"))
        return apply_remove(cx, a, op, id);
    return lw_fail(cx, LW_INVALID, "'op' must be add, change or remove");
}

/* What the data says is answered line by line; what the machine says ends everything. */
static bool is_of_the_line(lw_status status)
{
    return status == LW_INVALID || status == LW_CONFLICT || status == LW_NOT_FOUND || status == LW_TOO_LARGE;
}

static void put_error(lw_buf *buf, const lw_ctx *cx)
{
    lw_buf_put_literal(buf, "{\"error\": {\"code\": ");
    lw_buf_put_json_text(buf, lw_text_from(lw_status_slug(cx->status)));
    lw_buf_put_literal(buf, ", \"message\": ");
    lw_buf_put_json_text(buf, lw_text_from(cx->message));
    if (cx->details && strlen(cx->details) > 2) { /* its members beside ours */
        lw_buf_put_literal(buf, ", ");
        lw_buf_put(buf, cx->details + 1, strlen(cx->details) - 2);
    }
    lw_buf_put_literal(buf, "}}\n");
}

static lw_status fail_line(lw_ctx *cx, size_t line, size_t n_lines)
{
    const char *details = cx->details;
    lw_field_error *fields = cx->fields;
    lw_status status = n_lines > 1 ? lw_fail(cx, cx->status, "operation %zu: %s; nothing was done", line + 1, cx->message) : cx->status;
    cx->details = lw_print(cx->arena, "{\"index\": %zu%s%s", line, details && strlen(details) > 2 ? ", " : "}",
                           details && strlen(details) > 2 ? details + 1 : "");
    cx->fields = fields;
    return status;
}

lw_status lw_operations_apply(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    lw_operations *o = arg;
    if (o->key.size) {
        lw_status known = lw_replay_get(cx, store, db, o->caller, o->key, &o->http_status, &o->answer);
        if (known != LW_NOT_FOUND)
            return known;
    }
    LW_AUTO(applying) a = {0};
    LW_TRY(lw_commit_begin(cx, store, db, o->project_id, &o->author, &a.commit));
    int64_t *ids = lw_new_array(cx->arena, int64_t, o->n_lines);
    const char **errors = lw_new_array(cx->arena, const char *, o->n_lines);
    size_t n_failed = 0;
    for (size_t i = 0; i < o->n_lines; i++) {
        lw_status status = apply_one(cx, &a, o->lines[i], &ids[i]);
        if (status == LW_OK)
            continue;
        n_failed++;
        if (!o->is_partial || !is_of_the_line(status) || n_failed == o->n_lines)
            return fail_line(cx, i, o->n_lines);
        LW_AUTO(lw_buf) error = {0};
        put_error(&error, cx);
        errors[i] = lw_text_string(cx->arena, lw_buf_text(&error));
    }
    lw_ctx_clear(cx);
    LW_TRY(lw_commit_finish(cx, &a.commit, &o->seq));
    LW_AUTO(lw_buf) answer = {0};
    for (size_t i = 0; i < o->n_lines; i++) {
        if (errors[i])
            lw_buf_put_string(&answer, errors[i]);
        else
            lw_buf_print(&answer, "{\"id\": %" PRId64 ", \"seq\": %" PRId64 "}\n", ids[i], o->seq);
    }
    o->answer = lw_text_copy(cx->arena, lw_buf_text(&answer));
    o->http_status = 200;
    return o->key.size ? lw_replay_put(cx, store, db, o->caller, o->key, o->http_status, o->answer) : LW_OK;
}
