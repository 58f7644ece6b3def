/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and random streams: fixed bytes, even spread, whole key groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_random.h"

static void hashes_are_the_same_for_ever(void **state)
{
    (void)state;
    assert_true(pm_hash_u64(0) == 0);
    assert_true(pm_hash_u64(0x9e3779b97f4a7c15ULL) == 0xe220a8397b1dcdafULL);
    assert_true(pm_hash_bytes("", 0) == pm_hash_u64(0xcbf29ce484222325ULL));
    assert_true(pm_hash_bytes("a", 1) == pm_hash_u64(0xaf63dc4c8601ec8cULL));
}

/* The published first outputs of SplitMix64 from state 0 follow from the mix of the increments. */
static void the_stream_is_splitmix64(void **state)
{
    struct pm_random random = {0};

    (void)state;
    assert_true(pm_random_u64(&random) == 0xe220a8397b1dcdafULL);
    assert_true(pm_random_u64(&random) == 0x6e789e6aa1b965f4ULL);
    assert_true(pm_random_u64(&random) == 0x06c45d188009454fULL);
}

static void streams_of_a_seed_differ(void **state)
{
    struct pm_random a = pm_random_open(1, 0);
    struct pm_random b = pm_random_open(1, 1);
    struct pm_random again = pm_random_open(1, 0);
    const uint64_t first = pm_random_u64(&a);

    (void)state;
    assert_true(first != pm_random_u64(&b));
    assert_true(first == pm_random_u64(&again));
}

static void draws_stay_in_their_range(void **state)
{
    struct pm_random random = pm_random_open(7, 0);
    unsigned buckets[10] = {0};

    (void)state;
    for (int i = 0; i < 100000; i++) {
        const int64_t between = pm_random_between(&random, -5, 4);
        const double unit = pm_random_unit(&random);
        assert_in_range(between + 5, 0, 9);
        assert_true(unit >= 0 && unit < 1);
        buckets[between + 5]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(buckets[i], 9600, 10400); /* 4 sigma of 10000 */
    assert_int_equal(pm_random_below(&random, 1), 0);
    assert_true(pm_random_between(&random, INT64_MAX, INT64_MAX) == INT64_MAX);
}

static void every_key_group_has_one_owner(void **state)
{
    (void)state;
    for (unsigned parallelism = 1; parallelism <= PM_KEY_GROUPS; parallelism++) {
        unsigned before = 0;
        for (unsigned group = 0; group < PM_KEY_GROUPS; group++) {
            const unsigned owner = pm_hash_subtask(group, parallelism);
            assert_true(owner == before || owner == before + 1);
            before = owner;
        }
        assert_int_equal(pm_hash_subtask(0, parallelism), 0);
        assert_int_equal(before, parallelism - 1);
    }
}

static void small_keys_spread_over_key_groups(void **state)
{
    unsigned groups[PM_KEY_GROUPS] = {0};

    (void)state;
    for (uint64_t key = 0; key < 100 * PM_KEY_GROUPS; key++)
        groups[pm_hash_key_group(pm_hash_u64(key))]++;
    for (unsigned i = 0; i < PM_KEY_GROUPS; i++)
        assert_in_range(groups[i], 55, 145);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_the_same_for_ever),
        cmocka_unit_test(the_stream_is_splitmix64),
        cmocka_unit_test(streams_of_a_seed_differ),
        cmocka_unit_test(draws_stay_in_their_range),
        cmocka_unit_test(every_key_group_has_one_owner),
        cmocka_unit_test(small_keys_spread_over_key_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
