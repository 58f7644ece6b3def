/* SPDX-License-Identifier: Apache-2.0 */
/* How operators with timers answer a watermark: one timer at a time, in order, slice by slice. */
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
 * @p lag_ns lower. False when the task is blocked, when its slice of timers is used up, or when an
 * operator behind has not finished: what is left keeps its place in the cell, and the same call
 * goes on later. State is unpinned before any row of @p out is pushed. Where chunks are pushed,
 * rows gather to a default chunk first, so that what follows need not take them one by one: up to
 * that many timers may still fire once the task is blocked.
 *
 * Between two slices of a watermark w the task may take records, and no result can tell. To act
 * late on a promise is always allowed (the staged engines do so at the end of a range), timers
 * touch their own key alone, and they fire in order of time: each key is as if it had been told w,
 * or a watermark before it.
 * - No such record counts in what w fires. It comes from inputs that have promised w: either its
 *   time is at least w, so at or behind every end up to w (ends are exclusive, a point in time t
 *   ends at t + 1), or it brings the watermark that it is behind, which is at least w, and counts
 *   only above that. Lateness never asks how far an operator has come.
 * - No such record sets a timer that is due at w, for the same reason, so that the firing comes to
 *   an end at any rate of input. An operator that sets timers by watermarks must see to it itself
 *   (coalesce does).
 * - w is passed on once all is fired. Rows that a record makes on arrival keep the promise of w.
 * - A key's rows keep their order; those of different keys may come in another.
 */
bool pm_fire_due(struct pm_operator *self, struct pm_cell *timers, struct pm_out *out,
                 pm_fire_fn fire, int64_t watermark_ns, int64_t lag_ns);

#endif
