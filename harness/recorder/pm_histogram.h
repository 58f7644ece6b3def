/* SPDX-License-Identifier: Apache-2.0 */
/* A log-linear histogram of 64-bit values: one cell a record, readable while it is written. */
#ifndef PM_HISTOGRAM_H
#define PM_HISTOGRAM_H

#include "pm_clock.h"
#include "pm_error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Error. With d digits, m = ceil(log2(2 * 10^d)) and u = floor(log2(lowest)), a value v lies in a
 * cell of width w = 2^u up to 2^(m + u), and of width w <= v / 2^(m - 1) beyond. What is reported
 * is the largest value of its cell, so 0 <= reported - v < max(2^u, v * 10^-d): 0.1 % at 3 digits.
 *
 * Bytes. With b = max(1, bits(highest) - m - u + 1) buckets: 320 + 8 * ((b + 1) * 2^(m - 1) + 2).
 * That is 264 KiB for 1 ns .. 1 h at 3 digits, of which a run touches the few KiB it hits.
 *
 * Cells only grow and are never reset; the time between two snapshots is their difference, so a
 * process that is killed between two records leaves a histogram that is right. A value above the
 * highest and a negative one have counters of their own: neither is clamped into a cell.
 *
 * Thread: one writer. Any thread or process that maps the memory may take snapshots meanwhile: each
 * cell of a snapshot is a value that the cell had, and no later snapshot shows less.
 * Address-free: the memory may be mapped elsewhere in another process.
 *
 * Source: Gil Tene's HdrHistogram (index arithmetic and reporting convention, so that its tools
 * show the same figures); ours: no count, minimum or maximum on the way of a record.
 */
struct pm_histogram {
    uint64_t mark;           /* PM_HISTOGRAM_MARK once the memory is laid out */
    int64_t lowest, highest; /* as configured; highest is rounded up to the end of its bucket */
    uint64_t mask;           /* 2^(m + u) - 1: what lies below has the finest cells */
    uint32_t half_bits;      /* m - 1 */
    uint32_t unit_bits;      /* u */
    uint32_t length;         /* cells; behind them the counters of values out of range */
    uint32_t buckets;
    uint32_t digits;
    uint32_t spare[3];
    uint32_t first[64]; /* by shift: (shift - u) * 2^(m - 1); one load replaces product and skip */
    _Atomic uint64_t cells[];
};

struct pm_histogram_config {
    int64_t lowest;  /* a difference smaller than this need not be seen; 1 or more */
    int64_t highest; /* at least twice the lowest */
    unsigned digits; /* significant decimal digits, 1 to 5 */
};

#define PM_HISTOGRAM_CONFIG_INIT                                                                   \
    {                                                                                              \
        .lowest = 1, .highest = 3600 * PM_NS_PER_S, .digits = 3                                    \
    }

#define PM_HISTOGRAM_MARK 0x31746f6f6d64706dULL
#define PM_HISTOGRAM_BEYOND                                                                        \
    INT64_MAX                     /* a percentile that lies among the values above the highest */
#define PM_SAMPLES_TO_PRINT 100u  /* samples above a percentile that is printed */
#define PM_SAMPLES_TO_JUDGE 1000u /* ... and above one that decides a goal or a verdict */

/**
 * Bytes of a histogram of @p config, by the formula above.
 * Errors: PM_EINPUT names the field out of range; @p out is then unchanged.
 */
int pm_histogram_size(size_t *out, const struct pm_histogram_config *config,
                      struct pm_error *error);

/**
 * Lay out an empty histogram in @p memory, which the caller owns, keeps and has aligned to 8 bytes.
 * Every page is touched, so that no record meets a page fault. Errors: PM_EINPUT (@p config, or
 * @p size too small). Cost: O(bytes).
 */
int pm_histogram_place(struct pm_histogram **out, void *memory, size_t size,
                       const struct pm_histogram_config *config, struct pm_error *error);

/**
 * Find the histogram that another process placed in @p memory (mapped shared, @p size bytes).
 * Errors: PM_EMISMATCH when there is none or its layout is not the one of its own configuration.
 */
int pm_histogram_attach(struct pm_histogram **out, void *memory, size_t size,
                        struct pm_error *error);

/** An empty histogram in memory of its own. Errors: PM_EINPUT, PM_ENOMEM. */
int pm_histogram_open(struct pm_histogram **out, const struct pm_histogram_config *config,
                      struct pm_error *error);

/** Free what pm_histogram_open made (nothing that was placed or attached); accepts NULL. */
void pm_histogram_close(struct pm_histogram *histogram);

/* --- the hot path ----------------------------------------------------------------------------- */

/** The cell of @p value >= 0; at least @p histogram->length when the value is above the highest. */
static inline uint32_t pm_histogram_index(const struct pm_histogram *histogram, uint64_t value)
{
    const uint32_t top = 63u ^ (uint32_t)__builtin_clzll(value | histogram->mask);
    const uint32_t shift = top - histogram->half_bits;

    return histogram->first[shift] + (uint32_t)(value >> shift);
}

