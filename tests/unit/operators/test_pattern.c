/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns: what completes a match, what ends a run, which matches are skipped; by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_feed.h"
#include "pm_pattern.h"

#include <string.h>

#define STEPS_MAX 16
#define ROWS_MAX  6

enum { A = 1, B, C, X }; /* the values of v that the patterns look for */

#define IS(value_)                                                                                 \
    {                                                                                              \
        0, "v", PM_EQUAL, (value_)                                                                 \
    }
#define STEP(value_)                                                                               \
    {                                                                                              \
        .is = IS(value_)                                                                           \
    }
#define TIMES(v_, n_)                                                                              \
    {                                                                                              \
        .is = IS(v_), .times = (n_)                                                                \
    }
#define NEXT(value_)                                                                               \
    {                                                                                              \
        .is = IS(value_), .contiguity = PM_NEXT                                                    \
    }
#define UNLESS(v_, x_)                                                                             \
    {                                                                                              \
        .is = IS(v_), .has_unless = true, .unless = IS(x_)                                         \
    }

static const struct pm_pattern_config a_then_b = {
    .steps = 2, .step = {STEP(A), STEP(B)}, .within_ns = 10};
static const struct pm_pattern_config a_then_b_to_next = {
    .steps = 2, .step = {STEP(A), STEP(B)}, .within_ns = 10, .skip = PM_SKIP_TO_NEXT};
static const struct pm_pattern_config a_next_b = {
    .steps = 2, .step = {STEP(A), NEXT(B)}, .within_ns = 10};
static const struct pm_pattern_config a_not_x_b = {
    .steps = 2, .step = {STEP(A), UNLESS(B, X)}, .within_ns = 10};
static const struct pm_pattern_config three_a = {
    .steps = 1, .step = {TIMES(A, 3)}, .within_ns = 10};
static const struct pm_pattern_config three_a_not_x = {
    .steps = 1,
    .step = {{.is = IS(A), .times = 3, .has_unless = true, .unless = IS(X)}},
    .within_ns = 10};
static const struct pm_pattern_config a_then_no_b = {
    .steps = 1, .step = {STEP(A)}, .absent_ns = 5, .absent = IS(B), .within_ns = 10};
static const struct pm_pattern_config a_c_then_no_b = {
    .steps = 2, .step = {STEP(A), STEP(C)}, .absent_ns = 5, .absent = IS(B), .within_ns = 10};

struct row {
    int64_t start, end; /* end 0: no row */
};

struct scene {
    const char *name;
    const struct pm_pattern_config *pattern;
    struct pm_feed_step steps[STEPS_MAX];
    struct row rows[ROWS_MAX];
};

#define R(time_, value_) PM_FEED_RECORD(time_, 1, value_)
#define END              PM_FEED_MARK(PM_TIME_MAX)

