#include "demo/texture.h"

#include "demo/random.h"

enum { SIDE = LW_TEXTURE_SIDE, MASK = SIDE - 1 };

/* Adds smooth noise with `cells` cells a side. */
static void add_octave(float *texture, int cells, float strength, lw_random *random)
{
    float lattice[64 * 64];
    for (int i = 0; i < cells * cells; i++)
        lattice[i] = lw_random_between(random, -strength, strength);
    int size = SIDE / cells;
    for (int y = 0; y < SIDE; y++) {
        int cy = y / size, below = (cy + 1) % cells;
        float fy = lw_smooth(0, 1, (float)(y % size) / (float)size);
        for (int x = 0; x < SIDE; x++) {
            int cx = x / size, right = (cx + 1) % cells;
            float fx = lw_smooth(0, 1, (float)(x % size) / (float)size);
            float a = lw_mix(lattice[cy * cells + cx], lattice[cy * cells + right], fx);
            float b = lw_mix(lattice[below * cells + cx], lattice[below * cells + right], fx);
            texture[y * SIDE + x] += lw_mix(a, b, fy);
        }
    }
}

/* Pits scattered on a jittered lattice. */
static void add_pores(float *texture, lw_random *random)
{
    enum { APART = 8 };
    for (int cy = 0; cy < SIDE; cy += APART)
        for (int cx = 0; cx < SIDE; cx += APART) {
            float px = (float)cx + lw_random_between(random, 0, 7), py = (float)cy + lw_random_between(random, 0, 7);
            float radius = lw_random_between(random, 2.4f, 4.2f), depth = lw_random_between(random, 0.5f, 1);
            for (int y = (int)py - 4; y <= (int)py + 5; y++)
                for (int x = (int)px - 4; x <= (int)px + 5; x++) {
                    float dx = (float)x - px, dy = (float)y - py, d = 1 - (dx * dx + dy * dy) / (radius * radius);
                    float *texel = texture + (y & MASK) * SIDE + (x & MASK);
                    float pit = d > 0 ? depth * d * d : 0;
                    *texel = pit > *texel ? pit : *texel;
                }
        }
}

lw_textures *lw_textures_make(lw_arena *arena)
{
    lw_textures *made = lw_new(arena, lw_textures);
    lw_random random = lw_random_for(0, 0, 7);
    float strength = 0.75f;
    for (int cells = 4; cells <= 64; cells *= 2, strength *= 0.6f)
        add_octave(made->cloud, cells, strength, &random);
    add_pores(made->pores, &random);
    for (int i = 0; i < SIDE * SIDE; i++)
        made->grain[i] = lw_random_bell(&random);
    return made;
}
