/* Small answers of the tables that hold until something else than labels is written: who is behind a secret, which project a name means.
 * Any thread may ask; answers differ from the tables' never, not even for a moment after a write was answered. */
#pragma once

#include "base/text.h"

enum { LW_MEMO_VALUES = 4, LW_MEMO_KEY_BYTES = 80 };

typedef struct lw_memo lw_memo;

lw_memo *lw_memo_new(void);
void lw_memo_free(lw_memo *memo);

/* A kind of question and the bytes asked about. */
lw_text lw_memo_key(lw_arena *arena, const char *kind, lw_text bytes);
bool lw_memo_get(lw_memo *memo, lw_text key, int64_t values[LW_MEMO_VALUES]);
/* To be asked before the tables are read for what is put then: a write meanwhile makes it void. A long key is not kept. */
uint64_t lw_memo_version(lw_memo *memo);
void lw_memo_put(lw_memo *memo, uint64_t version, lw_text key, const int64_t values[LW_MEMO_VALUES]);
/* After a write is durable, before it is answered. */
void lw_memo_forget(lw_memo *memo);
