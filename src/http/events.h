/* Server-sent events: publish from any thread; connections wait without one. */
#pragma once

#include "base/text.h"

typedef struct lw_events lw_events;

lw_events *lw_events_new(void);
void lw_events_free(lw_events *events); /* after the server stopped */
/* To all who listen on the topic (a project's id). id goes with it as the event's id; data is one or more lines of text.
 * Who is too slow gets the event "resync" in place of all that it missed. */
void lw_events_publish(lw_events *events, int64_t topic, int64_t id, lw_text data);

/* One who listens; lies inside the connection's state. push is called with a whole event, must not block, and may not call back. */
typedef struct lw_listener {
    struct lw_listener *next, *previous;
    int64_t topic;
    void (*push)(struct lw_listener *listener, lw_text event);
} lw_listener;

void lw_events_join(lw_events *events, lw_listener *listener);
/* Afterwards push is not running and is never called again. */
void lw_events_leave(lw_events *events, lw_listener *listener);