/** Count @p value, which lies above the highest or below zero: apart, so that the way of all other
 * values stays short. Thread: the one writer. */
void pm_histogram_record_outside(struct pm_histogram *histogram, int64_t value, uint64_t count);

/**
 * Add @p count to the cell of @p value. Shape: a negative value, and one above the highest, count
 * in their own counters. Thread: the one writer. Cost: about 1 ns, no clock, no lock, no
 * allocation; the store is a plain one (relaxed, single writer), whole at every moment.
 */
static inline void pm_histogram_record_n(struct pm_histogram *histogram, int64_t value,
                                         uint64_t count)
{
    const uint32_t index = pm_histogram_index(histogram, (uint64_t)value);

    if (__builtin_expect(index >= histogram->length, 0)) {
        pm_histogram_record_outside(histogram, value, count);
        return;
    }

    _Atomic uint64_t *cell = &histogram->cells[index];

    atomic_store_explicit(cell, atomic_load_explicit(cell, memory_order_relaxed) + count,
                          memory_order_relaxed);
}

/** Add one sample of @p value; as pm_histogram_record_n. */
static inline void pm_histogram_record(struct pm_histogram *histogram, int64_t value)
{
    pm_histogram_record_n(histogram, value, 1);
}

/* --- whole histograms ------------------------------------------------------------------------- */

/** True when the cells of both mean the same values. */
bool pm_histogram_same_layout(const struct pm_histogram *a, const struct pm_histogram *b);

/**
 * Copy the counts of @p live, which may be written meanwhile, over those of @p out.
 * Errors: PM_EMISMATCH (other layout). Thread: any for @p live; @p out is the caller's own.
 * Cost: O(cells), about 20 us at the default layout.
 */
int pm_histogram_snapshot(struct pm_histogram *out, const struct pm_histogram *live,
                          struct pm_error *error);

/**
 * Write to @p out what was recorded between two snapshots of one histogram; @p out may be either.
 * Errors: PM_EMISMATCH (other layout); PM_ECORRUPT (a cell of @p later is the smaller one: swapped,
 * or not the same histogram), @p out is then undefined.
 */
int pm_histogram_subtract(struct pm_histogram *out, const struct pm_histogram *later,
                          const struct pm_histogram *earlier, struct pm_error *error);

/** Add every count of @p from to @p into, whose writer the caller is. Errors: PM_EMISMATCH. */
int pm_histogram_merge(struct pm_histogram *into, const struct pm_histogram *from,
                       struct pm_error *error);

/* --- reading: on a snapshot, or on a histogram that nobody writes; each costs O(cells) -------- */

/** Samples in @p cell < length, and the smallest and largest value that it stands for. */
uint64_t pm_histogram_count_at(const struct pm_histogram *histogram, uint32_t cell);
int64_t pm_histogram_lowest_at(const struct pm_histogram *histogram, uint32_t cell);
int64_t pm_histogram_highest_at(const struct pm_histogram *histogram, uint32_t cell);

/** Samples within the range, above the highest, and negative. */
uint64_t pm_histogram_count(const struct pm_histogram *histogram);
uint64_t pm_histogram_overflow(const struct pm_histogram *histogram);
uint64_t pm_histogram_negative(const struct pm_histogram *histogram);

/** The smallest value of the lowest cell in use and the largest of the highest; 0 when empty.
 * Values out of range are not looked at: ask pm_histogram_overflow beside it. */
int64_t pm_histogram_min(const struct pm_histogram *histogram);
int64_t pm_histogram_max(const struct pm_histogram *histogram);

/** Mean and standard deviation of the cells' middle values; 0 when empty. Values out of range are
 * not in it. Relative error of the mean: at most 10^-digits. */
double pm_histogram_mean(const struct pm_histogram *histogram);
double pm_histogram_stddev(const struct pm_histogram *histogram);

/**
 * The largest value of the cell that holds the sample of rank ceil(percentile / 100 * n), counted
 * from 1; @p percentile in 0..100 (99.9). Percentile 0 gives the smallest value of the first cell.
 * Values above the highest are part of n: a rank among them gives PM_HISTOGRAM_BEYOND. 0 when
 * empty. Source: HdrHistogram's getValueAtPercentile, which takes one ulp off the percentile before
 * it rounds up; the two are equal where nothing is above the highest.
 */
int64_t pm_histogram_percentile(const struct pm_histogram *histogram, double percentile);

/** Samples of a higher rank than that of @p percentile, those above the highest included. */
uint64_t pm_histogram_samples_above(const struct pm_histogram *histogram, double percentile);

/** True when @p percentile may be printed: PM_SAMPLES_TO_PRINT samples or more lie above it. */
bool pm_histogram_supports(const struct pm_histogram *histogram, double percentile);

#endif
