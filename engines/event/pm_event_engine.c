/* SPDX-License-Identifier: Apache-2.0 */
/* The event engine: pipelined tasks that push each record through its chain as it comes. */
#include "pm_event_engine.h"

#include "pm_event_graph.h"

#include <pthread.h>
#include <stdlib.h>

struct worker {
    struct event_engine *engine;
    unsigned number;
    pthread_t thread;
    bool started;
    int code;
    struct pm_error error;
};

struct event_engine {
    struct pm_engine base;
    struct pm_event_graph graph;
    struct worker *workers;
    _Atomic int failed;
};

static const struct pm_option options[] = {
    {.name = "dispatch",
     .kind = PM_OPTION_CHOICE,
     .offset = offsetof(struct pm_event_settings, dispatch),
     .fallback = "one",
     .choices = "one chunk auto",
     .help = "how records enter a chain: singly, by chunks, by chunks under a backlog"},
    {.name = "max-fan-out",
     .kind = PM_OPTION_INTEGER,
     .unit = PM_UNIT_COUNT,
     .offset = offsetof(struct pm_event_settings, max_fan_out),
     .min = 1000,
     .max = 100000000,
     .fallback = "4M",
     .help = "rows that may wait in one task for a slow receiver before the run ends"},
    {.name = "firing",
     .kind = PM_OPTION_INTEGER,
     .unit = PM_UNIT_COUNT,
     .offset = offsetof(struct pm_event_settings, firing),
     .min = 0,
     .max = 1000000000,
     .fallback = "64",
     .help = "windows that may close in one task before it takes new input; 0: all that are due"},
    {.name = NULL},
};

static void event_close(struct pm_engine *engine)
{
    struct event_engine *self = (struct event_engine *)engine;

    pm_event_graph_close(&self->graph);
    free(self->workers);
    free(self);
}

static int event_open(struct pm_engine **out, const struct pm_job *job,
                      struct pm_engine_stats *stats, struct pm_error *error)
{
    struct event_engine *self = calloc(1, sizeof *self);
    int code;

    if (self == NULL)
        return pm_error_set(error, PM_ENOMEM, "engine event: no memory");
    self->workers = calloc(job->workers, sizeof *self->workers);
    code = self->workers == NULL ? pm_error_set(error, PM_ENOMEM, "engine event: no memory")
                                 : pm_event_graph_open(&self->graph, job, stats, error);
    if (code != 0) {
        event_close(&self->base);
        return code;
    }
    *out = &self->base;
    return 0;
}

/* 0, or 1 + what stop asked for. */
static int asked(const struct event_engine *self)
{
    return atomic_load_explicit(&self->base.stop_asked, memory_order_relaxed);
}

/* One turn over the worker's tasks. Returns > 0 when something was done; sets *finished. */
static int turn(struct worker *self, bool *finished)
{
    struct pm_event_graph *graph = &self->engine->graph;
    const bool draining = asked(self->engine) == 1 + (int)PM_STOP_DRAIN;
    int found = 0;

    *finished = true;
    for (unsigned i = 0; i < graph->task_count; i++) {
        struct pm_event_task *task = &graph->tasks[i];
        if (graph->worker_of[i] != self->number)
            continue;
        task->draining = draining;
        const int done = pm_event_step(task, 1);
        if (done < 0) {
            self->code = done;
            self->error = task->task.error;
            atomic_store(&self->engine->failed, 1);
            return done;
        }
        found += done;
        *finished = *finished && pm_event_is_finished(task);
    }
    if (found > 0)
        atomic_fetch_add_explicit(&self->engine->base.stats->units, 1, memory_order_relaxed);
    return found;
}

static void *work(void *payload)
{
    struct worker *self = payload;
    struct event_engine *engine = self->engine;
    int64_t since_ns = pm_clock_ns();
    bool finished = false;

    pm_clock_exact_sleep();
    while (!finished && asked(engine) != 1 + (int)PM_STOP_NOW &&
           atomic_load_explicit(&engine->failed, memory_order_relaxed) == 0) {
        const int found = turn(self, &finished);
        if (found < 0)
            break;
        if (found == 0 && !finished)
            pm_engine_wait(&engine->base, &since_ns);
        else
            since_ns = pm_clock_ns();
    }
    return NULL;
}

static int event_step(struct pm_engine *engine, struct pm_error *error)
{
    struct event_engine *self = (struct event_engine *)engine;
    bool finished;

    self->workers[0].engine = self;
    const int found = turn(&self->workers[0], &finished);
    if (found < 0)
        return pm_error_set(error, found, "engine event: %s", self->workers[0].error.text);
    return finished ? PM_ENGINE_DONE : found;
}

static int event_run(struct pm_engine *engine, struct pm_error *error)
{
    struct event_engine *self = (struct event_engine *)engine;
    const unsigned count = engine->job->workers;
    int code = 0;

    for (unsigned i = 0; i < count; i++) {
        self->workers[i] = (struct worker){.engine = self, .number = i};
        if (i == 0)
            continue;
        if (pthread_create(&self->workers[i].thread, NULL, work, &self->workers[i]) != 0) {
            atomic_store(&self->failed, 1);
            code = pm_error_set(error, PM_EFAIL, "engine event: worker %u cannot start", i);
            break;
        }
        self->workers[i].started = true;
    }
    if (code == 0)
        work(&self->workers[0]);
    for (unsigned i = 0; i < count; i++) {
        if (self->workers[i].started)
            pthread_join(self->workers[i].thread, NULL);
        if (self->workers[i].code != 0 && code == 0)
            code = pm_error_set(error, self->workers[i].code, "engine event: %s",
                                self->workers[i].error.text);
    }
    atomic_store(&engine->stats->state_bytes, pm_event_graph_state_bytes(&self->graph));
    return code;
}

const struct pm_engine_ops pm_event_engine = {
    .abi = PM_ENGINE_ABI,
    .name = "event",
    .help = "one record at a time through pipelined operators, as Flink and Kafka Streams do",
    .caps = PM_CAP_PLANS | PM_CAP_EVENT_TIME | PM_CAP_PARALLEL | PM_CAP_LIVE,
    .options = options,
    .settings_size = sizeof(struct pm_event_settings),
    .open = event_open,
    .run = event_run,
    .step = event_step,
    .close = event_close,
};
