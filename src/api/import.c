/* Uploads, and the imports that take them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "api/common.h"
#include "base/limits.h"
#include "work/job_kinds.h"

/* --- uploads */

static lw_status create_upload(lw_ctx *cx, lw_request *req, lw_response *res)
{
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return lw_fail(cx, LW_FAILED, "no random numbers");
    lw_text id = lw_text_print(cx->arena, "%016" PRIx64, random);
    LW_TRY(lw_folder_make(cx, lw_upload_folder(cx->arena, lw_api_app(req), id)));
    lw_buf_put_char(&res->body, '{');
    lw_put_text(&res->body, "id", id);
    lw_buf_put_char(&res->body, '}');
    return LW_OK;
}

/* Sixteen hex digits, as create_upload gives them: never a path. */
static lw_status check_upload(lw_ctx *cx, const lw_app *app, lw_text id)
{
    bool is_id = id.size == 16;
    for (size_t i = 0; i < id.size && is_id; i++)
        is_id = strchr("0123456789abcdef", id.data[i]) != NULL && id.data[i];
    if (!is_id || access(lw_upload_folder(cx->arena, app, id), F_OK) != 0)
        return lw_fail(cx, LW_NOT_FOUND, "no upload '%.*s'", LW_FMT(id));
    return LW_OK;
}

static lw_status put_file(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_app *app = lw_api_app(req);
    lw_text id = lw_request_param(req, "upload"), path = lw_json_get_text(req->query, "path"), parent, name;
    LW_TRY(check_upload(cx, app, id));
    LW_TRY(lw_path_check(cx, path));
    char *folder = lw_upload_folder(cx->arena, app, id), *target = lw_path_join(cx->arena, folder, path);
    if (lw_text_split_last(path, '/', &parent, &name))
        LW_TRY(lw_folder_make(cx, lw_path_join(cx->arena, folder, parent)));
    LW_AUTO(lw_fd) out = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out < 0)
        return lw_fail_errno(cx, errno, "cannot keep %.*s", LW_FMT(path));
    for (off_t left = req->file_bytes; left > 0;) {
        ssize_t copied = copy_file_range(req->file, NULL, out, NULL, (size_t)left, 0);
        if (copied <= 0) {
            lw_fail_errno(cx, copied < 0 ? errno : EIO, "cannot keep %.*s", LW_FMT(path));
            unlink(target); /* never half a file that an import would take for whole */
            return cx->status;
        }
        left -= copied;
    }
    lw_buf_print(&res->body, "{\"bytes\": %" PRId64 "}", req->file_bytes);
    return LW_OK;
}

/* --- imports */

/* Over HTTP a path of this machine must lie under a --root; the owner of the files may name any. */
static lw_status check_path(lw_ctx *cx, const lw_request *req, lw_text path)
{
    lw_app *app = lw_api_app(req);
    if (req->is_local || !path.size)
        return LW_OK;
    char *real = realpath(lw_text_string(cx->arena, path), NULL);
    bool is_allowed = false;
    for (size_t i = 0; real && app->roots && app->roots[i]; i++) {
        size_t size = strlen(app->roots[i]);
        is_allowed = is_allowed || (strncmp(real, app->roots[i], size) == 0 && (real[size] == '/' || real[size] == 0));
    }
    lw_heap_free(real);
    return is_allowed ? LW_OK : lw_fail(cx, LW_DENIED, "%.*s is under no --root of the server", LW_FMT(path));
}

static lw_status check_folder(lw_ctx *cx, const lw_app *app, lw_text upload, lw_text folder)
{
    LW_TRY(lw_path_check(cx, folder));
    if (access(lw_path_join(cx->arena, lw_upload_folder(cx->arena, app, upload), folder), F_OK) != 0)
        return lw_fail_at(cx, "/folder", "the upload has no folder of this name");
    return LW_OK;
}

/* The project may be one that the import makes. */
static lw_status start_import(lw_ctx *cx, lw_request *req, lw_response *res)
{
    lw_app *app = lw_api_app(req);
    lw_text upload = lw_json_get_text(req->body, "upload"), images = lw_json_get_text(req->body, "images_upload"),
            folder = lw_json_get_text(req->body, "folder"), name = lw_request_param(req, "project");
    LW_TRY(check_path(cx, req, lw_json_get_text(req->body, "source")));
    LW_TRY(check_path(cx, req, lw_json_get_text(req->body, "images")));
    if (images.size)
        LW_TRY(check_upload(cx, app, images));
    if (upload.size)
        LW_TRY(check_upload(cx, app, upload));
    if (folder.size && !upload.size)
        return lw_fail_at(cx, "/folder", "'folder' is one of an upload: name that, too");
    if (folder.size)
        LW_TRY(check_folder(cx, app, upload, folder));
    if (!upload.size == !lw_json_get_text(req->body, "source").size)
        return lw_fail(cx, LW_INVALID, "name what to import: either 'upload' or 'source'");
    lw_project project = {0};
    {
        LW_AUTO(lw_reader) reader = {0};
        LW_TRY(lw_reader_begin(cx, app->store, &reader));
        lw_status found = lw_project_find(cx, reader.db, name, &project);
        if (found == LW_OK)
            name = project.name;
        else if (found != LW_NOT_FOUND)
            return found;
        else
            LW_TRY(lw_name_check(cx, "project", name));
    }
    project.name = name;
    return lw_api_do_job(cx, req, res, "import", &project);
}

static const lw_schema path_query = {"PathQuery", "Where in the upload", LW_FIELDS({"path", LW_TYPE_TEXT, LW_REQUIRED, .max = LW_LIMIT_PATH_BYTES})};
static const lw_schema import_body = {
    "Import", "What to import, and how",
    LW_FIELDS({"upload", LW_TYPE_TEXT, .max = 40},
              {"folder", LW_TYPE_TEXT, .max = LW_LIMIT_PATH_BYTES,
               .description = "the upload's folder that is the source: names of items begin beneath it"},
              {"images_upload", LW_TYPE_TEXT, .max = 40, .description = "the images, when apart from the labels"},
              {"source", LW_TYPE_TEXT, .max = 4096}, {"images", LW_TYPE_TEXT, .max = 4096}, {"format", LW_TYPE_TEXT, .max = 40},
              {"layer", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES}, {"dataset", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES},
              {"split", LW_TYPE_TEXT, .max = LW_LIMIT_NAME_BYTES}, {"map", LW_TYPE_ANY}, {"columns", LW_TYPE_LIST, .of = LW_TYPE_TEXT},
              {"add_classes", LW_TYPE_BOOL}, {"replace", LW_TYPE_BOOL}, {"waiting", LW_TYPE_BOOL}, {"dry_run", LW_TYPE_BOOL},
              {"copy", LW_TYPE_BOOL})};

/* clang-format off */
const lw_route lw_import_routes[] = {
    {LW_POST, "/v1/uploads",                         create_upload,  LW_OWNER,     NULL,         &lw_upload_schema, "Begin an upload", .flags = LW_ROUTE_SLOW, .status = 201},
    {LW_PUT,  "/v1/uploads/{upload}/files",          put_file,       LW_OWNER,     NULL,         &lw_upload_file_schema, "Put a file into an upload", .query = &path_query, .flags = LW_ROUTE_UPLOAD, .body_limit_bytes = LW_LIMIT_MEDIA_BYTES},
    {LW_POST, "/v1/projects/{project}/imports",      start_import,   LW_OWNER,     &import_body, &lw_job_schema, "Import an upload or a path; answers a job", .flags = LW_ROUTE_SLOW, .status = 202},
    {0},
};
/* clang-format on */
