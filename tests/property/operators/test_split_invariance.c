/* SPDX-License-Identifier: Apache-2.0 */
/* The law of the library, for every operator of it: any cut of the same input into chunks, one by
 * one included, gives the same rows; in the same order a port where the operator has one input. So
 * does any cut of what a watermark fires into slices with input in between, in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_decode.h"
#include "pm_feed.h"
#include "pm_pattern.h"
#include "pm_verbs.h"

#include <stdlib.h>
#include <string.h>

#define CASES 60
#define RUNS  12
#define STEPS 160

#define SLICED 6 /* runs, beside the others, that fire in slices of 1 and 2 */

static const struct pm_fold_spec folds[] = {{PM_FOLD_COUNT, NULL, "n", 0},
                                            {PM_FOLD_SUM, "v", "sum", 0},
                                            {PM_FOLD_MAX, "twice", "max", 0},
                                            {PM_FOLD_MEAN, "v", "mean", 2},
                                            {PM_FOLD_DISTINCT, "v", "values", 4}};

static struct pm_flow filter(struct pm_plan *plan, const struct pm_flow *in)
{
    return pm_plan_filter(plan, in[0], "v", PM_GREATER, 0);
}

static struct pm_flow map(struct pm_plan *plan, const struct pm_flow *in)
{
    return pm_plan_map(plan, in[0], "v", -3, 7);
}

static struct pm_flow flat_map(struct pm_plan *plan, const struct pm_flow *in)
{
    return pm_plan_flat_map(plan, in[0], "v", 4);
}

static struct pm_flow key_by(struct pm_plan *plan, const struct pm_flow *in)
{
    return pm_plan_key_by(plan, in[0], "v");
}

static struct pm_flow side_output(struct pm_plan *plan, const struct pm_flow *in)
{
    return pm_plan_side_output(plan, in[0], "v", 3);
}

static struct pm_flow unite(struct pm_plan *plan, const struct pm_flow *in)
{
    return pm_plan_union(plan, 2, in);
}

static struct pm_flow enrich(struct pm_plan *plan, const struct pm_flow *in)
{
    static const struct pm_enrich_row table[] = {{1, 10}, {-2, 20}, {3, 30}};
    const struct pm_enrich_config config = {
        .column = "v", .result = "twice", .otherwise = -1, .rows = 3, .table = table};

    return pm_plan_enrich(plan, in[0], &config);
}

static struct pm_flow window(struct pm_plan *plan, const struct pm_flow *in)
{
    struct pm_window_config config = {.kind = PM_WINDOW_SLIDING,
                                      .size_ns = 24,
                                      .more_ns = {40, 8},
                                      .slide_ns = 8,
                                      .lateness_ns = 5,
                                      .folds = 5};

    memcpy(config.fold, folds, sizeof folds);
    return pm_plan_window(plan, in[0], &config);
}

static struct pm_flow session(struct pm_plan *plan, const struct pm_flow *in)
{
    struct pm_window_config config = {
        .kind = PM_WINDOW_SESSION, .gap_ns = 6, .lateness_ns = 5, .folds = 5};

    memcpy(config.fold, folds, sizeof folds);
    return pm_plan_window(plan, in[0], &config);
}

static struct pm_flow aggregate(struct pm_plan *plan, const struct pm_flow *in)
{
    struct pm_aggregate_config config = {.folds = 5};

    memcpy(config.fold, folds, sizeof folds);
    return pm_plan_aggregate(plan, in[0], &config);
}

static struct pm_flow distinct(struct pm_plan *plan, const struct pm_flow *in)
{
    return pm_plan_distinct(plan, in[0], "v");
}

static struct pm_flow window_updates(struct pm_plan *plan, const struct pm_flow *in)
{
    struct pm_window_config config = {
        .kind = PM_WINDOW_SLIDING, .size_ns = 24, .slide_ns = 8, .lateness_ns = 5, .folds = 5};

    memcpy(config.fold, folds, sizeof folds);
    config.updates = true;
    return pm_plan_window(plan, in[0], &config);
}

