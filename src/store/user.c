#include "store/user.h"

#include <openssl/sha.h>
#include <pthread.h>
#include <sys/random.h>

#include "base/clock.h"
#include "statements.h"
#include "store/memo.h"

#define DAY_US (24LL * 3600 * 1000000)
#define LINK_US (7 * DAY_US)
#define SESSION_US (30 * DAY_US)

static const char *const role_names[] = {"none", "annotator", "owner"};

const char *lw_role_name(int role) { return role >= 0 && role <= LW_ROLE_OWNER ? role_names[role] : "none"; }

bool lw_role_from_name(lw_text name, int *out)
{
    for (int role = LW_ROLE_ANNOTATOR; role <= LW_ROLE_OWNER; role++) {
        if (lw_text_is(name, role_names[role])) {
            *out = role;
            return true;
        }
    }
    return false;
}

/* --- names by id, for reading labels */

struct lw_user_cache {
    pthread_rwlock_t lock;
    lw_arena *arena;
    lw_text *names; /* by id */
    int64_t n_names;
};

enum { MAX_CACHED_USERS = 1 << 20 };

struct lw_user_cache *lw_user_cache_new(void)
{
    struct lw_user_cache *cache = lw_heap_new(sizeof *cache);
    pthread_rwlock_init(&cache->lock, NULL);
    cache->arena = lw_arena_new();
    return cache;
}

void lw_user_cache_free(struct lw_user_cache *cache)
{
    pthread_rwlock_destroy(&cache->lock);
    lw_arena_free(cache->arena);
    lw_heap_free(cache->names);
    lw_heap_free(cache);
}

static lw_text cached_name(struct lw_user_cache *cache, int64_t id)
{
    lw_text name = {0};
    pthread_rwlock_rdlock(&cache->lock);
    if (id > 0 && id < cache->n_names)
        name = cache->names[id];
    pthread_rwlock_unlock(&cache->lock);
    return name;
}

lw_text lw_user_name(lw_ctx *cx, lw_store *store, lw_db *db, int64_t id)
{
    struct lw_user_cache *cache = lw_store_users(store);
    lw_text name = cached_name(cache, id);
    lw_user user;
    if (name.size || id <= 0 || id >= MAX_CACHED_USERS || lw_user_get(cx, db, id, &user) != LW_OK)
        return name.size ? name : LW_TEXT("?");
    pthread_rwlock_wrlock(&cache->lock);
    if (id >= cache->n_names) {
        int64_t grown = id + 64;
        cache->names = lw_heap_resize(cache->names, (size_t)grown * sizeof *cache->names);
        memset(cache->names + cache->n_names, 0, (size_t)(grown - cache->n_names) * sizeof *cache->names);
        cache->n_names = grown;
    }
    if (!cache->names[id].size)
        cache->names[id] = lw_text_copy(cache->arena, user.name);
    name = cache->names[id];
    pthread_rwlock_unlock(&cache->lock);
    return name;
}

/* --- users */

static lw_user read_user(lw_ctx *cx, const lw_rows *rows, int from)
{
    return (lw_user){.id = lw_rows_int(rows, from),
                     .name = lw_text_copy(cx->arena, lw_rows_text(rows, from + 1)),
                     .role = (int)lw_rows_int(rows, from + 2),
                     .settings = lw_text_copy(cx->arena, lw_rows_text(rows, from + 3)),
                     .created_us = lw_rows_int(rows, from + 4)};
}

lw_status lw_user_get(lw_ctx *cx, lw_db *db, int64_t id, lw_user *out)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status = lw_query_one(cx, db, &lw_sql_user_get, LW_PARAMS(lw_int(id)), &rows);
    if (status == LW_NOT_FOUND)
        return lw_fail(cx, LW_NOT_FOUND, "no user %" PRId64, id);
    LW_TRY(status);
    *out = read_user(cx, &rows, 0);
    return LW_OK;
}

lw_status lw_user_find(lw_ctx *cx, lw_db *db, lw_text name, lw_user *out)
{
    LW_AUTO(lw_rows) rows = {0};
    lw_status status = lw_query_one(cx, db, &lw_sql_user_find, LW_PARAMS(lw_string(name)), &rows);
    if (status == LW_NOT_FOUND)
        return lw_fail(cx, LW_NOT_FOUND, "no user named '%.*s'", LW_FMT(name));
    LW_TRY(status);
    *out = read_user(cx, &rows, 0);
    return LW_OK;
}

