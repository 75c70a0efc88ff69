/* What the parts of import share: the reading side (import.c), the ontology (import_ontology.c), the writing side (import_write.c). */
#pragma once

#include "base/turns.h"
#include "store/commit.h"
#include "work/import.h"

/* A label made ready while reading: what the writer adds is its layer's and user's id. */
typedef struct lw_import_label {
    lw_label_row row;
    lw_text layer, by;
    int64_t track; /* place in the item's tracks + 1; 0: none */
} lw_import_label;

typedef struct lw_import_item {
    lw_item_row row; /* id 0 unless it is known; location and hash say where the bytes are */
    int64_t id;      /* in the store: the writer's */
    lw_text split;
    lw_text layer; /* that the source lists, also without labels */
    lw_task_state state;
    bool has_state, is_annotated; /* a source of truth names it */
    bool has_new_blob;            /* that goes again when the chunk is not written */
    lw_import_label *labels;
    size_t n_labels;
    const lw_track *tracks; /* their copies */
    size_t n_tracks;
} lw_import_item;

/* Some items, written as one commit. A few take turns: one is filled while others wait or are written. */
typedef struct lw_import_chunk {
    lw_arena *arena;
    lw_ctx cx;
    struct lw_importing *importing;
    lw_import_item *items;
    size_t n_items, room, n_labels, bytes;
    bool needs_sync; /* blobs were put */
    bool is_fresh;   /* no item of it is looked for: a name that clashes refuses the whole chunk */
    /* of the write */
    lw_write write;
    int64_t items_added, items_matched, labels_written, labels_matched, labels_skipped, kinds[LW_N_KINDS], seq;
    int64_t took_us;
    lw_report issues; /* gathered on the writer thread, joined later */
    bool is_counted;
} lw_import_chunk;

typedef struct lw_importing {
    lw_ctx *cx; /* of the whole: who is told of progress */
    lw_app *app;
    const lw_import *import;
    lw_report *report;
    lw_project project;
    bool is_new_project; /* to imports that ended well, or its ontology is empty: whatever the source brings is added */
    bool has_made_project;
    bool is_fresh;    /* the dataset was empty */
    bool has_clashed; /* but a name came twice: from now on they are looked for */
    bool has_failed;  /* a chunk: those that wait behind it are not written before it */
    int64_t dataset_id;
    lw_text layer_of_confidence;
    int64_t *fills;    /* by image of the source: the item without one that it belongs to, under another path; 0: none */
    bool *is_map_used; /* of each of import->map */
    lw_source *source, *images;
    bool is_linking;
    lw_arena *ontology_arena;
    lw_ontology ontology;          /* of the project with what the source adds; index and ids as in the store */
    struct lw_import_names *names; /* of the dataset's items by last step, for labels without images; made when needed */
    lw_import_chunk chunks[LW_TURNS];
    lw_turns turns;
    size_t chunk_labels; /* of those to come */
} lw_importing;

/* Makes project and dataset when they are missing, and reads the ontology; a dry run only looks for them. */
LW_MUST_USE lw_status lw_import_open_project(lw_ctx *cx, lw_importing *importing);
/* After a failure: a project that this import made goes again, when nothing came into it. */
void lw_import_unmake_project(lw_importing *importing);
/* Linked files that were there and are gone keep their labels, and are marked. */
LW_MUST_USE lw_status lw_import_mark_missing(lw_ctx *cx, lw_importing *importing);
/* Adds what the source declares to the project's ontology, or refuses with the list of what is missing. */
LW_MUST_USE lw_status lw_import_ontology(lw_ctx *cx, lw_importing *importing, const lw_ontology *declared);
/* Where a format's files list no classes, reads them all once before anything is written: refused with the whole list, or not at all. */
LW_MUST_USE lw_status lw_import_foresee(lw_ctx *cx, lw_importing *importing, const lw_format *format, const lw_read_options *options);
/* The project's name for one of the source's classes: --map, spaces at the ends taken off. */
lw_text lw_import_class_name(lw_arena *arena, const lw_importing *importing, lw_text theirs);
/* The item that labels without an image mean: by path, by the last step of the path, by its stem; without a name by the source's id.
 * out->id is 0 when there is none, or when several bear the name and *is_ambiguous is set. */
LW_MUST_USE lw_status lw_import_find(lw_ctx *cx, lw_importing *importing, const lw_item *item, bool *is_ambiguous, lw_item_row *out);
/* Finds which images of the source belong to items that came without: by name and stem, one to one. */
LW_MUST_USE lw_status lw_import_find_fills(lw_ctx *cx, lw_importing *importing);
/* Says which of --map met no class. */
void lw_import_check_map(lw_importing *importing);
/* A lw_write_run over a chunk. */
lw_status lw_import_write(lw_ctx *cx, lw_store *store, lw_db *db, void *chunk);
