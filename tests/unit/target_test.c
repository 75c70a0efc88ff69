#include "formats/target.h"

#include <signal.h>
#include <sys/wait.h>
#include <zlib.h>

#include "folder.h"
#include "formats/source.h"

enum { LONG_BYTES = 3 << 20, MEDIA_BYTES = 2 << 20 };

static char long_text[LONG_BYTES], media[MEDIA_BYTES];

static void fill(void)
{
    uint32_t state = 1;
    for (size_t i = 0; i < LONG_BYTES; i++)
        long_text[i] = (char)('a' + i * i % 23);
    for (size_t i = 0; i < MEDIA_BYTES; i++) {
        state = state * 1664525 + 1013904223;
        media[i] = (char)(state >> 24);
    }
}

static char deep_name[] = "a/long/path/that/does/not/fit/into/the/hundred/bytes/that/a/tar/header/has/for/names/so/that/pax/must/say/it/"
                          "file.txt";

/* The same files into any kind of target. */
static void write_all(lw_ctx *cx, lw_target *target, int media_fd)
{
    CHECK_OK(cx, lw_target_file(cx, target, LW_TEXT("labels/a.txt"), LW_TEXT("0 1 2")));
    CHECK_OK(cx, lw_target_file(cx, target, LW_TEXT("labels/empty.txt"), (lw_text){0}));
    CHECK_OK(cx, lw_target_begin(cx, target, LW_TEXT("long.json")));
    for (size_t at = 0; at < LONG_BYTES; at += 4096)
        LW_ASSERT(lw_target_put(cx, target, long_text + at, 4096) == LW_OK);
    CHECK_OK(cx, lw_target_end(cx, target));
    CHECK_OK(cx, lw_target_begin(cx, target, lw_text_from(deep_name)));
    CHECK_OK(cx, lw_target_put(cx, target, "short", 5));
    CHECK_OK(cx, lw_target_end(cx, target));
    CHECK_OK(cx, lw_target_copy(cx, target, LW_TEXT("images/a.jpg"), media_fd));
    CHECK_FAILS(cx, lw_target_file(cx, target, LW_TEXT("../out.txt"), (lw_text){0}), LW_INVALID, "relative");
    CHECK_FAILS(cx, lw_target_file(cx, target, LW_TEXT("/out.txt"), (lw_text){0}), LW_INVALID, "relative");
}

static void check_entry(lw_ctx *cx, lw_source *source, const char *name, lw_text expected)
{
    const lw_entry *entry = lw_source_find(source, lw_text_from(name));
    if (!CHECK(entry != NULL))
        return;
    CHECK_INT(entry->size, expected.size);
    lw_text got = {0};
    CHECK_OK(cx, lw_source_read(cx, source, entry, 64 << 20, &got));
    CHECK(lw_text_equal(got, expected));
    LW_AUTO(lw_fd) fd = -1;
    CHECK_OK(cx, lw_source_open_entry(cx, source, entry, &fd));
    CHECK_OK(cx, lw_fd_read_all(cx, fd, 64 << 20, &got));
    CHECK(lw_text_equal(got, expected));
}

static void check_all(lw_ctx *cx, const char *path)
{
    lw_report report = {.arena = cx->arena};
    LW_AUTO(lw_source_auto) source = NULL;
    CHECK_OK(cx, lw_source_open(cx, path, NULL, &report, &source));
    size_t n;
    lw_source_entries(source, &n);
    CHECK_INT(n, 5);
    CHECK(!report.issues);
    check_entry(cx, source, "labels/a.txt", LW_TEXT("0 1 2"));
    check_entry(cx, source, "labels/empty.txt", (lw_text){0});
    check_entry(cx, source, "long.json", (lw_text){long_text, LONG_BYTES});
    check_entry(cx, source, deep_name, LW_TEXT("short"));
    check_entry(cx, source, "images/a.jpg", (lw_text){media, MEDIA_BYTES});
}

