#include "http/events.h"

#include <pthread.h>

#include "base/buf.h"

struct lw_events {
    pthread_mutex_t mutex;
    lw_listener *first;
};

lw_events *lw_events_new(void)
{
    lw_events *made = lw_heap_new(sizeof *made);
    pthread_mutex_init(&made->mutex, NULL);
    return made;
}

void lw_events_free(lw_events *events)
{
    if (!events)
        return;
    LW_ASSERT(!events->first);
    pthread_mutex_destroy(&events->mutex);
    lw_heap_free(events);
}

/* "id: 7\ndata: …\n\n", a data line each line. */
static void put_event(lw_buf *out, int64_t id, lw_text data)
{
    lw_text line;
    lw_buf_put_literal(out, "id: ");
    lw_buf_put_int(out, id);
    for (bool more = true; more;) {
        line = data;
        more = lw_text_split(data, '\n', &line, &data);
        lw_buf_put_literal(out, "\ndata: ");
        lw_buf_put_text(out, line);
    }
    lw_buf_put_literal(out, "\n\n");
}

void lw_events_publish(lw_events *events, int64_t topic, int64_t id, lw_text data)
{
    LW_AUTO(lw_buf) event = {0};
    pthread_mutex_lock(&events->mutex);
    for (lw_listener *at = events->first; at; at = at->next) {
        if (at->topic != topic)
            continue;
        if (event.size == 0)
            put_event(&event, id, data);
        at->push(at, lw_buf_text(&event));
    }
    pthread_mutex_unlock(&events->mutex);
}

void lw_events_join(lw_events *events, lw_listener *listener)
{
    pthread_mutex_lock(&events->mutex);
    listener->previous = NULL;
    listener->next = events->first;
    if (events->first)
        events->first->previous = listener;
    events->first = listener;
    pthread_mutex_unlock(&events->mutex);
}

void lw_events_leave(lw_events *events, lw_listener *listener)
{
    pthread_mutex_lock(&events->mutex);
    if (listener->previous)
        listener->previous->next = listener->next;
    else
        events->first = listener->next;
    if (listener->next)
        listener->next->previous = listener->previous;
    pthread_mutex_unlock(&events->mutex);
}
