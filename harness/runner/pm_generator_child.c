/* SPDX-License-Identifier: Apache-2.0 */
/* A generator process: the schedule's records into the source log or topic, each when it is
 * due. */
#include "pm_children.h"

#include <stdlib.h>

#include "pm_producer.h"
#include "pm_workload.h"

struct feed {
    struct pm_control_map *control;
    unsigned number; /* which of the run's generators this is */
    struct pm_control_sent *sent;
    struct pm_histogram *lateness;
    struct pm_generator *generator;
    unsigned partitions;
    struct pm_log_writer **writer; /* NULL where a topic is written */
    struct pm_topics topics;
    struct pm_medium *medium; /* the topic; NULL: the log */
};

/* Once a record that was sent; the counters have this one writer. */
static void count_sent(void *payload, int64_t late_ns)
{
    const struct feed *const feed = payload;
    _Atomic uint64_t *const records = &feed->sent->records;

    atomic_store_explicit(records, atomic_load_explicit(records, memory_order_relaxed) + 1,
                          memory_order_relaxed);
    pm_histogram_record(feed->lateness, late_ns);
}

static int open_writers(struct feed *feed, const char *folder, struct pm_error *error)
{
    char path[PM_CHILD_PATH_SIZE];
    int code = 0;

    feed->writer = calloc(feed->partitions, sizeof(struct pm_log_writer *));
    if (feed->writer == NULL)
        return pm_error_set(error, PM_ENOMEM, "generator: out of memory");
    pm_child_path(path, folder, PM_SOURCE_FOLDER);
    const unsigned parts = feed->control->page->generators;
    for (unsigned i = feed->number; i < feed->partitions && code == 0; i += parts)
        code = pm_log_writer_open(&feed->writer[i], path, i, NULL, error);
    return code;
}

static int open_topic(struct feed *feed, const struct pm_scenario *scenario,
                      const struct pm_generator_config *generator, struct pm_error *error)
{
    const struct pm_control *const page = feed->control->page;
    const struct pm_medium_kafka_config config = {
        .topic = feed->topics.source,
        .client = feed->topics.client,
        .text = pm_workload_is_text(generator),
        .patient = page->max_pace != 0,
        .figures = &feed->control->page->client[PM_CLIENT_GENERATOR],
    };
    int code = pm_topics_open(&feed->topics, &scenario->run, page->run, error);

    if (code == 0)
        code = pm_medium_kafka_open(&feed->medium, &config, error);
    if (code == 0 && pm_medium_kafka_partitions(feed->medium) != feed->partitions)
        code = pm_error_set(error, PM_EMISMATCH, "%s: the topic has not %u partitions",
                            feed->topics.source, feed->partitions);
    return code;
}

static void tell_sent(struct pm_control_sent *sent, const struct pm_producer_stats *stats)
{
    atomic_store(&sent->records, stats->sent);
    atomic_store(&sent->unsent, stats->unsent);
    atomic_store(&sent->marks, stats->marks);
}

static int send_all(struct feed *feed, struct pm_error *error)
{
    struct pm_control *const page = feed->control->page;
    struct pm_producer_stats stats = {0};
    struct pm_producer_config config = {
        .generator = feed->generator,
        .writers = feed->writer,
        .medium = feed->medium,
        .wait = (enum pm_wait)page->wait,
        .stop = &page->stop,
        .payload = feed,
    };
    pm_control_ready(page, PM_ROLE_GENERATOR + feed->number);
    if (page->max_pace != 0) {
        const int code = pm_producer_preload(&config, &stats, error);

        tell_sent(feed->sent, &stats);
        return code;
    }
    config.start_ns = pm_control_await_start(page);
    if (config.start_ns == 0)
        return 0;
    config.lateness = count_sent;
    const int code = pm_producer_run(&config, &stats, error);
    tell_sent(feed->sent, &stats);
    atomic_store(&feed->sent->finished_ns, pm_clock_ns());
    return code;
}

int pm_generator_child(struct pm_child_setting *setting, unsigned number, struct pm_error *error)
{
    struct pm_control *const page = setting->control.page;
    struct feed feed = {.control = &setting->control, .number = number};
    struct pm_generator_config config;

    if (number >= page->generators)
        return pm_error_set(error, PM_EINTERNAL, "generator %u: the run has %u", number,
                            page->generators);
    feed.sent = &page->sent[number];
    feed.lateness = setting->control.lateness[number];
    pm_scenario_generator(&config, setting->scenario);
    config.part = number;
    config.parts = page->generators;
    int code = pm_generator_open(&feed.generator, &config, error);
    if (code != 0)
        return code;
    feed.partitions = pm_generator_partitions(feed.generator);
    if (setting->scenario->run.transport == PM_RUN_KAFKA)
        code = open_topic(&feed, setting->scenario, &config, error);
    else
        code = open_writers(&feed, setting->folder, error);
    if (code == 0)
        code = send_all(&feed, error);
    for (unsigned i = 0; i < feed.partitions && feed.writer != NULL; i++)
        pm_log_writer_close(feed.writer[i]);
    free(feed.writer);
    pm_medium_kafka_close(feed.medium);
    pm_generator_close(feed.generator);
    return code;
}
