/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for the broker, and topics of a benchmark's own. */
#include "pm_bench_broker.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pm_clock.h"
#include "pm_runner.h"

static const char *port(void)
{
    const char *const given = getenv("PACEMARK_KAFKA_PORT");

    return given != NULL ? given : "19092";
}

bool pm_bench_broker_answers(void)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)atoi(port())),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int found = connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address);

    close(fd);
    return found == 0;
}

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

    snprintf(brokers, sizeof brokers, "brokers=127.0.0.1:%s", port());
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
