/* SPDX-License-Identifier: Apache-2.0 */
/* The event engine's tasks and the lanes between them, made from a plan. */
#ifndef PM_EVENT_GRAPH_H
#define PM_EVENT_GRAPH_H

#include "pm_event_task.h"

/**
 * At parallelism 1 the whole plan is one task; else a task is one subtask of one stage, and worker
 * w runs the subtasks that are w modulo the workers.
 */
struct pm_event_graph {
    const struct pm_job *job;
    struct pm_source *source;
    unsigned stage_count;
    struct pm_stage stages[PM_STAGES_MAX];
    unsigned task_count;
    struct pm_event_task *tasks;
    unsigned *worker_of;
};

int pm_event_graph_open(struct pm_event_graph *graph, const struct pm_job *job,
                        struct pm_engine_stats *stats, struct pm_error *error);
uint64_t pm_event_graph_state_bytes(const struct pm_event_graph *graph);
void pm_event_graph_close(struct pm_event_graph *graph); /* a zeroed graph is fine */

#endif
