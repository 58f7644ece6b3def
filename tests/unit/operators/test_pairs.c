/* SPDX-License-Identifier: Apache-2.0 */
/* The interval join and the window join: who meets whom, when rows leave, what is late; by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_feed.h"
#include "pm_verbs.h"

#define STEPS_MAX 12
#define ROWS_MAX  10

/* v of a left record is its time, v of a right one 100 + its time. */
#define L(time_, key_)           PM_FEED_RECORD(time_, key_, time_)
#define LB(time_, key_, closed_) PM_FEED_BEHIND(time_, key_, time_, closed_)
#define RIGHT(time_, key_, closed_)                                                                \
    {                                                                                              \
        .input = 1, .time_ns = (time_), .key = (key_), .value = 100 + (time_),                     \
        .closed_below_ns = (closed_)                                                               \
    }
#define R(time_, key_)           RIGHT(time_, key_, PM_TIME_MIN)
#define RB(time_, key_, closed_) RIGHT(time_, key_, closed_)
#define ML(watermark_)           PM_FEED_MARK(watermark_)
#define MR(watermark_)                                                                             \
    {                                                                                              \
        .is_mark = true, .input = 1, .time_ns = (watermark_)                                       \
    }

struct row {
    unsigned output;
    int64_t time, left, right; /* left or right 0: the row has none; time 0: no row */
};

struct scene {
    const char *name;
    int64_t lower, upper, lateness;
    struct pm_feed_step steps[STEPS_MAX];
    struct row rows[ROWS_MAX];
};

static const struct scene intervals[] = {
    {"both bounds are inclusive",
     -2,
     3,
     0,
     {L(10, 1), R(7, 1), R(8, 1), R(13, 1), R(14, 1), R(10, 2), ML(90), MR(90)},
     {{0, 10, 10, 8}, {0, 13, 10, 13}}},
    {"pairs leave on arrival of the second, whichever it is",
     0,
     5,
     0,
     {R(12, 1), L(10, 1), L(20, 1), R(25, 1)},
     {{0, 12, 10, 12}, {0, 25, 20, 25}}},
    {"who met none is known once both watermarks have passed t + upper",
     0,
     5,
     0,
     {L(10, 1), MR(90), ML(15), R(90, 1), ML(16), R(91, 2)},
     {{2, 10, 10, 0}}},
    {"a negative upper bound waits for the record's own time only",
     -5,
     -2,
     0,
     {L(10, 1), L(20, 1), R(16, 1), ML(11), MR(11)},
     {{0, 20, 20, 16}, {2, 10, 10, 0}}},
    {"a right record behind the left one's end is not seen by it",
     0,
     5,
     0,
     {L(10, 1), L(12, 1), RB(13, 1, 16), ML(90), MR(90)},
     {{0, 13, 12, 13}, {2, 10, 10, 0}}},
    {"the lateness lets it in",
     0,
     5,
     1,
     {L(10, 1), RB(13, 1, 16), ML(90), MR(90)},
     {{0, 13, 10, 13}}},
    {"late is what no pair may count",
     0,
     5,
     0,
     {LB(10, 1, 16), LB(11, 1, 16), RB(10, 1, 16), RB(11, 1, 16), ML(90), MR(90)},
     {{1, 10, 10, 0}, {3, 10, 0, 10}, {0, 11, 11, 11}}},
};

static const struct scene windows[] = {
    {"pairs of one window, in the order of the left side, then of the right",
     10,
     10,
     0,
     {L(12, 1), L(11, 1), R(19, 1), R(10, 1), R(20, 1), R(11, 2), L(25, 2), ML(90), MR(90)},
     {{0, 19, 11, 10}, {0, 19, 11, 19}, {0, 19, 12, 10}, {0, 19, 12, 19}}},
    {"in sliding windows a pair counts in each that holds both",
     10,
     5,
     0,
     {L(11, 1), R(14, 1), R(16, 1), ML(90), MR(90)},
     {{0, 14, 11, 14}, {0, 19, 11, 14}, {0, 19, 11, 16}}},
    {"a window fires at its end + lateness on both sides",
     10,
     10,
     3,
     {L(11, 1), R(12, 1), ML(90), MR(22), RB(13, 1, 22), MR(23), RB(14, 1, 23)},
     {{0, 19, 11, 12}, {0, 19, 11, 13}, {2, 14, 0, 14}}},
    {"a record behind counts in the windows that are not closed",
     10,
     5,
     0,
     {LB(11, 1, 16), R(12, 1), LB(11, 2, 20), ML(90), MR(90)},
     {{1, 11, 11, 0}, {0, 19, 11, 12}}},
};

static struct pm_plan *plan_of(const struct scene *scene, bool is_window)
{
    const struct pm_interval_join_config interval = {.lower_ns = scene->lower,
                                                     .upper_ns = scene->upper,
                                                     .lateness_ns = scene->lateness,
                                                     .columns = 1,
                                                     .column = {"v"}};
    const struct pm_window_join_config window = {.size_ns = scene->lower,
                                                 .slide_ns = scene->upper,
                                                 .lateness_ns = scene->lateness,
                                                 .columns = 1,
                                                 .column = {"v"}};
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    struct pm_flow left = pm_plan_source(plan, 0, &pm_feed_schema);
    struct pm_flow right = pm_plan_source(plan, 1, &pm_feed_schema);

