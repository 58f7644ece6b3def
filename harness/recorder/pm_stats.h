/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of repeated runs: medians, bootstrap intervals, and what may be said of a difference.
 */
#ifndef PM_STATS_H
#define PM_STATS_H

#include "pm_error.h"

#include <stddef.h>
#include <stdint.h>

/**
 * Error. An interval is the percentile bootstrap at 95 %: R = PM_STATS_RESAMPLES medians of n
 * values drawn with replacement; its ends are the order statistics R * 2.5 % and R * 97.5 %, whose
 * own sampling error is about 0.16 percentage points of coverage. With n = 5 it is nearly always
 * [smallest, largest]: a median of 5 draws is the smallest value in 5.8 % of resamples.
 * Bytes: 8 * (R + PM_STATS_VALUES) on the heap while a function runs, 88 kB.
 * Same values in the same order and same seed: same result on every machine (integer draws, and
 * + / * only).
 */
#define PM_STATS_RESAMPLES 10000u
#define PM_STATS_RUNS_MIN  5u /* fewer runs give no verdict */
#define PM_STATS_VALUES    1000u
#define PM_STATS_NOISE     0.05 /* the default noise band */

/** At most PM_STATS_VALUES finite figures, one a run; borrowed. */
struct pm_stats_sample {
    const double *values;
    size_t count;
};

/** A point with its 95 % interval; low <= high, and the point lies between them. */
struct pm_stats_interval {
    double point, low, high;
};

enum pm_stats_verdict {
    PM_STATS_CANNOT_TELL,   /* too few runs, or the interval reaches into the band and out of it */
    PM_STATS_NO_DIFFERENCE, /* the whole interval lies in the band */
    PM_STATS_DIFFERENT,     /* the whole interval lies outside, on one side */
};

/** The median (of an even count the mean of the two in the middle) with its interval.
 * Errors: PM_EINPUT (no value, too many, one that is not finite), PM_ENOMEM. Cost: about 1 ms at n
 * = 5. */
int pm_stats_median(struct pm_stats_interval *out, const struct pm_stats_sample *sample,
                    uint64_t seed, struct pm_error *error);

/**
 * The ratio of the medians of @p above and @p below, each resampled by itself. Every value has to
 * be above 0 (PM_EINPUT): a ratio to nothing is no figure. Other errors and cost as
 * pm_stats_median.
 */
int pm_stats_ratio(struct pm_stats_interval *out, const struct pm_stats_sample *above,
                   const struct pm_stats_sample *below, uint64_t seed, struct pm_error *error);

/**
 * What the interval of a ratio of medians allows to be said. The band is [1 / (1 + noise), 1 +
 * noise], so that exchanging the two engines gives the same verdict. @p runs: the smaller of the
 * two counts.
 */
enum pm_stats_verdict pm_stats_judge(const struct pm_stats_interval *ratio, double noise,
                                     size_t runs);

/** "cannot tell", "no difference" or "different"; static storage. */
const char *pm_stats_verdict_name(enum pm_stats_verdict verdict);

#endif
