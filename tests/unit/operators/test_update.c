/* SPDX-License-Identifier: Apache-2.0 */
/* Update mode: the rows of hand-made inputs; the plans that are refused, by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_feed.h"
#include "pm_verbs.h"

#define B PM_OP_BEFORE
#define I PM_OP_INSERT
#define D PM_OP_DELETE

static struct pm_flow keyed(struct pm_plan *plan, const char *column)
{
    return pm_plan_key_by(plan, pm_plan_source(plan, 0, &pm_feed_schema), column);
}

/* Play @p steps in four ways; rows are time, op, then values from the column behind the key on. */
static void expect(struct pm_plan *(*build)(void), const struct pm_feed_step *steps, uint32_t count,
                   const int64_t (*expected)[8], uint32_t rows, unsigned values)
{
    for (unsigned way = 0; way < 4; way++) {
        struct pm_random cuts = pm_random_open(way, 1);
        struct pm_feed feed;
        pm_feed_open(&feed, build(), way & 1 ? &pm_state_copying : &pm_state_memory);
        pm_feed_play(&feed, steps, count, way & 2 ? &cuts : NULL, 0);
        assert_int_equal(feed.count, rows);
        for (uint32_t i = 0; i < rows; i++) {
            assert_int_equal(feed.rows[i].event_time_ns, expected[i][0]);
            assert_int_equal(feed.rows[i].op, expected[i][1]);
            for (unsigned k = 0; k < values; k++)
                assert_int_equal(feed.rows[i].value[1 + k], expected[i][2 + k]);
        }
        pm_feed_close(&feed);
    }
}

static struct pm_plan *plain(void)
{
    static const struct pm_update_config config = {
        .folds = 3,
        .fold = {{PM_FOLD_COUNT, NULL, "n", 0},
                 {PM_FOLD_SUM, "v", "sum", 0},
                 {PM_FOLD_MEAN, "v", "mean", 1}},
    };
    struct pm_plan *plan = pm_plan_open(PM_ORDER_ARRIVAL);

    pm_plan_output(plan, pm_plan_update(plan, keyed(plan, "key"), &config), 0, "out");
    return plan;
}

static void an_update_is_the_old_row_and_the_new_one(void **state)
{
    static const struct pm_feed_step steps[] = {PM_FEED_RECORD(10, 1, 5), PM_FEED_RECORD(11, 1, 2),
                                                PM_FEED_RECORD(12, 2, 9), PM_FEED_MARK(20),
                                                PM_FEED_RECORD(21, 1, -1)};
    static const int64_t expected[][8] = {{10, I, 1, 1, 5, 50}, {11, B, 1, 1, 5, 50},
                                          {11, I, 2, 2, 7, 35}, {12, I, 1, 1, 9, 90},
                                          {21, B, 2, 2, 7, 35}, {21, I, 3, 3, 6, 20}};

    (void)state;
    expect(plain, steps, 5, expected, 6, 4);
}

/* Deletes come from an update before: how many records each value of a key has, and of these
 * counts the number, the sum, the least and the largest. */
static struct pm_plan *over_deletes(void)
{
    static const struct pm_update_config by_value = {
        .group = "v", .folds = 1, .fold = {{PM_FOLD_COUNT, NULL, "n", 0}}};
    static const struct pm_update_config of_counts = {.folds = 4,
                                                      .fold = {{PM_FOLD_COUNT, NULL, "values", 0},
                                                               {PM_FOLD_SUM, "n", "sum", 0},
                                                               {PM_FOLD_MIN, "n", "min", 0},
                                                               {PM_FOLD_MAX, "n", "max", 0}}};
    struct pm_plan *plan = pm_plan_open(PM_ORDER_ARRIVAL);
    const struct pm_flow counts = pm_plan_update(plan, keyed(plan, "key"), &by_value);

    pm_plan_output(plan, pm_plan_update(plan, counts, &of_counts), 0, "out");
    return plan;
}

/* inputs, values, sum, min, max. Between the old count and the new one its value is not there. */
static void deletes_are_taken_out_of_every_fold(void **state)
{
    static const struct pm_feed_step steps[] = {PM_FEED_RECORD(1, 1, 7), PM_FEED_RECORD(2, 1, 8),
                                                PM_FEED_RECORD(3, 1, 8), PM_FEED_RECORD(4, 1, 7)};
    static const int64_t expected[][8] = {
        {1, I, 1, 1, 1, 1, 1}, {2, B, 1, 1, 1, 1, 1}, {2, I, 2, 2, 2, 1, 1}, {3, B, 2, 2, 2, 1, 1},
        {3, I, 3, 1, 1, 1, 1}, {3, B, 3, 1, 1, 1, 1}, {3, I, 4, 2, 3, 1, 2}, {4, B, 4, 2, 3, 1, 2},
        {4, I, 5, 1, 2, 2, 2}, {4, B, 5, 1, 2, 2, 2}, {4, I, 6, 2, 4, 2, 2}};

    (void)state;
    expect(over_deletes, steps, 4, expected, 11, 5);
}

