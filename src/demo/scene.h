/* Demo scenes: fruit on a conveyor belt, composed from a seed, with exact truth, and drawn as a camera would see them. */
#pragma once

#include "demo/outline.h"
#include "demo/texture.h"

typedef enum lw_fruit { LW_TOMATO, LW_ORANGE, LW_APPLE, LW_LEMON, LW_PEAR, LW_PEACH, LW_PLUM, LW_KIWI, LW_N_FRUITS } lw_fruit;

typedef enum lw_ripeness { LW_UNRIPE, LW_RIPE, LW_OVERRIPE, LW_N_RIPENESS } lw_ripeness;
typedef enum lw_damage { LW_UNDAMAGED, LW_BRUISE, LW_ROT, LW_N_DAMAGES } lw_damage;
typedef enum lw_brightness { LW_BRIGHT, LW_INDOOR, LW_DIM, LW_DARK, LW_N_BRIGHTNESS } lw_brightness;
typedef enum lw_belt { LW_BELT_GREEN, LW_BELT_BLUE, LW_BELT_WHITE, LW_BELT_BLACK, LW_N_BELTS } lw_belt;

/* The words of the ontology, by the enumerations above. */
extern const char *const lw_fruit_names[LW_N_FRUITS];
extern const char *const lw_ripeness_names[LW_N_RIPENESS];
extern const char *const lw_damage_names[LW_N_DAMAGES]; /* the first is NULL */
extern const char *const lw_brightness_names[LW_N_BRIGHTNESS];
extern const char *const lw_belt_names[LW_N_BELTS];

typedef struct lw_scene_object {
    lw_fruit fruit;
    lw_ripeness ripeness;
    lw_damage damage;
    bool occluded;       /* another fruit hides more than a twentieth of what the frame shows of it */
    bool truncated;      /* the frame cuts it */
    double visible_part; /* of its whole outline, frame or not */
    lw_outline whole;    /* clipped to the image */
    lw_outline visible;  /* clipped, and without what lies under other fruit */
    lw_body body;
    uint64_t look;  /* seeds its skin */
    float maturity; /* 0 to 1 within its ripeness, for the colour */
} lw_scene_object;

typedef struct lw_scene_light {
    float direction[3]; /* towards it; unit; z up */
    float direct[3], ambient[3];
    float softness;             /* of shadows: 0.1 sun, 0.8 wide lamps */
    float pool_x, pool_y, pool; /* a lamp's pool of light: centre and size in px; 0 for even light */
    float cast[3];              /* its colour as the camera's white balance leaves it */
    float collapse;             /* share of each colour that narrow light turns into its own */
} lw_scene_light;

typedef struct lw_scene_camera {
    bool upright;    /* the belt runs down the image, not across it */
    float motion_px; /* blur along the belt */
    int defocus;     /* passes of a small blur */
    float exposure;
    float read_noise, shot_noise; /* deviation at black; variance at white */
    float saturation, vignette;
} lw_scene_camera;

enum { LW_SCENE_OBJECTS = 64 };

/* Plain data: all that drawing and truth need. Objects are in drawing order, the topmost last; none is hidden from sight. */
typedef struct lw_scene {
    uint64_t seed, index;
    int width, height;
    double lux;
    lw_brightness brightness;
    const char *camera_name; /* "line-1", … */
    char time[24];           /* ISO 8601, UTC */
    lw_belt belt;
    float belt_wear, belt_offset, seam, rail_px; /* seam: place along the belt in px, negative for none */
    lw_scene_light light;
    lw_scene_camera camera;
    size_t n_objects;
    lw_scene_object *objects;
} lw_scene;

/* Item `index` of `seed`: the same on every machine. Lives in the arena of cx. */
LW_MUST_USE lw_status lw_scene_make(lw_ctx *cx, uint64_t seed, uint64_t index, lw_scene *out);

/* Draws it: width * height * 3 bytes, RGB, into `pixels`. `ids`, unless NULL, gets for each pixel the object that is seen at its centre, counted from
 * 1, 0 for the belt (before blur). Textures are made once and only read. */
LW_MUST_USE lw_status lw_scene_render(lw_ctx *cx, const lw_scene *scene, const lw_textures *textures, uint8_t *pixels, uint8_t *ids);
