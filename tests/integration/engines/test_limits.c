/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine refuses, what ends a run, what a stop leaves, and that a slow receiver loses
 * nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "engine_fixture.h"
#include "pm_verbs.h"

/* Each record becomes @p limit rows before an exchange. */
static struct pm_plan *fan_out(uint32_t limit)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    struct pm_flow flow = pm_plan_source(plan, 0, &fixture_schema);

    flow = pm_plan_map(plan, flow, "v", 0, limit);
    flow = pm_plan_flat_map(plan, flow, "v", limit);
    pm_plan_output(plan, pm_plan_key_by(plan, flow, "v"), 0, "out");
    return plan;
}

/* Rows on arrival, and windows that only a watermark closes. */
static struct pm_plan *rows_and_windows(void)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_window_config window = {
        .kind = PM_WINDOW_TUMBLING,
        .size_ns = 1000000,
        .folds = 1,
        .fold = {{PM_FOLD_COUNT, NULL, "n", 0}},
    };
    const struct pm_flow flow =
        pm_plan_key_by(plan, pm_plan_source(plan, 0, &fixture_schema), "user");

    pm_plan_output(plan, flow, 0, "rows");
    pm_plan_output(plan, pm_plan_window(plan, flow, &window), 1, "counts");
    return plan;
}

static void a_slow_receiver_blocks_its_sender_and_loses_nothing(void **state)
{
    static const char *const dispatches[] = {"dispatch=one", "dispatch=chunk", "dispatch=auto"};
    struct fixture f;

    (void)state;
    fixture_open(&f, fan_out(200), 2, 500, true);
    f.memory.all_visible = true;
    for (unsigned i = 0; i < 3; i++) {
        const char *settings[] = {dispatches[i], NULL};
        f.job.parallelism = 2;
        f.job.workers = 1 + i % 2;
        assert_int_equal(fixture_run(&f, fixture_engine("event"), settings), 0);
        assert_int_equal(f.memory.count, 2 * 500 * 200);
        assert_true(f.stats.outbox_high_rows > 0);
        assert_true(f.stats.outbox_high_rows < 64 * 200 + 4096); /* one hand's rows and marks */
    }
    fixture_close(&f);
}

static void too_wide_a_fan_out_ends_the_run_with_the_operators_name(void **state)
{
    static const char *const narrow[] = {"max-fan-out=1000", NULL};
    struct fixture f;

    (void)state;
    fixture_open(&f, fan_out(50000), 2, 3, true);
    f.job.parallelism = 2;
    assert_int_equal(fixture_run(&f, fixture_engine("event"), narrow), PM_EFAIL);
    assert_non_null(strstr(f.error.text, "max-fan-out is 1000"));
    assert_non_null(strstr(f.error.text, "key_by#3"));
    assert_int_equal(f.stats.finished, 0);
    assert_int_equal(fixture_run(&f, fixture_engine("event"), NULL), 0);
    assert_int_equal(f.memory.count, 2 * 3 * 50000);
    assert_int_equal(f.stats.finished, 1);
    fixture_close(&f);
}

static void what_no_engine_can_promise_is_refused(void **state)
{
    static const enum pm_guarantee guarantees[] = {PM_AT_LEAST_ONCE, PM_EXACTLY_ONCE};
    struct fixture f;

    (void)state;
    fixture_open(&f, rows_and_windows(), 1, 1, true);
    for (unsigned e = 0; pm_engines[e] != NULL; e++) {
        for (unsigned i = 0; i < 2; i++) {
            f.job.sink_config.guarantee = guarantees[i];
            assert_int_equal(fixture_run(&f, pm_engines[e], NULL), PM_EINPUT);
            assert_non_null(strstr(f.error.text, pm_engines[e]->name));
            assert_non_null(strstr(f.error.text, "at-most-once"));
        }
    }
    fixture_close(&f);
}

static void an_engine_of_topics_alone_refuses_a_log(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f, rows_and_windows(), 1, 1, true);
    for (unsigned e = 0; pm_engines[e] != NULL; e++) {
        if ((pm_engines[e]->caps & PM_CAP_KAFKA_ONLY) == 0)
            continue;
        assert_int_equal(fixture_run(&f, pm_engines[e], NULL), PM_EINPUT);
        assert_non_null(strstr(f.error.text, "add --transport kafka"));
    }
    fixture_close(&f);
}

