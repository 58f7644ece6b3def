/* SPDX-License-Identifier: Apache-2.0 */
/* A topic for other people's clients: the input of a run, all at once. */
#include <stdio.h>

#include "pm_kafka_client.h"
#include "pm_producer.h"
#include "pm_runner.h"
#include "pm_workload.h"

static int fill(const struct pm_topics *topics, const struct pm_generator_config *config,
                struct pm_producer_stats *stats, struct pm_error *error)
{
    const struct pm_medium_kafka_config place = {.topic = topics->source,
                                                 .client = topics->client,
                                                 .text = pm_workload_is_text(config),
                                                 .patient = true};
    struct pm_generator *generator = NULL;
    struct pm_medium *medium = NULL;
    int code = pm_generator_open(&generator, config, error);

    if (code != 0)
        return code;
    code = pm_medium_kafka_open(&medium, &place, error);
    if (code == 0) {
        const struct pm_producer_config producer = {.generator = generator, .medium = medium};

        code = pm_producer_preload(&producer, stats, error);
    }
    pm_medium_kafka_close(medium);
    pm_generator_close(generator);
    return code;
}

int pm_runner_fill_topic(char *topic, size_t size, uint64_t *records,
                         const struct pm_scenario *scenario, struct pm_error *error)
{
    struct pm_generator_config config;
    struct pm_producer_stats stats = {0};
    struct pm_topics topics;

    pm_scenario_generator(&config, scenario);
    int code = pm_topics_open(&topics, &scenario->run, (uint64_t)pm_clock_wall_ns(), error);
    if (code != 0)
        return code;
    code = pm_kafka_topic_create(topics.source, pm_workload_partitions(scenario), topics.client,
                                 error);
    if (code != 0)
        return code;
    code = fill(&topics, &config, &stats, error);
    if (code != 0) {
        pm_kafka_topic_remove(topics.source, topics.client, NULL);
        return code;
    }
    snprintf(topic, size, "%s", topics.source);
    *records = stats.sent;
    return 0;
}
