/* SPDX-License-Identifier: Apache-2.0 */
/* Cost of a record: against a plain log-linear loop, and with a clock against the bare clock. */
#include "pm_bench.h"

#include "pm_histogram.h"
#include "pm_random.h"

#include <stdlib.h>

#define VALUES       (1u << 14)
#define ROUNDS       2000u
#define CLOCK_ROUNDS 60u
#define BURST        64u

/* The yardstick: 3 digits, range and unit known to the compiler, no counter for what is outside. */
static uint64_t plain_cells[33792];

static inline void plain_record(uint64_t value)
{
    const unsigned shift = (63u ^ (unsigned)__builtin_clzll(value | 2047)) - 10;

    plain_cells[((uint64_t)shift << 10) + (value >> shift)]++;
}

static int64_t values[VALUES];

static double ns_since(double begin, unsigned rounds)
{
    return (pm_bench_cpu_seconds() - begin) * 1e9 / ((double)rounds * VALUES);
}

static double run_plain(void *payload)
{
    const double begin = pm_bench_cpu_seconds();

    (void)payload;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < VALUES; i++)
            plain_record((uint64_t)values[i]);
        PM_BENCH_USE(plain_cells);
    }
    return ns_since(begin, ROUNDS);
}

static double run_record(void *payload)
{
    struct pm_histogram *const own = payload; /* as an engine's task keeps it */
    const double begin = pm_bench_cpu_seconds();

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < VALUES; i++)
            pm_histogram_record(own, values[i]);
    }
    return ns_since(begin, ROUNDS);
}

static double run_clock(void *payload)
{
    const double begin = pm_bench_cpu_seconds();
    int64_t sum = 0;

    (void)payload;
    for (unsigned i = 0; i < CLOCK_ROUNDS * VALUES; i++)
        sum += pm_clock_ns();
    PM_BENCH_USE(sum);
    return ns_since(begin, CLOCK_ROUNDS);
}

static double run_clock_record(void *payload)
{
    struct pm_histogram *const own = payload;
    const double begin = pm_bench_cpu_seconds();
    int64_t before_ns = pm_clock_ns();

    for (unsigned i = 0; i < CLOCK_ROUNDS * VALUES; i++) {
        const int64_t now_ns = pm_clock_ns();
        pm_histogram_record(own, now_ns - before_ns);
        before_ns = now_ns;
    }
    return ns_since(begin, CLOCK_ROUNDS);
}

/* As the producer does: what is due at one look at the clock shares its time. */
static double run_clock_burst(void *payload)
{
    struct pm_histogram *const own = payload;
    const double begin = pm_bench_cpu_seconds();

    for (unsigned i = 0; i < CLOCK_ROUNDS * VALUES; i += BURST) {
        const int64_t now_ns = pm_clock_ns();
        for (unsigned k = 0; k < BURST; k++)
            pm_histogram_record(own, now_ns - values[(i + k) % VALUES]);
    }
    return ns_since(begin, CLOCK_ROUNDS);
}

/* Of a core, at a million samples a second. */
static double share_with_clock(void *payload)
{
    return run_clock_record(payload) * 1e6 / 1e9;
}

static double share_with_burst(void *payload)
{
    return run_clock_burst(payload) * 1e6 / 1e9;
}

static double constant(void *payload)
{
    return *(const double *)payload;
}

static int compare_values(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

/* The largest relative error of a percentile against the sorted values. */
static double value_error(void *payload)
{
    static const double percentiles[] = {1, 10, 50, 90, 99, 99.9};
    const struct pm_histogram *histogram = payload;
    const uint64_t each = pm_histogram_count(histogram) / VALUES;
    double worst = 0;

    for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0]; i++) {
        const uint64_t above = pm_histogram_samples_above(histogram, percentiles[i]);
        const double exact = (double)values[VALUES - 1 - above / each];
        const double got = (double)pm_histogram_percentile(histogram, percentiles[i]);

        if ((got - exact) / exact > worst)
            worst = (got - exact) / exact;
    }
    return worst;
}

static struct pm_histogram *open_histogram(void)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct pm_histogram *histogram = NULL;

    pm_bench_check(pm_histogram_open(&histogram, &config, NULL) == 0, "memory for a histogram");
    return histogram;
}

static void check_count(const struct pm_histogram *histogram)
{
    pm_bench_check(pm_histogram_count(histogram) == (PM_BENCH_PAIRS + 1ull) * ROUNDS * VALUES &&
                       pm_histogram_overflow(histogram) == 0,
                   "every sample is recorded once");
}

/* What must not be passed: 2 % of a core, 0.1 % of a value. */
static double most_share = 0.02, most_error = 0.001;

int main(void)
{
    static const struct pm_bench_goal
        record = {"R1", "recorder: a sample, plain log-linear loop as yardstick", "ns", 1.3, false},
        clocked = {"R2", "recorder: clock and sample, bare clock as yardstick", "ns", 1.3, false},
        single = {"R3", "recorder: share of a core at 1 M/s, a clock a sample, against 0.02", "",
                  1.0, false},
        burst = {"R3", "recorder: share of a core at 1 M/s, a clock a burst of 64, against 0.02",
                 "", 1.0, false},
        error = {"R3", "recorder: largest error of a quantile, against 0.001", "", 1.0, false};
    struct pm_random random = pm_random_open(1, 0);
    struct pm_histogram *drawn = open_histogram(), *clocks = open_histogram();

    for (unsigned i = 0; i < VALUES; i++)
        values[i] =
            1000 + (int64_t)pm_random_below(&random, 1u << (10 + pm_random_below(&random, 14)));
    if (pm_bench_asked("R1")) {
        pm_bench_compare(&record, run_record, drawn, run_plain, NULL);
        check_count(drawn);
    } else {
        run_record(drawn); /* R3 looks into it */
    }
    pm_bench_compare(&clocked, run_clock_record, clocks, run_clock, NULL);
    pm_bench_compare(&single, share_with_clock, clocks, constant, &most_share);
    pm_bench_compare(&burst, share_with_burst, clocks, constant, &most_share);
    qsort(values, VALUES, sizeof *values, compare_values);
    pm_bench_compare(&error, value_error, drawn, constant, &most_error);
    pm_histogram_close(drawn);
    pm_histogram_close(clocks);
    return 0;
}
