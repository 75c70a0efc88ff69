#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef LW_ANALYSER
#undef lw_fail
#undef lw_fail_errno
#undef lw_fail_at
#endif

static const struct {
    int http, exit_code;
    const char *slug;
} table[] = {
#define LW_STATUS_ROW(name, http, exit_code, slug) [name] = {http, exit_code, slug},
    LW_STATUS_TABLE(LW_STATUS_ROW)
#undef LW_STATUS_ROW
};

int lw_status_http(lw_status status) { return table[status].http; }
int lw_status_exit(lw_status status) { return table[status].exit_code; }
const char *lw_status_slug(lw_status status) { return table[status].slug; }

lw_status lw_status_from_slug(const char *slug)
{
    for (int i = 0; i < LW_N_STATUS; i++)
        if (strcmp(table[i].slug, slug) == 0)
            return (lw_status)i;
    return LW_FAILED;
}

static void set_message(lw_ctx *cx, lw_status status, const char *format, va_list args)
{
    char message[sizeof cx->message]; /* the old message may be among the arguments */
    vsnprintf(message, sizeof message, format, args);
    memcpy(cx->message, message, sizeof message);
    cx->status = status;
    cx->fields = NULL;
    cx->details = NULL;
}

lw_status lw_fail(lw_ctx *cx, lw_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_message(cx, status, format, args);
    va_end(args);
    return status;
}

lw_status lw_fail_errno(lw_ctx *cx, int error, const char *format, ...)
{
    lw_status status = error == ENOSPC || error == EDQUOT                    ? LW_FULL
                       : error == EACCES || error == EPERM || error == EROFS ? LW_DENIED
                       : error == ENOENT                                     ? LW_NOT_FOUND
                                                                             : LW_FAILED;
    va_list args;
    va_start(args, format);
    set_message(cx, status, format, args);
    va_end(args);
    size_t used = strlen(cx->message);
    snprintf(cx->message + used, sizeof cx->message - used, ": %s", strerror(error));
    return status;
}

void lw_fail_field(lw_ctx *cx, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    lw_field_error *field = lw_new(cx->arena, lw_field_error);
    *field = (lw_field_error){.next = cx->fields, .path = lw_print(cx->arena, "%s", path), .message = lw_vprint(cx->arena, format, args)};
    cx->fields = field;
    va_end(args);
}

lw_status lw_fail_at(lw_ctx *cx, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_message(cx, LW_INVALID, format, args);
    va_end(args);
    lw_fail_field(cx, path, "%s", cx->message);
    return LW_INVALID;
}

lw_status lw_progress(lw_ctx *cx, int64_t done, int64_t total) { return cx->progress ? cx->progress(cx, cx->progress_state, done, total) : LW_OK; }

void lw_ctx_clear(lw_ctx *cx)
{
    cx->status = LW_OK;
    cx->message[0] = 0;
    cx->fields = NULL;
    cx->details = NULL;
}

void lw_assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "lw: broken invariant: %s (%s:%d)\n", condition, file, line);
    abort();
}
