/* SPDX-License-Identifier: Apache-2.0 */
/* The two arrival processes. */
#include "pm_arrivals.h"

#include <assert.h>

#include "pm_clock.h"
#include "pm_real.h"

void pm_arrivals_open(struct pm_arrivals *arrivals, bool poisson, uint64_t rate_per_s,
                      struct pm_random random)
{
    assert(rate_per_s >= 1 && rate_per_s <= PM_NS_PER_S);
    *arrivals = (struct pm_arrivals){
        .poisson = poisson,
        .random = random,
        .rate_per_s = rate_per_s,
        .mean_q32 = ((uint64_t)PM_NS_PER_S << 32) / rate_per_s,
    };
    for (unsigned i = 0; i <= PM_ARRIVALS_TABLE; i++)
        arrivals->minus_log_q32[i] =
            (uint64_t)(-pm_real_log((PM_ARRIVALS_TABLE + i) / (2.0 * PM_ARRIVALS_TABLE)) * 0x1p32 +
                       0.5);
}

static int64_t next_fixed(struct pm_arrivals *arrivals)
{
    const uint64_t due_ns = arrivals->due_ns;

    arrivals->due_ns += (uint64_t)PM_NS_PER_S / arrivals->rate_per_s;
    arrivals->debt += (uint64_t)PM_NS_PER_S % arrivals->rate_per_s;
    if (arrivals->debt >= arrivals->rate_per_s) {
        arrivals->debt -= arrivals->rate_per_s;
        arrivals->due_ns++;
    }
    return (int64_t)due_ns;
}

/* An exponential variable of mean 1 in 2^-32: u = m 2^-zeros, 1/2 <= m < 1. */
static inline uint64_t exponential_q32(struct pm_arrivals *arrivals)
{
    const uint64_t u = pm_random_u64(&arrivals->random) | 1;
    const unsigned zeros = (unsigned)__builtin_clzll(u);
    const uint64_t m = u << zeros;
    const uint64_t *entry = &arrivals->minus_log_q32[m >> 53 & (PM_ARRIVALS_TABLE - 1)];
    const uint64_t step = (entry[0] - entry[1]) * (m >> 21 & 0xffffffffULL) >> 32;

    return zeros * arrivals->minus_log_q32[0] + entry[0] - step;
}

int64_t pm_arrivals_next(struct pm_arrivals *arrivals)
{
    if (!arrivals->poisson)
        return next_fixed(arrivals);
    arrivals->due_q32 += (unsigned __int128)exponential_q32(arrivals) * arrivals->mean_q32 >> 32;
    return (int64_t)(arrivals->due_q32 >> 32);
}
