#include "formats/coco_files.h"

#include <unistd.h>

#include "base/limits.h"

enum { HEAD_BYTES = 32 << 10, TAIL_BYTES = 32 << 10 };

static bool has(lw_text text, const char *word) { return memmem(text.data, text.size, word, strlen(word)) != NULL; }

static lw_coco_look look_at_text(lw_text head, lw_text tail)
{
    lw_text start = lw_text_trim(head);
    if (start.size >= 3 && memcmp(start.data, "\xEF\xBB\xBF", 3) == 0)
        start = lw_text_trim(lw_text_slice(start, 3, start.size));
    if (start.size == 0)
        return LW_COCO_OTHER;
    bool has_annotations = has(head, "\"annotations\"") || has(tail, "\"annotations\"");
    bool has_images = has(head, "\"images\"") || has(tail, "\"images\""), has_id = has(head, "\"image_id\"") || has(tail, "\"image_id\"");
    if (start.data[0] == '[')
        return has_id && (has(head, "\"category_id\"") || has(head, "\"score\"") || has(head, "\"caption\"")) ? LW_COCO_RESULTS : LW_COCO_OTHER;
    if (start.data[0] != '{')
        return LW_COCO_OTHER;
    if ((has_images && (has_annotations || has(head, "\"categories\"") || has(tail, "\"categories\"") || has(head, "\"file_name\""))) ||
        (has_annotations && has_id))
        return LW_COCO_DATASET;
    return LW_COCO_OTHER;
}

lw_coco_look lw_coco_look_at(lw_ctx *cx, lw_source *source, const lw_entry *entry)
{
    char head[HEAD_BYTES], tail[TAIL_BYTES];
    LW_AUTO(lw_fd) fd = -1;
    if (!lw_text_ends_nocase(entry->name, ".json") || lw_source_open_entry(cx, source, entry, &fd) != LW_OK)
        return LW_COCO_OTHER;
    ssize_t n_head = pread(fd, head, sizeof head, 0);
    ssize_t n_tail = entry->size > HEAD_BYTES ? pread(fd, tail, sizeof tail, entry->size - (entry->size > TAIL_BYTES ? TAIL_BYTES : entry->size)) : 0;
    return n_head > 0 ? look_at_text((lw_text){head, (size_t)n_head}, (lw_text){tail, n_tail > 0 ? (size_t)n_tail : 0}) : LW_COCO_OTHER;
}

/* train2017, valid, … as train, val, test; what else a split is called stays. */
static lw_text split_word(lw_arena *arena, lw_text word)
{
    static const struct {
        const char *word, *split;
    } words[] = {{"train", "train"},    {"training", "train"}, {"val", "val"},     {"valid", "val"},
                 {"validation", "val"}, {"test", "test"},      {"testing", "test"}};
    size_t size = word.size;
    while (size && word.data[size - 1] >= '0' && word.data[size - 1] <= '9')
        size--;
    lw_text plain = size && word.size - size == 4 ? lw_text_slice(word, 0, size) : word; /* a year */
    for (size_t i = 0; i < LW_COUNT(words); i++)
        if (lw_text_equal_nocase(plain, lw_text_from(words[i].word)))
            return lw_text_from(words[i].split);
    return (lw_text){0};
}

/* instances_train2017.json, person_keypoints_val.json; train/_annotations.coco.json; train.json. */
static void find_split(lw_coco_index *index, lw_coco_file *file)
{
    static const char *const tasks[] = {"instances", "person_keypoints", "keypoints", "captions", "stuff", "panoptic", "labels", "image_info"};
    lw_text name = file->entry->name, folder = {0}, step = lw_path_last(name), head, word;
    if (step.size < name.size)
        folder = lw_text_slice(name, 0, name.size - step.size - 1);
    lw_text stem = lw_text_slice(step, 0, step.size - 5); /* .json */
    file->folder = folder;
    file->split = split_word(index->arena, stem);
    if (!file->split.size && lw_text_split_last(stem, '_', &head, &word)) {
        file->split = split_word(index->arena, word);
        for (size_t i = 0; i < LW_COUNT(tasks) && !file->split.size; i++)
            if (lw_text_is(head, tasks[i]) && !lw_text_is(word, "default") && lw_name_check(&(lw_ctx){.arena = index->arena}, "split", word) == LW_OK)
                file->split = lw_text_is(head, "person") ? (lw_text){0} : word;
    }
    if (!file->split.size)
        file->split = split_word(index->arena, lw_path_last(folder));
    if (!file->split.size)
        file->split = index->options->split;
}

