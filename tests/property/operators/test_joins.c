/* SPDX-License-Identifier: Apache-2.0 */
/* Random disordered partitions of two sides: whatever the interleaving, cut and backend, the
 * interval join and the window join give what their definitions say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "naive_pairs.h"
#include "pm_verbs.h"
#include "random_partitions.h"

#include <stdlib.h>
#include <string.h>

#define CASES 1500
#define RUNS  8

struct world {
    struct naive_pairs_case c;
    struct random_partitions all;
};

static void make_world(struct world *world, struct pm_random *random)
{
    struct naive_pairs_case *c = &world->c;

    memset(world, 0, sizeof *world);
    c->is_window = pm_random_below(random, 2) == 0;
    c->lower = pm_random_between(random, -15, 10);
    c->upper = c->lower + pm_random_between(random, 0, 15);
    c->slide = pm_random_between(random, 3, 12);
    c->size = c->slide * pm_random_between(random, 1, 4);
    c->lateness = pm_random_below(random, 3) == 0 ? 0 : pm_random_between(random, 0, 40);
    world->all.inputs = 2;
    random_partitions_make(&world->all, pm_random_between(random, 0, 12), random);
    c->records = calloc(PARTITIONS_MAX * PARTITION_EVENTS_MAX, sizeof *c->records);
    c->count = random_partitions_records(&world->all, c->records);
}

static struct pm_plan *plan_of(const struct naive_pairs_case *c)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_interval_join_config interval = {.lower_ns = c->lower,
                                                     .upper_ns = c->upper,
                                                     .lateness_ns = c->lateness,
                                                     .columns = 1,
                                                     .column = {"v"}};
    const struct pm_window_join_config window = {.size_ns = c->size,
                                                 .slide_ns = c->slide,
                                                 .lateness_ns = c->lateness,
                                                 .columns = 1,
                                                 .column = {"v"}};
    struct pm_flow left = pm_plan_source(plan, 0, &pm_feed_schema);
    struct pm_flow right = pm_plan_source(plan, 1, &pm_feed_schema);

    left = pm_plan_key_by(plan, left, "key");
    right = pm_plan_key_by(plan, right, "key");
    const struct pm_flow pairs = c->is_window ? pm_plan_window_join(plan, left, right, &window)
                                              : pm_plan_interval_join(plan, left, right, &interval);
    for (unsigned port = 0; port < (c->is_window ? 3u : 4u); port++)
        pm_plan_output(plan, pm_plan_side(pairs, port), port, "out");
    return plan;
}

static void compare(const struct pm_feed *feed, const struct pm_feed_row *expected, uint32_t rows,
                    const struct naive_pairs_case *c, unsigned number, unsigned run)
{
    for (uint32_t i = 0; i < rows || i < feed->count; i++) {
        const bool both = i < rows && i < feed->count;
        if (both && memcmp(&feed->rows[i], &expected[i], sizeof *expected) == 0)
            continue;
        const struct pm_feed_row *row = i < feed->count ? &feed->rows[i] : &expected[i];
        fail_msg("case %u, run %u, %s, %lld to %lld, size %lld, slide %lld, lateness %lld: %u rows,"
                 " %u expected; first difference: output %llu, time %lld, key %llu",
                 number, run, c->is_window ? "window" : "interval", (long long)c->lower,
                 (long long)c->upper, (long long)c->size, (long long)c->slide,
                 (long long)c->lateness, feed->count, rows, (unsigned long long)row->output,
                 (long long)row->event_time_ns, (unsigned long long)row->key);
    }
}

/* A pair's id is that of the record that came second, which the interleaving decides. */
static void one_run(const struct world *world, const struct pm_feed_row *expected, uint32_t rows,
                    unsigned number, unsigned run, struct pm_random *random)
{
    static struct pm_feed_step steps[PARTITION_STEPS_MAX];
    const uint32_t count = random_partitions_interleave(&world->all, steps, random);
    struct pm_feed feed;

    pm_feed_open(&feed, plan_of(&world->c), run & 1 ? &pm_state_copying : &pm_state_memory);
    pm_feed_play(&feed, steps, count, run & 2 ? random : NULL, run & 4 ? 2 : 0);
    for (uint32_t i = 0; i < feed.count; i++) {
        if (feed.rows[i].output == 0)
            feed.rows[i].id = 0;
    }
    pm_feed_sort(feed.rows, feed.count);
    compare(&feed, expected, rows, &world->c, number, run);
    pm_feed_close(&feed);
}

static void every_run_gives_what_the_definition_says(void **state)
{
    static struct world world;
    const uint64_t seed = pm_feed_seed();
    uint64_t made[2][4] = {{0}};

    (void)state;
    for (unsigned number = 0; number < CASES; number++) {
        struct pm_random random = pm_random_open(seed, number);
        uint32_t rows;
        make_world(&world, &random);
        struct pm_feed_row *expected = naive_pairs_rows(&world.c, &rows);
        pm_feed_sort(expected, rows);
        for (uint32_t i = 0; i < rows; i++)
            made[world.c.is_window][expected[i].output]++;
        for (unsigned run = 0; run < RUNS; run++)
            one_run(&world, expected, rows, number, run, &random);
        free(expected);
        free(world.c.records);
    }
    for (unsigned kind = 0; kind < 2; kind++) {
        for (unsigned output = 0; output < (kind == 0 ? 4u : 3u); output++) {
            print_message("%s, output %u: %llu rows\n", kind == 0 ? "interval" : "window", output,
                          (unsigned long long)made[kind][output]);
            assert_true(made[kind][output] > CASES / 8); /* the inputs do reach the rule */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_gives_what_the_definition_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
