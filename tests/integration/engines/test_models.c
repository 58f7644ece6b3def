/* SPDX-License-Identifier: Apache-2.0 */
/* What makes each engine the model that it stands for, seen by probes inside the plan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "engine_fixture.h"
#include "pm_probe.h"
#include "pm_verbs.h"

#define RECORDS 3000u
#define FEW     200u

/* Three stages with a probe in each. */
static struct pm_plan *three_stages(void)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    struct pm_flow flow = pm_probe_add(plan, pm_plan_source(plan, 0, &fixture_schema), 0);

    flow = pm_probe_add(plan, pm_plan_key_by(plan, flow, "user"), 1);
    flow = pm_probe_add(plan, pm_plan_key_by(plan, flow, "v"), 2);
    pm_plan_output(plan, flow, 0, "out");
    return plan;
}

/* Steps in the log from stage to stage: those that no pass makes, and those from the last stage
 * back to the first. */
struct steps {
    unsigned wrong, again;
};

static struct steps look_at_steps(void)
{
    const uint32_t count = pm_probes.steps < PM_PROBE_LOG ? pm_probes.steps : PM_PROBE_LOG;
    struct steps steps = {0};

    for (uint32_t i = 1; i < count; i++) {
        const unsigned from = pm_probes.probe[i - 1], to = pm_probes.probe[i];
        steps.wrong += to != from && to != (from + 1) % 3;
        steps.again += from == 2 && to == 0;
    }
    return steps;
}

static void run_stages(struct fixture *f, const char *engine, const char *const *settings)
{
    pm_probe_reset();
    assert_int_equal(fixture_run(f, fixture_engine(engine), settings), 0);
    assert_int_equal(f->memory.count, 5 * RECORDS);
    for (unsigned p = 0; p < 3; p++)
        assert_true(pm_probes.rows[p] >= 5 * RECORDS);
}

static void no_stage_begins_before_the_stage_before_is_through(void **state)
{
    static const char *const often[] = {"cadence=1us", "trigger=asap", "dispatch=chunk", NULL};
    static const char *const once[] = {"cadence=0", "trigger=available-now", "dispatch=chunk",
                                       NULL};
    static const char *const staged[] = {"batch", "microbatch"};
    struct fixture f;

    (void)state;
    fixture_open(&f, three_stages(), 5, RECORDS, true);
    f.job.parallelism = 3;
    f.job.workers = 2;
    for (unsigned i = 0; i < 2; i++) {
        f.memory.all_visible = false;
        run_stages(&f, staged[i], often);
        assert_int_equal(look_at_steps().wrong, 0);
        assert_true(look_at_steps().again > 5); /* one pass after the other */
        f.memory.all_visible = true;
        run_stages(&f, staged[i], once);
        assert_int_equal(look_at_steps().wrong, 0);
        assert_int_equal(look_at_steps().again, 0);
    }
    run_stages(&f, "event", once);
    assert_true(look_at_steps().wrong + look_at_steps().again > 0); /* it would be seen */
    fixture_close(&f);
}

/* Windows over a keyed probe, so that there is state of both kinds. */
static struct pm_plan *counted(void)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_window_config window = {
        .kind = PM_WINDOW_SLIDING,
        .size_ns = 40,
        .slide_ns = 10,
        .lateness_ns = 5,
        .folds = 1,
        .fold = {{PM_FOLD_SUM, "v", "sum", 0}},
    };
    struct pm_flow flow = pm_plan_key_by(plan, pm_plan_source(plan, 0, &fixture_schema), "user");

    flow = pm_plan_window(plan, pm_probe_add_keyed(plan, flow, 0), &window);
    pm_plan_output(plan, flow, 0, "sums");
    return plan;
}

static int by_content(const void *a, const void *b)
{
    const struct pm_record *x = &((const struct pm_memory_row *)a)->record;
    const struct pm_record *y = &((const struct pm_memory_row *)b)->record;

    if (x->event_time_ns != y->event_time_ns)
        return x->event_time_ns < y->event_time_ns ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->payload[2] > y->payload[2]) - (x->payload[2] < y->payload[2]);
}

static struct pm_record *sorted_rows(const struct fixture *f)
{
    struct pm_record *rows = calloc(f->memory.count + 1, sizeof *rows);

    qsort(f->memory.rows, f->memory.count, sizeof *f->memory.rows, by_content);
    for (size_t i = 0; i < f->memory.count; i++)
        rows[i] = f->memory.rows[i].record;
    return rows;
}

static void a_batch_job_takes_nothing_of_the_one_before_but_its_cut(void **state)
{
    static const char *const once[] = {"cadence=0", NULL}, *const often[] = {"cadence=1us", NULL};
    struct fixture f;

    (void)state;
    fixture_open(&f, counted(), 3, FEW, true);
    f.job.parallelism = 2;
    f.memory.all_visible = true;
    assert_int_equal(fixture_run(&f, fixture_engine("batch"), once), 0);
    assert_int_equal(f.stats.units, 1);
    assert_int_equal(f.stats.rows_replayed, 0);
    const size_t count = f.memory.count;
    struct pm_record *rows = sorted_rows(&f);

    f.memory.all_visible = false;
    pm_probe_reset();
    assert_int_equal(fixture_run(&f, fixture_engine("batch"), often), 0);
    assert_true(f.stats.units > 5);
    assert_true(f.stats.rows_replayed > 0);
    assert_int_equal(pm_probes.found_state, 0);
    assert_true(pm_probes.opened[0] >= f.stats.units * 2); /* each job has its own instances */
    assert_int_equal(pm_probes.opened[0], pm_probes.closed[0]);
    assert_true(pm_probes.rows[0] > 2 * 3 * FEW); /* it computed again */
    assert_int_equal(f.memory.count, count);
    qsort(f.memory.rows, f.memory.count, sizeof *f.memory.rows, by_content);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(f.memory.rows[i].record.event_time_ns, rows[i].event_time_ns);
        assert_int_equal(f.memory.rows[i].record.key, rows[i].key);
        assert_int_equal(f.memory.rows[i].record.payload[2], rows[i].payload[2]);
    }

    pm_probe_reset();
    assert_int_equal(fixture_run(&f, fixture_engine("microbatch"), often), 0);
    assert_int_equal(pm_probes.opened[0], 2); /* microbatch keeps its state */
    assert_int_equal(pm_probes.rows[0], 3 * FEW);
    free(rows);
    fixture_close(&f);
}

