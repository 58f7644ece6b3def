/* SPDX-License-Identifier: Apache-2.0 */
/* A real broker at full speed: our source against a bare consumer (K2), our sink against a bare
 * producer (K3), each with the same messages and the same settings of the client. */
#include <endian.h>
#include <string.h>

#include "pm_bench_bare.h"
#include "pm_bench_broker.h"
#include "pm_chunk.h"
#include "pm_clock.h"
#include "pm_generator.h"
#include "pm_kafka_format.h"
#include "pm_producer.h"
#include "pm_sink_kafka.h"
#include "pm_source_kafka.h"
#include "pm_workload.h"

#define WRITTEN 400000u /* rows of a run of K3 */
#define PUBLISH 256u    /* rows: what the event engine publishes at most at a time */
#define KEYS    100000u

struct place {
    const struct pm_topics *topics;
    unsigned partitions;
    uint64_t messages; /* in the source topic */
};

/* --- K2: reading ------------------------------------------------------------------------------ */

/* Fill the source topic with the whole input. */
static void preload(struct place *place, const struct pm_scenario *scenario, bool text)
{
    const struct pm_medium_kafka_config topic = {.topic = place->topics->source,
                                                 .client = place->topics->client,
                                                 .text = text,
                                                 .patient = true};
    struct pm_producer_config config = {.start_ns = pm_clock_ns()};
    struct pm_generator_config data;
    struct pm_producer_stats stats;
    struct pm_error error = {0};

    pm_scenario_generator(&data, scenario);
    pm_bench_must(pm_generator_open(&config.generator, &data, &error), &error);
    pm_bench_must(pm_medium_kafka_open(&config.medium, &topic, &error), &error);
    pm_bench_must(pm_producer_preload(&config, &stats, &error), &error);
    place->messages = stats.sent + stats.marks + place->partitions;
    pm_medium_kafka_close(config.medium);
    pm_generator_close(config.generator);
}

/* As a task of the event engine polls its partitions in turn. */
static void read_all(struct pm_source *source, const struct place *place)
{
    struct pm_source_view view;
    int64_t times = 0;

    for (uint64_t taken = 0; taken < place->messages;) {
        bool found = false;

        for (unsigned p = 0; p < place->partitions; p++) {
            const int event = pm_source_poll(source, p, PM_CHUNK_DEFAULT, &view);

            pm_bench_check(event >= 0, "a poll");
            if (event != PM_SOURCE_DATA)
                continue;
            found = true;
            taken += view.count;
            for (uint32_t i = 0; i < view.count; i++)
                times ^= view.rows[i].event_time_ns;
        }
        if (!found)
            pm_clock_wait(PM_WAIT_NAP);
    }
    PM_BENCH_USE(times);
}

/* M messages a second through our source, from the first poll on. */
static double speed_of_source(void *payload)
{
    const struct place *const place = payload;
    const struct pm_source_config config = {.place = place->topics->source,
                                            .client = place->topics->client};
    struct pm_source *source;
    struct pm_error error = {0};

    pm_bench_must(pm_source_kafka.open(&source, &config, &error), &error);
    const double begin_s = pm_bench_seconds();
    read_all(source, place);
    const double end_s = pm_bench_seconds();
    source->ops->close(source);
    return (double)place->messages / (end_s - begin_s) / 1e6;
}

static double speed_of_consumer(void *payload)
{
    const struct place *const place = payload;
    struct pm_bare *const bare = pm_bare_open(PM_KAFKA_READER, place->topics->source,
                                              place->partitions, place->topics->client);
    const double begin_s = pm_bench_seconds();

    pm_bench_check(pm_bare_read(bare, place->messages) > 0, "values come");
    const double end_s = pm_bench_seconds();
    pm_bare_close(bare);
    return (double)place->messages / (end_s - begin_s) / 1e6;
}

/* --- K3: writing ------------------------------------------------------------------------------ */

static struct pm_record row_of(uint64_t number)
{
    return (struct pm_record){.event_time_ns = (int64_t)number * PM_NS_PER_US,
                              .id = pm_record_id(0, number),
                              .key = number * 2654435761u % KEYS,
                              .payload = {number, number, number}};
}

