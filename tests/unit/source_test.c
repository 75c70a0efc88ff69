#include "formats/source.h"

#include <zlib.h>

#include "folder.h"

static int64_t count_of(const lw_report *report, const char *code)
{
    for (const lw_issue *issue = report->issues; issue; issue = issue->next)
        if (strcmp(issue->code, code) == 0)
            return issue->count;
    return 0;
}

static lw_source *open_all(lw_ctx *cx, const char *path, const char *const *roots, lw_report *report)
{
    lw_source *source = NULL;
    *report = (lw_report){.arena = cx->arena};
    CHECK_OK(cx, lw_source_open(cx, path, roots, report, &source));
    return source;
}

static void test_folder(lw_ctx *cx, const char *folder)
{
    const char *root = folder_path(cx, folder, "photos"), *outside = folder_path(cx, folder, "outside");
    folder_put(cx, root, "img10.jpg", LW_TEXT("ten"));
    folder_put(cx, root, "img2.jpg", LW_TEXT("two"));
    folder_put(cx, root, "sub dir/\xF0\x9F\x8D\x85 \"x\".png", LW_TEXT("tomato"));
    folder_put(cx, root, "caf\xE9.jpg", LW_TEXT("latin-1"));
    folder_put(cx, root, "new\nline.jpg", LW_TEXT("x"));
    folder_put(cx, root, ".DS_Store", LW_TEXT("x"));
    folder_put(cx, root, "Thumbs.db", LW_TEXT("x"));
    folder_put(cx, root, "__MACOSX/._a.jpg", LW_TEXT("x"));
    folder_put(cx, outside, "far.jpg", LW_TEXT("far"));
    folder_put(cx, outside, "more/near.jpg", LW_TEXT("near"));
    LW_ASSERT(symlink("../outside/far.jpg", folder_path(cx, root, "far.jpg")) == 0);
    LW_ASSERT(symlink("../outside/more", folder_path(cx, root, "linked")) == 0);
    LW_ASSERT(symlink("img2.jpg", folder_path(cx, root, "same.jpg")) == 0);
    LW_ASSERT(symlink(".", folder_path(cx, root, "loop")) == 0);
    LW_ASSERT(mkfifo(folder_path(cx, root, "pipe"), 0600) == 0);

    lw_report report;
    lw_source *source = open_all(cx, root, NULL, &report);
    size_t n;
    const lw_entry *entries = lw_source_entries(source, &n);
    CHECK_TEXT(lw_source_name(source), "photos");
    CHECK_TEXT(lw_text_from(lw_source_folder(source) + strlen(lw_source_folder(source)) - 7), "/photos");
    CHECK_INT(count_of(&report, "link-out"), 2);
    CHECK_INT(count_of(&report, "not-a-file"), 1);
    CHECK(count_of(&report, "name-refused") >= 1);
    CHECK(count_of(&report, "name-not-utf8") >= 1);
    CHECK_INT(count_of(&report, "hidden-file"), 3);
    CHECK_INT(count_of(&report, "link-not-followed"), 1); /* loop */
    for (size_t i = 0; i < n; i++)
        CHECK_INT(entries[i].index, i);
    CHECK(lw_source_find(source, LW_TEXT("img2.jpg")) < lw_source_find(source, LW_TEXT("img10.jpg")));
    CHECK(!lw_source_find(source, LW_TEXT("far.jpg")));
    CHECK(!lw_source_find(source, LW_TEXT("pipe")));
    CHECK(lw_source_find(source, LW_TEXT("same.jpg")) != NULL);
    const lw_entry *odd = lw_source_find(source, LW_TEXT("caf\xEF\xBF\xBD.jpg"));
    lw_text got = {0};
    CHECK(odd != NULL);
    CHECK_OK(cx, lw_source_read(cx, source, odd, 100, &got));
    CHECK_TEXT(got, "latin-1");
    CHECK_FAILS(cx, lw_source_read(cx, source, odd, 3, &got), LW_TOO_LARGE, "more than 3 bytes");
    /* exchanged for a link out after the walk */
    const lw_entry *two = lw_source_find(source, LW_TEXT("img2.jpg"));
    LW_ASSERT(unlink(folder_path(cx, root, "img2.jpg")) == 0 && symlink("/etc/passwd", folder_path(cx, root, "img2.jpg")) == 0);
    LW_AUTO(lw_fd) fd = -1;
    CHECK_FAILS(cx, lw_source_open_entry(cx, source, two, &fd), LW_DENIED, "--root");
    lw_source_close(source);

    const char *const roots[] = {outside, NULL};
    source = open_all(cx, root, roots, &report);
    CHECK_INT(count_of(&report, "link-out"), 2); /* /etc/passwd, by two names */
    CHECK_OK(cx, lw_source_read(cx, source, lw_source_find(source, LW_TEXT("far.jpg")), 100, &got));
    CHECK_TEXT(got, "far");
    CHECK_OK(cx, lw_source_read(cx, source, lw_source_find(source, LW_TEXT("linked/near.jpg")), 100, &got));
    CHECK_TEXT(got, "near");
    lw_source_close(source);
}

