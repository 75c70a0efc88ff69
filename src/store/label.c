#include "store/label.h"

#include <math.h>

#include "statements.h"
#include "store/user.h"

lw_status lw_names_load(lw_ctx *cx, lw_store *store, lw_db *db, const lw_project *project, lw_names *out)
{
    lw_names names = {.store = store, .db = db, .project = *project};
    LW_TRY(lw_project_layers(cx, db, project->id, &names.layers, &names.n_layers));
    LW_TRY(lw_ontology_get(cx, store, db, project->ontology_id, project->ontology_version, &names.ontology));
    *out = names;
    return LW_OK;
}

void lw_names_cleanup(lw_names *names) { lw_ontology_ref_cleanup(&names->ontology); }

/* --- attributes: by name outside, by id inside */

static lw_status put_value(lw_ctx *cx, const lw_attribute_def *def, const lw_attribute *value, lw_buf *buf)
{
    lw_text name = def->name;
    switch (def->type) {
    case LW_ONE:
    case LW_MANY: {
        bool is_many = value->type == LW_MANY;
        if ((!is_many && value->type != LW_TEXT_VALUE && value->type != LW_ONE) || (is_many && def->type == LW_ONE))
            return lw_fail(cx, LW_INVALID, "attribute '%.*s' takes %s of its options", LW_FMT(name), def->type == LW_ONE ? "one" : "a list");
        size_t n = is_many ? value->n_many : 1;
        if (def->type == LW_MANY)
            lw_buf_put_char(buf, '[');
        for (size_t i = 0; i < n; i++) {
            lw_text text = is_many ? value->many[i] : value->text;
            const lw_option *option = lw_option_find(def, text);
            if (!option)
                return lw_fail(cx, LW_INVALID, "attribute '%.*s' has no option '%.*s'", LW_FMT(name), LW_FMT(text));
            if (i)
                lw_buf_put_char(buf, ',');
            lw_buf_put_int(buf, option->id);
        }
        if (def->type == LW_MANY)
            lw_buf_put_char(buf, ']');
        return LW_OK;
    }
    case LW_YESNO:
        if (value->type != LW_YESNO)
            return lw_fail(cx, LW_INVALID, "attribute '%.*s' takes true or false", LW_FMT(name));
        lw_buf_put_string(buf, value->yes ? "true" : "false");
        return LW_OK;
    case LW_INTEGER:
        if (value->type != LW_INTEGER)
            return lw_fail(cx, LW_INVALID, "attribute '%.*s' takes a whole number", LW_FMT(name));
        lw_buf_put_int(buf, value->integer);
        return LW_OK;
    case LW_NUMBER:
        if (value->type != LW_NUMBER && value->type != LW_INTEGER)
            return lw_fail(cx, LW_INVALID, "attribute '%.*s' takes a number", LW_FMT(name));
        lw_buf_put_double(buf, value->type == LW_INTEGER ? (double)value->integer : value->number);
        return LW_OK;
    default:
        if (value->type != LW_TEXT_VALUE && value->type != LW_ONE)
            return lw_fail(cx, LW_INVALID, "attribute '%.*s' takes text", LW_FMT(name));
        lw_buf_put_json_text(buf, value->text);
        return LW_OK;
    }
}

static lw_attribute_def *find_attribute(const lw_ontology *ontology, lw_text class_name, lw_text name)
{
    if (!lw_text_is(class_name, LW_ITEM_CLASS))
        return lw_class_attribute(ontology, lw_class_find(ontology, class_name), name);
    for (size_t i = 0; i < ontology->n_item_attributes; i++)
        if (lw_text_equal(ontology->item_attributes[i].name, name))
            return &ontology->item_attributes[i];
    return NULL;
}