static const struct scene scenes[] = {
    {"what lies between is passed over", &a_then_b, {R(1, A), R(2, C), R(3, B), END}, {{1, 3}}},
    {"event time decides, not arrival", &a_then_b, {R(3, B), R(1, A), END}, {{1, 3}}},
    {"the other order is no match", &a_then_b, {R(1, B), R(3, A), END}, {{0, 0}}},
    {"a match ends less than within after its start",
     &a_then_b,
     {R(1, A), R(11, B), R(20, A), R(29, B), END},
     {{20, 29}}},
    {"past the last: a match ends the runs beside it",
     &a_then_b,
     {R(1, A), R(2, A), R(3, B), R(4, B), END},
     {{1, 3}}},
    {"to the next: each first record has its match",
     &a_then_b_to_next,
     {R(1, A), R(2, A), R(3, B), R(4, B), END},
     {{1, 3}, {2, 3}}},
    {"strict contiguity allows nothing between",
     &a_next_b,
     {R(1, A), R(2, C), R(3, B), R(4, A), R(5, B), END},
     {{4, 5}}},
    {"a forbidden record between ends the run",
     &a_not_x_b,
     {R(1, A), R(2, X), R(3, B), R(4, A), R(5, B), R(6, X), END},
     {{4, 5}}},
    {"repetition takes so many", &three_a, {R(1, A), R(2, A), R(5, C), R(9, A), END}, {{1, 9}}},
    {"its last record begins no other match",
     &three_a,
     {R(1, A), R(2, A), R(3, A), R(4, A), R(5, A), R(6, A), R(7, A), END},
     {{1, 3}, {4, 6}}},
    {"a run that is too slow leaves the later ones",
     &three_a,
     {R(1, A), R(9, A), R(11, A), R(12, A), END},
     {{9, 12}}},
    {"negation holds between the records of a repetition",
     &three_a_not_x,
     {R(1, A), R(2, A), R(3, X), R(4, A), R(5, A), R(6, A), END},
     {{4, 6}}},
    {"absence is known when its time is over",
     &a_then_no_b,
     {R(1, A), R(10, A), R(14, B), R(20, A), R(26, B), END},
     {{1, 6}, {20, 25}}},
    {"a record at the very end of the absence still came",
     &a_then_no_b,
     {R(1, A), R(6, B), R(10, A), R(16, B), END},
     {{10, 15}}},
    {"the absence, too, ends within", /* 1, 5 ends at 10; 21, 26 would end at 31 = 21 + 10 */
     &a_c_then_no_b,
     {R(1, A), R(5, C), R(21, A), R(26, C), END},
     {{1, 10}}},
    {"the ends of time are far apart",
     &a_then_b,
     {R(PM_TIME_MIN + 1, A), R(PM_TIME_MAX - 1, B), R(PM_TIME_MAX - 20, A), R(PM_TIME_MAX - 15, B),
      END},
     {{PM_TIME_MAX - 20, PM_TIME_MAX - 15}}},
    {"keys do not meet",
     &a_then_b,
     {R(1, A), PM_FEED_RECORD(2, 2, B), PM_FEED_RECORD(3, 2, A), R(4, B), END},
     {{1, 4}}},
};

static struct pm_plan *plan_of(const struct pm_pattern_config *pattern)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_EVENT_TIME);
    const struct pm_flow source = pm_plan_source(plan, 0, &pm_feed_schema);
    const struct pm_flow keyed = pm_plan_key_by(plan, source, "key");
    const struct pm_flow rows = pm_plan_pattern(plan, 1, &keyed, pattern);

    pm_plan_output(plan, rows, 0, "out");
    pm_plan_output(plan, pm_plan_side(rows, 1), 1, "late");
    return plan;
}

static void play(const struct scene *scene, unsigned way)
{
    struct pm_random cuts = pm_random_open(way, 0);
    struct pm_feed feed;
    uint32_t steps = 0, rows = 0;

    while (!scene->steps[steps++].is_mark)
        continue;
    while (rows < ROWS_MAX && scene->rows[rows].end != 0)
        rows++;
    pm_feed_open(&feed, plan_of(scene->pattern), way & 1 ? &pm_state_copying : &pm_state_memory);
    pm_feed_play(&feed, scene->steps, steps, way & 2 ? &cuts : NULL, way & 4 ? 1 : 0);
    if (feed.count != rows)
        fail_msg("%s: %u rows, %u expected", scene->name, feed.count, rows);
    for (uint32_t i = 0; i < rows; i++) {
        assert_int_equal(pm_feed_value(&feed, &feed.rows[i], "start"), scene->rows[i].start);
        assert_int_equal(pm_feed_value(&feed, &feed.rows[i], "end"), scene->rows[i].end);
        assert_int_equal(feed.rows[i].event_time_ns, scene->rows[i].end);
    }
    pm_feed_close(&feed);
}

static void runs_match_or_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        for (unsigned way = 0; way < 8; way++)
            play(&scenes[i], way);
    }
}

