/* A commit: one accepted write of a project, with the next number (seq). Everything that changes labels, tasks or the ontology goes
 * through here, so lifetimes, counters and the log can never disagree. Used inside a write, on the writer thread. */
#pragma once

#include "store/batch.h"

typedef struct lw_author {
    int64_t user_id;
    int64_t job_id;   /* 0: none */
    const char *kind; /* "labels", "import", "task", "ontology", "undo" */
    lw_text reason;   /* may be empty */
} lw_author;

/* The item being written: its task, and the next ids. */
typedef struct lw_commit_item {
    int64_t item_id; /* 0: none */
    lw_task before, task;
    int64_t next_label_id, next_track_id; /* 0: not asked yet */
    bool is_touched, is_joining;          /* its task is inserted when the item is left */
} lw_commit_item;

typedef struct lw_commit {
    lw_store *store;
    lw_db *db;
    lw_author author;
    lw_names names;
    int64_t truth_id;
    int64_t seq; /* taken with the first change; 0 before */
    lw_commit_item at;
    lw_batch rows;
    lw_batch *joint;    /* where they go at the end; NULL: into the tables */
    lw_text layer_name; /* the latest one asked for */
    int64_t layer_id;
    int64_t n_added, n_changed, n_removed;
} lw_commit;

/* cx's arena, the same throughout, keeps what is written until the commit is finished, or its transaction if it is joint. */
LW_MUST_USE lw_status lw_commit_begin(lw_ctx *cx, lw_store *store, lw_db *db, int64_t project_id, const lw_author *author, lw_commit *out);
/* Writes counters, tasks and the log, or leaves all of it to lw_store_joint; *seq is 0 when nothing changed. */
LW_MUST_USE lw_status lw_commit_finish(lw_ctx *cx, lw_commit *commit, int64_t *seq);
void lw_commit_cleanup(lw_commit *commit); /* for LW_AUTO(lw_commit) */

/* by: 0 for the author. layer empty: truth. The first label turns a waiting task into a started one. */
LW_MUST_USE lw_status lw_commit_add(lw_ctx *cx, lw_commit *commit, int64_t item_id, const lw_label *label, int64_t by, int64_t *id);
/* The same of a row made by lw_label_to_row; its layer and user are set, and its item is at hand or becomes it. */
LW_MUST_USE lw_status lw_commit_add_row(lw_ctx *cx, lw_commit *commit, int64_t item_id, lw_label_row *row);
/* A layer's id (made when missing); empty: truth. */
LW_MUST_USE lw_status lw_commit_layer(lw_ctx *cx, lw_commit *commit, lw_text name, int64_t *id);
/* LW_CONFLICT when the label has changed since `was` (its present version is in cx->details); 0: whatever it is.
 * Gone is LW_NOT_FOUND when it never was, LW_CONFLICT when somebody removed it. */
LW_MUST_USE lw_status lw_commit_change(lw_ctx *cx, lw_commit *commit, int64_t id, int64_t was, const lw_label *label);
LW_MUST_USE lw_status lw_commit_remove(lw_ctx *cx, lw_commit *commit, int64_t id, int64_t was);
/* Ends every label of the item that another commit made and that is present still; rows: the item's present labels. */
LW_MUST_USE lw_status lw_commit_remove_made(lw_ctx *cx, lw_commit *commit, int64_t item_id, int64_t seq, lw_label_row *rows, size_t n);
/* The present version, checked against `was` as above: what a partial change starts from. */
LW_MUST_USE lw_status lw_commit_present(lw_ctx *cx, lw_commit *commit, int64_t id, int64_t was, lw_label_row *out);
/* Puts a closed version back as the present one (undo). */
LW_MUST_USE lw_status lw_commit_revive(lw_ctx *cx, lw_commit *commit, const lw_label_row *row);

LW_MUST_USE lw_status lw_commit_add_track(lw_ctx *cx, lw_commit *commit, int64_t item_id, const lw_track *track, int64_t by, int64_t *id);
LW_MUST_USE lw_status lw_commit_remove_track(lw_ctx *cx, lw_commit *commit, int64_t id, int64_t was);

