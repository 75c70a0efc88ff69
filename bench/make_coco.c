/* Writes a COCO file like instances_train2017.json: polygons of about 22 points, masks for crowds, annotations in no order of images.
 * The same numbers give the same bytes. Usage: bench-make-coco IMAGES OBJECTS > instances.json */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

static uint64_t state = 1;

static uint32_t next_random(void)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(state >> 33);
}

static double between(double low, double high) { return low + (high - low) * (double)next_random() / 2147483648.0; }

static void put_image(int i, bool is_last)
{
    printf(
        "{\"license\": %d,\"file_name\": \"%012d.jpg\",\"coco_url\": \"http://images.example.org/train2017/%012d.jpg\",\"height\": 480,\"width\": 640,"
        "\"date_captured\": \"2013-11-14 11:18:45\",\"flickr_url\": \"http://photos.example.org/9/%08x.jpg\",\"id\": %d}%s",
        i % 8 + 1, i * 5 + 9, i * 5 + 9, next_random(), i * 5 + 9, is_last ? "" : ",");
}

static void put_polygon(double x, double y, double radius, int n_points, double box[4])
{
    double left = 640, top = 480, right = 0, bottom = 0;
    for (int i = 0; i < n_points; i++) {
        double angle = 6.283185307 * i / n_points, r = radius * between(0.6, 1);
        double at_x = round(100 * fmin(fmax(x + r * cos(angle), 0), 640)) / 100, at_y = round(100 * fmin(fmax(y + r * sin(angle), 0), 480)) / 100;
        printf("%s%.2f,%.2f", i ? "," : "", at_x, at_y);
        left = fmin(left, at_x), right = fmax(right, at_x), top = fmin(top, at_y), bottom = fmax(bottom, at_y);
    }
    box[0] = left, box[1] = top, box[2] = right - left, box[3] = bottom - top;
}

/* A group of things: an ellipse of ragged columns, as run lengths. */
static void put_mask(double x, double y, double radius, double box[4])
{
    enum { WIDTH = 640, HEIGHT = 480 };
    int first = (int)fmax(x - radius, 1), last = (int)fmin(x + radius, WIDTH - 1), background = first * HEIGHT, top = HEIGHT, bottom = 0;
    printf("{\"counts\": [");
    for (int column = first; column < last; column++) {
        double half = radius * sqrt(fmax(0, 1 - (column - x) * (column - x) / radius / radius));
        int from = (int)fmax(y - half - between(0, 4), 1), to = (int)fmin(y + half + 1, HEIGHT - 1);
        printf("%d,%d,", background + from, to - from);
        background = HEIGHT - to;
        top = from < top ? from : top, bottom = to > bottom ? to : bottom;
    }
    printf("%d],\"size\": [%d,%d]}", background + (WIDTH - last) * HEIGHT, HEIGHT, WIDTH);
    box[0] = first, box[1] = top, box[2] = last - first, box[3] = bottom - top;
}

/* Objects of an image stand apart in the file, as in the real one. */
static void put_annotation(int64_t i, int n_images, bool is_last)
{
    static const int categories[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 27, 28, 31,
                                     32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59,
                                     60, 61, 62, 63, 64, 65, 67, 70, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 84, 85, 86, 87, 88, 89, 90};
    double x = between(30, 610), y = between(30, 450), radius = between(5, 120);
    bool is_crowd = i % 86 == 85;
    double box[4];
    printf("{\"segmentation\": ");
    if (is_crowd) {
        put_mask(x, y, radius, box);
    } else {
        printf("[[");
        put_polygon(x, y, radius, 8 + (int)(next_random() % 30), box);
        printf("]]");
    }
    printf(",\"area\": %.4f,\"iscrowd\": %d,\"image_id\": %d,\"bbox\": [%.10g,%.10g,%.10g,%.10g],\"category_id\": %d,\"id\": %lld}%s",
           radius * radius * 2.1, is_crowd, (int)(next_random() % (uint32_t)n_images) * 5 + 9, box[0], box[1], box[2], box[3],
           categories[next_random() % 80], (long long)(is_crowd ? 900100000000 + i : i * 3 + 11), is_last ? "" : ",");
}

int main(int argc, char **argv)
{
    int n_images = argc > 1 ? atoi(argv[1]) : 118287;
    int64_t n_objects = argc > 2 ? atoll(argv[2]) : 860001;
    static char buffer[1 << 20];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    printf("{\"info\": {\"description\": \"made for a benchmark\"},\"licenses\": [],\"images\": [");
    for (int i = 0; i < n_images; i++)
        put_image(i, i + 1 == n_images);
    printf("],\"annotations\": [");
    for (int64_t i = 0; i < n_objects; i++)
        put_annotation(i, n_images, i + 1 == n_objects);
    printf("],\"categories\": [");
    static const int gaps[] = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83};
    size_t gap = 0;
    for (int id = 1; id <= 90; id++) {
        if (gap < LW_COUNT(gaps) && gaps[gap] == id) {
            gap++;
            continue;
        }
        printf("%s{\"supercategory\": \"group %d\",\"id\": %d,\"name\": \"class %d\"}", id > 1 ? "," : "", id / 10, id, id);
    }
    printf("]}\n");
    return ferror(stdout) ? 1 : 0;
}
