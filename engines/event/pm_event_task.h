/* SPDX-License-Identifier: Apache-2.0 */
/* One task of the event engine: a fused chain, what feeds it and where it sends; a step function.
 */
#ifndef PM_EVENT_TASK_H
#define PM_EVENT_TASK_H

#include "pm_event_engine.h"
#include "pm_event_lane.h"
#include "pm_intake.h"
#include "pm_outlets.h"

struct pm_event_task;

/** Takes the rows of one key_by: to the receiver's lane, or straight on when all is one task. */
struct pm_event_exchange {
    struct pm_operator base;
    struct pm_event_task *task;
    const struct pm_plan_node *node;
    struct pm_edge onward;       /* parallelism 1: the entry of the next stage */
    unsigned receivers;          /* else one lane a receiver */
    struct pm_event_lane *lanes; /* owned; receivers of them */
    int64_t told_ns;             /* the mark that went out last */
};

/** What feeds one stage input: source partitions of ours, or a lane from each sender. */
struct pm_event_input {
    struct pm_edge entry;
    unsigned intakes;
    struct pm_intake *intake; /* owned */
    unsigned lanes;
    struct pm_event_lane **lane; /* owned array of the senders' lanes */
    int64_t watermark_ns;        /* the last that the chain was told */
};

struct pm_event_task {
    struct pm_task task;
    const struct pm_job *job;
    struct pm_engine_stats *stats;
    struct pm_chain *chains[PM_STAGES_MAX]; /* all stages at parallelism 1, else ours alone */
    unsigned chain_count;
    unsigned input_count;
    struct pm_event_input input[PM_INPUTS_MAX * PM_STAGES_MAX];
    unsigned exchanges;
    struct pm_event_exchange *exchange[PM_PLAN_NODES_MAX]; /* owned */
    struct pm_outlets outlets;
    bool publishes;
    struct pm_chunk hand; /* rows taken and not yet all pushed */
    uint32_t pushed;      /* of the hand */
    struct pm_edge hand_entry;
    uint32_t slice;       /* timers of an operator in one, by the settings; 0: all */
    bool firing;          /* the chain has not finished with mark_ns of input[marked] */
    unsigned marked;      /* the input whose mark the chain was told last */
    int64_t mark_ns;      /* that mark */
    int64_t mark_read_ns; /* when it was read: the stamp of what it fires */
    unsigned turn;        /* round robin over inputs */
    bool draining;        /* set by the worker: nothing more is read from the source */
    bool done;
};

/**
 * Do at most @p budget polls' worth of work and of a firing under way one slice; never blocks.
 * Returns > 0 when something was done, 0 when there was nothing to do, or a negative PM_E* with
 * task->task.error set.
 */
int pm_event_step(struct pm_event_task *task, unsigned budget);

/** True when every input has ended and all that came of it has left the task. */
bool pm_event_is_finished(const struct pm_event_task *task);

/** The exchange of @p node with a lane to each of @p receivers, or onward when @p receivers is 0.
 */
struct pm_event_exchange *pm_event_exchange_open(struct pm_event_task *task,
                                                 const struct pm_plan_node *node,
                                                 unsigned receivers, struct pm_edge onward);

void pm_event_task_close(struct pm_event_task *task); /* a zeroed task is fine */

#endif
