/* SPDX-License-Identifier: Apache-2.0 */
/* Of a key's records within a bound, the first or the last in event time; by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_feed.h"
#include "pm_verbs.h"

#define STEPS_MAX 12
#define ROWS_MAX  6

struct row {
    int64_t time, value; /* value 0: no row; LATE: as it came */
};
#define LATE (-1)

struct scene {
    const char *name;
    enum pm_dedup_keep keep;
    int64_t lateness;
    struct pm_feed_step steps[STEPS_MAX];
    struct row rows[ROWS_MAX];
};

#define R(time_, value_) PM_FEED_RECORD(time_, 1, value_)
#define END              PM_FEED_MARK(PM_TIME_MAX)

/* The bound is 10. */
static const struct scene scenes[] = {
    {"the first stays, the others of its bound go",
     PM_KEEP_FIRST,
     0,
     {R(5, 1), R(6, 2), R(14, 3), R(15, 4), END},
     {{5, 1}, {15, 4}}},
    {"a record that goes prolongs nothing",
     PM_KEEP_FIRST,
     0,
     {R(1, 1), R(9, 2), R(12, 3), END},
     {{1, 1}, {12, 3}}},
    {"event time decides, not arrival",
     PM_KEEP_FIRST,
     0,
     {R(7, 2), R(5, 1), R(3, 3), END},
     {{3, 3}}},
    {"keys do not meet",
     PM_KEEP_FIRST,
     0,
     {R(1, 1), PM_FEED_RECORD(2, 2, 2), END},
     {{1, 1}, {2, 2}}},
    {"a silent key begins anew",
     PM_KEEP_FIRST,
     0,
     {R(1, 1), PM_FEED_MARK(50), R(50, 2), END},
     {{1, 1}, {50, 2}}},
    {"a record that comes behind still is the first within the lateness",
     PM_KEEP_FIRST,
     5,
     {R(5, 1), PM_FEED_BEHIND(3, 1, 2, 8), PM_FEED_BEHIND(2, 1, 3, 8), END},
     {{2, LATE}, {3, 2}}},
    {"the last leaves at the end of the bound - 1",
     PM_KEEP_LAST,
     0,
     {R(5, 1), R(14, 3), R(6, 2), R(15, 4), END},
     {{14, 3}, {24, 4}}},
};

static void play(const struct scene *scene, unsigned way)
{
    const struct pm_dedup_config config = {
        .keep = scene->keep, .within_ns = 10, .lateness_ns = scene->lateness};
    struct pm_plan *plan = pm_plan_open(PM_ORDER_EVENT_TIME);
    struct pm_random cuts = pm_random_open(way, 0);
    struct pm_feed feed;
    uint32_t steps = 0;

    const struct pm_flow source = pm_plan_source(plan, 0, &pm_feed_schema);
    const struct pm_flow rows = pm_plan_dedup(plan, pm_plan_key_by(plan, source, "key"), &config);
    pm_plan_output(plan, rows, 0, "out");
    pm_plan_output(plan, pm_plan_side(rows, 1), 1, "late");
    while (!scene->steps[steps].is_mark || scene->steps[steps].time_ns != PM_TIME_MAX)
        steps++;
    pm_feed_open(&feed, plan, way & 1 ? &pm_state_copying : &pm_state_memory);
    pm_feed_play(&feed, scene->steps, steps + 1, way & 2 ? &cuts : NULL, way & 4 ? 1 : 0);
    for (uint32_t i = 0; i < feed.count; i++) {
        const struct row *want = &scene->rows[i];
        if (i >= ROWS_MAX || want->value == 0)
            fail_msg("%s: %u rows", scene->name, feed.count);
        assert_int_equal(feed.rows[i].event_time_ns, want->time);
        assert_int_equal(feed.rows[i].output, want->value == LATE ? 1 : 0);
        if (want->value != LATE)
            assert_int_equal(pm_feed_value(&feed, &feed.rows[i], "v"), want->value);
    }
    assert_true(feed.count == ROWS_MAX || scene->rows[feed.count].value == 0);
    pm_feed_close(&feed);
}

static void one_record_a_bound_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        for (unsigned way = 0; way < 8; way++)
            play(&scenes[i], way);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_record_a_bound_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
