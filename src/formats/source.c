#include "formats/source_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

enum { NAME_CHUNK_BYTES = 64 << 10, SPOOL_MEMORY_BYTES = 8 << 20, COPY_BYTES = 256 << 10 };

static lw_text keep_name(lw_source *source, lw_text name)
{
    if (source->chunk_left < name.size) {
        source->chunk_left = name.size > NAME_CHUNK_BYTES ? name.size : NAME_CHUNK_BYTES;
        source->chunk = lw_alloc(source->arena, source->chunk_left);
    }
    char *at = source->chunk;
    if (name.data)
        memcpy(at, name.data, name.size);
    source->chunk += name.size;
    source->chunk_left -= name.size;
    return (lw_text){at, name.size};
}

/* What systems leave beside people's files. */
static bool is_junk(lw_text path)
{
    lw_text step, rest = path;
    while (lw_text_split(rest, '/', &step, &rest))
        if (lw_text_is(step, "__MACOSX") || (lw_text_starts(step, ".") && !lw_text_is(step, ".") && !lw_text_is(step, "..")))
            return true;
    return lw_text_starts(rest, ".") || lw_text_equal_nocase(rest, LW_TEXT("thumbs.db")) || lw_text_equal_nocase(rest, LW_TEXT("desktop.ini"));
}

static bool is_archive_name(lw_text name)
{
    static const char *const endings[] = {".zip", ".tar", ".tar.gz", ".tgz", ".7z", ".rar"};
    for (size_t i = 0; i < LW_COUNT(endings); i++)
        if (lw_text_ends_nocase(name, endings[i]))
            return true;
    return false;
}

static void grow(lw_source *source, bool has_places)
{
    if (source->n_entries < source->capacity)
        return;
    source->capacity = source->capacity ? source->capacity * 2 : 64;
    source->entries = lw_heap_resize(source->entries, source->capacity * sizeof(lw_entry));
    if (has_places)
        source->places = lw_heap_resize(source->places, source->capacity * sizeof(place));
}

lw_status lw_source_add(lw_ctx *cx, lw_source *source, lw_text raw, int64_t size, int64_t mtime_us, const place *at, bool *taken)
{
    *taken = false;
    lw_report *report = source->report;
    bool is_utf8 = lw_text_is_utf8(raw);
    lw_text name = is_utf8 ? raw : lw_text_to_utf8(source->arena, raw);
    if (is_junk(name)) {
        lw_report_add(report, LW_INFO, "hidden-file", "hidden files and leftovers of systems are passed over", "%.*s", LW_FMT(name));
        return LW_OK;
    }
    if (lw_path_check(cx, name) != LW_OK) {
        lw_report_add(report, LW_ERROR, "name-refused", "a file's name leads out of its folder or is no name; left out", "%.*s", LW_FMT(name));
        lw_ctx_clear(cx);
        return LW_OK;
    }
    if ((int64_t)source->n_entries >= LW_LIMIT_SOURCE_ENTRIES)
        return lw_fail(cx, LW_TOO_LARGE, "%.*s holds more than %lld files", LW_FMT(source->name), LW_LIMIT_SOURCE_ENTRIES);
    uint32_t added = (uint32_t)source->n_entries;
    if (!is_utf8) {
        lw_report_add(report, LW_WARNING, "name-not-utf8", "a file's name is not UTF-8; it is shown with U+FFFD", "%.*s", LW_FMT(name));
        source->raw = lw_heap_resize(source->raw, (source->n_raw + 1) * sizeof(raw_name));
        source->raw[source->n_raw++] = (raw_name){added, lw_text_string(source->arena, raw)};
    }
    grow(source, at != NULL);
    if (at)
        source->places[added] = *at;
    source->entries[source->n_entries++] = (lw_entry){keep_name(source, name), size, mtime_us, added};
    *taken = true;
    return LW_OK;
}

static int by_name(const void *a, const void *b)
{
    const lw_entry *left = a, *right = b;
    int order = lw_text_compare_natural(left->name, right->name);
    return order ? order : (left->index > right->index) - (left->index < right->index);
}

/* Natural order; of two entries with one name the first stays. */
static void sort_entries(lw_source *source)
{
    if (source->n_entries == 0)
        return;
    qsort(source->entries, source->n_entries, sizeof(lw_entry), by_name);
    source->added = lw_heap_new(source->n_entries * sizeof(uint32_t));
    size_t n = 0;
    for (size_t i = 0; i < source->n_entries; i++) {
        lw_entry *entry = &source->entries[i];
        if (n && lw_text_equal(source->entries[n - 1].name, entry->name)) {
            lw_report_add(source->report, LW_ERROR, "name-twice", "two files have one name; the first is read", "%.*s", LW_FMT(entry->name));
            continue;
        }
        if (!source->folder && is_archive_name(entry->name) && source->n_entries > 1)
            lw_report_add(source->report, LW_WARNING, "archive-inside", "archives inside an archive are not opened", "%.*s", LW_FMT(entry->name));
        source->added[n] = entry->index;
        source->entries[n] = *entry;
        source->entries[n].index = (uint32_t)n;
        n++;
    }
    source->n_entries = n;
}