static void test_images(lw_ctx *cx, const char *folder)
{
    const char *root = folder_path(cx, folder, "match");
    static const char *const names[] = {
        "images/train/a.jpg", "images/val/a.jpg", "images/b.png", "images/c.jpg", "images/c.png", "images/D.JPG", "e.jpg", "x/e.jpg", "labels/b.txt"};
    for (size_t i = 0; i < LW_COUNT(names); i++)
        folder_put(cx, root, names[i], LW_TEXT("x"));
    lw_report report;
    lw_source *source = open_all(cx, root, NULL, &report);
    static const struct {
        const char *named, *found;
        lw_match match;
    } cases[] = {
        {"images/train/a.jpg", "images/train/a.jpg", LW_MATCH_ONE},
        {"train/a.jpg", "images/train/a.jpg", LW_MATCH_ONE},
        {"train\\a.jpg", "images/train/a.jpg", LW_MATCH_ONE},
        {"C:\\data\\val\\a.jpg", "images/val/a.jpg", LW_MATCH_ONE},
        {"/home/bo/val/a.jpg", "images/val/a.jpg", LW_MATCH_ONE},
        {"http://images.org/val/a.jpg?x=1", "images/val/a.jpg", LW_MATCH_ONE},
        {"../../images/b.png", "images/b.png", LW_MATCH_ONE},
        {"a.jpg", NULL, LW_MATCH_AMBIGUOUS},
        {"b.jpg", "images/b.png", LW_MATCH_ONE},
        {"b", "images/b.png", LW_MATCH_ONE},
        {"c.jpg", "images/c.jpg", LW_MATCH_ONE},
        {"c.tif", NULL, LW_MATCH_AMBIGUOUS},
        {"d.jpg", "images/D.JPG", LW_MATCH_ONE},
        {"e.jpg", "e.jpg", LW_MATCH_ONE},
        {"labels/b.txt", "images/b.png", LW_MATCH_ONE},
        {"z.jpg", NULL, LW_MATCH_NONE},
        {"", NULL, LW_MATCH_NONE},
        {"..", NULL, LW_MATCH_NONE},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        const lw_entry *found = NULL;
        CHECK_INT(lw_source_find_image(source, lw_text_from(cases[i].named), &found), cases[i].match);
        if (cases[i].found && CHECK(found != NULL))
            CHECK_TEXT(found->name, cases[i].found);
        else
            CHECK(!found);
    }
    lw_source_close(source);
}

static void put16(lw_buf *buf, unsigned value) { lw_buf_put(buf, (char[]){(char)value, (char)(value >> 8)}, 2); }
static void put32(lw_buf *buf, uint32_t value) { put16(buf, value & 0xffff), put16(buf, value >> 16); }

typedef struct zipped {
    const char *name, *content;
    uint32_t unpacked; /* 0: as the content */
    uint32_t offset_off;
    uint16_t flags, method;
    uint32_t mode;
} zipped;

/* A zip by hand, so that it may lie. */
static lw_text make_zip(lw_ctx *cx, const zipped *files, size_t n, bool overlap)
{
    LW_AUTO(lw_buf) buf = {0};
    LW_AUTO(lw_buf) table = {0};
    for (size_t i = 0; i < n; i++) {
        uint32_t offset = overlap && i ? 0 : (uint32_t)buf.size, size = (uint32_t)strlen(files[i].content);
        uint32_t crc = (uint32_t)crc32_z(0, (const Bytef *)files[i].content, size), unpacked = files[i].unpacked ? files[i].unpacked : size;
        for (int central = overlap && i; central < 2; central++) {
            lw_buf *to = central ? &table : &buf;
            lw_buf_put_string(to, central ? "PK\1\2" : "PK\3\4");
            if (central)
                put16(to, 3 << 8 | 20);
            put16(to, 20), put16(to, files[i].flags), put16(to, files[i].method), put32(to, 0), put32(to, crc), put32(to, size), put32(to, unpacked);
            put16(to, (unsigned)strlen(files[i].name)), put16(to, 0);
            if (central)
                put16(to, 0), put16(to, 0), put16(to, 0), put32(to, files[i].mode << 16), put32(to, offset + files[i].offset_off);
            lw_buf_put_string(to, files[i].name);
            if (!central)
                lw_buf_put_string(to, files[i].content);
        }
    }
    uint32_t offset = (uint32_t)buf.size;
    lw_buf_put_text(&buf, lw_buf_text(&table));
    lw_buf_put_string(&buf, "PK\5\6");
    put32(&buf, 0), put16(&buf, (unsigned)n), put16(&buf, (unsigned)n), put32(&buf, (uint32_t)table.size), put32(&buf, offset), put16(&buf, 0);
    return lw_text_copy(cx->arena, lw_buf_text(&buf));
}

