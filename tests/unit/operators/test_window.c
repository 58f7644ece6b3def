/* SPDX-License-Identifier: Apache-2.0 */
/* Tumbling and sliding windows: what counts where, when rows leave, and which records are late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_feed.h"
#include "pm_verbs.h"

#define STEPS_MAX 16
#define ROWS_MAX  16

/* A window's row, or (late) a record that no window may count. */
struct row {
    uint64_t key;
    int64_t start, end;
    int64_t count, sum;
    bool late;
    int64_t time;
};
#define LATE(time_, key_)                                                                          \
    {                                                                                              \
        .key = (key_), .time = (time_), .late = true                                               \
    }

struct scene {
    const char *name;
    int64_t size, slide, lateness;
    struct pm_feed_step steps[STEPS_MAX];
    struct row rows[ROWS_MAX]; /* in order; the first with count 0 and not late ends them */
};
#define R PM_FEED_RECORD
#define B PM_FEED_BEHIND
#define M PM_FEED_MARK

static const struct scene tumbling[] = {
    {"a window closes when the watermark reaches its end, not before",
     10,
     10,
     0,
     {R(0, 1, 5), R(9, 1, 7), M(9), R(10, 1, 1), M(10), M(20)},
     {{1, 0, 10, 2, 12, 0, 0}, {1, 10, 20, 1, 1, 0, 0}}},
    {"ends are exclusive and windows are aligned to the epoch, before it too",
     10,
     10,
     0,
     {R(-1, 1, 1), R(-10, 1, 2), R(-11, 1, 4), M(100)},
     {{1, -20, -10, 1, 4, 0, 0}, {1, -10, 0, 2, 3, 0, 0}}},
    {"rows leave in order of time, then of first record",
     10,
     10,
     0,
     {R(12, 3, 1), R(1, 2, 1), R(2, 1, 1), M(50)},
     {{2, 0, 10, 1, 1, 0, 0}, {1, 0, 10, 1, 1, 0, 0}, {3, 10, 20, 1, 1, 0, 0}}},
    {"lateness keeps a window open, and its row waits",
     10,
     10,
     5,
     {R(3, 1, 1), R(20, 2, 9), M(14), B(4, 1, 2, 14), M(15), B(5, 1, 4, 15), M(35)},
     {{1, 0, 10, 2, 3, 0, 0}, LATE(5, 1), {2, 20, 30, 1, 9, 0, 0}}},
    {"a record behind its own partition's mark is late though another keeps the window open",
     10,
     10,
     0,
     {R(3, 1, 1), B(4, 1, 2, 10), B(5, 1, 4, 9), M(10)},
     {LATE(4, 1), {1, 0, 10, 2, 5, 0, 0}}},
    {"a record that is not behind is never late, nor is it compared with the watermark",
     10,
     10,
     0,
     {M(7), R(7, 1, 1), M(10)},
     {{1, 0, 10, 1, 1, 0, 0}}},
    {"the last mark closes everything",
     10,
     10,
     1000,
     {R(7, 1, 1), R(95, 2, 1), M(PM_TIME_MAX)},
     {{1, 0, 10, 1, 1, 0, 0}, {2, 90, 100, 1, 1, 0, 0}}},
};

