/* SPDX-License-Identifier: Apache-2.0 */
/* Records of one partition that are ready before they are due, in batches of a frame each. */
#ifndef PM_LANE_H
#define PM_LANE_H

#include "pm_error.h"
#include "pm_record.h"

#define PM_LANE_BATCH   64u /* records: the most that one frame takes */
#define PM_LANE_BATCHES 4u  /* a power of two */

/** Rows [at, count) are ready; their extensions lie in bytes, which is reset with the batch. */
struct pm_lane_batch {
    uint32_t at, count;
    struct pm_bytes bytes;
    struct pm_record rows[PM_LANE_BATCH];
};

/** Zero-initialise. Batches head..tail are in use; positions count up for ever. */
struct pm_lane {
    uint32_t head, tail;
    bool closed; /* the partition's flush record is out: nothing may follow */
    struct pm_lane_batch batch[PM_LANE_BATCHES];
};

/**
 * Append a copy of @p record and of its extension in @p bytes. Returns 1, 0 when the lane is full
 * (PM_LANE_BATCH x PM_LANE_BATCHES records, of which a batch is given back only whole), PM_ENOMEM.
 */
int pm_lane_push(struct pm_lane *lane, const struct pm_record *record,
                 const struct pm_bytes *bytes);

/** The batch with the oldest ready rows, or NULL when there are none. */
struct pm_lane_batch *pm_lane_front(struct pm_lane *lane);

/** Drop the @p count oldest rows of the front batch. */
void pm_lane_drop(struct pm_lane *lane, uint32_t count);

/** Drop all rows; closed stays. */
void pm_lane_clear(struct pm_lane *lane);

/** Free the extensions' memory. */
void pm_lane_close(struct pm_lane *lane);

#endif