/* The second one takes the deletes of the first: what a key's groups hold, again as folds. */
static struct pm_flow update(struct pm_plan *plan, const struct pm_flow *in)
{
    struct pm_update_config config = {.group = "v", .folds = 5};
    const struct pm_update_config again = {.folds = 4,
                                           .fold = {{PM_FOLD_COUNT, NULL, "groups", 0},
                                                    {PM_FOLD_MIN, "sum", "least", 0},
                                                    {PM_FOLD_MAX, "n", "most", 0},
                                                    {PM_FOLD_SUM, "n", "records", 0}}};

    memcpy(config.fold, folds, sizeof folds);
    return pm_plan_update(plan, pm_plan_update(plan, in[0], &config), &again);
}

static struct pm_flow counts_by_value(struct pm_plan *plan, struct pm_flow keyed)
{
    const struct pm_update_config config = {
        .group = "v", .folds = 1, .fold = {{PM_FOLD_COUNT, NULL, "n", 0}}};

    return pm_plan_update(plan, keyed, &config);
}

static struct pm_flow top_n(struct pm_plan *plan, const struct pm_flow *in)
{
    return pm_plan_top_n(plan, counts_by_value(plan, in[0]), "v", "n", 3);
}

static struct pm_flow coalesce(struct pm_plan *plan, const struct pm_flow *in)
{
    return pm_plan_coalesce(plan, counts_by_value(plan, in[0]), "v", 9);
}

static struct pm_flow count_window(struct pm_plan *plan, const struct pm_flow *in)
{
    struct pm_count_window_config config = {.count = 6, .slide = 2, .folds = 5};

    memcpy(config.fold, folds, sizeof folds);
    return pm_plan_count_window(plan, in[0], &config);
}

static struct pm_flow temporal_join(struct pm_plan *plan, const struct pm_flow *in)
{
    const struct pm_temporal_join_config config = {
        .lateness_ns = 5, .columns = 2, .column = {"twice", "v"}};

    return pm_plan_temporal_join(plan, in[0], in[1], &config);
}

static struct pm_flow interval_join(struct pm_plan *plan, const struct pm_flow *in)
{
    const struct pm_interval_join_config config = {
        .lower_ns = -2, .upper_ns = 5, .lateness_ns = 5, .columns = 2, .column = {"twice", "v"}};

    return pm_plan_interval_join(plan, in[0], in[1], &config);
}

static struct pm_flow window_join(struct pm_plan *plan, const struct pm_flow *in)
{
    const struct pm_window_join_config config = {
        .size_ns = 12, .slide_ns = 4, .lateness_ns = 5, .columns = 2, .column = {"twice", "v"}};

    return pm_plan_window_join(plan, in[0], in[1], &config);
}

static struct pm_flow dedup(struct pm_plan *plan, const struct pm_flow *in)
{
    const struct pm_dedup_config config = {.keep = PM_KEEP_LAST, .within_ns = 6, .lateness_ns = 5};

    return pm_plan_dedup(plan, in[0], &config);
}

static struct pm_flow pattern(struct pm_plan *plan, const struct pm_flow *in)
{
    const struct pm_pattern_config config = {
        .steps = 2,
        .step = {{.name = "rise", .is = {0, "v", PM_GREATER, 1}, .times = 2},
                 {.name = "other", .is = {1, NULL, PM_EQUAL, 0}}},
        .absent_ns = 4,
        .absent = {1, "v", PM_LESS, 0},
        .within_ns = 40,
        .lateness_ns = 5,
        .skip = PM_SKIP_TO_NEXT,
        .measures = 2,
        .measure = {{"v", 0, "v", PM_LAST_OF}, {"twice", 1, "twice", PM_FIRST_OF}},
    };

    return pm_plan_pattern(plan, 2, in, &config);
}

