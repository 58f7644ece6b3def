/* SPDX-License-Identifier: Apache-2.0 */
/* The integer logistic function against the real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "pm_logistic.h"

static double exact(double x)
{
    return PM_LOGISTIC_ONE / (1.0 + exp(-x));
}

static void points_of_the_table_are_rounded_exactly(void **state)
{
    (void)state;
    for (int64_t milli = 0; milli <= 8000; milli += 250)
        assert_int_equal(pm_logistic(milli), llround(exact((double)milli / 1000)));
}

static void error_between_points_stays_within_its_bound(void **state)
{
    (void)state;
    for (int64_t milli = -8000; milli <= 8000; milli++) {
        const double error = fabs((double)pm_logistic(milli) - exact((double)milli / 1000));
        if (error >= 800)
            fail_msg("at %lld: %f parts away", (long long)milli, error);
    }
}

static void it_rises_and_is_symmetric(void **state)
{
    (void)state;
    for (int64_t milli = -9000; milli < 9000; milli++) {
        assert_true(pm_logistic(milli) <= pm_logistic(milli + 1));
        assert_int_equal(pm_logistic(-milli), PM_LOGISTIC_ONE - pm_logistic(milli));
    }
}

static void it_is_flat_beyond_the_table(void **state)
{
    (void)state;
    assert_int_equal(pm_logistic(INT64_MAX), pm_logistic(8000));
    assert_int_equal(pm_logistic(INT64_MIN), pm_logistic(-8000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_of_the_table_are_rounded_exactly),
        cmocka_unit_test(error_between_points_stays_within_its_bound),
        cmocka_unit_test(it_rises_and_is_symmetric),
        cmocka_unit_test(it_is_flat_beyond_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