lw_status lw_attributes_to_ids(lw_ctx *cx, const lw_ontology *ontology, lw_text class_name, const lw_attribute *attributes, size_t n, lw_text *out)
{
    if (n == 0) {
        *out = (lw_text){0};
        return LW_OK;
    }
    LW_AUTO(lw_buf) buf = {0};
    lw_buf_put_char(&buf, '{');
    for (size_t i = 0; i < n; i++) {
        const lw_attribute_def *def = find_attribute(ontology, class_name, attributes[i].name);
        if (!def)
            return lw_fail(cx, LW_INVALID, "class '%.*s' has no attribute '%.*s'", LW_FMT(class_name), LW_FMT(attributes[i].name));
        if (i)
            lw_buf_put_char(&buf, ',');
        lw_buf_print(&buf, "\"%" PRId64 "\":", def->id);
        LW_TRY(put_value(cx, def, &attributes[i], &buf));
    }
    lw_buf_put_char(&buf, '}');
    *out = lw_text_copy(cx->arena, lw_buf_text(&buf));
    return LW_OK;
}

static lw_text option_name(const lw_attribute_def *def, lw_json *id)
{
    const lw_option *option = lw_option_by_id(def, yyjson_get_sint(id));
    return option ? option->name : (lw_text){0};
}

static lw_attribute get_value(lw_ctx *cx, const lw_attribute_def *def, lw_json *value)
{
    lw_attribute out = {.name = def->name, .type = def->type};
    switch (def->type) {
    case LW_ONE:
        out.type = LW_TEXT_VALUE;
        out.text = option_name(def, value);
        break;
    case LW_MANY: {
        lw_text *many = lw_new_array(cx->arena, lw_text, yyjson_arr_size(value));
        size_t i, n;
        yyjson_val *id;
        yyjson_arr_foreach(value, i, n, id) many[out.n_many++] = option_name(def, id);
        out.many = many;
        break;
    }
    case LW_YESNO: out.yes = yyjson_get_bool(value); break;
    case LW_INTEGER: out.integer = yyjson_get_sint(value), out.number = (double)out.integer; break;
    case LW_NUMBER: out.number = yyjson_get_num(value); break;
    default: out.text = lw_json_text(value);
    }
    return out;
}

lw_status lw_attributes_from_ids(lw_ctx *cx, const lw_ontology *ontology, lw_text by_ids, const lw_attribute **out, size_t *n_out)
{
    *out = NULL;
    *n_out = 0;
    if (!by_ids.size)
        return LW_OK;
    lw_json *object;
    if (lw_json_parse(cx, by_ids, &object) != LW_OK)
        return lw_fail(cx, LW_DAMAGED, "a label's attributes do not read: %s", cx->message);
    lw_attribute *attributes = lw_new_array(cx->arena, lw_attribute, yyjson_obj_size(object));
    size_t i, n;
    yyjson_val *key, *value;
    yyjson_obj_foreach(object, i, n, key, value)
    {
        int64_t id = 0;
        const lw_attribute_def *def = lw_text_to_int(lw_json_text(key), &id) ? lw_attribute_by_id(ontology, id) : NULL;
        if (def) /* one that the ontology of this moment lacks is not shown */
            attributes[(*n_out)++] = get_value(cx, def, value);
    }
    *out = attributes;
    return LW_OK;
}

/* --- rows */

