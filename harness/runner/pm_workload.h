/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario as an engine sees it: streams, partitions, threads. */
#ifndef PM_WORKLOAD_H
#define PM_WORKLOAD_H

#include "pm_engine.h"
#include "pm_scenario.h"
#include "pm_topics.h"

/** Partitions of all streams of @p scenario together; stream s has those from s * partitions on. */
unsigned pm_workload_partitions(const struct pm_scenario *scenario);

/** The watermark delay of all streams of @p scenario: PM_DELAY_TO_END with `late: include`. */
int64_t pm_workload_delay_ns(const struct pm_scenario *scenario);

/** Refuse the scenario's settings for engine @p ops, before anything is started: PM_EINPUT. */
int pm_workload_check(const struct pm_scenario *scenario, const struct pm_engine_ops *ops,
                      struct pm_error *error);

/** The streams, degrees and wait of @p scenario in @p job, whose other fields are left alone.
 * `wait: auto` is a nap here: what a trial chose for a comparison is on the control page. */
void pm_workload_job(struct pm_job *job, const struct pm_scenario *scenario);

/** Where an engine reads and writes. */
struct pm_workload_places {
    const char *source, *output; /* folders of the logs; the second is made by the engine */
    uint64_t run;
    uint64_t output_capacity;       /* bytes a writer */
    const struct pm_topics *topics; /* NULL: the logs; else borrowed, and taken instead */
    /* What the clients of the topics add to; NULL: nobody asks. */
    struct pm_kafka_figures *source_figures, *sink_figures;
};

/** A whole job over embedded logs or topics, with what it points at. Must not be copied. */
struct pm_workload {
    struct pm_job job;
    const char *outputs[PM_PLAN_OUTPUTS_MAX + 1u];
};

/** Fill @p out for engine @p engine; scenario, @p plan and the texts of @p places are borrowed. */
void pm_workload_open(struct pm_workload *out, const struct pm_scenario *scenario,
                      const struct pm_plan *plan, const char *engine,
                      const struct pm_workload_places *places);

/** True when some stream of @p config is text: a topic then holds it as it is, so that any client
 * can read it. */
bool pm_workload_is_text(const struct pm_generator_config *config);

/** Processors that this process may run on, at least 1. */
unsigned pm_workload_cores(void);

#endif
