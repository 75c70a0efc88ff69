#include "blob/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct lw_blobs {
    char *folder;
    lw_fd fd;
    _Atomic uint64_t n_temporary;
};

enum { PIECE_BYTES = 1 << 20 };

lw_status lw_blobs_open(lw_ctx *cx, const char *folder, lw_blobs **out)
{
    LW_TRY(lw_folder_make(cx, folder));
    lw_fd fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot open %s", folder);
    lw_blobs *blobs = lw_heap_new(sizeof *blobs);
    size_t size = strlen(folder) + 1;
    blobs->folder = memcpy(lw_heap_new(size), folder, size);
    blobs->fd = fd;
    *out = blobs;
    return LW_OK;
}

lw_status lw_blobs_tidy(lw_ctx *cx, lw_blobs *blobs) { return lw_path_remove(cx, lw_print(cx->arena, "%s/incoming", blobs->folder)); }

void lw_blobs_close(lw_blobs *blobs)
{
    if (!blobs)
        return;
    lw_fd_cleanup(&blobs->fd);
    lw_heap_free(blobs->folder);
    lw_heap_free(blobs);
}

lw_text lw_hash_hex(lw_arena *arena, lw_text hash)
{
    char *hex = lw_alloc(arena, hash.size * 2 + 1);
    for (size_t i = 0; i < hash.size; i++)
        snprintf(hex + i * 2, 3, "%02x", (unsigned char)hash.data[i]);
    return (lw_text){hex, hash.size * 2};
}

lw_status lw_hash_parse(lw_ctx *cx, lw_text hex, lw_text *out)
{
    char *hash = lw_alloc(cx->arena, LW_HASH_BYTES);
    for (size_t i = 0; i < LW_HASH_BYTES; i++) {
        unsigned byte;
        if (hex.size != LW_HASH_BYTES * 2 || sscanf(lw_copy(cx->arena, hex.data + i * 2, 2), "%2x", &byte) != 1)
            return lw_fail(cx, LW_INVALID, "a sha256 is 64 hex digits, not '%.*s'", LW_FMT(hex));
        hash[i] = (char)byte;
    }
    *out = (lw_text){hash, LW_HASH_BYTES};
    return LW_OK;
}

char *lw_blob_path(lw_arena *arena, const lw_blobs *blobs, lw_text hash)
{
    lw_text hex = lw_hash_hex(arena, hash);
    return lw_print(arena, "%s/%.2s/%s", blobs->folder, hex.data, hex.data + 2);
}

/* Moves a finished temporary file to the name of its content; one that is there already is the same. */
static lw_status settle(lw_ctx *cx, lw_blobs *blobs, const char *temporary, const unsigned char *hash, bool *is_new)
{
    char *path = lw_blob_path(cx->arena, blobs, (lw_text){(const char *)hash, LW_HASH_BYTES});
    *is_new = access(path, F_OK) != 0;
    if (!*is_new) {
        unlink(temporary);
        return LW_OK;
    }
    char *slash = strrchr(path, '/');
    *slash = 0;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return lw_fail_errno(cx, errno, "cannot make %s", path);
    *slash = '/';
    if (rename(temporary, path) != 0)
        return lw_fail_errno(cx, errno, "cannot store %s", path);
    return LW_OK;
}

typedef EVP_MD_CTX *digest;
static void digest_cleanup(digest *d) { EVP_MD_CTX_free(*d); }

/* Reads from_fd to its end, through the hash, into to_fd when that is open. */
static lw_status pump(lw_ctx *cx, int from_fd, int to_fd, const atomic_bool *stop, unsigned char *hash, int64_t *bytes)
{
    LW_AUTO(digest) d = EVP_MD_CTX_new();
    LW_AUTO(lw_buf) piece = {0};
    char *data = lw_buf_reserve(&piece, PIECE_BYTES);
    LW_ASSERT(d && EVP_DigestInit_ex(d, EVP_sha256(), NULL) == 1);
    *bytes = 0;
    for (;;) {
        if (stop && *stop)
            return lw_fail(cx, LW_CANCELLED, "stopped");
        ssize_t got = read(from_fd, data, PIECE_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lw_fail_errno(cx, errno, "cannot read the file");
        if (got == 0)
            break;
        EVP_DigestUpdate(d, data, (size_t)got);
        if (to_fd >= 0)
            LW_TRY(lw_fd_write(cx, to_fd, data, (size_t)got));
        *bytes += got;
    }
    EVP_DigestFinal_ex(d, hash, NULL);
    return LW_OK;
}

lw_status lw_blob_put(lw_ctx *cx, lw_blobs *blobs, int fd, unsigned char hash[LW_HASH_BYTES], int64_t *bytes, bool *is_new)
{
    bool ignored;
    uint64_t number = atomic_fetch_add(&blobs->n_temporary, 1);
    char *temporary = lw_print(cx->arena, "%s/incoming/%d-%" PRIu64, blobs->folder, (int)getpid(), number);
    LW_AUTO(lw_fd) out = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0 && errno == ENOENT) {
        LW_TRY(lw_folder_make(cx, lw_print(cx->arena, "%s/incoming", blobs->folder)));
        out = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }
    if (out < 0)
        return lw_fail_errno(cx, errno, "cannot store a file in %s", blobs->folder);
    lw_status status = pump(cx, fd, out, NULL, hash, bytes);
    if (status == LW_OK)
        status = settle(cx, blobs, temporary, hash, is_new ? is_new : &ignored);
    if (status != LW_OK)
        unlink(temporary);
    return status;
}

lw_status lw_blob_put_text(lw_ctx *cx, lw_blobs *blobs, lw_text content, unsigned char hash[LW_HASH_BYTES])
{
    LW_AUTO(lw_fd) fd = memfd_create("blob", MFD_CLOEXEC);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot hold a file in memory");
    LW_TRY(lw_fd_write(cx, fd, content.data, content.size));
    lseek(fd, 0, SEEK_SET);
    int64_t bytes;
    return lw_blob_put(cx, blobs, fd, hash, &bytes, NULL);
}

void lw_blob_remove(lw_ctx *cx, const lw_blobs *blobs, lw_text hash) { unlink(lw_blob_path(cx->arena, blobs, hash)); }

lw_status lw_blobs_sync(lw_ctx *cx, lw_blobs *blobs)
{
    return syncfs(blobs->fd) == 0 ? LW_OK : lw_fail_errno(cx, errno, "cannot sync %s", blobs->folder);
}

lw_status lw_blob_open(lw_ctx *cx, lw_blobs *blobs, lw_text hash, lw_fd *out)
{
    int fd = open(lw_blob_path(cx->arena, blobs, hash), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "a stored file is gone");
    *out = fd;
    return LW_OK;
}

lw_status lw_hash_file(lw_ctx *cx, int fd, const atomic_bool *stop, unsigned char hash[LW_HASH_BYTES])
{
    int64_t bytes;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return lw_fail_errno(cx, errno, "cannot read the file");
    return pump(cx, fd, -1, stop, hash, &bytes);
}
