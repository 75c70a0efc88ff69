#include "base/buf.h"
#include "http/schema.h"

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

lw_status lw_url_decode(lw_ctx *cx, lw_text text, bool plus_is_space, lw_text *out)
{
    char *to = lw_copy(cx->arena, text.data, text.size);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '%') {
            int high = i + 2 < text.size ? hex_digit(text.data[i + 1]) : -1, low = high < 0 ? -1 : hex_digit(text.data[i + 2]);
            if (low < 0)
                return lw_fail(cx, LW_INVALID, "a %% in the address is not followed by two hexadecimal digits; write %%25 for it");
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        to[size++] = c;
    }
    to[size] = 0;
    lw_text decoded = {to, size};
    if (memchr(to, 0, size) || !lw_text_is_utf8(decoded))
        return lw_fail(cx, LW_INVALID, "the address is not UTF-8");
    *out = decoded;
    return LW_OK;
}

static const lw_field *find_field(const lw_schema *schema, lw_text name)
{
    for (const lw_field *field = schema ? schema->fields : NULL; field && field->name; field++)
        if (lw_text_is(name, field->name))
            return field;
    return NULL;
}

/* A parameter's text as JSON of the type; what does not read as it stays text, and the schema then says so. */
static void put_typed(lw_buf *json, lw_type type, lw_text text)
{
    int64_t whole;
    double number;
    if (type == LW_TYPE_INT && lw_text_to_int(text, &whole))
        lw_buf_put_int(json, whole);
    else if (type == LW_TYPE_NUMBER && lw_text_to_double(text, &number))
        lw_buf_put_double(json, number);
    else if (type == LW_TYPE_BOOL && (lw_text_is(text, "true") || lw_text_is(text, "1") || text.size == 0))
        lw_buf_put_literal(json, "true");
    else if (type == LW_TYPE_BOOL && (lw_text_is(text, "false") || lw_text_is(text, "0")))
        lw_buf_put_literal(json, "false");
    else
        lw_buf_put_json_text(json, text);
}

typedef struct pair {
    lw_text name, value;
} pair;

/* All values of one name, a list's taken apart at its commas. */
static void put_field(lw_buf *json, const lw_field *field, const pair *pairs, size_t n_pairs)
{
    lw_buf_put_key(json, field->name);
    bool is_list = field->type == LW_TYPE_LIST;
    if (is_list)
        lw_buf_put_char(json, '[');
    for (size_t i = 0; i < n_pairs; i++) {
        if (!lw_text_is(pairs[i].name, field->name))
            continue;
        lw_text left = pairs[i].value, one;
        while (is_list && lw_text_split(left, ',', &one, &left)) {
            lw_buf_put_comma(json);
            put_typed(json, field->of, one);
        }
        if (is_list && left.size == 0)
            continue;
        if (is_list)
            lw_buf_put_comma(json);
        put_typed(json, is_list ? field->of : field->type, left);
    }
    if (is_list)
        lw_buf_put_char(json, ']');
}

static lw_status split_pairs(lw_ctx *cx, lw_text text, pair *pairs, size_t *n_pairs)
{
    size_t n = 0;
    for (lw_text left = text; left.size;) {
        lw_text one = left, name, value = {0};
        if (!lw_text_split(left, '&', &one, &left))
            left = (lw_text){0};
        if (one.size == 0)
            continue;
        if (!lw_text_split(one, '=', &name, &value))
            name = one;
        LW_TRY(lw_url_decode(cx, name, true, &pairs[n].name));
        LW_TRY(lw_url_decode(cx, value, true, &pairs[n].value));
        n++;
    }
    *n_pairs = n;
    return LW_OK;
}

static lw_status refuse_unknown(lw_ctx *cx, const lw_schema *schema, const pair *pairs, size_t n_pairs)
{
    for (size_t i = 0; i < n_pairs; i++) {
        const lw_field *field = find_field(schema, pairs[i].name);
        bool again = false;
        for (size_t j = 0; field && j < i; j++)
            again = again || (field->type != LW_TYPE_LIST && lw_text_equal(pairs[i].name, pairs[j].name));
        if (field && !again)
            continue;
        const char *wrong = field ? "is given twice" : "is not known here";
        lw_fail(cx, LW_INVALID, "query parameter '%.*s' %s", LW_FMT(pairs[i].name), wrong);
        lw_fail_field(cx, lw_print(cx->arena, "/%.*s", LW_FMT(pairs[i].name)), "%s", wrong);
        return LW_INVALID;
    }
    return LW_OK;
}

lw_status lw_query_parse(lw_ctx *cx, const lw_schema *schema, lw_text text, lw_json **out)
{
    if (text.size == 0 && !schema)
        return LW_OK;
    size_t most = 1;
    for (size_t i = 0; i < text.size; i++)
        most += text.data[i] == '&';
    if (most > 1000)
        return lw_fail(cx, LW_INVALID, "more than 1000 query parameters");
    pair *pairs = lw_new_array(cx->arena, pair, most);
    size_t n_pairs = 0;
    LW_TRY(split_pairs(cx, text, pairs, &n_pairs));
    LW_TRY(refuse_unknown(cx, schema, pairs, n_pairs));
    if (!schema)
        return LW_OK;

    LW_AUTO(lw_buf) json = {0};
    lw_buf_put_char(&json, '{');
    for (const lw_field *field = schema->fields; field->name; field++)
        for (size_t i = 0; i < n_pairs; i++)
            if (lw_text_is(pairs[i].name, field->name)) {
                put_field(&json, field, pairs, n_pairs);
                break;
            }
    lw_buf_put_char(&json, '}');
    lw_json *parsed;
    LW_TRY(lw_json_parse(cx, lw_buf_text(&json), &parsed));
    lw_status checked = lw_schema_check(cx, schema, parsed);
    if (checked == LW_OK)
        *out = parsed;
    return checked;
}
