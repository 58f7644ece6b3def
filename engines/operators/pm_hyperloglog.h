/* SPDX-License-Identifier: Apache-2.0 */
/* HyperLogLog: how many different values there were, from a few hundred bytes. */
#ifndef PM_HYPERLOGLOG_H
#define PM_HYPERLOGLOG_H

#include "pm_hash.h"

#include <stdint.h>

#define PM_HLL_PRECISION_MIN 4u
#define PM_HLL_PRECISION_MAX 11u /* a sketch then fits a cell of keyed state beside other folds */

/**
 * A sketch of m = 2^precision registers, all zero when empty. Relative standard error: 1.04 /
 * sqrt(m), 3.3 % for precision 10, over the whole range. Bytes: 152 + m, 1176 for precision 10.
 * estimate is kept up to date, so that reading it costs nothing: it changes only when a register
 * does, about m ln(n / m) times in n values.
 * Source: Flajolet et al., "HyperLogLog", AofA 2007; the estimator is the improved raw one of Ertl,
 * "New cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284, algorithm 6:
 * without ranges or tables, and made of + - * / and square roots alone, so that every compiler
 * gives the same bits. Values are hashed by pm_hash_u64, a bijection: no two collide.
 */
struct pm_hll {
    int64_t estimate;
    uint16_t count[72]; /* registers by their value, 0 excepted */
    uint8_t registers[];
};

/* Keys of one subtask share the topmost bits of their plain hash, and they may be the values. */
#define PM_HLL_SALT 0x9e3779b97f4a7c15ULL

static inline uint32_t pm_hll_bytes(unsigned precision)
{
    return (uint32_t)sizeof(struct pm_hll) + (1u << precision);
}

/** Register @p index takes @p rank, which is above what it holds; the estimate follows. */
void pm_hll_raise(struct pm_hll *sketch, unsigned precision, uint32_t index, uint8_t rank);

/** Count @p value. Cost: a hash and a compare; a register that rises costs a pass over 72 counts.
 */
static inline void pm_hll_add(struct pm_hll *sketch, unsigned precision, int64_t value)
{
    const uint64_t hash = pm_hash_u64((uint64_t)value + PM_HLL_SALT);
    const uint32_t index = (uint32_t)(hash >> (64 - precision));
    const uint64_t rest = hash << precision | 1ULL << (precision - 1);
    const uint8_t rank = (uint8_t)(1 + __builtin_clzll(rest));

    if (__builtin_expect(rank > sketch->registers[index], 0))
        pm_hll_raise(sketch, precision, index, rank);
}

/** Count in @p into all that @p from has counted. Cost: a pass over the registers. */
void pm_hll_merge(struct pm_hll *into, const struct pm_hll *from, unsigned precision);

#endif
