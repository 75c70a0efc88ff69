/* Linked files get their SHA-256 in the background, so that items show as soon as they are imported and equal bytes are known later.
 * A thread of the lowest priority reads them, one after the other; a file that cannot be read, or changes meanwhile, is left for the next round. */
#pragma once

#include "work/app.h"

void lw_hashing_start(lw_app *app);
/* At once, also in the middle of a file, which is hashed from its start another time. */
void lw_hashing_stop(lw_app *app);
/* New linked files may be there. Nothing happens when no thread runs. */
void lw_hashing_wake(lw_app *app);
