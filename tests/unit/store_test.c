/* The write path from project to label, the same on a sound disk and on one that fails at the nth call. */
#include "world.h"

#include "base/clock.h"
#include "store/replay.h"

static lw_status add_coloured(lw_ctx *cx, lw_store *store, lw_db *db, world *w, const char *value)
{
    lw_author author = {.user_id = w->user_id, .kind = "labels"};
    LW_AUTO(lw_commit) commit = {0};
    LW_TRY(lw_commit_begin(cx, store, db, w->project_id, &author, &commit));
    lw_label label = box("car", 1, 2, 3, 4);
    lw_attribute colour = {.name = LW_TEXT("colour"), .type = LW_TEXT_VALUE, .text = lw_text_from(value)};
    label.attributes = &colour;
    label.n_attributes = 1;
    LW_TRY(lw_commit_add(cx, &commit, w->item_ids[0], &label, 0, &w->label_id));
    return lw_commit_finish(cx, &commit, &w->last_seq);
}

static lw_status add_label(lw_ctx *cx, lw_store *store, lw_db *db, void *arg) { return add_coloured(cx, store, db, arg, "red"); }
static lw_status add_blue(lw_ctx *cx, lw_store *store, lw_db *db, void *arg) { return add_coloured(cx, store, db, arg, "blue"); }

static lw_status change_label(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    world *w = arg;
    lw_author author = {.user_id = w->user_id, .kind = "labels"};
    LW_AUTO(lw_commit) commit = {0};
    LW_TRY(lw_commit_begin(cx, store, db, w->project_id, &author, &commit));
    lw_label label = box("tree", 5, 6, 7, 8);
    LW_TRY(lw_commit_change(cx, &commit, w->label_id, w->last_seq, &label));
    return lw_commit_finish(cx, &commit, &w->last_seq);
}

static lw_status remove_label(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    world *w = arg;
    lw_author author = {.user_id = w->user_id, .kind = "labels"};
    LW_AUTO(lw_commit) commit = {0};
    LW_TRY(lw_commit_begin(cx, store, db, w->project_id, &author, &commit));
    LW_TRY(lw_commit_remove(cx, &commit, w->label_id, w->last_seq));
    return lw_commit_finish(cx, &commit, &w->last_seq);
}

static lw_status undo_last(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    world *w = arg;
    lw_author author = {.user_id = w->user_id, .kind = "undo"};
    int64_t seq = w->last_seq;
    lw_undo undo = {.project_id = w->project_id, .author = author, .seqs = &seq, .n = 1, .ours = &seq, .n_ours = 1};
    return lw_commit_undo(cx, store, db, &undo, &w->last_seq);
}

/* One commit that changes and removes what it has just added, leaves an item and comes back to it. */
static lw_status write_much(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    world *w = arg;
    lw_author author = {.user_id = w->user_id, .kind = "import"};
    LW_AUTO(lw_commit) commit = {0};
    lw_project project;
    int64_t item_id, task_id, position, first, second, last;
    LW_TRY(lw_project_get(cx, db, w->project_id, &project));
    LW_TRY(lw_id_take(cx, db, "item", 1, &item_id));
    LW_TRY(lw_id_take(cx, db, "task", 1, &task_id));
    LW_TRY(lw_task_take_positions(cx, db, project.id, 1, &position));
    LW_TRY(lw_commit_begin(cx, store, db, w->project_id, &author, &commit));
    lw_item_row item = {.id = item_id, .dataset_id = project.dataset_id, .name = LW_TEXT("much.jpg"), .kind = 1};
    LW_TRY(lw_commit_bring(cx, &commit, &item, task_id, position));
    lw_label car = box("car", 1, 2, 3, 4), tree = box("tree", 5, 6, 7, 8);
    LW_TRY(lw_commit_add(cx, &commit, item_id, &car, 0, &first));
    LW_TRY(lw_commit_add(cx, &commit, item_id, &car, 0, &second));
    LW_TRY(lw_commit_change(cx, &commit, first, 0, &tree));
    LW_TRY(lw_commit_remove(cx, &commit, second, 0));
    for (int i = 0; i < 3; i++)
        LW_TRY(lw_commit_add(cx, &commit, w->item_ids[i], &car, 0, &last));
    LW_TRY(lw_commit_add(cx, &commit, item_id, &car, 0, &last));
    LW_ASSERT(last == first + 2 || last == first + 1); /* a number that never stood in a commit may be given again */
    LW_TRY(lw_commit_set_task(cx, &commit, item_id, LW_DONE, -1, (lw_text){0}));
    w->much_id = item_id;
    return lw_commit_finish(cx, &commit, &w->last_seq);
}