static void measures_read_the_first_or_the_last_record_of_a_step(void **state)
{
    const struct pm_pattern_config config = {
        .steps = 2,
        .step = {{.is = {0, "v", PM_GREATER, 10}, .times = 2}, STEP(B)},
        .within_ns = 10,
        .measures = 3,
        .measure = {{"low", 0, "v", PM_FIRST_OF},
                    {"high", 0, "v", PM_LAST_OF},
                    {"double", 1, "twice", PM_FIRST_OF}},
    };
    static const struct pm_feed_step steps[] = {R(1, 11), R(2, 12), R(3, B), END};
    struct pm_feed feed;

    (void)state;
    pm_feed_open(&feed, plan_of(&config), &pm_state_memory);
    pm_feed_play(&feed, steps, 4, NULL, 0);
    assert_int_equal(feed.count, 1);
    assert_int_equal(pm_feed_value(&feed, &feed.rows[0], "low"), 11);
    assert_int_equal(pm_feed_value(&feed, &feed.rows[0], "high"), 12);
    assert_int_equal(pm_feed_value(&feed, &feed.rows[0], "double"), 2 * B);
    pm_feed_close(&feed);
}

static void a_match_waits_for_the_lateness_and_late_records_leave(void **state)
{
    struct pm_pattern_config config = a_then_b;
    static const struct pm_feed_step before[] = {R(1, A), R(3, B), PM_FEED_MARK(8)};
    static const struct pm_feed_step then[] = {PM_FEED_BEHIND(2, 1, X, 8),
                                               PM_FEED_BEHIND(3, 1, A, 9), PM_FEED_MARK(9)};
    struct pm_feed feed;

    (void)state;
    config.lateness_ns = 5;
    pm_feed_open(&feed, plan_of(&config), &pm_state_memory);
    pm_feed_play(&feed, before, 3, NULL, 0);
    assert_int_equal(feed.count, 0); /* 3 + 1 + 5 = 9 has not passed */
    pm_feed_play(&feed, then, 3, NULL, 0);
    assert_int_equal(feed.count, 3); /* 2 + 1 + 5 <= 8 is late, so is 3 + 1 + 5 <= 9 */
    assert_int_equal(feed.rows[0].output, 1);
    assert_int_equal(feed.rows[1].output, 1);
    assert_int_equal(feed.rows[2].output, 0);
    assert_int_equal(pm_feed_watermark(&feed, 0), 4);
    pm_feed_close(&feed);
}

static void a_pattern_that_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *text;
        struct pm_pattern_config config;
    } cases[] = {
        {"0 steps", {.within_ns = 10}},
        {"within is 0 ns", {.steps = 1, .step = {STEP(A)}}},
        {"an absence of 10 ns never ends within 10 ns",
         {.steps = 1, .step = {STEP(A)}, .absent_ns = 10, .within_ns = 10}},
        {"names input 1", {.steps = 1, .step = {{.is = {1, NULL, PM_EQUAL, 0}}}, .within_ns = 10}},
        {"no column 'w'", {.steps = 1, .step = {{.is = {0, "w", PM_EQUAL, 0}}}, .within_ns = 10}},
        {"column 'text' is text",
         {.steps = 1, .step = {{.is = {0, "text", PM_EQUAL, 0}}}, .within_ns = 10}},
        {"1001 times", {.steps = 1, .step = {TIMES(A, 1001)}, .within_ns = 10}},
        {"is of step 1",
         {.steps = 1,
          .step = {STEP(A)},
          .within_ns = 10,
          .measures = 1,
          .measure = {{"m", 1, "v", 0}}}},
        {"'start' is empty or stands twice",
         {.steps = 1,
          .step = {STEP(A)},
          .within_ns = 10,
          .measures = 1,
          .measure = {{"start", 0, "v", 0}}}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pm_plan *plan = plan_of(&cases[i].config);
        struct pm_error error = {0};
        assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
        if (strstr(error.text, cases[i].text) == NULL || strstr(error.text, "pattern#") == NULL)
            fail_msg("'%s' expected, it says: %s", cases[i].text, error.text);
        pm_plan_close(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_match_or_end),
        cmocka_unit_test(measures_read_the_first_or_the_last_record_of_a_step),
        cmocka_unit_test(a_match_waits_for_the_lateness_and_late_records_leave),
        cmocka_unit_test(a_pattern_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
