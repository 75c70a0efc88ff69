#include "formats/format.h"

const lw_format *const lw_formats[] = {
    &lw_format_jsonl,         &lw_format_coco,
    &lw_format_coco_results,  &lw_format_yolo,
    &lw_format_yolo_detect,   &lw_format_yolo_segment,
    &lw_format_yolo_pose,     &lw_format_yolo_obb,
    &lw_format_yolo_classify, &lw_format_yolo_darknet,
    &lw_format_voc,           &lw_format_folders,
    &lw_format_csv,           NULL,
};

lw_status lw_format_find(lw_ctx *cx, lw_text name, const lw_format **out)
{
    LW_AUTO(lw_buf) names = {0};
    for (const lw_format *const *at = lw_formats; *at; at++) {
        if (lw_text_is(name, (*at)->name)) {
            *out = *at;
            return LW_OK;
        }
        lw_buf_print(&names, "%s%s", names.size ? " " : "", (*at)->name);
    }
    return lw_fail(cx, LW_NOT_FOUND, "no format is named '%.*s'; there are: %.*s", LW_FMT(name), LW_FMT(lw_buf_text(&names)));
}

lw_status lw_format_detect(lw_ctx *cx, lw_source *source, const lw_format **out)
{
    const lw_format *best = NULL, *equal = NULL;
    int sure = 0;
    LW_AUTO(lw_buf) names = {0};
    for (const lw_format *const *at = lw_formats; *at; at++) {
        if (!(*at)->probe)
            continue;
        lw_buf_print(&names, "%s%s", names.size ? " " : "", (*at)->name);
        int score = (*at)->probe(cx, source);
        if (score > sure)
            best = *at, equal = NULL, sure = score;
        else if (score > 0 && score == sure)
            equal = *at;
    }
    lw_ctx_clear(cx);
    size_t n_entries;
    const lw_entry *entries = lw_source_entries(source, &n_entries);
    lw_text name = n_entries == 1 ? entries[0].name : lw_source_name(source);
    if (!best)
        return lw_fail(cx, LW_INVALID, "%.*s holds no labels or images of a known format; looked for: %.*s", LW_FMT(name),
                       LW_FMT(lw_buf_text(&names)));
    if (equal)
        return lw_fail(cx, LW_INVALID, "%.*s looks like %s as much as like %s; say which with --format", LW_FMT(name), best->name, equal->name);
    *out = best;
    return LW_OK;
}

/* Objects that would be left out or change their shape: refused unless lossy. */
static size_t lost_shapes(const lw_format *format, const lw_write_options *options, lw_buf *what)
{
    const lw_capabilities *can = &format->can;
    size_t n = 0;
    const struct {
        bool is_lost;
        const char *word;
    } shapes[] = {
        {options->has_holes && can->kinds & 1u << LW_POLYGON && !can->holes, "polygons with holes"},
        {options->has_parts && can->kinds & 1u << LW_POLYGON && !can->parts, "polygons of several parts"},
        {options->has_angles && can->kinds & 1u << LW_BOX && !can->angle, "turned boxes"},
    };
    for (lw_kind kind = LW_BOX; kind < LW_N_KINDS; kind++) {
        if (kind == LW_TAG && can->item_attributes)
            continue;
        if (options->kinds & 1u << kind && !(can->kinds & 1u << kind))
            lw_buf_print(what, "%s%s", n++ ? ", " : "", lw_kind_name(kind));
    }
    for (size_t i = 0; i < LW_COUNT(shapes); i++)
        if (shapes[i].is_lost)
            lw_buf_print(what, "%s%s", n++ ? ", " : "", shapes[i].word);
    return n;
}

static void warn_of_fields(const lw_format *format, const lw_write_options *options)
{
    const lw_capabilities *can = &format->can;
    const struct {
        bool is_lost;
        const char *code, *message;
    } fields[] = {
        {options->has_attributes && !can->attributes, "attributes-left-out", "the format has no place for attributes of labels"},
        {options->has_item_attributes && !can->item_attributes && !options->target, /* writers count them, one by one */
         "item-attributes-left-out", "the format has no place for attributes of items"},
        {options->has_confidence && !can->confidence, "confidence-left-out", "the format has no place for confidence"},
        {options->has_tracks && !can->tracks, "tracks-left-out", "the format has no place for tracks"},
        {options->has_groups && !can->groups, "groups-left-out", "the format has no place for groups of labels"},
        {options->has_metadata && !can->metadata, "metadata-left-out", "the format has no place for metadata of items"},
        {options->n_splits > 1 && !can->splits, "splits-left-out", "the format has no place for splits"},
    };
    for (size_t i = 0; i < LW_COUNT(fields); i++)
        if (fields[i].is_lost)
            lw_report_add(options->report, LW_WARNING, fields[i].code, fields[i].message, NULL);
}

lw_status lw_format_check_loss(lw_ctx *cx, const lw_format *format, const lw_write_options *options)
{
    LW_AUTO(lw_buf) what = {0};
    warn_of_fields(format, options);
    if (lost_shapes(format, options, &what)) {
        lw_report_add(options->report, LW_WARNING, "shapes-not-carried", "the format cannot carry some shapes; they are left out or changed", "%.*s",
                      LW_FMT(lw_buf_text(&what)));
        if (!options->lossy)
            return lw_fail(cx, LW_REFUSED, "%s cannot carry: %.*s; agree to the loss with --lossy, or choose another format", format->name,
                           LW_FMT(lw_buf_text(&what)));
    }
    return format->judge ? format->judge(cx, options) : LW_OK;
}

lw_status lw_format_put_media(lw_ctx *cx, const lw_write_options *options, const lw_item *item, lw_text name, const lw_media_ref *media)
{
    if (options->media == LW_MEDIA_NONE)
        return LW_OK;
    if (!media) {
        lw_report_add(options->report, LW_INFO, "item-without-media", "item has no media; its labels are written alone", "%.*s", LW_FMT(item->name));
        return LW_OK;
    }
    if (options->media == LW_MEDIA_LINK && media->path)
        return lw_target_link(cx, options->target, name, media->path);
    LW_AUTO(lw_fd) fd = -1;
    LW_TRY(media->open(cx, media->state, &fd));
    return lw_target_copy(cx, options->target, name, fd);
}
