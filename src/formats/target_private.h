/* What the kinds of targets share. Only target*.c include it. */
#pragma once

#include "formats/target.h"
#include "formats/target_filer.h"

typedef struct target_kind {
    /* One whole entry: bytes of a gathered file. */
    lw_status (*file)(lw_ctx *cx, lw_target *target, lw_text name, lw_text content);
    /* An open file of this size. */
    lw_status (*copy)(lw_ctx *cx, lw_target *target, lw_text name, int fd, int64_t size);
    lw_status (*link)(lw_ctx *cx, lw_target *target, lw_text name, const char *path);
    /* Files written in pieces, past what is gathered; NULL: gathered in an unlinked file and copied. */
    lw_status (*begin)(lw_ctx *cx, lw_target *target, lw_text name);
    lw_status (*put)(lw_ctx *cx, lw_target *target, const void *data, size_t size);
    lw_status (*end)(lw_ctx *cx, lw_target *target);
    /* Everything was handed over: what stands at the end of an archive. */
    lw_status (*finish)(lw_ctx *cx, lw_target *target);
    lw_status (*commit)(lw_ctx *cx, lw_target *target);
    void (*close)(lw_target *target);
} target_kind;

struct lw_target {
    const target_kind *kind;
    lw_arena *arena;
    bool is_one_file;
    bool is_streaming; /* the open file went past what is gathered */
    bool is_open;
    char *path;      /* where it goes; NULL for a stream */
    char *beside;    /* where it is written */
    lw_fd fd;        /* the file beside, or the folder */
    lw_fd lock;      /* held while this process lives */
    lw_fd spool;     /* a large file of an archive that must know its size first */
    int64_t spooled; /* bytes in it */
    int64_t written; /* bytes of the archive so far */
    int64_t n_files;
    lw_text name; /* of the open file */
    lw_buf name_bytes;
    lw_buf gathered; /* of the open file */
    lw_buf out;      /* bytes on their way to the file or stream */
    lw_target_write write;
    void *write_state;
    lw_buf table;            /* zip: central directory */
    int64_t n_entries;       /* … and its entries */
    struct zip_stream *zip;  /* … and the entry that is written in pieces */
    struct z_stream_s *gzip; /* tar.gz */
    lw_place place;          /* folder: where what is not small is made */
    lw_filer *filer;         /* … and who makes the small files; NULL: none came yet */
};

enum { LW_TARGET_GATHER_BYTES = 1 << 20, LW_TARGET_OUT_BYTES = 256 << 10 };

/* Through gzip where the archive is so packed, and the buffer to the file or stream. */
lw_status lw_target_emit(lw_ctx *cx, lw_target *target, const void *data, size_t size);
lw_status lw_target_emit_plain(lw_ctx *cx, lw_target *target, const void *data, size_t size);
lw_status lw_target_flush(lw_ctx *cx, lw_target *target);
/* A name within an export: relative, no "..". */
lw_status lw_target_check_name(lw_ctx *cx, lw_text name);

extern const target_kind lw_target_folder, lw_target_zip, lw_target_tar, lw_target_single;
lw_status lw_target_open_folder(lw_ctx *cx, lw_target *target);
/* The file beside, locked; what dead processes left beside it is removed. */
lw_status lw_target_open_beside(lw_ctx *cx, lw_target *target);
/* gzip over a tar; packing takes what is emitted and hands it on, finishing at the end. */
void lw_target_start_gzip(lw_target *target);
lw_status lw_target_gzip(lw_ctx *cx, lw_target *target, const void *data, size_t size, bool is_end);
void lw_target_stop_gzip(lw_target *target);
