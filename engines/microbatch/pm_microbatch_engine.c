/* SPDX-License-Identifier: Apache-2.0 */
/* The micro-batch engine: a short bounded job a trigger, over state that lives on between them. */
#include "pm_microbatch_engine.h"

#include "pm_staged.h"
#include "pm_trigger.h"

#include <stdlib.h>

struct microbatch_engine {
    struct pm_engine base;
    struct pm_staged *staged;
    struct pm_trigger trigger;
    unsigned partitions;
    uint64_t *end;
    int64_t due_ns; /* of the next batch; 0 before the first */
};

static const struct pm_option options[] = {
    {.name = "trigger",
     .kind = PM_OPTION_TEXT,
     .offset = offsetof(struct pm_microbatch_settings, trigger),
     .fallback = "fixed:100ms",
     .help = "what starts a batch: fixed:TIME, asap, available-now, realtime:TIME",
     .elsewhere = "Spark: trigger(processingTime=..), availableNow, realTime; DStreams: "
                  "batchDuration"},
    {.name = NULL},
};

static void microbatch_close(struct pm_engine *engine)
{
    struct microbatch_engine *self = (struct microbatch_engine *)engine;

    pm_staged_close(self->staged);
    free(self->end);
    free(self);
}

static int microbatch_open(struct pm_engine **out, const struct pm_job *job,
                           struct pm_engine_stats *stats, struct pm_error *error)
{
    const struct pm_microbatch_settings *settings = job->settings;
    struct microbatch_engine *self = calloc(1, sizeof *self);
    int code;

    if (self == NULL)
        return pm_error_set(error, PM_ENOMEM, "engine microbatch: no memory");
    code = pm_trigger_parse(&self->trigger, settings->trigger, error);
    if (code == 0)
        code = pm_staged_open(&self->staged, job, stats, error);
    if (code == 0) {
        self->partitions = pm_staged_partitions(self->staged);
        self->end = calloc(self->partitions, sizeof *self->end);
        if (self->end == NULL)
            code = pm_error_set(error, PM_ENOMEM, "engine microbatch: no memory");
    }
    if (code != 0) {
        microbatch_close(&self->base);
        return code;
    }
    *out = &self->base;
    return 0;
}

/* Fix the ranges' ends: what is there now. Returns 1 when a range holds something, 0, or PM_E*. */
static int fix_ranges(struct microbatch_engine *self)
{
    int found = 0;

    for (unsigned p = 0; p < self->partitions; p++) {
        const int code = pm_staged_end(self->staged, p, &self->end[p]);
        if (code != 0)
            return code;
        if (self->end[p] > pm_staged_position(self->staged, p))
            found = 1;
    }
    return found;
}

/* One batch. Returns 1 when it had input, 0 when there was none, or a negative PM_E*. */
static int run_batch(struct microbatch_engine *self, struct pm_error *error)
{
    const int found = fix_ranges(self);
    int code;

    if (found < 0)
        return pm_error_set(error, found, "engine microbatch: source: %s", pm_error_name(found));
    if (found == 0)
        return 0;
    code = pm_staged_pass(self->staged, self->end, error);
    if (code == 0)
        code = pm_staged_publish(self->staged, error);
    if (code != 0)
        return code;
    pm_staged_release(self->staged);
    atomic_fetch_add_explicit(&self->base.stats->units, 1, memory_order_relaxed);
    return 1;
}

static bool must_stop(const struct microbatch_engine *self)
{
    return atomic_load_explicit(&self->base.stop_asked, memory_order_relaxed) != 0;
}

/* A batch, when its time has come. */
static int microbatch_step(struct pm_engine *engine, struct pm_error *error)
{
    struct microbatch_engine *self = (struct microbatch_engine *)engine;
    const int64_t now_ns = pm_clock_ns();

    if (self->due_ns == 0)
        self->due_ns = now_ns;
    if (now_ns < self->due_ns)
        return 0;
    const int done = run_batch(self, error);
    if (done < 0)
        return done;
    if (pm_staged_has_ended(self->staged) || self->trigger.kind == PM_TRIGGER_AVAILABLE_NOW)
        return PM_ENGINE_DONE;
    self->due_ns = pm_trigger_next(&self->trigger, self->due_ns, pm_clock_ns());
    return done;
}

static int microbatch_run(struct pm_engine *engine, struct pm_error *error)
{
    struct microbatch_engine *self = (struct microbatch_engine *)engine;

    int64_t since_ns;

    pm_clock_exact_sleep();
    while (!must_stop(self)) {
        since_ns = pm_clock_ns();
        const int done = microbatch_step(engine, error);
        if (done < 0 || done == PM_ENGINE_DONE)
            return done < 0 ? done : 0;
        if (self->trigger.kind == PM_TRIGGER_FIXED)
            pm_engine_wait_until(engine, self->due_ns);
        else if (done == 0)
            pm_engine_wait(engine, &since_ns);
    }
    return 0;
}

static int microbatch_check(const void *settings, uint32_t demands, struct pm_error *error)
{
    const struct pm_microbatch_settings *own = settings;
    struct pm_trigger trigger;

    (void)demands;
    return pm_trigger_parse(&trigger, own->trigger, error);
}

const struct pm_engine_ops pm_microbatch_engine = {
    .abi = PM_ENGINE_ABI,
    .name = "microbatch",
    .help = "a short bounded job a trigger: Spark Structured Streaming and DStreams",
    .caps = PM_CAP_PLANS | PM_CAP_EVENT_TIME | PM_CAP_PARALLEL | PM_CAP_LIVE,
    .options = options,
    .settings_size = sizeof(struct pm_microbatch_settings),
    .check = microbatch_check,
    .open = microbatch_open,
    .run = microbatch_run,
    .step = microbatch_step,
    .close = microbatch_close,
};
