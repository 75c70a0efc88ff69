/* What the client and lw-media say to each other over a stream socket, on one machine: a hello once the worker is ready, then requests,
 * each with the file's descriptor beside it (SCM_RIGHTS), each followed by its answer; that of LW_DECODE_TILES by an answer for each tile and one
 * without bytes at the end. The client trusts no field of an answer. */
#pragma once

#include <stdint.h>

enum {
    LW_DECODE_SOCKET = 3,         /* the worker's only inherited descriptor */
    LW_DECODE_MAGIC = 0x3157574c, /* "LWW1" */
    LW_DECODE_IDLE_MS = 60000,    /* the worker leaves after this long without a request */
    LW_DECODE_NO_MEMORY = 12,     /* its exit code when it does not get what it needs */
};
#define LW_DECODE_ANSWER_BYTES (1LL << 30) /* more is no answer */

typedef enum lw_decode_task {
    LW_DECODE_PROBE,
    LW_DECODE_THUMBNAIL,
    LW_DECODE_PREVIEW,
    LW_DECODE_UPRIGHT,
    LW_DECODE_TILES,
    LW_N_DECODE_TASKS
} lw_decode_task;

typedef struct lw_decode_request {
    uint32_t magic, task;
    uint32_t size_px;
    uint32_t deadline_ms; /* by which the worker ends itself, should nobody be left to do it */
} lw_decode_request;

/* Followed by n_bytes: the picture, or the message when status is not LW_OK. */
typedef struct lw_decode_answer {
    uint32_t magic, status;
    uint32_t type, width, height;         /* of the picture; for a probe, of the upright image */
    uint32_t stored_width, stored_height; /* of a probe */
    uint32_t bit_depth, n_channels;
    uint32_t upright_width; /* of the image that the picture was made from */
    uint32_t is_lossless;
    uint32_t level, column, row; /* of a tile */
    uint64_t n_bytes;
} lw_decode_answer;