lw_status lw_user_create(lw_ctx *cx, lw_store *store, lw_db *db, lw_text name, int role, lw_user *out)
{
    LW_TRY(lw_name_check(cx, "user", name));
    lw_user found;
    lw_status status = lw_user_find(cx, db, name, &found);
    if (status == LW_OK && found.role != LW_ROLE_NONE)
        return lw_fail(cx, LW_CONFLICT, "there is a user named '%.*s' already", LW_FMT(name));
    if (status == LW_OK) {
        LW_TRY(lw_run(cx, db, &lw_sql_user_set_role, LW_PARAMS(lw_int(found.id), lw_int(role))));
        found.role = role;
        *out = found;
        return LW_OK;
    }
    if (status != LW_NOT_FOUND)
        return status;
    lw_user made = {.name = name, .role = role, .settings = LW_TEXT("{}"), .created_us = lw_now_us()};
    LW_TRY(lw_id_take(cx, db, "user", 1, &made.id));
    LW_TRY(lw_run(cx, db, &lw_sql_user_insert, LW_PARAMS(lw_int(made.id), lw_string(name), lw_int(role), lw_int(made.created_us))));
    *out = made;
    return LW_OK;
}

lw_status lw_user_ensure(lw_ctx *cx, lw_store *store, lw_db *db, lw_text name, int64_t *id)
{
    lw_user user;
    lw_status status = lw_user_find(cx, db, name, &user);
    if (status == LW_NOT_FOUND)
        status = lw_user_create(cx, store, db, name, LW_ROLE_NONE, &user);
    LW_TRY(status);
    *id = user.id;
    return LW_OK;
}

static lw_status check_not_last_owner(lw_ctx *cx, lw_db *db, int64_t id)
{
    lw_user user;
    LW_TRY(lw_user_get(cx, db, id, &user));
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query_one(cx, db, &lw_sql_user_count_owners, LW_NO_PARAMS, &rows));
    if (user.role == LW_ROLE_OWNER && lw_rows_int(&rows, 0) < 2)
        return lw_fail(cx, LW_CONFLICT, "'%.*s' is the only owner: make somebody else an owner first", LW_FMT(user.name));
    return LW_OK;
}

lw_status lw_user_set_role(lw_ctx *cx, lw_db *db, int64_t id, int role)
{
    if (role != LW_ROLE_OWNER)
        LW_TRY(check_not_last_owner(cx, db, id));
    return lw_run(cx, db, &lw_sql_user_set_role, LW_PARAMS(lw_int(id), lw_int(role)));
}

lw_status lw_user_set_settings(lw_ctx *cx, lw_db *db, int64_t id, lw_text settings)
{
    return lw_run(cx, db, &lw_sql_user_set_settings, LW_PARAMS(lw_int(id), lw_string(settings)));
}

lw_status lw_user_remove(lw_ctx *cx, lw_db *db, int64_t id)
{
    LW_TRY(check_not_last_owner(cx, db, id));
    int64_t now = lw_now_us();
    LW_TRY(lw_run(cx, db, &lw_sql_user_remove, LW_PARAMS(lw_int(id), lw_int(now))));
    LW_TRY(lw_run(cx, db, &lw_sql_session_remove_of_user, LW_PARAMS(lw_int(id))));
    return lw_run(cx, db, &lw_sql_token_revoke_of_user, LW_PARAMS(lw_int(id), lw_int(now)));
}

lw_status lw_user_list(lw_ctx *cx, lw_db *db, int64_t after, int64_t limit, lw_user **out, size_t *n_out)
{
    lw_user *users = lw_new_array(cx->arena, lw_user, (size_t)limit);
    size_t n = 0;
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, &lw_sql_user_list, LW_PARAMS(lw_int(after), lw_int(limit)), &rows));
    lw_status status;
    while (lw_rows_next(cx, &rows, &status))
        users[n++] = read_user(cx, &rows, 0);
    LW_TRY(status);
    *out = users;
    *n_out = n;
    return LW_OK;
}

/* --- secrets: 256 random bits need no slow hash */

