/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-by-stage execution over offset ranges: what the batch and the micro-batch engine share. */
#ifndef PM_STAGED_H
#define PM_STAGED_H

#include "pm_engine.h"

/**
 * One pass reads each partition from where it stands up to an end, runs stage after stage, each
 * over all subtasks with a barrier behind it, and leaves the rows in the sinks' open epochs.
 * Between stages the rows lie in memory, partitioned by key group. No task of a stage begins before
 * every task of the stage before it is through. Thread: the one that opened it; workers are its
 * own.
 */
struct pm_staged;

int pm_staged_open(struct pm_staged **out, const struct pm_job *job, struct pm_engine_stats *stats,
                   struct pm_error *error);

/** Partitions of the source; and one past the last record that partition @p partition holds now. */
unsigned pm_staged_partitions(const struct pm_staged *staged);
int pm_staged_end(struct pm_staged *staged, unsigned partition, uint64_t *end);

/** Where the next pass begins in @p partition. */
uint64_t pm_staged_position(const struct pm_staged *staged, unsigned partition);

/** True when every partition holds its flush record, the last one but for a few marks: nothing more
 * will come. Loses the positions: for an engine that renews before each pass. */
bool pm_staged_is_complete(struct pm_staged *staged);

/** True once the flush record of every partition has been read. */
bool pm_staged_has_ended(const struct pm_staged *staged);

/**
 * Run one pass up to @p end (one sequence a partition), then apply the watermarks that the ranges
 * reached. Rows are written, not published. Errors leave the pass undone: close it.
 */
int pm_staged_pass(struct pm_staged *staged, const uint64_t *end, struct pm_error *error);

/** Make the rows of the passes since the last publish visible, all writers in turn. */
int pm_staged_publish(struct pm_staged *staged, struct pm_error *error);

/** Where a job stopped reading one partition: all that the next job takes from it. */
struct pm_staged_cut {
    uint64_t sequence;   /* of the first record that was not read */
    int64_t max_time_ns; /* the largest event time before it */
};
void pm_staged_cut(const struct pm_staged *staged, unsigned partition, struct pm_staged_cut *cut);

/**
 * Forget all keyed state and begin again; what waits at the end of a pass then leaves with it. The
 * next pass reads each partition from @p look_back_ns
 * before the watermark at @p cuts (one a partition), or from its start when @p from_start, and
 * marks what lies before the cut as replayed. @p cuts NULL: the first job.
 */
int pm_staged_renew(struct pm_staged *staged, const struct pm_staged_cut *cuts, bool from_start,
                    int64_t look_back_ns, struct pm_error *error);

/** Tell the source that a restart would begin at the present positions. */
void pm_staged_release(struct pm_staged *staged);

/** Bytes of keyed state in all subtasks. */
uint64_t pm_staged_state_bytes(const struct pm_staged *staged);

void pm_staged_close(struct pm_staged *staged); /* accepts NULL */

#endif
