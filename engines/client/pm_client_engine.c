/* SPDX-License-Identifier: Apache-2.0 */
/* The plain client as an engine: a loop and a query's hand-written file, nothing between. */
#include "pm_client_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_client_loop.h"

struct client_engine {
    struct pm_engine base;
    const struct pm_client_query *query;
    void *self; /* the query's */
    struct pm_client_loop loop;
};

static const struct pm_option options[] = {
    {.name = "messages",
     .kind = PM_OPTION_INTEGER,
     .unit = PM_UNIT_COUNT,
     .offset = offsetof(struct pm_client_settings, messages),
     .min = 1,
     .max = 10000,
     .fallback = "1",
     .help = "messages that one turn of its loop takes, at most; it waits for none",
     .elsewhere = "Kafka consumer: max.poll.records"},
    {.name = "produce",
     .kind = PM_OPTION_CHOICE,
     .offset = offsetof(struct pm_client_settings, produce),
     .fallback = "async",
     .choices = "async sync",
     .help = "sync waits for the broker's answer to a turn's rows before the next turn",
     .elsewhere = "Kafka producer: send(record).get()"},
    {.name = NULL},
};

static const struct pm_client_query *find(const char *name)
{
    for (unsigned i = 0; pm_client_queries[i] != NULL; i++)
        if (strcmp(pm_client_queries[i]->name, name) == 0)
            return pm_client_queries[i];
    return NULL;
}

static int client_has(const char *name, struct pm_hand_lines *lines, struct pm_error *error)
{
    const struct pm_client_query *const query = find(name);
    char known[120] = "";
    size_t used = 0;

    if (query != NULL) {
        *lines = query->lines;
        return 0;
    }
    for (unsigned i = 0; pm_client_queries[i] != NULL && used < sizeof known; i++) {
        const char *const between = i == 0 ? "" : pm_client_queries[i + 1] == NULL ? " and " : ", ";
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", between,
                                 pm_client_queries[i]->name);
    }
    return pm_error_set(error, PM_EINPUT, "no %s written by hand; it has %s", name, known);
}

static void client_close(struct pm_engine *engine)
{
    struct client_engine *const self = (struct client_engine *)engine;

    if (self == NULL)
        return;
    if (self->self != NULL && self->query->close != NULL)
        self->query->close(self->self);
    free(self->self);
    pm_client_loop_close(&self->loop);
    free(self);
}

static int open_query(struct client_engine *self, const struct pm_job *job, struct pm_error *error)
{
    const struct pm_client_job given = {
        .query = &job->query,
        .partitions = job->stream[0].partitions,
        .watermark_delay_ns = job->stream[0].watermark_delay_ns,
        .output = {pm_client_loop_produce, &self->loop},
    };

    if (self->loop.partitions != given.partitions)
        return pm_error_set(error, PM_EMISMATCH,
                            "engine client: the topic has %u partitions and not %u",
                            self->loop.partitions, given.partitions);
    self->query = find(job->query.name);
    self->self = calloc(1, self->query->size);
    if (self->self == NULL)
        return pm_error_set(error, PM_ENOMEM, "engine client: no memory");
    return self->query->open(self->self, &given, error);
}

static int client_open(struct pm_engine **out, const struct pm_job *job,
                       struct pm_engine_stats *stats, struct pm_error *error)
{
    struct client_engine *const self = calloc(1, sizeof *self);

    if (self == NULL)
        return pm_error_set(error, PM_ENOMEM, "engine client: no memory");
    self->base.job = job;
    self->base.stats = stats;
    int code = pm_client_loop_open(&self->loop, &self->base, error);
    if (code == 0)
        code = open_query(self, job, error);
    if (code != 0) {
        client_close(&self->base);
        return code;
    }
    *out = &self->base;
    return 0;
}

static int client_run(struct pm_engine *engine, struct pm_error *error)
{
    struct client_engine *const self = (struct client_engine *)engine;
    const int code = pm_client_loop_run(&self->loop, self->query, self->self, error);

    if (self->query->state_bytes != NULL)
        atomic_store(&engine->stats->state_bytes, self->query->state_bytes(self->self));
    return code;
}

const struct pm_engine_ops pm_client_engine = {
    .abi = PM_ENGINE_ABI,
    .name = "client",
    .help = "a plain Kafka client's loop, no operators: each query is written by hand",
    .caps = PM_CAP_LIVE | PM_CAP_BY_HAND | PM_CAP_KAFKA_ONLY,
    .options = options,
    .settings_size = sizeof(struct pm_client_settings),
    .has = client_has,
    .open = client_open,
    .run = client_run,
    .close = client_close,
};
