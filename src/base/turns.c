#include "base/turns.h"

void lw_turns_init(lw_turns *turns)
{
    *turns = (lw_turns){0};
    pthread_mutex_init(&turns->mutex, NULL);
    pthread_cond_init(&turns->changed, NULL);
}

void lw_turns_cleanup(lw_turns *turns)
{
    pthread_cond_destroy(&turns->changed);
    pthread_mutex_destroy(&turns->mutex);
}

static void set(lw_turns *turns, bool *what, bool value)
{
    pthread_mutex_lock(&turns->mutex);
    *what = value;
    pthread_cond_broadcast(&turns->changed);
    pthread_mutex_unlock(&turns->mutex);
}

void lw_turns_give(lw_turns *turns, int chunk) { set(turns, &turns->is_full[chunk], true); }
void lw_turns_emptied(lw_turns *turns, int chunk) { set(turns, &turns->is_full[chunk], false); }
void lw_turns_end(lw_turns *turns) { set(turns, &turns->has_ended, true); }

void lw_turns_wait(lw_turns *turns, int chunk)
{
    pthread_mutex_lock(&turns->mutex);
    while (turns->is_full[chunk])
        pthread_cond_wait(&turns->changed, &turns->mutex);
    pthread_mutex_unlock(&turns->mutex);
}

void lw_turns_next(lw_turns *turns)
{
    turns->filling = (turns->filling + 1) % LW_TURNS;
    lw_turns_wait(turns, turns->filling);
}

int lw_turns_take(lw_turns *turns, int last)
{
    int next = (last + 1) % LW_TURNS;
    pthread_mutex_lock(&turns->mutex);
    while (!turns->is_full[next] && !turns->has_ended)
        pthread_cond_wait(&turns->changed, &turns->mutex);
    bool is_there = turns->is_full[next];
    pthread_mutex_unlock(&turns->mutex);
    return is_there ? next : -1;
}
