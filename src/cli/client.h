/* Requests to the API: in process on a store's folder, through the socket of the server that has it open, or to a server's address. */
#pragma once

#include "api/api.h"

typedef enum lw_client_mode {
    LW_CLIENT_BARE,   /* no store: for what the program knows by itself */
    LW_CLIENT_READ,   /* the store must exist; several may read */
    LW_CLIENT_WRITE,  /* it must exist */
    LW_CLIENT_CREATE, /* it is made when it is missing */
} lw_client_mode;

typedef struct lw_client lw_client;

typedef struct lw_call {
    lw_method method;
    const char *target; /* path and query */
    lw_text body;
    const char *type; /* of the body; NULL: application/json */
    const char *key;  /* Idempotency-Key, or NULL */
    int file;         /* > 0: the body is this descriptor's content, of file_bytes */
    int64_t file_bytes;
    int64_t sent_before, sent_total; /* with a file: bytes of files before it, and of all, for lw_progress */
    int into;                        /* > 0: the answer is written to this descriptor */
} lw_call;

/* server: "https://host[/path]", asked with the token in LW_TOKEN; else NULL. */
LW_MUST_USE lw_status lw_client_open(lw_ctx *cx, const char *store, const char *server, lw_client_mode mode, lw_client **out);
void lw_client_close(lw_client *client);
/* The store when it is open in this process, else NULL. */
lw_app *lw_client_app(lw_client *client);
/* The client is on another machine, perhaps: paths mean nothing there. */
bool lw_client_is_remote(const lw_client *client);
/* The answer's body, empty when it went into a descriptor. An error's answer is the failure that it tells. */
LW_MUST_USE lw_status lw_client_call(lw_ctx *cx, lw_client *client, const lw_call *call, lw_text *out);
/* The document of the last error answered; empty when there was none. */
lw_text lw_client_error(const lw_client *client);
/* What the last answer's stream said of itself behind its end (LW_REPORT_TRAILER); empty when nothing. */
lw_text lw_client_report(const lw_client *client);
/* As one step of a path or one value of a query. */
char *lw_url_encode(lw_arena *arena, lw_text text);