static int n_in(lw_ctx *cx, const char *folder)
{
    lw_text out;
    char *list = lw_print(cx->arena, "ls -A %s | wc -l", folder);
    FILE *pipe = popen(list, "r");
    int n = -1;
    LW_ASSERT(pipe && lw_fd_read_all(cx, fileno(pipe), 100, &out) == LW_OK && pclose(pipe) == 0);
    LW_ASSERT(sscanf(lw_text_string(cx->arena, out), "%d", &n) == 1);
    return n;
}

static void test_kinds(lw_ctx *cx, const char *folder, int media_fd)
{
    static const char *const names[] = {"out", "out.zip", "out.tar", "out.tar.gz"};
    for (size_t i = 0; i < LW_COUNT(names); i++) {
        const char *path = folder_path(cx, folder, names[i]);
        for (int again = 0; again < 2; again++) { /* an earlier export of ours is replaced */
            LW_AUTO(lw_target_auto) target = NULL;
            CHECK_OK(cx, lw_target_open(cx, path, &target));
            CHECK(!lw_target_is_one_file(target));
            write_all(cx, target, media_fd);
            CHECK_OK(cx, lw_target_commit(cx, target));
        }
        check_all(cx, path);
        LW_AUTO(lw_target_auto) dropped = NULL;
        CHECK_OK(cx, lw_target_open(cx, path, &dropped));
        CHECK_OK(cx, lw_target_file(cx, dropped, LW_TEXT("x.txt"), LW_TEXT("x")));
        lw_target_close(dropped);
        dropped = NULL;
        check_all(cx, path); /* what was not committed leaves no trace */
        CHECK_INT(n_in(cx, folder), i + 1);
    }
}

static void test_one_file(lw_ctx *cx, const char *folder, int media_fd)
{
    const char *path = folder_path(cx, folder, "labels.jsonl");
    LW_AUTO(lw_target_auto) target = NULL;
    CHECK_OK(cx, lw_target_open(cx, path, &target));
    CHECK(lw_target_is_one_file(target));
    CHECK_OK(cx, lw_target_begin(cx, target, LW_TEXT("any.jsonl")));
    CHECK_OK(cx, lw_target_put(cx, target, "one\n", 4));
    CHECK_OK(cx, lw_target_put(cx, target, long_text, LONG_BYTES));
    CHECK_OK(cx, lw_target_end(cx, target));
    CHECK_FAILS(cx, lw_target_copy(cx, target, LW_TEXT("a.jpg"), media_fd), LW_USAGE, "--media none");
    CHECK_FAILS(cx, lw_target_file(cx, target, LW_TEXT("b.json"), LW_TEXT("x")), LW_USAGE, "folder or an archive");
    CHECK(access(path, F_OK) != 0); /* not before the end */
    CHECK_OK(cx, lw_target_commit(cx, target));
    lw_text got = {0};
    CHECK_OK(cx, lw_file_read(cx, path, 64 << 20, &got));
    CHECK_INT(got.size, LONG_BYTES + 4);
}

static void test_refusals(lw_ctx *cx, const char *folder)
{
    const char *path = folder_path(cx, folder, "out");
    lw_target *target = NULL;
    folder_put(cx, path, "labels/a.cache", LW_TEXT("left by a trainer"));
    CHECK_OK(cx, lw_target_open(cx, path, &target));
    lw_target_close(target);
    folder_put(cx, path, "labels/mine.txt", LW_TEXT("mine"));
    CHECK_FAILS(cx, lw_target_open(cx, path, &target), LW_REFUSED, "1 files were added");
    const char *other = folder_path(cx, folder, "other");
    folder_put(cx, other, "a.txt", LW_TEXT("mine"));
    CHECK_FAILS(cx, lw_target_open(cx, other, &target), LW_REFUSED, "something else");
    const char *file = folder_path(cx, folder, "other/a.txt");
    CHECK_FAILS(cx, lw_target_open(cx, file, &target), LW_REFUSED, "no folder");
    CHECK_FAILS(cx, lw_target_open(cx, "/nowhere/at/all", &target), LW_NOT_FOUND, "/nowhere/at/all");
    const char *empty = folder_path(cx, folder, "empty");
    CHECK_OK(cx, lw_folder_make(cx, empty));
    CHECK_OK(cx, lw_target_open(cx, empty, &target));
    CHECK_OK(cx, lw_target_file(cx, target, LW_TEXT("a.txt"), LW_TEXT("a")));
    CHECK_OK(cx, lw_target_file(cx, target, LW_TEXT("a.txt"), LW_TEXT("b"))); /* made later: the end tells */
    CHECK_FAILS(cx, lw_target_commit(cx, target), LW_CONFLICT, "two files");
    lw_target_close(target);
    CHECK_INT(n_in(cx, empty), 0);
}

