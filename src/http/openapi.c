#include "http/openapi.h"

#include <ctype.h>

#include "http/request.h"

enum { MOST_SCHEMAS = 512 };

/* The named schemas met so far, in the order met. */
typedef struct schema_list {
    const lw_schema *all[MOST_SCHEMAS];
    size_t n;
} schema_list;

static void enlist(schema_list *list, const lw_schema *schema)
{
    size_t i = 0;
    while (i < list->n && list->all[i] != schema)
        i++;
    if (i < list->n)
        return;
    for (i = 0; i < list->n; i++)
        LW_ASSERT(strcmp(list->all[i]->name, schema->name) != 0);
    LW_ASSERT(list->n < MOST_SCHEMAS);
    list->all[list->n++] = schema;
}

static void put_pair(lw_buf *out, const char *key, const char *value)
{
    lw_buf_put_key(out, key);
    lw_buf_put_json_text(out, lw_text_from(value));
}

/* description: of this place, or NULL. */
static void put_reference(lw_buf *out, schema_list *list, const lw_schema *schema, const char *description)
{
    enlist(list, schema);
    lw_buf_put_literal(out, "{\"$ref\": ");
    lw_buf_print(out, "\"#/components/schemas/%s\"", schema->name);
    if (description)
        put_pair(out, "description", description);
    lw_buf_put_char(out, '}');
}

static void put_bound(lw_buf *out, const char *key, double value)
{
    lw_buf_put_key(out, key);
    lw_buf_put_double(out, value);
}

static void put_options(lw_buf *out, const char *options)
{
    lw_buf_put_key(out, "enum");
    lw_buf_put_char(out, '[');
    lw_text left = lw_text_from(options);
    for (bool more = true; more;) {
        lw_text one = left;
        more = lw_text_split(left, '|', &one, &left);
        lw_buf_put_comma(out);
        lw_buf_put_json_text(out, one);
    }
    lw_buf_put_char(out, ']');
}

static void put_bounds(lw_buf *out, const lw_field *field)
{
    static const char *const names[][2] = {
        [LW_TYPE_TEXT] = {"minLength", "maxLength"},        [LW_TYPE_INT] = {"minimum", "maximum"},
        [LW_TYPE_NUMBER] = {"minimum", "maximum"},          [LW_TYPE_LIST] = {"minItems", "maxItems"},
        [LW_TYPE_MAP] = {"minProperties", "maxProperties"},
    };
    if ((field->min == 0 && field->max == 0) || !names[field->type][0])
        return;
    put_bound(out, names[field->type][0], field->min);
    if (field->max > field->min || (field->max == 0 && field->min < 0))
        put_bound(out, names[field->type][1], field->max);
}

static const char *json_type(lw_type type)
{
    static const char *const names[] = {NULL, "string", "integer", "number", "boolean", "object", "array", "object"};
    return names[type];
}

/* A field's schema, or (with type = field->of) that of its elements. */
static void put_type(lw_buf *out, schema_list *list, const lw_field *field, lw_type type)
{
    bool own = type == field->type, nullable = own && (field->flags & LW_NULLABLE), is_list = type == LW_TYPE_LIST || type == LW_TYPE_MAP;
    if (field->schema && !is_list) {
        if (nullable)
            lw_buf_put_literal(out, "{\"anyOf\": [");
        put_reference(out, list, field->schema, own ? field->description : NULL);
        if (nullable)
            lw_buf_put_literal(out, ", {\"type\": \"null\"}]}");
        return;
    }
    lw_buf_put_char(out, '{');
    if (json_type(type) && nullable) {
        lw_buf_put_key(out, "type");
        lw_buf_print(out, "[\"%s\", \"null\"]", json_type(type));
    } else if (json_type(type)) {
        put_pair(out, "type", json_type(type));
    }
    if (type == LW_TYPE_TEXT && field->options)
        put_options(out, field->options);
    if (own && field->description)
        put_pair(out, "description", field->description);
    if (own)
        put_bounds(out, field);
    if (own && is_list) {
        lw_buf_put_key(out, type == LW_TYPE_LIST ? "items" : "additionalProperties");
        for (int level = 1; level < field->levels; level++)
            lw_buf_put_literal(out, "{\"type\": \"array\", \"items\": ");
        put_type(out, list, field, field->of);
        for (int level = 1; level < field->levels; level++)
            lw_buf_put_char(out, '}');
    }
    lw_buf_put_char(out, '}');
}

