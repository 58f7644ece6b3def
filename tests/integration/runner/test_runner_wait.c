/* SPDX-License-Identifier: Apache-2.0 */
/* How a comparison waits: chosen once for all rows, by trial where nothing else decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "pm_runner_rig.h"

/* Rows of the document that say they waited so. */
static unsigned rows_with(const struct pm_outcome *outcome, enum pm_wait wait)
{
    const char *const words = wait == PM_WAIT_SPIN ? "\"wait\": \"spin\"," : "\"wait\": \"nap\",";
    unsigned rows = 0;

    for (const char *at = outcome->document; (at = strstr(at, words)) != NULL; at++)
        rows++;
    return rows;
}

static void auto_is_settled_by_a_trial_and_is_the_same_for_all_rows(void **state)
{
    static const char *const settings[] = {"duration=300ms", "rate=20k", "wait=auto",
                                           "warmup.time=50ms", NULL};
    struct pm_wait_memo waits = {0};
    struct pm_runner_rig rig;
    struct pm_outcome outcome, again;
    struct pm_error error = {0};

    (void)state;
    pm_runner_rig_open(&rig, "route", settings);
    if (pm_scenario_set(rig.scenario, "engines=event,batch", &error) != 0 ||
        pm_runner_instances(&rig.config, &error) != 0)
        fail_msg("%s", error.text);
    rig.config.waits = &waits;
    pm_runner_rig_run(&outcome, &rig, NULL, NULL);
    assert_int_equal(waits.count, 1);
    assert_int_equal(waits.known[0].rate_per_s, 20000);
    assert_non_null(strstr(outcome.wait.reason, ": auto, "));
    assert_non_null(strstr(outcome.wait.reason, "spinning"));
    assert_non_null(strstr(outcome.document, outcome.wait.reason));
    assert_int_equal(outcome.rows, 3);
    assert_int_equal(rows_with(&outcome, outcome.wait.wait), outcome.rows);

    waits.known[0].choice.wait = PM_WAIT_SPIN; /* what is known is not tried again */
    snprintf(waits.known[0].choice.reason, sizeof waits.known[0].choice.reason, "spin: known");
    pm_runner_rig_run(&again, &rig, NULL, NULL);
    assert_string_equal(again.wait.reason, "spin: known");
    assert_int_equal(rows_with(&again, PM_WAIT_SPIN), again.rows);
    pm_outcome_close(&again);
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

static void what_is_set_is_not_tried_and_threads_beyond_the_cores_do_not_spin(void **state)
{
    static const struct {
        const char *wait, *parallelism;
        enum pm_wait chosen;
        const char *reason;
    } cases[] = {
        {"wait=spin", "parallelism=1", PM_WAIT_SPIN, "spin: as set"},
        {"wait=nap", "parallelism=1", PM_WAIT_NAP, "nap: as set"},
        {"wait=auto", "parallelism=64", PM_WAIT_NAP, "nap: auto, for threads that spin"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const settings[] = {"duration=200ms",     "rate=5k",
                                        "engines=event",      cases[i].wait,
                                        cases[i].parallelism, NULL};
        struct pm_wait_memo waits = {0};
        struct pm_runner_rig rig;
        struct pm_outcome outcome;

        pm_runner_rig_open(&rig, "route", settings);
        rig.config.waits = &waits;
        pm_runner_rig_run(&outcome, &rig, NULL, NULL);
        assert_int_equal(waits.count, 0);
        assert_int_equal(outcome.wait.wait, cases[i].chosen);
        assert_memory_equal(outcome.wait.reason, cases[i].reason, strlen(cases[i].reason));
        assert_int_equal(rows_with(&outcome, cases[i].chosen), outcome.rows);
        pm_outcome_close(&outcome);
        pm_runner_rig_close(&rig);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auto_is_settled_by_a_trial_and_is_the_same_for_all_rows),
        cmocka_unit_test(what_is_set_is_not_tried_and_threads_beyond_the_cores_do_not_spin),
    };
    const int child = pm_runner_child(argc, argv);

    return child >= 0 ? child : cmocka_run_group_tests(tests, NULL, NULL);
}
