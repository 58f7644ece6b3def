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

#include <stdlib.h>
#include <string.h>

#define CASES          1500
#define RUNS           8
#define PARTITIONS_MAX 4
#define EVENTS_MAX     32

/* What a source reads from one partition, in order: records, and idle marks that raise the
 * watermark. after is the partition's watermark once the event has been read. */
struct partition {
    unsigned input;
    uint32_t count;
    struct {
        bool is_idle;
        struct pm_feed_step record;
        int64_t after;
    } events[EVENTS_MAX];
};

struct world {
    struct naive_case c;
    unsigned partitions;
    struct partition partition[PARTITIONS_MAX];
};

static void make_partition(struct partition *partition, unsigned number, int64_t delay,
                           struct pm_random *random)
{
    int64_t base = pm_random_between(random, -20, 20), watermark = PM_TIME_MIN;

    partition->count = (uint32_t)pm_random_below(random, EVENTS_MAX + 1);
    for (uint32_t i = 0; i < partition->count; i++) {
        const bool straggles = pm_random_below(random, 12) == 0;
        const bool is_idle = pm_random_below(random, 15) == 0;
        base += pm_random_between(random, 0, pm_random_below(random, 10) == 0 ? 60 : 7);
        const int64_t time = base - pm_random_between(random, 0, straggles ? 90 : 9);
        partition->events[i].is_idle = is_idle;
        partition->events[i].record = (struct pm_feed_step){
            .input = partition->input,
            .time_ns = time,
            .key = pm_random_below(random, 3),
            .value = pm_random_between(random, -9, 9),
            .closed_below_ns = !is_idle && time < watermark ? watermark : PM_TIME_MIN,
            .id = pm_record_id(number, i + 1),
        };
        if (time - delay > watermark)
            watermark = time - delay;
        partition->events[i].after = watermark;
    }
}

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
    c->records = calloc(PARTITIONS_MAX * EVENTS_MAX, sizeof *c->records);
    world->partitions = (unsigned)pm_random_between(random, 1, PARTITIONS_MAX);
    if (c->kind == NAIVE_JOIN && world->partitions == 1)
        world->partitions = 2;
    for (unsigned p = 0; p < world->partitions; p++) {
        struct partition *partition = &world->partition[p];
        partition->input = c->kind == NAIVE_JOIN ? p % 2 : 0;
        make_partition(partition, p, delay, random);
        for (uint32_t i = 0; i < partition->count; i++) {
            if (!partition->events[i].is_idle)
                c->records[c->count++] = partition->events[i].record;
        }
    }
}

/* The minimum over the partitions of @p input of what has been read of them. */
static int64_t watermark_of(const struct world *world, const uint32_t *read, unsigned input)
{
    int64_t least = PM_TIME_MAX;

    for (unsigned p = 0; p < world->partitions; p++) {
        const struct partition *partition = &world->partition[p];
        const int64_t mark = read[p] != 0 ? partition->events[read[p] - 1].after : PM_TIME_MIN;
        if (partition->input == input && mark < least)
            least = mark;
    }
    return least;
}

/* One order in which a task may meet the partitions: each keeps its own, marks come now and then,
 * and the last one closes everything. Returns the number of steps. */
static uint32_t interleave(const struct world *world, struct pm_feed_step *steps,
                           struct pm_random *random)
{
    const uint64_t seldom = pm_random_below(random, 2) == 0 ? 12 : 2;
    uint32_t read[PARTITIONS_MAX] = {0}, count = 0, left = 0;

    for (unsigned p = 0; p < world->partitions; p++)
        left += world->partition[p].count;
    while (left > 0) {
        const unsigned p = (unsigned)pm_random_below(random, world->partitions);
        const struct partition *partition = &world->partition[p];
        uint64_t run = pm_random_below(random, 4) + 1;
        if (read[p] == partition->count)
            continue;
        for (; run > 0 && read[p] < partition->count; run--, left--) {
            if (!partition->events[read[p]].is_idle)
                steps[count++] = partition->events[read[p]].record;
            read[p]++;
        }
        if (pm_random_below(random, seldom) == 0)
            steps[count++] =
                (struct pm_feed_step){.is_mark = true,
                                      .input = partition->input,
                                      .time_ns = watermark_of(world, read, partition->input)};
    }
    for (unsigned input = 0; input < (world->c.kind == NAIVE_JOIN ? 2u : 1u); input++)
        steps[count++] =
            (struct pm_feed_step){.is_mark = true, .input = input, .time_ns = PM_TIME_MAX};
    return count;
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
    static struct pm_feed_step steps[2 * PARTITIONS_MAX * EVENTS_MAX + 2];
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
            const uint32_t count = interleave(&world, steps, &random);
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
