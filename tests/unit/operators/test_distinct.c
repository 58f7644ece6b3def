/* SPDX-License-Identifier: Apache-2.0 */
/* distinct: a row for a value that comes, its delete when the last record that held it goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_feed.h"
#include "pm_verbs.h"

#define STEPS  400u
#define KEYS   3u
#define VALUES 6

static struct pm_plan *plan_of(enum pm_order order, const char *column)
{
    struct pm_plan *plan = pm_plan_open(order);
    const struct pm_flow flow =
        pm_plan_key_by(plan, pm_plan_source(plan, 0, &pm_feed_schema), "key");

    pm_plan_output(plan, pm_plan_distinct(plan, flow, column), 0, "out");
    return plan;
}

static void open_way(struct pm_feed *feed, unsigned way)
{
    pm_feed_open(feed, plan_of(PM_ORDER_ARRIVAL, "v"),
                 way & 1 ? &pm_state_copying : &pm_state_memory);
}

static void a_value_comes_once_and_goes_with_its_last_record(void **state)
{
    static const struct pm_feed_step steps[] = {
        PM_FEED_RECORD(10, 1, 5), PM_FEED_RECORD(11, 1, 5),    PM_FEED_RECORD(12, 2, 5),
        PM_FEED_DELETE(13, 1, 5), PM_FEED_BEHIND(3, 1, -1, 8), PM_FEED_MARK(9),
        PM_FEED_DELETE(14, 1, 5), PM_FEED_RECORD(15, 1, 5),    PM_FEED_DELETE(16, 2, 5),
    };
    /* time, key, op, behind what, value */
    static const int64_t expected[][5] = {
        {10, 1, PM_OP_INSERT, PM_TIME_MIN, 5}, {12, 2, PM_OP_INSERT, PM_TIME_MIN, 5},
        {3, 1, PM_OP_INSERT, 8, -1},           {14, 1, PM_OP_DELETE, PM_TIME_MIN, 5},
        {15, 1, PM_OP_INSERT, PM_TIME_MIN, 5}, {16, 2, PM_OP_DELETE, PM_TIME_MIN, 5},
    };

    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        struct pm_random cuts = pm_random_open(way, 1);
        struct pm_feed feed;
        open_way(&feed, way);
        pm_feed_play(&feed, steps, sizeof steps / sizeof *steps, way & 2 ? &cuts : NULL, 0);
        assert_int_equal(feed.count, 6);
        for (uint32_t i = 0; i < 6; i++) {
            const struct pm_feed_row *row = &feed.rows[i];
            assert_int_equal(row->event_time_ns, expected[i][0]);
            assert_int_equal(row->key, expected[i][1]);
            assert_int_equal(row->op, expected[i][2]);
            assert_int_equal(row->closed_below_ns, expected[i][3]);
            assert_int_equal(pm_feed_value(&feed, row, "v"), expected[i][4]);
        }
        assert_int_equal(pm_feed_watermark(&feed, 0), 9); /* marks pass through unchanged */
        pm_feed_close(&feed);
    }
}

/* Random inserts and deletes of what is there, against an array of counts. */
static uint32_t make(struct pm_random *random, struct pm_feed_step *steps,
                     struct pm_feed_row *expected)
{
    uint32_t held[KEYS][VALUES] = {{0}};
    uint32_t rows = 0;

    for (uint32_t i = 0; i < STEPS; i++) {
        const uint64_t key = pm_random_below(random, KEYS);
        const uint64_t value = pm_random_below(random, VALUES);
        const bool deletes = held[key][value] != 0 && pm_random_below(random, 2) == 0;
        steps[i] = (struct pm_feed_step)PM_FEED_RECORD(i, key, (int64_t)value - 2);
        steps[i].op = deletes ? PM_OP_DELETE : PM_OP_INSERT;
        held[key][value] += deletes ? UINT32_MAX : 1;
        if (held[key][value] == (deletes ? 0 : 1))
            expected[rows++] = (struct pm_feed_row){.event_time_ns = i,
                                                    .key = key,
                                                    .op = steps[i].op,
                                                    .value = {0, (int64_t)value - 2}};
    }
    return rows;
}

static void it_agrees_with_an_array_of_counts(void **state)
{
    static struct pm_feed_step steps[STEPS];
    static struct pm_feed_row expected[STEPS];
    const uint64_t seed = pm_feed_seed();

    (void)state;
    for (unsigned number = 0; number < 40; number++) {
        struct pm_random random = pm_random_open(seed, number);
        struct pm_feed feed;
        const uint32_t rows = make(&random, steps, expected);
        open_way(&feed, number);
        pm_feed_play(&feed, steps, STEPS, number & 2 ? &random : NULL, 0);
        assert_int_equal(feed.count, rows);
        for (uint32_t i = 0; i < rows; i++) {
            assert_int_equal(feed.rows[i].event_time_ns, expected[i].event_time_ns);
            assert_int_equal(feed.rows[i].key, expected[i].key);
            assert_int_equal(feed.rows[i].op, expected[i].op);
            assert_int_equal(feed.rows[i].value[1], expected[i].value[1]);
        }
        pm_feed_close(&feed);
    }
}

static void a_plan_that_cannot_have_it_is_refused(void **state)
{
    static const struct {
        enum pm_order order;
        const char *column, *says;
    } cases[] = {
        {PM_ORDER_NONE, "v",
         "distinct#2: depends on the order of a key's records; the query must "
         "say order: arrival"},
        {PM_ORDER_ARRIVAL, "w", "distinct#2: no column 'w' in steps"},
        {PM_ORDER_ARRIVAL, "text", "distinct#2: column 'text' is text, a number is needed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pm_plan *plan = plan_of(cases[i].order, cases[i].column);
        struct pm_error error = {0};
        assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
        assert_string_equal(error.text, cases[i].says);
        pm_plan_close(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_comes_once_and_goes_with_its_last_record),
        cmocka_unit_test(it_agrees_with_an_array_of_counts),
        cmocka_unit_test(a_plan_that_cannot_have_it_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
