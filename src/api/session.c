/* Signing in and out, who one is, people and their tokens. */
#include "api/common.h"
#include "base/clock.h"
#include "base/limits.h"

static const char *cookie_name(lw_ctx *cx, const lw_app *app) { return lw_print(cx->arena, "lw_%s", lw_store_id(app->store)); }

static lw_status extend_session(lw_ctx *cx, lw_store *store, lw_db *db, void *arg) { return lw_session_extend(cx, db, *(lw_text *)arg); }

static void set_cookie(lw_ctx *cx, lw_request *req, lw_response *res, const char *secret, int64_t seconds)
{
    const char *address = lw_api_app(req)->address; /* --base-url, where it was given */
    bool is_secure = address && lw_text_starts(lw_text_from(address), "https:");
    lw_response_add_header(req, res, "Set-Cookie", "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%" PRId64 "%s",
                           cookie_name(cx, lw_api_app(req)), secret, seconds, is_secure ? "; Secure" : "");
}

lw_status lw_api_authenticate(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_app *app = lw_api_app(req);
    lw_signed_in who = {0};
    lw_text bearer = lw_request_bearer(req), cookie = lw_request_cookie(req, cookie_name(cx, app));
    if (bearer.size) {
        LW_TRY(lw_token_check(cx, app->store, bearer, &who));
    } else if (req->is_local) {
        LW_AUTO(lw_reader) reader = {0};
        lw_user user;
        LW_TRY(lw_app_owner(cx, app, &who.user_id));
        LW_TRY(lw_reader_begin(cx, app->store, &reader));
        LW_TRY(lw_user_get(cx, reader.db, who.user_id, &user));
        who.role = user.role;
        who.name = user.name;
    } else if (cookie.size) {
        bool needs_extending = false;
        lw_status status = lw_session_check(cx, app->store, cookie, &who, &needs_extending);
        if (status == LW_SIGNED_OUT) { /* nobody: a public route still answers */
            lw_ctx_clear(cx);
            return LW_OK;
        }
        LW_TRY(status);
        req->caller.session_id = 1;
        if (needs_extending && lw_write_now(cx, app->store, extend_session, &cookie) == LW_OK)
            set_cookie(cx, req, res, lw_text_string(cx->arena, cookie), 30 * 24 * 3600);
    }
    req->caller.user_id = who.user_id;
    req->caller.role = (lw_role)who.role;
    req->caller.name = who.name;
    req->caller.token_id = who.token_id;
    return LW_OK;
}

typedef struct signing_in {
    lw_text link_secret;
    char secret[LW_SECRET_SIZE];
    int64_t user_id;
} signing_in;

static lw_status open_session(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    signing_in *s = arg;
    return lw_session_create(cx, db, s->link_secret, s->secret, &s->user_id);
}

