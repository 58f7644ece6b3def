/* SPDX-License-Identifier: Apache-2.0 */
/* Several sizes in one pass give the rows that each gives alone, whatever is late for which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pm_feed.h"
#include "pm_verbs.h"

#define CASES 80u
#define STEPS 200u

static const int64_t sizes[] = {30, 10, 100};
#define SIZES (sizeof sizes / sizeof sizes[0])

/* Sizes [first, end) of the list; the late output only where @p late. */
static struct pm_plan *plan_of(size_t first, size_t end, bool late)
{
    struct pm_window_config config = {.kind = PM_WINDOW_SLIDING,
                                      .size_ns = sizes[first],
                                      .slide_ns = 10,
                                      .lateness_ns = 7,
                                      .folds = 5,
                                      .fold = {{PM_FOLD_COUNT, NULL, "n", 0},
                                               {PM_FOLD_SUM, "v", "sum", 0},
                                               {PM_FOLD_MIN, "v", "min", 0},
                                               {PM_FOLD_MAX, "v", "max", 0},
                                               {PM_FOLD_DISTINCT, "v", "values", 5}}};
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_flow source = pm_plan_source(plan, 0, &pm_feed_schema);

    for (size_t i = first + 1; i < end; i++)
        config.more_ns[i - first - 1] = sizes[i];
    const struct pm_flow windows =
        pm_plan_window(plan, pm_plan_key_by(plan, source, "key"), &config);
    pm_plan_output(plan, windows, 0, "out");
    if (late)
        pm_plan_output(plan, pm_plan_side(windows, 1), 1, "late");
    return plan;
}

/* Gaps, disorder, records behind their partition's watermark, marks that lag behind it. */
static void make_steps(struct pm_feed_step *steps, struct pm_random *random)
{
    int64_t base = 0, watermark = PM_TIME_MIN, passed = PM_TIME_MIN;

    for (uint32_t i = 0; i < STEPS; i++) {
        base += pm_random_below(random, 20) == 0 ? 200 : pm_random_between(random, 0, 6);
        const int64_t time = base - pm_random_between(random, 0, 60);
        steps[i] = (struct pm_feed_step)PM_FEED_BEHIND(time, pm_random_below(random, 3),
                                                       pm_random_between(random, -5, 5),
                                                       time < watermark ? watermark : PM_TIME_MIN);
        steps[i].id = i + 1;
        if (time - 20 > watermark)
            watermark = time - 20;
        if (pm_random_below(random, 6) == 0) {
            passed = pm_random_below(random, 2) == 0 ? watermark : passed;
            steps[i] = (struct pm_feed_step)PM_FEED_MARK(passed);
        }
    }
    steps[STEPS] = (struct pm_feed_step)PM_FEED_MARK(PM_TIME_MAX);
}

static void add_rows(struct pm_feed *all, struct pm_feed *one)
{
    all->rows = realloc(all->rows, (all->count + one->count + 1) * sizeof *all->rows);
    assert_non_null(all->rows);
    if (one->count != 0)
        memcpy(&all->rows[all->count], one->rows, one->count * sizeof *one->rows);
    all->count += one->count;
}

static void together_they_give_what_each_gives_alone(void **state)
{
    static struct pm_feed_step steps[STEPS + 1];
    const uint64_t seed = pm_feed_seed();
    uint64_t rows = 0;

    (void)state;
    for (unsigned number = 0; number < CASES; number++) {
        struct pm_random random = pm_random_open(seed, number);
        struct pm_feed together, alone = {0};
        make_steps(steps, &random);
        pm_feed_open(&together, plan_of(0, SIZES, true),
                     number & 1 ? &pm_state_copying : &pm_state_memory);
        pm_feed_play(&together, steps, STEPS + 1, number & 2 ? &random : NULL, number & 4 ? 1 : 0);
        for (size_t i = 0; i < SIZES; i++) {
            struct pm_feed one;
            pm_feed_open(&one, plan_of(i, i + 1, sizes[i] == 100), &pm_state_memory);
            pm_feed_play(&one, steps, STEPS + 1, NULL, 0);
            add_rows(&alone, &one);
            pm_feed_close(&one);
        }
        pm_feed_sort(together.rows, together.count);
        pm_feed_sort(alone.rows, alone.count);
        assert_int_equal(together.count, alone.count);
        assert_memory_equal(together.rows, alone.rows, alone.count * sizeof *alone.rows);
        rows += alone.count;
        pm_feed_close(&together);
        free(alone.rows);
    }
    assert_true(rows > CASES * STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(together_they_give_what_each_gives_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
