/* SPDX-License-Identifier: Apache-2.0 */
/* Hiccup monitor: how late the machine wakes a thread that only sleeps. */
#ifndef PM_HICCUP_H
#define PM_HICCUP_H

#include "pm_histogram.h"

#define PM_HICCUP_NAP_NS PM_NS_PER_MS

struct pm_hiccup;

/**
 * Start a thread that is due every @p nap_ns (100 us or more) and records in ns, for each time it
 * was due, how late it ran. A stall of s is therefore floor(s / nap) samples of s, s - nap, ...,
 * the share of time that a thread would have waited, and not one sample among thousands. Floor: the
 * machine's timer lateness, 40 to 100 us where nothing stalls. Owner: borrows @p histogram until
 * pm_hiccup_stop and is its one writer; snapshots as ever. Errors: PM_EINPUT (@p nap_ns), PM_EFAIL
 * (no thread), PM_ENOMEM. Cost: about 0.5 % of a core at 1 ms. Source: Gil Tene's jHiccup; ours: a
 * schedule instead of its corrected samples.
 */
int pm_hiccup_start(struct pm_hiccup **out, struct pm_histogram *histogram, int64_t nap_ns,
                    struct pm_error *error);

/** Stop, wait for the thread (one nap at most) and free; accepts NULL. */
void pm_hiccup_stop(struct pm_hiccup *hiccup);

#endif
