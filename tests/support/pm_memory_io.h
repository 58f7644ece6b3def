/* SPDX-License-Identifier: Apache-2.0 */
/* A source and a sink in memory. What is visible grows by chance of a seed and not by the clock, so
 * that a run's ranges, cuts and frames are had again. */
#ifndef PM_MEMORY_IO_H
#define PM_MEMORY_IO_H

#include "pm_random.h"
#include "pm_sink.h"
#include "pm_source.h"

#define PM_MEMORY_PARTITIONS 8u

/** One partition: all records, the flush record the last, and how they are shown. */
struct pm_memory_partition {
    struct pm_record *rows;
    size_t count;
    struct pm_bytes bytes;
    int64_t *max_before_ns; /* the largest event time before each row */
    uint32_t frame_rows;    /* rows shown at a time: 1..this */
    struct pm_random random;
    /* of the run */
    size_t next, visible;
    bool ended;
};

/** One committed row; its text is a copy. */
struct pm_memory_row {
    struct pm_record record;
    uint64_t commit; /* which commit of all writers showed it: 1, 2, ... */
    struct pm_bytes bytes;
};

/** Both ends of one run. Its address is the `place` of source and sink. */
struct pm_memory {
    unsigned partitions;
    struct pm_memory_partition partition[PM_MEMORY_PARTITIONS];
    uint32_t frame_rows; /* at most so many are shown at a time; 0: 1..128, drawn by partition */
    bool all_visible;    /* from the start */
    bool one_thread;     /* the engine has one worker: early commits are counted */
    size_t count, room;
    struct pm_memory_row *rows;
    uint64_t commits;
    uint64_t early_commits; /* those made while records that were visible had not been read */
};

/** Append @p record; its extension, if any, lies in the partition's bytes. */
void pm_memory_add(struct pm_memory_partition *partition, const struct pm_record *record);

/** Append the flush record; nothing may follow. */
void pm_memory_flush(struct pm_memory_partition *partition, unsigned number);

/** Begin a new run with seed @p seed: nothing read, nothing committed. */
void pm_memory_rewind(struct pm_memory *memory, uint64_t seed);
void pm_memory_close(struct pm_memory *memory);

extern const struct pm_source_ops pm_source_memory;
extern const struct pm_sink_ops pm_sink_memory;

#endif
