/* SPDX-License-Identifier: Apache-2.0 */
/* The plain client over a real broker: the oracle's rows in each way of taking and producing. */
#include "kafka_rig.h"

#include <stdlib.h>

#include "pm_broker.h"
#include "pm_engines.h"
#include "pm_runner.h"

struct seen {
    unsigned cases;
    uint64_t rows;
};

static void count(void *payload, const struct pm_verify_case *verified)
{
    struct seen *const seen = payload;

    seen->cases++;
    seen->rows += verified->verdict.expected;
}

static void set(struct pm_scenario *scenario, const char *const *settings)
{
    char brokers[80];
    struct pm_error error = {0};

    snprintf(brokers, sizeof brokers, "brokers=%s", pm_broker_address());
    if (pm_scenario_set(scenario, brokers, &error) != 0)
        fail_msg("%s", error.text);
    for (; *settings != NULL; settings++)
        if (pm_scenario_set(scenario, *settings, &error) != 0)
            fail_msg("%s", error.text);
}

/* Returns the rows that were expected, and came. */
static uint64_t verify(const char *name, const char *const *settings, const char *const *engines)
{
    struct pm_verify_config config = {.scenarios = 1, .first_seed = 1, .seeds = 1};
    struct pm_scenario *scenario = NULL;
    struct seen seen = {0};
    struct pm_error error = {0};

    if (pm_scenario_open(&scenario, name, "quick", pm_runner_engines(), &error) != 0)
        fail_msg("%s", error.text);
    set(scenario, settings);
    config.scenario = &scenario;
    for (; *engines != NULL; engines++)
        config.instance[config.instances++] =
            (struct pm_instance){*engines, pm_engines_find(*engines)};
    if (pm_runner_verify(&config, count, &seen, &error) != 0)
        fail_msg("%s: %s", name, error.text);
    assert_true(seen.cases >= 1);
    pm_scenario_close(scenario);
    return seen.rows / seen.cases;
}

static void every_way_gives_what_the_oracle_expects(void **state)
{
    static const char *const scenarios[] = {"route", "high-value", "log-etl", "hourly-plain"};
    static const struct {
        const char *messages, *produce;
    } ways[] = {{"messages=1", "produce=async"},
                {"messages=1", "produce=sync"},
                {"messages=100", "produce=async"},
                {"messages=100", "produce=sync"}};
    static const char *const client[] = {"client", NULL};

    (void)state;
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        for (size_t j = 0; j < sizeof ways / sizeof *ways; j++) {
            const char *const settings[] = {"transport=kafka", "events=2000", ways[j].messages,
                                            ways[j].produce, NULL};
            assert_true(verify(scenarios[i], settings, client) != 0);
        }
}

/* Many behind their watermark, some of which count still and some of which do not. */
static void late_readings_are_those_of_the_engines(void **state)
{
    static const char *const settings[] = {
        "transport=kafka",     "events=5000",    "partitions=3",
        "disorder=2h",         "lateness=20m",   "straggler-delay=2h",
        "watermark.delay=40m", "stragglers=50k", NULL};
    static const char *const both[] = {"event", "client", NULL};

    (void)state;
    assert_true(verify("hourly-plain", settings, both) > 500);
}

static void its_settings_and_transport_are_checked_first(void **state)
{
    static const struct {
        const char *scenario, *setting, *says;
    } cases[] = {
        {"route", "transport=embedded", "add --transport kafka"},
        {"sessions", "transport=kafka", "no sessions written by hand"},
        {"hourly-plain", "late=include", "late: include"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const settings[] = {"transport=kafka", cases[i].setting, NULL};
        struct pm_runner_config config = PM_RUNNER_CONFIG_INIT;
        struct pm_scenario *scenario = NULL;
        struct pm_error error = {0};

        assert_int_equal(
            pm_scenario_open(&scenario, cases[i].scenario, "quick", pm_runner_engines(), &error),
            0);
        set(scenario, settings);
        config.scenario = scenario;
        config.instances = 1;
        config.instance[0] = (struct pm_instance){"client", pm_engines_find("client")};
        assert_int_equal(pm_runner_check(&config, &error), PM_EINPUT);
        assert_non_null(strstr(error.text, cases[i].says));
        pm_scenario_close(scenario);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_gives_what_the_oracle_expects),
        cmocka_unit_test(late_readings_are_those_of_the_engines),
        cmocka_unit_test(its_settings_and_transport_are_checked_first),
    };
    const int child = pm_runner_child(argc, argv);

    if (child >= 0)
        return child;
    kafka_rig_need_broker();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
