#include <stdlib.h>

#include "base/limits.h"
#include "formats/coco.h"
#include "formats/coco_files.h"

/* The first pass: what stands where. Nothing is handed on before every file is seen to be whole. */

enum { PROGRESS_EVERY = 1 << 14 };
static const uint64_t offset_limit = 1ULL << 44;

/* One file's first pass. */
typedef struct first_pass {
    lw_coco_index *index;
    lw_coco_file *file;
    const lw_sink *sink;
    lw_json_stream stream;
    lw_id_table images; /* ids to places among items */
    int64_t *image_ids; /* of each ref of this file, until its images are known */
    int64_t *label_ids; /* of those that have one */
    size_t n_label_ids, capacity, first_ref;
    bool is_ascending; /* label ids so far: then none repeats */
    lw_coco_use *last_use;
} first_pass;

static lw_report *report_of(first_pass *pass) { return pass->index->options->report; }

static uint32_t add_item(lw_coco_index *index, const lw_coco_item *item)
{
    if (index->n_items == index->items_capacity) {
        index->items_capacity = index->items_capacity ? index->items_capacity * 2 : 256;
        index->items = lw_heap_resize(index->items, index->items_capacity * sizeof(lw_coco_item));
    }
    index->items[index->n_items] = *item;
    return (uint32_t)index->n_items++;
}

/* Digits alone are by far the most frequent id. */
static bool read_id(const lw_json_keys *keys, size_t i, int64_t *out, bool *is_number)
{
    const char *at = keys->keys[i].value;
    int64_t value = 0;
    for (; (unsigned char)(*at - '0') < 10 && at - keys->keys[i].value < 18; at++)
        value = value * 10 + (*at - '0');
    if (at > keys->keys[i].value && (*at == ',' || *at == '}')) {
        *out = value;
        *is_number = true;
        return true;
    }
    lw_text written;
    return lw_json_value(keys, i, &written) && lw_id_parse(written, out, is_number);
}

static int read_pixels(lw_text value)
{
    lw_cursor cursor = {value.data, value.data + value.size};
    double size;
    if (value.size > 2 && value.data[0] == '"') /* a number as a text */
        cursor.at++, cursor.end--;
    return lw_cursor_number(&cursor, &size) && size >= 1 && size <= INT32_MAX ? (int)size : 0;
}

static void skip_image(first_pass *pass, const char *code, const char *message, int64_t offset, lw_text name)
{
    report_of(pass)->items_read++;
    report_of(pass)->items_skipped++;
    lw_report_add(report_of(pass), LW_ERROR, code, message, "%.*s: image at byte %" PRId64 "%s%.*s", LW_FMT(pass->file->entry->name), offset,
                  name.size ? ": " : "", LW_FMT(name));
}

/* The same image in another task's file, or twice in this one, is one item. */
static uint32_t join_item(first_pass *pass, lw_coco_item *item)
{
    lw_coco_index *index = pass->index;
    uint32_t known;
    uint64_t hash = lw_text_hash(item->name);
    for (int attempt = 0; attempt < 8; attempt++, hash = hash * 0x100000001b3ULL + 1) {
        if (lw_id_table_add(&index->item_names, (int64_t)hash, (uint32_t)index->n_items))
            return add_item(index, item);
        LW_ASSERT(lw_id_table_find(&index->item_names, (int64_t)hash, &known));
        lw_coco_item *other = &index->items[known];
        if (!lw_text_equal(other->name, item->name))
            continue;
        if (other->file == item->file)
            lw_report_add(report_of(pass), LW_WARNING, "image-twice", "two images of a file have one name; their labels are put together",
                          "%.*s: %.*s", LW_FMT(pass->file->entry->name), LW_FMT(item->name));
        else if (!lw_text_equal(other->split, item->split))
            lw_report_add(report_of(pass), LW_WARNING, "image-in-two-splits", "an image stands in two splits; the first holds", "%.*s: %.*s",
                          LW_FMT(pass->file->entry->name), LW_FMT(item->name));
        if (other->width == 0)
            other->width = item->width, other->height = item->height;
        return known;
    }
    return add_item(index, item);
}