lw_status lw_source_spool(lw_ctx *cx, int64_t size, lw_fd *out)
{
    if (size > SPOOL_MEMORY_BYTES)
        return lw_fd_temporary(cx, out);
    int fd = memfd_create("lw-entry", MFD_CLOEXEC);
    if (fd < 0)
        return lw_fd_temporary(cx, out);
    *out = fd;
    return LW_OK;
}

static lw_status open_file(lw_ctx *cx, lw_source *source, const lw_entry *entry, lw_fd *out)
{
    char *path = lw_print(cx->arena, "/proc/self/fd/%d", source->fd); /* an offset of its own */
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return lw_fail_errno(cx, errno, "cannot open %.*s", LW_FMT(entry->name));
    *out = fd;
    return LW_OK;
}

static lw_status read_file(lw_ctx *cx, lw_source *source, const lw_entry *entry, size_t limit_bytes, lw_text *out)
{
    if ((uint64_t)entry->size > limit_bytes)
        return lw_fail(cx, LW_TOO_LARGE, "%.*s has more than %zu bytes", LW_FMT(entry->name), limit_bytes);
    char *data = lw_alloc(cx->arena, (size_t)entry->size + 1);
    LW_TRY(lw_fd_read_at(cx, source->fd, 0, data, (size_t)entry->size));
    *out = (lw_text){data, (size_t)entry->size};
    return LW_OK;
}

static const source_kind single_file = {open_file, read_file};

