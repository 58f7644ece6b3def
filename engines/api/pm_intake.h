/* SPDX-License-Identifier: Apache-2.0 */
/* One source partition as an engine reads it: records copied into chunks, marks turned into
 * watermarks. */
#ifndef PM_INTAKE_H
#define PM_INTAKE_H

#include "pm_operator.h"
#include "pm_source.h"

/**
 * Lateness begins here: the watermark just before a record is (largest event time before it -
 * delay); a record below it is marked behind and carries it. Idle marks and the flush record raise
 * the watermark and go no further. With a delay of PM_DELAY_TO_END there is no watermark before the
 * partition's end, so nothing is behind, and everything closes there. Thread: one at a time.
 */
struct pm_intake {
    struct pm_source *source;
    unsigned partition;
    unsigned stream;
    int64_t delay_ns;
    int64_t max_time_ns;      /* PM_TIME_MIN before the first record */
    uint64_t next;            /* sequence of the next record to take */
    uint64_t replayed_before; /* records below it were read by the job before: marked replayed */
    int64_t replayed_max_ns;  /* the largest event time before that boundary; PM_TIME_MIN: none */
    bool ended;
};

void pm_intake_open(struct pm_intake *intake, struct pm_source *source, unsigned partition,
                    unsigned stream, int64_t delay_ns);

/**
 * Append at most @p limit records below sequence @p end to @p chunk (room for them is the
 * caller's), stamped @p now_ns. Returns how many log records were taken, marks included; 0 when
 * there is nothing new, the end is reached or the partition has ended; or a negative PM_E*.
 */
int pm_intake_take(struct pm_intake *intake, struct pm_chunk *chunk, uint32_t limit, uint64_t end,
                   int64_t now_ns);

/** The partition's watermark by now. */
static inline int64_t pm_intake_watermark(const struct pm_intake *intake)
{
    if (intake->delay_ns == PM_DELAY_TO_END)
        return intake->ended ? intake->max_time_ns : PM_TIME_MIN;
    return pm_watermark_less(intake->max_time_ns, intake->delay_ns);
}

#endif
