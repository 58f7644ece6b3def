/* SPDX-License-Identifier: Apache-2.0 */
/* One subtask of one stage: reads its ranges, then applies the watermarks that they reached. */
#ifndef PM_STAGED_TASK_H
#define PM_STAGED_TASK_H

#include "pm_intake.h"
#include "pm_outlets.h"
#include "pm_shuffle.h"

/** What feeds one stage input. */
struct pm_staged_input {
    struct pm_edge entry;
    unsigned stream; /* of a source input */
    unsigned intakes;
    struct pm_intake *intake; /* owned */
    unsigned senders;
    struct pm_staged_exchange **sender; /* owned array */
};

struct pm_staged_task {
    struct pm_task task;
    const struct pm_job *job;
    struct pm_chain *chain;
    unsigned input_count;
    struct pm_staged_input input[PM_INPUTS_MAX];
    unsigned exchanges;
    struct pm_staged_exchange *exchange[PM_PLAN_NODES_MAX]; /* owned */
    struct pm_outlets outlets;
    bool publishes;
    unsigned subtask;
    struct pm_chunk chunk;
    uint64_t records; /* read from the source */
};

/** Open what does not change from pass to pass; @p writer < 0: the stage has no output. */
int pm_staged_task_open(struct pm_staged_task *task, const struct pm_job *job, unsigned subtask,
                        int writer, struct pm_engine_stats *stats, struct pm_error *error);

/** Open the chain of @p stage afresh, closing the one before: all state is forgotten. */
int pm_staged_task_renew(struct pm_staged_task *task, const struct pm_stage *stage,
                         struct pm_error *error);

/** Read all input: source ranges up to @p end by partition, or the senders' shuffles. */
int pm_staged_task_read(struct pm_staged_task *task, const uint64_t *end);

/** The pass was a job's whole life: what waits for a later mark than @p now leaves. Follows
 * close_windows. */
int pm_staged_task_let_go(struct pm_staged_task *task, const int64_t *now);

/** Apply the watermarks of each input: @p before those of the job before (muted), then @p now. */
int pm_staged_task_close_windows(struct pm_staged_task *task, const int64_t *before,
                                 const int64_t *now);

void pm_staged_task_close(struct pm_staged_task *task); /* a zeroed task is fine */

#endif
