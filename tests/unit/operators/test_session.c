/* SPDX-License-Identifier: Apache-2.0 */
/* Session windows: growing, merging, firing, and the record's own lateness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_feed.h"
#include "pm_verbs.h"

#define STEPS_MAX 16
#define ROWS_MAX  8

/* A session's row, or (late) the time of a late record in start. */
struct row {
    int64_t start, end, count, sum;
};
#define LATE_END (-1)

struct scene {
    const char *name;
    int64_t gap, lateness;
    struct pm_feed_step steps[STEPS_MAX];
    struct row rows[ROWS_MAX];
};
#define R PM_FEED_RECORD
#define B PM_FEED_BEHIND
#define M PM_FEED_MARK

static const struct scene scenes[] = {
    {"a session ends a gap after its last record",
     10,
     0,
     {R(100, 1, 1), R(105, 1, 2), R(109, 1, 4), M(118), M(119)},
     {{100, 119, 3, 7}}},
    {"a record exactly at a session's end starts the next",
     10,
     0,
     {R(100, 1, 1), R(110, 1, 2), R(119, 1, 4), M(200)},
     {{100, 110, 1, 1}, {110, 129, 2, 6}}},
    {"an older record exactly a gap before starts its own",
     10,
     0,
     {R(110, 1, 1), R(100, 1, 2), M(200)},
     {{100, 110, 1, 2}, {110, 120, 1, 1}}},
    {"an older record moves the start",
     10,
     0,
     {R(110, 1, 1), R(101, 1, 2), R(95, 1, 4), M(119), M(120)},
     {{95, 120, 3, 7}}},
    {"a record bridges two sessions",
     10,
     0,
     {R(100, 1, 1), R(118, 1, 2), R(109, 1, 4), M(127), M(128)},
     {{100, 128, 3, 7}}},
    {"records in the middle change nothing but the folds",
     10,
     0,
     {R(100, 1, 1), R(108, 1, 2), R(104, 1, 4), R(108, 1, 8), M(118)},
     {{100, 118, 4, 15}}},
    {"many merge into one whatever their order",
     10,
     0,
     {R(100, 1, 1), R(120, 1, 2), R(140, 1, 4), R(131, 1, 8), R(111, 1, 16), R(129, 1, 32),
      R(109, 1, 64), R(149, 1, 128), M(158), M(159)},
     {{100, 159, 8, 255}}},
    {"an extended session waits although its first timer is due",
     10,
     0,
     {R(100, 1, 1), R(109, 1, 2), M(110), R(118, 1, 4), M(119), M(127), M(128)},
     {{100, 128, 3, 7}}},
    {"after a merge the later session's own timer does not fire what has grown",
     10,
     0,
     {R(100, 1, 1), R(112, 1, 2), R(105, 1, 4), R(121, 1, 8), M(122), M(130), R(130, 1, 16), M(139),
      M(140)},
     {{100, 140, 5, 31}}},
    {"the record decides: late when its time + lateness lies below its mark",
     10,
     5,
     {R(100, 1, 1), B(104, 1, 2, 110), B(105, 1, 4, 110), M(110), M(119), M(120)},
     {{104, LATE_END, 0, 0}, {100, 115, 2, 5}}},
    {"a behind record that is not late is grouped by event time alone",
     10,
     5,
     {R(100, 1, 1), M(107), B(103, 1, 2, 108), M(117), M(118)},
     {{100, 113, 2, 3}}},
    {"keys do not meet",
     10,
     0,
     {R(100, 1, 1), R(104, 2, 2), R(108, 1, 4), M(200)},
     {{104, 114, 1, 2}, {100, 118, 2, 5}}},
    {"the last mark closes everything", 10, 50, {R(100, 1, 1), M(PM_TIME_MAX)}, {{100, 110, 1, 1}}},
};

static struct pm_plan *plan_of(int64_t gap_ns, int64_t lateness_ns)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_window_config config = {
        .kind = PM_WINDOW_SESSION,
        .gap_ns = gap_ns,
        .lateness_ns = lateness_ns,
        .folds = 2,
        .fold = {{PM_FOLD_COUNT, NULL, "n", 0}, {PM_FOLD_SUM, "v", "sum", 0}},
    };
    struct pm_flow flow = pm_plan_key_by(plan, pm_plan_source(plan, 0, &pm_feed_schema), "key");

    flow = pm_plan_window(plan, flow, &config);
    pm_plan_output(plan, flow, 0, "out");
    pm_plan_output(plan, pm_plan_side(flow, 1), 1, "late");
    return plan;
}

