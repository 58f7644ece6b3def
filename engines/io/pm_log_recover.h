/* SPDX-License-Identifier: Apache-2.0 */
/* Where a partition ends after its writer died: a torn tail is cut, a damaged middle is refused. */
#ifndef PM_LOG_RECOVER_H
#define PM_LOG_RECOVER_H

#include "pm_log_file.h"

/** What the kept frames say about the next one. */
struct pm_log_tail {
    uint64_t position; /* of the next frame */
    uint64_t last;     /* of the last good frame */
    uint64_t sequence; /* of the next record */
    uint64_t torn;     /* bytes that were cut behind position */
    int64_t max_time_ns;
};

/** The largest event time after @p row came: data and idle marks raise it, nothing else. */
static inline int64_t pm_log_max_time(int64_t max_time_ns, const struct pm_record *row)
{
    return pm_record_kind(row) <= PM_KIND_IDLE && row->event_time_ns > max_time_ns
               ? row->event_time_ns
               : max_time_ns;
}

/**
 * Walk the good frames from the oldest kept one on. Behind the first bad one, or the end, no good
 * frame of a higher sequence may follow (rule L5). Errors: PM_ECORRUPT. Writes nothing.
 */
int pm_log_recover(const struct pm_log_file *file, struct pm_log_tail *tail,
                   struct pm_error *error);

#endif
