/* SPDX-License-Identifier: Apache-2.0 */
/* Random plans over random input: every engine, at any parallelism and setting, gives the rows that
 * the definitions give. PM_CASES says how many plans; PM_SEED runs one again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_engine_rig.h"
#include "pm_plan_results.h"
#include "pm_random_input.h"
#include "pm_random_plan.h"

#define CASES      2000u
#define FIRST_SEED 1000u
#define DRAWS      4000u /* of a plan until an edge counts as refused */
#define REFUSALS   400u  /* of an edge that must be */

/* --- one case --------------------------------------------------------------------------------- */

struct one_case {
    uint64_t seed;
    struct pm_random random;
    struct pm_naive_plan naive;
    struct pm_plan *plan;
    struct pm_memory memory;
    struct pm_naive_answer answer;
    struct pm_job job;
    struct pm_results want;
};

static const char *const dispatches[] = {"dispatch=one", "dispatch=chunk", "dispatch=auto"};
static const char *const firings[] = {"firing=1", "firing=2", "firing=3", "firing=64", "firing=0"};
static const char *const triggers[] = {"trigger=asap", "trigger=fixed:1us", "trigger=realtime:1s",
                                       "trigger=available-now"};
static const char *const cadences[] = {"cadence=0", "cadence=1us"};

/* Without a cadence the batch engine looks for the end a thousand times a second: mostly it is
 * there at once, to save the test's time. */
static void draw_settings(struct one_case *c, const char **settings)
{
    const bool once = pm_random_below(&c->random, 4) == 0;

    c->memory.all_visible = pm_random_below(&c->random, 16) < (once ? 15 : 1);
    settings[0] = dispatches[pm_random_below(&c->random, 3)];
    settings[1] = triggers[pm_random_below(&c->random, c->memory.all_visible ? 4 : 3)];
    settings[2] = cadences[once ? 0 : 1];
    settings[3] = firings[pm_random_below(&c->random, 5)];
    settings[4] = NULL;
    c->job.parallelism = 1 + (unsigned)pm_random_below(&c->random, 4);
    c->job.workers = 1 + (unsigned)pm_random_below(&c->random, c->job.parallelism > 1 ? 2 : 1);
    c->job.wait = c->job.workers == 1 ? PM_WAIT_SPIN : PM_WAIT_NAP; /* alone, none is waited for */
}

static void run_engine(struct one_case *c, const struct pm_engine_ops *ops)
{
    const char *names[5];
    uint64_t settings[64];
    struct pm_engine_stats stats = {0};
    struct pm_error error = {0};
    struct pm_engine *engine;

    draw_settings(c, names);
    pm_memory_rewind(&c->memory, pm_random_u64(&c->random));
    int code = pm_rig_settings(ops, names, settings, &error);
    c->job.settings = settings;
    c->job.instance = ops->name;
    if (code == 0)
        code = pm_engine_open(&engine, ops, &c->job, &stats, &error);
    if (code == 0) {
        code = pm_engine_run(engine, &error);
        pm_engine_close(engine);
    }
    struct pm_results have = pm_results_found(&c->naive, c->plan, &c->memory);
    const char *what = code == 0 ? pm_results_differ(&c->naive, &c->want, &have) : error.text;
    if (what != NULL) {
        pm_naive_print(&c->naive);
        fail_msg("%s x %u (%u workers, %s, %s, %s, %s): %zu rows, %zu expected; %s; again with "
                 "PM_SEED=%llu",
                 ops->name, c->job.parallelism, c->job.workers, names[0], names[1], names[2],
                 names[3], have.count, c->want.count, what, (unsigned long long)c->seed);
    }
    pm_results_close(&have);
}

static void count_edges(const struct one_case *c, uint64_t *rows_over)
{
    for (unsigned n = 0; n < c->naive.count; n++) {
        const struct pm_naive_node *node = &c->naive.node[n];
        for (unsigned k = 0; k < node->inputs; k++) {
            const struct pm_naive_flow flow = node->input[k];
            const struct pm_random_edge edge = {c->naive.node[flow.node].kind, flow.port != 0,
                                                node->kind, k > 1 ? 1 : k};
            rows_over[pm_random_edge_number(edge)] += c->answer.of[flow.node][flow.port].count;
        }
    }
}

static uint64_t rows_of(const struct one_case *c, struct pm_random_edge edge)
{
    static uint64_t rows_over[PM_RANDOM_EDGES];

    memset(rows_over, 0, sizeof rows_over);
    count_edges(c, rows_over);
    return rows_over[pm_random_edge_number(edge)];
}

static void close_draw(struct one_case *c)
{
    pm_naive_close(&c->answer);
    pm_memory_close(&c->memory);
    pm_plan_close(c->plan);
    c->plan = NULL;
}

