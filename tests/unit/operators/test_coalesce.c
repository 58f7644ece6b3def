/* SPDX-License-Identifier: Apache-2.0 */
/* coalesce: what a key's rows have become leaves with a mark, at most once an interval. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_verbs.h"
#include "pm_view.h"

static struct pm_plan *plan_of(int64_t interval_ns)
{
    static const struct pm_update_config counts = {
        .group = "v", .folds = 1, .fold = {{PM_FOLD_COUNT, NULL, "n", 0}}};
    struct pm_plan *plan = pm_plan_open(PM_ORDER_ARRIVAL);
    const struct pm_flow source = pm_plan_source(plan, 0, &pm_feed_schema);
    const struct pm_flow updates =
        pm_plan_update(plan, pm_plan_key_by(plan, source, "key"), &counts);

    pm_plan_output(plan, pm_plan_coalesce(plan, updates, "v", interval_ns), 0, "out");
    return plan;
}

/* time, id, key, op, v, inputs */
static void expect(const struct pm_feed *feed, const int64_t (*expected)[6], uint32_t rows)
{
    assert_int_equal(feed->count, rows);
    for (uint32_t i = 0; i < rows; i++) {
        const struct pm_feed_row *row = &feed->rows[i];
        assert_int_equal(row->event_time_ns, expected[i][0]);
        assert_int_equal(row->id, expected[i][1]);
        assert_int_equal(row->key, expected[i][2]);
        assert_int_equal(row->op, expected[i][3]);
        assert_int_equal(pm_feed_value(feed, row, "v"), expected[i][4]);
        assert_int_equal(pm_feed_value(feed, row, "inputs"), expected[i][5]);
    }
}

#define RECORD(time_, key_, value_, id_)                                                           \
    {                                                                                              \
        .time_ns = (time_), .key = (key_), .value = (value_), .closed_below_ns = PM_TIME_MIN,      \
        .id = (id_)                                                                                \
    }

/* The first changes leave with the first mark; the next ones of key 1 wait until 50 + 100. All of a
 * key leave with the header of its newest input, not below what has been promised since. */
static void changes_leave_together_and_not_too_often(void **state)
{
    static const struct pm_feed_step steps[] = {
        RECORD(10, 1, 7, 1), RECORD(20, 1, 7, 2), RECORD(30, 1, 8, 3),  PM_FEED_MARK(50),
        RECORD(60, 1, 7, 4), RECORD(70, 2, 7, 5), PM_FEED_MARK(100),    RECORD(110, 1, 7, 6),
        PM_FEED_MARK(149),   PM_FEED_MARK(150),   RECORD(160, 1, 8, 7), PM_FEED_MARK(PM_TIME_MAX)};
    static const int64_t expected[][6] = {
        {30, 3, 1, PM_OP_INSERT, 7, 2},  {30, 3, 1, PM_OP_INSERT, 8, 1},
        {70, 5, 2, PM_OP_INSERT, 7, 1},  {149, 6, 1, PM_OP_BEFORE, 7, 2},
        {149, 6, 1, PM_OP_INSERT, 7, 4}, {160, 7, 1, PM_OP_BEFORE, 8, 1},
        {160, 7, 1, PM_OP_INSERT, 8, 2}};

    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        struct pm_random cuts = pm_random_open(way, 1);
        struct pm_feed feed;
        pm_feed_open(&feed, plan_of(100), way & 1 ? &pm_state_copying : &pm_state_memory);
        pm_feed_play(&feed, steps, sizeof steps / sizeof *steps, way & 2 ? &cuts : NULL, way & 1);
        expect(&feed, expected, 7);
        pm_feed_close(&feed);
    }
}