static void test_zip(lw_ctx *cx, const char *folder)
{
    static const zipped files[] = {
        {"images\\a.jpg", "a"},
        {"../up.txt", "x"},
        {"/abs.txt", "x"},
        {"ok/../../up.txt", "x"},
        {"__MACOSX/._a.jpg", "x"},
        {"inner.zip", "PK"},
        {"link", "/etc/passwd", .mode = 0120777},
        {"secret.txt", "x", .flags = 1},
        {"odd.txt", "x", .method = 14},
        {"bomb.txt", "x", .unpacked = 1u << 30, .method = 8},
        {"lies.txt", "xyz", .unpacked = 7},
        {"far.txt", "x", .offset_off = 3},
        {"caf\xE9.txt", "latin"},
        {"images/a.jpg", "b"},
    };
    lw_report report;
    folder_put(cx, folder, "odd.zip", make_zip(cx, files, LW_COUNT(files), false));
    lw_source *source = open_all(cx, folder_path(cx, folder, "odd.zip"), NULL, &report);
    CHECK_TEXT(lw_source_name(source), "odd");
    CHECK(!lw_source_folder(source));
    CHECK_INT(count_of(&report, "name-refused"), 3);
    CHECK_INT(count_of(&report, "link-in-archive"), 1);
    CHECK_INT(count_of(&report, "entry-refused"), 3);
    CHECK_INT(count_of(&report, "archive-inside"), 1);
    CHECK_INT(count_of(&report, "name-twice"), 1);
    CHECK_INT(count_of(&report, "name-not-utf8"), 1);
    CHECK_INT(count_of(&report, "hidden-file"), 1);
    CHECK(report.is_partial);
    lw_text got = {0};
    CHECK_OK(cx, lw_source_read(cx, source, lw_source_find(source, LW_TEXT("images/a.jpg")), 100, &got));
    CHECK_TEXT(got, "a");
    CHECK_FAILS(cx, lw_source_read(cx, source, lw_source_find(source, LW_TEXT("lies.txt")), 100, &got), LW_INVALID, "damaged");
    CHECK_FAILS(cx, lw_source_read(cx, source, lw_source_find(source, LW_TEXT("far.txt")), 100, &got), LW_INVALID, "damaged");
    lw_source_close(source);

    lw_source *refused = NULL;
    lw_text all = make_zip(cx, files, LW_COUNT(files), false);
    for (size_t size = 4; size < all.size; size += 7) { /* cut off anywhere: an error, never a crash */
        folder_put(cx, folder, "cut.zip", lw_text_slice(all, 0, size));
        CHECK(lw_source_open(cx, folder_path(cx, folder, "cut.zip"), NULL, &report, &refused) == LW_INVALID);
    }
    zipped shared[40];
    for (size_t i = 0; i < LW_COUNT(shared); i++)
        shared[i] = (zipped){lw_print(cx->arena, "%zu", i), "0123456789012345678901234567890123456789012345678901234567890123456789"};
    folder_put(cx, folder, "shared.zip", make_zip(cx, shared, LW_COUNT(shared), true));
    CHECK_FAILS(cx, lw_source_open(cx, folder_path(cx, folder, "shared.zip"), NULL, &report, &refused), LW_INVALID, "overlap");
    folder_put(cx, folder, "text.zip", LW_TEXT("not a zip"));
    CHECK_FAILS(cx, lw_source_open(cx, folder_path(cx, folder, "text.zip"), NULL, &report, &refused), LW_INVALID, "none");
}

static void test_gzip(lw_ctx *cx, const char *folder)
{
    /* 400 MB of zeros in 400 kB */
    const char *path = folder_path(cx, folder, "bomb.json.gz");
    gzFile out = gzopen(path, "wb9");
    char *zeros = lw_alloc(cx->arena, 1 << 20);
    for (int i = 0; i < 300; i++)
        LW_ASSERT(gzwrite(out, zeros, 1 << 20) == 1 << 20);
    gzclose(out);
    lw_report report = {.arena = cx->arena};
    lw_source *source = NULL;
    CHECK_FAILS(cx, lw_source_open(cx, path, NULL, &report, &source), LW_TOO_LARGE, "200 times");
    path = folder_path(cx, folder, "labels.json.gz");
    out = gzopen(path, "wb");
    gzputs(out, "{}");
    gzclose(out);
    source = open_all(cx, path, NULL, &report);
    size_t n;
    CHECK_TEXT(lw_source_entries(source, &n)[0].name, "labels.json");
    CHECK_TEXT(lw_source_name(source), "labels");
    CHECK_INT(lw_source_entries(source, &n)[0].size, 2);
    lw_source_close(source);
    CHECK_FAILS(cx, lw_source_open(cx, "/nowhere", NULL, &report, &source), LW_NOT_FOUND, "/nowhere");
    CHECK_FAILS(cx, lw_source_open(cx, "/dev/null", NULL, &report, &source), LW_INVALID, "neither");
}

int main(void)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    const char *folder = folder_new(&cx);
    test_folder(&cx, folder);
    test_images(&cx, folder);
    test_zip(&cx, folder);
    test_gzip(&cx, folder);
    folder_remove(&cx, folder);
    return tap_end();
}
