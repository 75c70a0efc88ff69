/* A raw-socket HTTP client for tests: sends any bytes, reads answers with their framing. */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "tap.h"

static inline int connect_to(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

static inline void send_all(int fd, const void *data, size_t size)
{
    for (const char *at = data; size;) {
        ssize_t n = send(fd, at, size, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        at += n, size -= (size_t)n;
    }
}

static inline void send_text(int fd, const char *text) { send_all(fd, text, strlen(text)); }

/* What one answer held. */
typedef struct reply {
    int status;
    char *head;
    lw_buf body;
    bool whole; /* the end of the body was seen */
} reply;

static inline void reply_cleanup(reply *got)
{
    lw_buf_cleanup(&got->body);
    free(got->head);
}

static inline bool fill(int fd, lw_buf *in)
{
    char *to = lw_buf_reserve(in, 65536);
    ssize_t n = recv(fd, to, 65536, 0);
    if (n <= 0)
        return false;
    in->size += (size_t)n;
    return true;
}

static inline const char *header(const reply *got, const char *name)
{
    static char value[512];
    size_t size = strlen(name);
    for (const char *line = got->head; line; line = strstr(line, "\r\n")) {
        line += line == got->head ? 0 : 2;
        if (strncasecmp(line, name, size) == 0 && line[size] == ':') {
            snprintf(value, sizeof value, "%.*s", (int)strcspn(line + size + 2, "\r"), line + size + 2);
            return value;
        }
    }
    return "";
}

/* Bytes before `at` are taken out of the buffer. */
static inline void consume(lw_buf *buf, size_t at)
{
    memmove(buf->data, buf->data + at, buf->size - at);
    buf->size -= at;
}

static inline bool read_chunk(int fd, lw_buf *in, reply *out)
{
    char *end;
    while (!in->size || !(end = memmem(in->data, in->size, "\r\n", 2)))
        if (!fill(fd, in))
            return false;
    size_t size = strtoul(in->data, NULL, 16), from = (size_t)(end - in->data) + 2;
    while (in->size < from + size + 2)
        if (!fill(fd, in))
            return false;
    lw_buf_put(&out->body, in->data + from, size);
    consume(in, from + size + 2);
    out->whole = size == 0;
    return true;
}

/* The next answer on the connection; `in` keeps what came beyond it. */
static inline reply receive_more(int fd, lw_buf *in, bool has_body)
{
    reply got = {0};
    char *end = NULL;
    while (!in->size || !(end = memmem(in->data, in->size, "\r\n\r\n", 4)))
        if (!fill(fd, in))
            return got;
    size_t head = (size_t)(end - in->data) + 4;
    got.head = strndup(in->data, head);
    got.status = atoi(got.head + 9);
    consume(in, head);
    if (!has_body || got.status == 304 || got.status == 204) {
        got.whole = true;
    } else if (strstr(header(&got, "Transfer-Encoding"), "chunked")) {
        while (!got.whole && read_chunk(fd, in, &got))
            ;
    } else {
        size_t size = strtoul(header(&got, "Content-Length"), NULL, 10);
        while (in->size < size && fill(fd, in))
            ;
        got.whole = in->size >= size;
        size = got.whole ? size : in->size;
        lw_buf_put(&got.body, in->data, size);
        consume(in, size);
    }
    return got;
}

static inline reply receive(int fd)
{
    LW_AUTO(lw_buf) in = {0};
    return receive_more(fd, &in, true);
}

/* One request on a connection of its own; extra headers end in \r\n each. */
static inline reply ask(int port, const char *line, const char *headers, const char *body)
{
    char head[4096];
    LW_AUTO(lw_buf) in = {0};
    int fd = connect_to(port);
    size_t size = body ? strlen(body) : 0;
    int n = snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: localhost:%d\r\n%s", line, port, headers);
    n +=
        body ? snprintf(head + n, sizeof head - (size_t)n, "Content-Length: %zu\r\n\r\n", size) : snprintf(head + n, sizeof head - (size_t)n, "\r\n");
    send_all(fd, head, (size_t)n);
    send_all(fd, body, size);
    reply got = receive_more(fd, &in, strncmp(line, "HEAD", 4) != 0);
    close(fd);
    return got;
}

static inline lw_text body_of(const reply *got) { return lw_buf_text(&got->body); }
static inline bool has(lw_text text, const char *words) { return text.size && memmem(text.data, text.size, words, strlen(words)) != NULL; }

/* Reads until the words have come. */
static inline bool read_until(int fd, lw_buf *in, const char *words)
{
    while (!has(lw_buf_text(in), words))
        if (!fill(fd, in))
            return false;
    return true;
}