static const struct scene sliding[] = {
    {"a record counts in every window that spans it",
     30,
     10,
     0,
     {R(5, 1, 1), R(15, 1, 2), M(25), R(26, 1, 4), M(100)},
     {{1, -20, 10, 1, 1, 0, 0},
      {1, -10, 20, 2, 3, 0, 0},
      {1, 0, 30, 3, 7, 0, 0},
      {1, 10, 40, 2, 6, 0, 0},
      {1, 20, 50, 1, 4, 0, 0}}},
    {"windows without records make no rows",
     20,
     10,
     0,
     {R(5, 1, 1), R(95, 1, 2), M(200)},
     {{1, -10, 10, 1, 1, 0, 0},
      {1, 0, 20, 1, 1, 0, 0},
      {1, 80, 100, 1, 2, 0, 0},
      {1, 90, 110, 1, 2, 0, 0}}},
    {"an older record than all before brings its windows forward",
     20,
     10,
     0,
     {R(35, 1, 1), R(5, 1, 2), R(15, 2, 4), M(200)},
     {{1, -10, 10, 1, 2, 0, 0},
      {2, 0, 20, 1, 4, 0, 0},
      {1, 0, 20, 1, 2, 0, 0},
      {2, 10, 30, 1, 4, 0, 0},
      {1, 20, 40, 1, 1, 0, 0},
      {1, 30, 50, 1, 1, 0, 0}}},
    {"a behind record counts from the first end above its mark only",
     30,
     10,
     0,
     {R(5, 1, 1), B(6, 1, 2, 10), B(7, 1, 4, 20), B(8, 1, 8, 30), B(9, 1, 16, 9), M(100)},
     {LATE(8, 1), {1, -20, 10, 2, 17, 0, 0}, {1, -10, 20, 3, 19, 0, 0}, {1, 0, 30, 4, 23, 0, 0}}},
    {"a behind record alone opens its windows where they may count it",
     30,
     10,
     5,
     {R(65, 2, 1), B(31, 1, 2, 49), M(54), M(200)},
     {{1, 20, 50, 1, 2, 0, 0},
      {1, 30, 60, 1, 2, 0, 0},
      {2, 40, 70, 1, 1, 0, 0},
      {2, 50, 80, 1, 1, 0, 0},
      {2, 60, 90, 1, 1, 0, 0}}},
    {"a slice behind an open gap is found again",
     20,
     10,
     0,
     {R(5, 1, 1), R(45, 1, 2), B(25, 1, 4, 30), M(40), R(41, 1, 8), M(100)},
     {{1, -10, 10, 1, 1, 0, 0},
      {1, 0, 20, 1, 1, 0, 0},
      {1, 20, 40, 1, 4, 0, 0},
      {1, 30, 50, 2, 10, 0, 0},
      {1, 40, 60, 2, 10, 0, 0}}},
};

static struct pm_plan *plan_of(const struct scene *scene, enum pm_window_kind kind)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_window_config config = {
        .kind = kind,
        .size_ns = scene->size,
        .slide_ns = scene->slide,
        .lateness_ns = scene->lateness,
        .folds = 3,
        .fold = {{PM_FOLD_COUNT, NULL, "n", 0},
                 {PM_FOLD_SUM, "v", "sum", 0},
                 {PM_FOLD_SUM, "twice", "double", 0}},
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
    assert_int_equal(got->key, want->key);
    assert_int_equal(got->output, want->late ? 1 : 0);
    if (want->late) {
        assert_int_equal(got->event_time_ns, want->time);
        assert_int_not_equal(got->closed_below_ns, PM_TIME_MIN);
        return;
    }
    assert_int_equal(pm_feed_value(feed, got, "window_start"), want->start);
    assert_int_equal(pm_feed_value(feed, got, "window_end"), want->end);
    assert_int_equal(pm_feed_value(feed, got, "n"), want->count);
    assert_int_equal(pm_feed_value(feed, got, "sum"), want->sum);
    assert_int_equal(pm_feed_value(feed, got, "double"), 2 * want->sum);
    assert_int_equal(got->event_time_ns, want->end - 1);
    assert_int_equal(got->closed_below_ns, PM_TIME_MIN);
    assert_int_equal(got->id, 0);
}

static void play(const struct scene *scene, enum pm_window_kind kind, unsigned way)
{
    const struct pm_state_ops *ops = way & 1 ? &pm_state_copying : &pm_state_memory;
    struct pm_random cuts = pm_random_open(way, 0);
    struct pm_feed feed;
    uint32_t steps = 0, rows = 0;

    while (steps < STEPS_MAX &&
           (scene->steps[steps].is_mark || scene->steps[steps].closed_below_ns != 0))
        steps++;
    pm_feed_open(&feed, plan_of(scene, kind), ops);
    pm_feed_play(&feed, scene->steps, steps, way & 2 ? &cuts : NULL, way & 4 ? 1 : 0);
    while (rows < ROWS_MAX && (scene->rows[rows].late || scene->rows[rows].count != 0))
        rows++;
    assert_int_equal(feed.count, rows);
    for (uint32_t i = 0; i < rows; i++)
        check_row(&feed, &feed.rows[i], &scene->rows[i]);
    pm_feed_close(&feed);
}

