/* SPDX-License-Identifier: Apache-2.0 */
/* The only caller of the engine table: every engine is checked, started and stopped alike. */
#include "pm_engine.h"

#include <stdio.h>
#include <string.h>

static const char *const guarantees[] = {"at-most-once", "at-least-once", "exactly-once"};

static int check_table(const struct pm_engine_ops *ops, struct pm_error *error)
{
    if (ops->abi != PM_ENGINE_ABI)
        return pm_error_set(error, PM_EMISMATCH, "engine %s: built for interface %u, this is %u",
                            ops->name, ops->abi, PM_ENGINE_ABI);
    if (ops->open == NULL || ops->run == NULL || ops->close == NULL ||
        ((ops->caps & PM_CAP_BY_HAND) != 0 && ops->has == NULL))
        return pm_error_set(error, PM_EINTERNAL, "engine %s: a required hook is missing",
                            ops->name);
    return 0;
}

static int check_job(const struct pm_engine_ops *ops, const struct pm_job *job,
                     struct pm_error *error)
{
    const enum pm_guarantee guarantee = job->sink_config.guarantee;

    if (guarantee != PM_AT_MOST_ONCE)
        return pm_error_set(error, PM_EINPUT,
                            "engine %s: guarantee %s needs recovery, which no engine has yet; say "
                            "guarantee: at-most-once",
                            ops->name, guarantees[guarantee]);
    if ((job->sink->guarantees & (1u << guarantee)) == 0)
        return pm_error_set(error, PM_EINPUT, "sink %s: cannot promise %s", job->sink->name,
                            guarantees[guarantee]);
    if (job->parallelism < 1 || job->parallelism > PM_KEY_GROUPS)
        return pm_error_set(error, PM_EINPUT, "parallelism: %u, 1 to %u is allowed",
                            job->parallelism, PM_KEY_GROUPS);
    if (job->parallelism > 1 && (ops->caps & PM_CAP_PARALLEL) == 0)
        return pm_error_set(error, PM_EINPUT, "engine %s: runs with parallelism 1 only", ops->name);
    if (job->workers < 1 || job->workers > job->parallelism)
        return pm_error_set(error, PM_EINPUT, "workers: %u, 1 to the parallelism (%u) is allowed",
                            job->workers, job->parallelism);
    if (job->streams < 1 || job->streams > PM_PLAN_STREAMS_MAX)
        return pm_error_set(error, PM_EINPUT, "streams: %u, 1 to %u are allowed", job->streams,
                            PM_PLAN_STREAMS_MAX);
    return 0;
}

int pm_engine_check(const struct pm_engine_ops *ops, const void *settings, uint32_t demands,
                    struct pm_error *error)
{
    if ((demands & PM_CAP_SEES_ALL_LATE & ~ops->caps) != 0)
        return pm_error_set(error, PM_EINPUT,
                            "late: include: engine %s closes windows while records still come: "
                            "leave it out, or say late: drop",
                            ops->name);
    return ops->check != NULL ? ops->check(settings, demands, error) : 0;
}

int pm_engine_has(const struct pm_engine_ops *ops, const char *query, struct pm_hand_lines *lines,
                  struct pm_error *error)
{
    *lines = (struct pm_hand_lines){0};
    return (ops->caps & PM_CAP_BY_HAND) != 0 ? ops->has(query, lines, error) : 0;
}

int pm_engine_check_query(const struct pm_engine_ops *ops, const char *query, bool over_kafka,
                          struct pm_error *error)
{
    struct pm_hand_lines unused;
    struct pm_error why = {0};

    if ((ops->caps & PM_CAP_KAFKA_ONLY) != 0 && !over_kafka)
        return pm_error_set(error, PM_EINPUT,
                            "engine %s: reads and writes Kafka itself: add --transport kafka, or "
                            "leave it out",
                            ops->name);
    const int code = pm_engine_has(ops, query, &unused, &why);
    return code != 0 ? pm_error_set(error, code, "engine %s: %s", ops->name, why.text) : 0;
}

char *pm_engine_caps(uint32_t caps, char *buffer, size_t size)
{
    static const char *const names[] = {"plans",    "event time", "parallel", "live",
                                        "all late", "external",   "by hand",  "Kafka only"};
    size_t used = 0;

    buffer[0] = '\0';
    for (unsigned i = 0; i < sizeof names / sizeof *names && used < size; i++)
        if ((caps & 1u << i) != 0)
            used += (size_t)snprintf(buffer + used, size - used, "%s%s", used != 0 ? ", " : "",
                                     names[i]);
    return buffer;
}

static int check_query(const struct pm_engine_ops *ops, const struct pm_job *job,
                       struct pm_error *error)
{
    const bool over_kafka = strcmp(job->source->name, "kafka") == 0;

