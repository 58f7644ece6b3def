/* SPDX-License-Identifier: Apache-2.0 */
/* The sketch: its error against its formula, small counts, merging, the same bits everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "pm_hyperloglog.h"

#define TRIALS 200

union sketch {
    struct pm_hll hll;
    uint8_t bytes[sizeof(struct pm_hll) + (1u << PM_HLL_PRECISION_MAX)];
    uint64_t align;
};

static void count(union sketch *sketch, unsigned precision, uint64_t first, uint64_t values)
{
    for (uint64_t i = 0; i < values; i++)
        pm_hll_add(&sketch->hll, precision, (int64_t)(first + i));
}

/* The root mean square error of TRIALS sketches of @p values each, as a share of @p values; the
 * mean of the errors in @p bias. */
static double error_of(unsigned precision, uint64_t values, double *bias)
{
    double squares = 0, sum = 0;

    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        union sketch sketch = {.align = 0};
        memset(&sketch, 0, sizeof sketch);
        count(&sketch, precision, trial << 40, values);
        const double off = (double)sketch.hll.estimate / (double)values - 1;
        squares += off * off;
        sum += off;
    }
    *bias = sum / TRIALS;
    return sqrt(squares / TRIALS);
}

/* A standard deviation of TRIALS samples is within 15 % of the true one but once in a thousand;
 * below the register count the error is smaller than the formula's, which bounds it. */
static void the_error_is_the_formulas(void **state)
{
    static const struct {
        unsigned precision;
        uint64_t values;
    } cases[] = {{4, 1000}, {8, 20}, {8, 256}, {8, 1000}, {8, 20000}, {10, 3000}, {11, 30000}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double formula = 1.04 / sqrt((double)(1u << cases[i].precision));
        double bias;
        const double error = error_of(cases[i].precision, cases[i].values, &bias);
        print_message("precision %2u, %6llu values: error %.4f, formula %.4f, bias %+.4f\n",
                      cases[i].precision, (unsigned long long)cases[i].values, error, formula,
                      bias);
        assert_true(error < formula * 1.2);
        assert_true(cases[i].values < 8u << cases[i].precision || error > formula * 0.8);
        assert_true(fabs(bias) < formula * 0.3);
    }
}

static void few_values_are_counted_nearly_exactly(void **state)
{
    union sketch sketch;

    (void)state;
    memset(&sketch, 0, sizeof sketch);
    assert_int_equal(sketch.hll.estimate, 0);
    for (int64_t n = 1; n <= 10; n++) {
        pm_hll_add(&sketch.hll, 10, n);
        pm_hll_add(&sketch.hll, 10, 1); /* again: counts once */
        assert_int_equal(sketch.hll.estimate, n);
    }
}

static void a_merge_is_the_sketch_of_all(void **state)
{
    union sketch a, b, all;

    (void)state;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    memset(&all, 0, sizeof all);
    count(&a, 9, 0, 700);
    count(&b, 9, 500, 900);
    count(&all, 9, 0, 1400);
    pm_hll_merge(&a.hll, &b.hll, 9);
    assert_memory_equal(&a, &all, sizeof all);
    memset(&b, 0, sizeof b);
    pm_hll_merge(&a.hll, &b.hll, 9); /* an empty one adds nothing */
    assert_memory_equal(&a, &all, sizeof all);
    pm_hll_merge(&b.hll, &all.hll, 9);
    assert_memory_equal(&b, &all, sizeof all);
}

static void the_estimate_is_the_same_with_every_compiler(void **state)
{
    static const int64_t expected[3] = {94, 9793, 1046255};
    static const uint64_t values[3] = {100, 10000, 1000000};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        union sketch sketch;
        memset(&sketch, 0, sizeof sketch);
        count(&sketch, 10, 0, values[i]);
        assert_int_equal(sketch.hll.estimate, expected[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_error_is_the_formulas),
        cmocka_unit_test(few_values_are_counted_nearly_exactly),
        cmocka_unit_test(a_merge_is_the_sketch_of_all),
        cmocka_unit_test(the_estimate_is_the_same_with_every_compiler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
