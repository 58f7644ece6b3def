/* SPDX-License-Identifier: Apache-2.0 */
/* Latencies of a run at their quantiles, and pairs of such runs against a yardstick. */
#ifndef PM_BENCH_TAIL_H
#define PM_BENCH_TAIL_H

#include <stddef.h>

#include "pm_bench.h"

#define PM_BENCH_QUANTILES 3u /* p50, p99, p99.9 */

/** What a run showed. */
struct pm_bench_tail {
    double us[PM_BENCH_QUANTILES];
    bool carries[PM_BENCH_QUANTILES]; /* enough samples and stalls lie above it */
};

/** Runs in the order yardstick, figure, yardstick, figure, ..., yardstick: the yardsticks around a
 * figure tell what the platform alone changes between two of them. */
struct pm_bench_tails {
    unsigned count; /* of figures */
    struct pm_bench_tail figure[PM_BENCH_PAIRS], yardstick[PM_BENCH_PAIRS + 1];
};

/** The quantiles of @p count latencies, in the order in which their rows became visible: what lies
 * above a quantile without a break is one stall, and counts once. */
void pm_bench_tail_measure(struct pm_bench_tail *out, const int64_t *latency_ns, size_t count);

/**
 * Print one row for each quantile with a goal (0: none). The verdict is "cannot tell here" where
 * the yardstick against itself lies outside the goal's margin, but for its least and largest ratio,
 * or where a run has too little above the quantile.
 */
void pm_bench_tails_report(const char *row, const char *what,
                           const double goals[PM_BENCH_QUANTILES],
                           const struct pm_bench_tails *tails);

#endif
