/* A fuzzed file as a source: it stands in a folder of this process, and goes with it. */
#pragma once

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/format.h"

static char fuzz_path[256], fuzz_folder[200];

static inline void fuzz_remove(void)
{
    unlink(fuzz_path);
    rmdir(fuzz_folder);
}

static inline const char *fuzz_file(const char *name, const uint8_t *data, size_t size)
{
    if (!fuzz_folder[0]) {
        snprintf(fuzz_folder, sizeof fuzz_folder, "%s/lw-fuzz-%d", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (int)getpid());
        mkdir(fuzz_folder, 0700);
        snprintf(fuzz_path, sizeof fuzz_path, "%s/%s", fuzz_folder, name);
        atexit(fuzz_remove);
    }
    LW_AUTO(lw_fd) fd = open(fuzz_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    lw_ctx cx = {0};
    LW_ASSERT(fd >= 0 && lw_fd_write(&cx, fd, data, size) == LW_OK);
    return fuzz_path;
}

static inline lw_status fuzz_ontology(lw_ctx *cx, void *state, const lw_ontology *declared)
{
    LW_AUTO(lw_buf) buf = {0};
    lw_ontology_write_json(&buf, declared);
    lw_json *root;
    lw_ontology read = {0};
    LW_ASSERT(lw_json_parse(cx, lw_text_copy(cx->arena, lw_buf_text(&buf)), &root) == LW_OK);
    LW_ASSERT(lw_ontology_from_json(cx, root, &read) == LW_OK);
    return LW_OK;
}

/* What readers promise: names are names, shapes are good, texts are UTF-8 where JSON needs them. */
static inline lw_status fuzz_item(lw_ctx *cx, void *state, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    LW_ASSERT(item->name.size ? lw_path_check(cx, item->name) == LW_OK : item->source_id.size > 0);
    for (size_t i = 0; i < n_labels; i++) {
        LW_ASSERT(!lw_shape_problem(&labels[i].shape));
        LW_ASSERT(lw_text_is_utf8(labels[i].class_name) && lw_text_is_utf8(labels[i].source_id));
    }
    *(int64_t *)state += (int64_t)n_labels;
    return LW_OK;
}

/* Reads it; what was read and skipped adds up. */
static inline int fuzz_read(const lw_format *format, const char *name, const uint8_t *data, size_t size)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_report report = {.arena = arena};
    LW_AUTO(lw_source_auto) source = NULL;
    int64_t n_labels = 0;
    if (lw_source_open(&cx, fuzz_file(name, data, size), NULL, &report, &source) != LW_OK)
        return 0;
    lw_sink sink = {&n_labels, fuzz_ontology, fuzz_item, NULL};
    lw_read_options options = {.source = source, .report = &report};
    lw_status status = format->read(&cx, &options, &sink);
    LW_ASSERT(status == LW_OK || cx.message[0]);
    LW_ASSERT(status != LW_OK || report.labels_read == n_labels + report.labels_skipped + report.labels_matched);
    return 0;
}