/* A plan with @p edge, its input and its answer; false when it would make too many rows. */
static bool draw_once(struct one_case *c, struct pm_random_edge edge)
{
    while (c->plan == NULL)
        c->plan = pm_random_plan(&c->naive, edge, &c->random);
    c->job = (struct pm_job){.plan = c->plan,
                             .source = &pm_source_memory,
                             .source_config = {.place = (const char *)&c->memory},
                             .sink = &pm_sink_memory,
                             .sink_config = {.place = (const char *)&c->memory},
                             .state = &pm_state_memory};
    pm_random_input(&c->naive, &c->random, &c->memory, &c->job, &c->answer);
    return pm_naive_run(&c->naive, &c->answer);
}

/* Draw again while no row goes over the edge: an edge without rows shows nothing. */
static void run_case(uint64_t seed, struct pm_random_edge edge, uint64_t *rows_over)
{
    struct one_case *c = calloc(1, sizeof *c);

    c->seed = seed;
    c->random = pm_random_open(seed, 0);
    while (!draw_once(c, edge) || rows_of(c, edge) == 0)
        close_draw(c);
    count_edges(c, rows_over);
    c->want = pm_results_expected(&c->naive, &c->answer);
    for (unsigned e = 0; pm_engines[e] != NULL; e++) {
        if ((pm_engines[e]->caps & PM_CAP_PLANS) != 0)
            run_engine(c, pm_engines[e]);
    }
    pm_results_close(&c->want);
    close_draw(c);
    free(c);
}

/* --- coverage --------------------------------------------------------------------------------- */

static bool is_keyed(enum pm_naive_kind kind)
{
    return kind >= PM_NAIVE_WINDOW && kind != PM_NAIVE_DECODE;
}

static bool makes_updates(enum pm_naive_kind kind)
{
    return kind == PM_NAIVE_UPDATE || kind == PM_NAIVE_WINDOW_UPDATES || kind == PM_NAIVE_TOP_N ||
           kind == PM_NAIVE_COALESCE;
}

static bool takes_updates(enum pm_naive_kind kind)
{
    return !is_keyed(kind) || kind == PM_NAIVE_DISTINCT ||
           (makes_updates(kind) && kind != PM_NAIVE_WINDOW_UPDATES);
}

/* Of these a plan must say in what order they see a key's records, all in one. */
static bool needs_arrival_order(enum pm_naive_kind kind)
{
    return kind == PM_NAIVE_AGGREGATE || kind == PM_NAIVE_DISTINCT || kind == PM_NAIVE_PROCESS ||
           kind == PM_NAIVE_COUNT_WINDOW || makes_updates(kind);
}

static bool needs_event_order(enum pm_naive_kind kind)
{
    return kind == PM_NAIVE_DEDUP || kind == PM_NAIVE_PATTERN;
}

/* The columns that lie in a row's extension, its text among them, are not there behind these. */
static bool keeps_no_text(struct pm_random_edge edge)
{
    return is_keyed(edge.from) && edge.from != PM_NAIVE_PROCESS && !edge.side;
}

static bool orders_clash(struct pm_random_edge edge)
{
    if (needs_arrival_order(edge.from)
            ? needs_event_order(edge.to)
            : needs_event_order(edge.from) && needs_arrival_order(edge.to))
        return true;
    const bool loses_order = edge.from == PM_NAIVE_SOURCE || edge.from == PM_NAIVE_UNION ||
                             (edge.from == PM_NAIVE_INTERVAL_JOIN && !edge.side);
    return loses_order && needs_arrival_order(edge.to);
}

/* A window's bounds, which the join would add to those that its left row has already; the key,
 * which a top would have twice as it finds but one column beside it. */
static bool repeats_columns(struct pm_random_edge edge)
{
    if (edge.to == PM_NAIVE_TOP_N)
        return edge.from == PM_NAIVE_DISTINCT;
    return (edge.from == PM_NAIVE_WINDOW || edge.from == PM_NAIVE_SESSION) && !edge.side &&
           edge.to == PM_NAIVE_WINDOW_JOIN && edge.input == 0;
}

/* Rows that are taken back where they cannot be; or none where there must be. */
static bool updates_clash(struct pm_random_edge edge)
{
    const bool are_updates = makes_updates(edge.from) && !edge.side;
    const bool may_be = are_updates || (takes_updates(edge.from) && edge.from != PM_NAIVE_SOURCE &&
                                        edge.from != PM_NAIVE_DECODE);

    if (edge.from == PM_NAIVE_COALESCE && is_keyed(edge.to))
        return true;
    return (are_updates && !takes_updates(edge.to)) || (edge.to == PM_NAIVE_COALESCE && !may_be);
}

