/* Small commits of one transaction whose rows are written together: as if each had been alone, on a sound disk and on one that fails. */
#include <pthread.h>

#include "store/verify.h"
#include "world.h"

typedef enum step { ADD, ADD_TWO, ADD_ON_NEW_LAYER, FAIL_AT_ONCE, FAIL_LATE, CHANGE, REMOVE } step;

/* What one of them does, and how it went. */
typedef struct joint {
    lw_write write;
    lw_ctx cx;
    struct bench *bench;
    step step;
    int64_t item_id, label_id, seq;
    const char *key;
    lw_text answer;
} joint;

/* They all wait behind the first write, so one transaction takes them. */
typedef struct bench {
    world w;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool is_open, has_begun;
    size_t n_done;
    int64_t nth, n_calls; /* the call to fail, and how many there were */
} bench;

static lw_status hold(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    bench *b = arg;
    pthread_mutex_lock(&b->mutex);
    b->has_begun = true;
    pthread_cond_broadcast(&b->changed);
    while (!b->is_open)
        pthread_cond_wait(&b->changed, &b->mutex);
    pthread_mutex_unlock(&b->mutex);
    lw_fault_arm(b->nth);
    return LW_OK;
}

static void done(lw_write *write)
{
    bench *b = ((joint *)write)->bench;
    pthread_mutex_lock(&b->mutex);
    b->n_done++;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->mutex);
}

static lw_status do_step(lw_ctx *cx, joint *j, lw_commit *commit)
{
    lw_label car = box("car", 1, 2, 3, 4), tree = box("tree", 5, 6, 7, 8);
    int64_t other;
    switch (j->step) {
    case ADD_TWO:
        LW_TRY(lw_commit_add(cx, commit, j->bench->w.item_ids[2], &tree, 0, &other));
        return lw_commit_add(cx, commit, j->item_id, &car, 0, &j->label_id);
    case ADD_ON_NEW_LAYER: car.layer = LW_TEXT("model"); return lw_commit_add(cx, commit, j->item_id, &car, 0, &j->label_id);
    case FAIL_AT_ONCE: car.class_name = LW_TEXT("boat"); return lw_commit_add(cx, commit, j->item_id, &car, 0, &j->label_id);
    case FAIL_LATE:
        car.layer = LW_TEXT("never");
        LW_TRY(lw_commit_add(cx, commit, j->item_id, &car, 0, &other));
        LW_TRY(lw_commit_change(cx, commit, other, 0, &tree));
        return lw_fail(cx, LW_INVALID, "fails late");
    case CHANGE: return lw_commit_change(cx, commit, j->label_id, 0, &tree);
    case REMOVE: return lw_commit_remove(cx, commit, j->label_id, 0);
    default: return lw_commit_add(cx, commit, j->item_id, &car, 0, &j->label_id);
    }
}

static lw_status run(lw_ctx *cx, lw_store *store, lw_db *db, void *arg)
{
    joint *j = arg;
    int http_status;
    if (j->key) {
        lw_status known = lw_replay_get(cx, store, db, LW_TEXT("user:1"), lw_text_from(j->key), &http_status, &j->answer);
        if (known != LW_NOT_FOUND)
            return known;
    }
    lw_author author = {.user_id = j->bench->w.user_id, .kind = "labels"};
    LW_AUTO(lw_commit) commit = {0};
    LW_TRY(lw_commit_begin(cx, store, db, j->bench->w.project_id, &author, &commit));
    LW_TRY(do_step(cx, j, &commit));
    LW_TRY(lw_commit_finish(cx, &commit, &j->seq));
    j->answer = lw_text_print(cx->arena, "%" PRId64, j->label_id);
    return j->key ? lw_replay_put(cx, store, db, LW_TEXT("user:1"), lw_text_from(j->key), 200, j->answer) : LW_OK;
}

static void run_all(lw_ctx *cx, bench *b, joint *all, size_t n)
{
    joint first = {.bench = b, .write = {.cx = &first.cx, .run = hold, .arg = b, .done = done}};
    first.cx.arena = cx->arena;
    b->is_open = b->has_begun = false;
    b->n_done = 0;
    lw_write_later(b->w.store, &first.write);
    pthread_mutex_lock(&b->mutex);
    while (!b->has_begun)
        pthread_cond_wait(&b->changed, &b->mutex);
    for (size_t i = 0; i < n; i++) {
        joint *j = &all[i];
        j->bench = b;
        j->cx = (lw_ctx){.arena = cx->arena};
        j->write = (lw_write){.cx = &j->cx, .run = run, .arg = j, .done = done, .is_joint = true};
        lw_write_later(b->w.store, &j->write);
    }
    b->is_open = true;
    pthread_cond_broadcast(&b->changed);
    while (b->n_done < n + 1)
        pthread_cond_wait(&b->changed, &b->mutex);
    pthread_mutex_unlock(&b->mutex);
    b->n_calls = lw_fault_calls();
    lw_fault_arm(0);
}

static lw_status tell(lw_ctx *cx, void *state, const char *problem)
{
    printf("# %s\n", problem);
    ++*(int *)state;
    return LW_OK;
}

static int problems(lw_ctx *cx, bench *b)
{
    LW_AUTO(lw_reader) reader = {0};
    int n = 0;
    CHECK_OK(cx, lw_reader_begin(cx, b->w.store, &reader));
    CHECK_OK(cx, lw_store_verify(cx, reader.db, tell, &n));
    return n;
}

