/* SPDX-License-Identifier: Apache-2.0 */
/* What a histogram says: counts, extremes, moments, percentiles. */
#include "pm_histogram.h"

#include <math.h>

static uint64_t load(const struct pm_histogram *histogram, uint32_t cell)
{
    return atomic_load_explicit(&histogram->cells[cell], memory_order_relaxed);
}

/* The number of low bits that the values of one cell differ in. */
static unsigned cell_bits(const struct pm_histogram *histogram, uint32_t cell)
{
    const uint32_t bucket = cell >> histogram->half_bits;

    return (bucket == 0 ? 0 : bucket - 1) + histogram->unit_bits;
}

uint64_t pm_histogram_count_at(const struct pm_histogram *histogram, uint32_t cell)
{
    return load(histogram, cell);
}

int64_t pm_histogram_lowest_at(const struct pm_histogram *histogram, uint32_t cell)
{
    const uint32_t half = 1u << histogram->half_bits;
    const uint32_t sub = cell < half ? cell : (cell & (half - 1)) + half;

    return (int64_t)((uint64_t)sub << cell_bits(histogram, cell));
}

int64_t pm_histogram_highest_at(const struct pm_histogram *histogram, uint32_t cell)
{
    const int64_t width = (int64_t)(1ULL << cell_bits(histogram, cell));

    return pm_histogram_lowest_at(histogram, cell) + (width - 1);
}

static double middle_at(const struct pm_histogram *histogram, uint32_t cell)
{
    const uint64_t width = 1ULL << cell_bits(histogram, cell);

    return (double)(pm_histogram_lowest_at(histogram, cell) + (int64_t)(width >> 1));
}

uint64_t pm_histogram_count(const struct pm_histogram *histogram)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < histogram->length; i++)
        count += load(histogram, i);
    return count;
}

uint64_t pm_histogram_overflow(const struct pm_histogram *histogram)
{
    return load(histogram, histogram->length);
}

uint64_t pm_histogram_negative(const struct pm_histogram *histogram)
{
    return load(histogram, histogram->length + 1);
}

int64_t pm_histogram_min(const struct pm_histogram *histogram)
{
    for (uint32_t i = 0; i < histogram->length; i++) {
        if (load(histogram, i) != 0)
            return pm_histogram_lowest_at(histogram, i);
    }
    return 0;
}

int64_t pm_histogram_max(const struct pm_histogram *histogram)
{
    for (uint32_t i = histogram->length; i-- > 0;) {
        if (load(histogram, i) != 0)
            return pm_histogram_highest_at(histogram, i);
    }
    return 0;
}

double pm_histogram_mean(const struct pm_histogram *histogram)
{
    const uint64_t count = pm_histogram_count(histogram);
    double sum = 0;

    for (uint32_t i = 0; i < histogram->length; i++) {
        const uint64_t here = load(histogram, i);
        if (here != 0)
            sum += middle_at(histogram, i) * (double)here;
    }
    return count == 0 ? 0 : sum / (double)count;
}

double pm_histogram_stddev(const struct pm_histogram *histogram)
{
    const uint64_t count = pm_histogram_count(histogram);
    const double mean = pm_histogram_mean(histogram);
    double sum = 0;

    for (uint32_t i = 0; i < histogram->length; i++) {
        const uint64_t here = load(histogram, i);
        const double away = middle_at(histogram, i) - mean;

        if (here != 0)
            sum += away * away * (double)here;
    }
    return count == 0 ? 0 : sqrt(sum / (double)count);
}

/* One ulp less, so that 99.9 % of 1000, a little above 999 in binary, is rank 999 and not 1000. */
static uint64_t rank_of(double percentile, uint64_t count)
{
    double wanted = nextafter(percentile, -INFINITY);

    if (!(wanted > 0))
        wanted = 0;
    if (wanted > 100)
        wanted = 100;

    const uint64_t rank = (uint64_t)ceil(wanted * (double)count / 100.0);

    if (rank > count)
        return count;
    return rank == 0 ? 1 : rank;
}

int64_t pm_histogram_percentile(const struct pm_histogram *histogram, double percentile)
{
    const uint64_t count = pm_histogram_count(histogram) + pm_histogram_overflow(histogram);
    const uint64_t rank = rank_of(percentile, count);
    uint64_t seen = 0;

    if (count == 0)
        return 0;
    for (uint32_t i = 0; i < histogram->length; i++) {
        seen += load(histogram, i);
        if (seen >= rank)
            return percentile <= 0 ? pm_histogram_lowest_at(histogram, i)
                                   : pm_histogram_highest_at(histogram, i);
    }
    return PM_HISTOGRAM_BEYOND;
}

uint64_t pm_histogram_samples_above(const struct pm_histogram *histogram, double percentile)
{
    const uint64_t count = pm_histogram_count(histogram) + pm_histogram_overflow(histogram);

    return count == 0 ? 0 : count - rank_of(percentile, count);
}

bool pm_histogram_supports(const struct pm_histogram *histogram, double percentile)
{
    return pm_histogram_samples_above(histogram, percentile) >= PM_SAMPLES_TO_PRINT;
}
