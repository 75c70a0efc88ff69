/* A store with a project of two classes and three items, for tests of what writes to it. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "store/commit.h"
#include "store/user.h"
#include "tap.h"

typedef struct world {
    lw_store *store;
    char folder[32];
    int64_t user_id, project_id, item_ids[3], much_id, label_id, last_seq;
} world;

static inline lw_label box(const char *class_name, double x, double y, double w, double h)
{
    lw_label label = LW_LABEL_NONE;
    label.class_name = lw_text_from(class_name);
    label.shape = (lw_shape){.kind = LW_BOX, .x = x, .y = y, .w = w, .h = h};
    return label;
}

static inline lw_status set_classes(lw_ctx *cx, lw_store *store, lw_db *db, const world *w, const char *json, int64_t was, int64_t *version)
{
    lw_json *value;
    lw_ontology wanted;
    LW_TRY(lw_json_parse(cx, lw_text_from(json), &value));
    LW_TRY(lw_ontology_from_json(cx, value, &wanted));
    lw_author author = {.user_id = w->user_id, .kind = "ontology"};
    return lw_commit_ontology(cx, store, db, w->project_id, &author, was, &wanted, NULL, version);
}

static inline lw_status make_world(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    world *w = arg;
    lw_user user;
    lw_project project;
    int64_t version, seq, task_id, position, item_id;
    LW_TRY(lw_user_create(cx, store, db, LW_TEXT("ann"), LW_ROLE_OWNER, &user));
    w->user_id = user.id;
    LW_TRY(lw_project_create(cx, db, LW_TEXT("road"), user.id, &project));
    w->project_id = project.id;
    LW_TRY(set_classes(cx, store, db, w,
                       "{\"classes\": [{\"name\": \"car\", \"attributes\": [{\"name\": \"colour\", \"type\": \"one\", \"options\": [\"red\", "
                       "\"blue\"]}]}, {\"name\": \"tree\"}], \"item\": [{\"name\": \"weather\", \"type\": \"one\", \"options\": [\"sun\"]}]}",
                       0, &version));
    LW_TRY(lw_id_take(cx, db, "item", 3, &item_id));
    LW_TRY(lw_id_take(cx, db, "task", 3, &task_id));
    LW_TRY(lw_task_take_positions(cx, db, project.id, 3, &position));
    lw_author author = {.user_id = user.id, .kind = "import"};
    LW_AUTO(lw_commit) commit = {0};
    LW_TRY(lw_commit_begin(cx, store, db, project.id, &author, &commit));
    for (int i = 0; i < 3; i++) {
        lw_item_row item = {.id = item_id + i, .dataset_id = project.dataset_id, .name = lw_text_print(cx->arena, "%d.jpg", i), .kind = 1};
        LW_TRY(lw_commit_bring(cx, &commit, &item, task_id + i, position + i));
        w->item_ids[i] = item.id;
    }
    return lw_commit_finish(cx, &commit, &seq);
}

static inline lw_label *labels_of(lw_ctx *cx, world *w, int64_t item_id, size_t *n)
{
    LW_AUTO(lw_reader) reader = {0};
    LW_AUTO(lw_names) names = {0};
    lw_project project;
    lw_label *labels = NULL;
    *n = 0;
    CHECK_OK(cx, lw_reader_begin(cx, w->store, &reader));
    CHECK_OK(cx, lw_project_find(cx, reader.db, LW_TEXT("road"), &project));
    CHECK_OK(cx, lw_names_load(cx, w->store, reader.db, &project, &names));
    CHECK_OK(cx, lw_label_list(cx, &names, item_id, &labels, n));
    for (size_t i = 0; i < *n; i++) { /* names outlive the ontology's reference */
        labels[i].class_name = lw_text_copy(cx->arena, labels[i].class_name);
    }
    return labels;
}

static inline int64_t count_of(lw_ctx *cx, world *w, lw_counter what)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_count *counts;
    size_t n;
    int64_t sum = 0;
    if (lw_reader_begin(cx, w->store, &reader) != LW_OK || lw_counts_list(cx, reader.db, w->project_id, what, &counts, &n) != LW_OK)
        return -1;
    for (size_t i = 0; i < n; i++)
        sum += counts[i].n;
    return sum;
}

static inline void open_world(lw_ctx *cx, world *w, const lw_driver *driver)
{
    strcpy(w->folder, "/tmp/lw-store-XXXXXX");
    CHECK(mkdtemp(w->folder) != NULL);
    CHECK_OK(cx, lw_store_open(cx, w->folder, LW_STORE_CREATE, driver, &w->store));
    CHECK_OK(cx, lw_write_now(cx, w->store, make_world, w));
}

static inline void close_world(lw_ctx *cx, world *w)
{
    lw_store_close(w->store);
    CHECK_OK(cx, lw_path_remove(cx, w->folder));
}
