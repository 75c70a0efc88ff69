/* What can go wrong, and the context that carries it: one table makes the status, HTTP code, exit code and slug. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* name, HTTP status, exit code, slug */
#define LW_STATUS_TABLE(X)                   \
    X(LW_OK, 200, 0, "ok")                   \
    X(LW_INVALID, 400, 1, "invalid")         \
    X(LW_USAGE, 400, 2, "usage")             \
    X(LW_SIGNED_OUT, 401, 6, "signed-out")   \
    X(LW_DENIED, 403, 6, "not-allowed")      \
    X(LW_NOT_FOUND, 404, 3, "not-found")     \
    X(LW_METHOD, 405, 2, "method")           \
    X(LW_CONFLICT, 409, 4, "conflict")       \
    X(LW_TOO_LARGE, 413, 1, "too-large")     \
    X(LW_REFUSED, 428, 5, "refused")         \
    X(LW_BUSY, 429, 1, "busy")               \
    X(LW_CANCELLED, 499, 1, "cancelled")     \
    X(LW_FAILED, 500, 1, "failed")           \
    X(LW_DAMAGED, 500, 7, "damaged")         \
    X(LW_UNAVAILABLE, 503, 1, "unavailable") \
    X(LW_FULL, 507, 1, "disk-full")

#define LW_STATUS_ENUM(name, http, exit_code, slug) name,
typedef enum lw_status { LW_STATUS_TABLE(LW_STATUS_ENUM) LW_N_STATUS } lw_status;
#undef LW_STATUS_ENUM

enum { LW_EXIT_PARTIAL = 8 }; /* done, but part of the source could not be read */

int lw_status_http(lw_status status);
int lw_status_exit(lw_status status);
const char *lw_status_slug(lw_status status);
/* The status with this slug; LW_FAILED for a word that is none. */
lw_status lw_status_from_slug(const char *slug);

/* One thing wrong with one field of the input: path is a JSON pointer such as "/name". */
typedef struct lw_field_error {
    struct lw_field_error *next;
    const char *path;
    const char *message;
} lw_field_error;

/* Passed first to everything that can fail or allocate. The arena lives as long as the request, job or command. */
typedef struct lw_ctx {
    lw_arena *arena;
    lw_status status;
    char message[1024];
    lw_field_error *fields;
    const char *details; /* JSON object text joined to the error on the wire (a conflict's present label); or NULL */
    /* Told by long work how much of all is done, in bytes or items; a failure ends the work. NULL: nobody looks. */
    lw_status (*progress)(struct lw_ctx *cx, void *state, int64_t done, int64_t total);
    void *progress_state;
} lw_ctx;

#define LW_MUST_USE __attribute__((warn_unused_result))
#define LW_FORMAT(at, from) __attribute__((format(printf, at, from)))
/* Runs TYPE_cleanup(&variable) when the scope ends. */
#define LW_AUTO(type) __attribute__((cleanup(type##_cleanup))) type

/* Sets code and message at once and returns the code; nothing else sets either. The latest failure wins. */
lw_status lw_fail(lw_ctx *cx, lw_status status, const char *format, ...) LW_FORMAT(3, 4);
/* The same for a failed system call: "cannot …: No space left on device"; errno picks LW_FULL, LW_DENIED, LW_NOT_FOUND or LW_FAILED. */
lw_status lw_fail_errno(lw_ctx *cx, int error, const char *format, ...) LW_FORMAT(3, 4);
/* Adds a field's message to an LW_INVALID failure, so that a form can show it beside the field. */
void lw_fail_field(lw_ctx *cx, const char *path, const char *format, ...) LW_FORMAT(3, 4);
/* Both at once, for one wrong field: LW_INVALID. */
lw_status lw_fail_at(lw_ctx *cx, const char *path, const char *format, ...) LW_FORMAT(3, 4);
#ifdef LW_ANALYSER /* which sees one file at a time: a failure is none of LW_OK */
#define lw_fail(...) ((void)(lw_fail)(__VA_ARGS__), LW_FAILED)
#define lw_fail_errno(...) ((void)(lw_fail_errno)(__VA_ARGS__), LW_FAILED)
#define lw_fail_at(...) ((void)(lw_fail_at)(__VA_ARGS__), LW_FAILED)
#endif
LW_MUST_USE lw_status lw_progress(lw_ctx *cx, int64_t done, int64_t total);
/* Forgets the last failure. */
void lw_ctx_clear(lw_ctx *cx);

/* Hands a failure on; the only macro that returns. */
#define LW_TRY(call)                      \
    do {                                  \
        lw_status lw_try_status = (call); \
        if (lw_try_status != LW_OK)       \
            return lw_try_status;         \
    } while (0)

/* A broken invariant of ours, on in release; never for input. */
#define LW_ASSERT(condition) ((condition) ? (void)0 : lw_assert_failed(#condition, __FILE__, __LINE__))
_Noreturn void lw_assert_failed(const char *condition, const char *file, int line);

#define LW_COUNT(array) (sizeof(array) / sizeof((array)[0]))
