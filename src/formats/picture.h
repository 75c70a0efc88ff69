/* How large the picture of an item is, and labels that were drawn on it before it was turned upright. */
#pragma once

#include "formats/format.h"

typedef struct lw_picture {
    int width, height;               /* px as displayed; 0: not known */
    int stored_width, stored_height; /* px as the file's rows stand; 0: not known */
    int orientation;                 /* EXIF's, 1 to 8 */
} lw_picture;

/* From the image's header where it may be read, else what the project knows of the item, else zeros. An image that is broken or
 * none is an issue of the report and has no size here. image may be NULL. */
void lw_picture_measure(const lw_read_options *options, const lw_entry *image, lw_text item_name, lw_picture *out);
/* Whether labels made on a picture of this size were made before it was turned: the sizes fit the stored rows alone. */
bool lw_picture_is_turned(const lw_picture *picture, int width, int height);
/* The shape as it stands once the picture is upright; a mask is left as it is (false). */
bool lw_picture_turn(lw_arena *arena, const lw_picture *picture, lw_shape *in_out);
/* The size of an item whose labels' file gives one (0: it does not): its image's own counts, labels that were made before EXIF turns the
 * image are turned with it, and any other difference is a warning. Shapes that leave the image are counted. file names it all. */
void lw_picture_settle(const lw_read_options *options, lw_arena *arena, lw_text file, const lw_entry *image, int width, int height, lw_item *item, lw_label *labels,
                       size_t n_labels);
/* Where the images are: --images, else the source itself. */
static inline lw_source *lw_images_of(const lw_read_options *options) { return options->images ? options->images : options->source; }