/* The edges that a checker must refuse in every plan. */
static bool must_be_refused(struct pm_random_edge edge)
{
    if (edge.to == PM_NAIVE_DECODE)
        return keeps_no_text(edge);
    return orders_clash(edge) || updates_clash(edge) || repeats_columns(edge) ||
           (edge.from == PM_NAIVE_SOURCE && is_keyed(edge.to)); /* no key */
}

/* The edges that are accepted in some plan of DRAWS; returns how many. */
static unsigned find_accepted(unsigned *accepted)
{
    struct pm_random random = pm_random_open(1, 0);
    struct pm_naive_plan *naive = calloc(1, sizeof *naive);
    unsigned count = 0;

    for (unsigned i = 0; i < PM_RANDOM_EDGES; i++) {
        const struct pm_random_edge edge = pm_random_edge_of(i);
        struct pm_plan *plan = NULL;
        if (!pm_random_edge_is_one(edge))
            continue;
        const unsigned draws = must_be_refused(edge) ? REFUSALS : DRAWS;
        for (unsigned draw = 0; draw < draws && plan == NULL; draw++)
            plan = pm_random_plan(naive, edge, &random);
        if (plan != NULL)
            accepted[count++] = i;
        if ((plan == NULL) != must_be_refused(edge))
            fail_msg("%s (%s) to %s is %s", pm_naive_names[edge.from], edge.side ? "side" : "main",
                     pm_naive_names[edge.to], plan == NULL ? "refused" : "accepted");
        pm_plan_close(plan);
    }
    free(naive);
    return count;
}

/* One line an output port, one column an input: the rows that went over each edge. Returns how many
 * accepted edges saw none. */
static unsigned print_coverage(const uint64_t *rows_over)
{
    unsigned missed = 0;

    print_message("rows over each edge (.: refused), from / to:\n%20s", "");
    for (unsigned column = 2; column < PM_NAIVE_KINDS * 2u; column++) {
        const enum pm_naive_kind to = (enum pm_naive_kind)(column / 2);
        if (column % 2 == 0 || pm_random_takes_several(to))
            print_message(" %6.6s", pm_naive_names[to]);
    }
    for (unsigned i = 0; i < PM_NAIVE_KINDS * 2u; i++) {
        const enum pm_naive_kind from = (enum pm_naive_kind)(i / 2);
        if (!pm_random_edge_is_one((struct pm_random_edge){from, i % 2 != 0, PM_NAIVE_MAP, 0}))
            continue;
        print_message("\n%-15s%-5s", pm_naive_names[from], i % 2 != 0 ? "side" : "main");
        for (unsigned column = 2; column < PM_NAIVE_KINDS * 2u; column++) {
            const struct pm_random_edge edge = {from, i % 2 != 0, (enum pm_naive_kind)(column / 2),
                                                column % 2};
            if (!pm_random_edge_is_one(edge))
                continue;
            const uint64_t rows = rows_over[pm_random_edge_number(edge)];
            if (must_be_refused(edge))
                print_message("      .");
            else
                print_message(" %6llu", (unsigned long long)rows);
            missed += rows == 0 && !must_be_refused(edge);
        }
    }
    return missed;
}

static void engines_give_what_the_definitions_give(void **state)
{
    static unsigned accepted[PM_RANDOM_EDGES];
    static uint64_t rows_over[PM_RANDOM_EDGES];
    const char *cases = getenv("PM_CASES"), *again = getenv("PM_SEED");
    const unsigned count = find_accepted(accepted);
    const uint64_t first = again != NULL ? strtoull(again, NULL, 10) : FIRST_SEED;
    const uint64_t left = again != NULL ? 1 : cases != NULL ? strtoull(cases, NULL, 10) : CASES;

    (void)state;
    for (uint64_t seed = first; seed < first + left; seed++)
        run_case(seed, pm_random_edge_of(accepted[seed % count]), rows_over);
    if (left < CASES)
        return;
    const unsigned missed = print_coverage(rows_over);
    print_message("\n%u edges accepted, %u of them without a row; seeds %llu..%llu\n", count,
                  missed, (unsigned long long)first, (unsigned long long)(first + left - 1));
    assert_int_equal(missed, 0);
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static void no_operator_of_the_library_is_left_out(void **state)
{
    (void)state;
    for (unsigned i = 0; pm_operator_classes[i] != NULL; i++) {
        const char *name = pm_operator_classes[i]->name;
        if (!is_among(name, pm_naive_names, PM_NAIVE_KINDS))
            fail_msg("%s is in no random plan: teach it to pm_naive_rows.c", name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_operator_of_the_library_is_left_out),
        cmocka_unit_test(engines_give_what_the_definitions_give),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