static void read_image(first_pass *pass, const lw_json_keys *keys, int64_t offset, size_t size)
{
    lw_coco_index *index = pass->index;
    lw_text value, name = {0}, url = {0};
    lw_coco_item item = {.file = (uint32_t)(pass->file - index->files), .offset = offset, .size = (uint32_t)size};
    bool has_id = false, has_size = false, is_number;
    for (size_t i = 0; i < keys->n; i++) {
        lw_text key = keys->keys[i].name;
        if (lw_text_is(key, "id"))
            has_id = read_id(keys, i, &item.id, &is_number);
        else if (lw_text_is(key, "file_name") && lw_json_value(keys, i, &value))
            name = lw_coco_text(index, pass->file, value);
        else if (lw_text_is(key, "coco_url") && lw_json_value(keys, i, &value))
            url = lw_coco_text(index, pass->file, value);
        else if (lw_text_is(key, "width") && lw_json_value(keys, i, &value))
            item.width = read_pixels(value), has_size |= !lw_text_is(value, "null");
        else if (lw_text_is(key, "height") && lw_json_value(keys, i, &value))
            item.height = read_pixels(value);
    }
    if (!item.width || !item.height) {
        if (has_size)
            lw_report_add(report_of(pass), LW_WARNING, "image-size", "the size given for an image is none; left out", "%.*s: image at byte %" PRId64,
                          LW_FMT(pass->file->entry->name), offset);
        item.width = item.height = 0;
    }
    if (name.size == 0)
        name = url; /* LVIS */
    if (!has_id) {
        skip_image(pass, "image-without-id", "an image has no id; left out", offset, name);
        return;
    }
    uint32_t known;
    if (lw_id_table_find(&pass->images, item.id, &known)) {
        skip_image(pass, "image-id-twice", "two images have one id; the first is read", offset, name);
        return;
    }
    if (!lw_coco_name_item(index, pass->file, name, &item)) {
        skip_image(pass, "image-name", "an image's file_name is missing or no path; left out", offset, name);
        return;
    }
    lw_id_table_add(&pass->images, item.id, join_item(pass, &item));
}

static lw_coco_use *use_of(first_pass *pass, int64_t category)
{
    lw_coco_file *file = pass->file;
    uint32_t place;
    if (pass->last_use && pass->last_use->category == category)
        return pass->last_use;
    if (!lw_id_table_find(&file->use_ids, category, &place)) {
        place = (uint32_t)file->n_uses;
        file->uses = lw_heap_resize(file->uses, (file->n_uses + 1) * sizeof(lw_coco_use));
        file->uses[file->n_uses++] = (lw_coco_use){.category = category};
        lw_id_table_add(&file->use_ids, category, place);
    }
    return pass->last_use = &file->uses[place];
}

static void grow(first_pass *pass)
{
    lw_coco_index *index = pass->index;
    if (index->n_refs == index->refs_capacity) {
        index->refs_capacity = index->refs_capacity ? index->refs_capacity + index->refs_capacity / 2 : 1024;
        index->refs = lw_heap_resize(index->refs, index->refs_capacity * sizeof(lw_coco_ref));
    }
    size_t n = index->n_refs - pass->first_ref;
    if (n == pass->capacity) {
        pass->capacity = n ? n + n / 2 : 1024;
        pass->image_ids = lw_heap_resize(pass->image_ids, pass->capacity * sizeof(int64_t));
        pass->label_ids = lw_heap_resize(pass->label_ids, pass->capacity * sizeof(int64_t));
    }
}

static void skip_annotation(first_pass *pass, const char *code, const char *message, int64_t offset)
{
    report_of(pass)->labels_read++;
    report_of(pass)->labels_skipped++;
    lw_report_add(report_of(pass), LW_ERROR, code, message, "%.*s: annotation at byte %" PRId64, LW_FMT(pass->file->entry->name), offset);
}

static bool is_true(const char *value) { return *value == '1' || *value == 't' || (*value == '"' && value[1] == '1'); }

static void read_annotation(first_pass *pass, const lw_json_keys *keys, int64_t offset, size_t size)
{
    int64_t image_id = 0, id, category = 0;
    bool has_image = false, has_category = false, is_crowd = false, is_number;
    lw_text attributes = {0};
    grow(pass);
    for (size_t i = 0; i < keys->n; i++) {
        lw_text key = keys->keys[i].name;
        if (lw_text_is(key, "image_id")) {
            has_image = read_id(keys, i, &image_id, &is_number);
        } else if (lw_text_is(key, "category_id")) {
            has_category = read_id(keys, i, &category, &is_number);
        } else if (lw_text_is(key, "iscrowd")) {
            is_crowd = is_true(keys->keys[i].value);
        } else if (lw_text_is(key, "attributes")) {
            if (!lw_json_value(keys, i, &attributes))
                attributes = (lw_text){0};
        } else if (lw_text_is(key, "id") && read_id(keys, i, &id, &is_number)) {
            pass->is_ascending &= pass->n_label_ids == 0 || pass->label_ids[pass->n_label_ids - 1] < id;
            pass->label_ids[pass->n_label_ids++] = id;
        }
    }
    if (!has_image || (uint64_t)offset >= offset_limit) {
        skip_annotation(pass, "annotation-without-image", "annotations name no image that is listed; left out", offset);
        return;
    }
    if (has_category) {
        lw_coco_use *use = use_of(pass, category);
        use->is_used = true;
        use->is_crowd |= is_crowd;
        if (attributes.size > 2)
            lw_coco_use_attributes(pass->index, use, attributes);
    }
    pass->image_ids[pass->index->n_refs - pass->first_ref] = image_id;
    pass->index->refs[pass->index->n_refs++] =
        (lw_coco_ref){(uint64_t)(pass->file - pass->index->files) << 44 | (uint64_t)offset, (uint32_t)size, LW_COCO_NO_ITEM};
}

