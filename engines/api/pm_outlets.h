/* SPDX-License-Identifier: Apache-2.0 */
/* Where a task's rows leave for the sink: one outlet an output, one sink a task. */
#ifndef PM_OUTLETS_H
#define PM_OUTLETS_H

#include "pm_engine.h"

struct pm_outlets;

/** One output's end of the chain. */
struct pm_outlet {
    struct pm_operator base;
    struct pm_outlets *outlets;
    unsigned output;
};

/** Opened in place; the address must not change. Thread: the task's. */
struct pm_outlets {
    struct pm_sink *sink;
    struct pm_task *task;
    struct pm_engine_stats *stats;
    uint64_t epoch;
    uint64_t pending;  /* rows written since the last publish */
    uint64_t at_most;  /* publish by itself once so many rows are pending; 0: never */
    uint64_t replayed; /* rows that the job before has published */
    struct pm_outlet outlet[PM_PLAN_OUTPUTS_MAX];
};

/** Open writer @p writer of @p writers of the job's sink and begin its first epoch. */
int pm_outlets_open(struct pm_outlets *outlets, const struct pm_job *job, unsigned writer,
                    unsigned writers, struct pm_task *task, struct pm_engine_stats *stats,
                    struct pm_error *error);

/** The operator that takes the rows of output @p output. */
struct pm_operator *pm_outlets_terminal(struct pm_outlets *outlets, unsigned output);

/** Make what was written visible; returns 0 without rows, and a negative PM_E* on failure. */
int pm_outlets_publish(struct pm_outlets *outlets);

void pm_outlets_close(struct pm_outlets *outlets); /* a zeroed struct is fine */

/** Writers of a job: one a subtask of each stage that has an output. */
unsigned pm_outlets_writers(const struct pm_plan *plan, unsigned parallelism);

/** The number of the writer of (@p stage, @p subtask), or -1 when the stage has no output. */
int pm_outlets_writer(const struct pm_stage *stages, unsigned stage, unsigned subtask,
                      unsigned parallelism);

#endif