lw_status lw_label_to_row(lw_ctx *cx, const lw_ontology *ontology, const lw_label *label, lw_label_row *out)
{
    bool is_item = lw_text_is(label->class_name, LW_ITEM_CLASS);
    const lw_class *class = is_item ? NULL : lw_class_find(ontology, label->class_name);
    if (!is_item && !class)
        return lw_fail(cx, LW_INVALID, "no class named '%.*s'", LW_FMT(label->class_name));
    const lw_shape *shape = &label->shape;
    if (is_item ? shape->kind != LW_TAG : !lw_class_allows(class, shape->kind))
        return lw_fail(cx, LW_INVALID, "class '%.*s' takes no %s", LW_FMT(label->class_name), lw_kind_name(shape->kind));
    const char *problem = lw_shape_problem(shape);
    if (problem)
        return lw_fail(cx, LW_INVALID, "%s", lw_shape_problem_message(problem));
    lw_label_row row = {.class_id = class ? class->id : ontology->item_class_id,
                        .kind = shape->kind,
                        .x = NAN,
                        .y = NAN,
                        .w = NAN,
                        .h = NAN,
                        .area = NAN,
                        .n_points = (int64_t)lw_shape_points(shape),
                        .confidence = label->confidence,
                        .group_id = label->group,
                        .track_id = label->track,
                        .frame = label->frame,
                        .outside = label->outside,
                        .source_id = label->source_id};
    if (shape->kind != LW_TAG) {
        lw_shape_bounds(shape, &row.x, &row.y, &row.w, &row.h);
        row.area = lw_shape_area(shape);
    }
    LW_AUTO(lw_buf) bytes = {0};
    lw_shape_encode(&bytes, shape);
    row.geometry = lw_text_copy(cx->arena, lw_buf_text(&bytes));
    if (shape->n_keypoints) {
        lw_buf_reset(&bytes);
        lw_skeleton_encode(&bytes, shape->skeleton, shape->n_keypoints);
        row.skeleton = lw_text_copy(cx->arena, lw_buf_text(&bytes));
    }
    LW_TRY(lw_attributes_to_ids(cx, ontology, label->class_name, label->attributes, label->n_attributes, &row.attributes));
    row.traits = lw_label_traits(&row, shape);
    *out = row;
    return LW_OK;
}

uint32_t lw_label_traits(const lw_label_row *row, const lw_shape *shape)
{
    bool has[] = {[LW_TRAIT_ATTRIBUTES] = row->attributes.size > 0,
                  [LW_TRAIT_CONFIDENCE] = row->confidence == row->confidence,
                  [LW_TRAIT_ANGLE] = shape->kind == LW_BOX && shape->angle != 0,
                  [LW_TRAIT_TRACK] = row->track_id != 0,
                  [LW_TRAIT_GROUP] = row->group_id != 0,
                  [LW_TRAIT_HOLES] = shape->kind == LW_POLYGON && shape->n_rings > shape->n_parts,
                  [LW_TRAIT_PARTS] = shape->kind == LW_POLYGON && shape->n_parts > 1};
    uint32_t traits = 0;
    for (size_t trait = 1; trait < LW_COUNT(has); trait++)
        traits |= (uint32_t)has[trait] << trait;
    return traits;
}

static bool same_number(double a, double b) { return a == b || (a != a && b != b); }

bool lw_label_row_same(const lw_label_row *a, const lw_label_row *b)
{
    return a->class_id == b->class_id && a->kind == b->kind && a->layer_id == b->layer_id && a->frame == b->frame && a->track_id == b->track_id &&
           a->group_id == b->group_id && a->outside == b->outside && same_number(a->x, b->x) && same_number(a->y, b->y) && same_number(a->w, b->w) &&
           same_number(a->h, b->h) && same_number(a->confidence, b->confidence) && lw_text_equal(a->geometry, b->geometry) &&
           lw_text_equal(a->skeleton, b->skeleton) && lw_text_equal(a->attributes, b->attributes);
}

uint64_t lw_label_row_hash(const lw_label_row *row)
{
    double numbers[] = {row->x, row->y, row->w, row->h};
    for (size_t i = 0; i < LW_COUNT(numbers); i++)
        numbers[i] = numbers[i] == numbers[i] ? numbers[i] + 0 : 0; /* -0 is 0, and of NaN there are many */
    int64_t whole[] = {row->class_id, row->kind, row->frame, (int64_t)lw_text_hash(row->geometry)};
    return lw_text_hash((lw_text){(const char *)numbers, sizeof numbers}) * 31 + lw_text_hash((lw_text){(const char *)whole, sizeof whole});
}

static lw_text class_name(const lw_names *names, int64_t class_id)
{
    const lw_ontology *ontology = names->ontology.ontology;
    if (class_id == ontology->item_class_id)
        return LW_TEXT(LW_ITEM_CLASS);
    const lw_class *class = lw_class_by_id(ontology, class_id);
    return class ? class->name : LW_TEXT("?");
}

