/* SPDX-License-Identifier: Apache-2.0 */
/* The batch engine: jobs that know nothing of each other but where the one before stopped reading.
 * Each recomputes what it needs and publishes, in one commit, what its cut closes and the cut
 * before did not. */
#include "pm_batch_engine.h"

#include "pm_staged.h"

#include <stdlib.h>

struct batch_engine {
    struct pm_engine base;
    struct pm_staged *staged;
    unsigned partitions;
    struct pm_staged_cut *cuts; /* of the job before */
    uint64_t *end;
    uint64_t jobs;
    bool from_start; /* results may depend on any earlier input */
    int64_t look_back_ns;
};

static const struct pm_option options[] = {
    {.name = "cadence",
     .kind = PM_OPTION_INTEGER,
     .unit = PM_UNIT_DURATION,
     .offset = offsetof(struct pm_batch_settings, cadence_ns),
     .min = 0,
     .max = 7 * 24 * 3600 * PM_NS_PER_S,
     .fallback = "0",
     .help = "time between the starts of two jobs; 0 is one job once the input has ended",
     .elsewhere = "the cron line or scheduler interval of a Spark or Flink batch job"},
    {.name = NULL},
};

static void batch_close(struct pm_engine *engine)
{
    struct batch_engine *self = (struct batch_engine *)engine;

    pm_staged_close(self->staged);
    free(self->cuts);
    free(self->end);
    free(self);
}

static int batch_open(struct pm_engine **out, const struct pm_job *job,
                      struct pm_engine_stats *stats, struct pm_error *error)
{
    struct batch_engine *self = calloc(1, sizeof *self);
    int code;

    if (self == NULL)
        return pm_error_set(error, PM_ENOMEM, "engine batch: no memory");
    code = pm_staged_open(&self->staged, job, stats, error);
    if (code == 0) {
        self->partitions = pm_staged_partitions(self->staged);
        self->cuts = calloc(self->partitions, sizeof *self->cuts);
        self->end = calloc(self->partitions, sizeof *self->end);
        self->from_start = pm_plan_reads_all(job->plan, &self->look_back_ns);
        if (self->cuts == NULL || self->end == NULL)
            code = pm_error_set(error, PM_ENOMEM, "engine batch: no memory");
    }
    if (code != 0) {
        batch_close(&self->base);
        return code;
    }
    *out = &self->base;
    return 0;
}

static int fix_cut(struct batch_engine *self, struct pm_error *error)
{
    for (unsigned p = 0; p < self->partitions; p++) {
        const int code = pm_staged_end(self->staged, p, &self->end[p]);
        if (code != 0)
            return pm_error_set(error, code, "engine batch: partition %u has no end: %s", p,
                                pm_error_name(code));
    }
    return 0;
}

static int run_job(struct batch_engine *self, struct pm_error *error)
{
    struct pm_engine_stats *stats = self->base.stats;
    int code = pm_staged_renew(self->staged, self->jobs != 0 ? self->cuts : NULL, self->from_start,
                               self->look_back_ns, error);

    if (code == 0)
        code = fix_cut(self, error);
    if (code == 0)
        code = pm_staged_pass(self->staged, self->end, error);
    if (code == 0)
        code = pm_staged_publish(self->staged, error);
    if (code != 0)
        return code;
    for (unsigned p = 0; p < self->partitions; p++)
        pm_staged_cut(self->staged, p, &self->cuts[p]);
    self->jobs++;
    atomic_store(&stats->state_bytes, pm_staged_state_bytes(self->staged));
    atomic_fetch_add_explicit(&stats->units, 1, memory_order_relaxed);
    return 0;
}

static bool must_stop(const struct batch_engine *self)
{
    return atomic_load(&self->base.stop_asked) != 0;
}

/* Wait for the next job's time, or for the end of input where there is no cadence. */
static void wait_for_turn(struct batch_engine *self, int64_t due_ns)
{
    const struct pm_batch_settings *settings = self->base.job->settings;

    while (!must_stop(self)) {
        const int64_t now_ns = pm_clock_ns();
        if (settings->cadence_ns == 0 ? pm_staged_is_complete(self->staged) : now_ns >= due_ns)
            return;
        const int64_t nap_ns = now_ns + PM_NS_PER_MS;
        pm_clock_sleep_until(settings->cadence_ns != 0 && due_ns < nap_ns ? due_ns : nap_ns);
    }
}

static int batch_run(struct pm_engine *engine, struct pm_error *error)
{
    struct batch_engine *self = (struct batch_engine *)engine;
    const struct pm_batch_settings *settings = engine->job->settings;
    int64_t due_ns = pm_clock_ns() + settings->cadence_ns;

    pm_clock_exact_sleep();
    for (;;) {
        wait_for_turn(self, due_ns);
        if (must_stop(self))
            return 0;
        const int code = run_job(self, error);
        if (code != 0)
            return code;
        if (pm_staged_has_ended(self->staged))
            return 0;
        due_ns += settings->cadence_ns;
    }
}

/* A job that a later one follows has not seen all. */
static int batch_check(const void *settings, uint32_t demands, struct pm_error *error)
{
    const struct pm_batch_settings *own = settings;

    if ((demands & PM_CAP_SEES_ALL_LATE) == 0 || own->cadence_ns == 0)
        return 0;
    return pm_error_set(error, PM_EINPUT,
                        "late: include: engine batch needs one job over the whole input: say "
                        "cadence: 0, or late: drop");
}

const struct pm_engine_ops pm_batch_engine = {
    .abi = PM_ENGINE_ABI,
    .name = "batch",
    .help = "jobs over all input, stage by stage, on a cadence or once: Spark or Flink batch",
    .caps = PM_CAP_PLANS | PM_CAP_EVENT_TIME | PM_CAP_PARALLEL | PM_CAP_SEES_ALL_LATE,
    .options = options,
    .settings_size = sizeof(struct pm_batch_settings),
    .check = batch_check,
    .open = batch_open,
    .run = batch_run,
    .close = batch_close,
};
