/* SPDX-License-Identifier: Apache-2.0 */
/* Random disordered partitions: whatever the interleaving, cut and backend, operators in the order
 * of event time give what their definitions say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "naive_order.h"
#include "pm_event_process.h"
#include "random_partitions.h"

#include <stdlib.h>
#include <string.h>

#define CASES 1500
#define RUNS  8

/* --- a process that numbers what it sees, so that its rows show the sequence ------------------ */

struct numbering {
    struct pm_event_process process;
    struct pm_cell *number;
};

static void number_row(struct numbering *self, uint64_t key, int64_t what)
{
    int64_t *number = pm_value_pin(self->number, key);
    struct pm_record *row = pm_event_process_row(&self->process, 0, key);

    row->payload[0] = (uint64_t)++ * number;
    row->payload[1] = (uint64_t)what;
}

static inline void number_record(struct numbering *self, unsigned input,
                                 const struct pm_record *record)
{
    const int64_t value = (int64_t)record->payload[0];

    (void)input;
    number_row(self, record->key, value);
    if (value != 0)
        pm_event_process_timer(&self->process, record->key, record->event_time_ns + value, value);
}

static inline void number_timer(struct numbering *self, uint64_t key, int64_t tag)
{
    number_row(self, key, tag);
}
PM_EVENT_ADVANCE(numbering, struct numbering, number_record, number_timer)

static int numbering_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    struct numbering *self = (struct numbering *)op;
    const int code = pm_event_process_open(&self->process, 2, *(const int64_t *)config, error);

    return code != 0
               ? code
               : pm_state_declare(&self->number, op->state, "number", PM_CELL_VALUE, 8, error);
}

static int64_t numbering_lag_ns(const void *config)
{
    return *(const int64_t *)config;
}

static int numbering_check(struct pm_plan_node *node, struct pm_error *error)
{
    (void)error;
    node->schema.count = 4;
    node->schema.columns[3].width = 8;
    return 0;
}

static const struct pm_operator_class numbering_class = {
    .name = "numbering",
    .traits = PM_EVENT_TRAITS,
    .inputs_min = 2,
    .inputs_max = 2,
    .ports = PM_EVENT_PORTS,
    .port_names = {PM_EVENT_PORT_NAMES},
    .port_input = {PM_EVENT_INPUTS_OF_PORTS},
    .size = sizeof(struct numbering),
    .config_size = sizeof(int64_t),
    .one = pm_event_process_one,
    .chunk = pm_event_process_chunk,
    .advance = numbering_advance,
    .check = numbering_check,
    .open = numbering_open,
    .close = pm_event_process_close,
    .lag_ns = numbering_lag_ns,
};

/* --- the cases -------------------------------------------------------------------------------- */

struct world {
    struct naive_order_case c;
    struct random_partitions all;
};

static struct pm_pattern_condition any_condition(unsigned inputs, struct pm_random *random)
{
    return (struct pm_pattern_condition){
        .input = (unsigned)pm_random_below(random, inputs),
        .column = pm_random_below(random, 6) != 0 ? "v" : NULL,
        .compare = (enum pm_compare)pm_random_below(random, PM_GREATER + 1),
        .value = pm_random_between(random, -5, 5),
    };
}

static void make_pattern(struct pm_pattern_config *p, unsigned inputs, struct pm_random *random)
{
    p->steps = (unsigned)pm_random_between(random, 1, 3);
    for (unsigned i = 0; i < p->steps; i++) {
        struct pm_pattern_step *step = &p->step[i];
        step->is = any_condition(inputs, random);
        step->times = (unsigned)pm_random_below(random, 3);
        step->contiguity = pm_random_below(random, 4) == 0 ? PM_NEXT : PM_FOLLOWED_BY;
        step->has_unless = pm_random_below(random, 3) == 0;
        step->unless = any_condition(inputs, random);
    }
    p->within_ns = pm_random_between(random, 1, 60);
    if (pm_random_below(random, 2) == 0)
        p->absent_ns = pm_random_between(random, 0, p->within_ns - 1);
    p->absent = any_condition(inputs, random);
    p->skip = (enum pm_pattern_skip)pm_random_below(random, 2);
    p->measures = 2;
    p->measure[0] = (struct pm_pattern_measure){"first", 0, "v", PM_FIRST_OF};
    p->measure[1] = (struct pm_pattern_measure){"last", p->steps - 1, "v", PM_LAST_OF};
}

/* Made rows have no number, so that their columns alone decide a tie. */
static void forget_ids(struct random_partitions *all)
{
    for (unsigned p = 0; p < all->count; p++) {
        for (uint32_t i = 0; i < all->partition[p].count; i++)
            all->partition[p].events[i].record.id = 0;
    }
}

