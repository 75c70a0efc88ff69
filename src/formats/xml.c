#include "formats/xml.h"

#include <expat.h>

#include "base/buf.h"
#include "base/limits.h"

#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 9 /* which calls the other one deprecated */
#define LINE_NUMBER XML_GetCurrentLineNumber64
#else
#define LINE_NUMBER XML_GetCurrentLineNumber
#endif

enum { MAX_DEPTH = 32, MAX_ELEMENTS = 2000000 };

typedef struct parser {
    lw_ctx *cx;
    XML_Parser expat;
    lw_xml *stack[MAX_DEPTH];
    size_t depth, n_elements;
    lw_xml *root;
    lw_buf text; /* since the last tag */
    const char *refused;
} parser;

static void refuse(parser *state, const char *why)
{
    state->refused = why;
    XML_StopParser(state->expat, XML_FALSE);
}

static void on_start(void *user, const char *name, const char **attributes)
{
    parser *state = user;
    if (state->depth == MAX_DEPTH || ++state->n_elements > MAX_ELEMENTS) {
        refuse(state, state->depth == MAX_DEPTH ? "nested too deep" : "too many elements");
        return;
    }
    lw_xml *made = lw_new(state->cx->arena, lw_xml);
    made->name = lw_text_copy(state->cx->arena, lw_text_from(name));
    made->tail = &made->first;
    if (state->depth) {
        lw_xml *parent = state->stack[state->depth - 1];
        *parent->tail = made;
        parent->tail = &made->next;
    } else {
        state->root = made;
    }
    state->stack[state->depth++] = made;
    lw_buf_reset(&state->text);
}

static void on_end(void *user, const char *name)
{
    parser *state = user;
    lw_xml *ended = state->stack[--state->depth];
    if (!ended->first)
        ended->text = lw_text_copy(state->cx->arena, lw_text_trim(lw_buf_text(&state->text)));
    lw_buf_reset(&state->text);
}

static void on_text(void *user, const char *data, int size)
{
    parser *state = user;
    lw_buf_put(&state->text, data, (size_t)size);
    if (state->text.failed)
        refuse(state, "a text is too long");
}

static void on_doctype(void *user, const char *name, const char *system, const char *public, int has_internal_subset)
{
    if (has_internal_subset)
        refuse(user, "it brings a DTD, which is not read");
}

static void on_entity(void *user, const char *name, int is_parameter, const char *value, int size, const char *base, const char *system,
                      const char *public, const char *notation)
{
    refuse(user, "it declares entities, which are not read");
}

static lw_status parse_as(lw_ctx *cx, lw_text file, const char *encoding, lw_xml **out, enum XML_Error *error)
{
    parser state = {.cx = cx, .expat = XML_ParserCreate(encoding), .text = {.limit = LW_LIMIT_ITEM_FILE_BYTES}};
    if (!state.expat)
        return lw_fail(cx, LW_FAILED, "no memory for XML");
    XML_SetUserData(state.expat, &state);
    XML_SetElementHandler(state.expat, on_start, on_end);
    XML_SetCharacterDataHandler(state.expat, on_text);
    XML_SetStartDoctypeDeclHandler(state.expat, on_doctype);
    XML_SetEntityDeclHandler(state.expat, on_entity);
    *error = XML_ERROR_NONE;
    unsigned long line = 0;
    if (XML_Parse(state.expat, file.data ? file.data : "", (int)file.size, 1) != XML_STATUS_OK) {
        *error = XML_GetErrorCode(state.expat);
        line = (unsigned long)LINE_NUMBER(state.expat);
    }
    XML_ParserFree(state.expat);
    lw_buf_cleanup(&state.text);
    if (state.refused)
        return lw_fail(cx, LW_INVALID, "line %lu: %s", line, state.refused);
    if (*error != XML_ERROR_NONE)
        return lw_fail(cx, LW_INVALID, "line %lu: %s", line, XML_ErrorString(*error));
    *out = state.root;
    return LW_OK;
}

lw_status lw_xml_parse(lw_ctx *cx, lw_text file, lw_xml **out, bool *is_latin1)
{
    enum XML_Error error = XML_ERROR_NONE;
    *is_latin1 = false;
    if (file.size > LW_LIMIT_ITEM_FILE_BYTES)
        return lw_fail(cx, LW_TOO_LARGE, "XML of more than %d bytes", LW_LIMIT_ITEM_FILE_BYTES);
    lw_status status = parse_as(cx, file, NULL, out, &error);
    if (status == LW_OK || error != XML_ERROR_INVALID_TOKEN || lw_text_is_utf8(file))
        return status;
    *is_latin1 = true;
    return parse_as(cx, file, "ISO-8859-1", out, &error);
}

const lw_xml *lw_xml_get(const lw_xml *element, const char *name)
{
    for (const lw_xml *at = element ? element->first : NULL; at; at = at->next)
        if (lw_text_is(at->name, name))
            return at;
    return NULL;
}

lw_text lw_xml_get_text(const lw_xml *element, const char *name)
{
    const lw_xml *found = lw_xml_get(element, name);
    return found ? found->text : (lw_text){0};
}

void lw_xml_put_text(lw_buf *buf, lw_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '&')
            lw_buf_put_literal(buf, "&amp;");
        else if (c == '<')
            lw_buf_put_literal(buf, "&lt;");
        else if (c == '>')
            lw_buf_put_literal(buf, "&gt;");
        else if (c == '\r' || c == '\n' || c == '\t')
            lw_buf_print(buf, "&#%d;", c); /* read back as they are */
        else if (c < 0x20)
            lw_buf_put_literal(buf, "\xef\xbf\xbd");
        else
            lw_buf_put_char(buf, (char)c);
    }
}