lw_status lw_coco_find_files(lw_ctx *cx, lw_coco_index *index, bool is_results)
{
    size_t n, n_json = 0;
    const lw_entry *entries = lw_source_entries(index->options->source, &n);
    size_t n_images;
    const lw_entry *images = lw_source_entries(index->options->images ? index->options->images : index->options->source, &n_images);
    for (size_t i = 0; i < n_images && !index->has_images; i++)
        index->has_images = lw_name_is_image(images[i].name);
    lw_coco_look wanted = is_results ? LW_COCO_RESULTS : LW_COCO_DATASET;
    for (size_t i = 0; i < n; i++)
        n_json += lw_text_ends_nocase(entries[i].name, ".json");
    for (size_t i = 0; i < n; i++) {
        if (!lw_text_ends_nocase(entries[i].name, ".json"))
            continue;
        lw_coco_look look = lw_coco_look_at(cx, index->options->source, &entries[i]);
        /* The only file is read whatever it looks like: its errors say more. */
        if (look != wanted && !(n_json == 1 && look == LW_COCO_OTHER)) {
            lw_report_add(index->options->report, LW_INFO, "other-file", "files of another format are passed over", "%.*s", LW_FMT(entries[i].name));
            continue;
        }
        index->files = lw_heap_resize(index->files, (index->n_files + 1) * sizeof(lw_coco_file));
        index->files[index->n_files] = (lw_coco_file){.entry = &entries[i], .fd = -1};
        find_split(index, &index->files[index->n_files++]);
    }
    lw_ctx_clear(cx);
    return index->n_files ? LW_OK
                          : lw_fail(cx, LW_INVALID, "%.*s holds no JSON file of COCO (%s)", LW_FMT(lw_source_name(index->options->source)),
                                    is_results ? "a list of objects with image_id, category_id and score" : "images, annotations, categories");
}

/* "images/" + "train2017" + "/" + "a.jpg" */
static const lw_entry *find_at(const lw_source *source, lw_text first, lw_text second, lw_text name)
{
    char path[LW_LIMIT_PATH_BYTES + 2];
    size_t n = 0;
    if (first.size + second.size + name.size > LW_LIMIT_PATH_BYTES)
        return NULL;
    memcpy(path, first.data, first.size);
    n += first.size;
    if (second.size) {
        memcpy(path + n, second.data, second.size);
        n += second.size;
        path[n++] = '/';
    }
    memcpy(path + n, name.data, name.size);
    return lw_source_find(source, (lw_text){path, n + name.size});
}

/* "instances_train2017.json" names the folder train2017, its images often too. */
static lw_text split_written(const lw_coco_file *file)
{
    lw_text step = lw_path_last(file->entry->name), stem = lw_text_slice(step, 0, step.size > 5 ? step.size - 5 : 0), head, word;
    return lw_text_split_last(stem, '_', &head, &word) ? word : stem;
}

/* Beside the labels, then in the split's folder, then wherever one of that name lies. */
static lw_match find_image(const lw_coco_index *index, const lw_coco_file *file, lw_text name, const lw_entry **out)
{
    const lw_source *source = index->options->images ? index->options->images : index->options->source;
    lw_text written = split_written(file);
    if (!index->has_images)
        return LW_MATCH_NONE;
    const lw_entry *found = find_at(source, LW_TEXT(""), file->folder, name);
    if (!found && written.size)
        found = find_at(source, LW_TEXT("images/"), written, name);
    if (!found && written.size)
        found = find_at(source, LW_TEXT(""), written, name);
    if (!found && file->split.size)
        found = find_at(source, LW_TEXT("images/"), file->split, name);
    if (!found && file->split.size)
        found = find_at(source, LW_TEXT(""), file->split, name);
    if (!found)
        found = find_at(source, LW_TEXT("images/"), (lw_text){0}, name);
    if (!found)
        return lw_source_find_image(source, name, out);
    *out = found;
    return LW_MATCH_ONE;
}

bool lw_coco_name_item(lw_coco_index *index, const lw_coco_file *file, lw_text file_name, lw_coco_item *item)
{
    lw_report *report = index->options->report;
    lw_ctx inner = {.arena = index->arena};
    lw_text name = file_name;
    if (lw_path_check(&inner, name) != LW_OK || memchr(name.data, '\\', name.size) || memchr(name.data, ':', name.size)) {
        name = lw_source_path(index->arena, file_name);
        if (lw_path_check(&inner, name) != LW_OK)
            return false;
        lw_report_add(report, LW_INFO, "file-name-made-relative", "a file_name is absolute, a URL or has back-slashes; it is read as a path",
                      "%.*s: %.*s", LW_FMT(file->entry->name), LW_FMT(file_name));
    }
    item->split = file->split;
    lw_match match = find_image(index, file, name, &item->image);
    if (match == LW_MATCH_ONE) {
        item->name = item->image->name;
        return true;
    }
    if (match == LW_MATCH_AMBIGUOUS)
        lw_report_add(report, LW_WARNING, "image-ambiguous", "several images could be meant; the item stays without one", "%.*s: %.*s",
                      LW_FMT(file->entry->name), LW_FMT(name));
    else
        lw_report_add(report, LW_INFO, "image-not-there", "an image is not there; its item has no media yet", "%.*s: %.*s", LW_FMT(file->entry->name),
                      LW_FMT(name));
    /* Roboflow's files stand among their images. */
    bool is_beside = lw_text_starts(lw_path_last(file->entry->name), "_annotations") && file->folder.size;
    item->name = is_beside ? lw_text_print(index->arena, "%.*s/%.*s", LW_FMT(file->folder), LW_FMT(name)) : name;
    return true;
}
