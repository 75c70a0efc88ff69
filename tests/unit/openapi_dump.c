/* Prints what GET /v1/openapi.json answers: tools/types makes the web app's types of it. */
#include <stdio.h>

#include "api/api.h"
#include "api/schemas.h"
#include "http/openapi.h"

int main(void)
{
    LW_AUTO(lw_buf) out = {0};
    lw_openapi_write(&out, "Labelwright", LW_VERSION, lw_api_tables, &lw_failure_schema);
    return fwrite(out.data, 1, out.size, stdout) == out.size ? 0 : 1;
}
