/* SPDX-License-Identifier: Apache-2.0 */
/* Logarithm and exponential against the C library's, and against exact values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "pm_random.h"
#include "pm_real.h"

static void the_logarithm_is_right_to_the_last_bits(void **state)
{
    struct pm_random random = pm_random_open(1, 0);

    (void)state;
    assert_true(pm_real_log(1) == 0);
    for (int i = 0; i < 100000; i++) {
        const double x =
            ldexp(0.5 + pm_random_unit(&random), (int)pm_random_below(&random, 80) - 40);
        const double exact = log(x);
        assert_true(fabs(pm_real_log(x) - exact) <= 2e-16 + 4e-16 * fabs(exact));
    }
}

static void the_exponential_is_right_to_the_last_bits(void **state)
{
    struct pm_random random = pm_random_open(2, 0);

    (void)state;
    assert_true(pm_real_exp(0) == 1);
    for (int i = 0; i < 100000; i++) {
        const double x = (pm_random_unit(&random) - 0.5) * 400;
        const double exact = exp(x);
        assert_true(fabs(pm_real_exp(x) - exact) <= 1e-15 * exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_logarithm_is_right_to_the_last_bits),
        cmocka_unit_test(the_exponential_is_right_to_the_last_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
