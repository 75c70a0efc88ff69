/* Server-sent events: publish from any thread, connections wait without one. */
#pragma once

#include "base/text.h"

typedef struct lw_events lw_events;

lw_events *lw_events_new(void);
void lw_events_free(lw_events *events); /* after the server stopped */
/* To all who listen on the topic (a project's id). id goes with it as the event's id; data is one or more lines of text.
 * Who is too slow gets the event "resync" in place of what was dropped. */
void lw_events_publish(lw_events *events, int64_t topic, int64_t id, lw_text data);
