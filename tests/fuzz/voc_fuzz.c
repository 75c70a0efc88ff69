/* Pascal VOC: whatever stands in the file, what is handed on is good and everything is counted. */
#include "fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return fuzz_read(&lw_format_voc, "in.xml", data, size); }
