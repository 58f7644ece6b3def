/* SPDX-License-Identifier: Apache-2.0 */
/* The memory between two stages: rows by receiver, the watermark that came with them. */
#ifndef PM_SHUFFLE_H
#define PM_SHUFFLE_H

#include "pm_operator.h"
#include "pm_plan.h"

/* Blocks double from 64 KiB to 2 MiB, so that a small range takes little and a large one no copy:
 * 5 smaller ones, then whole huge pages. */
#define PM_SHUFFLE_FIRST_ROWS 1024u
#define PM_SHUFFLE_MOST_ROWS  32768u

struct pm_shuffle_block {
    struct pm_record *rows;
    uint32_t count, room;
};

/** Rows from one sender to one receiver; written by the sending stage, read by the next. What has
 * been written stays where it is; blocks are kept from pass to pass. */
struct pm_shuffle {
    struct pm_shuffle_block *blocks;
    unsigned block_count, used; /* used: blocks that hold rows; the last of them takes more */
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
