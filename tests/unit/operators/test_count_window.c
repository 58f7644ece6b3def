/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of so many records: by hand, against a loop over a key's records, and refused ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_feed.h"
#include "pm_verbs.h"

static struct pm_plan *plan_of(enum pm_order order, uint32_t count, uint32_t slide)
{
    const struct pm_count_window_config config = {
        .count = count,
        .slide = slide,
        .folds = 2,
        .fold = {{PM_FOLD_SUM, "v", "sum", 0}, {PM_FOLD_MAX, "v", "max", 0}}};
    struct pm_plan *plan = pm_plan_open(order);
    const struct pm_flow source = pm_plan_source(plan, 0, &pm_feed_schema);

    pm_plan_output(plan, pm_plan_count_window(plan, pm_plan_key_by(plan, source, "key"), &config),
                   0, "out");
    return plan;
}

/* Key 1 has 5 6 7 8 -9, the last one behind 9; key 2 fills no window. */
static void a_window_comes_with_its_last_record(void **state)
{
    static const struct pm_feed_step steps[] = {
        PM_FEED_RECORD(10, 1, 5),   PM_FEED_RECORD(11, 2, 50), PM_FEED_RECORD(12, 1, 6),
        PM_FEED_MARK(12),           PM_FEED_RECORD(13, 1, 7),  PM_FEED_RECORD(14, 1, 8),
        PM_FEED_BEHIND(2, 1, -9, 9)};
    /* time, behind what, window, sum, max */
    static const int64_t two[][5] = {{12, PM_TIME_MIN, 0, 11, 6}, {14, PM_TIME_MIN, 1, 15, 8}};
    static const int64_t slid[][5] = {{14, PM_TIME_MIN, 0, 26, 8}};
    static const int64_t each[][5] = {
        {13, PM_TIME_MIN, 0, 18, 7}, {14, PM_TIME_MIN, 1, 21, 8}, {2, 9, 2, 6, 8}};
    static const struct {
        uint32_t count, slide, rows;
        const int64_t (*row)[5];
    } cases[] = {{2, 0, 2, two}, {4, 2, 1, slid}, {3, 1, 3, each}};

    (void)state;
    for (unsigned way = 0; way < 12; way++) {
        const unsigned c = way / 4;
        struct pm_random cuts = pm_random_open(way, 1);
        struct pm_feed feed;
        pm_feed_open(&feed, plan_of(PM_ORDER_ARRIVAL, cases[c].count, cases[c].slide),
                     way & 1 ? &pm_state_copying : &pm_state_memory);
        pm_feed_play(&feed, steps, sizeof steps / sizeof *steps, way & 2 ? &cuts : NULL, 0);
        assert_int_equal(feed.count, cases[c].rows);
        for (uint32_t i = 0; i < feed.count; i++) {
            assert_int_equal(feed.rows[i].event_time_ns, cases[c].row[i][0]);
            assert_int_equal(feed.rows[i].closed_below_ns, cases[c].row[i][1]);
            assert_memory_equal(&feed.rows[i].value[1], &cases[c].row[i][2], 3 * sizeof(int64_t));
        }
        pm_feed_close(&feed);
    }
}

#define INPUTS 600

/* Window @p number of the @p count values: are sum and max of @p row what a loop gives? */
static void compare(const struct pm_feed *feed, const struct pm_feed_row *row,
                    const int64_t *values, uint32_t count, uint32_t slide)
{
    const int64_t from = pm_feed_value(feed, row, "window") * slide;
    int64_t sum = 0, max = INT64_MIN;

    for (uint32_t i = 0; i < count; i++) {
        sum += values[from + i];
        max = values[from + i] > max ? values[from + i] : max;
    }
    assert_int_equal(pm_feed_value(feed, row, "sum"), sum);
    assert_int_equal(pm_feed_value(feed, row, "max"), max);
}

static void it_agrees_with_a_loop_over_each_keys_records(void **state)
{
    static const uint32_t shapes[][2] = {{1, 1}, {7, 7}, {8, 2}, {6, 1}, {200, 2}};
    static struct pm_feed_step steps[INPUTS];
    static int64_t values[3][INPUTS];
    const uint64_t seed = pm_feed_seed();

    (void)state;
    for (unsigned c = 0; c < sizeof shapes / sizeof *shapes; c++) {
        const uint32_t count = shapes[c][0], slide = shapes[c][1];
        struct pm_random random = pm_random_open(seed, c);
        uint32_t seen[3] = {0}, expected = 0;
        struct pm_feed feed;
        for (uint32_t i = 0; i < INPUTS; i++) {
            const uint64_t key = pm_random_below(&random, 3);
            const int64_t value = pm_random_between(&random, -50, 50);
            steps[i] = (struct pm_feed_step)PM_FEED_RECORD(i, key, value);
            values[key][seen[key]++] = value;
        }
        for (unsigned key = 0; key < 3; key++)
            expected += seen[key] >= count ? (seen[key] - count) / slide + 1 : 0;
        pm_feed_open(&feed, plan_of(PM_ORDER_ARRIVAL, count, slide), &pm_state_memory);
        pm_feed_play(&feed, steps, INPUTS, &random, 0);
        assert_int_equal(feed.count, expected);
        for (uint32_t i = 0; i < feed.count; i++)
            compare(&feed, &feed.rows[i], values[feed.rows[i].key], count, slide);
        pm_feed_close(&feed);
    }
}

static void a_plan_that_cannot_have_it_is_refused(void **state)
{
    static const struct {
        enum pm_order order;
        uint32_t count, slide;
        const char *says;
    } cases[] = {
        {PM_ORDER_ARRIVAL, 0, 0, "count_window#2: count 0 is not a multiple of slide 0"},
        {PM_ORDER_ARRIVAL, 5, 2, "count_window#2: count 5 is not a multiple of slide 2"},
        {PM_ORDER_NONE, 4, 2,
         "count_window#2: depends on the order of a key's records; the query "
         "must say order: arrival"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pm_plan *plan = plan_of(cases[i].order, cases[i].count, cases[i].slide);
        struct pm_error error = {0};
        assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
        assert_string_equal(error.text, cases[i].says);
        pm_plan_close(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_comes_with_its_last_record),
        cmocka_unit_test(it_agrees_with_a_loop_over_each_keys_records),
        cmocka_unit_test(a_plan_that_cannot_have_it_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