static void make_world(struct world *world, struct pm_random *random)
{
    struct naive_order_case *c = &world->c;

    memset(world, 0, sizeof *world);
    c->kind = (enum naive_order_kind)pm_random_below(random, NAIVE_ORDER_KINDS);
    c->within = pm_random_between(random, 1, 30);
    c->lateness = pm_random_below(random, 3) == 0 ? 0 : pm_random_between(random, 0, 40);
    world->all.inputs = c->kind >= NAIVE_PATTERN ? 2 : 1;
    make_pattern(&c->pattern, world->all.inputs, random);
    c->pattern.lateness_ns = c->lateness;
    random_partitions_make(&world->all, pm_random_between(random, 0, 12), random);
    if (pm_random_below(random, 4) == 0)
        forget_ids(&world->all);
    c->records = calloc(PARTITIONS_MAX * PARTITION_EVENTS_MAX, sizeof *c->records);
    c->count = random_partitions_records(&world->all, c->records);
}

static struct pm_plan *plan_of(const struct naive_order_case *c, unsigned inputs)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_EVENT_TIME);
    const struct pm_dedup_config dedup = {
        .keep = c->kind == NAIVE_FIRST ? PM_KEEP_FIRST : PM_KEEP_LAST,
        .within_ns = c->within,
        .lateness_ns = c->lateness,
    };
    struct pm_flow in[2], flow;

    for (unsigned i = 0; i < inputs; i++)
        in[i] = pm_plan_key_by(plan, pm_plan_source(plan, i, &pm_feed_schema), "key");
    if (c->kind == NAIVE_PATTERN)
        flow = pm_plan_pattern(plan, 2, in, &c->pattern);
    else if (c->kind == NAIVE_PROCESS)
        flow = pm_plan_add(plan, &numbering_class, &c->lateness, 2, in);
    else
        flow = pm_plan_dedup(plan, in[0], &dedup);
    for (unsigned port = 0; port <= inputs; port++)
        pm_plan_output(plan, pm_plan_side(flow, port), port, "out");
    return plan;
}

static void compare(const struct pm_feed *feed, const struct pm_feed_row *expected, uint32_t rows,
                    const struct naive_order_case *c, unsigned number, unsigned run)
{
    for (uint32_t i = 0; i < rows || i < feed->count; i++) {
        const bool both = i < rows && i < feed->count;
        if (both && memcmp(&feed->rows[i], &expected[i], sizeof *expected) == 0)
            continue;
        const struct pm_feed_row *row = i < feed->count ? &feed->rows[i] : &expected[i];
        fail_msg("case %u, run %u, kind %d, within %lld, lateness %lld: %u rows, %u expected; "
                 "first difference: output %llu, time %lld, key %llu",
                 number, run, (int)c->kind, (long long)c->within, (long long)c->lateness,
                 feed->count, rows, (unsigned long long)row->output, (long long)row->event_time_ns,
                 (unsigned long long)row->key);
    }
}

static void one_run(const struct world *world, const struct pm_feed_row *expected, uint32_t rows,
                    unsigned number, unsigned run, struct pm_random *random)
{
    static struct pm_feed_step steps[PARTITION_STEPS_MAX];
    const uint32_t count = random_partitions_interleave(&world->all, steps, random);
    struct pm_feed feed;

    pm_feed_open(&feed, plan_of(&world->c, world->all.inputs),
                 run & 1 ? &pm_state_copying : &pm_state_memory);
    pm_feed_play(&feed, steps, count, run & 2 ? random : NULL, run & 4 ? 2 : 0);
    pm_feed_sort(feed.rows, feed.count);
    compare(&feed, expected, rows, &world->c, number, run);
    pm_feed_close(&feed);
}

static void every_run_gives_what_the_definition_says(void **state)
{
    static struct world world;
    const uint64_t seed = pm_feed_seed();
    uint64_t late = 0, made[NAIVE_ORDER_KINDS] = {0};

    (void)state;
    for (unsigned number = 0; number < CASES; number++) {
        struct pm_random random = pm_random_open(seed, number);
        uint32_t rows;
        make_world(&world, &random);
        struct pm_feed_row *expected = naive_order_rows(&world.c, &rows);
        pm_feed_sort(expected, rows);
        for (uint32_t i = 0; i < rows; i++) {
            late += expected[i].output != 0;
            made[world.c.kind] += expected[i].output == 0;
        }
        for (unsigned run = 0; run < RUNS; run++)
            one_run(&world, expected, rows, number, run, &random);
        free(expected);
        free(world.c.records);
    }
    print_message("%llu late; first %llu, last %llu, pattern %llu, process %llu rows\n",
                  (unsigned long long)late, (unsigned long long)made[0],
                  (unsigned long long)made[1], (unsigned long long)made[2],
                  (unsigned long long)made[3]);
    assert_true(late > CASES / 4); /* the inputs do reach the rule */
    for (unsigned kind = 0; kind < NAIVE_ORDER_KINDS; kind++)
        assert_true(made[kind] > CASES / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_gives_what_the_definition_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
