/* SPDX-License-Identifier: Apache-2.0 */
/* From a scenario's settings to the job of the engine table. */
#include "pm_workload.h"

#include <sched.h>

#include "pm_engines.h"
#include "pm_sink_kafka.h"
#include "pm_source_kafka.h"
#include "pm_state.h"

unsigned pm_workload_partitions(const struct pm_scenario *scenario)
{
    return scenario->query->streams * (unsigned)scenario->run.partitions;
}

unsigned pm_workload_cores(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) < 1)
        return 1;
    return (unsigned)CPU_COUNT(&set);
}

static unsigned workers_of(const struct pm_run_settings *run)
{
    const unsigned cores = pm_workload_cores();
    unsigned workers = (unsigned)(run->workers != 0 ? run->workers : run->parallelism);

    if (workers > cores)
        workers = cores;
    return workers;
}

int64_t pm_workload_delay_ns(const struct pm_scenario *scenario)
{
    return scenario->run.late == PM_RUN_LATE_INCLUDE ? PM_DELAY_TO_END
                                                     : scenario->run.watermark_delay_ns;
}

int pm_workload_check(const struct pm_scenario *scenario, const struct pm_engine_ops *ops,
                      struct pm_error *error)
{
    const uint32_t demands =
        scenario->run.late == PM_RUN_LATE_INCLUDE ? (uint32_t)PM_CAP_SEES_ALL_LATE : 0;

    if (pm_engine_is_floor(ops))
        return 0;
    const int code = pm_engine_check_query(ops, scenario->query->name,
                                           scenario->run.transport == PM_RUN_KAFKA, error);
    if (code != 0)
        return code;
    return pm_engine_check(ops, pm_scenario_engine_settings(scenario, ops->name), demands, error);
}

void pm_workload_job(struct pm_job *job, const struct pm_scenario *scenario)
{
    const unsigned partitions = (unsigned)scenario->run.partitions;

    job->streams = scenario->query->streams;
    for (unsigned i = 0; i < job->streams; i++)
        job->stream[i] = (struct pm_job_stream){
            .first_partition = i * partitions,
            .partitions = partitions,
            .watermark_delay_ns = pm_workload_delay_ns(scenario),
        };
    job->parallelism = (unsigned)scenario->run.parallelism;
    job->workers = workers_of(&scenario->run);
    job->wait = scenario->run.wait == PM_RUN_WAIT_SPIN ? PM_WAIT_SPIN : PM_WAIT_NAP;
}

bool pm_workload_is_text(const struct pm_generator_config *config)
{
    for (unsigned i = 0; i < config->streams; i++)
        if (config->stream[i].codec != PM_CODEC_BINARY)
            return true;
    return false;
}

static void use_topics(struct pm_job *job, const struct pm_workload_places *places)
{
    const struct pm_topics *const topics = places->topics;

    job->source = &pm_source_kafka;
    job->source_config.place = topics->source;
    job->source_config.client = topics->client;
    job->source_config.figures = places->source_figures;
    job->sink = &pm_sink_kafka;
    job->sink_config.place = topics->output;
    job->sink_config.client = topics->client;
    job->sink_config.figures = places->sink_figures;
}

void pm_workload_open(struct pm_workload *out, const struct pm_scenario *scenario,
                      const struct pm_plan *plan, const char *engine,
                      const struct pm_workload_places *places)
{
    *out = (struct pm_workload){
        .job =
            {
                .instance = engine,
                .plan = plan,
                .query = {scenario->query->name, scenario->query->options,
                          scenario->query_settings},
                .source = &pm_source_log,
                .source_config.place = places->source,
                .sink = &pm_sink_log,
                .sink_config =
                    {
                        .place = places->output,
                        .run = places->run,
                        .incarnation = 1,
                        .capacity = places->output_capacity,
                        .guarantee = (enum pm_guarantee)scenario->run.guarantee,
                        .durability = (enum pm_durability)scenario->run.durability,
                        .outputs = out->outputs,
                    },
                .state = &pm_state_memory,
                .settings = pm_scenario_engine_settings(scenario, engine),
            },
    };
    for (unsigned i = 0; i < scenario->query->outputs; i++)
        out->outputs[i] = scenario->query->output[i].name;
    if (places->topics != NULL)
        use_topics(&out->job, places);
    pm_workload_job(&out->job, scenario);
    const struct pm_engine_ops *const ops = pm_engines_find(engine);
    if (ops != NULL && (ops->caps & PM_CAP_PARALLEL) == 0) /* beside whatever is run */
        out->job.parallelism = out->job.workers = 1;
}