typedef void (*take_object)(first_pass *pass, const lw_json_keys *keys, int64_t offset, size_t size);

static void read_category(first_pass *pass, const lw_json_keys *keys, int64_t offset, size_t size)
{
    lw_coco_category_read(pass->index, pass->file, keys, offset);
}

static lw_status report_progress(lw_ctx *cx, first_pass *pass)
{
    const lw_sink *sink = pass->sink;
    return sink->progress ? sink->progress(cx, sink->state, lw_json_stream_offset(&pass->stream) / 2, pass->file->entry->size) : LW_OK;
}

/* The objects of a list; what else stands in it is an error of its own. */
static lw_status read_objects(lw_ctx *cx, first_pass *pass, take_object take)
{
    char next;
    LW_TRY(lw_json_stream_expect(cx, &pass->stream, '['));
    LW_TRY(lw_json_stream_peek(cx, &pass->stream, &next));
    if (next == ']')
        return lw_json_stream_expect(cx, &pass->stream, ']');
    for (size_t n = 1;; n++) {
        lw_json_keys keys;
        int64_t offset;
        size_t size;
        LW_TRY(lw_json_stream_peek(cx, &pass->stream, &next));
        if (next == '{') {
            LW_TRY(lw_json_stream_object(cx, &pass->stream, &keys, &offset, &size));
            take(pass, &keys, offset, size);
        } else {
            offset = lw_json_stream_offset(&pass->stream);
            LW_TRY(lw_json_stream_skip(cx, &pass->stream));
            if (take == read_image)
                skip_image(pass, "image-broken", "an image is no object; left out", offset, (lw_text){0});
            else if (take == read_category)
                lw_report_add(report_of(pass), LW_ERROR, "category-broken", "a category is no object; left out", "%.*s: byte %" PRId64,
                              LW_FMT(pass->file->entry->name), offset);
            else
                skip_annotation(pass, "annotation-broken", "an annotation is no object, or has too many keys", offset);
        }
        LW_TRY(lw_json_stream_peek(cx, &pass->stream, &next));
        if (next == ']')
            return lw_json_stream_expect(cx, &pass->stream, ']');
        LW_TRY(lw_json_stream_expect(cx, &pass->stream, ','));
        if (n % PROGRESS_EVERY == 0)
            LW_TRY(report_progress(cx, pass));
    }
}

static lw_status read_root(lw_ctx *cx, first_pass *pass)
{
    lw_json_stream *stream = &pass->stream;
    char next;
    bool has_info = false;
    LW_TRY(lw_json_stream_expect(cx, stream, '{'));
    LW_TRY(lw_json_stream_peek(cx, stream, &next));
    while (next != '}') {
        lw_text key;
        take_object take = NULL;
        LW_TRY(lw_json_stream_key(cx, stream, &key));
        if (lw_text_is(key, "images"))
            take = read_image;
        else if (lw_text_is(key, "annotations"))
            take = read_annotation;
        else if (lw_text_is(key, "categories"))
            take = read_category;
        LW_TRY(lw_json_stream_peek(cx, stream, &next));
        bool is_null = next == 'n';
        has_info |= !take && !is_null;
        if (take && next != '[' && !is_null)
            lw_report_add(report_of(pass), LW_ERROR, "list-broken", "images, annotations or categories are no list; left out", "%.*s: %s",
                          LW_FMT(pass->file->entry->name),
                          take == read_image      ? "images"
                          : take == read_category ? "categories"
                                                  : "annotations");
        if (take && next == '[')
            LW_TRY(read_objects(cx, pass, take));
        else
            LW_TRY(lw_json_stream_skip(cx, stream));
        LW_TRY(lw_json_stream_peek(cx, stream, &next));
        if (next != '}')
            LW_TRY(lw_json_stream_expect(cx, stream, ','));
    }
    if (has_info)
        lw_report_add(report_of(pass), LW_INFO, "info-left-out", "what a file says of itself (info, licenses and other keys) is left out", "%.*s",
                      LW_FMT(pass->file->entry->name));
    return lw_json_stream_expect(cx, stream, '}');
}

