/* SPDX-License-Identifier: Apache-2.0 */
/* The null engine: publishes each record as it read it. It measures the harness, and is the
 * skeleton to copy for a new engine. */
#include "pm_null_engine.h"

#include "pm_intake.h"
#include "pm_outlets.h"

#include <stdlib.h>

#define POLL_ROWS 64u

struct null_engine {
    struct pm_engine base;
    struct pm_source *source;
    struct pm_task task;
    struct pm_outlets outlets;
    struct pm_chunk chunk;
    unsigned partitions;
    struct pm_intake *intakes;
};

struct null_settings {
    char unused; /* the engine has no settings; a struct needs a member */
};

static const struct pm_option options[] = {{.name = NULL}};

static void null_close(struct pm_engine *engine)
{
    struct null_engine *self = (struct null_engine *)engine;

    pm_outlets_close(&self->outlets);
    if (self->source != NULL)
        self->source->ops->close(self->source);
    pm_chunk_close(&self->chunk);
    free(self->intakes);
    free(self);
}

static int open_source(struct null_engine *self, const struct pm_job *job, struct pm_error *error)
{
    const int code = job->source->open(&self->source, &job->source_config, error);

    if (code != 0)
        return code;
    self->partitions = job->source->partitions(self->source);
    self->intakes = calloc(self->partitions, sizeof *self->intakes);
    if (self->intakes == NULL || pm_chunk_open(&self->chunk) != 0)
        return pm_error_set(error, PM_ENOMEM, "engine null: no memory");
    for (unsigned p = 0; p < self->partitions; p++)
        pm_intake_open(&self->intakes[p], self->source, p, 0, 0);
    return 0;
}

static int null_open(struct pm_engine **out, const struct pm_job *job,
                     struct pm_engine_stats *stats, struct pm_error *error)
{
    struct null_engine *self = calloc(1, sizeof *self);
    int code;

    if (self == NULL)
        return pm_error_set(error, PM_ENOMEM, "engine null: no memory");
    code = open_source(self, job, error);
    if (code == 0)
        code = pm_outlets_open(&self->outlets, job, 0, 1, &self->task, stats, error);
    if (code != 0) {
        null_close(&self->base);
        return code;
    }
    *out = &self->base;
    return 0;
}

/* What one poll of one partition found goes out in one commit. Returns rows, or a negative PM_E*.
 */
static int pass_on(struct null_engine *self, struct pm_intake *intake)
{
    struct pm_operator *sink = pm_outlets_terminal(&self->outlets, 0);
    const int taken = pm_intake_take(intake, &self->chunk, POLL_ROWS, UINT64_MAX, pm_clock_ns());

    if (taken < 0)
        self->task.code = pm_source_fail(intake->source, taken, &self->task.error);
    if (taken <= 0)
        return taken;
    atomic_fetch_add_explicit(&self->base.stats->records_read, self->chunk.count,
                              memory_order_relaxed);
    if (self->chunk.count != 0)
        sink->chunk(sink, 0, &self->chunk);
    pm_chunk_reset(&self->chunk);
    const int code = self->task.code != 0 ? self->task.code : pm_outlets_publish(&self->outlets);
    return code != 0 ? code : taken;
}

static int null_step(struct pm_engine *engine, struct pm_error *error)
{
    struct null_engine *self = (struct null_engine *)engine;
    unsigned ended = 0;
    int found = 0;

    for (unsigned p = 0; p < self->partitions; p++) {
        const int taken = pass_on(self, &self->intakes[p]);
        if (taken < 0)
            return pm_error_set(error, taken, "engine null: partition %u: %s", p,
                                self->task.code != 0 ? self->task.error.text
                                                     : pm_error_name(taken));
        found += taken;
        ended += self->intakes[p].ended ? 1u : 0u;
    }
    if (found != 0)
        atomic_fetch_add_explicit(&engine->stats->units, 1, memory_order_relaxed);
    return found == 0 && ended == self->partitions ? PM_ENGINE_DONE : found;
}

static int null_run(struct pm_engine *engine, struct pm_error *error)
{
    int64_t since_ns = pm_clock_ns();

    pm_clock_exact_sleep();
    while (atomic_load_explicit(&engine->stop_asked, memory_order_relaxed) == 0) {
        const int done = null_step(engine, error);
        if (done < 0 || done == PM_ENGINE_DONE)
            return done < 0 ? done : 0;
        if (done == 0)
            pm_engine_wait(engine, &since_ns);
        else
            since_ns = pm_clock_ns();
    }
    return 0;
}

const struct pm_engine_ops pm_null_engine = {
    .abi = PM_ENGINE_ABI,
    .name = "null",
    .help = "publishes each record as it read it: the floor of every latency",
    .caps = PM_CAP_LIVE,
    .options = options,
    .settings_size = sizeof(struct null_settings),
    .open = null_open,
    .run = null_run,
    .step = null_step,
    .close = null_close,
};
