/* Sockets: listening on TCP and on a path of any length, and reaching the latter. */
#pragma once

#include "base/file.h"

/* "HOST:PORT", "[::1]:PORT"; port 0 picks a free one. LW_UNAVAILABLE when it is in use. */
LW_MUST_USE lw_status lw_socket_listen_tcp(lw_ctx *cx, const char *address, lw_fd *out, int *out_port);
/* Mode 0600; a socket that nobody answers any more is replaced, LW_UNAVAILABLE when somebody does. */
LW_MUST_USE lw_status lw_socket_listen_path(lw_ctx *cx, const char *path, lw_fd *out);
/* LW_NOT_FOUND when nobody listens there. */
LW_MUST_USE lw_status lw_socket_connect_path(lw_ctx *cx, const char *path, lw_fd *out);
