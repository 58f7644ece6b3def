/* SPDX-License-Identifier: Apache-2.0 */
/* The input into a log or a topic, the engine over it, the rows from the output. */
#include "pm_verify_engine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "pm_children.h"
#include "pm_interrupt.h"
#include "pm_listener.h"
#include "pm_medium.h"
#include "pm_place.h"
#include "pm_workload.h"

#define FRAME_ROWS 64u
#define LOOK_NS    (10 * PM_NS_PER_MS) /* between two looks at an engine's time */

static int write_partition(struct pm_medium *medium, unsigned number,
                           const struct pm_input_partition *partition)
{
    for (uint64_t at = 0; at < partition->count;) {
        const uint64_t left = partition->count - at;
        const struct pm_due due = {
            .rows = &partition->rows[at],
            .bytes = &partition->bytes,
            .count = left < FRAME_ROWS ? (uint32_t)left : FRAME_ROWS,
        };
        const int rc = medium->ops->write(medium, number, &due);
        if (rc < 0)
            return rc;
        at += (uint64_t)rc;
    }
    return 0;
}

static int write_log(const char *path, uint64_t run, const struct pm_prepared *prepared,
                     struct pm_error *error)
{
    const struct pm_input *const input = &prepared->input;
    const struct pm_log_config log = {.partitions = input->partitions,
                                      .capacity = prepared->source_capacity,
                                      .durability = PM_DURABILITY_NONE,
                                      .run = run};
    struct pm_log_writer **const writers = calloc(input->partitions, sizeof *writers);
    struct pm_medium_log medium;

    if (writers == NULL)
        return pm_error_set(error, PM_ENOMEM, "verify: out of memory");
    pm_medium_log_open(&medium, writers);
    int code = pm_log_create(path, &log, error);
    for (unsigned i = 0; i < input->partitions && code == 0; i++) {
        code = pm_log_writer_open(&writers[i], path, i, NULL, error);
        if (code != 0)
            break;
        code = write_partition(&medium.base, i, &input->partition[i]);
        if (code != 0)
            pm_error_set(error, code, "source log: partition %u cannot be written", i);
        pm_log_writer_close(writers[i]);
    }
    free(writers);
    return code;
}

static int write_topic(const struct pm_topics *topics, const struct pm_input *input,
                       struct pm_error *error)
{
    const struct pm_medium_kafka_config config = {
        .topic = topics->source, .client = topics->client, .patient = true};
    struct pm_medium *medium = NULL;
    uint64_t lost = 0;

    int code = pm_medium_kafka_open(&medium, &config, error);
    if (code != 0)
        return code;
    for (unsigned i = 0; i < input->partitions && code == 0; i++) {
        code = write_partition(medium, i, &input->partition[i]);
        if (code != 0 && medium->ops->failure(medium, error) == 0)
            pm_error_set(error, code, "source topic: partition %u cannot be written", i);
    }
    if (code == 0)
        code = medium->ops->finish(medium, &lost, error);
    pm_medium_kafka_close(medium);
    return code;
}

/* --- the engine ------------------------------------------------------------------------------ */

/** Stops an engine that finds no end: a broker that is away, a topic that is incomplete. */
struct watch {
    struct pm_engine *engine;
    int64_t until_ns;
    atomic_bool ended;
    bool expired;
};

static void *watch_engine(void *payload)
{
    struct watch *const watch = payload;

    while (!atomic_load(&watch->ended) && !watch->expired) {
        pm_clock_sleep_until(pm_clock_ns() + LOOK_NS);
        if (pm_clock_ns() < watch->until_ns && !pm_interrupt_asked())
            continue;
        watch->expired = true;
        pm_engine_stop(watch->engine, PM_STOP_NOW);
    }
    return NULL;
}

static int run_watched(struct pm_engine *engine, int64_t timeout_ns, struct pm_error *error)
{
    struct watch watch = {.engine = engine, .until_ns = pm_clock_ns() + timeout_ns};
    pthread_t thread;

    if (pthread_create(&thread, NULL, watch_engine, &watch) != 0)
        return pm_error_set(error, PM_EFAIL, "verify: no thread to be had");
    const int code = pm_engine_run(engine, error);
    atomic_store(&watch.ended, true);
    pthread_join(thread, NULL);
    if (code != 0 || !watch.expired)
        return code;
    return pm_interrupt_asked()
               ? pm_error_set(error, PM_EINTERRUPTED, "interrupted")
               : pm_error_set(error, PM_ETIMEOUT,
                              "timeout: the engine was not done within %lld s: does the broker "
                              "answer? (scripts/kafka status)",
                              (long long)(timeout_ns / PM_NS_PER_S));
}

static int run_engine(const struct pm_verify_job *job, const struct pm_workload_places *places,
                      struct pm_error *error)
{
    struct pm_engine_stats stats = {0};
    struct pm_engine *engine = NULL;
    struct pm_workload workload;

    pm_workload_open(&workload, job->scenario, job->prepared->plan, job->engine->name, places);
    workload.job.wait = PM_WAIT_NAP;
    int code = pm_engine_open(&engine, job->engine, &workload.job, &stats, error);
    if (code != 0)
        return code;
    code = places->topics != NULL ? run_watched(engine, job->scenario->run.timeout_ns, error)
                                  : pm_engine_run(engine, error);
    pm_engine_close(engine);
    return code;
}

static int verify_on_logs(struct pm_capture *output, const struct pm_verify_job *job,
                          struct pm_error *error)
{
    char source_path[PM_CHILD_PATH_SIZE];
    char output_path[PM_CHILD_PATH_SIZE];
    struct pm_place place;

    int code = pm_place_open(&place, PM_DURABILITY_NONE, error);
    if (code != 0)
        return code;
    const struct pm_workload_places places = {
        .source = pm_child_path(source_path, place.path, PM_SOURCE_FOLDER),
        .output = pm_child_path(output_path, place.path, PM_OUTPUT_FOLDER),
        .run = (uint64_t)pm_clock_wall_ns(),
        .output_capacity = job->prepared->output_capacity,
    };
    code = write_log(source_path, places.run, job->prepared, error);
    if (code == 0)
        code = run_engine(job, &places, error);
    if (code == 0)
        code = pm_committed_each(output_path, places.run, pm_capture_row, output, error);
    pm_place_close(&place);
    return code;
}

static int verify_on_topics(struct pm_capture *output, const struct pm_verify_job *job,
                            struct pm_error *error)
{
    struct pm_topics topics;
    const struct pm_workload_places places = {.run = (uint64_t)pm_clock_wall_ns(),
                                              .topics = &topics};
    struct pm_listener *listener = NULL;
    int code = pm_topics_open(&topics, &job->scenario->run, places.run, error);

    if (code == 0)
        code = pm_topics_create(&topics, job->prepared->input.partitions, error);
    if (code != 0)
        return code;
    code = write_topic(&topics, &job->prepared->input, error);
    if (code == 0)
        code = pm_listener_start(&listener, &topics, error);
    if (code == 0)
        code = run_engine(job, &places, error);
    if (code == 0)
        code = pm_listener_finish(listener, pm_clock_ns() + job->scenario->run.timeout_ns, error);
    if (code == 0)
        code = pm_listener_each(listener, pm_capture_row, output);
    pm_listener_close(listener);
    pm_topics_close(&topics);
    return code;
}

int pm_verify_engine(struct pm_capture *output, const struct pm_verify_job *job,
                     struct pm_error *error)
{
    pm_capture_reset(output);
    return job->scenario->run.transport == PM_RUN_KAFKA ? verify_on_topics(output, job, error)
                                                        : verify_on_logs(output, job, error);
}
