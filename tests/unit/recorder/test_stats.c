/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics: medians, intervals and verdicts on known data. */
#include "pm_random.h"
#include "pm_stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SAMPLE(...)                                                                                \
    ((const struct pm_stats_sample){(const double[]){__VA_ARGS__},                                 \
                                    sizeof((const double[]){__VA_ARGS__}) / sizeof(double)})

static void median_is_the_middle(void **state)
{
    struct pm_stats_interval out;

    (void)state;
    assert_int_equal(pm_stats_median(&out, &SAMPLE(7), 1, NULL), 0);
    assert_true(out.point == 7 && out.low == 7 && out.high == 7);
    assert_int_equal(pm_stats_median(&out, &SAMPLE(9, 1, 5), 1, NULL), 0);
    assert_true(out.point == 5);
    assert_int_equal(pm_stats_median(&out, &SAMPLE(4, 1, 3, 2), 1, NULL), 0);
    assert_true(out.point == 2.5);
}

static void five_runs_give_the_whole_range(void **state)
{
    struct pm_stats_interval out;

    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        assert_int_equal(pm_stats_median(&out, &SAMPLE(3, 1, 2, 5, 4), seed, NULL), 0);
        assert_true(out.point == 3 && out.low == 1 && out.high == 5);
    }
}

static void same_seed_gives_the_same_interval(void **state)
{
    const struct pm_stats_sample a = SAMPLE(10, 11, 12, 9, 8, 14, 10.5, 11.5, 9.5, 13, 7);
    const struct pm_stats_sample b = SAMPLE(20, 24, 19, 21, 18, 25, 20.5, 22, 23);
    struct pm_stats_interval first;
    struct pm_stats_interval again;

    (void)state;
    assert_int_equal(pm_stats_ratio(&first, &a, &b, 42, NULL), 0);
    assert_int_equal(pm_stats_ratio(&again, &a, &b, 42, NULL), 0);
    assert_true(first.low == again.low && first.high == again.high && first.point == again.point);
    assert_true(first.point == 10.5 / 21);
    assert_true(first.low < first.point && first.point < first.high);
    assert_true(first.low > 0.38 && first.high < 0.63);
}

/* The exact 95 % interval of a median of 25 by order statistics is the 8th to the 18th value. */
static void interval_is_near_that_of_the_order_statistics(void **state)
{
    double values[25];
    struct pm_stats_interval out;

    (void)state;
    for (int i = 0; i < 25; i++)
        values[i] = (i * 7) % 25 + 1;
    assert_int_equal(pm_stats_median(&out, &(struct pm_stats_sample){values, 25}, 3, NULL), 0);
    assert_true(out.point == 13);
    assert_true(out.low >= 7 && out.low <= 9);
    assert_true(out.high >= 17 && out.high <= 19);
}

/* 95 % intervals of samples from one known median cover it about that often. */
static void intervals_cover_the_true_median(void **state)
{
    struct pm_random random = pm_random_open(99, 0);
    int covered = 0;

    (void)state;
    for (int i = 0; i < 200; i++) {
        double values[15];
        struct pm_stats_interval out;

        for (int j = 0; j < 15; j++)
            values[j] = pm_random_unit(&random);
        assert_int_equal(
            pm_stats_median(&out, &(struct pm_stats_sample){values, 15}, (uint64_t)i, NULL), 0);
        covered += out.low <= 0.5 && 0.5 <= out.high;
    }
    print_message("covered %d of 200\n", covered);
    assert_in_range(covered, 180, 200);
}

static void values_that_are_no_figures_are_refused(void **state)
{
    struct pm_stats_interval out;

    (void)state;
    assert_int_equal(pm_stats_median(&out, &(struct pm_stats_sample){NULL, 0}, 1, NULL), PM_EINPUT);
    assert_int_equal(pm_stats_median(&out, &SAMPLE(1, NAN), 1, NULL), PM_EINPUT);
    assert_int_equal(pm_stats_median(&out, &SAMPLE(1, -INFINITY), 1, NULL), PM_EINPUT);
    assert_int_equal(pm_stats_ratio(&out, &SAMPLE(1, 2), &SAMPLE(1, 0), 1, NULL), PM_EINPUT);
    assert_int_equal(pm_stats_ratio(&out, &SAMPLE(-1, 2), &SAMPLE(1, 1), 1, NULL), PM_EINPUT);
    assert_int_equal(pm_stats_median(&out, &SAMPLE(-3, -1, -2), 1, NULL), 0);
    assert_true(out.point == -2);
}

static void verdict_follows_the_band(void **state)
{
    static const struct {
        double low, high;
        size_t runs;
        enum pm_stats_verdict verdict;
    } rows[] = {
        {1.06, 1.5, 5, PM_STATS_DIFFERENT},          {0.5, 0.94, 5, PM_STATS_DIFFERENT},
        {1.04, 1.5, 5, PM_STATS_CANNOT_TELL},        {0.96, 1.04, 5, PM_STATS_NO_DIFFERENCE},
        {0.90, 1.04, 5, PM_STATS_CANNOT_TELL},       {0.5, 2.0, 5, PM_STATS_CANNOT_TELL},
        {1.05, 1.5, 5, PM_STATS_CANNOT_TELL},        {1.5, 1.6, 4, PM_STATS_CANNOT_TELL},
        {1 / 1.05, 1.05, 5, PM_STATS_NO_DIFFERENCE}, {1.01, 1.02, 9, PM_STATS_NO_DIFFERENCE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct pm_stats_interval ratio = {1, rows[i].low, rows[i].high};
        const struct pm_stats_interval turned = {1, 1 / rows[i].high, 1 / rows[i].low};

        assert_int_equal(pm_stats_judge(&ratio, PM_STATS_NOISE, rows[i].runs), rows[i].verdict);
        if (rows[i].low != 1.05 && rows[i].high != 1.05)
            assert_int_equal(pm_stats_judge(&turned, PM_STATS_NOISE, rows[i].runs),
                             rows[i].verdict);
    }
    assert_string_equal(pm_stats_verdict_name(PM_STATS_NO_DIFFERENCE), "no difference");
    assert_string_equal(pm_stats_verdict_name(PM_STATS_CANNOT_TELL), "cannot tell");
    assert_string_equal(pm_stats_verdict_name(PM_STATS_DIFFERENT), "different");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(median_is_the_middle),
        cmocka_unit_test(five_runs_give_the_whole_range),
        cmocka_unit_test(same_seed_gives_the_same_interval),
        cmocka_unit_test(interval_is_near_that_of_the_order_statistics),
        cmocka_unit_test(intervals_cover_the_true_median),
        cmocka_unit_test(values_that_are_no_figures_are_refused),
        cmocka_unit_test(verdict_follows_the_band),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
