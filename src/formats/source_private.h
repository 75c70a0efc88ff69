/* What the kinds of sources share: a table of entries, and how the bytes of one are reached. Only source*.c include it. */
#pragma once

#include "formats/source.h"

/* Where an archive's entry lies. */
typedef struct place {
    int64_t offset; /* zip: of its local header; tar: of its data */
    int64_t packed; /* bytes in the archive */
    uint32_t crc;
    uint16_t method; /* zip's: 0 stored, 8 deflated */
} place;

/* A file whose name was no UTF-8: found by its raw bytes. */
typedef struct raw_name {
    uint32_t added; /* the how-manieth entry it was */
    const char *path;
} raw_name;

typedef struct source_kind {
    lw_status (*open)(lw_ctx *cx, lw_source *source, const lw_entry *entry, lw_fd *out);
    lw_status (*read)(lw_ctx *cx, lw_source *source, const lw_entry *entry, size_t limit_bytes, lw_text *out);
} source_kind;

struct lw_source {
    const source_kind *kind;
    lw_arena *arena;
    lw_report *report;
    lw_text name;
    char *folder;             /* NULL: no folder on disk */
    const char *const *roots; /* folder: where links may lead; NULL-ended, may be NULL */
    lw_fd fd;                 /* the folder, or the file or archive */
    int64_t size;             /* bytes of the file or archive */
    lw_entry *entries;
    size_t n_entries, capacity;
    uint32_t *added; /* by place in the sorted table: the how-manieth it was added */
    place *places;   /* archives: by `added` */
    raw_name *raw;   /* folders: ordered by `added` */
    size_t n_raw;
    char *chunk; /* names are packed: a million of them are held */
    size_t chunk_left;
    struct image_index *images; /* made by the first look-up */
};

/* Takes an entry into the table under a clean name, or reports why not. *taken tells which. raw: the bytes by which it is reached. */
lw_status lw_source_add(lw_ctx *cx, lw_source *source, lw_text raw, int64_t size, int64_t mtime_us, const place *at, bool *taken);
/* A seekable descriptor to fill: in memory when small, else an unlinked file. */
lw_status lw_source_spool(lw_ctx *cx, int64_t size, lw_fd *out);

lw_status lw_source_open_folder(lw_ctx *cx, lw_source *source);
lw_status lw_source_open_zip(lw_ctx *cx, lw_source *source);
lw_status lw_source_open_tar(lw_ctx *cx, lw_source *source);
/* Unpacks gzip into an unlinked file that takes the place of source->fd. */
lw_status lw_source_gunzip(lw_ctx *cx, lw_source *source);
void lw_source_free_images(lw_source *source);