/* Far more than is handed over at once, in folders by turns. */
static void test_many_files(lw_ctx *cx, const char *folder)
{
    enum { N_FILES = 3000 };
    const char *path = folder_path(cx, folder, "many");
    lw_target *target = NULL;
    CHECK_OK(cx, lw_target_open(cx, path, &target));
    for (int i = 0; i < N_FILES; i++) {
        lw_text name = lw_text_print(cx->arena, "%s/%d.txt", i % 3 ? "labels/train" : "labels/val", i);
        LW_ASSERT(lw_target_file(cx, target, name, (lw_text){long_text + i, (size_t)i}) == LW_OK);
    }
    CHECK_OK(cx, lw_target_commit(cx, target));
    lw_target_close(target);
    int n_right = 0;
    for (int i = 0; i < N_FILES; i++) {
        lw_text got = {0};
        char *name = lw_print(cx->arena, "%s/%s/%d.txt", path, i % 3 ? "labels/train" : "labels/val", i);
        n_right += lw_file_read(cx, name, 1 << 20, &got) == LW_OK && lw_text_equal(got, (lw_text){long_text + i, (size_t)i});
    }
    CHECK_INT(n_right, N_FILES);
}

/* A small file that cannot be made is told by a later one and by all that follow, and nothing of the export is left. */
static void test_failure_told_later(lw_ctx *cx, const char *folder)
{
    int n_before = n_in(cx, folder), n_taken = 0;
    lw_target *target = NULL;
    CHECK_OK(cx, lw_target_open(cx, folder_path(cx, folder, "failed"), &target));
    lw_status status = LW_OK;
    for (; status == LW_OK && n_taken < 1000; n_taken += status == LW_OK)
        status = lw_target_file(cx, target, lw_text_print(cx->arena, "%d.txt", n_taken % 100), (lw_text){long_text, 10000});
    CHECK_INT(status, LW_CONFLICT);
    CHECK(n_taken > 100 && n_taken < 400);
    CHECK_TEXT(lw_text_from(cx->message), "two files of the export would be named 0.txt");
    lw_ctx_clear(cx);
    for (int i = 0; i < 3; i++)
        CHECK_FAILS(cx, lw_target_file(cx, target, LW_TEXT("other.txt"), LW_TEXT("x")), LW_CONFLICT, "would be named 0.txt");
    CHECK_FAILS(cx, lw_target_commit(cx, target), LW_CONFLICT, "would be named 0.txt");
    lw_target_close(target);
    CHECK_INT(n_in(cx, folder), n_before);
}

