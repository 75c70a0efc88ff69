#include "model/label.h"

#include "base/limits.h"

static const int64_t largest_id = 1LL << 53;

/* What reading a key of a label's or track's object needs. */
typedef struct target {
    lw_label *label;
    bool is_track, is_change; /* in a change, attributes join those that are there and nulls take one away */
} target;

static lw_status read_int(lw_ctx *cx, const char *key, lw_json *value, int64_t none, int64_t *out)
{
    if (yyjson_is_null(value)) {
        *out = none;
        return LW_OK;
    }
    int64_t number;
    if (!lw_json_to_int(value, &number) || number < 0 || number > largest_id)
        return lw_fail_at(cx, lw_print(cx->arena, "/%s", key), "'%s' must be a whole number from 0 to 2^53", key);
    *out = number;
    return LW_OK;
}

static lw_status read_text(lw_ctx *cx, const char *key, lw_json *value, lw_text *out)
{
    lw_text text = lw_json_text(value);
    if (!yyjson_is_str(value) && !yyjson_is_null(value))
        return lw_fail_at(cx, lw_print(cx->arena, "/%s", key), "'%s' must be a text, not %s", key, lw_json_kind(value));
    if (text.size > LW_LIMIT_NAME_BYTES)
        return lw_fail_at(cx, lw_print(cx->arena, "/%s", key), "'%s' is %zu bytes long; %d are allowed", key, text.size, LW_LIMIT_NAME_BYTES);
    *out = text;
    return LW_OK;
}

static lw_status read_confidence(lw_ctx *cx, lw_json *value, double *out)
{
    double confidence = NAN;
    if (!yyjson_is_null(value) && !(lw_json_to_double(value, &confidence) && confidence >= 0 && confidence <= 1))
        return lw_fail_at(cx, "/confidence", "'confidence' must be a number from 0 to 1, or null");
    *out = confidence;
    return LW_OK;
}

static lw_status read_outside(lw_ctx *cx, lw_json *value, bool *out)
{
    if (!yyjson_is_bool(value) && !yyjson_is_null(value))
        return lw_fail_at(cx, "/outside", "'outside' must be true or false, not %s", lw_json_kind(value));
    *out = yyjson_is_true(value);
    return LW_OK;
}

/* Those named anew replace the old ones, and null takes one away. */
static lw_status join_attributes(lw_ctx *cx, lw_json *object, lw_label *label)
{
    const lw_attribute *fresh;
    size_t n_fresh, n = 0;
    LW_TRY(lw_attributes_from_json(cx, object, &fresh, &n_fresh));
    lw_attribute *all = lw_new_array(cx->arena, lw_attribute, label->n_attributes + n_fresh);
    for (size_t i = 0; i < label->n_attributes; i++) {
        lw_text name = label->attributes[i].name;
        if (!yyjson_obj_getn(object, name.data, name.size))
            all[n++] = label->attributes[i];
    }
    for (size_t i = 0; i < n_fresh; i++)
        all[n++] = fresh[i];
    label->attributes = all;
    label->n_attributes = n;
    return LW_OK;
}

static lw_status read_attributes(lw_ctx *cx, lw_json *value, const target *to)
{
    if (to->is_change && !yyjson_is_null(value))
        return join_attributes(cx, value, to->label);
    to->label->attributes = NULL;
    to->label->n_attributes = 0;
    return yyjson_is_null(value) ? LW_OK : lw_attributes_from_json(cx, value, &to->label->attributes, &to->label->n_attributes);
}

/* The keys that labels and tracks share; *found tells whether it was one. */
static lw_status read_shared(lw_ctx *cx, lw_text key, lw_json *value, const target *to, bool *found)
{
    lw_label *label = to->label;
    *found = true;
    if (lw_text_is(key, "id"))
        return read_int(cx, "id", value, 0, &label->id);
    if (lw_text_is(key, "class"))
        return read_text(cx, "class", value, &label->class_name);
    if (lw_text_is(key, "layer"))
        return read_text(cx, "layer", value, &label->layer);
    if (lw_text_is(key, "attributes"))
        return read_attributes(cx, value, to);
    if (lw_text_is(key, "by"))
        return read_text(cx, "by", value, &label->by);
    if (lw_text_is(key, "seq"))
        return read_int(cx, "seq", value, 0, &label->seq);
    *found = false;
    return LW_OK;
}

static lw_status read_own(lw_ctx *cx, lw_text key, lw_json *value, const target *to, bool *found)
{
    lw_label *label = to->label;
    *found = true;
    if (lw_text_is(key, "confidence"))
        return read_confidence(cx, value, &label->confidence);
    if (lw_text_is(key, "group"))
        return read_int(cx, "group", value, 0, &label->group);
    if (lw_text_is(key, "track"))
        return read_int(cx, "track", value, 0, &label->track);
    if (lw_text_is(key, "frame"))
        return read_int(cx, "frame", value, -1, &label->frame);
    if (lw_text_is(key, "outside"))
        return read_outside(cx, value, &label->outside);
    if (lw_text_is(key, "source_id"))
        return read_text(cx, "source_id", value, &label->source_id);
    *found = lw_kind_from_name(key) || lw_text_is(key, "angle"); /* the shape reads them all at once */
    return LW_OK;
}

static bool is_among(lw_text key, const char *const *names)
{
    for (; names && *names; names++)
        if (lw_text_is(key, *names))
            return true;
    return false;
}

static lw_status check_once(lw_ctx *cx, lw_json *object, lw_json *key, lw_json *value)
{
    if (yyjson_obj_getn(object, yyjson_get_str(key), yyjson_get_len(key)) == value)
        return LW_OK;
    return lw_fail_at(cx, lw_print(cx->arena, "/%s", yyjson_get_str(key)), "the key '%s' stands there twice", yyjson_get_str(key));
}