static void parallelism_and_workers_have_bounds(void **state)
{
    static const struct {
        unsigned parallelism, workers;
    } cases[] = {{0, 1}, {PM_KEY_GROUPS + 1, 1}, {2, 0}, {2, 3}};
    struct fixture f;

    (void)state;
    fixture_open(&f, rows_and_windows(), 1, 1, true);
    for (unsigned e = 0; pm_engines[e] != NULL; e++) {
        for (unsigned i = 0; i < 4; i++) {
            f.job.parallelism = cases[i].parallelism;
            f.job.workers = cases[i].workers;
            assert_int_equal(fixture_run(&f, pm_engines[e], NULL), PM_EINPUT);
        }
    }
    fixture_close(&f);
}

/* --- stops ------------------------------------------------------------------------------------ */

struct stopper {
    struct pm_engine *engine;
    enum pm_stop how;
    int64_t after_ns;
};

static void *stop_later(void *payload)
{
    const struct stopper *stopper = payload;

    pm_clock_sleep_until(pm_clock_ns() + stopper->after_ns);
    pm_engine_stop(stopper->engine, stopper->how);
    return NULL;
}

/* Run @p ops over input without end and stop it after @p after_ns. */
static void run_and_stop(struct fixture *f, const struct pm_engine_ops *ops, enum pm_stop how,
                         int64_t after_ns)
{
    static const char *const settings[] = {"trigger=asap", "cadence=1ms", "dispatch=auto", NULL};
    struct stopper stopper = {.how = how, .after_ns = after_ns};
    pthread_t thread;

    if (fixture_start(f, &stopper.engine, ops, settings) != 0)
        fail_msg("%s", f->error.text);
    assert_int_equal(pthread_create(&thread, NULL, stop_later, &stopper), 0);
    assert_int_equal(pm_engine_run(stopper.engine, &f->error), 0);
    pthread_join(thread, NULL);
    pm_engine_close(stopper.engine);
    assert_int_equal(f->stats.finished, 0);
    assert_int_equal(f->stats.rows_published, f->memory.count);
}

static void a_stop_ends_a_run_whose_input_does_not_end(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f, rows_and_windows(), 3, 2000, false);
    for (unsigned e = 0; pm_engines[e] != NULL; e++) {
        const bool runs_plans = (pm_engines[e]->caps & PM_CAP_PLANS) != 0;
        if ((pm_engines[e]->caps & PM_CAP_KAFKA_ONLY) != 0)
            continue;
        f.job.parallelism = runs_plans ? 2 : 1;
        for (unsigned i = 0; i < 4; i++) {
            f.job.workers = runs_plans ? 1 + i % 2 : 1;
            run_and_stop(&f, pm_engines[e], i < 2 ? PM_STOP_NOW : PM_STOP_DRAIN, 20 * PM_NS_PER_MS);
        }
    }
    fixture_close(&f);
}

static void a_drain_publishes_what_was_read_and_closes_no_window(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f, rows_and_windows(), 3, 20000, false);
    f.memory.all_visible = true;
    for (unsigned e = 0; pm_engines[e] != NULL; e++) {
        if ((pm_engines[e]->caps & PM_CAP_LIVE) == 0 || (pm_engines[e]->caps & PM_CAP_PLANS) == 0)
            continue;
        for (unsigned i = 0; i < 12; i++) {
            f.job.parallelism = 1 + i % 3;
            f.job.workers = 1 + i % 3 / 2;
            run_and_stop(&f, pm_engines[e], PM_STOP_DRAIN, i * PM_NS_PER_MS / 4);
            assert_int_equal(f.stats.records_read, f.memory.count);
            for (size_t r = 0; r < f.memory.count; r++)
                assert_int_equal(pm_record_stream(&f.memory.rows[r].record), 0);
        }
    }
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_receiver_blocks_its_sender_and_loses_nothing),
        cmocka_unit_test(too_wide_a_fan_out_ends_the_run_with_the_operators_name),
        cmocka_unit_test(what_no_engine_can_promise_is_refused),
        cmocka_unit_test(an_engine_of_topics_alone_refuses_a_log),
        cmocka_unit_test(parallelism_and_workers_have_bounds),
        cmocka_unit_test(a_stop_ends_a_run_whose_input_does_not_end),
        cmocka_unit_test(a_drain_publishes_what_was_read_and_closes_no_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