static int64_t log_length(lw_ctx *cx, bench *b)
{
    LW_AUTO(lw_reader) reader = {0};
    lw_commit_row *commits;
    size_t n = 0;
    CHECK_OK(cx, lw_reader_begin(cx, b->w.store, &reader));
    CHECK_OK(cx, lw_commit_feed(cx, reader.db, b->w.project_id, 0, 10000, &commits, &n));
    return (int64_t)n;
}

static void open_bench(lw_ctx *cx, bench *b, const lw_driver *driver)
{
    *b = (bench){.nth = 0};
    pthread_mutex_init(&b->mutex, NULL);
    pthread_cond_init(&b->changed, NULL);
    open_world(cx, &b->w, driver);
}

static void close_bench(lw_ctx *cx, bench *b)
{
    close_world(cx, &b->w);
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->mutex);
}

static void test_as_if_alone(lw_ctx *cx)
{
    bench b;
    size_t n;
    open_bench(cx, &b, &lw_sqlite);
    const int64_t *items = b.w.item_ids;
    joint all[] = {
        {.step = ADD, .item_id = items[0], .key = "a"},
        {.step = FAIL_AT_ONCE, .item_id = items[0]},
        {.step = ADD, .item_id = items[1], .key = "b"},
        {.step = ADD, .item_id = items[1], .key = "b"},  /* sent twice */
        {.step = FAIL_LATE, .item_id = items[0]},        /* after it wrote by itself */
        {.step = ADD, .item_id = items[0]},              /* whose first label may wait still */
        {.step = ADD_ON_NEW_LAYER, .item_id = items[1]}, /* writes by itself */
        {.step = ADD, .item_id = items[1]},              /* and those after it wait again */
        {.step = ADD_TWO, .item_id = items[1]},
        {.step = CHANGE, .label_id = (items[0] << LW_ITEM_ID_SHIFT) + 1},
        {.step = REMOVE, .label_id = (items[0] << LW_ITEM_ID_SHIFT) + 2},
        {.step = ADD, .item_id = 999},
    };
    run_all(cx, &b, all, LW_COUNT(all));
    static const lw_status wanted[] = {LW_OK, LW_INVALID, LW_OK, LW_OK, LW_INVALID, LW_OK, LW_OK, LW_OK, LW_OK, LW_OK, LW_OK, LW_NOT_FOUND};
    static const int64_t seqs[] = {3, 0, 4, 0, 0, 5, 6, 7, 8, 9, 10, 0}; /* 1 ontology, 2 import */
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        CHECK_INT(all[i].write.status, wanted[i]);
        CHECK_INT(wanted[i] == LW_OK ? all[i].seq : 0, seqs[i]);
    }
    CHECK(lw_text_equal(all[2].answer, all[3].answer));
    CHECK_INT(log_length(cx, &b), 10);
    lw_label *labels = labels_of(cx, &b.w, items[0], &n);
    CHECK_INT(n, 1);
    CHECK_TEXT(labels[0].class_name, "tree");
    labels_of(cx, &b.w, items[1], &n);
    CHECK_INT(n, 4);
    labels_of(cx, &b.w, items[2], &n);
    CHECK_INT(n, 1);
    CHECK_INT(count_of(cx, &b.w, LW_LABELS_BY_CLASS), 6);
    CHECK_INT(problems(cx, &b), 0);
    run_all(cx, &b, all, 1); /* its key is in the table now */
    CHECK_INT(all[0].write.status, LW_OK);
    CHECK_INT(log_length(cx, &b), 10);
    close_bench(cx, &b);
}

/* Whatever call fails: what was answered with success is there, of the rest nothing is, and all counts agree. */
static void test_faults(lw_ctx *cx)
{
    bench b;
    open_bench(cx, &b, &lw_fault);
    const int64_t *items = b.w.item_ids;
    int n_failed = 0;
    bool is_right = true;
    int64_t n_labels = 0, n_commits = 2;
    for (b.nth = 1; b.nth < 400; b.nth++) {
        joint all[] = {
            {.step = ADD, .item_id = items[0], .key = lw_print(cx->arena, "a%d", (int)b.nth)},
            {.step = ADD, .item_id = items[1]},
            {.step = FAIL_LATE, .item_id = items[2]},
            {.step = ADD, .item_id = items[1]},
            {.step = ADD_ON_NEW_LAYER, .item_id = items[2]},
            {.step = ADD, .item_id = items[0]},
        };
        run_all(cx, &b, all, LW_COUNT(all));
        int n_ok = 0;
        for (size_t i = 0; i < LW_COUNT(all); i++)
            n_ok += all[i].write.status == LW_OK;
        n_labels += n_ok;
        n_commits += n_ok;
        is_right = is_right && all[2].write.status != LW_OK && count_of(cx, &b.w, LW_LABELS_BY_CLASS) == n_labels && log_length(cx, &b) == n_commits;
        if (b.n_calls < b.nth)
            break;
        n_failed++;
    }
    CHECK(n_failed > 20 && n_failed < 399);
    CHECK(is_right);
    CHECK_INT(problems(cx, &b), 0);
    close_bench(cx, &b);
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    test_as_if_alone(&cx);
    test_faults(&cx);
    return tap_end();
}