/* A killed export leaves nothing under its name, and the next one removes what it left beside. */
static void test_kill(lw_ctx *cx, const char *folder)
{
    static const char *const names[] = {"killed", "killed.zip"};
    for (size_t i = 0; i < LW_COUNT(names); i++) {
        const char *path = folder_path(cx, folder, names[i]);
        pid_t child = fork();
        if (child == 0) {
            lw_target *target = NULL;
            LW_ASSERT(lw_target_open(cx, path, &target) == LW_OK);
            LW_ASSERT(lw_target_file(cx, target, LW_TEXT("a.txt"), (lw_text){long_text, LONG_BYTES}) == LW_OK);
            raise(SIGKILL);
        }
        waitpid(child, NULL, 0);
        CHECK(access(path, F_OK) != 0);
        CHECK_INT(n_in(cx, folder), 1);
        LW_AUTO(lw_target_auto) living = NULL, next = NULL;
        CHECK_OK(cx, lw_target_open(cx, path, &living));
        CHECK_OK(cx, lw_target_open(cx, path, &next));
        CHECK_INT(n_in(cx, folder), 2); /* the two that live */
    }
}

static lw_status take(lw_ctx *cx, void *state, const void *data, size_t size)
{
    lw_buf_put(state, data, size);
    return LW_OK;
}

static void test_stream(lw_ctx *cx, const char *folder, int media_fd)
{
    static const char *const kinds[] = {"zip", "tar", "tar.gz"};
    for (size_t i = 0; i < LW_COUNT(kinds); i++) {
        LW_AUTO(lw_buf) got = {0};
        LW_AUTO(lw_target_auto) target = NULL;
        CHECK_OK(cx, lw_target_stream(cx, kinds[i], take, &got, &target));
        CHECK_OK(cx, lw_target_file(cx, target, LW_TEXT("labels/first.txt"), LW_TEXT("x")));
        CHECK(got.size > 0 || i == 2); /* the first byte goes at once */
        lw_target_close(target);
        lw_buf_reset(&got);
        CHECK_OK(cx, lw_target_stream(cx, kinds[i], take, &got, &target));
        write_all(cx, target, media_fd);
        CHECK_OK(cx, lw_target_commit(cx, target));
        folder_put(cx, folder, "streamed", lw_buf_text(&got));
        check_all(cx, folder_path(cx, folder, "streamed"));
    }
}

/* More entries than 16 bits count. */
static void test_many(lw_ctx *cx, const char *folder)
{
    const char *path = folder_path(cx, folder, "many.zip");
    LW_AUTO(lw_target_auto) target = NULL;
    CHECK_OK(cx, lw_target_open(cx, path, &target));
    char name[32];
    for (int i = 0; i < 70000; i++) {
        snprintf(name, sizeof name, "%d.txt", i);
        LW_ASSERT(lw_target_file(cx, target, lw_text_from(name), lw_text_from(name)) == LW_OK);
    }
    CHECK_OK(cx, lw_target_commit(cx, target));
    lw_report report = {.arena = cx->arena};
    LW_AUTO(lw_source_auto) source = NULL;
    CHECK_OK(cx, lw_source_open(cx, path, NULL, &report, &source));
    size_t n;
    CHECK_TEXT(lw_source_entries(source, &n)[69999].name, "69999.txt");
    CHECK_INT(n, 70000);
    check_entry(cx, source, "69999.txt", LW_TEXT("69999.txt"));
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    const char *folder = folder_new(&cx);
    fill();
    folder_put(&cx, folder, "media", (lw_text){media, MEDIA_BYTES});
    LW_AUTO(lw_fd) fd = open(folder_path(&cx, folder, "media"), O_RDONLY | O_CLOEXEC);
    unlink(folder_path(&cx, folder, "media"));
    const char *inner = folder_path(&cx, folder, "kinds");
    CHECK_OK(&cx, lw_folder_make(&cx, inner));
    test_kinds(&cx, inner, fd);
    test_one_file(&cx, folder, fd);
    test_refusals(&cx, inner);
    test_many_files(&cx, folder);
    test_failure_told_later(&cx, folder);
    inner = folder_path(&cx, folder, "kill");
    CHECK_OK(&cx, lw_folder_make(&cx, inner));
    test_kill(&cx, inner);
    test_stream(&cx, folder, fd);
    test_many(&cx, folder);
    folder_remove(&cx, folder);
    return tap_end();
}