/* Else keys that come as fast as others fire would keep one mark for ever. */
static void what_comes_while_a_mark_fires_waits_for_the_next(void **state)
{
    static const struct pm_feed_step before[] = {RECORD(1, 1, 7, 1), RECORD(2, 2, 7, 2),
                                                 RECORD(3, 3, 7, 3)};
    static const struct pm_feed_step after[] = {RECORD(51, 4, 7, 4), RECORD(52, 3, 7, 5)};
    static const int64_t expected[][6] = {{1, 1, 1, PM_OP_INSERT, 7, 1},
                                          {2, 2, 2, PM_OP_INSERT, 7, 1},
                                          {52, 5, 3, PM_OP_INSERT, 7, 2},
                                          {51, 4, 4, PM_OP_INSERT, 7, 1}};
    struct pm_feed feed;

    (void)state;
    pm_feed_open(&feed, plan_of(10), &pm_state_memory);
    pm_feed_play(&feed, before, 3, NULL, 0);
    feed.task.slice = 2;
    assert_false(pm_feed_mark(&feed, 0, 50));
    pm_feed_play(&feed, after, 2, NULL, 0);
    assert_true(pm_feed_mark(&feed, 0, 50));
    expect(&feed, expected, 3);
    assert_int_equal(pm_feed_watermark(&feed, 0), 50);
    assert_true(pm_feed_mark(&feed, 0, 51));
    expect(&feed, expected, 4);
    pm_feed_close(&feed);
}

static void nothing_new_is_no_row(void **state)
{
    static const struct pm_feed_step steps[] = {
        RECORD(1, 1, 7, 1), PM_FEED_MARK(5),          RECORD(6, 1, 8, 2), PM_FEED_DELETE(7, 1, 8),
        PM_FEED_MARK(90),   PM_FEED_DELETE(91, 1, 7), PM_FEED_MARK(200)};
    static const int64_t expected[][6] = {{1, 1, 1, PM_OP_INSERT, 7, 1},
                                          {91, 0, 1, PM_OP_DELETE, 7, 1}};
    struct pm_feed feed;

    (void)state;
    pm_feed_open(&feed, plan_of(10), &pm_state_memory);
    pm_feed_play(&feed, steps, sizeof steps / sizeof *steps, NULL, 0);
    expect(&feed, expected, 2);
    pm_feed_close(&feed);
}

/* What a job before has published is known without being published again. */
static void replayed_changes_are_what_the_reader_has(void **state)
{
    static const int64_t expected[][6] = {{9, 2, 1, PM_OP_BEFORE, 7, 1},
                                          {9, 2, 1, PM_OP_INSERT, 7, 2}};
    struct pm_record record = {.event_time_ns = 5, .id = 1, .key = 1, .word = PM_WORD_REPLAYED};
    struct pm_feed feed;

    (void)state;
    record.payload[0] = 7;
    pm_feed_open(&feed, plan_of(10), &pm_state_memory);
    pm_feed_one(&feed, 0, &record, NULL);
    record = (struct pm_record){.event_time_ns = 9, .id = 2, .key = 1, .payload = {7}};
    pm_feed_one(&feed, 0, &record, NULL);
    feed.task.replayed = true;
    assert_true(pm_feed_mark(&feed, 0, 6));
    assert_int_equal(feed.count, 0);
    feed.task.replayed = false;
    assert_true(pm_feed_mark(&feed, 0, 8));
    expect(&feed, expected, 2);
    pm_feed_close(&feed);
}

/* A job that forgets its state leaves nothing to a later mark, be there one at all or not. */
static void nothing_waits_at_the_end_of_a_job(void **state)
{
    static const struct pm_feed_step steps[] = {RECORD(1, 1, 7, 1), PM_FEED_MARK(5),
                                                RECORD(6, 1, 7, 2)};
    static const int64_t expected[][6] = {{1, 1, 1, PM_OP_INSERT, 7, 1},
                                          {6, 2, 1, PM_OP_BEFORE, 7, 1},
                                          {6, 2, 1, PM_OP_INSERT, 7, 2}};

    (void)state;
    for (unsigned marks = 0; marks < 2; marks++) {
        struct pm_feed feed;
        pm_feed_open(&feed, plan_of(100), &pm_state_memory);
        pm_feed_play(&feed, steps, marks != 0 ? 3 : 1, NULL, 0);
        feed.task.closing = true;
        assert_true(pm_feed_mark(&feed, 0, marks != 0 ? 5 : PM_TIME_MIN));
        expect(&feed, expected, marks != 0 ? 3 : 1);
        pm_feed_close(&feed);
    }
}

