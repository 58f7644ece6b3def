/* SPDX-License-Identifier: Apache-2.0 */
/* Timers: a heap of distinct times, and for each time the list of those set for it. */
#ifndef PM_TIMERS_H
#define PM_TIMERS_H

#include "pm_lists.h"
#include "pm_state.h"

/** One entry in the heap serves all keys whose windows end together. */
struct pm_timers {
    struct pm_lists by_time;
    int64_t *heap; /* distinct times, the smallest first */
    uint64_t count, room;
};

/** Errors: PM_ENOMEM. */
int pm_timers_open(struct pm_timers *timers, struct pm_blocks *blocks);
void pm_timers_close(struct pm_timers *timers);

/** False when memory ran out. Cost: O(1) for a time that is known, else O(log times). */
bool pm_timers_set(struct pm_timers *timers, const struct pm_timer *timer);

/** Take out the first by time, then by order of setting, at or before @p watermark_ns. */
bool pm_timers_pop(struct pm_timers *timers, int64_t watermark_ns, struct pm_timer *timer);

/** The key of the timer @p places behind the next one, when it has the same time. Cost: O(1). */
bool pm_timers_ahead(struct pm_timers *timers, uint32_t places, uint64_t *key);

#endif
