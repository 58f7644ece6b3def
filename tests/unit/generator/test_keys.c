/* SPDX-License-Identifier: Apache-2.0 */
/* How often each key comes, against the definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "pm_keys.h"

#define DRAWS 2000000

/* Groups of keys that each expect at least 200 draws are compared by chi squared. */
static void assert_zipf(uint64_t count, double exponent, uint64_t seed)
{
    struct pm_keys *keys = NULL;
    uint32_t *seen = calloc(count, sizeof *seen);
    double sum = 0, expected = 0, chi = 0;
    uint64_t drawn = 0;
    int groups = 0;

    assert_non_null(seen);
    assert_int_equal(
        pm_keys_open(&keys, PM_KEYS_ZIPF, count, exponent, pm_random_open(seed, 0), NULL), 0);
    for (int i = 0; i < DRAWS; i++) {
        const uint64_t key = pm_keys_next(keys);
        assert_true(key < count);
        seen[key]++;
    }
    for (uint64_t k = 0; k < count; k++)
        sum += pow((double)(k + 1), -exponent);
    for (uint64_t k = 0; k < count; k++) {
        expected += DRAWS * pow((double)(k + 1), -exponent) / sum;
        drawn += seen[k];
        if (expected >= 200 || k + 1 == count) {
            chi += expected > 5 ? ((double)drawn - expected) * ((double)drawn - expected) / expected
                                : 0;
            groups++;
            expected = 0;
            drawn = 0;
        }
    }
    if (fabs(chi - groups) > 5 * sqrt(2.0 * groups) + 5)
        fail_msg("%llu keys, exponent %g: chi squared %g of %d groups", (unsigned long long)count,
                 exponent, chi, groups);
    pm_keys_close(keys);
    free(seen);
}

static void zipf_keys_come_as_often_as_they_should(void **state)
{
    static const double exponents[] = {0, 0.5, 0.99, 1, 1.5, 3};
    static const uint64_t counts[] = {1, 2, 10, 4096, 4097, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof exponents / sizeof exponents[0]; i++)
        assert_zipf(counts[(i + 4) % 6], exponents[i], 5 + i);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        assert_zipf(counts[i], 1, 50 + i);
}

static void a_hundred_million_keys_are_in_range(void **state)
{
    static const double exponents[] = {0, 1, 10};

    (void)state;
    for (size_t i = 0; i < sizeof exponents / sizeof exponents[0]; i++) {
        struct pm_keys *keys = NULL;
        uint64_t beyond = 0;
        assert_int_equal(
            pm_keys_open(&keys, PM_KEYS_ZIPF, 100000000, exponents[i], pm_random_open(3, i), NULL),
            0);
        for (int n = 0; n < 200000; n++) {
            const uint64_t key = pm_keys_next(keys);
            assert_true(key < 100000000);
            beyond += key >= 50000000 ? 1 : 0;
        }
        /* H(10^8) = 18.998: ln 2 / 18.998 of all draws lie in the upper half. */
        const double expected = i == 0 ? 100000 : i == 1 ? 200000 * 0.036486 : 0;
        assert_true(fabs((double)beyond - expected) <= 5 * sqrt(expected));
        pm_keys_close(keys);
    }
}

static void uniform_keys_all_come(void **state)
{
    struct pm_keys *keys = NULL;
    uint32_t seen[100] = {0};

    (void)state;
    assert_int_equal(pm_keys_open(&keys, PM_KEYS_UNIFORM, 100, 0, pm_random_open(1, 1), NULL), 0);
    for (int i = 0; i < 100000; i++)
        seen[pm_keys_next(keys)]++;
    for (int k = 0; k < 100; k++)
        assert_true(fabs(seen[k] - 1000.0) < 5 * sqrt(1000.0));
    pm_keys_close(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zipf_keys_come_as_often_as_they_should),
        cmocka_unit_test(a_hundred_million_keys_are_in_range),
        cmocka_unit_test(uniform_keys_all_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
