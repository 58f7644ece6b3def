/* SPDX-License-Identifier: Apache-2.0 */
/* How operators with timers answer a watermark: one timer at a time, in order, until blocked. */
#ifndef PM_FIRE_H
#define PM_FIRE_H

#include "pm_operator.h"

/* Longest duration in a config, 73 years: ends and timers then stay far from the limits of time. */
#define PM_DURATION_MAX (INT64_MAX / 4)

/** @p time_ns later by @p duration_ns >= 0; the end of time at most. */
static inline int64_t pm_time_plus(int64_t time_ns, int64_t duration_ns)
{
    return time_ns > PM_TIME_MAX - duration_ns ? PM_TIME_MAX : time_ns + duration_ns;
}

/** What one timer does: looks up, makes rows in the operator's pm_out, deletes, sets timers. */
typedef void (*pm_fire_fn)(struct pm_operator *self, const struct pm_timer *timer);

/** As pm_fire_due for what is due at @p until_ns, but pass no watermark on. */
bool pm_fire_until(struct pm_operator *self, struct pm_cell *timers, struct pm_out *out,
                   pm_fire_fn fire, int64_t until_ns);

/**
 * Fire what @p watermark_ns makes due in @p timers, in timer order, and pass the watermark on,
 * @p lag_ns lower. False when the task is blocked: what is left keeps its place in the cell, and
 * the same call goes on later. State is unpinned before any row of @p out is pushed. Where chunks
 * are pushed, rows gather to a default chunk first, so that what follows need not take them one by
 * one: up to that many timers may still fire once the task is blocked.
 */
bool pm_fire_due(struct pm_operator *self, struct pm_cell *timers, struct pm_out *out,
                 pm_fire_fn fire, int64_t watermark_ns, int64_t lag_ns);

#endif