lw_status lw_label_from_row(lw_ctx *cx, const lw_names *names, const lw_label_row *row, lw_label *out)
{
    lw_label label = {.id = row->id,
                      .class_name = class_name(names, row->class_id),
                      .layer = lw_layer_name(names->layers, names->n_layers, row->layer_id),
                      .shape = {.kind = (lw_kind)row->kind, .x = row->x, .y = row->y, .w = row->w, .h = row->h},
                      .confidence = row->confidence,
                      .by = lw_user_name(cx, names->store, names->db, row->user_id),
                      .seq = row->seq_from,
                      .group = row->group_id,
                      .track = row->track_id,
                      .frame = row->frame,
                      .outside = row->outside,
                      .source_id = row->source_id};
    LW_TRY(lw_shape_decode(cx, row->geometry, row->skeleton, &label.shape));
    LW_TRY(lw_attributes_from_ids(cx, names->ontology.ontology, row->attributes, &label.attributes, &label.n_attributes));
    *out = label;
    return LW_OK;
}

static void bind_label(const void *rows, size_t i, lw_value *params)
{
    const lw_label_row *r = (const lw_label_row *)rows + i;
    params[0] = lw_int(r->id);
    params[1] = lw_int(r->project_id);
    params[2] = lw_int(r->layer_id);
    params[3] = lw_int(r->class_id);
    params[4] = lw_int(r->kind);
    params[5] = lw_int(r->seq_from);
    params[6] = lw_int(r->user_id);
    params[7] = lw_real_or_null(r->x);
    params[8] = lw_real_or_null(r->y);
    params[9] = lw_real_or_null(r->w);
    params[10] = lw_real_or_null(r->h);
    params[11] = lw_real_or_null(r->area);
    params[12] = lw_int(r->n_points);
    params[13] = lw_bytes_or_null(r->geometry);
    params[14] = lw_bytes_or_null(r->skeleton);
    params[15] = lw_string_or_null(r->attributes);
    params[16] = lw_real_or_null(r->confidence);
    params[17] = lw_int_or_null(r->group_id);
    params[18] = lw_int_or_null(r->track_id);
    params[19] = r->frame < 0 ? lw_null() : lw_int(r->frame);
    params[20] = r->outside ? lw_int(1) : lw_null();
    params[21] = lw_string_or_null(r->source_id);
}

lw_status lw_label_insert_many(lw_ctx *cx, lw_db *db, const lw_label_row *rows, size_t n)
{
    return lw_run_many(cx, db, &lw_sql_label_insert, rows, n, bind_label);
}

lw_status lw_label_close(lw_ctx *cx, lw_db *db, int64_t id, int64_t seq)
{
    LW_TRY(lw_run(cx, db, &lw_sql_label_keep, LW_PARAMS(lw_int(id), lw_int(seq))));
    return lw_run(cx, db, &lw_sql_label_delete, LW_PARAMS(lw_int(id)));
}

static int64_t low(int64_t item_id) { return item_id << LW_ITEM_ID_SHIFT; }
static int64_t high(int64_t item_id) { return ((item_id + 1) << LW_ITEM_ID_SHIFT) - 1; }

lw_status lw_label_close_made(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, int64_t seq_from, int64_t seq)
{
    lw_value item[] = {lw_int(project_id), lw_int(low(item_id)), lw_int(high(item_id)), lw_int(seq_from), lw_int(seq)};
    LW_TRY(lw_run(cx, db, &lw_sql_label_keep_made, item, 5));
    return lw_run(cx, db, &lw_sql_label_delete_made, item, 4);
}

static lw_status next_id(lw_ctx *cx, lw_db *db, const lw_sql *sql, int64_t item_id, int64_t *id)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, sql, LW_PARAMS(lw_int(low(item_id)), lw_int(high(item_id))), &rows));
    int64_t present = lw_rows_int(&rows, 0), past = lw_rows_int(&rows, 1), highest = present > past ? present : past;
    if (highest == high(item_id))
        return lw_fail(cx, LW_TOO_LARGE, "item %" PRId64 " has had its %lld labels", item_id, (1LL << LW_ITEM_ID_SHIFT) - 1);
    *id = highest ? highest + 1 : low(item_id) + 1;
    return LW_OK;
}