/* Puts an item that is not in the project into it, at the given position. */
LW_MUST_USE lw_status lw_commit_join(lw_ctx *cx, lw_commit *commit, int64_t item_id, int64_t task_id, int64_t position);
/* The same with a new item. That its name is taken is said when the rows go in, here or later: LW_CONFLICT. */
LW_MUST_USE lw_status lw_commit_bring(lw_ctx *cx, lw_commit *commit, const lw_item_row *item, int64_t task_id, int64_t position);
/* Takes an item out of the project again; its labels must be gone. */
LW_MUST_USE lw_status lw_commit_leave(lw_ctx *cx, lw_commit *commit, int64_t item_id);
/* State (and split: -1 keeps it; 0 is none) of the item's task. */
LW_MUST_USE lw_status lw_commit_set_task(lw_ctx *cx, lw_commit *commit, int64_t item_id, lw_task_state state, int64_t split_id, lw_text reason);
/* Rows go in many at once: before the tables are read for an item, what this commit did to it must be there. */
LW_MUST_USE lw_status lw_commit_settle(lw_ctx *cx, lw_commit *commit, int64_t item_id);
/* The task of an item as this commit leaves it so far; LW_NOT_FOUND when the item is not in the project. */
LW_MUST_USE lw_status lw_commit_task(lw_ctx *cx, lw_commit *commit, int64_t item_id, lw_task *out);

/* Up to which commits the labels were looked through for attributes and options that go. */
typedef struct lw_ontology_look {
    struct {
        int64_t id, seq;
    } * projects;
    size_t n;
    bool is_needed; /* lw_commit_ontology has refused for want of it */
} lw_ontology_look;

/* Saves the ontology as its next version, which every project that uses it gets as a commit. LW_CONFLICT when it moved on from
 * `was` (0: whatever it is); LW_REFUSED, with counts, when a class that labels use would go, or an attribute or option. For these labels
 * are looked through by lw_ontology_look_through beforehand: LW_BUSY, and look->is_needed, when that was not done, or much was touched
 * since. look NULL: nothing goes. *version: the one in force then. */
LW_MUST_USE lw_status lw_commit_ontology(lw_ctx *cx, lw_store *store, lw_db *db, int64_t project_id, const lw_author *author, int64_t was,
                                         lw_ontology *wanted, lw_ontology_look *look, int64_t *version);
/* LW_REFUSED, with counts, for what labels use; look then says how far it looked. wanted: its ids filled by lw_commit_ontology. */
LW_MUST_USE lw_status lw_ontology_look_through(lw_ctx *cx, lw_store *store, int64_t ontology_id, const lw_ontology *wanted, lw_ontology_look *look);

/* --- the log */
LW_MUST_USE lw_status lw_commit_list(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t before, int64_t limit, lw_commit_row **out, size_t *n_out);
/* Those after this seq, oldest first: the change feed. */
LW_MUST_USE lw_status lw_commit_feed(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t after, int64_t limit, lw_commit_row **out, size_t *n_out);
LW_MUST_USE lw_status lw_commit_items(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t seq, int64_t **out, size_t *n_out);
LW_MUST_USE lw_status lw_commit_of_job(lw_ctx *cx, lw_db *db, int64_t project_id, int64_t job_id, int64_t **out, size_t *n_out);

typedef struct lw_undo {
    int64_t project_id;
    lw_author author;
    const int64_t *seqs; /* newest first, each once */
    size_t n;
    const int64_t *items; /* of the one commit, only these; NULL: all */
    size_t n_items;
    const int64_t *ours; /* commits whose versions the undo may replace: all that are being undone, and what undoes them */
    size_t n_ours;
} lw_undo;
/* Undoes commits as one inverse commit: all or nothing; LW_CONFLICT when something was changed again since. */
LW_MUST_USE lw_status lw_commit_undo(lw_ctx *cx, lw_store *store, lw_db *db, const lw_undo *undo, int64_t *seq);
/* Whether one of them could be undone as things stand; writes nothing. */
LW_MUST_USE lw_status lw_commit_check_undo(lw_ctx *cx, lw_db *db, const lw_undo *undo, int64_t seq);