static void the_last_delete_takes_the_row_itself(void **state)
{
    static const struct pm_feed_step steps[] = {PM_FEED_RECORD(1, 1, 7), PM_FEED_DELETE(2, 1, 7),
                                                PM_FEED_RECORD(3, 1, 4)};
    static const int64_t expected[][8] = {
        {1, I, 1, 1, 7, 70}, {2, D, 1, 1, 7, 70}, {3, I, 1, 1, 4, 40}};

    (void)state;
    expect(plain, steps, 3, expected, 3, 4);
}

static struct pm_plan *windows(void)
{
    static const struct pm_window_config config = {.kind = PM_WINDOW_SLIDING,
                                                   .size_ns = 20,
                                                   .slide_ns = 10,
                                                   .lateness_ns = 5,
                                                   .folds = 1,
                                                   .fold = {{PM_FOLD_SUM, "v", "sum", 0}},
                                                   .updates = true};
    struct pm_plan *plan = pm_plan_open(PM_ORDER_ARRIVAL);
    const struct pm_flow flow = pm_plan_window(plan, keyed(plan, "key"), &config);

    pm_plan_output(plan, flow, 0, "out");
    pm_plan_output(plan, pm_plan_side(flow, 1), 1, "late");
    return plan;
}

/* Columns window_start, window_end, inputs, sum. The record of 14 comes behind 25: its window
 * that ends at 20 + 5 is closed, the one that ends at 30 is not; the one of 8 is late. */
static void windows_change_at_once_and_close_for_behind_records(void **state)
{
    static const struct pm_feed_step steps[] = {
        PM_FEED_RECORD(12, 1, 3),     PM_FEED_RECORD(31, 1, 9), PM_FEED_MARK(25),
        PM_FEED_BEHIND(14, 1, 5, 25), PM_FEED_MARK(26),         PM_FEED_BEHIND(8, 1, 77, 26)};
    static const int64_t expected[][8] = {{12, I, 0, 20, 1, 3},  {12, I, 10, 30, 1, 3},
                                          {31, I, 20, 40, 1, 9}, {31, I, 30, 50, 1, 9},
                                          {14, B, 10, 30, 1, 3}, {14, I, 10, 30, 2, 8}};

    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        struct pm_feed feed;
        pm_feed_open(&feed, windows(), &pm_state_memory);
        pm_feed_play(&feed, steps, 6, NULL, way);
        assert_int_equal(feed.count, 7);
        for (uint32_t i = 0; i < 6; i++) {
            assert_int_equal(feed.rows[i].event_time_ns, expected[i][0]);
            assert_int_equal(feed.rows[i].op, expected[i][1]);
            assert_memory_equal(&feed.rows[i].value[1], &expected[i][2], 4 * sizeof(int64_t));
        }
        assert_int_equal(feed.rows[6].output, 1);
        assert_int_equal(pm_feed_value(&feed, &feed.rows[6], "v"), 77);
        pm_feed_close(&feed);
    }
}

static struct pm_plan *top_of_one_row(void)
{
    static const struct pm_update_config sums = {
        .folds = 2, .fold = {{PM_FOLD_COUNT, NULL, "n", 0}, {PM_FOLD_SUM, "v", "sum", 0}}};
    struct pm_plan *plan = pm_plan_open(PM_ORDER_ARRIVAL);
    const struct pm_flow rows = pm_plan_update(plan, keyed(plan, "key"), &sums);

    pm_plan_output(plan, pm_plan_top_n(plan, rows, "n", "sum", 1), 0, "out");
    return plan;
}