/* Whatever the cuts, marks, slices and interval, a reader ends with the same rows. */
static void the_last_rows_do_not_depend_on_the_interval(void **state)
{
    static struct pm_feed_step steps[301];
    static struct pm_view views[2];
    const uint64_t seed = pm_feed_seed();

    (void)state;
    for (unsigned number = 0; number < 30; number++) {
        struct pm_random random = pm_random_open(seed, number);
        for (int64_t i = 0; i < 300; i++) {
            steps[i] = (struct pm_feed_step)PM_FEED_RECORD(i, pm_random_below(&random, 3),
                                                           pm_random_between(&random, 0, 4));
            if (pm_random_below(&random, 7) == 0)
                steps[i] = (struct pm_feed_step)PM_FEED_MARK(i);
        }
        steps[300] = (struct pm_feed_step)PM_FEED_MARK(PM_TIME_MAX);
        for (unsigned i = 0; i < 2; i++) {
            struct pm_feed feed;
            views[i].applied = views[i].count = 0;
            pm_feed_open(&feed, plan_of(i * (1 + number * 3)), &pm_state_memory);
            feed.task.slice = number % 3;
            pm_feed_play(&feed, steps, 301, &random, i);
            pm_view_follow(&views[i], &feed, 2);
            pm_feed_close(&feed);
        }
        assert_int_equal(views[0].count, views[1].count);
        for (uint32_t i = 0; i < views[0].count; i++) {
            const struct pm_feed_row *row = pm_view_find(&views[1], 2, views[0].row[i].value);
            assert_non_null(row);
            assert_memory_equal(row->value, views[0].row[i].value, sizeof row->value);
        }
    }
}

static void it_stands_behind_updates_only(void **state)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_ARRIVAL);
    struct pm_error error = {0};
    const struct pm_flow source = pm_plan_source(plan, 0, &pm_feed_schema);

    (void)state;
    pm_plan_coalesce(plan, pm_plan_key_by(plan, source, "key"), "v", 10);
    assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
    assert_string_equal(error.text, "coalesce#2: its input is no updates");
    pm_plan_close(plan);
}

/* Its rows are not all rows: what counts them would count marks. */
static void nothing_with_state_stands_behind_it(void **state)
{
    static const struct pm_update_config counts = {.folds = 1,
                                                   .fold = {{PM_FOLD_COUNT, NULL, "n", 0}}};
    struct pm_plan *plan = pm_plan_open(PM_ORDER_ARRIVAL);
    struct pm_error error = {0};
    struct pm_flow flow = pm_plan_key_by(plan, pm_plan_source(plan, 0, &pm_feed_schema), "key");

    (void)state;
    flow = pm_plan_coalesce(plan, pm_plan_update(plan, flow, &counts), NULL, 10);
    flow = pm_plan_filter(plan, flow, "n", PM_GREATER, 1);
    pm_plan_output(plan, pm_plan_update(plan, flow, &counts), 0, "out");
    assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
    assert_string_equal(error.text,
                        "update#5: which changes come to it hangs on the marks: coalesce "
                        "behind it");
    pm_plan_close(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_leave_together_and_not_too_often),
        cmocka_unit_test(what_comes_while_a_mark_fires_waits_for_the_next),
        cmocka_unit_test(nothing_new_is_no_row),
        cmocka_unit_test(replayed_changes_are_what_the_reader_has),
        cmocka_unit_test(nothing_waits_at_the_end_of_a_job),
        cmocka_unit_test(the_last_rows_do_not_depend_on_the_interval),
        cmocka_unit_test(it_stands_behind_updates_only),
        cmocka_unit_test(nothing_with_state_stands_behind_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