static void put_properties(lw_buf *out, schema_list *list, const lw_schema *schema)
{
    if (schema->base)
        put_properties(out, list, schema->base);
    for (const lw_field *field = schema->fields; field->name; field++) {
        lw_buf_put_key(out, field->name);
        put_type(out, list, field, field->type);
    }
}

static void put_required(lw_buf *out, const lw_schema *schema)
{
    if (schema->base)
        put_required(out, schema->base);
    for (const lw_field *field = schema->fields; field->name; field++)
        if (field->flags & LW_REQUIRED) {
            lw_buf_put_comma(out);
            lw_buf_put_json_text(out, lw_text_from(field->name));
        }
}

static void put_object(lw_buf *out, schema_list *list, const lw_schema *schema)
{
    put_pair(out, "type", "object");
    lw_buf_put_key(out, "properties");
    lw_buf_put_char(out, '{');
    put_properties(out, list, schema);
    lw_buf_put_literal(out, "}, \"required\": [");
    put_required(out, schema);
    lw_buf_put_char(out, ']');
    lw_buf_put_key(out, "additionalProperties");
    lw_buf_put_string(out, schema->open ? "true" : "false");
}

static void put_schema(lw_buf *out, schema_list *list, const lw_schema *schema)
{
    lw_buf_put_char(out, '{');
    put_pair(out, "description", schema->description);
    if (schema->base) /* has a name of its own */
        enlist(list, schema->base);
    if (schema->fields) {
        put_object(out, list, schema);
    } else if (schema->options) {
        put_pair(out, "type", "string");
        put_options(out, schema->options);
    } else if (schema->any_of) {
        lw_buf_put_literal(out, ", \"anyOf\": [");
        for (const lw_schema *const *one = schema->any_of; *one; one++) {
            lw_buf_put_comma(out);
            put_reference(out, list, *one, NULL);
        }
        lw_buf_put_char(out, ']');
    } else {
        lw_buf_put_comma(out);
        lw_buf_put_string(out, schema->json);
    }
    lw_buf_put_char(out, '}');
}

static void put_parameters(lw_buf *out, schema_list *list, const lw_route *route)
{
    lw_buf_put_key(out, "parameters");
    lw_buf_put_char(out, '[');
    for (const char *open = strchr(route->path, '{'); open; open = strchr(open + 1, '{')) {
        lw_buf_put_comma(out);
        lw_buf_print(out, "{\"name\": \"%.*s\", \"in\": \"path\", \"required\": true, \"schema\": {\"type\": \"string\"}}",
                     (int)strcspn(open + 1, "}"), open + 1);
    }
    for (const lw_field *field = route->query ? route->query->fields : NULL; field && field->name; field++) {
        lw_buf_put_comma(out);
        lw_buf_put_char(out, '{');
        put_pair(out, "name", field->name);
        put_pair(out, "in", "query");
        if (field->flags & LW_REQUIRED)
            lw_buf_put_literal(out, ", \"required\": true");
        if (field->type == LW_TYPE_LIST)
            lw_buf_put_literal(out, ", \"style\": \"form\", \"explode\": false");
        lw_buf_put_key(out, "schema");
        put_type(out, list, field, field->type);
        lw_buf_put_char(out, '}');
    }
    lw_buf_put_char(out, ']');
}

static void put_content(lw_buf *out, schema_list *list, const char *type, const lw_schema *schema)
{
    lw_buf_put_key(out, "content");
    lw_buf_put_char(out, '{');
    lw_buf_put_key(out, type);
    lw_buf_put_literal(out, "{\"schema\": ");
    if (schema)
        put_reference(out, list, schema, NULL);
    else
        lw_buf_put_literal(out, "{}");
    lw_buf_put_literal(out, "}}");
}

static void put_body(lw_buf *out, schema_list *list, const lw_route *route)
{
    bool is_raw = route->flags & (LW_ROUTE_RAW | LW_ROUTE_UPLOAD);
    if (!route->body && !is_raw)
        return;
    lw_buf_put_key(out, "requestBody");
    lw_buf_put_literal(out, "{\"required\": true");
    put_content(out, list, !is_raw ? "application/json" : route->body_type ? route->body_type : "application/octet-stream", route->body);
    lw_buf_put_char(out, '}');
}