    left = pm_plan_key_by(plan, left, "key");
    right = pm_plan_key_by(plan, right, "key");
    const struct pm_flow rows = is_window ? pm_plan_window_join(plan, left, right, &window)
                                          : pm_plan_interval_join(plan, left, right, &interval);
    for (unsigned port = 0; port < (is_window ? 3u : 4u); port++)
        pm_plan_output(plan, pm_plan_side(rows, port), port, "out");
    return plan;
}

static void check_row(const struct pm_feed *feed, const struct pm_feed_row *got,
                      const struct scene *scene, const struct row *want)
{
    if (want->time == 0 || got->output != want->output || got->event_time_ns != want->time)
        fail_msg("%s: output %llu at %lld, expected %u at %lld", scene->name,
                 (unsigned long long)got->output, (long long)got->event_time_ns, want->output,
                 (long long)want->time);
    if (want->left != 0)
        assert_int_equal(pm_feed_value(feed, got, "v"), want->left);
    if (want->output == 0)
        assert_int_equal(pm_feed_value(feed, got, "right_v"), 100 + want->right);
    else if (want->right != 0)
        assert_int_equal(pm_feed_value(feed, got, "v"), 100 + want->right);
}

static void play(const struct scene *scene, bool is_window, unsigned way)
{
    struct pm_random cuts = pm_random_open(way, 0);
    struct pm_feed feed;
    uint32_t steps = 0, rows = 0;

    while (steps < STEPS_MAX && scene->steps[steps].time_ns != 0)
        steps++;
    pm_feed_open(&feed, plan_of(scene, is_window), way & 1 ? &pm_state_copying : &pm_state_memory);
    pm_feed_play(&feed, scene->steps, steps, way & 2 ? &cuts : NULL, way & 4 ? 1 : 0);
    for (; rows < feed.count && rows < ROWS_MAX; rows++)
        check_row(&feed, &feed.rows[rows], scene, &scene->rows[rows]);
    if (rows != feed.count || (rows < ROWS_MAX && scene->rows[rows].time != 0))
        fail_msg("%s: %u rows", scene->name, feed.count);
    pm_feed_close(&feed);
}

static void records_within_the_bounds_meet(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
        for (unsigned way = 0; way < 8; way++)
            play(&intervals[i], false, way);
    }
}

static void records_of_a_window_meet(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        for (unsigned way = 0; way < 8; way++)
            play(&windows[i], true, way);
    }
}

static void the_watermark_lags_by_lateness_and_upper_bound(void **state)
{
    const struct scene scene = {
        .lower = 0, .upper = 5, .lateness = 2, .steps = {L(10, 1), ML(50), MR(40)}};
    struct pm_feed feed;

    (void)state;
    pm_feed_open(&feed, plan_of(&scene, false), &pm_state_memory);
    pm_feed_play(&feed, scene.steps, 3, NULL, 0);
    assert_int_equal(pm_feed_watermark(&feed, 0), 33);
    pm_feed_close(&feed);
}

/* The pairs of left records 10 and 11 with a right one at 12, in every order of their arrival:
 * equal times, and ids that say which came second. */
static const struct pm_feed_step arrivals[][5] = {
    {L(10, 1), R(12, 1), L(11, 1), ML(90), MR(90)},
    {L(11, 1), R(12, 1), L(10, 1), ML(90), MR(90)},
    {L(10, 1), L(11, 1), R(12, 1), ML(90), MR(90)},
    {R(12, 1), L(10, 1), L(11, 1), ML(90), MR(90)},
};

static struct pm_plan *ties_plan(void)
{
    const struct pm_interval_join_config pairs = {.upper_ns = 5};
    const struct pm_dedup_config first = {.keep = PM_KEEP_FIRST, .within_ns = 5};
    const struct pm_temporal_join_config as_of = {.columns = 1, .column = {"v"}};
    struct pm_plan *plan = pm_plan_open(PM_ORDER_EVENT_TIME);
    struct pm_flow left = pm_plan_source(plan, 0, &pm_feed_schema);
    struct pm_flow right = pm_plan_source(plan, 1, &pm_feed_schema);

    left = pm_plan_key_by(plan, left, "key");
    right = pm_plan_key_by(plan, right, "key");
    const struct pm_flow rows = pm_plan_interval_join(plan, left, right, &pairs);
    pm_plan_output(plan, pm_plan_dedup(plan, rows, &first), 0, "first");
    pm_plan_output(plan, pm_plan_temporal_join(plan, rows, rows, &as_of), 1, "as_of");
    return plan;
}

static void the_id_of_what_came_second_breaks_no_tie(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof arrivals / sizeof *arrivals; i++) {
        struct pm_feed_step steps[5];
        struct pm_feed feed;
        for (unsigned k = 0; k < 5; k++) {
            steps[k] = arrivals[i][k];
            steps[k].id = 20 - (uint64_t)steps[k].time_ns % 20; /* later ones have smaller ids */
        }
        pm_feed_open(&feed, ties_plan(), &pm_state_memory);
        pm_feed_play(&feed, steps, 5, NULL, 0);
        assert_int_equal(feed.count, 3);
        for (unsigned k = 0; k < 3; k++) {
            const bool is_first = feed.rows[k].output == 0;
            assert_int_equal(pm_feed_value(&feed, &feed.rows[k], is_first ? "v" : "right_v"),
                             is_first ? 10 : 11);
        }
        pm_feed_close(&feed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_within_the_bounds_meet),
        cmocka_unit_test(records_of_a_window_meet),
        cmocka_unit_test(the_watermark_lags_by_lateness_and_upper_bound),
        cmocka_unit_test(the_id_of_what_came_second_breaks_no_tie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
