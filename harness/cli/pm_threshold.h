/* SPDX-License-Identifier: Apache-2.0 */
/* Thresholds: "p99<20ms", "throughput>=100k/s", "lost==0"; a run that misses one ends with 99. */
#ifndef PM_THRESHOLD_H
#define PM_THRESHOLD_H

#include "pm_runner.h"

#define PM_THRESHOLD_TEXT_SIZE 64u

enum pm_threshold_op {
    PM_THRESHOLD_LESS,
    PM_THRESHOLD_LESS_EQUAL,
    PM_THRESHOLD_EQUAL,
    PM_THRESHOLD_NOT_EQUAL,
    PM_THRESHOLD_GREATER_EQUAL,
    PM_THRESHOLD_GREATER,
};

struct pm_threshold {
    unsigned metric; /* row of the table in pm_threshold.c */
    enum pm_threshold_op op;
    int64_t limit; /* in the metric's unit: ns, bytes, per second or a count */
    char text[PM_THRESHOLD_TEXT_SIZE];
};

/** Parse "metric op value", blanks allowed. Errors: PM_EINPUT names the metrics or the unit. */
int pm_threshold_parse(struct pm_threshold *out, const char *text, struct pm_error *error);

/** What became of a threshold for one instance. */
struct pm_threshold_result {
    bool passed;
    struct pm_figure figure; /* unknown: the threshold is missed, for nothing shows that it holds */
};

/**
 * Evaluate @p threshold for the instance of @p summary: latencies, throughput, CPU and memory by
 * the median of its runs (a percentile only with PM_SAMPLES_TO_JUDGE samples above it in each),
 * counts by their sum over its rows in @p outcome.
 */
struct pm_threshold_result pm_threshold_check(const struct pm_threshold *threshold,
                                              const struct pm_outcome *outcome,
                                              const struct pm_summary *summary);

/** Write "p99 12.3 ms" as the threshold's metric shows @p figure; returns @p buffer. */
char *pm_threshold_figure(char *buffer, size_t size, const struct pm_threshold *threshold,
                          struct pm_figure figure);

#endif
