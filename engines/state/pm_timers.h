/* SPDX-License-Identifier: Apache-2.0 */
/* Timers: a heap of runs, each the timers of one time that were set one behind the other. */
#ifndef PM_TIMERS_H
#define PM_TIMERS_H

#include "pm_blocks.h"
#include "pm_state.h"

#define PM_TIMERS_RECENT 64u /* a power of two */

/**
 * A timer joins the newest run of its time while that is among the recent ones, else it begins a
 * run. A run that is recent no more takes nothing, so runs of one time hold what was set earlier
 * and later, and the order of setting is that of runs and then within one. No look-up by time, and
 * nothing that hashing spreads over memory: most times have one timer, or are the end of a window
 * in which all keys set theirs.
 * Memory: 64 bytes a run, its first timer included, and 16 each further one, in blocks that double.
 */
struct pm_timers {
    struct pm_blocks *blocks; /* shared with the cells of the state */
    struct pm_timers_node {
        int64_t time_ns;
        pm_block run;
    } * heap; /* the first to fire stands first */
    uint64_t count, room;
    uint64_t runs;                                  /* begun so far */
    struct pm_timers_node recent[PM_TIMERS_RECENT]; /* by a hash of the time; run 0: none */
};

void pm_timers_open(struct pm_timers *timers, struct pm_blocks *blocks);

/** Close the heap; the runs lie in blocks, which belong to the state. */
void pm_timers_close(struct pm_timers *timers);

/** False when memory ran out. Cost: O(1) for a recent time, or where no run fires later, else
 * O(log runs). */
bool pm_timers_set(struct pm_timers *timers, const struct pm_timer *timer);

/** Take out the first by time, then by order of setting, at or before @p watermark_ns. Cost: O(1)
 * within a run, O(log runs) for its last one. */
bool pm_timers_pop(struct pm_timers *timers, int64_t watermark_ns, struct pm_timer *timer);

/** The key of the timer @p places behind the next one, when it lies in the same run. Cost: a step
 * for each block between. */
bool pm_timers_ahead(const struct pm_timers *timers, uint32_t places, uint64_t *key);

/** Bytes of the heap; the blocks count what lies in them. */
static inline uint64_t pm_timers_bytes(const struct pm_timers *timers)
{
    return timers->room * sizeof *timers->heap;
}

#endif
