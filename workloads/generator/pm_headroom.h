/* SPDX-License-Identifier: Apache-2.0 */
/* How fast the generator could go: what a rate must stay far below to be kept. */
#ifndef PM_HEADROOM_H
#define PM_HEADROOM_H

#include "pm_generator.h"

#define PM_HEADROOM_FACTOR 3 /* a rate above the maximum through this is refused, unless forced */

/**
 * Measure @p rate_per_s, the most records of the whole sequence a second that one core generates,
 * copying its part of them into frames, with @p config: its streams, keys, disorder and codec, at
 * the highest rate of its schedule; a trace is read as it is. Of several parts it is the one with
 * the most to do, that of a hot key, say; of a trace's, config->part. Takes at most @p budget_ns
 * (50 ms say much) of the calling thread, less where a trace ends before, and uses CPU time, so
 * that a busy machine does not lower the result. Errors: those of pm_generator_open and
 * pm_generator_next.
 */
int pm_headroom_measure(int64_t *rate_per_s, const struct pm_generator_config *config,
                        int64_t budget_ns, struct pm_error *error);

#endif
