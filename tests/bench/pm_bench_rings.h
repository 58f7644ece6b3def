/* SPDX-License-Identifier: Apache-2.0 */
/* What loops written by hand keep of a key: the records of two sides that lie within a bound. */
#ifndef PM_BENCH_RINGS_H
#define PM_BENCH_RINGS_H

#include <string.h>

#include "pm_bench_chain.h"

#define PM_BENCH_RING                                                                              \
    32u /* more than a key has within the bound, but for one case in many thousands */

struct pm_bench_ring {
    uint32_t head, tail;
    struct {
        int64_t time_ns;
        uint64_t payload[PM_PAYLOAD_WORDS];
        bool matched;
    } at[PM_BENCH_RING];
};
static inline void pm_bench_push(struct pm_bench_ring *ring, const struct pm_record *row)
{
    const uint32_t at = ring->tail++ % PM_BENCH_RING;

    ring->at[at].time_ns = row->event_time_ns;
    ring->at[at].matched = false;
    memcpy(ring->at[at].payload, row->payload, sizeof row->payload);
    if (ring->tail - ring->head > PM_BENCH_RING)
        ring->head++;
}

#endif
