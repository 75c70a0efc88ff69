/* A ring of chunks between two threads: one fills them, the other empties them in the same order. A few may wait, so that neither thread
 * waits for the other's slow moments, and memory stays flat. The chunks are the caller's; here stands whose turn it is. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

enum { LW_TURNS = 6 };

typedef struct lw_turns {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool is_full[LW_TURNS], has_ended; /* guarded by mutex */
    int filling;                       /* of the filling thread alone */
} lw_turns;

void lw_turns_init(lw_turns *turns);
void lw_turns_cleanup(lw_turns *turns);

/* The filling side hands a chunk over. */
void lw_turns_give(lw_turns *turns, int chunk);
/* Until this chunk is empty. */
void lw_turns_wait(lw_turns *turns, int chunk);
/* Goes on with the next chunk, once that is empty. */
void lw_turns_next(lw_turns *turns);
/* No more come. */
void lw_turns_end(lw_turns *turns);

/* The emptying side, when it looks for work itself: the chunk after the last one (-1 at first) once it is full, -1 when no more come. */
int lw_turns_take(lw_turns *turns, int last);
void lw_turns_emptied(lw_turns *turns, int chunk);
