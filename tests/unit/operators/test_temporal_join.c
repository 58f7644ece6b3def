/* SPDX-License-Identifier: Apache-2.0 */
/* The as-of join: which version a left record sees, when it leaves, and what is late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_feed.h"
#include "pm_verbs.h"

#define STEPS_MAX 16
#define ROWS_MAX  8

struct row {
    int64_t time, right; /* right: the version's value; 0 for none, LATE for a late record */
};
#define LATE (-1)

struct scene {
    const char *name;
    int64_t lateness;
    struct pm_feed_step steps[STEPS_MAX];
    struct row rows[ROWS_MAX];
};
/* Left and right records (time, key), versions also (value, id) and perhaps behind; two marks. */
#define L(time_, key_)           PM_FEED_RECORD(time_, key_, 7 * (time_))
#define LB(time_, key_, closed_) PM_FEED_BEHIND(time_, key_, 7 * (time_), closed_)
#define V(time_, key_, value_)   VT(time_, key_, value_, 0)
#define VT(time_, key_, value_, id_)                                                               \
    {                                                                                              \
        .input = 1, .time_ns = (time_), .key = (key_), .value = (value_), .id = (id_),             \
        .closed_below_ns = PM_TIME_MIN                                                             \
    }
#define VB(time_, key_, value_, closed_)                                                           \
    {                                                                                              \
        .input = 1, .time_ns = (time_), .key = (key_), .value = (value_),                          \
        .closed_below_ns = (closed_)                                                               \
    }
#define ML(watermark_) PM_FEED_MARK(watermark_)
#define MR(watermark_)                                                                             \
    {                                                                                              \
        .is_mark = true, .input = 1, .time_ns = (watermark_)                                       \
    }

static const struct scene scenes[] = {
    {"the last version at or before the record's time",
     0,
     {L(10, 1), L(19, 1), L(20, 1), V(10, 1, 1), V(20, 1, 2), V(15, 2, 9), ML(50), MR(50)},
     {{10, 1}, {19, 1}, {20, 2}}},
    {"no version yet is no match",
     0,
     {V(11, 1, 1), L(10, 1), L(12, 2), ML(50), MR(50)},
     {{10, 0}, {12, 0}}},
    {"a record leaves once both watermarks have passed its time + lateness",
     5,
     {L(10, 1), ML(50), V(8, 1, 3), MR(15), V(15, 1, 4), MR(16), L(50, 1), MR(90)},
     {{10, 3}}},
    {"versions may come in any order",
     0,
     {V(30, 1, 3), V(10, 1, 1), V(20, 1, 2), L(35, 1), L(25, 1), L(15, 1), ML(50), MR(50)},
     {{15, 1}, {25, 2}, {35, 3}}},
    {"of versions of one time the last of partition and sequence counts",
     0,
     {VT(10, 1, 2, 1ULL << 48), VT(10, 1, 1, 5), VT(20, 1, 3, 6), VT(20, 1, 4, 7), L(12, 1),
      L(22, 1), ML(50), MR(50)},
     {{12, 2}, {22, 4}}},
    {"of made versions of one time the greater columns count",
     0,
     {V(10, 1, 2), V(10, 1, 5), V(10, 1, 3), L(12, 1), ML(50), MR(50)},
     {{12, 5}}},
    {"a version behind w is seen from w - lateness on",
     5,
     {V(10, 1, 1), VB(20, 1, 2, 40), L(34, 1), L(35, 1), L(36, 1), ML(50), MR(50)},
     {{34, 1}, {35, 2}, {36, 2}}},
    {"it is not seen where a newer one stands, and stays hidden behind that one",
     0,
     {V(10, 1, 1), V(30, 1, 3), VB(20, 1, 2, 40), L(29, 1), L(30, 1), L(45, 1), ML(50), MR(50)},
     {{29, 1}, {30, 3}, {45, 3}}},
    {"several behind versions each have their own start",
     0,
     {VB(20, 1, 2, 40), VB(30, 1, 3, 45), VB(25, 1, 4, 48), VB(22, 1, 5, 42), V(5, 1, 1), L(39, 1),
      L(41, 1), L(42, 1), L(46, 1), L(49, 1), ML(60), MR(60)},
     {{39, 1}, {41, 2}, {42, 5}, {46, 3}, {49, 3}}},
    {"within the lateness a behind version counts as if it had come in time",
     20,
     {VB(20, 1, 2, 40), V(10, 1, 1), L(19, 1), L(20, 1), ML(60), MR(60)},
     {{19, 1}, {20, 2}}},
    {"a left record is late when its time + lateness lies below its mark",
     5,
     {V(1, 1, 1), LB(10, 1, 16), LB(11, 1, 16), ML(60), MR(60)},
     {{10, LATE}, {11, 1}}},
    {"forgotten versions are not needed",
     0,
     {V(10, 1, 1), V(20, 1, 2), V(30, 1, 3), ML(25), MR(25), V(40, 1, 4), V(50, 1, 5), L(25, 1),
      L(29, 1), L(30, 1), L(45, 1), ML(60), MR(60)},
     {{25, 2}, {29, 2}, {30, 3}, {45, 4}}},
};