    if ((ops->caps & PM_CAP_BY_HAND) != 0 && over_kafka && job->query.name == NULL)
        return pm_error_set(error, PM_EINTERNAL, "engine %s: the job names no query", ops->name);
    return pm_engine_check_query(ops, job->query.name, over_kafka, error);
}

static uint32_t demands_of(const struct pm_job *job)
{
    for (unsigned i = 0; i < job->streams; i++)
        if (job->stream[i].watermark_delay_ns == PM_DELAY_TO_END)
            return PM_CAP_SEES_ALL_LATE;
    return 0;
}

int pm_engine_open(struct pm_engine **out, const struct pm_engine_ops *ops,
                   const struct pm_job *job, struct pm_engine_stats *stats, struct pm_error *error)
{
    int code = check_table(ops, error);

    if (code == 0)
        code = check_job(ops, job, error);
    if (code == 0)
        code = check_query(ops, job, error);
    if (code == 0 && !pm_engine_is_floor(ops))
        code = pm_engine_check(ops, job->settings, demands_of(job), error);
    if (code == 0)
        code = ops->open(out, job, stats, error);
    if (code != 0)
        return code;
    (*out)->ops = ops;
    (*out)->job = job;
    (*out)->stats = stats;
    return 0;
}

int pm_engine_run(struct pm_engine *engine, struct pm_error *error)
{
    const int code = engine->ops->run(engine, error);

    if (code == 0 && atomic_load(&engine->stop_asked) == 0)
        atomic_store(&engine->stats->finished, 1);
    return code;
}

int pm_engine_step(struct pm_engine *engine, struct pm_error *error)
{
    if (engine->ops->step == NULL || engine->job->workers != 1)
        return pm_error_set(error, PM_EINPUT, "engine %s: cannot be stepped with %u workers",
                            engine->ops->name, engine->job->workers);
    return engine->ops->step(engine, error);
}

void pm_engine_stop(struct pm_engine *engine, enum pm_stop how)
{
    atomic_store(&engine->stop_asked, 1 + (int)how);
    if (engine->ops->stop != NULL)
        engine->ops->stop(engine, how);
}

void pm_engine_close(struct pm_engine *engine)
{
    if (engine != NULL)
        engine->ops->close(engine);
}

#define TURN_NS_MAX                                                                                \
    4000 /* an empty turn that takes longer was spent off the core: it burnt nothing */

/* What passed since *since_ns, as far as it can have been spent on the core; sets it to now. */
static int64_t burnt_since(int64_t *since_ns)
{
    const int64_t now_ns = pm_clock_ns();
    const int64_t spent_ns = now_ns - *since_ns;

    *since_ns = now_ns;
    return spent_ns < TURN_NS_MAX ? spent_ns : TURN_NS_MAX;
}

/* The thread's CPU clock costs a system call: a nap can bear that, a spin cannot. */
static int64_t sleep_until(int64_t when_ns)
{
    const int64_t before_ns = pm_clock_thread_cpu_ns();

    pm_clock_sleep_until(when_ns);
    return pm_clock_thread_cpu_ns() - before_ns;
}

int64_t pm_engine_pause(enum pm_wait how, int64_t *since_ns)
{
    if (how == PM_WAIT_SPIN) {
        pm_clock_pause();
        return burnt_since(since_ns);
    }
    const int64_t turn_ns = burnt_since(since_ns);
    const int64_t nap_ns = sleep_until(*since_ns + PM_NAP_NS);
    *since_ns = pm_clock_ns();
    return turn_ns + nap_ns;
}

void pm_engine_wait(struct pm_engine *engine, int64_t *since_ns)
{
    atomic_fetch_add_explicit(&engine->stats->wait_cpu_ns,
                              pm_engine_pause(engine->job->wait, since_ns), memory_order_relaxed);
}

void pm_engine_wait_until(struct pm_engine *engine, int64_t when_ns)
{
    int64_t burnt_ns = 0;
    int64_t since_ns = pm_clock_ns();

    while (since_ns < when_ns &&
           atomic_load_explicit(&engine->stop_asked, memory_order_relaxed) == 0) {
        const int64_t nap_ns = since_ns + 10 * PM_NS_PER_MS; /* a stop is seen in time */
        if (engine->job->wait == PM_WAIT_SPIN) {
            burnt_ns += pm_engine_pause(PM_WAIT_SPIN, &since_ns);
            continue;
        }
        burnt_ns += sleep_until(when_ns < nap_ns ? when_ns : nap_ns);
        since_ns = pm_clock_ns();
    }
    atomic_fetch_add_explicit(&engine->stats->wait_cpu_ns, burnt_ns, memory_order_relaxed);
}
