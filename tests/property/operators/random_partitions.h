/* SPDX-License-Identifier: Apache-2.0 */
/* Random disordered partitions, and the orders in which a task may meet them. */
#ifndef RANDOM_PARTITIONS_H
#define RANDOM_PARTITIONS_H

#include "pm_feed.h"

#define PARTITIONS_MAX       4
#define PARTITION_EVENTS_MAX 32
#define PARTITION_STEPS_MAX  (2 * PARTITIONS_MAX * PARTITION_EVENTS_MAX + 2)

/* What a source reads from one partition, in order: records, and idle marks that raise the
 * watermark. after is the partition's watermark once the event has been read. */
struct random_partition {
    unsigned input;
    uint32_t count;
    struct {
        bool is_idle;
        struct pm_feed_step record;
        int64_t after;
    } events[PARTITION_EVENTS_MAX];
};

struct random_partitions {
    unsigned inputs; /* 1 or 2; with 2 there are two partitions at least, in turns */
    unsigned count;
    struct random_partition partition[PARTITIONS_MAX];
};

/** Fill @p all, which says the inputs; every partition lags @p delay behind its latest record. */
void random_partitions_make(struct random_partitions *all, int64_t delay, struct pm_random *random);

/** All records, partition by partition; returns how many of the room of
 * PARTITIONS_MAX * PARTITION_EVENTS_MAX. */
uint32_t random_partitions_records(const struct random_partitions *all,
                                   struct pm_feed_step *records);

/** One order in which a task may meet the partitions: each keeps its own, marks come now and then,
 * and the last one closes everything. Returns the number of steps, at most PARTITION_STEPS_MAX. */
uint32_t random_partitions_interleave(const struct random_partitions *all,
                                      struct pm_feed_step *steps, struct pm_random *random);

#endif
