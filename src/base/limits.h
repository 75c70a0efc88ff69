/* Every size that a client can choose has its limit here, checked before anything is allocated. */
#pragma once

enum {
    LW_LIMIT_NAME_BYTES = 255,
    LW_LIMIT_PATH_BYTES = 1024,
    LW_LIMIT_TEXT_BYTES = 64 << 10,       /* a text attribute, a reason */
    LW_LIMIT_BODY_BYTES = 64 << 10,       /* a JSON body, unless its route says otherwise */
    LW_LIMIT_OPERATIONS_BYTES = 64 << 20, /* a request of label operations */
    LW_LIMIT_OPERATION_BYTES = 16 << 20,  /* one line of them */
    LW_LIMIT_OPERATIONS = 100000,         /* in one request */
    LW_LIMIT_ONTOLOGY_BYTES = 4 << 20,
    LW_LIMIT_CLASSES = 10000,
    LW_LIMIT_CLASS_DEPTH = 32,          /* parents above a class */
    LW_LIMIT_ATTRIBUTES = 1000,         /* of one class */
    LW_LIMIT_KEYPOINTS = 1000,          /* of one class */
    LW_LIMIT_OPTIONS = 10000,           /* of one attribute */
    LW_LIMIT_POINTS = 1000000,          /* of one label */
    LW_LIMIT_METADATA_BYTES = 64 << 10, /* of one item */
    LW_LIMIT_JSON_DEPTH = 64,
    LW_LIMIT_SPLITS = 64,      /* that a format with a file or list a split is written with */
    LW_LIMIT_PAGE = 1000,      /* rows of a list page */
    LW_LIMIT_THUMBNAILS = 400, /* in one answer */
    LW_LIMIT_IMAGE_SIDE_PX = 65535,
    LW_LIMIT_THUMBNAIL_PX = 1024,
    LW_LIMIT_PREVIEW_PX = 8192,
    LW_LIMIT_DECODE_BYTES = 1 << 30, /* a file that a picture is made from */
    LW_LIMIT_CONNECTIONS = 4096,
    LW_LIMIT_CONNECTIONS_OF_ADDRESS = 1024,
    LW_LIMIT_HEAD_BYTES = 16 << 10,        /* request line and headers */
    LW_LIMIT_BUFFERED_BYTES = 512 << 20,   /* bodies in memory, all requests together */
    LW_LIMIT_JSONL_LINE_BYTES = 256 << 20, /* one item of the own format with all its labels */
    LW_LIMIT_ITEM_FILE_BYTES = 64 << 20,   /* a file with the labels of one item */
    LW_LIMIT_FILE_LABELS = 100000,         /* in such a file */
    LW_LIMIT_CSV_ROW_BYTES = 16 << 20,
};
#define LW_LIMIT_SOURCE_ENTRIES (1LL << 24) /* files of one folder or archive */
enum {
    LW_LIMIT_SOURCE_DEPTH = 128,             /* folders in folders */
    LW_LIMIT_ARCHIVE_TABLE_BYTES = 1 << 30,  /* a zip's central directory */
    LW_LIMIT_ARCHIVE_RATIO = 200,            /* unpacked against packed, of what is larger than … */
    LW_LIMIT_ARCHIVE_FREE_BYTES = 256 << 20, /* … this */
    LW_LIMIT_LABEL_FILE_BYTES = 256 << 20,   /* a label file that is read as a whole */
};
#define LW_LIMIT_DEMO_ITEMS (1LL << 20)
#define LW_LIMIT_MEDIA_BYTES (16LL << 30) /* one uploaded file */
#define LW_LIMIT_UPLOAD_BYTES (1LL << 40) /* one uploaded archive */
#define LW_LIMIT_ITEMS (1LL << 28)        /* ids of labels hold their item's: 2^53 / 2^25 */
#define LW_LIMIT_ITEM_LABELS (1LL << 25)
#define LW_LIMIT_IMAGE_PIXELS (1LL << 31) /* of one image that is decoded */
