/* People (and whatever else signs labels), their sign-in links, sessions and API tokens. Secrets are kept hashed. */
#pragma once

#include "store/store.h"

enum { LW_ROLE_NONE = 0, LW_ROLE_ANNOTATOR = 1, LW_ROLE_OWNER = 2 }; /* none: a name on labels that cannot sign in */
enum { LW_SECRET_SIZE = 44 };                                        /* 32 random bytes in base64url, with its 0 */

typedef struct lw_user {
    int64_t id;
    lw_text name;
    int role;
    lw_text settings; /* a JSON object's text */
    int64_t created_us;
} lw_user;

/* A name for role; and back (false: no such role). */
const char *lw_role_name(int role);
bool lw_role_from_name(lw_text name, int *out);

/* Inside a write. LW_CONFLICT: the name is taken (a name without a role is given the role instead). */
LW_MUST_USE lw_status lw_user_create(lw_ctx *cx, lw_store *store, lw_db *db, lw_text name, int role, lw_user *out);
/* The user of that name, made with role none when there is none. */
LW_MUST_USE lw_status lw_user_ensure(lw_ctx *cx, lw_store *store, lw_db *db, lw_text name, int64_t *id);
LW_MUST_USE lw_status lw_user_set_role(lw_ctx *cx, lw_db *db, int64_t id, int role); /* the last owner stays one */
LW_MUST_USE lw_status lw_user_set_settings(lw_ctx *cx, lw_db *db, int64_t id, lw_text settings);
LW_MUST_USE lw_status lw_user_remove(lw_ctx *cx, lw_db *db, int64_t id); /* keeps the name on labels; ends sessions and tokens */

LW_MUST_USE lw_status lw_user_get(lw_ctx *cx, lw_db *db, int64_t id, lw_user *out);
LW_MUST_USE lw_status lw_user_find(lw_ctx *cx, lw_db *db, lw_text name, lw_user *out);
/* Everybody with a role, by id, after this id. */
LW_MUST_USE lw_status lw_user_list(lw_ctx *cx, lw_db *db, int64_t after, int64_t limit, lw_user **out, size_t *n_out);
/* The name behind an id, from a cache; "?" for none. Lives as long as the store. */
lw_text lw_user_name(lw_ctx *cx, lw_store *store, lw_db *db, int64_t id);

/* A link's secret, good once and for 7 days; a session's or token's secret. Inside a write. */
LW_MUST_USE lw_status lw_link_create(lw_ctx *cx, lw_db *db, int64_t user_id, char secret[LW_SECRET_SIZE], int64_t *expires_us);
/* Uses up the link and opens a session of 30 days. LW_SIGNED_OUT when it is used, expired or unknown. */
LW_MUST_USE lw_status lw_session_create(lw_ctx *cx, lw_db *db, lw_text link_secret, char secret[LW_SECRET_SIZE], int64_t *user_id);
LW_MUST_USE lw_status lw_session_remove(lw_ctx *cx, lw_db *db, lw_text secret);
/* Moves the session's end to 30 days from now. */
LW_MUST_USE lw_status lw_session_extend(lw_ctx *cx, lw_db *db, lw_text secret);
typedef struct lw_signed_in {
    int64_t user_id;
    int role;
    lw_text name;       /* lives as long as the store */
    int64_t token_id;   /* 0: a session */
    int64_t expires_us; /* 0: never */
} lw_signed_in;
/* Who that is; *needs_extending once a day. LW_SIGNED_OUT otherwise. */
LW_MUST_USE lw_status lw_session_check(lw_ctx *cx, lw_store *store, lw_text secret, lw_signed_in *out, bool *needs_extending);

typedef struct lw_token {
    int64_t id, user_id;
    lw_text name, user_name;
    int64_t created_us, expires_us; /* 0: never */
} lw_token;
LW_MUST_USE lw_status lw_token_create(lw_ctx *cx, lw_db *db, int64_t user_id, lw_text name, int64_t expires_us, char secret[LW_SECRET_SIZE],
                                      int64_t *id);
LW_MUST_USE lw_status lw_token_revoke(lw_ctx *cx, lw_db *db, int64_t id, int64_t only_user_id /* 0: anybody's */);
LW_MUST_USE lw_status lw_token_list(lw_ctx *cx, lw_db *db, int64_t only_user_id, int64_t after, int64_t limit, lw_token **out, size_t *n_out);
LW_MUST_USE lw_status lw_token_check(lw_ctx *cx, lw_store *store, lw_text secret, lw_signed_in *out);

struct lw_user_cache *lw_user_cache_new(void);
void lw_user_cache_free(struct lw_user_cache *cache);