lw_status lw_label_next_id(lw_ctx *cx, lw_db *db, int64_t item_id, int64_t *id) { return next_id(cx, db, &lw_sql_label_max_id, item_id, id); }
lw_status lw_track_next_id(lw_ctx *cx, lw_db *db, int64_t item_id, int64_t *id) { return next_id(cx, db, &lw_sql_track_max_id, item_id, id); }

static lw_label_row read_label(lw_ctx *cx, const lw_rows *rows)
{
    return (lw_label_row){.id = lw_rows_int(rows, 0),
                          .project_id = lw_rows_int(rows, 1),
                          .layer_id = lw_rows_int(rows, 2),
                          .class_id = lw_rows_int(rows, 3),
                          .kind = (int)lw_rows_int(rows, 4),
                          .seq_from = lw_rows_int(rows, 5),
                          .user_id = lw_rows_int(rows, 6),
                          .x = lw_rows_real(rows, 7),
                          .y = lw_rows_real(rows, 8),
                          .w = lw_rows_real(rows, 9),
                          .h = lw_rows_real(rows, 10),
                          .area = lw_rows_real(rows, 11),
                          .n_points = lw_rows_int(rows, 12),
                          .geometry = lw_text_copy(cx->arena, lw_rows_text(rows, 13)),
                          .skeleton = lw_text_copy(cx->arena, lw_rows_text(rows, 14)),
                          .attributes = lw_text_copy(cx->arena, lw_rows_text(rows, 15)),
                          .confidence = lw_rows_real(rows, 16),
                          .group_id = lw_rows_int(rows, 17),
                          .track_id = lw_rows_int(rows, 18),
                          .frame = lw_rows_is_null(rows, 19) ? -1 : lw_rows_int(rows, 19),
                          .outside = lw_rows_int(rows, 20) != 0,
                          .source_id = lw_text_copy(cx->arena, lw_rows_text(rows, 21))};
}

lw_status lw_label_get(lw_ctx *cx, lw_db *db, int64_t id, lw_label_row *out)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status = lw_query_one(cx, db, &lw_sql_label_get, LW_PARAMS(lw_int(id)), &rows);
    if (status == LW_NOT_FOUND)
        return lw_fail(cx, LW_NOT_FOUND, "no label %" PRId64, id);
    LW_TRY(status);
    *out = read_label(cx, &rows);
    return LW_OK;
}

static lw_status list_rows(lw_ctx *cx, lw_db *db, const lw_sql *sql, const lw_value *params, size_t n_params, lw_label_row **out, size_t *n_out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, sql, params, n_params, &rows));
    lw_label_row *list = NULL;
    size_t n = 0, room = 0;
    lw_status status;
    while (lw_rows_next(cx, &rows, &status)) {
        list = lw_array_room(cx->arena, list, n, &room, sizeof *list);
        list[n++] = read_label(cx, &rows);
    }
    LW_TRY(status);
    *out = list;
    *n_out = n;
    return LW_OK;
}

lw_status lw_label_rows(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, lw_label_row **out, size_t *n_out)
{
    return list_rows(cx, db, &lw_sql_label_rows, LW_PARAMS(lw_int(project_id), lw_int(low(item_id)), lw_int(high(item_id))), out, n_out);
}

lw_status lw_label_ended_by(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, int64_t seq, lw_label_row **out, size_t *n_out)
{
    return list_rows(cx, db, &lw_sql_label_ended_by, LW_PARAMS(lw_int(project_id), lw_int(low(item_id)), lw_int(high(item_id)), lw_int(seq)), out,
                     n_out);
}