static int by_id(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void report_doubles(first_pass *pass)
{
    if (pass->is_ascending)
        return;
    int64_t n = 0;
    qsort(pass->label_ids, pass->n_label_ids, sizeof(int64_t), by_id);
    for (size_t i = 1; i < pass->n_label_ids; i++)
        n += pass->label_ids[i] == pass->label_ids[i - 1];
    if (n)
        lw_report_add(report_of(pass), LW_INFO, "annotation-id-twice", "ids of annotations repeat; each is an object of its own", "%.*s: %" PRId64,
                      LW_FMT(pass->file->entry->name), n);
}

/* Images may follow their annotations: only now is it known which there are. Results name images that only the project knows. */
static void resolve_images(first_pass *pass)
{
    lw_coco_index *index = pass->index;
    for (size_t i = pass->first_ref; i < index->n_refs; i++) {
        lw_coco_ref *ref = &index->refs[i];
        int64_t id = pass->image_ids[i - pass->first_ref];
        if (lw_id_table_find(&pass->images, id, &ref->item))
            continue;
        if (!pass->file->is_results) {
            skip_annotation(pass, "annotation-without-image", "annotations name no image that is listed; left out", lw_coco_ref_offset(ref));
            continue;
        }
        lw_coco_item item = {.file = (uint32_t)(pass->file - index->files), .id = id};
        ref->item = add_item(index, &item);
        lw_id_table_add(&pass->images, id, ref->item);
    }
}

static lw_status read_file(lw_ctx *cx, first_pass *pass)
{
    char next;
    LW_TRY(lw_json_stream_peek(cx, &pass->stream, &next));
    pass->file->is_results = next == '[';
    if (next == '[')
        LW_TRY(read_objects(cx, pass, read_annotation));
    else
        LW_TRY(read_root(cx, pass));
    LW_TRY(lw_json_stream_peek(cx, &pass->stream, &next));
    if (next)
        return lw_fail(cx, LW_INVALID, "not JSON: more follows behind the end, at byte %" PRId64, lw_json_stream_offset(&pass->stream));
    resolve_images(pass);
    report_doubles(pass);
    return LW_OK;
}

static lw_status index_file(lw_ctx *cx, lw_coco_index *index, lw_coco_file *file, const lw_sink *sink)
{
    first_pass pass = {.index = index, .file = file, .sink = sink, .first_ref = index->n_refs, .is_ascending = true};
    LW_TRY(lw_source_open_entry(cx, index->options->source, file->entry, &file->fd));
    lw_json_stream_init(&pass.stream, file->fd);
    lw_status status = read_file(cx, &pass);
    lw_json_stream_cleanup(&pass.stream);
    lw_id_table_cleanup(&pass.images);
    lw_heap_free(pass.image_ids);
    lw_heap_free(pass.label_ids);
    return status == LW_OK ? LW_OK : lw_fail(cx, status, "%.*s: %s", LW_FMT(file->entry->name), lw_text_string(cx->arena, lw_text_from(cx->message)));
}

/* Refs by item, in the order of the files (a counting sort). */
static void sort_refs(lw_coco_index *index)
{
    index->starts = lw_heap_new((index->n_items + 2) * sizeof(uint32_t));
    index->order = lw_heap_new(index->n_refs * sizeof(uint32_t));
    uint32_t *ends = index->starts + 1;
    for (size_t i = 0; i < index->n_refs; i++)
        if (index->refs[i].item != LW_COCO_NO_ITEM)
            ends[index->refs[i].item + 1]++;
    for (size_t i = 1; i <= index->n_items; i++)
        ends[i] += ends[i - 1];
    for (size_t i = 0; i < index->n_refs; i++)
        if (index->refs[i].item != LW_COCO_NO_ITEM)
            index->order[ends[index->refs[i].item]++] = (uint32_t)i;
}

lw_status lw_coco_index_read(lw_ctx *cx, lw_coco_index *index, bool is_results, const lw_sink *sink)
{
    LW_TRY(lw_coco_find_files(cx, index, is_results));
    for (size_t i = 0; i < index->n_files; i++)
        LW_TRY(index_file(cx, index, &index->files[i], sink));
    sort_refs(index);
    lw_id_table_cleanup(&index->item_names);
    return lw_coco_declare(cx, index);
}

void lw_coco_index_cleanup(lw_coco_index *index)
{
    for (size_t i = 0; i < index->n_files; i++) {
        lw_coco_file *file = &index->files[i];
        lw_fd_cleanup(&file->fd);
        for (size_t k = 0; k < file->n_uses; k++)
            lw_heap_free(file->uses[k].attributes);
        lw_heap_free(file->categories);
        lw_heap_free(file->uses);
        lw_id_table_cleanup(&file->category_ids);
        lw_id_table_cleanup(&file->use_ids);
    }
    lw_heap_free(index->files);
    lw_heap_free(index->items);
    lw_heap_free(index->refs);
    lw_heap_free(index->order);
    lw_heap_free(index->starts);
    lw_heap_free(index->numbers);
    lw_id_table_cleanup(&index->item_names);
    lw_arena_free(index->arena);
}
