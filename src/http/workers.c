#include "http/workers.h"

#include <pthread.h>

struct lw_workers {
    pthread_mutex_t mutex;
    pthread_cond_t added;
    lw_task *first, *last;
    unsigned n_queued, n_threads;
    bool is_closing;
    pthread_t threads[];
};

static void *work(void *argument)
{
    lw_workers *workers = argument;
    pthread_mutex_lock(&workers->mutex);
    for (;;) {
        while (!workers->first && !workers->is_closing)
            pthread_cond_wait(&workers->added, &workers->mutex);
        lw_task *task = workers->first;
        if (!task)
            break;
        workers->first = task->next;
        workers->n_queued--;
        pthread_mutex_unlock(&workers->mutex);
        task->run(task);
        pthread_mutex_lock(&workers->mutex);
    }
    pthread_mutex_unlock(&workers->mutex);
    return NULL;
}

lw_status lw_workers_new(lw_ctx *cx, unsigned n_threads, lw_workers **out)
{
    lw_workers *made = lw_heap_new(sizeof *made + n_threads * sizeof(pthread_t));
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->added, NULL);
    for (; made->n_threads < n_threads; made->n_threads++) {
        int error = pthread_create(&made->threads[made->n_threads], NULL, work, made);
        if (error) {
            lw_workers_free(made);
            return lw_fail_errno(cx, error, "cannot start a worker thread");
        }
    }
    *out = made;
    return LW_OK;
}

void lw_workers_add(lw_workers *workers, lw_task *task)
{
    pthread_mutex_lock(&workers->mutex);
    task->next = NULL;
    if (workers->first)
        workers->last->next = task;
    else
        workers->first = task;
    workers->last = task;
    workers->n_queued++;
    pthread_cond_signal(&workers->added);
    pthread_mutex_unlock(&workers->mutex);
}

unsigned lw_workers_queued(lw_workers *workers)
{
    pthread_mutex_lock(&workers->mutex);
    unsigned n = workers->n_queued;
    pthread_mutex_unlock(&workers->mutex);
    return n;
}

void lw_workers_free(lw_workers *workers)
{
    pthread_mutex_lock(&workers->mutex);
    workers->is_closing = true;
    pthread_cond_broadcast(&workers->added);
    pthread_mutex_unlock(&workers->mutex);
    for (unsigned i = 0; i < workers->n_threads; i++)
        pthread_join(workers->threads[i], NULL);
    pthread_cond_destroy(&workers->added);
    pthread_mutex_destroy(&workers->mutex);
    lw_heap_free(workers);
}
