/* SPDX-License-Identifier: Apache-2.0 */
/* Running aggregates: one row for each record, in order of arrival. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_feed.h"
#include "pm_verbs.h"

static struct pm_plan *plan_of(enum pm_order order)
{
    struct pm_plan *plan = pm_plan_open(order);
    const struct pm_aggregate_config config = {
        .folds = 5,
        .fold = {{PM_FOLD_COUNT, NULL, "n", 0},
                 {PM_FOLD_SUM, "v", "sum", 0},
                 {PM_FOLD_MIN, "v", "min", 0},
                 {PM_FOLD_MAX, "twice", "max", 0},
                 {PM_FOLD_MEAN, "v", "mean", 1}},
    };
    struct pm_flow flow = pm_plan_key_by(plan, pm_plan_source(plan, 0, &pm_feed_schema), "key");

    pm_plan_output(plan, pm_plan_aggregate(plan, flow, &config), 0, "out");
    return plan;
}

static const struct pm_feed_step steps[] = {
    PM_FEED_RECORD(10, 1, 5),   PM_FEED_RECORD(11, 2, -3), PM_FEED_RECORD(9, 1, 2),
    PM_FEED_BEHIND(3, 1, 9, 8), PM_FEED_MARK(20),          PM_FEED_RECORD(21, 2, -4),
};

/* time, key, behind what, then n, sum, min, max of twice the value, mean with one decimal */
static const int64_t expected[5][8] = {
    {10, 1, PM_TIME_MIN, 1, 5, 5, 10, 50},    {11, 2, PM_TIME_MIN, 1, -3, -3, -6, -30},
    {9, 1, PM_TIME_MIN, 2, 7, 2, 10, 35},     {3, 1, 8, 3, 16, 2, 18, 53},
    {21, 2, PM_TIME_MIN, 2, -7, -4, -6, -35},
};

static void every_record_makes_a_row_with_its_time_and_mark(void **state)
{
    static const char *const names[5] = {"n", "sum", "min", "max", "mean"};

    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        struct pm_random cuts = pm_random_open(way, 1);
        struct pm_feed feed;
        pm_feed_open(&feed, plan_of(PM_ORDER_ARRIVAL),
                     way & 1 ? &pm_state_copying : &pm_state_memory);
        pm_feed_play(&feed, steps, sizeof steps / sizeof *steps, way & 2 ? &cuts : NULL, 0);
        assert_int_equal(feed.count, 5);
        for (uint32_t i = 0; i < 5; i++) {
            const struct pm_feed_row *row = &feed.rows[i];
            assert_int_equal(row->event_time_ns, expected[i][0]);
            assert_int_equal(row->key, expected[i][1]);
            assert_int_equal(row->closed_below_ns, expected[i][2]);
            for (unsigned k = 0; k < 5; k++)
                assert_int_equal(pm_feed_value(&feed, row, names[k]), expected[i][3 + k]);
        }
        assert_int_equal(pm_feed_watermark(&feed, 0), 20); /* marks pass through unchanged */
        pm_feed_close(&feed);
    }
}

static void it_wants_arrival_order(void **state)
{
    struct pm_plan *plan = plan_of(PM_ORDER_NONE);
    struct pm_error error = {0};

    (void)state;
    assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
    pm_plan_close(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_makes_a_row_with_its_time_and_mark),
        cmocka_unit_test(it_wants_arrival_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