static void check_row(const struct pm_feed *feed, const struct pm_feed_row *got,
                      const struct row *want)
{
    if (want->end == LATE_END) {
        assert_int_equal(got->output, 1);
        assert_int_equal(got->event_time_ns, want->start);
        return;
    }
    assert_int_equal(got->output, 0);
    assert_int_equal(pm_feed_value(feed, got, "window_start"), want->start);
    assert_int_equal(pm_feed_value(feed, got, "window_end"), want->end);
    assert_int_equal(pm_feed_value(feed, got, "n"), want->count);
    assert_int_equal(pm_feed_value(feed, got, "sum"), want->sum);
    assert_int_equal(got->event_time_ns, want->end - 1);
}

static void play(const struct scene *scene, unsigned way)
{
    const struct pm_state_ops *ops = way & 1 ? &pm_state_copying : &pm_state_memory;
    struct pm_random cuts = pm_random_open(way, 0);
    struct pm_feed feed;
    uint32_t steps = 0, rows = 0;

    while (steps < STEPS_MAX && scene->steps[steps].time_ns != 0)
        steps++;
    while (rows < ROWS_MAX && scene->rows[rows].start != 0)
        rows++;
    pm_feed_open(&feed, plan_of(scene->gap, scene->lateness), ops);
    pm_feed_play(&feed, scene->steps, steps, way & 2 ? &cuts : NULL, way & 4 ? 1 : 0);
    assert_int_equal(feed.count, rows);
    for (uint32_t i = 0; i < rows; i++)
        check_row(&feed, &feed.rows[i], &scene->rows[i]);
    pm_feed_close(&feed);
}

static void sessions_are_what_event_times_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        for (unsigned way = 0; way < 8; way++) {
            print_message("%s, way %u\n", scenes[i].name, way);
            play(&scenes[i], way);
        }
    }
}

static void a_row_leaves_with_the_mark_that_completes_it(void **state)
{
    const struct pm_feed_step steps[] = {R(100, 1, 1), R(109, 1, 2), M(121), M(122)};
    struct pm_feed feed;

    (void)state;
    pm_feed_open(&feed, plan_of(10, 3), &pm_state_memory);
    pm_feed_play(&feed, steps, 3, NULL, 0);
    assert_int_equal(feed.count, 0);
    assert_int_equal(pm_feed_watermark(&feed, 0), 118); /* not above the row's time, 118 */
    pm_feed_play(&feed, steps + 3, 1, NULL, 0);
    assert_int_equal(feed.count, 1);
    assert_int_equal(feed.rows[0].event_time_ns, 118);
    pm_feed_close(&feed);
}

static void merging_leaves_one_timer(void **state)
{
    struct pm_feed feed;
    uint64_t early = 0;

    (void)state;
    pm_feed_open(&feed, plan_of(10, 0), &pm_state_memory);
    for (int64_t t = 0; t < 100000; t += 10) {
        const struct pm_feed_step steps[] = {R(t + 16, 1, 1), R(t + 8, 1, 1), M(t)};
        pm_feed_play(&feed, steps, 3, NULL, 0);
        if (t == 10000)
            early = pm_chain_state_bytes(feed.chain);
    }
    assert_int_equal(feed.count, 0); /* it is one session all the time */
    assert_true(pm_chain_state_bytes(feed.chain) <= early);
    pm_feed_close(&feed);
}

static void batch_must_read_all(void **state)
{
    struct pm_plan *plan = plan_of(10, 0);
    struct pm_error error;
    int64_t look_back_ns;

    (void)state;
    assert_int_equal(pm_plan_check(plan, &error), 0);
    assert_true(pm_plan_reads_all(plan, &look_back_ns));
    pm_plan_close(plan);
    plan = plan_of(0, 0);
    assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
    assert_string_equal(error.text, "session#2: gap is 0 ns, 1 to 2305843009213693951 are allowed");
    pm_plan_close(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_are_what_event_times_say),
        cmocka_unit_test(a_row_leaves_with_the_mark_that_completes_it),
        cmocka_unit_test(merging_leaves_one_timer),
        cmocka_unit_test(batch_must_read_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
