/* Where labels and images come from: a file, a folder, a zip or tar (also gz), stdin. One way to list and read them all.
 * Safe against "..", absolute names, links that lead out, devices, and bombs (ratio and total are bounded). */
#pragma once

#include "base/file.h"
#include "formats/report.h"

typedef struct lw_entry {
    lw_text name; /* relative, with '/', UTF-8; natural order */
    int64_t size; /* bytes */
    int64_t mtime_us;
    uint32_t index; /* its place in the source */
} lw_entry;

typedef struct lw_source lw_source;

/* path: a file, folder or archive; "-" is stdin (spooled to an unlinked temporary file). roots: places outside the folder that its
 * symbolic links may lead to (NULL-ended, may be NULL). Entries that are refused or unreadable go to the report.
 * Archives are read once for their table; bytes come out on demand, in order as cheaply as the kind allows. */
LW_MUST_USE lw_status lw_source_open(lw_ctx *cx, const char *path, const char *const *roots, lw_report *report, lw_source **out);
void lw_source_close(lw_source *source);
typedef lw_source *lw_source_auto;
void lw_source_auto_cleanup(lw_source_auto *source);

/* The last step of the path, without an archive's ending: what a layer or project is named after. */
lw_text lw_source_name(const lw_source *source);
/* The folder on disk when the source is one (what may be linked); else NULL. */
const char *lw_source_folder(const lw_source *source);
const lw_entry *lw_source_entries(const lw_source *source, size_t *n_out);
const lw_entry *lw_source_find(const lw_source *source, lw_text name); /* NULL: not there */
/* Opens an entry for reading as a seekable descriptor (archives: extracted to an unlinked temporary file, or memory when small). */
LW_MUST_USE lw_status lw_source_open_entry(lw_ctx *cx, lw_source *source, const lw_entry *entry, lw_fd *out);
/* Reads a whole small entry. */
LW_MUST_USE lw_status lw_source_read(lw_ctx *cx, lw_source *source, const lw_entry *entry, size_t limit_bytes, lw_text *out);

/* A path as other tools write it (back-slashes, "C:", "./", "/abs", "../", a URL), made relative with '/'; may be empty. */
lw_text lw_source_path(lw_arena *arena, lw_text written);

/* How many steps from the end are the same, 0 when the last ones differ; is_loose: but for case and Unicode form (base/fold.h). */
size_t lw_path_same_steps(lw_text name, lw_text wanted, bool by_stem, bool is_loose);

/* Images are matched by path, then name, then stem; ambiguity is reported, never guessed. */
typedef enum lw_match { LW_MATCH_NONE, LW_MATCH_ONE, LW_MATCH_AMBIGUOUS } lw_match;
lw_match lw_source_find_image(const lw_source *source, lw_text named, const lw_entry **out);
/* By its ending alone: jpg jpeg png gif webp bmp tif tiff avif heic heif … */
bool lw_name_is_image(lw_text name);
bool lw_source_has_images(const lw_source *source);