static struct pm_flow decode(struct pm_plan *plan, const struct pm_flow *in)
{
    static const struct pm_schema schema = {
        .name = "decoded",
        .count = 1,
        .columns = {PM_COLUMN_PAYLOAD("a", PM_TYPE_INTEGER, 0, 8, 0)}};

    return pm_plan_decode(plan, in[0], PM_CODEC_JSON, &schema);
}

/* Every class of the library has a line here; one without fails the test. */
static const struct example {
    const char *name;
    struct pm_flow (*build)(struct pm_plan *plan, const struct pm_flow *in);
} examples[] = {
    {"filter", filter},
    {"map", map},
    {"flat_map", flat_map},
    {"key_by", key_by},
    {"side_output", side_output},
    {"union", unite},
    {"enrich", enrich},
    {"window", window},
    {"session", session},
    {"aggregate", aggregate},
    {"distinct", distinct},
    {"update", update},
    {"top_n", top_n},
    {"coalesce", coalesce},
    {"count_window", count_window},
    {"window_updates", window_updates},
    {"temporal_join", temporal_join},
    {"interval_join", interval_join},
    {"window_join", window_join},
    {"dedup", dedup},
    {"pattern", pattern},
    {"decode", decode},
};

static const struct example *example_of(const struct pm_operator_class *class)
{
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        if (strcmp(examples[i].name, class->name) == 0)
            return &examples[i];
    }
    fail_msg("operator %s has no example here", class->name);
    return NULL;
}

/* source, key_by where keyed, a filter where @p sparse (so that chunks come with a selection). */
static struct pm_plan *plan_of(const struct pm_operator_class *class, unsigned inputs, bool sparse)
{
    struct pm_plan *plan =
        pm_plan_open(class->traits & PM_TRAIT_EVENT_ORDER ? PM_ORDER_EVENT_TIME : PM_ORDER_ARRIVAL);
    struct pm_flow in[2];

    for (unsigned i = 0; i < inputs; i++) {
        in[i] = pm_plan_source(plan, i, &pm_feed_schema);
        if (class->traits & PM_TRAIT_KEYED)
            in[i] = pm_plan_key_by(plan, in[i], "key");
        if (sparse)
            in[i] = pm_plan_filter(plan, in[i], "v", PM_NOT_EQUAL, 2);
    }
    const struct pm_flow flow = example_of(class)->build(plan, in);
    const unsigned ports = strcmp(class->name, "side_output") == 0 ? 3 : class->ports;
    for (unsigned port = 0; port < ports && port < 3; port++)
        pm_plan_output(plan, pm_plan_side(flow, port), port, "out");
    return plan;
}

static void make_steps(struct pm_feed_step *steps, unsigned inputs, struct pm_random *random)
{
    static const char *const texts[] = {NULL, "{\"a\": 12}", "{\"a\": \"x\"}", "not at all"};
    int64_t base = 0, watermark[2] = {PM_TIME_MIN, PM_TIME_MIN};
    const int64_t delay = pm_random_between(random, 0, 6);

    for (uint32_t i = 0; i < STEPS; i++) {
        const unsigned input = (unsigned)pm_random_below(random, inputs);
        base += pm_random_between(random, 0, 4);
        const int64_t time = base - pm_random_between(random, 0, 14);
        steps[i] = (struct pm_feed_step){
            .input = input,
            .time_ns = time,
            .key = pm_random_below(random, 4),
            .value = pm_random_between(random, -3, 6),
            .closed_below_ns = time < watermark[input] ? watermark[input] : PM_TIME_MIN,
            .id = pm_record_id(input, i + 1),
            .text = texts[pm_random_below(random, 4)],
        };
        if (pm_random_below(random, 10) == 0)
            steps[i] =
                (struct pm_feed_step){.is_mark = true, .input = input, .time_ns = watermark[input]};
        else if (time - delay > watermark[input])
            watermark[input] = time - delay;
    }
    for (unsigned input = 0; input < inputs; input++)
        steps[STEPS + input] =
            (struct pm_feed_step){.is_mark = true, .input = input, .time_ns = PM_TIME_MAX};
}

