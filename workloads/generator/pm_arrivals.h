/* SPDX-License-Identifier: Apache-2.0 */
/* When records are due: at a fixed rate, or as a Poisson process of that rate. */
#ifndef PM_ARRIVALS_H
#define PM_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "pm_random.h"

#define PM_ARRIVALS_TABLE 1024u

/** Opened by pm_arrivals_open; owns nothing. */
struct pm_arrivals {
    bool poisson;
    struct pm_random random;
    uint64_t rate_per_s;
    uint64_t due_ns;           /* fixed: of the next record */
    uint64_t debt;             /* fixed: what due_ns is too early, in units of 1/rate ns */
    unsigned __int128 due_q32; /* Poisson: of the record before, in 2^-32 ns */
    uint64_t mean_q32;         /* Poisson: of the gaps, in 2^-32 ns */
    uint64_t minus_log_q32[PM_ARRIVALS_TABLE + 1]; /* -ln of [1/2, 1], in 2^-32 */
};

/** @p rate_per_s: 1..10^9. */
void pm_arrivals_open(struct pm_arrivals *arrivals, bool poisson, uint64_t rate_per_s,
                      struct pm_random random);

/**
 * The next due time, ns from the start, never less than the one before. Fixed: number i is due at
 * floor(i / rate), without drift. Poisson: gaps are -ln(u) / rate, u of 64 bits: its leading zeros
 * count ln 2 each, the rest is interpolated in the table; the mean is exact to 5e-8, gaps reach 44
 * times the mean, and everything after the table is integer arithmetic. Cost: 3 ns either way.
 */
int64_t pm_arrivals_next(struct pm_arrivals *arrivals);

#endif
