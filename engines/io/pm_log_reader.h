/* SPDX-License-Identifier: Apache-2.0 */
/* A reader's place in each partition, and finding other places by sequence or by event time. */
#ifndef PM_LOG_READER_H
#define PM_LOG_READER_H

#include "pm_log_file.h"

/** Where a frame begins, for binary search: one a granule of positions. */
struct pm_log_mark {
    uint64_t position;
    uint64_t sequence;
    int64_t max_time_before_ns;
};

/** One partition; on lines of its own, because another thread may read the next one. */
struct pm_log_cursor {
    _Alignas(128) uint64_t position; /* of the next frame */
    uint64_t sequence;               /* that it must begin with, once anchored */
    uint64_t current;                /* of the frame given last: what a release keeps */
    bool anchored;
    uint32_t idle;           /* polls without a frame, to ask the file's size now and then */
    uint64_t known;          /* the farthest position walked to, by reading or by looking */
    uint64_t known_sequence; /* of the frame there */
    unsigned granule_shift;
    uint64_t first_granule; /* marks[granule & mask] are valid in [first, end) */
    uint64_t end_granule;
    uint64_t marks_mask;
    struct pm_log_mark *marks;
    struct pm_log_file file;
};

struct pm_log_reader {
    unsigned consumer;
    unsigned partitions;
    struct pm_log_cursor *cursors;
};

/** Open and close the marks of @p cursor, whose file is open and whose position is set. */
int pm_log_marks_open(struct pm_log_cursor *cursor);
void pm_log_marks_close(struct pm_log_cursor *cursor);

/** The cursor has seen @p frame at @p position: extends what is known when it lies at its end. */
void pm_log_marks_pass(struct pm_log_cursor *cursor, uint64_t position,
                       const struct pm_log_frame *frame);

/** One past the last record written by now. Errors: PM_ECORRUPT, PM_EOFFSET. */
int pm_log_reader_end(struct pm_log_reader *reader, unsigned partition, uint64_t *sequence);

/**
 * The position of the frame that holds @p sequence, or of the end when it is the next one.
 * Errors: PM_EOFFSET not kept or not yet written, PM_ECORRUPT. Cost: one granule of headers.
 */
int pm_log_reader_find(struct pm_log_reader *reader, unsigned partition, uint64_t sequence,
                       uint64_t *position);

/** The position of the last frame before which the largest event time is below @p time_ns. */
int pm_log_reader_find_time(struct pm_log_reader *reader, unsigned partition, int64_t time_ns,
                            uint64_t *position);

/** The next frame of @p partition is the one at @p position, which a find gave. */
void pm_log_reader_go(struct pm_log_reader *reader, unsigned partition, uint64_t position);

/** The position of the frame that was given last. */
uint64_t pm_log_reader_current(const struct pm_log_reader *reader, unsigned partition);

/** Give everything before @p position back to the writer; never takes anything back. */
void pm_log_reader_release_to(struct pm_log_reader *reader, unsigned partition, uint64_t position);

#endif
