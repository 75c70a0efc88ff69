/* Formats in tests: a folder made of a few texts is read into one text, a line an item and a line a label, and can be written again. */
#pragma once

#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "formats/format.h"

typedef struct file {
    const char *name, *content;
    size_t size; /* 0: content is a string */
} file;

/* The smallest PNG header that tells a size. */
#define PNG(w, h) "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0" w "\0\0" h "\x8\x2\0\0\0\0\0\0\0"
#define PNG_FILE(name, w, h)                   \
    {                                          \
        name, PNG(w, h), sizeof(PNG(w, h)) - 1 \
    }

typedef struct collected {
    lw_arena *arena;
    lw_ctx cx;
    char folder[64];
    lw_report report;
    lw_buf text;
    lw_ontology ontology;
    lw_read_options options; /* may be set before reading */
    lw_writer *writer;       /* when set, items go there as well */
    const lw_format *to;
    bool lossy;
    uint64_t kinds;
    lw_media_mode media;
    lw_report written;
} collected;

static inline void collect_begin(collected *all, const file *files)
{
    *all = (collected){.arena = lw_arena_new(), .folder = "/tmp/lw-test-XXXXXX"};
    all->cx.arena = all->arena;
    all->report = (lw_report){.arena = all->arena, .started_us = lw_monotonic_us()};
    all->options.reads_media = true;
    LW_ASSERT(mkdtemp(all->folder));
    for (const file *at = files; at && at->name; at++) {
        char *path = lw_print(all->arena, "%s/%s", all->folder, at->name), *slash = strrchr(path, '/');
        *slash = 0;
        LW_ASSERT(lw_folder_make(&all->cx, path) == LW_OK);
        *slash = '/';
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        size_t size = at->size ? at->size : strlen(at->content);
        LW_ASSERT(fd >= 0 && write(fd, at->content, size) == (ssize_t)size);
        close(fd);
    }
}

static inline void collect_end(collected *all)
{
    LW_ASSERT(lw_path_remove(&all->cx, all->folder) == LW_OK);
    lw_buf_cleanup(&all->text);
    lw_arena_free(all->arena);
}

static inline lw_status collect_ontology(lw_ctx *cx, void *state, const lw_ontology *declared)
{
    collected *all = state;
    for (size_t i = 0; i < declared->n_classes; i++) {
        const lw_class *from = &declared->classes[i];
        lw_class *to = lw_class_find(&all->ontology, from->name);
        if (!to) {
            to = lw_ontology_add_class(all->arena, &all->ontology, from->name);
            to->index = from->index;
            to->n_keypoints = from->n_keypoints;
            to->keypoints = from->keypoints;
        }
        for (size_t j = 0; j < from->n_attributes; j++)
            if (!lw_class_attribute(&all->ontology, to, from->attributes[j].name))
                lw_class_add_attribute(all->arena, &all->ontology, to, lw_text_copy(all->arena, from->attributes[j].name), from->attributes[j].type);
    }
    return LW_OK;
}

static inline lw_status collect_open(lw_ctx *cx, void *state, lw_fd *out)
{
    void **both = state;
    return lw_source_open_entry(cx, both[0], both[1], out);
}

static inline lw_status collect_write(lw_ctx *cx, collected *all, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    void *both[] = {all->options.source, (void *)image};
    lw_media_ref media = {.open = collect_open, .state = both};
    return all->to->item(cx, all->writer, item, labels, n_labels, image ? &media : NULL);
}

static inline lw_status collect_item(lw_ctx *cx, void *state, const lw_item *item, const lw_entry *image, const lw_label *labels, size_t n_labels)
{
    collected *all = state;
    lw_buf_print(&all->text, "%.*s %dx%d %.*s%s%s\n", LW_FMT(item->name), item->width, item->height,
                 LW_FMT(item->split.size ? item->split : LW_TEXT("-")), item->has_state ? " " : "",
                 item->has_state ? lw_task_state_name(item->state) : "");
    if (item->metadata.size)
        lw_buf_print(&all->text, "  metadata %.*s\n", LW_FMT(item->metadata));
    for (size_t i = 0; i < n_labels; i++) {
        LW_ASSERT(!lw_shape_problem(&labels[i].shape));
        LW_ASSERT(lw_class_find(&all->ontology, labels[i].class_name) || lw_text_is(labels[i].class_name, LW_ITEM_CLASS));
        all->kinds |= 1ULL << labels[i].shape.kind;
        lw_buf_print(&all->text, "  %.*s {", LW_FMT(labels[i].class_name));
        lw_shape_write_json(&all->text, &labels[i].shape);
        lw_buf_put_char(&all->text, '}');
        if (labels[i].n_attributes) {
            lw_buf_put_char(&all->text, ' ');
            lw_attributes_write_json(&all->text, labels[i].attributes, labels[i].n_attributes);
        }
        if (labels[i].layer.size)
            lw_buf_print(&all->text, " on %.*s", LW_FMT(labels[i].layer));
        if (!isnan(labels[i].confidence))
            lw_buf_print(&all->text, " %g", labels[i].confidence);
        lw_buf_put_char(&all->text, '\n');
    }
    return all->writer ? collect_write(cx, all, item, image, labels, n_labels) : LW_OK;
}

static inline lw_status collect_read(collected *all, const lw_format *format)
{
    LW_AUTO(lw_source_auto) source = NULL;
    LW_TRY(lw_source_open(&all->cx, all->folder, NULL, &all->report, &source));
    const lw_sink sink = {.state = all, .ontology = collect_ontology, .item = collect_item};
    all->options.source = source;
    all->options.report = &all->report;
    return format->read(&all->cx, &all->options, &sink);
}

/* Reads again, now into a writer whose target is the folder of `into`; its report is all->written. */
static inline lw_status collect_convert(collected *all, const lw_format *from, const lw_format *to, collected *into)
{
    LW_AUTO(lw_target_auto) target = NULL;
    all->written = (lw_report){.arena = all->arena};
    LW_TRY(lw_target_open(&all->cx, into->folder, &target));
    const lw_write_options options = {.target = target,
                                      .ontology = &all->ontology,
                                      .project = LW_TEXT("test"),
                                      .media = all->media,
                                      .lossy = all->lossy,
                                      .kinds = all->kinds,
                                      .report = &all->written};
    LW_TRY(to->begin(&all->cx, &options, &all->writer));
    all->to = to;
    LW_AUTO(lw_buf) kept = all->text; /* what is read stands in it */
    (void)kept;
    all->text = (lw_buf){0};
    lw_status status = collect_read(all, from);
    if (status == LW_OK)
        status = to->end(&all->cx, all->writer);
    if (to->close)
        to->close(all->writer);
    all->writer = NULL;
    return status == LW_OK ? lw_target_commit(&all->cx, target) : status;
}

static inline int64_t count_in(const lw_report *report, const char *code)
{
    for (const lw_issue *at = report->issues; at; at = at->next)
        if (strcmp(at->code, code) == 0)
            return at->count;
    return 0;
}

static inline int64_t count_issue(const collected *all, const char *code)
{
    for (const lw_issue *at = all->report.issues; at; at = at->next)
        if (strcmp(at->code, code) == 0)
            return at->count;
    return 0;
}

static inline bool has_line(const collected *all, const char *words)
{
    char *text = lw_text_string(all->arena, lw_buf_text(&all->text));
    if (strstr(text, words))
        return true;
    printf("# not in:\n");
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        printf("#   %s\n", line);
    return false;
}