static lw_status bring_taken_name(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    world *w = arg;
    lw_author author = {.user_id = w->user_id, .kind = "import"};
    LW_AUTO(lw_commit) commit = {0};
    lw_project project;
    int64_t item_id, seq;
    LW_TRY(lw_project_get(cx, db, w->project_id, &project));
    LW_TRY(lw_id_take(cx, db, "item", 2, &item_id));
    LW_TRY(lw_commit_begin(cx, store, db, w->project_id, &author, &commit));
    for (int i = 0; i < 2; i++) {
        lw_item_row item = {.id = item_id + i, .dataset_id = project.dataset_id, .name = i ? LW_TEXT("0.jpg") : LW_TEXT("other.jpg"), .kind = 1};
        LW_TRY(lw_commit_bring(cx, &commit, &item, 1000 + i, 1000 + i));
    }
    return lw_commit_finish(cx, &commit, &seq);
}

static lw_status drop_car(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    int64_t version;
    return set_classes(cx, store, db, arg, "{\"classes\": [{\"name\": \"tree\"}]}", 0, &version);
}

static lw_status rename_car(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    world *w = arg;
    int64_t version;
    lw_project project;
    LW_AUTO(lw_ontology_ref) ref = {0};
    LW_TRY(lw_project_get(cx, db, w->project_id, &project));
    LW_TRY(lw_ontology_get(cx, store, db, project.ontology_id, 0, &ref));
    LW_AUTO(lw_buf) buf = {0};
    lw_ontology_write_json(&buf, ref.ontology);
    char *json = lw_text_string(cx->arena, lw_buf_text(&buf));
    char *name = strstr(json, "\"car\"");
    LW_ASSERT(name != NULL);
    memcpy(name, "\"cab\"", 5);
    return set_classes(cx, store, db, w, json, ref.ontology->version, &version);
}

static void test_labels(lw_ctx *cx)
{
    world w = {0};
    size_t n;
    open_world(cx, &w, &lw_sqlite);
    CHECK_OK(cx, lw_write_now(cx, w.store, add_label, &w));
    lw_label *labels = labels_of(cx, &w, w.item_ids[0], &n);
    CHECK_INT(n, 1);
    CHECK_TEXT(labels[0].class_name, "car");
    CHECK_TEXT(labels[0].layer, "truth");
    CHECK_TEXT(labels[0].by, "ann");
    CHECK_INT(labels[0].seq, 3); /* 1 ontology, 2 import */
    CHECK(labels[0].shape.w == 3 && labels[0].n_attributes == 1);
    CHECK_INT(labels[0].id, (w.item_ids[0] << LW_ITEM_ID_SHIFT) + 1);

    int64_t stale = w.last_seq;
    CHECK_OK(cx, lw_write_now(cx, w.store, change_label, &w));
    labels = labels_of(cx, &w, w.item_ids[0], &n);
    CHECK_INT(n, 1);
    CHECK_TEXT(labels[0].class_name, "tree");
    int64_t fresh = w.last_seq;
    w.last_seq = stale;
    CHECK_FAILS(cx, lw_write_now(cx, w.store, change_label, &w), LW_CONFLICT, "was changed by ann");
    CHECK(cx->details && strstr(cx->details, "\"tree\""));
    w.last_seq = fresh;

    CHECK_OK(cx, lw_write_now(cx, w.store, remove_label, &w));
    labels_of(cx, &w, w.item_ids[0], &n);
    CHECK_INT(n, 0);
    CHECK_INT(count_of(cx, &w, LW_LABELS_BY_CLASS), 0);
    int64_t removal = w.last_seq;
    CHECK_FAILS(cx, lw_write_now(cx, w.store, change_label, &w), LW_CONFLICT, "removed");
    w.last_seq = removal;
    CHECK_OK(cx, lw_write_now(cx, w.store, undo_last, &w));
    labels = labels_of(cx, &w, w.item_ids[0], &n);
    CHECK_INT(n, 1);
    CHECK_TEXT(labels[0].class_name, "tree");
    w.last_seq = stale;
    CHECK_FAILS(cx, lw_write_now(cx, w.store, undo_last, &w), LW_CONFLICT, "changed again");
    CHECK_INT(count_of(cx, &w, LW_LABELS_BY_CLASS), 1);
    CHECK_INT(count_of(cx, &w, LW_TASKS_BY_STATE), 3);
    close_world(cx, &w);
}

