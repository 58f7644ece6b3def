/* SPDX-License-Identifier: Apache-2.0 */
/* Verify: all engines equal the oracle; every canary is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_runner.h"

#define SCENARIOS 2u

struct seen {
    unsigned cases, damaged, refused;
};

static void count(void *payload, const struct pm_verify_case *verified)
{
    struct seen *const seen = payload;

    seen->cases += verified->canary == NULL ? 1u : 0u;
    seen->damaged += verified->canary != NULL ? 1u : 0u;
    seen->refused += verified->canary != NULL && verified->refused ? 1u : 0u;
}

static int verify(struct seen *seen, bool canary, struct pm_error *error)
{
    static const char *const names[SCENARIOS] = {"spend", "fraud"};
    struct pm_scenario *scenario[SCENARIOS];
    struct pm_verify_config config = {.scenarios = SCENARIOS,
                                      .scenario = scenario,
                                      .first_seed = 1,
                                      .seeds = 1,
                                      .canary = canary};

    for (unsigned i = 0; i < SCENARIOS; i++)
        assert_int_equal(
            pm_scenario_open(&scenario[i], names[i], "quick", pm_runner_engines(), error), 0);
    const int code = pm_runner_verify(&config, count, seen, error);
    for (unsigned i = 0; i < SCENARIOS; i++)
        pm_scenario_close(scenario[i]);
    return code;
}

static void all_engines_equal_the_oracle_at_every_parallelism(void **state)
{
    struct seen seen = {0};
    struct pm_error error = {0};

    (void)state;
    if (verify(&seen, false, &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(seen.cases, SCENARIOS * 3 * 3);
    assert_int_equal(seen.damaged, 0);
}

/* Stragglers count, in windows, sessions and joins alike. */
static void late_include_equals_the_oracle_for_every_kind_of_query(void **state)
{
    static const char *const names[] = {"spend", "hourly", "sessions", "enrich"};
    static const char *const settings[] = {"late=include", "stragglers=20000",
                                           "straggler-delay=10m"};

    (void)state;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct pm_scenario *scenario;
        struct seen seen = {0};
        struct pm_error error = {0};
        struct pm_runner_config batch = PM_RUNNER_CONFIG_INIT;

        assert_int_equal(
            pm_scenario_open(&scenario, names[i], "quick", pm_runner_engines(), &error), 0);
        for (unsigned s = 0; s < sizeof settings / sizeof settings[0]; s++)
            assert_int_equal(pm_scenario_set(scenario, settings[s], &error), 0);
        assert_int_equal(pm_scenario_set(scenario, "engines=batch", &error), 0);
        batch.scenario = scenario;
        assert_int_equal(pm_runner_instances(&batch, &error), 0);
        const struct pm_verify_config config = {.scenarios = 1,
                                                .scenario = &scenario,
                                                .instances = 1,
                                                .instance = {batch.instance[0]},
                                                .first_seed = 1,
                                                .seeds = 2};
        if (pm_runner_verify(&config, count, &seen, &error) != 0)
            fail_msg("%s: %s", names[i], error.text);
        assert_int_equal(seen.cases, 2 * 3);
        pm_scenario_close(scenario);
    }
}

static void every_damage_is_refused(void **state)
{
    struct seen seen = {0};
    struct pm_error error = {0};

    (void)state;
    assert_int_equal(verify(&seen, true, &error), PM_EWRONG);
    assert_int_equal(seen.damaged, SCENARIOS * 3 * 3 * 4);
    assert_int_equal(seen.refused, seen.damaged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_engines_equal_the_oracle_at_every_parallelism),
        cmocka_unit_test(late_include_equals_the_oracle_for_every_kind_of_query),
        cmocka_unit_test(every_damage_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