static struct pm_plan *plan_of(int64_t lateness_ns)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_temporal_join_config config = {
        .lateness_ns = lateness_ns, .columns = 2, .column = {"v", "twice"}};
    struct pm_flow left = pm_plan_key_by(plan, pm_plan_source(plan, 0, &pm_feed_schema), "key");
    struct pm_flow right = pm_plan_key_by(plan, pm_plan_source(plan, 1, &pm_feed_schema), "key");

    left = pm_plan_temporal_join(plan, left, right, &config);
    pm_plan_output(plan, left, 0, "out");
    pm_plan_output(plan, pm_plan_side(left, 1), 1, "late");
    return plan;
}

static void check_row(const struct pm_feed *feed, const struct pm_feed_row *got,
                      const struct row *want)
{
    assert_int_equal(got->event_time_ns, want->time);
    assert_int_equal(pm_feed_value(feed, got, "time"), want->time);
    assert_int_equal(pm_feed_value(feed, got, "v"), 7 * want->time);
    assert_int_equal(pm_feed_value(feed, got, "twice"), 14 * want->time);
    assert_int_equal(got->output, want->right == LATE ? 1 : 0);
    if (want->right == LATE)
        return;
    assert_int_equal(pm_feed_value(feed, got, "right_v"), want->right);
    assert_int_equal(pm_feed_value(feed, got, "right_twice"), 2 * want->right);
    assert_int_equal(pm_feed_value(feed, got, "matched"), want->right != 0);
}

static void play(const struct scene *scene, unsigned way)
{
    const struct pm_state_ops *ops = way & 1 ? &pm_state_copying : &pm_state_memory;
    struct pm_random cuts = pm_random_open(way, 0);
    struct pm_feed feed;
    uint32_t steps = 0, rows = 0;

    while (steps < STEPS_MAX && scene->steps[steps].time_ns != 0)
        steps++;
    while (rows < ROWS_MAX && scene->rows[rows].time != 0)
        rows++;
    pm_feed_open(&feed, plan_of(scene->lateness), ops);
    pm_feed_play(&feed, scene->steps, steps, way & 2 ? &cuts : NULL, way & 4 ? 1 : 0);
    assert_int_equal(feed.count, rows);
    for (uint32_t i = 0; i < rows; i++)
        check_row(&feed, &feed.rows[i], &scene->rows[i]);
    pm_feed_close(&feed);
}

static void a_left_record_sees_its_version(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        for (unsigned way = 0; way < 8; way++) {
            print_message("%s, way %u\n", scenes[i].name, way);
            play(&scenes[i], way);
        }
    }
}

static void versions_without_left_records_do_not_pile_up(void **state)
{
    struct pm_feed feed;
    uint64_t early = 0;

    (void)state;
    pm_feed_open(&feed, plan_of(5), &pm_state_memory);
    for (int64_t t = 1; t < 20000; t++) {
        const struct pm_feed_step steps[] = {V(t, 1, t), ML(t), MR(t)};
        pm_feed_play(&feed, steps, 3, NULL, 0);
        if (t == 2000)
            early = pm_chain_state_bytes(feed.chain);
    }
    assert_true(pm_chain_state_bytes(feed.chain) <= early);
    pm_feed_close(&feed);
}

static void the_watermark_is_the_least_of_both_less_the_lateness(void **state)
{
    struct pm_feed feed;

    (void)state;
    pm_feed_open(&feed, plan_of(5), &pm_state_memory);
    assert_true(pm_feed_mark(&feed, 0, 40));
    assert_int_equal(pm_feed_watermark(&feed, 0), PM_TIME_MIN);
    assert_true(pm_feed_mark(&feed, 1, 30));
    assert_int_equal(pm_feed_watermark(&feed, 0), 25);
    assert_true(pm_feed_mark(&feed, 1, 50));
    assert_int_equal(pm_feed_watermark(&feed, 0), 35);
    pm_feed_close(&feed);
}

static void a_check_refuses_impossible_joins(void **state)
{
    const struct {
        struct pm_temporal_join_config config;
        const char *text;
    } cases[] = {
        {{0, 0, {NULL}}, "temporal_join#4: 0 columns, 1 to 4 are allowed"},
        {{0, 5, {NULL}}, "temporal_join#4: 5 columns, 1 to 4 are allowed"},
        {{0, 1, {"w"}}, "temporal_join#4: no column 'w' in steps"},
        {{0, 2, {"v", "v"}}, "temporal_join#4: column 'right_v' would stand twice"},
        {{-1, 1, {"v"}},
         "temporal_join#4: lateness is -1 ns, 0 to 2305843009213693951 are "
         "allowed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
        struct pm_error error = {0};
        struct pm_flow left = pm_plan_source(plan, 0, &pm_feed_schema);
        struct pm_flow right = pm_plan_source(plan, 1, &pm_feed_schema);
        left = pm_plan_key_by(plan, left, "key");
        right = pm_plan_key_by(plan, right, "key");
        pm_plan_output(plan, pm_plan_temporal_join(plan, left, right, &cases[i].config), 0, "out");
        assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
        assert_string_equal(error.text, cases[i].text);
        pm_plan_close(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_left_record_sees_its_version),
        cmocka_unit_test(versions_without_left_records_do_not_pile_up),
        cmocka_unit_test(the_watermark_is_the_least_of_both_less_the_lateness),
        cmocka_unit_test(a_check_refuses_impossible_joins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