/* The first half of the update takes the top item; the second is smaller and another item. */
static void a_top_whose_item_changes_is_replaced(void **state)
{
    static const struct pm_feed_step steps[] = {PM_FEED_RECORD(10, 1, 5),
                                                PM_FEED_RECORD(11, 1, -3)};
    static const int64_t expected[][8] = {{10, I, 1, 5}, {11, D, 1, 5}, {11, I, 2, 2}};

    (void)state;
    expect(top_of_one_row, steps, 2, expected, 3, 2);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void window_over_deletes(struct pm_plan *plan)
{
    static const struct pm_update_config counts = {.folds = 1,
                                                   .fold = {{PM_FOLD_COUNT, NULL, "n", 0}}};
    static const struct pm_window_config config = {
        .size_ns = 10, .folds = 1, .fold = {{PM_FOLD_COUNT, NULL, "m", 0}}};

    pm_plan_window(plan, pm_plan_update(plan, keyed(plan, "key"), &counts), &config);
}

static void sketch_over_deletes(struct pm_plan *plan)
{
    static const struct pm_update_config counts = {.folds = 1,
                                                   .fold = {{PM_FOLD_COUNT, NULL, "n", 0}}};
    static const struct pm_update_config sketch = {
        .folds = 1, .fold = {{PM_FOLD_DISTINCT, "n", "different", 8}}};

    pm_plan_update(plan, pm_plan_update(plan, keyed(plan, "key"), &counts), &sketch);
}

static void least_of_groups_over_deletes(struct pm_plan *plan)
{
    static const struct pm_update_config counts = {.folds = 1,
                                                   .fold = {{PM_FOLD_COUNT, NULL, "n", 0}}};
    static const struct pm_update_config least = {
        .group = "n", .folds = 1, .fold = {{PM_FOLD_MIN, "n", "least", 0}}};

    pm_plan_update(plan, pm_plan_update(plan, keyed(plan, "key"), &counts), &least);
}

static void by_another_key(struct pm_plan *plan)
{
    static const struct pm_update_config counts = {.folds = 1,
                                                   .fold = {{PM_FOLD_COUNT, NULL, "n", 0}}};

    pm_plan_update(plan, keyed(plan, "v"), &counts);
}

static void session_updates(struct pm_plan *plan)
{
    static const struct pm_window_config config = {.kind = PM_WINDOW_SESSION,
                                                   .gap_ns = 10,
                                                   .folds = 1,
                                                   .fold = {{PM_FOLD_COUNT, NULL, "m", 0}},
                                                   .updates = true};

    pm_plan_window(plan, keyed(plan, "key"), &config);
}

static const struct pm_window_config of_ten = {
    .size_ns = 10, .folds = 1, .fold = {{PM_FOLD_COUNT, NULL, "n", 0}}};

static void group_called_key(struct pm_plan *plan)
{
    static const struct pm_update_config by_key = {
        .group = "key", .folds = 1, .fold = {{PM_FOLD_COUNT, NULL, "m", 0}}};

    pm_plan_update(plan, pm_plan_window(plan, keyed(plan, "key"), &of_ten), &by_key);
}

static void group_called_inputs(struct pm_plan *plan)
{
    static const struct pm_update_config counts = {.folds = 1,
                                                   .fold = {{PM_FOLD_COUNT, NULL, "n", 0}}};
    static const struct pm_update_config by_inputs = {
        .group = "inputs", .folds = 1, .fold = {{PM_FOLD_COUNT, NULL, "m", 0}}};

    pm_plan_update(plan, pm_plan_update(plan, keyed(plan, "key"), &counts), &by_inputs);
}

static void item_called_key(struct pm_plan *plan)
{
    pm_plan_top_n(plan, pm_plan_window(plan, keyed(plan, "key"), &of_ten), "key", "n", 3);
}

static void late_rows_are_no_updates(struct pm_plan *plan)
{
    static const struct pm_window_config updates = {
        .size_ns = 10, .folds = 1, .fold = {{PM_FOLD_COUNT, NULL, "m", 0}}, .updates = true};
    const struct pm_flow windows = pm_plan_window(plan, keyed(plan, "key"), &of_ten);

    pm_plan_coalesce(plan, pm_plan_side(pm_plan_window(plan, windows, &updates), 1), NULL, 9);
}

static void what_cannot_be_is_refused_by_name(void **state)
{
    static const struct {
        void (*build)(struct pm_plan *plan);
        const char *says;
    } cases[] = {
        {window_over_deletes, "window#3: its input contains deletes, which it cannot take"},
        {sketch_over_deletes, "update#3: 'different' is a sketch"},
        {least_of_groups_over_deletes, "update#3: 'least' cannot take the deletes of its input"},
        {by_another_key, "update#2: arrival order is not known here: key_by the column that the "
                         "source is partitioned by"},
        {group_called_key, "update#3: column 'key' would stand twice"},
        {group_called_inputs, "update#3: column 'inputs' would stand twice"},
        {item_called_key, "top_n#3: column 'key' would stand twice"},
        {late_rows_are_no_updates, "coalesce#4: its input is no updates"},
        {session_updates, "window_updates#2: a session has no bounds before it is complete"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pm_plan *plan = pm_plan_open(PM_ORDER_ARRIVAL);
        struct pm_error error = {0};
        cases[i].build(plan);
        assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
        assert_memory_equal(error.text, cases[i].says, strlen(cases[i].says));
        pm_plan_close(plan);
    }
}

static void the_plan_knows_that_rows_may_be_taken_back(void **state)
{
    struct pm_plan *plan = windows();
    struct pm_plan_output_info info;

    (void)state;
    assert_int_equal(pm_plan_check(plan, NULL), 0);
    assert_int_equal(pm_plan_output_info(plan, 0, &info), 0);
    assert_true(info.updates && info.on_arrival);
    pm_plan_close(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_is_the_old_row_and_the_new_one),
        cmocka_unit_test(deletes_are_taken_out_of_every_fold),
        cmocka_unit_test(the_last_delete_takes_the_row_itself),
        cmocka_unit_test(windows_change_at_once_and_close_for_behind_records),
        cmocka_unit_test(a_top_whose_item_changes_is_replaced),
        cmocka_unit_test(what_cannot_be_is_refused_by_name),
        cmocka_unit_test(the_plan_knows_that_rows_may_be_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
