/* SPDX-License-Identifier: Apache-2.0 */
/* Cost of a record: against a plain log-linear loop, and with a clock against the bare clock. */
#include "pm_histogram.h"
#include "pm_random.h"

#include <stdio.h>
#include <stdlib.h>

#define VALUES  (1u << 14)
#define ROUNDS  200
#define REPEATS 9

/* The yardstick: 3 digits, range and unit known to the compiler, no counter for what is outside. */
static uint64_t plain_cells[33792];

static inline void plain_record(uint64_t value)
{
    const unsigned shift = (63u ^ (unsigned)__builtin_clzll(value | 2047)) - 10;

    plain_cells[((uint64_t)shift << 10) + (value >> shift)]++;
}

static int64_t values[VALUES];
static struct pm_histogram *histogram;
static int64_t clock_sum;

static void run_plain(void)
{
    for (unsigned i = 0; i < VALUES; i++)
        plain_record((uint64_t)values[i]);
}

static void run_record(void)
{
    struct pm_histogram *const own = histogram; /* as an engine's task keeps it */

    for (unsigned i = 0; i < VALUES; i++)
        pm_histogram_record(own, values[i]);
}

static void run_clock(void)
{
    for (unsigned i = 0; i < VALUES; i++)
        clock_sum += pm_clock_ns();
}

static void run_clock_record(void)
{
    int64_t before_ns = pm_clock_ns();

    for (unsigned i = 0; i < VALUES; i++) {
        const int64_t now_ns = pm_clock_ns();
        pm_histogram_record(histogram, now_ns - before_ns);
        before_ns = now_ns;
    }
}

static double ns_each(void (*run)(void), int rounds)
{
    const int64_t start_ns = pm_clock_ns();

    for (int i = 0; i < rounds; i++) {
        run();
        __asm__ volatile("" ::: "memory");
    }
    return (double)(pm_clock_ns() - start_ns) / ((double)rounds * VALUES);
}

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;

    return (a > b) - (a < b);
}

/* The two alternate; each ratio is of one pair, and the median of the pairs is printed. */
static void compare(const char *name, void (*run)(void), void (*bare)(void), int rounds)
{
    double ours[REPEATS], theirs[REPEATS], ratio[REPEATS];

    ns_each(run, rounds / 10 + 1);
    ns_each(bare, rounds / 10 + 1);
    for (int i = 0; i < REPEATS; i++) {
        ours[i] = ns_each(run, rounds);
        theirs[i] = ns_each(bare, rounds);
        ratio[i] = ours[i] / theirs[i];
    }
    qsort(ours, REPEATS, sizeof *ours, by_value);
    qsort(theirs, REPEATS, sizeof *theirs, by_value);
    qsort(ratio, REPEATS, sizeof *ratio, by_value);
    printf("%-28s %6.2f ns  yardstick %6.2f ns  ratio %.2f (%.2f..%.2f)  goal 1.30\n", name,
           ours[REPEATS / 2], theirs[REPEATS / 2], ratio[REPEATS / 2], ratio[0],
           ratio[REPEATS - 1]);
}

static int compare_values(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

/* The largest relative error of a percentile against the sorted values. */
static double quantile_error(void)
{
    static const double percentiles[] = {1, 10, 50, 90, 99, 99.9};
    double worst = 0;

    qsort(values, VALUES, sizeof *values, compare_values);
    for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0]; i++) {
        const uint64_t above = pm_histogram_samples_above(histogram, percentiles[i]);
        const uint64_t each = pm_histogram_count(histogram) / VALUES;
        const double exact = (double)values[VALUES - 1 - above / each];
        const double got = (double)pm_histogram_percentile(histogram, percentiles[i]);

        if ((got - exact) / exact > worst)
            worst = (got - exact) / exact;
    }
    return worst;
}

int main(void)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct pm_random random = pm_random_open(1, 0);
    struct pm_error error;

    if (pm_histogram_open(&histogram, &config, &error) < 0) {
        fprintf(stderr, "bench_recorder: %s\n", error.text);
        return 1;
    }
    for (unsigned i = 0; i < VALUES; i++)
        values[i] =
            1000 + (int64_t)pm_random_below(&random, 1u << (10 + pm_random_below(&random, 14)));
    compare("record", run_record, run_plain, ROUNDS);
    if (pm_histogram_count(histogram) % VALUES != 0 || pm_histogram_overflow(histogram) != 0) {
        fputs("bench_recorder: samples are missing\n", stderr);
        return 3;
    }
    printf("%-28s %.4f %%  goal 0.1 %%\n", "quantile error, largest", 100 * quantile_error());
    compare("clock and record", run_clock_record, run_clock, ROUNDS / 10);
    pm_histogram_close(histogram);
    return 0;
}
