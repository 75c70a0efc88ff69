/* A small XML file as a tree. No DTD, no entities but XML's own five, nothing fetched, depth and size bounded. */
#pragma once

#include "base/text.h"

typedef struct lw_xml {
    lw_text name;
    lw_text text; /* of an element without children; trimmed */
    struct lw_xml *first, *next;
    struct lw_xml **tail;
} lw_xml;

/* The root element. LW_INVALID says where it is malformed, too deep, too large, or brings a DTD along. *is_latin1: the file says it is UTF-8
 * and is not; it was read as Latin-1. */
LW_MUST_USE lw_status lw_xml_parse(lw_ctx *cx, lw_text file, lw_xml **out, bool *is_latin1);
const lw_xml *lw_xml_get(const lw_xml *element, const char *name); /* the first child of that name, or NULL */
lw_text lw_xml_get_text(const lw_xml *element, const char *name);  /* its text, or empty */
/* Text with &, <, >, " and ' escaped; control characters that XML cannot say become U+FFFD. */
struct lw_buf;
void lw_xml_put_text(struct lw_buf *buf, lw_text text);
