/* SPDX-License-Identifier: Apache-2.0 */
/* A seeded random stream of integers: the same bytes on every machine and compiler. */
#ifndef PM_RANDOM_H
#define PM_RANDOM_H

#include "pm_hash.h"

/** SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): 8 bytes of state, equidistributed, 1 ns. */
struct pm_random {
    uint64_t state;
};

/** A stream for (@p seed, @p stream): streams of one seed are independent of each other. */
static inline struct pm_random pm_random_open(uint64_t seed, uint64_t stream)
{
    return (struct pm_random){pm_hash_u64(seed ^ pm_hash_u64(stream + 0x9e3779b97f4a7c15ULL))};
}

static inline uint64_t pm_random_u64(struct pm_random *random)
{
    random->state += 0x9e3779b97f4a7c15ULL;
    return pm_hash_u64(random->state);
}

/** Uniform in [0, @p bound), @p bound > 0, without a division (Lemire 2019; bias below 2^-32). */
static inline uint64_t pm_random_below(struct pm_random *random, uint64_t bound)
{
    return (uint64_t)(((unsigned __int128)pm_random_u64(random) * bound) >> 64);
}

/** Uniform in [@p low, @p high], both included, @p low <= @p high. */
static inline int64_t pm_random_between(struct pm_random *random, int64_t low, int64_t high)
{
    return low + (int64_t)pm_random_below(random, (uint64_t)(high - low) + 1u);
}

/** Uniform in [0, 1) with 53 bits; exact in every compiler. */
static inline double pm_random_unit(struct pm_random *random)
{
    return (double)(pm_random_u64(random) >> 11) * 0x1.0p-53;
}

#endif