static void scenes(const struct scene *list, size_t count, enum pm_window_kind kind)
{
    for (size_t i = 0; i < count; i++) {
        for (unsigned way = 0; way < 8; way++) {
            print_message("%s, way %u\n", list[i].name, way);
            play(&list[i], kind, way);
        }
    }
}

static void tumbling_windows_count_what_they_span(void **state)
{
    (void)state;
    scenes(tumbling, sizeof tumbling / sizeof *tumbling, PM_WINDOW_TUMBLING);
}

static void sliding_windows_count_what_they_span(void **state)
{
    (void)state;
    scenes(sliding, sizeof sliding / sizeof *sliding, PM_WINDOW_SLIDING);
}

static void the_watermark_passes_on_less_the_lateness_and_only_when_all_has_fired(void **state)
{
    const struct scene scene = {.size = 10, .slide = 10, .lateness = 5};
    const struct pm_feed_step steps[] = {R(1, 1, 1), R(2, 2, 1), R(3, 3, 1), M(12)};
    struct pm_feed feed;

    (void)state;
    pm_feed_open(&feed, plan_of(&scene, PM_WINDOW_TUMBLING), &pm_state_memory);
    pm_feed_play(&feed, steps, 4, NULL, 0);
    assert_int_equal(pm_feed_watermark(&feed, 0), 7);
    feed.room = 2;
    assert_false(pm_feed_mark(&feed, 0, 40));
    assert_int_equal(feed.count, 2);
    assert_int_equal(pm_feed_watermark(&feed, 0), 7);
    assert_false(pm_feed_mark(&feed, 0, 40)); /* still blocked: nothing more fires */
    assert_int_equal(feed.count, 2);
    pm_feed_unblock(&feed);
    assert_true(pm_feed_mark(&feed, 0, 40));
    assert_int_equal(feed.count, 3);
    assert_int_equal(pm_feed_watermark(&feed, 0), 35);
    assert_int_equal(pm_feed_watermark(&feed, 1), 35);
    pm_feed_close(&feed);
}

static void a_slice_of_what_is_due_fires_and_records_come_in_between(void **state)
{
    const struct scene scene = {.size = 10, .slide = 10};
    const struct pm_feed_step steps[] = {R(1, 1, 1), R(2, 2, 1), R(3, 3, 1)};
    const struct pm_feed_step next[] = {R(12, 3, 5), R(13, 4, 5)};
    struct pm_feed feed;

    (void)state;
    pm_feed_open(&feed, plan_of(&scene, PM_WINDOW_TUMBLING), &pm_state_memory);
    pm_feed_play(&feed, steps, 3, NULL, 0);
    feed.task.slice = 2;
    assert_false(pm_feed_mark(&feed, 0, 12));
    assert_int_equal(feed.count, 2);
    pm_feed_play(&feed, next, 2, NULL, 0);
    assert_int_equal(pm_feed_watermark(&feed, 0), PM_TIME_MIN);
    assert_true(pm_feed_mark(&feed, 0, 12));
    assert_int_equal(feed.count, 3);
    assert_int_equal(feed.rows[2].key, 3);
    assert_int_equal(pm_feed_value(&feed, &feed.rows[2], "sum"), 1);
    assert_int_equal(pm_feed_watermark(&feed, 0), 12);
    pm_feed_close(&feed);
}