static lw_status spool_pipe(lw_ctx *cx, lw_source *source, int from)
{
    LW_AUTO(lw_fd) to = -1;
    LW_TRY(lw_fd_temporary(cx, &to));
    char *copied = lw_alloc(cx->arena, COPY_BYTES);
    int64_t size = 0;
    for (;;) {
        ssize_t got = read(from, copied, COPY_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lw_fail_errno(cx, errno, "cannot read %.*s", LW_FMT(source->name));
        if (got == 0)
            break;
        size += got;
        if (size > LW_LIMIT_UPLOAD_BYTES)
            return lw_fail(cx, LW_TOO_LARGE, "more than %lld bytes come in", LW_LIMIT_UPLOAD_BYTES);
        LW_TRY(lw_fd_write(cx, to, copied, (size_t)got));
    }
    source->fd = to;
    source->size = size;
    to = -1;
    return LW_OK;
}

typedef enum content { CONTENT_OTHER, CONTENT_ZIP, CONTENT_GZIP, CONTENT_TAR } content;

static content content_of(const lw_source *source)
{
    unsigned char head[512] = {0};
    ssize_t got = pread(source->fd, head, sizeof head, 0);
    if (got >= 4 && (memcmp(head, "PK\3\4", 4) == 0 || memcmp(head, "PK\5\6", 4) == 0))
        return CONTENT_ZIP;
    if (got >= 2 && head[0] == 0x1f && head[1] == 0x8b)
        return CONTENT_GZIP;
    if (got == sizeof head && memcmp(head + 257, "ustar", 5) == 0)
        return CONTENT_TAR;
    return CONTENT_OTHER;
}

/* What came without a name is called after what it begins with, so that formats find it by its ending. */
static lw_text name_unnamed(const lw_source *source)
{
    char head[64];
    ssize_t got = pread(source->fd, head, sizeof head, 0);
    for (ssize_t i = 0; i < got; i++)
        if (head[i] == '{' || head[i] == '[')
            return LW_TEXT("stdin.json");
        else if (!strchr(" \t\r\n\xEF\xBB\xBF", head[i]))
            break;
    return LW_TEXT("stdin.csv");
}

static lw_status open_content(lw_ctx *cx, lw_source *source, lw_text file_name, int64_t mtime_us)
{
    content is = content_of(source);
    if (is == CONTENT_GZIP) {
        LW_TRY(lw_source_gunzip(cx, source));
        is = content_of(source);
        if (lw_text_ends_nocase(file_name, ".gz"))
            file_name.size -= 3;
        if (is == CONTENT_ZIP || is == CONTENT_GZIP)
            is = CONTENT_OTHER; /* an archive in an archive */
    }
    if (is == CONTENT_ZIP)
        return lw_source_open_zip(cx, source);
    if (is == CONTENT_TAR)
        return lw_source_open_tar(cx, source);
    if (lw_text_ends_nocase(file_name, ".zip") || lw_text_ends_nocase(file_name, ".tar") || lw_text_ends_nocase(file_name, ".tgz"))
        return lw_fail(cx, LW_INVALID, "%.*s is named like an archive, but is none: it is cut off or of another kind", LW_FMT(file_name));
    source->kind = &single_file;
    bool taken;
    LW_TRY(lw_source_add(cx, source, file_name.size ? file_name : name_unnamed(source), source->size, mtime_us, NULL, &taken));
    return taken ? LW_OK : lw_fail(cx, LW_INVALID, "%.*s cannot be a source: its name begins with '.' or is no name", LW_FMT(file_name));
}

static lw_text without_ending(lw_text name)
{
    static const char *const endings[] = {".tar.gz", ".json.gz", ".tgz", ".tar", ".zip", ".jsonl", ".json", ".csv", ".gz"};
    for (size_t i = 0; i < LW_COUNT(endings); i++)
        if (lw_text_ends_nocase(name, endings[i]) && name.size > strlen(endings[i]))
            return lw_text_slice(name, 0, name.size - strlen(endings[i]));
    return name;
}

static lw_status open_path(lw_ctx *cx, lw_source *source, const char *path)
{
    if (strcmp(path, "-") == 0) {
        source->name = LW_TEXT("stdin");
        LW_TRY(spool_pipe(cx, source, STDIN_FILENO));
        return open_content(cx, source, (lw_text){0}, 0);
    }
    char resolved[PATH_MAX];
    if (!realpath(path, resolved))
        return lw_fail_errno(cx, errno, "cannot open %s", path);
    lw_text folder, last = lw_text_from(resolved);
    lw_text_split_last(last, '/', &folder, &last);
    last = lw_text_to_utf8(source->arena, last);
    source->name = without_ending(last.size ? last : LW_TEXT("root"));
    source->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat at;
    if (source->fd < 0 || fstat(source->fd, &at) != 0)
        return lw_fail_errno(cx, errno, "cannot open %s", path);
    if (S_ISDIR(at.st_mode)) {
        source->folder = lw_print(source->arena, "%s", resolved);
        return lw_source_open_folder(cx, source);
    }
    if (S_ISFIFO(at.st_mode) || S_ISSOCK(at.st_mode)) {
        LW_AUTO(lw_fd) pipe = source->fd;
        source->fd = -1;
        LW_TRY(spool_pipe(cx, source, pipe));
        return open_content(cx, source, (lw_text){0}, 0);
    }
    if (!S_ISREG(at.st_mode))
        return lw_fail(cx, LW_INVALID, "%s is neither a file nor a folder", path);
    source->size = at.st_size;
    return open_content(cx, source, last, at.st_mtim.tv_sec * 1000000LL + at.st_mtim.tv_nsec / 1000);
}

lw_status lw_source_open(lw_ctx *cx, const char *path, const char *const *roots, lw_report *report, lw_source **out)
{
    LW_AUTO(lw_source_auto) source = lw_heap_new(sizeof(lw_source));
    source->arena = lw_arena_new();
    source->fd = -1;
    source->roots = roots;
    source->report = report;
    LW_TRY(open_path(cx, source, path));
    sort_entries(source);
    *out = source;
    source = NULL;
    return LW_OK;
}

void lw_source_close(lw_source *source)
{
    if (!source)
        return;
    lw_fd_cleanup(&source->fd);
    lw_source_free_images(source);
    lw_heap_free(source->entries);
    lw_heap_free(source->added);
    lw_heap_free(source->places);
    lw_heap_free(source->raw);
    lw_arena_free(source->arena);
    lw_heap_free(source);
}

void lw_source_auto_cleanup(lw_source_auto *source)
{
    lw_source_close(*source);
    *source = NULL;
}

lw_text lw_source_name(const lw_source *source) { return source->name; }
const char *lw_source_folder(const lw_source *source) { return source->folder; }

const lw_entry *lw_source_entries(const lw_source *source, size_t *n_out)
{
    *n_out = source->n_entries;
    return source->entries;
}

const lw_entry *lw_source_find(const lw_source *source, lw_text name)
{
    size_t low = 0, high = source->n_entries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = lw_text_compare_natural(source->entries[middle].name, name);
        if (order == 0)
            return &source->entries[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

lw_status lw_source_open_entry(lw_ctx *cx, lw_source *source, const lw_entry *entry, lw_fd *out)
{
    return source->kind->open(cx, source, entry, out);
}

lw_status lw_source_read(lw_ctx *cx, lw_source *source, const lw_entry *entry, size_t limit_bytes, lw_text *out)
{
    return source->kind->read(cx, source, entry, limit_bytes, out);
}
