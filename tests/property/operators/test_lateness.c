/* SPDX-License-Identifier: Apache-2.0 */
/* Random disordered partitions: whatever the interleaving, cut and backend, windows, sessions and
 * the as-of join give what their definitions say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "naive_results.h"
#include "pm_verbs.h"
#include "random_partitions.h"

#include <stdlib.h>
#include <string.h>

#define CASES 1500
#define RUNS  8

struct world {
    struct naive_case c;
    struct random_partitions all;
};

static void make_world(struct world *world, struct pm_random *random)
{
    struct naive_case *c = &world->c;
    const int64_t delay = pm_random_between(random, 0, 12);

    memset(world, 0, sizeof *world);
    c->kind = (enum naive_kind)pm_random_below(random, NAIVE_KINDS);
    c->slide = pm_random_between(random, 4, 12);
    c->size = c->kind == NAIVE_SLIDING ? c->slide * pm_random_between(random, 1, 4) : c->slide;
    c->gap = pm_random_between(random, 1, 12);
    c->lateness = pm_random_below(random, 3) == 0 ? 0 : pm_random_between(random, 0, 40);
    c->records = calloc(PARTITIONS_MAX * PARTITION_EVENTS_MAX, sizeof *c->records);
    world->all.inputs = c->kind == NAIVE_JOIN ? 2 : 1;
    random_partitions_make(&world->all, delay, random);
    c->count = random_partitions_records(&world->all, c->records);
}

static struct pm_flow window_of(struct pm_plan *plan, const struct naive_case *c)
{
    static const enum pm_window_kind kinds[] = {PM_WINDOW_TUMBLING, PM_WINDOW_SLIDING,
                                                PM_WINDOW_SESSION};
    const struct pm_window_config config = {
        .kind = kinds[c->kind],
        .size_ns = c->size,
        .slide_ns = c->slide,
        .gap_ns = c->gap,
        .lateness_ns = c->lateness,
        .folds = 5,
        .fold = {{PM_FOLD_COUNT, NULL, "n", 0},
                 {PM_FOLD_SUM, "v", "sum", 0},
                 {PM_FOLD_MIN, "v", "min", 0},
                 {PM_FOLD_MAX, "v", "max", 0},
                 {PM_FOLD_MEAN, "v", "mean", 1}},
    };
    const struct pm_flow source = pm_plan_source(plan, 0, &pm_feed_schema);

    return pm_plan_window(plan, pm_plan_key_by(plan, source, "key"), &config);
}

static struct pm_flow join_of(struct pm_plan *plan, const struct naive_case *c)
{
    const struct pm_temporal_join_config config = {
        .lateness_ns = c->lateness, .columns = 1, .column = {"v"}};
    struct pm_flow left = pm_plan_source(plan, 0, &pm_feed_schema);
    struct pm_flow right = pm_plan_source(plan, 1, &pm_feed_schema);

    left = pm_plan_key_by(plan, left, "key");
    right = pm_plan_key_by(plan, right, "key");
    return pm_plan_temporal_join(plan, left, right, &config);
}

static struct pm_plan *plan_of(const struct naive_case *c)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_flow flow = c->kind == NAIVE_JOIN ? join_of(plan, c) : window_of(plan, c);

    pm_plan_output(plan, flow, 0, "out");
    pm_plan_output(plan, pm_plan_side(flow, 1), 1, "late");
    return plan;
}

static void compare(const struct pm_feed *feed, const struct pm_feed_row *expected, uint32_t rows,
                    const struct naive_case *c, unsigned number, unsigned run)
{
    for (uint32_t i = 0; i < rows || i < feed->count; i++) {
        const bool both = i < rows && i < feed->count;
        if (both && memcmp(&feed->rows[i], &expected[i], sizeof *expected) == 0)
            continue;
        const struct pm_feed_row *row = i < feed->count ? &feed->rows[i] : &expected[i];
        fail_msg("case %u, run %u, kind %d, size %lld, slide %lld, gap %lld, lateness %lld: %u rows"
                 ", %u expected; first difference: output %llu, time %lld, key %llu",
                 number, run, (int)c->kind, (long long)c->size, (long long)c->slide,
                 (long long)c->gap, (long long)c->lateness, feed->count, rows,
                 (unsigned long long)row->output, (long long)row->event_time_ns,
                 (unsigned long long)row->key);
    }
}

static void every_run_gives_what_the_definition_says(void **state)
{
    static struct pm_feed_step steps[PARTITION_STEPS_MAX];
    static struct world world;
    const uint64_t seed = pm_feed_seed();
    uint64_t all = 0, late = 0;

    (void)state;
    for (unsigned number = 0; number < CASES; number++) {
        struct pm_random random = pm_random_open(seed, number);
        uint32_t rows;
        make_world(&world, &random);
        struct pm_feed_row *expected = naive_results(&world.c, &rows);
        pm_feed_sort(expected, rows);
        for (uint32_t i = 0; i < rows; i++)
            late += expected[i].output;
        all += rows;
        for (unsigned run = 0; run < RUNS; run++) {
            const uint32_t count = random_partitions_interleave(&world.all, steps, &random);
            struct pm_feed feed;
            pm_feed_open(&feed, plan_of(&world.c), run & 1 ? &pm_state_copying : &pm_state_memory);
            pm_feed_play(&feed, steps, count, run & 2 ? &random : NULL, run & 4 ? 2 : 0);
            pm_feed_sort(feed.rows, feed.count);
            compare(&feed, expected, rows, &world.c, number, run);
            pm_feed_close(&feed);
        }
        free(expected);
        free(world.c.records);
    }
    print_message("%llu rows, %llu of them late\n", (unsigned long long)all,
                  (unsigned long long)late);
    assert_true(late > CASES / 4); /* the inputs do reach the rule */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_gives_what_the_definition_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