static void test_many(lw_ctx *cx)
{
    world w = {0};
    size_t n;
    open_world(cx, &w, &lw_sqlite);
    CHECK_FAILS(cx, lw_write_now(cx, w.store, bring_taken_name, &w), LW_CONFLICT, "name");
    CHECK_INT(count_of(cx, &w, LW_TASKS_BY_STATE), 3);
    CHECK_OK(cx, lw_write_now(cx, w.store, write_much, &w));
    lw_label *labels = labels_of(cx, &w, w.much_id, &n);
    CHECK_INT(n, 2);
    CHECK_TEXT(labels[0].class_name, "tree");
    CHECK_TEXT(labels[1].class_name, "car");
    CHECK_INT(count_of(cx, &w, LW_LABELS_BY_CLASS), 5);
    CHECK_INT(count_of(cx, &w, LW_TASKS_BY_STATE), 4);
    labels_of(cx, &w, w.item_ids[0], &n);
    CHECK_INT(n, 1);
    {
        LW_AUTO(lw_reader) reader = {0};
        lw_task task;
        CHECK_OK(cx, lw_reader_begin(cx, w.store, &reader));
        CHECK_OK(cx, lw_task_find(cx, reader.db, w.project_id, w.much_id, &task));
        CHECK(task.state == LW_DONE && task.n_labels == 2 && task.position == 4);
    }
    CHECK_OK(cx, lw_write_now(cx, w.store, undo_last, &w));
    CHECK_INT(count_of(cx, &w, LW_LABELS_BY_CLASS), 0);
    CHECK_INT(count_of(cx, &w, LW_TASKS_BY_STATE), 3);
    close_world(cx, &w);
}

static void test_ontology(lw_ctx *cx)
{
    world w = {0};
    size_t n;
    open_world(cx, &w, &lw_sqlite);
    CHECK_OK(cx, lw_write_now(cx, w.store, add_label, &w));
    CHECK_FAILS(cx, lw_write_now(cx, w.store, drop_car, &w), LW_REFUSED, "1 labels");
    CHECK_OK(cx, lw_write_now(cx, w.store, rename_car, &w));
    lw_label *labels = labels_of(cx, &w, w.item_ids[0], &n);
    CHECK_TEXT(labels[0].class_name, "cab");
    CHECK_INT(labels[0].n_attributes, 1);
    close_world(cx, &w);
}

typedef struct dropping {
    world *w;
    const char *json;
    lw_ontology wanted;
    lw_ontology_look look;
    int64_t version;
} dropping;

static lw_status drop_nodes(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    dropping *d = arg;
    lw_json *value;
    lw_author author = {.user_id = d->w->user_id, .kind = "ontology"};
    LW_TRY(lw_json_parse(cx, lw_text_from(d->json), &value));
    LW_TRY(lw_ontology_from_json(cx, value, &d->wanted));
    return lw_commit_ontology(cx, store, db, d->w->project_id, &author, 0, &d->wanted, &d->look, &d->version);
}

static lw_status look_through(lw_ctx *cx, dropping *d)
{
    lw_project project;
    {
        LW_AUTO(lw_reader) reader = {0};
        LW_TRY(lw_reader_begin(cx, d->w->store, &reader));
        LW_TRY(lw_project_get(cx, reader.db, d->w->project_id, &project));
    }
    return lw_ontology_look_through(cx, d->w->store, project.ontology_id, &d->wanted, &d->look);
}

/* Options and attributes that go are looked for beside the writer, and what came since on it. */
static void test_nodes_that_go(lw_ctx *cx)
{
    world w = {0};
    open_world(cx, &w, &lw_sqlite);
    dropping d = {.w = &w,
                  .json = "{\"classes\": [{\"name\": \"car\", \"attributes\": [{\"name\": \"colour\", \"type\": \"one\", \"options\": "
                          "[\"red\"]}]}, {\"name\": \"tree\"}]}"}; /* without blue, and without the weather */
    CHECK_OK(cx, lw_write_now(cx, w.store, add_label, &w));
    CHECK_FAILS(cx, lw_write_now(cx, w.store, drop_nodes, &d), LW_BUSY, "looked through");
    CHECK(d.look.is_needed);
    CHECK_OK(cx, look_through(cx, &d));
    CHECK_OK(cx, lw_write_now(cx, w.store, add_label, &w)); /* red stays */
    CHECK_OK(cx, lw_write_now(cx, w.store, drop_nodes, &d));
    CHECK(d.version == 3);
    d = (dropping){.w = &w, .json = "{\"classes\": [{\"name\": \"car\"}, {\"name\": \"tree\"}]}"};
    CHECK_FAILS(cx, lw_write_now(cx, w.store, drop_nodes, &d), LW_BUSY, "looked through");
    CHECK_FAILS(cx, look_through(cx, &d), LW_REFUSED, "'colour' stands on 2 labels");
    CHECK_OK(cx, lw_write_now(cx, w.store, remove_label, &w));
    w.label_id--;
    w.last_seq = 0;
    CHECK_OK(cx, lw_write_now(cx, w.store, remove_label, &w));
    lw_ctx_clear(cx);
    CHECK_OK(cx, lw_write_now(cx, w.store, drop_nodes, &d)); /* nothing has attributes now */
    CHECK(d.version == 4);
    close_world(cx, &w);
}

