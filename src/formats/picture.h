/* How large the picture of an item is, where labels are shares of it. */
#pragma once

#include "formats/format.h"

typedef struct lw_picture {
    int width, height;               /* px as displayed; 0: not known */
    int stored_width, stored_height; /* px as the file's rows stand; 0: not known */
    int orientation;                 /* EXIF's, 1 to 8 */
    char problem[1024];              /* why the image itself could not tell; or "" */
} lw_picture;

/* From the image's header where it may be read, else what the project knows of the item, else zeros. image may be NULL. */
void lw_picture_measure(const lw_read_options *options, const lw_entry *image, lw_text item_name, lw_picture *out);
/* The size that labels were given with, against their image's where it may be read: labels that were made before EXIF turns the
 * image are turned with it (info), any other difference is a warning. The item's size is the image's then. */
LW_MUST_USE lw_status lw_picture_fit(lw_ctx *cx, const lw_read_options *options, const lw_entry *image, lw_item *item, lw_label *labels,
                                     size_t n_labels);
/* Counts shapes that leave an item of known size, and masks of another; they are kept as read. */
void lw_picture_note_outside(lw_report *report, lw_text file, const lw_item *item, const lw_label *labels, size_t n_labels);
/* Where the images are: --images, else the source itself. */
static inline lw_source *lw_images_of(const lw_read_options *options) { return options->images ? options->images : options->source; }
