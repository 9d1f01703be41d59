/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lockcheck guest: how long each vCPU thinks and holds, drawn beforehand.
 *
 * Random numbers are Marsaglia's xorshift (2003, 13/17/5) behind a finalizer of multiplications and shifts,
 * one stream a vCPU. An exponential one is -ln(u) by the inverse method; the logarithm is found bit by
 * bit by squaring, in fixed point, so that every machine finds the same. Limits: period 2^32 - 1; an
 * exponential draw is at most 22 times its mean and at least one loop. */
#include "draws.h"

#define LN2_Q16 45426u /* ln 2 */

static uint32_t mix(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

static uint32_t next(uint32_t *state)
{
    uint32_t x = *state;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *state = x;
    return mix(x);
}

/* -log2(r / 2^32) in 1/65536, r > 0. */
static uint32_t minus_log2(uint32_t r)
{
    unsigned zeros = (unsigned)__builtin_clz(r);
    uint64_t x = (uint64_t)r << zeros; /* 1 to 2, its point before bit 31 */
    uint32_t fraction = 0;

    for (int i = 0; i < 16; i++) {
        x = x * x >> 31;
        fraction <<= 1;
        if (x >> 32) {
            fraction |= 1;
            x >>= 1;
        }
    }
    return (32u << 16) - ((31u - zeros) << 16) - fraction;
}

static uint32_t draw(enum lc_spread spread, uint32_t mean, uint32_t *state)
{
    uint32_t r = next(state);
    uint64_t value = mean;

    if (spread == LC_UNIFORM)
        value = (uint64_t)r * (2ull * mean) >> 32;
    else if (spread == LC_EXPONENTIAL)
        value = ((uint64_t)mean * ((uint64_t)minus_log2(r | 1) * LN2_Q16 >> 16) + 32768) >> 16;
    return value > 0 ? (uint32_t)value : 1;
}

uint32_t lc_draws_fill(const struct lc_options *options, unsigned vcpu, struct lc_draw *draws,
                       unsigned count)
{
    uint32_t state = mix(options->seed * 0x9e3779b9u + vcpu + 1) | 1;

    for (unsigned i = 0; i < count; i++) {
        draws[i].think = draw(options->spread, options->think, &state);
        draws[i].crit = draw(options->spread, options->crit, &state);
        draws[i].flag = (next(&state) & 255) < options->flagged;
        draws[i].unused = 0;
    }
    return draw(LC_UNIFORM, (options->think + options->crit) / 2 + 1, &state);
}
