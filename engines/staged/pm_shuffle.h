/* SPDX-License-Identifier: Apache-2.0 */
/* The memory between two stages: rows by receiver, the watermark that came with them. */
#ifndef PM_SHUFFLE_H
#define PM_SHUFFLE_H

#include "pm_operator.h"
#include "pm_plan.h"

/** Rows from one sender to one receiver; written by the sending stage, read by the next. */
struct pm_shuffle {
    struct pm_record *rows;
    size_t count, room;
    struct pm_bytes bytes;
};

/** One key_by's terminal in one sending subtask: a shuffle for each receiver. */
struct pm_staged_exchange {
    struct pm_operator base;
    const struct pm_plan_node *node;
    unsigned receivers;
    struct pm_shuffle *shuffle; /* owned; receivers of them */
    int64_t before_ns;          /* the watermark that the job before had reached */
    int64_t watermark_ns;       /* and the one reached now */
};

/** Open an empty exchange for @p receivers subtasks; NULL when memory ran out. */
struct pm_staged_exchange *pm_shuffle_open(const struct pm_plan_node *node, struct pm_task *task,
                                           unsigned receivers);

/** Forget the rows, keep the memory for the next pass. */
void pm_shuffle_reset(struct pm_shuffle *shuffle);

void pm_shuffle_close(struct pm_staged_exchange *exchange);

#endif
