#include "formats/picture.h"

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
        if (status != LW_OK) {
            lw_report_add(options->report, LW_ERROR, "image-broken", "image cannot be read; its labels are kept where its size is known", "%.*s: %s",
                          LW_FMT(image->name), cx.message);
        } else if (info.width && info.height) {
            *out = (lw_picture){(int)info.width, (int)info.height, (int)info.stored_width, (int)info.stored_height,
                                info.orientation ? info.orientation : 1};
            return;
        }
    }
    int width, height;
    if (options->known_size && options->known_size(options->known_size_state, item_name, &width, &height))
        out->width = width, out->height = height;
}

bool lw_picture_is_turned(const lw_picture *picture, int width, int height)
{
    return picture->orientation >= 5 && picture->stored_width != picture->stored_height && width == picture->stored_width &&
           height == picture->stored_height;
}

static void turn_point(const lw_picture *picture, double *x, double *y)
{
    double w = picture->stored_width, h = picture->stored_height, px = *x, py = *y;
    switch (picture->orientation) {
    case 2: *x = w - px; break;
    case 3: *x = w - px, *y = h - py; break;
    case 4: *y = h - py; break;
    case 5: *x = py, *y = px; break;
    case 6: *x = h - py, *y = px; break;
    case 7: *x = h - py, *y = w - px; break;
    case 8: *x = py, *y = w - px; break;
    default: break;
    }
}

static double turn_angle(const lw_picture *picture, double angle)
{
    bool is_mirrored = picture->orientation == 2 || picture->orientation == 4 || picture->orientation == 5 || picture->orientation == 7;
    return is_mirrored && angle != 0 ? -angle : angle;
}

static const double *turn_points(lw_arena *arena, const lw_picture *picture, const double *from, size_t n, size_t step)
{
    double *turned = lw_new_array(arena, double, n *step);
    memcpy(turned, from, n * step * sizeof *turned);
    for (size_t i = 0; i < n; i++)
        if (step == 2 || turned[i * step + 2] != 0) /* a keypoint that is not labelled stands at 0, 0 */
            turn_point(picture, &turned[i * step], &turned[i * step + 1]);
    return turned;
}

bool lw_picture_turn(lw_arena *arena, const lw_picture *picture, lw_shape *shape)
{
    if (shape->kind == LW_MASK)
        return false;
    bool swaps = picture->orientation >= 5;
    if (shape->kind == LW_BOX) {
        double cx = shape->x + shape->w / 2, cy = shape->y + shape->h / 2;
        double w = swaps ? shape->h : shape->w, h = swaps ? shape->w : shape->h;
        turn_point(picture, &cx, &cy);
        shape->x = cx - w / 2, shape->y = cy - h / 2, shape->w = w, shape->h = h;
    }
    if (shape->kind == LW_ELLIPSE) {
        double rx = shape->rx;
        turn_point(picture, &shape->cx, &shape->cy);
        if (swaps)
            shape->rx = shape->ry, shape->ry = rx;
    }
    shape->angle = turn_angle(picture, shape->angle);
    if (shape->xy)
        shape->xy = turn_points(arena, picture, shape->xy, shape->n_points, 2);
    if (shape->skeleton)
        shape->skeleton = turn_points(arena, picture, shape->skeleton, shape->n_keypoints, 3);
    if (shape->kind != LW_BOX && shape->kind != LW_TAG)
        lw_shape_measure(shape);
    return true;
}

static void note_outside(const lw_read_options *options, lw_text file, const lw_item *item, const lw_label *labels, size_t n_labels)
{
    for (size_t i = 0; i < n_labels && item->width; i++) {
        double x, y, w, h;
        if (labels[i].shape.kind == LW_TAG)
            continue;
        lw_shape_bounds(&labels[i].shape, &x, &y, &w, &h);
        if (x < 0 || y < 0 || x + w > item->width + 1e-6 || y + h > item->height + 1e-6)
            lw_report_add(options->report, LW_INFO, "outside-image", "shape leaves its image; kept as read", "%.*s: %.*s", LW_FMT(file), LW_FMT(labels[i].class_name));
    }
}

void lw_picture_settle(const lw_read_options *options, lw_arena *arena, lw_text file, const lw_entry *image, int width, int height, lw_item *item, lw_label *labels,
                       size_t n_labels)
{
    lw_picture picture;
    lw_picture_measure(options, image, item->name, &picture);
    bool is_known = picture.width && picture.height, is_given = width && height;
    item->width = is_known ? picture.width : width;
    item->height = is_known ? picture.height : height;
    if (is_known && is_given && lw_picture_is_turned(&picture, width, height)) {
        bool all = true;
        for (size_t i = 0; i < n_labels; i++)
            all &= labels[i].shape.kind == LW_TAG || lw_picture_turn(arena, &picture, &labels[i].shape);
        lw_report_add(options->report, LW_INFO, "turned-upright", "labels were made on the picture before EXIF turns it; turned with it", "%.*s", LW_FMT(file));
        if (!all)
            lw_report_add(options->report, LW_WARNING, "mask-not-turned", "a mask was made on the picture before EXIF turns it; kept as read", "%.*s", LW_FMT(file));
    } else if (is_known && is_given && (width != picture.width || height != picture.height)) {
        lw_report_add(options->report, LW_WARNING, "size-differs", "labels give another size than the image has; coordinates are kept as read", "%.*s: %d x %d, image %d x %d",
                      LW_FMT(file), width, height, picture.width, picture.height);
    }
    note_outside(options, file, item, labels, n_labels);
}