/* Rows grouped by port, each port's in their order; or sorted. */
static void group(struct pm_feed *feed, bool ordered)
{
    struct pm_feed_row *grouped = malloc((feed->count + 1) * sizeof *grouped);
    uint32_t count = 0;

    if (!ordered)
        pm_feed_sort(feed->rows, feed->count);
    for (uint64_t output = 0; output <= PM_FEED_EXCHANGE; output++) {
        for (uint32_t i = 0; i < feed->count; i++) {
            if (feed->rows[i].output == output)
                grouped[count++] = feed->rows[i];
        }
    }
    assert_int_equal(count, feed->count);
    free(feed->rows);
    feed->rows = grouped;
}

/* What the operator @p class makes of @p steps in run @p run; grouped, with several inputs or
 * slices in no order at all. */
struct scene {
    const struct pm_operator_class *class;
    unsigned inputs, number;
    const struct pm_feed_step *steps;
};

static void play(struct pm_feed *feed, const struct scene *scene, struct pm_random *cuts,
                 unsigned run, uint32_t slice)
{
    const bool exchange = (scene->class->traits & PM_TRAIT_HASH) != 0;

    pm_feed_open_stage(feed, plan_of(scene->class, scene->inputs, scene->number % 2 == 1),
                       exchange ? 0 : PM_STAGES_MAX,
                       run & 1 ? &pm_state_copying : &pm_state_memory);
    feed->task.slice = slice;
    pm_feed_play(feed, scene->steps, STEPS + scene->inputs, cuts, run & 2 ? 1 : 0);
    group(feed, scene->inputs == 1 && slice == 0);
}

static void expect_same(const struct scene *scene, const struct pm_feed *have,
                        const struct pm_feed *want, const char *kind, unsigned run)
{
    if (have->count != want->count ||
        memcmp(have->rows, want->rows, have->count * sizeof *have->rows) != 0)
        fail_msg("%s, case %u, %s run %u: %u rows, one by one %u, or others", scene->class->name,
                 scene->number, kind, run, have->count, want->count);
}

/* Returns the rows of one run. */
static uint32_t plays_the_same(const struct scene *scene, struct pm_random *random)
{
    struct pm_feed singly, cut;

    play(&singly, scene, NULL, 0, 0);
    for (unsigned run = 1; run < RUNS; run++) {
        play(&cut, scene, run < 4 ? NULL : random, run, 0);
        expect_same(scene, &cut, &singly, "cut", run);
        pm_feed_close(&cut);
    }
    group(&singly, false);
    /* when coalesce fires is seen in its rows; its own tests say what stays the same */
    for (unsigned run = 0; run < SLICED && strcmp(scene->class->name, "coalesce") != 0; run++) {
        play(&cut, scene, run < 2 ? NULL : random, run, 1 + run % 2);
        expect_same(scene, &cut, &singly, "sliced", run);
        pm_feed_close(&cut);
    }
    const uint32_t rows = singly.count;
    pm_feed_close(&singly);
    return rows;
}

static void keeps_the_law(const struct pm_operator_class *class, uint64_t seed)
{
    static struct pm_feed_step steps[STEPS + 2];
    struct scene scene = {.class = class, .inputs = class->inputs_max == 1 ? 1 : 2, .steps = steps};
    uint64_t rows = 0;

    for (; scene.number < CASES; scene.number++) {
        struct pm_random random = pm_random_open(seed, scene.number);
        make_steps(steps, scene.inputs, &random);
        rows += plays_the_same(&scene, &random);
    }
    print_message("%s: %llu rows\n", class->name, (unsigned long long)rows);
    assert_true(rows > CASES * 10);
}

static void any_cut_of_the_input_gives_the_same_rows(void **state)
{
    const uint64_t seed = pm_feed_seed();

    (void)state;
    for (size_t i = 0; pm_operator_classes[i] != NULL; i++)
        keeps_the_law(pm_operator_classes[i], seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cut_of_the_input_gives_the_same_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
