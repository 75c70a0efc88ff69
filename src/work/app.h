/* What every use case works on: one store, its blobs, the media workers and their cache, what tells others of changes. */
#pragma once

#include "blob/blob.h"
#include "media/cache.h"
#include "media/media.h"
#include "store/store.h"

typedef struct lw_app {
    lw_store *store;
    lw_blobs *blobs;
    lw_media *media;
    lw_media_cache *cache;       /* NULL: none */
    _Atomic bool is_tiling;      /* the tiles of an image are being made: of one at a time */
    const char *const *roots;    /* places that links and paths over HTTP may lead to; ended by NULL; may be NULL */
    struct lw_hashing *hashing;  /* hashes linked files; NULL: nobody does */
    struct lw_jobs *jobs;        /* runs jobs; NULL: run by whoever asks */
    const char *_Atomic address; /* where a browser reaches the server, for links; NULL: not known yet, or no server */
    /* Called after a commit is durable, on any thread; may be NULL. */
    void (*published)(struct lw_app *app, int64_t project_id, int64_t seq);
    void *publisher;
    struct lw_metrics *metrics; /* of the server that has the store open; NULL: none */
} lw_app;

/* Opens the store and all that hangs on it. */
LW_MUST_USE lw_status lw_app_open(lw_ctx *cx, const char *folder, lw_store_mode mode, lw_app *out);
void lw_app_close(lw_app *app);
/* The first owner, made when there is nobody yet: who the command line and the socket act as. */
LW_MUST_USE lw_status lw_app_owner(lw_ctx *cx, lw_app *app, int64_t *user_id);
