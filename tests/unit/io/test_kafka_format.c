/* SPDX-License-Identifier: Apache-2.0 */
/* The timestamps of a source's messages: of no past day, and in the order of event times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pm_clock.h"
#include "pm_kafka_format.h"

static const int64_t times_ns[] = {
    PM_TIME_MIN,
    -1,
    0,
    999999,
    PM_NS_PER_MS,
    1704067200 * PM_NS_PER_S, /* a day long ago */
    PM_TIME_MAX,
};
#define TIMES (sizeof times_ns / sizeof *times_ns)

/* A broker forgets a producer whose newest timestamp is a day old. */
static void no_timestamp_lies_in_the_past(void **state)
{
    const int64_t now_ms = pm_clock_wall_ns() / PM_NS_PER_MS;

    (void)state;
    for (size_t i = 0; i < TIMES; i++)
        assert_true(pm_kafka_time_ms(times_ns[i]) > now_ms);
}

static void a_later_time_has_no_earlier_timestamp(void **state)
{
    (void)state;
    for (size_t i = 1; i < TIMES; i++)
        assert_true(pm_kafka_time_ms(times_ns[i - 1]) <= pm_kafka_time_ms(times_ns[i]));
    assert_int_equal(pm_kafka_time_ms(PM_NS_PER_MS) - pm_kafka_time_ms(0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_timestamp_lies_in_the_past),
        cmocka_unit_test(a_later_time_has_no_earlier_timestamp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