static lw_status read_object(lw_ctx *cx, lw_json *object, const char *const *ignore, const target *to)
{
    const char *what = to->is_track ? "track" : "label";
    if (!yyjson_is_obj(object))
        return lw_fail(cx, LW_INVALID, "a %s must be an object, not %s", what, lw_json_kind(object));
    size_t i, n;
    lw_json *key, *value;
    yyjson_obj_foreach(object, i, n, key, value)
    {
        lw_text name = lw_json_text(key);
        LW_TRY(check_once(cx, object, key, value));
        if (is_among(name, ignore))
            continue;
        bool found;
        LW_TRY(read_shared(cx, name, value, to, &found));
        if (!found && !to->is_track)
            LW_TRY(read_own(cx, name, value, to, &found));
        if (!found)
            return lw_fail_at(cx, lw_print(cx->arena, "/%.*s", LW_FMT(name)), "a %s has no key '%.*s'", what, LW_FMT(name));
    }
    return LW_OK;
}

lw_status lw_label_change_from_json(lw_ctx *cx, lw_json *object, const char *const *ignore, lw_label *in_out)
{
    lw_label made = *in_out;
    LW_TRY(read_object(cx, object, ignore, &(target){.label = &made, .is_change = true}));
    LW_TRY(lw_shape_change_from_json(cx, object, &made.shape));
    *in_out = made;
    return LW_OK;
}

lw_status lw_label_from_json(lw_ctx *cx, lw_json *object, const char *const *ignore, lw_label *out)
{
    lw_label made = LW_LABEL_NONE;
    LW_TRY(read_object(cx, object, ignore, &(target){.label = &made}));
    /* the keyframes of a track have its class */
    if (made.class_name.size == 0 && lw_json_is_missing(lw_json_get(object, "track")))
        return lw_fail_at(cx, "/class", "a label needs a class");
    LW_TRY(lw_shape_from_json(cx, object, &made.shape));
    *out = made;
    return LW_OK;
}

static void put_key(lw_buf *buf, const char *key)
{
    lw_buf_put_comma(buf);
    lw_buf_put_string(buf, key);
}

static void put_text(lw_buf *buf, const char *key, lw_text text)
{
    if (text.size == 0)
        return;
    put_key(buf, key);
    lw_buf_put_json_text(buf, text);
}

static void put_int(lw_buf *buf, const char *key, int64_t value)
{
    if (value == 0)
        return;
    put_key(buf, key);
    lw_buf_put_int(buf, value);
}

static void put_attributes(lw_buf *buf, const lw_attribute *attributes, size_t n)
{
    put_key(buf, "\"attributes\": ");
    lw_attributes_write_json(buf, attributes, n);
}

void lw_label_write_json(lw_buf *buf, const lw_label *label)
{
    lw_buf_put_char(buf, '{');
    put_int(buf, "\"id\": ", label->id);
    put_text(buf, "\"class\": ", label->class_name);
    put_text(buf, "\"layer\": ", label->layer);
    put_attributes(buf, label->attributes, label->n_attributes);
    lw_shape_write_json(buf, &label->shape);
    lw_buf_put_literal(buf, ", \"confidence\": ");
    lw_buf_put_double(buf, label->confidence);
    put_text(buf, "\"by\": ", label->by);
    put_int(buf, "\"seq\": ", label->seq);
    if (label->group)
        put_int(buf, "\"group\": ", label->group);
    else
        lw_buf_put_literal(buf, ", \"group\": null");
    put_int(buf, "\"track\": ", label->track);
    lw_buf_put_literal(buf, ", \"frame\": ");
    if (label->frame >= 0)
        lw_buf_put_int(buf, label->frame);
    else
        lw_buf_put_literal(buf, "null");
    if (label->outside)
        lw_buf_put_literal(buf, ", \"outside\": true");
    put_text(buf, "\"source_id\": ", label->source_id);
    lw_buf_put_char(buf, '}');
}

lw_status lw_track_from_json(lw_ctx *cx, lw_json *object, lw_track *out)
{
    lw_label made = LW_LABEL_NONE;
    LW_TRY(read_object(cx, object, NULL, &(target){.label = &made, .is_track = true}));
    if (made.class_name.size == 0)
        return lw_fail_at(cx, "/class", "a track needs a class");
    *out = (lw_track){made.id, made.class_name, made.layer, made.attributes, made.n_attributes, made.by, made.seq};
    return LW_OK;
}

void lw_track_write_json(lw_buf *buf, const lw_track *track)
{
    lw_buf_put_char(buf, '{');
    put_int(buf, "\"id\": ", track->id);
    put_text(buf, "\"class\": ", track->class_name);
    put_text(buf, "\"layer\": ", track->layer);
    put_attributes(buf, track->attributes, track->n_attributes);
    put_text(buf, "\"by\": ", track->by);
    put_int(buf, "\"seq\": ", track->seq);
    lw_buf_put_char(buf, '}');
}

bool lw_label_same(const lw_label *a, const lw_label *b)
{
    bool same_confidence = a->confidence == b->confidence || (isnan(a->confidence) && isnan(b->confidence));
    return same_confidence && a->track == b->track && a->frame == b->frame && a->outside == b->outside &&
           lw_text_equal(a->class_name, b->class_name) && lw_text_equal(a->layer, b->layer) && lw_shape_equal(&a->shape, &b->shape) &&
           lw_attributes_equal(a->attributes, a->n_attributes, b->attributes, b->n_attributes);
}