/* M rows a second through our sink, until the broker has all of them. */
static double speed_of_sink(void *payload)
{
    const struct place *const place = payload;
    const struct pm_sink_config config = {.place = place->topics->output,
                                          .client = place->topics->client};
    const struct pm_bytes none = {0};
    struct pm_sink_handle handle;
    struct pm_sink *sink;
    struct pm_error error = {0};
    uint64_t epoch = 1;

    pm_bench_must(pm_sink_kafka.open(&sink, &config, &error), &error);
    pm_bench_check(sink->ops->begin(sink, epoch) == 0, "an epoch begins");
    const double begin_s = pm_bench_seconds();
    for (uint64_t i = 0; i < WRITTEN; i++) {
        const struct pm_record row = row_of(i);

        pm_bench_check(pm_sink_write(sink, &row, &none) == 0, "a row is taken");
        if (i % PUBLISH == PUBLISH - 1)
            pm_bench_check(pm_sink_publish(sink, &epoch) == 0, "rows are published");
    }
    pm_bench_check(sink->ops->prepare(sink, &handle) == 0, "all rows are answered");
    const double end_s = pm_bench_seconds();
    sink->ops->close(sink);
    return WRITTEN / (end_s - begin_s) / 1e6;
}

static double speed_of_producer(void *payload)
{
    const struct place *const place = payload;
    struct pm_bare *const bare = pm_bare_open(PM_KAFKA_WRITER, place->topics->output,
                                              place->partitions, place->topics->client);
    struct pm_kafka_head head;
    uint64_t key;
    struct pm_kafka_output output = {.partition = PM_KAFKA_BY_KEY,
                                     .key = &key,
                                     .key_size = sizeof key,
                                     .value = &head,
                                     .value_size = sizeof head};
    const double begin_s = pm_bench_seconds();

    for (uint64_t i = 0; i < WRITTEN; i++) {
        const struct pm_record row = row_of(i);

        key = htobe64(row.key);
        pm_kafka_head_fill(&head, PM_KAFKA_ROW, PM_TIME_MIN, &row);
        pm_bare_send(bare, &output);
    }
    pm_bare_flush(bare);
    const double end_s = pm_bench_seconds();
    pm_bare_close(bare);
    return WRITTEN / (end_s - begin_s) / 1e6;
}

/* --- the rows --------------------------------------------------------------------------------- */

static void bench_source(const struct pm_bench_goal *goal, const struct pm_scenario *scenario,
                         bool text)
{
    struct pm_topics topics;
    struct place place = {.topics = &topics, .partitions = (unsigned)scenario->run.partitions};

    pm_bench_broker_topics(&topics, scenario);
    preload(&place, scenario, text);
    pm_bench_compare(goal, speed_of_source, &place, speed_of_consumer, &place);
    pm_topics_close(&topics);
}

static void bench_sink(const struct pm_bench_goal *goal, const struct pm_scenario *scenario)
{
    struct pm_topics topics;
    struct place place = {.topics = &topics, .partitions = (unsigned)scenario->run.partitions};

    pm_bench_broker_topics(&topics, scenario);
    pm_bench_compare(goal, speed_of_sink, &place, speed_of_producer, &place);
    pm_topics_close(&topics);
}

int main(void)
{
    static const struct pm_bench_goal goals[] = {
        {"K2", "Kafka: the source, text and header, against a bare consumer", "M/s", 0.8, true},
        {"K2", "Kafka: the source, head and text in the value", "M/s", 0.8, true},
        {"K3", "Kafka: the sink against a bare producer", "M/s", 0.8, true},
    };
    static const char *const settings[] = {"rate=1M/s", "duration=1s", NULL};

    if (!pm_bench_asked("K2 K3"))
        return 0;
    if (!pm_broker_answers()) {
        for (unsigned i = 0; i < sizeof goals / sizeof *goals; i++)
            pm_bench_skip(goals[i].row, goals[i].what, "needs the broker: scripts/kafka start");
        return 0;
    }
    struct pm_scenario *const scenario = pm_bench_broker_scenario(settings);
    if (pm_bench_asked("K2")) {
        bench_source(&goals[0], scenario, true);
        bench_source(&goals[1], scenario, false);
    }
    if (pm_bench_asked("K3"))
        bench_sink(&goals[2], scenario);
    pm_scenario_close(scenario);
    return 0;
}
