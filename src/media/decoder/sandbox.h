/* What lw-media gives up before it looks at the first file: new privileges, memory without bound, files, network, other programs. */
#pragma once

/* Before libraries are initialised. */
void lw_sandbox_limit(void);
/* Once they are: from here on no path can be opened and nothing written but the socket. Where the kernel refuses, less is given up. */
void lw_sandbox_enter(void);

/* A build with a sanitizer, whose shadow memory is larger than any limit: then there is none on memory. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LW_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LW_IS_SANITIZED 1
#endif
#endif
#ifndef LW_IS_SANITIZED
#define LW_IS_SANITIZED 0
#endif