static lw_text hash_secret(lw_arena *arena, lw_text secret)
{
    char *hash = lw_alloc(arena, SHA256_DIGEST_LENGTH);
    SHA256((const unsigned char *)secret.data, secret.size, (unsigned char *)hash);
    return (lw_text){hash, SHA256_DIGEST_LENGTH};
}

static lw_status make_secret(lw_ctx *cx, char secret[LW_SECRET_SIZE], lw_text *hash)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char random[33] = {0};
    if (getrandom(random, 32, 0) != 32)
        return lw_fail(cx, LW_FAILED, "no random numbers");
    for (int i = 0; i < LW_SECRET_SIZE - 1; i++) {
        int bit = i * 6, at = bit / 8;
        unsigned pair = (unsigned)random[at] << 8 | random[at + 1];
        secret[i] = digits[pair >> (10 - bit % 8) & 63];
    }
    secret[LW_SECRET_SIZE - 1] = 0;
    *hash = hash_secret(cx->arena, lw_text_from(secret));
    return LW_OK;
}

lw_status lw_link_create(lw_ctx *cx, lw_db *db, int64_t user_id, char secret[LW_SECRET_SIZE], int64_t *expires_us)
{
    lw_user user;
    LW_TRY(lw_user_get(cx, db, user_id, &user));
    if (user.role == LW_ROLE_NONE)
        return lw_fail(cx, LW_CONFLICT, "'%.*s' is only a name on labels; give it a role first", LW_FMT(user.name));
    lw_text hash;
    LW_TRY(make_secret(cx, secret, &hash));
    *expires_us = lw_now_us() + LINK_US;
    LW_TRY(lw_run(cx, db, &lw_sql_link_remove_old, LW_PARAMS(lw_int(lw_now_us() - DAY_US))));
    return lw_run(cx, db, &lw_sql_link_insert, LW_PARAMS(lw_bytes(hash), lw_int(user_id), lw_int(*expires_us)));
}

lw_status lw_session_create(lw_ctx *cx, lw_db *db, lw_text link_secret, char secret[LW_SECRET_SIZE], int64_t *user_id)
{
    int64_t now = lw_now_us();
    {
        LW_AUTO(lw_rows) rows = {0};
        lw_status status = lw_query_one(cx, db, &lw_sql_link_use, LW_PARAMS(lw_bytes(hash_secret(cx->arena, link_secret)), lw_int(now)), &rows);
        if (status == LW_NOT_FOUND)
            return lw_fail(cx, LW_SIGNED_OUT, "this sign-in link was used already or has expired; get a fresh one with `lw user link NAME`");
        LW_TRY(status);
        *user_id = lw_rows_int(&rows, 0);
        while (lw_rows_next(cx, &rows, &status))
            continue;
        LW_TRY(status);
    }
    lw_user user;
    LW_TRY(lw_user_get(cx, db, *user_id, &user));
    lw_text hash;
    LW_TRY(make_secret(cx, secret, &hash));
    LW_TRY(lw_run(cx, db, &lw_sql_session_remove_old, LW_PARAMS(lw_int(now))));
    return lw_run(cx, db, &lw_sql_session_insert, LW_PARAMS(lw_bytes(hash), lw_int(*user_id), lw_int(now), lw_int(now + SESSION_US)));
}

lw_status lw_session_remove(lw_ctx *cx, lw_db *db, lw_text secret)
{
    return lw_run(cx, db, &lw_sql_session_remove, LW_PARAMS(lw_bytes(hash_secret(cx->arena, secret))));
}

lw_status lw_session_extend(lw_ctx *cx, lw_db *db, lw_text secret)
{
    return lw_run(cx, db, &lw_sql_session_extend, LW_PARAMS(lw_bytes(hash_secret(cx->arena, secret)), lw_int(lw_now_us() + SESSION_US)));
}