/* A topic may hold others' messages behind its flush; a batch job must not wait for ever. */
static void marks_behind_the_flush_keep_no_batch_job_waiting(void **state)
{
    static const char *const once[] = {"cadence=0", NULL};
    const struct pm_record mark = {.word = pm_record_word(0, PM_KIND_IDLE)};
    size_t count = 0;

    (void)state;
    for (unsigned marks = 0; marks <= 3; marks++) {
        struct fixture f;

        fixture_open(&f, counted(), 3, FEW, true);
        for (unsigned i = 0; i < marks; i++)
            pm_memory_add(&f.memory.partition[1], &mark);
        f.memory.all_visible = true;
        assert_int_equal(fixture_run(&f, fixture_engine("batch"), once), 0);
        assert_int_equal(f.stats.units, 1);
        count = marks == 0 ? f.memory.count : count;
        assert_int_equal(f.memory.count, count);
        fixture_close(&f);
    }
}

static void microbatch_publishes_a_range_at_once_and_not_before_it_is_done(void **state)
{
    static const char *const asap[] = {"trigger=asap", "dispatch=one", NULL};
    struct fixture f;

    (void)state;
    fixture_open(&f, three_stages(), 4, RECORDS, true);
    f.memory.one_thread = true;
    assert_int_equal(fixture_run(&f, fixture_engine("microbatch"), asap), 0);
    assert_int_equal(f.memory.count, 4 * RECORDS);
    assert_int_equal(f.memory.early_commits, 0);
    assert_true(f.memory.commits > 5);
    /* one commit a batch; the ranges at the end may hold nothing but flush records */
    assert_true(f.memory.commits <= f.stats.units && f.memory.commits + 4 >= f.stats.units);

    assert_int_equal(fixture_run(&f, fixture_engine("event"), asap), 0);
    assert_int_equal(f.memory.count, 4 * RECORDS);
    assert_true(f.memory.early_commits > 5); /* it would be seen */
    fixture_close(&f);
}

/* Over real logs, in ten parts that come while the engine runs. */
static void run_live(const char *engine, uint64_t awaited_rows, struct pm_rig_result *result)
{
    struct pm_rig_config config = {.plan = three_stages(),
                                   .streams = 1,
                                   .stream = {{0, 2, 0}},
                                   .partitions = 2,
                                   .state = &pm_state_memory,
                                   .parallelism = 2,
                                   .workers = 1,
                                   .rounds = 10,
                                   .awaited_rows = awaited_rows};
    static const char *const settings[] = {"trigger=asap", NULL};
    struct pm_error error = {0};

    config.settings = settings;
    assert_int_equal(pm_plan_check((struct pm_plan *)config.plan, NULL), 0);
    for (unsigned p = 0; p < 2; p++) {
        struct pm_record *rows = calloc(RECORDS, sizeof *rows);
        for (unsigned i = 0; i < RECORDS; i++)
            rows[i] = (struct pm_record){
                .event_time_ns = i, .id = pm_record_id(p, i), .key = i % 16, .payload = {i}};
        config.partition[p] = (struct pm_rig_partition){.rows = rows, .count = RECORDS};
    }
    if (pm_rig_run(result, fixture_engine(engine), &config, &error) != 0)
        fail_msg("%s: %s", engine, error.text);
    assert_int_equal(result->count, 2 * RECORDS);
    for (unsigned p = 0; p < 2; p++)
        free(config.partition[p].rows);
    pm_plan_close((struct pm_plan *)config.plan);
}

static void first_output_appears_while_the_input_flows_or_after_it(void **state)
{
    static const struct {
        const char *engine;
        bool live;
    } cases[] = {{"event", true}, {"microbatch", true}, {"batch", false}};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pm_rig_result result;
        int64_t first_ns = INT64_MAX;
        run_live(cases[i].engine, cases[i].live ? 1 : 0, &result);
        for (size_t r = 0; r < result.count; r++)
            first_ns = result.rows[r].visible_ns < first_ns ? result.rows[r].visible_ns : first_ns;
        assert_int_equal(first_ns < result.last_written_ns, cases[i].live);
        assert_true(result.stats.first_output_ns >= first_ns);
        pm_rig_result_close(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_stage_begins_before_the_stage_before_is_through),
        cmocka_unit_test(a_batch_job_takes_nothing_of_the_one_before_but_its_cut),
        cmocka_unit_test(marks_behind_the_flush_keep_no_batch_job_waiting),
        cmocka_unit_test(microbatch_publishes_a_range_at_once_and_not_before_it_is_done),
        cmocka_unit_test(first_output_appears_while_the_input_flows_or_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
