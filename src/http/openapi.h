/* The OpenAPI 3.1 document, from the route tables alone. */
#pragma once

#include "base/buf.h"
#include "http/route.h"

/* tables as in lw_router; error describes what every failure answers. */
void lw_openapi_write(lw_buf *out, const char *title, const char *version, const lw_route *const *tables, const lw_schema *error);
