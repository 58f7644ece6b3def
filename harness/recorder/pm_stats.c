/* SPDX-License-Identifier: Apache-2.0 */
/* Medians and their bootstrap intervals. */
#include "pm_stats.h"

#include "pm_random.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOW_RANK  (PM_STATS_RESAMPLES / 40)                      /* 2.5 % */
#define HIGH_RANK (PM_STATS_RESAMPLES - PM_STATS_RESAMPLES / 40) /* 97.5 % */

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;

    return (a > b) - (a < b);
}

static int check_sample(const struct pm_stats_sample *sample, double least, struct pm_error *error)
{
    if (sample->count == 0 || sample->count > PM_STATS_VALUES)
        return pm_error_set(error, PM_EINPUT, "statistics of %zu values: expected 1 to %u",
                            sample->count, PM_STATS_VALUES);
    for (size_t i = 0; i < sample->count; i++) {
        if (!isfinite(sample->values[i]) || !(sample->values[i] > least))
            return pm_error_set(error, PM_EINPUT, "statistics: value %zu of %zu: expected %s",
                                i + 1, sample->count, least == 0 ? "one above 0" : "a finite one");
    }
    return 0;
}

/* Sorts by insertion: a handful of runs is the rule, and qsort's calls would cost more than that.
 */
static void sort_few(double *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const double value = values[i];
        size_t j = i;

        for (; j > 0 && values[j - 1] > value; j--)
            values[j] = values[j - 1];
        values[j] = value;
    }
}

/* The median of @p values, which it sorts. */
static double take_median(double *values, size_t count)
{
    if (count <= 32)
        sort_few(values, count);
    else
        qsort(values, count, sizeof *values, by_value);
    if (count % 2 == 1)
        return values[count / 2];
    return values[count / 2 - 1] / 2 + values[count / 2] / 2;
}

static double sample_median(const struct pm_stats_sample *sample, double *scratch)
{
    memcpy(scratch, sample->values, sample->count * sizeof *scratch);
    return take_median(scratch, sample->count);
}

static double resampled_median(const struct pm_stats_sample *sample, struct pm_random *random,
                               double *scratch)
{
    for (size_t i = 0; i < sample->count; i++)
        scratch[i] = sample->values[pm_random_below(random, sample->count)];
    return take_median(scratch, sample->count);
}

/* The interval of the median of @p above, or of its ratio to that of @p below where there is one.
 */
static int bootstrap(struct pm_stats_interval *out, const struct pm_stats_sample *above,
                     const struct pm_stats_sample *below, uint64_t seed, struct pm_error *error)
{
    double *points = malloc((PM_STATS_RESAMPLES + PM_STATS_VALUES) * sizeof *points);

    if (points == NULL)
        return pm_error_set(error, PM_ENOMEM, "statistics: no memory to resample");

    double *scratch = points + PM_STATS_RESAMPLES;
    struct pm_random first = pm_random_open(seed, 0);
    struct pm_random second = pm_random_open(seed, 1);

    for (size_t i = 0; i < PM_STATS_RESAMPLES; i++) {
        points[i] = resampled_median(above, &first, scratch);
        if (below != NULL)
            points[i] /= resampled_median(below, &second, scratch);
    }
    qsort(points, PM_STATS_RESAMPLES, sizeof *points, by_value);
    out->point = sample_median(above, scratch);
    if (below != NULL)
        out->point /= sample_median(below, scratch);
    out->low = fmin(points[LOW_RANK - 1], out->point);
    out->high = fmax(points[HIGH_RANK - 1], out->point);
    free(points);
    return 0;
}

int pm_stats_median(struct pm_stats_interval *out, const struct pm_stats_sample *sample,
                    uint64_t seed, struct pm_error *error)
{
    const int code = check_sample(sample, -INFINITY, error);

    return code < 0 ? code : bootstrap(out, sample, NULL, seed, error);
}

int pm_stats_ratio(struct pm_stats_interval *out, const struct pm_stats_sample *above,
                   const struct pm_stats_sample *below, uint64_t seed, struct pm_error *error)
{
    int code = check_sample(above, 0, error);

    if (code == 0)
        code = check_sample(below, 0, error);
    return code < 0 ? code : bootstrap(out, above, below, seed, error);
}

enum pm_stats_verdict pm_stats_judge(const struct pm_stats_interval *ratio, double noise,
                                     size_t runs)
{
    const double most = 1 + noise;
    const double least = 1 / most;

    assert(noise >= 0);
    if (runs < PM_STATS_RUNS_MIN)
        return PM_STATS_CANNOT_TELL;
    if (ratio->low > most || ratio->high < least)
        return PM_STATS_DIFFERENT;
    if (ratio->low >= least && ratio->high <= most)
        return PM_STATS_NO_DIFFERENCE;
    return PM_STATS_CANNOT_TELL;
}

const char *pm_stats_verdict_name(enum pm_stats_verdict verdict)
{
    static const char *const names[] = {"cannot tell", "no difference", "different"};

    return names[verdict];
}