/* It was looked for, then somebody used it. */
static void test_nodes_used_meanwhile(lw_ctx *cx)
{
    world w = {0};
    open_world(cx, &w, &lw_sqlite);
    CHECK_OK(cx, lw_write_now(cx, w.store, add_label, &w)); /* red */
    dropping d = {.w = &w,
                  .json = "{\"classes\": [{\"name\": \"car\", \"attributes\": [{\"name\": \"colour\", \"type\": \"one\", \"options\": "
                          "[\"red\"]}]}, {\"name\": \"tree\"}]}"};
    CHECK_FAILS(cx, lw_write_now(cx, w.store, drop_nodes, &d), LW_BUSY, "looked through");
    CHECK_OK(cx, look_through(cx, &d));
    CHECK_OK(cx, lw_write_now(cx, w.store, add_blue, &w));
    CHECK_FAILS(cx, lw_write_now(cx, w.store, drop_nodes, &d), LW_REFUSED, "option 'blue' of 'colour'");
    CHECK_FAILS(cx, look_through(cx, &d), LW_REFUSED, "stands on at least 1 labels");
    close_world(cx, &w);
}

static const int64_t ages_hours[] = {1, 71, 73, 200};

static lw_text key_of(lw_ctx *cx, size_t i) { return lw_text_print(cx->arena, "%d hours", (int)ages_hours[i]); }

static lw_status put_answers(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    lw_replay rows[LW_COUNT(ages_hours)];
    for (size_t i = 0; i < LW_COUNT(rows); i++)
        rows[i] = (lw_replay){LW_TEXT("token:1"), key_of(cx, i), 200, LW_TEXT("answer"), lw_now_us() - ages_hours[i] * 3600 * 1000000};
    LW_TRY(lw_replay_insert_many(cx, db, rows, LW_COUNT(rows)));
    return lw_replay_purge(cx, db);
}

static lw_status look_for_answers(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    bool *found = arg;
    for (size_t i = 0; i < LW_COUNT(ages_hours); i++) {
        int http_status;
        lw_text answer = {0};
        found[i] = lw_replay_get(cx, store, db, LW_TEXT("token:1"), key_of(cx, i), &http_status, &answer) == LW_OK && lw_text_is(answer, "answer");
    }
    lw_ctx_clear(cx);
    return LW_OK;
}

/* Idempotency keys are kept for 72 hours. */
static void test_replay(lw_ctx *cx)
{
    world w = {0};
    bool found[LW_COUNT(ages_hours)];
    open_world(cx, &w, &lw_sqlite);
    CHECK_OK(cx, lw_write_now(cx, w.store, put_answers, NULL));
    CHECK_OK(cx, lw_write_now(cx, w.store, look_for_answers, found));
    CHECK(found[0] && found[1]);
    CHECK(!found[2] && !found[3]);
    close_world(cx, &w);
}

/* Each step with the nth database call failing, for every n until it passes: afterwards nothing of it may be there. */
static void test_faults(lw_ctx *cx)
{
    static const lw_write_run steps[] = {add_label, change_label, remove_label, undo_last, write_much, undo_last, rename_car};
    world w = {0};
    size_t n;
    open_world(cx, &w, &lw_fault);
    for (size_t s = 0; s < LW_COUNT(steps); s++) {
        int64_t before_seq = w.last_seq, before_id = w.label_id;
        int64_t labels_before = count_of(cx, &w, LW_LABELS_BY_CLASS);
        int n_failed = 0;
        bool is_whole = true;
        for (int64_t nth = 1; nth < 400; nth++) {
            w.last_seq = before_seq, w.label_id = before_id;
            lw_fault_arm(nth);
            lw_status status = lw_write_now(cx, w.store, steps[s], &w);
            lw_fault_arm(0);
            if (status == LW_OK)
                break;
            n_failed++;
            is_whole = is_whole && status == LW_FULL && count_of(cx, &w, LW_LABELS_BY_CLASS) == labels_before;
        }
        CHECK(n_failed > 5 && n_failed < 399);
        CHECK(is_whole);
    }
    labels_of(cx, &w, w.item_ids[0], &n);
    CHECK_INT(n, 1);
    close_world(cx, &w);
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    test_labels(&cx);
    test_many(&cx);
    test_ontology(&cx);
    test_nodes_that_go(&cx);
    test_nodes_used_meanwhile(&cx);
    test_replay(&cx);
    test_faults(&cx);
    return tap_end();
}
