/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions of long keys, against an independent murmur2 that reproduces Kafka's UtilsTest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_partition.h"

static void keys_go_where_kafka_sends_them(void **state)
{
    static const struct {
        uint64_t key;
        unsigned partition[3]; /* of 2, 7 and 1024 */
    } cases[] = {
        {0ULL, {1, 6, 259}},
        {1ULL, {0, 1, 940}},
        {2ULL, {0, 4, 132}},
        {42ULL, {0, 6, 960}},
        {12345ULL, {1, 0, 909}},
        {4294967296ULL, {0, 0, 30}},
        {9223372036854775808ULL, {0, 1, 632}},
        {18446744073709551615ULL, {1, 3, 189}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(pm_partition_of(cases[i].key, 1), 0);
        assert_int_equal(pm_partition_of(cases[i].key, 2), cases[i].partition[0]);
        assert_int_equal(pm_partition_of(cases[i].key, 7), cases[i].partition[1]);
        assert_int_equal(pm_partition_of(cases[i].key, 1024), cases[i].partition[2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_go_where_kafka_sends_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
