/* SPDX-License-Identifier: Apache-2.0 */
/* Quantiles, stalls above them, and whether a yardstick holds still enough to judge by. */
#include "pm_bench_tail.h"

#include <stdio.h>
#include <stdlib.h>

#include "pm_histogram.h"

#define STALLS 30u /* above a quantile: with fewer, one hiccup decides */

static const double quantiles[PM_BENCH_QUANTILES] = {50.0, 99.0, 99.9};

static uint64_t count_stalls(const int64_t *latency_ns, size_t count, int64_t limit_ns)
{
    uint64_t stalls = 0;

    for (size_t i = 0; i < count; i++)
        stalls += latency_ns[i] > limit_ns && (i == 0 || latency_ns[i - 1] <= limit_ns);
    return stalls;
}

void pm_bench_tail_measure(struct pm_bench_tail *out, const int64_t *latency_ns, size_t count)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct pm_histogram *histogram;

    pm_bench_check(pm_histogram_open(&histogram, &config, NULL) == 0, "a histogram");
    for (size_t i = 0; i < count; i++)
        pm_histogram_record(histogram, latency_ns[i]);
    for (unsigned q = 0; q < PM_BENCH_QUANTILES; q++) {
        const int64_t limit_ns = pm_histogram_percentile(histogram, quantiles[q]);
        out->us[q] = (double)limit_ns / 1e3;
        out->carries[q] =
            count_stalls(latency_ns, count, limit_ns) >= STALLS &&
            pm_histogram_samples_above(histogram, quantiles[q]) >= PM_SAMPLES_TO_JUDGE;
    }
    pm_histogram_close(histogram);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static bool can_tell(const struct pm_bench_tails *tails, unsigned q, double goal)
{
    double ratios[PM_BENCH_PAIRS];

    for (unsigned i = 0; i < tails->count; i++) {
        ratios[i] = tails->yardstick[i].us[q] / tails->yardstick[i + 1].us[q];
        if (!tails->figure[i].carries[q] || !tails->yardstick[i].carries[q])
            return false;
    }
    qsort(ratios, tails->count, sizeof *ratios, ascending);
    return ratios[1] >= 1.0 / goal && ratios[tails->count - 2] <= goal;
}

void pm_bench_tails_report(const char *row, const char *what,
                           const double goals[PM_BENCH_QUANTILES],
                           const struct pm_bench_tails *tails)
{
    static const char *const names[PM_BENCH_QUANTILES] = {"p50", "p99", "p99.9"};
    double figure[PM_BENCH_PAIRS], yardstick[PM_BENCH_PAIRS];

    for (unsigned q = 0; q < PM_BENCH_QUANTILES; q++) {
        char text[96];
        snprintf(text, sizeof text, "%s, %s", what, names[q]);
        const struct pm_bench_goal goal = {row, text, "us", goals[q], false};
        if (goals[q] == 0)
            continue;
        for (unsigned i = 0; i < tails->count; i++) {
            figure[i] = tails->figure[i].us[q];
            yardstick[i] = (tails->yardstick[i].us[q] + tails->yardstick[i + 1].us[q]) / 2;
        }
        if (can_tell(tails, q, goals[q]))
            pm_bench_report(&goal, tails->count, figure, yardstick);
        else
            pm_bench_cannot_tell(&goal, tails->count, figure, yardstick);
    }
}
