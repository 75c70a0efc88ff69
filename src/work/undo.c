#include "work/undo.h"

#include <stdlib.h>

/* Labels that an inverse commit of many touches: others wait some eight milliseconds for it. */
enum { PIECE_LABELS = 500 };

typedef struct undoing {
    lw_store *store;
    lw_undo undo;  /* of the piece at hand */
    int64_t *ours; /* what is undone, then the inverse commits */
    size_t n_ours, room;
    int64_t seq;
} undoing;

static int newest_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

static lw_status write_piece(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    undoing *u = arg;
    return lw_commit_undo(cx, store, db, &u->undo, &u->seq);
}

/* A piece has an arena of its own, so that memory stays flat. */
static lw_status undo_piece(lw_ctx *cx, undoing *u, const int64_t *seqs, size_t n, bool is_only)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx piece = {.arena = arena};
    u->undo.seqs = seqs, u->undo.n = n, u->undo.ours = u->ours, u->undo.n_ours = u->n_ours;
    lw_status status = is_only ? lw_write_now(&piece, u->store, write_piece, u) : lw_write_bulk(&piece, u->store, write_piece, u);
    if (status != LW_OK)
        return lw_fail(cx, status, "%s", piece.message);
    if (!u->seq)
        return LW_OK;
    u->ours = lw_array_room(cx->arena, u->ours, u->n_ours, &u->room, sizeof *u->ours);
    u->ours[u->n_ours++] = u->seq;
    return LW_OK;
}

/* How many commits from this one on make a piece. */
static lw_status measure_piece(lw_ctx *cx, lw_db *db, const undoing *u, const int64_t *seqs, size_t n, size_t *out)
{
    int64_t n_labels = 0;
    for (*out = 0; *out < n; ++*out) {
        lw_commit_row *row;
        size_t found;
        LW_TRY(lw_commit_feed(cx, db, u->undo.project_id, seqs[*out] - 1, 1, &row, &found));
        n_labels += found ? row->n_added + row->n_changed + row->n_removed : 0;
        if (n_labels > PIECE_LABELS && *out)
            break;
    }
    return LW_OK;
}

/* A commit with more than a piece, some of its items at a time. */
static lw_status undo_large(lw_ctx *cx, undoing *u, int64_t seq)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx inner = {.arena = arena};
    int64_t *items;
    size_t n, found;
    lw_commit_row *row;
    {
        LW_AUTO(lw_reader) reader = {0};
        LW_TRY(lw_reader_begin(cx, u->store, &reader));
        if (lw_commit_feed(&inner, reader.db, u->undo.project_id, seq - 1, 1, &row, &found) != LW_OK ||
            lw_commit_items(&inner, reader.db, u->undo.project_id, seq, &items, &n) != LW_OK)
            return lw_fail(cx, inner.status, "%s", inner.message);
    }
    int64_t n_labels = found ? row->n_added + row->n_changed + row->n_removed : 0;
    size_t size = n_labels > PIECE_LABELS ? n * PIECE_LABELS / (size_t)n_labels : n;
    size += size == 0;
    lw_status status = LW_OK;
    for (size_t i = 0; i < n && status == LW_OK; i += size) {
        u->undo.items = items + i;
        u->undo.n_items = n - i < size ? n - i : size;
        status = undo_piece(cx, u, &seq, 1, false);
    }
    u->undo.items = NULL;
    return status;
}

static lw_status check_all(lw_ctx *cx, undoing *u, lw_db *db, const int64_t *seqs, size_t n)
{
    LW_AUTO(lw_arena_auto) scratch = lw_arena_new();
    u->undo.ours = u->ours, u->undo.n_ours = u->n_ours;
    for (size_t i = 0; i < n; i++) {
        lw_ctx inner = {.arena = scratch};
        if (lw_commit_check_undo(&inner, db, &u->undo, seqs[i]) != LW_OK)
            return lw_fail(cx, inner.status, "%s", inner.message);
        lw_arena_reset(scratch);
    }
    return LW_OK;
}

static lw_status undo_in_pieces(lw_ctx *cx, undoing *u, const int64_t *seqs, size_t n)
{
    for (size_t from = 0, size; from < n; from += size) {
        {
            LW_AUTO(lw_reader) reader = {0};
            LW_TRY(lw_reader_begin(cx, u->store, &reader));
            if (from == 0)
                LW_TRY(check_all(cx, u, reader.db, seqs, n));
            LW_TRY(measure_piece(cx, reader.db, u, seqs + from, n - from, &size));
        }
        lw_status status = n > 1 && size == 1 ? undo_large(cx, u, seqs[from]) : undo_piece(cx, u, seqs + from, size, size == n);
        if (status != LW_OK && from) /* somebody changed a label after the check */
            return lw_fail(cx, status, "%s; commits %" PRId64 " to %" PRId64 " were undone before that", lw_print(cx->arena, "%s", cx->message),
                           seqs[from - 1], seqs[0]);
        LW_TRY(status);
    }
    return LW_OK;
}

lw_status lw_undo_run(lw_ctx *cx, lw_store *store, int64_t project_id, const lw_author *author, const int64_t *seqs, size_t n, int64_t *seq)
{
    int64_t *sorted = lw_new_array(cx->arena, int64_t, n), *ours = lw_new_array(cx->arena, int64_t, n);
    size_t n_sorted = 0;
    memcpy(sorted, seqs, n * sizeof *seqs);
    qsort(sorted, n, sizeof *sorted, newest_first);
    for (size_t i = 0; i < n; i++)
        if (n_sorted == 0 || sorted[n_sorted - 1] != sorted[i])
            sorted[n_sorted++] = sorted[i];
    memcpy(ours, sorted, n_sorted * sizeof *sorted);
    undoing u = {.store = store, .undo = {.project_id = project_id, .author = *author}, .ours = ours, .n_ours = n_sorted, .room = n};
    LW_TRY(undo_in_pieces(cx, &u, sorted, n_sorted));
    *seq = u.seq;
    return LW_OK;
}
