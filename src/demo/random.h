/* Seeded numbers and the few functions that drawing needs: the same bits on every machine, so libm's sine and power are not used. */
#pragma once

#include <math.h>
#include <stdint.h>

typedef struct lw_random {
    uint64_t state;
} lw_random;

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t lw_random_next(lw_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* An independent sequence for each (seed, index, purpose). */
static inline lw_random lw_random_for(uint64_t seed, uint64_t index, uint64_t purpose)
{
    lw_random random = {seed};
    random.state = lw_random_next(&random) ^ index;
    random.state = lw_random_next(&random) ^ purpose;
    random.state = lw_random_next(&random);
    return random;
}

static inline float lw_random_unit(lw_random *random) { return (float)(lw_random_next(random) >> 40) * 0x1p-24f; } /* [0, 1) */
static inline float lw_random_between(lw_random *random, float low, float high) { return low + (high - low) * lw_random_unit(random); }
static inline int lw_random_below(lw_random *random, int n) { return (int)(lw_random_next(random) >> 33) % n; }
static inline int lw_random_is(lw_random *random, float chance) { return lw_random_unit(random) < chance; }
/* About normal, mean 0 and deviation 1, within ±3.5: the sum of four uniform numbers. */
static inline float lw_random_bell(lw_random *random)
{
    float sum = lw_random_unit(random) + lw_random_unit(random);
    return (sum + lw_random_unit(random) + lw_random_unit(random) - 2) * 1.7320508f;
}

/* Of an angle in turns; error below 1e-7. */
static inline double lw_sine(double turns)
{
    double t = turns - floor(turns + 0.5);
    t = t > 0.25 ? 0.5 - t : t < -0.25 ? -0.5 - t : t;
    double x = t * 6.283185307179586, s = x * x;
    return x * (1 + s * (-1 / 6.0 + s * (1 / 120.0 + s * (-1 / 5040.0 + s * (1 / 362880.0 - s / 39916800.0)))));
}
static inline double lw_cosine(double turns) { return lw_sine(turns + 0.25); }

/* 2 to the power x, |x| < 60. */
static inline double lw_power_of_two(double x)
{
    double whole = floor(x), y = (x - whole) * 0.6931471805599453, term = 1, sum = 1;
    for (int i = 1; i < 16; i++)
        sum += term *= y / i;
    for (; whole > 0; whole--)
        sum *= 2;
    for (; whole < 0; whole++)
        sum *= 0.5;
    return sum;
}

/* The angle of (x, y) in turns, [-0.5, 0.5]; error below 1e-4. */
static inline float lw_angle(float y, float x)
{
    float ax = x < 0 ? -x : x, ay = y < 0 ? -y : y, high = ax > ay ? ax : ay, low = ax > ay ? ay : ax;
    float a = low / (high + 1e-20f), s = a * a;
    float turns = (((-0.0464964749f * s + 0.15931422f) * s - 0.327622764f) * s * a + a) * 0.15915494f;
    turns = ay > ax ? 0.25f - turns : turns;
    turns = x < 0 ? 0.5f - turns : turns;
    return y < 0 ? -turns : turns;
}

static inline float lw_clamp(float x, float low, float high) { return x < low ? low : x > high ? high : x; }
static inline float lw_mix(float a, float b, float part) { return a + (b - a) * part; }
/* 0 up to `from`, 1 beyond `to`, smooth between. */
static inline float lw_smooth(float from, float to, float x)
{
    float t = lw_clamp((x - from) / (to - from), 0, 1);
    return t * t * (3 - 2 * t);
}