/* Secrets are asked for with every request: the tables are read once. */
static lw_status check_secret(lw_ctx *cx, lw_store *store, const lw_sql *sql, lw_text secret, lw_signed_in *out)
{
    enum { USER, ROLE, EXPIRES, TOKEN };
    int64_t now = lw_now_us(), values[LW_MEMO_VALUES];
    lw_memo *memo = lw_store_memo(store);
    lw_text hash = hash_secret(cx->arena, secret), name = {0}, key = lw_memo_key(cx->arena, sql->name, hash);
    bool is_known = lw_memo_get(memo, key, values) && (!values[EXPIRES] || values[EXPIRES] > now);
    if (is_known)
        name = cached_name(lw_store_users(store), values[USER]);
    if (!name.size) {
        uint64_t version = lw_memo_version(memo);
        LW_AUTO(lw_reader) reader = {0};
        LW_AUTO(lw_rows) rows = {0};
        LW_TRY(lw_reader_begin(cx, store, &reader));
        LW_TRY(lw_query_one(cx, reader.db, sql, LW_PARAMS(lw_bytes(hash), lw_int(now)), &rows));
        for (int i = 0; i < LW_MEMO_VALUES; i++)
            values[i] = lw_rows_int(&rows, i);
        name = lw_user_name(cx, store, reader.db, values[USER]);
        lw_memo_put(memo, version, key, values);
    }
    *out = (lw_signed_in){.user_id = values[USER], .role = (int)values[ROLE], .name = name, .token_id = values[TOKEN], .expires_us = values[EXPIRES]};
    return LW_OK;
}

lw_status lw_session_check(lw_ctx *cx, lw_store *store, lw_text secret, lw_signed_in *out, bool *needs_extending)
{
    lw_status status = check_secret(cx, store, &lw_sql_session_get, secret, out);
    if (status == LW_NOT_FOUND)
        return lw_fail(cx, LW_SIGNED_OUT, "the session has run out; open a fresh sign-in link");
    LW_TRY(status);
    *needs_extending = out->expires_us < lw_now_us() + SESSION_US - DAY_US;
    return LW_OK;
}

lw_status lw_token_check(lw_ctx *cx, lw_store *store, lw_text secret, lw_signed_in *out)
{
    lw_status status = check_secret(cx, store, &lw_sql_token_get, secret, out);
    return status == LW_NOT_FOUND ? lw_fail(cx, LW_SIGNED_OUT, "this token is unknown, revoked or expired") : status;
}

lw_status lw_token_create(lw_ctx *cx, lw_db *db, int64_t user_id, lw_text name, int64_t expires_us, char secret[LW_SECRET_SIZE], int64_t *id)
{
    LW_TRY(lw_name_check(cx, "token", name));
    lw_text hash;
    LW_TRY(make_secret(cx, secret, &hash));
    LW_TRY(lw_id_take(cx, db, "token", 1, id));
    return lw_run(cx, db, &lw_sql_token_insert,
                  LW_PARAMS(lw_int(*id), lw_int(user_id), lw_string(name), lw_bytes(hash), lw_int(lw_now_us()), lw_int_or_null(expires_us)));
}

lw_status lw_token_revoke(lw_ctx *cx, lw_db *db, int64_t id, int64_t only_user_id)
{
    LW_TRY(lw_run(cx, db, &lw_sql_token_revoke, LW_PARAMS(lw_int(id), lw_int(only_user_id), lw_int(lw_now_us()))));
    return db->driver->changes(db) ? LW_OK : lw_fail(cx, LW_NOT_FOUND, "no token %" PRId64, id);
}

lw_status lw_token_list(lw_ctx *cx, lw_db *db, int64_t only_user_id, int64_t after, int64_t limit, lw_token **out, size_t *n_out)
{
    LW_AUTO(lw_rows) rows = {0};
    LW_TRY(lw_query(cx, db, &lw_sql_token_list, LW_PARAMS(lw_int(only_user_id), lw_int(after), lw_int(limit)), &rows));
    lw_token *tokens = lw_new_array(cx->arena, lw_token, (size_t)limit);
    size_t n = 0;
    lw_status status;
    while (lw_rows_next(cx, &rows, &status))
        tokens[n++] = (lw_token){.id = lw_rows_int(&rows, 0),
                                 .user_id = lw_rows_int(&rows, 1),
                                 .name = lw_text_copy(cx->arena, lw_rows_text(&rows, 2)),
                                 .user_name = lw_text_copy(cx->arena, lw_rows_text(&rows, 3)),
                                 .created_us = lw_rows_int(&rows, 4),
                                 .expires_us = lw_rows_int(&rows, 5)};
    LW_TRY(status);
    *out = tokens;
    *n_out = n;
    return LW_OK;
}
