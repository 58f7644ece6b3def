/* SPDX-License-Identifier: Apache-2.0 */
/* What a scenario's values mean together: its load, its plan, and what does not go together. */
#include "pm_scenario.h"
#include "pm_sink.h"

/* A year and a day: longer than the windows and delays that any option table allows, added up. */
#define FLUSH_DISTANCE_NS (367 * 24 * 3600 * PM_NS_PER_S)

/* The year 2200: no trace is of a later time. */
#define TRACE_END_NS 7258118400000000000LL

int64_t pm_scenario_records(const struct pm_scenario *scenario)
{
    const struct pm_generator_settings *generator = &scenario->generator;
    __int128 records = (__int128)generator->rate_per_s * generator->duration_ns / PM_NS_PER_S;

    if (generator->schedule == PM_SCHEDULE_TRACE)
        records = 0;
    if (generator->events != 0 && (records == 0 || records > generator->events))
        records = generator->events;
    return records > INT64_MAX ? INT64_MAX : (int64_t)records;
}

/* Behind the last event time by more than any window and delay; true when that is no time. */
static bool flush_overflows(const struct pm_generator_settings *generator, int64_t *flush_ns)
{
    if (generator->schedule == PM_SCHEDULE_TRACE) { /* its times are its own */
        *flush_ns = TRACE_END_NS + FLUSH_DISTANCE_NS;
        return false;
    }
    return __builtin_mul_overflow(generator->duration_ns, generator->time_scale, flush_ns) ||
           __builtin_add_overflow(*flush_ns, generator->start_time_ns, flush_ns) ||
           __builtin_add_overflow(*flush_ns, FLUSH_DISTANCE_NS, flush_ns);
}

void pm_scenario_generator(struct pm_generator_config *out, const struct pm_scenario *scenario)
{
    const struct pm_query *query = scenario->query;
    const unsigned partitions = (unsigned)scenario->run.partitions;

    *out = (struct pm_generator_config){.settings = scenario->generator, .streams = query->streams};
    for (unsigned i = 0; i < PM_TRACE_FILES_MAX; i++)
        out->map[i] = scenario->trace_map[i];
    flush_overflows(&scenario->generator, &out->flush_time_ns);
    for (unsigned i = 0; i < query->streams; i++)
        out->stream[i] = (struct pm_generator_stream){
            .first_partition = i * partitions,
            .partitions = partitions,
            .share = query->stream[i].share,
            .schema = query->stream[i].schema,
            .codec = query->stream[i].codec,
            .fill = query->stream[i].fill,
            .payload = scenario->query_settings,
        };
}

int pm_scenario_check(const struct pm_scenario *scenario, struct pm_error *error)
{
    struct pm_generator_config generator;
    struct pm_plan *plan = NULL;
    int64_t flush_ns = 0;

    if (flush_overflows(&scenario->generator, &flush_ns))
        return pm_error_set(error, PM_EINPUT,
                            "duration x time-scale: ends beyond the year 2260: take less of one");
    if (scenario->run.guarantee != PM_AT_MOST_ONCE)
        return pm_error_set(error, PM_EINPUT,
                            "guarantee: only at-most-once: no engine recovers in this version");
    if (scenario->run.workers > scenario->run.parallelism)
        return pm_error_set(error, PM_EINPUT,
                            "workers: %lld: expected at most the parallelism, %lld",
                            (long long)scenario->run.workers, (long long)scenario->run.parallelism);
    if (scenario->run.generators > (int64_t)scenario->query->streams * scenario->run.partitions)
        return pm_error_set(error, PM_EINPUT,
                            "generators: %lld: expected at most one a partition, %lld",
                            (long long)scenario->run.generators,
                            (long long)scenario->query->streams * scenario->run.partitions);
    pm_scenario_generator(&generator, scenario);
    int rc = pm_generator_check(&generator, error);
    if (rc == 0)
        rc = pm_scenario_plan(&plan, scenario, error);
    pm_plan_close(plan);
    return rc;
}

int pm_scenario_plan(struct pm_plan **out, const struct pm_scenario *scenario,
                     struct pm_error *error)
{
    struct pm_plan *plan = pm_plan_open(scenario->query->order);

    *out = NULL;
    if (plan == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    scenario->query->build(plan, scenario->query_settings);
    const int rc = pm_plan_check(plan, error);
    if (rc != 0)
        pm_plan_close(plan);
    else
        *out = plan;
    return rc;
}