static lw_status sign_in(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_app *app = lw_api_app(req);
    signing_in s = {.link_secret = lw_json_get_text(req->body, "secret")};
    LW_TRY(lw_write_now(cx, app->store, open_session, &s));
    set_cookie(cx, req, res, s.secret, 30 * 24 * 3600);
    LW_AUTO(lw_reader) reader = {0};
    lw_user user;
    LW_TRY(lw_reader_begin(cx, app->store, &reader));
    LW_TRY(lw_user_get(cx, reader.db, s.user_id, &user));
    lw_buf_put_literal(&res->body, "{\"user\": ");
    lw_put_user(&res->body, &user);
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

static lw_status close_session(lw_ctx *cx, lw_store *store, lw_db *db, void *arg) { return lw_session_remove(cx, db, *(lw_text *)arg); }

static lw_status sign_out(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_text cookie = lw_request_cookie(req, cookie_name(cx, lw_api_app(req)));
    if (cookie.size)
        LW_TRY(lw_write_now(cx, lw_api_app(req)->store, close_session, &cookie));
    set_cookie(cx, req, res, "", 0);
    return LW_OK;
}

static lw_status get_me(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_user user;
    LW_TRY(lw_reader_begin(cx, lw_api_app(req)->store, &reader));
    LW_TRY(lw_user_get(cx, reader.db, req->caller.user_id, &user));
    lw_buf_put_char(&res->body, '{');
    lw_put_user_fields(&res->body, &user);
    lw_put_text(&res->body, "store", lw_text_from(lw_store_id(lw_api_app(req)->store))); /* what waits in a browser belongs to one store */
    lw_buf_put_key(&res->body, "settings");
    lw_buf_put_text(&res->body, user.settings);
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

typedef struct user_write {
    int64_t user_id, expires_us, id, only_user_id;
    int role;
    lw_text text;
    char secret[LW_SECRET_SIZE];
    lw_user user;
} user_write;

static lw_status write_settings(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    user_write *w = arg;
    return lw_user_set_settings(cx, db, w->user_id, w->text);
}

static lw_status put_settings(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_buf) json = {0};
    lw_json_write(&json, req->body);
    user_write w = {.user_id = req->caller.user_id, .text = lw_buf_text(&json)};
    LW_TRY(lw_write_now(cx, lw_api_app(req)->store, write_settings, &w));
    return get_me(cx, req, res);
}

/* --- people */

static lw_status list_users(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_user *users;
    size_t n;
    int64_t limit = lw_api_limit(req, 200), after;
    LW_TRY(lw_api_after(cx, req, 0, &after));
    LW_TRY(lw_reader_begin(cx, lw_api_app(req)->store, &reader));
    LW_TRY(lw_user_list(cx, reader.db, after, limit, &users, &n));
    lw_buf_put_literal(&res->body, "{\"rows\": [");
    for (size_t i = 0; i < n; i++) {
        lw_buf_put_comma(&res->body);
        lw_put_user(&res->body, &users[i]);
    }
    lw_buf_put_char(&res->body, ']');
    lw_put_next(&res->body, n, limit, n ? users[n - 1].id : 0);
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

static lw_status write_user(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    user_write *w = arg;
    LW_TRY(lw_user_create(cx, store, db, w->text, w->role, &w->user));
    return lw_link_create(cx, db, w->user.id, w->secret, &w->expires_us);
}

static void put_link(lw_ctx *cx, lw_app *app, lw_buf *buf, const user_write *w)
{
    const char *address = app->address;
    lw_put_text(buf, "link", lw_text_print(cx->arena, "#secret=%s", w->secret));
    lw_put_text_or_null(buf, "address", address ? lw_text_from(address) : (lw_text){0});
    lw_put_text(buf, "secret", lw_text_from(w->secret));
    lw_put_time(buf, "expires", w->expires_us);
}

static lw_status create_user(lw_ctx *cx, lw_request *req, lw_response *res)
{
    user_write w = {.text = lw_json_get_text(req->body, "name"), .role = LW_ROLE_ANNOTATOR};
    lw_text role = lw_json_get_text(req->body, "role");
    if (role.size && !lw_role_from_name(role, &w.role))
        return lw_fail(cx, LW_INVALID, "a role is owner or annotator, not '%.*s'", LW_FMT(role));
    LW_TRY(lw_write_now(cx, lw_api_app(req)->store, write_user, &w));
    lw_buf_put_char(&res->body, '{');
    lw_put_user_fields(&res->body, &w.user);
    put_link(cx, lw_api_app(req), &res->body, &w);
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

/* {user} is a name or an id. */
static lw_status find_user(lw_ctx *cx, lw_request *req, lw_user *out)
{
    lw_text param = lw_request_param(req, "user");
    int64_t id;
    LW_AUTO(lw_reader) reader = {0};
    LW_TRY(lw_reader_begin(cx, lw_api_app(req)->store, &reader));
    lw_status found = lw_user_find(cx, reader.db, param, out);
    if (found == LW_NOT_FOUND && lw_text_to_int(param, &id))
        found = lw_user_get(cx, reader.db, id, out);
    return found;
}

static lw_status write_link(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    user_write *w = arg;
    return lw_link_create(cx, db, w->user_id, w->secret, &w->expires_us);
}

static lw_status create_link(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_user user;
    LW_TRY(find_user(cx, req, &user));
    user_write w = {.user_id = user.id};
    LW_TRY(lw_write_now(cx, lw_api_app(req)->store, write_link, &w));
    lw_buf_put_char(&res->body, '{');
    put_link(cx, lw_api_app(req), &res->body, &w);
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

static lw_status write_role(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    user_write *w = arg;
    return lw_user_set_role(cx, db, w->user_id, w->role);
}

static lw_status change_user(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_user user;
    LW_TRY(find_user(cx, req, &user));
    user_write w = {.user_id = user.id};
    if (!lw_role_from_name(lw_json_get_text(req->body, "role"), &w.role))
        return lw_fail(cx, LW_INVALID, "a role is owner or annotator");
    LW_TRY(lw_write_now(cx, lw_api_app(req)->store, write_role, &w));
    user.role = w.role;
    lw_put_user(&res->body, &user);
    return LW_OK;
}

static lw_status write_removal(lw_ctx *cx, lw_store *store, lw_db *db, void *arg) { return lw_user_remove(cx, db, ((user_write *)arg)->user_id); }

static lw_status remove_user(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_user user;
    LW_TRY(find_user(cx, req, &user));
    user_write w = {.user_id = user.id};
    return lw_write_now(cx, lw_api_app(req)->store, write_removal, &w);
}

/* --- tokens: owners see everybody's, others their own */

static int64_t own_only(const lw_request *req) { return req->caller.role == LW_OWNER ? 0 : req->caller.user_id; }

static lw_status list_tokens(lw_ctx *cx, lw_request *req, lw_response *res)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_token *tokens;
    size_t n;
    int64_t limit = lw_api_limit(req, 200), after;
    LW_TRY(lw_api_after(cx, req, 0, &after));
    LW_TRY(lw_reader_begin(cx, lw_api_app(req)->store, &reader));
    LW_TRY(lw_token_list(cx, reader.db, own_only(req), after, limit, &tokens, &n));
    lw_buf_put_literal(&res->body, "{\"rows\": [");
    for (size_t i = 0; i < n; i++) {
        lw_buf_put_comma(&res->body);
        lw_buf_put_char(&res->body, '{');
        lw_put_int(&res->body, "id", tokens[i].id);
        lw_put_text(&res->body, "name", tokens[i].name);
        lw_put_text(&res->body, "user", tokens[i].user_name);
        lw_put_time(&res->body, "created", tokens[i].created_us);
        lw_put_time(&res->body, "expires", tokens[i].expires_us);
        lw_buf_put_char(&res->body, '}');
    }
    lw_buf_put_char(&res->body, ']');
    lw_put_next(&res->body, n, limit, n ? tokens[n - 1].id : 0);
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

static lw_status write_token(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    user_write *w = arg;
    return lw_token_create(cx, db, w->user_id, w->text, w->expires_us, w->secret, &w->id);
}

static lw_status create_token(lw_ctx *cx, lw_request *req, lw_response *res)
{
    user_write w = {.user_id = req->caller.user_id, .text = lw_json_get_text(req->body, "name")};
    lw_text expires = lw_json_get_text(req->body, "expires");
    if (expires.size && (!lw_time_parse(expires, &w.expires_us) || w.expires_us <= lw_now_us()))
        return lw_fail(cx, LW_INVALID, "'expires' must be a time to come, such as 2030-01-31");
    LW_TRY(lw_write_now(cx, lw_api_app(req)->store, write_token, &w));
    lw_buf_put_char(&res->body, '{');
    lw_put_int(&res->body, "id", w.id);
    lw_put_text(&res->body, "token", lw_text_from(w.secret));
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

static lw_status write_revocation(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    user_write *w = arg;
    return lw_token_revoke(cx, db, w->id, w->only_user_id);
}

static lw_status revoke_token(lw_ctx *cx, lw_request *req, lw_response *res)
{
    user_write w = {.only_user_id = own_only(req)};
    LW_TRY(lw_request_id(cx, req, "token", &w.id));
    return lw_write_now(cx, lw_api_app(req)->store, write_revocation, &w);
}

static const lw_schema sign_in_body = {"SignIn", "The secret of a sign-in link", LW_FIELDS({"secret", LW_TYPE_TEXT, LW_REQUIRED, .max = 100})};
static const lw_schema user_new = {
    "UserNew", "A person",
    LW_FIELDS({"name", LW_TYPE_TEXT, LW_REQUIRED, .max = LW_LIMIT_NAME_BYTES}, {"role", LW_TYPE_TEXT, .options = "owner|annotator"})};
static const lw_schema user_change = {"UserChange", "What may change", LW_FIELDS({"role", LW_TYPE_TEXT, LW_REQUIRED, .options = "owner|annotator"})};
static const lw_schema token_new = {
    "TokenNew", "An API token",
    LW_FIELDS({"name", LW_TYPE_TEXT, LW_REQUIRED, .max = LW_LIMIT_NAME_BYTES}, {"expires", LW_TYPE_TEXT, .description = "ISO 8601"})};

/* clang-format off */
const lw_route lw_session_routes[] = {
    {LW_POST,   "/v1/session",     sign_in,      LW_PUBLIC,    &sign_in_body,  &lw_session_schema, "Sign in with a link's secret", .flags = LW_ROUTE_SLOW},
    {LW_DELETE, "/v1/session",     sign_out,     LW_PUBLIC,    NULL,           NULL,           "Sign out", .flags = LW_ROUTE_SLOW},
    {LW_GET,    "/v1/me",          get_me,       LW_ANNOTATOR, NULL,           &lw_me_schema, "Who one is, and one's settings"},
    {LW_PUT,    "/v1/me/settings", put_settings, LW_ANNOTATOR, &lw_any_object, &lw_me_schema, "Keep one's settings", .flags = LW_ROUTE_SLOW},
    {0},
};

const lw_route lw_user_routes[] = {
    {LW_GET,    "/v1/users",             list_users,   LW_OWNER,     NULL,         &lw_user_page, "List people", .query = &lw_page_query},
    {LW_POST,   "/v1/users",             create_user,  LW_OWNER,     &user_new,    &lw_new_user_schema, "Add a person; answers their sign-in link", .flags = LW_ROUTE_SLOW, .status = 201},
    {LW_POST,   "/v1/users/{user}/link", create_link,  LW_OWNER,     NULL,         &lw_link_schema, "A fresh sign-in link", .flags = LW_ROUTE_SLOW},
    {LW_PATCH,  "/v1/users/{user}",      change_user,  LW_OWNER,     &user_change, &lw_user_schema, "Change a person's role", .flags = LW_ROUTE_SLOW},
    {LW_DELETE, "/v1/users/{user}",      remove_user,  LW_OWNER,     NULL,         NULL,           "Remove a person; their name stays on labels", .flags = LW_ROUTE_SLOW},
    {LW_GET,    "/v1/tokens",            list_tokens,  LW_ANNOTATOR, NULL,         &lw_token_page, "List API tokens", .query = &lw_page_query},
    {LW_POST,   "/v1/tokens",            create_token, LW_ANNOTATOR, &token_new,   &lw_new_token_schema, "Make an API token, shown once", .flags = LW_ROUTE_SLOW, .status = 201},
    {LW_DELETE, "/v1/tokens/{token}",    revoke_token, LW_ANNOTATOR, NULL,         NULL,           "Revoke an API token", .flags = LW_ROUTE_SLOW},
    {0},
};
/* clang-format on */