lw_status lw_label_past_rows(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, lw_label_row **out, size_t *n_out)
{
    return list_rows(cx, db, &lw_sql_label_past_rows, LW_PARAMS(lw_int(project_id), lw_int(low(item_id)), lw_int(high(item_id))), out, n_out);
}

lw_status lw_label_corrected_rows(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t item_id, lw_label_row **out, size_t *n_out)
{
    return list_rows(cx, db, &lw_sql_label_corrected_rows, LW_PARAMS(lw_int(project_id), lw_int(low(item_id)), lw_int(high(item_id))), out, n_out);
}

lw_status lw_label_list(lw_ctx *cx, const lw_names *names, int64_t item_id, lw_label **out, size_t *n_out)
{
    lw_label_row *rows;
    size_t n;
    LW_TRY(lw_label_rows(cx, names->db, names->project.id, item_id, &rows, &n));
    lw_label *labels = lw_new_array(cx->arena, lw_label, n);
    for (size_t i = 0; i < n; i++)
        LW_TRY(lw_label_from_row(cx, names, &rows[i], &labels[i]));
    *out = labels;
    *n_out = n;
    return LW_OK;
}

/* --- tracks */

lw_status lw_track_insert(lw_ctx *cx, lw_db *db, const lw_track_row *r)
{
    return lw_run(cx, db, &lw_sql_track_insert,
                  LW_PARAMS(lw_int(r->id), lw_int(r->project_id), lw_int(r->layer_id), lw_int(r->class_id), lw_int(r->seq_from), lw_int(r->user_id),
                            lw_string_or_null(r->attributes)));
}

lw_status lw_track_close(lw_ctx *cx, lw_db *db, int64_t id, int64_t seq)
{
    LW_TRY(lw_run(cx, db, &lw_sql_track_keep, LW_PARAMS(lw_int(id), lw_int(seq))));
    return lw_run(cx, db, &lw_sql_track_delete, LW_PARAMS(lw_int(id)));
}

static lw_track_row read_track(lw_ctx *cx, const lw_rows *rows)
{
    return (lw_track_row){.id = lw_rows_int(rows, 0),
                          .project_id = lw_rows_int(rows, 1),
                          .layer_id = lw_rows_int(rows, 2),
                          .class_id = lw_rows_int(rows, 3),
                          .seq_from = lw_rows_int(rows, 4),
                          .user_id = lw_rows_int(rows, 5),
                          .attributes = lw_text_copy(cx->arena, lw_rows_text(rows, 6))};
}

lw_status lw_track_get(lw_ctx *cx, lw_db *db, int64_t id, lw_track_row *out)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status = lw_query_one(cx, db, &lw_sql_track_get, LW_PARAMS(lw_int(id)), &rows);
    if (status == LW_NOT_FOUND)
        return lw_fail(cx, LW_NOT_FOUND, "no track %" PRId64, id);
    LW_TRY(status);
    *out = read_track(cx, &rows);
    return LW_OK;
}

lw_status lw_track_list(lw_ctx *cx, const lw_names *names, int64_t item_id, lw_track **out, size_t *n_out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, names->db, &lw_sql_track_rows, LW_PARAMS(lw_int(names->project.id), lw_int(low(item_id)), lw_int(high(item_id))), &rows));
    lw_track *list = NULL;
    size_t n = 0, room = 0;
    lw_status status;
    while (lw_rows_next(cx, &rows, &status)) {
        list = lw_array_room(cx->arena, list, n, &room, sizeof *list);
        lw_track_row row = read_track(cx, &rows);
        lw_track *track = &list[n++];
        *track = (lw_track){.id = row.id,
                            .class_name = class_name(names, row.class_id),
                            .layer = lw_layer_name(names->layers, names->n_layers, row.layer_id),
                            .by = lw_user_name(cx, names->store, names->db, row.user_id),
                            .seq = row.seq_from};
        LW_TRY(lw_attributes_from_ids(cx, names->ontology.ontology, row.attributes, &track->attributes, &track->n_attributes));
    }
    LW_TRY(status);
    *out = list;
    *n_out = n;
    return LW_OK;
}