static void windows_may_have_more_slices_than_one_look_up_gives(void **state)
{
    const struct scene scene = {.size = 150 * 200, .slide = 200};
    struct pm_feed_step steps[501];
    struct pm_feed feed;

    (void)state;
    for (int64_t i = 0; i < 500; i++)
        steps[i] = (struct pm_feed_step)R(i * 200, 1, i);
    steps[500] = (struct pm_feed_step)M(PM_TIME_MAX);
    pm_feed_open(&feed, plan_of(&scene, PM_WINDOW_SLIDING), &pm_state_memory);
    pm_feed_play(&feed, steps, 501, NULL, 0);
    assert_int_equal(feed.count, 500 + 149);
    for (int64_t i = 0; i < feed.count; i++) {
        const int64_t first = i < 149 ? 0 : i - 149, last = i < 499 ? i : 499;
        const struct pm_feed_row *row = &feed.rows[i];
        assert_int_equal(pm_feed_value(&feed, row, "window_end"), (i + 1) * 200);
        assert_int_equal(pm_feed_value(&feed, row, "n"), last - first + 1);
        assert_int_equal(pm_feed_value(&feed, row, "sum"), (first + last) * (last - first + 1) / 2);
    }
    pm_feed_close(&feed);
}

static void fired_windows_leave_no_state(void **state)
{
    const struct scene scene = {.size = 60, .slide = 10};
    struct pm_feed feed;
    uint64_t early = 0;

    (void)state;
    pm_feed_open(&feed, plan_of(&scene, PM_WINDOW_SLIDING), &pm_state_memory);
    for (int64_t t = 0; t < 200000; t += 5) {
        const struct pm_feed_step steps[] = {R(t, (uint64_t)t % 7, 1), M(t)};
        pm_feed_play(&feed, steps, 2, NULL, 0);
        feed.count = 0;
        if (t == 20000)
            early = pm_chain_state_bytes(feed.chain);
    }
    assert_true(pm_chain_state_bytes(feed.chain) <= early);
    pm_feed_close(&feed);
}

static void the_plan_knows_what_a_window_makes(void **state)
{
    const struct scene scene = {.size = 10, .slide = 10};
    struct pm_plan *plan = plan_of(&scene, PM_WINDOW_TUMBLING);
    struct pm_plan_output_info info;
    int64_t look_back_ns;
    struct pm_error error;

    (void)state;
    assert_int_equal(pm_plan_check(plan, &error), 0);
    assert_int_equal(pm_plan_output_info(plan, 0, &info), 0);
    assert_false(info.on_arrival);
    assert_int_equal(info.schema->columns[1].type, PM_TYPE_TIME);
    assert_int_equal(info.schema->count, 6);
    assert_false(pm_plan_reads_all(plan, &look_back_ns));
    assert_int_equal(look_back_ns, 10);
    pm_plan_close(plan);
}

static void a_check_refuses_impossible_windows(void **state)
{
    const struct {
        int64_t size, slide, lateness;
        const char *text;
    } cases[] = {
        {0, 1, 0, "window#2: size is 0 ns, 1 to 2305843009213693951 are allowed"},
        {10, 0, 0, "window#2: slide is 0 ns, 1 to 2305843009213693951 are allowed"},
        {10, 4, 0, "window#2: size 10 ns is not a multiple of slide 4 ns"},
        {12, 2, 0, "window#2: 6 windows overlap, with this slide at most 2 may"},
        {10, 10, -1, "window#2: lateness is -1 ns, 0 to 2305843009213693951 are allowed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct scene scene = {
            .size = cases[i].size, .slide = cases[i].slide, .lateness = cases[i].lateness};
        struct pm_plan *plan = plan_of(&scene, PM_WINDOW_SLIDING);
        struct pm_error error = {0};
        assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
        assert_string_equal(error.text, cases[i].text);
        pm_plan_close(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tumbling_windows_count_what_they_span),
        cmocka_unit_test(sliding_windows_count_what_they_span),
        cmocka_unit_test(the_watermark_passes_on_less_the_lateness_and_only_when_all_has_fired),
        cmocka_unit_test(a_slice_of_what_is_due_fires_and_records_come_in_between),
        cmocka_unit_test(windows_may_have_more_slices_than_one_look_up_gives),
        cmocka_unit_test(fired_windows_leave_no_state),
        cmocka_unit_test(the_plan_knows_what_a_window_makes),
        cmocka_unit_test(a_check_refuses_impossible_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
