/* SPDX-License-Identifier: Apache-2.0 */
/* Due times: exact at a fixed rate, exponential gaps as a Poisson process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "pm_arrivals.h"

static void a_fixed_rate_does_not_drift(void **state)
{
    static const uint64_t rates[] = {1, 3, 7, 1000, 50000, 999983, 1000000000};

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct pm_arrivals arrivals;
        pm_arrivals_open(&arrivals, false, rates[i], pm_random_open(1, 0));
        for (uint64_t n = 0; n < 20000; n++)
            assert_true(pm_arrivals_next(&arrivals) ==
                        (int64_t)((unsigned __int128)n * 1000000000 / rates[i]));
    }
}

/* Mean, deviation and the tail of 10^6 gaps, each within five standard errors. */
static void poisson_gaps_are_exponential(void **state)
{
    static const uint64_t rates[] = {1, 1000, 50000};
    const int count = 1000000;

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct pm_arrivals arrivals;
        int64_t before = 0;
        double sum = 0, squares = 0;
        int above[8] = {0};
        pm_arrivals_open(&arrivals, true, rates[i], pm_random_open(9, i));
        for (int n = 0; n < count; n++) {
            const int64_t due = pm_arrivals_next(&arrivals);
            const double gap = (double)(due - before) * (double)rates[i] / 1e9;
            assert_true(due >= before);
            before = due;
            sum += gap;
            squares += gap * gap;
            for (int k = 0; k < 8; k++)
                above[k] += gap > k + 1 ? 1 : 0;
        }
        assert_true(fabs(sum / count - 1) < 5e-3);
        assert_true(fabs(squares / count - 2) < 5 * sqrt(20.0 / count));
        for (int k = 0; k < 8; k++) {
            const double expected = count * exp(-(k + 1));
            assert_true(fabs(above[k] - expected) < 5 * sqrt(expected));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fixed_rate_does_not_drift),
        cmocka_unit_test(poisson_gaps_are_exponential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
