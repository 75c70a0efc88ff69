/* What lw-media gives up before it looks at the first file: new privileges, memory without bound, files, network, other programs. */
#pragma once

/* Before libraries are initialised. */
void lw_sandbox_limit(void);
/* Once they are: from here on no path can be opened and nothing written but the socket. Where the kernel refuses, less is given up. */
void lw_sandbox_enter(void);
