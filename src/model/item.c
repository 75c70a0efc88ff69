#include "model/item.h"

static const char *const state_names[LW_N_TASK_STATES] = {"waiting", "started", "done", "skipped"};

const char *lw_task_state_name(lw_task_state state) { return (unsigned)state < LW_N_TASK_STATES ? state_names[state] : NULL; }

bool lw_task_state_from_name(lw_text name, lw_task_state *out)
{
    for (int state = 0; state < LW_N_TASK_STATES; state++)
        if (lw_text_is(name, state_names[state])) {
            *out = (lw_task_state)state;
            return true;
        }
    return false;
}