static void put_responses(lw_buf *out, schema_list *list, const lw_route *route)
{
    bool is_empty = !route->response && !route->response_type;
    lw_buf_put_key(out, "responses");
    lw_buf_print(out, "{\"%d\": {\"description\": \"Done\"", route->status ? route->status : is_empty ? 204 : 200);
    if (!is_empty)
        put_content(out, list, route->response_type ? route->response_type : "application/json", route->response);
    lw_buf_put_literal(out, "}, \"default\": {\"$ref\": \"#/components/responses/Error\"}}");
}

/* "List a project's items" gives listAProjectsItems. */
static void put_operation_id(lw_buf *out, const char *summary)
{
    lw_buf_put_key(out, "operationId");
    lw_buf_put_char(out, '"');
    bool at_word = false;
    for (const char *c = summary; *c; c++) {
        if (*c == ' ' || *c == '-')
            at_word = true;
        if (!isalnum((unsigned char)*c))
            continue;
        lw_buf_put_char(out, (char)(at_word ? toupper((unsigned char)*c) : c == summary ? tolower((unsigned char)*c) : *c));
        at_word = false;
    }
    lw_buf_put_char(out, '"');
}

static void put_operation(lw_buf *out, schema_list *list, const lw_route *route)
{
    static const char *const roles[] = {"public", "annotator", "owner"};
    static const char *const methods[] = {"get", "post", "put", "patch", "delete"};
    lw_buf_put_key(out, methods[route->method]);
    lw_buf_put_char(out, '{');
    put_pair(out, "summary", route->summary);
    put_operation_id(out, route->summary);
    put_pair(out, "x-role", roles[route->role]);
    if (route->role == LW_PUBLIC)
        lw_buf_put_literal(out, ", \"security\": []");
    put_parameters(out, list, route);
    put_body(out, list, route);
    put_responses(out, list, route);
    lw_buf_put_char(out, '}');
}

/* All methods of one path, when this row is the first to name it. */
static void put_path(lw_buf *out, schema_list *list, const lw_route *const *tables, const lw_route *row)
{
    bool is_first = true, reached = false;
    for (int pass = 0; pass < 2; pass++) {
        for (const lw_route *const *table = tables; *table; table++)
            for (const lw_route *route = *table; route->path; route++) {
                reached = reached || route == row;
                if (strcmp(route->path, row->path) != 0)
                    continue;
                if (pass == 0 && !reached)
                    is_first = false;
                else if (pass == 1)
                    put_operation(out, list, route);
            }
        if (!is_first)
            return;
        if (pass == 0) {
            lw_buf_put_key(out, row->path);
            lw_buf_put_char(out, '{');
        }
    }
    lw_buf_put_char(out, '}');
}

static const char error_parts[] =
    "\"responses\": {\"Error\": {\"description\": \"What went wrong, where, and what to do\", \"content\": {\"application/json\": "
    "{\"schema\": {\"$ref\": \"#/components/schemas/%s\"}}}}}, "
    "\"securitySchemes\": {\"token\": {\"type\": \"http\", \"scheme\": \"bearer\"}, "
    "\"session\": {\"type\": \"apiKey\", \"in\": \"cookie\", \"name\": \"session\", \"description\": \"its name ends in the store's id\"}}, ";

void lw_openapi_write(lw_buf *out, const char *title, const char *version, const lw_route *const *tables, const lw_schema *error)
{
    schema_list list = {.n = 0};
    enlist(&list, error);
    lw_buf_put_literal(out, "{\"openapi\": \"3.1.0\", \"info\": {\"title\": ");
    lw_buf_put_json_text(out, lw_text_from(title));
    put_pair(out, "version", version);
    lw_buf_put_literal(out, "}, \"security\": [{\"token\": []}, {\"session\": []}], \"paths\": {");
    for (const lw_route *const *table = tables; *table; table++)
        for (const lw_route *route = *table; route->path; route++)
            put_path(out, &list, tables, route);
    lw_buf_put_literal(out, "}, \"components\": {");
    lw_buf_print(out, error_parts, error->name);
    lw_buf_put_literal(out, "\"schemas\": {");
    for (size_t i = 0; i < list.n; i++) { /* grows while it is written */
        lw_buf_put_key(out, list.all[i]->name);
        put_schema(out, &list, list.all[i]);
    }
    lw_buf_put_literal(out, "}}}\n");
}
