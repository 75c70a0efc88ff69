#include "formats/picture.h"

#include <stdio.h>

#include "media/probe.h"

void lw_picture_measure(const lw_read_options *options, const lw_entry *image, lw_text item_name, lw_picture *out)
{
    *out = (lw_picture){.orientation = 1};
    if (image && options->reads_media) {
        LW_AUTO(lw_arena_auto) arena = lw_arena_new();
        lw_ctx cx = {.arena = arena};
        LW_AUTO(lw_fd) fd = -1;
        lw_media_info info = {0};
        lw_status status = lw_source_open_entry(&cx, lw_images_of(options), image, &fd);
        if (status == LW_OK)
            status = lw_media_probe(&cx, fd, &info);
        if (status == LW_OK && info.width && info.height) {
            out->width = (int)info.width, out->height = (int)info.height;
            out->stored_width = (int)info.stored_width, out->stored_height = (int)info.stored_height;
            out->orientation = info.orientation ? info.orientation : 1;
            return;
        }
        snprintf(out->problem, sizeof out->problem, "%s", status == LW_OK ? "its header does not tell the size" : cx.message);
    }
    int width, height;
    if (options->known_size && options->known_size(options->known_size_state, item_name, &width, &height))
        out->width = width, out->height = height;
}

static bool is_unturned(const lw_picture *picture, const lw_item *item)
{
    return picture->orientation >= 5 && item->width != item->height && item->width == picture->stored_width && item->height == picture->stored_height;
}

lw_status lw_picture_fit(lw_ctx *cx, const lw_read_options *options, const lw_entry *image, lw_item *item, lw_label *labels, size_t n_labels)
{
    lw_picture picture;
    if (!options->reads_media || !image)
        return LW_OK;
    lw_picture_measure(options, image, item->name, &picture);
    if (picture.width == 0 || (picture.width == item->width && picture.height == item->height))
        return LW_OK;
    if (item->width && is_unturned(&picture, item)) {
        for (size_t i = 0; i < n_labels; i++)
            LW_TRY(lw_shape_turn(cx, &labels[i].shape, picture.orientation, item->width, item->height, &labels[i].shape));
        if (n_labels)
            lw_report_add(options->report, LW_INFO, "labels-turned", "labels were given for the image before EXIF turns it; turned with it", "%.*s",
                          LW_FMT(item->name));
    } else if (item->width) {
        lw_report_add(options->report, LW_WARNING, "size-not-of-image", "the size in the file is not the image's; labels are kept as read",
                      "%.*s: %d x %d, image %d x %d", LW_FMT(item->name), item->width, item->height, picture.width, picture.height);
    }
    item->width = picture.width;
    item->height = picture.height;
    return LW_OK;
}

void lw_picture_note_outside(lw_report *report, lw_text file, const lw_item *item, const lw_label *labels, size_t n_labels)
{
    for (size_t i = 0; i < n_labels && item->width; i++) {
        double x, y, w, h;
        if (labels[i].shape.kind == LW_TAG)
            continue;
        if (labels[i].shape.kind == LW_MASK &&
            (labels[i].shape.mask_w != (uint32_t)item->width || labels[i].shape.mask_h != (uint32_t)item->height)) {
            lw_report_add(report, LW_WARNING, "mask-size", "the size of a mask is not the image's; kept as read",
                          "%.*s: %.*s: %u x %u, image %d x %d", LW_FMT(file), LW_FMT(labels[i].class_name), labels[i].shape.mask_w,
                          labels[i].shape.mask_h, item->width, item->height);
            continue;
        }
        lw_shape_bounds(&labels[i].shape, &x, &y, &w, &h);
        if (x < 0 || y < 0 || x + w > item->width + 1e-6 || y + h > item->height + 1e-6)
            lw_report_add(report, LW_INFO, "outside-image", "shape leaves its image; kept as read", "%.*s: %.*s", LW_FMT(file),
                          LW_FMT(labels[i].class_name));
    }
}
