/* SPDX-License-Identifier: Apache-2.0 */
/* Where a latency begins: the due time of what made a row, or of what closed its window. */
#ifndef PM_CLOSING_H
#define PM_CLOSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The moments at which one partition's largest event time rose, in order: time_ns ascends strictly,
 * due_ns does not descend. Times are scenario time, due times count from the schedule's start.
 */
struct pm_rises {
    int64_t *time_ns;
    int64_t *due_ns;
    size_t count, capacity;
    unsigned stream;
};

/** Add a record or idle mark (not the flush record) of event time @p time_ns, due at @p due_ns, in
 * the partition's order; keeps it when it is a rise. Errors: PM_ENOMEM. Amortised O(1). */
int pm_rises_add(struct pm_rises *rises, int64_t time_ns, int64_t due_ns);

void pm_rises_close(struct pm_rises *rises);

/** The whole input, as far as origins need it. */
struct pm_closing {
    unsigned partitions;
    const struct pm_rises *partition;
    const int64_t *watermark_delay_ns; /* by stream */
};

/**
 * The closing due of a row whose watermark must reach @p mark_ns (its end + the lag of its output):
 * the maximum, over all partitions of the streams in bit set @p streams, of the due time of the
 * first record or idle mark that reaches @p mark_ns + that stream's watermark delay. Saturates.
 * Returns false when some partition gets there only by its flush record: *due_ns is then unset.
 * Cost: O(partitions * log rises). Source: ours; METHOD: a function of input and plan alone.
 */
bool pm_closing_due(const struct pm_closing *closing, unsigned streams, int64_t mark_ns,
                    int64_t *due_ns);

#endif
