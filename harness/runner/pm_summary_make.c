/* SPDX-License-Identifier: Apache-2.0 */
/* The runs of an instance as one line: medians, and how far they spread. */
#include "pm_summary_make.h"

#include <stddef.h>
#include <string.h>

#include "pm_stats.h"

static const struct {
    size_t offset;        /* of the spread in the summary */
    size_t figure_offset; /* of its figure in a row */
} spreads[] = {
    {offsetof(struct pm_summary, throughput_per_s), offsetof(struct pm_row, throughput_per_s)},
    {offsetof(struct pm_summary, p50_ns), offsetof(struct pm_row, latency.percentile[PM_P50])},
    {offsetof(struct pm_summary, p99_ns), offsetof(struct pm_row, latency.percentile[PM_P99])},
    {offsetof(struct pm_summary, p99_9_ns), offsetof(struct pm_row, latency.percentile[PM_P99_9])},
    {offsetof(struct pm_summary, max_ns), offsetof(struct pm_row, latency.max)},
    {offsetof(struct pm_summary, service_p99_ns),
     offsetof(struct pm_row, service.percentile[PM_P99])},
    {offsetof(struct pm_summary, cpu_work_s_per_million),
     offsetof(struct pm_row, cpu_work_s_per_million)},
    {offsetof(struct pm_summary, memory_peak_bytes), offsetof(struct pm_row, memory_peak_bytes)},
};

static bool counts(const struct pm_row *row, const char *instance)
{
    return strcmp(row->instance, instance) == 0 && row->audit.reasons == 0 && row->code == 0;
}

static int make_spread(struct pm_spread *out, const double *values, size_t count,
                       const char *unknown, uint64_t seed, struct pm_error *error)
{
    const struct pm_stats_sample sample = {values, count};
    struct pm_stats_interval interval;

    out->median = out->low = out->high = pm_figure_unknown(unknown);
    if (unknown != NULL)
        return 0;
    const int code = pm_stats_median(&interval, &sample, seed, error);
    if (code != 0)
        return code;
    out->median = pm_figure_of(interval.point);
    out->low = out->high = pm_figure_unknown("fewer than five runs");
    if (count >= PM_STATS_RUNS_MIN) {
        out->low = pm_figure_of(interval.low);
        out->high = pm_figure_of(interval.high);
    }
    return 0;
}

static struct pm_figure figure_at(const void *base, size_t offset)
{
    return *(const struct pm_figure *)(const void *)((const char *)base + offset);
}

/* The figure at @p offset of each valid run; *unknown says why there is no median of them. */
static size_t collect(double *values, const char **unknown, const struct pm_row *row, unsigned rows,
                      const char *instance, size_t offset)
{
    size_t count = 0;

    *unknown = NULL;
    for (unsigned i = 0; i < rows && count < PM_STATS_VALUES; i++) {
        const struct pm_figure figure = figure_at(&row[i], offset);

        if (!counts(&row[i], instance))
            continue;
        if (figure.unknown != NULL) /* the median of the runs that know it would favour some */
            *unknown = figure.unknown;
        values[count++] = figure.value;
    }
    if (count == 0)
        *unknown = "no valid run";
    return count;
}

int pm_summary_make(struct pm_summary *summary, const struct pm_row *row, unsigned rows,
                    const char *instance, uint64_t seed, struct pm_error *error)
{
    double values[PM_STATS_VALUES];
    int code = 0;

    *summary = (struct pm_summary){.instance = instance};
    for (unsigned i = 0; i < rows; i++) {
        if (strcmp(row[i].instance, instance) != 0)
            continue;
        summary->scenario = row[i].scenario;
        summary->engine = row[i].engine;
        summary->is_floor = row[i].is_floor;
        summary->runs += counts(&row[i], instance) ? 1u : 0u;
    }
    for (unsigned s = 0; s < sizeof spreads / sizeof spreads[0] && code == 0; s++) {
        const char *unknown;
        const size_t count =
            collect(values, &unknown, row, rows, instance, spreads[s].figure_offset);

        code = make_spread((struct pm_spread *)(void *)((char *)summary + spreads[s].offset),
                           values, count, unknown, seed, error);
    }
    return code;
}
