/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario for the broker, and topics of its own. */
#include "pm_bench_broker.h"

#include <stdio.h>
#include <stdlib.h>

#include "pm_broker.h"
#include "pm_clock.h"
#include "pm_runner.h"

void pm_bench_must(int code, const struct pm_error *error)
{
    if (code == 0)
        return;
    fprintf(stderr, "benchmark: %s\n", error->text);
    exit(pm_error_exit_code(code));
}

struct pm_scenario *pm_bench_broker_scenario(const char *const *settings)
{
    struct pm_scenario *scenario;
    struct pm_error error = {0};
    char brokers[64];

    snprintf(brokers, sizeof brokers, "brokers=%s", pm_broker_address());
    pm_bench_must(pm_scenario_open(&scenario, "route", NULL, pm_runner_engines(), &error), &error);
    pm_bench_must(pm_scenario_set(scenario, "transport=kafka", &error), &error);
    pm_bench_must(pm_scenario_set(scenario, brokers, &error), &error);
    for (; *settings != NULL; settings++)
        pm_bench_must(pm_scenario_set(scenario, *settings, &error), &error);
    return scenario;
}

void pm_bench_broker_topics(struct pm_topics *out, const struct pm_scenario *scenario)
{
    struct pm_error error = {0};

    pm_bench_must(pm_topics_open(out, &scenario->run, (uint64_t)pm_clock_wall_ns(), &error),
                  &error);
    pm_bench_must(pm_topics_create(out, (unsigned)scenario->run.partitions, &error), &error);
}
