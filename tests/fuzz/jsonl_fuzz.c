/* The own format: broken lines are counted, the rest is good. */
#include "fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return fuzz_read(&lw_format_jsonl, "in.jsonl", data, size); }
